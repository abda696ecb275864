"""What waits for enrichment: revisions of entries whose language nobody has looked at yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, func, select, update

from curator.model import Lang
from curator.store import tables as t
from curator.store.clusters import BEGINNING
from curator.store.words import Words
from curator.text import Identified


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A revision to look at, with the beginning of its text.

    `item_id` is the item of its entry, if it has one and this is the newest revision.
    """

    revision_id: int
    source_id: int
    title: str
    html: str
    declared: Lang | None
    url_key: str | None
    item_id: int | None
    queued_at: datetime | None


class Enrichment:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def is_due(self) -> bool:
        return bool(self._db.execute(select(exists().where(_WAITS))).scalar()) or Words(self._db).is_due()

    def waiting(self, *, limit: int) -> list[Waiting]:
        """The newest first: after an upgrade there may be years of others."""
        r, e, i = t.entry_revisions.c, t.entries.c, t.items.c
        rows = self._db.execute(
            select(
                r.id,
                r.title,
                func.substr(r.html, 1, BEGINNING).label("html"),
                func.coalesce(r.language, t.sources.c.language).label("declared"),
                e.source_id,
                e.url_key,
                i.id.label("item_id"),
                i.queued_at,
            )
            .join_from(t.entry_revisions, t.entries, e.id == r.entry_id)
            .join(t.sources, t.sources.c.id == e.source_id)
            .join(t.item_entries, and_(t.item_entries.c.entry_id == e.id, r.n == e.revision), isouter=True)
            .join(t.items, i.id == t.item_entries.c.item_id, isouter=True)
            .where(_WAITS)
            .order_by(r.id.desc())
            .limit(limit)
        )
        return [
            Waiting(
                revision_id=row.id,
                source_id=row.source_id,
                title=row.title,
                html=row.html,
                declared=row.declared,
                url_key=row.url_key,
                item_id=row.item_id,
                queued_at=row.queued_at,
            )
            for row in rows
        ]

    def still_waiting(self, revision_ids: Sequence[int]) -> set[int]:
        """Those that nobody else has done meanwhile."""
        found = select(t.entry_revisions.c.id).where(t.entry_revisions.c.id.in_(revision_ids), _WAITS)
        return set(self._db.execute(found).scalars())

    def done(self, languages: Mapping[int, Identified]) -> None:
        """Keep the language of each revision; it waits no longer, and its item has new words perhaps."""
        if not languages:
            return
        self._db.execute(
            update(t.entry_revisions)
            .where(t.entry_revisions.c.id == bindparam("revision_id"))
            .values(found_language=bindparam("told"), language_confidence=bindparam("how_surely")),
            [
                {"revision_id": revision_id, "told": found.language, "how_surely": found.confidence}
                for revision_id, found in languages.items()
            ],
        )
        said = select(t.entry_revisions.c.entry_id).where(t.entry_revisions.c.id.in_(list(languages)))
        Words(self._db).forget(entry_ids=said)


_WAITS = t.entry_revisions.c.found_language.is_(None)
