"""Sources, the leases on them, and how their fetches ended.

Whoever changes what a poll depends on (address, status) takes its lease away,
and a poll without its lease writes nothing: one that ends late never undoes
what an editor did meanwhile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, exists, func, insert, or_, select, update

from curator.errors import NotFound
from curator.model import (
    Alert,
    Because,
    Ending,
    Hints,
    Lang,
    Outcome,
    Permission,
    Problem,
    Source,
    SourceDraft,
    SourceKind,
    SourcePolicy,
    SourceStatus,
    Validators,
)
from curator.store.dialect import insert_unless_there
from curator.store.hosts import host_of
from curator.store.tables import entries, fetches, incidents, sources
from curator.store.words import Words

CLOCK_WENT_BACK = timedelta(hours=1)
"""What was marked further ahead than this was marked by a clock that has been set back since."""

FARTHEST = timedelta(days=45)
"""No rule puts a poll off for longer (ingest/schedule.py): a time beyond is a clock's mistake."""

_LISTED = sources.c.removed_at.is_(None)
_UNSAID = {
    "etag": None,
    "last_modified": None,
    "body_hash": None,
    "moved_to": None,
    "moved_good": 0,
    "hub_url": None,
    "topic_url": None,
    "push_until": None,
    "hints": None,
    "alert": None,
    "successor_url": None,
    "successor_looked_at": None,
}
_NO_LEASE = {"lease_by": None, "lease_until": None}
_NO_POLICY = SourcePolicy()
_NO_HINTS = Hints()


class Sources:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def get(self, source_id: int) -> Source:
        """Also a removed one: the items that came from it go on naming it."""
        return self._one(sources.c.id == source_id, source_id=source_id)

    def answered_since(self, moment: datetime) -> bool:
        """Whether any of them was reached since then: if not, it may be us."""
        query = select(sources.c.id).where(sources.c.last_success_at >= moment).limit(1)
        return self._db.execute(query).first() is not None

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

    def tagged(self, tag: str) -> tuple[int, ...]:
        """The ids of those that carry it; compared here, as `find` does."""
        rows = self._db.execute(select(sources.c.id, sources.c.tags).where(_LISTED))
        return tuple(row.id for row in rows if tag in row.tags)

    def addresses(self) -> list[str]:
        """Where all that is followed is."""
        return list(self._db.execute(select(sources.c.url).where(_LISTED)).scalars())

    def lost(self, *, codes: Collection[str], looked_before: datetime, limit: int) -> list[Source]:
        """Sources with one of these incidents whose home page has not been looked at since; first come."""
        rows = self._db.execute(
            select(sources)
            .join(incidents, incidents.c.source_id == sources.c.id)
            .where(
                incidents.c.ended_at.is_(None),
                incidents.c.code.in_(codes),
                sources.c.home_url.is_not(None),
                sources.c.status != SourceStatus.PAUSED,
                _LISTED,
                or_(
                    sources.c.successor_looked_at.is_(None),
                    sources.c.successor_looked_at <= looked_before,
                ),
            )
            .order_by(incidents.c.raised_at, sources.c.id)
            .limit(limit)
        )
        return [_source(row) for row in rows]

    def look(self, source_id: int, *, looked_before: datetime, now: datetime) -> bool:
        """Whether the home page is ours to ask; the request is then on record."""
        marked = self._db.execute(
            update(sources)
            .where(
                sources.c.id == source_id,
                or_(
                    sources.c.successor_looked_at.is_(None),
                    sources.c.successor_looked_at <= looked_before,
                ),
            )
            .values(successor_url=None, successor_looked_at=now)
        )
        if marked.rowcount:
            self._db.execute(
                insert(fetches).values(source_id=source_id, at=now, outcome="looked", why="home_page")
            )
        return bool(marked.rowcount)

    def propose(self, source_id: int, *, successor_url: str) -> None:
        """A feed that the home page names now, for an editor to adopt or not."""
        self._db.execute(update(sources).where(sources.c.id == source_id).values(successor_url=successor_url))

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
            **_stated(_settled(draft, SourcePolicy)),
            "name": name,
            "kind": kind,
            "status": SourceStatus.ACTIVE,
            "due_at": now,
            "due_because": "new",
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
            .values({"url": url, "host": host_of(url), "policy": {}} | values)
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

    def site(self, url: str, *, name: str, now: datetime) -> Source:
        """The source of pages that were clipped at a site: nobody follows it, so it is in no list."""
        values = {"kind": SourceKind.PAGE, "tags": [], "problems": [], "policy": {}, "failures": 0}
        values |= {"status": SourceStatus.RETIRED, "due_at": now, "unverified": False, "added_at": now}
        self._db.execute(
            insert_unless_there(self._db, sources).values(
                {"url": url, "host": host_of(url), "home_url": url, "name": name, "removed_at": now} | values
            )
        )
        return self._one(sources.c.url == url, source_id=0)

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
        read_anew = draft.policy is not None
        forgotten: dict[str, Any] = {field: None for field in clear if field in _OF_POLICY}
        if forgotten:
            draft = replace(draft, policy=replace(draft.policy or self.get(source_id).policy, **forgotten))
        values = _stated(_settled(draft, lambda: self.get(source_id).policy)) | dict.fromkeys(
            _COLUMNS.get(field, field) for field in clear if field not in _OF_POLICY
        )
        if "tags" in values:
            values["tags"] = values["tags"] or []
        if url is not None:
            values |= {
                "url": url,
                "host": host_of(url),
                "due_at": now,
                "due_because": "new",
                "failures": 0,
                "unverified": True,
            }
            values |= {**_UNSAID, **_NO_LEASE}
            self._end_incidents(source_id, now=now)
        if read_anew:
            # The same body now says something else.
            values |= {"due_at": now, "due_because": "new", "failures": 0, **_UNSAID, **_NO_LEASE}
        if values:
            self._db.execute(update(sources).where(sources.c.id == source_id).values(values))
        if "name" in values:
            Words(self._db).forget_source(source_id)

    def set_status(self, source_id: int, status: SourceStatus, *, now: datetime) -> None:
        """Active again means due now, with failures forgotten."""
        values: dict[str, Any] = {"status": status, **_NO_LEASE}
        if status is SourceStatus.ACTIVE:
            values |= {"due_at": now, "due_because": "resumed", "failures": 0}
        self._db.execute(update(sources).where(sources.c.id == source_id).values(values))

    def remove(self, source_id: int, *, now: datetime) -> None:
        """Hide a source that ever said something, for its entries and items stay; delete any other."""
        said = exists().where(entries.c.source_id == sources.c.id)
        hidden = self._db.execute(
            update(sources)
            .where(sources.c.id == source_id, said)
            .values(status=SourceStatus.RETIRED, removed_at=now, **_NO_LEASE)
        )
        self._end_incidents(source_id, now=now)
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

    def is_followed(self, source_id: int) -> bool:
        """Does it exist, active, as far as editors see?"""
        query = select(
            exists().where(sources.c.id == source_id, sources.c.status == SourceStatus.ACTIVE, _LISTED)
        )
        return bool(self._db.execute(query).scalar())

    def renew(self, source_ids: Collection[int], *, worker: str, until: datetime) -> None:
        self._db.execute(
            update(sources)
            .where(sources.c.id.in_(source_ids), sources.c.lease_by == worker)
            .values(lease_until=until)
        )

    def shared_hosts(self, hosts: Collection[str]) -> set[str]:
        """Those of the hosts that several active sources are at."""
        rows = self._db.execute(
            select(sources.c.host)
            .where(sources.c.host.in_(hosts), sources.c.status == SourceStatus.ACTIVE, _LISTED)
            .group_by(sources.c.host)
            .having(func.count() > 1)
        )
        return set(rows.scalars())

    def postpone(self, until: Mapping[int, datetime]) -> None:
        """Their host wants to be left alone; it is its pause that they wait for."""
        for source_id, due_at in until.items():
            self._db.execute(
                update(sources)
                .where(sources.c.id == source_id)
                .values(due_at=due_at, due_because="host_pause", **_NO_LEASE)
            )

    def release(self, source_ids: Collection[int], *, worker: str) -> None:
        """Give back what was claimed and not polled after all."""
        self._db.execute(
            update(sources)
            .where(sources.c.id.in_(source_ids), sources.c.lease_by == worker)
            .values(_NO_LEASE)
        )

    def held(self, source_ids: Collection[int], *, worker: str) -> dict[int, Source]:
        """The sources as they are now, locked until the transaction ends; not those whose lease was taken."""
        rows = self._db.execute(
            select(sources)
            .where(sources.c.id.in_(source_ids), sources.c.lease_by == worker)
            .order_by(sources.c.id)  # whoever locks several locks them in one order
            .with_for_update()
        )
        return {row.id: _source(row) for row in rows}

    def end(self, endings: Sequence[Ending], *, now: datetime) -> None:
        """Keep what each source is after its poll, give its lease back and record the fetch.

        Statements are as many as there are kinds of change, however many sources there are.
        """
        alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for ending in endings:
            changed = _changes(ending.before, ending.after)
            ended = {"due_at": ending.after.due_at, "last_outcome": ending.outcome}
            values = {**changed, **ended, "b_id": ending.before.id}
            alike[tuple(sorted(values))].append(values)
        for rows in alike.values():
            said: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "b_id"}
            self._db.execute(
                update(sources)
                .where(sources.c.id == bindparam("b_id"))
                .values(**_NO_LEASE, last_fetched_at=now, **said),
                rows,
            )
        if endings:
            self._record(endings, now=now)
        for ending in endings:
            if ending.before.alert != ending.after.alert:
                self._note(ending, now=now)
            if ending.before.name != ending.after.name:
                Words(self._db).forget_source(ending.before.id)

    def at(self, urls: Collection[str]) -> dict[str, int]:
        """Which sources are at these addresses, removed ones too: an address has one source at most."""
        found = self._db.execute(select(sources.c.url, sources.c.id).where(sources.c.url.in_(urls)))
        return {row.url: row.id for row in found}

    def _record(self, endings: Sequence[Ending], *, now: datetime) -> None:
        self._db.execute(
            insert(fetches),
            [
                {
                    "source_id": ending.before.id,
                    "at": now,
                    "outcome": ending.outcome,
                    "http_status": ending.http_status,
                    "error": dict(ending.error) if ending.error else None,
                    "why": ending.why,
                    "new": ending.counts.new,
                    "revised": ending.counts.revised,
                }
                for ending in endings
            ],
        )

    def _note(self, ending: Ending, *, now: datetime) -> None:
        """An incident begins, ends, or turns into another; its counters are no news."""
        before, after = ending.before.alert, ending.after.alert
        if before is not None and after is not None and before.code == after.code:
            return
        if before is not None:
            self._end_incidents(ending.before.id, now=now)
        if after is not None:
            self._db.execute(
                insert(incidents).values(source_id=ending.before.id, code=after.code, raised_at=now)
            )

    def _end_incidents(self, source_id: int, *, now: datetime) -> None:
        open_now = incidents.c.source_id == source_id, incidents.c.ended_at.is_(None)
        self._db.execute(update(incidents).where(*open_now).values(ended_at=now))

    def _holders(self, source_ids: Collection[int]) -> list[str]:
        holders = select(sources.c.lease_by).where(
            sources.c.id.in_(source_ids), sources.c.lease_by.is_not(None)
        )
        return [holder for holder in self._db.execute(holders.distinct()).scalars() if holder]


_COLUMNS = {"interval": "interval_minutes"}


def _due(now: datetime) -> Any:
    return or_(
        sources.c.due_at <= now,
        sources.c.due_at > now + FARTHEST,
        sources.c.last_fetched_at > now + CLOCK_WENT_BACK,
    )


def _settled(draft: SourceDraft, known: Callable[[], SourcePolicy]) -> SourceDraft:
    """With what it says of single parts of the policy in the policy itself."""
    said = {name: value for name in _OF_POLICY if (value := getattr(draft, name)) is not None}
    return replace(draft, policy=replace(draft.policy or known(), **said)) if said else draft


def _stated(draft: SourceDraft) -> dict[str, Any]:
    said: dict[str, Any] = {
        field: value for field in _DRAFTED if (value := getattr(draft, field)) is not None
    }
    if (interval := said.pop("interval", None)) is not None:
        said["interval_minutes"] = int(interval.total_seconds() // 60)
    if "tags" in said:
        said["tags"] = list(said["tags"])
    if "policy" in said:
        said["policy"] = _policy_stored(said["policy"])
    return said


def _changes(before: Source, after: Source) -> dict[str, Any]:
    """The columns in which two states of a source differ."""
    changed = {
        column: store(getattr(after, name))
        for name, column, store in _KEPT
        if getattr(before, name) != getattr(after, name)
    }
    if before.validators != after.validators:
        changed |= asdict(after.validators)
    if before.url != after.url:
        changed["host"] = host_of(after.url)
    return changed


def _as_it_is(value: Any) -> Any:
    return value


def _policy_stored(policy: SourcePolicy) -> dict[str, Any]:
    stored: dict[str, Any] = {}
    if policy.selectors is not None:
        stored["selectors"] = dict(policy.selectors)
    if policy.full_text:
        stored["full_text"] = True
    if policy.max_share is not None:
        stored["max_share"] = policy.max_share
    if (permission := policy.permission) is not None:
        stored["permission"] = asdict(permission) | {"at": permission.at.isoformat()}
    return stored


def _policy(stored: Mapping[str, Any]) -> SourcePolicy:
    said = dict(stored)
    if (permission := said.pop("permission", None)) is not None:
        said["permission"] = Permission(
            text=permission["text"], by=permission["by"], at=datetime.fromisoformat(permission["at"])
        )
    return SourcePolicy(**said)


def _hints_stored(hints: Hints) -> dict[str, Any] | None:
    stored: dict[str, Any] = {}
    if hints.ttl is not None:
        stored["ttl"] = int(hints.ttl.total_seconds())
    if hints.skip_hours:
        stored["skip_hours"] = list(hints.skip_hours)
    if hints.skip_days:
        stored["skip_days"] = list(hints.skip_days)
    return stored or None


def _hints(stored: Mapping[str, Any]) -> Hints:
    return Hints(
        ttl=timedelta(seconds=stored["ttl"]) if "ttl" in stored else None,
        skip_hours=tuple(stored.get("skip_hours", ())),
        skip_days=tuple(stored.get("skip_days", ())),
    )


def _alert_stored(alert: Alert | None) -> dict[str, Any] | None:
    if alert is None:
        return None
    return {"code": alert.code, "since": alert.since.isoformat(), "data": dict(alert.data)}


def _alert(stored: Mapping[str, Any]) -> Alert:
    return Alert(
        code=stored["code"], since=datetime.fromisoformat(stored["since"]), data=stored.get("data", {})
    )


def _instants_stored(instants: Sequence[datetime]) -> list[int]:
    return [int(instant.timestamp()) for instant in instants]


def _problems_stored(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    return [asdict(problem) | {"data": dict(problem.data)} for problem in problems]


_OF_POLICY = ("full_text", "max_share", "permission")
_DRAFTED = tuple(field.name for field in fields(SourceDraft) if field.name not in _OF_POLICY)

_KEPT: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    *(
        (name, name, _as_it_is)
        for name in (
            "url",
            "name",
            "status",
            "language",
            "license",
            "home_url",
            "hub_url",
            "topic_url",
            "moved_to",
            "moved_good",
            "body_hash",
            "failures",
            "last_error",
            "last_success_at",
            "unverified",
            "due_because",
            "successor_url",
            "successor_looked_at",
        )
    ),
    ("hints", "hints", _hints_stored),
    ("recent", "recent", _instants_stored),
    ("alert", "alert", _alert_stored),
    ("problems", "problems", _problems_stored),
)
"""Of a source, what a poll may change: its name, its column, how it is written."""


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
        last_outcome=Outcome(row.last_outcome) if row.last_outcome else None,
        last_error=row.last_error,
        last_fetched_at=row.last_fetched_at,
        last_success_at=row.last_success_at,
        unverified=row.unverified,
        added_at=row.added_at,
        problems=tuple(Problem(**problem) for problem in row.problems),
        moved_to=row.moved_to,
        moved_good=row.moved_good,
        hub_url=row.hub_url,
        topic_url=row.topic_url,
        push_until=row.push_until,
        policy=_policy(row.policy) if row.policy else _NO_POLICY,
        hints=_hints(row.hints) if row.hints else _NO_HINTS,
        recent=tuple(datetime.fromtimestamp(moment, UTC) for moment in row.recent or ()),
        due_because=Because(row.due_because) if row.due_because else None,
        alert=_alert(row.alert) if row.alert else None,
        successor_url=row.successor_url,
        successor_looked_at=row.successor_looked_at,
    )
