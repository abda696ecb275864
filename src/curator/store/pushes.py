"""What hubs brought and nobody has read yet: a line in front of each source."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, select, update

from curator.model import Push
from curator.store.tables import entries, hub_subscriptions, item_entries, items, pushes


class Pushes:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def unread(self, *, now: datetime) -> int:
        query = select(func.count()).select_from(pushes).where(pushes.c.due_at <= now)
        return int(self._db.execute(query).scalar_one())

    def take(self, *, now: datetime, until: datetime) -> Push | None:
        """The oldest that waits; it is still there after `until` unless somebody says `read`.

        Those of one hub come in order: what it brought first must not be the last word.
        """
        before = pushes.alias()
        first = ~exists().where(
            before.c.subscription_id == pushes.c.subscription_id, before.c.id < pushes.c.id
        )
        found = self._db.execute(
            select(pushes.c.id)
            .where(pushes.c.due_at <= now, first)
            .order_by(pushes.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).scalar()
        if found is None:
            return None
        self._db.execute(update(pushes).where(pushes.c.id == found).values(due_at=until))
        row = self._db.execute(
            select(pushes, hub_subscriptions.c.source_id)
            .join(hub_subscriptions, hub_subscriptions.c.id == pushes.c.subscription_id)
            .where(pushes.c.id == found)
        ).one()
        return Push(
            id=row.id,
            source_id=row.source_id,
            received_at=row.received_at,
            content_type=row.content_type,
            body=row.body,
        )

    def read(self, push_id: int) -> None:
        self._db.execute(delete(pushes).where(pushes.c.id == push_id))

    def queued_since(self, moment: datetime, *, source_ids: Collection[int]) -> dict[int, int]:
        """How many entries of each source have been put into the queue since."""
        query = (
            select(entries.c.source_id, func.count().label("queued"))
            .join(item_entries, item_entries.c.entry_id == entries.c.id)
            .join(items, items.c.id == item_entries.c.item_id)
            .where(entries.c.source_id.in_(source_ids), items.c.queued_at > moment)
            .group_by(entries.c.source_id)
        )
        return {row.source_id: row.queued for row in self._db.execute(query)}
