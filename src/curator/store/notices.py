"""Single mails that a reader asked for, from asking to the server's answer, in the ledger's states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from curator.model import DeliveryState
from curator.store.dialect import insert_unless_there
from curator.store.tables import notices as n
from curator.store.tables import subscribers


class NoticeKind(StrEnum):
    CONFIRM = "confirm"
    ALREADY = "already"
    PREFERENCES = "preferences"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`email` is None once the person was erased."""

    id: int
    kind: NoticeKind
    subscriber_id: int
    email: str | None
    edition: str
    message_id: str
    state: DeliveryState
    attempts: int
    asked_at: datetime


_UNDER_WAY = (DeliveryState.PENDING, DeliveryState.DEFERRED, DeliveryState.IN_DATA)


class Notices:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(
        self, kind: NoticeKind, *, subscriber_id: int, edition: str, message_id: str, now: datetime
    ) -> None:
        row = {
            "kind": kind,
            "subscriber_id": subscriber_id,
            "edition": edition,
            "message_id": message_id,
            "state": DeliveryState.PENDING,
            "attempts": 0,
            "asked_at": now,
            "changed_at": now,
        }
        # The same for the same person in the same microsecond: once is enough.
        self._db.execute(insert_unless_there(self._db, n).values(row))

    def claim(self, *, worker: str, now: datetime, lease_until: datetime) -> Notice | None:
        """The next one to hand over, leased to this worker; None: none is due."""
        free = or_(n.c.lease_until.is_(None), n.c.lease_until <= now)
        first = select(n.c.id).where(_due(now), free).order_by(n.c.id).limit(1)
        notice_id = self._db.execute(first.with_for_update(skip_locked=True)).scalar()
        if notice_id is None:
            return None
        leased = {"lease_by": worker, "lease_until": lease_until, "changed_at": now}
        claimed = update(n).where(n.c.id == notice_id).values(attempts=n.c.attempts + 1, **leased)
        self._db.execute(claimed)
        row = self._db.execute(_JOINED.where(n.c.id == notice_id)).mappings().one()
        return _notice(row)

    def begin_data(self, notice: Notice, *, worker: str, now: datetime) -> bool:
        """The message goes out now. False: the lease ran out, or the row is gone with its person."""
        mine = (n.c.id == notice.id, n.c.lease_by == worker)
        begun = update(n).where(*mine).values(state=DeliveryState.IN_DATA, changed_at=now)
        return bool(self._db.execute(begun).rowcount)

    def settle(
        self, notice: Notice, state: DeliveryState, *, worker: str, next_try: datetime | None, now: datetime
    ) -> None:
        values = {
            "state": state,
            "next_try": next_try,
            "lease_by": None,
            "lease_until": None,
            "changed_at": now,
        }
        mine = (n.c.id == notice.id, n.c.lease_by == worker)
        self._db.execute(update(n).where(*mine).values(values))

    def take_back(self, *, is_gone: Callable[[str], bool], now: datetime) -> None:
        """Free what a dead worker had only claimed; what was on its way to a server stays in doubt."""
        leased = select(n.c.id, n.c.lease_by, n.c.lease_until).where(n.c.lease_by.is_not(None))
        rows = self._db.execute(leased).all()
        left = [row.id for row in rows if row.lease_until <= now or is_gone(row.lease_by)]
        if not left:
            return
        freed = {"lease_by": None, "lease_until": None, "changed_at": now}
        among = n.c.id.in_(left)
        doubtful = update(n).where(among, n.c.state == DeliveryState.IN_DATA)
        self._db.execute(doubtful.values(state=DeliveryState.AMBIGUOUS, **freed))
        self._db.execute(update(n).where(among).values(freed))

    def waiting(self, *, is_gone: Callable[[str], bool], now: datetime) -> bool:
        """Is there one to hand over, or one that a dead worker left behind?"""
        if self._db.execute(select(n.c.id).where(_due(now), n.c.lease_by.is_(None)).limit(1)).first():
            return True
        leased = select(n.c.lease_by, n.c.lease_until).where(n.c.lease_by.is_not(None))
        return any(row.lease_until <= now or is_gone(row.lease_by) for row in self._db.execute(leased))

    def waiting_since(self) -> datetime | None:
        """When the one was asked for that waits longest."""
        waiting = select(func.min(n.c.asked_at)).where(
            n.c.state.in_([DeliveryState.PENDING, DeliveryState.DEFERRED])
        )
        return self._db.execute(waiting).scalar()

    def next_try(self) -> datetime | None:
        """When the next one that was put off is due."""
        put_off = select(func.min(n.c.next_try)).where(n.c.state == DeliveryState.DEFERRED)
        return self._db.execute(put_off).scalar()

    def of(self, subscriber_id: int) -> list[Notice]:
        rows = self._db.execute(_JOINED.where(n.c.subscriber_id == subscriber_id).order_by(n.c.id))
        return [_notice(row) for row in rows.mappings()]

    def withdraw(
        self, subscriber_id: int, *, edition: str | None = None, kind: NoticeKind | None = None
    ) -> None:
        """Of those that have not left: nobody waits for them any more."""
        query = delete(n).where(n.c.subscriber_id == subscriber_id, n.c.state.in_(_UNDER_WAY[:2]))
        if edition is not None:
            query = query.where(n.c.edition == edition)
        if kind is not None:
            query = query.where(n.c.kind == kind)
        self._db.execute(query)

    def forget(self, *, before: datetime) -> int:
        """What was settled that long ago tells nobody anything any more."""
        old = delete(n).where(n.c.state.not_in(_UNDER_WAY), n.c.changed_at < before)
        return self._db.execute(old).rowcount


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(
        n.c.state == DeliveryState.PENDING,
        and_(n.c.state == DeliveryState.DEFERRED, n.c.next_try <= now),
    )


def _notice(row: object) -> Notice:
    found = dict(row)  # type: ignore[call-overload]
    return Notice(**found | {"kind": NoticeKind(found["kind"]), "state": DeliveryState(found["state"])})


_JOINED = select(
    n.c.id,
    n.c.kind,
    n.c.subscriber_id,
    subscribers.c.email,
    n.c.edition,
    n.c.message_id,
    n.c.state,
    n.c.attempts,
    n.c.asked_at,
).join(subscribers, subscribers.c.id == n.c.subscriber_id)
