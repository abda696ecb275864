from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOW
from curator.ingest.schedule import (
    LONGEST,
    LONGEST_BACK_OFF,
    LONGEST_PROBE,
    LONGEST_RETRY_AFTER,
    LONGEST_SKIP,
    REMEMBERED,
    SHORTEST,
    Due,
    Pace,
    next_due,
    pace,
    remembered,
    throttled,
)
from curator.model import Because, Hints, HostState

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
spans = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=40_000))


def due(*, interval: timedelta = HOUR, because: Because = Because.ORDINARY, **said: Any) -> Due:
    ordinary: dict[str, Any] = {
        "hints": Hints(),
        "failures": 0,
        "down_for": timedelta(),
        "retry_after": None,
        "max_age": None,
        "jitter": 0.0,
    }
    return next_due(NOW, pace=Pace(interval=interval, because=because), **(ordinary | said))


def wait(**said: Any) -> timedelta:
    return due(**said).at - NOW


def usual(*recent: datetime, now: datetime = NOW, own: timedelta | None = None) -> Pace:
    limits = {"ordinary": HOUR, "shortest": HOUR / 2, "longest": DAY / 2}
    return pace(now, own=own, recent=recent, **limits)


# ── how often while all is well ──


def test_a_good_source_is_due_after_its_interval() -> None:
    assert due() == Due(at=NOW + HOUR, because=Because.ORDINARY)


def test_a_source_is_asked_four_times_for_each_thing_it_publishes() -> None:
    every_eight_hours = [NOW - n * 8 * HOUR for n in range(6, 0, -1)]

    assert usual(*every_eight_hours) == Pace(interval=2 * HOUR, because=Because.RHYTHM)


def test_the_busiest_and_the_slowest_source_keep_within_the_limits() -> None:
    assert usual(*[NOW - n * HOUR / 60 for n in range(12, 0, -1)]).interval == HOUR / 2
    assert usual(*[NOW - n * 90 * DAY for n in range(12, 0, -1)]).interval == DAY / 2


def test_a_source_that_falls_silent_is_asked_ever_less() -> None:
    hourly = [NOW - n * HOUR for n in range(12, 0, -1)]
    later = [usual(*hourly, now=NOW + n * DAY).interval for n in range(5)]

    assert later == sorted(later)
    assert later[-1] > 4 * later[0]


def test_two_entries_are_no_rhythm_yet() -> None:
    assert usual(NOW - DAY, NOW - HOUR) == Pace(interval=HOUR, because=Because.ORDINARY)


def test_an_editors_interval_goes_before_rhythm_and_hints() -> None:
    asked_for = usual(*[NOW - n * DAY for n in range(9, 0, -1)], own=HOUR)

    assert asked_for == Pace(interval=HOUR, because=Because.INTERVAL)
    assert wait(because=Because.INTERVAL, max_age=DAY, hints=Hints(ttl=DAY)) == HOUR
    assert wait(because=Because.INTERVAL, failures=1, retry_after=5 * HOUR) == 5 * HOUR


def test_only_the_last_dozen_instants_are_remembered_each_once() -> None:
    many = [NOW + n * HOUR for n in range(30)]

    kept = remembered(many[:20], [*many[10:], many[-1] + timedelta(seconds=20)])

    assert kept == tuple(many[-REMEMBERED:])


# ── what it says itself ──


def test_a_feed_may_ask_for_less_within_reason() -> None:
    assert due(hints=Hints(ttl=3 * HOUR)) == Due(at=NOW + 3 * HOUR, because=Because.FRESHNESS)
    assert wait(max_age=timedelta(days=365)) == DAY
    assert wait(hints=Hints(ttl=timedelta(minutes=1))) == HOUR


def test_skipped_hours_and_days_are_left_out() -> None:
    # NOW is a Monday, 9:00.
    assert due(hints=Hints(skip_hours=(10, 11))) == Due(at=NOW + 3 * HOUR, because=Because.SKIPPED_HOURS)
    assert due(hints=Hints(skip_days=(0, 1))).at == NOW.replace(day=4, hour=0)
    assert due(hints=Hints(skip_hours=(9, 12))) == Due(at=NOW + HOUR, because=Because.ORDINARY)


@pytest.mark.parametrize("hints", [Hints(skip_hours=tuple(range(24))), Hints(skip_days=tuple(range(7)))])
def test_a_feed_that_skips_every_hour_cannot_mean_it(hints: Hints) -> None:
    assert wait(hints=hints) == HOUR


# ── what goes wrong ──


def test_failures_double_the_wait_up_to_a_day() -> None:
    waits = [wait(failures=n) for n in range(1, 9)]

    assert waits[:4] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]
    assert waits[-1] == LONGEST_BACK_OFF


def test_a_source_long_dead_is_probed_weekly_and_never_dropped() -> None:
    assert due(failures=40, down_for=29 * DAY) == Due(at=NOW + LONGEST_BACK_OFF, because=Because.PROBE)
    assert due(failures=4000, down_for=3000 * DAY) == Due(at=NOW + LONGEST_PROBE, because=Because.PROBE)


def test_a_source_polled_weekly_is_not_polled_more_often_because_it_fails() -> None:
    assert wait(interval=7 * DAY, failures=3) == 7 * DAY


def test_retry_after_is_obeyed_within_a_week() -> None:
    assert due(failures=1, retry_after=5 * HOUR) == Due(at=NOW + 5 * HOUR, because=Because.RETRY_AFTER)
    assert wait(failures=1, retry_after=timedelta(days=9999)) == LONGEST_RETRY_AFTER
    assert wait(failures=1, retry_after=timedelta(seconds=-5)) == HOUR


def test_chance_only_ever_lengthens() -> None:
    assert HOUR < wait(jitter=1.0) <= HOUR * 1.1
    assert wait(failures=2, jitter=0.5) > wait(failures=2)
    assert 5 * HOUR < wait(failures=1, retry_after=5 * HOUR, jitter=1.0) <= 6 * HOUR


@given(
    interval=spans,
    because=st.sampled_from([Because.INTERVAL, Because.ORDINARY, Because.RHYTHM]),
    failures=st.integers(0, 10**6),
    down_for=spans,
    retry_after=st.none() | spans,
    max_age=st.none() | spans,
    hints=st.builds(
        Hints,
        ttl=st.none() | spans,
        skip_hours=st.sets(st.integers(0, 23)).map(tuple),
        skip_days=st.sets(st.integers(0, 6)).map(tuple),
    ),
    jitter=st.floats(0, 1),
)
def test_whatever_is_said_the_next_poll_is_neither_at_once_nor_never(**said: Any) -> None:
    assert SHORTEST <= wait(**said) <= LONGEST * 1.25 + LONGEST_SKIP


@given(st.floats(0, 1))
def test_one_more_failure_never_shortens_the_wait(jitter: float) -> None:
    waits = [wait(failures=n, jitter=jitter) for n in range(1, 40)]

    assert all(earlier <= later for earlier, later in pairwise(waits))


# ── a host that has had enough ──


def test_one_source_told_to_wait_is_one_source_that_waits() -> None:
    once = throttled(HostState(), source=1, retry_after=HOUR, now=NOW)
    again = throttled(once, source=1, retry_after=HOUR, now=NOW + HOUR / 2)

    assert (once.not_before, again.not_before) == (None, None)


def test_a_second_source_told_to_wait_means_the_whole_host() -> None:
    once = throttled(HostState(), source=1, retry_after=HOUR, now=NOW)
    later = NOW + HOUR / 2

    assert throttled(once, source=2, retry_after=2 * HOUR, now=later).not_before == later + 2 * HOUR
    assert throttled(once, source=2, retry_after=None, now=later).not_before == later + HOUR / 4
    absurd = throttled(once, source=2, retry_after=timedelta(days=999), now=later)
    assert absurd.not_before == later + LONGEST_RETRY_AFTER


def test_another_source_told_to_wait_a_day_later_is_another_story() -> None:
    once = throttled(HostState(), source=1, retry_after=HOUR, now=NOW)

    assert throttled(once, source=2, retry_after=HOUR, now=NOW + DAY).not_before is None
