"""Every event that the program logs is documented: with what it means, and with its keys."""

from __future__ import annotations

import re
import runpy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    found = runpy.run_path(str(DOCS / "log_events.py"))
    return {**found, "events": cache(found["events"])}  # the whole program is read for them


def test_every_event_has_a_meaning_and_every_meaning_an_event(found: dict[str, Any]) -> None:
    events = {event.name: event for event in found["events"]()}

    assert [name for name, event in events.items() if event.means == found["UNSAID"]] == [], (
        "say in docs/log_events.toml what these mean"
    )
    assert sorted(set(found["meanings"]()) - set(events)) == [], "nothing logs these any more"


def test_an_event_is_named_as_the_others_are(found: dict[str, Any]) -> None:
    names = [event.name for event in found["events"]()]
    assert [name for name in names if not re.fullmatch("[a-z]+(_[a-z]+)*", name)] == []


def test_no_key_is_one_by_which_somebody_could_be_found(found: dict[str, Any]) -> None:
    keys = {key for event in found["events"]() for key in event.keys}
    assert keys.isdisjoint({"email", "address", "recipient", "to", "client", "ip", "token", "password"})


def test_keys_that_are_unpacked_are_named_by_hand(found: dict[str, Any]) -> None:
    said = found["meanings"]()
    assert [
        event.name for event in found["events"]() if event.open and "keys" not in said.get(event.name, {})
    ] == []
