"""Hosts: who must not be asked for a while, and which worker is asking.

One row for a host that throttled somebody, or that several of our sources share:
so the gap and the pause hold between processes and over restarts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import urlsplit

from sqlalchemy import Connection, select, update

from curator.model import HostState
from curator.store.dialect import insert_unless_there
from curator.store.tables import hosts

CLOCK_WENT_BACK = timedelta(hours=1)
LONGEST_PAUSE = timedelta(days=7)


@lru_cache(maxsize=10_000)
def host_of(url: str) -> str:
    """The name as DNS knows it, "" where there is none."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except ValueError:
        return ""


class Hosts:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def known(self, names: Collection[str]) -> dict[str, HostState]:
        rows = self._db.execute(select(hosts).where(hosts.c.host.in_(names)))
        return {
            row.host: HostState(
                throttled_source=row.throttled_source,
                throttled_at=row.throttled_at,
                not_before=row.not_before,
            )
            for row in rows
        }

    def paused(self, names: Collection[str], *, now: datetime) -> dict[str, datetime]:
        """Those that must not be asked yet, and until when; not what a clock set back makes absurd."""
        rows = self._db.execute(
            select(hosts.c.host, hosts.c.not_before).where(
                hosts.c.host.in_(names),
                hosts.c.not_before > now,
                hosts.c.not_before <= now + LONGEST_PAUSE + CLOCK_WENT_BACK,
            )
        )
        return {row.host: row.not_before for row in rows}

    def note(self, states: Mapping[str, HostState]) -> None:
        self._there(states)
        for host, state in states.items():
            self._db.execute(
                update(hosts)
                .where(hosts.c.host == host)
                .values(
                    throttled_source=state.throttled_source,
                    throttled_at=state.throttled_at,
                    not_before=state.not_before,
                )
            )

    # ── one worker at a time ──

    def take(
        self,
        names: Collection[str],
        *,
        worker: str,
        now: datetime,
        until: datetime,
        is_gone: Callable[[str], bool],
    ) -> dict[str, datetime | None]:
        """The right to ask these hosts, for those where nobody else has it; and when each was asked last."""
        self._there(names)
        rows = self._db.execute(
            select(hosts).where(hosts.c.host.in_(names)).order_by(hosts.c.host).with_for_update()
        ).all()
        free = {
            row.host: row.asked_at
            for row in rows
            if row.lease_by in (None, worker)
            or row.lease_until <= now
            or row.lease_until > until + CLOCK_WENT_BACK
            or is_gone(row.lease_by)
        }
        self._db.execute(
            update(hosts).where(hosts.c.host.in_(free)).values(lease_by=worker, lease_until=until)
        )
        return free

    def renew(self, names: Collection[str], *, worker: str, until: datetime) -> None:
        self._db.execute(
            update(hosts).where(hosts.c.host.in_(names), hosts.c.lease_by == worker).values(lease_until=until)
        )

    def leave(self, names: Collection[str], *, worker: str, now: datetime) -> None:
        """Others may ask them, a gap after now."""
        self._db.execute(
            update(hosts)
            .where(hosts.c.host.in_(names), hosts.c.lease_by == worker)
            .values(lease_by=None, lease_until=None, asked_at=now)
        )

    def _there(self, names: Collection[str]) -> None:
        if names:
            self._db.execute(insert_unless_there(self._db, hosts), [{"host": host} for host in sorted(names)])
