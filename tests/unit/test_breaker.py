"""When an engine may be asked: within its day, and not while it rests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from curator.curate.breaker import LONGEST_REST, PROBE, admitted, after, is_passing
from curator.model import EngineState, Failed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DEAD = Failed(code="fetch_connect", data={"host": "here"})


def asked(state: EngineState, characters: int = 10, *, most: int = 100, now: datetime = NOW) -> Any:
    return admitted(state, host="here", characters=characters, most=most, now=now)


def failed(times: int, why: Failed = DEAD) -> EngineState:
    state = EngineState()
    for _ in range(times):
        state = after(state, why, unused=0, now=NOW)
    return state


def test_a_day_has_so_many_characters_and_the_next_day_as_many_again() -> None:
    full = asked(EngineState(), 95)

    refused = asked(full, 6)

    assert isinstance(refused, Failed)
    assert (refused.code, refused.data["used"], refused.data["most"]) == ("engine_budget", 95, 100)
    assert asked(full, 5).characters == 100
    assert asked(full, 100, now=NOW + timedelta(days=1)).characters == 100


def test_without_a_limit_any_number_may_be_sent() -> None:
    assert asked(EngineState(day="2026-03-02", characters=10**9), most=0).characters == 10**9 + 10


def test_what_was_not_sent_is_given_back_the_same_day_only() -> None:
    taken = asked(EngineState(), 50)

    assert after(taken, None, unused=20, now=NOW).characters == 30
    assert after(taken, None, unused=20, now=NOW + timedelta(days=1)).characters == 50


def test_three_failures_in_a_row_and_it_rests_longer_each_time() -> None:
    rests = [(state.resting_until or NOW) - NOW for state in map(failed, range(1, 7))]

    assert rests == [timedelta(minutes=minutes) for minutes in (0, 0, 1, 2, 4, 8)]
    assert failed(40).resting_until == NOW + LONGEST_REST


def test_while_it_rests_it_is_not_asked_and_then_by_one_only() -> None:
    state = failed(3)
    refused = asked(state, now=NOW + timedelta(seconds=59))
    probing = asked(state, now=NOW + timedelta(minutes=1))

    assert isinstance(refused, Failed)
    assert (refused.code, refused.data["until"]) == ("engine_resting", NOW + timedelta(minutes=1))
    assert isinstance(asked(probing, now=NOW + timedelta(minutes=2)), Failed)
    assert asked(probing, now=NOW + timedelta(minutes=1) + PROBE).failures == 3


def test_one_answer_and_all_is_well() -> None:
    state = after(failed(5), None, unused=0, now=NOW)

    assert (state.failures, state.resting_until, state.error) == (0, None, None)


@pytest.mark.parametrize(
    ("why", "rest"),
    [
        (Failed(code="fetch_http_status", http_status=429), timedelta(minutes=1)),
        (
            Failed(code="fetch_http_status", http_status=429, retry_after=timedelta(minutes=20)),
            timedelta(minutes=20),
        ),
        (Failed(code="fetch_http_status", http_status=429, retry_after=timedelta(days=7)), LONGEST_REST),
        (Failed(code="fetch_http_status", http_status=456), LONGEST_REST),
        (
            Failed(code="fetch_http_status", http_status=503, retry_after=timedelta(seconds=9)),
            timedelta(seconds=9),
        ),
    ],
)
def test_an_engine_that_asks_for_a_rest_has_it_at_once(why: Failed, rest: timedelta) -> None:
    assert failed(1, why).resting_until == NOW + rest


@pytest.mark.parametrize(
    "why", [Failed(code="engine_language"), Failed(code="fetch_http_status", http_status=400)]
)
def test_a_language_that_it_does_not_have_is_no_failure(why: Failed) -> None:
    assert failed(5, why) == EngineState()


def test_a_clock_that_was_set_back_makes_nobody_rest_for_years() -> None:
    state = EngineState(failures=3, resting_until=NOW + timedelta(days=400))

    assert isinstance(asked(state), EngineState)


@pytest.mark.parametrize(
    ("why", "again"),
    [
        (Failed(code="fetch_connect"), True),
        (Failed(code="engine_answer"), True),
        (Failed(code="fetch_http_status", http_status=502), True),
        (Failed(code="fetch_http_status", http_status=429), False),
        (Failed(code="fetch_http_status", http_status=403), False),
        (Failed(code="fetch_timeout"), False),
        (Failed(code="engine_language"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(why: Failed, again: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_passing(why) is again
