"""Bytes → ParsedFeed. Alone knows feedparser.

feedparser gets the bytes (it would open a string as an address or a path), the
Content-Type it came with, and no leave to sanitise or to resolve addresses in
markup: both are done once, by `text.clean` (FAULTS, findings 1, 2, 4 and 12).
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import feedparser  # type: ignore[import-untyped]  # ships no types

from curator.ingest.dates import from_numbers, in_words
from curator.ingest.jsonfeed import looks_like_json, parse_json
from curator.ingest.references import mended
from curator.ingest.stated import Stated, StatedDate, StatedText, one_line, problems_of, settled
from curator.model import Image, ParsedFeed, Problem, SourceKind, Unreadable
from curator.text import absolute, clean_text, language_tag, safe_url

_FEED_ROOTS = frozenset({"rss", "rdf", "feed", "entry", "channel"})
_MARKUP_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_TEXT_TYPES = _MARKUP_TYPES | {"text/plain", "text/markdown", ""}
# Said of how it was served or declared, not of how it was written.
_FORGIVEN = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)
_LONGEST_LICENSE = 300
_MOST_TTL_MINUTES = 60 * 24 * 30

# What a script says of a charset it does not know; Python has a codec of that name, which only ever raises.
_UNDEFINED = re.compile(r";\s*charset=[\"']?undefined\b[\"']?", re.IGNORECASE)
_FIRST_TAG = re.compile(r"<([A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)")
_PROLOGUE = re.compile(
    r"\s*(?:<\?.*?(?:\?>|>)|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)", re.DOTALL | re.IGNORECASE
)
_HTML_DOCTYPE = re.compile(r"<!doctype\s+html", re.IGNORECASE)
_ENTRY_END = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>|<(?:\w+:)?(?:item|entry)\b[^<>]*/>", re.IGNORECASE)
_ROOT_END = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_TAIL = 4_000


def parse(
    body: bytes,
    *,
    content_type: str | None,
    url: str,
    now: datetime,
    known: Collection[str] = (),  # noqa: ARG001  until entries carry their telling hash
) -> ParsedFeed | Unreadable:
    """What this document says, whichever format it is in; never an exception, whatever the bytes."""
    body = mended(body)
    if not body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return Unreadable(code="read_empty")
    if looks_like_json(body):
        return parse_json(body, url=url, now=now)
    # Without any Content-Type feedparser would take a missing declaration for ISO 8859-1. It is not told the
    # document's address: it would resolve identifiers too, and all entries of a feed that moves would be new.
    headers = {"content-type": _UNDEFINED.sub("", content_type or "") or "application/xml"}
    try:
        document = feedparser.parse(
            io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
        )
    except MemoryError:
        raise  # says something about the machine or its limits, not about the feed
    except Exception as error:  # noqa: BLE001  a foreign parser on hostile input raises anything; the feed is unreadable
        return Unreadable(code="read_crashed", data={"detail": type(error).__name__})
    text = _decoded(body, document)
    root = _root(text)
    if root == "html":
        return Unreadable(code="read_html")
    if not (document.entries or document.version or root in _FEED_ROOTS):
        is_page = _HTML_DOCTYPE.search(text[:1_000])
        return (
            Unreadable(code="read_html")
            if is_page
            else Unreadable(code="read_not_a_feed", data={"found": root or "text"})
        )
    return _feed(document, text=text, root=root, url=url, now=now)


def _feed(document: Any, *, text: str, root: str | None, url: str, now: datetime) -> ParsedFeed:
    feed = document.feed
    is_atom = document.version.startswith("atom")
    language = language_tag(_text(feed, "language"))
    entries, truncated = _whole_entries(document, text)
    inherited_authors = tuple(_author_names(feed)) if is_atom else ()  # RFC 4287 §4.2.1
    stated = [_stated(entry, url=url, inherited_authors=inherited_authors) for entry in entries]
    return ParsedFeed(
        kind=SourceKind.FEED,
        format=document.version or root or "xml",
        title=one_line(_passage(feed, "title", url=url)),
        home_url=_home(feed, url=url),
        language=language,
        license=_license(feed, url=url),
        ttl=_ttl(feed),
        hub_url=next(_links(feed, rel="hub", url=url), None),
        topic_url=next(_links(feed, rel="self", url=url), None),
        entries=tuple(settled(entry, inherited=language, now=now) for entry in stated),
        problems=(*_malformed(document, truncated=truncated), *problems_of(stated, now=now)),
    )


def _stated(entry: Any, *, url: str, inherited_authors: tuple[str, ...]) -> Stated:
    title, text = _passage(entry, "title", url=url), _body(entry, url=url)
    base_url = text.base_url if text and text.base_url else url
    return Stated(
        guid=_text(entry, "id"),
        url=_link(entry, url=url),
        title=title,
        text=text,
        base_url=base_url,
        authors=tuple(_author_names(entry)) or inherited_authors,
        language=_language(entry),
        published=_date(entry, "published") or _date(entry, "created"),
        updated=_date(entry, "updated"),
        tags=tuple(
            tag.get("label") or tag.get("term") or "" for tag in _dicts(entry, "tags") if tag.get("term")
        ),
        images=tuple(_images(entry, base_url=base_url)),
        license=_license(entry, url=url),
    )


# ── what kind of document ───────────────────────────────────────────────────


def _decoded(body: bytes, document: Any) -> str:
    encoding = document.get("encoding") or "utf-8"
    try:
        codecs.lookup(encoding)
        return body.decode(encoding, "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")


def _root(text: str) -> str | None:
    """The local name of the first element, behind declarations, comments and document types."""
    position = 0
    start = text[:100_000].lstrip("\ufeff \t\r\n\x00")
    while prologue := _PROLOGUE.match(start, position):
        position = prologue.end()
    found = _FIRST_TAG.search(start, position)
    return found[2].lower() if found else None


def _whole_entries(document: Any, text: str) -> tuple[list[Any], bool]:
    """The entries, without one that the document broke off in: half an article is not what somebody said."""
    entries = list(document.entries)
    broken = bool(document.bozo) and not isinstance(document.get("bozo_exception"), _FORGIVEN)
    if not broken or not entries or _ROOT_END.search(text[-_TAIL:]):
        return entries, False
    ended = len(_ENTRY_END.findall(text))
    return (entries[:-1], True) if ended < len(entries) else (entries, True)


def _malformed(document: Any, *, truncated: bool) -> tuple[Problem, ...]:
    if truncated:
        return (Problem(code="feed_truncated"),)
    error = document.get("bozo_exception")
    if not document.bozo or error is None or isinstance(error, _FORGIVEN):
        return ()
    said = getattr(error, "getMessage", lambda: type(error).__name__)()
    line = getattr(error, "getLineNumber", lambda: None)()
    return (Problem(code="feed_malformed", data={"detail": clean_text(str(said))[:100], "line": line}),)


# ── fields ──────────────────────────────────────────────────────────────────


def _stated_value(of: Any, key: str) -> Any:
    """The value under exactly this key: FeedParserDict answers `updated` with `published`, and warns."""
    return dict.get(of, key)


def _text(of: Any, key: str) -> str | None:
    value = _stated_value(of, key)
    return value if isinstance(value, str) and value.strip() else None


def _dicts(of: Any, key: str) -> list[Mapping[str, Any]]:
    value = _stated_value(of, key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _passage(of: Any, key: str, *, url: str) -> StatedText | None:
    value = _text(of, key)
    if value is None:
        return None
    detail = _stated_value(of, f"{key}_detail") or {}
    return _as_passage({"type": "text/html", **detail, "value": value}, url=url)


def _as_passage(detail: Mapping[str, Any], *, url: str) -> StatedText:
    return StatedText(
        value=detail["value"],
        is_html=(detail.get("type") or "text/html") in _MARKUP_TYPES,
        base_url=absolute(detail.get("base"), base_url=url) or url,
    )


def _body(entry: Any, *, url: str) -> StatedText | None:
    """The fullest text: markup before plain text, content before summary."""
    contents = [
        detail
        for detail in _dicts(entry, "content")
        if isinstance(detail.get("value"), str)
        and detail["value"].strip()
        and (detail.get("type") or "") in _TEXT_TYPES
    ]
    if contents:
        fullest = max(contents, key=lambda d: (d.get("type") in _MARKUP_TYPES, len(d["value"])))
        return _as_passage(fullest, url=url)
    return _passage(entry, "summary", url=url)


def _language(entry: Any) -> str | None:
    """xml:lang of the text, else of the title; feedparser has already looked up the tree."""
    details = [
        *_dicts(entry, "content"),
        *(_stated_value(entry, k) for k in ("summary_detail", "title_detail")),
    ]
    found = (detail.get("language") for detail in details if isinstance(detail, dict))
    return next((language for language in found if isinstance(language, str) and language), None)


def _link(entry: Any, *, url: str) -> str | None:
    """Where the entry can be read; FeedBurner keeps the true address beside its own, which may die."""
    original = _text(entry, "feedburner_origlink")
    if original and safe_url(original):
        return original
    stated = next(_hrefs(entry, rel="alternate"), None)
    link = _text(entry, "link") or stated
    # feedparser takes a guid for a link unless isPermaLink says otherwise; often it is a bare number.
    is_mere_guid = stated is None and link and not link.startswith(("http://", "https://", "/"))
    return None if link is None or is_mere_guid else absolute(link, base_url=url) or link


def _home(feed: Any, *, url: str) -> str | None:
    link = _text(feed, "link")
    return absolute(link, base_url=url) if link else None


def _hrefs(of: Any, *, rel: str) -> Iterator[str]:
    for link in _dicts(of, "links"):
        if link.get("rel") == rel and isinstance(link.get("href"), str):
            yield link["href"]


def _links(of: Any, *, rel: str, url: str) -> Iterator[str]:
    return (found for href in _hrefs(of, rel=rel) if (found := absolute(href, base_url=url)))


def _author_names(of: Any) -> Iterable[str]:
    authors, stated = _dicts(of, "authors"), _text(of, "author")
    if stated and len(authors) <= 1:
        # Whole: feedparser splits mail addresses off by a pattern that knows no ending longer than `.info`.
        yield stated
        return
    for author in authors:
        if isinstance(author.get("name"), str):
            yield author["name"]


def _date(entry: Any, key: str) -> StatedDate | None:
    text = _text(entry, key)
    if text is None:
        return None
    numbers = _stated_value(entry, f"{key}_parsed")
    return StatedDate(text=text, moment=from_numbers(numbers) if numbers else in_words(text))


def _license(of: Any, *, url: str) -> str | None:
    stated = next(_links(of, rel="license", url=url), None) or one_line(_passage(of, "rights", url=url))
    return stated[:_LONGEST_LICENSE] or None


def _ttl(feed: Any) -> timedelta | None:
    stated = (_text(feed, "ttl") or "").strip()
    if not stated.isdecimal() or len(stated) > len(str(_MOST_TTL_MINUTES)):
        return None
    return timedelta(minutes=min(int(stated), _MOST_TTL_MINUTES)) or None


def _images(entry: Any, *, base_url: str) -> Iterable[Image]:
    """Pictures that the entry names outside its text: Media RSS, enclosures, iTunes."""
    credit = next(
        (c["content"] for c in _dicts(entry, "media_credit") if isinstance(c.get("content"), str)), None
    )
    enclosures = [link for link in _dicts(entry, "links") if link.get("rel") == "enclosure"]
    itunes = _stated_value(entry, "image")
    for stated in (
        *(m for m in _dicts(entry, "media_content") if _is_picture(m)),
        *_dicts(entry, "media_thumbnail"),
        *(e for e in enclosures if _is_picture(e)),
        *([itunes] if isinstance(itunes, dict) else []),
    ):
        address = absolute(stated.get("url") or stated.get("href"), base_url=base_url)
        if address:
            yield Image(
                url=address,
                credit=credit,
                width=_size(stated.get("width")),
                height=_size(stated.get("height")),
            )


def _is_picture(media: Mapping[str, Any]) -> bool:
    kind, medium = str(media.get("type") or ""), str(media.get("medium") or "")
    path = str(media.get("url") or media.get("href") or "").split("?", 1)[0].lower()
    return (
        kind.startswith("image/")
        or medium == "image"
        or path.endswith((".jpg", ".jpeg", ".png", ".webp", ".gif"))
    )


def _size(stated: object) -> int | None:
    text = str(stated or "").strip()
    return int(text) if text.isdecimal() and len(text) <= 5 else None  # noqa: PLR2004  no picture is wider
