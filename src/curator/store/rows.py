"""Items as a long list shows them: a line each, by one statement for a screenful."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, select

from curator.model import Status
from curator.store import tables as t

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What a line of the queue says about an item; the item itself is read when it is opened.

    `since`: when its entry was published or first seen, else when the item came; by it the queue is
    in order. `title` is the source's, `headline` ours. `siblings`: how many others tell the story.
    """

    id: int
    version: int
    status: Status
    since: datetime
    queued_at: datetime
    source_id: int | None
    source_name: str | None
    language: str | None
    title: str | None
    headline: str | None
    editor: str | None
    claimed_until: datetime | None
    assignee: str | None
    siblings: int
    url: str | None
    publish_at: datetime | None

    @property
    def says(self) -> str:
        """What the line is headed by."""
        return self.headline or self.title or ""

    def is_new(self, since: datetime | None) -> bool:
        """It came after the editor last looked; nothing is new to one who never did."""
        return since is not None and self.queued_at > since


class Rows:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of(self, item_ids: Sequence[int], *, edition: str) -> list[Row]:
        """In the order of the ids; those that are not there are left out."""
        found: dict[int, Row] = {}
        for start in range(0, len(item_ids), _AT_ONCE):
            batch = item_ids[start : start + _AT_ONCE]
            rows = self._db.execute(_rows(edition).where(t.items.c.id.in_(batch))).all()
            clusters = {row.cluster_id for row in rows if row.cluster_id is not None}
            others = self._sizes(sorted(clusters))
            found |= {row.id: _row(row, others) for row in rows}
        return [found[item_id] for item_id in item_ids if item_id in found]

    def _sizes(self, clusters: Sequence[int]) -> Mapping[int, int]:
        if not clusters:
            return {}
        cluster = t.items.c.cluster_id
        counted = select(cluster, func.count()).where(cluster.in_(clusters)).group_by(cluster)
        return {row[0]: row[1] for row in self._db.execute(counted)}


def _rows(edition: str) -> Select[Any]:
    said, told = t.commentaries.c, t.entry_revisions.c
    return (
        select(
            t.items.c.id,
            t.items.c.version,
            func.coalesce(said.stage, t.items.c.status).label("status"),
            t.items.c.position.label("since"),
            t.items.c.queued_at,
            t.items.c.cluster_id,
            t.items.c.editor,
            t.items.c.claimed_until,
            t.items.c.assignee,
            t.entries.c.source_id,
            t.sources.c.name.label("source_name"),
            func.coalesce(told.found_language, told.language).label("language"),
            told.title,
            told.url,
            said.headline,
            said.publish_at,
        )
        .join_from(
            t.items,
            t.commentaries,
            and_(said.item_id == t.items.c.id, said.edition == edition),
            isouter=True,
        )
        .join(t.entries, t.entries.c.id == t.items.c.entry_id, isouter=True)
        .join(
            t.entry_revisions,
            and_(told.entry_id == t.entries.c.id, told.n == t.entries.c.revision),
            isouter=True,
        )
        .join(t.sources, t.sources.c.id == t.entries.c.source_id, isouter=True)
    )


def _row(row: Any, sizes: Mapping[int, int]) -> Row:
    return Row(
        id=row.id,
        version=row.version,
        status=Status(row.status),
        since=row.since,
        queued_at=row.queued_at,
        source_id=row.source_id,
        source_name=row.source_name,
        language=row.language,
        title=row.title,
        headline=row.headline,
        editor=row.editor,
        claimed_until=row.claimed_until,
        assignee=row.assignee,
        siblings=sizes.get(row.cluster_id, 1) - 1,
        url=row.url,
        publish_at=row.publish_at,
    )
