"""Who did what when: append-only, one row per version of an item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from curator.model import Event, Move
from curator.store.tables import events

SYSTEM = "curator"
"""Who acts in the event log where no editor does."""


class Events:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(
        self,
        *,
        at: datetime,
        editor: str,
        move: str,
        item_id: int | None = None,
        edition: str | None = None,
        version: int | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str | None = None,
    ) -> int:
        event_id: int = self._db.execute(
            insert(events)
            .values(
                at=at,
                editor=editor,
                move=move,
                item_id=item_id,
                edition=edition,
                version=version,
                before=dict(before or {}),
                after=dict(after or {}),
                reason=reason,
            )
            .returning(events.c.id)
        ).scalar_one()
        return event_id

    def begin(
        self, item_ids: Sequence[int], *, at: datetime, editor: str, move: str, after: Mapping[str, Any]
    ) -> None:
        """The first event of each of these new items."""
        first = {"at": at, "editor": editor, "move": move, "version": 1, "before": {}, "after": dict(after)}
        self._db.execute(insert(events), [first | {"item_id": item_id} for item_id in item_ids])

    def begin_each(
        self, afters: Mapping[int, Mapping[str, Any]], *, at: datetime, editor: str, move: str, edition: str
    ) -> None:
        """The first event of each of these new items, by its id; each says something of its own."""
        first = {"at": at, "editor": editor, "move": move, "edition": edition, "version": 1, "before": {}}
        if afters:
            rows = [first | {"item_id": item_id, "after": dict(after)} for item_id, after in afters.items()]
            self._db.execute(insert(events), rows)

    def of_item(self, item_id: int) -> list[Event]:
        """Oldest first."""
        rows = self._db.execute(select(events).where(events.c.item_id == item_id).order_by(events.c.id))
        return [_event(row) for row in rows]

    def find(
        self,
        *,
        since: datetime | None = None,
        editor: str | None = None,
        moves: Sequence[str] | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> list[Event]:
        """Newest first."""
        query = select(events).order_by(events.c.id.desc()).limit(limit).offset(offset)
        if since is not None:
            query = query.where(events.c.at >= since)
        if editor is not None:
            query = query.where(events.c.editor == editor)
        if moves is not None:
            query = query.where(events.c.move.in_(moves))
        return [_event(row) for row in self._db.execute(query)]

    def last_standing(self, item_id: int) -> Event | None:
        """The newest move of the item that has not been taken back; the one `undo` is about.

        What happened beside the item, a suggestion, is no version of it; nor is being joined with
        others or separated from them, but an editor may take that back.
        """
        row = self._db.execute(
            select(events)
            .where(
                events.c.item_id == item_id,
                or_(
                    events.c.version.is_not(None),
                    and_(events.c.move.in_((Move.JOIN, Move.SEPARATE)), events.c.editor != SYSTEM),
                ),
                events.c.move != Move.UNDO,
                events.c.undone_by.is_(None),
            )
            .order_by(events.c.id.desc())
            .limit(1)
        ).one_or_none()
        return _event(row) if row else None

    def standing(self, item_ids: Sequence[int]) -> dict[int, list[Event]]:
        """What made these items what they are, oldest first: nothing that was taken back."""
        found: dict[int, list[Event]] = {item_id: [] for item_id in item_ids}
        wanted = select(events).where(
            events.c.item_id.in_(item_ids),
            events.c.version.is_not(None),
            events.c.move != Move.UNDO,
            events.c.undone_by.is_(None),
        )
        for row in self._db.execute(wanted.order_by(events.c.id)):
            found[row.item_id].append(_event(row))
        return found

    def since_version(self, item_id: int, version: int) -> list[Event]:
        """What made a later version of the item, oldest first."""
        rows = self._db.execute(
            select(events)
            .where(events.c.item_id == item_id, events.c.version > version)
            .order_by(events.c.id)
        )
        return [_event(row) for row in rows]

    def mark_undone(self, event_id: int, *, by: int) -> None:
        self._db.execute(update(events).where(events.c.id == event_id).values(undone_by=by))


def _event(row: Row[Any]) -> Event:
    return Event(
        id=row.id,
        at=row.at,
        editor=row.editor,
        item_id=row.item_id,
        edition=row.edition,
        move=row.move,
        version=row.version,
        before=row.before,
        after=row.after,
        reason=row.reason,
    )
