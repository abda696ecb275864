"""Times as an editor says them when she is asked for one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from curator.errors import BadInput
from curator.faces.desk.moments import moment_in

ZONE = "Europe/Rome"
SUNDAY = datetime(2026, 11, 22, 11, 0, tzinfo=UTC)  # noon in Rome


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("domani alle 9", "2026-11-23 09:00"),
        ("Domani 9.30", "2026-11-23 09:30"),
        ("dopodomani alle 18:05", "2026-11-24 18:05"),
        ("oggi alle 15", "2026-11-22 15:00"),
        ("alle 11", "2026-11-23 11:00"),
        ("lunedì 14:30", "2026-11-23 14:30"),
        ("domenica alle 9", "2026-11-29 09:00"),
        ("25/11 9:30", "2026-11-25 09:30"),
        ("3/1 alle 9", "2027-01-03 09:00"),
        ("25 nov 2026, 9:30", "2026-11-25 09:30"),
        ("25 novembre alle 9", "2026-11-25 09:00"),
        ("tra 2 ore", "2026-11-22 14:00"),
        ("tomorrow at 9", "2026-11-23 09:00"),
        ("monday 14:30", "2026-11-23 14:30"),
        ("2026-12-02 09:00", "2026-12-02 09:00"),
        ("09:00", "2026-11-23 09:00"),
        ("+2h", "2026-11-22 14:00"),
    ],
)
def test_a_time_is_read_as_it_is_said(typed: str, meant: str) -> None:
    found = moment_in(typed, zone=ZONE, now=SUNDAY)

    assert f"{found.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize(
    "typed", ["", "presto", "31/2 9:00", "domani alle 25", "quando vuoi alle 9", "mare alle 9", "9:75"]
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        moment_in(typed, zone=ZONE, now=SUNDAY)

    assert refused.value.reason == "time_unreadable"
