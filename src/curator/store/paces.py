"""How much mail has left lately, whichever process sent it: so that limits hold for all of them together.

Mails are counted by the minute in which a sender took them in hand, and a
window is sixty of these minutes. Every method is for the transaction that
takes the mails in hand; the caller holds `tx.serialise("mail")`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from curator.store.tables import paces as p

HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)
_KEPT = timedelta(hours=2)
_SECOND, _HOURLY, _DOMAIN, _DAY = "second", "hour|", "domain|", "day|"


class Paces:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def in_the_last_hour(self, *, now: datetime) -> int:
        recent = select(func.sum(p.c.count)).where(p.c.key.startswith(_HOURLY), p.c.at > now - HOUR)
        return self._db.execute(recent).scalar() or 0

    def hour_opens(self, *, now: datetime) -> datetime:
        """When the oldest minute that counts will count no more."""
        recent = select(func.min(p.c.at)).where(p.c.key.startswith(_HOURLY), p.c.at > now - HOUR)
        return (self._db.execute(recent).scalar() or now - HOUR) + HOUR

    def by_domain(self, *, now: datetime) -> Mapping[str, int]:
        """Mails to each domain in the last hour."""
        recent = select(p.c.key, p.c.count).where(p.c.key.startswith(_DOMAIN), p.c.at > now - HOUR)
        sent: Counter[str] = Counter()
        for key, count in self._db.execute(recent):
            sent[key.split("|")[1]] += count
        return sent

    def today(self, *, now: datetime) -> tuple[int, int]:
        """Mails of this day (UTC) so far, and on how many days before it mail was counted."""
        this = _day(now)
        days = select(p.c.key, p.c.count).where(p.c.key.startswith(_DAY), p.c.key <= this, p.c.count > 0)
        counts: dict[str, int] = {key: number for key, number in self._db.execute(days)}  # noqa: C416  typed
        return counts.pop(this, 0), len(counts)

    # ── counting ──

    def count(
        self, domains: Mapping[str, int], *, hour: bool, domain: bool, day: bool, now: datetime
    ) -> None:
        """So many mails to each domain are taken in hand now; a negative number of them is given back."""
        minute = now.replace(second=0, microsecond=0)
        mails = sum(domains.values())
        if hour:
            self._add(f"{_HOURLY}{minute:%Y%m%d%H%M}", mails, at=minute)
        if day:
            self._add(_day(now), mails, at=minute)
        if domain:
            for name, number in domains.items():
                self._add(f"{_DOMAIN}{name}|{minute:%Y%m%d%H%M}", number, at=minute)

    def slot(self, mails: int, *, rate: float, now: datetime) -> timedelta:
        """How long to wait before the first of so many mails; those after it follow at `rate` a second.

        GCRA without a burst: what nobody used is not saved up.
        """
        due = self._db.execute(select(p.c.at).where(p.c.key == _SECOND)).scalar()
        # A moment far ahead is none that senders have agreed on: the clock was set back.
        first = now if due is None or due < now or due > now + _MINUTE else due
        self._put(_SECOND, at=first + timedelta(seconds=mails / rate))
        return first - now

    def mend(self, *, now: datetime) -> None:
        """After a clock was set back: what it counted lately still counts, for an hour and no longer."""
        minute = now.replace(second=0, microsecond=0)
        ahead = (p.c.key != _SECOND, p.c.at > now)
        self._db.execute(update(p).where(*ahead).values(at=minute))

    def tidy(self, *, now: datetime) -> None:
        old = (p.c.at < now - _KEPT, ~p.c.key.startswith(_DAY), p.c.key != _SECOND)
        self._db.execute(delete(p).where(*old))

    def _add(self, key: str, number: int, *, at: datetime) -> None:
        # The row may be there with an earlier time: a clock was set back, and `mend` has moved it.
        more = update(p).where(p.c.key == key).values(count=p.c.count + number, at=at)
        if not self._db.execute(more).rowcount:
            self._db.execute(self._insert().values(key=key, at=at, count=max(number, 0)))

    def _put(self, key: str, *, at: datetime) -> None:
        new = self._insert().values(key=key, at=at, count=0)
        self._db.execute(new.on_conflict_do_update(index_elements=[p.c.key], set_={"at": at}))

    def _insert(self) -> sqlite.Insert | postgresql.Insert:
        return postgresql.insert(p) if self._db.dialect.name == "postgresql" else sqlite.insert(p)


def _day(now: datetime) -> str:
    return f"{_DAY}{now:%Y-%m-%d}"
