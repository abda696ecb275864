"""What readers should have: every document of every edition, from publications at a glance.

Places are counted over all that a channel ever had, withdrawn items included:
page 7 of a topic and the second part of March hold the same places for ever,
so one more item, or one less, changes few documents. A document is told by
the digests of what is in it; whether it must be made again is seen without
reading a text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate

import msgspec

from curator.model import Glance, Issue, Redirect
from curator.publish import redirects as where
from curator.publish import site as places
from curator.publish import sitemaps
from curator.publish.channels import (
    Places,
    archived,
    changed_at,
    channels_of,
    in_order,
    is_news,
    months_of,
    newest_first,
    returned,
    tombstones,
)
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
from curator.publish.site import ATOM, FEED_TYPES, JSON_FEED, RSS, WHOLE, Channel, Line, Site

SHARD = 200  # items in one part of the search index
PREVIEWED = 10  # items on the page that shows a feed to people


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One edition as the store has it; of issues without their texts. `opened`: its first publish."""

    site: Site
    glances: Sequence[Glance]
    issues: Sequence[Issue]
    opened: datetime


def plan(
    editions: Sequence[Known],
    *,
    program: str,
    feed_items: int,
    page_items: int,
    redirects: Sequence[Redirect] = (),
) -> list[Document]:
    """What is linked to comes before what links to it. `program`: what makes the bytes, its libraries too."""
    documents = list(_of_editions(editions, program=program, feed_items=feed_items, page_items=page_items))
    return [*_redirects(redirects, documents, editions, program), *documents]


def _redirects(
    redirects: Sequence[Redirect], documents: Sequence[Document], editions: Sequence[Known], program: str
) -> Iterator[Document]:
    """The whole newsroom's, where it has any; they are the default edition's."""
    owner = next((known.site for known in editions if known.site.edition.default), None)
    if owner is None or not redirects:
        return
    outputs = (document.path for document in documents)
    leads = where.leads(redirects, outputs=outputs, base_url=owner.base_url)
    told = hashlib.sha256(f"{program} {owner.base_url} ".encode() + where.listed(leads)).hexdigest()[:32]
    for path in where.FILES:
        yield RedirectsFile(path=path, edition=owner.edition.key, inputs=told, leads=leads)


def _of_editions(
    editions: Sequence[Known], *, program: str, feed_items: int, page_items: int
) -> Iterator[Document]:
    everywhere: dict[int, list[Glance]] = {}
    if len(editions) > 1:
        for known in editions:
            for glance in known.glances:
                if glance.withdrawn_at is None:
                    everywhere.setdefault(glance.item_id, []).append(glance)
    sites = [
        _Edition(
            known=known,
            base=base(known.site, program),
            base_of_feeds=base(known.site, ""),
            everywhere=everywhere,
            feed_items=feed_items,
            page_items=page_items,
        )
        for known in editions
    ]
    yield from _shared(sites)
    yield from _pictures(sites)
    for part in (_Edition.items, _Edition.lists, _Edition.fronts):
        for one in sites:
            yield from part(one)


def news_in(documents: Iterable[Document]) -> dict[str, str]:
    """Of each feed that hubs are told of, by its path: another word whenever it has news."""
    return {
        document.path: document.news
        for document in documents
        if isinstance(document, FeedFile) and not document.archive
    }


def base(site: Site, program: str) -> str:
    """All that every document of an edition is made of, but for items."""
    settings = [msgspec.to_builtins(each.edition) for each in (site, *site.others)]
    addresses = (site.base_url, site.public_url)
    stated = [program, site.templates.fingerprint, *addresses, site.authority, site.hubs, settings]
    return hashlib.sha256(msgspec.json.encode(stated, order="deterministic")).hexdigest()


def _shared(sites: Sequence[_Edition]) -> Iterator[Document]:
    """Theirs is the default edition, but robots.txt names all."""
    owner = next((one for one in sites if one.site.edition.default), None)
    if owner is None:
        return
    for path in sorted(places.SHARED):
        inputs = owner.told(path, (one.base for one in sites))
        yield SharedFile(path=path, edition=owner.key, inputs=inputs)


def _pictures(sites: Sequence[_Edition]) -> Iterator[Document]:
    found: dict[str, Document] = {}
    for one in sites:
        for glance in one.live:
            if copy := glance.facets.copy:
                path = one.site.file(places.picture_path(copy))
                found[path] = PictureFile(path=path, edition=one.key, inputs=copy.digest, copy=copy)
    for _, document in sorted(found.items()):
        yield document


# ── one edition ──


class _Edition:
    def __init__(
        self,
        *,
        known: Known,
        base: str,
        base_of_feeds: str,
        everywhere: Mapping[int, Sequence[Glance]],
        feed_items: int,
        page_items: int,
    ) -> None:
        self.site = known.site
        self._opened = known.opened
        self.key = known.site.edition.key
        self.base = base
        self._whole = in_order(WHOLE, known.glances)
        self.slots, self.live, self.gone = self._whole.slots, self._whole.live, self._whole.gone
        self.changed = changed_at(self.slots, opened=known.opened)
        self._everywhere = everywhere
        self._feed_items, self._page_items = feed_items, page_items
        self._seed = hashlib.sha256(base.encode())
        self._by_item = {glance.item_id: glance for glance in self.slots} if known.issues else {}
        self._issues = list(self._letters_told(known.issues))
        self._told = self._whole.told()
        self._undated = [glance for glance in self.slots if glance.undated]
        self._months = months_of(self.slots, timezone=self.site.edition.timezone)
        told = self._months
        if self._told is not self._whole:
            told = months_of(self._told.slots, timezone=self.site.edition.timezone)
        self._parts = archived(told, most=feed_items)
        self._news = hashlib.sha256(base_of_feeds.encode())
        self._channels = channels_of(self.slots, known.site.edition)
        self._shared = {host for each in self._channels[Line.SOURCE] for host in each.shared}
        self._returned = returned(self._too_late(), changed=self.changed, most=feed_items)

    def told(self, path: str, digests: Iterable[str] = (), *stated: object) -> str:
        """A word for all that a document is made of: its items, and what it says beside them."""
        digest = self._seed.copy()
        digest.update("\n".join((path, *digests, "", *map(str, stated))).encode())
        return digest.hexdigest()[:32]

    def file(self, path: str) -> str:
        return self.site.file(path)

    # ── items ──

    def items(self) -> Iterator[Document]:
        """Pages of one item, and letters on the web."""
        nearest: list[Glance | None] = [*self.live[1:], None]
        older = None
        for item, newer in zip(self.live, nearest, strict=False):
            yield self._item(item, newer=newer, older=older)
            older = item
        for item in self.gone:
            path = places.item_path(item)
            yield WithdrawnPage(
                path=self.file(path), edition=self.key, inputs=self.told(path, (item.digest,)), item=item
            )
        yield from self._letters()

    def _item(self, item: Glance, *, newer: Glance | None, older: Glance | None) -> ItemPage:
        path = places.item_path(item)
        translations = self._translations(item)
        around: tuple[str, ...] = (item.digest, newer.digest if newer else "", older.digest if older else "")
        if translations:
            around += tuple(_digests(translations))
        shared: tuple[str, ...] = ()
        if self._shared:
            shared = tuple(host for host, _ in item.facets.sources if host in self._shared)
        return ItemPage(
            path=self.file(path),
            edition=self.key,
            inputs=self.told(path, around, *shared),
            item=item,
            newer=newer,
            older=older,
            translations=translations,
            shared=shared,
        )

    def _translations(self, item: Glance) -> tuple[Glance, ...]:
        found = self._everywhere.get(item.item_id, ())
        return tuple(each for each in found if each.edition != self.key) if len(found) > 1 else ()

    def _letters(self) -> Iterator[Document]:
        for issue, inputs in self._issues:
            path = places.issue_path(issue.number)
            yield IssuePage(path=self.file(path), edition=self.key, inputs=inputs, number=issue.number)

    def _letters_told(self, issues: Sequence[Issue]) -> Iterator[tuple[Issue, str]]:
        """What was withdrawn from a letter, or corrected in it, since: its page is made of what there is."""
        for issue in sorted(issues, key=lambda issue: issue.number, reverse=True):
            found = (self._by_item.get(item_id) for item_id in issue.item_ids)
            items = [glance.digest if glance else "" for glance in found]
            told = (issue.content_hash, issue.closed_at.isoformat(), *items)
            yield issue, self.told(places.issue_path(issue.number), told)

    def _is_touched(self, issue: Issue) -> bool:
        """Whether anything of it was withdrawn or corrected since: its subject may name it."""
        closed = issue.closed_at.replace(microsecond=0)  # as `updated_at` is told, down to the second
        found = (self._by_item[item_id] for item_id in issue.item_ids if item_id in self._by_item)
        return any(
            glance.withdrawn_at is not None or (glance.facets.corrected and glance.updated_at >= closed)
            for glance in found
        )

    # ── lists: months, channels, search, sitemaps ──

    def lists(self) -> Iterator[Document]:
        for line in places.LISTS:
            for channel in self._channels[line]:
                yield from self._pages(channel)
                if line is not Line.SOURCE:
                    yield from self._channel_feeds(channel)
            yield self._listing(line)
        yield from self._archive_feeds()
        yield from self._month_pages()
        yield from self._searching()
        yield from self._sitemaps()

    def _pages(self, places_: Places) -> Iterator[Document]:
        """The full pages in order of their numbers, then the front: the last full one and what is on top."""
        channel, slots, most = places_.channel, places_.slots, self._page_items
        complete = len(slots) // most
        for number in range(1, complete):
            newer = channel.page(number + 1) if number + 1 < complete else channel.path(places.INDEX)
            older = channel.page(number - 1) if number > 1 else None
            yield self._index(channel, slots[(number - 1) * most : number * most], number, newer, older)
        older = channel.page(complete - 1) if complete > 1 else None
        yield self._index(channel, slots[max(complete - 1, 0) * most :], None, None, older)

    def _index(
        self,
        channel: Channel,
        slots: Sequence[Glance],
        number: int | None,
        newer: str | None,
        older: str | None,
    ) -> IndexPage:
        shown = newest_first(slots)
        path = channel.page(number) if number else channel.path(places.INDEX)
        return IndexPage(
            path=self.file(path),
            edition=self.key,
            inputs=self.told(path, _digests(shown), channel, newer, older),
            shown=shown,
            channel=channel,
            number=number,
            newer=newer,
            older=older,
        )

    def _listing(self, line: Line) -> ListingPage:
        found = [(each.channel, len(each.live), each.live[-1].published_at) for each in self._channels[line]]
        entries = tuple(sorted(found, key=lambda entry: (entry[0].name.casefold(), entry[0].key)))
        path = places.LISTS[line]
        inputs = self.told(path, (), *entries)
        return ListingPage(path=self.file(path), edition=self.key, inputs=inputs, line=line, entries=entries)

    def _month_pages(self) -> Iterator[Document]:
        # Also where nothing is left to read: an archive document says that this page is beside it.
        shown = [(month, newest_first(slots)) for month, slots in self._months]
        names = [month for month, _ in shown]
        for (month, live), older, newer in zip(shown, [None, *names], [*names[1:], None], strict=False):
            path = places.month_page(month)
            yield MonthPage(
                path=self.file(path),
                edition=self.key,
                inputs=self.told(path, _digests(live), newer, older),
                shown=live,
                month=month,
                newer=newer,
                older=older,
            )
        months = tuple((month, len(live)) for month, live in reversed(shown) if live)
        if self._undated:
            yield self._undated_page()
        undated = len(newest_first(self._undated))
        yield ArchivePage(
            path=self.file(places.ARCHIVE),
            edition=self.key,
            inputs=self.told(places.ARCHIVE, (), *months, *([undated] if undated else ())),
            months=months,
            undated=undated,
        )

    def _undated_page(self) -> UndatedPage:
        live = newest_first(self._undated)
        return UndatedPage(
            path=self.file(places.UNDATED_PAGE),
            edition=self.key,
            inputs=self.told(places.UNDATED_PAGE, _digests(live)),
            shown=live,
        )

    def _searching(self) -> Iterator[Document]:
        starts = range(0, len(self.slots), SHARD)
        for number, start in enumerate(starts, start=1):
            shown = newest_first(self.slots[start : start + SHARD])
            path = places.search_shard(number)
            inputs = self.told(path, _digests(shown))
            yield SearchShard(path=self.file(path), edition=self.key, inputs=inputs, shown=shown)
        path, inputs = self.file(places.SEARCH), self.told(places.SEARCH, (), len(starts))
        yield SearchPage(path=path, edition=self.key, inputs=inputs, shards=len(starts))

    def _sitemaps(self) -> Iterator[Document]:
        parts: list[tuple[str, datetime | None]] = []
        for month, slots in reversed(self._months):
            if newest_first(slots):
                part = self._sitemap_part(sitemaps.month_part(month), slots)
                parts.append((sitemaps.month_part(month), changed_at(slots, opened=slots[0].updated_at)))
                yield part
        if newest_first(self._undated):
            parts.append((sitemaps.UNDATED_PART, None))
            yield self._sitemap_part(sitemaps.UNDATED_PART, self._undated)
        pages = tuple(self._page_paths())
        path = sitemaps.PAGES
        inputs = self.told(path, pages)
        yield SitemapPart(path=self.file(path), edition=self.key, inputs=inputs, pages=pages)
        parts.insert(0, (path, self.changed))
        if news := tuple(reversed(sitemaps.recent(self.live, changed_at=self.changed))):
            path, inputs = sitemaps.NEWS, self.told(sitemaps.NEWS, _digests(news))
            yield NewsSitemap(path=self.file(path), edition=self.key, inputs=inputs, shown=news)
            parts.insert(1, (path, self.changed))
        inputs = self.told(places.SITEMAP, (), *parts)
        yield Sitemap(path=self.file(places.SITEMAP), edition=self.key, inputs=inputs, parts=tuple(parts))

    def _sitemap_part(self, path: str, slots: Sequence[Glance]) -> SitemapPart:
        items = tuple((item, self._translations(item)) for item in newest_first(slots))
        told = [each.digest for item, others in items for each in (item, *others)]
        return SitemapPart(path=self.file(path), edition=self.key, inputs=self.told(path, told), items=items)

    def _page_paths(self) -> Iterator[str]:
        """Fronts and lists: what leads to items. Numbered pages are found by going on."""
        yield from (places.INDEX, places.ARCHIVE, places.NEWSLETTER, places.ABOUT, places.FEED_PAGE)
        for line, page in places.LISTS.items():
            yield page
            for each in self._channels[line]:
                yield each.channel.path(places.INDEX)
        for month, slots in self._months:
            if any(glance.withdrawn_at is None for glance in slots):
                yield places.month_page(month)
        if newest_first(self._undated):
            yield places.UNDATED_PAGE
        for issue, _ in self._issues:
            yield places.issue_path(issue.number)

    # ── feeds ──

    def _archive_feeds(self) -> Iterator[Document]:
        """RFC 5005 §4, the oldest first: each knows the one before and the one behind it."""
        elsewhere = {glance.item_id for glance in self._returned}
        for file in (ATOM, JSON_FEED):
            names = [places.archive_path(month, part, file) for month, part, _ in self._parts]
            chain = zip(self._parts, names, [None, *names], [*names[1:], None], strict=False)
            for (_, _, slots), name, previous, following in chain:
                shown = tuple(each for each in newest_first(slots) if each.item_id not in elsewhere)
                updated = changed_at(slots, opened=slots[0].updated_at)
                yield FeedFile(
                    path=self.file(name),
                    edition=self.key,
                    inputs=self.told(name, _digests(shown), updated, previous, following),
                    shown=shown,
                    channel=WHOLE,
                    file=file,
                    name=name,
                    updated=updated,
                    archive=True,
                    current=file,
                    previous=previous,
                    next=following,
                )

    def _too_late(self) -> Iterator[Glance]:
        """What was corrected when it was in its archive document already, which nobody asks for again."""
        ends = accumulate(len(slots) for _, _, slots in self._parts)
        for (_, _, slots), end in zip(self._parts, ends, strict=True):
            at = self._told.slots[end + self._feed_items - 1].published_at  # with it the part was archived
            yield from (glance for glance in slots if glance.facets.corrected and glance.updated_at >= at)

    def _channel_feeds(self, places_: Places) -> Iterator[Document]:
        """The newest of a topic or a language; the edition's feed alone has an archive.

        What has none left to read has no feed either, that says what was taken back: its name went with it.
        """
        told = places_.told()
        updated = changed_at(told.slots, opened=self._opened)
        shown = told.newest(self._feed_items, changed=self.changed)
        gone = tombstones(told.gone, changed=self.changed)
        news = self._news_of(told)
        for file in FEED_TYPES:
            yield self._feed(
                places_.channel,
                file,
                shown,
                updated=updated,
                withdrawn=gone if file == ATOM else (),
                news=news,
            )

    def _edition_feeds(self) -> Iterator[Document]:
        """All that is in no archive document; RSS, which has none, says the newest."""
        kept = sum(len(slots) for _, _, slots in self._parts)
        updated = changed_at(self._told.slots, opened=self._opened)
        waiting = (*newest_first(self._told.slots[kept:]), *self._returned)
        newest = self._told.newest(self._feed_items, changed=self.changed)
        news = self._news_of(self._told)
        for file in FEED_TYPES:
            last = self._parts[-1] if self._parts and file != RSS else None
            yield self._feed(
                WHOLE,
                file,
                waiting if file != RSS else newest,
                updated=updated,
                withdrawn=tombstones(self._told.gone, changed=self.changed) if file == ATOM else (),
                news=news,
                previous=places.archive_path(last[0], last[1], file) if last else None,
            )

    def _feed(
        self,
        channel: Channel,
        file: str,
        shown: tuple[Glance, ...],
        *,
        updated: datetime,
        withdrawn: tuple[Glance, ...] = (),
        previous: str | None = None,
        news: str,
    ) -> FeedFile:
        name = channel.path(file)
        inputs = self.told(name, _digests(shown), channel, updated, previous, *_digests(withdrawn))
        return FeedFile(
            path=self.file(name),
            edition=self.key,
            inputs=inputs,
            shown=shown,
            channel=channel,
            file=file,
            name=name,
            updated=updated,
            withdrawn=withdrawn,
            previous=previous,
            news=news,
        )

    def _news_of(self, told: Places) -> str:
        """Of all it ever had, not of the newest: what is brought in between moves others out of the feed."""
        digests = _digests(filter(is_news, told.slots))
        if not digests:
            return ""
        digest = self._news.copy()
        digest.update("\n".join((told.channel.folder, *digests)).encode())
        return digest.hexdigest()

    # ── fronts: what readers come to first is put in place last ──

    def fronts(self) -> Iterator[Document]:
        yield self._newsletter()
        inputs = self.told(places.ABOUT)
        yield AboutPage(path=self.file(places.ABOUT), edition=self.key, inputs=inputs)
        yield self._feed_page()
        yield from self._pages(self._whole)
        yield from self._edition_feeds()

    def _newsletter(self) -> NewsletterPage:
        return NewsletterPage(
            path=self.file(places.NEWSLETTER),
            edition=self.key,
            inputs=self.told(places.NEWSLETTER, (inputs for _, inputs in self._issues)),
            issues=tuple((issue, self._is_touched(issue)) for issue, _ in self._issues),
        )

    def _feed_page(self) -> FeedPage:
        shown = tuple(reversed(self._told.live[-PREVIEWED:]))
        channels = tuple(each.channel for line in (Line.TAG, Line.LANGUAGE) for each in self._channels[line])
        return FeedPage(
            path=self.file(places.FEED_PAGE),
            edition=self.key,
            inputs=self.told(places.FEED_PAGE, _digests(shown), *channels, bool(self.live)),
            shown=shown,
            channels=channels,
            empty=not self.live,
        )


def _digests(glances: Iterable[Glance]) -> list[str]:
    return [glance.digest for glance in glances]
