"""A newsroom that polls the scripted world for days, and the journal of what it asked and why."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import httpx2
from sqlalchemy import func, select

from builders import SETTINGS
from curator.edges.readers import Readers
from curator.fetch import Web
from curator.ingest.polling import poll
from curator.model import Because, Source, SourceDraft
from curator.settings import FetchSettings
from curator.store import Store
from curator.store import tables as t
from simulation.world import START, Asked, Script, VirtualTime, WatchedGate, World

TICK = timedelta(minutes=15)
"""How often the newsroom looks at what is due."""

FETCH = FetchSettings(concurrency=8)


NOBODY = -1


@dataclass(frozen=True, slots=True)
class Visit:
    """One request and the rule it was made by. `due` is what was decided after it, `waited` before it."""

    asked: Asked
    rule: str
    source: int
    due: datetime | None = None


@dataclass
class Journal:
    visits: list[Visit] = field(default_factory=list)
    unjustified: list[Asked] = field(default_factory=list)
    unasked: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Life:
    """All that a test may look at once the days are over."""

    world: World
    store: Store
    journal: Journal
    ids: dict[str, int]
    ends: datetime

    def source(self, script: Script) -> Source:
        with self.store.read() as tx:
            return tx.sources.get(self.ids[script.url])

    def of(self, kind: str) -> list[Script]:
        return [script for script in self.world.scripts if script.kind == kind]

    def titles(self, script: Script) -> list[str]:
        with self.store.read() as tx:
            found = tx.entries.find(source_id=self.ids[script.url], limit=None)[1]
        return sorted(entry.title for entry in found)

    def visits_to(self, script: Script) -> list[Visit]:
        """The polls of the source itself, without hops and home pages."""
        polls = {str(because) for because in Because}
        return [v for v in self.journal.visits if v.source == self.ids[script.url] and v.rule in polls]

    def incidents(self, script: Script) -> list[tuple[str, bool]]:
        with self.store.read() as tx:
            rows = tx.connection.execute(
                select(t.incidents)
                .where(t.incidents.c.source_id == self.ids[script.url])
                .order_by(t.incidents.c.id)
            )
            return [(row.code, row.ended_at is not None) for row in rows]


def live(
    scripts: Sequence[Script],
    *,
    store: Store,
    readers: Readers,
    days: float,
    limits: dict[str, int],
    seed: int = 11,
) -> Life:
    """Follow them all and poll what is due, every quarter of an hour, for so many days."""
    settings = replace(SETTINGS, fetch=FETCH, editions={})
    time = VirtualTime()
    gate = WatchedGate(FETCH.per_host_gap, time)
    world = World(scripts, time, gate, limits=limits)
    web = Web(world.client(), gate, FETCH)
    with store.begin() as tx:
        added = {
            script.url: tx.sources.add(
                url=script.url, name=script.url, draft=SourceDraft(), unverified=True, now=START
            )
            for script in scripts
        }
    ids = {url: source_id for url, source_id in added.items() if source_id is not None}
    life = Life(world=world, store=store, journal=Journal(), ids=ids, ends=START + timedelta(days=days))
    chance = random.Random(seed)
    where = {source_id: url for url, source_id in ids.items()}
    last = 0
    while time.now() < life.ends:
        begun = len(world.asked)
        with store.read() as tx:
            anything = tx.sources.due(now=time.now())
        if anything:
            poll(
                store,
                web,
                readers,
                settings=settings,
                worker="here",
                is_gone=lambda _: False,
                clock=time.now,
                chance=chance.random,
            )
        last = _note(life, world.asked[begun:], where=where, last=last)
        time.until(START + TICK * int((time.now() - START) / TICK + 1))
    return life


def _of_host(host: str, homes: Mapping[str | None, int]) -> int:
    """The source whose home page robots.txt was asked for."""
    return next((source for url, source in homes.items() if url and httpx2.URL(url).host == host), NOBODY)


def _note(life: Life, requests: Sequence[Asked], *, where: dict[int, str], last: int) -> int:
    """Find for each request of one round its record in the store, or the hop or home page it was."""
    if not requests:
        return last
    with life.store.read() as tx:
        records = tx.connection.execute(
            select(t.fetches.c.id, t.fetches.c.source_id, t.fetches.c.why, t.fetches.c.outcome)
            .where(t.fetches.c.id > last)
            .order_by(t.fetches.c.id)
        ).all()
        sources = tx.sources.many({record.source_id for record in records})
        newest = tx.connection.execute(select(func.max(t.fetches.c.id))).scalar()
    homes = {sources[r.source_id].home_url: r.source_id for r in records if r.outcome == "looked"}
    polls = {where[r.source_id]: r for r in records if r.outcome != "looked"}
    hops: dict[str, int] = {}
    met: Counter[str] = Counter()
    visit: Visit | None
    for asked in requests:
        if asked.url in polls and not met[asked.url]:
            record = polls[asked.url]
            due = sources[record.source_id].due_at
            visit = Visit(asked, record.why, record.source_id, due)
        elif asked.url in hops:
            visit = Visit(asked, "redirect", hops.pop(asked.url))
        elif asked.url.endswith("/robots.txt"):
            visit = Visit(asked, "robots", _of_host(asked.host, homes))
        elif asked.url in homes:
            visit = Visit(asked, "home_page", homes.pop(asked.url))
        else:
            visit = None
        if visit is None or visit.source == NOBODY:
            life.journal.unjustified.append(asked)
            continue
        met[asked.url] += 1
        if asked.location is not None:
            hops[asked.location] = visit.source
        life.journal.visits.append(visit)
    life.journal.unasked += [(r.source_id, r.why) for url, r in polls.items() if not met[url]]
    where.update({source_id: source.url for source_id, source in sources.items()})
    return newest or last
