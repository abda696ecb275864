"""A hub, `serve` and `run`, each on its own: what was told once is queued once, whoever is killed."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import blog
from builders import NOW
from curator.bootstrap import open_newsroom
from curator.store.tables import hub_subscriptions, pushes
from hub import Hub, linked, running_hub
from newsroom import STORY, Newsroom, an_item, feed


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as running:
        yield running


@contextmanager
def serving(newsroom: Newsroom) -> Iterator[subprocess.Popen[bytes]]:
    """The real `serve`; the newsroom's settings say from then on where it is."""
    process = newsroom.start("serve", "--port", 0, "--json")
    assert process.stdout
    said = json.loads("".join(process.stdout.readline().decode() for _ in range(5)))
    newsroom.environ["CURATOR_SERVE__PUBLIC_URL"] = f"http://127.0.0.1:{said['port']}/"
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def telling(hub: Hub, *titles: str) -> bytes:
    """The feed as it is after these, the newest first."""
    items = (an_item(title, title, STORY) for title in reversed(titles))
    return linked(blog.Page(body=feed(*items).encode()), hub=hub.url).body


def titles(newsroom: Newsroom) -> list[str]:
    return sorted(item["entry"]["title"] for item in newsroom.queue())


def test_one_cycle_leads_from_a_hub_to_the_queue(newsroom: Newsroom, hub: Hub) -> None:
    source = newsroom.follow(telling(hub, "One").decode())
    with serving(newsroom):
        subscribed = newsroom.ask("run", "--once")
        asked = newsroom.web.asked.copy()
        told = hub.push(telling(hub, "One", "Two"))
        done = newsroom.ask("run", "--once")
        shown = newsroom.ask("source", "show", source)["push"]
        healthy = newsroom.ask("doctor")["checks"]

    assert (subscribed["hubs"], told.status, done["pushes"], done["new"]) == (1, 202, 1, 1)
    assert titles(newsroom) == ["One", "Two"]
    assert newsroom.web.asked == asked
    assert (shown["state"], shown["pushes"], shown["refused"], shown["error"]) == ("active", 1, 0, None)
    assert hub.callback.rpartition("/")[2] not in json.dumps(shown)
    assert "hubs" not in {check["name"] for check in healthy}  # too early to say


def test_what_was_accepted_survives_a_kill_of_serve(newsroom: Newsroom, hub: Hub) -> None:
    newsroom.follow(telling(hub, "One").decode())
    with serving(newsroom) as process:
        newsroom.curator("run", "--once")
        assert hub.push(telling(hub, "One", "Two")).status == 202
        process.send_signal(signal.SIGKILL)
        process.wait()

    newsroom.curator("run", "--once")

    assert titles(newsroom) == ["One", "Two"]


def test_several_readers_at_once_double_nothing(newsroom: Newsroom, hub: Hub) -> None:
    newsroom.follow(telling(hub, "0").decode())
    with serving(newsroom):
        newsroom.curator("run", "--once")
        for n in range(1, 6):
            hub.push(telling(hub, *map(str, range(n + 1))))
        both = [newsroom.start("run", "--once") for _ in range(2)]
        assert [run.wait(timeout=120) for run in both] == [0, 0]
    for run in both:
        run.communicate()
    postpone_nothing(newsroom)
    newsroom.curator("run", "--once")

    assert titles(newsroom) == [str(n) for n in range(6)]


def test_hubs_that_cannot_reach_us_are_the_doctors_business(newsroom: Newsroom, hub: Hub) -> None:
    hub.way = "silent"
    newsroom.environ["CURATOR_SERVE__PUBLIC_URL"] = "http://127.0.0.1:9/"
    newsroom.follow(telling(hub, "One").decode())
    newsroom.curator("run", "--once")
    with open_newsroom(newsroom.folder, newsroom.environ) as opened, opened.store.begin() as tx:
        tx.connection.execute(hub_subscriptions.update().values(added_at=NOW))

    found = newsroom.ask("doctor")

    (hubs,) = [check for check in found["checks"] if check["name"] == "hubs"]
    assert hubs["ok"]  # polling goes on
    assert "curator serve" in hubs["advice"]


def postpone_nothing(newsroom: Newsroom) -> None:
    """A push that met a busy source is tried again half a minute later: let that be now."""
    with open_newsroom(newsroom.folder, newsroom.environ) as opened, opened.store.begin() as tx:
        tx.connection.execute(pushes.update().values(due_at=pushes.c.received_at))


def test_the_service_reads_what_hubs_bring(newsroom: Newsroom, hub: Hub) -> None:
    newsroom.follow(telling(hub, "One").decode())
    with serving(newsroom):
        newsroom.curator("run", "--once")
        hub.push(telling(hub, "One", "Two"))
        service = newsroom.start("run", "--log", "json")
        assert service.stderr
        events = (json.loads(line) for line in service.stderr)
        read = next(event for event in events if event["event"] == "source_polled")
        service.terminate()
        service.communicate(timeout=60)

    assert (read["outcome"], read["new"]) == ("pushed", 1)
    assert service.returncode == 0
    assert titles(newsroom) == ["One", "Two"]
