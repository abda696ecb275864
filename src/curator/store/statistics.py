"""What the chief editor's figures are made of: a few questions, each of which reads its table once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Select, Text, and_, case, cast, exists, func, or_, select

from curator.figures import Arrivals, Given, Picture, Posted, Queued, Remembered, Said, Step
from curator.model import DeliveryState, IssueCounts, Status
from curator.store.tables import (
    bounces,
    commentaries,
    consents,
    deliveries,
    entries,
    entry_pages,
    entry_revisions,
    issues,
    items,
    publications,
    readership,
    sources,
    subscribers,
    suppressions,
)

if TYPE_CHECKING:
    from curator.store.database import Transaction


def remembered(tx: Transaction, *, edition: str | None, since: datetime, until: datetime) -> Remembered:
    """All that figures of this span are made of; of one edition, or of all."""
    known = _sources(tx)
    return Remembered(
        sources=known,
        arrivals=_arrivals(tx, since=since, until=until),
        given=_given(tx, edition),
        queued=_queued(tx, edition),
        said=_said(tx, edition),
        forgotten=_forgotten(tx, edition),
        suppressed=_suppressed(tx),
        posted=_posted(tx, edition, since=since, until=until),
        links=tx.links.standing(edition),
    )


def _sources(tx: Transaction) -> Mapping[int, str]:
    """Those that are followed, and those of old that entries are from."""
    told = select(entries.c.id).where(entries.c.source_id == sources.c.id).exists()
    query = select(sources.c.id, sources.c.name).where(or_(sources.c.removed_at.is_(None), told))
    return {row.id: row.name for row in tx.connection.execute(query.order_by(sources.c.id))}


def _arrivals(tx: Transaction, *, since: datetime, until: datetime) -> list[Arrivals]:
    """Counted here: SQLite would sort a hundred thousand rows first, which takes twice as long."""
    newest = and_(entry_revisions.c.entry_id == entries.c.id, entry_revisions.c.n == entries.c.revision)
    language = func.coalesce(entry_revisions.c.found_language, entry_revisions.c.language)
    query = (
        select(entries.c.source_id, language)
        .join(entry_revisions, newest)
        .where(entries.c.first_seen >= since, entries.c.first_seen <= until)
    )
    counted = Counter(map(tuple, tx.connection.execute(query)))
    return [
        Arrivals(source=source, language=said, entries=number) for (source, said), number in counted.items()
    ]


def _queued(tx: Transaction, edition: str | None) -> Queued:
    """As `queue` lists them: of a story the first told, and none once somebody has one of it in hand."""
    here = _only(commentaries, edition)
    staged = exists().where(commentaries.c.item_id == items.c.id, commentaries.c.stage.is_not(None), *here)
    waiting = (
        select(items.c.queued_at, items.c.cluster_id)
        .where(items.c.status == Status.QUEUED, ~staged)
        .order_by(items.c.position, items.c.id)
    )
    told = (
        select(items.c.cluster_id)
        .outerjoin(commentaries, and_(commentaries.c.item_id == items.c.id, *here))
        .where(
            items.c.cluster_id.is_not(None),
            func.coalesce(commentaries.c.stage, items.c.status).in_(_IN_HAND),
        )
    )
    stories = set(tx.connection.execute(told).scalars())
    listed, siblings = [], 0
    for row in tx.connection.execute(waiting):
        if row.cluster_id in stories:
            siblings += 1
            continue
        listed.append(row.queued_at)
        if row.cluster_id is not None:
            stories.add(row.cluster_id)
    return Queued(listed=listed, siblings=siblings)


_IN_HAND = (Status.DRAFTING, Status.READY, Status.PUBLISHED)


# ── what readers have ──


class _Quoted(msgspec.Struct):
    language: str
    text: str


class _Licensed(msgspec.Struct):
    license: str | None = None


class _Content(msgspec.Struct):
    """Of a public version what figures are made of: the rest is passed over unread."""

    language: str
    excerpt: _Quoted | None = None
    attributions: tuple[_Licensed, ...] = ()
    image: _Licensed | None = None
    origin: _Licensed | None = None
    copy: dict[str, Any] | None = None

    @property
    def license(self) -> str | None:
        """What the attribution says goes before what its source says of everything."""
        said = next((each.license for each in self.attributions if each.license), None)
        return said or (self.origin.license if self.origin else None)


_content = msgspec.json.Decoder(_Content).decode


def _given(tx: Transaction, edition: str | None) -> list[Given]:
    first = and_(entry_revisions.c.entry_id == entries.c.id, entry_revisions.c.n == 1)
    query = (
        select(
            publications.c.item_id,
            publications.c.edition,
            publications.c.published_at,
            publications.c.withdrawn_at,
            publications.c.imported,
            cast(publications.c.content, Text).label("content"),
            entries.c.source_id,
            entries.c.first_seen,
            # Many feeds say only when an entry changed last; at first that is when it came out.
            func.coalesce(entry_revisions.c.published, entry_revisions.c.updated).label("came_out"),
        )
        .join(items, items.c.id == publications.c.item_id)
        .outerjoin(entries, entries.c.id == items.c.entry_id)
        .outerjoin(entry_revisions, first)
    )
    lengths = _lengths(tx, edition)
    return [
        _one(row, lengths.get(row.item_id))
        for row in tx.connection.execute(_of(query, publications, edition))
    ]


def _one(row: Any, original_words: int | None) -> Given:
    content = _content(row.content)
    excerpt, image = content.excerpt, content.image
    return Given(
        item=row.item_id,
        edition=row.edition,
        published_at=row.published_at,
        withdrawn_at=row.withdrawn_at,
        imported=row.imported,
        language=content.language,
        quotes=excerpt is not None,
        quoted_language=excerpt.language if excerpt else None,
        words=len(excerpt.text.split()) if excerpt else 0,
        original_words=original_words,
        license=content.license,
        picture=Picture(image.license, shown=content.copy is not None) if image else None,
        source=row.source_id,
        first_seen=row.first_seen,
        came_out=row.came_out,
    )


def _lengths(tx: Transaction, edition: str | None) -> Mapping[int, int]:
    """How long what items quote from is, in words: the longer of the entry's text and its page's.

    By the spaces in it, without its markup: to lay out thousands of texts as the
    gate does would take a minute.
    """
    here = (publications.c.item_id == items.c.id, publications.c.withdrawn_at.is_(None))
    live = select(publications.c.id).where(*here, *_only(publications, edition)).exists()
    quoted = and_(
        entry_revisions.c.entry_id == items.c.entry_id,
        entry_revisions.c.n == func.coalesce(items.c.revision, entries.c.revision),
    )
    page = and_(entry_pages.c.entry_id == items.c.entry_id, entry_pages.c.n == items.c.page)
    query = (
        select(items.c.id, entry_revisions.c.html, entry_pages.c.html)
        .join(entries, entries.c.id == items.c.entry_id)
        .join(entry_revisions, quoted)
        .outerjoin(entry_pages, page)
        .where(live)
    )
    found = {}
    for item, html, fetched in tx.connection.execute(query.execution_options(yield_per=_AT_A_TIME)):
        if longest := max(_words_in(html), _words_in(fetched or "")):
            found[item] = longest
    return found


def _words_in(html: str) -> int:
    return len(_TAG.sub(" ", html).split())


_TAG = re.compile(r"<[^>]*>")  # what we keep was cleaned: no attribute of it holds a bracket
_AT_A_TIME = 500


# ── subscribers and mail ──


def consented(*where: Any) -> Select[Any]:
    """Yes and no, in the order in which they were written down."""
    return (
        select(
            consents.c.subscriber_id,
            consents.c.edition,
            consents.c.kind,
            consents.c.at,
            subscribers.c.added_at,
        )
        .join(subscribers, subscribers.c.id == consents.c.subscriber_id)
        .where(consents.c.kind != "asked", *where)
        .order_by(consents.c.id)
    )


def as_said(rows: Any) -> Iterator[Said]:
    return (
        Said(
            subscriber=row.subscriber_id,
            edition=row.edition,
            kind=row.kind,
            at=row.at,
            known_since=row.added_at,
        )
        for row in rows
    )


def _said(tx: Transaction, edition: str | None) -> list[Said]:
    return list(as_said(tx.connection.execute(consented(*_only(consents, edition)))))


def _forgotten(tx: Transaction, edition: str | None) -> list[Step]:
    rows = tx.connection.execute(_of(select(readership), readership, edition))
    return [Step(row.edition, date.fromisoformat(row.day), joined=row.joined, left=row.left) for row in rows]


def _suppressed(tx: Transaction) -> Mapping[str, int]:
    query = select(suppressions.c.reason, func.count()).group_by(suppressions.c.reason)
    return dict(map(tuple, tx.connection.execute(query)))


def _posted(tx: Transaction, edition: str | None, *, since: datetime, until: datetime) -> Sequence[Posted]:
    """Issues closed in the span, oldest first."""
    closed = (issues.c.closed_at >= since, issues.c.closed_at <= until, *_only(issues, edition))
    columns = (issues.c.id, issues.c.edition, issues.c.number, issues.c.status, issues.c.closed_at)
    rows = tx.connection.execute(
        select(*columns).where(*closed).order_by(issues.c.closed_at, issues.c.id)
    ).all()
    states: dict[int, dict[DeliveryState, int]] = {row.id: {} for row in rows}
    counted = (
        select(deliveries.c.issue_id, deliveries.c.state, func.count())
        .where(deliveries.c.issue_id.in_(select(issues.c.id).where(*closed)))
        .group_by(deliveries.c.issue_id, deliveries.c.state)
    )
    for issue, state, number in tx.connection.execute(counted):
        states[issue][DeliveryState(state)] = number
    back: Counter[tuple[int, str]] = Counter()  # mails, each once
    came = (
        select(deliveries.c.issue_id, _BOUNCED, func.count(deliveries.c.id.distinct()))
        .join(bounces, bounces.c.delivery_id == deliveries.c.id)
        .where(deliveries.c.issue_id.in_(select(issues.c.id).where(*closed)))
        .group_by(deliveries.c.issue_id, _BOUNCED)
    )
    for issue, kind, number in tx.connection.execute(came):
        back[issue, kind] = number
    return [
        Posted(
            edition=row.edition,
            number=row.number,
            status=row.status,
            closed_at=row.closed_at,
            counts=IssueCounts.of(states[row.id]),
            hard=back[row.id, "hard"],
            soft=back[row.id, "soft"],
            complaints=back[row.id, "complaint"],
        )
        for row in rows
    ]


_BOUNCED = case((bounces.c.kind == "policy", "soft"), else_=bounces.c.kind)


def _only(table: Any, edition: str | None) -> tuple[Any, ...]:
    return () if edition is None else (table.c.edition == edition,)


def _of(query: Select[Any], table: Any, edition: str | None) -> Select[Any]:
    return query.where(*_only(table, edition))
