"""Incidents for whoever runs the newsroom, and who was told that they began, and that they are over.

What is told in one go is a batch. Whoever tells leases it; one that was killed
over it leaves the batch as it is, so that it is told again as the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from curator.store.dialect import insert_unless_there
from curator.store.tables import alert_tellings, alerts

_a, _t = alerts.c, alert_tellings.c


class Phase(StrEnum):
    RAISED = "raised"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One channel's part in an incident. `error`: why it could not be told the last time."""

    id: int
    alert_id: int
    phase: Phase
    channel: str
    due_at: datetime
    told_at: datetime | None
    batch: str | None
    attempts: int
    error: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """`area`: the check that found it; `key`: what it is about; `kind`: what is wrong with that.

    `code`, `advice` and `data` are its sentences', as they were found last.
    """

    id: int
    area: str
    key: str
    kind: str
    code: str
    advice: str | None
    data: Mapping[str, Any]
    raised_at: datetime
    ended_at: datetime | None


class Alerts:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── incidents ──

    def open(self) -> list[Incident]:
        """Oldest first."""
        return self._incidents(_a.ended_at.is_(None))

    def find(
        self, *, past: bool, limit: int | None, offset: int = 0
    ) -> tuple[int, list[tuple[Incident, list[Telling]]]]:
        """How many there are, and some of them, newest first; with `past` those too that are over."""
        among = [] if past else [_a.ended_at.is_(None)]
        total = self._db.execute(select(func.count()).select_from(alerts).where(*among)).scalar_one()
        page = select(_a.id).where(*among).order_by(_a.id.desc()).limit(limit).offset(offset)
        tellings = defaultdict[int, list[Telling]](list)
        for telling in self._tellings(_t.alert_id.in_(page)):
            tellings[telling.alert_id].append(telling)
        found = self._incidents(_a.id.in_(page))
        return total, [(one, tellings[one.id]) for one in reversed(found)]

    def begin(
        self,
        *,
        area: str,
        key: str,
        kind: str,
        code: str,
        advice: str | None,
        data: Mapping[str, Any],
        now: datetime,
    ) -> Incident:
        row = {"area": area, "key": key, "kind": kind, "code": code, "advice": advice, "data": dict(data)}
        new = insert(alerts).values(**row, raised_at=now).returning(_a.id)
        number = self._db.execute(new).scalar_one()
        return self._incidents(_a.id == number)[0]

    def restate(self, incident: Incident, *, code: str, advice: str | None, data: Mapping[str, Any]) -> None:
        """The same, as it is by now."""
        said = {"code": code, "advice": advice, "data": dict(data)}
        self._db.execute(update(alerts).where(_a.id == incident.id).values(said))

    def end(self, incident: Incident, *, tell: bool = True, now: datetime) -> None:
        """Whoever heard of it hears that it is over, unless something else took its place (`tell`).

        What nobody has heard of is told to nobody any more; what may have arrived still counts as told.
        """
        self._db.execute(update(alerts).where(_a.id == incident.id).values(ended_at=now))
        unheard = (_t.told_at.is_(None), _t.batch.is_(None), _t.lease_by.is_(None))
        self._db.execute(delete(alert_tellings).where(_t.alert_id == incident.id, *unheard))
        if tell:
            for one in self._tellings(_t.alert_id == incident.id):
                if one.told_at is not None:
                    self.owe(incident.id, Phase.ENDED, channel=one.channel, at=now)

    # ── tellings ──

    def owe(self, alert_id: int, phase: Phase, *, channel: str, at: datetime) -> None:
        """Once for each channel; asking again changes nothing."""
        row = {"alert_id": alert_id, "phase": phase, "channel": channel, "due_at": at, "attempts": 0}
        self._db.execute(insert_unless_there(self._db, alert_tellings).values(row))

    def claim(
        self, channel: str, *, worker: str, now: datetime, lease_until: datetime
    ) -> tuple[str, list[tuple[Telling, Incident]]] | None:
        """All that is due to this channel, as one batch; before that, what may have arrived already."""
        due = [one for one in self._tellings(_t.channel == channel, *_free(now)) if one.due_at <= now]
        if not due:
            return None
        doubtful = next((one.batch for one in due if one.batch is not None), None)
        batch = doubtful or f"{due[0].id}.{due[0].attempts}"
        mine = [one for one in due if one.batch == doubtful]
        leased = update(alert_tellings).where(_t.id.in_([one.id for one in mine]))
        self._db.execute(leased.values(batch=batch, lease_by=worker, lease_until=lease_until))
        incidents = {one.id: one for one in self._incidents(_a.id.in_([m.alert_id for m in mine]))}
        return batch, [(one, incidents[one.alert_id]) for one in mine]

    def told(self, tellings: Sequence[Telling], *, worker: str, now: datetime) -> None:
        """What is over by now has its end told next."""
        mine = self._mine(tellings, worker)
        done = {"told_at": now, "batch": None, "lease_by": None, "lease_until": None, "error": None}
        self._db.execute(update(alert_tellings).where(*mine).values(attempts=_t.attempts + 1, **done))
        for one in tellings:
            ended = select(_a.id).where(_a.id == one.alert_id, _a.ended_at.is_not(None))
            if one.phase is Phase.RAISED and self._db.execute(ended).first():
                self.owe(one.alert_id, Phase.ENDED, channel=one.channel, at=now)

    def untold(
        self,
        tellings: Sequence[Telling],
        error: Mapping[str, Any],
        *,
        in_doubt: bool,
        worker: str,
        again_at: datetime,
    ) -> None:
        """`in_doubt`: it may have arrived, and is told again as the same."""
        failed = {"error": dict(error), "due_at": again_at, "lease_by": None, "lease_until": None}
        if not in_doubt:
            failed["batch"] = None
        mine = self._mine(tellings, worker)
        self._db.execute(update(alert_tellings).where(*mine).values(attempts=_t.attempts + 1, **failed))
        if not in_doubt:  # what was over before anybody heard of it
            over = select(_a.id).where(_a.ended_at.is_not(None))
            unheard = (_t.phase == Phase.RAISED, _t.told_at.is_(None), _t.alert_id.in_(over))
            among = _t.id.in_([one.id for one in tellings])
            self._db.execute(delete(alert_tellings).where(among, *unheard))

    def take_back(self, *, is_gone: Callable[[str], bool]) -> None:
        """What a dead worker was telling is free at once; whether it was told nobody knows."""
        leased = select(_t.lease_by).where(_t.lease_by.is_not(None)).distinct()
        gone = [worker for worker in self._db.execute(leased).scalars() if is_gone(worker)]
        if gone:
            freed = update(alert_tellings).where(_t.lease_by.in_(gone))
            self._db.execute(freed.values(lease_by=None, lease_until=None))

    def failing(self, channels: Collection[str]) -> list[Telling]:
        """For each channel that could not be told something, the telling that waits longest."""
        waiting = self._tellings(_t.told_at.is_(None), _t.error.is_not(None), _t.channel.in_(channels))
        return list({one.channel: one for one in reversed(waiting)}.values())

    def _mine(self, tellings: Sequence[Telling], worker: str) -> tuple[ColumnElement[bool], ...]:
        return _t.id.in_([one.id for one in tellings]), _t.lease_by == worker

    def _incidents(self, *where: ColumnElement[bool]) -> list[Incident]:
        rows = self._db.execute(select(alerts).where(*where).order_by(_a.id)).mappings()
        return [Incident(**row) for row in rows]

    def _tellings(self, *where: ColumnElement[bool]) -> list[Telling]:
        query = select(*(column for column in _t if column.name not in ("lease_by", "lease_until")))
        rows = self._db.execute(query.where(*where).order_by(_t.id)).mappings()
        return [Telling(**dict(row) | {"phase": Phase(row["phase"])}) for row in rows]


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _t.told_at.is_(None), or_(_t.lease_by.is_(None), _t.lease_until <= now)
