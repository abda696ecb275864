"""What an editor asks of the items, as a statement that both engines run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, func, or_, select

from curator.model import Status
from curator.store import tables as t
from curator.store.fulltext import answering
from curator.text.stems import question

RANKABLE = 10_000
"""What more items have than these says too little to rank them by: they come newest first."""

_STAGES = (Status.READY, Status.PUBLISHED, Status.WITHDRAWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What an editor asks of the items; None asks nothing. `edition` decides which status counts.

    A tag is the item's own or one of its source's (`tagged_source_ids`). `folded`: of several
    items that tell one story the first told that matches, and none while another is being worked on.
    `ranked`: what answers the `query` best comes first, else the newest.
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
    assignee: str | None = None
    claimed_by: str | None = None
    folded: bool = False
    ranked: bool = False


def matching(search: Search, *, engine: str) -> Select[int]:
    """The ids of what matches: newest first, or what answers the question best."""
    if search.query is not None and search.ranked and _asks_words_only(search):
        alone = answering(question(search.query), engine=engine, ranked=True).subquery("answer")
        return select(alone.c.item_id).order_by(alone.c.rank, alone.c.item_id.desc())
    answer = _answer(search, engine=engine)
    found = _asked(search, answer)
    if search.folded:
        found = found.where(or_(t.items.c.cluster_id.is_(None), t.items.c.id.in_(_first_told(found, search))))
    best_first = [answer.c.rank] if answer is not None and search.ranked else []
    return found.order_by(*best_first, t.items.c.position.desc(), t.items.c.id.desc())


def latest(search: Search, *, engine: str) -> Select[int]:
    """The same without ranks: what came last first."""
    if search.query is None or not (search.ranked and _asks_words_only(search)):
        return matching(replace(search, ranked=False), engine=engine)
    answer = answering(question(search.query), engine=engine, ranked=False).subquery("answer")
    return select(answer.c.item_id).order_by(answer.c.item_id.desc())


def _answer(search: Search, *, engine: str) -> FromClause | None:
    """What has the words, looked up once. Left to themselves, both engines may do so for each item they meet:

    with thousands in the queue that takes SQLite ten seconds, and PostgreSQL unpacks the words of each.
    Where PostgreSQL ranks it is left to itself: it then ranks what passes the filters, and nothing else.
    """
    if search.query is None:
        return None
    answer = answering(question(search.query), engine=engine, ranked=search.ranked)
    if search.ranked and engine == "postgresql":
        return answer.subquery("answer")
    return answer.cte("answer").prefix_with("MATERIALIZED")


def _asks_words_only(search: Search) -> bool:
    """Then the index of words answers alone: looking up thousands of items would take as long again."""
    return replace(search, query=None, ranked=False) == Search(edition=search.edition)


def _asked(search: Search, answer: FromClause | None) -> Select[Any]:
    query = select(t.items.c.id)
    if answer is not None:
        query = query.join(answer, answer.c.item_id == t.items.c.id)
    return _joined(query, search).where(*_of_entry(search), *_of_item(search))


def _joined(query: Select[Any], search: Search) -> Select[Any]:
    """Each table only where it is asked for: the desk looks at a queue of thousands again and again."""
    said, told = t.commentaries.c, t.entry_revisions.c
    if search.status in _STAGES:
        mine = and_(said.item_id == t.items.c.id, said.edition == search.edition)
        query = query.join(t.commentaries, mine)
    if {search.source_ids, search.tag, search.language} != {None}:
        query = query.outerjoin(t.entries, t.entries.c.id == t.items.c.entry_id)
    if search.language is not None:
        newest = and_(told.entry_id == t.entries.c.id, told.n == t.entries.c.revision)
        query = query.outerjoin(t.entry_revisions, newest)
    return query


def _of_entry(search: Search) -> Iterator[ColumnElement[bool]]:
    if search.source_ids is not None:
        yield t.entries.c.source_id.in_(search.source_ids)
    if search.tag is not None:
        own = exists().where(t.tags.c.item_id == t.items.c.id, t.tags.c.tag == search.tag)
        yield or_(own, t.entries.c.source_id.in_(search.tagged_source_ids))
    if search.language is not None:
        wanted, told = search.language.lower(), t.entry_revisions.c
        language = func.lower(func.coalesce(told.found_language, told.language))
        yield or_(language == wanted, language.startswith(f"{wanted}-", autoescape=True))


def _of_item(search: Search) -> Iterator[ColumnElement[bool]]:
    if search.status is not None:
        yield from _in_status(search.status, search.edition)
    if search.since is not None:
        yield t.items.c.queued_at >= search.since
    if search.before is not None:
        yield t.items.c.position < search.before
    if search.assignee is not None:
        yield t.items.c.assignee == search.assignee
    if search.claimed_by is not None:
        yield and_(t.items.c.editor == search.claimed_by, t.items.c.claimed_until.is_not(None))


def _in_status(status: Status, edition: str) -> Iterator[ColumnElement[bool]]:
    """What readers have, or soon will, is a stage of the edition; all else is the item's, by its index."""
    if status in _STAGES:
        yield t.commentaries.c.stage == status
    else:
        staged = t.commentaries.alias("staged").c
        yield t.items.c.status == status
        # No outer join: PostgreSQL takes it that hardly any item is without a stage, and plans for one.
        yield ~exists().where(
            staged.item_id == t.items.c.id, staged.edition == edition, staged.stage.is_not(None)
        )


def _first_told(found: Select[Any], search: Search) -> Select[int]:
    """Of each story the item that came first, among those that match and that nobody works on already."""
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
    nth = func.row_number().over(
        partition_by=t.items.c.cluster_id, order_by=(t.items.c.position, t.items.c.id)
    )
    told = found.where(t.items.c.cluster_id.is_not(None), ~exists(taken))
    told = told.add_columns(nth.label("nth")).correlate(None)
    stories = told.subquery("told")
    return select(stories.c.id).where(stories.c.nth == 1)
