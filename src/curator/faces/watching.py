"""All is looked at every few minutes; whoever runs this hears once what is wrong, and once that it is over.

What the doctor finds wrong opens an incident, and what it finds no more ends it. Both
are written down before anybody is told. Each channel (an address, a program) is told
for itself, and what it could not be told it is told later. Whoever is killed between
telling and writing that down has it told again as the very same mail (its Message-ID)
or document (its id): an alert that comes twice is better than none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from curator.bootstrap import Newsroom
from curator.edges.mail import open_mailer
from curator.edges.telling import give_sign_of_life, run_program
from curator.errors import CuratorError, MailRefused, StoreError
from curator.faces import alertwords, pulse
from curator.faces.doctor import CHECKS, UNASKED, Check, examine
from curator.faces.upkeep import HEARTBEAT_FAILED, HEARTBEAT_GIVEN, mark_of
from curator.model import Problem
from curator.ports import Accepted, Deferred, HandOver, Mail, Rejected, Signer, Unknown, Written
from curator.publish.message import notice_message, sender_of
from curator.settings import AlertSettings, MailSettings
from curator.store import Store, Transaction, health
from curator.store.alerts import Incident, Phase, Telling
from curator.work import DAILY, take_turn

COMMAND = "command"
GAPS = tuple(timedelta(minutes=m) for m in (5, 15, 60, 180, 360))
LEASE = timedelta(minutes=15)
"""Longer than a mail with patient servers, or a program that takes all its time."""

DATABASE_LOOKED_AT = "database_looked_at"

_NOT_WATCHED = ("mail_domain", "service", "draft")
"""The first asks the DNS, and the doctor may; as to the second, somebody is at work right here. The third
is of use to whoever asks: what stops an issue is said of the issue."""

OF_A_MACHINE = ("config", "disk", "folders", "secret", "templates")
"""What may be wrong on one of several machines that share a database, and well on another."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """`told`: alerts and all-clears that arrived somewhere; `untold`: that could not be brought there now."""

    raised: int = 0
    ended: int = 0
    told: int = 0
    untold: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who looks and tells, and by which clock."""

    worker: str
    is_gone: Callable[[str], bool]
    clock: Callable[[], datetime]
    is_stopping: Callable[[], bool] = lambda: False
    machine: str = ""  # where several work on one database
    looks_at_own: bool = True  # what is a fact of this machine
    looks_at_shared: bool = True

    @property
    def passes_by(self) -> Collection[str]:
        own = () if self.looks_at_own else OF_A_MACHINE
        return own if self.looks_at_shared else {*own, *CHECKS} - {*OF_A_MACHINE}


def channels_of(alerts: AlertSettings) -> tuple[str, ...]:
    return (*dict.fromkeys(alerts.to), *([COMMAND] if alerts.command else []))


def watch(newsroom: Newsroom, store: Store, by: Watcher) -> Watched:
    """Look, write down what is new, tell it, and say that all goes on. Safe in several processes at once."""
    now = by.clock()
    left_out = {*_NOT_WATCHED, *by.passes_by}
    if by.looks_at_shared and take_turn(store, DATABASE_LOOKED_AT, every=DAILY, now=now):
        with store.begin() as tx:
            health.remember(tx, whole_at=None)
    else:
        left_out.add("database")  # every page of it is read
    checks = examine(newsroom, leave_out=left_out, now=now)
    if any(check.area == "database" and check.ok for check in checks):
        with store.begin() as tx:
            health.remember(tx, whole_at=now)
    channels = channels_of(newsroom.settings.alerts)
    checks = [replace(check, machine=by.machine) if check.area in OF_A_MACHINE else check for check in checks]
    raised, ended = _written_down(store, checks, left_out, machine=by.machine, channels=channels, now=now)
    for one in raised:
        log.warning("alert_raised", incident=one.id, about=_about(one), code=one.code)
    for one in ended:
        log.info("alert_ended", incident=one.id, about=_about(one), code=one.code)
    told = untold = 0
    for channel in channels:
        arrived, failed = _tell(newsroom, store, channel, by)
        told, untold = told + arrived, untold + failed
    if by.looks_at_shared:
        _give_sign_of_life_unless_held(newsroom, store)
    return Watched(raised=len(raised), ended=len(ended), told=told, untold=untold)


# ── what began, and what is over ──


def _written_down(
    store: Store,
    checks: Sequence[Check],
    left_out: Collection[str],
    *,
    machine: str,
    channels: Sequence[str],
    now: datetime,
) -> tuple[list[Incident], list[Incident]]:
    unseen = {*left_out, *_unseen(checks)}
    half_seen = {check.area for check in checks if check.cut_short}
    found = {_key(check): check for check in _joined(checks) if not check.ok and check.area not in unseen}
    going_on = {_key(check) for check in checks if check.keeps}
    begun, over = [], []
    with store.begin() as tx:
        tx.serialise("alerts")
        for incident in tx.alerts.open():
            if incident.area in unseen or _is_of_another(incident, machine):
                continue
            check = found.get(incident.key)
            if check is not None and _kind(check) == incident.kind:
                del found[incident.key]
                said = alertwords.kept(check)
                if (incident.code, incident.advice, incident.data) != (check.code, check.advice, said):
                    tx.alerts.restate(incident, code=check.code, advice=check.advice, data=said)
                _owe(tx, incident, channels, after=check.after)
            elif check is not None or (incident.key not in going_on and incident.area not in half_seen):
                tx.alerts.end(incident, tell=check is None, now=now)
                over.append(incident)
        for key, check in found.items():
            incident = tx.alerts.begin(
                area=check.area,
                key=key,
                kind=_kind(check),
                code=check.code,
                advice=check.advice,
                data=alertwords.kept(check),
                now=now,
            )
            _owe(tx, incident, channels, after=check.after)
            begun.append(incident)
    return begun, over


def _owe(tx: Transaction, incident: Incident, channels: Sequence[str], *, after: timedelta) -> None:
    """To whom the settings name by now; that a channel is dumb is told to the others."""
    for channel in channels:
        if incident.key != f"alerts {channel}":
            tx.alerts.owe(incident.id, Phase.RAISED, channel=channel, at=incident.raised_at + after)


def _unseen(checks: Sequence[Check]) -> set[str]:
    """Areas of which nobody knows, since the database did not answer: nothing begins or ends there."""
    lost = {check.area for check in checks if isinstance(check.error, StoreError)}
    if lost & {*UNASKED}:
        return {*CHECKS}
    broken_off = any(check.cut_short and check.area in UNASKED for check in checks)
    return {*CHECKS} - {check.area for check in checks} if broken_off else lost


def _is_of_another(incident: Incident, machine: str) -> bool:
    return incident.area in OF_A_MACHINE and incident.key.partition(_AT)[2] != machine


def _joined(checks: Sequence[Check]) -> Iterator[Check]:
    """Several findings of one thing, as a gate has them, are one incident with several reasons."""
    alike: dict[str, list[Check]] = {}
    for check in checks:
        if not check.ok:
            alike.setdefault(_key(check), []).append(check)
    for first, *others in alike.values():
        whys = [check.data["why"] for check in (first, *others) if "why" in check.data]
        yield replace(first, data={**first.data, "why": whys}) if len(whys) > 1 else first


def _key(check: Check) -> str:
    key = check.name if check.kind else f"{check.name} {check.code}"
    return f"{key}{_AT}{check.machine}" if check.machine else key


_AT = " @ "


def _kind(check: Check) -> str:
    return check.kind or check.code


def _about(incident: Incident) -> str:
    """An operator may be a subscriber, too: no address in a log."""
    return incident.area if incident.area == "alerts" else incident.key


# ── telling ──


def _tell(newsroom: Newsroom, store: Store, channel: str, by: Watcher) -> tuple[int, int]:
    """All that is due there; how many arrived, and how many did not."""
    with store.begin() as tx:
        tx.alerts.take_back(is_gone=by.is_gone)
    arrived = 0
    while not by.is_stopping():
        now = by.clock()
        with store.begin() as tx:
            tx.serialise("alerts")
            claimed = tx.alerts.claim(channel, worker=by.worker, now=now, lease_until=now + LEASE)
        if claimed is None:
            break
        batch, mine = claimed
        tellings = [telling for telling, _ in mine]
        raised = [one for telling, one in mine if telling.phase is Phase.RAISED]
        ended = [one for telling, one in mine if telling.phase is Phase.ENDED]
        name = _name_of(channel, batch, mine)
        trouble, in_doubt = bring(newsroom, channel, raised, ended, name=name, is_stopping=by.is_stopping)
        if trouble is not None:
            _note_untold(store, tellings, trouble, in_doubt=in_doubt, by=by)
            return arrived, len(mine)
        with store.begin() as tx:
            tx.alerts.told(tellings, worker=by.worker, now=by.clock())
        arrived += len(mine)
        log.info("alert_told", channel=_kind_of(channel), raised=len(raised), ended=len(ended))
    return arrived, 0


def _name_of(channel: str, batch: str, mine: Sequence[tuple[Telling, Incident]]) -> str:
    """The same at each try, and another's after a restore: ids count on from the backup, times do not."""
    said = [one.raised_at if telling.phase is Phase.RAISED else one.ended_at for telling, one in mine]
    words = [channel, batch, *(str(one.key) for _, one in mine), *(at.isoformat() for at in said if at)]
    return "alert-" + hashlib.sha256("\n".join(words).encode()).hexdigest()[:24]


def _note_untold(
    store: Store, tellings: Sequence[Telling], trouble: Problem, *, in_doubt: bool, by: Watcher
) -> None:
    """Logged when it is news: not at every try."""
    attempts = max(one.attempts for one in tellings) + 1
    again_at = by.clock() + GAPS[min(attempts, len(GAPS)) - 1]
    error = {"code": trouble.code, "data": alertwords.kept_data(trouble.data)}
    with store.begin() as tx:
        tx.alerts.untold(tellings, error, in_doubt=in_doubt, worker=by.worker, again_at=again_at)
    if trouble.code not in {(one.error or {}).get("code") for one in tellings}:
        log.warning(
            "alert_untold", channel=_kind_of(tellings[0].channel), alerts=len(tellings), code=trouble.code
        )


def _kind_of(channel: str) -> str:
    return channel if channel == COMMAND else "mail"


def bring(
    newsroom: Newsroom,
    channel: str,
    raised: Sequence[Incident],
    ended: Sequence[Incident],
    *,
    name: str,
    is_stopping: Callable[[], bool] = lambda: False,
) -> tuple[Problem | None, bool]:
    """What kept it from arriving, if anything did; and whether it may have arrived all the same."""
    if channel != COMMAND:
        return _mail(newsroom, channel, raised, ended, name=name)
    settings = newsroom.settings
    messages = alertwords.messages_for(settings.default_edition)
    said = alertwords.for_program(raised, ended, name=name, newsroom=str(newsroom.folder), messages=messages)
    words = settings.alerts.command
    return run_program(words, said, newsroom=newsroom.folder, is_stopping=is_stopping), False


def _mail(
    newsroom: Newsroom, address: str, raised: Sequence[Incident], ended: Sequence[Incident], *, name: str
) -> tuple[Problem | None, bool]:
    """Past newsletter, ledger and limits: it is no mail of theirs. A hold does not stop it."""
    settings = newsroom.settings
    if reaches_nobody(settings.mail):
        return Problem(code="alert_mail_to_folder", data={"folder": settings.mail.url}), False
    edition = settings.default_edition
    messages = alertwords.messages_for(edition)
    letter = alertwords.letter(
        raised, ended, title=edition.title, newsroom=str(newsroom.folder), messages=messages
    )
    at = max([one.raised_at for one in raised] + [one.ended_at or one.raised_at for one in ended])
    try:
        sender = sender_of(settings, edition=edition, home_url=settings.publish.base_url)
        message = notice_message(
            letter,
            sender=sender,
            language=alertwords.language_of(messages),
            recipient=address,
            message_id=f"<{name}@{sender.domain}>",
            at=at,
        )
        if (signer := _signer(newsroom)) is not None:
            message = signer.sign(message, at=at)
        with _mailer(newsroom) as hand_over:
            outcome = hand_over(Mail(sender=sender.address, recipient=address, message=message, name=name))
    except CuratorError as error:
        return Problem(code=error.reason, data=error.data), False
    return _trouble(outcome), isinstance(outcome, Unknown)


def reaches_nobody(mail: MailSettings) -> bool:
    """A folder that nobody has chosen. Whoever has, for a trial say, knows where to look."""
    return mail.url.startswith("folder:") and not mail.given


def _signer(newsroom: Newsroom) -> Signer | None:
    """A key that cannot be used is what may have to be told: then unsigned."""
    try:
        return newsroom.mailroom.signer
    except (CuratorError, MailRefused):
        return None


@contextmanager
def _mailer(newsroom: Newsroom) -> Iterator[Callable[[Mail], HandOver]]:
    """With a connection of its own: an issue may be leaving through the other."""
    mailer = open_mailer(newsroom.settings.mail)
    try:
        yield mailer.send
    finally:
        mailer.close()


def _trouble(outcome: HandOver) -> Problem | None:
    """A server's words are not kept: they repeat addresses."""
    match outcome:
        case Accepted() | Written():
            return None
        case Deferred():
            return Problem(code="alert_mail_deferred")
        case Rejected(code=code):
            return Problem(code="alert_mail_rejected", data={"status": code})
        case Unknown():
            return Problem(code="alert_mail_unknown")


# ── that all goes on ──


def _give_sign_of_life_unless_held(newsroom: Newsroom, store: Store) -> None:
    """One that is held does not do its work: whoever waits for the sign must not take it for the other."""
    with store.read() as tx:
        held = tx.holds.current() is not None
    if not held:
        give_sign(newsroom, store)


def give_sign(newsroom: Newsroom, store: Store) -> Problem | None:
    """Only after a look that could be written down: a database that is gone keeps it from being given."""
    url = newsroom.settings.alerts.heartbeat_url
    if url is None:
        return None
    trouble = give_sign_of_life(url)
    said = pulse.as_said(trouble) if trouble is not None else None
    given = {"to": mark_of(url)}
    with store.read() as tx:
        known, before = pulse.said_of(tx, HEARTBEAT_FAILED), pulse.said_of(tx, HEARTBEAT_GIVEN)
    if known == said and (trouble is not None or before == given):
        return trouble
    with store.begin() as tx:
        pulse.say_of(tx, HEARTBEAT_FAILED, said)
        if trouble is None:
            pulse.say_of(tx, HEARTBEAT_GIVEN, given)
    if trouble is not None and (known or {}).get("code") != trouble.code:
        log.warning("heartbeat_failed", code=trouble.code, **trouble.data)
    return trouble
