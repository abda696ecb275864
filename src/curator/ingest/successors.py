"""Where did it go? The home page of a source that is gone, failing or quiet may name its new feed.

Looked at when the incident begins and once a month after; proposed to an editor, never taken by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

import structlog

from curator.extract import feed_key
from curator.fetch import Web, allowed, fetch
from curator.ingest.incidents import FAILING, GONE, QUIET
from curator.model import FeedLink, Fetched, Source
from curator.ports import Readers
from curator.store import Store

LOOK_AGAIN = timedelta(days=30)
AT_ONCE = 5
"""Home pages for each poll: news of the living goes before."""

log = structlog.get_logger()


def look_for_successors(
    store: Store, web: Web, readers: Readers, *, clock: Callable[[], datetime]
) -> dict[int, str]:
    """The new addresses that were found, by source."""
    now = clock()
    with store.read() as tx:
        lost = tx.sources.lost(codes=(GONE, FAILING, QUIET), looked_before=now - LOOK_AGAIN, limit=AT_ONCE)
        followed = {feed_key(url) for url in tx.sources.addresses()} if lost else set()
    found: dict[int, str] = {}
    for source in lost:
        with store.begin() as tx:
            mine = tx.sources.look(source.id, looked_before=now - LOOK_AGAIN, now=now)
        if not mine:
            continue
        try:
            url = _successor(web, readers, source, followed=followed, now=clock())
        except Exception:
            # What was polled is stored; a mistake of ours over one home page must not undo its report.
            log.exception("successor_internal", source=source.id, url=source.home_url)
            continue
        if url is not None:
            with store.begin() as tx:
                tx.sources.propose(source.id, successor_url=url)
            found[source.id] = url
            log.info("source_successor", source=source.id, url=url)
    return found


def _successor(
    web: Web, readers: Readers, source: Source, *, followed: set[str], now: datetime
) -> str | None:
    if source.home_url is None or allowed(web, source.home_url, now=now) is not True:
        return None
    got = fetch(web, source.home_url, now=now)
    if not isinstance(got, Fetched):
        return None
    links = readers.links(got.body, content_type=got.content_type, url=got.final_url)
    return _another(links, source=source, followed=followed)


def _another(links: Iterable[FeedLink], *, source: Source, followed: set[str]) -> str | None:
    """The first feed that nobody follows; none where the page still names the old one."""
    named = {feed_key(link.url): link.url for link in reversed(list(links)) if link.declared}
    if feed_key(source.url) in named:
        return None
    return next((url for key, url in reversed(named.items()) if key not in followed), None)
