"""Once a night: let go of what nobody needs any more, a little at a time.

Killed at any step it has done some of it, and the next night does the rest.
What goes, and what never does: docs/decisions/0048-what-is-let-go.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from curator.settings import KeepSettings
from curator.store import Store, Transaction
from curator.store.tidying import Texts

NIGHT = 3
"""The hour of the night, by the wall clock of the default edition."""

INCIDENTS_KEPT = timedelta(days=400)
"""A year and the season after: what broke last winter can be looked up in this one."""

PAUSE = 0.05  # seconds between two batches: who saves meanwhile goes first


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidied:
    """How much of each was let go, or would be."""

    revisions: int = 0
    pages: int = 0
    polls: int = 0
    incidents: int = 0
    translations: int = 0
    pictures: int = 0

    @property
    def total(self) -> int:
        return sum(astuple(self))


def last_night(*, timezone: str, now: datetime) -> datetime:
    """When the last clean-up was to be. An hour that the clocks skip counts by the offset before."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).replace(hour=NIGHT, minute=0, second=0, microsecond=0, fold=0)
    night = today if today <= now else today - timedelta(days=1)
    return night.astimezone(UTC)


def what_would_go(store: Store, keep: KeepSettings, *, now: datetime) -> Tidied:
    bodies, polls = _before(keep.bodies_days, now), _before(keep.polls_days, now)
    with store.read() as tx:
        tidying = tx.tidying
        return Tidied(
            revisions=tidying.texts("revisions", before=bodies) if bodies else 0,
            pages=tidying.texts("pages", before=bodies) if bodies else 0,
            polls=tidying.polls(before=polls) if polls else 0,
            incidents=tidying.incidents(before=now - INCIDENTS_KEPT),
            translations=tidying.translations(now=now),
            pictures=tidying.pictures(before=bodies) if bodies else 0,
        )


def tidy(
    store: Store,
    keep: KeepSettings,
    *,
    now: datetime,
    pause: Callable[[float], object] = lambda _seconds: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Tidied:
    """Let it go. Afterwards the database looks at itself: statistics for its plans, its log made short."""
    broom = _Broom(store, now=now, pause=pause, stopping=stopping)
    bodies, polls = _before(keep.bodies_days, now), _before(keep.polls_days, now)
    done = Tidied(
        revisions=broom.texts("revisions", bodies) if bodies else 0,
        pages=broom.texts("pages", bodies) if bodies else 0,
        polls=broom.rows(lambda tx: tx.tidying.drop_polls(before=polls)) if polls else 0,
        incidents=broom.rows(lambda tx: tx.tidying.drop_incidents(before=now - INCIDENTS_KEPT)),
        translations=broom.rows(lambda tx: tx.tidying.drop_translations(now=now)),
        pictures=broom.rows(lambda tx: tx.tidying.drop_pictures(before=bodies)) if bodies else 0,
    )
    with store.begin() as tx:
        tx.tidying.refresh_plans()
    store.forget_deleted()
    return done


class _Broom:
    def __init__(
        self,
        store: Store,
        *,
        now: datetime,
        pause: Callable[[float], object],
        stopping: Callable[[], bool],
    ) -> None:
        self._store = store
        self._now = now
        self._pause = pause
        self._stopping = stopping

    def texts(self, kind: Texts, before: datetime) -> int:
        count, after = 0, 0
        while not self._stopping():
            with self._store.begin() as tx:
                done = tx.tidying.clear_texts(kind, before=before, now=self._now, after=after)
            count += done.texts
            if done.after is None:
                break
            after = done.after
            self._pause(PAUSE)
        return count

    def rows(self, drop: Callable[[Transaction], int]) -> int:
        count = 0
        while not self._stopping():
            with self._store.begin() as tx:
                dropped = drop(tx)
            if not dropped:
                break
            count += dropped
            self._pause(PAUSE)
        return count


def _before(days: int, now: datetime) -> datetime | None:
    """None: for good."""
    return now - timedelta(days=days) if days else None
