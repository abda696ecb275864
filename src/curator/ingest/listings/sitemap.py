"""Sitemaps (sitemaps.org 0.9, with Google's news extension) → entries, or the sitemaps that an index names.

Pure; runs in reader processes. A sitemap says where something is and when it
changed, seldom what it is called: without a news title the last words of the
address have to do until the page has been read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import urlsplit

from lxml import etree

from curator.ingest.feeds.stated import Stated, StatedDate, StatedText, problems_of, settled
from curator.model import ParsedFeed, Place, Problem, Sitemap, SourceKind, Unreadable
from curator.text import address_words, clean_text, safe_url
from curator.text.dates import believable, from_iso

_GZIP = b"\x1f\x8b"
_ROOT = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?(urlset|sitemapindex)\b")
_START = 4_000
_MOST_BYTES = 50 * 1024 * 1024  # uncompressed: what sitemaps.org allows a file
_MOST_URLS = 50_000  # the same
_MOST_ENTRIES = 200
_MOST_PLACES = 100
_NO_DATE = datetime.min.replace(tzinfo=UTC)
_W3C = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
# Sitemaps of what is no news are followed last.
_NO_NEWS = re.compile(
    r"author|categor|(?:^|[_-])tag|taxonom|product|image|video|page-sitemap|pages?\.xml", re.IGNORECASE
)
_NEWS = re.compile(r"news|post|article|blog|notizie|artikel|press", re.IGNORECASE)
_CHUNK = 65_536


def read_sitemap(body: bytes, *, url: str, now: datetime) -> Sitemap | Unreadable:
    unpacked = _unpacked(body)
    if isinstance(unpacked, Unreadable):
        return unpacked
    if not unpacked.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return Unreadable(code="read_empty")
    if not _ROOT.search(unpacked[:_START]):
        addresses = _lines(unpacked)
        if not addresses:
            return Unreadable(code="read_not_a_sitemap")
        return Sitemap(
            feed=_feed([_Told(url=address) for address in addresses], url=url, now=now, problems=())
        )
    return _xml(unpacked, url=url, now=now)


def _unpacked(body: bytes) -> bytes | Unreadable:
    if not body.startswith(_GZIP):
        return body
    engine = zlib.decompressobj(wbits=31)
    try:
        unpacked = engine.decompress(body, _MOST_BYTES)
    except zlib.error:
        return Unreadable(code="read_not_a_sitemap")
    if engine.unconsumed_tail:
        return Unreadable(code="read_sitemap_too_big", data={"bytes": _MOST_BYTES})
    return unpacked if engine.eof else Unreadable(code="read_truncated")


def _lines(body: bytes) -> list[str]:
    lines = body.decode("utf-8-sig", "replace").splitlines()
    return [address for line in lines[:_MOST_URLS] if (address := safe_url(line.strip()))]


class _Told:
    """One `<url>`."""

    __slots__ = ("changed", "language", "published", "title", "url")

    def __init__(
        self,
        *,
        url: str,
        changed: str | None = None,
        title: str | None = None,
        published: str | None = None,
        language: str | None = None,
    ) -> None:
        self.url = url
        self.changed = _date(changed)
        self.title = title
        self.published = _date(published)
        self.language = language

    def newest(self, now: datetime) -> datetime:
        moments = (believable(date.moment, now=now) for date in (self.published, self.changed) if date)
        return next((moment for moment in moments if moment), _NO_DATE)


def _xml(body: bytes, *, url: str, now: datetime) -> Sitemap | Unreadable:
    # No entity is resolved, nothing is loaded; libxml2's own limits hold (huge_tree is off).
    parser = etree.XMLPullParser(events=("end",), resolve_entities=False, no_network=True, load_dtd=False)
    told: list[_Told] = []
    places: list[Place] = []
    broke_off = False
    try:
        for start in range(0, len(body), _CHUNK):
            parser.feed(body[start : start + _CHUNK])
            for _, element in parser.read_events():
                _take(element, told, places)
            if len(told) + len(places) >= _MOST_URLS:
                break
        else:
            parser.close()
    except etree.XMLSyntaxError:
        broke_off = True
    if places:
        return Sitemap(places=tuple(sorted(places, key=_promise, reverse=True)[:_MOST_PLACES]))
    if broke_off and not told:
        return Unreadable(code="read_not_a_sitemap")
    problems = (Problem(code="feed_truncated"),) if broke_off else ()
    return Sitemap(feed=_feed(told, url=url, now=now, problems=problems))


def _take(element: etree._Element, told: list[_Told], places: list[Place]) -> None:
    name = _name(element)
    if name not in {"url", "sitemap"}:
        return
    said: dict[str, str] = {}
    for each in element.iterdescendants():
        text = clean_text(each.text or "").strip() if isinstance(each.tag, str) else ""
        if text and not (
            _name(each) == "loc" and each.getparent() is not element
        ):  # image:loc is a picture's
            said.setdefault(_name(each), text)
    address = safe_url(said.get("loc"))
    if address and name == "sitemap":
        changed = _date(said.get("lastmod"))
        places.append(Place(url=address, changed=changed.moment if changed else None))
    elif address:
        told.append(
            _Told(
                url=address,
                changed=said.get("lastmod"),
                title=said.get("title"),
                published=said.get("publication_date"),
                language=said.get("language"),
            )
        )
    element.clear()
    while (before := element.getprevious()) is not None and (parent := element.getparent()) is not None:
        parent.remove(before)


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""


def _date(stated: str | None) -> StatedDate | None:
    """W3C date and time: also a year, or a year and its month, of which the first day is taken."""
    if not stated:
        return None
    whole = stated + "-01-01"[len(stated) - 4 :] if _W3C.fullmatch(stated) else stated
    return StatedDate(text=stated, moment=from_iso(whole))


def _promise(place: Place) -> tuple[bool, bool, datetime]:
    """Which sitemap of an index is worth following: news before furniture, then the newest."""
    path = urlsplit(place.url).path
    return not _NO_NEWS.search(path), bool(_NEWS.search(path)), place.changed or _NO_DATE


# ── entries ─────────────────────────────────────────────────────────────────


def _feed(told: Sequence[_Told], *, url: str, now: datetime, problems: tuple[Problem, ...]) -> ParsedFeed:
    named = [(each, title) for each in told if (title := each.title or address_words(each.url))]
    chosen = _newest(named, now=now)
    stated = [
        Stated(
            guid=None,
            url=each.url,
            title=StatedText(value=title, is_html=False),
            text=None,
            base_url=url,
            language=each.language,
            published=each.published,
            updated=each.changed,
        )
        for each, title in chosen
    ]
    guessed = sum(each.title is None for each, _ in chosen)
    if guessed:
        problems += (Problem(code="titles_from_addresses", field="title", data={"count": guessed}),)
    return ParsedFeed(
        kind=SourceKind.SITEMAP,
        format="sitemap",
        title=urlsplit(url).hostname or url,
        home_url=None,
        language=None,
        license=None,
        ttl=None,
        hub_url=None,
        entries=tuple(settled(entry, inherited=None, now=now) for entry in stated),
        problems=(*problems, *problems_of(stated, now=now)),
    )


def _newest(named: list[tuple[_Told, str]], *, now: datetime) -> list[tuple[_Told, str]]:
    """The newest. Where nothing is dated both ends: some list the newest first, WordPress lists it last."""
    if any(each.newest(now) > _NO_DATE for each, _ in named):
        return sorted(named, key=lambda each: each[0].newest(now), reverse=True)[:_MOST_ENTRIES]
    half = _MOST_ENTRIES // 2
    return named if len(named) <= _MOST_ENTRIES else [*named[:half], *named[-half:]]
