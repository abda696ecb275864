"""Worker processes that read documents, so that none can take the program down with it.

feedparser takes 51 seconds for 600 KB of attributes, and nh3 more than a
minute for 100,000 nested elements (FAULTS, finding 4): no check beforehand
finds all such documents, so each is read where it can be killed.

A worker's answer is decoded as data of known shape: even one that a document
had taken over could not make the parent run code.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from datetime import datetime
from typing import Self, TypeVar

import msgspec

from curator.edges.reader import (
    LENGTH_BYTES,
    OUT_OF_MEMORY,
    Answer,
    Infer,
    Links,
    Read,
    ReadArticle,
    ReadListing,
    ReadPicture,
    ReadSitemap,
    Task,
    encoded,
)
from curator.model import Article, FeedLink, Inferred, ParsedFeed, Picture, Selectors, Sitemap, Unreadable
from curator.settings import ReadSettings

# Processor time is the limit; this ends a worker that sleeps, or a machine that does not come round to it.
_WALL_PER_CPU_SECOND = 6
_WALL_EXTRA = 15.0
_MOST_ANSWER_BYTES = 256 * 1024 * 1024
_DOCUMENTS_PER_WORKER = 500  # then a fresh one: freed memory is not always given back
_LAST_BREATH = 5.0
_CHUNK = 1024 * 1024
_KEPT_VARIABLES = frozenset(
    {"PATH", "LANG", "LC_ALL", "TMPDIR", "HOME"}
)  # no secret of the parent's reaches a worker

Found = TypeVar("Found")


class Readers:
    """At most `settings.workers` documents at once, from any number of threads. Ends with `close`."""

    def __init__(self, settings: ReadSettings) -> None:
        self._settings = settings
        self._turns = threading.BoundedSemaphore(settings.workers)
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(
        self,
        body: bytes,
        *,
        content_type: str | None,
        url: str,
        now: datetime,
        known: Collection[str] = (),
        as_said: bool = False,
    ) -> ParsedFeed | Unreadable:
        """What the document says; a document that broke its worker is Unreadable, and only that one."""
        task = Read(
            body=body, content_type=content_type, url=url, now=now, known=frozenset(known), as_said=as_said
        )
        return self._ask(task, ParsedFeed)

    def links(self, body: bytes, *, content_type: str | None, url: str) -> tuple[FeedLink, ...]:
        """The feeds that a page names; none where the page broke its worker."""
        found = self._ask(Links(body=body, content_type=content_type, url=url), tuple[FeedLink, ...])
        return () if isinstance(found, Unreadable) else found

    def infer(
        self, body: bytes, *, content_type: str | None, url: str, now: datetime
    ) -> Inferred | Unreadable:
        """How a page without a feed lists its entries, or why it is no list."""
        return self._ask(Infer(body=body, content_type=content_type, url=url, now=now), Inferred)

    def listing(
        self, body: bytes, selectors: Selectors, *, content_type: str | None, url: str, now: datetime
    ) -> ParsedFeed | Unreadable:
        """The entries of a page without a feed."""
        task = ReadListing(body=body, selectors=selectors, content_type=content_type, url=url, now=now)
        return self._ask(task, ParsedFeed)

    def sitemap(
        self, body: bytes, *, content_type: str | None, url: str, now: datetime
    ) -> Sitemap | Unreadable:
        """What a sitemap names."""
        return self._ask(ReadSitemap(body=body, content_type=content_type, url=url, now=now), Sitemap)

    def article(
        self, body: bytes, *, content_type: str | None, url: str, was_let_in: bool = False
    ) -> Article | Unreadable:
        """The article on a page, or why there is none to quote from."""
        task = ReadArticle(body=body, content_type=content_type, url=url, was_let_in=was_let_in)
        return self._ask(task, Article)

    def picture(self, body: bytes, *, url: str, max_side: int, shown_side: int) -> Picture | Unreadable:
        """Our own copy of a picture, or why there is none."""
        task = ReadPicture(body=body, content_type=None, url=url, max_side=max_side, shown_side=shown_side)
        return self._ask(task, Picture)

    def close(self) -> None:
        """End every worker, also one that is reading; safe to call twice."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = self._all.difference(idle)
            self._all = set()
        for worker in idle:
            worker.end()
        for worker in busy:
            worker.kill()  # its pipes belong to the thread that waits for an answer, which ends it

    def _ask(self, task: Task, kind: type[Found]) -> Found | Unreadable:
        """What a worker found, decoded as `kind`; Unreadable as well where the worker was lost over it."""
        with self._turns:
            answer, was_fresh = self._ask_a_worker(task, Answer[kind], fresh=False)  # type: ignore[valid-type]
            if (
                isinstance(answer, Unreadable)
                and answer.code != "read_timeout"
                and not (was_fresh or self._closed)
            ):
                # A worker that had read before may have died of that, or of a stranger's signal.
                answer, _ = self._ask_a_worker(task, Answer[kind], fresh=True)  # type: ignore[valid-type]
        if isinstance(answer, Unreadable):
            return answer
        if answer.found is not None:
            return answer.found
        return answer.unreadable or Unreadable(code="read_crashed", data={"detail": "no answer"})

    def _ask_a_worker(
        self, task: Task, kind: type[Answer[Found]], *, fresh: bool
    ) -> tuple[Answer[Found] | Unreadable, bool]:
        try:
            worker = self._take(fresh=fresh)
        except OSError as error:  # no process, memory or file handle left on this machine
            return Unreadable(code="read_crashed", data={"detail": error.strerror or "no worker"}), True
        was_fresh = worker.is_fresh()
        answer = worker.ask(task, kind)
        self._give_back(worker)
        return answer, was_fresh

    def _take(self, *, fresh: bool) -> _Worker:
        with self._lock:
            if self._closed:
                raise RuntimeError("these Readers are closed")
            while self._idle and not fresh:
                worker = self._idle.pop()
                if worker.is_alive():
                    return worker
                self._all.discard(worker)  # died while idle: no document's fault
                worker.end()
            worker = _Worker(self._settings)
            self._all.add(worker)
            return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if worker.is_fit() and not self._closed:
                self._idle.append(worker)
                return
            self._all.discard(worker)
        worker.end()


class _Worker:
    def __init__(self, settings: ReadSettings) -> None:
        self._settings = settings
        self._served = 0
        self._lost = False
        environment = {name: value for name, value in os.environ.items() if name in _KEPT_VARIABLES}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [
                *(sys.executable, "-m", "curator.edges.reader"),
                *(str(settings.cpu_seconds), str(settings.memory_bytes)),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=environment,
        )

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def is_fresh(self) -> bool:
        return self._served == 0

    def is_fit(self) -> bool:
        """May it read another document?"""
        return not self._lost and self._served < _DOCUMENTS_PER_WORKER and self.is_alive()

    def ask(self, task: Task, kind: type[Answer[Found]]) -> Answer[Found] | Unreadable:
        self._served += 1
        deadline = time.monotonic() + self._settings.cpu_seconds * _WALL_PER_CPU_SECOND + _WALL_EXTRA
        try:
            self._send(encoded(task))
            answer = msgspec.msgpack.decode(self._receive(deadline=deadline), type=kind)
        except TimeoutError:
            self._lost = True
            return self._took_too_long()
        except (OSError, EOFError, msgspec.MsgspecError):
            self._lost = True
            return self._why_lost()
        return answer

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        self.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was still to be written has no reader
                    pipe.close()

    def _send(self, message: bytes) -> None:
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101  asked for with PIPE
        rest = memoryview(message)
        while rest:
            rest = rest[os.write(pipe.fileno(), rest) :]

    def _receive(self, *, deadline: float) -> bytes:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101  asked for with PIPE
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)

            def exactly(count: int) -> bytes:
                received = bytearray()
                while len(received) < count:
                    if not selector.select(max(0.0, deadline - time.monotonic())):
                        raise TimeoutError
                    chunk = os.read(pipe.fileno(), min(_CHUNK, count - len(received)))
                    if not chunk:
                        raise EOFError
                    received += chunk
                return bytes(received)

            length = int.from_bytes(exactly(LENGTH_BYTES), "big")
            if length > _MOST_ANSWER_BYTES:
                raise EOFError
            return exactly(length)

    def _why_lost(self) -> Unreadable:
        try:
            status = self._process.wait(timeout=_LAST_BREATH)
        except subprocess.TimeoutExpired:
            return Unreadable(code="read_crashed", data={"detail": "garbled answer"})
        if status == -signal.SIGPROF:
            return self._took_too_long()
        # Rust aborts when memory is refused; the kernel kills when the machine has none left.
        if status in {OUT_OF_MEMORY, -signal.SIGABRT, -signal.SIGKILL}:
            return Unreadable(code="read_memory", data={"bytes": self._settings.memory_bytes})
        detail = signal.Signals(-status).name if status < 0 else f"exit {status}"
        return Unreadable(code="read_crashed", data={"detail": detail})

    def _took_too_long(self) -> Unreadable:
        return Unreadable(code="read_timeout", data={"seconds": self._settings.cpu_seconds})
