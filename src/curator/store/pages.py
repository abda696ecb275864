"""The pages of entries: the articles that were fetched there, and how asking for them goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, delete, exists, func, or_, select, update

from curator.model import Article, Image, Item, Lang, Page, SafeHtml, SourceStatus, Status
from curator.store.dialect import insert_unless_there
from curator.store.tables import entries, entry_pages, entry_revisions, items, page_fetches, sources
from curator.store.words import Words
from curator.text import CLEANER_VERSION, fingerprint, plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An entry whose page is to be fetched; `attempts` counts this one."""

    entry_id: int
    source_id: int
    url: str
    attempts: int


class Pages:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def newest(self, entry_ids: Iterable[int]) -> dict[int, Page]:
        """The last text that was fetched for each entry and is kept; those without one are left out."""
        p = entry_pages.c
        later = entry_pages.alias()
        query = select(entry_pages).where(
            p.entry_id.in_(list(entry_ids)),
            p.cleared_at.is_(None),
            ~exists().where(later.c.entry_id == p.entry_id, later.c.n > p.n, later.c.cleared_at.is_(None)),
        )
        return {row.entry_id: _page(row) for row in self._db.execute(query)}

    def quoted(self, item: Item) -> Page | None:
        """The text that this item's excerpt is taken from: the one that was frozen, else the newest."""
        if item.entry_id is None:
            return None
        if item.page is None:
            return self.newest([item.entry_id]).get(item.entry_id)
        row = self._db.execute(
            select(entry_pages).where(entry_pages.c.entry_id == item.entry_id, entry_pages.c.n == item.page)
        ).one_or_none()
        return _page(row) if row else None

    def opt_outs(self, source_id: int) -> dict[str, int]:
        """What the pages of a source ask of programs, and how many of them do."""
        query = select(entry_pages.c.entry_id, entry_pages.c.opt_outs).join(
            entries, and_(entries.c.id == entry_pages.c.entry_id, entries.c.source_id == source_id)
        )
        newest = {
            row.entry_id: row.opt_outs or () for row in self._db.execute(query.order_by(entry_pages.c.n))
        }
        return dict(Counter(request for asked in newest.values() for request in asked).most_common())

    def failures(self, entry_ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
        """Why the page of each entry could not be had when it was last asked for: `{code, data}`."""
        query = select(page_fetches.c.entry_id, page_fetches.c.error).where(
            page_fetches.c.entry_id.in_(list(entry_ids))
        )
        return {row.entry_id: row.error for row in self._db.execute(query) if row.error}

    def walled(self, *, at_least: int) -> dict[int, tuple[int, int]]:
        """Sources whose pages mostly cannot be had, by id: how many could not, how many could."""
        found: dict[int, tuple[int, int]] = {}
        has_page = exists().where(entry_pages.c.entry_id == entries.c.id)
        for source_id in self._set_so():
            of_it = select(func.count()).select_from(entries).where(entries.c.source_id == source_id)
            gone_wrong = exists().where(
                page_fetches.c.entry_id == entries.c.id,
                page_fetches.c.next_try.is_(None),
                page_fetches.c.error.is_not(None),
            )
            failed = self._db.execute(of_it.where(gone_wrong)).scalar_one()
            fetched = self._db.execute(of_it.where(has_page)).scalar_one()
            if failed >= at_least and failed > fetched:
                found[source_id] = (failed, fetched)
        return found

    def due(self, *, now: datetime) -> int:
        """How many pages are to be fetched."""
        wanted = self._set_so()
        if not wanted:
            return 0
        return self._db.execute(select(func.count()).select_from(_due(now, wanted).subquery())).scalar_one()

    def _set_so(self) -> list[int]:
        """The sources whose pages are to be fetched. Asked first: most newsrooms have few or none of them."""
        query = select(sources.c.id).where(
            sources.c.policy["full_text"].as_boolean(),
            sources.c.status == SourceStatus.ACTIVE,
            sources.c.removed_at.is_(None),
        )
        return list(self._db.execute(query).scalars())

    # ── changing ──

    def claim(self, *, now: datetime, lease: timedelta, limit: int) -> list[Wanted]:
        """The next pages to fetch, and nobody else's until the lease ends: the next try is set forward."""
        due = _due(now, self._set_so()).order_by(items.c.position.desc()).limit(limit)
        rows = self._db.execute(due).all()
        if not rows:
            return []
        ids = [row.id for row in rows]
        self._db.execute(
            insert_unless_there(self._db, page_fetches),
            [{"entry_id": entry_id, "attempts": 0, "at": now} for entry_id in ids],
        )
        self._db.execute(
            update(page_fetches)
            .where(page_fetches.c.entry_id.in_(ids))
            .values(attempts=page_fetches.c.attempts + 1, next_try=now + lease, at=now)
        )
        return [
            Wanted(entry_id=row.id, source_id=row.source_id, url=row.url, attempts=(row.attempts or 0) + 1)
            for row in rows
        ]

    def add(self, entry_id: int, article: Article, *, now: datetime) -> Page:
        """Keep what the page says. The same text again is the page we have."""
        self._db.execute(delete(page_fetches).where(page_fetches.c.entry_id == entry_id))
        known = self.newest([entry_id]).get(entry_id)
        if known is not None and _content_key(known.article) == _content_key(article):
            return self._asking_now(known, article)
        last = select(func.max(entry_pages.c.n)).where(entry_pages.c.entry_id == entry_id)
        n = (self._db.execute(last).scalar() or 0) + 1  # past those whose text was let go, too
        page = Page(entry_id=entry_id, n=n, fetched_at=now, article=article)
        self._db.execute(
            insert_unless_there(self._db, entry_pages),
            [
                {
                    "entry_id": entry_id,
                    "n": page.n,
                    "fetched_at": now,
                    "url": article.url,
                    "title": article.title,
                    "html": article.html,
                    "authors": list(article.authors),
                    "language": article.language,
                    "published": article.published,
                    "image": asdict(article.image) if article.image else None,
                    "license": article.license,
                    "publisher": article.publisher,
                    "opt_outs": list(article.opt_outs),
                    "content_key": _content_key(article),
                    "cleaner_version": CLEANER_VERSION,
                }
            ],
        )
        Words(self._db).forget(entry_ids=[entry_id])
        return self.newest([entry_id])[entry_id]

    def _asking_now(self, known: Page, article: Article) -> Page:
        """The page we have, with what it asks of programs now: that may change while its text stays."""
        if article.opt_outs == known.article.opt_outs:
            return known
        of_it = entry_pages.c.entry_id == known.entry_id, entry_pages.c.n == known.n
        self._db.execute(update(entry_pages).where(*of_it).values(opt_outs=list(article.opt_outs)))
        return replace(known, article=replace(known.article, opt_outs=article.opt_outs))

    def fail(
        self, entry_id: int, error: Mapping[str, Any], *, next_try: datetime | None, now: datetime
    ) -> None:
        """Remember why, and when to try again; None: not by ourselves."""
        self._db.execute(
            insert_unless_there(self._db, page_fetches), [{"entry_id": entry_id, "attempts": 1, "at": now}]
        )
        self._db.execute(
            update(page_fetches)
            .where(page_fetches.c.entry_id == entry_id)
            .values(error=dict(error), next_try=next_try, at=now)
        )


def _due(now: datetime, source_ids: Sequence[int]) -> Select[Any]:
    """What waits in the queue, unclaimed, from sources whose feeds carry only teasers.

    Once an editor has taken an item, its text is hers to fetch: no paragraph
    changes its number while she reads.
    """
    return (
        select(entries.c.id, entries.c.source_id, entry_revisions.c.url, page_fetches.c.attempts)
        .select_from(items)
        .join(entries, entries.c.id == items.c.entry_id)
        .join(
            entry_revisions,
            and_(entry_revisions.c.entry_id == entries.c.id, entry_revisions.c.n == entries.c.revision),
        )
        .outerjoin(page_fetches, page_fetches.c.entry_id == entries.c.id)
        .where(
            items.c.status == Status.QUEUED,
            items.c.revision.is_(None),
            entry_revisions.c.url.is_not(None),
            entries.c.source_id.in_(source_ids),
            or_(page_fetches.c.entry_id.is_(None), page_fetches.c.next_try <= now),
            ~exists().where(entry_pages.c.entry_id == entries.c.id, entry_pages.c.cleared_at.is_(None)),
        )
    )


def _content_key(article: Article) -> str:
    return fingerprint(article.title, plain(article.html))


def _page(row: Row[Any]) -> Page:
    return Page(
        entry_id=row.entry_id,
        n=row.n,
        fetched_at=row.fetched_at,
        article=Article(
            url=row.url,
            title=row.title,
            html=SafeHtml(row.html),
            authors=tuple(row.authors),
            language=Lang(row.language) if row.language else None,
            published=row.published,
            image=Image(**row.image) if row.image else None,
            license=row.license,
            publisher=row.publisher,
            opt_outs=tuple(row.opt_outs or ()),
        ),
    )
