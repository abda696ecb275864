"""SOURCES → ENTRIES → queue: one poll of what is due.

Threads fetch and read; this thread alone stores, so that a body is kept with its
entries, their items and its validators in one transaction, or not at all. The
sources of one host are asked one after another, hosts side by side.
"""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import structlog

from curator.errors import Refused
from curator.fetch import Web
from curator.ingest.hands import Body, Hands
from curator.ingest.leases import LEASE, Leases
from curator.ingest.outcomes import Answer, Polled
from curator.ingest.reconcile import skippable
from curator.ingest.settling import Desk
from curator.ingest.successors import look_for_successors
from curator.model import ParsedFeed, Source, SourceStatus
from curator.ports import Readers
from curator.settings import Settings
from curator.store import Store
from curator.store.hosts import host_of

log = structlog.get_logger()

CLAIMED_AT_ONCE = 100
"""Sources; others that poll, too, shall find some left."""
SETTLED_AT_ONCE = 100
ENTRIES_AT_ONCE = 1000
"""An editor who saves waits for no longer than their transaction takes."""
TOGETHER_WITHIN = 0.5  # seconds that an answer may wait for others


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """All of one poll. `busy`: sources that another poll has in hand."""

    results: tuple[Polled, ...]
    busy: int = 0

    @property
    def sources(self) -> int:
        return len(self.results)

    @property
    def fetched(self) -> int:
        return self._ended("fetched")

    @property
    def not_modified(self) -> int:
        return self._ended("not_modified")

    @property
    def failed(self) -> int:
        return self._ended("failed")

    @property
    def gone(self) -> int:
        return self._ended("gone")

    @property
    def new(self) -> int:
        return sum(polled.new for polled in self.results)

    @property
    def revised(self) -> int:
        return sum(polled.revised for polled in self.results)

    def _ended(self, outcome: str) -> int:
        return sum(polled.outcome == outcome for polled in self.results)


def poll(
    store: Store,
    web: Web,
    readers: Readers,
    *,
    source_ids: Sequence[int] | None = None,
    everything: bool = False,
    settings: Settings,
    worker: str,
    is_gone: Callable[[str], bool],
    clock: Callable[[], datetime],
    chance: Callable[[], float] = random.random,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Poll:
    """Poll what is due; or every active source; or these, due or not. `told` how many of how many are done.

    Safe at any time, in any number of processes at once. Raises StoreError
    where nothing more can be stored; what was stored until then stays.
    """
    targets = deque(_targets(store, source_ids, everything=everything, now=clock()))
    of = len(targets)
    leases = Leases(
        store,
        web.gate,
        gap=settings.fetch.per_host_gap,
        worker=worker,
        is_gone=is_gone,
        clock=clock,
        only_due=source_ids is None and not everything,
    )
    desk = Desk(store, settings.fetch, worker=worker, clock=clock, chance=chance)
    turns = _Turns()
    answered = _Answered()
    most = settings.fetch.concurrency
    results: list[Polled] = []
    busy = 0
    with Hands(web, readers, most=most, readings=settings.read.workers, clock=clock) as hands:
        try:
            while targets or turns.waiting or hands.busy or answered:
                if targets and turns.waiting < most:
                    wanted = [targets.popleft() for _ in range(min(CLAIMED_AT_ONCE, len(targets)))]
                    claimed = leases.claim(wanted)
                    busy += claimed.busy
                    turns.add(claimed.sources)
                while hands.busy < most and (source := turns.next()) is not None:
                    hands.ask(source)
                leases.keep()
                if hands.busy:
                    answers, bodies = hands.wait(answered.patience)
                    answered += answers
                    hands.read(bodies, known=_known(store, bodies))
                if answered and (answered.are_due() or not hands.busy):
                    ready = answered.taken()
                    for answer in ready:
                        turns.done(answer.source)
                    results += desk.settle(ready)
                    told(len(results), of)
                    leases.ended([answer.source for answer in ready])
                    if desk.paused and leases.only_due:
                        leases.not_now(turns.drop(desk.paused))
        finally:
            leases.give_back()
    if leases.only_due:
        look_for_successors(store, web, readers, clock=clock)
    return Poll(results=tuple(sorted(results, key=lambda polled: polled.source)), busy=busy)


def _targets(store: Store, source_ids: Sequence[int] | None, *, everything: bool, now: datetime) -> list[int]:
    with store.read() as tx:
        if source_ids is None:
            return tx.sources.due(now=now, everything=everything)
        for source_id in source_ids:
            source = tx.sources.listed(source_id)
            if source.status is not SourceStatus.ACTIVE:
                raise Refused("source_not_active", id=source_id, name=source.name, status=str(source.status))
    return list(dict.fromkeys(source_ids))


def _known(store: Store, bodies: Sequence[Body]) -> Mapping[int, frozenset[str]]:
    """What of these documents need not be read, for it was the last time."""
    # What has never been read has no entries; or it was removed once, and reads them all.
    polled = [body.source.id for body in bodies if body.source.body_hash is not None]
    if not polled:
        return {}
    with store.read() as tx:
        told = tx.entries.told(polled)
    return {source_id: skippable(entries) for source_id, entries in told.items()}


# ── whose turn it is ────────────────────────────────────────────────────────


class _Turns:
    """Claimed sources in line by host; the next is always of a host that nobody is asking."""

    def __init__(self) -> None:
        self.waiting = 0
        self._lines: dict[str, deque[Source]] = {}
        self._free: deque[str] = deque()

    def add(self, sources: Sequence[Source]) -> None:
        for source in sources:
            host = host_of(source.url)
            if host not in self._lines:
                self._lines[host] = deque()
                self._free.append(host)
            self._lines[host].append(source)
        self.waiting += len(sources)

    def next(self) -> Source | None:
        if not self._free:
            return None
        self.waiting -= 1
        return self._lines[self._free.popleft()].popleft()

    def drop(self, hosts: Collection[str]) -> list[Source]:
        """Take these hosts out of the line; the sources that waited for them."""
        dropped = [source for host in hosts for source in self._lines.get(host, ())]
        for host in self._lines.keys() & set(hosts):
            if host in self._free:
                self._free.remove(host)
                del self._lines[host]
            else:  # somebody is asking it just now
                self._lines[host].clear()
        self.waiting -= len(dropped)
        return dropped

    def done(self, source: Source) -> None:
        host = host_of(source.url)
        if self._lines[host]:
            self._free.append(host)
        else:
            del self._lines[host]


class _Answered:
    """Answers that wait to be settled together: many at once, but none for long."""

    def __init__(self) -> None:
        self._answers: list[Answer] = []
        self._entries = 0
        self._due_at = 0.0

    def __bool__(self) -> bool:
        return bool(self._answers)

    def __iadd__(self, answers: Sequence[Answer]) -> Self:
        if answers and not self._answers:
            self._due_at = time.monotonic() + TOGETHER_WITHIN
        self._answers += answers
        self._entries += sum(len(each.read.entries) for each in answers if isinstance(each.read, ParsedFeed))
        return self

    @property
    def patience(self) -> float:
        """Seconds for which one may wait for another; leases are looked after in between."""
        if not self._answers:
            return LEASE.total_seconds() / 4
        return max(self._due_at - time.monotonic(), 0.0)

    def are_due(self) -> bool:
        return (
            len(self._answers) >= SETTLED_AT_ONCE
            or self._entries >= ENTRIES_AT_ONCE
            or time.monotonic() >= self._due_at
        )

    def taken(self) -> list[Answer]:
        answers, self._answers, self._entries = self._answers, [], 0
        return answers
