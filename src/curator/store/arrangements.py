"""What editors have decided about the next issue of each edition: one row each, whose version only grows."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select, update

from curator.model import Arranged, Arrangement
from curator.store.tables import drafts


class Arrangements:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, edition: str) -> Arranged:
        row = self._db.execute(select(drafts).where(drafts.c.edition == edition)).one_or_none()
        if row is None:
            return Arranged()
        return Arranged(
            arrangement=msgspec.convert(row.arrangement, Arrangement, strict=False),
            version=row.version,
            editor=row.editor,
            changed_at=row.changed_at,
        )

    def put(self, edition: str, arrangement: Arrangement, *, by: str, now: datetime) -> None:
        """The caller holds `tx.serialise("issue:EDITION")`.

        The version only ever grows, also over a closing: what was written for an issue that is
        closed must not end up in the one after it.
        """
        values = {
            "arrangement": msgspec.to_builtins(arrangement, str_keys=True),
            "version": drafts.c.version + 1,
            "editor": by,
            "changed_at": now,
        }
        changed = self._db.execute(update(drafts).where(drafts.c.edition == edition).values(values))
        if not changed.rowcount:
            self._db.execute(insert(drafts).values({**values, "edition": edition, "version": 1}))
