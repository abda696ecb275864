"""Hubs hear of what we publish: after the files are there, as often as it takes, and no more often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from builders import NOW, SETTINGS
from curator.edges.http import open_web
from curator.fetch import Web
from curator.publish.announcing import IN_HAND, Announced, announce, back_off, heed, is_due
from curator.settings import FetchSettings, PublishSettings, Settings
from curator.store import Store
from curator.store.announcements import Untold
from relay import Answer, Relay, running_relay

BASE = "https://rassegna.example/"
FEEDS = ("feed.rss", "feed.atom", "feed.json", "tags/cx/feed.atom")
PAGES = ("index.html", "items/uno.html", "archive/2026-03.atom", "pictures/5a.jpg")


@dataclass
class House:
    """Somebody who publishes, and the hubs that are told."""

    store: Store
    web: Web
    settings: Settings
    now: datetime = NOW

    def publish(self, state: str, *, feeds: Sequence[str] = FEEDS) -> None:
        """All files are there, as of some state; hubs hear nothing yet."""
        with self.store.begin() as tx:
            heed(tx, self.settings, dict.fromkeys((*feeds, *PAGES), state), now=self.now)

    def announce(self, timeout: float = 10.0) -> Announced:
        return announce(
            self.store, self.web, self.settings, clock=lambda: self.now, chance=lambda: 0.0, timeout=timeout
        )

    def follow(self, *hubs: str) -> None:
        self.settings = replace(self.settings, publish=replace(self.settings.publish, hubs=hubs))

    @property
    def untold(self) -> list[Untold]:
        with self.store.read() as tx:
            return tx.announcements.untold(self.settings.publish.hubs)

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    made = open_web(FetchSettings(allow_private=("127.0.0.1:*",)))
    yield made
    made.close()


@pytest.fixture
def hub() -> Iterator[Relay]:
    with running_relay() as relay:
        yield relay


def a_house(store: Store, web: Web, hub: Relay) -> House:
    return House(store, web, replace(SETTINGS, publish=PublishSettings(base_url=BASE, hubs=(hub.url,))))


@pytest.fixture
def house(sqlite_store: Store, web: Web, hub: Relay) -> House:
    return a_house(sqlite_store, web, hub)


@pytest.fixture
def any_house(store: Store, web: Web, hub: Relay) -> House:
    """The same, once on each engine."""
    return a_house(store, web, hub)


def test_a_hub_is_told_of_every_feed_once(any_house: House, hub: Relay) -> None:
    house = any_house

    house.publish("one")
    told_by_writing = list(hub.told)
    done = house.announce()
    again = house.announce()

    assert told_by_writing == []
    assert hub.told == [BASE + feed for feed in FEEDS]
    assert done == Announced(told=4, hubs={hub.url: 4})
    assert (again, house.untold) == (Announced(), [])


def test_a_feed_that_is_as_it_was_is_no_news(house: House, hub: Relay) -> None:
    house.publish("one")
    house.announce()
    hub.told.clear()

    house.publish("one")
    was_due = is_due(house.store, house.settings, now=house.now)
    with house.store.begin() as tx:
        files = {**dict.fromkeys(FEEDS, "one"), "feed.json": "two"}
        heed(tx, house.settings, files, now=house.now)
    house.announce()

    assert not was_due
    assert hub.told == [f"{BASE}feed.json"]


def test_a_newer_publish_takes_the_place_of_what_was_not_told(any_house: House, hub: Relay) -> None:
    house = any_house
    house.publish("one")
    house.later(hours=1)
    house.publish("two")
    [untold] = house.untold

    house.announce()

    assert len(hub.told) == len(FEEDS)
    assert untold.since == NOW
    assert house.untold == []


def test_what_is_published_while_a_hub_is_told_is_told_as_well(any_house: House, hub: Relay) -> None:
    house = any_house
    house.publish("one", feeds=["feed.atom"])
    with house.store.begin() as tx:
        claimed = tx.announcements.claim([hub.url], now=NOW, until=NOW + IN_HAND)
    assert claimed is not None

    house.publish("two", feeds=["feed.atom"])
    with house.store.begin() as tx:
        tx.announcements.told(claimed, now=NOW)

    assert house.announce() == Announced(told=1, hubs={hub.url: 1})
    assert house.untold == []


def test_who_was_killed_while_telling_is_followed_by_another(any_house: House, hub: Relay) -> None:
    any_house.publish("one", feeds=["feed.atom"])
    with any_house.store.begin() as tx:
        tx.announcements.claim([hub.url], now=NOW, until=NOW + IN_HAND)

    at_once = any_house.announce()
    any_house.later(seconds=IN_HAND.total_seconds())

    assert at_once == Announced()
    assert any_house.announce().told == 1


def test_of_two_at_once_each_feed_is_told_by_one(any_house: House, hub: Relay) -> None:
    any_house.publish("one")

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: any_house.announce(), range(2)))

    assert sum(each.told for each in done) == len(hub.told) == len(set(hub.told))


def test_a_hub_that_is_down_is_asked_once_and_ever_more_rarely(any_house: House, hub: Relay) -> None:
    house = any_house
    hub.answers = [Answer(status=500)] * 11
    house.publish("one")
    gaps: list[timedelta] = []

    for _ in range(11):
        assert house.announce() == Announced(failed=1)
        assert house.announce() == Announced()
        gaps.append(back_off(len(gaps) + 1, jitter=0.0))
        house.later(seconds=gaps[-1].total_seconds())
    [untold] = house.untold
    told = house.announce().told

    assert gaps[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert gaps[-1] == timedelta(hours=6)
    assert (untold.since, untold.feeds) == (NOW, told)
    assert untold.error == {"code": "fetch_http_status", "data": {"host": "127.0.0.1", "status": 500}}
    assert house.untold == []


def test_news_is_told_at_once_to_a_hub_that_was_down(house: House, hub: Relay) -> None:
    hub.answers = [Answer(status=503)]
    house.publish("one")
    house.announce()

    house.publish("two")

    assert house.announce().told == len(FEEDS)


def test_but_not_before_the_time_that_the_hub_has_asked_for(any_house: House, hub: Relay) -> None:
    house = any_house
    hub.answers = [Answer(status=429, headers=(("Retry-After", "7200"),))]
    house.publish("one")
    house.announce()

    house.publish("two")
    at_once = house.announce()
    house.later(hours=2)

    assert at_once == Announced()
    assert house.announce().told == len(FEEDS)


def test_a_feed_that_the_hub_does_not_want_keeps_it_from_no_other(house: House, hub: Relay) -> None:
    hub.refused = {f"{BASE}feed.rss"}
    house.publish("one")

    done = house.announce()

    assert (done.failed, done.told) == (1, len(FEEDS) - 1)
    assert [(one.feeds, one.error and one.error["data"]["status"]) for one in house.untold] == [(1, 403)]


def test_one_hub_that_is_dead_keeps_no_other_waiting(house: House, hub: Relay) -> None:
    with running_relay() as dead:
        dead.answers = [Answer(status=0)]
        house.follow(dead.url, hub.url)
        house.publish("one")

        done = house.announce(timeout=0.2)

        assert (len(dead.told), done.failed) == (1, 1)
        assert len(hub.told) == done.told == len(FEEDS)
    assert [one.hub for one in house.untold] == [dead.url]


@pytest.mark.parametrize(
    ("answer", "taken"),
    [
        (Answer(status=200, body=b"<html>Thank you"), True),
        (Answer(status=204), True),
        (Answer(status=200, body=bytes(70_000)), True),
        (Answer(status=302, headers=(("Location", "/"),)), False),
        (Answer(status=307, headers=(("Location", "/elsewhere"),)), True),
        (Answer(status=307, headers=(("Location", "http://169.254.169.254/"),)), False),
        (Answer(status=404, body=b"no hub here"), False),
    ],
)
def test_only_a_yes_is_taken_for_one(house: House, hub: Relay, answer: Answer, *, taken: bool) -> None:
    house.publish("one")
    hub.answers = [answer]

    done = house.announce()

    assert (done.failed == 0) is taken


def test_a_hub_and_a_feed_that_are_no_more_are_forgotten(any_house: House, hub: Relay) -> None:
    house = any_house
    house.publish("one")

    house.publish("one", feeds=["feed.atom"])
    [untold] = house.untold
    house.follow()
    was_due = is_due(house.store, house.settings, now=house.now)
    house.publish("one")
    house.follow(hub.url)

    assert (untold.feeds, was_due) == (1, False)
    assert house.untold == []
