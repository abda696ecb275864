"""What goes wrong in the service: told when it begins and when it has passed, not each time it is tried."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from curator.errors import CuratorError, DatabaseUnusable, StoreError
from curator.faces import logs

AGAIN_AFTER = timedelta(hours=1)
"""Of the same trouble, still there: once more, for whoever reads only the end of a log."""

log = structlog.get_logger()


class Doing(NamedTuple):
    """A kind of work; and which one of it, by its edition, or the look for it."""

    kind: str
    which: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.which}" if self.which else self.kind


@dataclass(slots=True)
class _Trouble:
    said: str
    said_at: datetime
    times: int = 1


class Troubles:
    """Those of all threads of one process.

    A database that is away or busy fails whatever is tried: it is told once for
    all of it, and is back when nothing of what failed for its sake fails any more.
    Words of an error are never told: they, and a traceback, may hold an address.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._troubles: dict[Doing, _Trouble] = {}
        self._without_database: dict[str, int] = {}  # how often each kind of work failed for its sake
        self._away_since: datetime | None = None
        self._recovered = 0  # times
        self._begun: dict[str, int] = {}  # how often it had by when the round of a kind of work began

    @contextmanager
    def round(self, kind: str, *, clock: Callable[[], datetime]) -> Iterator[None]:
        """All work of one kind, once: the database answers where none of it, nor the look for it, says no."""
        before = self._without_database.get(kind, 0)
        self._begun[kind] = self._recovered
        yield
        with self._lock:
            if self._without_database.get(kind, 0) == before:
                self._database_answers(kind, now=clock())

    def failed(self, work: Doing, error: Exception, *, now: datetime) -> None:
        with self._lock:
            if isinstance(error, StoreError):
                self._database_failed(work, error, now)
                return
            if isinstance(error, CuratorError):
                what = {"code": error.reason}
            else:
                what = {"kind": type(error).__name__, "where": logs.where(error)}
            said, known = " ".join(what.values()), self._troubles.get(work)
            if known and known.said == said and known.said_at <= now < known.said_at + AGAIN_AFTER:
                known.times += 1
                return
            times = known.times + 1 if known else 1
            self._troubles[work] = _Trouble(said=said, said_at=now, times=times)
            log.error("work_failed", work=str(work), times=times, **what)

    def passed(self, work: Doing) -> None:
        """It was done, or looked for, and all is well."""
        with self._lock:
            if trouble := self._troubles.pop(work, None):
                log.info("work_recovered", work=str(work), times=trouble.times)

    def _database_failed(self, work: Doing, error: StoreError, now: datetime) -> None:
        if self._away_since is None and self._begun.get(work.kind, self._recovered) < self._recovered:
            return  # it was on its way while the database was away: its next round says how that is
        self._without_database[work.kind] = self._without_database.get(work.kind, 0) + 1
        if self._away_since is None:
            self._away_since = now
            # What a driver says of the database itself names no row; of a statement it might.
            cause = error.data.get("cause") if isinstance(error, DatabaseUnusable) else None
            log.error("database_failed", work=str(work), code=error.reason, cause=cause)

    def _database_answers(self, kind: str, now: datetime) -> None:
        self._without_database.pop(kind, None)
        if self._away_since is not None and not self._without_database:
            log.info("database_answers", seconds=round((now - self._away_since).total_seconds()))
            self._away_since = None
            self._recovered += 1
