"""kill -9 of whoever brings items to a WordPress, at each of its steps: in the end one post of each item."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from hardship import moved_in
from killing import kill, spread, steps
from newsroom import STORY, Newsroom, Web, an_item, feed
from proving import PROOF
from wordpressserver import Blog, doubles, running_wordpress

PUSH = ("mirror", "push", "--json")


@pytest.fixture
def blog() -> Iterator[Blog]:
    with running_wordpress() as running:
        yield running


def test_killed_at_any_step_one_post_of_each_item(
    newsroom: Newsroom, web: Web, blog: Blog, tmp_path: Path
) -> None:
    newsroom.environ |= {
        "CURATOR_WORDPRESS__URL": blog.url,
        "CURATOR_WORDPRESS__USER": blog.user,
        "CURATOR_WORDPRESS__PASSWORD": blog.password,
        "CURATOR_WORDPRESS__TIMEOUT": "0.05",  # a push waits so long for what a dead one has asked, twice
    }
    newsroom.follow(feed(an_item("1", "One", STORY), an_item("2", "Two", STORY)))
    for n, row in enumerate(newsroom.queue()):
        newsroom.ready(row["id"], headline=f"Titolo {n}")
    newsroom.curator("publish", CURATOR_WORDPRESS__PASSWORD="not yet")
    newsroom.environ["CURATOR_WORDPRESS__TIMEOUT"] = "5"
    whole = a_copy(newsroom, web, tmp_path / "whole")
    count = steps(PUSH, whole.environ)

    for step in some(count):
        blog.posts.clear()
        room = a_copy(newsroom, web, tmp_path / f"killed-{step}")
        kill(PUSH, room.environ, at=step)
        for _ in range(20):
            room.curator("mirror", "push", CURATOR_WORDPRESS__TIMEOUT="0.3")
            if not room.ask("mirror", "status")["counts"]["waiting"]:
                break

        assert sorted(post.title for post in blog.posts.values()) == ["Titolo 0", "Titolo 1"], step
        assert doubles(blog) == []


def some(count: int) -> list[int]:
    """One in the middle; for the proof all."""
    return spread(count, most=3) if PROOF else spread(count, most=3)[1:2]


def a_copy(newsroom: Newsroom, web: Web, folder: Path) -> Newsroom:
    copytree(newsroom.folder, folder)
    moved_in(folder)
    copied = Newsroom(folder, web)
    copied.environ = newsroom.environ | {"CURATOR_NEWSROOM": str(folder), "HOME": str(folder)}
    return copied
