"""Days of a scripted web against the real schedule, poll, reading and store, on a virtual clock.

A day of it in every test run; PROOF=1 (`make proof`) lives through thirty with 200 sources.
"""

from __future__ import annotations

import logging
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import structlog

from curator.edges.readers import Readers
from curator.ingest.schedule import LONGEST_PROBE, LONGEST_RETRY_AFTER, SPREAD_OF_FAILURES
from curator.model import Because, SourceStatus
from curator.settings import ReadSettings
from curator.store import Store
from curator.store.tables import metadata
from proving import PROOF
from simulation.picture import drawn
from simulation.running import FETCH, TICK, Life, Visit, live
from simulation.world import HOUR, START, populate

SCALE, DAYS = (1.0, 30.0) if PROOF else (0.2, 1.0)
SHORTEST = timedelta(minutes=FETCH.shortest_interval)
LONGEST = timedelta(minutes=FETCH.longest_interval)
A_MOMENT = timedelta(seconds=5)  # between being asked and being settled


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('simulation') / 'store.db'}")
    with store.begin() as tx:
        metadata.create_all(tx.connection)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with Readers(ReadSettings(workers=1)) as readers:
        yield live(
            populate(scale=SCALE, days=DAYS),
            store=store,
            readers=readers,
            days=DAYS,
            limits={"shared.example": 30 if PROOF else 5},
        )
    structlog.reset_defaults()
    store.close()


# ── every request ──


def test_every_request_is_justified_by_a_rule_and_every_record_is_a_request(life: Life) -> None:
    rules = {str(because) for because in Because} | {"redirect", "home_page", "robots"}

    assert life.journal.unjustified == []
    assert life.journal.unasked == []
    assert {visit.rule for visit in life.journal.visits} <= rules
    assert len(life.journal.visits) == len(life.world.asked)


def test_each_rule_says_what_it_means(life: Life) -> None:
    wrong = [
        (script.url, rule, before.asked, after.asked)
        for script in life.world.scripts
        for before, after in pairwise(life.visits_to(script))
        if not holds(rule := after.rule, before, after)
    ]

    assert wrong == []
    begun = {life.visits_to(script)[0].rule for script in life.world.scripts}
    assert begun == {Because.NEW, Because.HOST_PAUSE}


def holds(rule: str, before: Visit, after: Visit) -> bool:
    """Was the wait between the two what the rule says, going by what the source had answered?"""
    waited = timedelta(seconds=after.asked.at - before.asked.at) + A_MOMENT
    failed = before.asked.status is None or before.asked.status >= 400
    told = before.asked.retry_after or timedelta()
    told = min(told, LONGEST_RETRY_AFTER)
    meanings = {
        Because.ORDINARY: not failed and waited >= timedelta(minutes=FETCH.interval),
        Because.RHYTHM: not failed and SHORTEST <= waited <= LONGEST * 1.05 + TICK + A_MOMENT,
        Because.FRESHNESS: not failed and waited > SHORTEST,
        Because.SKIPPED_HOURS: waited > SHORTEST,
        Because.RETRY_AFTER: failed and waited >= told > timedelta(),
        Because.BACK_OFF: waited >= max(SHORTEST, told),
        Because.PROBE: waited > LONGEST,
        Because.HOST_PAUSE: waited >= min(told, SHORTEST),
    }
    return meanings.get(Because(rule), False)


def test_no_host_is_asked_twice_within_its_gap(life: Life) -> None:
    by_host = defaultdict(list)
    for asked in life.world.asked:
        by_host[asked.host].append(asked.at)

    closest = min(after - before for times in by_host.values() for before, after in pairwise(sorted(times)))
    assert closest >= FETCH.per_host_gap - 1e-6


def test_no_source_that_lives_is_silent_for_longer_than_twice_its_interval(life: Life) -> None:
    silent = []
    for script in life.world.scripts:
        visits = [v for v in life.visits_to(script) if v.due is not None]
        ends = START + timedelta(seconds=life.world.asked[-1].at)
        moments = [START + timedelta(seconds=v.asked.at) for v in visits]
        for visit, at, following in zip(visits, moments, [*moments[1:], ends], strict=True):
            assert visit.due is not None
            lives = visit.asked.status is not None and visit.asked.status < 400
            if lives and following - at > 2 * max(visit.due - at, TICK):
                silent.append((script.url, visit, following))

    assert silent == []


def test_a_source_that_lives_is_never_left_for_longer_than_the_longest_interval(life: Life) -> None:
    limits = {"ttl": 10 * HOUR, "skips hours": 8 * HOUR}
    late = []
    for script in life.world.scripts:
        longest = (LONGEST + limits.get(script.kind, timedelta())) * 1.1 + TICK
        times = [START + timedelta(seconds=v.asked.at) for v in life.visits_to(script)]
        for before, after in pairwise(times):
            if after - before > longest and all(
                script.lives(before - HOUR + n * HOUR) for n in range(int((after - before) / HOUR) + 2)
            ):
                late.append((script.url, before, after))

    assert late == []


# ── what the sources did ──


def test_a_host_that_throttles_has_its_pauses_kept(life: Life) -> None:
    """Two of its sources were told to wait: then nobody asks until the pause is over."""
    throttled: list[tuple[float, int]] = []
    for visit in life.journal.visits:
        if visit.asked.host != "shared.example":
            continue
        recent = {source for at, source in throttled if visit.asked.at - at < 1800 - 5}
        assert len(recent) < 3, visit
        if visit.asked.status == 429:
            throttled.append((visit.asked.at, visit.source))

    assert throttled


def test_skipped_hours_are_left_in_peace(life: Life) -> None:
    """Due in the last minutes before them, a source may be asked one round later."""
    asked = [
        START + timedelta(seconds=visit.asked.at)
        for script in life.of("skips hours")
        for visit in life.visits_to(script)[1:]
    ]

    assert asked
    assert [at for at in asked if {at.hour, (at - TICK - A_MOMENT).hour} <= set(range(7))] == []


def test_nothing_is_stored_twice_and_nothing_that_was_shown_is_lost(life: Life) -> None:
    for script in life.world.scripts:
        titles = life.titles(script)
        assert len(titles) == len(set(titles)), script.url
        if script.lives(life.ends) and script.kind not in ("never there", "shared") and titles:
            numbers = sorted(int(title.rpartition(" ")[2]) for title in titles)
            steady = script.kind in ("daily", "weekly", "monthly", "changing etag", "without validators")
            assert not steady or numbers == list(range(numbers[0], numbers[-1] + 1)), script.url


def test_a_flood_is_stored_whole_and_queued_within_bounds(life: Life) -> None:
    with life.store.read() as tx:
        for script in life.of("floods"):
            assert len(life.titles(script)) >= 500
            queued: int = tx.connection.exec_driver_sql(
                "SELECT count(*) FROM items JOIN entries ON entries.id = items.entry_id"
                f" WHERE entries.source_id = {life.ids[script.url]}"
            ).scalar_one()
            assert 0 < queued <= FETCH.max_queued + FETCH.first_entries + 2 * DAYS


def test_who_moves_for_good_is_followed_there_and_who_shows_a_page_is_not(life: Life) -> None:
    moved = [(life.source(script).url, script.moved[2]) for script in life.of("moves") if script.moved]
    stayed = [script for kind in ("moves to a page", "maintenance") for script in life.of(kind)]

    assert moved
    assert [now for now, there in moved if now != there] == []
    assert [script.url for script in stayed if life.source(script).url != script.url] == []


def test_who_is_gone_is_left_alone_and_has_its_new_feed_proposed(life: Life) -> None:
    for script in life.of("gone"):
        source, visits = life.source(script), life.visits_to(script)
        assert (source.status, source.successor_url) == (SourceStatus.RETIRED, script.successor)
        assert [visit.asked.status for visit in visits].count(410) == 1
        assert [v.rule for v in life.journal.visits if v.source == source.id][-2:] == ["robots", "home_page"]
        assert life.incidents(script) == [("source_gone", False)]


def test_what_is_dead_is_asked_ever_less_and_never_forgotten(life: Life) -> None:
    for script in life.of("never there"):
        times = [visit.asked.at for visit in life.visits_to(script)]
        waits = [timedelta(seconds=after - before) for before, after in pairwise(times)]
        assert life.source(script).status is SourceStatus.ACTIVE
        assert max(waits) <= LONGEST_PROBE * (1 + SPREAD_OF_FAILURES)
        assert len(waits) >= min(DAYS, 3)


if PROOF:  # what takes days to show

    def test_one_incident_is_one_alert_and_one_all_clear(life: Life) -> None:
        for script in life.of("returns"):
            assert life.incidents(script) == [("source_failing", True)], script.url
        for script in [*life.of("lost"), *life.of("never there")]:
            assert life.incidents(script) == [("source_failing", False)], script.url
        for script in life.of("falls silent"):
            assert life.incidents(script) == [("source_quiet", False)], script.url
        for script in life.of("flaps"):
            assert len(life.incidents(script)) <= 1, script.url
        healthy = [s for kind in ("daily", "hourly", "busy", "weekly", "ttl") for s in life.of(kind)]
        assert [script.url for script in healthy if life.incidents(script)] == []
        for script in life.of("lost"):
            assert life.source(script).successor_url == script.successor

    def test_the_figures_and_their_picture(life: Life) -> None:
        rules = Counter(visit.rule for visit in life.journal.visits)
        print(f"\n{len(life.world.asked)} requests in {DAYS:g} days to {len(life.world.scripts)} sources")  # noqa: T201 - asked for
        print(dict(rules.most_common()))  # noqa: T201
        if into := os.environ.get("PICTURE"):
            Path(into).write_text(drawn(life.world.asked, days=DAYS), encoding="utf-8")

        assert len(life.world.asked) < len(life.world.scripts) * DAYS * 24
