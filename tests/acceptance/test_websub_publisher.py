"""WebSub as a reader sees it: discover, subscribe, hear at once of what is new, renew, leave.

The tests of websub.rocks: its publisher test, and 100 to 104 of its tests of hubs, which are played here by a
hub of the tests. Real are the files, `serve`, the telling, and everything between them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from lxml import etree

from answering import answering
from builders import ITALIAN, MARTA, NOW, a_queued_item, a_source
from curator.curate.usecases import approve, write
from curator.curate.writing import Writing
from curator.edges.http import open_web
from curator.fetch import Web
from curator.publish.announcing import announce
from curator.publish.usecases import publish_edition
from curator.settings import FetchSettings, PublishSettings, Settings
from curator.store import Store
from relay import SECRET, Brought, Relay, Subscriber, fetched, running_relay, subscribing


@dataclass
class House:
    """Somebody who publishes on a server of his own, and his hub."""

    store: Store
    web: Web
    settings: Settings
    hub: Relay
    count: int = 0

    def publish(self, headline: str) -> None:
        """As `curator publish`: the files, then the hub."""
        self.count += 1
        source = a_source(self.store, url=f"https://{self.count}.example/feed")
        item_id = a_queued_item(self.store, source_id=source)
        desk = {"by": MARTA, "settings": self.settings, "edition": ITALIAN, "now": NOW}
        write(self.store, item_id, Writing(headline=headline, note="Nota."), **desk)  # type: ignore[arg-type]  # a dict
        approve(self.store, [item_id], **desk)  # type: ignore[arg-type]  # of several types
        publish_edition(self.store, self.settings, edition=ITALIAN, by=MARTA, now=NOW)
        assert announce(self.store, self.web, self.settings, clock=lambda: NOW).failed == 0

    def url(self, path: str = "feed.atom") -> str:
        return f"{self.settings.publish.base_url}{path}"


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    made = open_web(FetchSettings(allow_private=("127.0.0.1:*",)))
    yield made
    made.close()


@pytest.fixture
def house(sqlite_store: Store, web: Web, tmp_path: Path) -> Iterator[House]:
    with running_relay(fetched) as hub:
        publish = PublishSettings(directory=tmp_path / "public", hubs=(hub.url,))
        with answering(sqlite_store, publish=publish) as settings:
            yield House(sqlite_store, web, replace(settings, newsroom=tmp_path), hub)


@pytest.fixture
def reader() -> Iterator[Subscriber]:
    with subscribing() as subscriber:
        yield subscriber


def titles(brought: Brought) -> list[str | None]:
    if brought.kind.startswith("application/feed+json"):
        return [item["title"] for item in json.loads(brought.body)["items"]]
    root = etree.fromstring(brought.body)
    items = [*root.iterfind("{*}entry"), *root.iter("item")]
    return [item.findtext("{*}title") for item in items]


def test_a_reader_finds_hub_and_topic_and_hears_of_what_is_new(house: House) -> None:
    house.publish("Uno")
    ways = (
        ("feed.atom", "feed", "application/atom+xml"),
        ("feed.atom", "header", "application/atom+xml"),
        ("feed.rss", "header", "application/rss+xml"),
        ("feed.json", "header", "application/feed+json"),
        ("languages/en/feed.atom", "feed", "application/atom+xml"),
    )

    with ExitStack() as stack:
        readers = [stack.enter_context(subscribing()) for _ in ways]
        for reader, (path, by, _) in zip(readers, ways, strict=True):
            reader.follow(house.url(path), by=by)
        house.publish("Due")

    for reader, (path, _, kind) in zip(readers, ways, strict=True):
        [brought] = reader.brought
        assert (reader.hub, reader.topic) == (house.hub.url, house.url(path))
        assert titles(brought) == ["Due", "Uno"]
        assert brought.kind.startswith(kind)
        assert brought.links == {"hub": house.hub.url, "self": house.url(path)}


def test_a_secret_signs_and_further_parameters_do_not_matter(house: House, reader: Subscriber) -> None:
    house.publish("Uno")

    reader.follow(house.url(), secret=SECRET, foo="bar", **{"hub.foo": "bar"})
    house.publish("Due")

    assert [brought.signed for brought in reader.brought] == [True]


def test_who_renews_hears_once_and_who_leaves_hears_no_more(house: House, reader: Subscriber) -> None:
    house.publish("Uno")

    reader.follow(house.url())
    reader.ask("subscribe")
    house.publish("Due")
    once = len(reader.brought)
    reader.ask("unsubscribe")
    house.publish("Tre")

    assert (once, len(reader.brought)) == (1, 1)


def test_a_hub_sees_only_what_lies_there_for_all_to_see(house: House) -> None:
    house.publish("Uno")

    public = house.settings.publish.directory
    base = house.settings.publish.base_url
    assert house.hub.found == {
        topic: (public / topic.removeprefix(base)).read_bytes() for topic in house.hub.told
    }
    assert {f"{base}feed.{kind}" for kind in ("atom", "rss", "json")} < set(house.hub.told)
