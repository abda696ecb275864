"""SOURCES → ENTRIES → queue: one poll of what is due.

Threads fetch and read; this thread alone stores, so that a body is kept with its
entries, their items and its validators in one transaction, or not at all. The
sources of one host are asked one after another, hosts side by side.
"""

from __future__ import annotations

import hashlib
import random
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from queue import Empty, SimpleQueue

import structlog

from curator.errors import Refused
from curator.fetch import Web, fetch
from curator.ingest.asking import ask
from curator.ingest.leases import LEASE, Leases
from curator.ingest.outcomes import Answer, Polled, internal_failure
from curator.ingest.settling import Desk
from curator.ingest.successors import look_for_successors
from curator.model import Fetched, Source, SourceKind, SourceStatus
from curator.ports import Readers
from curator.settings import Settings
from curator.store import Store
from curator.store.hosts import host_of

log = structlog.get_logger()


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
) -> Poll:
    """Poll what is due; or every active source; or these, due or not.

    Safe at any time, in any number of processes at once. Raises StoreError
    where nothing more can be stored; what was stored until then stays.
    """
    targets = deque(_targets(store, source_ids, everything=everything, now=clock()))
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
    answers: SimpleQueue[Answer] = SimpleQueue()
    hands = settings.fetch.concurrency
    results: list[Polled] = []
    busy = asked = 0
    with ThreadPoolExecutor(max_workers=hands, thread_name_prefix="poll") as pool:
        try:
            while targets or turns.waiting or asked:
                if targets and turns.waiting < hands:
                    wanted = [targets.popleft() for _ in range(min(2 * hands, len(targets)))]
                    claimed = leases.claim(wanted)
                    busy += claimed.busy
                    turns.add(claimed.sources)
                while asked < hands and (source := turns.next()) is not None:
                    pool.submit(lambda source: answers.put(_ask(web, readers, source, clock=clock)), source)
                    asked += 1
                leases.keep()
                if not asked:
                    continue
                ready = _waiting(answers)
                asked -= len(ready)
                for answer in ready:
                    turns.done(answer.source)
                results += desk.settle(ready)
                leases.ended([answer.source for answer in ready])
                if desk.paused and leases.only_due:
                    leases.not_now(turns.drop(desk.paused))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
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


def _waiting(answers: SimpleQueue[Answer]) -> list[Answer]:
    """The answers that are there; waits for a first one, but no longer than leases allow."""
    ready: list[Answer] = []
    try:
        ready.append(answers.get(timeout=LEASE.total_seconds() / 4))
        while True:
            ready.append(answers.get_nowait())
    except Empty:
        return ready


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


# ── asking: in a thread, without the store ──────────────────────────────────


def _ask(web: Web, readers: Readers, source: Source, *, clock: Callable[[], datetime]) -> Answer:
    try:
        if source.kind is not SourceKind.FEED:
            return ask(web, readers, source, clock=clock)
        got = fetch(web, source.url, validators=source.validators, now=clock())
        if not isinstance(got, Fetched):
            return Answer(source=source, fetch=got)
        body_hash = hashlib.blake2b(got.body, digest_size=32).hexdigest()
        read = None
        if body_hash != source.body_hash:
            read = readers.read(got.body, content_type=got.content_type, url=got.final_url, now=clock())
        # Answers wait in line to be stored: 32 bodies of 15 MiB need not wait with them.
        return Answer(source=source, fetch=replace(got, body=b""), body_hash=body_hash, read=read)
    except Exception as error:
        # A mistake of ours over one source must not stop the others.
        log.exception("poll_internal", source=source.id, url=source.url)
        return Answer(source=source, fetch=internal_failure(error))
