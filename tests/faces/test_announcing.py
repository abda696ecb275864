"""What an operator hears of hubs: by `publish`, `run` and `doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from curator.bootstrap import open_newsroom
from curator.faces.clock import utcnow
from curator.faces.doctor import Check, examine
from newsroom import STORY, Newsroom, an_item, feed
from relay import Answer, Relay, running_relay


@pytest.fixture
def hub() -> Iterator[Relay]:
    with running_relay() as relay:
        yield relay


@pytest.fixture
def house(newsroom: Newsroom, hub: Relay) -> Newsroom:
    """One item is ready, and a hub is in the settings; no private address may be reached but this hub's."""
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.environ |= {"CURATOR_PUBLISH__HUBS": f'["{hub.url}"]', "CURATOR_FETCH__ALLOW_PRIVATE": "[]"}
    return newsroom


def checks(house: Newsroom, *, later: timedelta = timedelta()) -> list[Check]:
    with open_newsroom(house.folder, house.environ) as newsroom:
        found = examine(newsroom, now=utcnow() + later)
    return [check for check in found if check.name.startswith("hub ")]


def test_a_publish_says_what_hubs_were_told(house: Newsroom, hub: Relay) -> None:
    answer = house.curator("publish")
    again = house.ask("publish")

    assert f"Told the hub {hub.url}: {len(hub.told)} feeds." in answer.out
    assert again["announced"] == [{"hub": hub.url, "told": 0, "waiting": 0, "error": None}]
    assert [check.code for check in checks(house, later=timedelta(days=9))] == ["doctor_hub"]


def test_a_hub_that_is_down_is_a_note_until_a_day_is_over(house: Newsroom, hub: Relay) -> None:
    hub.answers = [Answer(status=500)]

    answer = house.curator("publish", "--json")
    [announced] = answer.json["announced"]
    soon, [late] = checks(house), checks(house, later=timedelta(days=1))

    assert (announced["told"], announced["error"]["code"]) == (0, "fetch_http_status")
    assert announced["waiting"] >= 3
    assert f"The hub {hub.url} does not know of {announced['waiting']} feeds yet: 127.0.0.1" in answer.err
    assert [check.code for check in soon] == ["doctor_hub_waiting"]
    assert (late.code, late.ok, late.advice) == ("doctor_hub_untold", True, "advice_hub_untold")


def test_the_service_tells_what_was_not_told(house: Newsroom, hub: Relay) -> None:
    hub.answers = [Answer(status=500)]
    house.curator("publish")
    with open_newsroom(house.folder, house.environ) as newsroom, newsroom.store.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE announcements SET next_try = at")  # its minute is over

    done = house.ask("run", "--once")

    assert (done["announced"], done["announced_failed"], done["failures"]) == (len(hub.told) - 1, 0, 0)


def test_what_is_withdrawn_at_once_is_told_at_once(house: Newsroom, hub: Relay) -> None:
    published: Any = house.ask("publish")["published"]
    hub.told.clear()

    house.curator("withdraw", published[0], "--reason", "errore", "--now")

    assert len(hub.told) >= 3


def test_a_rehearsal_tells_nobody(house: Newsroom, hub: Relay) -> None:
    assert house.ask("publish", "--dry-run")["announced"] == []
    assert hub.told == []
