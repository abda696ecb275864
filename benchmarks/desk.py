"""From a key to paint: the desk with a long queue, in a real terminal of its own, in milliseconds.

python benchmarks/desk.py [--items 10000] [--keys 300]

The program runs as an editor starts it, in a pseudo terminal of 160 × 45. Of each key the clock says when the
first bytes of the next picture came back; between two keys it rests, or repeats as a held key does. Every
picture that shows a line that is still being read counts as late. `cpu` is what the desk itself used of a
processor for it: on a busy machine the clock tells more about the others.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from sqlalchemy import insert

from curator.bootstrap import init_newsroom, open_newsroom
from curator.store import tables as t
from typewriter import Typewriter, typewriter

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WORDS = (
    "customer promise service experience loyalty survey answer complaint trust waiting journey voice".split()
)
AT_ONCE = 1_000
DOWN, UP, PAGE_DOWN, PAGE_UP = "j", "k", "\x1b[6~", "\x1b[5~"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    asked.add_argument("--items", type=int, default=10_000)
    asked.add_argument("--keys", type=int, default=300)
    given = asked.parse_args()
    with TemporaryDirectory() as folder:
        environ = {
            "PATH": os.environ["PATH"],
            "HOME": folder,
            "CURATOR_EDITOR": "marta",
            "CURATOR_LOCALE": "en",
        }
        init_newsroom(Path(folder) / "n", base_url=None, environ=environ, now=NOW)
        _fill(Path(folder) / "n", given.items, environ)
        print(f"{given.items} items in the queue, {given.keys} keys each, load {os.getloadavg()[0]:.1f}")
        print(f"{'':<28}{'p50':>8}{'p95':>8}{'p99':>8}{'most':>8}{'cpu p50':>10}{'cpu p95':>9}   late")
        with _sitting(folder, environ) as desk:
            _report("down, with a look", _timed(desk, [DOWN] * given.keys, rest=0.4))
            _report("down, 8 a second", _timed(desk, [DOWN] * given.keys, rest=0.12))
            _report("down, held (30 a second)", _timed(desk, [DOWN] * given.keys, rest=1 / 30))
            _report("page down", _timed(desk, [PAGE_DOWN] * (given.keys // 3), rest=0.12))
            _report("end, home", _timed(desk, ["G", "g"] * (given.keys // 10), rest=0.2))
            mixed = random.Random(7).choices(
                [DOWN, UP, PAGE_DOWN, PAGE_UP, "G", "g"], [9, 4, 2, 1, 0.2, 0.2], k=given.keys
            )
            _report("all of them, mixed", _timed(desk, mixed, rest=0.1))
            desk.types("g")
            desk.rests()
            desk.types("\r")
            desk.rests(quiet=1)
            _report(
                "a letter in the headline", _timed(desk, list("abcdefghij" * (given.keys // 30)), rest=0.12)
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Milliseconds of each key, and how many pictures showed a line still to be read."""

    wall: list[float]
    cpu: list[float]
    late: int


@contextmanager
def _sitting(folder: str, environ: dict[str, str]) -> Iterator[Typewriter]:
    with typewriter("desk", "--newsroom", f"{folder}/n", environ=environ) as desk:
        started = time.perf_counter()
        desk.shows("Item 0000")
        print(f"opened in {time.perf_counter() - started:.2f} s")
        desk.rests(quiet=1)
        yield desk


_UNREAD = re.compile(rb"\d+ \xe2\x80\xa6")  # "4711 …": the line of an item that has not been read yet


def _timed(desk: Typewriter, keys: Iterable[str], *, rest: float) -> Timed:
    found, used = [], []
    late = 0
    for key in keys:
        before, pressed = _cpu(desk), time.perf_counter()
        desk.types(key)
        painted = desk.paints(within=1)
        if painted:  # at the end of the list there is nothing to paint
            found.append((time.perf_counter() - pressed) * 1000)
            used.append(_cpu(desk) - before)
        while (left := rest - (time.perf_counter() - pressed)) > 0:
            painted += desk.paints(within=left)
        late += bool(_UNREAD.search(painted))
    desk.rests()
    return Timed(wall=found, cpu=used, late=late)


def _cpu(desk: Typewriter) -> float:
    """Milliseconds of a processor that the desk has used so far, all of its threads."""
    tasks = Path(f"/proc/{desk.process.pid}/task")
    return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e6


def _report(name: str, timed: Timed) -> None:
    # Among what was measured: the other method guesses beyond the slowest key.
    cuts, cpu = (statistics.quantiles(each, n=100, method="inclusive") for each in (timed.wall, timed.cpu))
    print(
        f"{name:<28}{cuts[49]:8.1f}{cuts[94]:8.1f}{cuts[98]:8.1f}{max(timed.wall):8.1f}"
        f"{cpu[49]:10.1f}{cpu[94]:9.1f}   {timed.late}",
        flush=True,
    )


def _fill(folder: Path, items: int, environ: dict[str, str]) -> None:
    with open_newsroom(folder, environ) as newsroom, newsroom.store.begin() as tx:
        db = tx.connection
        source = db.execute(
            insert(t.sources)
            .values(
                url="https://a.example/feed",
                name="A source with a name",
                kind="feed",
                status="active",
                language="en",
                due_at=NOW,
                added_at=NOW,
            )
            .returning(t.sources.c.id)
        ).scalar_one()
        for start in range(0, items, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, items))
            some = random.Random(start)
            db.execute(insert(t.entries), [_entry(n, source) for n in numbers])
            db.execute(insert(t.entry_revisions), [_revision(n, some) for n in numbers])
            tx.items.enqueue_all({n + 1: NOW - timedelta(minutes=n) for n in numbers}, now=NOW)


def _entry(number: int, source: int) -> dict[str, object]:
    key = f"entry-{number}"
    return {
        "id": number + 1,
        "source_id": source,
        "identity": key,
        "guid": key,
        "url": f"https://a.example/{number}",
        "url_key": key,
        "content_key": key,
        "raw_hash": key,
        "revision": 1,
        "first_seen": NOW,
    }


def _revision(number: int, some: random.Random) -> dict[str, object]:
    words = some.choices(WORDS, k=300)
    paragraphs = (" ".join(words[place : place + 60]) for place in range(0, 300, 60))
    return {
        "entry_id": number + 1,
        "n": 1,
        "seen_at": NOW,
        "raw_hash": f"entry-{number}",
        "url": f"https://a.example/{number}",
        "title": f"Item {number:04} about {' '.join(words[:6])}",
        "html": "".join(f"<p>{paragraph}.</p>" for paragraph in paragraphs),
        "authors": ["Ada Example"],
        "language": "en",
        "published": NOW,
        "tags": [],
        "image": None,
        "cleaner_version": "benchmark",
    }


if __name__ == "__main__":
    main()
