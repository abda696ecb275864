"""Whether a service publishes by itself: it says so while it lives, and whoever sets a time asks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from curator.store import Store

EVERY = timedelta(minutes=1)
SERVICE, ONCE = "service_runs", "ran_once"

_SILENT = timedelta(minutes=5)
_ONCE_IN = timedelta(hours=1, minutes=5)
"""`run --once` from cron at least every hour is as good as a service."""


def beat(store: Store, *, worker: str, now: datetime) -> None:
    with store.begin() as tx:
        tx.meta.set(SERVICE, f"{now.isoformat()} {worker}")


def stopped(store: Store, *, worker: str) -> None:
    """In good order: nobody need wait until it is missed."""
    with store.begin() as tx:
        said = tx.meta.get(SERVICE)
        if said is not None and said.partition(" ")[2] == worker:
            tx.meta.set(SERVICE, "")


def ran_once(store: Store, *, now: datetime) -> None:
    with store.begin() as tx:
        tx.meta.set(ONCE, now.isoformat())


def is_alive(store: Store, *, is_gone: Callable[[str], bool], now: datetime) -> bool:
    """Whether what is due later will be done without anybody's hand."""
    with store.read() as tx:
        service, once = tx.meta.get(SERVICE), tx.meta.get(ONCE)
    if service:
        at, _, worker = service.partition(" ")
        if now - datetime.fromisoformat(at) < _SILENT and not is_gone(worker):
            return True
    return once is not None and now - datetime.fromisoformat(once) < _ONCE_IN
