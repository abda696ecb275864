"""What Postfix's log says of mails of which nobody knows whether they arrived.

A line of `cleanup` ties a Message-ID to a queue id as soon as the header is in:
the mail may still be thrown away. Only `qmgr`'s "from=…, size=…, nrcpt=…" of
that queue id says that it was taken (postfix.org, qmgr(8)). That it was not
taken is said by its session's own "lost connection after DATA", or by silence:
where the log reaches back far enough and every session that could have brought
the mail has ended. cleanup and smtpd write in this order, so that the end of a
session is never seen before what was in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo

BEFORE = timedelta(minutes=5)
"""A session says whom it serves when the recipient is named; so long before DATA, at the most."""

_STAMP = r"(?P<stamp>\d{4}-\d\d-\d\dT\S+|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
_LINE = re.compile(
    _STAMP + r" \S+ [\w-]*postfix[\w/-]*/(?P<daemon>smtpd|cleanup|qmgr)\[(?P<pid>\d+)\]: (?P<said>.*)"
)
_QUEUED = re.compile(r"(?P<id>[0-9A-Za-z]{6,}): (?P<said>.*)")
_BROKEN = re.compile(r"(?:lost connection|timeout) after (?!END-OF-MESSAGE)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """It is in, or went through, the server's queue."""

    queue_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """The server never had it whole."""


def reconcile(
    lines: Iterable[str], doubts: Mapping[str, datetime], *, zone: tzinfo | None = None, now: datetime
) -> Mapping[str, Taken | NotTaken]:
    """By Message-ID; what is not in the answer stays in doubt. `doubts`: when each went out.

    `lines` oldest first. `zone` is that of stamps without one; None: this machine's.
    """
    log = _Log(wanted=frozenset(doubts))
    for line in lines:
        if (found := _LINE.match(line)) and (at := _time(found["stamp"], zone=zone, now=now)) is not None:
            log.read(at, found["daemon"], found["pid"], found["said"])
    known: dict[str, Taken | NotTaken] = {}
    for message_id, went_out in doubts.items():
        if message_id in log.taken:
            known[message_id] = Taken(queue_id=log.taken[message_id])
        elif message_id in log.broken or (message_id not in log.named and log.is_silent_on(went_out)):
            known[message_id] = NotTaken()
    return known


@dataclass(slots=True)
class _Session:
    """One of smtpd's, as far as the log shows it. `ended` None: it may still be going on."""

    queue_id: str | None = None
    served: list[datetime] = field(default_factory=list)
    ended: datetime | None = None


@dataclass(slots=True)
class _Log:
    wanted: frozenset[str]
    begins: datetime | None = None
    taken: dict[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)  # some header with this Message-ID was read
    broken: set[str] = field(default_factory=set)  # and the mail then thrown away
    _of: dict[str, str] = field(default_factory=dict)  # queue id → Message-ID; queue ids come again
    _open: dict[str, _Session] = field(default_factory=dict)
    _over: list[_Session] = field(default_factory=list)

    def read(self, at: datetime, daemon: str, pid: str, said: str) -> None:
        self.begins = self.begins or at
        queued = _QUEUED.match(said)
        if daemon == "smtpd":
            self._session(at, pid, said, queued)
        elif queued and daemon == "cleanup":
            self._header(queued["id"], queued["said"])
        elif queued and queued["id"] in self._of and queued["said"].startswith("from="):
            self.taken.setdefault(self._of[queued["id"]], queued["id"])

    def _header(self, queue_id: str, said: str) -> None:
        if said.startswith("message-id="):
            message_id = said.removeprefix("message-id=").strip()
            self._of.pop(queue_id, None)
            if message_id in self.wanted:
                self._of[queue_id] = message_id
                self.named.add(message_id)
                self.broken.discard(message_id)
        elif "reject:" in said and queue_id in self._of:
            self.broken.add(self._of[queue_id])

    def _session(self, at: datetime, pid: str, said: str, queued: re.Match[str] | None) -> None:
        if said.startswith("connect from"):
            self._open[pid] = _Session()
            return
        session = self._open.setdefault(pid, _Session())
        if queued and queued["said"].startswith("client="):
            session.queue_id = queued["id"]
            session.served.append(at)
        elif _BROKEN.match(said) and session.queue_id in self._of:
            self.broken.add(self._of[session.queue_id or ""])
        elif said.startswith("disconnect from"):
            session.ended = at
            self._over.append(self._open.pop(pid))

    def is_silent_on(self, went_out: datetime) -> bool:
        """The log covers that moment, and what could have brought the mail then has ended since."""
        # Stamps may be of whole seconds.
        moment = went_out.replace(microsecond=0)
        if self.begins is None or self.begins > moment:
            return False

        def could(session: _Session) -> bool:
            served = any(went_out - BEFORE <= at <= went_out + timedelta(seconds=1) for at in session.served)
            return served and (session.ended is None or session.ended >= moment)

        return not any(map(could, self._open.values())) and any(map(could, self._over))


def _time(stamp: str, *, zone: tzinfo | None, now: datetime) -> datetime | None:
    """RFC 3339 as newer syslogs write it, or "Nov  2 16:49:28" (RFC 3164) of the last twelve months."""
    try:
        if "T" in stamp[:11]:
            found = datetime.fromisoformat(stamp)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        hour, minute, second = map(int, stamp[7:].split(":"))
        local = datetime(  # noqa: DTZ001  its zone is the next line's business
            now.year, _MONTHS.index(stamp[:3]) + 1, int(stamp[4:6]), hour, minute, second
        )
        at = (local.replace(tzinfo=zone) if zone else local).astimezone(UTC)
        return at if at <= now + timedelta(days=1) else at.replace(year=at.year - 1)
    except ValueError:
        return None


def time_of(line: str, *, zone: tzinfo | None = None, now: datetime) -> datetime | None:
    """When a line was written; None: it does not say."""
    found = re.match(_STAMP, line)
    return _time(found["stamp"], zone=zone, now=now) if found else None
