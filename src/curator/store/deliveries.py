"""The ledger: one row per issue and subscriber, from selection to the server's answer.

    pending ─ claim ─► in_data ─► accepted | failed | deferred | ambiguous
    pending ─ claim ─► written            (a folder: nobody has received it)

A claim is a lease. `in_data` is committed before the mail is handed to a
server, its outcome after the answer: a row found in_data whose worker is gone
is one that nobody knows about. A folder never makes a row in_data, because
writing a file twice is writing it once. `changed_at` of a row in doubt is when
its message went out: a mail server's log is asked about that moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from curator.model import Delivery, DeliveryState, Issue, IssueCounts, IssueStatus, SubscriptionStatus
from curator.store.prepared import Prepared
from curator.store.tables import deliveries as d
from curator.store.tables import issues, subscribers, subscriptions, suppressions


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Somebody whom an issue concerns and whom its ledger does not know yet."""

    subscriber_id: int
    email: str
    status: SubscriptionStatus
    tags: frozenset[str] | None = None  # wants only issues with one of these; None: all


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a hand-over ended. `counted` False: it was no attempt at this address.

    `blamed`: even so it may have been the address, and the time for which it is tried runs.
    """

    state: DeliveryState
    reply: str | None = None
    next_try: datetime | None = None
    counted: bool = True
    blamed: bool = True


DROPPED = "settled: drop"
"""What stands in place of a server's reply where an editor gave up a mail in doubt."""

FROM_THE_LOG = "mail.log: "
"""So begins what stands there where a server's log, and not its reply, says that it took the mail."""

_AT_ONCE = 500  # ids in one statement: SQLite takes 32,766 at most


class Deliveries:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── who gets it ──

    def missing(self, issue: Issue) -> list[Recipient]:
        """Subscribers of its edition without a row, confirmed or not; those who left are not asked again."""
        known = exists().where(d.c.issue_id == issue.id, d.c.subscriber_id == subscriptions.c.subscriber_id)
        return self._recipients(issue, ~known)

    def excluded(self, issue: Issue) -> list[Recipient]:
        """Those who were not to get it when they were selected, and who have not left since."""
        mine = (d.c.issue_id == issue.id, d.c.state == DeliveryState.EXCLUDED)
        return self._recipients(
            issue, exists().where(*mine, d.c.subscriber_id == subscriptions.c.subscriber_id)
        )

    def _recipients(self, issue: Issue, asked: ColumnElement[bool]) -> list[Recipient]:
        query = (
            select(
                subscriptions.c.subscriber_id,
                subscribers.c.email,
                subscriptions.c.status,
                subscriptions.c.tags,
            )
            .join(subscribers, subscribers.c.id == subscriptions.c.subscriber_id)
            .where(
                subscriptions.c.edition == issue.edition,
                subscriptions.c.status != SubscriptionStatus.UNSUBSCRIBED,
                subscribers.c.email.is_not(None),
                asked,
            )
            .order_by(subscriptions.c.subscriber_id)
        )
        return [
            Recipient(
                subscriber_id=row.subscriber_id,
                email=row.email,
                status=SubscriptionStatus(row.status),
                tags=None if row.tags is None else frozenset(row.tags),
            )
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
                "token": message_id.partition("@")[0].rpartition(".")[2],
                "domain": domain_of(recipient.email),
            }
            for recipient, message_id, state in rows
        ]
        if values:
            self._db.execute(insert(d), values)

    def include(self, issue: Issue, subscriber_ids: Sequence[int], *, now: datetime) -> None:
        """They were excluded, and get it after all."""
        for start in range(0, len(subscriber_ids), _AT_ONCE):
            some = subscriber_ids[start : start + _AT_ONCE]
            excluded = (d.c.issue_id == issue.id, d.c.state == DeliveryState.EXCLUDED)
            chosen = update(d).where(*excluded, d.c.subscriber_id.in_(some))
            self._db.execute(chosen.values(state=DeliveryState.PENDING, changed_at=now))

    # ── one at a time ──

    def claim(
        self,
        issue: Issue,
        *,
        to_folder: bool,
        worker: str,
        now: datetime,
        lease_until: datetime,
        most: int = 1,
        full: Collection[str] = (),
        left: Callable[[str], int] | None = None,
    ) -> list[Delivery]:
        """The next mails to hand over, leased to this worker; none: none is due.

        Two workers never get the same row: PostgreSQL skips what another has
        locked, SQLite has one writer. `full` domains are passed over; of any
        other no more are taken than are `left`.
        """
        found = self._first(_UNTRIED, issue, now, most=most, full=full)
        if len(found) < most:
            again = _WRITTEN_OR_PUT_OFF if not to_folder else _PUT_OFF
            found |= self._first(again, issue, now, most=most - len(found), full=full)
        if left is not None:
            found = _within(found, left)
        if not found:
            return []
        leased = {"the_ids": list(found), "the_worker": worker, "the_lease": lease_until}
        self._db.execute(_LEASE, leased)
        rows = {row["id"]: row for row in self._db.execute(_THESE, {"the_ids": list(found)}).mappings()}
        return [Delivery(**rows[delivery_id]) for delivery_id in found]

    def _first(
        self, some: Select[Any], issue: Issue, now: datetime, *, most: int, full: Collection[str]
    ) -> dict[int, str]:
        """Ids with their domains. Untried ones as they were entered, then what was put off longest ago."""
        if full:
            some = some.where(or_(d.c.domain.is_(None), d.c.domain.not_in(full)))
        said = {"the_issue": issue.id, "the_moment": now, "the_number": most}
        return {row.id: row.domain or "" for row in self._db.execute(some, said)}

    def begin_data(
        self,
        issue: Issue,
        delivery: Delivery,
        *,
        address_hash: str,
        worker: str,
        lease_until: datetime,
        now: datetime,
    ) -> bool:
        """The message goes out now, if the reader still wants it and the issue is still this one and sent.

        False: nothing may leave; `unwanted` and the issue's status say why. One statement, since it is
        said for every mail.
        """
        said = {
            "the_id": delivery.id,
            "the_worker": worker,
            "the_issue": issue.id,
            "the_hash": issue.content_hash,
            "the_edition": issue.edition,
            "the_email": delivery.email,
            "the_address_hash": address_hash,
            "the_attempts": delivery.attempts + 1,
            "the_lease": lease_until,
            "the_moment": now,
        }
        return bool(_BEGIN_DATA.rows_changed(self._db, said))

    def unwanted(self, issue: Issue, hashes: Mapping[int, str]) -> frozenset[int]:
        """Of these deliveries (with hashes of addresses) those whose reader has left or is suppressed."""
        kept = self._db.execute(_SUPPRESSED, {"the_hashes": list(hashes.values())}).scalars()
        wants = self._db.execute(_WANTED, {"the_ids": list(hashes), "the_edition": issue.edition}).scalars()
        suppressed, wanted = set(kept), set(wants)
        return frozenset(n for n, said in hashes.items() if n not in wanted or said in suppressed)

    def settle(self, delivery: Delivery, verdict: Verdict, *, worker: str, now: datetime) -> bool:
        """Note the outcome and give the lease back.

        False: the lease ran out and another has judged the row meanwhile;
        only a server's yes still counts then, since it is a fact.
        """
        is_fact = verdict.state is DeliveryState.ACCEPTED
        said = {
            "the_id": delivery.id,
            "the_worker": worker,
            "the_state": verdict.state,
            "the_reply": verdict.reply,
            "the_next_try": verdict.next_try,
            "the_attempts": delivery.attempts + verdict.counted,
            # That of a mail in doubt stays: it is when its message went out.
            "the_change": None if verdict.state is DeliveryState.AMBIGUOUS else now,
            "the_try": delivery.first_try or (now if verdict.blamed else None),
        }
        return bool((_SETTLE if is_fact else _SETTLE_MINE).rows_changed(self._db, said))

    def release(self, delivery_ids: Collection[int], *, worker: str) -> int:
        """Leave to others what was claimed and not begun; returns how many."""
        mine = (d.c.id.in_(delivery_ids), d.c.lease_by == worker, d.c.state != DeliveryState.IN_DATA)
        freed = update(d).where(*mine).values(lease_by=None, lease_until=None)
        return self._db.execute(freed).rowcount

    def has(self, delivery: Delivery) -> bool:
        """False: its issue was reopened meanwhile."""
        this = (d.c.id == delivery.id, d.c.message_id == delivery.message_id)  # numbers come again
        return self._db.execute(select(d.c.id).where(*this)).first() is not None

    # ── what was left behind ──

    def abandoned(
        self, issue: Issue, *, is_gone: Callable[[str], bool], now: datetime
    ) -> list[tuple[int, str, datetime]]:
        """Rows whose worker died or let its lease run out, each with that lease."""
        leased = select(d.c.id, d.c.lease_by, d.c.lease_until).where(
            d.c.issue_id == issue.id, d.c.lease_by.is_not(None)
        )
        rows = self._db.execute(leased).all()
        return [
            (row.id, row.lease_by, row.lease_until)
            for row in rows
            if row.lease_until <= now or is_gone(row.lease_by)
        ]

    def take_back(self, abandoned: Sequence[tuple[int, str, datetime]]) -> None:
        """Free what was only claimed; what was on its way to a server is now in doubt.

        What another sender has taken in hand meanwhile stays his.
        """
        for some in (abandoned[at : at + _AT_ONCE] for at in range(0, len(abandoned), _AT_ONCE)):
            leases = [dict(zip(("the_id", "the_worker", "the_lease"), each, strict=True)) for each in some]
            self._db.execute(_DOUBT, leases)
            self._db.execute(_FREE, leases)

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

    def learn(self, delivery: Delivery, state: DeliveryState, *, reply: str | None, now: datetime) -> bool:
        """What a mail server's log says of a mail in doubt. False: somebody has decided meanwhile."""
        doubtful = (d.c.id == delivery.id, d.c.state == DeliveryState.AMBIGUOUS)
        known = update(d).where(*doubtful).values(state=state, reply=reply, next_try=None, changed_at=now)
        return bool(self._db.execute(known).rowcount)

    def acknowledged(self, issue: Issue, *, since: datetime, until: datetime) -> Mapping[str, datetime]:
        """Mails that the server itself told us it took, in that time, and when; by Message-ID."""
        told = (d.c.state == DeliveryState.ACCEPTED, ~d.c.reply.startswith(FROM_THE_LOG))
        span = d.c.changed_at.between(since, until)
        query = select(d.c.message_id, d.c.changed_at).where(d.c.issue_id == issue.id, *told, span)
        return {row.message_id: row.changed_at for row in self._db.execute(query)}

    # ── the account ──

    def refused(self, issue: Issue) -> int:
        """Mails that a server, or we, refused for good; what an editor gave up is none of them."""
        failed = (d.c.issue_id == issue.id, d.c.state == DeliveryState.FAILED)
        given_up = func.coalesce(d.c.reply, "") == DROPPED
        return self._db.execute(select(func.count()).where(*failed, ~given_up)).scalar_one()

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

    def standing_still(self, issue: Issue) -> tuple[int, datetime | None]:
        """Mails that no server has judged yet, and since when none was; None: the first try is to come."""
        untried = and_(d.c.state == DeliveryState.DEFERRED, d.c.attempts == 0)  # by a server that was down
        waiting = select(func.count()).where(
            d.c.issue_id == issue.id, or_(d.c.state == DeliveryState.PENDING, untried)
        )
        judged = (DeliveryState.ACCEPTED, DeliveryState.WRITTEN, DeliveryState.FAILED)
        last = select(func.max(d.c.changed_at)).where(d.c.issue_id == issue.id, d.c.state.in_(judged))
        first = select(func.min(d.c.first_try)).where(d.c.issue_id == issue.id)
        since = self._db.execute(last).scalar() or self._db.execute(first).scalar()
        return self._db.execute(waiting).scalar_one(), since

    def next_try(self, issue: Issue) -> datetime | None:
        """When the next deferred mail is due."""
        query = select(func.min(d.c.next_try)).where(
            d.c.issue_id == issue.id, d.c.state == DeliveryState.DEFERRED
        )
        return self._db.execute(query).scalar()


def domain_of(email: str) -> str:
    return email.rpartition("@")[2].lower()


def _within(found: dict[int, str], left: Callable[[str], int]) -> dict[int, str]:
    """No more of each domain than it may still get."""
    taken: Counter[str] = Counter()
    kept = {}
    for delivery_id, domain in found.items():
        if taken[domain] < left(domain):
            taken[domain] += 1
            kept[delivery_id] = domain
    return kept


def _due(*, to_folder: bool, now: datetime) -> ColumnElement[bool]:
    return or_(d.c.state == DeliveryState.PENDING, _put_off(to_folder=to_folder, now=now))


def _put_off(*, to_folder: bool, now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    put_off = and_(d.c.state == DeliveryState.DEFERRED, d.c.next_try <= now)
    # What lies in a folder has reached nobody: a server gets it once.
    return put_off if to_folder else or_(put_off, d.c.state == DeliveryState.WRITTEN)


_JOINED = select(
    d.c.id,
    d.c.issue_id,
    d.c.subscriber_id,
    subscribers.c.email,
    d.c.message_id,
    d.c.state,
    d.c.attempts,
    d.c.next_try,
    d.c.first_try,
    d.c.changed_at,
    d.c.domain,
).join(subscribers, subscribers.c.id == d.c.subscriber_id)

# Said for every mail, or every few, so they are made once.


def _first(wanted: ColumnElement[bool]) -> Select[Any]:
    free = or_(d.c.lease_until.is_(None), d.c.lease_until <= _MOMENT)
    return (
        select(d.c.id, d.c.domain)
        .where(d.c.issue_id == bindparam("the_issue"), wanted, free)
        .order_by(d.c.next_try.nulls_first(), d.c.id)
        .limit(bindparam("the_number"))
        .with_for_update(skip_locked=True)
    )


_MOMENT = bindparam("the_moment", type_=d.c.next_try.type)
_IDS: BindParameter[Sequence[int]] = bindparam("the_ids", expanding=True)
_UNTRIED = _first(d.c.state == DeliveryState.PENDING)
_PUT_OFF = _first(_put_off(to_folder=True, now=_MOMENT))
_WRITTEN_OR_PUT_OFF = _first(_put_off(to_folder=False, now=_MOMENT))
_LEASE = (
    update(d)
    .where(d.c.id.in_(_IDS))
    .values(lease_by=bindparam("the_worker"), lease_until=bindparam("the_lease"))
)
_FREE = (
    update(d)
    .where(
        d.c.id == bindparam("the_id"),
        d.c.lease_by == bindparam("the_worker"),
        d.c.lease_until == bindparam("the_lease"),
    )
    .values(lease_by=None, lease_until=None)
)
_DOUBT = _FREE.where(d.c.state == DeliveryState.IN_DATA).values(state=DeliveryState.AMBIGUOUS)
_THESE = _JOINED.where(d.c.id.in_(_IDS))
_SUPPRESSED = select(suppressions.c.address_hash).where(
    suppressions.c.address_hash.in_(bindparam("the_hashes", expanding=True))
)
_WANTED = select(d.c.id).where(
    d.c.id.in_(_IDS),
    exists().where(
        subscriptions.c.subscriber_id == d.c.subscriber_id,
        subscriptions.c.edition == bindparam("the_edition"),
        subscriptions.c.status == SubscriptionStatus.CONFIRMED,
    ),
    exists().where(subscribers.c.id == d.c.subscriber_id, subscribers.c.email.is_not(None)),
)
_BEGIN_DATA = Prepared(
    update(d)
    .where(
        d.c.id == bindparam("the_id"),
        d.c.lease_by == bindparam("the_worker"),
        d.c.state != DeliveryState.IN_DATA,
        exists().where(
            issues.c.id == bindparam("the_issue"),
            issues.c.status == IssueStatus.SENDING,
            issues.c.content_hash == bindparam("the_hash"),
        ),
        exists().where(
            subscriptions.c.subscriber_id == d.c.subscriber_id,
            subscriptions.c.edition == bindparam("the_edition"),
            subscriptions.c.status == SubscriptionStatus.CONFIRMED,
        ),
        exists().where(subscribers.c.id == d.c.subscriber_id, subscribers.c.email == bindparam("the_email")),
        ~exists().where(suppressions.c.address_hash == bindparam("the_address_hash")),
    )
    .values(
        state=DeliveryState.IN_DATA,
        attempts=bindparam("the_attempts"),
        first_try=func.coalesce(d.c.first_try, bindparam("the_moment")),
        lease_until=bindparam("the_lease"),
        changed_at=bindparam("the_moment"),
    )
)
_SETTLED = (
    update(d)
    .where(d.c.id == bindparam("the_id"))
    .values(
        state=bindparam("the_state"),
        # A server's words often repeat the address: not kept of somebody who was erased meanwhile.
        reply=select(bindparam("the_reply", type_=Text))
        .where(subscribers.c.id == d.c.subscriber_id, subscribers.c.email.is_not(None))
        .scalar_subquery(),
        next_try=bindparam("the_next_try"),
        lease_by=None,
        lease_until=None,
        attempts=bindparam("the_attempts"),
        changed_at=func.coalesce(bindparam("the_change", type_=d.c.changed_at.type), d.c.changed_at),
        first_try=bindparam("the_try"),
    )
)
_SETTLE = Prepared(_SETTLED)
_SETTLE_MINE = Prepared(_SETTLED.where(d.c.lease_by == bindparam("the_worker")))
