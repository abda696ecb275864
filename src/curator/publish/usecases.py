"""READY ITEMS → WHAT READERS GET: first the store, in one transaction, then the files, from the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from curator import review, text
from curator.errors import EditConflict
from curator.model import (
    Commentary,
    Editor,
    Entry,
    Item,
    Move,
    Problem,
    Publication,
    PublicItem,
    Source,
    Status,
)
from curator.publish import feeds, labels, markup, output, pages, select
from curator.publish.compose import compose, corrected, differs
from curator.publish.letter import letter
from curator.publish.markup import Shown
from curator.publish.site import ARCHIVE, ATOM, INDEX, JSON_FEED, RSS, Site, item_path
from curator.settings import Edition, Settings
from curator.store import Store, Transaction

MoreFiles = Callable[[Transaction, Site], Mapping[str, bytes]]

MORE_FILES: tuple[MoreFiles, ...] = ()
"""What other parts of this stage add to an edition's tree: the pages of closed issues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A change that stays inside: the review finds something missing."""

    item_id: int
    version: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """Item ids by what happened to them; `files` is the whole tree, `written` what was not right yet."""

    published: tuple[int, ...]
    corrected: tuple[int, ...]
    withdrawn: tuple[int, ...]
    held: tuple[Held, ...]
    files: tuple[Path, ...]
    written: tuple[Path, ...]
    addresses: tuple[str, ...]


def publish_edition(
    store: Store, settings: Settings, *, edition: Edition, by: Editor, now: datetime
) -> Published:
    """Give readers what is ready and due, corrections and withdrawals too, and write all outputs.

    Safe to repeat: with nothing new it writes only what is missing or not as it should be.
    """
    with store.begin() as tx:
        tx.serialise(f"publish:{edition.key}")
        desk = _Desk(tx=tx, settings=settings, edition=edition, by=by, now=now)
        authority = _tag_authority(tx, settings, now)
        _open_edition(tx, edition, now)
        withdrawn = desk.withdraw()
        published, held = desk.publish(authority)
        corrections, held_back = desk.correct()
        tx.meta.set(_held_key(edition.key), _as_marks(held + held_back))
    site, replaced, root = _write_outputs(store, settings, edition)
    with store.read() as tx:
        found = (tx.publications.get(item_id, edition.key) for item_id in (*published, *corrections))
        changed = [site.item_url(publication) for publication in found if publication]
    return Published(
        published=tuple(published),
        corrected=tuple(corrections),
        withdrawn=tuple(withdrawn),
        held=(*held, *held_back),
        files=tuple(root / path for path in replaced.files),
        written=tuple(root / path for path in replaced.written),
        addresses=(site.home_url, site.url(ATOM), site.url(RSS), site.url(JSON_FEED), *changed),
    )


def publish_due(store: Store, *, edition: Edition, now: datetime) -> bool:
    """Whether a publish would find something to do, a publish that died half-way included.

    What was held is not asked about again until an editor has changed it.
    """
    key = edition.key
    with store.read() as tx:
        if tx.meta.get(_outputs_key(key)) != tx.publications.state(key) or tx.items.withdrawn(key):
            return True
        held = (tx.meta.get(_held_key(key)) or "").split()
        waiting = [*tx.items.ready(key, now=now), *tx.items.published(key)]
        return any(_mark(item.id, item.version) not in held for item in waiting)


def preview_item(
    store: Store, settings: Settings, *, item_id: int, edition: Edition, directory: Path, now: datetime
) -> tuple[Path, ...]:
    """The item's page and its part of the mail as readers would see them now, each marked as a preview."""
    with store.read() as tx:
        item = tx.items.get(item_id)
        entry, source = _provenance(tx, item)
        public = tx.publications.get(item_id, edition.key)
        authority = tx.meta.get(_TAG_AUTHORITY) or _authority(settings, now)
        number = tx.mailing.issues.next_number(edition.key)
    draft = compose(item, entry, source, edition=edition, editors=settings.editors)
    if public:
        draft = corrected(public.content, draft, now=now)
    if not draft.headline.strip():
        draft = replace(draft, headline=labels.label(edition, "untitled"))
    site = Site(edition=edition, base_url=settings.publish.base_url, authority=authority)
    if public:
        public = replace(public, content=draft)
    shown = markup.show(public or _unborn(item, edition, draft, now), site=site)
    mail = letter([shown.publication], site=site, number=number, closed_at=now)
    tree = {
        f"item-{item_id}.html": pages.item(shown, site=site, banner=labels.label(edition, "preview")),
        f"item-{item_id}-mail.html": pages.marked(mail.html, banner=labels.label(edition, "preview_mail")),
    }
    return output.write_files(directory, tree)


# ── the store: what readers should have ──


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """One edition's desk within one transaction."""

    tx: Transaction
    settings: Settings
    edition: Edition
    by: Editor
    now: datetime

    def publish(self, authority: str) -> tuple[list[int], list[Held]]:
        published: list[int] = []
        held: list[Held] = []
        for item in self.tx.items.ready(self.edition.key, now=self.now):
            content, problems = self._composed(item)
            if problems:
                held.append(Held(item_id=item.id, version=item.version, problems=problems))
                continue
            public = self.tx.publications.get(item.id, self.edition.key)
            moved = self._put(item)
            if moved is None:
                continue
            if public is None:
                self.tx.publications.first(
                    item_id=item.id,
                    edition=self.edition.key,
                    content=replace(content, correction=None),
                    item_version=moved.version,
                    authority=authority,
                    now=self.now,
                )
            else:
                self._replace(public, content, item, moved)
            published.append(item.id)
        return published, held

    def correct(self) -> tuple[list[int], list[Held]]:
        done: list[int] = []
        held: list[Held] = []
        for item in self.tx.items.published(self.edition.key):
            public = self.tx.publications.get(item.id, self.edition.key)
            if public is None or public.withdrawn_at is not None:
                continue
            content, problems = self._composed(item)
            if not differs(public.content, content):
                self.tx.publications.seen(public, item_version=item.version)
            elif problems:
                held.append(Held(item_id=item.id, version=item.version, problems=problems))
            elif moved := self._put(item):
                self._replace(public, content, item, moved)
                done.append(item.id)
        return done, held

    def withdraw(self) -> list[int]:
        """What the desk took back leaves the outputs; the row stays, its address and id are spent."""
        done: list[int] = []
        for item in self.tx.items.withdrawn(self.edition.key):
            if public := self.tx.publications.get(item.id, self.edition.key):
                note = item.commentaries[self.edition.key].public_note
                self.tx.publications.withdraw(
                    public, public_note=note, item_version=item.version, at=self.now
                )
                done.append(item.id)
        return done

    def _composed(self, item: Item) -> tuple[PublicItem, tuple[Problem, ...]]:
        entry, source = _provenance(self.tx, item)
        content = compose(item, entry, source, edition=self.edition, editors=self.settings.editors)
        most = source.max_words if source else None
        problems = review.problems(
            item,
            edition=self.edition.key,
            source_text=(text.plain(entry.html) or None) if entry else None,
            max_words=self.settings.quotation.max_words if most is None else most,
        )
        return content, problems

    def _put(self, item: Item) -> Item | None:
        """The item as published, with its event; None when an editor was faster: next time, then."""
        commentary = item.commentaries[self.edition.key]
        public = _settled(commentary)
        new = replace(item, commentaries={**item.commentaries, self.edition.key: public})
        try:
            return self.tx.items.put(
                item, new, move=Move.PUBLISH, by=self.by.name, edition=self.edition.key, now=self.now
            )
        except EditConflict:
            return None

    def _replace(self, public: Publication, content: PublicItem, item: Item, moved: Item) -> None:
        minor = item.commentaries[self.edition.key].minor
        self.tx.publications.correct(
            public,
            corrected(public.content, content, now=self.now),
            item_version=moved.version,
            at=None if minor else self.now,
        )


def _settled(commentary: Commentary) -> Commentary:
    """Published, and what described the pending change has been said."""
    return replace(commentary, stage=Status.PUBLISHED, minor=False, correction=None)


def _provenance(tx: Transaction, item: Item) -> tuple[Entry | None, Source | None]:
    """The revision frozen at claim and its source."""
    if item.entry_id is None:
        return None, None
    entry = tx.entries.get(item.entry_id)
    if item.revision is not None and item.revision != entry.revision:
        entry = tx.entries.revision(entry.id, item.revision)
    return entry, tx.sources.get(entry.source_id)


# ── the files: outputs are functions of the store ──


def _write_outputs(store: Store, settings: Settings, edition: Edition) -> tuple[Site, output.Replaced, Path]:
    directory = settings.newsroom / settings.publish.directory
    with output.locked(directory):
        with store.read() as tx:
            site = Site(
                edition=edition,
                base_url=settings.publish.base_url,
                authority=tx.meta.get(_TAG_AUTHORITY) or "",
            )
            state = tx.publications.state(edition.key)
            recorded = tx.meta.get(_outputs_key(edition.key))
            tree = _tree(tx, site, settings)
        root = directory / site.folder
        replaced = output.replace_tree(root, tree)
        if recorded != state:
            with store.begin() as tx:
                tx.meta.set(_outputs_key(edition.key), state)
    return site, replaced, root


def _tree(tx: Transaction, site: Site, settings: Settings) -> dict[str, bytes]:
    """Every file of the edition; what is linked to comes before what links to it."""
    key = site.edition.key
    live = tx.publications.live(key)
    withdrawn = tx.publications.withdrawn(key)
    opened = tx.meta.instant(_opened_key(key))
    if opened is None:
        raise AssertionError("an edition is opened by its first publish")
    shown = {publication.item_id: markup.show(publication, site=site) for publication in live}

    def ready(publications: list[Publication]) -> list[Shown]:
        return [shown[publication.item_id] for publication in publications]

    tree = {item_path(p): pages.item(shown[p.item_id], site=site) for p in live}
    tree |= {item_path(p): pages.withdrawn(p, site=site) for p in withdrawn}
    for more in MORE_FILES:
        tree |= more(tx, site)
    months = select.by_month(live, timezone=site.edition.timezone)
    tree[ARCHIVE] = pages.archive([(newest, ready(group)) for newest, group in months], site=site)
    front = select.on_front_page(live)
    tree[INDEX] = pages.index(ready(list(front)), site=site, older=len(live) > len(front))
    changed = select.changed_at(live, withdrawn, opened=opened)
    document = feeds.FeedDocument(
        site=site,
        shown=ready(list(select.in_feed(live, most=settings.publish.feed_items))),
        withdrawn=select.tombstones(withdrawn, changed_at=changed),
        updated=changed,
    )
    return tree | {ATOM: feeds.atom(document), RSS: feeds.rss(document), JSON_FEED: feeds.json_feed(document)}


def _unborn(item: Item, edition: Edition, content: PublicItem, now: datetime) -> Publication:
    """A draft in the shape of a publication: it has no address and no id that anybody could keep."""
    return Publication(
        item_id=item.id,
        edition=edition.key,
        ulid=item.ulid,
        slug=f"preview-{item.id}",
        sequence=0,
        atom_id="",
        published_at=now,
        updated_at=now,
        item_version=item.version,
        content=content,
    )


# ── facts of the newsroom ──

_TAG_AUTHORITY = "tag_authority"


def _tag_authority(tx: Transaction, settings: Settings, now: datetime) -> str:
    """RFC 4151's authority, frozen by the first publish: ids must outlive a move to another domain."""
    known = tx.meta.get(_TAG_AUTHORITY)
    if known is None:
        known = _authority(settings, now)
        tx.meta.set(_TAG_AUTHORITY, known)
    return known


def _authority(settings: Settings, now: datetime) -> str:
    host = urlsplit(settings.publish.base_url).hostname or "localhost"
    # An IPv6 address is no RFC 4151 authority.
    name = "localhost" if ":" in host else host.encode("idna").decode().lower()
    return f"{name},{now.year}"


def _open_edition(tx: Transaction, edition: Edition, now: datetime) -> None:
    """When the edition began: what an empty feed says it was updated at."""
    if tx.meta.get(_opened_key(edition.key)) is None:
        tx.meta.set(_opened_key(edition.key), now.replace(microsecond=0).isoformat())


def _opened_key(edition: str) -> str:
    return f"opened:{edition}"


def _outputs_key(edition: str) -> str:
    return f"outputs_for:{edition}"


def _held_key(edition: str) -> str:
    return f"held:{edition}"


def _as_marks(held: list[Held]) -> str:
    return " ".join(_mark(one.item_id, one.version) for one in held)


def _mark(item_id: int, version: int) -> str:
    return f"{item_id}:{version}"
