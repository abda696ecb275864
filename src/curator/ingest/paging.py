"""A feed that goes on elsewhere (`next_url` of JSON Feed): its next pages, within bounds.

Only where nothing on the first page was known: a new source, or one that said
more since than a page holds. So a feed is asked for one page at nearly every poll.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from urllib.parse import urldefrag, urlsplit

from curator.fetch import Web, fetch
from curator.model import Fetched, ParsedFeed, Problem, Unreadable
from curator.ports import Readers

MOST_PAGES = 5
MOST_ENTRIES = 1_000


def with_next_pages(
    web: Web,
    readers: Readers,
    first: ParsedFeed | Unreadable,
    *,
    got: Fetched,
    known: Collection[str],
    is_new: bool,
    now: datetime,
) -> ParsedFeed | Unreadable:
    """The feed with what its next pages say. `is_new`: nothing of it was ever read."""
    if isinstance(first, Unreadable) or first.next_url is None or first.unchanged or not (is_new or known):
        return first
    feed, seen = first, {urldefrag(got.url)[0], urldefrag(got.final_url)[0]}
    address: str | None = first.next_url
    room, pages = web.limits.max_bytes - len(got.body), 1
    while address is not None:
        if urldefrag(address)[0] in seen or _host(address) != _host(got.final_url):
            return _but(feed, "feed_next_refused", url=address)
        if pages == MOST_PAGES or len(feed.entries) >= MOST_ENTRIES or room <= 0:
            return _but(feed, "feed_goes_on", pages=pages, url=address)
        seen.add(urldefrag(address)[0])
        page = _page(web, readers, address, host=_host(got.final_url), known=known, now=now)
        if isinstance(page, str):
            return _but(feed, page, url=address)
        read, size = page
        feed = replace(feed, entries=feed.entries + read.entries, unchanged=feed.unchanged + read.unchanged)
        room, pages = room - size, pages + 1
        address = None if read.unchanged else read.next_url
    return feed


def _page(
    web: Web, readers: Readers, url: str, *, host: str | None, known: Collection[str], now: datetime
) -> tuple[ParsedFeed, int] | str:
    """What a page says and how large it was, or the code of what kept it."""
    got = fetch(web, url, now=now)
    if not isinstance(got, Fetched):
        return "feed_next_failed"
    if _host(got.final_url) != host:
        return "feed_next_refused"
    read = readers.read(got.body, content_type=got.content_type, url=got.final_url, now=now, known=known)
    return "feed_next_failed" if isinstance(read, Unreadable) else (read, len(got.body))


def _but(feed: ParsedFeed, code: str, **data: object) -> ParsedFeed:
    return replace(feed, problems=(*feed.problems, Problem(code=code, field="next_url", data=data)))


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
