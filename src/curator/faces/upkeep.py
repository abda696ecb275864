"""`doctor`, of what a newsroom stands on: disk, backups, whoever runs it, and whether alerts arrive."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curator.errors import Refused
from curator.faces import pulse
from curator.faces.doctor import Check
from curator.model import HeldBecause, Problem
from curator.store.backup import LAST as BACKED_UP_AT

if TYPE_CHECKING:
    from curator.bootstrap import Newsroom

LEAST_FREE = 200 * 1024 * 1024
LEAST_SHARE, ENOUGH_SHARE = 0.10, 0.12
"""Of a disk. In between, what was too little is not over yet: a disk at its limit is one incident."""

BACKUP_WITHIN = timedelta(days=8)
"""One a week, and a day for whoever makes it."""

DAY = timedelta(days=1)
"""A backup of tomorrow was made by a clock that was wrong by more than an hour or two: it is none."""

HEARTBEAT_FAILED, HEARTBEAT_GIVEN = "heartbeat_failed", "heartbeat_given"
LASTING = timedelta(hours=1)

_OF_A_HOLD = tuple(f"newsroom_{because}" for because in HeldBecause)  # which is a finding of its own


def disk(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """Room and files, of each file system that the newsroom writes to."""
    for place, path in _file_systems(newsroom).items():
        usage, inodes = shutil.disk_usage(path), os.statvfs(path)
        share = usage.free / usage.total if usage.total else 1.0
        files = inodes.f_favail / inodes.f_files if inodes.f_files else 1.0  # some count none
        data: dict[str, Any] = {
            "free": usage.free // (1024 * 1024),
            "per_cent": int(100 * min(share, files)),
            "path": path,
            "least": int(100 * LEAST_SHARE),
            "least_free": LEAST_FREE // (1024 * 1024),
        }
        name = "disk" if place == "newsroom" else f"disk {place}"
        if usage.free < LEAST_FREE or share < LEAST_SHARE:
            yield Check(
                name=name, ok=False, code="doctor_disk_low", advice="advice_disk", data=data, kind="disk"
            )
        elif files < LEAST_SHARE:
            yield Check(
                name=name, ok=False, code="doctor_disk_files", advice="advice_disk", data=data, kind="disk"
            )
        else:
            yield Check(
                name=name, code="doctor_disk", data=data, kind="disk", keeps=min(share, files) < ENOUGH_SHARE
            )


def _file_systems(newsroom: Newsroom) -> dict[str, Path]:
    """Each once, by what of ours lies there. The database of a PostgreSQL is its own server's business."""
    settings, found = newsroom.settings, {}
    places = {"newsroom": newsroom.folder, "public": newsroom.folder / settings.publish.directory}
    if (file := newsroom.store.path) is not None:
        places["database"] = newsroom.folder / file.parent
    seen = set()
    for place, path in places.items():
        there = _nearest(path)
        if (device := there.stat().st_dev) not in seen:
            seen.add(device)
            found[place] = there
    return found


def _nearest(path: Path) -> Path:
    return path if path.exists() or path.parent == path else _nearest(path.parent)


def held(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """A newsroom that may not be the only one of its kind: it publishes and sends nothing."""
    with newsroom.store.read() as tx:
        hold = tx.holds.current()
    if hold is not None:
        why = Refused(f"newsroom_{hold.because}", since=hold.since, **hold.data)
        yield Check(name="held", ok=False, code=why.reason, data=why.data, error=why, kind="held")


def backup(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """Eight days are borne, since the first day too; what nobody has put anything in needs none."""
    with newsroom.store.read() as tx:
        last, opened = tx.meta.instant(BACKED_UP_AT), tx.meta.instant("created_at")
        _, sources = tx.sources.find(limit=1)
        published = any(tx.publications.live(key, limit=1) for key in newsroom.settings.editions)
        empty = not sources and not published
    since = last or opened
    data = {"since": last, "opened": opened}
    if since is None or -DAY <= now - since <= BACKUP_WITHIN or (last is None and empty):
        yield Check(name="backup", code="doctor_backup" if last else "doctor_backup_young", data=data)
    else:
        code = "doctor_backup_old" if last else "doctor_backup_none"
        yield Check(name="backup", ok=False, code=code, advice="advice_backup", data=data, kind="backup")


def journal(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """Whether it tells all that this database has done; of one that was lost, until a backup is made.

    Not asked where several machines share a database: each has written a part.
    """
    from curator.publish import journal as record

    with newsroom.store.read() as tx:  # before the journal: what that told until now is no less
        number = int(tx.meta.get(record.NUMBER) or 0)
        last, is_shared = tx.meta.instant(BACKED_UP_AT), tx.holds.is_shared
    if is_shared or number == 0:
        return
    found = record.read(newsroom.settings)
    is_new = found.first != 1
    is_missing = is_new or found.told < number
    is_saved = is_new and last is not None and found.begun is not None and found.begun <= last
    if is_missing and not is_saved:
        data = {"path": newsroom.folder / record.FILE}
        yield Check(
            name="journal",
            ok=False,
            code="doctor_journal_short",
            advice="advice_journal",
            data=data,
            kind="journal",
            after=LASTING,  # a sender counts a moment before it writes
        )
    else:
        yield Check(name="journal", code="doctor_journal", kind="journal")


def service(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """One that ended without a word. Whoever polls and publishes by hand has none, and misses none."""
    from curator.edges.process import is_gone

    lost = pulse.lost_since(newsroom.store, is_gone=is_gone, now=now)
    if lost is not None:
        yield Check(
            name="service",
            ok=False,
            code="doctor_service_lost",
            advice="advice_service",
            data={"since": lost},
        )


def work(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """Whatever of what `run` does has gone wrong at every try for an hour."""
    for name, failing in pulse.failing(newsroom.store).items():
        if now - failing.since >= LASTING and failing.code not in _OF_A_HOLD:
            data = {"work": name, "since": failing.since, "why": failing.code}
            yield Check(
                name=f"work {name}",
                ok=False,
                code="doctor_work_failing",
                advice="advice_work",
                data=data,
                kind="work",
            )


def alerts(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """Whether somebody is told, and whether that arrives."""
    from curator.faces.watching import COMMAND, channels_of, reaches_nobody

    channels = channels_of(newsroom.settings.alerts)
    if not channels:
        yield Check(name="alerts", code="doctor_alerts_nobody", advice="advice_alerts")
        return
    nobody = bool(newsroom.settings.alerts.to) and reaches_nobody(newsroom.settings.mail)
    if nobody:
        yield Check(
            name="alerts",
            ok=False,
            code="doctor_alerts_folder",
            advice="advice_mail_folder",
            data={"channels": newsroom.settings.alerts.to},
        )
        channels = tuple(one for one in channels if one == COMMAND)
    with newsroom.store.read() as tx:
        failing = tx.alerts.failing(channels)
    for one in failing:
        error = one.error or {"code": "?"}
        why = Problem(code=error["code"], data=error.get("data", {}))
        data = {"channel": one.channel, "since": one.due_at, "attempts": one.attempts, "why": why}
        yield Check(
            name=f"alerts {one.channel}",
            ok=False,
            code="doctor_alerts_untold",
            advice="advice_alerts_untold",
            data=data,
            kind="alerts",
        )
    if channels and not failing:
        to_folder = newsroom.settings.alerts.to and newsroom.settings.mail.url.startswith("folder:")
        advice = "advice_mail_folder" if to_folder else None
        yield Check(name="alerts", code="doctor_alerts", advice=advice, data={"channels": channels})


def mark_of(url: str) -> str:
    """By which an address is known again without keeping it."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def heartbeat(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """From the last sign of life that was to be given; its address is nobody's business."""
    url = newsroom.settings.alerts.heartbeat_url
    if url is None:
        return
    with newsroom.store.read() as tx:
        failed, given = pulse.said_of(tx, HEARTBEAT_FAILED), pulse.said_of(tx, HEARTBEAT_GIVEN)
    if failed is None and given == {"to": mark_of(url)}:
        yield Check(name="heartbeat", code="doctor_heartbeat")
    elif failed is None:
        yield Check(name="heartbeat", code="doctor_heartbeat_not_yet", advice="advice_heartbeat_try")
    else:
        data = {"why": Problem(code=failed["code"], data=failed["data"])}
        yield Check(
            name="heartbeat",
            ok=False,
            code="doctor_heartbeat_failed",
            advice="advice_heartbeat",
            data=data,
            kind="heartbeat",
            after=LASTING,
        )
