"""When each editor last looked at the queue, so that it can say what is new to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from curator.store.dialect import insert_unless_there
from curator.store.tables import looks

SITTING = timedelta(hours=1)
"""Looks that follow one another within it are one: what is new stays marked while an editor works on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """`since`: when the sitting before this one ended; what came later is new. None: never looked before."""

    at: datetime
    since: datetime | None


class Looks:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def new_since(self, editor: str, edition: str, *, now: datetime) -> datetime | None:
        """What came later than this is new to the editor; None: they never looked, and all of it would be."""
        last = self._last(editor, edition)
        return _next(last, now).since if last else None

    def put(self, editor: str, edition: str, *, now: datetime) -> None:
        """They have looked. Two terminals may say so at once: the later one counts, and nobody crashes."""
        last = self._last(editor, edition)
        look = _next(last, now) if last else Look(at=now, since=None)
        self._db.execute(
            insert_unless_there(self._db, looks).values(
                editor=editor, edition=edition, at=look.at, since=look.since
            )
        )
        self._db.execute(
            update(looks)
            .where(looks.c.editor == editor, looks.c.edition == edition)
            .values(at=look.at, since=look.since)
        )

    def _last(self, editor: str, edition: str) -> Look | None:
        row = self._db.execute(
            select(looks.c.at, looks.c.since).where(looks.c.editor == editor, looks.c.edition == edition)
        ).first()
        return Look(at=row.at, since=row.since) if row else None


def _next(last: Look, now: datetime) -> Look:
    return Look(at=now, since=last.since if now - last.at <= SITTING else last.at)
