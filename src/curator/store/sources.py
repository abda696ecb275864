"""Sources, the leases on them, and how their fetches ended.

Whoever changes what a poll depends on (address, status) takes its lease away,
and a poll without its lease writes nothing: one that ends late never undoes
what an editor did meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, or_, select, update

from curator.errors import NotFound
from curator.model import (
    Lang,
    Problem,
    Source,
    SourceDraft,
    SourceKind,
    SourceStatus,
    Validators,
)
from curator.store.dialect import insert_unless_there
from curator.store.tables import entries, fetches, sources

FETCHES_KEPT = timedelta(days=90)

CLOCK_WENT_BACK = timedelta(hours=1)
"""What was marked further ahead than this was marked by a clock that has been set back since."""

_LISTED = sources.c.removed_at.is_(None)
_UNSAID = {"etag": None, "last_modified": None, "body_hash": None, "moved_to": None}
_NO_LEASE = {"lease_by": None, "lease_until": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a good poll learns of its source. `feed` is None where the body was the one read last time."""

    validators: Validators
    moved_to: str | None
    feed: FeedFacts | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    body_hash: str
    title: str
    home_url: str | None
    hub_url: str | None
    language: Lang | None
    license: str | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Entries that one fetch brought."""

    new: int = 0
    revised: int = 0


class Sources:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def get(self, source_id: int) -> Source:
        """Also a removed one: the items that came from it go on naming it."""
        return self._one(sources.c.id == source_id, source_id=source_id)

    def listed(self, source_id: int) -> Source:
        """As editors see it: a removed one is not there."""
        return self._one(sources.c.id == source_id, _LISTED, source_id=source_id)

    def many(self, source_ids: Collection[int]) -> dict[int, Source]:
        rows = self._db.execute(select(sources).where(sources.c.id.in_(source_ids)))
        return {row.id: _source(row) for row in rows}

    def by_url(self, url: str) -> Source | None:
        row = self._db.execute(select(sources).where(sources.c.url == url, _LISTED)).one_or_none()
        return _source(row) if row else None

    def removed_by_url(self, url: str) -> Source | None:
        row = self._db.execute(select(sources).where(sources.c.url == url, ~_LISTED)).one_or_none()
        return _source(row) if row else None

    def find(
        self,
        *,
        status: SourceStatus | None = None,
        tags: Collection[str] = (),
        limit: int | None = 50,
        offset: int = 0,
    ) -> tuple[int, list[Source]]:
        """How many there are in all and one page of them, by name. `tags`: those that have every one."""
        query = select(sources).where(_LISTED).order_by(func.lower(sources.c.name), sources.c.id)
        if status is not None:
            query = query.where(sources.c.status == status)
        found = [_source(row) for row in self._db.execute(query)]
        # A newsroom follows hundreds of sources: tags are compared here rather than in two dialects of JSON.
        found = [source for source in found if set(tags) <= set(source.tags)]
        return len(found), found[offset : None if limit is None else offset + limit]

    def _one(self, *conditions: Any, source_id: int) -> Source:
        row = self._db.execute(select(sources).where(*conditions)).one_or_none()
        if row is None:
            raise NotFound(noun="source", id=source_id)
        return _source(row)

    # ── what editors decide ──

    def add(
        self,
        *,
        url: str,
        name: str,
        draft: SourceDraft,
        unverified: bool,
        now: datetime,
        kind: SourceKind = SourceKind.FEED,
    ) -> int | None:
        """The id of the new source, due at once; None where the address is followed already.

        A removed source comes back as the row it was, with its entries still known.
        """
        values: dict[str, Any] = {
            "tags": [],
            "problems": [],
            **_stated(draft),
            "name": name,
            "kind": kind,
            "status": SourceStatus.ACTIVE,
            "due_at": now,
            "failures": 0,
            "last_outcome": None,
            "last_error": None,
            "unverified": unverified,
            "added_at": now,
            "removed_at": None,
            **_UNSAID,
        }
        added: int | None = self._db.execute(
            insert_unless_there(self._db, sources)
            .values(url=url, policy={}, **values)
            .returning(sources.c.id)
        ).scalar()
        if added is not None:
            return added
        back: int | None = self._db.execute(
            update(sources)
            .where(sources.c.url == url, sources.c.removed_at.is_not(None))
            .values(values)
            .returning(sources.c.id)
        ).scalar()
        return back

    def edit(
        self,
        source_id: int,
        draft: SourceDraft,
        *,
        clear: Collection[str] = (),
        url: str | None = None,
        now: datetime,
    ) -> None:
        """Write what the draft states; `clear` names fields that are to be unknown again.

        A new address is a new beginning for fetching: due now, nothing said yet. The entries stay known.
        """
        values = _stated(draft) | dict.fromkeys(_COLUMNS.get(field, field) for field in clear)
        if "tags" in values:
            values["tags"] = values["tags"] or []
        if url is not None:
            values |= {"url": url, "due_at": now, "failures": 0, "unverified": True, **_UNSAID, **_NO_LEASE}
        if values:
            self._db.execute(update(sources).where(sources.c.id == source_id).values(values))

    def set_status(self, source_id: int, status: SourceStatus, *, now: datetime) -> None:
        """Active again means due now, with failures forgotten."""
        values: dict[str, Any] = {"status": status, **_NO_LEASE}
        if status is SourceStatus.ACTIVE:
            values |= {"due_at": now, "failures": 0}
        self._db.execute(update(sources).where(sources.c.id == source_id).values(values))

    def remove(self, source_id: int, *, now: datetime) -> None:
        """Hide a source that ever said something, for its entries and items stay; delete any other."""
        said = exists().where(entries.c.source_id == sources.c.id)
        hidden = self._db.execute(
            update(sources)
            .where(sources.c.id == source_id, said)
            .values(status=SourceStatus.RETIRED, removed_at=now, **_NO_LEASE)
        )
        if not hidden.rowcount:
            self._db.execute(delete(sources).where(sources.c.id == source_id))

    # ── polling ──

    def due(self, *, now: datetime, everything: bool = False) -> list[int]:
        """Active sources whose time has come, the longest waiting first; or every active one."""
        query = select(sources.c.id).where(sources.c.status == SourceStatus.ACTIVE, _LISTED)
        if not everything:
            query = query.where(_due(now))
        return list(self._db.execute(query.order_by(sources.c.due_at, sources.c.id)).scalars())

    def claim(
        self,
        source_ids: Collection[int],
        *,
        only_due: bool,
        now: datetime,
        worker: str,
        until: datetime,
        is_gone: Callable[[str], bool],
    ) -> list[Source]:
        """Those of the sources that this worker may poll now; the others are someone's, or no longer due.

        The lease of a worker that is gone, or has let it expire, may be taken.
        """
        free = or_(
            sources.c.lease_by.is_(None),
            sources.c.lease_until <= now,
            sources.c.lease_until > until + CLOCK_WENT_BACK,
            sources.c.lease_by.in_([holder for holder in self._holders(source_ids) if is_gone(holder)]),
        )
        query = select(sources.c.id).where(
            sources.c.id.in_(source_ids), sources.c.status == SourceStatus.ACTIVE, _LISTED, free
        )
        if only_due:
            query = query.where(_due(now))
        # SQLite knows no row locks and needs none: its writers wait at BEGIN IMMEDIATE.
        ours = self._db.execute(query.with_for_update(skip_locked=True)).scalars().all()
        claimed = self._db.execute(
            update(sources)
            .where(sources.c.id.in_(ours))
            .values(lease_by=worker, lease_until=until)
            .returning(sources)
        )
        return [_source(row) for row in sorted(claimed, key=lambda row: (row.due_at, row.id))]

    def renew(self, source_ids: Collection[int], *, worker: str, until: datetime) -> None:
        self._db.execute(
            update(sources)
            .where(sources.c.id.in_(source_ids), sources.c.lease_by == worker)
            .values(lease_until=until)
        )

    def release(self, source_ids: Collection[int], *, worker: str) -> None:
        """Give back what was claimed and not polled after all."""
        self._db.execute(
            update(sources)
            .where(sources.c.id.in_(source_ids), sources.c.lease_by == worker)
            .values(_NO_LEASE)
        )

    def held(self, source_id: int, *, worker: str) -> Source | None:
        """The source as it is now, locked until the transaction ends; None if the lease was taken away."""
        row = self._db.execute(
            select(sources).where(sources.c.id == source_id, sources.c.lease_by == worker).with_for_update()
        ).one_or_none()
        return _source(row) if row else None

    def rest(
        self,
        source: Source,
        reading: Reading | None,
        *,
        outcome: str,
        http_status: int,
        counts: Counts,
        due_at: datetime,
        now: datetime,
    ) -> None:
        """The poll went well. `reading` is None where nothing was sent (304).

        Validators come only through here, in the transaction that stores the
        entries: never for a body that could not be read (FAULTS 14, 27).
        """
        values: dict[str, Any] = {
            "failures": 0,
            "last_error": None,
            "last_success_at": now,
            "unverified": False,
        }
        if reading is not None:
            values |= asdict(reading.validators) | {"moved_to": reading.moved_to}
            if (feed := reading.feed) is not None:
                values |= {
                    "body_hash": feed.body_hash,
                    "home_url": feed.home_url or source.home_url,
                    "hub_url": feed.hub_url,
                    # What an editor said of language and licence stands.
                    "language": source.language or feed.language,
                    "license": source.license or feed.license,
                    "problems": [_stored(problem) for problem in feed.problems],
                }
                if source.unverified and source.name == source.url and feed.title:
                    values["name"] = feed.title
        self._end(source.id, values, outcome=outcome, due_at=due_at, now=now)
        self._record(source.id, outcome=outcome, http_status=http_status, error=None, counts=counts, now=now)

    def stumble(
        self,
        source: Source,
        error: Mapping[str, Any],
        *,
        http_status: int | None,
        due_at: datetime,
        now: datetime,
    ) -> None:
        """The poll failed: what is known stays as it was, validators included."""
        values = {"failures": source.failures + 1, "last_error": dict(error)}
        self._end(source.id, values, outcome="failed", due_at=due_at, now=now)
        self._record(
            source.id, outcome="failed", http_status=http_status, error=error, counts=Counts(), now=now
        )

    def retire(self, source: Source, *, http_status: int, now: datetime) -> None:
        """410: its owner took it down for good. Its entries stay."""
        values = {"status": SourceStatus.RETIRED, "last_error": None}
        self._end(source.id, values, outcome="gone", due_at=source.due_at, now=now)
        self._record(source.id, outcome="gone", http_status=http_status, error=None, counts=Counts(), now=now)

    def _end(
        self, source_id: int, values: Mapping[str, Any], *, outcome: str, due_at: datetime, now: datetime
    ) -> None:
        self._db.execute(
            update(sources)
            .where(sources.c.id == source_id)
            .values(**values, **_NO_LEASE, last_outcome=outcome, due_at=due_at, last_fetched_at=now)
        )

    def _record(
        self,
        source_id: int,
        *,
        outcome: str,
        http_status: int | None,
        error: Mapping[str, Any] | None,
        counts: Counts,
        now: datetime,
    ) -> None:
        self._db.execute(
            insert(fetches).values(
                source_id=source_id,
                at=now,
                outcome=outcome,
                http_status=http_status,
                error=dict(error) if error else None,
                **asdict(counts),
            )
        )
        self._db.execute(
            delete(fetches).where(fetches.c.source_id == source_id, fetches.c.at < now - FETCHES_KEPT)
        )

    def _holders(self, source_ids: Collection[int]) -> list[str]:
        holders = select(sources.c.lease_by).where(
            sources.c.id.in_(source_ids), sources.c.lease_by.is_not(None)
        )
        return [holder for holder in self._db.execute(holders.distinct()).scalars() if holder]


_COLUMNS = {"interval": "interval_minutes"}


def _due(now: datetime) -> Any:
    return or_(sources.c.due_at <= now, sources.c.last_fetched_at > now + CLOCK_WENT_BACK)


def _stated(draft: SourceDraft) -> dict[str, Any]:
    said = {field: value for field, value in asdict(draft).items() if value is not None}
    if (interval := said.pop("interval", None)) is not None:
        said["interval_minutes"] = int(interval.total_seconds() // 60)
    if "tags" in said:
        said["tags"] = list(said["tags"])
    return said


def _stored(problem: Problem) -> dict[str, Any]:
    return asdict(problem) | {"data": dict(problem.data)}


def _source(row: Row[Any]) -> Source:
    return Source(
        id=row.id,
        url=row.url,
        name=row.name,
        kind=SourceKind(row.kind),
        status=SourceStatus(row.status),
        language=Lang(row.language) if row.language else None,
        tags=tuple(row.tags),
        license=row.license,
        max_words=row.max_words,
        interval=timedelta(minutes=row.interval_minutes) if row.interval_minutes else None,
        home_url=row.home_url,
        validators=Validators(etag=row.etag, last_modified=row.last_modified),
        body_hash=row.body_hash,
        due_at=row.due_at,
        failures=row.failures,
        last_outcome=row.last_outcome,
        last_error=row.last_error,
        last_fetched_at=row.last_fetched_at,
        last_success_at=row.last_success_at,
        unverified=row.unverified,
        added_at=row.added_at,
        problems=tuple(Problem(**problem) for problem in row.problems),
        moved_to=row.moved_to,
    )
