"""Entries: what sources said. Only added to; another telling is another revision."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, exists, func, select, update

from curator.errors import NotFound
from curator.model import (
    ChangedEntry,
    Changes,
    Entry,
    Image,
    KnownEntry,
    Lang,
    ParsedEntry,
    SafeHtml,
    Status,
    Told,
)
from curator.store.dialect import insert_unless_there
from curator.store.tables import entries, entry_revisions, item_entries, items
from curator.store.words import Words
from curator.text import CLEANER_VERSION


class Entries:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, entry_id: int) -> Entry:
        """The entry in its newest revision."""
        return self._one(entry_id, _NEWEST.where(entries.c.id == entry_id))

    def revision(self, entry_id: int, n: int) -> Entry:
        """The entry as it was in revision `n`, for what was frozen at claim."""
        query = _REVISIONS.where(entries.c.id == entry_id, entry_revisions.c.n == n)
        return self._one(entry_id, query)

    def many(self, entry_ids: Iterable[int]) -> dict[int, Entry]:
        """Each in its newest revision; those that are not there are left out."""
        rows = self._db.execute(_NEWEST.where(entries.c.id.in_(list(entry_ids))))
        return {row.id: _entry(row) for row in rows}

    def find(
        self, *, source_id: int | None = None, limit: int | None = 50, offset: int = 0
    ) -> tuple[int, list[Entry]]:
        """How many there are in all, and one page of them, newest first."""
        counting = select(func.count()).select_from(entries)
        query = _NEWEST
        if source_id is not None:
            counting = counting.where(entries.c.source_id == source_id)
            query = query.where(entries.c.source_id == source_id)
        newest = func.coalesce(entry_revisions.c.published, entries.c.first_seen)
        query = query.order_by(newest.desc(), entries.c.id.desc()).offset(offset)
        if limit is not None:
            query = query.limit(limit)
        return self._db.execute(counting).scalar_one(), [_entry(row) for row in self._db.execute(query)]

    def at(self, url_keys: Iterable[str | None]) -> list[int]:
        """The ids of the entries at one of these addresses, whichever source told them; oldest first."""
        wanted = {key for key in url_keys if key}
        query = select(entries.c.id).where(entries.c.url_key.in_(wanted)).order_by(entries.c.id)
        return list(self._db.execute(query).scalars())

    def told(self, source_ids: Collection[int]) -> dict[int, list[Told]]:
        """By what the entries of each source may be left unread when they are told again."""
        e = entries.c
        told: dict[int, list[Told]] = defaultdict(list)
        query = select(e.source_id, e.guid, e.telling_hash).where(e.source_id.in_(source_ids))
        for source_id, guid, telling_hash in self._db.execute(query).all():
            told[source_id].append(Told(guid, telling_hash))
        return told

    def known(self, source_ids: Collection[int]) -> dict[int, list[KnownEntry]]:
        """What each source has said so far, as far as recognising it again needs."""
        known: dict[int, list[KnownEntry]] = {source_id: [] for source_id in source_ids}
        for row in self._db.execute(_KNOWN.where(entries.c.source_id.in_(source_ids))).all():
            known[row.source_id].append(
                KnownEntry(
                    id=row.id,
                    identity=row.identity,
                    guid=row.guid,
                    url_key=row.url_key,
                    content_key=row.content_key,
                    raw_hash=row.raw_hash,
                    telling_hash=row.telling_hash,
                    revision=row.revision,
                    title=row.title,
                    authors=tuple(row.authors),
                    language=row.language,
                    published=row.published,
                    cleared=row.cleared_at is not None,
                )
            )
        return known

    def apply(self, changes: Mapping[int, Changes], *, now: datetime) -> dict[int, dict[str, int]]:
        """Store what documents brought, by source; of each: identity → id of the entries that are really new.

        Somebody who stored the same a moment ago keeps what they stored: nothing is doubled.
        """
        added = self._add(changes, now=now)
        revised = [change for brought in changes.values() for change in brought.revised]
        written = self._revise(revised, now=now)
        touched = [change for brought in changes.values() for change in brought.touched]
        restored = [change for brought in changes.values() for change in brought.restored]
        again = self._restore(restored) - {change.id for change in touched}
        touched += [change for change in restored if change.id in again]
        self._touch([*(change for change in revised if change.id in written), *touched])
        return added

    def read_again(self, entry_id: int) -> None:
        """Its text was let go, and somebody waits for it now: the next document that tells it is read."""
        gone = exists().where(_IS_NEWEST, entry_revisions.c.cleared_at.is_not(None))
        self._db.execute(update(entries).where(entries.c.id == entry_id, gone).values(telling_hash=None))

    def _add(self, changes: Mapping[int, Changes], *, now: datetime) -> dict[int, dict[str, int]]:
        added: dict[int, dict[str, int]] = {source_id: {} for source_id in changes}
        brought = [(source_id, new) for source_id, each in changes.items() for new in each.new]
        if not brought:
            return added
        inserted = self._db.execute(
            insert_unless_there(self._db, entries).returning(
                entries.c.source_id, entries.c.identity, entries.c.id
            ),
            [
                {
                    "source_id": source_id,
                    "identity": new.identity,
                    "guid": new.said.guid,
                    "url": new.said.url,
                    "url_key": new.url_key,
                    "content_key": new.said.content_key,
                    "raw_hash": new.said.raw_hash,
                    "telling_hash": new.said.telling_hash,
                    "revision": 1,
                    "first_seen": now,
                }
                for source_id, new in brought
            ],
        )
        for source_id, identity, entry_id in inserted.all():
            added[source_id][identity] = entry_id
        first = [
            _revision(added[source_id][new.identity], 1, new.said, now=now)
            for source_id, new in brought
            if new.identity in added[source_id]
        ]
        if first:
            self._db.execute(insert_unless_there(self._db, entry_revisions), first)
        return added

    def _revise(self, revised: Sequence[ChangedEntry], *, now: datetime) -> set[int]:
        if not revised:
            return set()
        inserted = self._db.execute(
            insert_unless_there(self._db, entry_revisions).returning(entry_revisions.c.entry_id),
            [_revision(change.id, change.revision, change.said, now=now) for change in revised],
        )
        return set(inserted.scalars())

    def _restore(self, restored: Sequence[ChangedEntry]) -> set[int]:
        """Put back the texts that somebody waits for: the others would only go again."""
        waited_for = exists().where(
            item_entries.c.entry_id == entry_revisions.c.entry_id,
            items.c.id == item_entries.c.item_id,
            items.c.status.in_((Status.QUEUED, Status.DRAFTING)),
        )
        done = set()
        for change in restored:
            r = entry_revisions.c
            mine = r.entry_id == change.id, r.n == change.revision, r.cleared_at.is_not(None)
            back = update(entry_revisions).where(*mine, waited_for)
            if self._db.execute(back.values(html=change.said.html, cleared_at=None)).rowcount:
                done.add(change.id)
        if done:
            Words(self._db).forget(entry_ids=sorted(done))
        return done

    def _touch(self, changed: Sequence[ChangedEntry]) -> None:
        if not changed:
            return
        same = entries.c
        self._db.execute(
            update(entries)
            .where(same.id == bindparam("entry_id"), same.revision <= bindparam("to_revision"))
            .values(
                guid=func.coalesce(bindparam("said_guid"), same.guid),
                url=func.coalesce(bindparam("said_url"), same.url),
                url_key=func.coalesce(bindparam("said_url_key"), same.url_key),
                content_key=bindparam("said_content_key"),
                raw_hash=bindparam("said_raw_hash"),
                telling_hash=bindparam("said_telling_hash"),
                revision=bindparam("to_revision"),
            ),
            [
                {
                    "entry_id": change.id,
                    "to_revision": change.revision,
                    "said_guid": change.said.guid,
                    "said_url": change.said.url,
                    "said_url_key": change.url_key,
                    "said_content_key": change.said.content_key,
                    "said_raw_hash": change.said.raw_hash,
                    "said_telling_hash": change.said.telling_hash,
                }
                for change in changed
            ],
        )

    def _one(self, entry_id: int, query: Select[Any]) -> Entry:
        row = self._db.execute(query).one_or_none()
        if row is None:
            raise NotFound(noun="entry", id=entry_id)
        return _entry(row)


_IS_NEWEST = and_(entry_revisions.c.entry_id == entries.c.id, entry_revisions.c.n == entries.c.revision)
_SAID = (
    entries.c.id,
    entries.c.source_id,
    entries.c.identity,
    entries.c.guid,
    entries.c.content_key,
    entries.c.first_seen,
    *(column for column in entry_revisions.c if column.name not in ("id", "entry_id")),
)
_NEWEST = select(*_SAID).join_from(entries, entry_revisions, _IS_NEWEST)
_KNOWN = select(
    entries.c.id,
    entries.c.source_id,
    entries.c.identity,
    entries.c.guid,
    entries.c.url_key,
    entries.c.content_key,
    entries.c.raw_hash,
    entries.c.telling_hash,
    entries.c.revision,
    entry_revisions.c.title,
    entry_revisions.c.authors,
    entry_revisions.c.language,
    entry_revisions.c.published,
    entry_revisions.c.cleared_at,
).join_from(entries, entry_revisions, _IS_NEWEST)
_REVISIONS = select(*_SAID).join_from(entries, entry_revisions, entry_revisions.c.entry_id == entries.c.id)


def _revision(entry_id: int, n: int, said: ParsedEntry, *, now: datetime) -> Mapping[str, Any]:
    return {
        "entry_id": entry_id,
        "n": n,
        "seen_at": now,
        "raw_hash": said.raw_hash,
        "url": said.url,
        "title": said.title,
        "html": said.html,
        "authors": said.authors,
        "language": said.language,
        "published": said.published,
        "updated": said.updated,
        "tags": said.tags,
        "image": said.image,
        "license": said.license,
        "external_url": said.external_url,
        "cleaner_version": CLEANER_VERSION,
    }


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        source_id=row.source_id,
        identity=row.identity,
        guid=row.guid,
        url=row.url,
        title=row.title,
        html=SafeHtml(row.html),
        authors=tuple(row.authors),
        language=Lang(said) if (said := row.found_language or row.language) else None,
        declared=Lang(row.language) if row.language else None,
        language_confidence=row.language_confidence,
        published=row.published,
        updated=row.updated,
        tags=tuple(row.tags),
        image=Image(**row.image) if row.image else None,
        license=row.license,
        external_url=row.external_url,
        first_seen=row.first_seen,
        revision=row.n,
        raw_hash=row.raw_hash,
        content_key=row.content_key,
        cleared_at=row.cleared_at,
    )
