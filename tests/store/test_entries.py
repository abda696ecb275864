from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from builders import NOW, a_source
from curator.errors import NotFound
from curator.ingest.reconcile import reconcile
from curator.model import Image, ParsedEntry
from curator.store import Store
from telling import a_told_entry

LATER = NOW + timedelta(hours=1)


def tell(store: Store, source_id: int, said: Sequence[ParsedEntry], *, now: datetime = NOW) -> dict[str, int]:
    with store.begin() as tx:
        return tx.entries.apply(
            {source_id: reconcile(tx.entries.known([source_id])[source_id], said)}, now=now
        )[source_id]


def test_an_entry_comes_back_as_it_was_said(store: Store) -> None:
    source_id = a_source(store)
    said = a_told_entry(guid="a", url="https://blog.example/a", authors=("Ada", "Bea"))

    entry_id = tell(store, source_id, [said])["guid:a"]

    with store.read() as tx:
        entry = tx.entries.get(entry_id)
    assert (entry.guid, entry.url, entry.title, entry.html) == (said.guid, said.url, said.title, said.html)
    assert (entry.authors, entry.language, entry.published) == (said.authors, said.language, said.published)
    assert (entry.source_id, entry.revision, entry.first_seen) == (source_id, 1, NOW)


def test_a_picture_is_kept_with_its_entry(store: Store) -> None:
    said = replace(a_told_entry(), image=Image(url="https://blog.example/p.jpg", credit="Ada", width=3))
    entry_id = tell(store, a_source(store), [said])["guid:guid"]

    with store.read() as tx:
        assert tx.entries.get(entry_id).image == said.image


def test_a_revision_leaves_the_one_before_it_as_it_was(store: Store) -> None:
    source_id = a_source(store)
    entry_id = tell(store, source_id, [a_told_entry(guid="a", title="First")])["guid:a"]

    tell(store, source_id, [a_told_entry(guid="a", title="Second")], now=LATER)

    with store.read() as tx:
        assert (tx.entries.get(entry_id).title, tx.entries.get(entry_id).revision) == ("Second", 2)
        assert tx.entries.revision(entry_id, 1).title == "First"
        with pytest.raises(NotFound):
            tx.entries.revision(entry_id, 3)


def test_telling_the_same_twice_at_once_doubles_nothing(store: Store) -> None:
    source_id = a_source(store)
    said = [a_told_entry(guid=str(n)) for n in range(3)]
    unaware = reconcile([], said)
    with store.begin() as tx:
        tx.entries.apply({source_id: unaware}, now=NOW)

    with store.begin() as tx:
        assert tx.entries.apply({source_id: unaware}, now=LATER) == {source_id: {}}
        assert tx.entries.find(source_id=source_id)[0] == 3


def test_the_same_revision_twice_at_once_is_one(store: Store) -> None:
    source_id = a_source(store)
    tell(store, source_id, [a_told_entry(guid="a", title="First")])
    with store.read() as tx:
        change = reconcile(tx.entries.known([source_id])[source_id], [a_told_entry(guid="a", title="Second")])
    for _ in range(2):
        with store.begin() as tx:
            tx.entries.apply({source_id: change}, now=LATER)

    with store.read() as tx:
        assert [known.revision for known in tx.entries.known([source_id])[source_id]] == [2]


def test_what_is_known_is_enough_to_recognise_everything_again(store: Store) -> None:
    source_id = a_source(store)
    said = [
        a_told_entry(guid=None, url="https://blog.example/a"),
        a_told_entry(guid="b", authors=(), language=None, published=None),
        a_told_entry(guid="g" * 5000, url="https://blog.example/" + "u" * 3500, title="Ŝ " + "t" * 5000),
    ]
    tell(store, source_id, said)

    with store.read() as tx:
        again = reconcile(tx.entries.known([source_id])[source_id], said)
    assert (again.new, again.revised, again.touched, again.unchanged) == ((), (), (), 3)


def test_an_entry_is_recognised_by_the_guid_it_last_had(store: Store) -> None:
    source_id = a_source(store)
    tell(store, source_id, [a_told_entry(guid="old", url="https://blog.example/a")])
    tell(store, source_id, [a_told_entry(guid="new", url="https://blog.example/a")])

    assert tell(store, source_id, [a_told_entry(guid="new", url="https://blog.example/b", text="x")]) == {}


def test_entries_are_listed_newest_first(store: Store) -> None:
    source_id = a_source(store)
    tell(
        store,
        source_id,
        [
            a_told_entry(guid="old", title="O", published=NOW - timedelta(days=9)),
            a_told_entry(guid="undated", title="U", published=None),
            a_told_entry(guid="new", title="N", published=NOW + timedelta(hours=1)),
        ],
    )

    with store.read() as tx:
        total, page = tx.entries.find(source_id=source_id, limit=2)
        assert (total, [entry.guid for entry in page]) == (3, ["new", "undated"])
        assert [entry.guid for entry in tx.entries.find(offset=2)[1]] == ["old"]
        assert tx.entries.find(source_id=source_id + 1) == (0, [])


def test_two_thousand_entries_are_stored_in_one_go(store: Store) -> None:
    said = [a_told_entry(guid=str(n), title=str(n)) for n in range(2000)]

    assert len(tell(store, a_source(store), said)) == 2000
