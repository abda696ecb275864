from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import event

from builders import ITALIAN, NOW, SETTINGS, a_source
from curator.publish.usecases import editions_due, write_outputs
from curator.store import Store
from curator.work import (
    DAILY,
    EVERY_TEN_MINUTES,
    FORGOTTEN_AT,
    LOOKS,
    RETURNED_AT,
    ForgetUnconfirmed,
    PollSources,
    PublishEdition,
    ReadReturned,
    SendIssue,
    WatchNewsroom,
    Work,
    due,
    take_turn,
)
from polling import Polling

MONDAY_NINE = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)  # 09:00 in Rome


def opened(store: Store, at: datetime) -> None:
    with store.begin() as tx:
        tx.meta.set("created_at", at.isoformat())


def kinds(work: tuple[Work, ...]) -> list[type[Work]]:
    return [type(each) for each in work]


def test_a_source_is_due_until_it_has_been_polled(polling: Polling) -> None:
    opened(polling.store, NOW)
    polling.follow("http://127.0.0.1:9/closed")

    assert PollSources(sources=1) in due(polling.store, SETTINGS, now=NOW)
    polling.poll()
    assert PollSources not in kinds(due(polling.store, SETTINGS, now=NOW))


def test_outputs_that_were_never_written_are_due(store: Store) -> None:
    opened(store, NOW)

    assert PublishEdition(edition=ITALIAN) in due(store, SETTINGS, now=NOW)


def test_an_issue_is_owed_from_its_moment_on_and_however_late(store: Store) -> None:
    opened(store, MONDAY_NINE - timedelta(days=3))
    owed = SendIssue(edition=ITALIAN, slot=MONDAY_NINE)

    assert SendIssue not in kinds(due(store, SETTINGS, now=MONDAY_NINE - timedelta(seconds=1)))
    assert owed in due(store, SETTINGS, now=MONDAY_NINE)
    assert owed in due(store, SETTINGS, now=MONDAY_NINE + timedelta(days=6))


def test_a_newsroom_owes_no_issue_of_the_time_before_it_opened(store: Store) -> None:
    opened(store, MONDAY_NINE + timedelta(days=2))

    assert SendIssue not in kinds(due(store, SETTINGS, now=MONDAY_NINE + timedelta(days=3)))


def test_looking_at_what_is_due_changes_nothing(store: Store) -> None:
    opened(store, MONDAY_NINE - timedelta(days=3))
    a_source(store)

    assert due(store, SETTINGS, now=NOW) == due(store, SETTINGS, now=NOW)


def test_who_asks_for_one_kind_of_work_hears_of_that_alone(store: Store) -> None:
    opened(store, MONDAY_NINE - timedelta(days=3))
    a_source(store)
    everything = due(store, SETTINGS, now=MONDAY_NINE)

    apart = [work for kind in LOOKS for work in due(store, SETTINGS, kind=kind, now=MONDAY_NINE)]

    assert {PublishEdition, ForgetUnconfirmed, SendIssue, WatchNewsroom} <= set(kinds(everything))
    assert apart == list(everything)


def test_however_many_editions_there_are_each_ones_publications_are_read_once(
    store: Store, tmp_path: Path
) -> None:
    editions = {key: replace(ITALIAN, key=key) for key in ("it", "en", "fr", "de")}
    settings = replace(SETTINGS, newsroom=tmp_path, editions=editions)
    write_outputs(store, settings, now=NOW)
    read = []

    def count(_connection: object, _cursor: object, said: str, values: object, *_: object) -> None:
        if said.startswith("SELECT publications.digest"):
            read.append(str(values))

    event.listen(store.engine, "before_cursor_execute", count)
    assert editions_due(store, settings, now=NOW) == ()
    event.remove(store.engine, "before_cursor_execute", count)

    assert len(read) == len(editions)


def test_what_is_done_by_the_clock_is_done_by_one_process_and_again_when_its_time_has_come(
    store: Store,
) -> None:
    settings = replace(SETTINGS, mail=replace(SETTINGS.mail, bounce_mailbox="maildir:/var/mail/returned"))
    later = NOW + timedelta(minutes=10)

    assert kinds(due(store, SETTINGS, kind=ReadReturned, now=NOW)) == []
    assert kinds(due(store, settings, kind=ReadReturned, now=NOW)) == [ReadReturned]
    turns = [take_turn(store, RETURNED_AT, every=EVERY_TEN_MINUTES, now=NOW) for _ in range(2)]
    assert turns == [True, False]
    assert kinds(due(store, settings, kind=ReadReturned, now=later - timedelta(seconds=1))) == []
    assert kinds(due(store, settings, kind=ReadReturned, now=later)) == [ReadReturned]


def test_a_clock_that_was_put_back_keeps_nothing_waiting(store: Store) -> None:
    take_turn(store, FORGOTTEN_AT, every=DAILY, now=NOW)

    assert kinds(due(store, SETTINGS, kind=ForgetUnconfirmed, now=NOW + timedelta(hours=23))) == []
    assert kinds(due(store, SETTINGS, kind=ForgetUnconfirmed, now=NOW - timedelta(days=30)))
