"""What came back, row by row: a message is booked once, however often it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from curator.model import DeliveryState, Issue
from curator.store.tables import bounces, issues, notices, subscribers
from curator.store.tables import deliveries as d


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounced:
    """How many readers of an issue: gone for good, not reached now, complaining."""

    hard: int = 0
    soft: int = 0
    complaints: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """What a token stands for. `notice`: no letter of an issue but a mail somebody asked for on the web.

    `id` is a delivery's or a notice's; `email` is None once the person was erased.
    """

    id: int
    subscriber_id: int
    email: str | None
    edition: str
    notice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One letter to a reader: its issue, when it was handed over, and what came back of it.

    `accepted`: a server took it; else it may have left, or lie in a folder.
    """

    issue_id: int
    at: datetime
    accepted: bool
    kinds: frozenset[str]


class Bounces:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── whose it is ──

    def sent_mail(self, token: str) -> SentMail | None:
        """None: we have made no mail with this token, or have forgotten it."""
        columns = (d.c.id, d.c.subscriber_id, subscribers.c.email, issues.c.edition)
        query = (
            select(*columns)
            .join(subscribers, subscribers.c.id == d.c.subscriber_id)
            .join(issues, issues.c.id == d.c.issue_id)
            .where(d.c.token == token)
        )
        row = self._db.execute(query.limit(1)).first()
        if row is not None:
            return SentMail(id=row.id, subscriber_id=row.subscriber_id, email=row.email, edition=row.edition)
        return self._notice(token)

    def _notice(self, token: str) -> SentMail | None:
        query = (
            select(notices, subscribers.c.email)
            .join(subscribers, subscribers.c.id == notices.c.subscriber_id)
            .where(notices.c.message_id.contains(f".{token}@", autoescape=True))
        )
        row = self._db.execute(query.limit(1)).first()
        if row is None:
            return None
        return SentMail(
            id=row.id,
            subscriber_id=row.subscriber_id,
            email=row.email,
            edition=row.edition,
            notice=row.kind,
        )

    # ── what came back ──

    def known(self, fingerprint: str) -> bool:
        query = select(bounces.c.id).where(bounces.c.fingerprint == fingerprint)
        return self._db.execute(query).first() is not None

    def add(
        self, fingerprint: str, *, delivery_id: int | None, kind: str, status: str | None, now: datetime
    ) -> None:
        row = {
            "fingerprint": fingerprint,
            "delivery_id": delivery_id,
            "kind": kind,
            "status": status,
            "at": now,
        }
        self._db.execute(insert(bounces).values(row))

    def handed_over(self, delivery_id: int, *, now: datetime) -> None:
        """What came back had been taken: that ends a doubt."""
        doubtful = (d.c.id == delivery_id, d.c.state == DeliveryState.AMBIGUOUS)
        known = {"state": DeliveryState.ACCEPTED, "reply": "known from what came back", "changed_at": now}
        self._db.execute(update(d).where(*doubtful).values(known))

    def letters_to(self, subscriber_id: int, *, limit: int) -> Sequence[Handed]:
        """The last letters that may have left for this person, newest first."""
        query = (
            select(d.c.id, d.c.issue_id, d.c.changed_at, d.c.state)
            .join(issues, issues.c.id == d.c.issue_id)
            .where(d.c.subscriber_id == subscriber_id, d.c.state.in_(_MAY_HAVE_LEFT))
            .order_by(issues.c.closed_at.desc(), d.c.id.desc())
            .limit(limit)
        )
        rows = self._db.execute(query).all()
        kinds: dict[int, set[str]] = {row.id: set() for row in rows}
        came_back = select(bounces.c.delivery_id, bounces.c.kind).where(bounces.c.delivery_id.in_(kinds))
        for delivery_id, kind in self._db.execute(came_back):
            kinds[delivery_id].add(kind)
        return [
            Handed(
                issue_id=row.issue_id,
                at=row.changed_at,
                accepted=row.state == DeliveryState.ACCEPTED,
                kinds=frozenset(kinds[row.id]),
            )
            for row in rows
        ]

    # ── the account ──

    def bounced(self, issue: Issue) -> Bounced:
        """Readers, not messages: two reports on one letter are one."""
        query = (
            select(bounces.c.kind, func.count(bounces.c.delivery_id.distinct()))
            .join(d, d.c.id == bounces.c.delivery_id)
            .where(d.c.issue_id == issue.id)
            .group_by(bounces.c.kind)
        )
        counts: dict[str, int] = {row[0]: row[1] for row in self._db.execute(query)}
        return Bounced(
            hard=counts.get("hard", 0),
            soft=counts.get("soft", 0) + counts.get("policy", 0),
            complaints=counts.get("complaint", 0),
        )


_MAY_HAVE_LEFT = (
    DeliveryState.ACCEPTED,
    DeliveryState.AMBIGUOUS,
    DeliveryState.IN_DATA,
    DeliveryState.WRITTEN,
)
