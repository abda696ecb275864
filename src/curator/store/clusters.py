"""The same story from several sources: which items tell it, and where to look for more that do.

Sameness is a link between items, never a merge: each keeps its entry, its texts and its history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, delete, func, insert, or_, select, update

from curator.model import UNKNOWN_LANGUAGE, Lang, Sibling, Status
from curator.store import tables as t
from curator.store.dialect import insert_unless_there

TURN = "clusters"
"""Who puts items into clusters, or takes them out, does so one at a time (`tx.serialise`)."""

BEGINNING = 3_000
"""Characters of an entry's HTML that are looked at: the words that tell a story are its first."""

_AT_ONCE = 500  # values named by one statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller:
    """An item with what it says, as far as comparing needs it."""

    item_id: int
    cluster: int | None
    status: Status
    source_id: int
    title: str
    html: str
    language: Lang
    url_key: str | None


class Clusters:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def siblings(self, item_ids: Sequence[int]) -> dict[int, tuple[Sibling, ...]]:
        """The others of each one's cluster, the first told first; items that stand alone are left out."""
        found: dict[int, list[Sibling]] = {}
        for batch in _batches(item_ids):
            one, other = t.items.alias("one"), t.items.alias("other")
            pairs = self._db.execute(
                select(one.c.id, other.c.id.label("other_id"))
                .join_from(one, other, and_(other.c.cluster_id == one.c.cluster_id, other.c.id != one.c.id))
                .where(one.c.id.in_(batch))
                .order_by(other.c.position, other.c.id)
            ).all()
            known = self._as_siblings({pair.other_id for pair in pairs})
            for pair in pairs:
                found.setdefault(pair.id, []).append(known[pair.other_id])
        return {item_id: tuple(siblings) for item_id, siblings in found.items()}

    def members(self, cluster: int) -> list[int]:
        rows = self._db.execute(select(t.items.c.id).where(t.items.c.cluster_id == cluster))
        return sorted(rows.scalars())

    def memberships(self, item_ids: Iterable[int]) -> dict[int, int | None]:
        items = t.items.c
        rows = self._db.execute(select(items.id, items.cluster_id).where(items.id.in_(list(item_ids))))
        return {row.id: row.cluster_id for row in rows}

    def apart(self, item_ids: Collection[int]) -> set[tuple[int, int]]:
        """Every pair that an editor took apart and of which one is among these, both ways round."""
        table = t.separations
        found: set[tuple[int, int]] = set()
        for batch in _batches(sorted(item_ids)):
            rows = self._db.execute(
                select(table).where(or_(table.c.item_id.in_(batch), table.c.other_id.in_(batch)))
            )
            for row in rows:
                found |= {(row.item_id, row.other_id), (row.other_id, row.item_id)}
        return found

    def alike(self, item_ids: Sequence[int], *, since: datetime, most: int) -> dict[int, list[int]]:
        """Items that came after `since` and share two keys with each of these, or a whole one.

        A whole one is a title or an address ("t …", "u …"). Those that share most come first.
        """
        mine, theirs = t.story_keys.alias("mine"), t.story_keys.alias("theirs")
        shared = func.sum(case((func.substr(mine.c.key, 2, 1) == " ", 2), else_=1))
        found: dict[int, list[int]] = {}
        for batch in _batches(item_ids):
            rows = self._db.execute(
                select(mine.c.item_id, theirs.c.item_id.label("other_id"))
                .join_from(mine, theirs, and_(theirs.c.key == mine.c.key, theirs.c.item_id != mine.c.item_id))
                .where(mine.c.item_id.in_(batch), theirs.c.queued_at >= since)
                .group_by(mine.c.item_id, theirs.c.item_id)
                .having(shared > 1)
                .order_by(mine.c.item_id, shared.desc(), theirs.c.item_id)
            )
            for row in rows:
                others = found.setdefault(row.item_id, [])
                if len(others) < most:
                    others.append(row.other_id)
        return found

    def tellers(self, item_ids: Collection[int]) -> dict[int, Teller]:
        """These items, and the others of their clusters."""
        found: dict[int, Teller] = {}
        for batch in _batches(sorted(item_ids)):
            clusters = select(t.items.c.cluster_id).where(
                t.items.c.id.in_(batch), t.items.c.cluster_id.is_not(None)
            )
            wanted = or_(t.items.c.id.in_(batch), t.items.c.cluster_id.in_(clusters))
            for row in self._db.execute(_TELLERS.where(wanted)):
                found[row.id] = Teller(
                    item_id=row.id,
                    cluster=row.cluster_id,
                    status=Status(row.status),
                    source_id=row.source_id,
                    title=row.title,
                    html=row.html,
                    language=Lang(row.language or UNKNOWN_LANGUAGE),
                    url_key=row.url_key,
                )
        return found

    # ── changing; the caller holds `tx.serialise(TURN)` ──

    def put_keys(self, keys: Mapping[int, Iterable[str]], *, queued: Mapping[int, datetime]) -> None:
        """Under what each item can be found from now on."""
        table = t.story_keys
        for batch in _batches(list(keys)):
            self._db.execute(delete(table).where(table.c.item_id.in_(batch)))
        rows = [
            {"key": key, "item_id": item_id, "queued_at": queued[item_id]}
            for item_id, several in keys.items()
            for key in several
        ]
        if rows:
            self._db.execute(insert(table), rows)

    def forget_keys(self, *, before: datetime) -> None:
        """What came so long ago is not looked for any more."""
        self._db.execute(delete(t.story_keys).where(t.story_keys.c.queued_at < before))

    def new(self, *, now: datetime) -> int:
        made: int = self._db.execute(
            insert(t.clusters).values(created_at=now).returning(t.clusters.c.id)
        ).scalar_one()
        return made

    def put(self, memberships: Mapping[int, int | None]) -> None:
        """Each of these items into its cluster, or out of any."""
        for cluster in set(memberships.values()):
            chosen = [item_id for item_id, wanted in memberships.items() if wanted == cluster]
            self._db.execute(update(t.items).where(t.items.c.id.in_(chosen)).values(cluster_id=cluster))

    def take_apart(self, pairs: Iterable[tuple[int, int]]) -> None:
        """These never join by themselves again."""
        rows = [{"item_id": min(pair), "other_id": max(pair)} for pair in pairs]
        if rows:
            self._db.execute(insert_unless_there(self._db, t.separations), rows)

    def bring_together(self, pairs: Iterable[tuple[int, int]]) -> None:
        table = t.separations.c
        for pair in pairs:
            self._db.execute(
                delete(t.separations).where(table.item_id == min(pair), table.other_id == max(pair))
            )

    def _as_siblings(self, item_ids: Collection[int]) -> dict[int, Sibling]:
        statuses: dict[int, dict[str, Status]] = {}
        published: dict[int, dict[str, datetime]] = {}
        said, public = t.commentaries.c, t.publications.c
        ids = sorted(item_ids)
        staged = select(said.item_id, said.edition, said.stage).where(
            said.item_id.in_(ids), said.stage.is_not(None)
        )
        for row in self._db.execute(staged):
            statuses.setdefault(row.item_id, {})[row.edition] = Status(row.stage)
        live = select(public.item_id, public.edition, public.published_at).where(
            public.item_id.in_(ids), public.withdrawn_at.is_(None)
        )
        for row in self._db.execute(live):
            published.setdefault(row.item_id, {})[row.edition] = row.published_at
        return {
            row.id: Sibling(
                item_id=row.id,
                source_id=row.source_id,
                source_name=row.source_name,
                title=row.title,
                url=row.url,
                status=Status(row.status),
                statuses=statuses.get(row.id, {}),
                published_at=published.get(row.id, {}),
            )
            for row in self._db.execute(_SIBLINGS.where(t.items.c.id.in_(ids)))
        }


_NEWEST = and_(t.entry_revisions.c.entry_id == t.entries.c.id, t.entry_revisions.c.n == t.entries.c.revision)
_TELLERS: Select[Any] = (
    select(
        t.items.c.id,
        t.items.c.cluster_id,
        t.items.c.status,
        t.entries.c.source_id,
        t.entries.c.url_key,
        t.entry_revisions.c.title,
        func.substr(t.entry_revisions.c.html, 1, BEGINNING).label("html"),
        func.coalesce(t.entry_revisions.c.found_language, t.entry_revisions.c.language).label("language"),
    )
    .join_from(t.items, t.entries, t.entries.c.id == t.items.c.entry_id)
    .join(t.entry_revisions, _NEWEST)
)
_SIBLINGS: Select[Any] = (
    select(
        t.items.c.id,
        t.items.c.status,
        t.entries.c.source_id,
        t.sources.c.name.label("source_name"),
        t.entry_revisions.c.title,
        t.entry_revisions.c.url,
    )
    .join_from(t.items, t.entries, t.entries.c.id == t.items.c.entry_id, isouter=True)
    .join(t.entry_revisions, _NEWEST, isouter=True)
    .join(t.sources, t.sources.c.id == t.entries.c.source_id, isouter=True)
)


def _batches(item_ids: Sequence[int]) -> Iterable[Sequence[int]]:
    return (item_ids[start : start + _AT_ONCE] for start in range(0, len(item_ids), _AT_ONCE))
