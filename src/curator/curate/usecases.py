"""ENTRIES → READY ITEMS: what editors do, each in one transaction with its event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from curator import history, lifecycle, review
from curator.curate import passage, siblings
from curator.curate.dossier import Dossier, open_dossier
from curator.curate.writing import Writing, written
from curator.errors import (
    BadInput,
    ClaimedByOther,
    CuratorError,
    EditConflict,
    NotReady,
    Refused,
)
from curator.model import Commentary, Editor, Event, Excerpt, Item, Move, Status
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.search import Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    item_id: int
    error: CuratorError


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What several ids came to. Without `keep_going` there are no refusals: the first one raises."""

    items: tuple[Item, ...]
    refused: tuple[Refusal, ...] = ()


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
) -> Moved:
    """Put items on an editor's desk and freeze what the source says.

    The source may rewrite or delete its entry afterwards; the excerpt stays.
    Claiming what one holds already renews the claim.
    """

    def one(tx: Transaction, item: Item) -> Item:
        dossier = open_dossier(tx, item)
        claimed = _claimed(dossier, edition, by, settings, now, take_over=take_over)
        return tx.items.put(item, claimed, move=Move.CLAIM, by=by.name, edition=edition.key, now=now)

    return _each(store, item_ids, one, keep_going=keep_going)


def release(
    store: Store,
    item_ids: Sequence[int],
    *,
    by: Editor,
    edition: Edition,
    now: datetime,
    keep_going: bool = False,
) -> Moved:
    """Back to the queue; every text stays with the item."""

    def one(tx: Transaction, item: Item) -> Item:
        _hold(item, by, now)
        lifecycle.after(Move.RELEASE, item.status_in(edition.key), item_id=item.id)
        freed = replace(_staged(item, edition, None), status=Status.QUEUED, editor=None, claimed_until=None)
        return tx.items.put(item, freed, move=Move.RELEASE, by=by.name, edition=edition.key, now=now)

    return _each(store, item_ids, one, keep_going=keep_going)


def skip(
    store: Store,
    item_ids: Sequence[int],
    *,
    by: Editor,
    edition: Edition,
    now: datetime,
    reason: str | None = None,
    keep_going: bool = False,
    whole_story: bool = True,
) -> Moved:
    """Out of the queue. `whole_story`: what is folded under an item goes too, or it would come up next."""

    def one(tx: Transaction, item: Item) -> Item:
        _hold(item, by, now)
        status = lifecycle.after(Move.SKIP, item.status_in(edition.key), item_id=item.id)
        skipped = replace(item, status=status, editor=None, claimed_until=None)
        return tx.items.put(
            item, skipped, move=Move.SKIP, by=by.name, edition=edition.key, now=now, reason=reason
        )

    return _each(
        store,
        item_ids,
        one,
        keep_going=keep_going,
        along=_Along(edition=edition.key, status=Status.QUEUED) if whole_story else None,
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
) -> Moved:
    """Back to the queue, with the other tellings of the story that were skipped."""

    def one(tx: Transaction, item: Item) -> Item:
        status = lifecycle.after(Move.REQUEUE, item.status_in(edition.key), item_id=item.id)
        queued = replace(item, status=status)
        return tx.items.put(item, queued, move=Move.REQUEUE, by=by.name, edition=edition.key, now=now)

    along = _Along(edition=edition.key, status=Status.SKIPPED)
    return _each(store, item_ids, one, keep_going=keep_going, along=along)


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
    if writing.version is not None and writing.version != item.version:
        raise EditConflict(item_id=item.id, expected=writing.version, theirs=item)
    dossier = open_dossier(tx, item)
    if item.status_in(edition.key) is Status.PUBLISHED:
        move, opened = Move.CORRECT, _corrected(dossier, writing, edition)
    else:
        move, opened = Move.WRITE, _drafting(dossier, edition, by, settings, now)
        if writing.correction is not None or writing.minor:
            raise BadInput("correction_of_unpublished", item=item.id)
    quoting = writing.excerpt is not None or writing.paragraphs is not None
    if quoting and opened.page is None and dossier.page is not None:
        opened = replace(opened, page=dossier.page.n)  # what the excerpt is held against from now on
    result = written(opened, writing, entry=dossier.entry, source=dossier.source, edition=edition, by=by.name)
    return tx.items.put(item, result, move=move, by=by.name, edition=edition.key, now=now)


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
    keep_going: bool = False,
) -> Moved:
    """Declare items ready for publication, now or at a time; refused while anything is missing."""

    def one(tx: Transaction, item: Item) -> Item:
        lifecycle.after(Move.APPROVE, item.status_in(edition.key), item_id=item.id)
        if problems := open_dossier(tx, item).problems(edition.key, settings):
            raise NotReady(item_id=item.id, problems=problems)
        commentary = item.commentaries[edition.key]
        if settings.review.two_person and commentary.author == by.name:
            raise Refused("two_person", item=item.id, editor=by.name)
        ready = replace(_staged(item, edition, Status.READY, publish_at=at), claimed_until=None)
        return tx.items.put(item, ready, move=Move.APPROVE, by=by.name, edition=edition.key, now=now)

    return _each(store, item_ids, one, keep_going=keep_going)


def withdraw(
    store: Store,
    item_id: int,
    *,
    reason: str,
    public_note: str | None,
    by: Editor,
    edition: Edition,
    now: datetime,
) -> Item:
    """Take a published item back, for good. Readers lose it at the next publish; `reason` stays inside."""
    if not reason.strip():
        raise BadInput("reason_missing")
    with store.begin() as tx:
        item = tx.items.get(item_id)
        lifecycle.after(Move.WITHDRAW, item.status_in(edition.key), item_id=item.id)
        withdrawn = _staged(item, edition, Status.WITHDRAWN, public_note=public_note)
        return tx.items.put(
            item, withdrawn, move=Move.WITHDRAW, by=by.name, edition=edition.key, now=now, reason=reason
        )


def undo(store: Store, item_id: int, *, by: Editor, now: datetime) -> tuple[Item, Event, list[int]]:
    """Take the item's last move back, texts included, unless readers have seen it.

    What a skip or a requeue took along comes back with it: the last of the answer are those items.
    """
    with store.begin() as tx:
        item = tx.items.get(item_id)
        _hold(item, by, now)
        event = tx.events.last_standing(item_id)
        if event is None or event.move == Move.ENQUEUE:
            raise Refused("nothing_to_undo", item=item_id)
        if event.move in (Move.JOIN, Move.SEPARATE):
            return siblings.taken_back(tx, item, event, by=by, now=now), event, []
        if _seen_by_readers(open_dossier(tx, item), event):
            raise Refused("undo_after_readers", item=item_id, move=event.move)
        along = siblings.moved_along(tx, item, event) if event.move in (Move.SKIP, Move.REQUEUE) else []
        for other, same in along:
            _taken_back(tx, other, same, by=by, now=now)
        result = _taken_back(tx, item, event, by=by, now=now)
        return result, event, [other.id for other, _ in along]


def _taken_back(tx: Transaction, item: Item, event: Event, *, by: Editor, now: datetime) -> Item:
    before = history.restored(item, event.before)
    result = tx.items.put(
        item, before, move=Move.UNDO, by=by.name, edition=event.edition, now=now, reason=event.move
    )
    undoing = tx.events.of_item(item.id)[-1]
    tx.events.mark_undone(event.id, by=undoing.id)
    return result


@dataclass(frozen=True, slots=True, kw_only=True)
class _Along:
    """Which siblings of an item a move takes along: those in this status."""

    edition: str
    status: Status


def _each(
    store: Store,
    item_ids: Sequence[int],
    one: Callable[[Transaction, Item], Item],
    *,
    keep_going: bool,
    along: _Along | None = None,
) -> Moved:
    """All or none in one transaction; with `keep_going` each in its own. An id named twice is one item."""
    item_ids = tuple(dict.fromkeys(item_ids))

    def moved(tx: Transaction, item_id: int) -> list[Item]:
        item = one(tx, tx.items.get(item_id))
        if along is None:
            return [item]
        others = siblings.waiting(tx, item, edition=along.edition, status=along.status, named=item_ids)
        return [item, *(one(tx, other) for other in others)]

    if not keep_going:
        with store.begin() as tx:
            return Moved(items=tuple(item for item_id in item_ids for item in moved(tx, item_id)))
    items: list[Item] = []
    refused: list[Refusal] = []
    for item_id in item_ids:
        try:
            with store.begin() as tx:
                items += moved(tx, item_id)
        except CuratorError as error:
            refused.append(Refusal(item_id=item_id, error=error))
    return Moved(items=tuple(items), refused=tuple(refused))


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
    if item.status_in(edition.key) is Status.DRAFTING:
        if not take_over:
            _hold(item, by, now)
    else:
        lifecycle.after(Move.CLAIM, item.status_in(edition.key), item_id=item.id)
    held = replace(item, status=Status.DRAFTING, editor=by.name, claimed_until=now + settings.claim_time)
    entry, source = dossier.entry, dossier.source
    if held.revision is not None or entry is None or source is None:
        return held  # claimed before: the frozen revision and the texts stay
    return replace(
        held,
        revision=entry.revision,
        page=dossier.page.n if dossier.page else None,
        excerpt=first_excerpt(dossier, settings),
        attributions=passage.attributions(entry, source),
        image=entry.image,
    )


def first_excerpt(dossier: Dossier, settings: Settings) -> Excerpt | None:
    """What a claim quotes of the entry."""
    if dossier.entry is None or dossier.source is None:
        return None
    words = min(
        settings.quotation.excerpt_words,
        review.most_words(dossier.source, default=settings.quotation.max_words),
    )
    return passage.opening(dossier.entry, dossier.source, words=words)


def _drafting(dossier: Dossier, edition: Edition, by: Editor, settings: Settings, now: datetime) -> Item:
    """The item as it is while `by` writes it: claimed, and no longer ready."""
    item = dossier.item
    status = item.status_in(edition.key)
    if status is Status.QUEUED:
        return _claimed(dossier, edition, by, settings, now)
    _hold(item, by, now)
    lifecycle.after(Move.WRITE, status, item_id=item.id)
    return replace(
        _staged(item, edition, None),
        status=Status.DRAFTING,
        editor=by.name,
        claimed_until=now + settings.claim_time,
    )


def _corrected(dossier: Dossier, writing: Writing, edition: Edition) -> Item:
    """A published item with what readers are to see of the correction: minor only if all of it is."""
    commentary = dossier.item.commentaries[edition.key]
    pending = dossier.correction_pending(edition.key)
    changed = replace(
        commentary,
        minor=writing.minor and (commentary.minor or not pending),
        correction=writing.correction if writing.correction is not None else commentary.correction,
    )
    return replace(dossier.item, commentaries={**dossier.item.commentaries, edition.key: changed})


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


def _hold(item: Item, by: Editor, now: datetime) -> None:
    """Refuse while another editor's claim lasts, naming who and until when."""
    if item.editor in (None, by.name) or item.claimed_until is None or item.claimed_until <= now:
        return
    raise ClaimedByOther(item=item.id, editor=item.editor, until=item.claimed_until)


def _seen_by_readers(dossier: Dossier, event: Event) -> bool:
    public = dossier.publication(event.edition) if event.edition else None
    if event.move == Move.WITHDRAW:
        return public is None or public.withdrawn_at is not None
    if event.move == Move.CORRECT:
        return public is None or event.version is None or public.item_version >= event.version
    return event.move in ("publish", "import")
