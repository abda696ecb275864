"""What editors do with sources: follow, check, change, pause, remove, and take over whole lists.

`poll` lives in `polling`, for it is a story of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime

from curator.errors import FetchFailed, Refused
from curator.extract import feed_key
from curator.fetch import Web
from curator.ingest import opml, pages
from curator.ingest.discovery import discover
from curator.ingest.following import followed, refuse, refuse_followed, usable, usable_url
from curator.ingest.lists import ListedSource, RefusedLine, SourceList
from curator.ingest.opml import read_opml
from curator.ingest.outcomes import Polled
from curator.ingest.pages import Followed, add_page, usable_selectors
from curator.ingest.polling import Poll, poll
from curator.ingest.starter import read_starter
from curator.model import (
    FeedLink,
    Fetched,
    Gone,
    Inferred,
    ParsedEntry,
    Problem,
    Selectors,
    Source,
    SourceDraft,
    SourceKind,
    SourceStatus,
)
from curator.ports import Readers
from curator.store import Store, Transaction
from curator.text import masked

__all__ = [
    "Check",
    "Followed",
    "Imported",
    "ListedSource",
    "Poll",
    "Polled",
    "SourceList",
    "add_page",
    "add_source",
    "check_source",
    "edit_source",
    "export_opml",
    "import_sources",
    "infer_again",
    "pause_source",
    "poll",
    "read_opml",
    "read_starter",
    "remove_source",
    "resume_source",
    "would_import",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What an address holds now; `outcome` is fetched, gone or failed, and only the first is a success.

    `url` is where it was found; `feeds` are those that a page names; `selectors` what a page without one
    would be read by.
    """

    url: str
    outcome: str
    http_status: int | None
    kind: SourceKind | None = None
    title: str | None = None
    entries: tuple[ParsedEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    feeds: tuple[FeedLink, ...] = ()
    selectors: Selectors | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """`skipped` are followed already."""

    added: int
    skipped: int
    refused: tuple[RefusedLine, ...]


def add_source(
    store: Store,
    web: Web,
    readers: Readers,
    *,
    url: str,
    draft: SourceDraft,
    feed: int | None = None,
    now: datetime,
) -> Source:
    """Follow a feed or a sitemap, or the feed that a page names (`feed`: which, counted from 1).

    Its entries come with the first poll, which is due at once.
    """
    address, draft = usable_url(url), usable(draft)
    refuse_followed(store, address)
    found = discover(web, readers, address, feed=feed, now=now)
    if found.undecided:
        raise found.several()
    visit = found.visit
    if not isinstance(visit.fetch, Fetched) or visit.feed is None:
        problem = visit.problem()
        raise FetchFailed(problem.code, **{**problem.data, "url": visit.url})
    # It has moved for good, and what we have just read there proves that it arrived.
    address = visit.fetch.moved_to or visit.url
    return followed(store, visit.feed, url=address, draft=draft, now=now)


def check_source(web: Web, readers: Readers, *, url: str, now: datetime) -> Check:
    """Read an address without storing anything; a page that names one feed is followed to it.

    Of a page that has none, what `source add --page` would make of it.
    """
    found = discover(web, readers, usable_url(url), feed=None, now=now)
    visit = found.visit
    if isinstance(visit.fetch, Fetched) and visit.feed is not None:
        return Check(
            url=visit.url,
            outcome="fetched",
            http_status=visit.fetch.http_status,
            kind=visit.feed.kind,
            title=visit.feed.title,
            entries=visit.feed.entries,
            problems=visit.feed.problems,
            feeds=found.links,
        )
    failed = Check(
        url=visit.url,
        outcome="gone" if isinstance(visit.fetch, Gone) else "failed",
        http_status=visit.fetch.http_status,
        problems=(visit.problem(),),
        feeds=found.links,
    )
    if not isinstance(visit.fetch, Fetched) or found.links:
        return failed
    inferred = pages.look(web, readers, visit.fetch, now=now)
    if not isinstance(inferred, Inferred):
        return failed
    return replace(
        failed,
        outcome="fetched",
        kind=SourceKind.PAGE,
        title=inferred.feed.title,
        entries=inferred.feed.entries,
        problems=inferred.feed.problems,
        selectors=inferred.selectors,
    )


def edit_source(
    store: Store,
    source_id: int,
    *,
    draft: SourceDraft,
    clear: Collection[str] = (),
    url: str | None = None,
    selectors: Mapping[str, str] | None = None,
    now: datetime,
) -> Source:
    """Change what the draft states, and forget the fields named in `clear`. Entries and items stay.

    `selectors`: of a page, those to be set by hand. All of it happens, or nothing.
    """
    address = None if url is None else usable_url(url)
    draft, said = usable(draft), usable_selectors(selectors or {})
    with store.begin() as tx:
        source = tx.sources.get(source_id) if _is_of_rights(draft) else tx.sources.listed(source_id)
        if said:
            draft = pages.with_selectors(source, said, draft)
        return _edited(tx, source, draft, clear=clear, address=address, now=now)


def _is_of_rights(draft: SourceDraft) -> bool:
    """Whether it says how the source may be quoted and no more; sites of clipped pages have that, too."""
    rights = {"license", "max_words", "max_share", "permission"}
    said = {each.name for each in fields(draft) if getattr(draft, each.name) is not None}
    return bool(said) and said <= rights


def infer_again(
    store: Store,
    web: Web,
    readers: Readers,
    source_id: int,
    *,
    draft: SourceDraft,
    clear: Collection[str] = (),
    url: str | None = None,
    selectors: Mapping[str, str] | None = None,
    now: datetime,
) -> Followed:
    """`edit_source`, with the page's structure read anew. What cannot be read leaves the source as it was."""
    address = None if url is None else usable_url(url)
    draft = usable(draft)
    found = pages.examined(store, web, readers, source_id, selectors=selectors, url=address, now=now)
    with store.begin() as tx:
        source = tx.sources.listed(source_id)
        draft = pages.kept(source.policy, found.selectors, draft)
        source = _edited(tx, source, draft, clear=clear, address=address, now=now)
    return Followed(source=source, preview=found.feed.entries)


def _edited(
    tx: Transaction,
    source: Source,
    draft: SourceDraft,
    *,
    clear: Collection[str],
    address: str | None,
    now: datetime,
) -> Source:
    if address is not None and address != source.url:
        refuse(tx.sources.by_url(address))
        if (removed := tx.sources.removed_by_url(address)) is not None:
            # Its entries are known there: adding the address again finds them.
            raise Refused("source_was_removed", id=removed.id, name=removed.name, url=address)
    else:
        address = None
    tx.sources.edit(source.id, draft, clear=clear, url=address, now=now)
    return tx.sources.get(source.id)


def pause_source(store: Store, source_id: int, *, now: datetime) -> Source:
    """Stop polling until somebody resumes it. A retired source stays retired."""
    with store.begin() as tx:
        source = tx.sources.listed(source_id)
        if source.status is SourceStatus.ACTIVE:
            tx.sources.set_status(source_id, SourceStatus.PAUSED, now=now)
        return tx.sources.get(source_id)


def resume_source(store: Store, source_id: int, *, now: datetime) -> Source:
    """Poll it again from now on; also one that its owner had taken down."""
    with store.begin() as tx:
        source = tx.sources.listed(source_id)
        if source.status is not SourceStatus.ACTIVE:
            tx.sources.set_status(source_id, SourceStatus.ACTIVE, now=now)
        return tx.sources.get(source_id)


def remove_source(store: Store, source_id: int, *, now: datetime) -> Source:
    """Follow it no more. What it said, and what editors made of it, stays; the source as it was."""
    with store.begin() as tx:
        source = tx.sources.listed(source_id)
        tx.sources.remove(source_id, now=now)
    return source


def import_sources(store: Store, listed: SourceList, *, now: datetime) -> Imported:
    """Follow every source of a list, unseen: each is unverified until a first good poll."""
    added = 0
    with store.begin() as tx:
        for source in _new_ones(tx, listed):
            found = tx.sources.add(
                url=source.url,
                name=source.draft.name or masked(source.url),
                draft=source.draft,
                kind=source.kind,
                unverified=True,
                now=now,
            )
            added += found is not None
    return Imported(added=added, skipped=len(listed.sources) - added, refused=listed.refused)


def would_import(store: Store, listed: SourceList) -> Imported:
    """What `import_sources` would do."""
    with store.read() as tx:
        added = len(_new_ones(tx, listed))
    return Imported(added=added, skipped=len(listed.sources) - added, refused=listed.refused)


def _new_ones(tx: Transaction, listed: SourceList) -> list[ListedSource]:
    """Not followed yet, nor named before in the list, under another of their names either."""
    known = {feed_key(url) for url in tx.sources.addresses()}
    found = []
    for source in listed.sources:
        if (key := feed_key(source.url)) not in known:
            known.add(key)
            found.append(source)
    return found


def export_opml(store: Store, *, title: str) -> bytes:
    """Every source that is followed, as OPML."""
    with store.read() as tx:
        _, sources = tx.sources.find(limit=None)
    return opml.write_opml(sources, title=title)
