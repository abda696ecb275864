"""What editors do with sources: follow, check, change, pause, remove, and take over whole lists.

`poll` lives in `polling`, for it is a story of its own.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from curator.errors import BadInput, FetchFailed, Refused
from curator.fetch import Web, fetch
from curator.ingest import opml, schedule
from curator.ingest.lists import ListedSource, RefusedLine, SourceList, language_tag, tidy_tags
from curator.ingest.opml import read_opml
from curator.ingest.outcomes import Polled
from curator.ingest.polling import Poll, poll
from curator.ingest.starter import read_starter
from curator.model import (
    Failed,
    FeedLink,
    Fetch,
    Fetched,
    Gone,
    NotModified,
    ParsedEntry,
    ParsedFeed,
    Problem,
    Source,
    SourceDraft,
    SourceKind,
    SourceStatus,
    Unreadable,
)
from curator.ports import Readers
from curator.store import Store
from curator.text import safe_url

__all__ = [
    "Check",
    "Imported",
    "ListedSource",
    "Poll",
    "Polled",
    "SourceList",
    "add_source",
    "check_source",
    "edit_source",
    "export_opml",
    "import_sources",
    "pause_source",
    "poll",
    "read_opml",
    "read_starter",
    "remove_source",
    "resume_source",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What an address holds now; `outcome` is fetched, gone or failed, and only the first is a success.

    `url` is where the feed was found; `feeds` are those that a page names.
    """

    url: str
    outcome: str
    http_status: int | None
    kind: SourceKind | None = None
    title: str | None = None
    entries: tuple[ParsedEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    feeds: tuple[FeedLink, ...] = ()


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
    """Follow a feed, or the feed that a page names (`feed`: which, counted from 1).

    Its entries come with the first poll, which is due at once.
    """
    address, draft = _usable_url(url), usable(draft)
    _refuse_followed(store, address)
    visit = _visit(web, readers, address, now=now)
    if visit.links:
        visit = _visit(web, readers, _chosen(visit.links, feed, page=address).url, now=now)
    if not isinstance(visit.fetch, Fetched) or not isinstance(visit.read, ParsedFeed):
        problem = _problem(visit)
        raise FetchFailed(problem.code, **{**problem.data, "url": visit.url})
    # It has moved for good, and what we have just read there proves that it arrived.
    address = visit.fetch.moved_to or visit.url
    known_title = visit.read.title or address
    with store.begin() as tx:
        source_id = tx.sources.add(
            url=address,
            name=draft.name or known_title,
            draft=replace(
                draft,
                home_url=draft.home_url or visit.read.home_url,
                language=draft.language or visit.read.language,
                license=draft.license or visit.read.license,
            ),
            kind=visit.read.kind,
            unverified=False,
            now=now,
        )
        if source_id is not None:
            return tx.sources.get(source_id)
    raise _already_followed(store, address)


def check_source(web: Web, readers: Readers, *, url: str, now: datetime) -> Check:
    """Read an address without storing anything; a page that names one feed is followed to it."""
    visit = _visit(web, readers, _usable_url(url), now=now)
    feeds = visit.links
    if len(feeds) == 1:
        visit = _visit(web, readers, feeds[0].url, now=now)
    if isinstance(visit.fetch, Fetched) and isinstance(visit.read, ParsedFeed):
        return Check(
            url=visit.url,
            outcome="fetched",
            http_status=visit.fetch.http_status,
            kind=visit.read.kind,
            title=visit.read.title,
            entries=visit.read.entries,
            problems=visit.read.problems,
            feeds=feeds,
        )
    return Check(
        url=visit.url,
        outcome="gone" if isinstance(visit.fetch, Gone) else "failed",
        http_status=visit.fetch.http_status,
        problems=(_problem(visit),),
        feeds=feeds,
    )


def edit_source(
    store: Store,
    source_id: int,
    *,
    draft: SourceDraft,
    clear: Collection[str] = (),
    url: str | None = None,
    now: datetime,
) -> Source:
    """Change what the draft states, and forget the fields named in `clear`. Entries and items stay."""
    address = None if url is None else _usable_url(url)
    draft = usable(draft)
    with store.begin() as tx:
        source = tx.sources.listed(source_id)
        if address is not None and address != source.url:
            _refuse(tx.sources.by_url(address))
            if (removed := tx.sources.removed_by_url(address)) is not None:
                # Its entries are known there: adding the address again finds them.
                raise Refused("source_was_removed", id=removed.id, name=removed.name, url=address)
        else:
            address = None
        tx.sources.edit(source_id, draft, clear=clear, url=address, now=now)
        return tx.sources.get(source_id)


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
        for source in listed.sources:
            found = tx.sources.add(
                url=source.url,
                name=source.draft.name or source.url,
                draft=source.draft,
                unverified=True,
                now=now,
            )
            added += found is not None
    return Imported(added=added, skipped=len(listed.sources) - added, refused=listed.refused)


def export_opml(store: Store, *, title: str) -> bytes:
    """Every source that is followed, as OPML."""
    with store.read() as tx:
        _, sources = tx.sources.find(limit=None)
    return opml.write_opml(sources, title=title)


def usable(draft: SourceDraft) -> SourceDraft:
    """The draft tidied, or BadInput for what cannot be meant."""
    if draft.language is not None and language_tag(draft.language) is None:
        raise BadInput("language_invalid", given=draft.language)
    if draft.max_words is not None and draft.max_words < 1:
        raise BadInput("max_words_invalid", max_words=draft.max_words)
    if draft.interval is not None and not schedule.SHORTEST <= draft.interval <= schedule.LONGEST:
        minutes = schedule.SHORTEST.total_seconds() / 60, schedule.LONGEST.total_seconds() / 60
        raise BadInput("interval_invalid", shortest=int(minutes[0]), longest=int(minutes[1]))
    return replace(
        draft,
        name=(draft.name or "").strip() or None,
        tags=None if draft.tags is None else tidy_tags(draft.tags),
        language=language_tag(draft.language),
    )


# ── asking ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """What one address gave: a feed, or a page and the feeds it names, or nothing of use."""

    url: str
    fetch: Fetch
    read: ParsedFeed | Unreadable | None = None
    links: tuple[FeedLink, ...] = ()


def _visit(web: Web, readers: Readers, url: str, *, now: datetime) -> _Visit:
    got = fetch(web, url, now=now)
    if not isinstance(got, Fetched):
        return _Visit(url=url, fetch=got)
    read = readers.read(got.body, content_type=got.content_type, url=got.final_url, now=now)
    if isinstance(read, ParsedFeed):
        return _Visit(url=url, fetch=got, read=read)
    links = readers.links(got.body, content_type=got.content_type, url=got.final_url)
    named = {link.url: link for link in reversed(links) if link.url not in (url, got.final_url)}
    return _Visit(url=url, fetch=got, read=read, links=tuple(reversed(named.values())))


def _problem(visit: _Visit) -> Problem:
    match visit.fetch, visit.read:
        case Failed(code=code, data=data), _:
            return Problem(code=code, data=data)
        case Gone(), _:
            return Problem(code="fetch_gone", data={"url": visit.url})
        case NotModified(), _:
            # fetch() calls a 304 that was not asked for a failure; this is for the type checker's peace.
            return Problem(code="fetch_unasked_304", data={"url": visit.url})
        case _, Unreadable(code=code, data=data):
            return Problem(code=code, data=data)
        case _:
            raise AssertionError(visit)


def _chosen(links: tuple[FeedLink, ...], feed: int | None, *, page: str) -> FeedLink:
    if feed is None and len(links) == 1:
        return links[0]
    if feed is not None and 1 <= feed <= len(links):
        return links[feed - 1]
    named = [{"n": n, "url": link.url, "title": link.title} for n, link in enumerate(links, 1)]
    choice = [f"{n} = {link.title or link.url} <{link.url}>" for n, link in enumerate(links, 1)]
    raise BadInput("feeds_several", url=page, feeds=named, choice=choice)


def _usable_url(url: str) -> str:
    """As somebody types it: `example.com` means https."""
    typed = url.strip()
    address = safe_url(typed if "://" in typed else f"https://{typed}")
    if address is None:
        raise BadInput("url_refused", url=typed[:200])
    return address


def _refuse_followed(store: Store, url: str) -> None:
    with store.read() as tx:
        _refuse(tx.sources.by_url(url))


def _refuse(source: Source | None) -> None:
    if source is not None:
        raise Refused("source_exists", id=source.id, name=source.name, url=source.url)


def _already_followed(store: Store, url: str) -> Refused:
    with store.read() as tx:
        source = tx.sources.by_url(url)
    return Refused("source_exists", id=source and source.id, name=source and source.name, url=url)
