"""When is a source due again? Pure: now and chance are arguments."""

from __future__ import annotations

from datetime import datetime, timedelta

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=30)
"""What an editor may choose as an interval."""

SLOWEST_BY_HINT = timedelta(days=1)
"""A feed may ask for less often than the interval (ttl, max-age), within reason: some say a year."""

LONGEST_BACK_OFF = timedelta(days=1)
LONGEST_RETRY_AFTER = timedelta(days=7)

SAFETY_POLL = timedelta(days=1)
"""How often a source is asked all the same whose hub tells us what is new."""

SPREAD = 0.05
SPREAD_OF_FAILURES = 0.25


def next_due(
    now: datetime,
    *,
    interval: timedelta,
    failures: int,
    retry_after: timedelta | None,
    max_age: timedelta | None,
    ttl: timedelta | None,
    jitter: float,
) -> datetime:
    """The next poll: after the interval, doubled with each failure in a row, never before Retry-After.

    `jitter` (0..1) only ever lengthens, so that sources which failed together
    do not come back together and nobody is asked earlier than they said.
    """
    delay = min(max(interval, SHORTEST), LONGEST)
    hints = [min(hint, SLOWEST_BY_HINT) for hint in (max_age, ttl) if hint is not None]
    delay = max([delay, *hints])
    if failures:
        # From the 12th doubling on the cap decides anyway; 2**failures would grow without end.
        delay = max(delay, min(delay * 2 ** min(failures - 1, 12), LONGEST_BACK_OFF))
    delay *= 1 + jitter * (SPREAD_OF_FAILURES if failures else SPREAD)
    if retry_after is not None:
        delay = max(delay, min(retry_after, LONGEST_RETRY_AFTER))
    return now + delay


def put_off(due_at: datetime, *, now: datetime, push_until: datetime | None) -> datetime:
    """The poll of a source whose hub tells us what is new until then: a safeguard, and the way back."""
    return due_at if push_until is None else max(due_at, min(now + SAFETY_POLL, push_until))
