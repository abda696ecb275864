"""Bytes → ParsedFeed, by whichever reader is the cheapest that reads them right.

A well-formed RSS 2.0 or Atom document is read by `strict`, JSON by `jsonfeed`,
and everything else by `lenient`, which is feedparser and the judge of what
`strict` may say. feedparser is not even loaded before a document needs it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from curator.ingest.feeds import strict
from curator.ingest.feeds.jsonfeed import looks_like_json, parse_json
from curator.ingest.feeds.references import mended
from curator.ingest.feeds.stated import StatedFeed, told
from curator.model import ParsedFeed, Unreadable

# What a script says of a charset it does not know; Python has a codec of that name, which only ever raises.
_UNDEFINED = re.compile(r";\s*charset=[\"']?undefined\b[\"']?", re.IGNORECASE)


def parse(
    body: bytes,
    *,
    content_type: str | None,
    url: str,
    now: datetime,
    known: Collection[str] = (),
    as_said: bool = False,
) -> ParsedFeed | Unreadable:
    """What this document says, whichever format it is in; never an exception, whatever the bytes.

    Entries whose telling is `known` are left out, see `ingest.reconcile.skippable`. `as_said`: each
    entry brings its text uncleaned as well; then nothing may be known.
    """
    body = mended(body)
    if not body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return Unreadable(code="read_empty")
    if looks_like_json(body):
        return parse_json(body, url=url, now=now, known=known, as_said=as_said)
    # Without any Content-Type feedparser would take a missing declaration for ISO 8859-1.
    stated_type = _UNDEFINED.sub("", content_type or "") or "application/xml"
    stated = strict.read(body, content_type=stated_type, url=url) or _lenient(
        body, stated_type, url=url, known=known
    )
    return stated if isinstance(stated, Unreadable) else told(stated, known=known, as_said=as_said, now=now)


def _lenient(body: bytes, content_type: str, *, url: str, known: Collection[str]) -> StatedFeed | Unreadable:
    from curator.ingest.feeds import leaving, lenient  # a fifth of a second, and most workers never need them

    document = strict.as_utf8(body, content_type)
    rest = leaving.rest_of(document, url=url, known=known) if document else None
    if rest is None:
        return lenient.read(body, content_type=content_type, url=url)
    whole = (body, content_type) if not rest.unchanged else (rest.body, "application/xml; charset=utf-8")
    feed = lenient.read(whole[0], content_type=whole[1], url=url)
    if isinstance(feed, StatedFeed) and len(feed.entries) == len(rest.hashes):
        told_again = zip(feed.entries, rest.hashes, strict=True)
        entries = tuple(replace(entry, telling=digest) for entry, digest in told_again)
        return replace(feed, entries=entries, unchanged=rest.unchanged)
    return lenient.read(body, content_type=content_type, url=url)
