"""XML of any kind → StatedFeed. Alone knows feedparser.

feedparser gets the bytes (it would open a string as an address or a path), the
Content-Type it came with, and no leave to sanitise or to resolve addresses in
markup: both are done once, by `text.clean` (FAULTS, findings 1, 2, 4 and 12).
"""

from __future__ import annotations

import codecs
import io
import re
from typing import Any

import feedparser  # type: ignore[import-untyped]  # ships no types

from curator.ingest.feeds.fields import feed_of
from curator.ingest.feeds.stated import StatedFeed
from curator.model import Problem, Unreadable
from curator.text import clean_text

_FEED_ROOTS = frozenset({"rss", "rdf", "feed", "entry", "channel"})
# Said of how it was served or declared, not of how it was written.
_FORGIVEN = (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)

_FIRST_TAG = re.compile(r"<([A-Za-z][\w.-]*:)?([A-Za-z][\w.-]*)")
_PROLOGUE = re.compile(
    r"\s*(?:<\?.*?(?:\?>|>)|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)", re.DOTALL | re.IGNORECASE
)
_HTML_DOCTYPE = re.compile(r"<!doctype\s+html", re.IGNORECASE)
_ENTRY_END = re.compile(r"</(?:\w+:)?(?:item|entry)\s*>|<(?:\w+:)?(?:item|entry)\b[^<>]*/>", re.IGNORECASE)
_ROOT_END = re.compile(r"</(?:\w+:)?(?:rss|feed|rdf|channel)\s*>", re.IGNORECASE)
_TAIL = 4_000


def read(body: bytes, *, content_type: str, url: str) -> StatedFeed | Unreadable:
    """What feedparser makes of it. It is not told the document's address.

    It would resolve identifiers too, and all entries of a feed that moves would be new.
    """
    try:
        document = feedparser.parse(
            io.BytesIO(body),
            response_headers={"content-type": content_type},
            sanitize_html=False,
            resolve_relative_uris=False,
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
    entries, truncated = _whole_entries(document, text)
    return feed_of(
        document.feed,
        entries,
        version=document.version or root or "xml",
        url=url,
        problems=_malformed(document, truncated=truncated),
    )


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
