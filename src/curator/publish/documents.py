"""What a site consists of, a type for each kind of file: who is in it, and what else it says.

Structs, not dataclasses: a publish of one item goes through all documents of
ten thousand, and these are made in a tenth of the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from curator.model import Copy, Glance, Issue
from curator.publish.redirects import Lead
from curator.publish.site import Channel, Line


class Document(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One file below the public folder. `inputs` differs whenever anything that it is made of does.

    `packed`: so many ask for it that its packed forms lie beside it; whoever serves any other packs it
    when it is asked for. `gone`: it says what was withdrawn.
    """

    path: str
    edition: str
    inputs: str

    @property
    def packed(self) -> bool:
        return False

    @property
    def gone(self) -> bool:
        return False

    @property
    def members(self) -> Sequence[Glance]:
        """Whose texts are in it."""
        return ()


class _Packed(Document, frozen=True, kw_only=True):
    @property
    def packed(self) -> bool:
        return True


class PictureFile(Document, frozen=True, kw_only=True):
    copy: Copy


class SharedFile(_Packed, frozen=True, kw_only=True):
    """One of `site.SHARED`: all editions have it in common."""


class ItemPage(Document, frozen=True, kw_only=True):
    """`translations`: the same item in other editions. `shared`: as in `Around`."""

    item: Glance
    newer: Glance | None
    older: Glance | None
    translations: tuple[Glance, ...]
    shared: tuple[str, ...]

    @property
    def members(self) -> Sequence[Glance]:
        return (self.item,)


class WithdrawnPage(Document, frozen=True, kw_only=True):
    item: Glance

    @property
    def gone(self) -> bool:
        return True


class IssuePage(Document, frozen=True, kw_only=True):
    number: int


class _Listed(Document, frozen=True, kw_only=True):
    shown: tuple[Glance, ...]

    @property
    def members(self) -> Sequence[Glance]:
        return self.shown


class IndexPage(_Listed, frozen=True, kw_only=True):
    """Newest first. `number` None: the front; neighbours by their paths in the edition's folder."""

    channel: Channel
    number: int | None
    newer: str | None
    older: str | None

    @property
    def packed(self) -> bool:
        return self.number is None and self.channel.line is Line.EDITION


class FeedFile(_Listed, frozen=True, kw_only=True):
    """Newest first. The paths of the chain (RFC 5005 §4) are of the edition's folder, as `name` is.

    `news`: another word whenever hubs are to hear of it; empty: they are told of others.
    """

    channel: Channel
    file: str
    name: str
    updated: datetime
    withdrawn: tuple[Glance, ...] = ()
    archive: bool = False
    current: str | None = None
    previous: str | None = None
    next: str | None = None
    news: str = ""

    @property
    def packed(self) -> bool:
        return not self.archive and self.channel.line is Line.EDITION


class ListingPage(Document, frozen=True, kw_only=True):
    """The topics, sources or languages there are: each with how many items and when the newest came."""

    line: Line
    entries: tuple[tuple[Channel, int, datetime], ...]


class ArchivePage(Document, frozen=True, kw_only=True):
    """The months, newest first, and how many items each has; and how many have no date."""

    months: tuple[tuple[str, int], ...]
    undated: int = 0


class MonthPage(_Listed, frozen=True, kw_only=True):
    month: str
    newer: str | None
    older: str | None


class UndatedPage(_Listed, frozen=True, kw_only=True):
    """What nobody knows the date of."""


class NewsletterPage(Document, frozen=True, kw_only=True):
    """The newest first, without the letters' texts, and whether items of it have changed since."""

    issues: tuple[tuple[Issue, bool], ...]


class AboutPage(Document, frozen=True, kw_only=True):
    pass


class FeedPage(_Listed, frozen=True, kw_only=True):
    """The feeds there are, and the newest of what is in them, for people.

    `empty`: there is nothing at all to read yet; what was imported may be in no feed.
    """

    channels: tuple[Channel, ...]
    empty: bool


class SearchPage(Document, frozen=True, kw_only=True):
    """`shards`: how many parts the index has."""

    shards: int


class SearchShard(_Listed, frozen=True, kw_only=True):
    @property
    def packed(self) -> bool:
        return True


class SitemapPart(Document, frozen=True, kw_only=True):
    """The items of a month, or those without a date, each with its translations; or pages of no item."""

    items: tuple[tuple[Glance, tuple[Glance, ...]], ...] = ()
    pages: tuple[str, ...] = ()


class NewsSitemap(_Listed, frozen=True, kw_only=True):
    """What search engines take for news."""


class Sitemap(_Packed, frozen=True, kw_only=True):
    """`parts`: paths, with when what is in them last changed."""

    parts: tuple[tuple[str, datetime | None], ...]


class RedirectsFile(Document, frozen=True, kw_only=True):
    """One of `redirects.FILES`: where old addresses lead."""

    leads: tuple[Lead, ...]
