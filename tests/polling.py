"""A newsroom reduced to what a poll needs: a store, a web that may reach loopback, readers, a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from builders import NOW, SETTINGS
from curator.edges.http import open_web
from curator.edges.readers import Readers
from curator.fetch import Web
from curator.ingest.usecases import Poll, poll
from curator.model import Entry, Item, Source, SourceDraft
from curator.settings import FetchSettings, ReadSettings
from curator.store import Store
from curator.store.search import Search

FETCH = FetchSettings(
    allow_private=("127.0.0.0/8:*",),
    per_host_gap=0.0,
    total_timeout=10.0,
    concurrency=8,
    shortest_interval=60,
    longest_interval=60,
)


@dataclass
class Polling:
    store: Store
    web: Web
    readers: Readers
    now: datetime = NOW
    fetch: FetchSettings = FETCH
    is_gone: Callable[[str], bool] = field(default=lambda _: False)

    def follow(self, *urls: str, **draft: Any) -> list[int]:
        """Sources as an import adds them: unseen."""
        with self.store.begin() as tx:
            added = [
                tx.sources.add(url=url, name=url, draft=SourceDraft(**draft), unverified=True, now=self.now)
                for url in urls
            ]
        return [source_id for source_id in added if source_id is not None]

    def poll(
        self, source_ids: Sequence[int] | None = None, *, worker: str = "here:1:a", **options: Any
    ) -> Poll:
        return poll(
            self.store,
            self.web,
            self.readers,
            source_ids=source_ids,
            settings=replace(SETTINGS, fetch=self.fetch),
            worker=worker,
            is_gone=self.is_gone,
            clock=lambda: self.now,
            chance=lambda: 0.0,
            **options,
        )

    def later(self, **by: float) -> Polling:
        self.now += timedelta(**by) if by else timedelta(hours=1)
        return self

    def source(self, source_id: int) -> Source:
        with self.store.read() as tx:
            return tx.sources.get(source_id)

    def entries(self, source_id: int | None = None) -> list[Entry]:
        with self.store.read() as tx:
            return tx.entries.find(source_id=source_id, limit=None)[1]

    def queue(self) -> list[Item]:
        with self.store.read() as tx:
            return tx.items.find(Search(edition="it"), limit=None)[1]

    def queued_titles(self) -> list[str]:
        with self.store.read() as tx:
            return [tx.entries.get(item.entry_id).title for item in self.queue() if item.entry_id]


@contextmanager
def open_reading() -> Iterator[tuple[Web, Readers]]:
    web = open_web(FETCH)
    try:
        with Readers(ReadSettings(workers=1)) as readers:
            yield web, readers
    finally:
        web.close()
