"""What a poll of many sources leaves undone: readings, statements, transactions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import event

from blog import Blog, post, posts, rss, running_blog
from builders import NOW
from curator.edges.readers import Readers
from curator.model import ParsedFeed, Unreadable
from curator.settings import ReadSettings
from curator.store import Store
from newsroom import Newsroom, an_item, feed
from polling import Polling


class Watched(Readers):
    """Readers, and how many entries each document was read for."""

    def __init__(self) -> None:
        super().__init__(ReadSettings(workers=1))
        self.read_entries: list[int] = []

    def read(self, body: bytes, *, known: Collection[str] = (), **said: Any) -> ParsedFeed | Unreadable:
        read = super().read(body, known=known, **said)
        self.read_entries.append(len(read.entries) if isinstance(read, ParsedFeed) else 0)
        return read


@contextmanager
def watching(polling: Polling) -> Iterator[Watched]:
    with Watched() as readers:
        polling.readers = readers
        yield readers


def made(day: str) -> str:
    return f"<lastBuildDate>{day}, 22 Nov 2026 07:00:00 GMT</lastBuildDate>"


def test_a_document_made_anew_that_says_the_same_is_not_read(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = replace(rss(*posts(range(3)), head=made("Sun")), etag=False)
    polling.follow(blog.url("/feed"))
    with watching(polling) as readers:
        polling.poll()
        blog["/feed"] = replace(rss(*posts(range(3)), head=made("Mon")), etag=False)

        done = polling.poll(everything=True)

    assert (done.fetched, done.new, done.revised) == (1, 0, 0)
    assert readers.read_entries == [3]


def test_of_a_document_only_what_is_new_is_read(polling: Polling, blog: Blog) -> None:
    dated = [post(n, at=NOW - timedelta(days=9 - n)) for n in range(8)]
    blog["/feed"] = rss(*dated[:7])
    (source_id,) = polling.follow(blog.url("/feed"))
    with watching(polling) as readers:
        polling.poll()
        blog["/feed"] = rss(*dated)

        done = polling.poll(everything=True)

    assert (done.new, done.revised, len(polling.entries(source_id))) == (1, 0, 8)
    assert readers.read_entries == [7, 1]


def test_many_sources_cost_hardly_more_statements_than_one(polling: Polling) -> None:
    with running_blog("0.0.0.0") as blog:
        port = blog.base_url.rpartition(":")[2]

        def statements(count: int) -> int:
            hosts = [f"127.0.{count}.{n + 1}" for n in range(count)]
            for host in hosts:
                blog[f"/{host}"] = rss(post(1, title=host))
            ids = polling.follow(*(f"http://{host}:{port}/{host}" for host in hosts))
            with counting(polling.store) as counted:
                assert polling.poll(ids).new == count
            return len(counted)

        one, many = statements(1), statements(8)

    # How many answers come together is chance; each by itself they would cost eight times as much.
    assert many < 4 * one


@contextmanager
def counting(store: Store) -> Iterator[list[str]]:
    counted: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        counted.append(statement)

    event.listen(store.engine, "before_cursor_execute", count)
    try:
        yield counted
    finally:
        event.remove(store.engine, "before_cursor_execute", count)


def test_what_the_database_refuses_of_one_source_costs_the_others_nothing(
    polling: Polling, blog: Blog
) -> None:
    for n in range(4):
        blog[f"/{n}"] = rss(*posts(range(n * 10, n * 10 + 3)))
    ids = polling.follow(*(blog.url(f"/{n}") for n in range(4)))

    with refusing(polling.store, "Post 21"):
        done = polling.poll()

    assert [result.outcome for result in done.results] == ["fetched", "fetched", "failed", "fetched"]
    assert [len(polling.entries(source_id)) for source_id in ids] == [3, 3, 0, 3]
    assert polling.source(ids[2]).validators.etag is None


@contextmanager
def refusing(store: Store, word: str) -> Iterator[None]:
    """A database that takes no row with this word in it."""

    def refuse(_connection: Any, _cursor: Any, _statement: str, parameters: Any, *_: Any) -> None:
        if word in str(parameters):
            raise ValueError(word)

    event.listen(store.engine, "before_cursor_execute", refuse)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", refuse)


def test_a_poll_that_brings_nothing_reads_nothing_and_loads_no_parser(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "One", "<p>Text</p>")))
    program = (
        "import json, os, sys; from curator.faces.cli import run;"
        "status = run(['poll', '--all'], os.environ);"
        "print(json.dumps([status, sorted(sys.modules)]), file=sys.stderr)"
    )

    polled = subprocess.run(
        [sys.executable, "-c", program], env=newsroom.environ, capture_output=True, check=True, text=True
    )

    status, modules = json.loads(polled.stderr.splitlines()[-1])
    assert status == 0
    assert {"feedparser", "curator.ingest.feeds.parse", "lxml.etree", "trafilatura", "py3langid"} & {
        *modules
    } == set()
