"""Issues: numbered per edition, frozen when they are closed; what is in one is in no other."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    LargeBinary,
    Row,
    Select,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from curator.errors import NotFound
from curator.model import Issue, IssueStatus, Letter
from curator.store.meta import Meta
from curator.store.tables import issue_items, issues, publications


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
        """Newest first."""
        query = select(issues).where(issues.c.edition == edition).order_by(issues.c.number.desc())
        return self._all(query.limit(limit).offset(offset))

    def in_status(self, edition: str, statuses: Collection[IssueStatus]) -> list[Issue]:
        """Oldest first: the order in which they should leave."""
        query = select(issues).where(issues.c.edition == edition, issues.c.status.in_(statuses))
        return self._all(query.order_by(issues.c.number))

    def out(self, edition: str) -> list[Issue]:
        """What readers may see on the web, newest first: all that were closed and not taken back."""
        return self._all(_out(edition, select(issues)))

    def glances(self, edition: str) -> list[Issue]:
        """The same without their letters' texts, which are many bytes; subjects are there."""
        columns = (column for column in issues.c if column.name not in {"html", "text"})
        empty = literal(b"", LargeBinary)
        return self._all(_out(edition, select(*columns, empty.label("html"), empty.label("text"))))

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

    def unmailed(
        self, edition: str, *, published_since: datetime | None = None, from_sequence: int = 0
    ) -> list[tuple[int, int]]:
        """(sequence, item id) of what readers can read and no issue has had, in the order of publication.

        Imported items are in none: their readers had them from the old blog.
        """
        mailed = exists().where(
            issue_items.c.edition == publications.c.edition,
            issue_items.c.item_id == publications.c.item_id,
        )
        query = (
            select(publications.c.sequence, publications.c.item_id)
            .where(
                publications.c.edition == edition,
                publications.c.withdrawn_at.is_(None),
                publications.c.imported.is_(False),
                publications.c.sequence >= from_sequence,
                ~mailed,
            )
            .order_by(publications.c.sequence)
        )
        if published_since is not None:
            query = query.where(publications.c.published_at >= published_since)
        return [(row.sequence, row.item_id) for row in self._db.execute(query)]

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
        slot: datetime | None,
        now: datetime,
    ) -> Issue:
        """Freeze one. Its number, its slot and each of its items are unique, whoever else tries."""
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
        }
        issue_id = self._db.execute(insert(issues).values(row).returning(issues.c.id)).scalar_one()
        placed = [
            {"issue_id": issue_id, "item_id": item_id, "edition": edition, "position": position}
            for position, item_id in enumerate(item_ids, start=1)
        ]
        self._db.execute(insert(issue_items), placed)
        return self.get(edition, number)

    def move(self, issue: Issue, *, to: IssueStatus, allowed: Collection[IssueStatus]) -> bool:
        """Set the status if it is one of `allowed` now; False: it was not, and nothing changed."""
        mine = (issues.c.id == issue.id, issues.c.status.in_(allowed))
        return bool(self._db.execute(update(issues).where(*mine).values(status=to)).rowcount)

    def begin(self, issue: Issue, *, now: datetime) -> None:
        """The first mail goes out: from here on its words are what somebody has."""
        unbegun = (issues.c.id == issue.id, issues.c.begun_at.is_(None))
        self._db.execute(update(issues).where(*unbegun).values(begun_at=now))

    def say_why_paused(self, issue: Issue, because: Mapping[str, Any]) -> None:
        values = {"paused_because": dict(because)}
        self._db.execute(update(issues).where(issues.c.id == issue.id).values(values))

    def rewrite(self, issue: Issue, letter: Letter, *, content_hash: str, items: Collection[int]) -> None:
        """Freeze another letter in the place of one that nobody has got, with these of its items."""
        values = {
            "subject": letter.subject,
            "html": letter.html.encode(),
            "text": letter.text.encode(),
            "content_hash": content_hash,
        }
        self._db.execute(update(issues).where(issues.c.id == issue.id).values(values))
        gone = (issue_items.c.issue_id == issue.id, issue_items.c.item_id.not_in(items))
        self._db.execute(delete(issue_items).where(*gone))

    def status(self, issue: Issue) -> IssueStatus:
        query = select(issues.c.status).where(issues.c.id == issue.id)
        return IssueStatus(self._db.execute(query).scalar_one())

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
    )
