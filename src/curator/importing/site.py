"""A blog on the web, asked as politely as a source: one request after the other, again where it fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from curator.errors import FetchFailed
from curator.fetch import Web, fetch
from curator.model import Failed, Fetched, Problem
from curator.text import without_credentials

WAITS = (2.0, 10.0, 30.0)
"""Seconds before a request that failed is made again; after that the site is left in peace."""
_LONGEST_WAIT = 300.0
_SLICE = 0.2
_TEMPORARY = frozenset(
    "fetch_timeout fetch_connect fetch_truncated fetch_protocol fetch_host_busy fetch_gzip".split()
)
_STATUSES = frozenset({408, 425, 429})
_SERVER_ERROR = 500
_Post = TypeVar("_Post")


class Stopped(Exception):
    """Raised within this package where a wait was cut short; who gives out posts just ends."""


def until_stopped(posts: Iterator[_Post]) -> Iterator[_Post]:
    """What is given out before a wait is cut short."""
    with suppress(Stopped):
        yield from posts


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`start` is the address as it was typed; a password in it goes back to its own origin only."""

    web: Web
    start: str
    clock: Callable[[], datetime]
    stopping: Callable[[], bool] = lambda: False
    waits: Sequence[float] = WAITS
    sleep: Callable[[float], None] = field(default=time.sleep)
    _hosts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.know(self.start)

    def know(self, url: str | None) -> None:
        """An address where the blog is, too: it has moved, or its feed is served from elsewhere."""
        self._hosts.add(_host(url or self.start))

    def ask(self, url: str) -> Fetched | Failed:
        """One GET."""
        if self.stopping():
            raise Stopped
        got = fetch(self.web, self._with_credentials(url), now=self.clock())
        if isinstance(got, Fetched | Failed):
            return got
        return Failed(code="fetch_gone", data={"url": url}, http_status=got.http_status)

    def ask_again(self, url: str) -> Fetched | Failed:
        """The same, a few times where it fails for the moment."""
        got = self.ask(url)
        for wait in self.waits:
            if isinstance(got, Fetched) or not is_temporary(got):
                break
            self.pause(wait, got)
            got = self.ask(url)
        return got

    def pause(self, seconds: float, failed: Failed) -> None:
        """Wait before asking again: as long as the site wants, within reason."""
        if failed.retry_after is not None:
            seconds = min(max(seconds, failed.retry_after.total_seconds()), _LONGEST_WAIT)
        while seconds > 0:
            if self.stopping():
                raise Stopped
            self.sleep(min(seconds, _SLICE))
            seconds -= _SLICE

    def is_here(self, url: str) -> bool:
        """Whether an address is of the blog's own site, whatever its scheme and with or without `www.`."""
        return _host(url) in self._hosts

    def _with_credentials(self, url: str) -> str:
        said, asked = urlsplit(self.start), urlsplit(url)
        place = said.netloc.rpartition("@")
        if not place[1] or "@" in asked.netloc or (said.scheme, place[2]) != (asked.scheme, asked.netloc):
            return url
        return urlunsplit(asked._replace(netloc=said.netloc))


def is_temporary(failed: Failed) -> bool:
    """Whether the same request may well succeed in a while."""
    status = failed.http_status or 0
    if failed.code == "fetch_http_status":
        return status >= _SERVER_ERROR or status in _STATUSES
    return failed.code in _TEMPORARY


def is_too_much(failed: Failed) -> bool:
    """Whether less might have been answered: the server gave up, or was not done in time."""
    return failed.code == "fetch_timeout" or (failed.http_status or 0) >= _SERVER_ERROR


def is_broken(failed: Failed) -> bool:
    """Whether something in the server broke over the answer, and it is not merely busy or in repair."""
    return failed.http_status == _SERVER_ERROR


def broken_off(url: str, failed: Failed, *, seen: int) -> FetchFailed:
    """How an import ends in the middle: what came until then stays, and doing it again goes on."""
    why = Problem(code=failed.code, data=failed.data)
    return FetchFailed("import_broken_off", url=without_credentials(url), seen=seen, why=why)


def unreachable(url: str, failed: Failed) -> FetchFailed:
    """How an import ends before it began."""
    return FetchFailed(failed.code, **{**failed.data, "url": without_credentials(url)})


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
