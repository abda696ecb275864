from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from builders import NOW
from curator.ingest.schedule import LONGEST, LONGEST_BACK_OFF, LONGEST_RETRY_AFTER, SHORTEST, next_due

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
spans = st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=40_000))


def wait(**said: Any) -> timedelta:
    ordinary: dict[str, Any] = {
        "interval": HOUR,
        "failures": 0,
        "retry_after": None,
        "max_age": None,
        "ttl": None,
        "jitter": 0.0,
    }
    return next_due(NOW, **(ordinary | said)) - NOW


def test_a_good_source_is_due_after_its_interval() -> None:
    assert wait() == HOUR


def test_failures_double_the_wait_up_to_a_day() -> None:
    waits = [wait(failures=n) for n in range(1, 9)]

    assert waits[:4] == [HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR]
    assert waits[-1] == LONGEST_BACK_OFF


def test_a_source_polled_weekly_is_not_polled_more_often_because_it_fails() -> None:
    assert wait(interval=7 * DAY, failures=3) == 7 * DAY


def test_retry_after_is_obeyed_within_a_week() -> None:
    assert wait(failures=1, retry_after=5 * HOUR) == 5 * HOUR
    assert wait(failures=1, retry_after=timedelta(days=9999)) == LONGEST_RETRY_AFTER
    assert wait(failures=1, retry_after=timedelta(seconds=-5)) == HOUR


def test_a_feed_may_ask_for_less_within_reason() -> None:
    assert wait(ttl=3 * HOUR) == 3 * HOUR
    assert wait(max_age=timedelta(days=365)) == DAY
    assert wait(ttl=timedelta(minutes=1)) == HOUR


def test_chance_only_ever_lengthens() -> None:
    assert HOUR < wait(jitter=1.0) <= HOUR * 1.1
    assert wait(failures=2, jitter=0.5) > wait(failures=2)
    assert wait(failures=1, retry_after=5 * HOUR, jitter=1.0) == 5 * HOUR


@given(
    interval=spans,
    failures=st.integers(0, 10**6),
    retry_after=st.none() | spans,
    max_age=st.none() | spans,
    ttl=st.none() | spans,
    jitter=st.floats(0, 1),
)
def test_whatever_is_said_the_next_poll_is_neither_at_once_nor_never(**said: Any) -> None:
    assert SHORTEST <= wait(**said) <= LONGEST * 1.25


@given(st.floats(0, 1))
def test_one_more_failure_never_shortens_the_wait(jitter: float) -> None:
    waits = [wait(failures=n, jitter=jitter) for n in range(1, 40)]

    assert all(earlier <= later for earlier, later in pairwise(waits))
