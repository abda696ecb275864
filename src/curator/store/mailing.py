"""The newsletter's tables behind one door: issues, subscribers, and the ledger of deliveries."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from curator.store.deliveries import Deliveries
from curator.store.issues import Issues
from curator.store.subscribers import Subscribers


class Mailing:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    @cached_property
    def issues(self) -> Issues:
        return Issues(self._db)

    @cached_property
    def subscribers(self) -> Subscribers:
        return Subscribers(self._db)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self._db)

    def last_slot(self, edition: str) -> datetime | None:
        """The newest weekly moment that is dealt with, with an issue or (nothing to say) without."""
        return self.issues.last_slot(edition)
