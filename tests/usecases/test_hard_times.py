"""Clocks that are put back, put forward, or that nobody wound for weeks: what is due is done once.

PROOF=1 walks in smaller steps, and further.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import ITALIAN, MARTA, PAOLO, SETTINGS, a_queued_item
from curator.curate.usecases import approve, claim, write
from curator.curate.writing import Writing
from curator.errors import CuratorError
from curator.faces.clock import parse_time
from curator.model import Issue
from curator.publish.usecases import editions_due, publish_edition
from curator.settings import PublishSettings, Settings
from curator.store import Store
from curator.work import SendIssue, TidyUp, due, take_night
from newsletter import Newsletter, a_newsletter
from proving import PROOF, of_the_proof, tells_enough
from simulation.world import DAY, START
from years import Years, slow_sources

HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
ANNA = "anna@lettori.example"
MINUTES, DAYS = (10, 8) if PROOF else (30, 4)
"""Between two looks while clocks change; of a clock that jumps; between two turns while weeks go by."""


@pytest.fixture
def newsletter(store: Store, tmp_path: Path) -> Newsletter:
    return a_newsletter(store, tmp_path)


def closed_when_due(newsletter: Newsletter) -> Issue | None:
    for work in due(newsletter.store, newsletter.settings, kind=SendIssue, now=newsletter.now):
        assert isinstance(work, SendIssue)
        if work.slot is not None:
            return newsletter.close(slot=work.slot)
    return None


# ── the clocks change ──


@tells_enough("sqlite")
@pytest.mark.parametrize("change", [date(2027, 3, 28), date(2026, 10, 25)])
def test_an_issue_of_the_hour_that_is_not_there_or_comes_twice_is_closed_once(
    newsletter: Newsletter, change: date
) -> None:
    """02:30 in Rome, in small steps past three Sundays of which the clocks change on the second."""
    newsletter.with_(newsletter={"weekday": "sunday", "time": "02:30"})
    newsletter.now = datetime(change.year, change.month, change.day, tzinfo=UTC) - timedelta(days=7, hours=12)
    with newsletter.store.begin() as tx:
        tx.meta.set("created_at", newsletter.now.isoformat())
    closed = []
    for _ in range(3):
        newsletter.publish()
        for _ in range(24 * 60 // MINUTES):
            if issue := closed_when_due(newsletter):
                closed.append(newsletter.now.date())
                assert issue.number == len(closed)
            newsletter.later(minutes=MINUTES)
        newsletter.later(days=6)

    assert closed == [change - WEEK, change, change + WEEK]


def test_an_hour_that_comes_twice_is_meant_the_first_time() -> None:
    typed = parse_time("2026-10-25 02:30", zone="Europe/Rome", now=START)

    assert typed == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    publish = PublishSettings(directory=tmp_path / "public", base_url="https://rassegna.example/")
    return replace(SETTINGS, newsroom=tmp_path, publish=publish)


def test_what_is_given_an_hour_that_comes_twice_is_published_once(store: Store, settings: Settings) -> None:
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    item_id = a_queued_item(store)
    desk: dict[str, Any] = {"by": MARTA, "settings": settings, "edition": ITALIAN, "now": at - DAY}
    write(store, item_id, Writing(headline="Una promessa", note="Basta mantenerla."), **desk)
    approve(store, [item_id], at=at, **desk)
    publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=at - DAY)

    out = [
        (minutes, done.published)
        for minutes in (-10, 0, 10, 60, 70)
        if ITALIAN in editions_due(store, settings, now=at + timedelta(minutes=minutes))
        if (
            done := publish_edition(
                store, settings, edition=ITALIAN, by=MARTA, now=at + timedelta(minutes=minutes)
            )
        ).published
    ]

    assert out == [(0, (item_id,))]


# ── a clock is put back, or forward ──


@tells_enough("sqlite")
@pytest.mark.parametrize("wrong", [HOUR, -HOUR, timedelta(days=3), -timedelta(days=3)])
def test_a_week_has_one_issue_however_the_clock_is_mended(newsletter: Newsletter, wrong: timedelta) -> None:
    """For half a day around the moment the clock goes wrong by so much, then it is right again."""
    newsletter.now = datetime(2026, 3, 9, 8, 0, tzinfo=UTC)  # 09:00 on a Monday in Rome
    with newsletter.store.begin() as tx:
        tx.meta.set("created_at", (newsletter.now - timedelta(days=4)).isoformat())
    right, closed = newsletter.now - DAY, []
    for hour in range(15 * 24):
        newsletter.now = right + hour * HOUR + (wrong if 18 <= hour < 30 else timedelta())
        if hour % 24 == 0:
            newsletter.publish()
        if closed_when_due(newsletter):
            closed.append(hour)

    assert len(closed) == 2
    assert 18 <= closed[0] <= 30
    assert closed[1] == 24 + 7 * 24


def test_what_readers_have_stays_out_when_the_clock_goes_back(store: Store, settings: Settings) -> None:
    item_id = a_queued_item(store)
    desk: dict[str, Any] = {"by": MARTA, "settings": settings, "edition": ITALIAN}
    words = Writing(headline="Una promessa", note="Basta mantenerla.")
    write(store, item_id, words, now=START, **desk)
    approve(store, [item_id], at=START + HOUR, now=START, **desk)

    first = publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=START + HOUR)
    again = publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=START)

    assert first.published == (item_id,)
    assert (again.published, again.corrected, again.withdrawn, again.written) == ((), (), (), ())


def test_a_claim_neither_ends_nor_lasts_for_ever_because_of_a_clock(store: Store) -> None:
    item_id = a_queued_item(store)
    taking: dict[str, Any] = {"settings": SETTINGS, "edition": ITALIAN}
    claim(store, [item_id], by=MARTA, now=START, **taking)

    for clock in (START - HOUR, START + HOUR, START + 23 * HOUR):
        with pytest.raises(CuratorError):
            claim(store, [item_id], by=PAOLO, now=clock, **taking)
    claim(store, [item_id], by=PAOLO, now=START + 25 * HOUR, **taking)


def test_a_night_is_had_again_at_most_once_for_each_time_that_the_clock_is_put_back(store: Store) -> None:
    with store.begin() as tx:
        tx.meta.set("created_at", START.isoformat())
    three = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
    clock = [three + timedelta(minutes=n * 10) for n in (0, 1, -5, -4, 0, 1, 2)]

    done = [take_night(store, SETTINGS, now=now) for now in clock]

    assert done == [True, False, True, False, True, False, False]
    assert TidyUp() not in due(store, SETTINGS, kind=TidyUp, now=three + HOUR)


# ── one service, and its clock ──


@pytest.fixture
def years(tmp_path: Path) -> Iterator[Years]:
    living = Years(tmp_path / "newsroom", slow_sources(scale=0.01, days=60)[::3], readers=3, kept=7)
    yield living
    living.close()


def polls(years: Years) -> Counter[str]:
    """So often each source was asked, whatever it redirected to."""
    scripts = {script.url for script in years.world.scripts}
    return Counter(asked.url for asked in years.world.asked if asked.url in scripts)


def test_a_clock_that_jumps_an_hour_makes_no_storm_and_no_silence(years: Years) -> None:
    """A turn every six hours; each other day the clock is an hour ahead or behind, for a day."""
    for turn in range(4 * DAYS):
        years.time.until(START + turn * 6 * HOUR)
        years.clock_is_wrong_by = (timedelta(), HOUR, timedelta(), -HOUR)[turn // 4 % 4]
        years.failures += years.service.turn()["failures"]

    counted = polls(years)
    assert years.failures == 0
    assert {script.url for script in years.world.scripts} == set(counted)
    assert max(counted.values()) <= 4 * DAYS
    daily = [script.url for script in years.world.scripts if script.kind == "daily"]
    assert min(counted[url] for url in daily) >= DAYS


def test_a_machine_that_was_off_for_three_weeks_does_all_once(years: Years) -> None:
    list(years.live(6, sampled=30))
    scheduled = years.schedule(at=years.time.now() + WEEK)
    years.leave_leases()
    before = years.counts()
    years.world.asked.clear()
    years.time.until(years.time.now() + 3 * WEEK)

    done = years.service.turn()
    after = years.counts()

    assert max(polls(years).values()) == 1
    assert set(polls(years)) == {script.url for script in years.world.scripts}
    assert (done["failures"], done["published"], after["issues"] - before["issues"]) == (0, 1, 1)
    assert years.is_published(scheduled)
    assert after["queued"] - before["queued"] <= 20 * len(years.world.scripts)
    assert years.service.turn()["sources"] == 0


@of_the_proof
def test_memory_stays_flat_while_weeks_go_by(years: Years) -> None:
    """Objects, not bytes: what grows by a few things a turn is seen after weeks, whatever the machine."""
    living = years.live(42, every=2, sampled=14)
    next(living)
    before, core_before = next(living), years.core()
    after, core_after = next(living), years.core()

    assert after.failures == 0
    assert after.published > before.published
    assert after.tidied > 0
    assert core_after.objects - core_before.objects < 3_000
