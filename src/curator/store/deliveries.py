"""The ledger: one row per issue and subscriber, from selection to the server's answer.

    pending ─ claim ─► in_data ─► accepted | failed | deferred | ambiguous
    pending ─ claim ─► written            (a folder: nobody has received it)

A claim is a lease. `in_data` is committed before the mail is handed to a
server, its outcome after the answer: a row found in_data whose worker is gone
is one that nobody knows about. A folder never makes a row in_data, because
writing a file twice is writing it once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select, update

from curator.model import Delivery, DeliveryState, Issue, IssueCounts, SubscriptionStatus
from curator.store.tables import deliveries as d
from curator.store.tables import subscribers, subscriptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody whom an issue concerns and whom its ledger does not know yet."""

    subscriber_id: int
    email: str
    status: SubscriptionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a hand-over ended. `counted` False: it was no attempt at this address."""

    state: DeliveryState
    reply: str | None = None
    next_try: datetime | None = None
    counted: bool = True


class Deliveries:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── who gets it ──

    def missing(self, issue: Issue) -> list[Recipient]:
        """Subscribers of its edition without a row, confirmed or not; those who left are not asked again."""
        known = exists().where(d.c.issue_id == issue.id, d.c.subscriber_id == subscriptions.c.subscriber_id)
        query = (
            select(subscriptions.c.subscriber_id, subscribers.c.email, subscriptions.c.status)
            .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
            .where(
                subscriptions.c.edition == issue.edition,
                subscriptions.c.status != SubscriptionStatus.UNSUBSCRIBED,
                subscribers.c.email.is_not(None),
                ~known,
            )
            .order_by(subscriptions.c.subscriber_id)
        )
        return [
            Recipient(subscriber_id=row.subscriber_id, email=row.email, status=SubscriptionStatus(row.status))
            for row in self._db.execute(query)
        ]

    def add(
        self, issue: Issue, rows: Sequence[tuple[Recipient, str, DeliveryState]], *, now: datetime
    ) -> None:
        """(recipient, Message-ID, state) for each."""
        values = [
            {
                "issue_id": issue.id,
                "subscriber_id": recipient.subscriber_id,
                "message_id": message_id,
                "state": state,
                "attempts": 0,
                "changed_at": now,
            }
            for recipient, message_id, state in rows
        ]
        if values:
            self._db.execute(insert(d), values)

    def include_confirmed(self, issue: Issue, *, now: datetime) -> None:
        """Whoever confirmed since the issue was closed gets it after all."""
        confirmed = exists().where(
            subscriptions.c.subscriber_id == d.c.subscriber_id,
            subscriptions.c.edition == issue.edition,
            subscriptions.c.status == SubscriptionStatus.CONFIRMED,
        )
        excluded = (d.c.issue_id == issue.id, d.c.state == DeliveryState.EXCLUDED, confirmed)
        self._db.execute(update(d).where(*excluded).values(state=DeliveryState.PENDING, changed_at=now))

    # ── one at a time ──

    def claim(
        self, issue: Issue, *, to_folder: bool, worker: str, now: datetime, lease_until: datetime
    ) -> Delivery | None:
        """The next mail to hand over, leased to this worker; None: none is due.

        Two workers never get the same row: PostgreSQL skips what another has
        locked, SQLite has one writer.
        """
        delivery_id = self._first(issue, d.c.state == DeliveryState.PENDING, now) or self._first(
            issue, _due(to_folder=to_folder, now=now), now
        )
        if delivery_id is None:
            return None
        leased = {"lease_by": worker, "lease_until": lease_until}
        values = {**leased, "attempts": d.c.attempts + 1, "changed_at": now}
        self._db.execute(update(d).where(d.c.id == delivery_id).values(values))
        return self._get(delivery_id)

    def begin_data(self, delivery: Delivery, *, worker: str, now: datetime) -> bool:
        """The message goes out now. False: the lease ran out, and the row is another's."""
        mine = (d.c.id == delivery.id, d.c.lease_by == worker)
        begun = update(d).where(*mine).values(state=DeliveryState.IN_DATA, changed_at=now)
        return bool(self._db.execute(begun).rowcount)

    def _first(self, issue: Issue, wanted: ColumnElement[bool], now: datetime) -> int | None:
        """Untried ones first, then those that were put off longest ago."""
        free = or_(d.c.lease_until.is_(None), d.c.lease_until <= now)
        first = select(d.c.id).where(d.c.issue_id == issue.id, wanted, free).limit(1)
        ordered = first.order_by(d.c.next_try.nulls_first(), d.c.id).with_for_update(skip_locked=True)
        return self._db.execute(ordered).scalar()

    def wanted(self, delivery: Delivery, edition: str) -> bool:
        """Is this person still subscribed, now?"""
        query = select(subscriptions.c.status).where(
            subscriptions.c.subscriber_id == delivery.subscriber_id, subscriptions.c.edition == edition
        )
        return self._db.execute(query).scalar() == SubscriptionStatus.CONFIRMED

    def settle(self, delivery: Delivery, verdict: Verdict, *, worker: str, now: datetime) -> bool:
        """Note the outcome and give the lease back.

        False: the lease ran out and another has judged the row meanwhile;
        only a server's yes still counts then, since it is a fact.
        """
        mine = d.c.id == delivery.id
        if verdict.state is not DeliveryState.ACCEPTED:
            mine = and_(mine, d.c.lease_by == worker)
        values: dict[str, Any] = {
            "state": verdict.state,
            "reply": verdict.reply,
            "next_try": verdict.next_try,
            "lease_by": None,
            "lease_until": None,
            "changed_at": now,
        }
        if not verdict.counted:
            values["attempts"] = delivery.attempts - 1
        return bool(self._db.execute(update(d).where(mine).values(values)).rowcount)

    # ── what was left behind ──

    def abandoned(self, issue: Issue, *, is_gone: Callable[[str], bool], now: datetime) -> list[int]:
        """Rows whose worker died or let its lease run out."""
        leased = select(d.c.id, d.c.lease_by, d.c.lease_until).where(
            d.c.issue_id == issue.id, d.c.lease_by.is_not(None)
        )
        rows = self._db.execute(leased).all()
        return [row.id for row in rows if row.lease_until <= now or is_gone(row.lease_by)]

    def take_back(self, delivery_ids: Collection[int], *, now: datetime) -> None:
        """Free what was only claimed; what was on its way to a server is now in doubt."""
        among = d.c.id.in_(delivery_ids)
        freed = {"lease_by": None, "lease_until": None, "changed_at": now}
        doubtful = update(d).where(among, d.c.state == DeliveryState.IN_DATA)
        self._db.execute(doubtful.values(state=DeliveryState.AMBIGUOUS, **freed))
        self._db.execute(update(d).where(among).values(freed))

    def retry_ambiguous(self, issue: Issue, *, below_attempts: int, now: datetime) -> None:
        doubtful = (d.c.issue_id == issue.id, d.c.state == DeliveryState.AMBIGUOUS)
        again = update(d).where(*doubtful, d.c.attempts < below_attempts)
        self._db.execute(again.values(state=DeliveryState.PENDING, changed_at=now))

    def write_again(self, issue: Issue, *, now: datetime) -> None:
        """The files in a folder are not right any more."""
        written = (d.c.issue_id == issue.id, d.c.state == DeliveryState.WRITTEN)
        self._db.execute(update(d).where(*written).values(state=DeliveryState.PENDING, changed_at=now))

    def decide(
        self,
        issue: Issue,
        subscriber_ids: Collection[int],
        state: DeliveryState,
        *,
        reply: str,
        now: datetime,
    ) -> list[int]:
        """Put an end to doubt; returns those of these subscribers whose delivery was ambiguous."""
        among = (
            d.c.issue_id == issue.id,
            d.c.subscriber_id.in_(subscriber_ids),
            d.c.state == DeliveryState.AMBIGUOUS,
        )
        decided = update(d).where(*among).values(state=state, reply=reply, changed_at=now)
        return list(self._db.execute(decided.returning(d.c.subscriber_id)).scalars())

    # ── the account ──

    def counts(self, issue: Issue) -> IssueCounts:
        query = select(d.c.state, func.count()).where(d.c.issue_id == issue.id).group_by(d.c.state)
        by_state = {DeliveryState(state): number for state, number in self._db.execute(query)}
        return IssueCounts.of(by_state)

    def in_state(self, issue: Issue, state: DeliveryState) -> list[Delivery]:
        query = _JOINED.where(d.c.issue_id == issue.id, d.c.state == state).order_by(d.c.id)
        return [Delivery(**row) for row in self._db.execute(query).mappings()]

    def due(self, issue: Issue, *, to_folder: bool, doubtful_below: int, now: datetime) -> bool:
        """Is there a mail to hand over, or one that a dead sender may have left behind?

        `doubtful_below`: mails in doubt are due too while they had fewer attempts than this.
        """
        left_behind = and_(d.c.state == DeliveryState.IN_DATA, d.c.lease_by.is_not(None))
        doubtful = and_(d.c.state == DeliveryState.AMBIGUOUS, d.c.attempts < doubtful_below)
        due = or_(_due(to_folder=to_folder, now=now), left_behind, doubtful)
        query = select(d.c.id).where(d.c.issue_id == issue.id, due).limit(1)
        return self._db.execute(query).first() is not None

    def next_try(self, issue: Issue) -> datetime | None:
        """When the next deferred mail is due."""
        query = select(func.min(d.c.next_try)).where(
            d.c.issue_id == issue.id, d.c.state == DeliveryState.DEFERRED
        )
        return self._db.execute(query).scalar()

    def _get(self, delivery_id: int) -> Delivery:
        row = self._db.execute(_JOINED.where(d.c.id == delivery_id)).mappings().one()
        return Delivery(**row)


def _due(*, to_folder: bool, now: datetime) -> ColumnElement[bool]:
    waiting = [
        d.c.state == DeliveryState.PENDING,
        and_(d.c.state == DeliveryState.DEFERRED, d.c.next_try <= now),
    ]
    if not to_folder:  # what lies in a folder has reached nobody: a server gets it once
        waiting.append(d.c.state == DeliveryState.WRITTEN)
    return or_(*waiting)


_JOINED = select(
    d.c.id,
    d.c.issue_id,
    d.c.subscriber_id,
    subscribers.c.email,
    d.c.message_id,
    d.c.state,
    d.c.attempts,
    d.c.next_try,
).join(subscribers, subscribers.c.id == d.c.subscriber_id)
