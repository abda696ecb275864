"""`run` on hard days: what it needs goes away and comes back, and whoever may ends it at any moment."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pytest
from sqlalchemy import text

from cluster import NoPostgresql, running_cluster
from curator.bootstrap import open_newsroom
from curator.edges.process import this_worker
from curator.faces.loop import Service
from curator.model import IssueStatus
from hardship import moved_in
from killing import spread, steps, terminate
from newsroom import STORY, Newsroom, Web, an_item, feed
from postoffice import post_office
from proving import PROOF, of_the_proof

LONG = 60.0  # seconds: what does not come by then never will


"""Half a minute each of waiting."""


class Log:
    """What a service says, as it says it."""

    def __init__(self, service: subprocess.Popen[bytes]) -> None:
        self._service = service
        self._lines: Queue[dict[str, Any]] = Queue()
        self.heard: list[dict[str, Any]] = []
        self.reading = threading.Thread(target=self._read, daemon=True)
        self.reading.start()

    def _read(self) -> None:
        assert self._service.stderr
        for line in self._service.stderr:
            self._lines.put(json.loads(line))

    def until(self, event: str) -> dict[str, Any]:
        deadline = time.monotonic() + LONG
        while time.monotonic() < deadline:
            try:
                line = self._lines.get(timeout=0.5)
            except Empty:
                assert self._service.poll() is None, f"it ended without {event}: {self.heard}"
                continue
            self.heard.append(line)
            if line["event"] == event:
                return line
        raise AssertionError(f"it never said {event}: {self.heard}")

    def events(self) -> list[str]:
        return [line["event"] for line in self.heard]


@contextmanager
def running(newsroom: Newsroom) -> Iterator[tuple[subprocess.Popen[bytes], Log]]:
    service = newsroom.start("run", "--log", "json")
    log = Log(service)
    try:
        yield service, log
    finally:
        service.kill()
        log.reading.join()
        service.communicate()


def told_to_stop(service: subprocess.Popen[bytes], log: Log) -> int:
    service.send_signal(signal.SIGTERM)
    log.until("service_stopped")
    return service.wait(LONG)


def goes_on(newsroom: Newsroom, log: Log, title: str) -> None:
    """What is due after it all is done as if nothing had been."""
    newsroom.web["/feed"] = feed(an_item(title, title, STORY))
    newsroom.curator("source", "pause", 1)
    newsroom.curator("source", "resume", 1)
    while log.until("source_polled").get("new") != 1:
        pass


@pytest.fixture
def followed(newsroom: Newsroom) -> Newsroom:
    newsroom.follow(feed(an_item("1", "One", STORY)))
    return newsroom


@of_the_proof
def test_a_database_that_goes_away_and_comes_back_is_told_twice_and_work_goes_on(followed: Newsroom) -> None:
    data = followed.folder / "data"
    with running(followed) as (service, log):
        log.until("service_started")
        data.rename(data.with_name("elsewhere"))
        log.until("database_failed")
        data.with_name("elsewhere").rename(data)
        log.until("database_answers")
        goes_on(followed, log, "Two")

        assert told_to_stop(service, log) == 0
    assert [event for event in log.events() if event.startswith("database")] == [
        "database_failed",
        "database_answers",
    ]
    assert "work_failed" not in log.events()


@of_the_proof
def test_a_database_that_is_locked_for_longer_than_is_waited_is_told_twice(followed: Newsroom) -> None:
    followed.environ["CURATOR_DATABASE__BUSY_TIMEOUT"] = "0.2"
    with running(followed) as (service, log):
        log.until("service_started")
        with sqlite3.connect(followed.folder / "data/curator.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            followed.web["/feed"] = feed(an_item("2", "Two", STORY))
            failed = log.until("database_failed")
            other.execute("ROLLBACK")
        log.until("database_answers")
        goes_on(followed, log, "Three")

        assert told_to_stop(service, log) == 0
    assert failed["code"] == "database_busy"
    assert log.events().count("database_failed") == 1


@of_the_proof
def test_a_postgresql_server_that_is_stopped_and_started_is_told_twice_and_work_goes_on(
    tmp_path: Path, web: Web
) -> None:
    try:
        starting = running_cluster()
        cluster = starting.__enter__()
    except NoPostgresql as why:
        pytest.skip(str(why))
    try:
        newsroom = Newsroom(tmp_path / "newsroom", web, database__url=cluster.url(cluster.create()))
        newsroom.follow(feed(an_item("1", "One", STORY)))
        with running(newsroom) as (service, log):
            log.until("service_started")
            cluster.stop()
            failed = log.until("database_failed")
            cluster.start()
            log.until("database_answers")
            goes_on(newsroom, log, "Two")

            assert told_to_stop(service, log) == 0
        assert failed["code"] == "database_unusable"
        assert log.events().count("database_failed") == 1
    finally:
        starting.__exit__(None, None, None)


# ── killed by the machine, or told to end ──


def test_a_reader_that_the_machine_kills_costs_one_source_its_turn_and_no_other(newsroom: Newsroom) -> None:
    """The kernel takes a large process when memory is short: it may be one that reads a document."""
    newsroom.web["/honest"] = feed(an_item("1", "One", STORY))
    newsroom.web["/slow"] = feed()
    for path in ("/slow", "/honest"):
        newsroom.curator("source", "add", newsroom.web.url(path))
    attributes = " ".join(f"a{n}='1'" for n in range(60_000))
    newsroom.web["/slow"] = f"<!DOCTYPE rss><rss><channel><title {attributes}>x</title></channel></rss>"
    newsroom.curator("poll", 2)

    polling = newsroom.start("poll", 1, "--json")
    while polling.poll() is None:  # the first, and the fresh one that is given the document once more
        for reader in readers_of(polling.pid):
            with suppress(ProcessLookupError):
                os.kill(reader, signal.SIGKILL)
        time.sleep(0.05)
    out, err = polling.communicate()
    (result,) = json.loads(out)["results"]

    assert (polling.returncode, b"Traceback" in err) == (0, False)
    assert (result["outcome"], result["error"]["code"]) == ("failed", "read_memory")
    assert newsroom.ask("poll", "--all", CURATOR_READ__CPU_SECONDS="1")["sources"] == 2
    assert len(newsroom.queue()) == 1


def readers_of(parent: int) -> list[int]:
    found = []
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            if path.name.isdecimal() and f" {parent} " in (path / "stat").read_text().rpartition(")")[2][:12]:
                found.append(int(path.name))
    return found


def test_told_to_end_while_a_server_is_slow_it_ends_and_the_next_reads_what_was_left(
    followed: Newsroom,
) -> None:
    with slow_server() as (url, asked):
        followed.curator("source", "add", url)
        followed.curator("source", "pause", 2)
        followed.curator("source", "resume", 2)  # due now
        once = followed.start("run", "--once", "--log", "json", CURATOR_FETCH__TOTAL_TIMEOUT="3")
        assert asked.wait(LONG)
        once.send_signal(signal.SIGTERM)
        _, err = once.communicate(timeout=LONG)

    assert once.returncode == 0
    assert b"Traceback" not in err
    followed.curator("poll", "--all")
    assert len(followed.queue()) == 1


@contextmanager
def slow_server() -> Iterator[tuple[str, threading.Event]]:
    """Its first answer is whole; from then on it drips."""
    asked, ended = threading.Event(), threading.Event()
    whole = feed().encode()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(whole)}\r\nConnection: close\r\n\r\n"
                connection.sendall(head.encode() + whole)
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                asked.set()
                while not ended.wait(0.2):
                    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: "[:1])

        answering = threading.Thread(target=answer, daemon=True)
        answering.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/feed", asked
        ended.set()
        answering.join(LONG)


COMMANDS: dict[str, list[str | int]] = {
    "poll": ["poll", "--all"],
    "write": ["write", 3, "--note", "Dopo."],
    "publish": ["publish"],
    "send": ["issue", "send"],
    "backup": ["backup", "made.zip", "--force"],
    "once": ["run", "--once"],
}


@pytest.mark.parametrize("name", COMMANDS if PROOF else ["send"])
def test_whatever_is_told_to_end_at_whatever_step_ends_and_the_next_completes_it(
    newsroom: Newsroom, name: str
) -> None:
    newsroom.follow(feed(*(an_item(str(n), f"Post {n}", STORY) for n in (1, 2, 3))))
    newsroom.ready(1)
    newsroom.curator("publish")
    newsroom.curator("subscriber", "add", "ada@example.org", "--confirmed", "--consent", "a voce")
    newsroom.curator("issue", "close")
    newsroom.ready(2)
    words = [str(newsroom.folder / word) if word == "made.zip" else word for word in COMMANDS[name]]
    whole = copy_of(newsroom, "whole")
    count = steps(words, whole.environ)

    for point in spread(count, most=2):
        told = copy_of(newsroom, f"told-{point}")
        status = terminate(words, told.environ, at=point)

        assert status in (-signal.SIGTERM, 0), f"step {point} of {count}"
        told.curator(*words)
        assert told.ask("doctor")["ok"]
        assert len(list((told.folder / "outbox").glob("*.eml"))) == (1 if name == "send" else 0)
        assert told.ask("show", 2)["status"] == ("published" if name in ("publish", "once") else "ready")
        shutil.rmtree(told.folder)


def copy_of(newsroom: Newsroom, name: str) -> Newsroom:
    folder = newsroom.folder.parent / name
    shutil.copytree(newsroom.folder, folder)
    moved_in(folder)
    return Newsroom(folder, newsroom.web)


def test_told_to_end_between_two_mails_it_gives_the_rest_to_the_next(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "One", STORY)))
    newsroom.ready(1)
    readers = [f"lettore{n}@lettori.example" for n in range(5)]
    for reader in readers:
        newsroom.curator("subscriber", "add", reader, "--confirmed", "--consent", "a voce")
    with open_newsroom(newsroom.folder, newsroom.environ) as opened, opened.store.begin() as tx:
        tx.meta.set("created_at", datetime(2020, 1, 1, tzinfo=UTC).isoformat())  # an issue is owed
    with post_office() as office:
        newsroom.environ |= {
            "CURATOR_MAIL__URL": office.url,
            "CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/",
        }
        in_data = threading.Event()
        once = newsroom.start("run", "--once", "--log", "json")

        def told_in_the_middle(_mail: object) -> None:
            if not in_data.is_set():
                in_data.set()
                once.send_signal(signal.SIGTERM)

        office.before_answer = told_in_the_middle
        _, err = once.communicate(timeout=LONG)
        first = list(office.recipients)
        newsroom.curator("run", "--once")

        assert (once.returncode, b"Traceback" in err) == (0, False)
        assert 1 <= len(first) < len(readers)
        assert sorted(office.recipients) == readers


def test_a_full_disk_behind_the_log_stops_nothing(followed: Newsroom) -> None:
    followed.web["/feed"] = feed(an_item("2", "Two", STORY))
    followed.curator("source", "pause", 1)
    followed.curator("source", "resume", 1)
    with Path("/dev/full").open("wb") as full:
        once = subprocess.run(
            [sys.executable, "-m", "curator", "run", "--once"],
            env=followed.environ,
            stdout=subprocess.PIPE,
            stderr=full,
            check=False,
        )

    assert once.returncode == 0
    assert len(followed.queue()) == 2


def test_mails_that_it_could_not_give_back_on_a_full_disk_are_its_own_again_at_the_next_turn(
    followed: Newsroom,
) -> None:
    """Else they wait for the end of a lease that only this very process, which lives on, has."""
    followed.environ["CURATOR_MAIL__URL"] = "folder:outbox"
    followed.ready(1)
    followed.curator("publish")
    followed.curator("subscriber", "add", "ada@lettori.example", "--confirmed", "--consent", "a voce")
    followed.curator("issue", "close")
    with open_newsroom(followed.folder, followed.environ) as opened:
        taken = text("UPDATE deliveries SET lease_by = :worker, lease_until = '2999-01-01 00:00:00.000000'")
        with opened.store.begin() as tx:
            issue = tx.mailing.issues.get("it", None)
            tx.mailing.issues.move(issue, to=IssueStatus.SENDING, allowed=(IssueStatus.CLOSED,))
            tx.connection.execute(taken, {"worker": this_worker()})
        Service(opened, store=opened.store).turn()

    assert len(list((followed.folder / "outbox").glob("*.eml"))) == 1
