"""Which items a move of many is of, where an editor says what they are like and not which they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from curator import lifecycle
from curator.curate import dossier as dossiers
from curator.model import Editor, Item, Move, Status
from curator.settings import Settings
from curator.store import Store
from curator.store.search import Search

_FROM: dict[Move, tuple[Status, ...]] = {
    Move.CLAIM: (Status.QUEUED,),
    Move.RELEASE: (Status.DRAFTING, Status.READY),
    Move.SKIP: (Status.QUEUED,),  # what somebody has begun to write is skipped by its id only
    Move.REQUEUE: (Status.SKIPPED,),
    Move.APPROVE: (Status.DRAFTING,),
    Move.ASSIGN: (Status.QUEUED,),
}

_ALL = 2**31 - 1


def chosen(
    store: Store,
    search: Search,
    *,
    move: Move,
    problem: str | None,
    by: Editor,
    settings: Settings,
    now: datetime,
) -> tuple[int, ...]:
    """The ids of what matches and may make this move, newest first; nothing of another editor's desk."""
    found: list[int] = []
    for status in _FROM[move]:
        if search.status in (None, status):
            found += _in_status(store, replace(search, status=status), problem, settings)
    if move in (Move.CLAIM, Move.SKIP, Move.REQUEUE, Move.ASSIGN):
        return tuple(found)  # nobody's desk
    with store.read() as tx:
        return tuple(item.id for item in tx.items.many(found) if _may(move, item, by, now))


def _may(move: Move, item: Item, by: Editor, now: datetime) -> bool:
    if move is Move.RELEASE:
        return item.editor == by.name
    return not lifecycle.on_desk_of_other(item, by, now)


def _in_status(store: Store, search: Search, problem: str | None, settings: Settings) -> list[int]:
    if problem is None:
        return dossiers.row_ids(store, search)
    found = dossiers.find(store, search, problem=problem, settings=settings, limit=_ALL, offset=0)
    return [each.item.id for each in found.dossiers]
