"""Hearing hubs (WebSub, W3C Recommendation 2018-01-23): they ask back, and they bring what is new.

`hubs.py` asks them, from `run`; this page hears them, in `serve`; `pushes.py` reads what they brought, from
`run` again. Between the three stands the store alone, so that what a hub was told "yes" about is kept.
"""

from __future__ import annotations

import hmac
import random
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from enum import Enum

import structlog

from curator.model import HubState, HubSubscription
from curator.settings import ServeSettings
from curator.store import Store, Transaction
from curator.store.hosts import host_of

PATH = "websub/"
"""Below serve.public_url: where hubs reach us, with the token of each subscription after it."""

SHORTEST_LEASE = timedelta(minutes=1)
LONGEST_LEASE = timedelta(days=365)
RENEW_AFTER = 0.8  # of a lease, and up to a quarter of that earlier: not all of a hub's at one moment
SPREAD = 0.25
ASK_AGAIN_AFTER_DENIAL = timedelta(days=7)
LONGEST_CHALLENGE = 2048

# §7: sha1, sha256, sha384 and sha512 are to be understood; no others are.
_SIGNATURE = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})")

log = structlog.get_logger()


class Heard(Enum):
    """What becomes of a request to a callback."""

    UNKNOWN = "unknown"  # nobody's callback
    OVER = "over"  # one that was ours: the hub may forget it
    KEPT = "kept"
    KNOCK = "knock"  # a reason to poll, and no more
    IGNORED = "ignored"  # not signed as agreed


def callback_of(settings: ServeSettings) -> str | None:
    """Where hubs reach this newsroom; None: nowhere."""
    return None if settings.public_url is None else f"{settings.public_url}{PATH}"


def verify(
    store: Store,
    token: str,
    said: Mapping[str, str],
    *,
    now: datetime,
    chance: Callable[[], float] = random.random,
) -> str | None:
    """What to answer a hub that asks back (§5.3): its challenge; "" where it tells; None: nobody asked."""
    mode, topic = said.get("hub.mode"), said.get("hub.topic")
    challenge = said.get("hub.challenge", "")
    with store.begin() as tx:
        subscription = tx.hubs.by_token(token, to_change=True)
        if subscription is None or topic != subscription.topic_url:
            return None
        if mode == "denied":
            return _denied(tx, subscription, said.get("hub.reason", ""), now=now)
        if mode not in ("subscribe", "unsubscribe") or not 0 < len(challenge) <= LONGEST_CHALLENGE:
            return None
        if subscription.awaiting == mode:
            if mode == "unsubscribe":
                tx.hubs.ended(subscription, challenge=challenge, now=now)
            else:
                lease = lease_of(said.get("hub.lease_seconds", ""))
                renew_at = now + lease * RENEW_AFTER * (1 - SPREAD * chance())
                tx.hubs.confirmed(subscription, challenge=challenge, lease_until=now + lease, due_at=renew_at)
            log.info("hub_confirmed", source=subscription.source_id, mode=mode)
            return challenge
        settled = HubState.ENDED if mode == "unsubscribe" else HubState.ACTIVE
        # Our answer may have been lost on its way. The same again changes nothing.
        repeated = subscription.state is settled and challenge == subscription.challenge
        return challenge if repeated else None


def _denied(tx: Transaction, subscription: HubSubscription, reason: str, *, now: datetime) -> str | None:
    if subscription.state not in (HubState.ASKED, HubState.ACTIVE, HubState.DENIED):
        return None
    if subscription.state is not HubState.DENIED:
        why = "".join(c if c.isprintable() else " " for c in reason[:200]).strip()
        error = {"code": "hub_denied", "data": {"host": host_of(subscription.hub_url), "why": why}}
        tx.hubs.denied(subscription, error, due_at=now + ASK_AGAIN_AFTER_DENIAL, now=now)
        log.warning("hub_denied", source=subscription.source_id)
    return ""


def lease_of(stated: str) -> timedelta:
    """As the hub says, within reason; one that says nothing is asked again tomorrow."""
    if not re.fullmatch(r"[0-9]{1,10}", stated, re.ASCII):
        return timedelta(days=1)
    return max(SHORTEST_LEASE, min(timedelta(seconds=int(stated)), LONGEST_LEASE))


def standing(store: Store, token: str) -> Heard | None:
    """Is this callback anybody's? None: it is, and something may be brought to it."""
    with store.read() as tx:
        return _standing(tx.hubs.by_token(token))


def _standing(subscription: HubSubscription | None) -> Heard | None:
    if subscription is None:
        return Heard.UNKNOWN
    return None if subscription.state in (HubState.ASKED, HubState.ACTIVE) else Heard.OVER


def receive(
    store: Store,
    token: str,
    *,
    body: bytes,
    content_type: str | None,
    signature: str | None,
    readable: bool = True,
    now: datetime,
) -> Heard:
    """Keep what a hub brings (§6), to be read later. `readable`: its body is no archive of a body.

    What is not signed with the secret that we told that hub, and no other, is nobody's (§7): no entry is
    made of it, and no poll.
    """
    with store.begin() as tx:
        subscription = tx.hubs.by_token(token, to_change=True)
        if subscription is None or (standing := _standing(subscription)) is not None:
            return Heard.UNKNOWN if subscription is None else standing or Heard.OVER
        if subscription.secret is not None and not signed(subscription.secret, signature, body):
            tx.hubs.refused(subscription.id)
            log.warning("push_ignored", source=subscription.source_id, signed=signature is not None)
            return Heard.IGNORED
        if subscription.secret is None or not body or not readable:
            tx.hubs.knocked(subscription, now=now)
            return Heard.KNOCK
        tx.hubs.brought(subscription, body=body, content_type=content_type, now=now)
        return Heard.KEPT


def signed(secret: str, signature: str | None, body: bytes) -> bool:
    """Is it X-Hub-Signature of this body? In a time that tells nothing of how nearly."""
    found = _SIGNATURE.fullmatch((signature or "").strip())
    if found is None:
        return False
    return hmac.compare_digest(hmac.new(secret.encode(), body, found[1]).hexdigest(), found[2].lower())
