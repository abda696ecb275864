"""kill -9 of `resume --after-restore` at its steps: all was done or nothing; the next one completes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardship import moved_in
from killing import kill, spread, steps
from newsroom import STORY, Newsroom, Web, an_item, feed
from postoffice import PostOffice, post_office

RESUME = ("resume", "--after-restore", "--json")
POINTS = 3
READERS = [f"reader{n}@example.org" for n in range(4)]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as running:
        yield running


@pytest.fixture
def restored(newsroom: Newsroom, office: PostOffice, tmp_path: Path) -> Newsroom:
    """From the middle of sending; then everybody got it, and somebody left."""
    newsroom.environ |= {
        "CURATOR_MAIL__URL": office.url,
        "CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/",
    }
    newsroom.follow(feed(an_item("1", "Story", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")
    for address in READERS:
        newsroom.curator("subscriber", "add", address, "--confirmed", "--consent", "by letter")
    newsroom.curator("issue", "close")
    newsroom.curator("backup", tmp_path / "b.zip")
    newsroom.curator("issue", "send")
    newsroom.curator("subscriber", "unsubscribe", READERS[0])
    newsroom.curator("restore", tmp_path / "b.zip", "--force")
    return newsroom


def copy_of(newsroom: Newsroom, name: str, web: Web) -> Newsroom:
    folder = newsroom.folder.parent / name
    shutil.copytree(newsroom.folder, folder)
    moved_in(folder)
    copied = Newsroom(folder, web)
    copied.environ = newsroom.environ | {"CURATOR_NEWSROOM": str(folder), "HOME": str(folder)}
    return copied


def test_killed_anywhere_it_is_held_or_knows_everything(
    restored: Newsroom, office: PostOffice, web: Web
) -> None:
    count = steps(RESUME, copy_of(restored, "whole", web).environ)

    for point in spread(count, most=POINTS):
        killed = copy_of(restored, f"killed-{point}", web)
        kill(RESUME, killed.environ, at=point)

        killed.curator("run", "--once")  # what cron would do before anybody looks
        killed.curator("resume", "--after-restore")
        killed.curator("run", "--once")

        assert killed.ask("issue", "show", 1)["accepted"] == len(READERS), f"at step {point} of {count}"
        assert killed.ask("subscriber", "show", READERS[0])["subscribers"][0]["status"] == "unsubscribed"
    assert sorted(office.recipients) == READERS
