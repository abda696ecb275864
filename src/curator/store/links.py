"""Addresses that published items give as their sources, and what became of them.

A look is a lease: `due_at` is put off before anybody asks, so that two
processes never ask at once, and whoever is killed leaves it for an hour later.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, delete, func, insert, select, update

from curator.figures import DeadLink
from curator.figures import Links as Standing
from curator.store.hosts import host_of
from curator.store.tables import attributions, links, publications


class LinkState(StrEnum):
    UNCHECKED = "unchecked"
    OK = "ok"
    MOVED_HOME = "moved_home"  # it leads to a front page now, which may be another way to say that it is gone
    UNKNOWN = "unknown"  # a wall, a server that is down, a robots.txt: nobody can say
    FAILING = "failing"  # it is said to be gone; too short a while to believe it
    DEAD = "dead"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    key: str
    url: str
    host: str
    state: LinkState = LinkState.UNCHECKED
    due_at: datetime
    checked_at: datetime | None = None
    http_status: int | None = None
    error: Mapping[str, Any] | None = None
    tries: int = 0
    gone: int = 0
    gone_since: datetime | None = None
    dead_since: datetime | None = None


class Links:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def unlisted(self) -> tuple[frozenset[str], frozenset[str]]:
        """Addresses that are cited and not listed; keys of those that are listed and cited no more."""
        cited = {_key(url): url for url in self._db.execute(_CITED).scalars() if _may_be_asked(url)}
        listed = set(self._db.execute(select(links.c.key)).scalars())
        return (
            frozenset(url for key, url in cited.items() if key not in listed),
            frozenset(listed - cited.keys()),
        )

    def list(self, due: Mapping[str, datetime]) -> None:
        """From now on they are looked at, by address, each first at its time."""
        nothing = {"state": LinkState.UNCHECKED, "tries": 0, "gone": 0}
        rows = [
            {"key": _key(url), "url": url, "host": host_of(url), "due_at": at, **nothing}
            for url, at in due.items()
        ]
        if rows:
            self._db.execute(insert(links), rows)

    def forget(self, keys: Collection[str]) -> None:
        listed = sorted(keys)
        for start in range(0, len(listed), _AT_ONCE):
            self._db.execute(delete(links).where(links.c.key.in_(listed[start : start + _AT_ONCE])))

    def are_due(self, *, now: datetime) -> bool:
        return self._db.execute(select(links.c.key).where(links.c.due_at <= now).limit(1)).first() is not None

    def due(self, *, now: datetime, limit: int) -> Sequence[Link]:
        """Those that have waited longest."""
        query = select(links).where(links.c.due_at <= now).order_by(links.c.due_at, links.c.key)
        return [_link(row) for row in self._db.execute(query.limit(limit))]

    def put_off(self, keys: Collection[str], *, until: datetime) -> None:
        self._db.execute(update(links).where(links.c.key.in_(keys)).values(due_at=until))

    def put_off_host(self, host: str, *, until: datetime) -> None:
        """It has had enough of us: none of its addresses is asked before."""
        early = (links.c.host == host, links.c.due_at < until)
        self._db.execute(update(links).where(*early).values(due_at=until))

    def note(self, link: Link) -> None:
        values = {name: getattr(link, name) for name in _NOTED}
        self._db.execute(update(links).where(links.c.key == link.key).values(values))

    def dead(self) -> int:
        query = select(func.count()).select_from(links).where(links.c.state == LinkState.DEAD)
        return self._db.execute(query).scalar_one()

    def standing(self, edition: str | None = None) -> Standing:
        """How the sources of what readers have stand: of one edition, or of all."""
        cited = _CITED if edition is None else _CITED.where(publications.c.edition == edition)
        keys = {_key(url) for url in self._db.execute(cited).scalars() if _may_be_asked(url)}
        known = {
            row.key: row for row in self._db.execute(select(links.c.key, links.c.state)) if row.key in keys
        }
        states = [row.state for row in known.values()]
        dead = frozenset(key for key, row in known.items() if row.state == LinkState.DEAD)
        return Standing(
            known=len(keys),
            ok=states.count(LinkState.OK),
            moved_home=states.count(LinkState.MOVED_HOME),
            unknown=states.count(LinkState.UNKNOWN),
            failing=states.count(LinkState.FAILING),
            unchecked=len(keys) - len(states) + states.count(LinkState.UNCHECKED),
            dead=self._who_cites(dead, edition),
        )

    def _who_cites(self, keys: Collection[str], edition: str | None) -> tuple[DeadLink, ...]:
        rows = self._db.execute(select(links).where(links.c.state == LinkState.DEAD))
        dead = {row.url: row for row in rows if row.key in keys}
        citing: dict[str, dict[int, datetime]] = {url: {} for url in dead}
        urls = sorted(dead)
        for start in range(0, len(urls), _AT_ONCE):
            query = _live(attributions.c.url, publications.c.item_id, publications.c.published_at, edition)
            some = attributions.c.url.in_(urls[start : start + _AT_ONCE])
            for url, item, at in self._db.execute(query.where(some)):
                citing[url][item] = min(at, citing[url].get(item, at))
        found = [
            DeadLink(
                url=url,
                since=row.gone_since,
                checked_at=row.checked_at,
                http_status=row.http_status,
                items=tuple(sorted(citing[url])),
                published_at=min(citing[url].values()),
            )
            for url, row in dead.items()
            if citing[url]
        ]
        return tuple(sorted(found, key=lambda one: (one.since, one.url)))


def _live(*columns: Any) -> Select[Any]:
    *wanted, edition = columns
    query = (
        select(*wanted)
        .join(publications, publications.c.item_id == attributions.c.item_id)
        .where(publications.c.withdrawn_at.is_(None), attributions.c.url.is_not(None))
    )
    return query if edition is None else query.where(publications.c.edition == edition)


def _key(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def _may_be_asked(url: str) -> bool:
    return url.lower().startswith(("http://", "https://")) and bool(host_of(url))


def _link(row: Any) -> Link:
    said = {name: getattr(row, name) for name in Link.__dataclass_fields__}
    return Link(**{**said, "state": LinkState(row.state)})


_CITED = _live(attributions.c.url, None).distinct()
_NOTED = (
    "state",
    "due_at",
    "checked_at",
    "http_status",
    "error",
    "tries",
    "gone",
    "gone_since",
    "dead_since",
)
_AT_ONCE = 500  # in one question: SQLite takes 32,766 at most
