"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), read by ourselves: feedparser knows no JSON.

What a field should be is never what it is: every value is asked for its type,
and a wrong one counts as absent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from curator.ingest.feeds.stated import Stated, StatedDate, StatedFeed, StatedText, one_line, told
from curator.model import Image, ParsedFeed, Problem, Unreadable
from curator.text import absolute, clean_text, language_tag
from curator.text.dates import from_iso

_VERSION = re.compile(
    r"\s*(?:https?:)?(?://)?(?:www\.)?jsonfeed\.org/version/(?P<number>[\d.]*)", re.IGNORECASE
)
_LONGEST_NUMBER = 100  # digits; Python refuses to read one of 5,000, and with it the feed


def looks_like_json(body: bytes) -> bool:
    start = body[:200].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")
    return start.startswith((b"{", b"["))


def parse_json(
    body: bytes, *, url: str, now: datetime, known: Collection[str] = (), as_said: bool = False
) -> ParsedFeed | Unreadable:
    """The feed, without the entries whose telling is `known`; `as_said`: their texts uncleaned as well."""
    try:
        # Not strict: a line break inside a string is not worth a feed.
        document = json.loads(_decoded(body), strict=False, parse_int=_number)
    except (ValueError, RecursionError):
        return Unreadable(code="read_not_a_feed", data={"found": "json"})
    if not isinstance(document, dict) or not _is_feed(document):
        return Unreadable(code="read_not_a_feed", data={"found": "json"})
    feed = told(_feed(document, url=url), known=known, as_said=as_said, now=now)
    return replace(feed, next_url=absolute(_text(document, "next_url"), base_url=url))


def _decoded(body: bytes) -> str:
    """UTF-8 (RFC 8259 §8.1), or UTF-16 and 32 where that shows; a broken byte costs one character."""
    return body.decode(json.detect_encoding(body), "replace")


def _number(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else digits


def _is_feed(document: Mapping[str, Any]) -> bool:
    version = document.get("version")
    return (isinstance(version, str) and _VERSION.match(version) is not None) or (
        # Written by hand, without the version: a title and a list of items that look like items.
        isinstance(document.get("title"), str)
        and any(_looks_like_item(item) for item in _list(document, "items"))
    )


def _looks_like_item(item: object) -> bool:
    return isinstance(item, dict) and not item.keys().isdisjoint({"content_html", "content_text"})


def _feed(document: Mapping[str, Any], *, url: str) -> StatedFeed:
    version = _VERSION.match(_text(document, "version") or "")
    authors = _authors(document)
    listed = _list(document, "items")
    items = [item for item in listed if isinstance(item, dict)]
    refused = Problem(code="items_refused", field="items", data={"count": len(listed) - len(items)})
    expired = Problem(code="feed_expired")
    return StatedFeed(
        format="json1" if version and version["number"].rstrip(".") in {"1", "1.0"} else "json11",
        title=one_line(_stated_text(_text(document, "title"))),
        home_url=absolute(_text(document, "home_page_url"), base_url=url),
        language=language_tag(_text(document, "language")),
        license=None,
        ttl=None,
        hub_url=_hub(document, url=url),
        topic_url=absolute(_text(document, "feed_url"), base_url=url),
        entries=tuple(_entry(item, feed_authors=authors, url=url) for item in items),
        problems=(
            *([refused] if len(items) < len(listed) else ()),
            *([expired] if document.get("expired") is True else ()),
        ),
    )


def _entry(item: Mapping[str, Any], *, feed_authors: tuple[str, ...], url: str) -> Stated:
    html = _text(item, "content_html")
    text = _text(item, "content_text") or _text(item, "summary")
    elsewhere = _text(item, "external_url")  # a link post is about a page of somebody else's
    link = _text(item, "url") or elsewhere
    return Stated(
        guid=_identifier(item.get("id")),
        url=link,
        external_url=elsewhere if elsewhere != link else None,
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
    """`image`, else `banner_image`, else an attached picture; sound and film are no pictures."""
    attached = [each for each in _list(item, "attachments") if isinstance(each, dict)]
    pictures = [a for a in attached if (_text(a, "mime_type") or "").strip().lower().startswith("image/")]
    stated = [
        (_text(item, "image"), None),
        (_text(item, "banner_image"), None),
        *((_text(picture, "url"), _text(picture, "title")) for picture in pictures),
    ]
    found = ((absolute(address, base_url=url), title) for address, title in stated)
    return tuple(Image(url=address, alt=title, named_in="feed") for address, title in found if address)


def _hub(document: Mapping[str, Any], *, url: str) -> str | None:
    hubs = (hub for hub in _list(document, "hubs") if isinstance(hub, dict))
    return next(
        (
            found
            for hub in hubs
            if (found := absolute(_text(hub, "url"), base_url=url))
            and (_text(hub, "type") or "").strip().lower() == "websub"
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
