"""The posts that a blog's own pages show, from the newest list back to the oldest by its links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag

from curator.importing import pages
from curator.importing.house import House
from curator.importing.site import Site, broken_off, is_temporary, until_stopped
from curator.model import Failed, Fetched, LeftOut, Original
from curator.text import url_key, without_credentials

MOST_PAGES = 10_000


@dataclass(slots=True, kw_only=True)
class WebPages:
    """The posts from one page on. A list shows only how they begin: each is then read at its own address."""

    site: Site
    house: House
    first: Fetched
    _seen: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)

    def posts(self) -> Iterator[Original | LeftOut]:
        """All of them, each once, the newest first. FetchFailed in the middle says how far it got."""
        return until_stopped(self._posts())

    def _posts(self) -> Iterator[Original | LeftOut]:
        got = self.first
        while True:
            self._asked.update(map(_name, (got.url, got.final_url)))
            read = _read(got, self.house)
            new = [one for one in read.originals if self._is_new(one)]
            for one in new:
                if isinstance(one, LeftOut):
                    yield one
                else:
                    yield pages.settled(whole_page(self.site, self.house, one, seen=len(self._seen)) or one)
            url = read.older_url
            if url is None or _name(url) in self._asked or len(self._asked) > 2 * MOST_PAGES:
                return
            if not self.site.is_here(url):
                yield LeftOut(place=without_credentials(url), code="import_page_elsewhere")
                return
            answer = self.site.ask_again(url)
            if isinstance(answer, Failed):
                if is_temporary(answer):
                    raise broken_off(url, answer, seen=len(self._seen))
                yield LeftOut(place=without_credentials(url), code=answer.code, data=answer.data)
                return
            got = answer

    def _is_new(self, one: Original | LeftOut) -> bool:
        if isinstance(one, LeftOut):
            return True
        is_new = one.key not in self._seen
        self._seen.add(one.key)
        return is_new


def whole_page(site: Site, house: House, teaser: Original, *, seen: int) -> Original | None:
    """A post of which only the beginning is known, as its own page has it; None where no page does.

    FetchFailed where the page is there and cannot be had.
    """
    url = teaser.permalink
    if teaser.whole or url is None or not site.is_here(url):
        return None
    got = site.ask_again(url)
    if isinstance(got, Failed):
        if is_temporary(got):
            raise broken_off(url, got, seen=seen)
        return None
    same = (url_key(url), url_key(got.final_url))
    found = (one for one in _read(got, house).originals if isinstance(one, Original) and one.whole)
    return next((one for one in found if url_key(one.permalink) in same), None)


def _read(got: Fetched, house: House) -> pages.Read:
    place = without_credentials(got.final_url)
    return pages.read(got.body, content_type=got.content_type, url=got.final_url, place=place, house=house)


def _name(url: str) -> str:
    return urldefrag(url)[0]
