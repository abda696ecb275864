"""What nobody needs any more: which it is, and how it goes. A batch at a time, each safe to repeat.

The policy is docs/decisions/0048-what-is-let-go.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Table,
    and_,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    text,
    update,
)

from curator.model import Status
from curator.store import tables as t
from curator.store.pictures import Pictures
from curator.store.translations import KEPT_FOR as TRANSLATIONS_KEPT

AT_ONCE = 500
_ROWS_AT_ONCE = 5_000  # of what is small and in nobody's way
_WAITED_FOR = (Status.QUEUED, Status.DRAFTING)

Texts = Literal["revisions", "pages"]
_TABLES: Mapping[Texts, Table] = {"revisions": t.entry_revisions, "pages": t.entry_pages}


class Cleared(NamedTuple):
    """`texts`: so many were let go; `after`: where the next batch begins, None: there is none."""

    texts: int
    after: int | None


class Tidying:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def texts(self, kind: Texts, *, before: datetime) -> int:
        """How many would be let go."""
        table = _TABLES[kind]
        return self._count(table, _is_old(table, before), _nobody_needs(table, before))

    def polls(self, *, before: datetime) -> int:
        return self._count(t.fetches, t.fetches.c.at < before)

    def incidents(self, *, before: datetime) -> int:
        return self._count(t.incidents, t.incidents.c.ended_at < before) + self._count(
            t.alerts, t.alerts.c.ended_at < before
        )

    def translations(self, *, now: datetime) -> int:
        return self._count(t.translations, t.translations.c.at < now - TRANSLATIONS_KEPT)

    def pictures(self, *, before: datetime) -> int:
        """Addresses of pictures that were asked for and that no item has."""
        return self._count(t.picture_fetches, _of_no_item(before))

    # ── changing ──

    def clear_texts(self, kind: Texts, *, before: datetime, now: datetime, after: int = 0) -> Cleared:
        """Empty some texts that nobody needs; their titles, dates, addresses and hashes stay.

        The items are held first: an editor who takes one meanwhile has either been faster, and
        keeps her text, or finds it gone, as she would have a moment later.
        """
        table = _TABLES[kind]
        wanted = _is_old(table, before), _nobody_needs(table, before), table.c.id > after
        query = select(table.c.id, table.c.entry_id).where(*wanted).order_by(table.c.id).limit(AT_ONCE)
        rows = self._db.execute(query).all()
        if not rows:
            return Cleared(0, None)
        self._hold([row.entry_id for row in rows])
        ids = [row.id for row in rows]
        clearing = update(table).where(table.c.id.in_(ids), _is_old(table, before))
        done = self._db.execute(
            clearing.where(_nobody_needs(table, before)).values(html="", cleared_at=now)
        ).rowcount
        return Cleared(done, ids[-1] if len(ids) == AT_ONCE else None)

    def drop_polls(self, *, before: datetime) -> int:
        """Some of them, the oldest; 0: there are none left."""
        return self._drop(t.fetches, t.fetches.c.at < before)

    def drop_incidents(self, *, before: datetime) -> int:
        return self._drop(t.incidents, t.incidents.c.ended_at < before) + self._drop(
            t.alerts, t.alerts.c.ended_at < before
        )

    def drop_translations(self, *, now: datetime) -> int:
        return self._drop(t.translations, t.translations.c.at < now - TRANSLATIONS_KEPT)

    def drop_pictures(self, *, before: datetime) -> int:
        """Our copies go with them, unless readers or another address have them."""
        query = select(t.picture_fetches.c.url).where(_of_no_item(before)).limit(AT_ONCE)
        urls = list(self._db.execute(query).scalars())
        if urls:
            Pictures(self._db).forget(urls)
        return len(urls)

    def refresh_plans(self) -> None:
        """Let the engine count its rows again, where it does not do so by itself."""
        if self._db.dialect.name == "sqlite":
            self._db.execute(text("PRAGMA analysis_limit=1000"))
            self._db.execute(text("PRAGMA optimize=0x10002"))

    def _hold(self, entry_ids: Sequence[int]) -> None:
        told = select(t.item_entries.c.item_id).where(t.item_entries.c.entry_id.in_(entry_ids))
        held = select(t.items.c.id).where(t.items.c.id.in_(told)).order_by(t.items.c.id)
        self._db.execute(held.with_for_update()).all()

    def _count(self, table: FromClause, *wanted: ColumnElement[bool]) -> int:
        return self._db.execute(select(func.count()).select_from(table).where(*wanted)).scalar_one()

    def _drop(self, table: Table, old: ColumnElement[bool]) -> int:
        key = next(iter(table.primary_key))
        some = select(key).where(old).order_by(key).limit(_ROWS_AT_ONCE)
        return self._db.execute(delete(table).where(key.in_(some))).rowcount


def _is_old(table: Any, before: datetime) -> ColumnElement[bool]:
    since = table.c.fetched_at if table is t.entry_pages else table.c.seen_at
    return and_(since < before, table.c.cleared_at.is_(None), table.c.html != "")


def _nobody_needs(table: Any, before: datetime) -> ColumnElement[bool]:
    """Superseded and frozen by nobody; or of an entry that nobody waits for, has published or has touched.

    What is not looked at yet (its language) is left alone until it is.
    """
    if table is t.entry_pages:
        later = t.entry_pages.alias("later")
        superseded: ColumnElement[bool] = exists().where(
            later.c.entry_id == table.c.entry_id, later.c.n > table.c.n
        )
        frozen = t.items.c.page
    else:
        superseded = exists().where(t.entries.c.id == table.c.entry_id, t.entries.c.revision > table.c.n)
        superseded = and_(superseded, table.c.found_language.is_not(None))
        frozen = t.items.c.revision
    of_it = t.item_entries.c
    mine = and_(of_it.entry_id == table.c.entry_id, t.items.c.id == of_it.item_id)
    quoted = exists().where(mine, frozen == table.c.n)
    looked_at = (
        exists().where(
            t.entry_revisions.c.entry_id == table.c.entry_id, t.entry_revisions.c.found_language.is_(None)
        )
        if table is t.entry_pages
        else table.c.found_language.is_(None)
    )
    let_go = and_(not_(exists().where(mine, _is_needed(before))), not_(looked_at))
    return and_(not_(quoted), or_(superseded, let_go))


def _is_needed(before: datetime) -> ColumnElement[bool]:
    """An item that somebody waits for or has, that readers have had, or that was moved lately."""
    item = t.items.c
    return or_(
        item.status.in_(_WAITED_FOR),
        exists().where(t.commentaries.c.item_id == item.id, t.commentaries.c.stage.is_not(None)),
        exists().where(t.publications.c.item_id == item.id),
        exists().where(t.events.c.item_id == item.id, t.events.c.at >= before),
        item.words_by.is_(None),  # what it is found by has yet to be made of it
    )


def _of_no_item(before: datetime) -> ColumnElement[bool]:
    asked = t.picture_fetches.c
    lately = or_(asked.next_try.is_(None), asked.next_try < before)
    return and_(asked.at < before, lately, ~exists().where(t.images.c.url == asked.url))
