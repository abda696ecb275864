"""Pages without a feed, and sitemaps: how they are read, and what was read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from curator.model.entries import ParsedFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """Where a listing keeps what; CSS, each relative to its item.

    `:scope` is the item itself, `~ …` what follows it before the next item,
    `^ …` the nearest before it (the date above a group of items). An `item`
    of `json-ld` or `json:…` reads the data that the page carries for machines.
    `seen`: how many entries these selectors found when they were chosen.
    """

    item: str
    title: str | None = None
    link: str | None = None
    date: str | None = None
    picture: str | None = None
    teaser: str | None = None
    seen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred:
    """What a page's structure seems to be, and the entries that come of it."""

    selectors: Selectors
    feed: ParsedFeed


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A sitemap that an index names."""

    url: str
    changed: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """A sitemap's entries; or, of an index, the sitemaps that it names, the most promising first."""

    feed: ParsedFeed | None = None
    places: tuple[Place, ...] = ()
