"""Whether a service publishes by itself: it says so while it lives, and what of its work goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from curator.model import Problem
from curator.store import Store, Transaction

EVERY = timedelta(minutes=1)
SERVICE, ONCE, FAILING = "service_runs", "ran_once", "work_failing"

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


def lost_since(store: Store, *, is_gone: Callable[[str], bool], now: datetime) -> datetime | None:
    """When a service was last heard of that ended without a word, and nothing runs in its place."""
    with store.read() as tx:
        service = tx.meta.get(SERVICE)
    if not service or is_alive(store, is_gone=is_gone, now=now):
        return None
    at = datetime.fromisoformat(service.partition(" ")[0])
    return at if at <= now else None


# ── what goes wrong at every try ──


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """`since`: its first failure after which it never succeeded; `code`: of the last one."""

    since: datetime
    code: str


def failing(store: Store) -> dict[str, Failing]:
    """By the name of the work."""
    with store.read() as tx:
        said = said_of(tx, FAILING) or {}
    return {
        name: Failing(since=datetime.fromisoformat(one["since"]), code=one["code"])
        for name, one in said.items()
    }


def went(store: Store, work: str, code: str | None, *, now: datetime) -> None:
    """How a piece of work went; None: well. Remembered for all processes, written only where it is news."""
    with store.read() as tx:
        known = (said_of(tx, FAILING) or {}).get(work)
    if (known["code"] if known else None) == code:
        return
    with store.begin() as tx:
        tx.serialise(FAILING)
        said = dict(said_of(tx, FAILING) or {})
        since = said.pop(work, {"since": now.isoformat()})["since"]
        if code is not None:
            said[work] = {"since": since, "code": code}
        say_of(tx, FAILING, said or None)


def said_of(tx: Transaction, key: str) -> Mapping[str, Any] | None:
    """What the newsroom remembers under a name; None: that there is nothing to remember."""
    said: Mapping[str, Any] | None = json.loads(tx.meta.get(key) or "null")
    return said


def say_of(tx: Transaction, key: str, said: Mapping[str, Any] | None) -> None:
    written = json.dumps(said, sort_keys=True) if said else ""
    if (tx.meta.get(key) or "") != written:
        tx.meta.set(key, written)


def as_said(problem: Problem) -> Mapping[str, Any]:
    return {"code": problem.code, "data": dict(problem.data)}
