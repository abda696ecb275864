"""The programs that are compared: how each is given its feeds, polls them, and says how much it holds."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import quoteattr

HERE = Path(__file__).parent
READER = "reader==3.26"
UNSAID = "sgmllib3k"  # reader has feedparser built in, whose own requirement it does not name


class Program(ABC):
    """One program with a folder of its own; `name` is also its key on the command line."""

    name: str
    most_feeds = 1000  # more would take a quarter of an hour
    most_repeats = 10

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    @property
    def environ(self) -> Mapping[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}

    @abstractmethod
    def follow(self, urls: Sequence[str]) -> None: ...

    @abstractmethod
    def poll(self) -> list[str | Path]:
        """The command that polls them all."""

    def enrich(self) -> list[str | Path] | None:
        """The command that does what a poll leaves to be done afterwards; None: nothing."""
        return None

    @abstractmethod
    def rows(self) -> int:
        """How many tellings of entries are stored."""

    def _call(self, *command: str | Path) -> None:
        subprocess.run(
            [str(word) for word in command], env=self.environ, check=True, stdout=subprocess.DEVNULL
        )

    def _listed(self, urls: Sequence[str]) -> Path:
        path = self.folder / "urls"
        path.write_text("\n".join(urls))
        return path

    def _count(self, database: Path, table: str) -> int:
        connection = sqlite3.connect(database)
        count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        connection.close()
        return count


class Curator(Program):
    """This program with its defaults: every guard, limit and gap as shipped, but loopback allowed."""

    name = "curator"
    most_feeds = 10**6

    @property
    def environ(self) -> Mapping[str, str]:
        own = {
            "CURATOR_NEWSROOM": str(self.folder / "newsroom"),
            "CURATOR_LOCALE": "en",
            "CURATOR_FETCH__ALLOW_PRIVATE": '["127.0.0.0/8:*"]',
        }
        own |= {"PYTHONPATH": path} if (path := os.environ.get("PYTHONPATH")) else {}  # another working copy
        return {**super().environ, **own}

    def follow(self, urls: Sequence[str]) -> None:
        outlines = "".join(f"<outline text={quoteattr(url)} xmlUrl={quoteattr(url)}/>\n" for url in urls)
        opml = self.folder / "feeds.opml"
        opml.write_text(f'<opml version="2.0"><head/><body>{outlines}</body></opml>')
        self._call(self._curator, "init", self.folder / "newsroom")
        self._call(self._curator, "source", "import", opml)

    def poll(self) -> list[str | Path]:
        return [self._curator, "poll", "--all", "--no-enrich", "--json"]

    def enrich(self) -> list[str | Path]:
        """Nothing is due after a poll: what is left to do is work of its own."""
        return [self._curator, "poll", "--json"]

    def rows(self) -> int:
        return self._count(self.folder / "newsroom/data/curator.db", "entry_revisions")

    @property
    def _curator(self) -> Path:
        return Path(sys.executable).with_name("curator")


class Floor(Program):
    name = "floor"
    most_feeds = 10**6

    def follow(self, urls: Sequence[str]) -> None:
        self._call(sys.executable, HERE / "floor.py", self.folder / "db", "add", self._listed(urls))

    def poll(self) -> list[str | Path]:
        return [sys.executable, HERE / "floor.py", self.folder / "db", "poll"]

    def rows(self) -> int:
        return self._count(self.folder / "db", "entry")


class Reader(Program):
    """lemon24/reader from PyPI with 20 workers, in a virtual environment of its own."""

    name = "reader"

    def follow(self, urls: Sequence[str]) -> None:
        self._call(self._python, HERE / "reader_poll.py", self.folder / "db", "add", self._listed(urls))

    def poll(self) -> list[str | Path]:
        return [self._python, HERE / "reader_poll.py", self.folder / "db", "poll"]

    def rows(self) -> int:
        return self._count(self.folder / "db", "entries")

    @property
    def _python(self) -> Path:
        return _reader_python()


class Newsboat(Program):
    """Debian's newsboat, 20 threads."""

    name = "newsboat"
    most_repeats = 1  # slow, and no figure to reach

    def follow(self, urls: Sequence[str]) -> None:
        self._listed(urls)
        (self.folder / "config").write_text("reload-threads 20\n")

    def poll(self) -> list[str | Path]:
        files = {"-u": "urls", "-c": "cache.db", "-C": "config"}
        options = [word for option, name in files.items() for word in (option, self.folder / name)]
        return ["newsboat", "-x", "reload", *options]

    def rows(self) -> int:
        return self._count(self.folder / "cache.db", "rss_item")


PROGRAMS: dict[str, type[Program]] = {each.name: each for each in (Curator, Reader, Newsboat, Floor)}


def present(names: Sequence[str]) -> list[str]:
    """Those that can run here; what cannot is said, and left out."""
    if "newsboat" in names and shutil.which("newsboat") is None:
        print("newsboat is not here (Debian: apt-get install newsboat): left out")
        names = [name for name in names if name != "newsboat"]
    if "reader" in names:
        print(f"reader: {READER}, {_reader_python()}")
    return list(names)


def _reader_python() -> Path:
    """Made once, outside this repository."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "curator-benchmarks" / READER
    python = folder / "bin/python"
    if not (folder / "done").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", READER, UNSAID], check=True)
        (folder / "done").touch()
    return python
