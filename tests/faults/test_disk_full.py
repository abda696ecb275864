"""A disk that is full at any write of any command: done, or one clear line and nothing half."""

from __future__ import annotations

import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest

from hardship import SmallDisk, moved_in, small_disk
from newsroom import STORY, Answer, Newsroom, an_item, feed, own_story, serving
from proving import PROOF

BLOCK = 4096
SAMPLES = (30,)  # blocks that are free; with none `test_hard_days` tries all
STRIDE = 3  # blocks: for the proof so many more each time, until there is room for everything
ENOUGH = 3  # times that it went well, one after the other

Words = list[str | int]


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    """Something to do for every command: a source to poll, items drafting and ready, a closed issue."""
    with serving() as web:
        newsroom = Newsroom(tmp_path_factory.mktemp("full") / "newsroom", web)
        newsroom.follow(feed(*(an_item(str(n), f"Post {n}", STORY) for n in (1, 2, 3, 4))))
        newsroom.ready(1)
        newsroom.curator("publish")
        for name in ("ada", "bo", "cleo"):
            newsroom.curator("subscriber", "add", f"{name}@example.org", "--confirmed", "--consent", "a voce")
        newsroom.curator("issue", "close")
        newsroom.ready(2)
        newsroom.curator("write", 3, "--headline", "Titolo", "--note", "Una nota.")
        web["/more"] = feed(*(an_item(f"m{n}", f"More {n}", own_story(n) * 20) for n in range(12)))
        newsroom.curator("source", "add", web.url("/more"))
        web["/article"] = (
            f"<html><head><title>Art</title></head><body><article>{own_story('a') * 9}</article>"
        )
        web["/blog.rss"] = feed(*(an_item(f"b{n}", f"Old {n}", own_story(f"b{n}")) for n in range(6)))
        newsroom.curator("backup", newsroom.folder.parent / "whole.zip")
        yield newsroom


def commands(newsroom: Newsroom, disk: Path) -> dict[str, Words]:
    return {
        "poll": ["poll"],
        "write": ["write", 3, "--note", "Un'altra nota. " * 400],
        "approve": ["approve", 3],
        "publish": ["publish"],
        "send": ["issue", "send"],
        "backup": ["backup", str(disk / "made.zip")],
        "clip": ["clip", newsroom.web.url("/article")],
        "import": ["import", newsroom.web.url("/blog.rss")],
        "run": ["run", "--once"],
        "restore": [
            "restore",
            str(newsroom.folder.parent / "whole.zip"),
            "--newsroom",
            str(disk / "restored"),
        ],
    }


NAMES = ("poll", "write", "approve", "publish", "send", "backup", "clip", "import", "run", "restore")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as made:
        yield made


@pytest.mark.parametrize("name", NAMES)
def test_at_whatever_write_the_disk_is_full_nothing_is_half_and_the_next_run_completes_it(
    stocked: Newsroom, disk: SmallDisk, name: str
) -> None:
    proof, well = PROOF, 0
    for room in count(0, STRIDE) if proof else SAMPLES:
        folder = disk.folder / "newsroom"
        shutil.copytree(stocked.folder, folder)
        moved_in(folder)
        newsroom = Newsroom(folder, stocked.web)
        words = commands(stocked, disk.folder)[name]
        before = _items(newsroom)

        with disk.full(but=room * BLOCK):
            answer = _first(newsroom, words, name)

        well = well + 1 if answer.status == 0 else 0
        assert _is_clear(answer, once=name == "run"), (room, answer)
        assert _nothing_is_half(newsroom, disk.folder), room
        assert {
            item: version for item, version in _items(newsroom).items() if version < before.get(item, 0)
        } == {}
        _is_made_good(newsroom, disk.folder, name, words, answer)
        _empty(disk.folder)
        if well == ENOUGH and proof:
            print(f"{name}: up to {room} blocks, each {STRIDE}rd")  # noqa: T201 - for docs/proofs.md
            break


def _first(newsroom: Newsroom, words: Words, name: str) -> Answer:
    """Who sends or polls holds mails or sources: once that process has ended, the next takes them back."""
    if name not in ("send", "poll"):
        return newsroom.curator(*words, "--json", ok=False)
    sender = newsroom.start(*words, "--json")
    out, err = sender.communicate()
    return Answer(sender.returncode, out.decode(), err.decode())


def _is_clear(answer: Answer, *, once: bool) -> bool:
    if answer.status == 0:
        return True
    if once and answer.out:  # each failure is a line of the log
        return answer.status == 1 and "Traceback" not in answer.err
    sentence = answer.err.strip().splitlines()[-1]
    return (answer.status, "Traceback" in answer.err) == (1, False) and answer.json["error"][
        "message"
    ] == sentence


def _nothing_is_half(newsroom: Newsroom, disk: Path) -> bool:
    with closing(sqlite3.connect(newsroom.folder / "data/curator.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    assert feedparser.parse((newsroom.folder / "public/feed.atom").read_bytes())["bozo"] is False
    for mail in (newsroom.folder / "outbox").glob("*.eml"):
        assert mail.read_bytes().endswith(b"\n")
    for made in disk.glob("*.zip"):
        with zipfile.ZipFile(made) as archive:
            assert archive.testzip() is None
    return True


def _is_made_good(newsroom: Newsroom, disk: Path, name: str, words: Words, answer: Answer) -> None:
    """When there is room again, the same command does what was left to do, and nothing twice."""
    if answer.status != 0 or name in ("run", "send", "publish", "poll"):
        newsroom.curator(*words)
    done: dict[str, Callable[[], bool]] = {
        "poll": lambda: len(newsroom.queue()) >= 10,
        "write": lambda: newsroom.ask("show", 3)["note"].startswith("Un'altra"),
        "approve": lambda: newsroom.ask("show", 3)["status"] == "ready",
        "publish": lambda: newsroom.ask("show", 2)["status"] == "published",
        "send": lambda: len(list((newsroom.folder / "outbox").glob("*.eml"))) == 3,
        "backup": (disk / "made.zip").is_file,
        "clip": lambda: newsroom.ask("items", "--status", "drafting")["total"] >= 1,
        "import": lambda: newsroom.ask("items", "--status", "published")["total"] == 7,
        "run": lambda: newsroom.ask("show", 2)["status"] == "published",
        "restore": lambda: newsroom.ask("items", "--newsroom", disk / "restored")["total"] == 4,
    }
    assert done[name]()


def _items(newsroom: Newsroom) -> dict[int, int]:
    found: list[dict[str, Any]] = newsroom.ask("items", "--limit", 100)["items"]
    return {item["id"]: item["version"] for item in found}


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
