"""Whether this newsroom is held, and why: one fact about it that every way out asks for."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection

from curator.errors import Refused
from curator.model import HeldBecause, Hold
from curator.store.meta import Meta

KEY = "held"


class Holds:
    def __init__(self, connection: Connection) -> None:
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

    def require_none(self) -> None:
        """Called by all that publishes, sends, or tells anybody anything, in the transaction that begins it.

        Refused as `newsroom_restored`, `newsroom_copied` or `newsroom_moved`.
        """
        hold = self.current()
        if hold is not None:
            raise Refused(f"newsroom_{hold.because}", since=hold.since, **hold.data)
