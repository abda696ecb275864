"""Subscribers, what they agreed to, and whom we must never write to again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from curator.model import Subscriber, SubscriptionStatus
from curator.store.tables import consents, deliveries, subscribers, subscriptions, suppressions


class Subscribers:
    """Two spellings of one address in capitals and small letters are one person."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def id_of(self, email: str) -> int | None:
        query = select(subscribers.c.id).where(func.lower(subscribers.c.email) == email.lower())
        return self._db.execute(query.order_by(subscribers.c.id).limit(1)).scalar()

    def of(self, subscriber_id: int) -> list[Subscriber]:
        """One value for each edition this person follows or followed."""
        return self._all(_JOINED.where(subscribers.c.id == subscriber_id))

    def find(
        self, *, edition: str | None = None, limit: int | None = 50, offset: int = 0
    ) -> tuple[int, list[Subscriber]]:
        """How many subscriptions there are, and one page of them by address; erased people are not shown."""
        query = _JOINED.where(subscribers.c.email.is_not(None))
        if edition is not None:
            query = query.where(subscriptions.c.edition == edition)
        total = self._db.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        page = query.order_by(func.lower(subscribers.c.email), subscriptions.c.edition)
        return total, self._all(page.limit(limit).offset(offset))

    def directory(self) -> Mapping[str, tuple[int, Mapping[str, SubscriptionStatus]]]:
        """Everybody by lowered address: id, and status per edition. For imports, which ask for thousands."""
        everybody: dict[str, tuple[int, dict[str, SubscriptionStatus]]] = {}
        known = select(subscribers.c.id, subscribers.c.email).where(subscribers.c.email.is_not(None))
        for subscriber_id, email in self._db.execute(known):
            everybody[email.lower()] = (subscriber_id, {})
        by_id = dict(everybody.values())
        for row in self._db.execute(select(subscriptions)):
            if row.subscriber_id in by_id:
                by_id[row.subscriber_id][row.edition] = SubscriptionStatus(row.status)
        return everybody

    def suppressed(self, address_hashes: Collection[str]) -> frozenset[str]:
        """Those of these hashes whose address asked never to be written to, or bounced."""
        found: set[str] = set()
        wanted = list(address_hashes)
        for start in range(0, len(wanted), _CHUNK):
            some = suppressions.c.address_hash.in_(wanted[start : start + _CHUNK])
            found.update(self._db.execute(select(suppressions.c.address_hash).where(some)).scalars())
        return frozenset(found)

    # ── changing; the caller holds `tx.serialise("subscribers")` ──

    def add(self, email: str, *, now: datetime) -> int:
        new = insert(subscribers).values(email=email, added_at=now).returning(subscribers.c.id)
        subscriber_id: int = self._db.execute(new).scalar_one()
        return subscriber_id

    def subscribe(
        self, subscriber_id: int, edition: str, status: SubscriptionStatus, *, now: datetime
    ) -> None:
        values = {"status": status, "changed_at": now}
        mine = (subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.edition == edition)
        if not self._db.execute(update(subscriptions).where(*mine).values(values)).rowcount:
            new = insert(subscriptions).values(subscriber_id=subscriber_id, edition=edition, **values)
            self._db.execute(new)

    def record_consent(
        self,
        subscriber_id: int,
        edition: str,
        *,
        kind: str,
        text: str | None,
        origin: str,
        now: datetime,
    ) -> None:
        """`kind`: given or withdrawn. Nothing here is ever overwritten: it is the proof."""
        row = {
            "subscriber_id": subscriber_id,
            "edition": edition,
            "at": now,
            "kind": kind,
            "text": text,
            "origin": origin,
        }
        self._db.execute(insert(consents).values(row))

    def suppress(self, address_hash: str, *, reason: str, now: datetime) -> None:
        if not self.suppressed([address_hash]):
            row = {"address_hash": address_hash, "reason": reason, "at": now}
            self._db.execute(insert(suppressions).values(row))

    def lift(self, address_hash: str) -> None:
        self._db.execute(delete(suppressions).where(suppressions.c.address_hash == address_hash))

    def erase(self, subscriber_id: int) -> Sequence[str]:
        """Forget this person; the ledger keeps its numbers. Returns the ids of the mails made for them.

        A server's replies often repeat the address: they go too.
        """
        mine = deliveries.c.subscriber_id == subscriber_id
        message_ids = self._db.execute(select(deliveries.c.message_id).where(mine)).scalars().all()
        self._db.execute(update(deliveries).where(mine).values(reply=None))
        for table in (consents, subscriptions):
            self._db.execute(delete(table).where(table.c.subscriber_id == subscriber_id))
        self._db.execute(update(subscribers).where(subscribers.c.id == subscriber_id).values(email=None))
        return message_ids

    def _all(self, query: Select[Any]) -> list[Subscriber]:
        return [
            Subscriber(id=row.id, email=row.email, edition=row.edition, status=SubscriptionStatus(row.status))
            for row in self._db.execute(query)
        ]


_CHUNK = 500  # well under SQLite's limit of bound values

_JOINED = select(subscribers.c.id, subscribers.c.email, subscriptions.c.edition, subscriptions.c.status).join(
    subscriptions, subscriptions.c.subscriber_id == subscribers.c.id
)
