"""What commands cost in a newsroom as years leave it: 100,000 entries, 10,000 subscribers, 200 sources.

python benchmarks/commands.py [--entries 100000] [--engine sqlite|postgresql] [--repeats 3] [--keep FOLDER]

The newsroom (tests/aged.py) is made through the store: a year of entries with an item each, of which
5,000 wait in the queue, 500 are ready and the rest was skipped; ten finished issues of 10,000 mails;
three months of polls. Then each command runs as a process of its own, interpreter included, in turns with
the same in a newsroom that was just made. Columns: the least processor time there and here, and the least
time by the clock, in seconds; `--version` is what any command costs.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from aged import Size, grow
from builders import SETTINGS
from cluster import running_cluster
from curator.bootstrap import init_newsroom
from curator.faces.clock import utcnow
from curator.store import Store

COMMANDS = (
    "--version",
    "queue --json",
    "items --json",
    "search cliente --json",
    "entries --json",
    "source list --json",
    "subscriber list --json",
    "doctor --json",
    "tidy --dry-run --json",
    "publish --json",
    "publish --json",
    "issue draft --json",
    "issue close --json",
    "queue --json",
)
"""In this order: the first `publish` gives readers all that is ready, the second finds nothing new."""


def main() -> None:
    wanted = _arguments()
    for engine in wanted.engine:
        with TemporaryDirectory() as spare, _url(engine) as url:
            folder = wanted.keep / engine if wanted.keep else Path(spare) / "aged"
            environ, new = _environ(folder, url), _environ(Path(spare) / "new", None)
            init_newsroom(Path(spare) / "new", base_url=None, environ=new, now=utcnow())
            if not (folder / "config").is_dir():
                init_newsroom(folder, base_url=None, environ=environ, now=utcnow())
                _fill(folder, url, replace(Size(), entries=wanted.entries))
            print(f"\n{engine}, {wanted.entries} entries", flush=True)
            for command in COMMANDS:
                (small, _), (cpu, wall) = _measured(command, new, environ, repeats=wanted.repeats)
                print(f"{command:32} {small:8.2f} {cpu:8.2f} {wall:8.2f}", flush=True)


def _fill(folder: Path, url: str | None, size: Size) -> None:
    began = time.monotonic()
    store = Store(url or f"sqlite:///{folder}/data/curator.db")
    grow(store, SETTINGS, size=size, now=utcnow())
    store.close()
    print(f"made in {time.monotonic() - began:.0f} s", flush=True)


def _measured(command: str, *environs: Mapping[str, str], repeats: int) -> list[tuple[float, float]]:
    costs: list[list[tuple[float, float]]] = [[] for _ in environs]
    for _ in range(1 if command.split(maxsplit=1)[0] in ("publish", "issue") else repeats):
        for environ, found in zip(environs, costs, strict=True):
            before, began = os.times(), time.monotonic()
            words = [sys.executable, "-m", "curator", *command.split()]
            subprocess.run(
                words, env=dict(environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
            )
            wall, after = time.monotonic() - began, os.times()
            found.append((after[2] + after[3] - before[2] - before[3], wall))
    return [(min(cpu for cpu, _ in found), min(wall for _, wall in found)) for found in costs]


@contextmanager
def _url(engine: str) -> Iterator[str | None]:
    if engine == "sqlite":
        yield None
        return
    with running_cluster() as cluster:
        yield cluster.url(cluster.create())


def _environ(folder: Path, url: str | None) -> dict[str, str]:
    said = {"PATH": os.environ["PATH"], "HOME": str(folder), "CURATOR_NEWSROOM": str(folder)}
    said |= {"CURATOR_EDITOR": "marta", "CURATOR_LOCALE": "en"}
    said |= {"CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/"}
    return said | ({"CURATOR_DATABASE__URL": url} if url else {})


def _arguments() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--entries", type=int, default=100_000)
    asked.add_argument("--engine", nargs="+", default=["sqlite", "postgresql"])
    asked.add_argument("--repeats", type=int, default=3)
    asked.add_argument("--keep", type=Path, help="where the newsrooms stay for the next time")
    return asked.parse_args()


if __name__ == "__main__":
    main()
