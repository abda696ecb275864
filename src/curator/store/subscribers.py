"""Subscribers, what they agreed to, and whom we must never write to again."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from curator.figures import of_the_erased
from curator.model import Subscriber, SubscriptionStatus
from curator.store.statistics import as_said, consented
from curator.store.tables import (
    bounces,
    consents,
    deliveries,
    issues,
    notices,
    readership,
    subscribers,
    subscriptions,
    suppressions,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a person stands with one edition. `tags` None: all; `asked_at`: a confirmation is waited for."""

    subscriber_id: int
    edition: str
    status: SubscriptionStatus
    changed_at: datetime
    tags: tuple[str, ...] | None
    asked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`id`: the subscriber's."""

    id: int
    email: str
    added_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What is kept of a yes or a no.

    `origin`: editor, import, web, mail, complaint or restore; `network`: whence, cut; `tags`: what was asked
    for, None: all.
    """

    edition: str
    at: datetime
    kind: str
    text: str | None
    origin: str | None = None
    version: str | None = None
    language: str | None = None
    url: str | None = None
    network: str | None = None
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Somebody who said yes to what `consent` says, for its edition. `tags` None: the list does not say."""

    email: str
    consent: Consent
    tags: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of an export. `consented_at`: of the last yes; None: nobody has said one."""

    email: str
    edition: str
    status: SubscriptionStatus
    tags: tuple[str, ...] | None
    consented_at: datetime | None
    consent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """So many subscriptions are gone; `message_ids`: of the mails that were made for them."""

    subscriptions: int
    message_ids: Sequence[str]


class Subscribers:
    """Two spellings of one address in capitals and small letters are one person."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def id_of(self, email: str) -> int | None:
        if not email.isascii():
            # SQLite knows no letters but ours: its lower() leaves an É as it is.
            _, _, domain = email.rpartition("@")
            there = subscribers.c.email.endswith(f"@{domain}", autoescape=True)
            known = select(subscribers.c.id, subscribers.c.email).where(there).order_by(subscribers.c.id)
            return next((r.id for r in self._db.execute(known) if r.email.lower() == email.lower()), None)
        query = select(subscribers.c.id).where(func.lower(subscribers.c.email) == email.lower())
        return self._db.execute(query.order_by(subscribers.c.id).limit(1)).scalar()

    def of(self, subscriber_id: int) -> list[Subscriber]:
        """One value for each edition this person follows or followed."""
        return self._all(_JOINED.where(subscribers.c.id == subscriber_id))

    def email_of(self, subscriber_id: int) -> str | None:
        """None: erased, or never there."""
        return self._db.execute(select(subscribers.c.email).where(subscribers.c.id == subscriber_id)).scalar()

    def standings(self, subscriber_id: int) -> dict[str, Standing]:
        """By edition; nothing of who was erased."""
        rows = self._db.execute(select(subscriptions).where(subscriptions.c.subscriber_id == subscriber_id))
        return {row.edition: _standing(row) for row in rows}

    def find(
        self,
        *,
        edition: str | None = None,
        status: SubscriptionStatus | None = None,
        query: str | None = None,
        limit: int | None = 50,
        offset: int = 0,
    ) -> tuple[int, list[Subscriber]]:
        """How many subscriptions there are, and one page of them by address; erased people are not shown.

        `query`: a part of the address.
        """
        wanted = _JOINED.where(subscribers.c.email.is_not(None))
        if edition is not None:
            wanted = wanted.where(subscriptions.c.edition == edition)
        if status is not None:
            wanted = wanted.where(subscriptions.c.status == status)
        if query:
            address = func.lower(subscribers.c.email)
            wanted = wanted.where(address.contains(query.strip().lower(), autoescape=True))
        total = self._db.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
        page = wanted.order_by(func.lower(subscribers.c.email), subscriptions.c.edition)
        return total, self._all(page.limit(limit).offset(offset))

    def directory(self) -> Mapping[str, tuple[int, Mapping[str, SubscriptionStatus]]]:
        """Everybody by lowered address: id, and status per edition. For imports, which ask for thousands."""
        everybody: dict[str, tuple[int, dict[str, SubscriptionStatus]]] = {}
        known = select(subscribers.c.id, subscribers.c.email).where(subscribers.c.email.is_not(None))
        for subscriber_id, email in self._db.execute(known):
            everybody[email.lower()] = (subscriber_id, {})
        by_id = dict(everybody.values())
        for row in self._db.execute(select(subscriptions)):
            if row.subscriber_id in by_id:
                by_id[row.subscriber_id][row.edition] = SubscriptionStatus(row.status)
        return everybody

    def suppressed(self, address_hashes: Collection[str]) -> frozenset[str]:
        """Those of these hashes whose address asked never to be written to, or bounced."""
        found: set[str] = set()
        for chunk in _chunks(address_hashes):
            some = suppressions.c.address_hash.in_(chunk)
            found.update(self._db.execute(select(suppressions.c.address_hash).where(some)).scalars())
        return frozenset(found)

    def suppressed_because(self, reason: str) -> frozenset[str]:
        """The hashes of all whom we must not write to for this reason."""
        some = select(suppressions.c.address_hash).where(suppressions.c.reason == reason)
        return frozenset(self._db.execute(some).scalars())

    def suppression(self, address_hash: str) -> tuple[str, datetime] | None:
        """Why and since when this address is not written to."""
        row = self._db.execute(select(suppressions).where(suppressions.c.address_hash == address_hash))
        return next(((found.reason, found.at) for found in row), None)

    def addresses(self) -> list[Address]:
        """Everybody who was not erased."""
        columns = (subscribers.c.id, subscribers.c.email, subscribers.c.added_at)
        known = self._db.execute(select(*columns).where(subscribers.c.email.is_not(None)))
        return [Address(id=row.id, email=row.email, added_at=row.added_at) for row in known]

    def consents_of(self, subscriber_id: int) -> list[Consent]:
        """Oldest first."""
        query = select(*(consents.c[name] for name in Consent.__dataclass_fields__))
        rows = self._db.execute(
            query.where(consents.c.subscriber_id == subscriber_id).order_by(consents.c.id)
        )
        return [Consent(**{**row, "tags": _tags(row["tags"])}) for row in rows.mappings()]

    def listed(
        self, *, edition: str | None = None, statuses: Collection[SubscriptionStatus] = ()
    ) -> list[Listed]:
        """All of these by address, each with the last yes that stands behind it; no `statuses`: any."""
        columns = (subscriptions.c.subscriber_id, subscribers.c.email, subscriptions.c.edition)
        query = select(*columns, subscriptions.c.status, subscriptions.c.tags).join(
            subscribers, subscribers.c.id == subscriptions.c.subscriber_id
        )
        query = query.where(subscribers.c.email.is_not(None))
        if edition is not None:
            query = query.where(subscriptions.c.edition == edition)
        if statuses:
            query = query.where(subscriptions.c.status.in_(sorted(statuses)))
        yes = select(consents).where(consents.c.kind.in_(("given", "confirmed"))).order_by(consents.c.id)
        last = {(row.subscriber_id, row.edition): (row.at, row.text) for row in self._db.execute(yes)}
        found = []
        for row in self._db.execute(query.order_by(func.lower(subscribers.c.email), subscriptions.c.edition)):
            at, said = last.get((row.subscriber_id, row.edition), (None, None))
            listed = Listed(
                email=row.email,
                edition=row.edition,
                status=SubscriptionStatus(row.status),
                tags=_tags(row.tags),
                consented_at=at,
                consent=said,
            )
            found.append(listed)
        return found

    def mails_of(self, subscriber_id: int, *, limit: int | None = None) -> list[Mapping[str, Any]]:
        """What the ledger knows of the issues for this person, newest first."""
        query = (
            select(
                issues.c.edition,
                issues.c.number,
                deliveries.c.state,
                deliveries.c.message_id,
                deliveries.c.attempts,
                deliveries.c.first_try,
                deliveries.c.changed_at,
                deliveries.c.reply,
                deliveries.c.domain,
            )
            .join(issues, issues.c.id == deliveries.c.issue_id)
            .where(deliveries.c.subscriber_id == subscriber_id)
            .order_by(deliveries.c.id.desc())
            .limit(limit)
        )
        return [dict(row) for row in self._db.execute(query).mappings()]

    def bounces_of(self, subscriber_id: int) -> list[Mapping[str, Any]]:
        """What came back of mails to this person, oldest first."""
        query = (
            select(issues.c.edition, issues.c.number, bounces.c.kind, bounces.c.at, bounces.c.status)
            .join(deliveries, deliveries.c.id == bounces.c.delivery_id)
            .join(issues, issues.c.id == deliveries.c.issue_id)
            .where(deliveries.c.subscriber_id == subscriber_id)
            .order_by(bounces.c.id)
        )
        return [dict(row) for row in self._db.execute(query).mappings()]

    def added_at(self, subscriber_id: int) -> datetime:
        added: datetime = self._db.execute(
            select(subscribers.c.added_at).where(subscribers.c.id == subscriber_id)
        ).scalar_one()
        return added

    # ── changing; the caller holds `tx.serialise("subscribers")` ──

    def add(self, email: str, *, now: datetime) -> int:
        return self.add_all([email], now=now)[0]

    def add_all(self, emails: Sequence[str], *, now: datetime) -> Sequence[int]:
        """Enter these people; their ids, in this order."""
        ids = self._unused(len(emails))
        rows = [{"id": id_, "email": email, "added_at": now} for id_, email in zip(ids, emails, strict=True)]
        if rows:
            self._db.execute(insert(subscribers), rows)
        return ids

    def _unused(self, count: int) -> Sequence[int]:
        """Ids that nobody ever had, not even somebody whom a restored backup does not know.

        An id stands in links and Message-IDs, which outlive a restore. Counting
        on from the last one that is left would give them to somebody else.
        """
        ids: set[int] = set()
        while len(ids) < count:
            drawn = {secrets.randbelow(_LAST_ID - _FIRST_ID) + _FIRST_ID for _ in range(count - len(ids))}
            ids |= drawn - ids - self._among(drawn)
        return list(ids)

    def _among(self, ids: Collection[int]) -> frozenset[int]:
        """Those of these ids that somebody has."""
        found: set[int] = set()
        for some in _chunks(ids):
            known = select(subscribers.c.id).where(subscribers.c.id.in_(some))
            found.update(self._db.execute(known).scalars())
        return frozenset(found)

    def confirm_all(self, entries: Sequence[Entry], *, now: datetime) -> None:
        """Many at once, in a few statements: nobody else can write meanwhile.

        None of them may be confirmed for that edition yet, or be there twice.
        """
        known = self.directory()
        new = {
            each.email.lower(): each.email for each in reversed(entries) if each.email.lower() not in known
        }
        ids = dict(zip(new, self.add_all(list(new.values()), now=now), strict=True))
        confirmed = {"status": SubscriptionStatus.CONFIRMED, "changed_at": now, "asked_at": None}
        standing, said = [], []
        for each in entries:
            id_, editions = known.get(each.email.lower()) or (ids[each.email.lower()], {})
            edition = each.consent.edition
            tags = None if each.tags is None else list(each.tags)
            said.append({"subscriber_id": id_, **_columns(each.consent)})
            if edition not in editions:
                row = {"subscriber_id": id_, "edition": edition, "tags": tags}
                standing.append(row | confirmed)
            else:  # few: they have been asked to confirm
                self._put(id_, edition, confirmed | ({} if tags is None else {"tags": tags}))
        for table, rows in ((subscriptions, standing), (consents, said)):
            if rows:
                self._db.execute(insert(table), rows)

    def subscribe(
        self, subscriber_id: int, edition: str, status: SubscriptionStatus, *, now: datetime
    ) -> None:
        """Where it stands from now on; a confirmation is no longer waited for."""
        self._put(subscriber_id, edition, {"status": status, "changed_at": now, "asked_at": None})

    def leave(self, subscriber_id: int, edition: str, *, origin: str, now: datetime) -> None:
        self.subscribe(subscriber_id, edition, SubscriptionStatus.UNSUBSCRIBED, now=now)
        self.record_consent(subscriber_id, edition, kind="withdrawn", text=None, origin=origin, now=now)

    def wait(self, subscriber_id: int, edition: str, *, now: datetime) -> None:
        """A confirmation is waited for from now on. Who had left has still left until it comes."""
        mine = _mine(subscriber_id, edition)
        if not self._db.execute(update(subscriptions).where(*mine).values(asked_at=now)).rowcount:
            values = {"status": SubscriptionStatus.UNCONFIRMED, "changed_at": now, "asked_at": now}
            self._put(subscriber_id, edition, values)

    def prefer(self, subscriber_id: int, edition: str, tags: Collection[str] | None) -> None:
        """Only issues with one of these tags; None: all."""
        values = {"tags": None if tags is None else list(tags)}
        self._db.execute(update(subscriptions).where(*_mine(subscriber_id, edition)).values(values))

    def _put(self, subscriber_id: int, edition: str, values: Mapping[str, Any]) -> None:
        mine = _mine(subscriber_id, edition)
        if not self._db.execute(update(subscriptions).where(*mine).values(values)).rowcount:
            new = {"subscriber_id": subscriber_id, "edition": edition, **values}
            self._db.execute(insert(subscriptions).values(new))

    def record_consent(
        self,
        subscriber_id: int,
        edition: str,
        *,
        kind: str,
        text: str | None,
        origin: str,
        now: datetime,
    ) -> None:
        """`kind`: asked, given, confirmed or withdrawn. Nothing here is ever overwritten: it is the proof."""
        self.keep_consent(
            subscriber_id, Consent(edition=edition, at=now, kind=kind, text=text, origin=origin)
        )

    def keep_consent(self, subscriber_id: int, consent: Consent) -> None:
        self._db.execute(insert(consents).values(subscriber_id=subscriber_id, **_columns(consent)))

    def suppress(self, address_hash: str, *, reason: str, now: datetime) -> None:
        """Once is enough; but that somebody was erased is said even of an address that had bounced before."""
        if not self.suppressed([address_hash]):
            row = {"address_hash": address_hash, "reason": reason, "at": now}
            self._db.execute(insert(suppressions).values(row))
        elif reason == ERASED:
            again = update(suppressions).where(suppressions.c.address_hash == address_hash)
            self._db.execute(again.values(reason=reason, at=now))

    def lift(self, address_hash: str) -> None:
        self._db.execute(delete(suppressions).where(suppressions.c.address_hash == address_hash))

    def erase(self, subscriber_id: int, *, now: datetime | None = None) -> Sequence[str]:
        """Forget this person; the ledger keeps its numbers. Returns the ids of the mails made for them.

        A server's replies often repeat the address, and a domain may be a person's own: they go too.
        On which days somebody came and left is kept as numbers. `now`: then they left what they follow.
        """
        self._keep_numbers(subscriber_id, now=now)
        mine = deliveries.c.subscriber_id == subscriber_id
        message_ids = list(self._db.execute(select(deliveries.c.message_id).where(mine)).scalars())
        self._db.execute(update(deliveries).where(mine).values(reply=None, domain=None))
        asked = delete(notices).where(notices.c.subscriber_id == subscriber_id)
        message_ids += self._db.execute(asked.returning(notices.c.message_id)).scalars()
        for table in (consents, subscriptions):
            self._db.execute(delete(table).where(table.c.subscriber_id == subscriber_id))
        self._db.execute(update(subscribers).where(subscribers.c.id == subscriber_id).values(email=None))
        return message_ids

    def _keep_numbers(self, subscriber_id: int, *, now: datetime | None) -> None:
        rows = self._db.execute(consented(consents.c.subscriber_id == subscriber_id)).all()
        for step in of_the_erased(as_said(rows), at=now):
            day = (readership.c.edition == step.edition, readership.c.day == step.day.isoformat())
            more = {"joined": readership.c.joined + step.joined, "left": readership.c.left + step.left}
            if not self._db.execute(update(readership).where(*day).values(more)).rowcount:
                new = {"edition": step.edition, "day": step.day.isoformat()}
                self._db.execute(insert(readership).values({**new, "joined": step.joined, "left": step.left}))

    def forget_waiting(self, *, since_before: datetime, asked_before: datetime) -> Forgotten:
        """Let go of who never confirmed.

        Who had left before stays among those who left, without the question that they did not answer.
        """
        over = or_(subscriptions.c.asked_at.is_(None), subscriptions.c.asked_at < asked_before)
        stale = select(subscriptions.c.subscriber_id, subscriptions.c.edition).where(
            subscriptions.c.status == SubscriptionStatus.UNCONFIRMED,
            subscriptions.c.changed_at < since_before,
            over,
        )
        message_ids: list[str] = []
        gone = self._db.execute(stale).all()
        for row in gone:
            message_ids += self._forget(row.subscriber_id, row.edition)
        unanswered = select(subscriptions).where(
            subscriptions.c.status == SubscriptionStatus.UNSUBSCRIBED,
            subscriptions.c.asked_at < min(since_before, asked_before),
        )
        for row in self._db.execute(unanswered).all():
            asked = (consents.c.subscriber_id == row.subscriber_id, consents.c.edition == row.edition)
            later = consents.c.at > row.changed_at
            self._db.execute(delete(consents).where(*asked, consents.c.kind == "asked", later))
            mine = _mine(row.subscriber_id, row.edition)
            self._db.execute(update(subscriptions).where(*mine).values(asked_at=None))
        return Forgotten(subscriptions=len(gone), message_ids=message_ids)

    def forget_one(self, subscriber_id: int, edition: str) -> Sequence[str]:
        """Let go of one that never confirmed, and never will: its mail cannot be delivered."""
        standing = self.standings(subscriber_id).get(edition)
        if standing is None or standing.status is not SubscriptionStatus.UNCONFIRMED:
            return []
        return self._forget(subscriber_id, edition)

    def _forget(self, subscriber_id: int, edition: str) -> Sequence[str]:
        """Of one edition; of the whole person where nothing else is known of them."""
        self._db.execute(delete(subscriptions).where(*_mine(subscriber_id, edition)))
        if self._db.execute(select(exists().where(subscriptions.c.subscriber_id == subscriber_id))).scalar():
            said = (consents.c.subscriber_id == subscriber_id, consents.c.edition == edition)
            self._db.execute(delete(consents).where(*said))
            asked = (notices.c.subscriber_id == subscriber_id, notices.c.edition == edition)
            return (
                self._db.execute(delete(notices).where(*asked).returning(notices.c.message_id))
                .scalars()
                .all()
            )
        return self.erase(subscriber_id)

    def _all(self, query: Select[Any]) -> list[Subscriber]:
        return [
            Subscriber(id=row.id, email=row.email, edition=row.edition, status=SubscriptionStatus(row.status))
            for row in self._db.execute(query)
        ]


def _mine(subscriber_id: int, edition: str) -> tuple[ColumnElement[bool], ...]:
    return subscriptions.c.subscriber_id == subscriber_id, subscriptions.c.edition == edition


def _columns(consent: Consent) -> dict[str, Any]:
    said = {name: getattr(consent, name) for name in Consent.__dataclass_fields__}
    return {**said, "tags": None if consent.tags is None else list(consent.tags)}


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        subscriber_id=row.subscriber_id,
        edition=row.edition,
        status=SubscriptionStatus(row.status),
        changed_at=row.changed_at,
        tags=_tags(row.tags),
        asked_at=row.asked_at,
    )


def _chunks(all_of: Collection[T]) -> Iterator[Sequence[T]]:
    listed = list(all_of)
    return (listed[start : start + _CHUNK] for start in range(0, len(listed), _CHUNK))


def _tags(kept: list[str] | None) -> tuple[str, ...] | None:
    return None if kept is None else tuple(kept)


ERASED = "erased"
"""Why an address is suppressed whose person asked to be forgotten."""

_FIRST_ID, _LAST_ID = 2**20, 2**31  # above those that were counted; what an INTEGER of PostgreSQL holds
_CHUNK = 500  # well under SQLite's limit of bound values

_JOINED = select(subscribers.c.id, subscribers.c.email, subscriptions.c.edition, subscriptions.c.status).join(
    subscriptions, subscriptions.c.subscriber_id == subscribers.c.id
)
