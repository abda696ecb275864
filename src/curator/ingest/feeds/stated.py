"""One entry in its format's own words, and what becomes of it.

Every reader (feedparser's formats, JSON Feed) brings its entries here, so that
cleaning, names, hashes and refusals are decided once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from operator import attrgetter

from curator.ingest.feeds.pictures import picture_of
from curator.model import Image, Lang, ParsedEntry, ParsedFeed, Problem, SourceKind
from curator.text import (
    absolute,
    as_html,
    clean,
    clean_text,
    fingerprint,
    language_tag,
    normalised,
    plain,
    url_key,
    words_of,
)
from curator.text.dates import believable

_READING = "1"  # of the rules by which entries are read; another means reading what is known again
_LONGEST_NAME = 200
_LONGEST_BYLINE = 1_000
_LONGEST_TITLE = 1_000
_LONGEST_GUID = 2_000
_MOST_TAGS = 50
_MARKUP = re.compile(r"<[a-zA-Z/!]|&(?:#\d|#x|\w+;)")
_SPACE = re.compile(r"[ \t\n\r\f]+")  # not NBSP: the typography of a title stays
_ADDRESS_THEN_NAME = re.compile(r"\S+@\S+\s*\((?P<name>[^()]+)\)\s*\Z")
_ADDRESS = re.compile(r"[<(\[]?(?:mailto:)?[^\s@<>()]+@[^\s@<>()]+[>)\]]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedText:
    """A passage as stated: markup or plain text, and where its relative addresses start from."""

    value: str
    is_html: bool
    base_url: str | None = None

    def html(self) -> str:
        """As HTML. Markup without a single tag is plain text whose line breaks mean something."""
        if self.is_html and (_MARKUP.search(self.value) or "\n" not in self.value.strip()):
            return self.value
        return as_html(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedDate:
    """`text` is what the document says, `moment` what it seems to mean."""

    text: str
    moment: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    guid: str | None
    url: str | None
    title: StatedText | None
    text: StatedText | None
    base_url: str | None
    authors: tuple[str, ...] = ()
    language: str | None = None
    published: StatedDate | None = None
    updated: StatedDate | None = None
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    license: str | None = None
    external_url: str | None = None
    telling: str | None = field(default=None, compare=False)  # where the reader has hashed it already


# All but the words that the raw hash covers.
_REST = attrgetter(*(each.name for each in fields(Stated) if each.name not in {"title", "text", "telling"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFeed:
    """A whole document in its own words, but for what is said of it once.

    `unchanged` are the telling hashes of entries that its reader left out as known.
    """

    format: str
    title: str
    home_url: str | None
    language: Lang | None
    license: str | None
    ttl: timedelta | None
    hub_url: str | None
    topic_url: str | None
    entries: tuple[Stated, ...]
    problems: tuple[Problem, ...] = ()
    unchanged: tuple[str, ...] = ()
    older_url: str | None = None


def told(feed: StatedFeed, *, known: Collection[str], as_said: bool = False, now: datetime) -> ParsedFeed:
    """The feed made safe, without the entries whose telling is known; `as_said`: all, uncleaned as well."""
    entries, unchanged = told_entries(
        feed.entries, inherited=feed.language, known=() if as_said else known, now=now
    )
    if as_said:
        entries = tuple(
            replace(entry, said=stated.text.html() if stated.text else "")
            for entry, stated in zip(entries, feed.entries, strict=True)
        )
    return ParsedFeed(
        kind=SourceKind.FEED,
        format=feed.format,
        title=feed.title,
        home_url=feed.home_url,
        language=feed.language,
        license=feed.license,
        ttl=feed.ttl,
        hub_url=feed.hub_url,
        topic_url=feed.topic_url,
        entries=entries,
        problems=(*feed.problems, *problems_of(feed.entries, now=now)),
        unchanged=(*feed.unchanged, *unchanged),
        older_url=feed.older_url,
    )


def told_entries(
    stated: Sequence[Stated], *, inherited: Lang | None, known: Collection[str], now: datetime
) -> tuple[tuple[ParsedEntry, ...], tuple[str, ...]]:
    """The entries made safe, and the telling hashes of those left out because they are known.

    One whose guid the document has twice is never left out: which telling counts is for `reconcile`.
    """
    if not known:
        return tuple(settled(entry, inherited=inherited, now=now) for entry in stated), ()
    guids = Counter(_guid(entry) for entry in stated)
    entries: list[ParsedEntry] = []
    unchanged: list[str] = []
    for entry in stated:
        telling = _telling(entry, raw=_raw_hash(entry), inherited=inherited)
        if telling in known and guids[_guid(entry)] == 1:
            unchanged.append(telling)
        else:
            entries.append(settled(entry, inherited=inherited, now=now))
    return tuple(entries), tuple(unchanged)


def settled(stated: Stated, *, inherited: Lang | None, now: datetime) -> ParsedEntry:
    """The entry made safe: nothing in it can run, mislead a sorter, or break a document.

    `inherited` is the feed's language.
    """
    title = one_line(stated.title)
    text = stated.text or StatedText(value="", is_html=True)
    html = clean(text.html(), base_url=text.base_url or stated.base_url)
    guid, url, raw = _guid(stated), _url(stated), _raw_hash(stated)
    is_plain = guid and url and not _refused_dates(stated, now=now)
    return ParsedEntry(
        guid=guid,
        url=url,
        title=title,
        html=html,
        authors=names(stated.authors),
        language=language_tag(stated.language) or inherited,
        published=_believed(stated.published, now=now),
        updated=_believed(stated.updated, now=now),
        tags=_distinct(_fold(tag) for tag in stated.tags)[:_MOST_TAGS],
        image=picture_of(stated.images, html),
        raw_hash=raw,
        content_key=fingerprint(normalised(title), words_of(html)),
        license=_fold(stated.license or "") or None,
        external_url=absolute(stated.external_url, base_url=stated.base_url) if stated.external_url else None,
        telling_hash=_telling(stated, raw=raw, inherited=inherited) if is_plain else None,
    )


def problems_of(stated: Sequence[Stated], *, now: datetime) -> tuple[Problem, ...]:
    """What had to be refused in these entries: counted, with the first as an example."""
    dates = [date for entry in stated for date in _refused_dates(entry, now=now)]
    links = [entry.url for entry in stated if entry.url and entry.url.strip() and _url(entry) is None]
    return tuple(
        Problem(code=code, field=field, data={"count": len(refused), "example": _fold(refused[0])[:100]})
        for code, field, refused in (("dates_refused", "published", dates), ("links_refused", "url", links))
        if refused
    )


def one_line(text: StatedText | None) -> str:
    """A title: text without markup, on one line."""
    if text is None:
        return ""
    return _fold(plain(text.value) if text.is_html else text.value)[:_LONGEST_TITLE]


def names(stated: Iterable[str]) -> tuple[str, ...]:
    """Names of people, without their mail addresses: those are nobody's to publish."""
    return _distinct(_name(text) for text in stated)


def _name(stated: str) -> str:
    stated = stated[:_LONGEST_BYLINE]  # the patterns below take their time with a megabyte of it
    text = _fold(plain(stated)) if _MARKUP.search(stated) else _fold(stated)
    if found := _ADDRESS_THEN_NAME.match(text):
        return found["name"].strip()[:_LONGEST_NAME]
    return _ADDRESS.sub("", text).strip(" ,;<>()\"'")[:_LONGEST_NAME]


def _believed(date: StatedDate | None, *, now: datetime) -> datetime | None:
    return believable(date.moment, now=now) if date else None


def _refused_dates(stated: Stated, *, now: datetime) -> list[str]:
    return [
        date.text
        for date in (stated.published, stated.updated)
        if date and date.text.strip() and _believed(date, now=now) is None
    ]


def _guid(stated: Stated) -> str | None:
    return clean_text(stated.guid or "").strip()[:_LONGEST_GUID] or None


def _url(stated: Stated) -> str | None:
    return absolute(stated.url, base_url=stated.base_url) if stated.url else None


def _telling(stated: Stated, *, raw: str, inherited: Lang | None) -> str:
    """Of every word that the source wrote, and all that it means by its place in the document."""
    if stated.telling:
        return stated.telling
    kinds = [text and (text.is_html, text.base_url) for text in (stated.title, stated.text)]
    return fingerprint(_READING, raw, inherited, repr(kinds), repr(_REST(stated)))


def _raw_hash(stated: Stated) -> str:
    """Of what the source wrote, before any cleaning.

    Left out: dates, pictures and identifiers. Many feeds stamp *now* on every
    entry, sign their pictures' addresses or count comments at each request,
    and none of that is news to an editor.
    """
    return fingerprint(
        stated.title.value if stated.title else None,
        stated.text.value if stated.text else None,
        url_key(stated.url) or stated.url,
        stated.license,
        *stated.authors,
        "",
        *stated.tags,
    )


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _fold(text: str) -> str:
    return _SPACE.sub(" ", clean_text(text)).strip()
