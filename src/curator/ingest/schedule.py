"""When is a source due again, and by which rule? Pure: now and chance are arguments.

A dead source is asked ever more rarely and never forgotten; a living one between
two limits, a few times for each thing it publishes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from curator.model import Because, Hints, HostState

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=30)
"""What an editor may choose as an interval."""

SLOWEST_BY_HINT = timedelta(days=1)
"""A feed may ask for less often than the interval (ttl, max-age), within reason: some say a year."""

LONGEST_BACK_OFF = timedelta(days=1)
LONGEST_PROBE = timedelta(days=7)
GIVEN_UP_AFTER = timedelta(days=30)
"""Down for so long, a source is probed weekly instead of daily."""

LONGEST_RETRY_AFTER = timedelta(days=7)
LONGEST_SKIP = timedelta(days=7)

SAFETY_POLL = timedelta(days=1)
"""How often a source is asked all the same whose hub tells us what is new."""

SPREAD = 0.05
SPREAD_OF_FAILURES = 0.25

POLLS_PER_ENTRY = 4
"""An entry is met after a quarter of the usual time between two, at the latest."""

REMEMBERED = 12
FEWEST = 3
"""Instants of publication kept of a source, and how many of them make a rhythm."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """`because` names the rule: the reason of the request that is to come."""

    at: datetime
    because: Because


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a source is asked while nothing is wrong with it."""

    interval: timedelta
    because: Because


def pace(
    now: datetime,
    *,
    own: timedelta | None,
    recent: Sequence[datetime],
    ordinary: timedelta,
    shortest: timedelta,
    longest: timedelta,
) -> Pace:
    """An editor's own word; else from how often it publishes; else, while that is unknown, the ordinary.

    The silence since its last entry counts: who stops publishing is asked ever less, down to `longest`.
    """
    if own is not None:
        return Pace(interval=own, because=Because.INTERVAL)
    if len(recent) < FEWEST:
        return Pace(interval=ordinary, because=Because.ORDINARY)
    gap = max(now - recent[0], timedelta()) / len(recent)
    return Pace(interval=min(max(gap / POLLS_PER_ENTRY, shortest), longest), because=Because.RHYTHM)


def remembered(recent: Sequence[datetime], new: Collection[datetime]) -> tuple[datetime, ...]:
    """The last instants of publication, whole minutes, oldest first."""
    minutes = {instant.replace(second=0, microsecond=0) for instant in (*recent, *new)}
    return tuple(sorted(minutes)[-REMEMBERED:])


def next_due(
    now: datetime,
    *,
    pace: Pace,
    hints: Hints,
    max_age: timedelta | None,
    failures: int,
    down_for: timedelta,
    retry_after: timedelta | None,
    jitter: float,
) -> Due:
    """After the pace, slower with each failure in a row; never before Retry-After, nor in a skipped hour.

    `jitter` (0..1) only ever lengthens, so that sources which failed together
    do not come back together and nobody is asked earlier than they said. An
    editor's own interval overrules what a feed calls fresh, not these.
    """
    delay, because = min(max(pace.interval, SHORTEST), LONGEST), pace.because
    if because is not Because.INTERVAL:
        for hint in (max_age, hints.ttl):
            if hint is not None and min(hint, SLOWEST_BY_HINT) > delay:
                delay, because = min(hint, SLOWEST_BY_HINT), Because.FRESHNESS
    if failures:
        longest = LONGEST_PROBE if down_for >= GIVEN_UP_AFTER else LONGEST_BACK_OFF
        # From the 12th doubling on the cap decides anyway; 2**failures would grow without end.
        doubled = delay * 2 ** min(failures - 1, 12)
        because = Because.PROBE if doubled >= longest else Because.BACK_OFF
        delay = max(delay, min(doubled, longest))
    delay *= 1 + jitter * (SPREAD_OF_FAILURES if failures else SPREAD)
    if retry_after is not None and (said := min(retry_after, LONGEST_RETRY_AFTER)) > delay:
        delay, because = min(said * (1 + jitter * SPREAD), LONGEST_RETRY_AFTER), Because.RETRY_AFTER
    return _allowed(now + delay, because=because, hints=hints)


def put_off(due: Due, *, now: datetime, push_until: datetime | None) -> Due:
    """The poll of a source whose hub tells us what is new until then: a safeguard, and the way back."""
    if push_until is None or (until := min(now + SAFETY_POLL, push_until)) <= due.at:
        return due
    return Due(at=until, because=Because.HUB)


def _allowed(at: datetime, *, because: Because, hints: Hints) -> Due:
    """RSS 2.0: skipHours and skipDays name hours and days, in GMT, when a feed is not to be asked."""
    if not hints.skip_hours and not hints.skip_days:
        return Due(at=at, because=because)
    free = at
    while _skipped(free, hints):
        free = free.replace(minute=0, second=0, microsecond=0) + HOUR
        if free - at > LONGEST_SKIP:  # every hour of every day: that cannot be meant
            return Due(at=at, because=because)
    return Due(at=free, because=because if free == at else Because.SKIPPED_HOURS)


def _skipped(at: datetime, hints: Hints) -> bool:
    return at.hour in hints.skip_hours or at.weekday() in hints.skip_days


# ── a host that has had enough ──────────────────────────────────────────────

PAUSE = timedelta(minutes=15)
"""A host that says 429 or 503 without a time."""

THROTTLED = frozenset({429, 503})
ANOTHER_WITHIN = timedelta(hours=1)


def throttled(host: HostState, *, source: int, retry_after: timedelta | None, now: datetime) -> HostState:
    """Retry-After binds the source that it was said to; said to a second one, it is the host's word."""
    another = (
        host.throttled_source not in (None, source)
        and host.throttled_at is not None
        and abs(now - host.throttled_at) <= ANOTHER_WITHIN
    )
    until = host.not_before
    if another:
        pause = min(max(retry_after or PAUSE, PAUSE), LONGEST_RETRY_AFTER)
        until = max(now + pause, until or now)
    return HostState(throttled_source=source, throttled_at=now, not_before=until)
