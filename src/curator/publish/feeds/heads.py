"""What a feed document says of itself, in all three formats."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]  # it has no types

import curator
from curator.model import Lang
from curator.publish.feeds.saying import plainly
from curator.publish.labels import label
from curator.publish.site import ATOM, FEED_TYPES, ICON, INDEX, RSS, WHOLE, Channel, Line, Site, month_page

GENERATOR = "Curator"
GENERATOR_URL = "https://github.com/curator-desk/curator"
_MINUTES_TO_KEEP = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHead:
    """One document of a channel: its feed as it is now, or an archive document (RFC 5005 §4).

    `path` is its own, `current`, `previous` and `next` are those of others in the chain: the feed
    as it is now, and what is older and newer. `updated` is when any of what it says last changed.
    """

    site: Site
    channel: Channel = WHOLE
    file: str = ATOM
    path: str
    updated: datetime
    archive: bool = False
    current: str | None = None
    previous: str | None = None
    next: str | None = None

    @property
    def id(self) -> str:
        """The same for all documents of a chain: they are one feed."""
        return self.site.channel_id(self.channel)

    @property
    def title(self) -> str:
        title, name = self.site.edition.title, self.channel.name
        match self.channel.line:
            case Line.EDITION:
                return title
            case Line.TAG:
                return f"{title} – #{name}"
            case _:
                return f"{title} – {label(self.site.edition, 'in_language', language=name)}"

    @property
    def subtitle(self) -> str | None:
        return self.site.edition.subtitle.strip() or None

    @property
    def language(self) -> Lang:
        return self.site.edition.language

    @property
    def url(self) -> str:
        return self.site.url(self.path)

    @property
    def page_url(self) -> str:
        """Of the page beside it, for people."""
        if self.archive:
            return self.site.url(month_page(self.path.rpartition("/")[2][:7]))
        return self.site.page_url(self.channel.path(INDEX))

    @property
    def hubs(self) -> tuple[str, ...]:
        """Who tells followers of changes; an archive document is not followed."""
        return () if self.archive else self.site.hubs


def generator(head: FeedHead) -> FeedGenerator:
    """Both XML formats' head as far as feedgen can lay it out."""
    feed = FeedGenerator()
    feed.id(head.id)
    feed.title(head.title)
    feed.updated(head.updated)
    feed.lastBuildDate(head.updated)
    feed.language(head.language)
    feed.author(name=plainly(head.site.edition.organisation), uri=head.site.home_url)
    feed.generator(GENERATOR, version=curator.__version__, uri=GENERATOR_URL)
    feed.icon(head.site.url(ICON))
    feed.ttl(_MINUTES_TO_KEEP)
    if head.subtitle or head.file == RSS:
        feed.subtitle(head.subtitle or head.title)  # RSS wants a description
    feed.link(href=head.url, rel="self", type=FEED_TYPES[head.file])
    for hub in head.hubs:
        feed.link(href=hub, rel="hub")
    if head.file == ATOM:
        # RFC 5005 has an archive document in a chain: what follows the first of all is the feed as it is now.
        after = head.next or (head.current if head.archive and not head.previous else None)
        others = {"current": head.current, "prev-archive": head.previous, "next-archive": after}
        for rel, path in others.items():
            if path:
                feed.link(href=head.site.url(path), rel=rel, type=FEED_TYPES[ATOM])
    # Last, because feedgen takes the last link for RSS's channel/link, which is the page.
    feed.link(href=head.page_url, rel="alternate", type="text/html", hreflang=head.language)
    return feed
