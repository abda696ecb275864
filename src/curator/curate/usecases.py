"""ENTRIES → READY ITEMS: what editors do, each in one transaction with its event."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from curator import lifecycle, review
from curator.curate import attributing, passage, suggest
from curator.curate.dossier import Dossier, open_dossier
from curator.curate.together import Along, Moved, Refusal, each
from curator.curate.undoing import undo
from curator.curate.writing import Writing, written
from curator.errors import (
    BadInput,
    EditConflict,
    MoveNotAllowed,
    NotReady,
    Refused,
)
from curator.lifecycle import hold
from curator.model import Attribution, Commentary, Editor, Excerpt, Item, Move, Page, Status
from curator.quotation import policy_of
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.search import Search

__all__ = [
    "Moved",
    "Refusal",
    "approve",
    "claim",
    "first_excerpt",
    "opened",
    "queued_before",
    "release",
    "requeue",
    "saved",
    "skip",
    "take_up",
    "undo",
    "withdraw",
    "write",
]


def claim(
    store: Store,
    item_ids: Sequence[int],
    *,
    by: Editor,
    settings: Settings,
    edition: Edition,
    now: datetime,
    take_over: bool = False,
    keep_going: bool = False,
    rehearse: bool = False,
) -> Moved:
    """Put items on an editor's desk and freeze what the source says.

    The source may rewrite or delete its entry afterwards; the excerpt stays.
    Claiming what one holds already renews the claim.
    """

    def one(tx: Transaction, item: Item) -> Item:
        claimed = _claimed(open_dossier(tx, item), edition, by, settings, now, take_over=take_over)
        others = lifecycle.on_desk_of_other(item, by, now)
        return tx.items.put(
            item,
            claimed,
            move=Move.CLAIM,
            by=by.name,
            edition=edition.key,
            now=now,
            noted={"taken_over_from": item.editor} if others else None,
        )

    return each(store, item_ids, one, keep_going=keep_going, rehearse=rehearse)


def take_up(
    store: Store, item_id: int, *, by: Editor, settings: Settings, edition: Edition, now: datetime
) -> Item:
    """Put what an editor clipped on her desk; where it lies there already, it stays as it is."""

    def one(tx: Transaction, item: Item) -> Item:
        if item.status_in(edition.key) is Status.DRAFTING and item.editor == by.name:
            return item
        claimed = _claimed(open_dossier(tx, item), edition, by, settings, now)
        return tx.items.put(item, claimed, move=Move.CLIP, by=by.name, edition=edition.key, now=now)

    return each(store, [item_id], one, keep_going=False).items[0]


def release(
    store: Store,
    item_ids: Sequence[int],
    *,
    by: Editor,
    edition: Edition,
    now: datetime,
    keep_going: bool = False,
    rehearse: bool = False,
) -> Moved:
    """Back to the queue; every text stays with the item."""

    def one(tx: Transaction, item: Item) -> Item:
        hold(item, by, now)
        lifecycle.after(Move.RELEASE, item.status_in(edition.key), item_id=item.id)
        freed = replace(_staged(item, edition, None), status=Status.QUEUED, editor=None, claimed_until=None)
        return tx.items.put(item, freed, move=Move.RELEASE, by=by.name, edition=edition.key, now=now)

    return each(store, item_ids, one, keep_going=keep_going, rehearse=rehearse)


def skip(
    store: Store,
    item_ids: Sequence[int],
    *,
    by: Editor,
    edition: Edition,
    now: datetime,
    reason: str | None = None,
    keep_going: bool = False,
    rehearse: bool = False,
    whole_story: bool = True,
) -> Moved:
    """Out of the queue. `whole_story`: what is folded under an item goes too, or it would come up next."""

    def one(tx: Transaction, item: Item) -> Item:
        hold(item, by, now)
        status = lifecycle.after(Move.SKIP, item.status_in(edition.key), item_id=item.id)
        skipped = replace(item, status=status, editor=None, claimed_until=None)
        return tx.items.put(
            item, skipped, move=Move.SKIP, by=by.name, edition=edition.key, now=now, reason=reason
        )

    return each(
        store,
        item_ids,
        one,
        keep_going=keep_going,
        rehearse=rehearse,
        along=Along(edition=edition.key, status=Status.QUEUED) if whole_story else None,
    )


def queued_before(
    store: Store, edition: Edition, *, source_id: int | None, before: datetime | None
) -> tuple[int, ...]:
    """The ids of what waits in the queue from one source, or since before a time, or both."""
    search = Search(
        edition=edition.key,
        status=Status.QUEUED,
        source_ids=(source_id,) if source_id is not None else None,
        before=before,
    )
    with store.read() as tx:
        return tuple(item.id for item in tx.items.find(search, limit=None)[1])


def requeue(
    store: Store,
    item_ids: Sequence[int],
    *,
    by: Editor,
    edition: Edition,
    now: datetime,
    keep_going: bool = False,
    rehearse: bool = False,
) -> Moved:
    """Back to the queue, with the other tellings of the story that were skipped."""

    def one(tx: Transaction, item: Item) -> Item:
        status = lifecycle.after(Move.REQUEUE, item.status_in(edition.key), item_id=item.id)
        queued = replace(item, status=status)
        return tx.items.put(item, queued, move=Move.REQUEUE, by=by.name, edition=edition.key, now=now)

    along = Along(edition=edition.key, status=Status.SKIPPED)
    return each(store, item_ids, one, keep_going=keep_going, rehearse=rehearse, along=along)


def write(
    store: Store,
    item_id: int,
    writing: Writing,
    *,
    by: Editor,
    settings: Settings,
    edition: Edition,
    now: datetime,
) -> Item:
    """Save an editor's words: claims a queued item, takes a ready one back, corrects a public one.

    Raises EditConflict when `writing.version` is not the item's; nothing is written then.
    """
    with store.begin() as tx:
        return saved(tx, tx.items.get(item_id), writing, by=by, settings=settings, edition=edition, now=now)


def saved(
    tx: Transaction,
    item: Item,
    writing: Writing,
    *,
    by: Editor,
    settings: Settings,
    edition: Edition,
    now: datetime,
) -> Item:
    """`write` as part of a transaction."""
    dossier = open_dossier(tx, item)
    _refuse_stale(tx, dossier, writing, by, edition)
    if item.status_in(edition.key) is Status.PUBLISHED:
        move, opened = Move.CORRECT, _corrected(dossier, writing, edition)
    else:
        move, opened = Move.WRITE, _drafting(dossier, edition, by, settings, now)
        if writing.correction is not None or writing.minor:
            raise BadInput("correction_of_unpublished", item=item.id)
    quoting = writing.excerpt is not None or writing.paragraphs is not None
    if quoting and opened.page is None and dossier.page is not None:
        opened = _quoting_page(opened, dossier, dossier.page)
    if writing.paragraphs == passage.OPENING and dossier.entry is not None:
        opened = replace(opened, excerpt=first_excerpt(dossier, settings, at_most=True))
        writing = replace(writing, paragraphs=None)
    result = written(opened, writing, entry=dossier.entry, source=dossier.source, edition=edition, by=by.name)
    result = suggest.recognised(result, dossier.suggestions, edition.key)
    if settings.review.two_person:
        result = _to_be_approved_again(item, result, edition)
    return tx.items.put(item, result, move=move, by=by.name, edition=edition.key, now=now)


def _quoting_page(item: Item, dossier: Dossier, page: Page) -> Item:
    """Its excerpt is held against this page from now on; what the attribution lacks, the page may say."""
    stated: tuple[Attribution, ...] = ()
    if dossier.furnished is not None and dossier.source is not None:
        stated = attributing.attributions(dossier.furnished, dossier.source, page=page)
    return replace(item, page=page.n, attributions=attributing.completed(item.attributions, stated))


def _refuse_stale(tx: Transaction, dossier: Dossier, writing: Writing, by: Editor, edition: Edition) -> None:
    """Refuse what was written on an older text, or over a colleague's correction that is not out yet."""
    item = dossier.item
    if writing.version is None:
        public = dossier.publication(edition.key)
        if public is not None and dossier.correction_pending(edition.key):
            told = tx.events.standing([item.id])[item.id]
            if set(lifecycle.writers(told, edition.key)) - {by.name}:
                raise EditConflict(item_id=item.id, expected=public.item_version, theirs=item)
    elif _moved_on(tx, item, writing.version):
        raise EditConflict(item_id=item.id, expected=writing.version, theirs=item)


def _moved_on(tx: Transaction, item: Item, version: int) -> bool:
    """Whether more than a claim or an assignment has happened to the item since this version of it."""
    if version == item.version:
        return False
    since = tx.events.since_version(item.id, version)
    return version > item.version or not all(lifecycle.leaves_texts(event) for event in since)


def _to_be_approved_again(old: Item, new: Item, edition: Edition) -> Item:
    """Editions that were ready with another excerpt or picture are not ready any more."""
    if all(getattr(old, name) == getattr(new, name) for name in lifecycle.SHARED):
        return new
    commentaries = {
        key: replace(said, stage=None, publish_at=None)
        if key != edition.key and said.stage is Status.READY
        else said
        for key, said in new.commentaries.items()
    }
    return replace(new, commentaries=commentaries)


def opened(
    store: Store, item_id: int, *, by: Editor, settings: Settings, edition: Edition, now: datetime
) -> Dossier:
    """The item as `by` would find it on her desk, excerpt and attribution filled in; nothing is saved.

    Refuses what `write` would refuse, before anybody has typed a word.
    """
    with store.read() as tx:
        dossier = open_dossier(tx, tx.items.get(item_id))
    if dossier.item.status_in(edition.key) is Status.PUBLISHED:
        return dossier
    return replace(dossier, item=_drafting(dossier, edition, by, settings, now))


def approve(
    store: Store,
    item_ids: Sequence[int],
    *,
    by: Editor,
    settings: Settings,
    edition: Edition,
    now: datetime,
    at: datetime | None = None,
    version: int | None = None,
    keep_going: bool = False,
    rehearse: bool = False,
) -> Moved:
    """Declare items ready for publication, now or at a time; refused while anything is missing.

    With two persons, by another than those who wrote; a correction of what is public waits for it, too.
    What is ready already is given another time: `at` must say which.
    `version`: what was read; refused when the texts are others by now.
    """

    def one(tx: Transaction, item: Item) -> Item:
        if version is not None and _moved_on(tx, item, version):
            raise Refused("approve_stale", item=item.id, expected=version, version=item.version)
        was = item.status_in(edition.key)
        status = lifecycle.after(Move.APPROVE, was, item_id=item.id)
        if was is Status.READY and at is None:
            offered = lifecycle.offered(was)
            raise MoveNotAllowed(item=item.id, move="approve", status=was, possible=offered)
        if problems := open_dossier(tx, item).problems(edition.key, settings):
            raise NotReady(item_id=item.id, problems=problems)
        told = tx.events.standing([item.id])[item.id] if settings.review.two_person else ()
        if status is Status.PUBLISHED and not lifecycle.unapproved(told, edition.key):
            raise MoveNotAllowed(item=item.id, move="approve", status=status, possible=["write", "withdraw"])
        if was is not Status.READY and by.name in (wrote := lifecycle.writers(told, edition.key)):
            limit = "correction" if status is Status.PUBLISHED else None
            raise Refused("two_person", item=item.id, editor=by.name, writers=wrote, limit=limit)
        if status is Status.PUBLISHED:
            if at is not None:
                raise BadInput("correction_without_time", item=item.id)
            ready = item
        else:
            ready = replace(_staged(item, edition, Status.READY, publish_at=at), claimed_until=None)
        return tx.items.put(item, ready, move=Move.APPROVE, by=by.name, edition=edition.key, now=now)

    return each(store, item_ids, one, keep_going=keep_going, rehearse=rehearse)


def withdraw(
    store: Store,
    item_id: int,
    *,
    reason: str,
    public_note: str | None,
    by: Editor,
    edition: Edition,
    now: datetime,
    again: bool = False,
) -> Item:
    """Take a published item back, for good. Readers lose it at the next publish; `reason` stays inside.

    `again`: what is withdrawn with the same public note is left as it is, and not refused.
    """
    if not reason.strip():
        raise BadInput("reason_missing")
    with store.begin() as tx:
        item = tx.items.get(item_id)
        if again and _is_withdrawn(item, edition, public_note):
            return item
        lifecycle.after(Move.WITHDRAW, item.status_in(edition.key), item_id=item.id)
        withdrawn = _staged(item, edition, Status.WITHDRAWN, public_note=public_note)
        return tx.items.put(
            item, withdrawn, move=Move.WITHDRAW, by=by.name, edition=edition.key, now=now, reason=reason
        )


def _is_withdrawn(item: Item, edition: Edition, public_note: str | None) -> bool:
    """Without a note whatever was said, as nothing else is asked for."""
    if item.status_in(edition.key) is not Status.WITHDRAWN:
        return False
    return public_note in (None, item.commentaries[edition.key].public_note)


def _claimed(
    dossier: Dossier,
    edition: Edition,
    by: Editor,
    settings: Settings,
    now: datetime,
    *,
    take_over: bool = False,
) -> Item:
    item = dossier.item
    lifecycle.after(Move.CLAIM, item.status_in(edition.key), item_id=item.id)
    if not take_over:
        hold(item, by, now)
    held = replace(item, status=Status.DRAFTING, editor=by.name, claimed_until=now + settings.claim_time)
    entry, source = dossier.furnished, dossier.source
    if held.revision is not None or entry is None or source is None:
        return held  # claimed before: the frozen revision and the texts stay
    return replace(
        held,
        revision=entry.revision,
        page=dossier.page.n if dossier.page else None,
        excerpt=first_excerpt(dossier, settings),
        attributions=attributing.attributions(entry, source, page=dossier.page),
        image=entry.image,
    )


def first_excerpt(dossier: Dossier, settings: Settings, *, at_most: bool = False) -> Excerpt | None:
    """What a claim quotes of the entry; `at_most`: as much of it as may be quoted."""
    if dossier.entry is None or dossier.source is None:
        return None
    policy = policy_of(dossier.source, settings.quotation)
    most = policy.most(review.original_words(dossier.entry, dossier.page))
    usual = sys.maxsize if at_most else settings.quotation.excerpt_words
    words = usual if most is None else min(usual, most)
    return passage.opening(dossier.entry, dossier.source, words=words)


def _drafting(dossier: Dossier, edition: Edition, by: Editor, settings: Settings, now: datetime) -> Item:
    """The item as it is while `by` writes it: claimed, and no longer ready."""
    item = dossier.item
    status = item.status_in(edition.key)
    if status is Status.QUEUED:
        return _claimed(dossier, edition, by, settings, now)
    hold(item, by, now)
    lifecycle.after(Move.WRITE, status, item_id=item.id)
    return replace(
        _staged(item, edition, None),
        status=Status.DRAFTING,
        editor=by.name,
        claimed_until=now + settings.claim_time,
    )


def _corrected(dossier: Dossier, writing: Writing, edition: Edition) -> Item:
    """A published item with what readers are to see of the correction: minor only if all of it is.

    Of every edition that has the item: excerpt, sources, picture and tags are theirs, too.
    """
    commentaries = {
        key: replace(said, minor=writing.minor and (said.minor or not dossier.correction_pending(key)))
        if said.stage is Status.PUBLISHED
        else said
        for key, said in dossier.item.commentaries.items()
    }
    if writing.correction is not None:
        mine = replace(commentaries[edition.key], correction=writing.correction)
        commentaries[edition.key] = mine
    return replace(dossier.item, commentaries=commentaries)


def _staged(
    item: Item,
    edition: Edition,
    stage: Status | None,
    *,
    publish_at: datetime | None = None,
    public_note: str | None = None,
) -> Item:
    commentary = item.commentaries.get(edition.key)
    if commentary is None:
        return item
    staged: Commentary = replace(commentary, stage=stage, publish_at=publish_at, public_note=public_note)
    return replace(item, commentaries={**item.commentaries, edition.key: staged})
