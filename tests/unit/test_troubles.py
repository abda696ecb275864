"""A trouble is told when it begins and when it is over, and not each time that it is met."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from builders import NOW
from curator.errors import DatabaseBusy, DatabaseUnusable, OutputFailed
from curator.faces import logs
from curator.faces.troubles import AGAIN_AFTER, Doing, Troubles

PUBLISH, ENGLISH = Doing("PublishEdition", "it"), Doing("PublishEdition", "en")
POLL = Doing("PollSources")

Said = list[MutableMapping[str, Any]]


@pytest.fixture
def said() -> Iterator[Said]:
    logs.configure("json")  # whatever the test before this one wanted to hear
    with capture_logs() as lines:
        yield lines


def events(said: Said) -> list[str]:
    return [str(line["event"]) for line in said]


def tried(troubles: Troubles, work: Doing, error: Exception | None, *, at: datetime = NOW) -> None:
    """Looked for and done, as the service does it."""
    with troubles.round(work.kind, clock=lambda: at):
        troubles.passed(Doing(work.kind, "look"))
        if error is None:
            troubles.passed(work)
        else:
            troubles.failed(work, error, now=at)


def test_what_fails_all_day_is_told_once_an_hour_and_when_it_is_over(said: Said) -> None:
    troubles = Troubles()
    for minutes in range(120):
        tried(troubles, PUBLISH, OutputFailed(path="x"), at=NOW + minutes * (AGAIN_AFTER / 60))
    tried(troubles, PUBLISH, None, at=NOW + timedelta(hours=2))

    assert events(said) == ["work_failed", "work_failed", "work_recovered"]
    assert said[-1]["times"] == 120


def test_another_trouble_is_told_at_once_and_that_of_another_edition_is_its_own(said: Said) -> None:
    troubles = Troubles()
    tried(troubles, PUBLISH, OutputFailed(path="x"))
    tried(troubles, ENGLISH, OutputFailed(path="x"))
    tried(troubles, PUBLISH, ValueError("reader@example.org"))
    tried(troubles, ENGLISH, None)

    assert [(line["event"], line["work"]) for line in said] == [
        ("work_failed", "PublishEdition it"),
        ("work_failed", "PublishEdition en"),
        ("work_failed", "PublishEdition it"),
        ("work_recovered", "PublishEdition en"),
    ]
    assert "reader@example.org" not in str(said)


def test_a_database_that_is_away_is_told_once_by_whoever_meets_it_first_and_once_when_it_is_back(
    said: Said,
) -> None:
    troubles, away = Troubles(), DatabaseUnusable(url="x", cause="y")
    for _ in range(10):
        for work in (PUBLISH, ENGLISH, POLL):
            tried(troubles, work, away)
    tried(troubles, POLL, None, at=NOW + timedelta(seconds=60))
    tried(troubles, PUBLISH, None, at=NOW + timedelta(seconds=90))

    assert events(said) == ["database_failed", "database_answers"]
    assert (said[0]["code"], said[1]["seconds"]) == ("database_unusable", 90)


def test_a_database_that_can_be_read_and_not_written_is_not_taken_for_one_that_is_back(said: Said) -> None:
    troubles = Troubles()
    for _ in range(10):
        tried(troubles, POLL, DatabaseBusy(url="x", cause="locked"))  # the look before it went well
        tried(troubles, PUBLISH, None)  # nothing to do: it only looked

    assert events(said) == ["database_failed"]


def test_work_that_somebody_else_did_meanwhile_is_waited_for_no_longer(said: Said) -> None:
    troubles = Troubles()
    tried(troubles, PUBLISH, DatabaseBusy(url="x", cause="locked"))
    with troubles.round("PublishEdition", clock=lambda: NOW):
        troubles.passed(Doing("PublishEdition", "look"))  # nothing is due any more

    assert events(said) == ["database_failed", "database_answers"]
    tried(troubles, PUBLISH, DatabaseBusy(url="x", cause="locked"))
    assert events(said)[-1] == "database_failed"


def test_a_clock_that_was_put_back_silences_nothing(said: Said) -> None:
    troubles = Troubles()
    tried(troubles, PUBLISH, OutputFailed(path="x"))
    tried(troubles, PUBLISH, OutputFailed(path="x"), at=NOW - timedelta(days=1))

    assert events(said) == ["work_failed", "work_failed"]


def test_who_was_on_the_way_while_the_database_was_away_does_not_tell_of_it_again(said: Said) -> None:
    troubles, away = Troubles(), DatabaseUnusable(url="x", cause="y")
    with troubles.round(POLL.kind, clock=lambda: NOW):
        tried(troubles, PUBLISH, away)
        tried(troubles, PUBLISH, None)
        troubles.failed(POLL, away, now=NOW)
    tried(troubles, POLL, away)

    assert events(said) == ["database_failed", "database_answers", "database_failed"]
