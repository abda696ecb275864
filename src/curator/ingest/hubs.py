"""Asking hubs (WebSub, W3C Recommendation 2018-01-23, §5.1): subscribe, renew, unsubscribe.

A poll a day goes on as a safeguard, and polling is back to what it was as soon as a lease ends, a hub
denies, or polls find what no push had brought.
"""

from __future__ import annotations

import ipaddress
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

import structlog

from curator.fetch import Web, post
from curator.ingest.websub import callback_of
from curator.model import Failed, HubState, HubSubscription
from curator.settings import Settings
from curator.store import Store, Transaction
from curator.store.hosts import host_of
from curator.store.hubs import Credentials

LEASE = timedelta(days=10)
"""What we ask for. The hub decides."""

VERIFIED_WITHIN = timedelta(hours=1)
FIRST_BACK_OFF = timedelta(minutes=5)
LONGEST_BACK_OFF = timedelta(days=1)
SPREAD = 0.25
FAREWELLS = 3
"""How often a hub is told that we leave. After that its lease ends by itself."""

ASKED_AT_ONCE = 200
IN_HAND = timedelta(minutes=5)
"""How long whoever asks a hub has that subscription for himself; never shorter than a request may last."""
MOST_REDIRECTS = 5

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tended:
    """How many requests hubs took, and how many they did not."""

    asked: int = 0
    failed: int = 0


def tend(
    store: Store,
    web: Web,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    chance: Callable[[], float] = random.random,
) -> Tended:
    """Subscribe, renew and unsubscribe what is due. Safe at any time, in any number of processes at once."""
    callback = callback_of(settings.serve)
    with store.begin() as tx:
        tx.holds.require_none()
        tx.serialise("hubs")
        tx.hubs.want(
            callback=callback, credentials=lambda hub: _credentials(callback or "", hub), now=clock()
        )
    in_hand = max(IN_HAND, 2 * timedelta(seconds=settings.fetch.total_timeout))
    asked = failed = 0
    silent: dict[str, Failed] = {}  # hubs that did not answer at all: one time-out is enough for all of them
    for _ in range(ASKED_AT_ONCE):
        with store.begin() as tx:
            now = clock()
            claimed = tx.hubs.claim(now=now, until=now + in_hand)
            step = _next_step(tx, claimed, callback=callback, now=now, chance=chance) if claimed else None
        if not claimed:
            break
        if step is None:
            continue
        outcome = _ask(web, claimed, step, silent=silent)
        asked, failed = asked + (outcome is None), failed + (outcome is not None)
        with store.begin() as tx:
            _note(tx, claimed, outcome, asked_at=now, now=clock(), chance=chance)
    return Tended(asked=asked, failed=failed)


def _credentials(callback: str, hub_url: str) -> Credentials:
    return Credentials(
        callback=callback,
        token=secrets.token_urlsafe(32),
        # §5.1: over a line that others can read a secret would be none.
        secret=secrets.token_urlsafe(48) if in_confidence(hub_url) else None,
    )


def in_confidence(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _next_step(
    tx: Transaction,
    subscription: HubSubscription,
    *,
    callback: str | None,
    now: datetime,
    chance: Callable[[], float],
) -> str | None:
    """What to ask the hub for, kept before it is asked; None where it is not to be asked now."""
    leaving = subscription.state is HubState.LEAVING
    given_up = callback is None or subscription.failures >= FAREWELLS
    if leaving and (given_up or not subscription.callback.startswith(callback or "")):
        tx.hubs.ended(subscription, challenge=None, now=now)
        return None
    if subscription.awaiting is not None:
        # It took the request and never asked back: it cannot reach us, or has forgotten.
        silence = Failed(code="hub_silent", data={"host": host_of(subscription.hub_url)})
        _stumble(tx, subscription, silence, asked_at=subscription.asked_at, now=now, chance=chance)
        return None
    mode = "unsubscribe" if leaving else "subscribe"
    tx.hubs.expect(subscription, mode, now=now)
    return mode


def _ask(web: Web, subscription: HubSubscription, mode: str, *, silent: dict[str, Failed]) -> Failed | None:
    """One request (§5.1); None where the hub took it. What it wants to know it asks at the callback."""
    host = host_of(subscription.hub_url)
    if host in silent:
        return silent[host]
    said = {
        "hub.mode": mode,
        "hub.topic": subscription.topic_url,
        "hub.callback": subscription.callback,
    }
    if mode == "subscribe":
        said["hub.lease_seconds"] = str(int(LEASE.total_seconds()))
        if subscription.secret is not None:
            said["hub.secret"] = subscription.secret
    web.gate.wait(host)
    answer = post(
        web,
        subscription.hub_url,
        body=urlencode(said).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        redirects=MOST_REDIRECTS,
    )
    outcome = answer if isinstance(answer, Failed) else None
    if outcome is not None and outcome.http_status is None:
        silent[host] = outcome
    log.info("hub_asked", source=subscription.source_id, mode=mode, error=outcome and outcome.code)
    return outcome


def _note(
    tx: Transaction,
    subscription: HubSubscription,
    outcome: Failed | None,
    *,
    asked_at: datetime,
    now: datetime,
    chance: Callable[[], float],
) -> None:
    if outcome is None:
        tx.hubs.accepted(subscription, asked_at=asked_at, due_at=now + VERIFIED_WITHIN)
    else:
        _stumble(tx, subscription, outcome, asked_at=asked_at, now=now, chance=chance)


def _stumble(
    tx: Transaction,
    subscription: HubSubscription,
    failed: Failed,
    *,
    asked_at: datetime | None,
    now: datetime,
    chance: Callable[[], float],
) -> None:
    error = {"code": failed.code, "data": dict(failed.data)}
    due_at = back_off(now, failures=subscription.failures + 1, jitter=chance())
    if subscription.lease_until is not None and subscription.state is HubState.ACTIVE:
        due_at = max(now + FIRST_BACK_OFF, min(due_at, subscription.lease_until))
    tx.hubs.stumbled(subscription, error, asked_at=asked_at, due_at=due_at)


def back_off(now: datetime, *, failures: int, jitter: float) -> datetime:
    """When to ask a hub again that failed so often in a row: five minutes, ten, twenty, up to a day."""
    delay: timedelta = min(FIRST_BACK_OFF * 2 ** min(failures - 1, 12), LONGEST_BACK_OFF)
    return now + delay * (1 + SPREAD * jitter)
