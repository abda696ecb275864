"""Documents → bytes. What several of them show of an item is made once, and texts are loaded by need.

Documents are made in the order in which readers got their items, whatever
order they were asked for in: so a few thousand items kept in memory are enough
for a site of any size.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import singledispatchmethod
from itertools import islice
from typing import TypeVar

from curator.model import Glance, Issue, Letter, Publication
from curator.publish import feeds, pages, recall, redirects, searching, showing, sitemaps
from curator.publish.around import Around, Link, Translation
from curator.publish.documents import (
    AboutPage,
    ArchivePage,
    Document,
    FeedFile,
    FeedPage,
    IndexPage,
    IssuePage,
    ItemPage,
    ListingPage,
    MonthPage,
    NewsletterPage,
    NewsSitemap,
    PictureFile,
    RedirectsFile,
    SearchPage,
    SearchShard,
    SharedFile,
    Sitemap,
    SitemapPart,
    UndatedPage,
    WithdrawnPage,
)
from curator.publish.letter import for_everybody
from curator.publish.showing import Shown
from curator.publish.site import ATOM, JSON_FEED, NOT_FOUND, ROBOTS, RSS, SITEMAP, Line, Site, item_path
from curator.store import Transaction

_KEPT = 1024  # items of which what was made is in memory: some 30 MB where their texts are long
_AT_ONCE = 100  # documents for which texts are loaded in one question
_MANY = 250  # items of one document: more are loaded in turn, as it goes through them

Key = tuple[str, int, str]
"""An item in an edition, as it is now."""

Made = TypeVar("Made")


class _Kept(dict[Key, Made]):
    """What was made of items; the oldest goes when there are too many."""

    def __init__(self, most: int = _KEPT) -> None:
        super().__init__()
        self._most = most

    def keep(self, key: Key, made: Made) -> Made:
        if len(self) >= self._most:
            del self[next(iter(self))]
        self[key] = made
        return made


class Fragments:
    """What was made of items, for the next publish of this process, too: most of a feed is as it was."""

    def __init__(self) -> None:
        self._begin(())

    def of(self, sites: Sequence[Site]) -> Fragments:
        """What was made for other sites is of no use: their words, addresses and templates are in it."""
        if tuple(sites) != self.sites:
            self._begin(sites)
        return self

    def _begin(self, sites: Sequence[Site]) -> None:
        self.sites = tuple(sites)
        self.loaded: _Kept[Publication] = _Kept()
        self.shown: _Kept[Shown] = _Kept()
        self.listed: _Kept[Shown] = _Kept()
        self.entries: Mapping[str, _Kept[bytes]] = {file: _Kept() for file in _ENTRY}


class Press:
    """`told` of documents made, and of how many there are."""

    def __init__(self, tx: Transaction, fragments: Fragments, *, told: Callable[[int, int], None]) -> None:
        self._tx, self._told = tx, told
        self._every = fragments.sites
        self._sites: Mapping[str, Site] = {site.edition.key: site for site in fragments.sites}
        self._loaded, self._shown, self._listed = fragments.loaded, fragments.shown, fragments.listed
        self._entries = fragments.entries

    def make(self, documents: Sequence[Document]) -> Iterator[tuple[Document, bytes]]:
        """Each with its bytes, in an order of its own."""
        waiting = iter(sorted(documents, key=_when))
        done = 0
        while some := list(islice(waiting, _AT_ONCE)):
            self._load(glance for document in some for glance in _needed(document))
            for document in some:
                yield document, self._made(document)
                done += 1
                self._told(done, len(documents))

    # ── texts ──

    def _load(self, glances: Iterable[Glance]) -> None:
        wanted: dict[str, dict[int, Key]] = {}
        for glance in glances:
            key = _key(glance)
            if key not in self._loaded and key not in self._listed:
                wanted.setdefault(glance.edition, {})[glance.item_id] = key
        for edition, keys in wanted.items():
            for item_id, publication in self._tx.publications.many(edition, keys).items():
                self._loaded.keep(keys[item_id], publication)

    def _in_turn(self, glances: Sequence[Glance]) -> Iterator[Glance]:
        """Loaded as they are gone through: a month may have more items than are kept."""
        for start in range(0, len(glances), _MANY):
            some = glances[start : start + _MANY]
            if len(glances) > _MANY:
                self._load(some)
            yield from some

    def _publication(self, glance: Glance) -> Publication:
        key = _key(glance)
        if (found := self._loaded.get(key)) is None:
            [found] = self._tx.publications.many(glance.edition, [glance.item_id]).values()
            self._loaded.keep(key, found)
        return found

    def _ready(self, glance: Glance) -> Shown:
        key = _key(glance)
        if (found := self._shown.get(key)) is None:
            listed = self._in_list(glance)
            body = showing.body(listed.content, site=self._sites[glance.edition])
            found = self._shown.keep(key, replace(listed, body=body))
        return found

    def _all_ready(self, glances: Sequence[Glance]) -> list[Shown]:
        return [self._ready(glance) for glance in self._in_turn(glances)]

    def _in_list(self, glance: Glance) -> Shown:
        """Without its body; where that was made, with it."""
        key = _key(glance)
        if (found := self._shown.get(key) or self._listed.get(key)) is None:
            site = self._sites[glance.edition]
            shown = showing.show(self._publication(glance), site=site, whole=False)
            found = self._listed.keep(key, shown)
        return found

    def _listing(self, glances: Sequence[Glance]) -> list[Shown]:
        return [self._in_list(glance) for glance in self._in_turn(glances)]

    def _entry(self, glance: Glance, file: str) -> bytes:
        key, kept = _key(glance), self._entries[file]
        if (found := kept.get(key)) is None:
            found = kept.keep(key, _ENTRY[file](self._ready(glance), self._sites[glance.edition]))
        return found

    def _link(self, glance: Glance | None) -> Link | None:
        if glance is None:
            return None
        content = self._in_list(glance).content
        return Link(path=item_path(glance), title=content.headline, language=content.language)

    def _translation(self, glance: Glance, *, whole: bool = True) -> Translation:
        """`whole`: its headline, too, which has to be loaded."""
        site = self._sites[glance.edition]
        content = self._in_list(glance).content if whole else None
        return Translation(
            hreflang=site.edition.language,
            path=site.file(item_path(glance)),
            url=site.item_url(glance),
            title=content.headline if content else "",
            language=content.language if content else site.edition.language,
            default=site.edition.default,
        )

    # ── each kind ──

    @singledispatchmethod
    def _made(self, document: Document) -> bytes:
        raise NotImplementedError(type(document).__name__)

    @_made.register
    def _(self, document: PictureFile) -> bytes:
        return self._tx.pictures.content(document.copy.digest)

    @_made.register
    def _(self, document: SharedFile) -> bytes:
        site = self._sites[document.edition]
        if document.path == ROBOTS:
            return sitemaps.robots(self._every, path=SITEMAP)
        if document.path == NOT_FOUND:
            return pages.not_found(site)
        return pages.shared(site)[document.path]

    @_made.register
    def _(self, document: ItemPage) -> bytes:
        around = Around(
            newer=self._link(document.newer),
            older=self._link(document.older),
            translations=tuple(self._translation(glance) for glance in document.translations),
            shared=document.shared,
        )
        return pages.item(self._ready(document.item), site=self._sites[document.edition], around=around)

    @_made.register
    def _(self, document: WithdrawnPage) -> bytes:
        return pages.withdrawn(self._publication(document.item), site=self._sites[document.edition])

    @_made.register
    def _(self, document: IssuePage) -> bytes:
        issue = self._tx.mailing.issues.get(document.edition, document.number)
        site = self._sites[document.edition]
        shown = recall.on_the_web(self._tx, issue, site=site)
        return pages.issue(for_everybody(shown.html), document.number, site=site)

    @_made.register
    def _(self, document: IndexPage) -> bytes:
        whole = document.channel.line is Line.EDITION
        return pages.index(
            document.channel,
            self._all_ready(document.shown) if whole else self._listing(document.shown),
            site=self._sites[document.edition],
            page=document.number,
            newer=document.newer,
            older=document.older,
        )

    @_made.register
    def _(self, document: ListingPage) -> bytes:
        return pages.listing(document.line, document.entries, site=self._sites[document.edition])

    @_made.register
    def _(self, document: ArchivePage) -> bytes:
        return pages.archive(document.months, self._sites[document.edition], undated=document.undated)

    @_made.register
    def _(self, document: MonthPage) -> bytes:
        return pages.month(
            document.month,
            self._listing(document.shown),
            site=self._sites[document.edition],
            newer=document.newer,
            older=document.older,
        )

    @_made.register
    def _(self, document: UndatedPage) -> bytes:
        return pages.undated(self._listing(document.shown), site=self._sites[document.edition])

    @_made.register
    def _(self, document: NewsletterPage) -> bytes:
        site = self._sites[document.edition]
        issues = [
            replace(issue, letter=self._seen(issue, site)) if touched else issue
            for issue, touched in document.issues
        ]
        return pages.newsletter(issues, site=site)

    def _seen(self, issue: Issue, site: Site) -> Letter:
        whole = self._tx.mailing.issues.get(issue.edition, issue.number)
        return recall.on_the_web(self._tx, whole, site=site)

    @_made.register
    def _(self, document: AboutPage) -> bytes:
        return pages.about(self._sites[document.edition])

    @_made.register
    def _(self, document: FeedPage) -> bytes:
        shown = self._all_ready(document.shown)
        return pages.feed_page(self._sites[document.edition], shown, document.channels, empty=document.empty)

    @_made.register
    def _(self, document: SearchPage) -> bytes:
        return pages.search(self._sites[document.edition], document.shards)

    @_made.register
    def _(self, document: SearchShard) -> bytes:
        return searching.shard(self._listing(document.shown))

    @_made.register
    def _(self, document: SitemapPart) -> bytes:
        site = self._sites[document.edition]
        entries = [sitemaps.Entry(url=site.page_url(path)) for path in document.pages]
        for item, others in document.items:
            translations = [self._translation(other, whole=False) for other in others]
            entries.append(sitemaps.entry(item, site=site, translations=translations))
        return sitemaps.part(entries)

    @_made.register
    def _(self, document: NewsSitemap) -> bytes:
        return sitemaps.news(self._listing(document.shown), site=self._sites[document.edition])

    @_made.register
    def _(self, document: Sitemap) -> bytes:
        return sitemaps.index(document.parts, site=self._sites[document.edition])

    @_made.register
    def _(self, document: RedirectsFile) -> bytes:
        base_url = self._sites[document.edition].base_url
        if document.path == redirects.LISTED:
            return redirects.listed(document.leads)
        written = redirects.nginx if document.path == redirects.NGINX else redirects.caddy
        return written(document.leads, base_url=base_url)

    @_made.register
    def _(self, document: FeedFile) -> bytes:
        head = feeds.FeedHead(
            site=self._sites[document.edition],
            channel=document.channel,
            file=document.file,
            path=document.name,
            updated=document.updated,
            archive=document.archive,
            current=document.current,
            previous=document.previous,
            next=document.next,
        )
        entries = (self._entry(glance, document.file) for glance in self._in_turn(document.shown))
        if document.file == ATOM:
            return feeds.atom_feed(head, entries, list(map(self._publication, document.withdrawn)))
        return feeds.rss_feed(head, entries) if document.file == RSS else feeds.json_feed(head, entries)


_ENTRY: Mapping[str, Callable[[Shown, Site], bytes]] = {
    ATOM: feeds.atom_entry,
    RSS: feeds.rss_item,
    JSON_FEED: feeds.json_item,
}


def _key(glance: Glance) -> Key:
    return glance.edition, glance.item_id, glance.digest


def _when(document: Document) -> tuple[bool, float]:
    """When readers got the newest item in it; what has none is made last."""
    newest = max((glance.published_at for glance in document.members), default=None)
    return newest is None, newest.timestamp() if newest else 0.0


def _needed(document: Document) -> Iterator[Glance]:
    """Whose texts it takes to make it."""
    if len(document.members) <= _MANY:
        yield from document.members
    if isinstance(document, ItemPage):
        yield from document.translations
        yield from (each for each in (document.newer, document.older) if each)
    elif isinstance(document, WithdrawnPage):
        yield document.item
    elif isinstance(document, FeedFile):
        yield from document.withdrawn
