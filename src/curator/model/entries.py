"""Entries: what a source said, as read, as stored and as compared."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from curator.model.sources import SourceKind
from curator.model.words import Lang, Problem, SafeHtml


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Title, author, source, licence (Creative Commons' TASL) of something quoted."""

    title: str | None
    authors: tuple[str, ...] = ()
    publisher: str | None
    url: str | None
    license: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture by address; `alt` and `credit` are None until somebody says them.

    `license` is a licence of the picture itself, as an address or in words, `permission` what an
    editor was allowed by whom. `named_in`: where a machine found it (media, text, opengraph, …);
    None: an editor did. `file_name`: one that stood where words should have; it may tell whose it is.
    """

    url: str
    alt: str | None = None
    credit: str | None = None
    width: int | None = None
    height: int | None = None
    license: str | None = None
    permission: str | None = None
    named_in: str | None = None
    file_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """One entry as a document states it: text cleaned, addresses absolute, dates sane or None.

    `raw_hash` is taken before any cleaning: equal hashes mean an unchanged entry.
    `content_key` fingerprints the cleaned title and text: identity's last rung.
    `telling_hash` covers every word of the entry in its document: who knows it need not read
    the entry again. None where that could hide something (no guid, no address, a refused date).
    """

    guid: str | None
    url: str | None
    title: str
    html: SafeHtml
    authors: tuple[str, ...]
    language: Lang | None
    published: datetime | None
    updated: datetime | None
    tags: tuple[str, ...]
    image: Image | None
    raw_hash: str
    content_key: str
    license: str | None = None
    telling_hash: str | None = None
    external_url: str | None = None  # what a link post is about, where `url` is the post's own
    said: str | None = (
        None  # the text as HTML before any cleaning, for who asked for it: to be read, never shown
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A document read. `problems` are things survived (bad dates, malformed tail), not failures.

    `unchanged` are the telling hashes of entries that were left out because the asker knew them.
    """

    kind: SourceKind
    format: str
    title: str
    home_url: str | None
    language: Lang | None
    license: str | None
    ttl: timedelta | None
    hub_url: str | None
    entries: tuple[ParsedEntry, ...]
    problems: tuple[Problem, ...] = ()
    unchanged: tuple[str, ...] = ()
    skip_hours: tuple[int, ...] = ()  # when it wants to be left alone, in UTC; days count from Monday = 0
    skip_days: tuple[int, ...] = ()
    next_url: str | None = None  # where the feed goes on (JSON Feed)
    topic_url: str | None = (
        None  # the document's own word for its address; a hub knows it by that (WebSub §4)
    )
    older_url: str | None = None  # where older entries are (RFC 5005): its archive, else its next page


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A body that is no feed, or that the reader had to give up; `code` starts with `read_`."""

    code: str
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed that a page names; `declared` by `<link rel=alternate>`, else only linked as if it were one."""

    url: str
    title: str | None
    media_type: str | None
    declared: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a source said, in its newest revision (`revision` counts from 1).

    `language` is the one its words are in, with the confidence in that; until somebody
    has looked (confidence None) the one that the source declares (`declared`).
    """

    id: int
    source_id: int
    identity: str
    guid: str | None
    url: str | None
    title: str
    html: SafeHtml
    authors: tuple[str, ...]
    language: Lang | None
    published: datetime | None
    updated: datetime | None
    tags: tuple[str, ...]
    image: Image | None
    license: str | None
    first_seen: datetime
    revision: int
    raw_hash: str
    content_key: str
    external_url: str | None = None
    declared: Lang | None = None
    language_confidence: float | None = None
    cleared_at: datetime | None = None  # since when `html` is empty, because nobody needed it any more
    goes_on: bool = False  # as it is quoted: its text says that there is more of it elsewhere


class Told(NamedTuple):
    """What leaving a stored entry unread takes; the newest of each."""

    guid: str | None
    telling_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """What recognising an entry needs to know of a stored one; `guid` and `url_key` as last seen."""

    id: int
    identity: str
    guid: str | None
    url_key: str | None
    content_key: str
    raw_hash: str
    revision: int
    title: str
    authors: tuple[str, ...]
    language: Lang | None
    published: datetime | None
    telling_hash: str | None = None
    cleared: bool = False  # of its text


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry nobody knew, and the identity it will keep within its source."""

    identity: str
    url_key: str | None
    said: ParsedEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedEntry:
    """A stored entry met again with something else about it; `revision` is the one it has from now on."""

    id: int
    revision: int
    url_key: str | None
    said: ParsedEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a document brings, compared with what is stored.

    `revised` say something else; `touched` say the same under another guid,
    address or markup: they are to be recognised next time, and are no news.
    `restored` say again what was let go: their text comes back where somebody waits for it.
    """

    new: tuple[NewEntry, ...] = ()
    revised: tuple[ChangedEntry, ...] = ()
    touched: tuple[ChangedEntry, ...] = ()
    restored: tuple[ChangedEntry, ...] = ()
    unchanged: int = 0
