"""What may happen to a database's file while programs have it open, and must not lose a word."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from curator.bootstrap import open_newsroom
from newsroom import STORY, Newsroom, an_item, feed

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_what_is_written_after_a_look_outlives_another_programs_end(newsroom: Newsroom) -> None:
    """Whoever closes a file by any other way than SQLite's lets go of all locks on it that the process has.

    The next program to end would take itself for the last one and delete the log that we write on into.
    """
    with open_newsroom(newsroom.folder, newsroom.environ) as opened:
        opened.store.require_schema()
        opened.look(now=NOW)
        ended = newsroom.start("queue")
        ended.communicate()
        with opened.store.begin() as tx:
            tx.meta.set("written", "afterwards")
        ended = newsroom.start("queue")
        ended.communicate()

        asking = "import sqlite3, sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())"
        asked = "SELECT value FROM meta WHERE key = 'written'"
        command = [sys.executable, "-c", asking, str(opened.store.path), asked]
        said = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (said.stdout, said.stderr) == ("afterwards\n", "")


def test_no_command_opens_it_but_by_sqlite(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Post", STORY)))
    newsroom.ready(1)
    calls: list[list[str]] = [
        ["run", "--once"],
        ["doctor"],
        ["issue", "close"],
        ["issue", "send", "1"],
        ["backup", "data/b.zip"],
        ["restore", "data/b.zip", "--force"],
        ["resume", "--after-restore"],
        ["db", "copy", "--to", f"sqlite:///{newsroom.folder}/data/there.db"],
    ]

    for words in calls:
        with watched(newsroom.folder / "data") as opened:
            newsroom.curator(*words, ok=False)
        assert not {"curator.db", "there.db"} & opened, words

    said = newsroom.curator("publish", "--json", ok=False)
    assert said.json["error"]["code"] == "newsroom_moved"  # so all was done, to the last command
    with watched(newsroom.folder / "data") as opened:
        (newsroom.folder / "data/curator.db").read_bytes()
    assert opened == {"curator.db"}  # the watch does see it


_watching: list[tuple[Path, set[str]]] = []


@contextmanager
def watched(folder: Path) -> Iterator[set[str]]:
    """The names of files in this folder that Python opens meanwhile; SQLite opens its own."""
    if not _watching:
        sys.addaudithook(_watch)  # for good: there is no way to take one back
    names: set[str] = set()
    _watching.append((folder.resolve(), names))
    yield names
    _watching.pop()


def _watch(event: str, said: tuple[object, ...]) -> None:
    if event == "open" and _watching and isinstance(said[0], str | Path):
        folder, names = _watching[-1]
        path = Path(said[0]).resolve()
        if path.parent == folder:
            names.add(path.name)
