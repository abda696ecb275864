from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from builders import NOW, a_followed_source
from curator.ingest.incidents import GOOD_AGAIN, assess
from curator.ingest.outcomes import Answer, Taken, conclude
from curator.model import (
    Alert,
    Because,
    Ending,
    Failed,
    Fetch,
    Fetched,
    Gone,
    Hints,
    Lang,
    NotModified,
    ParsedFeed,
    Problem,
    Source,
    SourceKind,
    SourceStatus,
    Unreadable,
    Validators,
)
from curator.settings import FetchSettings

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
URL = "https://blog.example/feed"


def a_source(**said: Any) -> Source:
    ordinary: dict[str, Any] = {
        "validators": Validators(etag="before"),
        "body_hash": "before",
        "last_success_at": NOW - HOUR,
        "added_at": NOW - 100 * DAY,
        "due_because": Because.RHYTHM,
    }
    return a_followed_source(**(ordinary | said))


def a_feed(**said: Any) -> ParsedFeed:
    ordinary: dict[str, Any] = {
        "kind": SourceKind.FEED,
        "format": "rss20",
        "title": "Its own title",
        "home_url": "https://blog.example/",
        "language": Lang("fr"),
        "license": None,
        "ttl": None,
        "hub_url": None,
        "entries": (),
    }
    return ParsedFeed(**(ordinary | said))


def got(**said: Any) -> Fetched:
    ordinary: dict[str, Any] = {
        "url": URL,
        "final_url": URL,
        "http_status": 200,
        "content_type": "application/rss+xml",
        "body": b"",
        "validators": Validators(etag="after"),
    }
    return Fetched(**(ordinary | said))


def after(source: Source, fetch: Fetch, read: ParsedFeed | Unreadable | None = None, **taken: Any) -> Ending:
    return conclude(
        source,
        Answer(source=source, fetch=fetch, body_hash="after", read=read),
        taken=Taken(**taken),
        settings=FetchSettings(),
        now=NOW,
        chance=lambda: 0.0,
    )


def test_what_an_editor_said_of_a_source_stands_and_the_rest_is_the_feeds_word() -> None:
    told = after(a_source(language=Lang("it")), got(), a_feed(license="CC BY")).after
    unseen = after(a_source(name=URL, unverified=True), got(), a_feed()).after

    assert (told.name, told.language, told.license) == ("Blog", "it", "CC BY")
    assert (unseen.name, unseen.language, unseen.unverified) == ("Its own title", "fr", False)


def test_nothing_of_a_body_that_could_not_be_read_is_kept() -> None:
    ending = after(a_source(), got(), Unreadable(code="read_html"))

    assert (ending.outcome, ending.after.failures, ending.error) == (
        "failed",
        1,
        {"code": "read_html", "data": {}},
    )
    assert (ending.after.validators.etag, ending.after.body_hash) == ("before", "before")


def test_half_a_body_is_asked_for_again_without_conditions() -> None:
    truncated = a_feed(problems=(Problem(code="feed_truncated", data={}),))

    assert after(a_source(), got(), truncated).after.validators == Validators()
    assert after(a_source(), got(), a_feed()).after.validators.etag == "after"


def test_what_a_feed_asked_for_holds_for_an_unchanged_answer_too() -> None:
    source = after(a_source(), got(), a_feed(ttl=5 * HOUR)).after

    ending = after(source, NotModified())

    assert source.hints == Hints(ttl=5 * HOUR)
    assert (ending.after.due_at, ending.after.due_because) == (NOW + 5 * HOUR, Because.FRESHNESS)


def test_each_poll_is_on_record_with_the_rule_that_it_was_made_by() -> None:
    assert after(a_source(), NotModified()).why == Because.RHYTHM
    assert after(a_source(due_at=NOW + HOUR), NotModified()).why == "asked"


def test_a_source_taken_down_retires_and_is_told_once() -> None:
    ending = after(a_source(failures=3), Gone())

    assert (ending.after.status, ending.after.alert) == (
        SourceStatus.RETIRED,
        Alert(code="source_gone", since=NOW),
    )
    assert assess(ending.after, now=NOW + DAY) == ending.after.alert


def test_failures_are_an_incident_when_there_are_many_and_it_has_been_long() -> None:
    few_hours, few = {"failures": 20}, {"failures": 2, "last_success_at": NOW - 9 * DAY}

    assert after(a_source(**few_hours), Failed(code="fetch_timeout")).after.alert is None
    assert after(a_source(**few), Failed(code="fetch_timeout")).after.alert is None
    alert = after(a_source(**(few_hours | {"last_success_at": NOW - 2 * DAY})), Failed(code="x")).after.alert
    assert alert == Alert(code="source_failing", since=NOW)


def test_an_incident_ends_after_good_polls_in_a_row() -> None:
    source = a_source(alert=Alert(code="source_failing", since=NOW - DAY))

    for _ in range(GOOD_AGAIN - 1):
        source = after(source, NotModified()).after
    interrupted = after(after(source, Failed(code="x")).after, NotModified()).after

    assert interrupted.alert is not None
    assert after(source, NotModified()).after.alert is None


def test_a_silence_is_an_incident_by_the_measure_of_the_source() -> None:
    weekly = tuple(NOW - DAY * days for days in range(80, 20, -7))
    daily = tuple(NOW - DAY * days for days in range(40, 20, -1))

    assert after(a_source(recent=weekly), NotModified()).after.alert is None
    silent = after(a_source(recent=daily), NotModified()).after
    assert silent.alert == Alert(code="source_quiet", since=NOW)
    old = after(replace(silent, due_at=NOW), got(), a_feed(), published=(NOW - 19 * DAY,))
    assert old.after.alert == silent.alert
    assert after(silent, got(), a_feed(), published=(NOW - DAY,)).after.alert is None


def test_a_silence_of_a_source_whose_rhythm_was_forgotten_lasts_until_it_speaks() -> None:
    silent = a_source(alert=Alert(code="source_quiet", since=NOW - DAY), recent=())

    assert assess(silent, now=NOW) == silent.alert
    assert assess(replace(silent, recent=(NOW - 8 * DAY,)), now=NOW) == silent.alert
    assert assess(replace(silent, recent=(NOW - DAY,)), now=NOW) is None
