"""The program gets no more memory: done, or one line and exit 1; nothing half, and the next run does it.

At some amounts there is none for a word either: then exit 1 has to do.
"""

from __future__ import annotations

import shutil
import signal
import sys

import pytest

from hardship import moved_in
from killing import squeeze
from newsroom import STORY, Newsroom, an_item, feed
from proving import PROOF

MIB = 1024 * 1024
ROOMS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512) if PROOF else (2, 24)
"""MiB that it may take beyond what it has when it begins."""
NOT_OURS = (-signal.SIGSEGV, -signal.SIGABRT) if PROOF else ()
"""A library in C that gets no memory may take the process with it: as if it had been killed."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to RLIMIT_AS")


@pytest.mark.parametrize(
    ("words", "done"), [(("poll", "--all"), 4), (("publish",), 3)] if PROOF else [(("publish",), 3)]
)
def test_without_memory_it_says_so_and_nothing_is_half(
    newsroom: Newsroom, words: tuple[str, ...], done: int
) -> None:
    newsroom.follow(feed(*(an_item(str(n), f"Post {n}", STORY) for n in (1, 2, 3))))
    newsroom.ready(1)
    newsroom.curator("publish")
    newsroom.ready(2)
    newsroom.web["/feed"] = feed(*(an_item(str(n), f"Post {n}", STORY) for n in (1, 2, 3, 4)))
    for room in ROOMS:
        small = copy_of(newsroom, f"room-{room}")
        errors = small.folder / "said"
        status = squeeze(words, small.environ, room=room * MIB, said=errors)
        said = errors.read_text(encoding="utf-8")

        assert status in (0, 1, *NOT_OURS), (room, status, said)
        assert "Traceback" not in said, (room, said)
        assert status != 1 or "memory" in said or (PROOF and not said), (room, said)
        print(words, room, status, said[:80])  # noqa: T201 - for docs/proofs.md
        assert small.ask("doctor")["ok"], room
        small.curator(*words)
        total = small.ask("entries")["total"]
        published = small.ask("items", "--status", "published")["total"]
        assert (total if words[0] == "poll" else published + 1) == done, room
        shutil.rmtree(small.folder)


def copy_of(newsroom: Newsroom, name: str) -> Newsroom:
    folder = newsroom.folder.parent / name
    shutil.copytree(newsroom.folder, folder)
    moved_in(folder)
    return Newsroom(folder, newsroom.web)
