"""Taking the last move back, texts included, unless readers have seen it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from curator import history
from curator.curate import siblings
from curator.curate.dossier import Dossier, open_dossier
from curator.errors import Refused
from curator.lifecycle import hold
from curator.model import Editor, Event, Item, Move
from curator.store import Store, Transaction


def undo(store: Store, item_id: int, *, by: Editor, now: datetime) -> tuple[Item, Event, list[int]]:
    """Take the item's last move back, texts included, unless readers have seen it.

    What a skip or a requeue took along comes back with it: the last of the answer are those items.
    """
    with store.begin() as tx:
        item = tx.items.get(item_id)
        event = tx.events.last_standing(item_id)
        if event is None or event.editor != by.name:  # one's own slip is mended wherever it sent the item
            hold(item, by, now)
        if event is None or event.move == Move.ENQUEUE:
            raise Refused("nothing_to_undo", item=item_id)
        if event.move == Move.IMPORT:
            raise Refused("undo_of_import", item=item_id)
        if event.move in (Move.JOIN, Move.SEPARATE):
            return siblings.taken_back(tx, item, event, by=by, now=now), event, []
        if _seen_by_readers(open_dossier(tx, item), event):
            raise Refused("undo_after_readers", item=item_id, move=event.move, limit=event.move)
        along = siblings.moved_along(tx, item, event) if event.move in (Move.SKIP, Move.REQUEUE) else []
        for other, same in along:
            _taken_back(tx, other, same, by=by, now=now)
        result = _taken_back(tx, item, event, by=by, now=now)
        return result, event, [other.id for other, _ in along]


def _taken_back(tx: Transaction, item: Item, event: Event, *, by: Editor, now: datetime) -> Item:
    before = _still_hers(item, history.restored(item, event.before))
    result = tx.items.put(
        item, before, move=Move.UNDO, by=by.name, edition=event.edition, now=now, reason=event.move
    )
    undoing = tx.events.of_item(item.id)[-1]
    tx.events.mark_undone(event.id, by=undoing.id)
    return result


def _still_hers(item: Item, before: Item) -> Item:
    """Taking back what one has just saved shortens no claim: it is a save, too."""
    if item.claimed_until is None or before.claimed_until is None or before.editor != item.editor:
        return before
    return replace(before, claimed_until=max(item.claimed_until, before.claimed_until))


def _seen_by_readers(dossier: Dossier, event: Event) -> bool:
    public = dossier.publication(event.edition) if event.edition else None
    if event.move == Move.WITHDRAW:
        return public is None or public.withdrawn_at is not None
    if event.move == Move.CORRECT:
        return public is None or event.version is None or public.item_version >= event.version
    return event.move == Move.PUBLISH
