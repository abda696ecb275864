"""What following a source brings: how much it publishes, and how much of that editors did."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, select

from curator.store.tables import entries, entry_revisions, item_entries, publications

if TYPE_CHECKING:
    from curator.store.database import Transaction

WEEKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Yield:
    """Entries per week over the last four: seen here, and published by our editors."""

    seen: float = 0.0
    published: float = 0.0


def yields(tx: Transaction, source_ids: Collection[int], *, now: datetime) -> dict[int, Yield]:
    """By source. An entry counts where it came out, or was first seen if it does not say when."""
    since = now - timedelta(weeks=WEEKS)
    newest = and_(entry_revisions.c.entry_id == entries.c.id, entry_revisions.c.n == entries.c.revision)
    seen = tx.connection.execute(
        select(entries.c.source_id, func.count())
        .join(entry_revisions, newest)
        .where(
            entries.c.source_id.in_(source_ids),
            # Nothing is seen before it came out, but for what states a date to come.
            entries.c.first_seen >= since,
            func.coalesce(entry_revisions.c.published, entries.c.first_seen) >= since,
        )
        .group_by(entries.c.source_id)
    )
    published = tx.connection.execute(
        select(entries.c.source_id, func.count(entries.c.id.distinct()))
        .join(item_entries, item_entries.c.entry_id == entries.c.id)
        .join(publications, publications.c.item_id == item_entries.c.item_id)
        .where(
            entries.c.source_id.in_(source_ids),
            publications.c.published_at >= since,
            publications.c.withdrawn_at.is_(None),
        )
        .group_by(entries.c.source_id)
    )
    was_seen, was_published = dict(map(tuple, seen)), dict(map(tuple, published))
    return {
        source_id: Yield(
            seen=round(was_seen.get(source_id, 0) / WEEKS, 2),
            published=round(was_published.get(source_id, 0) / WEEKS, 2),
        )
        for source_id in source_ids
    }
