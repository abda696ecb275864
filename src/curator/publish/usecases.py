"""READY ITEMS → WHAT READERS GET: first the store, in one transaction, then the files, from the store."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from curator.model import Editor, Item, Publication, PublicItem
from curator.publish import announcing, facts, labels, output, pages, recall, showing
from curator.publish.compose import compose, corrected
from curator.publish.letter import letter
from curator.publish.outgoing import (
    Held,
    Outgoing,
    forget_pictures,
    late_pictures,
    own_copy,
    provenance,
)
from curator.publish.site import ATOM, JSON_FEED, RSS, Site, picture_path, site_of
from curator.publish.tree import tree_of
from curator.settings import Edition, PictureSettings, Settings
from curator.store import Store, Transaction

_PICTURES = PictureSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """Item ids by what happened to them. `waiting`: issues half-way out that hold a withdrawn item."""

    published: tuple[int, ...]
    corrected: tuple[int, ...]
    withdrawn: tuple[int, ...]
    held: tuple[Held, ...]
    waiting: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published(Moves):
    """`files` is the whole tree, `written` what was not right yet."""

    files: tuple[Path, ...]
    written: tuple[Path, ...]
    addresses: tuple[str, ...]


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
    with store.begin() as tx:
        tx.publications.see_to_old(edition.key)
        moves = _settle(tx, settings, edition=edition, by=by, now=now)
    outputs = _write_outputs(store, settings, edition, now, told=told)
    site, root = outputs.site, outputs.root
    with store.read() as tx:
        found = (
            tx.publications.get(item_id, edition.key) for item_id in (*moves.published, *moves.corrected)
        )
        changed = [site.item_url(publication) for publication in found if publication]
    return Published(
        published=moves.published,
        corrected=moves.corrected,
        withdrawn=moves.withdrawn,
        held=moves.held,
        waiting=moves.waiting,
        files=tuple(root / path for path in outputs.replaced.files),
        written=tuple(root / path for path in outputs.replaced.written),
        addresses=(site.home_url, site.url(ATOM), site.url(RSS), site.url(JSON_FEED), *changed),
    )


def rehearse(store: Store, settings: Settings, *, edition: Edition, by: Editor, now: datetime) -> Moves:
    """What a publish would do now. It is really done, in a transaction that is then taken back."""
    with store.begin() as tx:
        moves = _settle(tx, settings, edition=edition, by=by, now=now)
        tx.take_back()
    return moves


def _settle(tx: Transaction, settings: Settings, *, edition: Edition, by: Editor, now: datetime) -> Moves:
    tx.serialise(f"publish:{edition.key}")
    authority = facts.open_edition(tx, edition.key, base_url=settings.publish.base_url, now=now)
    outgoing = Outgoing(tx=tx, settings=settings, edition=edition, by=by, now=now)
    withdrawn = outgoing.withdraw()
    waiting = recall.take_out(tx, settings, edition=edition, item_ids=withdrawn, now=now)
    published, held = outgoing.publish(authority)
    corrected, held_back = outgoing.correct()
    if corrected:
        forget_pictures(tx, pictures=settings.pictures)
    facts.record_held(tx, edition.key, held + held_back)
    return Moves(
        published=tuple(published),
        corrected=tuple(corrected),
        withdrawn=tuple(withdrawn),
        held=(*held, *held_back),
        waiting=waiting,
    )


def write_outputs(store: Store, settings: Settings, *, edition: Edition, now: datetime) -> tuple[Path, ...]:
    """Bring the files up to what readers should have, and nothing else: an issue has its page at once."""
    with store.begin() as tx:
        facts.open_edition(tx, edition.key, base_url=settings.publish.base_url, now=now)
    outputs = _write_outputs(store, settings, edition, now)
    return tuple(outputs.root / path for path in outputs.replaced.written)


def publish_due(
    store: Store, *, edition: Edition, pictures: PictureSettings = _PICTURES, now: datetime
) -> bool:
    """Whether a publish would find something to do, a publish that died half-way included.

    What was held is not asked about again until an editor has changed it.
    """
    key = edition.key
    with store.read() as tx:
        late = tx.items.many(late_pictures(tx, key, pictures=pictures))
        waiting = [*tx.items.ready(key, now=now), *tx.items.published(key), *late]
        return (
            not facts.outputs_are_current(tx, key)
            or bool(tx.items.withdrawn(key))
            or bool(facts.not_held(tx, key, waiting))
        )


def preview_item(
    store: Store, settings: Settings, *, item_id: int, edition: Edition, directory: Path, now: datetime
) -> tuple[Path, ...]:
    """The item's page and its part of the mail as readers would see them now, each marked as a preview."""
    with store.read() as tx:
        item = tx.items.get(item_id)
        entry, source = provenance(tx, item)
        public = tx.publications.get(item_id, edition.key)
        authority = facts.tag_authority(tx, base_url=settings.publish.base_url, now=now)
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
    if copy:
        output.write_files(directory, {picture_path(copy): content})
    return files


def _write_outputs(
    store: Store,
    settings: Settings,
    edition: Edition,
    now: datetime,
    *,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> _Outputs:
    directory = settings.newsroom / settings.publish.directory
    with output.locked(directory):
        with store.read() as tx:
            authority = facts.tag_authority(tx, base_url=settings.publish.base_url, now=now)
            site = site_of(settings, edition, authority=authority)
            state = facts.outputs_state(tx, edition.key)
            current = facts.outputs_are_current(tx, edition.key)
            tree = tree_of(tx, site, feed_items=settings.publish.feed_items, told=told)
        root = directory / site.folder
        replaced = output.replace_tree(root, tree, load=lambda kept: _picture(store, kept))
        with store.begin() as tx:
            announcing.heed(tx, settings, _feeds(directory), now=now)
            if not current:
                facts.record_outputs(tx, edition.key, state=state)
    return _Outputs(site=site, root=root, replaced=replaced)


def _feeds(directory: Path) -> dict[str, str]:
    """The feeds of all editions as they lie there, by path and digest."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("feed.*"))
        if not path.relative_to(directory).parts[0].startswith(".")
    }


def _picture(store: Store, kept: output.Kept) -> bytes:
    with store.read() as tx:
        return tx.pictures.content(kept.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outputs:
    site: Site
    root: Path
    replaced: output.Replaced


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
