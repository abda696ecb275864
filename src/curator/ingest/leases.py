"""The right to poll: of each source, and of each host that several sources share.

So two processes never poll one source at once, nor ask one host within its gap;
and a host that wants to be left alone is left alone by all of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from curator.errors import StoreError
from curator.fetch import HostGate
from curator.model import Source
from curator.store import Store, Transaction
from curator.store.hosts import host_of

LEASE = timedelta(minutes=15)
"""Longer than any one fetch may last; renewed while a poll goes on."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """`busy`: so many of those that were wanted are in other hands, or their host is."""

    sources: tuple[Source, ...]
    busy: int


class Leases:
    """What one poll may ask, kept as long as it takes."""

    def __init__(
        self,
        store: Store,
        gate: HostGate,
        *,
        gap: float,
        worker: str,
        is_gone: Callable[[str], bool],
        clock: Callable[[], datetime],
        only_due: bool,
    ) -> None:
        self._store = store
        self._gate = gate
        self._gap = gap
        self._worker = worker
        self._is_gone = is_gone
        self._clock = clock
        self.only_due = only_due
        self._held: set[int] = set()
        self._shared: set[str] = set()
        self._hosts: Counter[str] = Counter()
        self._waits: dict[str, float] = {}
        self._renew_at = clock() + LEASE / 2

    def claim(self, source_ids: Sequence[int]) -> Claimed:
        now = self._clock()
        with self._store.begin() as tx:
            self._leave_hosts(tx, now=now)
            found = tx.sources.claim(
                source_ids,
                only_due=self.only_due,
                now=now,
                worker=self._worker,
                until=now + LEASE,
                is_gone=self._is_gone,
            )
            waiting = self._put_off(tx, found, now=now)
            rest = [source for source in found if source.id not in waiting]
            taken = self._take_hosts(tx, rest, now=now)
            kept = tuple(source for source in rest if host_of(source.url) in taken)
            if others := {source.id for source in rest} - {source.id for source in kept}:
                tx.sources.release(others, worker=self._worker)
        for host, seconds in self._waits.items():
            self._gate.hold(host, seconds)
        self._held.update(source.id for source in kept)
        self._hosts.update(host for source in kept if (host := host_of(source.url)) in self._shared)
        return Claimed(sources=kept, busy=len(source_ids) - len(kept) - len(waiting))

    def keep(self) -> None:
        now = self._clock()
        if now < self._renew_at or not self._held:
            return
        with self._store.begin() as tx:
            tx.sources.renew(sorted(self._held), worker=self._worker, until=now + LEASE)
            if self._hosts:
                tx.hosts.renew(sorted(self._hosts), worker=self._worker, until=now + LEASE)
        self._renew_at = now + LEASE / 2

    def ended(self, sources: Sequence[Source]) -> None:
        self._held.difference_update(source.id for source in sources)
        if self._hosts:
            self._hosts.subtract(host for s in sources if (host := host_of(s.url)) in self._hosts)

    def not_now(self, sources: Sequence[Source]) -> None:
        """Their host had enough while they waited in line: theirs is its pause."""
        if not sources:
            return
        now = self._clock()
        with self._store.begin() as tx:
            self._put_off(tx, sources, now=now)
        self.ended(sources)

    def give_back(self) -> None:
        """What a poll that was broken off has not come to is free again at once."""
        if not self._held and not self._hosts:
            return
        try:
            with self._store.begin() as tx:
                if self._held:
                    tx.sources.release(sorted(self._held), worker=self._worker)
                if self._hosts:
                    tx.hosts.leave(sorted(self._hosts), worker=self._worker, now=self._clock())
        except StoreError as error:
            # The poll ends for a reason of its own, which is on its way; the leases expire.
            log.warning("leases_kept", sources=len(self._held), error=error.reason)

    # ── hosts ──

    def _put_off(self, tx: Transaction, sources: Sequence[Source], *, now: datetime) -> set[int]:
        """The sources of hosts that are to be left alone; an editor who names a source goes before."""
        if not self.only_due:
            return set()
        paused = tx.hosts.paused({host_of(source.url) for source in sources}, now=now)
        until = {s.id: paused[host] for s in sources if (host := host_of(s.url)) in paused}
        tx.sources.postpone(until)
        return set(until)

    def _take_hosts(self, tx: Transaction, sources: Sequence[Source], *, now: datetime) -> Collection[str]:
        """All hosts but those that another worker is asking. Most have one source, whose own lease does."""
        hosts = {host_of(source.url) for source in sources}
        self._shared |= tx.sources.shared_hosts(hosts - self._shared)
        wanted = {host for host in hosts & self._shared if self._hosts[host] <= 0}
        if not wanted:
            return hosts
        taken = tx.hosts.take(wanted, worker=self._worker, now=now, until=now + LEASE, is_gone=self._is_gone)
        # Within the gap whatever the clocks of two machines say.
        self._waits = {
            host: self._gap - max((now - asked_at).total_seconds(), 0.0)
            for host, asked_at in taken.items()
            if asked_at is not None
        }
        return hosts - wanted | taken.keys()

    def _leave_hosts(self, tx: Transaction, *, now: datetime) -> None:
        if done := sorted(host for host, waiting in self._hosts.items() if waiting <= 0):
            tx.hosts.leave(done, worker=self._worker, now=now)
            for host in done:
                del self._hosts[host]
