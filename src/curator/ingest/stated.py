"""One entry in its format's own words, and what becomes of it.

Every reader (feedparser's formats, JSON Feed) brings its entries here, so that
cleaning, names, hashes and refusals are decided once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from curator.ingest.dates import believable
from curator.ingest.pictures import picture_of
from curator.model import Image, Lang, ParsedEntry, Problem
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
)

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


def settled(stated: Stated, *, inherited: Lang | None, now: datetime) -> ParsedEntry:
    """The entry made safe: nothing in it can run, mislead a sorter, or break a document.

    `inherited` is the feed's language.
    """
    title = one_line(stated.title)
    text = stated.text or StatedText(value="", is_html=True)
    html = clean(text.html(), base_url=text.base_url or stated.base_url)
    return ParsedEntry(
        guid=clean_text(stated.guid or "").strip()[:_LONGEST_GUID] or None,
        url=absolute(stated.url, base_url=stated.base_url) if stated.url else None,
        title=title,
        html=html,
        authors=names(stated.authors),
        language=language_tag(stated.language) or inherited,
        published=_believed(stated.published, now=now),
        updated=_believed(stated.updated, now=now),
        tags=_distinct(_fold(tag) for tag in stated.tags)[:_MOST_TAGS],
        image=picture_of(stated.images, html),
        raw_hash=_raw_hash(stated),
        content_key=fingerprint(normalised(title), normalised(plain(html))),
        license=_fold(stated.license or "") or None,
    )


def problems_of(stated: Sequence[Stated], *, now: datetime) -> tuple[Problem, ...]:
    """What had to be refused in these entries: counted, with the first as an example."""
    dates = [
        date.text
        for entry in stated
        for date in (entry.published, entry.updated)
        if date and date.text.strip() and _believed(date, now=now) is None
    ]
    links = [
        entry.url
        for entry in stated
        if entry.url and entry.url.strip() and absolute(entry.url, base_url=entry.base_url) is None
    ]
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
