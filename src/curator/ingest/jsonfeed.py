"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), read by ourselves: feedparser knows no JSON.

What a field should be is never what it is: every value is asked for its type,
and a wrong one counts as absent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from curator.ingest.dates import from_iso
from curator.ingest.stated import Stated, StatedDate, StatedText, one_line, problems_of, settled
from curator.model import Image, ParsedFeed, Problem, SourceKind, Unreadable
from curator.text import absolute, clean_text, language_tag

_VERSION_PREFIXES = ("https://jsonfeed.org/version/", "http://jsonfeed.org/version/")


def looks_like_json(body: bytes) -> bool:
    start = body[:200].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    return start.startswith((b"{", b"["))


def parse_json(body: bytes, *, url: str, now: datetime) -> ParsedFeed | Unreadable:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):  # UnicodeDecodeError is a ValueError
        return Unreadable(code="read_not_a_feed", data={"found": "json"})
    if not isinstance(document, dict) or not _is_feed(document):
        return Unreadable(code="read_not_a_feed", data={"found": "json"})
    return _feed(document, url=url, now=now)


def _is_feed(document: Mapping[str, Any]) -> bool:
    version = document.get("version")
    return (isinstance(version, str) and version.startswith(_VERSION_PREFIXES)) or (
        # Written by hand, without the version: a title and a list of items that look like items.
        isinstance(document.get("title"), str)
        and any(_looks_like_item(item) for item in _list(document, "items"))
    )


def _looks_like_item(item: object) -> bool:
    return isinstance(item, dict) and not item.keys().isdisjoint({"content_html", "content_text"})


def _feed(document: Mapping[str, Any], *, url: str, now: datetime) -> ParsedFeed:
    version = _text(document, "version") or ""
    language = language_tag(_text(document, "language"))
    authors = _authors(document)
    listed = _list(document, "items")
    items = [item for item in listed if isinstance(item, dict)]
    stated = [_entry(item, feed_authors=authors, url=url) for item in items]
    problems = problems_of(stated, now=now)
    if len(items) < len(listed):
        problems += (Problem(code="items_refused", field="items", data={"count": len(listed) - len(items)}),)
    return ParsedFeed(
        kind=SourceKind.FEED,
        format="json1" if version.rstrip("/").endswith("/1") else "json11",
        title=one_line(_stated_text(_text(document, "title"))),
        home_url=absolute(_text(document, "home_page_url"), base_url=url),
        language=language,
        license=None,
        ttl=None,
        hub_url=_hub(document, url=url),
        topic_url=absolute(_text(document, "feed_url"), base_url=url),
        entries=tuple(settled(entry, inherited=language, now=now) for entry in stated),
        problems=problems,
    )


def _entry(item: Mapping[str, Any], *, feed_authors: tuple[str, ...], url: str) -> Stated:
    html = _text(item, "content_html")
    text = _text(item, "content_text") or _text(item, "summary")
    link = _text(item, "url") or _text(item, "external_url")
    return Stated(
        guid=_identifier(item.get("id")),
        url=link,
        title=_stated_text(_text(item, "title")),
        text=StatedText(value=html, is_html=True) if html else _stated_text(text),
        base_url=absolute(link, base_url=url) or url,
        authors=_authors(item) or feed_authors,
        language=_text(item, "language"),
        published=_date(item, "date_published"),
        updated=_date(item, "date_modified"),
        tags=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        images=_images(item, url=url),
    )


def _identifier(value: object) -> str | None:
    """The specification wants a string and forgives a number (§ Items, `id`)."""
    match value:
        case bool() | None:
            return None
        case str():
            return value
        case int() | float():
            return json.dumps(value)
        case _:
            return None


def _authors(value: Mapping[str, Any]) -> tuple[str, ...]:
    """`authors` of 1.1, else `author` of 1.0; some write plain strings."""
    stated = _list(value, "authors") or [value.get("author")]
    named = (author.get("name") if isinstance(author, dict) else author for author in stated)
    return tuple(name for name in named if isinstance(name, str))


def _images(item: Mapping[str, Any], *, url: str) -> tuple[Image, ...]:
    stated = [_text(item, "image"), _text(item, "banner_image")]
    attachments = (each for each in _list(item, "attachments") if isinstance(each, dict))
    stated += [_text(a, "url") for a in attachments if (_text(a, "mime_type") or "").startswith("image/")]
    found = (absolute(address, base_url=url) for address in stated if address)
    return tuple(Image(url=address) for address in found if address)


def _hub(document: Mapping[str, Any], *, url: str) -> str | None:
    hubs = (hub for hub in _list(document, "hubs") if isinstance(hub, dict))
    return next(
        (
            found
            for hub in hubs
            if (found := absolute(_text(hub, "url"), base_url=url)) and hub.get("type") == "WebSub"
        ),
        None,
    )


def _date(item: Mapping[str, Any], key: str) -> StatedDate | None:
    text = _text(item, key)
    return StatedDate(text=text, moment=from_iso(text)) if text else None


def _stated_text(value: str | None) -> StatedText | None:
    return StatedText(value=value, is_html=False) if value is not None else None


def _text(value: Mapping[str, Any], key: str) -> str | None:
    found = value.get(key)
    return clean_text(found) if isinstance(found, str) and found.strip() else None


def _list(value: Mapping[str, Any], key: str) -> list[Any]:
    found = value.get(key)
    return found if isinstance(found, list) else []
