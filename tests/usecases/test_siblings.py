"""One story, several sources: one row of the queue, whatever becomes of it; an editor has the last word."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source, an_entry
from curator.curate import siblings
from curator.curate.dossier import Dossier, find, read_dossier
from curator.curate.usecases import claim, queued_before, release, requeue, skip, undo
from curator.errors import Refused
from curator.ingest.enriching import enrich
from curator.model import Status
from curator.store import Store
from curator.store import tables as t
from curator.store.clusters import Clusters
from curator.store.search import Search

MOVE: dict[str, Any] = {"by": MARTA, "edition": ITALIAN, "now": NOW}
RELEASE_TEXT = (
    "<p>Northfield has bought the help desk of Murmur for eighty million. The 45 people of Murmur move to"
    " Ghent in June, said managing director Ines Moura. Customers will keep their contracts and their"
    " phone number, and nobody will be asked to install anything.</p>"
)


LIBRARIAN = (
    "<p>Trains between Porto and Lisbon carry a librarian from May, who lends novels by the hour and knows"
    " where each of them is to be given back. The railway pays for two years.</p>"
)


def two_tellings(store: Store) -> tuple[int, int]:
    """A press release as two sources have it; enriched."""
    first = a_queued_item(
        store,
        source_id=a_source(store, url="https://a.example/feed", name="Alpha"),
        guid="a-1",
        title="Northfield buys Murmur's help desk",
        url="https://a.example/1",
        html=RELEASE_TEXT,
    )
    second = telling(store, "b")
    enrich(store, clock=lambda: NOW)
    return first, second


def telling(
    store: Store, letter: str, *, title: str = "Murmur sells its help desk", html: str = RELEASE_TEXT
) -> int:
    source = a_source(store, url=f"https://{letter}.example/feed", name=letter.upper())
    return a_queued_item(
        store, source_id=source, guid=f"{letter}-1", title=title, url=f"https://{letter}.example/1", html=html
    )


def queue(store: Store, **asked: Any) -> list[int]:
    found = find(
        store,
        Search(edition="it", status=Status.QUEUED, folded=True, **asked),
        settings=SETTINGS,
        limit=50,
        offset=0,
    )
    assert found.total == len(found.dossiers)
    return [dossier.item.id for dossier in found.dossiers]


def dossier(store: Store, item_id: int) -> Dossier:
    return read_dossier(store, item_id)


def others(store: Store, item_id: int) -> list[int]:
    return [sibling.item_id for sibling in dossier(store, item_id).siblings]


def status(store: Store, item_id: int) -> Status:
    return dossier(store, item_id).item.status_in("it")


def test_one_story_of_two_sources_is_one_row_that_names_the_other(store: Store) -> None:
    first, second = two_tellings(store)

    assert queue(store) == [first]
    assert others(store, first) == [second]
    assert [sibling.source_name for sibling in dossier(store, first).siblings] == ["B"]


def test_two_stories_are_two_rows(store: Store) -> None:
    first, _ = two_tellings(store)
    another = telling(
        store,
        "c",
        title="Murmur hires a poet",
        html="<p>A poet will write the hold messages of Murmur. He has four books to his name.</p>",
    )

    enrich(store, clock=lambda: NOW)

    assert queue(store) == [another, first]
    assert others(store, another) == []


def test_enriching_again_changes_nothing(store: Store) -> None:
    first, second = two_tellings(store)
    before = (dossier(store, first), dossier(store, second))

    again = enrich(store, clock=lambda: NOW)

    assert (again.entries, again.joined) == (0, 0)
    assert (dossier(store, first), dossier(store, second)) == before


def test_two_processes_at_once_do_everything_once(store: Store) -> None:
    items = [telling(store, letter) for letter in "abc"]
    start = Barrier(2)
    done: list[int] = []

    def work() -> None:
        start.wait()
        done.append(enrich(store, clock=lambda: NOW).entries)

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(done) == 3
    assert queue(store) == [items[0]]
    with store.read() as tx:
        joins = [event for event in tx.events.find() if event.move == "join"]
    assert len(joins) == 2


def test_what_was_broken_off_waits_still(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [telling(store, letter) for letter in "ab"]
    with monkeypatch.context() as broken:
        broken.setattr(Clusters, "alike", lambda *_, **__: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            enrich(store, clock=lambda: NOW)
    assert queue(store) == [items[1], items[0]]

    assert enrich(store, clock=lambda: NOW).entries == 2

    assert queue(store) == [items[0]]


def test_stories_that_are_each_like_the_next_do_not_all_become_one(store: Store) -> None:
    first, second = RELEASE_TEXT, LIBRARIAN
    items = [
        telling(store, letter, title="Of telephones and trains", html=html)
        for letter, html in (("a", first), ("b", first + second), ("c", second))
    ]
    enrich(store, clock=lambda: NOW)

    assert [len(others(store, item)) for item in items] == [1, 1, 0]


def test_words_of_any_length_are_no_obstacle(store: Store) -> None:
    endless = "".join(map(chr, random.Random(3).sample(range(0x4E00, 0x9F00), 1_400)))  # 4,200 bytes
    telling(store, "a", html=f"<p>Northfield buys {endless} {RELEASE_TEXT}")

    assert enrich(store, clock=lambda: NOW).entries == 1


def test_one_source_never_has_two_tellings_of_a_story(store: Store) -> None:
    source = a_source(store)
    items = [
        a_queued_item(
            store, source_id=source, guid=str(n), title="The same again", url=None, html=RELEASE_TEXT
        )
        for n in range(2)
    ]

    enrich(store, clock=lambda: NOW)

    assert queue(store) == [items[1], items[0]]


def test_a_filter_finds_the_row_by_either_telling(store: Store) -> None:
    first, second = two_tellings(store)
    with store.read() as tx:
        source = tx.sources.by_url("https://b.example/feed")
    assert source is not None

    assert queue(store, source_ids=(source.id,)) == [second]
    assert queue(store, query="sells its help desk") == [second]
    assert queue(store, query="Northfield buys") == [first]


def test_what_is_being_worked_on_keeps_its_siblings_out_of_the_queue(store: Store) -> None:
    first, second = two_tellings(store)

    claim(store, [second], settings=SETTINGS, **MOVE)
    assert queue(store) == []

    release(store, [second], **MOVE)
    assert queue(store) == [first]


def test_a_late_telling_of_what_is_worked_on_is_no_new_row(store: Store) -> None:
    first, second = two_tellings(store)
    claim(store, [first], settings=SETTINGS, **MOVE)
    late = telling(store, "c")

    enrich(store, clock=lambda: NOW)

    assert queue(store) == []
    assert others(store, first) == [second, late]


def test_skipping_a_row_skips_what_is_folded_under_it_and_requeueing_brings_it_back(store: Store) -> None:
    first, second = two_tellings(store)

    moved = skip(store, [first], **MOVE)
    assert [item.id for item in moved.items] == [first, second]
    assert queue(store) == []

    requeue(store, [first], **MOVE)
    assert queue(store) == [first]
    assert status(store, second) is Status.QUEUED


def test_skipping_both_by_name_is_skipping_each_once(store: Store) -> None:
    first, second = two_tellings(store)

    moved = skip(store, [second, first], **MOVE)

    assert sorted(item.id for item in moved.items) == [first, second]


def test_undoing_a_skip_brings_back_all_that_it_took_along(store: Store) -> None:
    first, second = two_tellings(store)
    skip(store, [first], **MOVE)

    undo(store, first, by=MARTA, now=NOW)

    assert (status(store, first), status(store, second)) == (Status.QUEUED, Status.QUEUED)


def test_skipping_a_source_leaves_what_others_tell(store: Store) -> None:
    first, second = two_tellings(store)
    with store.read() as tx:
        source = tx.sources.by_url("https://a.example/feed")
    assert source is not None

    skip(store, queued_before(store, ITALIAN, source_id=source.id, before=None), whole_story=False, **MOVE)

    assert queue(store) == [second]
    assert status(store, first) is Status.SKIPPED


def test_a_late_telling_of_a_skipped_story_is_skipped_and_can_be_had_back(store: Store) -> None:
    first, _ = two_tellings(store)
    skip(store, [first], **MOVE)
    late = telling(store, "c")

    enrich(store, clock=lambda: NOW)

    assert (queue(store), status(store, late)) == ([], Status.SKIPPED)
    undo(store, late, by=MARTA, now=NOW)
    assert queue(store) == [late]


def test_a_separated_item_is_a_row_of_its_own_and_stays_one(store: Store) -> None:
    first, second = two_tellings(store)

    siblings.separate(store, second, by=MARTA, now=NOW)
    telling(store, "c")
    enrich(store, clock=lambda: NOW)

    assert second in queue(store)
    assert second not in others(store, first)
    assert others(store, second) == [] or first not in others(store, second)


def test_a_separated_pair_does_not_join_when_its_source_revises_it(store: Store) -> None:
    first, second = two_tellings(store)
    siblings.separate(store, second, by=MARTA, now=NOW)
    with store.read() as tx:
        source = tx.sources.by_url("https://b.example/feed")
    assert source is not None
    an_entry(
        store,
        source.id,
        guid="b-1",
        title="Murmur sells help desk",
        url="https://b.example/1",
        html=RELEASE_TEXT,
    )

    assert enrich(store, clock=lambda: NOW).entries == 1

    assert queue(store) == [second, first]


def test_separating_is_taken_back_by_undo(store: Store) -> None:
    first, second = two_tellings(store)
    siblings.separate(store, second, by=MARTA, now=NOW)

    _, event, _ = undo(store, second, by=MARTA, now=NOW)

    assert event.move == "separate"
    assert others(store, first) == [second]
    with store.read() as tx:
        assert tx.clusters.apart([first, second]) == set()


def test_joining_by_hand_makes_one_row_and_undo_two(store: Store) -> None:
    first, second = two_tellings(store)
    third = telling(
        store, "c", title="Something else", html="<p>Nothing in common with any of the others.</p>"
    )
    enrich(store, clock=lambda: NOW)

    siblings.join(store, third, first, by=MARTA, now=NOW)
    assert queue(store) == [first]
    assert others(store, third) == [first, second]

    undo(store, third, by=MARTA, now=NOW)
    assert queue(store) == [third, first]
    assert others(store, first) == [second]


def test_joining_what_was_separated_ends_the_separation(store: Store) -> None:
    first, second = two_tellings(store)
    siblings.separate(store, second, by=MARTA, now=NOW)

    siblings.join(store, first, second, by=MARTA, now=NOW)

    with store.read() as tx:
        assert tx.clusters.apart([first]) == set()
    assert queue(store) == [first]


def test_what_stands_alone_cannot_be_separated_nor_the_joined_be_joined(store: Store) -> None:
    first, second = two_tellings(store)

    with pytest.raises(Refused, match="already_joined"):
        siblings.join(store, first, second, by=MARTA, now=NOW)
    siblings.separate(store, first, by=MARTA, now=NOW)
    with pytest.raises(Refused, match="nothing_to_separate"):
        siblings.separate(store, second, by=MARTA, now=NOW)


def test_history_says_who_joined_and_separated(store: Store) -> None:
    first, second = two_tellings(store)
    siblings.separate(store, second, by=MARTA, now=NOW)

    with store.read() as tx:
        moves = [(event.move, event.editor) for item in (first, second) for event in tx.events.of_item(item)]

    assert ("join", "curator") in moves
    assert ("separate", "marta") in moves


def test_being_joined_is_no_new_version_of_an_item(store: Store) -> None:
    first, second = two_tellings(store)
    siblings.separate(store, second, by=MARTA, now=NOW)

    assert (dossier(store, first).item.version, dossier(store, second).item.version) == (1, 1)


def test_old_stories_are_not_looked_for(store: Store) -> None:
    first = telling(store, "a")
    enrich(store, clock=lambda: NOW)
    with store.begin() as tx:
        tx.connection.execute(t.items.update().values(queued_at=NOW - timedelta(days=40)))
        tx.connection.execute(t.story_keys.update().values(queued_at=NOW - timedelta(days=40)))
    second = telling(store, "b")

    assert enrich(store, clock=lambda: NOW).joined == 0

    assert queue(store) == [second, first]


def test_the_language_is_kept_with_its_confidence_and_beats_a_declaration_that_is_wrong(store: Store) -> None:
    item = telling(
        store,
        "d",
        title="Perché i clienti se ne vanno",
        html="<p>I clienti se ne vanno senza dire una parola, e nessuno chiede loro perché.</p>",
    )

    enrich(store, clock=lambda: NOW)

    entry = dossier(store, item).entry
    assert entry is not None
    assert (entry.language, entry.declared) == ("it", "en")
    assert entry.language_confidence is not None
    assert entry.language_confidence > 0.9
    assert queue(store, language="it") == [item]
    assert queue(store, language="en") == []
    excerpt = claim(store, [item], settings=SETTINGS, **MOVE).items[0].excerpt
    assert excerpt is not None
    assert excerpt.language == "it"


def test_a_claim_keeps_the_cluster(store: Store) -> None:
    first, second = two_tellings(store)

    item = claim(store, [first], settings=SETTINGS, **MOVE).items[0]

    assert item.cluster is not None
    assert others(store, first) == [second]
    assert replace(item, cluster=None) != item
