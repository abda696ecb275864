"""What an address leads to: a feed, a page and the feeds it names, a sitemap, or nothing of use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from curator.errors import BadInput
from curator.extract import feed_key, looks_like_sitemap, usual_places
from curator.fetch import Web, fetch
from curator.ingest.asking import follow
from curator.model import (
    Failed,
    FeedLink,
    Fetch,
    Fetched,
    Gone,
    NotModified,
    ParsedFeed,
    Problem,
    Unreadable,
)
from curator.ports import Readers

_ENOUGH_SAID = frozenset({401, 403, 429, 503})
"""Who answers so to one guess wants no more of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one address gave. `links` are the feeds of a page; `looked` how many usual places were tried."""

    url: str
    fetch: Fetch
    read: ParsedFeed | Unreadable | None = None
    links: tuple[FeedLink, ...] = ()
    looked: int = 0

    @property
    def feed(self) -> ParsedFeed | None:
        return self.read if isinstance(self.read, ParsedFeed) else None

    def problem(self) -> Problem:
        """Why there is nothing to follow here."""
        match self.fetch, self.read:
            case Failed(code=code, data=data), _:
                return Problem(code=code, data=data)
            case Gone(), _:
                return Problem(code="fetch_gone", data={"url": self.url})
            case NotModified(), _:
                # fetch() calls a 304 that was not asked for a failure; this is for the type checker's peace.
                return Problem(code="fetch_unasked_304", data={"url": self.url})
            case _, Unreadable() if self.looked:
                return Problem(code="read_no_feed_found", data={"url": self.url, "places": self.looked})
            case _, Unreadable(code=code, data=data):
                return Problem(code=code, data=data)
            case _:
                raise AssertionError(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What an address led to: the visit that counts, and the page that led there (or the same).

    `undecided`: the page has several feeds, and nobody said which.
    """

    visit: Visit
    page: Visit
    undecided: bool = False
    wanted: int | None = None

    @property
    def links(self) -> tuple[FeedLink, ...]:
        return self.page.links

    def several(self) -> BadInput:
        """The choice, for whoever has to make it."""
        links = self.links
        named = [{"n": n, "url": link.url, "title": link.title} for n, link in enumerate(links, 1)]
        choice = [f"{n} = {link.title or link.url} <{link.url}>" for n, link in enumerate(links, 1)]
        if self.wanted is not None and self.wanted > len(links):
            return BadInput(
                "feed_not_there", url=self.page.url, wanted=self.wanted, feeds=named, choice=choice
            )
        return BadInput("feeds_several", url=self.page.url, feeds=named, choice=choice)


def discover(web: Web, readers: Readers, url: str, *, feed: int | None, now: datetime) -> Discovery:
    """The feed or sitemap at an address, or the feed that its page names (`feed`: which, from 1).

    Where it declares none, what it links to as if it were one, and then the
    usual places, one after another, until one is a feed.
    """
    page = visit(web, readers, url, now=now)
    if page.feed is not None or not isinstance(page.fetch, Fetched):
        return Discovery(visit=page, page=page)
    if any(link.declared for link in page.links):
        link = _chosen(page.links, feed)
        if link is None:
            return Discovery(visit=page, page=page, undecided=True, wanted=feed)
        return Discovery(visit=visit(web, readers, link.url, now=now), page=page)
    good = _good(web, readers, page, now=now)
    looked = 0
    if not good:
        good, looked = _guessed(web, readers, page, now=now)
    page = replace(page, links=tuple(link for link, _ in good), looked=looked)
    if not good:
        return Discovery(visit=page, page=page)
    link = _chosen(page.links, feed)
    there = next((found for each, found in good if each is link), None)
    return Discovery(visit=there or page, page=page, undecided=there is None, wanted=feed)


def visit(web: Web, readers: Readers, url: str, *, now: datetime) -> Visit:
    """One address, and no further: what it says, and which feeds it names."""
    got = fetch(web, url, now=now)
    if not isinstance(got, Fetched):
        return Visit(url=url, fetch=got)
    if looks_like_sitemap(got.body, url=got.final_url):
        read, _, _ = follow(web, readers, got, clock=lambda: now)
        return Visit(url=url, fetch=got, read=read)
    said = readers.read(got.body, content_type=got.content_type, url=got.final_url, now=now)
    if isinstance(said, ParsedFeed):
        return Visit(url=url, fetch=got, read=said)
    links = readers.links(got.body, content_type=got.content_type, url=got.final_url)
    named = {link.url: link for link in reversed(links) if link.url not in (url, got.final_url)}
    return Visit(url=url, fetch=got, read=said, links=tuple(reversed(named.values())))


def _chosen(links: tuple[FeedLink, ...], feed: int | None) -> FeedLink | None:
    if feed is None:
        return links[0] if len(links) == 1 else None
    return links[feed - 1] if 1 <= feed <= len(links) else None


def _good(web: Web, readers: Readers, page: Visit, *, now: datetime) -> list[tuple[FeedLink, Visit]]:
    """Of the links that only look like feeds, those that are."""
    found: dict[str, tuple[FeedLink, Visit]] = {}
    for link, there in _tried(web, readers, page.links, now=now):
        if there.feed is not None and isinstance(there.fetch, Fetched):
            found.setdefault(feed_key(there.fetch.final_url), (link, there))
    return list(found.values())


def _guessed(
    web: Web, readers: Readers, page: Visit, *, now: datetime
) -> tuple[list[tuple[FeedLink, Visit]], int]:
    """The first of the usual places that is a feed, and how many were tried."""
    if not isinstance(page.fetch, Fetched) or not _is_page(page.read, page.fetch):
        return [], 0
    tried = {feed_key(link.url) for link in page.links}
    places = [place for place in usual_places(page.fetch.final_url) if feed_key(place) not in tried]
    links = [FeedLink(url=place, title=None, media_type=None, declared=False) for place in places]
    looked = 0
    for link, there in _tried(web, readers, links, now=now):
        looked += 1
        if there.feed is not None:
            return [(replace(link, title=there.feed.title or None), there)], looked
    return [], looked


def _tried(
    web: Web, readers: Readers, links: Iterable[FeedLink], *, now: datetime
) -> Iterator[tuple[FeedLink, Visit]]:
    """One after another, through the gate of the host, until it has had enough or does not answer."""
    for link in links:
        got = fetch(web, link.url, now=now)
        if isinstance(got, Failed) and (got.http_status is None or got.http_status in _ENOUGH_SAID):
            return
        if isinstance(got, Fetched):
            read = readers.read(got.body, content_type=got.content_type, url=got.final_url, now=now)
            yield link, Visit(url=link.url, fetch=got, read=read)
        else:
            yield link, Visit(url=link.url, fetch=got)


def _is_page(read: object, got: Fetched) -> bool:
    """Only a page has feeds beside it; an error in JSON has none."""
    is_html = (got.content_type or "").split(";")[0].strip().lower() in {"text/html", "application/xhtml+xml"}
    return isinstance(read, Unreadable) and (read.code == "read_html" or is_html)
