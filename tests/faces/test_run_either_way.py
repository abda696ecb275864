"""`run` under systemd and `run --once` from cron: the same alerts, mails and outputs of a fortnight."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import update

from curator.bootstrap import open_newsroom
from curator.faces import loop
from curator.store import tables as t
from newsroom import STORY, Newsroom, Web, an_item, feed
from proving import PROOF
from watchtower import Watchtower

BEGINS = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)  # a Monday; the issue of the week closes at 08:00 UTC


@dataclass(slots=True)
class Clock:
    now: datetime = BEGINS

    def __call__(self) -> datetime:
        return self.now


Turn = Callable[[], None]


@contextmanager
def by_cron(house: Newsroom, clock: Clock) -> Iterator[Turn]:
    """Each time a process of its own."""

    def turn() -> None:
        with open_newsroom(house.folder, house.environ) as newsroom:
            loop.Service(newsroom, store=newsroom.store, clock=clock).once()

    yield turn


@contextmanager
def under_systemd(house: Newsroom, clock: Clock) -> Iterator[Turn]:
    """One that lives on. A turn: each kind of work was looked for twice since."""
    with open_newsroom(house.folder, house.environ) as newsroom:
        service = loop.Service(newsroom, store=newsroom.store, clock=clock)
        living = Thread(target=service.forever)
        living.start()

        def turn() -> None:  # inside, since nobody but a test wants to know that a round is over
            for _ in range(2):
                begun: list[Event] = list(service._begun.values())
                for each in begun:
                    each.clear()
                assert all(each.wait(60) for each in begun)

        try:
            yield turn
        finally:
            service._stopping.set()
            living.join()


def fortnight(house: Newsroom, clock: Clock, turn: Turn) -> None:
    """A source goes and returns, an issue is held by the gate, mail is in doubt, there is no backup."""
    tower = Watchtower(house)

    def at(**since: float) -> None:
        clock.now = tower.now = BEGINS + timedelta(**since)
        turn()

    at()
    gone = {"code": "source_gone", "since": clock.now.isoformat(), "data": {}}
    tower.change(update(t.sources).values(status="retired", alert=gone))
    at(days=1)
    tower.change(update(t.sources).values(status="paused", alert=None))
    at(days=2)
    with tower.newsletter() as newsletter:
        newsletter.close()
    tower.change(update(t.issues).values(html=b"<p>Lorem ipsum {{ titolo }}</p>"))
    at(days=3)
    if not PROOF:  # the rest is tried with the proofs
        return
    tower.change(update(t.issues).values(status="sending"), update(t.deliveries).values(state="ambiguous"))
    at(days=4)
    tower.change(update(t.deliveries).values(state="accepted"), update(t.issues).values(status="finished"))
    at(days=9)  # eight days, and no backup
    tower.backed_up()
    at(days=14)


def test_a_fortnight_is_the_same_from_cron_and_under_systemd(
    newsroom: Newsroom, tmp_path: Path, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "IDLE", 0.2)
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")
    Watchtower(newsroom).set("created_at", (BEGINS - timedelta(hours=1)).isoformat())
    Watchtower(newsroom).change(update(t.sources).values(status="paused"))
    with Watchtower(newsroom, BEGINS - timedelta(minutes=5)).newsletter() as newsletter:
        newsletter.subscribe("anna@lettori.example")
        newsletter.publish()
    shutil.copytree(newsroom.folder, tmp_path / "other/newsroom")
    other = Newsroom(tmp_path / "other/newsroom", web)
    for house in (newsroom, other):
        Watchtower(house).set("place", "")

    lived: list[dict[str, Any]] = []
    for house, way in ((newsroom, by_cron), (other, under_systemd)):
        clock = Clock()
        with way(house, clock) as turn:
            fortnight(house, clock, turn)
        lived.append(_what_is_left(house))

    cron, systemd = lived
    assert len(cron["told"]) == (8 if PROOF else 3)
    assert cron == systemd


def _what_is_left(house: Newsroom) -> dict[str, Any]:
    tower = Watchtower(house)
    public = house.folder / "public"
    files = [path for path in sorted(public.rglob("*")) if path.is_file()]
    alerts = house.ask("alerts", "list", "--all")["alerts"]
    return {
        "told": tower.told,
        "alerts": [(one["key"], one["raised_at"], one["ended_at"]) for one in alerts],
        "outputs": {
            str(path.relative_to(public)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
            if ".curator" not in str(path.relative_to(public))  # when what was read last is ours alone
        },
    }
