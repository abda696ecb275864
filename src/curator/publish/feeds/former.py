"""Whole documents at once, as they were asked for until publish/press.py puts them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from curator.model import Lang, Publication
from curator.publish.feeds import jsonfeed
from curator.publish.feeds.atom import atom_entry, atom_feed
from curator.publish.feeds.heads import FeedHead
from curator.publish.feeds.jsonfeed import json_item
from curator.publish.feeds.rss import rss_feed, rss_item
from curator.publish.showing import Shown
from curator.publish.site import ATOM, JSON_FEED, RSS, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """What one feed says: entries newest first, what was withdrawn, and when any of it last changed."""

    site: Site
    shown: Sequence[Shown]
    withdrawn: Sequence[Publication] = ()
    updated: datetime

    @property
    def language(self) -> Lang:
        return self.site.edition.language

    def head(self, file: str) -> FeedHead:
        return FeedHead(site=self.site, file=file, path=file, updated=self.updated)


def atom(document: FeedDocument) -> bytes:
    entries = (atom_entry(shown, document.site) for shown in document.shown)
    return atom_feed(document.head(ATOM), entries, document.withdrawn)


def rss(document: FeedDocument) -> bytes:
    return rss_feed(document.head(RSS), (rss_item(shown, document.site) for shown in document.shown))


def json_feed(of: FeedDocument | FeedHead, items: Iterable[bytes] = ()) -> bytes:
    if isinstance(of, FeedHead):
        return jsonfeed.json_feed(of, items)
    return jsonfeed.json_feed(of.head(JSON_FEED), (json_item(shown, of.site) for shown in of.shown))
