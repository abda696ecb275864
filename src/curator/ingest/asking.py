"""Asking a source that is no feed: a page by its selectors, or a sitemap with those that it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from curator.fetch import Web, allowed, fetch
from curator.ingest.feeds.fingerprint import digest
from curator.ingest.outcomes import Answer
from curator.model import (
    Failed,
    Fetched,
    ParsedFeed,
    Place,
    Selectors,
    Sitemap,
    Source,
    SourceKind,
    Unreadable,
    Validators,
)
from curator.ports import Readers
from curator.text import url_key

_MOST_FOLLOWED = 3
"""Sitemaps of one index at one poll: the rest is archive."""

_MOST_ENTRIES = 200
_NO_DATE = datetime.min.replace(tzinfo=UTC)

Clock = Callable[[], datetime]


def ask(web: Web, readers: Readers, source: Source, *, clock: Clock) -> Answer:
    """What a page or a sitemap says now; nothing is read where its body is the one of last time."""
    if source.kind is SourceKind.PAGE and (refused := forbidden(web, source.url, now=clock())) is not None:
        return Answer(source=source, fetch=refused)
    got = fetch(web, source.url, validators=source.validators, now=clock())
    if not isinstance(got, Fetched):
        return Answer(source=source, fetch=got)
    if source.kind is SourceKind.SITEMAP:
        return _sitemap(web, readers, source, got, clock=clock)
    body_hash = digest(got.body)
    read: ParsedFeed | Unreadable | None = None
    if body_hash != source.body_hash:
        selectors = selectors_of(source)
        read = (
            Unreadable(code="read_no_selectors", data={"id": source.id})
            if selectors is None
            else readers.listing(
                got.body, selectors, content_type=got.content_type, url=got.final_url, now=clock()
            )
        )
    return Answer(source=source, fetch=replace(got, body=b""), body_hash=body_hash, read=read)


def forbidden(web: Web, url: str, *, code: str = "fetch_robots_listing", now: datetime) -> Failed | None:
    """What robots.txt says against reading a page; a feed or a sitemap is made for it."""
    may = allowed(web, url, now=now)
    if isinstance(may, Failed):
        return may
    return None if may else Failed(code=code, data={"host": urlsplit(url).hostname, "url": url})


def selectors_of(source: Source) -> Selectors | None:
    stored = source.policy.selectors
    if not stored or not stored.get("item"):
        return None
    return Selectors(**{each.name: stored[each.name] for each in fields(Selectors) if each.name in stored})


def stored(selectors: Selectors) -> Mapping[str, Any]:
    """As a source's policy keeps them: what is not used is not there."""
    return {name: value for name, value in asdict(selectors).items() if value}


def follow(
    web: Web, readers: Readers, got: Fetched, *, clock: Clock
) -> tuple[ParsedFeed | Unreadable, tuple[Place, ...], bytes]:
    """A sitemap read with those that it names, the places of the latter, and all that was read."""
    read = readers.sitemap(got.body, content_type=got.content_type, url=got.final_url, now=clock())
    if isinstance(read, Unreadable):
        return read, (), got.body
    if read.feed is not None:
        return read.feed, (), got.body
    parts: list[ParsedFeed] = []
    bodies, failed = [got.body], None
    for place in read.places[:_MOST_FOLLOWED]:
        part, body = _part(web, readers, place, clock=clock)
        bodies.append(body)
        if isinstance(part, ParsedFeed):
            parts.append(part)
        else:
            failed = failed or part
    if not parts:
        return failed or Unreadable(code="read_not_a_sitemap"), read.places, got.body
    return _joined(parts), read.places, b"".join(bodies)


def _joined(parts: Sequence[ParsedFeed]) -> ParsedFeed:
    """What several sitemaps of one site say, as one: each address once, the newest."""
    entries = {url_key(entry.url): entry for part in parts for entry in part.entries}
    newest = sorted(
        entries.values(), key=lambda entry: entry.published or entry.updated or _NO_DATE, reverse=True
    )
    problems = {problem.code: problem for part in parts for problem in part.problems}
    return replace(parts[0], entries=tuple(newest[:_MOST_ENTRIES]), problems=tuple(problems.values()))


def _part(web: Web, readers: Readers, place: Place, *, clock: Clock) -> tuple[ParsedFeed | Unreadable, bytes]:
    got = fetch(web, place.url, now=clock())
    if not isinstance(got, Fetched):
        return Unreadable(code="read_sitemap_part", data={"url": place.url}), b""
    read = readers.sitemap(got.body, content_type=got.content_type, url=got.final_url, now=clock())
    if isinstance(read, Sitemap):
        # An index in an index is against the protocol; nobody is led in circles.
        return read.feed or Unreadable(code="read_sitemap_part", data={"url": place.url}), got.body
    return read, got.body


def _sitemap(web: Web, readers: Readers, source: Source, got: Fetched, *, clock: Clock) -> Answer:
    own_hash = digest(got.body)
    if own_hash == source.body_hash:
        return Answer(source=source, fetch=replace(got, body=b""), body_hash=own_hash)
    read, places, everything = follow(web, readers, got, clock=clock)
    bare = replace(got, body=b"")
    if not places or all(place.changed for place in places):
        return Answer(source=source, fetch=bare, body_hash=own_hash, read=read)
    # An index that does not say when its parts changed stays the same while they do: neither a 304 nor an
    # equal body of it may stand for all of them.
    return Answer(
        source=source, fetch=replace(bare, validators=Validators()), body_hash=digest(everything), read=read
    )
