"""The posts of an existing blog as documents said them, and by what each is met again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from curator.model import Access, Form, Imported, Recovered
from curator.store.tables import import_keys, imports

_AT_ONCE = 500  # values in one question: SQLite takes 32,766 at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One original to be kept: `imported` names its item; `raw` is what the document said, word for word."""

    imported: Imported
    raw: str
    raw_hash: str
    keys: tuple[str, ...]


class Imports:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def met(self, keys: Collection[str]) -> dict[str, list[int]]:
        """Which items have been told under these keys, the oldest first; keys of none are left out."""
        found: dict[str, list[int]] = {}
        for some in _some(sorted(keys)):
            query = (
                select(import_keys.c.key, imports.c.item_id)
                .join_from(import_keys, imports, imports.c.id == import_keys.c.import_id)
                .where(import_keys.c.key.in_(some))
                .distinct()
                .order_by(import_keys.c.key, imports.c.item_id)
            )
            for key, item_id in self._db.execute(query):
                found.setdefault(key, []).append(item_id)
        return found

    def of_items(self, item_ids: Sequence[int]) -> dict[int, list[Imported]]:
        """What each was made of, in the order in which it came; items that nobody imported are left out."""
        found: dict[int, list[Imported]] = {}
        for some in _some(sorted(set(item_ids))):
            query = select(*_COLUMNS).where(imports.c.item_id.in_(some)).order_by(imports.c.id)
            for row in self._db.execute(query):
                found.setdefault(row.item_id, []).append(_imported(row))
        return found

    def hashes(self, import_ids: Sequence[int]) -> dict[int, tuple[str, str | None]]:
        """Of what each document said, and of what it says by now."""
        found: dict[int, tuple[str, str | None]] = {}
        for some in _some(import_ids):
            query = select(imports.c.id, imports.c.raw_hash, imports.c.changed_hash)
            for import_id, raw, changed in self._db.execute(query.where(imports.c.id.in_(some))):
                found[import_id] = raw, changed
        return found

    def recovered(self, keys: Sequence[str]) -> dict[str, tuple[str, Recovered]]:
        """By the key of each telling: what it was read from, as a hash, and what was made of that."""
        found: dict[str, tuple[str, Recovered]] = {}
        for some in _some(keys):
            query = select(imports.c.key, imports.c.raw_hash, imports.c.recovered)
            for key, raw_hash, told in self._db.execute(query.where(imports.c.key.in_(some))):
                found[key] = raw_hash, msgspec.convert(told, Recovered)
        return found

    def raw(self, import_id: int) -> str | None:
        """What the document said of it; None: there is no such import."""
        return self._db.execute(select(imports.c.raw).where(imports.c.id == import_id)).scalar()

    def changed_raw(self, import_id: int) -> str | None:
        """What it says by now, where that is another post; else None."""
        return self._db.execute(select(imports.c.changed_raw).where(imports.c.id == import_id)).scalar()

    # ── changing; the caller holds `tx.serialise("import")` ──

    def keep(self, several: Sequence[Kept]) -> list[int]:
        """Their ids, in this order."""
        if not several:
            return []
        adding = insert(imports).returning(imports.c.id, sort_by_parameter_order=True)
        ids = list(self._db.execute(adding, [_row(one) for one in several]).scalars())
        self.know(
            {import_id: one.keys for import_id, one in zip(ids, several, strict=True)},
        )
        return ids

    def know(self, keys: Mapping[int, Iterable[str]]) -> None:
        """Meet these imports under further keys, too."""
        if not keys:
            return
        known: set[tuple[str, int]] = set()
        for some in _some(list(keys)):
            query = select(import_keys.c.key, import_keys.c.import_id)
            known |= {
                (key, id_) for key, id_ in self._db.execute(query.where(import_keys.c.import_id.in_(some)))
            }
        new = [
            {"key": key, "import_id": import_id}
            for import_id, several in keys.items()
            for key in dict.fromkeys(several)
            if (key, import_id) not in known
        ]
        if new:
            self._db.execute(insert(import_keys), new)

    def replace(self, import_id: int, kept: Kept) -> None:
        """Another version of the same telling is the one to go by; no difference stays."""
        row = _row(kept)
        for fixed in ("key", "item_id", "at"):
            del row[fixed]
        self._db.execute(update(imports).where(imports.c.id == import_id).values(**row, **_AS_IT_WAS))
        self.know({import_id: kept.keys})

    def note_change(self, import_id: int, said: Recovered, *, raw: str, raw_hash: str, at: datetime) -> None:
        """The blog says something else by now; the item stays as it is."""
        self._db.execute(
            update(imports)
            .where(imports.c.id == import_id)
            .values(changed=msgspec.to_builtins(said), changed_raw=raw, changed_hash=raw_hash, changed_at=at)
        )

    def settle(self, import_id: int) -> None:
        """The blog is as it was."""
        self._db.execute(update(imports).where(imports.c.id == import_id).values(**_AS_IT_WAS))


_AS_IT_WAS = {"changed": None, "changed_raw": None, "changed_hash": None, "changed_at": None}
_PLAIN = ("key", "item_id", "place", "at", "permalink", "guid", "number", "published", "updated", "whole")
_COLUMNS = (
    imports.c.id,
    *(imports.c[name] for name in _PLAIN),
    imports.c.form,
    imports.c.access,
    imports.c.recovered,
    imports.c.changed,
    imports.c.changed_at,
)


def _row(kept: Kept) -> dict[str, Any]:
    one = kept.imported
    return {name: getattr(one, name) for name in _PLAIN} | {
        "form": str(one.form),
        "access": str(one.access),
        "raw": kept.raw,
        "raw_hash": kept.raw_hash,
        "recovered": msgspec.to_builtins(one.recovered),
    }


def _imported(row: Row[Any]) -> Imported:
    return Imported(
        id=row.id,
        **{name: getattr(row, name) for name in _PLAIN},
        form=Form(row.form),
        access=Access(row.access),
        recovered=msgspec.convert(row.recovered, Recovered),
        changed=None if row.changed is None else msgspec.convert(row.changed, Recovered),
        changed_at=row.changed_at,
    )


def _some(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
