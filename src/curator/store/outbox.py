"""What a mirror is to have of each item, and what it has, as far as anybody knows.

A row is there, committed, before the mirror hears of its item; `asked_at` is
committed before anything is asked that cannot be asked twice. One worker at a
time is at a mirror, over all processes: its lease is a row that whoever comes
after a crash takes over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, or_, select, update

from curator.model import OutboxState, Owed
from curator.store.tables import mirrors, outbox
from curator.store.tables import publications as p

_o, _m = outbox.c, mirrors.c


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorState:
    """How it goes with a mirror. `after`: publications up to this number it does not get by itself."""

    after: int
    since: datetime
    attempts: int = 0
    next_try: datetime | None = None
    error: Mapping[str, Any] | None = None
    account: Mapping[str, Any] = field(default_factory=dict)


class Outbox:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def state(self, target: str, edition: str) -> MirrorState | None:
        """None: nothing was ever published since it was set."""
        row = self._db.execute(select(mirrors).where(*_this(target, edition))).one_or_none()
        if row is None:
            return None
        return MirrorState(
            after=row.after,
            since=row.since,
            attempts=row.attempts,
            next_try=row.next_try,
            error=row.error,
            account=row.account or {},
        )

    def are_due(self, target: str, edition: str, *, now: datetime) -> bool:
        """Whether something is to be brought now, as far as the mirror itself may be asked."""
        mirror = self.state(target, edition)
        if mirror is None or (mirror.next_try is not None and now < mirror.next_try):
            return False
        waiting = exists().where(*_mine(target, edition), _due(now))
        return bool(self._db.execute(select(or_(waiting, self._behind(target, edition)))).scalar())

    def due(
        self, target: str, edition: str, *, now: datetime, asked_before: datetime | None = None
    ) -> list[int]:
        """The items to be brought, oldest row first, and first those that never failed.

        `asked_before`: those too that are put off, unless something was asked for them since then.
        """
        due = _due(now)
        if asked_before is not None:
            settled = or_(_o.asked_at.is_(None), _o.asked_at <= asked_before)
            due = or_(due, and_(_o.state == OutboxState.WAITING, settled))
        query = select(_o.item_id).where(*_mine(target, edition), due)
        return list(self._db.execute(query.order_by(_o.attempts > 0, _o.id)).scalars())

    def rows(
        self, target: str, edition: str, *, states: Sequence[OutboxState] = tuple(OutboxState)
    ) -> list[Owed]:
        query = select(outbox).where(*_mine(target, edition), _o.state.in_(states)).order_by(_o.id)
        return [_owed(row) for row in self._db.execute(query)]

    def of_item(self, target: str, edition: str, item_id: int) -> Owed | None:
        row = self._db.execute(
            select(outbox).where(*_mine(target, edition), _o.item_id == item_id)
        ).one_or_none()
        return _owed(row) if row else None

    def counts(self, target: str, edition: str) -> dict[OutboxState, int]:
        query = select(_o.state, func.count()).where(*_mine(target, edition)).group_by(_o.state)
        found = {OutboxState(state): number for state, number in self._db.execute(query)}
        return {state: found.get(state, 0) for state in OutboxState}

    # ── owing; part of the transaction in which readers get it ──

    def begin(self, target: str, edition: str, *, now: datetime) -> None:
        """From now on the mirror gets what is published. Safe to repeat: it began the first time."""
        if self.state(target, edition) is not None:
            return
        newest = self._db.execute(select(func.max(p.c.sequence)).where(p.c.edition == edition)).scalar()
        self._db.execute(
            insert(mirrors).values(target=target, edition=edition, after=newest or 0, since=now, attempts=0)
        )

    def owe(self, target: str, edition: str, *, slug: Callable[[str, str], str], now: datetime) -> None:
        """Note what the mirror does not have yet: what is new since it began, corrections and withdrawals.

        `slug` makes the mirror's of a publication's slug and ULID.
        """
        mirror = self.state(target, edition)
        if mirror is None:
            return
        self._add(target, edition, p.c.sequence > mirror.after, slug=slug, now=now)
        query = select(outbox, p.c.digest, p.c.withdrawn_at).join(p, _of_publication())
        for row in self._db.execute(query.where(*_mine(target, edition), _moved_on())).all():
            values: dict[str, Any] = {"wanted": row.digest, "changed_at": now}
            if row.state in (OutboxState.WAITING, OutboxState.DONE):
                values |= {"state": OutboxState.WAITING, "attempts": 0, "next_try": None, "error": None}
            elif row.withdrawn_at is not None:
                values |= _withdrawn(row)
            self._put(row.id, **values)

    def owe_older(
        self,
        target: str,
        edition: str,
        *,
        since: datetime | None,
        slug: Callable[[str, str], str],
        now: datetime,
    ) -> int:
        """What was published here before the mirror was set; `since` None: all of it. Returns how many."""
        older = p.c.sequence > 0 if since is None else p.c.published_at >= since
        return self._add(target, edition, older, slug=slug, now=now)

    def _add(
        self,
        target: str,
        edition: str,
        which: ColumnElement[bool],
        *,
        slug: Callable[[str, str], str],
        now: datetime,
    ) -> int:
        unknown = ~exists().where(*_mine(target, edition), _o.item_id == p.c.item_id)
        native = (p.c.imported.is_(False), p.c.withdrawn_at.is_(None), p.c.digest.is_not(None))
        query = select(p.c.item_id, p.c.slug, p.c.ulid, p.c.digest).where(p.c.edition == edition)
        rows = self._db.execute(query.where(which, *native, unknown).order_by(p.c.sequence)).all()
        for row in rows:
            self._db.execute(
                insert(outbox).values(
                    target=target,
                    edition=edition,
                    item_id=row.item_id,
                    slug=slug(row.slug, row.ulid),
                    state=OutboxState.WAITING,
                    wanted=row.digest,
                    attempts=0,
                    changed_at=now,
                )
            )
        return len(rows)

    def _behind(self, target: str, edition: str) -> ColumnElement[bool]:
        return select(_o.id).join(p, _of_publication()).where(*_mine(target, edition), _moved_on()).exists()

    def elsewhere(self, target: str, edition: str) -> dict[str, int]:
        """By other mirrors: how many items were brought there and are corrected or withdrawn since."""
        others = (_o.target != target, _o.edition == edition, _o.done.is_not(None))
        query = select(_o.target, func.count()).join(p, _of_publication()).where(*others, _moved_on())
        return {row[0]: row[1] for row in self._db.execute(query.group_by(_o.target))}

    def move(self, old: str, new: str, edition: str) -> int:
        """The same mirror has another address; returns how many items it has.

        What is remembered by the old one holds: a row of the new one saw posts that it did not know.
        """
        known = select(_o.item_id).where(*_mine(old, edition))
        self._db.execute(delete(outbox).where(*_mine(new, edition), _o.item_id.in_(known)))
        if self.state(old, edition) is not None:
            self._db.execute(delete(mirrors).where(*_this(new, edition)))
            self._db.execute(update(mirrors).where(*_this(old, edition)).values(target=new, next_try=None))
        return self._db.execute(update(outbox).where(*_mine(old, edition)).values(target=new)).rowcount

    # ── who is at it ──

    def take(
        self,
        target: str,
        edition: str,
        *,
        worker: str,
        token: str,
        until: datetime,
        is_gone: Callable[[str], bool],
        now: datetime,
    ) -> bool:
        """Be the one who writes there; False: somebody else is, and is alive."""
        this = _this(target, edition)
        row = self._db.execute(
            select(_m.lease_by, _m.lease_until).where(*this).with_for_update()
        ).one_or_none()
        if row is None:
            return False
        held = row.lease_by is not None and row.lease_until > now and not is_gone(row.lease_by)
        if held:
            return False
        mine = {"lease_by": worker, "lease_token": token, "lease_until": until}
        self._db.execute(update(mirrors).where(*this).values(**mine))
        return True

    def keep(self, target: str, edition: str, *, token: str, until: datetime) -> bool:
        """False: it took so long that somebody else is at it now; nothing more may be written there."""
        kept = update(mirrors).where(*_this(target, edition), _m.lease_token == token)
        return bool(self._db.execute(kept.values(lease_until=until)).rowcount)

    def release(self, target: str, edition: str, *, token: str) -> None:
        mine = update(mirrors).where(*_this(target, edition), _m.lease_token == token)
        self._db.execute(mine.values(lease_by=None, lease_token=None, lease_until=None))

    # ── what came of it; the caller keeps the lease in the same transaction ──

    def asked(self, owed: Owed, *, remote: Mapping[str, Any], now: datetime) -> None:
        """Something is asked now whose answer may be lost."""
        self._put(owed.id, asked_at=now, remote=dict(remote))

    def settled(self, owed: Owed, *, remote: Mapping[str, Any], now: datetime) -> None:
        """The mirror has what `owed.wanted` says; what has become wanted since is still to be brought."""
        values = {"done": owed.wanted, "asked_at": None, "remote": dict(remote), "insist": False}
        self._put(owed.id, **values, attempts=0, next_try=None, error=None, changed_at=now)
        this = (_o.id == owed.id, _o.wanted == owed.wanted)
        self._db.execute(update(outbox).where(*this).values(state=OutboxState.DONE))

    def look_again(self, owed: Owed, *, at: datetime, now: datetime) -> None:
        """It is there; what was asked for it may come about once more."""
        self._put(owed.id, state=OutboxState.WAITING, asked_at=now, next_try=at)

    def conflict(
        self, owed: Owed, error: Mapping[str, Any], *, remote: Mapping[str, Any], now: datetime
    ) -> None:
        """Somebody has changed it there: it is left alone until an editor decides."""
        values = {"state": OutboxState.CONFLICT, "error": dict(error), "remote": dict(remote)}
        self._put(owed.id, **values, asked_at=None, next_try=None, changed_at=now)

    def put_off(self, owed: Owed, *, error: Mapping[str, Any] | None, until: datetime, counted: bool) -> None:
        values = {"next_try": until, "attempts": owed.attempts + counted}
        if error is not None:
            values["error"] = dict(error)
        self._put(owed.id, **values)

    def decide(self, owed: Owed, *, insist: bool, now: datetime) -> None:
        """An end to a conflict: ours replaces theirs, or it is theirs from now on."""
        state = OutboxState.WAITING if insist else OutboxState.THEIRS
        self._put(owed.id, state=state, insist=insist, attempts=0, next_try=None, error=None, changed_at=now)

    # ── the mirror as a whole ──

    def answers(self, target: str, edition: str, *, account: Mapping[str, Any]) -> None:
        """It let us in."""
        values = {"attempts": 0, "next_try": None, "error": None, "account": dict(account)}
        self._db.execute(update(mirrors).where(*_this(target, edition)).values(**values))

    def refuses(
        self, target: str, edition: str, error: Mapping[str, Any], *, attempts: int, until: datetime
    ) -> None:
        values = {"attempts": attempts, "next_try": until, "error": dict(error)}
        self._db.execute(update(mirrors).where(*_this(target, edition)).values(**values))

    def _put(self, row_id: int, **values: Any) -> None:
        self._db.execute(update(outbox).where(_o.id == row_id).values(**values))


def _withdrawn(row: Any) -> dict[str, Any]:
    """What becomes of a conflict, or of what was left to them: another matter now, for somebody to decide."""
    error = row.error or {}
    if row.state == OutboxState.THEIRS:
        return {"state": OutboxState.CONFLICT, "error": {"code": "mirror_theirs_withdrawn"}}
    if error.get("code") in ("mirror_trashed", "mirror_deleted"):
        return {"state": OutboxState.DONE, "done": row.digest, "error": None}
    return {"error": {**error, "code": "mirror_withdrawn_changed"}}


def _this(target: str, edition: str) -> tuple[ColumnElement[bool], ...]:
    return _m.target == target, _m.edition == edition


def _mine(target: str, edition: str) -> tuple[ColumnElement[bool], ...]:
    return _o.target == target, _o.edition == edition


def _of_publication() -> ColumnElement[bool]:
    return and_(p.c.item_id == _o.item_id, p.c.edition == _o.edition)


def _moved_on() -> ColumnElement[bool]:
    return and_(p.c.digest.is_not(None), p.c.digest != _o.wanted)


def _due(now: datetime) -> ColumnElement[bool]:
    return and_(_o.state == OutboxState.WAITING, or_(_o.next_try.is_(None), _o.next_try <= now))


_FIELDS = (
    "id",
    "item_id",
    "edition",
    "slug",
    "wanted",
    "done",
    "asked_at",
    "insist",
    "attempts",
    "next_try",
    "error",
    "changed_at",
)


def _owed(row: Any) -> Owed:
    said = {name: getattr(row, name) for name in _FIELDS}
    return Owed(**said, state=OutboxState(row.state), remote=row.remote or {})
