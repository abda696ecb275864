"""READY ITEMS → WHAT READERS GET: first the store, in one transaction, then the files, from the store."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from curator.compose import compose, corrected
from curator.model import Editor, Item, Publication, PublicItem
from curator.publish import (
    announcing,
    facts,
    holding,
    journal,
    labels,
    output,
    pages,
    program,
    recall,
    showing,
    specimen,
    standing,
    stories,
)
from curator.publish.channels import news_at
from curator.publish.letter import letter
from curator.publish.manifest import MANIFEST, Manifest, load
from curator.publish.mirror import owing
from curator.publish.outgoing import (
    Held,
    Outgoing,
    forget_pictures,
    late_pictures,
    own_copy,
    provenance,
)
from curator.publish.plan import Known, news_in, plan
from curator.publish.press import Fragments, Press
from curator.publish.site import ATOM, JSON_FEED, RSS, STYLE, item_path, picture_path, site_of, sites_of
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.publications import Had

_FRAGMENTS = Fragments()
"""Of this process. Whoever publishes holds the lock of the public folder, so nobody else is at them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Item ids by what happened to them.

    `waiting`: issues half-way out that hold a withdrawn item; `cancelled`: those of which nothing is left.
    """

    published: tuple[int, ...]
    corrected: tuple[int, ...]
    withdrawn: tuple[int, ...]
    held: tuple[Held, ...]
    waiting: tuple[int, ...]
    cancelled: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed(Moves):
    """`imported`: as in Outputs, what would be."""

    imported: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outputs:
    """The public folder with the files of all editions; `written` is what was not right yet.

    `imported`: what came with a blog, of any edition, and has its page only now.
    """

    directory: Path
    manifest: Manifest
    written: tuple[Path, ...]
    imported: tuple[int, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(self.directory / path for path in self.manifest.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(Moves):
    """`addresses`: what readers may look at now, of this edition."""

    outputs: Outputs
    addresses: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        return self.outputs.files

    @property
    def written(self) -> tuple[Path, ...]:
        return self.outputs.written

    @property
    def imported(self) -> tuple[int, ...]:
        return self.outputs.imported


def publish_edition(
    store: Store,
    settings: Settings,
    *,
    edition: Edition,
    by: Editor,
    now: datetime,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Published:
    """Give readers what is ready and due, corrections and withdrawals too, and write all outputs.

    Safe to repeat: with nothing new it writes only what is missing or not as it should be.
    """
    holding.require_free(store, settings, now=now)
    require_templates(settings)
    moves = settle(store, settings, edition=edition, by=by, now=now)
    outputs = _write_outputs(store, settings, now, told=told)
    site = site_of(settings, edition)
    with store.read() as tx:
        found = tx.publications.many(edition.key, (*moves.published, *moves.corrected))
    changed = [site.item_url(found[id_]) for id_ in (*moves.published, *moves.corrected) if id_ in found]
    return Published(
        published=moves.published,
        corrected=moves.corrected,
        withdrawn=moves.withdrawn,
        held=moves.held,
        waiting=moves.waiting,
        cancelled=moves.cancelled,
        outputs=outputs,
        addresses=(site.home_url, site.url(ATOM), site.url(RSS), site.url(JSON_FEED), *changed),
    )


def settle(store: Store, settings: Settings, *, edition: Edition, by: Editor, now: datetime) -> Moves:
    """The half of a publish that is in the store: what readers have from now on, what a mirror is owed."""
    with store.begin() as tx:
        tx.holds.require_none()
        for key in settings.editions:
            tx.publications.see_to_old(key)
        owing.begin(tx, settings, now=now)
        moves = _settle(tx, settings, edition=edition, by=by, now=now)
        owing.owe(tx, settings, now=now)
        taken = _write_down(tx, settings, moves, edition=edition, now=now)
    journal.stood(settings, taken, now=now)
    return moves


def _write_down(
    tx: Transaction, settings: Settings, moves: Moves, *, edition: Edition, now: datetime
) -> int | None:
    """What readers are about to have for the first time, or to lose: no restored backup may undo that."""
    key = edition.key
    known = journal.read(settings)
    found = tx.publications.many(key, (*moves.published, *moves.withdrawn))
    ulids = {item.id: item.ulid for item in tx.items.many(sorted(found))}
    new = [found[id_] for id_ in moves.published if (key, ulids[id_]) not in known.published]
    gone = [id_ for id_ in moves.withdrawn if (key, ulids[id_]) not in known.withdrawn]
    if not new and not gone and not moves.cancelled:
        return None
    taken = journal.number(tx)
    told = stories.told(tx, [p.item_id for p in new])
    lines = [
        journal.published(taken, key, ulids[p.item_id], Had.of(p), stories=told.get(p.item_id, ()), now=now)
        for p in new
    ]
    lines += [journal.withdrawn(taken, key, ulids[id_], now=now) for id_ in gone]
    lines += [journal.cancelled(taken, key, number, now=now) for number in moves.cancelled]
    journal.write(settings, lines)
    return taken


def rehearse(store: Store, settings: Settings, *, edition: Edition, by: Editor, now: datetime) -> Rehearsed:
    """What a publish would do now. It is really done, in a transaction that is then taken back."""
    with store.begin() as tx:
        moves = _settle(tx, settings, edition=edition, by=by, now=now)
        imported = _without_page(_known(tx, settings, now), settings.newsroom / settings.publish.directory)
        tx.take_back()
    return Rehearsed(
        published=moves.published,
        corrected=moves.corrected,
        withdrawn=moves.withdrawn,
        held=moves.held,
        waiting=moves.waiting,
        cancelled=moves.cancelled,
        imported=imported,
    )


def _settle(tx: Transaction, settings: Settings, *, edition: Edition, by: Editor, now: datetime) -> Moves:
    tx.serialise(f"publish:{edition.key}")
    standing.require(tx, settings)
    authority = facts.open_editions(tx, settings, now=now)
    outgoing = Outgoing(tx=tx, settings=settings, edition=edition, by=by, now=now)
    withdrawn = outgoing.withdraw()
    recalled = recall.take_out(tx, settings, edition=edition, item_ids=withdrawn, now=now)
    published, held = outgoing.publish(authority)
    corrected, held_back = outgoing.correct()
    if corrected:
        forget_pictures(tx, pictures=settings.pictures)
    facts.record_held(tx, edition.key, held + held_back)
    standing.freeze(tx, settings)
    return Moves(
        published=tuple(published),
        corrected=tuple(corrected),
        withdrawn=tuple(withdrawn),
        held=(*held, *held_back),
        waiting=recalled.waiting,
        cancelled=recalled.cancelled,
    )


def write_outputs(store: Store, settings: Settings, *, now: datetime) -> tuple[Path, ...]:
    """Bring the files up to what readers should have, and nothing else: an issue has its page at once."""
    holding.require_free(store, settings, now=now)
    require_templates(settings)
    with store.begin() as tx:
        tx.holds.require_none()
        standing.require(tx, settings)
        for key in settings.editions:
            tx.publications.see_to_old(key)
        facts.open_editions(tx, settings, now=now)
    return _write_outputs(store, settings, now).written


def publish_due(store: Store, settings: Settings, *, edition: Edition, now: datetime) -> bool:
    """Whether a publish of the edition would find something to do; of several, ask `editions_due`."""
    return edition in editions_due(store, settings, now=now)


def editions_due(store: Store, settings: Settings, *, now: datetime) -> tuple[Edition, ...]:
    """Where a publish would find something to do: what died half-way, other settings or templates too.

    A folder that was emptied is seen by its manifest; a file that somebody took out of it is not.

    What was held is not asked about again until an editor has changed it.
    """
    editions = tuple(settings.editions.values())
    if not (settings.newsroom / settings.publish.directory / MANIFEST).is_file():
        return editions
    with store.read() as tx:
        # The files of all editions are one tree, written by the publish of any.
        if not facts.outputs_are_current(tx, state=facts.outputs_state(tx, settings, now=now)):
            return editions
        return tuple(edition for edition in editions if _is_waiting(tx, settings, edition.key, now=now))


def _is_waiting(tx: Transaction, settings: Settings, key: str, *, now: datetime) -> bool:
    late = tx.items.many(late_pictures(tx, key, pictures=settings.pictures))
    waiting = [*tx.items.ready(key, now=now), *tx.items.published(key), *late]
    return bool(tx.items.withdrawn(key)) or bool(facts.not_held(tx, key, waiting))


def preview_item(
    store: Store, settings: Settings, *, item_id: int, edition: Edition, directory: Path, now: datetime
) -> tuple[Path, ...]:
    """The item's page and its part of the mail as readers would see them now, each marked as a preview."""
    with store.read() as tx:
        item = tx.items.get(item_id)
        entry, source = provenance(tx, item)
        public = tx.publications.get(item_id, edition.key)
        authority = tx.meta.tag_authority(base_url=settings.publish.base_url, now=now)
        number = tx.mailing.issues.next_number(edition.key)
        copy = own_copy(tx, item.image, pictures=settings.pictures)
        content = tx.pictures.content(copy.digest) if copy else b""
    draft = compose(item, entry, source, edition=edition, editors=settings.editors, copy=copy)
    if public:
        draft = corrected(public.content, draft, now=now)
    if not draft.headline.strip():
        draft = replace(draft, headline=labels.label(edition, "untitled"))
    site = site_of(settings, edition, authority=authority)
    if public:
        public = replace(public, content=draft)
    shown = showing.show(public or _unborn(item, edition, draft, now), site=site)
    mail = letter([shown.publication], site=site, number=number, closed_at=now)
    tree = {
        f"item-{item_id}.html": pages.item(shown, site=site, banner=labels.label(edition, "preview")),
        f"item-{item_id}-mail.html": pages.marked(
            pages.beside(mail.html, copy, site=site), banner=labels.label(edition, "preview_mail")
        ),
    }
    files = output.write_files(directory, tree)
    beside = {STYLE: pages.shared(site)[STYLE]} | ({picture_path(copy): content} if copy else {})
    output.write_files(directory, beside)
    return files


def _write_outputs(
    store: Store,
    settings: Settings,
    now: datetime,
    *,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Outputs:
    """The files of all editions: an item's page names its translations in the others."""
    directory = settings.newsroom / settings.publish.directory
    with output.locked(directory):
        with store.read() as tx:
            known = _known(tx, settings, now)
            imported = _without_page(known, directory)
            digests = {one.site.edition.key: [glance.digest for glance in one.glances] for one in known}
            state = facts.outputs_state(tx, settings, digests=digests, now=now)
            latest = news_at(glance for one in known for glance in one.glances)
            current = facts.outputs_are_current(tx, state=state)
            with _set_aside():
                documents = plan(
                    known,
                    program=program.fingerprint(),
                    feed_items=settings.publish.feed_items,
                    page_items=settings.publish.page_items,
                    redirects=tx.redirects.all(),
                )
                replaced = output.replace_tree(
                    directory,
                    documents,
                    make=Press(tx, _FRAGMENTS.of([one.site for one in known]), told=told).make,
                    older=_older(known),
                    now=now,
                )
        with store.begin() as tx:
            announcing.heed(tx, settings, news_in(documents), news_at=latest, now=now)
            if not current:
                facts.record_outputs(tx, state=state)
    return Outputs(
        directory=directory,
        manifest=replaced.manifest,
        written=tuple(directory / path for path in replaced.written),
        imported=imported,
    )


def _without_page(editions: Sequence[Known], directory: Path) -> tuple[int, ...]:
    """Of what was imported, what readers of the folder do not have yet."""
    there = load(directory, older=_older(editions)).files
    return tuple(
        sorted(
            {
                glance.item_id
                for one in editions
                for glance in one.glances
                if glance.imported
                and glance.withdrawn_at is None
                and one.site.file(item_path(glance)) not in there
            }
        )
    )


def _older(editions: Iterable[Known]) -> list[str]:
    """Folders that may have a manifest of their own, from 0.1."""
    return [one.site.folder for one in editions if one.site.folder]


@contextmanager
def _set_aside() -> Iterator[None]:
    """What is known by now lives to the end: the collector need not go through all of it again and again."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _known(tx: Transaction, settings: Settings, now: datetime) -> list[Known]:
    authority = tx.meta.tag_authority(base_url=settings.publish.base_url, now=now)
    return [
        Known(
            site=site,
            glances=tx.publications.glances(site.edition.key),
            issues=tx.mailing.issues.glances(site.edition.key),
            opened=facts.opened(tx, site.edition.key),
        )
        for site in sites_of(settings, authority=authority)
    ]


def require_templates(settings: Settings) -> None:
    """A template that is broken stops a publish before anything is said or replaced."""
    for site in sites_of(settings):
        specimen.check(site)


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
