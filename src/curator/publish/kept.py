"""All that is kept of one person, to be shown to an editor or handed to that person (GDPR art. 15 and 20)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from curator.errors import NotFound
from curator.publish import tokens
from curator.publish.subscribers import canonical
from curator.store import Store
from curator.store.notices import Notice
from curator.store.subscribers import Consent, Standing

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`mails`: what the ledger knows of issues, newest first; `suppressed`: why and since when."""

    email: str
    added_at: datetime
    standings: Sequence[Standing]
    consents: Sequence[Consent]
    mails: Sequence[Mapping[str, Any]]
    notices: Sequence[Notice]
    bounces: Sequence[Mapping[str, Any]]
    suppressed: tuple[str, datetime] | None


def kept_of(store: Store, *, email: str, secret: bytes, mails: int | None = None) -> Kept:
    """`mails`: so many of the newest; None: all. Raises NotFound for somebody nobody knows."""
    address = canonical(email)
    with store.read() as tx:
        people = tx.mailing.subscribers
        subscriber_id = people.id_of(address)
        if subscriber_id is None:
            raise NotFound(noun="subscriber", id=address)
        return Kept(
            email=people.email_of(subscriber_id) or address,
            added_at=people.added_at(subscriber_id),
            standings=sorted(people.standings(subscriber_id).values(), key=lambda each: each.edition),
            consents=people.consents_of(subscriber_id),
            mails=people.mails_of(subscriber_id, limit=mails),
            notices=tx.mailing.notices.of(subscriber_id),
            bounces=people.bounces_of(subscriber_id),
            suppressed=people.suppression(tokens.address_hash(secret, address)),
        )


def plainly(found: Kept, *, now: datetime) -> Mapping[str, Any]:
    """As a document that its person can read, and another program, too: ours to give, and no more of ours."""
    return {
        "format": FORMAT,
        "made_at": now,
        "email": found.email,
        "added_at": found.added_at,
        "subscriptions": [_without(asdict(each), "subscriber_id") for each in found.standings],
        "consents": [asdict(each) for each in found.consents],
        "issues": [dict(each) for each in found.mails],
        "notices": [_without(asdict(each), "id", "subscriber_id", "email") for each in found.notices],
        "bounces": [dict(each) for each in found.bounces],
        "suppressed": found.suppressed and {"reason": found.suppressed[0], "since": found.suppressed[1]},
    }


def _without(said: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name not in names}
