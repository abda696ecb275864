"""Items and everything editors made of them; every change is optimistic and leaves an event."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from ulid import ULID

from curator import history
from curator.errors import EditConflict, NotFound
from curator.model import (
    Attribution,
    Commentary,
    Excerpt,
    Item,
    Lang,
    MachineText,
    Move,
    SafeHtml,
    Status,
    Suggestion,
    Waiver,
)
from curator.store import tables as t
from curator.store.entries import Entries
from curator.store.events import SYSTEM, Events
from curator.store.pictures import image_of
from curator.store.search import RANKABLE, Search, latest, matching

_AT_ONCE = 500  # items read by one round of statements: engines bound how many values one may name


class Items:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def get(self, item_id: int) -> Item:
        found = self.many([item_id])
        if not found:
            raise NotFound(noun="item", id=item_id)
        return found[0]

    def many(self, item_ids: Sequence[int]) -> list[Item]:
        """In the order of the ids; those that are not there are left out."""
        by_id: dict[int, Item] = {}
        for start in range(0, len(item_ids), _AT_ONCE):
            batch = item_ids[start : start + _AT_ONCE]
            rows = self._db.execute(select(t.items).where(t.items.c.id.in_(batch))).all()
            parts = _Parts.of(self._db, batch)
            by_id |= {row.id: parts.item(row) for row in rows}
        return [by_id[item_id] for item_id in item_ids if item_id in by_id]

    def find(self, search: Search, *, limit: int | None = 50, offset: int = 0) -> tuple[int, list[Item]]:
        """How many there are in all, and one page of them, newest first."""
        total = self.count(search)
        return total, self.many(self._page(search, limit=limit, offset=offset, total=total))

    def count(self, search: Search) -> int:
        found = latest(search, engine=self._engine).order_by(None).subquery()
        return self._db.execute(select(func.count()).select_from(found)).scalar_one()

    def ids(self, search: Search, *, limit: int | None = None, offset: int = 0) -> list[int]:
        """Newest first. All of them without a limit: a list that is scrolled keeps its order meanwhile."""
        total = self.count(search) if search.ranked else 0
        return self._page(search, limit=limit, offset=offset, total=total)

    def _page(self, search: Search, *, limit: int | None, offset: int, total: int) -> list[int]:
        ranked = search.ranked and total <= RANKABLE
        page = (matching if ranked else latest)(search, engine=self._engine).offset(offset)
        if limit is not None:
            page = page.limit(limit)
        return list(self._db.execute(page).scalars())

    @property
    def _engine(self) -> str:
        return self._db.dialect.name

    def of_entries(self, entry_ids: Collection[int]) -> dict[int, int]:
        """Entry id → item id, for those that have one."""
        of = t.item_entries.c
        rows = self._db.execute(select(of.entry_id, of.item_id).where(of.entry_id.in_(entry_ids)))
        return {row.entry_id: row.item_id for row in rows}

    def worked_on(self, *, edition: str) -> set[int]:
        """Those that carry anything of ours: a text, a credit, a quotation, a waiver."""
        said = t.commentaries.c
        queries = [select(said.item_id).where(said.edition == edition)]
        queries += [select(table.c.item_id) for table in (t.excerpts, t.attributions, t.images, t.waivers)]
        return {item_id for query in queries for item_id in self._db.execute(query).scalars()}

    def ready(self, edition: str, *, now: datetime) -> list[Item]:
        """What may go to this edition's readers now, in the order in which it should."""
        return self._in_stage(
            edition,
            Status.READY,
            or_(t.commentaries.c.publish_at.is_(None), t.commentaries.c.publish_at <= now),
        )

    def published(self, edition: str) -> list[Item]:
        """Published here, and moved on since readers got it: corrections, perhaps."""
        return self._in_stage(edition, Status.PUBLISHED, _moved_on(edition))

    def withdrawn(self, edition: str) -> list[Item]:
        """Withdrawn at the desk while readers still have it."""
        still_out = exists().where(
            t.publications.c.item_id == t.commentaries.c.item_id,
            t.publications.c.edition == edition,
            t.publications.c.withdrawn_at.is_(None),
        )
        return self._in_stage(edition, Status.WITHDRAWN, still_out)

    def next_publish_at(self, *, now: datetime) -> datetime | None:
        """When the next scheduled item is due; None: nothing is scheduled for later."""
        return self._db.execute(
            select(func.min(t.commentaries.c.publish_at)).where(
                t.commentaries.c.stage == Status.READY, t.commentaries.c.publish_at > now
            )
        ).scalar()

    def tags_in_use(self) -> list[tuple[str, int]]:
        """Each with how many items have it, the commonest first."""
        count = func.count().label("count")
        query = select(t.tags.c.tag, count).group_by(t.tags.c.tag).order_by(count.desc(), t.tags.c.tag)
        return [(row[0], row[1]) for row in self._db.execute(query)]

    def suggestions(self, item_ids: Sequence[int]) -> dict[int, list[Suggestion]]:
        """Machine texts by item; items that have none are left out."""
        found: dict[int, list[Suggestion]] = {}
        wanted = select(t.suggestions).where(t.suggestions.c.item_id.in_(item_ids))
        for row in self._db.execute(wanted.order_by(t.suggestions.c.id)):
            suggestion = Suggestion(
                item_id=row.item_id,
                field=row.field,
                language=Lang(row.language),
                text=row.text,
                engine=row.engine,
                at=row.at,
                html=row.html,
                basis=row.basis,
            )
            found.setdefault(row.item_id, []).append(suggestion)
        return found

    # ── changing ──

    def put_suggestions(self, suggestions: Sequence[Suggestion]) -> None:
        """Machine text beside the item; an older one of the same field and language makes room."""
        table = t.suggestions
        for each in suggestions:
            self._db.execute(
                delete(table).where(
                    table.c.item_id == each.item_id,
                    table.c.field == each.field,
                    table.c.language == each.language,
                )
            )
        self._db.execute(insert(table), [asdict(each) for each in suggestions])

    def enqueue_all(self, positions: Mapping[int, datetime], *, now: datetime) -> dict[int, int]:
        """Make the items of entries and put them in the queue; entry id → item id, the same again if known.

        `positions` (by entry id) order the queue, newest first. A new source queues
        ten at its first poll: one statement a table, not four an item.
        """
        found = self._db.execute(
            select(t.item_entries.c.entry_id, t.item_entries.c.item_id).where(
                t.item_entries.c.entry_id.in_(list(positions))
            )
        )
        item_ids: dict[int, int] = {row.entry_id: row.item_id for row in found}
        rows = [
            {
                "ulid": str(ULID.from_datetime(now)),
                "version": 1,
                "status": Status.QUEUED,
                "entry_id": entry_id,
                "queued_at": now,
                "position": position,
            }
            for entry_id, position in positions.items()
            if entry_id not in item_ids
        ]
        if not rows:
            return item_ids
        # Ids in the order of the rows: among equal positions the queue shows the higher id first.
        inserting = insert(t.items).returning(t.items.c.entry_id, t.items.c.id, sort_by_parameter_order=True)
        new = [(row.entry_id, row.id) for row in self._db.execute(inserting, rows)]
        self._db.execute(
            insert(t.item_entries), [{"item_id": item_id, "entry_id": entry_id} for entry_id, item_id in new]
        )
        Events(self._db).begin(
            [item_id for _, item_id in new],
            at=now,
            editor=SYSTEM,
            move=Move.ENQUEUE,
            after={"status": str(Status.QUEUED)},
        )
        return item_ids | dict(new)

    def bring(
        self,
        items: Sequence[Item],
        *,
        positions: Sequence[datetime],
        by: str,
        edition: str,
        now: datetime,
        noted: Sequence[Mapping[str, Any]],
    ) -> list[Item]:
        """Begin items that come with their texts, by the move `import`: the same, with ids and ulids now.

        `positions` and what is `noted` in their events are in the order of the items. One statement a table.
        """
        if not items:
            return []
        fresh = [replace(item, ulid=str(ULID.from_datetime(now)), version=1) for item in items]
        rows = [
            {
                "ulid": item.ulid,
                "version": 1,
                "status": item.status,
                "queued_at": item.queued_at,
                "position": position,
            }
            for item, position in zip(fresh, positions, strict=True)
        ]
        inserting = insert(t.items).returning(t.items.c.id, sort_by_parameter_order=True)
        ids = self._db.execute(inserting, rows).scalars()
        new = [replace(item, id=item_id) for item, item_id in zip(fresh, ids, strict=True)]
        for table, parts in _parts_of(new).items():
            if parts:
                self._db.execute(insert(table), parts)
        firsts = {item.id: _first(item) | dict(more) for item, more in zip(new, noted, strict=True)}
        Events(self._db).begin_each(firsts, at=now, editor=by, move=Move.IMPORT, edition=edition)
        return new

    def place(self, item_id: int, position: datetime) -> None:
        """Where it stands among the others in lists: since when it has been told."""
        self._db.execute(update(t.items).where(t.items.c.id == item_id).values(position=position))

    def put(
        self,
        old: Item,
        new: Item,
        *,
        move: str,
        by: str,
        now: datetime,
        edition: str | None = None,
        reason: str | None = None,
        noted: Mapping[str, Any] | None = None,
    ) -> Item:
        """Write what changed between `old` and `new`, one version on, with its event.

        `noted` is said in the event beside what became of the fields.

        Raises EditConflict when the item is no longer as `old` says; nothing is written then.
        """
        new = replace(new, version=old.version + 1)
        changed = self._db.execute(
            update(t.items)
            .where(t.items.c.id == old.id, t.items.c.version == old.version)
            .values(
                version=new.version,
                status=new.status,
                editor=new.editor,
                claimed_until=new.claimed_until,
                assignee=new.assignee,
                revision=new.revision,
                page=new.page,
                words_by=None,
            )
        )
        if not changed.rowcount:
            raise EditConflict(item_id=old.id, expected=old.version, theirs=self.get(old.id))
        self._put_parts(old, new)
        if old.status is Status.SKIPPED and new.status is not Status.SKIPPED and old.entry_id is not None:
            Entries(self._db).read_again(old.entry_id)
        before, after = history.difference(old, new)
        Events(self._db).add(
            at=now,
            editor=by,
            move=move,
            item_id=new.id,
            edition=edition,
            version=new.version,
            before=before,
            after={**after, **(noted or {})},
            reason=reason,
        )
        return new

    def _put_parts(self, old: Item, new: Item) -> None:
        others = [table for table, name in _PARTS.items() if getattr(old, name) != getattr(new, name)]
        rows = _parts_of([new]) if others else {}
        for table in others:
            self._db.execute(delete(table).where(table.c.item_id == new.id))
            if rows[table]:
                self._db.execute(insert(table), rows[table])

    def _in_stage(self, edition: str, stage: Status, condition: ColumnElement[bool]) -> list[Item]:
        rows = self._db.execute(
            select(t.commentaries.c.item_id)
            .where(t.commentaries.c.edition == edition, t.commentaries.c.stage == stage, condition)
            .order_by(t.commentaries.c.publish_at.nulls_first(), t.commentaries.c.item_id)
        )
        return self.many([row.item_id for row in rows])


def _moved_on(edition: str) -> ColumnElement[bool]:
    return exists().where(
        t.publications.c.item_id == t.commentaries.c.item_id,
        t.publications.c.edition == edition,
        t.items.c.id == t.commentaries.c.item_id,
        t.items.c.version > t.publications.c.item_version,
    )


def _first(item: Item) -> dict[str, Any]:
    """What became of the fields by the first move of an item."""
    _, after = history.difference(history.blank(item), item)
    return {**after, "status": str(item.status)}


_PARTS = {
    t.excerpts: "excerpt",
    t.images: "image",
    t.attributions: "attributions",
    t.tags: "tags",
    t.waivers: "waivers",
    t.commentaries: "commentaries",
}


def _parts_of(items: Iterable[Item]) -> dict[Table, list[dict[str, Any]]]:
    """The rows that belong to items, by table."""
    rows: dict[Table, list[dict[str, Any]]] = {table: [] for table in _PARTS}
    for item in items:
        mine = {"item_id": item.id}
        if item.excerpt:
            rows[t.excerpts].append(mine | asdict(item.excerpt))
        if item.image:
            rows[t.images].append(mine | asdict(item.image))
        rows[t.attributions] += [
            mine | asdict(attribution) | {"position": n, "authors": list(attribution.authors)}
            for n, attribution in enumerate(item.attributions)
        ]
        rows[t.tags] += [mine | {"position": n, "tag": tag} for n, tag in enumerate(item.tags)]
        rows[t.waivers] += [mine | asdict(waiver) for waiver in item.waivers]
        rows[t.commentaries] += [mine | asdict(said) for said in item.commentaries.values()]
    return rows


@dataclass(frozen=True, slots=True)
class _Parts:
    """The rows that belong to some items, by table and item id."""

    rows: Mapping[str, Mapping[int, list[Row[Any]]]]

    @classmethod
    def of(cls, db: Connection, item_ids: Sequence[int]) -> _Parts:
        rows: dict[str, dict[int, list[Row[Any]]]] = {}
        ordered = {t.attributions: t.attributions.c.position, t.tags: t.tags.c.position}
        for table in (t.excerpts, t.images, t.attributions, t.tags, t.waivers, t.commentaries):
            query = select(table).where(table.c.item_id.in_(item_ids))
            query = query.order_by(ordered.get(table, table.c.item_id))
            by_item = rows.setdefault(table.name, {})
            for row in db.execute(query):
                by_item.setdefault(row.item_id, []).append(row)
        return cls(rows)

    def item(self, row: Row[Any]) -> Item:
        def of(table: Table) -> list[Row[Any]]:
            return self.rows[table.name].get(row.id, [])

        return Item(
            id=row.id,
            ulid=row.ulid,
            version=row.version,
            status=Status(row.status),
            editor=row.editor,
            claimed_until=row.claimed_until,
            assignee=row.assignee,
            entry_id=row.entry_id,
            revision=row.revision,
            page=row.page,
            queued_at=row.queued_at,
            cluster=row.cluster_id,
            excerpt=next((_excerpt(found) for found in of(t.excerpts)), None),
            image=next((image_of(found) for found in of(t.images)), None),
            attributions=tuple(_attribution(found) for found in of(t.attributions)),
            tags=tuple(found.tag for found in of(t.tags)),
            waivers=tuple(
                Waiver(edition=w.edition, code=w.code, reason=w.reason, editor=w.editor)
                for w in sorted(of(t.waivers), key=lambda w: (w.edition, w.code))
            ),
            commentaries={found.edition: _commentary(found) for found in of(t.commentaries)},
        )


def _excerpt(row: Row[Any]) -> Excerpt:
    return Excerpt(
        html=SafeHtml(row.html), text=row.text, language=Lang(row.language), truncated=row.truncated
    )


def _attribution(row: Row[Any]) -> Attribution:
    return Attribution(
        title=row.title,
        authors=tuple(row.authors),
        publisher=row.publisher,
        url=row.url,
        license=row.license,
    )


def _commentary(row: Row[Any]) -> Commentary:
    return Commentary(
        edition=row.edition,
        language=Lang(row.language),
        headline=row.headline,
        note=row.note,
        stage=Status(row.stage) if row.stage else None,
        publish_at=row.publish_at,
        minor=row.minor,
        correction=row.correction,
        public_note=row.public_note,
        author=row.author,
        suggested={field: MachineText(**said) for field, said in (row.suggested or {}).items()},
    )
