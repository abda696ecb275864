"""Going on after a restore: first the journal is replayed, then the newsroom may speak again.

All in one transaction: killed before its end it has done nothing, and a second one finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import structlog

from curator.errors import Refused
from curator.model import HeldBecause, Hold, IssueStatus, Whereabouts
from curator.publish import erasures, holding, journal, replaying
from curator.publish.records import Journal
from curator.publish.replaying import Key, Learnt, Replay
from curator.settings import Settings
from curator.store import Store, Transaction

log = structlog.get_logger()


class Tells(StrEnum):
    """What the journal tells of the time after the backup.

    WHOLE: all of it, for it is the file that this database knows, itself. PARTIAL: something, up to some
    moment: it is a copy, or cut off, or another machine wrote one as well. LOST: nothing.
    """

    WHOLE = "whole"
    PARTIAL = "partial"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The difference. `hold` None: it was not held, and nothing was done. `until`: the journal's last moment.

    `people`: who had left or was erased. `published`: items that get their ids and addresses again when they
    are published; `gone`: addresses of items that nobody here knows any more. `left_out`: items that may
    have been in an issue of which nothing is known.
    """

    hold: Hold | None
    journal: Tells | None = None
    until: datetime | None = None
    lifted: bool = False
    people: int = 0
    issues: Sequence[Learnt] = ()
    notices: int = 0
    published: Sequence[int] = ()
    withdrawn: Sequence[int] = ()
    gone: Sequence[str] = ()
    slots: Mapping[str, datetime] = field(default_factory=dict)
    left_out: Sequence[int] = ()


def resume(
    store: Store,
    settings: Settings,
    *,
    named: Collection[Key],
    place: Whereabouts | None,
    secret: bytes,
    by: str,
    now: datetime,
    dry_run: bool = False,
) -> Resumed:
    """Replay what the database does not know, and lift its hold. Nothing is said to anybody yet.

    `named`: unfinished issues that go on although nobody can know who has got them.
    """
    record = journal.read(settings)
    left = replaying.handed(store, settings, record)
    with store.begin(although_moved=True) as tx:
        _alone(tx, settings)
        hold = _hold(tx, record, now=now)
        if hold is None:
            return Resumed(hold=None)
        tells = _tells(tx, settings, record, hold)
        until = journal.until(settings, hold.since)
        if tells is not Tells.WHOLE and (until is None or (hold.made_at and until <= hold.made_at)):
            tells = Tells.LOST
        returned, message_ids = erasures.reapply_in(tx, settings, secret=secret)
        replay = Replay(
            tx=tx,
            settings=settings,
            record=record,
            left=left,
            hold=hold,
            there=tells is Tells.WHOLE,
            until=until,
            named=frozenset(named),
            secret=secret,
            by=by,
            now=now,
        )
        withdrawn = replay.withdrawn()
        published, gone = replay.published()
        done = Resumed(
            hold=hold,
            journal=tells,
            until=until,
            lifted=not dry_run,
            people=returned,
            withdrawn=[id_ for ids in withdrawn.values() for id_ in ids],
            published=published,
            gone=gone,
            issues=[*replay.issues(withdrawn)],
            notices=replay.notices(),
            slots=replay.slots(),
            left_out=replay.left_out(),
        )
        _go_on(tx, record, place)
        if dry_run:
            tx.take_back()
            return done
        if tells is not Tells.WHOLE:
            holding.begin_anew(tx, settings, now=now)
        taken = _write_down(tx, settings, done, now=now)
        said = {"because": str(hold.because), "journal": str(tells)}
        tx.events.add(at=now, editor=by, move="newsroom_resume", after=said)
        erasures.try_to_remove(settings, message_ids)
    journal.stood(settings, taken, now=now)
    store.forget_deleted()
    erasures.remove_mails(settings, message_ids)
    log.info("newsroom_resumed", because=str(hold.because), people=returned, issues=len(done.issues))
    return done


def _alone(tx: Transaction, settings: Settings) -> None:
    """Nobody publishes, closes an issue or leaves meanwhile."""
    tx.serialise(erasures.LOCK)
    for what in ("publish", "issue"):
        for key in settings.editions:
            tx.serialise(f"{what}:{key}")


def _hold(tx: Transaction, record: Journal, *, now: datetime) -> Hold | None:
    hold = tx.holds.current()
    if hold is None and holding.is_older(tx, record.number):
        return Hold(because=HeldBecause.RESTORED, since=now)
    if hold is not None and hold.data.get("unfinished"):
        raise Refused("restore_unfinished")
    return hold


def _go_on(tx: Transaction, record: Journal, place: Whereabouts | None) -> None:
    hold = tx.holds.current()
    reached = int(hold.data.get("reached", 0)) if hold else 0
    tx.holds.lift()
    known = int(tx.meta.get(journal.NUMBER) or 0)
    tx.meta.set(journal.NUMBER, str(max(known, record.number, reached)))
    if found := place or tx.holds.place():
        holding.remember(tx, found)


def _tells(tx: Transaction, settings: Settings, record: Journal, hold: Hold) -> Tells:
    """Its own file, each that this database knows, at least as far as the database itself ever went."""
    far = max(int(tx.meta.get(journal.NUMBER) or 0), int(hold.data.get("reached", 0)))
    known = holding.known_journals(tx)
    is_whole = (
        hold.because not in replaying.OTHERS
        and record.head is not None
        and known == {record.head.id}
        and journal.is_itself(settings, record)
        and record.number >= far
    )
    return Tells.WHOLE if is_whole else Tells.PARTIAL


def _write_down(tx: Transaction, settings: Settings, done: Resumed, *, now: datetime) -> int:
    """What was decided, for whoever restores the same backup again."""
    taken = journal.number(tx)
    made_at = done.hold.made_at if done.hold else None
    lines = [
        journal.cancelled(taken, one.edition, one.number, unknown=True, now=now)
        for one in done.issues
        if one.before is not None and one.after is IssueStatus.CANCELLED
    ]
    lines.append(journal.resumed(taken, str(done.journal), made_at, now=now))
    journal.write(settings, lines)
    return taken
