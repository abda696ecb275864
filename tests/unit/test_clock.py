"""Times as people type them, in the edition's zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from curator.errors import BadInput
from curator.faces.clock import parse_time

MORNING = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # nine o'clock in Rome


def at(text: str, *, now: datetime = MORNING) -> str:
    return parse_time(text, zone="Europe/Rome", now=now).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-03-02 09:00", "2026-03-02 08:00"),
        ("2026-07-02T09:00", "2026-07-02 07:00"),
        ("2026-03-05", "2026-03-04 23:00"),
        ("2026-03-02T09:00:00Z", "2026-03-02 09:00"),
        ("2026-03-02T09:00+05:00", "2026-03-02 04:00"),
        ("9:30", "2026-03-02 08:30"),
        ("08:30", "2026-03-03 07:30"),
        ("+2h", "2026-03-02 10:00"),
        ("-7d", "2026-02-23 08:00"),
    ],
)
def test_a_time_is_meant_in_the_zone_unless_it_says_another(typed: str, meant: str) -> None:
    assert at(typed) == meant


def test_tomorrow_at_that_hour_follows_the_clocks() -> None:
    night_of_the_change = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)

    assert at("09:00", now=night_of_the_change) == "2026-03-29 07:00"


def test_an_hour_that_the_clocks_jump_over_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        at("2026-03-29 02:30")
    assert refused.value.reason == "time_not_there"


@pytest.mark.parametrize(
    "typed", ["", "soon", "25:00", "2026-13-01", "+2y", "+999999w", "9.30", "0001-01-01"]
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(BadInput):
        at(typed)
