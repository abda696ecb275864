"""Old addresses, told apart as the servers of blogs did: which are one place, and what answers there.

A place is a path as it reads, decoded, in small letters, without a slash at its end; and, where that alone
says which post was meant (`/?p=12`, `/?feed=rss2`), with what is asked there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote, urlsplit

from curator.settings import Edition
from curator.text import untracked

LONGEST = 2000  # bytes: PostgreSQL's indexes take 2,704
_ASKED = ("p", "page_id", "feed")  # what WordPress is asked with where its addresses have no names
_MOST_ASKED = 20  # fields of a query that are looked at
_RSS, _ATOM = "feed.rss", "feed.atom"
_FEEDS = {
    "feed": _RSS,
    "feed/rss": _RSS,
    "feed/rss2": _RSS,
    "feed/rdf": _RSS,
    "feed/atom": _ATOM,
    "rss": _RSS,
    "rss2": _RSS,
    "rdf": _RSS,
    "atom": _ATOM,
    "rss.xml": _RSS,
    "feed.xml": _RSS,
    "atom.xml": _ATOM,
    "wp-feed.php": _RSS,
    "wp-rss.php": _RSS,
    "wp-rss2.php": _RSS,
    "wp-rdf.php": _RSS,
    "wp-atom.php": _ATOM,
    "?feed=rss": _RSS,
    "?feed=rss2": _RSS,
    "?feed=rdf": _RSS,
    "?feed=feed": _RSS,
    "?feed=atom": _ATOM,
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ufffd]")
_SLASHES = re.compile(r"/{2,}")


def place_of(address: str) -> str | None:
    """Of an absolute address or a path; None: it says nothing but the front, or cannot be asked for."""
    found = next(_places(*_split(address)), "/")
    if found == "/" or _CONTROL.search(found):
        return None
    return found if len(found.encode(errors="replace")) <= LONGEST else None


def places_asked(path: str, query: str) -> Iterator[str]:
    """Of a request, the most exact first. `path` as it was sent, percent-encoded."""
    yield from _places(path, urlsplit(untracked(f"?{query}")).query)


def item_output(edition: Edition, slug: str) -> str:
    """Where the page of an item lies below the public folder."""
    return f"{_folder(edition)}items/{slug}.html"


def feed_addresses(blog: str, edition: Edition) -> dict[str, str]:
    """Where a blog has its feeds (`blog`: its front), and which output of the edition goes on with each."""
    front = f"{urlsplit(blog).path.rstrip('/')}/"
    return {front + place: _folder(edition) + output for place, output in _FEEDS.items()}


def _folder(edition: Edition) -> str:
    return "" if edition.default else f"{edition.key}/"


def _split(address: str) -> tuple[str, str]:
    try:
        parts = urlsplit(untracked(address))
    except ValueError:  # its host is none
        return "/", ""
    return (parts.path, parts.query) if parts.scheme in ("", "http", "https") else ("/", "")


def _places(path: str, query: str) -> Iterator[str]:
    place = _path(path)
    if place is None:
        return
    if query:
        said = parse_qsl(query)[:_MOST_ASKED]
        for name in _ASKED:
            if value := next((value for key, value in said if key == name), ""):
                yield f"{place}?{name}={value.lower()}"
        yield f"{place}?{query.lower()}"
    yield place


def _path(path: str) -> str | None:
    """None where nobody could have published that: it holds what no address shows."""
    words = unicodedata.normalize("NFC", unquote(path)).lower()
    if _CONTROL.search(words):
        return None
    place = "/" + _SLASHES.sub("/", words).strip("/")
    return "/" + place.removesuffix("/index.php").strip("/")
