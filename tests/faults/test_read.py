"""Documents made to break a reader: each costs its own source one poll, and the others nothing (FAULTS 1)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from curator.edges.readers import Readers
from curator.model import ParsedFeed, Picture, Unreadable
from curator.settings import ReadSettings
from drawing import claiming, jpeg

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://hostile.example/feed"
SMALL = ReadSettings(workers=1, cpu_seconds=1.0, memory_bytes=320 * 1024 * 1024)
GOOD = b"<rss version='2.0'><channel><title>Good</title><item><title>one</title></item></channel></rss>"


def in_channel(text: bytes) -> bytes:
    return b"<rss version='2.0'><channel>" + text + b"</channel></rss>"


def with_entities(entities: bytes, text: bytes) -> bytes:
    return b"<!DOCTYPE rss [" + entities + b"]>" + in_channel(b"<title>" + text + b"</title>")


BILLION_LAUGHS = with_entities(
    b"<!ENTITY l0 'lol'>"
    + b"".join(b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)),
    b"&l9;",
)
QUADRATIC_ENTITY = with_entities(b"<!ENTITY a '" + b"a" * 100_000 + b"'>", b"&a;" * 100_000)
# With a document type, so that feedparser reads it: for others 60,000 attributes are nothing.
ATTRIBUTES = b"<!DOCTYPE rss>" + in_channel(
    b"<title " + b" ".join(b"a%d='1'" % n for n in range(60_000)) + b">x</title>"
)
NESTED_XML = in_channel(b"<a>" * 200_000)
MANY_TAGS = in_channel(b"<item><description>" + b"x&lt;b&gt;" * 3_000_000 + b"</description></item>")


@pytest.fixture(scope="module")
def readers() -> Iterator[Readers]:
    with Readers(SMALL) as started:
        yield started


def read(readers: Readers, body: bytes) -> ParsedFeed | Unreadable:
    return readers.read(body, content_type="application/xml", url=URL, now=NOW)


def reads_on(readers: Readers) -> bool:
    outcome = read(readers, GOOD)
    return isinstance(outcome, ParsedFeed) and outcome.entries[0].title == "one"


@pytest.mark.parametrize(
    "body",
    [BILLION_LAUGHS, QUADRATIC_ENTITY, ATTRIBUTES, NESTED_XML, MANY_TAGS],
    ids=["billion laughs", "quadratic entity", "attributes", "nested elements", "many tags"],
)
def test_an_endless_document_is_given_up_or_survived_and_the_next_is_read(
    readers: Readers, body: bytes
) -> None:
    outcome = read(readers, body)

    match outcome:
        case Unreadable():
            assert outcome.code in {"read_timeout", "read_memory", "read_crashed"}
        case ParsedFeed():
            assert len(outcome.title) < 10_000_000
    assert reads_on(readers)


def test_the_processor_limit_is_what_ends_it(readers: Readers) -> None:
    assert read(readers, ATTRIBUTES) == Unreadable(code="read_timeout", data={"seconds": 1.0})


def test_the_memory_limit_is_what_ends_it() -> None:
    limit = 192 * 1024 * 1024
    with Readers(ReadSettings(workers=1, cpu_seconds=30.0, memory_bytes=limit)) as tight:
        outcome = read(tight, in_channel(b"<title>" + b"x" * 60_000_000 + b"</title>"))

        assert outcome == Unreadable(code="read_memory", data={"bytes": limit})
        assert reads_on(tight)


@pytest.mark.parametrize(
    "body",
    [
        with_entities(b"<!ENTITY x SYSTEM 'file:///etc/passwd'>", b"&x;"),
        with_entities(b"<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;", b"x"),
        b"<!DOCTYPE rss SYSTEM 'file:///etc/passwd'>" + in_channel(b"<title>x</title>"),
    ],
    ids=["entity", "parameter entity", "document type"],
)
def test_no_file_of_this_machine_gets_into_a_feed(readers: Readers, body: bytes) -> None:
    assert "root:" not in repr(read(readers, body))


def test_an_external_document_type_is_never_asked_for(readers: Readers) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        dtd = (
            b"<!DOCTYPE rss SYSTEM 'http://127.0.0.1:%d/x.dtd' [<!ENTITY x SYSTEM 'http://127.0.0.1:%d/'>]>"
            % (
                port,
                port,
            )
        )
        read(readers, dtd + in_channel(b"<title>&x;</title>"))
        listening.settimeout(0)

        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_worker_killed_while_idle_is_replaced() -> None:
    others = set(worker_pids(os.getpid()))  # of tests that ran before in this process
    with Readers(SMALL) as readers:
        assert reads_on(readers)
        [pid] = set(worker_pids(os.getpid())) - others
        os.kill(pid, signal.SIGKILL)

        assert reads_on(readers)
        [successor] = set(worker_pids(os.getpid())) - others
    assert successor != pid


def test_many_threads_share_few_workers() -> None:
    bodies = [GOOD.replace(b"one", b"one%d" % n) for n in range(40)]
    with Readers(ReadSettings(workers=2)) as shared, ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(lambda body: read(shared, body), bodies))
        workers = len(shared._all)

    assert [o.entries[0].title for o in outcomes if isinstance(o, ParsedFeed)] == [
        f"one{n}" for n in range(40)
    ]
    assert workers <= 2


def test_closing_ends_every_worker_also_one_that_reads() -> None:
    before = set(worker_pids(os.getpid()))
    readers = Readers(ReadSettings(workers=1, cpu_seconds=60.0))
    reading = threading.Thread(target=read, args=(readers, ATTRIBUTES * 2))
    reading.start()
    while not set(worker_pids(os.getpid())) - before:
        time.sleep(0.01)

    readers.close()
    reading.join()

    assert set(worker_pids(os.getpid())) <= before
    with pytest.raises(RuntimeError, match="closed"):
        read(readers, GOOD)


def test_workers_end_when_their_parent_is_killed() -> None:
    program = (
        "import sys, time; from datetime import UTC, datetime; from curator.edges.readers import Readers; "
        "from curator.settings import ReadSettings; readers = Readers(ReadSettings()); "
        "readers.read(b'<rss/>', content_type=None, url='https://x.example/', now=datetime.now(UTC)); "
        "print('ready', flush=True); time.sleep(600)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    parent.stdout.readline()
    workers = worker_pids(parent.pid)

    parent.kill()
    parent.wait()
    parent.stdout.close()

    assert workers
    while any(is_running(pid) for pid in workers):  # a hang here is the failure
        time.sleep(0.01)


def test_a_worker_knows_nothing_of_the_parents_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATOR_MAIL__PASSWORD", "hunter2")
    with Readers(SMALL) as readers:
        assert reads_on(readers)
        [worker] = readers._all

        assert b"hunter2" not in Path(f"/proc/{worker._process.pid}/environ").read_bytes()


def test_a_page_that_breaks_its_worker_names_no_feeds(readers: Readers) -> None:
    page = b"<link rel=alternate type=application/rss+xml href=/feed>"

    assert [link.url for link in readers.links(page, content_type="text/html", url=URL)] == [
        "https://hostile.example/feed"
    ]
    readers.links(b"<!" * 5_000_000, content_type="text/html", url=URL)
    assert reads_on(readers)


def worker_pids(parent: int) -> list[int]:
    """The reading processes among a process's children."""
    children = [
        int(pid)
        for thread in Path(f"/proc/{parent}/task").iterdir()
        for pid in (thread / "children").read_text().split()
    ]
    return sorted(pid for pid in children if "curator.edges.reader" in command_of(pid))


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def is_running(pid: int) -> bool:
    return "curator.edges.reader" in command_of(pid)


def test_a_picture_that_takes_too_much_is_given_up_and_the_next_is_made() -> None:
    limits = {"url": URL, "max_side": 12_000, "shown_side": 100}
    with Readers(ReadSettings(workers=1, memory_bytes=192 * 1024 * 1024)) as readers:
        large = readers.picture(claiming(6000, 6000), **limits)  # type: ignore[arg-type]  # of several types
        next_one = readers.picture(jpeg(), **limits)  # type: ignore[arg-type]  # of several types

    assert large == Unreadable(code="read_memory", data={"bytes": 192 * 1024 * 1024})
    assert isinstance(next_one, Picture)
