"""Items that tell one story: what an editor does about them, and what a move does to all of them.

The event of a cluster has no version: neither what an editor wrote nor what readers have is another by it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from curator.errors import Refused
from curator.model import Editor, Event, Item, Move, Status
from curator.store import Store, Transaction
from curator.store.clusters import TURN

Memberships = Mapping[int, int | None]


def separate(store: Store, item_id: int, *, by: Editor, now: datetime) -> Item:
    """This one is another story: it leaves its siblings, and joins none of them again by itself."""
    with store.begin() as tx:
        tx.serialise(TURN)
        item = tx.items.get(item_id)
        others = [other for other in _story(tx, item) if other != item_id]
        if not others:
            raise Refused("nothing_to_separate", item=item_id)
        pairs = [(item_id, other) for other in others]
        _change(tx, item, {item_id: None}, apart=pairs, move=Move.SEPARATE, by=by, now=now)
        return tx.items.get(item_id)


def join(store: Store, item_id: int, other_id: int, *, by: Editor, now: datetime) -> Item:
    """These two tell one story, and so do all that either was joined with."""
    if item_id == other_id:
        raise Refused("join_itself", item=item_id)
    with store.begin() as tx:
        tx.serialise(TURN)
        item, other = tx.items.get(item_id), tx.items.get(other_id)
        mine, theirs = _story(tx, item), _story(tx, other)
        if mine == theirs:
            raise Refused("already_joined", item=item_id, other=other_id)
        cluster = item.cluster or other.cluster or tx.clusters.new(now=now)
        together = [(one, two) for one in mine for two in theirs]
        _change(
            tx,
            item,
            dict.fromkeys([*mine, *theirs], cluster),
            together=together,
            move=Move.JOIN,
            by=by,
            now=now,
        )
        return tx.items.get(item_id)


def taken_back(tx: Transaction, item: Item, event: Event, *, by: Editor, now: datetime) -> Item:
    """The clusters as they were before `event`."""
    tx.serialise(TURN)
    before = event.before
    memberships = {int(item_id): cluster for item_id, cluster in before["clusters"].items()}
    _apply(tx, memberships, apart=before["apart"], together=event.after["apart"])
    undoing = tx.events.add(
        at=now,
        editor=by.name,
        move=Move.UNDO,
        item_id=item.id,
        before=event.after,
        after=before,
        reason=event.move,
    )
    tx.events.mark_undone(event.id, by=undoing)
    return tx.items.get(item.id)


def waiting(
    tx: Transaction, item: Item, *, edition: str, status: Status, named: Collection[int]
) -> list[Item]:
    """The item's siblings in this status, without those that were `named` and have a turn of their own."""
    others = [other for other in _story(tx, item) if other != item.id and other not in named]
    return [other for other in tx.items.many(others) if other.status_in(edition) is status]


def moved_along(tx: Transaction, item: Item, event: Event) -> list[tuple[Item, Event]]:
    """The siblings that the same move of the same moment took along."""
    found: list[tuple[Item, Event]] = []
    for other in tx.items.many([other for other in _story(tx, item) if other != item.id]):
        last = tx.events.last_standing(other.id)
        if last and (last.move, last.at, last.editor) == (event.move, event.at, event.editor):
            found.append((other, last))
    return found


def _story(tx: Transaction, item: Item) -> list[int]:
    return [item.id] if item.cluster is None else tx.clusters.members(item.cluster)


def _change(
    tx: Transaction,
    item: Item,
    memberships: Memberships,
    *,
    apart: Collection[tuple[int, int]] = (),
    together: Collection[tuple[int, int]] = (),
    move: Move,
    by: Editor,
    now: datetime,
) -> None:
    known = tx.clusters.apart(memberships)
    ended = [pair for pair in together if pair in known]
    before = tx.clusters.memberships(memberships)
    _apply(tx, memberships, apart=apart, together=ended)
    tx.events.add(
        at=now,
        editor=by.name,
        move=move,
        item_id=item.id,
        before=_record(before, ended),
        after=_record(memberships, apart),
    )


def _apply(
    tx: Transaction,
    memberships: Memberships,
    *,
    apart: Collection[Any],
    together: Collection[Any],
) -> None:
    tx.clusters.put(memberships)
    tx.clusters.take_apart((one, two) for one, two in apart)
    tx.clusters.bring_together((one, two) for one, two in together)


def _record(memberships: Memberships, apart: Collection[tuple[int, int]]) -> dict[str, Any]:
    """As JSON keeps it. `apart`: the pairs that were, or became, separated."""
    return {
        "clusters": {str(item_id): cluster for item_id, cluster in sorted(memberships.items())},
        "apart": [list(pair) for pair in sorted(apart)],
    }
