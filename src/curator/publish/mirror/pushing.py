"""The outbox emptied: one worker at a time, one item after another, and nothing tried in a tight loop."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from curator.errors import CuratorError, MirrorFailed
from curator.model import OutboxState, Owed, Publication, WantedPicture
from curator.ports import Mirror
from curator.publish.announcing import back_off
from curator.publish.mirror import owing
from curator.publish.mirror.bringing import Bringing, Brought, Conflict, TooEarly
from curator.publish.mirror.content import wanted_of
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.outbox import MirrorState

IN_HAND = timedelta(minutes=10)
"""How long a mirror stays ours without a word; renewed with each item. A worker that died is seen at once."""
SETTLES = 2
"""Times `wordpress.timeout`: after so long nothing is under way there any more that we have asked."""
MOST_BROKEN = 3
"""Items in a row that had never failed before: then it is not the items."""
BROKEN = frozenset(("mirror_broken", "mirror_silent", "mirror_strange", "mirror_no_api"))
LOGIN = frozenset(("mirror_login_refused", "mirror_login_unheard", "mirror_not_allowed", "mirror_shut"))
LOGIN_WAITS = timedelta(hours=1)
"""Until a refused password is tried again by itself; each try may count against the account."""
UNUSABLE_WAITS = timedelta(minutes=10)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """Item ids by what became of them. `busy`: somebody else is at it. `error`: why the rest waits."""

    target: str
    made: tuple[int, ...] = ()
    changed: tuple[int, ...] = ()
    withdrawn: tuple[int, ...] = ()
    unchanged: tuple[int, ...] = ()
    conflicts: tuple[int, ...] = ()
    failed: tuple[int, ...] = ()
    busy: bool = False
    error: Mapping[str, Any] | None = None


class LostMirror(Exception):
    """This took so long that somebody else is at the mirror now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What a push has in hand."""

    store: Store
    mirror: Mirror
    settings: Settings
    edition: Edition
    token: str
    clock: Callable[[], datetime]
    chance: Callable[[], float]
    settle: timedelta
    insist: bool
    done: dict[str, list[int]] = field(default_factory=dict)

    def keep(self, tx: Transaction) -> None:
        until = self.clock() + IN_HAND
        if not tx.outbox.keep(self.mirror.target, self.edition.key, token=self.token, until=until):
            raise LostMirror

    def count(self, what: str, item_id: int) -> None:
        self.done.setdefault(what, []).append(item_id)


def push(
    store: Store,
    mirror: Mirror,
    settings: Settings,
    *,
    worker: str,
    is_gone: Callable[[str], bool],
    clock: Callable[[], datetime],
    chance: Callable[[], float] = random.random,
    stopping: Callable[[], bool] = lambda: False,
    insist: bool = False,
    told: Callable[[int, int], None] = lambda _done, _of: None,
) -> Pushed:
    """Bring the mirror what it is to have. Safe at any time, in any number of processes at once.

    `insist`: also where it has refused everything lately, or an item, unless it asked for a pause itself, or
    what was asked last may still come about.
    """
    edition = owing.edition_of(settings)
    key, target, token = edition.key, mirror.target, secrets.token_hex(8)
    now = clock()
    with store.begin() as tx:
        tx.holds.require_none()
        tx.serialise(f"mirror:{target}")
        tx.publications.see_to_old(key)
        owing.begin(tx, settings, now=now)
        owing.owe(tx, settings, now=now)
        state = tx.outbox.state(target, key)
        settle = timedelta(seconds=settings.wordpress.timeout * SETTLES)
        before = now - settle if insist else None
        if state is None or not tx.outbox.due(target, key, now=now, asked_before=before):
            return Pushed(target=target)
        if _rests(state, insist=insist, now=now):
            return Pushed(target=target, error=state.error)
        until = now + IN_HAND
        if not tx.outbox.take(target, key, worker=worker, token=token, until=until, is_gone=is_gone, now=now):
            return Pushed(target=target, busy=True)
    desk = _Desk(
        store=store,
        mirror=mirror,
        settings=settings,
        edition=edition,
        token=token,
        clock=clock,
        chance=chance,
        settle=settle,
        insist=insist,
    )
    error = None
    try:
        error = _push(desk, attempts=state.attempts, stopping=stopping, told=told)
    except LostMirror:
        log.warning("mirror_lost", target=target)
    finally:
        with store.begin() as tx:
            tx.outbox.release(target, key, token=token)
    done = {what: tuple(desk.done.get(what, ())) for what in KINDS}
    return Pushed(
        target=target,
        made=done["made"],
        changed=done["changed"],
        withdrawn=done["withdrawn"],
        unchanged=done["unchanged"],
        conflicts=done["conflicts"],
        failed=done["failed"],
        error=error,
    )


KINDS = ("made", "changed", "withdrawn", "unchanged", "conflicts", "failed")


def unusable(store: Store, settings: Settings, error: CuratorError, *, now: datetime) -> None:
    """The settings do not say how to get in: `run` need not say so every ten seconds."""
    target, key = owing.target_of(settings), owing.edition_of(settings).key
    if target is not None:
        with store.begin() as tx:
            tx.outbox.refuses(target, key, _said(error), attempts=1, until=now + UNUSABLE_WAITS)


def _rests(state: MirrorState, *, insist: bool, now: datetime) -> bool:
    if state.next_try is None or state.next_try <= now:
        return False
    return not insist or bool((state.error or {}).get("asked_for_it"))


def _push(
    desk: _Desk, *, attempts: int, stopping: Callable[[], bool], told: Callable[[int, int], None]
) -> Mapping[str, Any] | None:
    """Why not everything could be brought; None: it was, or what was not is its own fault."""
    key, target = desk.edition.key, desk.mirror.target
    try:
        account = desk.mirror.account()
    except MirrorFailed as failed:
        return _refused(desk, failed, attempts=attempts)
    with desk.store.begin() as tx:
        desk.keep(tx)
        tx.outbox.answers(target, key, account=asdict(account))
        waiting = tx.outbox.counts(target, key)[OutboxState.WAITING]
    broken = 0
    for brought, (owed, publication) in enumerate(_due(desk), start=1):
        if stopping():
            break
        try:
            _bring(desk, owed, publication)
            broken = attempts = 0
        except MirrorFailed as failed:
            _put_off(desk, owed, failed)
            broken += failed.reason in BROKEN and not owed.attempts
            if failed.whole or broken == MOST_BROKEN:
                return _refused(desk, failed, attempts=attempts)
        told(brought, max(waiting, brought))
    return None


def _due(desk: _Desk) -> Iterator[tuple[Owed, Publication]]:
    """Each once, what is published meanwhile too; as it stands when its turn comes."""
    key, target, tried = desk.edition.key, desk.mirror.target, set[int]()
    while True:
        now = desk.clock()
        before = now - desk.settle if desk.insist else None
        with desk.store.read() as tx:
            due = tx.outbox.due(target, key, now=now, asked_before=before)
        new = [item_id for item_id in due if item_id not in tried]
        if not new:
            return
        for item_id in new:
            with desk.store.begin() as tx:
                desk.keep(tx)
                owed = tx.outbox.of_item(target, key, item_id)
                publication = tx.publications.get(item_id, key)
            tried.add(item_id)
            if owed is not None and publication is not None and owed.state is OutboxState.WAITING:
                yield owed, publication


def _bring(desk: _Desk, owed: Owed, publication: Publication) -> None:
    now = desk.clock()
    outcome = Bringing(
        mirror=desk.mirror,
        settings=desk.settings.wordpress,
        ledger=_Row(desk, owed),
        owed=owed,
        publication=publication,
        wanted=wanted_of(publication, edition=desk.edition),
        picture=lambda picture: _content(desk.store, picture),
        settle=desk.settle,
        now=now,
    ).bring()
    with desk.store.begin() as tx:
        desk.keep(tx)
        match outcome:
            case Brought(what=what, remote=remote, look_again=look_again):
                tx.outbox.settled(owed, remote=remote, now=now)
                if look_again:
                    made_at = desk.clock()
                    tx.outbox.look_again(owed, at=made_at + desk.settle, now=made_at)
            case Conflict(code=code, remote=remote, data=data):
                what = "conflicts"
                tx.outbox.conflict(owed, {"code": code, "data": dict(data)}, remote=remote, now=now)
            case TooEarly(until=until):
                tx.outbox.put_off(owed, error=None, until=until, counted=False)
                return
    desk.count(what, owed.item_id)
    log.info("mirrored", target=desk.mirror.target, item=owed.item_id, what=what)


@dataclass(frozen=True, slots=True)
class _Row:
    """The outbox row of one item, as `Bringing` writes in it."""

    desk: _Desk
    owed: Owed

    def asked(self, remote: Mapping[str, Any]) -> None:
        with self.desk.store.begin() as tx:
            self.desk.keep(tx)
            tx.outbox.asked(self.owed, remote=remote, now=self.desk.clock())

    def known(self) -> frozenset[int]:
        with self.desk.store.read() as tx:
            rows = tx.outbox.rows(self.desk.mirror.target, self.desk.edition.key)
        return frozenset(row.remote["number"] for row in rows if row.remote.get("number"))


def _content(store: Store, picture: WantedPicture) -> bytes:
    with store.read() as tx:
        return tx.pictures.content(picture.copy.digest)


def _put_off(desk: _Desk, owed: Owed, failed: MirrorFailed) -> None:
    """What the mirror as a whole does not take is held against no item."""
    now = desk.clock()
    if failed.whole:
        pause = desk.settle if failed.unsure else timedelta()
    elif failed.unsure and not owed.attempts:
        pause = desk.settle  # an answer that was lost: what became of it is soon to be seen
    else:
        pause = max(desk.settle, back_off(owed.attempts + 1, jitter=desk.chance()))
    with desk.store.begin() as tx:
        desk.keep(tx)
        tx.outbox.put_off(owed, error=_said(failed), until=now + pause, counted=not failed.whole)
    if not failed.whole:
        desk.count("failed", owed.item_id)
    log.warning("mirror_failed", target=desk.mirror.target, item=owed.item_id, code=failed.reason)


def _refused(desk: _Desk, failed: MirrorFailed, *, attempts: int) -> Mapping[str, Any]:
    now = desk.clock()
    pause = back_off(attempts + 1, jitter=desk.chance())
    if failed.reason in LOGIN:
        pause = max(pause, LOGIN_WAITS)
    if failed.retry_after is not None:
        pause = max(failed.retry_after, timedelta(seconds=1))
    with desk.store.begin() as tx:
        desk.keep(tx)
        target, key = desk.mirror.target, desk.edition.key
        said = {**_said(failed), "asked_for_it": failed.retry_after is not None}
        tx.outbox.refuses(target, key, said, attempts=attempts + 1, until=now + pause)
    return said


def _said(error: CuratorError) -> dict[str, Any]:
    return {"code": error.reason, "data": dict(error.data)}
