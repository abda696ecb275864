"""The newsletter's tables behind one door: issues, subscribers, and the ledger of deliveries."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection, func, select

from curator.store.arrangements import Arrangements
from curator.store.askings import Askings
from curator.store.bounces import Bounces
from curator.store.deliveries import Deliveries
from curator.store.issues import Issues
from curator.store.notices import Notices
from curator.store.paces import Paces
from curator.store.subscribers import Subscribers
from curator.store.tables import subscribers, subscriptions


class Mailing:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    @cached_property
    def issues(self) -> Issues:
        return Issues(self._db)

    @cached_property
    def arrangements(self) -> Arrangements:
        return Arrangements(self._db)

    @cached_property
    def subscribers(self) -> Subscribers:
        return Subscribers(self._db)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self._db)

    @cached_property
    def bounces(self) -> Bounces:
        return Bounces(self._db)

    @cached_property
    def notices(self) -> Notices:
        return Notices(self._db)

    @cached_property
    def askings(self) -> Askings:
        return Askings(self._db)

    @cached_property
    def paces(self) -> Paces:
        return Paces(self._db)

    def last_slot(self, edition: str) -> datetime | None:
        """The newest weekly moment that is dealt with, with an issue or (nothing to say) without."""
        return self.issues.last_slot(edition)

    def followed_since(self, edition: str) -> datetime | None:
        """When the first of those who follow the edition came; None: nobody does."""
        first = select(func.min(subscribers.c.added_at)).join(
            subscriptions, subscriptions.c.subscriber_id == subscribers.c.id
        )
        found: datetime | None = self._db.execute(first.where(subscriptions.c.edition == edition)).scalar()
        return found
