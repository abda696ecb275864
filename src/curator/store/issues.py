"""Issues: numbered per edition, frozen when they are closed; what is in one is in no other."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    LargeBinary,
    Row,
    Select,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    type_coerce,
    update,
)

from curator.errors import NotFound
from curator.model import DeliveryState, Issue, IssueStatus, Letter
from curator.store.meta import Meta
from curator.store.tables import deliveries, issue_drops, issue_items, issues, publications


class Issues:
    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._meta = Meta(connection)

    # ── looking ──

    def get(self, edition: str, number: int | None = None) -> Issue:
        """One issue; without a number the newest."""
        found = self.newest(edition) if number is None else self._one(edition, number)
        if found is None:
            raise NotFound(noun="issue", id=number, edition=edition)
        return found

    def newest(self, edition: str) -> Issue | None:
        query = select(issues).where(issues.c.edition == edition).order_by(issues.c.number.desc()).limit(1)
        return next(iter(self._all(query)), None)

    def of(self, edition: str, *, limit: int | None = 50, offset: int = 0) -> list[Issue]:
        """Newest first, without what they were made of."""
        query = _without(("frozen",)).where(issues.c.edition == edition).order_by(issues.c.number.desc())
        return self._all(query.limit(limit).offset(offset))

    def in_status(self, edition: str, statuses: Collection[IssueStatus]) -> list[Issue]:
        """Oldest first: the order in which they should leave."""
        query = select(issues).where(issues.c.edition == edition, issues.c.status.in_(statuses))
        return self._all(query.order_by(issues.c.number))

    def glances(self, edition: str) -> list[Issue]:
        """What readers may see on the web, newest first, without letters' texts; subjects are there."""
        return self._all(_out(edition, _without(("html", "text", "frozen"))))

    def state(self) -> str:
        """A word that differs whenever an issue that readers may see does, of any edition."""
        query = select(issues.c.edition, issues.c.number, issues.c.content_hash)
        seen = query.where(issues.c.status != IssueStatus.CANCELLED)
        rows = self._db.execute(seen.order_by(issues.c.edition, issues.c.number))
        return hashlib.sha256("\n".join(repr(tuple(row)) for row in rows).encode()).hexdigest()

    def next_number(self, edition: str) -> int:
        newest = self._db.execute(select(func.max(issues.c.number)).where(issues.c.edition == edition))
        return (newest.scalar() or 0) + 1

    def last_slot(self, edition: str) -> datetime | None:
        """A week with nothing to say makes no issue, so its slot is kept apart."""
        return self._meta.instant(f"newsletter_slot:{edition}")

    def waiting(
        self, edition: str, *, published_since: datetime | None = None, from_sequence: int = 0
    ) -> list[tuple[int, int]]:
        """(sequence, item id) of what readers can read and no issue has had, in the order of publication.

        Imported items are in none: their readers had them from the old blog.
        """
        live = publications.c.withdrawn_at.is_(None)
        asked: list[ColumnElement[bool]] = [live, publications.c.sequence >= from_sequence]
        if published_since is not None:
            asked.append(publications.c.published_at >= published_since)
        query = _free(edition, publications.c.sequence, publications.c.item_id).where(*asked)
        return [(row.sequence, row.item_id) for row in self._db.execute(query)]

    def withdrawn_since(self, edition: str, since: datetime | None) -> list[int]:
        """What was taken back before any issue had it."""
        asked: list[ColumnElement[bool]] = [publications.c.withdrawn_at.is_not(None)]
        if since is not None:
            asked.append(publications.c.withdrawn_at > since)
        return list(self._db.execute(_free(edition, publications.c.item_id).where(*asked)).scalars())

    def number_with(self, edition: str, item_id: int) -> int | None:
        """Of the issue that an item is in, or that it was left out of for good."""
        for table in (issue_items, issue_drops):
            query = select(issues.c.number).join(table, table.c.issue_id == issues.c.id)
            found = self._db.execute(query.where(table.c.edition == edition, table.c.item_id == item_id))
            if (number := found.scalar()) is not None:
                return int(number)
        return None

    def first_sequence(self, edition: str) -> int | None:
        """Where the newsletter of this edition began; None: no issue was ever closed."""
        value = self._meta.get(f"newsletter_first:{edition}")
        return int(value) if value else None

    # ── changing; the caller holds `tx.serialise("issue:EDITION")` ──

    def begin_at(self, edition: str, sequence: int) -> None:
        """What was published before its first issue is never mailed."""
        self._meta.set(f"newsletter_first:{edition}", str(sequence))

    def deal_with(self, edition: str, slot: datetime) -> None:
        self._meta.set(f"newsletter_slot:{edition}", slot.isoformat())

    def close(
        self,
        *,
        edition: str,
        number: int,
        letter: Letter,
        content_hash: str,
        item_ids: Sequence[int],
        dropped: Collection[int] = (),
        slot: datetime | None,
        frozen: Mapping[str, Any] | None = None,
        now: datetime,
    ) -> Issue:
        """Freeze one. Its number, its slot and each of its items are unique, whoever else tries.

        `dropped`: what an editor left out of it, for good.
        """
        row = {
            "edition": edition,
            "number": number,
            "status": IssueStatus.CLOSED,
            "subject": letter.subject,
            "html": letter.html.encode(),
            "text": letter.text.encode(),
            "content_hash": content_hash,
            "closed_at": now,
            "slot": slot,
            "frozen": frozen,
        }
        issue_id = self._db.execute(insert(issues).values(row).returning(issues.c.id)).scalar_one()
        placed = [
            {"issue_id": issue_id, "item_id": item_id, "edition": edition, "position": position}
            for position, item_id in enumerate(item_ids, start=1)
        ]
        if placed:
            self._db.execute(insert(issue_items), placed)
        left_out = [{"issue_id": issue_id, "item_id": item_id, "edition": edition} for item_id in dropped]
        if left_out:
            self._db.execute(insert(issue_drops), left_out)
        return self.get(edition, number)

    def move(self, issue: Issue, *, to: IssueStatus, allowed: Collection[IssueStatus]) -> bool:
        """Set the status if it is one of `allowed` now; False: it was not, and nothing changed."""
        mine = (issues.c.id == issue.id, issues.c.status.in_(allowed))
        return bool(self._db.execute(update(issues).where(*mine).values(status=to)).rowcount)

    def begin(self, issue: Issue, *, now: datetime) -> None:
        """The first mail goes out: from here on its words are what somebody has."""
        unbegun = (issues.c.id == issue.id, issues.c.begun_at.is_(None))
        self._db.execute(update(issues).where(*unbegun).values(begun_at=now))

    def say_why_paused(self, issue: Issue, because: Mapping[str, Any] | None) -> None:
        values = {"paused_because": because and dict(because)}
        self._db.execute(update(issues).where(issues.c.id == issue.id).values(values))

    def hold_ledger(self, issue: Issue) -> None:
        """Let no sender begin a mail of it until this transaction ends; then it finds what is left.

        On SQLite it has waited for this transaction already.
        """
        mine = select(deliveries.c.id).where(deliveries.c.issue_id == issue.id)
        self._db.execute(mine.order_by(deliveries.c.id).with_for_update()).all()

    def has_left(self, issue: Issue) -> bool:
        """Whether a server has seen a mail of it, or a file of it lies in a folder."""
        seen = (deliveries.c.issue_id == issue.id, deliveries.c.state.in_(_SEEN))
        begun = select(issues.c.begun_at).where(issues.c.id == issue.id)
        return (
            self._db.execute(begun).scalar() is not None
            or self._db.execute(select(deliveries.c.id).where(*seen).limit(1)).first() is not None
        )

    def remove(self, issue: Issue) -> Sequence[str]:
        """As if it had never been closed: its items are free, its ledger is gone.

        The caller knows that nothing of it has left. Returns the ids of the mails made for it.
        """
        ledger = delete(deliveries).where(deliveries.c.issue_id == issue.id)
        message_ids = self._db.execute(ledger.returning(deliveries.c.message_id)).scalars().all()
        for table in (issue_items, issue_drops):
            self._db.execute(delete(table).where(table.c.issue_id == issue.id))
        self._db.execute(delete(issues).where(issues.c.id == issue.id))
        return message_ids

    def rewrite(
        self,
        issue: Issue,
        letter: Letter,
        *,
        content_hash: str,
        items: Collection[int],
        frozen: Mapping[str, Any] | None,
    ) -> None:
        """Freeze another letter in the place of one that nobody has got, with these of its items."""
        values = {
            "subject": letter.subject,
            "html": letter.html.encode(),
            "text": letter.text.encode(),
            "content_hash": content_hash,
            "frozen": frozen,
        }
        self._db.execute(update(issues).where(issues.c.id == issue.id).values(values))
        gone = (issue_items.c.issue_id == issue.id, issue_items.c.item_id.not_in(items))
        self._db.execute(delete(issue_items).where(*gone))

    def status(self, issue: Issue) -> IssueStatus | None:
        """None: this letter is not there any more; it was reopened, or closed with another text.

        Who sends asks before each mail: numbers and ids come again, and an old letter must not go out.
        """
        mine = (issues.c.id == issue.id, issues.c.content_hash == issue.content_hash)
        found = self._db.execute(select(issues.c.status).where(*mine)).scalar()
        return None if found is None else IssueStatus(found)

    def _one(self, edition: str, number: int) -> Issue | None:
        query = select(issues).where(issues.c.edition == edition, issues.c.number == number)
        return next(iter(self._all(query)), None)

    def _all(self, query: Select[Any]) -> list[Issue]:
        rows = self._db.execute(query).all()
        placed = select(issue_items.c.issue_id, issue_items.c.item_id).order_by(issue_items.c.position)
        items: dict[int, list[int]] = {row.id: [] for row in rows}
        for issue_id, item_id in self._db.execute(placed.where(issue_items.c.issue_id.in_(items))):
            items[issue_id].append(item_id)
        return [_issue(row, items[row.id]) for row in rows]


_SEEN = (
    DeliveryState.IN_DATA,
    DeliveryState.ACCEPTED,
    DeliveryState.FAILED,
    DeliveryState.AMBIGUOUS,
    DeliveryState.WRITTEN,
)


def _free(edition: str, *columns: ColumnElement[Any]) -> Select[Any]:
    """Of what was published and is in no issue; in the order of publication."""
    dealt_with = (
        exists().where(table.c.edition == publications.c.edition, table.c.item_id == publications.c.item_id)
        for table in (issue_items, issue_drops)
    )
    asked = (publications.c.edition == edition, publications.c.imported.is_(False), ~or_(*dealt_with))
    return select(*columns).where(*asked).order_by(publications.c.sequence)


def _without(names: Collection[str]) -> Select[Any]:
    """Issues but for what is many bytes."""
    nothing = {
        "html": literal(b"", LargeBinary).label("html"),
        "text": literal(b"", LargeBinary).label("text"),
        "frozen": type_coerce(null(), JSON).label("frozen"),
    }
    return select(*(nothing[c.name] if c.name in names else c for c in issues.c))


def _out(edition: str, query: Select[Any]) -> Select[Any]:
    wanted = (issues.c.edition == edition, issues.c.status != IssueStatus.CANCELLED)
    return query.where(*wanted).order_by(issues.c.number.desc())


def _issue(row: Row[Any], item_ids: Sequence[int]) -> Issue:
    return Issue(
        id=row.id,
        edition=row.edition,
        number=row.number,
        status=IssueStatus(row.status),
        letter=Letter(subject=row.subject, html=row.html.decode(), text=row.text.decode()),
        content_hash=row.content_hash,
        closed_at=row.closed_at,
        slot=row.slot,
        item_ids=tuple(item_ids),
        begun_at=row.begun_at,
        paused_because=row.paused_because,
        frozen=row.frozen,
    )
