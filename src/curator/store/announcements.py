"""What each hub is to be told of each of our feeds, until it has been told."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, or_, select, update

from curator.store.tables import announcements

_a = announcements.c
_UNTOLD = or_(_a.told.is_(None), _a.told != _a.wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One feed that one hub does not know the news of. `attempts`: how often it was told in vain."""

    hub: str
    topic: str
    wanted: str
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """How many feeds a hub waits for since when, and why it was not told, if that was tried."""

    hub: str
    feeds: int
    since: datetime
    error: Mapping[str, Any] | None


class Announcements:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # ── looking ──

    def are_due(self, hubs: Collection[str], *, now: datetime) -> bool:
        return bool(self._db.execute(select(exists().where(_due(hubs, now)))).scalar())

    def untold(self, hubs: Collection[str]) -> list[Untold]:
        """What these hubs still wait for; a hub that knows everything is left out."""
        query = select(_a.hub, _a.at, _a.error).where(_UNTOLD, _a.hub.in_(hubs)).order_by(_a.hub, _a.at)
        found: dict[str, Untold] = {}
        for row in self._db.execute(query):
            one = found.get(row.hub) or Untold(hub=row.hub, feeds=0, since=row.at, error=None)
            found[row.hub] = Untold(
                hub=row.hub, feeds=one.feeds + 1, since=one.since, error=one.error or row.error
            )
        return list(found.values())

    # ── changing ──

    def want(self, hubs: Sequence[str], topics: Mapping[str, str], *, now: datetime) -> None:
        """These are our feeds as they are now, and these the hubs that are told.

        Each feed by its address, with a word that is another whenever it has news.
        What a hub was not told yet is superseded; other hubs and feeds are forgotten. An empty word: there
        is nothing to tell yet.
        """
        known = {(row.hub, row.topic): row for row in self._db.execute(select(announcements))}
        pauses = self._pauses(now)
        wanted = {(hub, topic): digest for hub in hubs for topic, digest in topics.items()}
        for hub, topic in known.keys() - wanted.keys():
            self._db.execute(delete(announcements).where(_a.hub == hub, _a.topic == topic))
        for (hub, topic), digest in wanted.items():
            soon = pauses.get(hub, now)
            if (hub, topic) not in known:
                values = {"wanted": digest, "attempts": 0, "next_try": soon, "at": now}
                if not digest:
                    values |= {"told": digest, "next_try": None}
                self._db.execute(insert(announcements).values(hub=hub, topic=topic, **values))
                continue
            row = known[hub, topic]
            if row.wanted != digest:
                since = now if row.told == row.wanted else row.at
                self._put(hub, topic, wanted=digest, next_try=soon, at=since)

    def take_over(self, topics: Mapping[str, str], *, news_at: datetime) -> None:
        """Where a hub was told since there last was news, it knows what is there now, in other words."""
        rows = self._db.execute(select(announcements).where(_a.told == _a.wanted, _a.at >= news_at)).all()
        for row in rows:
            if (word := topics.get(row.topic)) is not None:
                self._put(row.hub, row.topic, wanted=word, told=word)

    def _pauses(self, now: datetime) -> dict[str, datetime]:
        query = select(_a.hub, func.max(_a.pause_until).label("until"))
        return {
            row.hub: row.until for row in self._db.execute(query.where(_a.pause_until > now).group_by(_a.hub))
        }

    def claim(self, hubs: Collection[str], *, now: datetime, until: datetime) -> Announcement | None:
        """What a hub is to be told next; nobody else gets it before `until`. An edition's own feeds first."""
        row = self._db.execute(
            select(announcements)
            .where(_due(hubs, now))
            .order_by(_a.hub, func.length(_a.topic), _a.topic)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        self._put(row.hub, row.topic, next_try=until)
        return Announcement(hub=row.hub, topic=row.topic, wanted=row.wanted, attempts=row.attempts)

    def told(self, announcement: Announcement, *, now: datetime) -> None:
        """The hub took it. What has become news since then is still to be told."""
        mine = (_a.hub == announcement.hub, _a.topic == announcement.topic)
        values = {"told": announcement.wanted, "attempts": 0, "error": None, "pause_until": None, "at": now}
        self._db.execute(update(announcements).where(*mine).values(**values))
        self._db.execute(
            update(announcements).where(*mine, _a.wanted == announcement.wanted).values(next_try=None)
        )

    def failed(
        self,
        announcement: Announcement,
        error: Mapping[str, Any],
        *,
        whole_hub: bool,
        next_try: datetime,
        pause_until: datetime | None,
    ) -> None:
        """It was told in vain; `whole_hub`: and so would be all else that this hub is to be told."""
        mine = [_a.hub == announcement.hub]
        if not whole_hub:
            mine.append(_a.topic == announcement.topic)
        self._db.execute(
            update(announcements)
            .where(*mine, _UNTOLD)
            .values(attempts=_a.attempts + 1, error=dict(error), next_try=next_try, pause_until=pause_until)
        )

    def _put(self, hub: str, topic: str, **values: Any) -> None:
        self._db.execute(update(announcements).where(_a.hub == hub, _a.topic == topic).values(**values))


def _due(hubs: Collection[str], now: datetime) -> ColumnElement[bool]:
    return and_(_a.hub.in_(hubs), _UNTOLD, _a.next_try <= now)
