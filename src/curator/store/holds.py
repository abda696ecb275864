"""Whether this newsroom is held, and why: one fact about it that every way out asks for."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from curator.errors import Refused
from curator.model import HeldBecause, Hold, Whereabouts
from curator.store.meta import Meta

KEY = "held"


class Holds:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._meta = Meta(connection)

    def current(self) -> Hold | None:
        said = json.loads(self._meta.get(KEY) or "null")
        if said is None:
            return None
        return Hold(
            because=HeldBecause(said["because"]),
            since=datetime.fromisoformat(said["since"]),
            data=said["data"],
        )

    def put(self, hold: Hold) -> None:
        said = {"because": hold.because, "since": hold.since.isoformat(), "data": dict(hold.data)}
        self._meta.set(KEY, json.dumps(said, sort_keys=True))

    def lift(self) -> None:
        if self._meta.get(KEY):
            self._meta.set(KEY, "")

    @property
    def is_shared(self) -> bool:
        """Whether newsrooms of several machines may work on this database."""
        return self._db.dialect.name == "postgresql"

    def place(self) -> Whereabouts | None:
        """Which database of which cluster this is, on PostgreSQL. None: a file, or it is not told."""
        if not self.is_shared:
            return None
        try:
            with self._db.begin_nested():
                found = self._db.execute(_ITSELF).scalar()
        except DBAPIError:  # a server may keep that to itself
            return None
        return None if found is None else Whereabouts(itself=found, where=found)

    def require_none(self) -> None:
        """Called by all that publishes, sends, or tells anybody anything, in the transaction that begins it.

        Refused as `newsroom_restored`, `newsroom_copied` or `newsroom_moved`.
        """
        hold = self.current()
        if hold is not None:
            raise Refused(f"newsroom_{hold.because}", since=hold.since, **hold.data)


_ITSELF = text(
    "SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || oid "
    "FROM pg_database WHERE datname = current_database()"
)
