"""Publications → Atom, RSS 2.0 and JSON Feed 1.1: each entry's bytes, and documents put together from them.

feedgen lays out what it can: the heads of the XML formats and the plain parts of an
entry. What it cannot say is said on its finished lxml elements: links with their
attributes (python-feedgen#135: it drops them from entries), a whole atom:source,
xml:lang per construct, XHTML content (it parses HTML as XML and fails on `&nbsp;`),
archives, tombstones, and the modules of RSS.
"""

from curator.publish.feeds.atom import atom_entry, atom_feed
from curator.publish.feeds.heads import FeedHead
from curator.publish.feeds.jsonfeed import json_feed, json_item
from curator.publish.feeds.rss import rss_feed, rss_item

__all__ = [
    "FeedHead",
    "atom_entry",
    "atom_feed",
    "json_feed",
    "json_item",
    "rss_feed",
    "rss_item",
]
