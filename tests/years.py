"""A newsroom that one service runs for years of a scripted world: it polls, publishes, mails and tidies up.

python tests/years.py FOLDER DAYS lives through so many, in a process that does nothing else, with 200 sources
and a turn every third day; it prints a line of JSON for each sample, and for the core at days 60 and 360.

The service is the real one, its clock and the web are simulation.world's. An editor takes an item a day,
and what she has not taken within the week is skipped.
"""

from __future__ import annotations

import functools
import gc
import json
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import insert, select, update

from builders import MARTA
from curator.bootstrap import Newsroom, init_newsroom
from curator.curate.usecases import approve, write
from curator.curate.writing import Writing
from curator.faces.loop import Service
from curator.fetch import Web
from curator.publish import roster
from curator.publish.press import Fragments
from curator.settings import FetchSettings
from curator.store import Store
from curator.store import tables as t
from simulation.world import DAY, START, Script, VirtualTime, WatchedGate, World, populate

FETCH = FetchSettings(concurrency=8)
WEEK = timedelta(days=7)


def slow_sources(*, scale: float, days: float) -> list[Script]:
    """200 of them, or a part, with all their troubles; none says more than one thing a day."""
    scripts = populate(days=days, scale=scale)
    for n, script in enumerate(scripts):
        if script.period < DAY:
            script.period = DAY * (1 + n % 5)
            script.first = START - 8 * script.period - timedelta(minutes=n)
    return scripts


@dataclass(frozen=True, slots=True)
class Sample:
    """After so many days. `rss` in bytes, of the service alone; `objects` that Python's collector knows."""

    day: int
    rss: int
    objects: int
    database: int
    entries: int
    published: int
    mails: int
    tidied: int
    failures: int


@dataclass(frozen=True, slots=True)
class Core:
    """What is left of a service's memory without all that it remembers up to a limit."""

    objects: int
    blocks: int


class Years:
    def __init__(self, folder: Path, scripts: list[Script], *, readers: int, kept: int = 30) -> None:
        self.environ = {
            "CURATOR_NEWSROOM": str(folder),
            "CURATOR_MAIL__URL": "folder:outbox",
            "CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/",
            "CURATOR_REVIEW__SPELLING": "false",
            "CURATOR_READ__WORKERS": "1",
            "CURATOR_KEEP__BODIES_DAYS": str(kept),
            "CURATOR_KEEP__POLLS_DAYS": str(kept),
            "CURATOR_LINKS__CHECK": "false",
        }
        init_newsroom(folder, base_url=None, environ=self.environ, now=START)
        self.time = VirtualTime()
        gate = WatchedGate(FETCH.per_host_gap, self.time)
        self.world = World(scripts, self.time, gate, limits={})
        self.newsroom = Newsroom(folder, self.environ)
        self.newsroom.__dict__["web"] = Web(self.world.client(), gate, FETCH)  # in the place of the real one
        self.store: Store = self.newsroom.store
        self.clock_is_wrong_by = timedelta()
        self.service = Service(self.newsroom, store=self.store, clock=self.now)
        self.failures = self.tidied = self.mails = 0
        self._follow(scripts)
        self._subscribe(readers)

    def close(self) -> None:
        self.newsroom.__exit__(None, None, None)

    def now(self) -> datetime:
        return self.time.now() + self.clock_is_wrong_by

    def schedule(self, *, at: datetime) -> int:
        """An item of the queue, ready and given a time."""
        with self.store.read() as tx:
            waiting = select(t.items.c.id).where(t.items.c.status == "queued").order_by(t.items.c.id)
            item_id: int = tx.connection.execute(waiting).scalars().first() or 0
        settings = self.newsroom.settings
        desk: dict[str, Any] = {"by": MARTA, "settings": settings, "edition": settings.default_edition}
        write(self.store, item_id, Writing(headline="A suo tempo", note="Una nota."), now=self.now(), **desk)
        approve(self.store, [item_id], at=at, now=self.now(), **desk)
        return item_id

    def is_published(self, item_id: int) -> bool:
        with self.store.read() as tx:
            return any(
                p.item_id == item_id for p in tx.publications.live(self.newsroom.settings.default_edition.key)
            )

    def leave_leases(self) -> None:
        """As somebody who was killed in the middle of a poll of everything leaves them."""
        with self.store.begin() as tx:
            held = {"lease_by": "elsewhere:1:a", "lease_until": self.now() + timedelta(minutes=10)}
            tx.connection.execute(update(t.sources).values(**held))

    def counts(self) -> dict[str, int]:
        with self.store.read() as tx:
            return {
                "issues": len(tx.connection.execute(select(t.issues.c.id)).all()),
                "queued": len(
                    tx.connection.execute(select(t.items.c.id).where(t.items.c.status == "queued")).all()
                ),
            }

    def live(self, days: int, *, every: int = 1, sampled: int = 30) -> Iterator[Sample]:
        """A turn of the service every so many days; a sample each month."""
        for day in range(0, days, every):
            self.time.until(START + day * DAY + timedelta(hours=9, minutes=30))
            self._edit()
            done = self.service.turn()
            self.failures += done["failures"]
            self.tidied += done["tidied"]
            self.mails += self._empty_outbox()
            self.world.asked.clear()
            if (day + every) // sampled > day // sampled:
                yield self.sample(day + every)

    def sample(self, day: int) -> Sample:
        gc.collect()
        with self.store.read() as tx:
            counts = {
                table.name: len(tx.connection.execute(select(table.c.id)).all())
                for table in (t.entries, t.publications)
            }
        return Sample(
            day=day,
            rss=_rss(),
            objects=len(gc.get_objects()),
            database=self.store.path.stat().st_size if self.store.path else 0,
            entries=counts["entries"],
            published=counts["publications"],
            mails=self.mails,
            tidied=self.tidied,
            failures=self.failures,
        )

    def core(self) -> Core:
        """Without what was made of the last 1,024 items, all lru_caches, statements and connections."""
        for known in gc.get_objects():
            if isinstance(known, functools._lru_cache_wrapper):
                known.cache_clear()
            elif isinstance(known, Fragments):
                known.of(())
        self.store.engine.clear_compiled_cache()
        self.store.engine.dispose()
        gc.collect()
        return Core(objects=len(gc.get_objects()), blocks=sys.getallocatedblocks())

    def _follow(self, scripts: list[Script]) -> None:
        from curator.model import SourceDraft

        with self.store.begin() as tx:
            for script in scripts:
                tx.sources.add(
                    url=script.url, name=script.url, draft=SourceDraft(), unverified=True, now=START
                )

    def _subscribe(self, readers: int) -> None:
        settings = self.newsroom.settings
        roster.import_subscribers(
            self.store,
            settings,
            document="\n".join(["email", *(f"lettore{n}@lettori.example" for n in range(readers))]).encode(),
            edition=settings.default_edition.key,
            editions=tuple(settings.editions),
            consent="Iscritti al convegno",
            secret=self.newsroom.secret,
            now=START,
        )

    def _edit(self) -> None:
        now, settings = self.time.now(), self.newsroom.settings
        desk: dict[str, Any] = {
            "by": MARTA,
            "settings": settings,
            "edition": settings.default_edition,
            "now": now,
        }
        item = t.items.c
        with self.store.begin() as tx:
            queued = select(item.id).where(item.status == "queued").order_by(item.position.desc())
            newest = tx.connection.execute(queued.limit(1)).scalar()
            old = tx.connection.execute(
                queued.with_only_columns(item.id, item.version).where(item.queued_at < now - WEEK)
            ).all()
            self._skip(tx.connection, old, now)
        if newest is not None and newest not in {row.id for row in old}:
            write(self.store, newest, Writing(headline=f"Titolo {newest}", note="Una nota nostra."), **desk)
            approve(self.store, [newest], **desk)

    @staticmethod
    def _skip(connection: Any, old: Sequence[Any], now: datetime) -> None:
        for row in old:
            connection.execute(
                update(t.items)
                .where(t.items.c.id == row.id)
                .values(status="skipped", version=row.version + 1)
            )
        moved = {"at": now, "editor": "marta", "edition": "it", "move": "skip"}
        moved |= {"before": {"status": "queued"}, "after": {"status": "skipped"}}
        if old:
            rows = [moved | {"item_id": row.id, "version": row.version + 1} for row in old]
            connection.execute(insert(t.events), rows)

    def _empty_outbox(self) -> int:
        mails = list((self.newsroom.folder / "outbox").glob("*.eml"))
        for mail in mails:
            mail.unlink()
        return len(mails)


def _rss() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


def part_of(scripts: list[Script], count: int) -> list[Script]:
    """Some, of all kinds."""
    step = max(1, len(scripts) // count)
    return [replace(script) for script in scripts[::step][:count]]


def main(folder: str, days: str) -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    years = Years(Path(folder), slow_sources(scale=1.0, days=int(days)), readers=20)
    for sample in years.live(int(days), every=3, sampled=30):
        print(json.dumps(asdict(sample)), flush=True)  # noqa: T201 - this is its answer
        if sample.day in (60, 360):
            print(json.dumps(asdict(years.core())), flush=True)  # noqa: T201
    years.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
