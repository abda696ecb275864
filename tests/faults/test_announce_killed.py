"""kill -9 between writing and telling: a hub hears of every feed all the same, and never of one too early."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hardship import moved_in
from killing import kill, spread, steps
from newsroom import STORY, Newsroom, Web, an_item, feed
from proving import PROOF
from relay import Relay, running_relay

BASE = "https://rassegna.example/"
POINTS = 3
WHERE_IT_IS_KEPT = ("INSERT INTO announcements", "'outputs_for')")
"""What hubs are to be told, and for which state the files were written: one without the other is lost."""
LAST = 80
"""Steps at the end of a publish: files are swapped, what hubs are to be told is kept, and told."""
UNSURE = 15
"""The very last: a hub that answers slowly is asked less often before a publish is at its end."""


@pytest.fixture
def ready(newsroom: Newsroom) -> Newsroom:
    """A newsroom with one item ready."""
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"], headline="Mantenere basta")
    return newsroom


def copy_of(ready: Newsroom, name: str, web: Web, hub: Relay) -> Newsroom:
    """The newsroom as it stands, in another folder, with a hub that looks at the files there."""
    folder = ready.folder.parent / name
    shutil.copytree(ready.folder, folder)
    moved_in(folder)
    hub.look = lambda topic: ((folder / "public" / topic.removeprefix(BASE)).read_bytes(), "text/xml")
    return Newsroom(folder, web, publish__base_url=BASE, publish__hubs=f'["{hub.url}"]')


def test_a_hub_hears_of_what_a_killed_publish_wrote(ready: Newsroom, web: Web) -> None:
    with running_relay() as hub:
        whole = copy_of(ready, "whole", web, hub)
        count = steps(["publish"], whole.environ) - UNSURE
        told = sorted(set(hub.told))

    first = 1 if PROOF else max(1, count - LAST)
    anywhere = [first - 1 + step for step in spread(count - first + 1, most=POINTS)]
    points: list[int | str] = [*WHERE_IT_IS_KEPT, *anywhere]
    for number, point in enumerate(points):
        with running_relay() as hub:
            killed = copy_of(ready, f"killed-{number}", web, hub)
            kill(["publish"], killed.environ, at=point)
            early = dict(hub.found)

            done = killed.ask("run", "--once")

            assert done["failures"] == 0
            assert sorted(set(hub.told)) == told, f"killed at step {point} of {count}"
            assert all(b"Mantenere basta" in body for body in early.values())
            assert hub.found == {topic: on_disk(killed, topic) for topic in told}


def on_disk(newsroom: Newsroom, topic: str) -> bytes:
    return Path(newsroom.folder / "public" / topic.removeprefix(BASE)).read_bytes()
