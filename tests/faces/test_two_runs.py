"""Two `run` on one database, for a while: each does what the other has not, in nobody's way."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from curator.store import Store
from newsroom import STORY, Newsroom, an_item, feed
from postoffice import post_office
from proving import tells_enough

READERS = [f"lettore{n}@lettori.example" for n in range(12)]
SOURCES = 8


class Watched:
    """A process, and what it says while it runs."""

    def __init__(self, process: subprocess.Popen[bytes], changed: threading.Condition) -> None:
        self.process = process
        self.said: list[dict[str, Any]] = []
        self._changed = changed
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            with self._changed:
                self.said.append(json.loads(line))
                self._changed.notify_all()

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=60)
        self._thread.join()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return status


@tells_enough("postgresql")
def test_two_runs_do_everything_once(any_newsroom: Newsroom) -> None:
    newsroom = any_newsroom
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    roster = newsroom.folder / "readers.csv"
    roster.write_text("\n".join(["email", *READERS]))
    newsroom.curator("subscriber", "import", roster, "--consent", "by letter")
    for n in range(SOURCES):
        newsroom.web[f"/{n}"] = feed(*(an_item(f"{n}-{m}", f"Title {n} {m}", STORY) for m in range(3)))
        newsroom.curator("source", "add", newsroom.web.url(f"/{n}"))
    _opened_long_ago(newsroom)
    newsroom.web.asked.clear()

    changed = threading.Condition()
    with post_office() as office:
        newsroom.environ |= {
            "CURATOR_MAIL__URL": office.url,
            "CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/",
        }
        both = [Watched(newsroom.start("run", "--log", "json"), changed) for _ in range(2)]

        def told(event: str) -> int:
            return sum(each["event"] == event for watched in both for each in watched.said)

        def is_done() -> bool:
            """Each says what it has sent itself: the other one may be at its last mails still."""
            return len(office.recipients) >= len(READERS) and told("source_polled") >= SOURCES

        until = time.monotonic() + 60
        with changed:
            while not is_done() and time.monotonic() < until:
                changed.wait(0.2)
        done = is_done()
        ends = [watched.end() for watched in both]

    worst = [each for watched in both for each in watched.said if each["level"] in ("error", "critical")]
    assert done, [watched.said for watched in both]
    assert ends == [0, 0]
    assert worst == []
    assert sorted(office.recipients) == sorted(READERS)
    assert len(newsroom.ask("issue", "list")["issues"]) == 1
    assert Counter(newsroom.web.asked) == {f"/{n}": 1 for n in range(SOURCES)}
    assert len(newsroom.queue()) == 3 * SOURCES


def _opened_long_ago(newsroom: Newsroom) -> None:
    """So that last week's issue is owed, and a night to tidy up in."""
    url = newsroom.environ.get("CURATOR_DATABASE__URL")
    store = Store(url or f"sqlite:///{Path(newsroom.folder) / 'data/curator.db'}")
    with store.begin() as tx:
        tx.meta.set("created_at", datetime(2020, 1, 1, tzinfo=UTC).isoformat())
    store.close()
