"""What is under way in a poll: threads ask and read, and do not see the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import Generic, Self, TypeVar

import structlog

from curator.fetch import Web, fetch
from curator.ingest.asking import ask
from curator.ingest.feeds.fingerprint import fingerprint
from curator.ingest.outcomes import Answer, internal_failure
from curator.ingest.paging import with_next_pages
from curator.model import Fetched, ParsedFeed, Source, SourceKind, Unreadable
from curator.ports import Readers
from curator.text import masked

BODIES_PER_READER = 8
"""So many wait for each before there is one more: to start one costs as much as reading dozens."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """A document that was sent and is not the one read last time."""

    source: Source
    got: Fetched
    body_hash: str


class Hands:
    """What is under way; `busy` counts the sources, whose bodies are all that wait in memory."""

    def __init__(
        self, web: Web, readers: Readers, *, most: int, readings: int, clock: Callable[[], datetime]
    ) -> None:
        self._web = web
        self._readers = readers
        self._clock = clock
        self._asking = _Crew(self._ask, name="poll", most=most, load=0)
        self._reading = _Crew(self._read, name="read", most=readings, load=BODIES_PER_READER)
        self._done: SimpleQueue[Answer | Body] = SimpleQueue()
        self.busy = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._asking.dismiss()
        self._reading.dismiss()

    def ask(self, source: Source) -> None:
        self.busy += 1
        self._asking.give(source)

    def read(self, bodies: Sequence[Body], *, known: Mapping[int, frozenset[str]]) -> None:
        for body in bodies:
            self._reading.give((body, known.get(body.source.id, frozenset())))

    def wait(self, patience: float) -> tuple[list[Answer], list[Body]]:
        """What is there; waits for a first one, but no longer than `patience` (s)."""
        answers: list[Answer] = []
        bodies: list[Body] = []
        try:
            done = self._done.get(timeout=patience)
            while True:
                if isinstance(done, Answer):
                    answers.append(done)
                else:
                    bodies.append(done)
                done = self._done.get_nowait()
        except Empty:
            self.busy -= len(answers)
            return answers, bodies

    def _ask(self, source: Source) -> None:
        try:
            if source.kind is SourceKind.FEED:
                self._done.put(_asked(self._web, source, now=self._clock()))
            else:
                self._done.put(ask(self._web, self._readers, source, clock=self._clock))
        except Exception as error:  # noqa: BLE001 - it is said, and stored as how this poll ended
            self._done.put(_mistaken(source, error))

    def _read(self, task: tuple[Body, frozenset[str]]) -> None:
        body, known = task
        try:
            read = with_next_pages(
                self._web,
                self._readers,
                _reading(self._readers, body, known=known, now=self._clock()),
                got=body.got,
                known=known,
                is_new=body.source.last_success_at is None,
                now=self._clock(),
            )
            # Answers wait in line to be stored: bodies of 15 MiB need not wait with them.
            got = replace(body.got, body=b"")
            self._done.put(Answer(source=body.source, fetch=got, body_hash=body.body_hash, read=read))
        except Exception as error:  # noqa: BLE001 - the same
            self._done.put(_mistaken(body.source, error))


def _asked(web: Web, source: Source, *, now: datetime) -> Answer | Body:
    got = fetch(web, source.url, validators=source.validators, now=now)
    if not isinstance(got, Fetched):
        return Answer(source=source, fetch=got)
    body_hash = fingerprint(got.body)
    if body_hash != source.body_hash:
        return Body(source=source, got=got, body_hash=body_hash)
    return Answer(source=source, fetch=replace(got, body=b""), body_hash=body_hash)


def _reading(
    readers: Readers, body: Body, *, known: frozenset[str], now: datetime
) -> ParsedFeed | Unreadable:
    got = body.got
    return readers.read(got.body, content_type=got.content_type, url=got.final_url, now=now, known=known)


def _mistaken(source: Source, error: Exception) -> Answer:
    """A mistake of ours over one source must not stop the others."""
    log.error("poll_internal", source=source.id, url=masked(source.url), exc_info=error)
    return Answer(source=source, fetch=internal_failure(error))


Task = TypeVar("Task")


class _Crew(Generic[Task]):
    """Threads that do one task after the other; `load` is how many wait for each before another joins."""

    def __init__(self, work: Callable[[Task], None], *, name: str, most: int, load: int) -> None:
        self._work = work
        self._name = name
        self._most = most
        self._load = load
        self._tasks: SimpleQueue[Task | None] = SimpleQueue()
        self._threads = 0

    def give(self, task: Task) -> None:
        self._tasks.put(task)
        if self._threads < self._most and self._tasks.qsize() > self._load * self._threads:
            # A daemon: what is being fetched when the program ends keeps nobody waiting.
            # What it logs belongs to the work that it is done for.
            labour = partial(copy_context().run, self._labour)
            threading.Thread(target=labour, name=f"{self._name}-{self._threads}", daemon=True).start()
            self._threads += 1

    def dismiss(self) -> None:
        """Begin nothing more; what is under way ends by itself."""
        try:
            while True:
                self._tasks.get_nowait()
        except Empty:
            for _ in range(self._threads):
                self._tasks.put(None)

    def _labour(self) -> None:
        while (task := self._tasks.get()) is not None:
            self._work(task)
