"""What an editor asks of the items, as a statement that both engines run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, or_, select

from curator.model import Status
from curator.store import tables as t


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What an editor asks of the items; None asks nothing. `edition` decides which status counts.

    A tag is the item's own or one of its source's (`tagged_source_ids`). `folded`: of several
    items that tell one story the first told that matches, and none while another is being worked on.
    """

    edition: str
    status: Status | None = None
    source_ids: tuple[int, ...] | None = None
    tag: str | None = None
    tagged_source_ids: tuple[int, ...] = ()
    language: str | None = None
    query: str | None = None
    since: datetime | None = None
    before: datetime | None = None
    folded: bool = False


def matching(search: Search) -> Select[int]:
    """The ids of what matches, newest first."""
    found = _asked(search)
    if not search.folded:
        return found.order_by(t.items.c.position.desc(), t.items.c.id.desc())
    folded = _folded(found, search).subquery()
    first = select(folded.c.id).where(folded.c.nth == 1)
    return first.order_by(folded.c.position.desc(), folded.c.id.desc())


def _asked(search: Search) -> Select[Any]:
    commentary = t.commentaries
    query = (
        select(t.items.c.id)
        .outerjoin(
            commentary, and_(commentary.c.item_id == t.items.c.id, commentary.c.edition == search.edition)
        )
        .outerjoin(t.entries, t.entries.c.id == t.items.c.entry_id)
        .outerjoin(
            t.entry_revisions,
            and_(
                t.entry_revisions.c.entry_id == t.entries.c.id,
                t.entry_revisions.c.n == t.entries.c.revision,
            ),
        )
    )
    if search.status is not None:
        query = query.where(func.coalesce(commentary.c.stage, t.items.c.status) == search.status)
    if search.source_ids is not None:
        query = query.where(t.entries.c.source_id.in_(search.source_ids))
    if search.tag is not None:
        own = exists().where(t.tags.c.item_id == t.items.c.id, t.tags.c.tag == search.tag)
        query = query.where(or_(own, t.entries.c.source_id.in_(search.tagged_source_ids)))
    if search.language is not None:
        wanted = search.language.lower()
        told = func.coalesce(t.entry_revisions.c.found_language, t.entry_revisions.c.language)
        language = func.lower(told)
        query = query.where(or_(language == wanted, language.startswith(f"{wanted}-", autoescape=True)))
    if search.query is not None:
        query = query.where(
            or_(
                t.entry_revisions.c.title.icontains(search.query, autoescape=True),
                t.entry_revisions.c.html.icontains(search.query, autoescape=True),
                commentary.c.headline.icontains(search.query, autoescape=True),
                commentary.c.note.icontains(search.query, autoescape=True),
            )
        )
    if search.since is not None:
        query = query.where(t.items.c.queued_at >= search.since)
    if search.before is not None:
        query = query.where(t.items.c.position < search.before)
    return query


def _folded(query: Select[Any], search: Search) -> Select[Any]:
    """`nth`: which of its story's items it is, among those that match and that nobody works on already."""
    other, said = t.items.alias("other"), t.commentaries.alias("said")
    in_work = (Status.DRAFTING, Status.READY, Status.PUBLISHED)
    taken = (
        select(other.c.id)
        .join_from(
            other, said, and_(said.c.item_id == other.c.id, said.c.edition == search.edition), isouter=True
        )
        .where(
            other.c.cluster_id == t.items.c.cluster_id,
            other.c.id != t.items.c.id,
            func.coalesce(said.c.stage, other.c.status).in_(in_work),
        )
    )
    story = func.coalesce(t.items.c.cluster_id, -t.items.c.id)  # who stands alone is a story of its own
    nth = func.row_number().over(partition_by=story, order_by=(t.items.c.position, t.items.c.id))
    return query.where(~exists(taken)).add_columns(t.items.c.position, nth.label("nth"))
