"""What runs inside a worker process: one document after the other, within limits.

Started by `edges.readers` as `python -m curator.edges.reader CPU_SECONDS MEMORY_BYTES`.
Tasks come on standard input, answers go to what was standard output; both are
length and MessagePack. End of input means that the parent is gone.

To give the workers another task: a class of its own, a function that does it,
its names in `AnyTask` and `_DONE_BY`, and a method in `edges.readers`. The function imports what
it needs: the parent reads this file for the tasks alone, and a worker that meets
none of a kind never loads its libraries.
"""

from __future__ import annotations

import gc
import importlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, BinaryIO, ClassVar, Generic, TypeVar

import msgspec

from curator.model import Article, FeedLink, Inferred, ParsedFeed, Picture, Selectors, Sitemap, Unreadable

LENGTH_BYTES = 8
OUT_OF_MEMORY = 3  # exit status; what else was lost in that moment is unknown, so the worker ends


class Task(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A document, and what is wanted of it: that is what the subclasses are."""

    home: ClassVar[str]  # the module that does it, loaded before the processor time counts
    body: bytes
    content_type: str | None
    url: str


class Read(Task, frozen=True, kw_only=True):
    """The entries of a feed, without those whose telling is known."""

    home: ClassVar[str] = "curator.ingest.feeds.parse"
    now: datetime
    known: frozenset[str] = frozenset()
    as_said: bool = False


class Links(Task, frozen=True, kw_only=True):
    """The feeds that a page names."""

    home: ClassVar[str] = "curator.extract"


class Infer(Task, frozen=True, kw_only=True):
    """How a page without a feed lists its entries."""

    home: ClassVar[str] = "curator.ingest.listings.inferring"
    now: datetime


class ReadListing(Task, frozen=True, kw_only=True):
    """The entries of a page without a feed, by its selectors."""

    home: ClassVar[str] = "curator.ingest.listings.listing"
    selectors: Selectors
    now: datetime


class ReadSitemap(Task, frozen=True, kw_only=True):
    """The entries of a sitemap, or the sitemaps that an index names."""

    home: ClassVar[str] = "curator.ingest.listings.sitemap"
    now: datetime


class ReadArticle(Task, frozen=True, kw_only=True):
    """The article on a page, without its furniture. `was_let_in`: somebody saved it behind its wall."""

    home: ClassVar[str] = "curator.extract.article"
    was_let_in: bool = False


class ReadPicture(Task, frozen=True, kw_only=True):
    """Our own copy of a picture; the sides are in pixels."""

    home: ClassVar[str] = "curator.edges.pictures"
    max_side: int
    shown_side: int


AnyTask = Read | Links | Infer | ReadListing | ReadSitemap | ReadArticle | ReadPicture

Found = TypeVar("Found")


class Answer(msgspec.Struct, Generic[Found], frozen=True, kw_only=True, omit_defaults=True):
    """One of both. Each task has its own kind of `found`."""

    found: Found | None = None
    unreadable: Unreadable | None = None


def _read(task: Read) -> ParsedFeed | Unreadable:
    from curator.ingest.feeds.parse import parse
    from curator.ingest.feeds.skips import with_skips

    read = parse(
        task.body,
        content_type=task.content_type,
        url=task.url,
        now=task.now,
        known=task.known,
        as_said=task.as_said,
    )
    return with_skips(read, task.body) if isinstance(read, ParsedFeed) else read


def _links(task: Links) -> tuple[FeedLink, ...]:
    from curator.extract import feed_links

    return feed_links(task.body, content_type=task.content_type, url=task.url)


def _infer(task: Infer) -> Inferred | Unreadable:
    from curator.ingest.listings.inferring import infer

    return infer(task.body, content_type=task.content_type, url=task.url, now=task.now)


def _listing(task: ReadListing) -> ParsedFeed | Unreadable:
    from curator.ingest.listings.listing import read_listing

    return read_listing(task.body, task.selectors, content_type=task.content_type, url=task.url, now=task.now)


def _sitemap(task: ReadSitemap) -> Sitemap | Unreadable:
    from curator.ingest.listings.sitemap import read_sitemap

    return read_sitemap(task.body, url=task.url, now=task.now)


def _article(task: ReadArticle) -> Article | Unreadable:
    from curator.extract.article import article_of
    from curator.ingest.feeds.pictures import picture_of

    return article_of(
        task.body,
        content_type=task.content_type,
        url=task.url,
        picture_of=picture_of,
        was_let_in=task.was_let_in,
    )


def _picture(task: ReadPicture) -> Picture | Unreadable:
    from curator.edges.pictures import encode

    return encode(task.body, max_side=task.max_side, shown_side=task.shown_side)


_DONE_BY: Mapping[type[Task], Callable[[Any], object]] = {
    Read: _read,
    Links: _links,
    Infer: _infer,
    ReadListing: _listing,
    ReadSitemap: _sitemap,
    ReadArticle: _article,
    ReadPicture: _picture,
}


def encoded(message: Task | Answer[Any]) -> bytes:
    payload = msgspec.msgpack.encode(message)
    return len(payload).to_bytes(LENGTH_BYTES, "big") + payload


def main() -> None:
    cpu_seconds, memory_bytes = float(sys.argv[1]), int(sys.argv[2])
    answers = _own_the_pipe()
    gc.set_threshold(50_000, 20, 20)  # what reading leaves behind is freed at once, but for little
    # Ctrl-C is the parent's to answer; it ends us by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        while (task := _next(sys.stdin.buffer)) is not None:
            importlib.import_module(task.home)
            # The signal itself ends the process: no Python has to run for it, so no loop in C outlasts it.
            signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
            answer = encoded(_answer(task))
            signal.setitimer(signal.ITIMER_PROF, 0)
            answers.write(answer)
            answers.flush()
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except BrokenPipeError:
        os._exit(0)  # the parent is gone


def _own_the_pipe() -> BinaryIO:
    """Keep the answers' pipe, and let anything that prints to standard output print to nowhere."""
    pipe = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return pipe


def _next(tasks: BinaryIO) -> AnyTask | None:
    length = tasks.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    payload = tasks.read(int.from_bytes(length, "big"))
    task: AnyTask = msgspec.msgpack.decode(payload, type=AnyTask)
    return task


def _answer(task: AnyTask) -> Answer[Any]:
    outcome = _DONE_BY[type(task)](task)
    return Answer(unreadable=outcome) if isinstance(outcome, Unreadable) else Answer(found=outcome)


if __name__ == "__main__":
    main()
