from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from builders import NOW
from curator.errors import NotFound
from curator.model import (
    Alert,
    Changes,
    Ending,
    NewEntry,
    Problem,
    Source,
    SourceDraft,
    SourceStatus,
    Validators,
)
from curator.store import Store, Transaction
from curator.store.tables import incidents
from curator.store.yields import Yield, yields
from telling import a_told_entry

LATER = NOW + timedelta(hours=1)
UNTIL = NOW + timedelta(minutes=15)
ME, OTHER = "host:1:a", "host:2:b"


def follow(store: Store, url: str = "https://blog.example/feed", **draft: Any) -> int:
    with store.begin() as tx:
        added = tx.sources.add(url=url, name="Blog", draft=SourceDraft(**draft), unverified=True, now=NOW)
    assert added is not None
    return added


def claim(
    store: Store,
    ids: Sequence[int],
    *,
    worker: str = ME,
    now: datetime = NOW,
    gone: Sequence[str] = (),
    only_due: bool = True,
) -> list[int]:
    with store.begin() as tx:
        claimed = tx.sources.claim(
            ids,
            only_due=only_due,
            now=now,
            worker=worker,
            until=now + timedelta(minutes=15),
            is_gone=lambda holder: holder in gone,
        )
    return [source.id for source in claimed]


def held(tx: Transaction, source_id: int, *, worker: str = ME) -> Source | None:
    return tx.sources.held([source_id], worker=worker).get(source_id)


def ended(
    tx: Transaction, source: Source | None, outcome: str = "fetched", *, now: datetime = NOW, **after: Any
) -> None:
    """A poll of the source that ended so, and made it what `after` says."""
    assert source is not None
    state = replace(source, **({"due_at": LATER} | after))
    tx.sources.end([Ending(before=source, after=state, outcome=outcome, http_status=200)], now=now)


def rest(tx: Transaction, source: Source | None, *, problems: tuple[Problem, ...] = ()) -> None:
    validators = Validators(etag="e")
    ended(tx, source, validators=validators, body_hash="h", unverified=False, problems=problems)


def test_a_new_source_is_active_and_due_at_once(store: Store) -> None:
    source_id = follow(store, tags=("cx", "b2b"), interval=timedelta(minutes=90), max_words=200)

    with store.read() as tx:
        source = tx.sources.get(source_id)
        assert tx.sources.due(now=NOW) == [source_id]
    assert (source.status, source.tags, source.max_words) == (SourceStatus.ACTIVE, ("cx", "b2b"), 200)
    assert source.interval == timedelta(minutes=90)
    assert source.unverified


def test_an_address_is_followed_once(store: Store) -> None:
    follow(store)

    with store.begin() as tx:
        again = tx.sources.add(
            url="https://blog.example/feed", name="X", draft=SourceDraft(), unverified=True, now=NOW
        )

    assert again is None


def test_an_unknown_source_is_not_found(store: Store) -> None:
    with store.read() as tx, pytest.raises(NotFound) as not_found:
        tx.sources.get(7)

    assert not_found.value.data == {"noun": "source", "id": 7}


def test_sources_are_found_by_status_and_tags(store: Store) -> None:
    a = follow(store, "https://a.example/", tags=("cx", "it"))
    b = follow(store, "https://b.example/", tags=("cx",))
    with store.begin() as tx:
        tx.sources.set_status(b, SourceStatus.PAUSED, now=NOW)

    with store.read() as tx:
        assert [s.id for s in tx.sources.find(tags=["cx", "it"])[1]] == [a]
        assert [s.id for s in tx.sources.find(status=SourceStatus.PAUSED)[1]] == [b]
        assert tx.sources.find(limit=1, offset=1)[0] == 2


def test_a_source_is_leased_to_one_worker_at_a_time(store: Store) -> None:
    source_id = follow(store)

    assert claim(store, [source_id]) == [source_id]
    assert claim(store, [source_id], worker=OTHER) == []


def test_an_expired_lease_may_be_taken(store: Store) -> None:
    source_id = follow(store)
    claim(store, [source_id])

    assert claim(store, [source_id], worker=OTHER, now=UNTIL) == [source_id]


def test_the_lease_of_a_dead_worker_may_be_taken_at_once(store: Store) -> None:
    source_id = follow(store)
    claim(store, [source_id])

    assert claim(store, [source_id], worker=OTHER, gone=[ME]) == [source_id]


def test_a_lease_from_a_clock_set_back_since_may_be_taken(store: Store) -> None:
    source_id = follow(store)
    claim(store, [source_id], now=NOW + timedelta(days=400), only_due=False)

    assert claim(store, [source_id], worker=OTHER) == [source_id]


def test_a_clock_set_back_stops_no_source(store: Store) -> None:
    source_id = follow(store)
    claim(store, [source_id])
    with store.begin() as tx:
        rest(tx, tx.sources.get(source_id))

    with store.read() as tx:
        assert tx.sources.due(now=NOW - timedelta(days=300)) == [source_id]


def test_two_workers_share_what_is_due(store: Store) -> None:
    ids = [follow(store, f"https://{n}.example/") for n in range(40)]
    claimed: dict[str, list[int]] = {}
    start = threading.Barrier(2)

    def work(worker: str) -> None:
        start.wait()
        claimed[worker] = [
            source for part in (ids[:20], ids[20:]) for source in claim(store, part, worker=worker)
        ]

    threads = [threading.Thread(target=work, args=(worker,)) for worker in (ME, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed[ME] + claimed[OTHER]) == ids


def test_a_good_poll_leaves_its_validators_and_the_next_time(store: Store) -> None:
    source_id = follow(store)
    claim(store, [source_id])
    with store.begin() as tx:
        rest(
            tx,
            held(tx, source_id),
            problems=(Problem(code="feed_flood", data={"new": 500}),),
        )

    with store.read() as tx:
        source = tx.sources.get(source_id)
        assert tx.sources.due(now=NOW) == []
    assert (source.validators.etag, source.body_hash, source.due_at) == ("e", "h", LATER)
    assert (source.unverified, source.last_outcome) == (False, "fetched")
    assert source.problems == (Problem(code="feed_flood", data={"new": 500}),)
    assert claim(store, [source_id], worker=OTHER, only_due=False) == [source_id]


def test_a_failure_is_remembered_and_touches_no_validators(store: Store) -> None:
    source_id = follow(store)
    with store.begin() as tx:
        rest(tx, tx.sources.get(source_id))
    with store.begin() as tx:
        error = {"code": "fetch_timeout", "data": {"seconds": 60}}
        ended(tx, tx.sources.get(source_id), "failed", failures=1, last_error=error)

    with store.read() as tx:
        source = tx.sources.get(source_id)
    assert (source.failures, source.validators.etag, source.last_outcome) == (1, "e", "failed")
    assert source.last_error == {"code": "fetch_timeout", "data": {"seconds": 60}}


def test_a_source_that_is_gone_retires(store: Store) -> None:
    source_id = follow(store)
    with store.begin() as tx:
        ended(tx, tx.sources.get(source_id), "gone", status=SourceStatus.RETIRED)

    with store.read() as tx:
        assert tx.sources.get(source_id).status is SourceStatus.RETIRED
        assert tx.sources.due(now=LATER, everything=True) == []


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda tx, source_id: tx.sources.set_status(source_id, SourceStatus.PAUSED, now=NOW),
        lambda tx, source_id: tx.sources.remove(source_id, now=NOW),
        lambda tx, source_id: tx.sources.edit(source_id, SourceDraft(), url="https://new.example/", now=NOW),
    ],
    ids=["paused", "removed", "another address"],
)
def test_a_change_meanwhile_takes_the_lease_away(
    store: Store, meanwhile: Callable[[Transaction, int], None]
) -> None:
    source_id = follow(store)
    claim(store, [source_id])
    with store.begin() as tx:
        meanwhile(tx, source_id)

    with store.begin() as tx:
        assert held(tx, source_id) is None


def test_a_change_of_name_meanwhile_leaves_the_lease(store: Store) -> None:
    source_id = follow(store)
    claim(store, [source_id])
    with store.begin() as tx:
        tx.sources.edit(source_id, SourceDraft(name="New name"), clear=["interval"], now=NOW)

    with store.begin() as tx:
        source = held(tx, source_id)
    assert source is not None
    assert source.name == "New name"


def test_another_address_is_a_new_beginning_for_fetching(store: Store) -> None:
    source_id = follow(store)
    with store.begin() as tx:
        rest(tx, tx.sources.get(source_id))
    with store.begin() as tx:
        tx.sources.edit(source_id, SourceDraft(), url="https://new.example/", now=NOW)

    with store.read() as tx:
        source = tx.sources.get(source_id)
    assert (source.validators, source.body_hash, source.due_at) == (Validators(), None, NOW)


def test_a_source_that_never_said_anything_is_deleted(store: Store) -> None:
    source_id = follow(store)
    with store.begin() as tx:
        ended(tx, tx.sources.get(source_id), "failed", failures=1)
    with store.begin() as tx:
        tx.sources.remove(source_id, now=NOW)

    with store.read() as tx, pytest.raises(NotFound):
        tx.sources.get(source_id)


def test_a_removed_source_keeps_its_entries_and_comes_back_with_them(store: Store) -> None:
    source_id = follow(store)
    with store.begin() as tx:
        said = NewEntry(identity="guid:a", url_key=None, said=a_told_entry(guid="a"))
        tx.entries.apply({source_id: Changes(new=(said,))}, now=NOW)
    with store.begin() as tx:
        tx.sources.remove(source_id, now=NOW)

    with store.read() as tx:
        assert tx.sources.find() == (0, [])
        assert tx.sources.due(now=LATER, everything=True) == []
        assert tx.sources.get(source_id).name == "Blog"
    assert follow(store) == source_id
    with store.read() as tx:
        assert [known.guid for known in tx.entries.known([source_id])[source_id]] == ["a"]


def test_a_host_is_shared_by_the_active_sources_at_it(store: Store) -> None:
    for url in ("https://a.example/1", "http://a.example:8080/2", "https://b.example/", "https://c.example/"):
        follow(store, url)
    paused = follow(store, "https://b.example/paused")
    with store.begin() as tx:
        tx.sources.set_status(paused, SourceStatus.PAUSED, now=NOW)

    with store.read() as tx:
        assert tx.sources.shared_hosts({"a.example", "b.example", "c.example"}) == {"a.example"}


def test_an_incident_is_on_record_from_its_beginning_to_its_end(store: Store) -> None:
    source_id = follow(store)
    alert = Alert(code="source_failing", since=NOW)
    with store.begin() as tx:
        for after in (alert, replace(alert, data={"good": 1}), None, alert):
            ended(tx, tx.sources.get(source_id), alert=after)
    with store.begin() as tx:
        tx.sources.edit(source_id, SourceDraft(), url="https://new.example/", now=LATER)

    with store.read() as tx:
        assert tx.sources.get(source_id).alert is None
        kept = tx.connection.execute(select(incidents.c.code, incidents.c.ended_at))
        assert [tuple(row) for row in kept] == [("source_failing", NOW), ("source_failing", LATER)]


def test_what_a_source_yields_counts_what_came_out_lately(store: Store) -> None:
    source_id, silent = follow(store), follow(store, "https://silent.example/")
    with store.begin() as tx:
        dates = [NOW - timedelta(days=days) for days in (1, 8, 15, 100)]
        said = [a_told_entry(guid=str(n), published=date) for n, date in enumerate(dates)]
        new = tuple(NewEntry(identity=f"guid:{n}", url_key=None, said=each) for n, each in enumerate(said))
        tx.entries.apply({source_id: Changes(new=new)}, now=NOW)

    with store.read() as tx:
        brought = yields(tx, [source_id, silent], now=NOW)

    assert brought == {source_id: Yield(seen=0.75), silent: Yield()}


def test_a_home_page_is_looked_at_by_one_worker_and_not_again_for_a_while(store: Store) -> None:
    source_id = follow(store)
    month = timedelta(days=30)

    with store.begin() as tx:
        looks = [
            tx.sources.look(source_id, looked_before=now - month, now=now)
            for now in (NOW, NOW, LATER, NOW + month)
        ]

    assert looks == [True, False, False, True]
