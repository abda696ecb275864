"""What readers have: one frozen public version per item and edition, apart from what editors are changing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Select, Text, and_, cast, func, insert, select, update
from ulid import ULID

from curator.facets import facets_of
from curator.model import UNDATED, Facets, Glance, Publication, PublicItem
from curator.store.tables import publications as t
from curator.text import SLUG_LENGTH, slug_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """An item that readers had before we did: its id, its dates and its name where they stand.

    `guid` stays its id where it is an IRI that no other item has, else one is made as in `first`.
    `slug`: the last part of its old address, as it stood there. Without a date it stands before all that
    have one.
    """

    item_id: int
    item_version: int
    content: PublicItem
    guid: str | None
    slug: str | None
    published_at: datetime | None
    updated_at: datetime | None

    @property
    def name(self) -> str | None:
        return slug_of(unquote(self.slug or "")) or slug_of(self.content.headline) or None

    def moments(self, sequence: int) -> tuple[datetime, datetime]:
        """When it was published and updated, as whole seconds."""
        if self.published_at is None:
            placement = UNDATED - timedelta(seconds=sequence)
            return placement, placement
        published = self.published_at.replace(microsecond=0)
        return published, max(self.updated_at or published, published).replace(microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """What readers have had of an item that this database does not know as published: it is restored."""

    atom_id: str
    ulid: str
    slug: str
    sequence: int
    published_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, publication: Publication) -> Had:
        return cls(**{name: getattr(publication, name) for name in cls.__slots__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What was given in an edition, whether this database knows of it or not: `names`, with their items."""

    names: Mapping[str, str] = dataclass_field(default_factory=dict)
    sequence: int = 0

    def names_but(self, item: str | None) -> frozenset[str]:
        return frozenset(name for name, whose in self.names.items() if whose != item)


class Publications:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def get(self, item_id: int, edition: str) -> Publication | None:
        row = self._db.execute(select(t).where(t.c.item_id == item_id, t.c.edition == edition)).one_or_none()
        return _publication(row) if row else None

    def of_items(self, item_ids: Sequence[int]) -> dict[int, list[Publication]]:
        """What readers of each edition have of them; items that nobody has are left out."""
        found: dict[int, list[Publication]] = {}
        for publication in self._all(select(t).where(t.c.item_id.in_(item_ids)).order_by(t.c.edition)):
            found.setdefault(publication.item_id, []).append(publication)
        return found

    def many(self, edition: str, item_ids: Collection[int]) -> dict[int, Publication]:
        """Of these items, whatever of them this edition ever published, by item."""
        wanted = sorted(set(item_ids))
        found: dict[int, Publication] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            rows = self._all(select(t).where(t.c.edition == edition, t.c.item_id.in_(some)))
            found |= {publication.item_id: publication for publication in rows}
        return found

    def slugs(self, edition: str, item_ids: Collection[int]) -> dict[int, str]:
        """How those of these items are called that this edition ever published."""
        wanted = sorted(set(item_ids))
        found: dict[int, str] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            query = select(t.c.item_id, t.c.slug).where(
                t.c.edition == edition, t.c.item_id.in_(wanted[start : start + _AT_ONCE])
            )
            found.update((item_id, slug) for item_id, slug in self._db.execute(query))
        return found

    def glances(self, edition: str) -> list[Glance]:
        """All that was ever published, withdrawn things too, in the order of their numbers."""
        named = (*(t.c[name] for name in _GLANCE), _MADE_HERE, cast(t.c.facets, Text))
        query = select(*named).where(t.c.edition == edition)
        return [_glance(row) for row in self._db.execute(query.order_by(t.c.sequence)).all()]

    def live(self, edition: str, limit: int | None = None) -> list[Publication]:
        """What readers can read now, newest first."""
        query = select(t).where(t.c.edition == edition, t.c.withdrawn_at.is_(None))
        return self._all(query.order_by(t.c.sequence.desc()).limit(limit))

    def readable(self) -> dict[str, int]:
        """How many items readers can read, by edition: of each that ever had one."""
        live = func.count().filter(t.c.withdrawn_at.is_(None)).label("live")
        rows = self._db.execute(select(t.c.edition, live).group_by(t.c.edition).order_by(t.c.edition))
        return {row.edition: row.live for row in rows}

    def digests(self, edition: str) -> list[str]:
        """Of all that was ever published, by number: others whenever readers should see something else."""
        query = select(t.c.digest).where(t.c.edition == edition).order_by(t.c.sequence)
        return list(self._db.execute(query).scalars().all())

    # ── changing; the caller holds `tx.serialise("publish:EDITION")` ──

    def first(
        self,
        *,
        item_id: int,
        edition: str,
        content: PublicItem,
        item_version: int,
        authority: str,
        now: datetime,
        item: str | None = None,
        had: Had | None = None,
        spent: Spent = Spent(),
    ) -> Publication:
        """Give readers an item for the first time: here its slug and its id are made, for ever.

        `authority` is RFC 4151's "example.org,2026", the same for every item of a newsroom. `had`: readers
        had this item (by its ulid) before the database was restored, and have it as it was again.
        """
        ulid = str(ULID.from_datetime(now))
        had = had and replace(had, sequence=had.sequence if self._is_free(edition, had) else 0)
        wanted = had.slug if had else slug_of(content.headline) or ulid.lower()
        names = spent.names_but(item) - {had.slug if had else ""}
        publication = Publication(
            item_id=item_id,
            edition=edition,
            ulid=had.ulid if had else ulid,
            slug=self._free_slug(edition, wanted, names),
            sequence=(had and had.sequence) or max(self._next_sequence(edition), spent.sequence + 1),
            atom_id=had.atom_id if had else f"tag:{authority}:item/{ulid}",
            published_at=had.published_at if had else now.replace(microsecond=0),
            updated_at=self._free_instant(edition, max(had.updated_at, now) if had else now),
            item_version=item_version,
            content=content,
        )
        self._add([publication])
        return publication

    def bring(
        self, several: Sequence[Brought], *, edition: str, authority: str, now: datetime
    ) -> list[Publication]:
        """Go on with items that readers had before we did, in this order.

        What is brought later and has no date stands before what was brought earlier: lists that begin with
        the newest show a document's posts in its own order then.
        """
        if not several:
            return []
        taken = self._taken(edition, several)
        new: list[Publication] = []
        for sequence, one in enumerate(several, self._next_sequence(edition)):
            ulid = str(ULID.from_datetime(now))
            published, updated = one.moments(sequence)
            publication = Publication(
                item_id=one.item_id,
                edition=edition,
                ulid=ulid,
                slug=self._not_taken(edition, one.name or ulid.lower(), taken.slugs),
                sequence=sequence,
                atom_id=one.guid if one.guid in taken.free_ids else f"tag:{authority}:item/{ulid}",
                published_at=published,
                updated_at=self._instant(edition, updated, taken.instants) if one.published_at else updated,
                item_version=one.item_version,
                content=one.content,
                imported=True,
                undated=one.published_at is None,
            )
            taken.by(publication)
            new.append(publication)
        self._add(new)
        return new

    def complete(
        self,
        publication: Publication,
        *,
        guid: str | None,
        published_at: datetime | None,
        updated_at: datetime | None,
    ) -> Publication:
        """Fill in what an imported item lacks, and nothing that it has: no feed ever had it as it was.

        When it was changed, too, where until now the moment of its publication stood for that.
        """
        if not publication.imported:
            return publication
        new = publication
        corrected = self._is_corrected(publication)
        dated = published_at if publication.undated else publication.published_at
        if (
            dated is not None
            and (publication.undated or _is_later(updated_at, publication))
            and not corrected
        ):
            published = dated.replace(microsecond=0)
            updated = self._free_instant(publication.edition, max(updated_at or published, published))
            new = replace(new, published_at=published, updated_at=updated, undated=False)
        elif publication.undated and published_at is not None:
            new = replace(new, published_at=published_at.replace(microsecond=0), undated=False)
        if _is_made_here(publication) and (atom_id := self._free_id(guid)):
            new = replace(new, atom_id=atom_id)
        if new != publication:
            values = {name: getattr(new, name) for name in _COMPLETED}
            self._set(new, values | _at_a_glance(new, corrected=corrected))
        return new

    def correct(
        self, publication: Publication, content: PublicItem, *, item_version: int, at: datetime | None
    ) -> None:
        """Give readers another text. `at` None: a minor change, which RFC 4287 leaves out of `updated`."""
        updated_at = self._free_instant(publication.edition, at) if at else publication.updated_at
        new = replace(publication, content=content, item_version=item_version, updated_at=updated_at)
        corrected = at is not None or self._is_corrected(publication)
        values = {"item_version": item_version, "updated_at": updated_at}
        values |= _at_a_glance(new, corrected=corrected)
        self._set(publication, {"content": msgspec.to_builtins(content), **values})

    def seen(self, publication: Publication, *, item_version: int) -> None:
        """The item moved on in nothing that readers see: do not ask again."""
        self._set(publication, {"item_version": item_version})

    def withdraw(
        self, publication: Publication, *, public_note: str | None, item_version: int, at: datetime
    ) -> None:
        """Take it back. The row stays, so that neither its address nor its id can come again."""
        values: dict[str, Any] = {
            "withdrawn_at": at.replace(microsecond=0),
            "public_note": public_note,
            "item_version": item_version,
        }
        self._set(publication, values | _at_a_glance(replace(publication, **values)))

    def see_to_old(self, edition: str) -> None:
        """Make what is known at a glance of publications that an older program wrote."""
        for publication in self._all(select(t).where(t.c.edition == edition, t.c.digest.is_(None))):
            late = publication.updated_at - publication.published_at
            self._set(publication, _at_a_glance(publication, corrected=late > _NO_ROOM))

    def _is_corrected(self, publication: Publication) -> bool:
        mine = (t.c.item_id == publication.item_id, t.c.edition == publication.edition)
        facets = self._db.execute(select(cast(t.c.facets, Text)).where(*mine)).scalar()
        return facets is not None and _facets(facets).corrected

    def _set(self, publication: Publication, values: dict[str, Any]) -> None:
        mine = (t.c.item_id == publication.item_id, t.c.edition == publication.edition)
        self._db.execute(update(t).where(*mine).values(**values))

    def _all(self, query: Select[Any]) -> list[Publication]:
        return [_publication(row) for row in self._db.execute(query)]

    def _add(self, several: Sequence[Publication]) -> None:
        rows = [
            {
                **{name: getattr(one, name) for name in _COLUMNS},
                "content": msgspec.to_builtins(one.content),
                **_at_a_glance(one),
            }
            for one in several
        ]
        self._db.execute(insert(t), rows)

    def _taken(self, edition: str, several: Sequence[Brought]) -> _Taken:
        """Of what these would like to have; one question for each kind."""
        ids = {one.guid for one in several if one.guid and _is_id(one.guid)}
        names = {one.name for one in several if one.name}
        moments = {one.moments(0)[1] for one in several if one.published_at}
        here = t.c.edition == edition
        return _Taken(
            free_ids=ids - self._known(t.c.atom_id, ids),
            slugs={*self._known(t.c.slug, names, here), _INDEX},
            instants=self._known(t.c.updated_at, moments, here),
        )

    def _known(self, column: Any, values: Collection[Any], *where: ColumnElement[bool]) -> set[Any]:
        found: set[Any] = set()
        wanted = sorted(values)
        for start in range(0, len(wanted), _AT_ONCE):
            query = select(column).where(*where, column.in_(wanted[start : start + _AT_ONCE]))
            found.update(self._db.execute(query).scalars())
        return found

    def _free_id(self, guid: str | None) -> str | None:
        """As readers have it, letter by letter: an id that is put in order is another."""
        if guid is None or not _is_id(guid):
            return None
        taken = select(t.c.id).where(t.c.atom_id == guid)
        return None if self._db.execute(taken).first() else guid

    def _next_sequence(self, edition: str) -> int:
        newest = self._db.execute(select(func.max(t.c.sequence)).where(t.c.edition == edition)).scalar()
        return (newest or 0) + 1

    def _is_free(self, edition: str, known: Had) -> bool:
        here = select(t.c.id).where(t.c.edition == edition, t.c.sequence == known.sequence)
        return self._db.execute(here).first() is None

    def _free_slug(self, edition: str, wanted: str, spent: Collection[str] = frozenset()) -> str:
        here = select(t.c.id).where(t.c.edition == edition, t.c.slug == wanted)
        if wanted != _INDEX and wanted not in spent and self._db.execute(here).first() is None:
            return wanted
        return self._not_taken(edition, wanted, {wanted, _INDEX, *spent})

    def _not_taken(self, edition: str, wanted: str, taken: Collection[str]) -> str:
        """The name itself, where it is not among those that are known to be taken; else with a number."""
        if wanted not in taken:
            return wanted
        query = select(t.c.slug).where(
            t.c.edition == edition, t.c.slug.startswith(wanted[: SLUG_LENGTH - 8], autoescape=True)
        )
        taken = {*self._db.execute(query).scalars(), *taken}
        slug, n = wanted, 1
        while slug in taken:
            n += 1
            slug = f"{wanted[: SLUG_LENGTH - 1 - len(str(n))].rstrip('-')}-{n}"
        return slug

    def _free_instant(
        self, edition: str, wanted: datetime, taken: Collection[datetime] = frozenset()
    ) -> datetime:
        """The first whole second from `wanted` on that no other item of the edition was updated at.

        Feed readers and the W3C validator (DuplicateUpdated) take two entries
        with the same `updated` for a feed that stamps everything at once.
        """
        instant = wanted.replace(microsecond=0)
        while True:
            end = instant + _AT_A_TIME
            query = select(t.c.updated_at).where(
                t.c.edition == edition, t.c.updated_at >= instant, t.c.updated_at < end
            )
            known = {*self._db.execute(query).scalars(), *taken}
            while instant in known:
                instant += timedelta(seconds=1)
            if instant < end:
                return instant

    def _instant(self, edition: str, wanted: datetime, taken: Collection[datetime]) -> datetime:
        """The same where `taken` is known of these very moments."""
        return self._free_instant(edition, wanted, taken) if wanted in taken else wanted


@dataclass(slots=True, kw_only=True)
class _Taken:
    """What others of the edition have of all that a batch would like to have; of ids, what nobody has."""

    free_ids: set[str]
    slugs: set[str]
    instants: set[datetime]

    def by(self, publication: Publication) -> None:
        self.free_ids.discard(publication.atom_id)
        self.slugs.add(publication.slug)
        self.instants.add(publication.updated_at)


def _is_id(guid: str) -> bool:
    return len(guid.encode(errors="replace")) <= _LONGEST_ID and _IRI.fullmatch(guid) is not None


_NO_ROOM = timedelta(hours=1)  # nobody gave readers so many at once that the next free second was later
_AT_A_TIME = timedelta(minutes=10)  # of an edition's seconds in one question: an old date has years after it
_INDEX = "index"  # a folder's own page
_LONGEST_ID = 2000  # bytes: PostgreSQL's indexes take 2,704
# RFC 3987 §2.2: absolute, and none of the characters that no IRI has. What could run is nobody's id.
_IRI = re.compile(
    r"(?!(?:javascript|vbscript|data):)[a-z][a-z0-9+.-]*:[^\x00-\x20\x7f-\xa0<>\"{}|\\^`\ufffd]+",
    re.IGNORECASE,
)
_COMPLETED = ("atom_id", "published_at", "updated_at", "undated")
_AT_ONCE = 500  # ids in one question: SQLite takes 32,766 at most
_GLANCE = (
    "item_id",
    "edition",
    "slug",
    "sequence",
    "published_at",
    "updated_at",
    "withdrawn_at",
    "digest",
    "imported",
    "undated",
)
_MADE_HERE = and_(t.c.imported, t.c.atom_id.like("tag:%"), t.c.atom_id.endswith(":item/" + t.c.ulid))
_COLUMNS = (
    "item_id",
    "edition",
    "ulid",
    "slug",
    "sequence",
    "atom_id",
    "published_at",
    "updated_at",
    "item_version",
    "withdrawn_at",
    "public_note",
    "imported",
    "undated",
)


def _is_later(updated_at: datetime | None, publication: Publication) -> bool:
    """Than what stands for it: the moment of publication, or the next second that was free."""
    stands = publication.updated_at - publication.published_at <= _NO_ROOM
    return stands and updated_at is not None and updated_at.replace(microsecond=0) > publication.updated_at


def _is_made_here(publication: Publication) -> bool:
    """Whether its id is of ours, so that no feed but ours ever had it."""
    return publication.atom_id.startswith("tag:") and publication.atom_id.endswith(
        f":item/{publication.ulid}"
    )


def _publication(row: Row[Any]) -> Publication:
    fields = {name: getattr(row, name) for name in _COLUMNS}
    return Publication(**fields, content=msgspec.convert(row.content, PublicItem))


def _glance(row: Any) -> Glance:
    """By position: of ten thousand rows, looking for names would be most of the work."""
    item_id, edition, slug, sequence, published_at, updated_at, withdrawn_at, digest, *marks, facets = row
    imported, undated, made_here = marks
    return Glance(
        item_id=item_id,
        edition=edition,
        slug=slug,
        sequence=sequence,
        published_at=published_at,
        updated_at=updated_at,
        withdrawn_at=withdrawn_at,
        digest=digest,
        facets=_facets(facets),
        imported=imported,
        undated=undated,
        in_feeds=not (imported and (undated or made_here)),
    )


# The same topics, source and language again and again: most of ten thousand texts are some hundreds.
_facets = lru_cache(maxsize=8192)(msgspec.json.Decoder(Facets).decode)


def _at_a_glance(publication: Publication, *, corrected: bool = False) -> dict[str, Any]:
    seen = msgspec.json.encode(replace(publication, item_version=0), order="deterministic")
    return {
        "digest": hashlib.sha256(seen).hexdigest(),
        "facets": msgspec.to_builtins(facets_of(publication.content, corrected=corrected)),
    }
