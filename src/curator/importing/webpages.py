"""The posts that a blog's own pages show, from the newest list back to the oldest by its links."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urldefrag

from curator.importing import pages
from curator.importing.house import House
from curator.importing.site import Site, Stopped, broken_off, is_temporary
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
        try:
            yield from self._posts()
        except Stopped:
            return

    def _posts(self) -> Iterator[Original | LeftOut]:
        got = self.first
        while True:
            self._asked.update(map(_name, (got.url, got.final_url)))
            read = self._read(got)
            new = [one for one in read.originals if self._is_new(one)]
            for one in new:
                yield self._whole(one) if isinstance(one, Original) else one
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

    def _whole(self, one: Original) -> Original:
        """The post as its own page has it; as the list has it where that page does not say it."""
        if one.whole or one.permalink is None or not self.site.is_here(one.permalink):
            return one
        got = self.site.ask_again(one.permalink)
        if isinstance(got, Failed):
            if is_temporary(got):
                raise broken_off(one.permalink, got, seen=len(self._seen))
            return one
        same = (url_key(one.permalink), url_key(got.final_url))
        for other in self._read(got).originals:
            if isinstance(other, Original) and other.whole and url_key(other.permalink) in same:
                return other
        return one

    def _read(self, got: Fetched) -> pages.Read:
        return pages.read(
            got.body,
            content_type=got.content_type,
            url=got.final_url,
            place=without_credentials(got.final_url),
            house=self.house,
        )


def _name(url: str) -> str:
    return urldefrag(url)[0]
