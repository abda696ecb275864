"""The posts of a feed and of what comes before it: its archive (RFC 5005), or WordPress' `?paged=N`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, urldefrag, urlencode, urlsplit, urlunsplit

from curator.importing import feed
from curator.importing.house import House
from curator.importing.pages import settled
from curator.importing.site import Site, broken_off, is_temporary, until_stopped
from curator.importing.webpages import whole_page
from curator.model import Failed, Fetched, LeftOut, Original, ParsedFeed, Unreadable
from curator.ports import Readers
from curator.text import without_credentials

MOST_PAGES = 10_000
_INCOMPLETE = frozenset({"feed_truncated", "items_refused"})


@dataclass(slots=True, kw_only=True)
class FeedPages:
    """The posts of the feed at one address; `opened` first."""

    site: Site
    readers: Readers
    house: House
    url: str
    _first: tuple[Fetched, ParsedFeed] | None = None
    _seen: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)

    def opened(self, got: Fetched | None = None, *, patient: bool = True) -> Failed | None:
        """Read its first document, which may be there already. Failed where it is no feed, or not there.

        Not `patient`: the address is a guess, and a server that fails is asked no second time.
        """
        answer = got or (self.site.ask_again(self.url) if patient else self.site.ask(self.url))
        if isinstance(answer, Failed):
            return answer
        parsed = self._read(answer)
        if isinstance(parsed, Unreadable):
            return Failed(code=parsed.code, data=parsed.data)
        self.site.know(answer.final_url)
        self.site.know(parsed.home_url)
        self._first = answer, parsed
        return None

    def posts(self) -> Iterator[Original | LeftOut]:
        """All of them, each once, the newest first. FetchFailed in the middle says how far it got."""
        return until_stopped(self._posts())

    def _posts(self) -> Iterator[Original | LeftOut]:
        if self._first is None:
            return
        (got, parsed), self._first = self._first, None
        start, number, is_led = got.final_url, _number(got.final_url), False
        while True:
            self._asked.update(map(_name, (got.url, got.final_url)))
            new = list(self._new(parsed, url=got.final_url))
            for one in new:
                yield self._whole(one) if isinstance(one, Original) else one
            older = parsed.older_url or parsed.next_url
            if older is None and (is_led or not any(isinstance(one, Original) for one in new)):
                return  # the archive has ended; or a server that does not know `paged` says the same again
            is_led = older is not None
            number += 1
            url = older or _paged(start, number)
            if _name(url) in self._asked or number > MOST_PAGES:
                return
            if not self.site.is_here(url):
                yield LeftOut(place=without_credentials(url), code="import_page_elsewhere")
                return
            page = self._page(url)
            if not isinstance(page, tuple):
                if older is not None:
                    yield LeftOut(place=without_credentials(url), code=page.code, data=page.data)
                return
            got, parsed = page

    def _whole(self, one: Original) -> Original | LeftOut:
        """With the text of its own page, where the feed says only how it begins."""
        page = whole_page(self.site, self.house, one, seen=len(self._seen))
        if page is None:
            return settled(one)
        return replace(
            one,
            html=page.html,
            whole=True,
            problems=(),
            image=one.image or page.image,
            raw=f"{one.raw}\n{page.raw}",
        )

    def _page(self, url: str) -> tuple[Fetched, ParsedFeed] | Failed | Unreadable:
        """A page further back. FetchFailed where it is there and cannot be had."""
        got = self.site.ask_again(url)
        if isinstance(got, Failed):
            if is_temporary(got) or got.code == "fetch_too_large":
                raise broken_off(url, got, seen=len(self._seen))
            return got
        parsed = self._read(got)
        return parsed if isinstance(parsed, Unreadable) else (got, parsed)

    def _read(self, got: Fetched) -> ParsedFeed | Unreadable:
        return self.readers.read(
            got.body, content_type=got.content_type, url=got.final_url, now=self.site.clock(), as_said=True
        )

    def _new(self, parsed: ParsedFeed, *, url: str) -> Iterator[Original | LeftOut]:
        place = without_credentials(url)
        for one in feed.originals(parsed, place=place):
            if isinstance(one, LeftOut):
                yield one
            elif one.key not in self._seen:
                self._seen.add(one.key)
                yield one
        for problem in parsed.problems:
            if problem.code in _INCOMPLETE:
                yield LeftOut(place=place, code=problem.code, data=problem.data)


def _name(url: str) -> str:
    return urldefrag(url)[0]


def _number(url: str) -> int:
    said = dict(parse_qsl(urlsplit(url).query)).get("paged", "1")
    return int(said) if said.isdecimal() and len(said) < _DIGITS else 1


_DIGITS = 6


def _paged(url: str, number: int) -> str:
    parts = urlsplit(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*kept, ("paged", str(number))]), fragment=""))
