"""How it stands with the mirror, and an end to conflicts: an editor's word, never ours."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from curator.errors import NewsroomError, NotFound, Refused
from curator.model import OutboxState, Owed, Publication
from curator.publish.mirror import owing
from curator.settings import Settings
from curator.store import Store
from curator.store.outbox import MirrorState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`state` None: nothing was published since the mirror was set. `rows` are what is not simply there.

    `elsewhere`: by other addresses, how many items that went there were corrected or withdrawn since.
    """

    target: str
    edition: str
    state: MirrorState | None
    counts: Mapping[OutboxState, int]
    rows: Sequence[tuple[Owed, Publication]]
    lost_markup: tuple[int, ...] = ()
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[int, Sequence[tuple[str, str]]]


def required_target(settings: Settings) -> str:
    target = owing.target_of(settings)
    if target is None:
        raise NewsroomError("mirror_not_set")
    return target


def standing(store: Store, settings: Settings) -> Standing:
    """From the outbox alone; the mirror itself is not asked."""
    target, key = required_target(settings), owing.edition_of(settings).key
    with store.read() as tx:
        rows = tx.outbox.rows(target, key)
        other = [row for row in rows if row.state is not OutboxState.DONE]
        publications = tx.publications.many(key, [row.item_id for row in other])
        return Standing(
            target=target,
            edition=key,
            state=tx.outbox.state(target, key),
            elsewhere=tx.outbox.elsewhere(target, key),
            counts=tx.outbox.counts(target, key),
            rows=[(row, publications[row.item_id]) for row in other],
            lost_markup=tuple(row.item_id for row in rows if row.remote.get("lost_markup")),
            left_out={
                row.item_id: [(kind, name) for kind, name in left]
                for row in rows
                if (left := row.remote.get("left_out"))
            },
        )


def settle(
    store: Store, settings: Settings, *, item_ids: Collection[int], overwrite: bool, now: datetime
) -> tuple[Owed, ...]:
    """All or none. `overwrite`: what we have replaces what is there, at the next push; else it is theirs.

    Either may be said again: what was left to them can be taken back.
    """
    target, key = required_target(settings), owing.edition_of(settings).key
    settled = []
    with store.begin() as tx:
        tx.holds.require_none()
        for item_id in item_ids:
            owed = tx.outbox.of_item(target, key, item_id)
            if owed is None:
                raise NotFound("mirror_unknown_item", id=item_id)
            if owed.state not in (OutboxState.CONFLICT, OutboxState.THEIRS):
                raise Refused("mirror_no_conflict", item=item_id)
            tx.outbox.decide(owed, insist=overwrite, now=now)
            settled.append(owed)
    return tuple(settled)


def move(store: Store, settings: Settings, *, old: str) -> int:
    """The WordPress that was at `old`, an address or what `Standing.target` says, is at another now."""
    target, key = required_target(settings), owing.edition_of(settings).key
    known = owing.named(old) if "://" in old else old
    with store.begin() as tx:
        moved = tx.outbox.move(known, target, key) if known != target else 0
    if not moved:
        raise NotFound("mirror_not_there", old=known)
    return moved


def conflicts(store: Store, settings: Settings, among: Collection[int] | None = None) -> list[dict[str, Any]]:
    """Each as {item, code, data}; `among`: these items only."""
    return [
        {"item": owed.item_id, **(owed.error or {"code": "mirror_changed"})}
        for owed, _publication in standing(store, settings).rows
        if owed.state is OutboxState.CONFLICT and (among is None or owed.item_id in among)
    ]
