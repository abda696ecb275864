"""What a restored database learns from the journal: items by their ulids, mails that were handed over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from curator.model import DeliveryState, Issue
from curator.store.tables import (
    deliveries,
    entries,
    issue_drops,
    issue_items,
    item_entries,
    items,
    notices,
    publications,
    sources,
    subscribers,
)

_AT_ONCE = 500  # values in one statement: SQLite takes 32,766 at most
_OPEN = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.WRITTEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A mail of which this database does not know that a server has it. `email` None: of somebody erased."""

    id: int
    email: str | None
    message_id: str
    state: DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """An entry, by all that a poll of another day tells again."""

    identity: str
    guid: str | None
    url_key: str | None
    source_url: str

    @property
    def is_page(self) -> bool:
        """Its address is its name: it was clipped, or its feed has no other."""
        return self.identity.startswith("url:")


class Replaying:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def item_ids(self, ulids: Collection[str]) -> Mapping[str, int]:
        """Of those there are."""
        wanted, found = sorted(ulids), {}
        for start in range(0, len(wanted), _AT_ONCE):
            query = select(items.c.ulid, items.c.id).where(items.c.ulid.in_(wanted[start : start + _AT_ONCE]))
            found.update({row.ulid: row.id for row in self._db.execute(query)})
        return found

    def origins(self, item_ids: Collection[int]) -> Mapping[int, Sequence[Origin]]:
        """Of what each of these items is made."""
        wanted, found = sorted(item_ids), defaultdict[int, list[Origin]](list)
        for start in range(0, len(wanted), _AT_ONCE):
            query = _ORIGINS.where(item_entries.c.item_id.in_(wanted[start : start + _AT_ONCE]))
            for row in self._db.execute(query):
                found[row.item_id].append(
                    Origin(
                        identity=row.identity,
                        guid=row.guid,
                        url_key=row.url_key,
                        source_url=row.source_url,
                    )
                )
        return found

    def given(self, atom_ids: Collection[str]) -> bool:
        """Whether an item of this database has one of these."""
        query = select(publications.c.id).where(publications.c.atom_id.in_(atom_ids))
        return self._db.execute(query.limit(1)).first() is not None

    def unsettled(self, issue: Issue) -> Sequence[Unsettled]:
        states = (*_OPEN, DeliveryState.IN_DATA, DeliveryState.AMBIGUOUS)
        query = (
            select(deliveries.c.id, subscribers.c.email, deliveries.c.message_id, deliveries.c.state)
            .join(subscribers, subscribers.c.id == deliveries.c.subscriber_id)
            .where(deliveries.c.issue_id == issue.id, deliveries.c.state.in_(states))
            .order_by(deliveries.c.id)
        )
        return [
            Unsettled(id=row.id, email=row.email, message_id=row.message_id, state=DeliveryState(row.state))
            for row in self._db.execute(query)
        ]

    def settle(self, delivery_id: int, state: DeliveryState, *, reply: str, at: datetime) -> None:
        """Whoever held it was a process of another life."""
        values = {"state": state, "reply": reply, "changed_at": at, "next_try": None}
        free = {"lease_by": None, "lease_until": None}
        self._db.execute(update(deliveries).where(deliveries.c.id == delivery_id).values(**values, **free))

    def place(self, issue: Issue, item_ids: Sequence[int]) -> None:
        """These were in it, whatever its letter says here: none of them comes in another."""
        taken = select(issue_items.c.item_id).where(issue_items.c.edition == issue.edition)
        known = set(self._db.execute(taken).scalars())
        last = select(func.max(issue_items.c.position)).where(issue_items.c.issue_id == issue.id)
        begin = (self._db.execute(last).scalar() or 0) + 1
        new = [item_id for item_id in dict.fromkeys(item_ids) if item_id not in known]
        rows = [
            {"issue_id": issue.id, "item_id": item_id, "edition": issue.edition, "position": position}
            for position, item_id in enumerate(new, begin)
        ]
        if rows:
            self._db.execute(insert(issue_items), rows)
            dropped = (issue_drops.c.edition == issue.edition, issue_drops.c.item_id.in_(new))
            self._db.execute(delete(issue_drops).where(*dropped))

    def notices(self) -> Mapping[int, tuple[str, datetime]]:
        """Single mails that have not left, as far as this database knows: Message-IDs, and when asked for."""
        waiting = notices.c.state.in_((*_OPEN, DeliveryState.IN_DATA))
        query = select(notices.c.id, notices.c.message_id, notices.c.asked_at).where(waiting)
        return {row.id: (row.message_id, row.asked_at) for row in self._db.execute(query)}

    def doubt_notices(self, notice_ids: Collection[int], *, now: datetime) -> None:
        """They may have left, and are not sent again: who asked may ask again."""
        values = {"state": DeliveryState.AMBIGUOUS, "changed_at": now, "lease_by": None, "lease_until": None}
        for notice_id in notice_ids:
            self._db.execute(update(notices).where(notices.c.id == notice_id).values(values))


_ORIGINS = (
    select(
        item_entries.c.item_id,
        entries.c.identity,
        entries.c.guid,
        entries.c.url_key,
        sources.c.url.label("source_url"),
    )
    .join(entries, entries.c.id == item_entries.c.entry_id)
    .join(sources, sources.c.id == entries.c.source_id)
    .order_by(item_entries.c.item_id, entries.c.id)
)
