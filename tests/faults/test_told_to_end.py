"""SIGTERM at any step of long work: it ends without a word too many, and the next run completes it."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from curator.faces.cli.ending import INTERRUPTED
from curator.store import Store, carrying, schema
from curator.store.archive import opened
from curator.store.tables import SCHEMA_HEAD
from drawing import jpeg
from hardship import moved_in
from killing import steps, terminate
from newsroom import STORY, Newsroom, Page, Web, an_item, feed, own_story
from proving import PROOF, of_the_proof
from wordpressserver import Blog, doubles, running_wordpress

POINTS = 8
"""For the proof, evenly over all steps; in every run one in the middle, of two kinds."""
RELEASED = Path(__file__).parents[1] / "store/released"
CC_BY = "https://creativecommons.org/licenses/by/4.0/"


def moments(count: int) -> list[int]:
    if not PROOF:
        return [count // 2]
    return sorted({1 + round(n * (count - 1) / (POINTS - 1)) for n in range(POINTS)})


@dataclass
class Told:
    """What was told to end, at which step, in a copy of its own."""

    newsroom: Newsroom
    status: int | None
    said: str
    at: str


def told_to_end(newsroom: Newsroom, *words: str, before: Callable[[], None] = lambda: None) -> Iterator[Told]:
    """Each in a copy of the newsroom; `{newsroom}` in its words is where that lies."""
    whole = copy_of(newsroom, "whole")
    count = steps([word.format(newsroom=whole.folder) for word in words], whole.environ)
    for moment in moments(count):
        copied = copy_of(newsroom, f"told-{moment}")
        errors = copied.folder.with_suffix(".err")
        said = [word.format(newsroom=copied.folder) for word in words]
        before()
        status = terminate(said, copied.environ | {"CURATOR_TEST_STDERR": str(errors)}, at=moment)
        yield Told(copied, status, errors.read_text(), f"step {moment} of {count}")
        shutil.rmtree(copied.folder)


def copy_of(newsroom: Newsroom, name: str) -> Newsroom:
    folder = newsroom.folder.parent / name
    shutil.copytree(newsroom.folder, folder)
    if (folder / "data/curator.db").exists():
        moved_in(folder)
    copied = Newsroom(folder, newsroom.web)
    copied.environ = newsroom.environ | {"CURATOR_NEWSROOM": str(folder), "HOME": str(folder)}
    return copied


def ended_well(told: Told) -> None:
    assert told.status in (-signal.SIGTERM, 0, INTERRUPTED), (told.at, told.said)
    assert "Traceback" not in told.said, told.at


def test_an_import(newsroom: Newsroom) -> None:
    newsroom.web["/blog.rss"] = feed(*(an_item(f"b{n}", f"Old {n}", own_story(f"b{n}")) for n in range(6)))
    for told in told_to_end(newsroom, "import", newsroom.web.url("/blog.rss")):
        ended_well(told)
        told.newsroom.curator("import", newsroom.web.url("/blog.rss"))

        assert told.newsroom.ask("items", "--status", "published")["total"] == 6, told.at
        assert told.newsroom.ask("doctor")["ok"], told.at


def test_a_turn_that_polls_reads_pages_enriches_copies_pictures_and_publishes(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "One", STORY)))
    newsroom.web["/1.jpg"] = Page(jpeg(640))
    picture = ("--image", newsroom.web.url("/1.jpg"), "--credit", "Ada", "--alt", "Una coda")
    newsroom.curator("write", 1, "--headline", "T", "--note", "N", *picture, "--image-license", CC_BY)
    newsroom.curator("approve", 1)
    for n in (2, 3):
        newsroom.web[f"/{n}"] = f"<html><body><article>{own_story(n) * 9}</article></body></html>"
    entries = (an_item(str(n), f"Story {n}", own_story(n), link=newsroom.web.url(f"/{n}")) for n in (2, 3))
    newsroom.web["/more"] = feed(*entries)
    newsroom.curator("source", "add", newsroom.web.url("/more"), "--full-text")
    expected = None
    for told in told_to_end(newsroom, "run", "--once"):
        ended_well(told)
        told.newsroom.curator("run", "--once", "--log", "json")
        told.newsroom.curator("poll", "--all")
        told.newsroom.curator("run", "--once", "--log", "json")

        expected = expected or as_a_whole_turn_leaves_it(newsroom)
        assert left(told.newsroom) == expected, told.at


def as_a_whole_turn_leaves_it(newsroom: Newsroom) -> dict[str, Any]:
    whole = Newsroom(newsroom.folder.parent / "whole", newsroom.web)
    whole.curator("run", "--once")
    return left(whole)


def left(newsroom: Newsroom) -> dict[str, Any]:
    shown = newsroom.ask("show", 1)
    return {
        "ok": newsroom.ask("doctor")["ok"],
        "status": shown["status"],
        "picture": shown["image"]["shown"],
        "queue": sorted(each["entry"]["title"] for each in newsroom.queue()),
        "languages": sorted(str(each["language"]) for each in newsroom.ask("entries")["entries"]),
        "public": sorted(path.name for path in (newsroom.folder / "public").rglob("*.jpg")),
    }


@of_the_proof
def test_a_restore(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.follow(feed(an_item("1", "One", STORY)))
    newsroom.curator("source", "edit", 1, "--name", "As saved")
    saved = str(tmp_path / "saved.zip")
    newsroom.curator("backup", saved)
    newsroom.curator("source", "edit", 1, "--name", "Since")
    for told in told_to_end(newsroom, "restore", saved, "--force"):
        ended_well(told)
        (source,) = told.newsroom.ask("source", "list")["sources"]
        assert source["name"] in ("As saved", "Since"), told.at
        told.newsroom.curator("restore", saved, "--force")

        (source,) = told.newsroom.ask("source", "list")["sources"]
        assert source["name"] == "As saved", told.at


@of_the_proof
def test_a_move(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "One", STORY)))
    for told in told_to_end(newsroom, "db", "copy", "--to", "sqlite:///{newsroom}/data/there.db"):
        ended_well(told)
        url = f"sqlite:///{told.newsroom.folder}/data/there.db"
        there = Store(url)
        if not (there.path and there.path.exists() and there.schema()):
            told.newsroom.curator("db", "copy", "--to", url)
        with there.read() as tx:
            assert (tx.holds.current(), tx.sources.get(1).name) == (None, "CX Blog"), told.at
        there.close()


@of_the_proof
def test_an_upgrade(tmp_path: Path, web: Web) -> None:
    folder = tmp_path / "newsroom"
    store = Store(f"sqlite:///{folder}/data/curator.db")
    with opened(RELEASED / "0006.zip") as archive:
        for name in archive.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(archive.content(name))
        schema.make_folder(store)
        with store.begin() as tx:
            schema.lay_out(tx.connection, "0006")
            tables = carrying.tables_of(tx.connection)
            for table in tables:
                carrying.put(tx.connection, table, archive.rows(table.name))
            carrying.set_counters(tx.connection, tables, {})
    store.close()
    items = json.loads((RELEASED / "0006.json").read_text())["items"]
    newsroom = Newsroom(folder, web, publish__base_url="https://news.example/")
    for told in told_to_end(newsroom, "db", "upgrade"):
        ended_well(told)
        here = Store(f"sqlite:///{told.newsroom.folder}/data/curator.db")
        assert here.schema() in ("0006", SCHEMA_HEAD), told.at
        here.close()
        told.newsroom.curator("db", "upgrade")

        assert told.newsroom.ask("items", "--limit", 100)["total"] == len(items), told.at


@of_the_proof
def test_a_push_to_a_wordpress(newsroom: Newsroom, blog: Blog) -> None:
    newsroom.environ |= {
        "CURATOR_WORDPRESS__URL": blog.url,
        "CURATOR_WORDPRESS__USER": blog.user,
        "CURATOR_WORDPRESS__PASSWORD": blog.password,
        "CURATOR_WORDPRESS__TIMEOUT": "0.3",
    }
    newsroom.follow(feed(an_item("1", "One", STORY), an_item("2", "Two", STORY)))
    for n, row in enumerate(newsroom.queue()):
        newsroom.ready(row["id"], headline=f"Titolo {n}")
    newsroom.curator("publish", CURATOR_WORDPRESS__PASSWORD="not yet")
    for told in told_to_end(newsroom, "mirror", "push", before=blog.posts.clear):
        ended_well(told)
        for _ in range(20):
            told.newsroom.curator("mirror", "push")
            if not told.newsroom.ask("mirror", "status")["counts"]["waiting"]:
                break

        assert sorted(post.title for post in blog.posts.values()) == ["Titolo 0", "Titolo 1"], told.at
        assert doubles(blog) == []


@pytest.fixture
def blog() -> Iterator[Blog]:
    with running_wordpress() as running:
        yield running
