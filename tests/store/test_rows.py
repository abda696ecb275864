"""A line of the queue: all that a long list shows of an item, and nothing that it does not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source
from curator.curate import dossier as dossiers
from curator.curate.usecases import claim
from curator.ingest.enriching import enrich
from curator.model import Status
from curator.store import Store
from curator.store.rows import Row
from curator.store.search import Search

TELLING = (
    "<p>Murmur has sold its help desk to Northfield for eighty million, says Ines Moura in Ghent, and the"
    " customers of both keep their contracts, their phone number and the 45 people whom they know.</p>"
)


def the_rows(store: Store, **asked: Any) -> list[Row]:
    return dossiers.rows(store, dossiers.row_ids(store, Search(edition="it", **asked)), edition="it")


def test_a_row_says_who_said_what_when_and_in_which_language(store: Store) -> None:
    a_queued_item(store, source_id=a_source(store, name="Alpha"), title="Murmur", url="https://a.example/1")
    enrich(store, clock=lambda: NOW)

    (row,) = the_rows(store, status=Status.QUEUED, folded=True)

    assert (row.source_name, row.title, row.says, row.status) == ("Alpha", "Murmur", "Murmur", Status.QUEUED)
    assert row.url == "https://a.example/1"
    assert row.language
    assert (row.editor, row.assignee, row.siblings) == (None, None, 0)


def test_a_row_counts_who_else_tells_the_story(store: Store) -> None:
    for letter in "ab":
        source = a_source(store, url=f"https://{letter}.example/feed", name=letter)
        a_queued_item(store, source_id=source, guid=letter, title="Murmur sells its help desk", html=TELLING)
    enrich(store, clock=lambda: NOW)

    (row,) = the_rows(store, status=Status.QUEUED, folded=True)

    assert row.siblings == 1


def test_a_row_says_whose_the_item_is(store: Store) -> None:
    item_id = a_queued_item(store)
    claim(store, [item_id], by=MARTA, settings=SETTINGS, edition=ITALIAN, now=NOW)

    (row,) = the_rows(store, status=Status.DRAFTING)

    assert (row.editor, row.version) == (MARTA.name, 2)
    assert row.claimed_until is not None


def test_the_rows_keep_the_order_of_the_ids_and_leave_out_what_is_not_there(store: Store) -> None:
    source = a_source(store)
    first = a_queued_item(store, source_id=source, guid="1", title="One")
    second = a_queued_item(store, source_id=source, guid="2", title="Two")

    rows = dossiers.rows(store, [first, 9_999, second], edition="it")

    assert [row.id for row in rows] == [first, second]


def test_what_came_after_the_last_look_is_new(store: Store) -> None:
    a_queued_item(store)

    (row,) = the_rows(store)

    assert row.is_new(row.queued_at - timedelta(seconds=1))
    assert not row.is_new(row.queued_at)
    assert not row.is_new(None)
