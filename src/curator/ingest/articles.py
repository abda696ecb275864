"""The pages of entries: fetched on demand, or by themselves where a source is set so.

Work of its own, after the poll: a page that is slow or walled off delays no
entry. What is fetched lies beside the entry and never takes its place
(docs/decisions has why).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from threading import Event
from typing import Any
from urllib.parse import urlsplit

import structlog

from curator.errors import FetchFailed, Refused, StoreError
from curator.fetch import Web, fetch
from curator.ingest.asking import forbidden
from curator.model import Article, Failed, Fetched, Gone, NotModified, Page, Unreadable
from curator.ports import Readers
from curator.store import Store
from curator.store.pages import Wanted
from curator.text.dates import believable

LEASE = timedelta(minutes=20)
"""The next try of a page that nobody came back from: whoever had it was killed."""
BACK_OFF = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""After the first, second and third failure that may pass; after one more it is left to the editors."""
_AT_ONCE = 50
_HOSTS_AT_ONCE = 8
# What a second visit may find mended. A wall, a list or a 404 is an answer; so is a page nobody can read.
_PASSING = frozenset(
    {"fetch_timeout", "fetch_connect", "fetch_host_busy", "fetch_protocol", "fetch_truncated", "read_crashed"}
)
_PASSING_STATUS = frozenset({408, 425, 429})
_SERVER_ERROR = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Articles:
    """How many pages were fetched and read, and how many could not be."""

    fetched: int = 0
    failed: int = 0


def fetch_page(store: Store, web: Web, readers: Readers, item_id: int, *, now: datetime) -> Page:
    """The page of the item's entry as it is now, kept beside the entry. Raises FetchFailed with the reason.

    The item itself stays as it is, its version too: what was quoted before is held against what it came from.
    """
    with store.read() as tx:
        item = tx.items.get(item_id)
        entry = tx.entries.get(item.entry_id) if item.entry_id is not None else None
    if entry is None or entry.url is None:
        raise Refused("page_without_address", item=item_id)
    match ask(web, readers, entry.url, now=now):
        case Article() as article:
            with store.begin() as tx:
                return tx.pages.add(entry.id, article, now=now)
        case problem:
            error = _error(problem, entry.url)
            with store.begin() as tx:
                next_try = _next_try(problem, attempts=1, now=now)
                tx.pages.fail(entry.id, error, next_try=next_try, now=now)
            raise FetchFailed(error["code"], **{**error["data"], "url": entry.url})


def fetch_articles(
    store: Store,
    web: Web,
    readers: Readers,
    *,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> Articles:
    """Fetch the pages that are due; hosts side by side, each one's pages one after another.

    Safe at any time, in any number of processes: each page is one process's to ask for.
    """
    done, broken_off = Articles(), Event()

    def ending() -> bool:
        return broken_off.is_set() or stopping()

    while not stopping() and (wanted := _claimed(store, now=clock())):
        work = structlog.contextvars.get_contextvars()  # to which what a thread logs belongs
        with ThreadPoolExecutor(
            max_workers=_HOSTS_AT_ONCE,
            thread_name_prefix="page",
            initializer=partial(structlog.contextvars.bind_contextvars, **work),
        ) as pool:
            try:
                ended = pool.map(
                    lambda each: _fetch_all(store, web, readers, each, clock=clock, stopping=ending),
                    _by_host(wanted),
                )
                for fetched, failed in ended:
                    done = Articles(fetched=done.fetched + fetched, failed=done.failed + failed)
            except BaseException:
                broken_off.set()  # Ctrl-C: each host ends with the page it is at
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return done


def _claimed(store: Store, *, now: datetime) -> list[Wanted]:
    with store.read() as tx:
        if not tx.pages.due(now=now):
            return []  # most polls end here, and need no lock for it
    with store.begin() as tx:
        tx.serialise("pages")
        return tx.pages.claim(now=now, lease=LEASE, limit=_AT_ONCE)


def ask(web: Web, readers: Readers, url: str, *, now: datetime) -> Article | Unreadable | Failed | Gone:
    """The article at an address, or why not; robots.txt is asked first (RFC 9309)."""
    got = _page_at(web, url, now=now)
    if not isinstance(got, Fetched):
        return got
    read = readers.article(got.body, content_type=got.content_type, url=got.final_url)
    if isinstance(read, Unreadable):
        return read
    asked = tuple(dict.fromkeys((*read.opt_outs, *got.opt_outs)))
    return replace(read, published=believable(read.published, now=now), opt_outs=asked)


def _page_at(web: Web, url: str, *, now: datetime) -> Fetched | Unreadable | Failed | Gone:
    got = forbidden(web, url, code="fetch_robots", now=now) or fetch(web, url, now=now)
    match got:
        case NotModified():  # fetch() calls a 304 that was not asked for a failure
            return Failed(code="fetch_unasked_304", data={"host": urlsplit(url).hostname})
        case Fetched(final_url=final) if _leads_home(url, final):
            return Unreadable(code="read_article_moved", data={"url": final})
        case Fetched(final_url=final) if _site_path(final) != _site_path(url):
            return forbidden(web, final, code="fetch_robots", now=now) or got
        case _:
            return got


def _leads_home(asked: str, final: str) -> bool:
    """An article taken down, whose address now shows the front page."""
    return (
        urlsplit(final).path in {"", "/"}
        and not urlsplit(final).query
        and urlsplit(asked).path not in {"", "/"}
    )


def _site_path(url: str) -> tuple[str | None, str]:
    parts = urlsplit(url)
    return parts.hostname, parts.path


def _by_host(wanted: Sequence[Wanted]) -> list[list[Wanted]]:
    hosts: dict[str | None, list[Wanted]] = {}
    for each in wanted:
        hosts.setdefault(urlsplit(each.url).hostname, []).append(each)
    return list(hosts.values())


def _fetch_all(
    store: Store,
    web: Web,
    readers: Readers,
    wanted: Sequence[Wanted],
    *,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool],
) -> tuple[int, int]:
    fetched = failed = 0
    for each in wanted:
        if stopping():
            break
        done = _fetch_one(store, web, readers, each, clock=clock)
        fetched, failed = fetched + done, failed + (not done)
    return fetched, failed


def _fetch_one(
    store: Store, web: Web, readers: Readers, wanted: Wanted, *, clock: Callable[[], datetime]
) -> bool:
    try:
        found = ask(web, readers, wanted.url, now=clock())
    except StoreError:
        raise
    except Exception as error:
        # A mistake of ours over one page must not stop the others.
        log.exception("page_internal", entry=wanted.entry_id, url=wanted.url)
        found = Failed(code="page_internal", data={"cause": type(error).__name__})
    now = clock()
    with store.begin() as tx:
        if isinstance(found, Article):
            tx.pages.add(wanted.entry_id, found, now=now)
            log.info("page_fetched", entry=wanted.entry_id, source=wanted.source_id)
            return True
        error_said = _error(found, wanted.url)
        next_try = _next_try(found, attempts=wanted.attempts, now=now)
        tx.pages.fail(wanted.entry_id, error_said, next_try=next_try, now=now)
    log.info(
        "page_failed",
        entry=wanted.entry_id,
        source=wanted.source_id,
        error=error_said["code"],
        again=next_try is not None,
    )
    return False


def _error(problem: Unreadable | Failed | Gone, url: str) -> Mapping[str, Any]:
    if isinstance(problem, Gone):
        return {"code": "fetch_gone", "data": {"url": url}}
    return {"code": problem.code, "data": dict(problem.data)}


def _next_try(problem: Unreadable | Failed | Gone, *, attempts: int, now: datetime) -> datetime | None:
    """When what stands in the way may have passed; None: it will not, or it has been tried enough."""
    if isinstance(problem, Gone) or attempts > len(BACK_OFF):
        return None
    status = getattr(problem, "http_status", None) or 0
    passing = problem.code in _PASSING or status in _PASSING_STATUS or status >= _SERVER_ERROR
    if not passing:
        return None
    wait = getattr(problem, "retry_after", None) or timedelta()
    return now + max(BACK_OFF[attempts - 1], wait)
