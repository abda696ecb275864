"""An item as a flat record: what changed between two states, and a state rebuilt from what changed.

Events keep only the fields that a move changed, before and after, in JSON.
Folding every `after` of an item's events gives the item (the desk's promise
that nothing an editor wrote can be lost); applying a `before` takes a move back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec

from curator.model import Attribution, Commentary, Event, Excerpt, Image, Item, Status, Waiver

Record = Mapping[str, Any]
"""Field name to JSON value; a commentary's name is `commentaries.EDITION`."""

_FIELDS: dict[str, Any] = {
    "status": Status,
    "editor": str | None,
    "claimed_until": datetime | None,
    "assignee": str | None,
    "revision": int | None,
    "page": int | None,
    "excerpt": Excerpt | None,
    "attributions": tuple[Attribution, ...],
    "image": Image | None,
    "tags": tuple[str, ...],
    "waivers": tuple[Waiver, ...],
}
_COMMENTARY = "commentaries."


def record(item: Item) -> Record:
    """Everything an editor's move can change, in JSON values."""
    fields = {name: msgspec.to_builtins(getattr(item, name)) for name in _FIELDS}
    commentaries = {
        f"{_COMMENTARY}{edition}": msgspec.to_builtins(commentary)
        for edition, commentary in item.commentaries.items()
    }
    return fields | commentaries


def difference(old: Item, new: Item) -> tuple[Record, Record]:
    """The fields that differ: as they were, as they became."""
    before, after = record(old), record(new)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return {name: before.get(name) for name in changed}, {name: after.get(name) for name in changed}


def names(before: Record, after: Record) -> list[str]:
    """What changed, as an editor calls it: "headline (it)" rather than the whole commentary."""
    said: list[str] = []
    for name in after:
        if name == "taken_over_from":
            said.append(f"taken over from {after[name]}")
            continue
        if not name.startswith(_COMMENTARY):
            said += [name] if name not in _BESIDE else []
            continue
        edition = name.removeprefix(_COMMENTARY)
        old, new = before.get(name) or {}, after.get(name) or {}
        said += [f"{part} ({edition})" for part in _WRITTEN if old.get(part) != new.get(part)]
    return said


_BESIDE = frozenset(("form", "place", "problems"))
"""What the event of an import says besides: where it came from, and what is to be looked at."""
_WRITTEN = ("headline", "note", "stage", "publish_at", "correction", "public_note")


def rebuilt(item: Item, events: Iterable[Event]) -> Item:
    """The item as its events, oldest first, tell it; of `item` only what no move changes is taken."""
    told = blank(item)
    for event in events:
        if event.version is not None:
            told = replace(restored(told, event.after), version=event.version)
    return told


def blank(item: Item) -> Item:
    """The item before anything was done to it."""
    return Item(
        id=item.id,
        ulid=item.ulid,
        version=0,
        status=Status.QUEUED,
        editor=None,
        claimed_until=None,
        entry_id=item.entry_id,
        revision=None,
        queued_at=item.queued_at,
        cluster=item.cluster,
    )


def restored(item: Item, fields: Record) -> Item:
    """The item with these fields set to what the record says; a commentary of None is taken away."""
    plain = {name: msgspec.convert(value, _FIELDS[name]) for name, value in fields.items() if name in _FIELDS}
    commentaries = dict(item.commentaries)
    for name, value in fields.items():
        if name.startswith(_COMMENTARY):
            edition = name.removeprefix(_COMMENTARY)
            if value is None:
                commentaries.pop(edition, None)
            else:
                commentaries[edition] = msgspec.convert(value, Commentary)
    return replace(item, commentaries=commentaries, **plain)
