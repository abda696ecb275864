"""What Postfix's log says of mails of which nobody knows whether they arrived.

A line of `cleanup` ties a Message-ID to a queue id as soon as the header is in:
the mail may still be thrown away. Only `qmgr`'s "from=…, size=…, nrcpt=…" of
that queue id says that it was taken (postfix.org, qmgr(8)). That it was not
taken is said by its session's own "lost connection after DATA", or by silence.

Silence counts only in a log that proves itself: it holds every mail that the
server has acknowledged to us around that moment, and at least one (else it may
be another server's log, or one of several); it was not thinned out; it goes on
after that moment; and it shows a session that has ended since, with a queue id
that never got a header. smtpd waits for cleanup where a mail is whole, so that
its end of a session comes after all that was taken in it; of one that was cut
off, cleanup may name the header later.
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
    _STAMP
    + r" (?P<host>\S+) (?P<name>[\w-]*postfix[\w-]*)(?:/[\w-]+)*"
    + r"/(?P<daemon>smtpd|cleanup|qmgr)\[(?P<pid>\d+)\]: (?P<said>.*)"
)
# rsyslog's imjournal and imuxsock, journald: words of theirs for what they threw away.
_THINNED = re.compile(r"rate-limiting|messages lost|[Ss]uppressed \d+ messages")
_QUEUED = re.compile(r"(?P<id>[0-9A-Za-z]{6,}): (?P<said>.*)")
_THROWN_AWAY = re.compile(r"(?:milter-)?reject: ")
_BROKEN = re.compile(r"(?:lost connection|timeout) after (?!END-OF-MESSAGE)")
_NEVER = datetime.min.replace(tzinfo=UTC)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """It is in, or went through, the server's queue."""

    queue_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTaken:
    """The server never had it whole."""


AROUND = timedelta(hours=1)
"""What was acknowledged to us from BEFORE a mail in doubt to this long after it must be in the log."""


def reconcile(
    lines: Iterable[str],
    doubts: Mapping[str, datetime],
    *,
    acknowledged: Mapping[str, datetime] | None = None,
    zone: tzinfo | None = None,
    now: datetime,
) -> Mapping[str, Taken | NotTaken]:
    """By Message-ID; what is not in the answer stays in doubt. `doubts`: when each went out.

    `acknowledged`: Message-IDs of what the server has told us it took, and when. `lines` oldest
    first. `zone` is that of stamps without one; None: this machine's.
    """
    acknowledged = acknowledged or {}
    log = _Log(wanted=frozenset((*doubts, *acknowledged)))
    for line in lines:
        if found := _LINE.match(line):
            at = _time(found["stamp"], zone=zone, now=now)
            if at is not None:
                latest = at if "." in found["stamp"] else at + timedelta(seconds=1)
                log.see(at, latest)
                log.read(_Where(found["host"], found["name"]), found["daemon"], found["pid"], found["said"])
        elif _THINNED.search(line):
            log.is_thinned = True
    known: dict[str, Taken | NotTaken] = {}
    for message_id, went_out in doubts.items():
        if message_id in log.taken:
            known[message_id] = Taken(queue_id=log.taken[message_id])
        elif message_id in log.broken or (
            message_id not in log.named
            and log.is_ours_and_whole(went_out, acknowledged)
            and log.is_silent_on(went_out)
        ):
            known[message_id] = NotTaken()
    return known


@dataclass(frozen=True, slots=True)
class _Where:
    """Which machine and which instance: a log may be of several, and their ids are not each other's."""

    host: str
    instance: str


_Id = tuple[_Where, str]


@dataclass(slots=True)
class _Served:
    """A mail begun in a session. `headed`: its header was read; `cut`: its line broke before its end."""

    at: datetime
    headed: bool = False
    cut: bool = False


@dataclass(slots=True)
class _Session:
    """One of smtpd's. `ended` None: it may still be going on. Not `whole`: the log begins in it."""

    whole: bool = False
    queue_id: _Id | None = None
    served: list[_Served] = field(default_factory=list)
    ended: datetime | None = None


@dataclass(slots=True)
class _Log:
    wanted: frozenset[str]
    begins: datetime | None = None
    ends: datetime | None = None  # by then all is in it
    is_thinned: bool = False
    taken: dict[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)  # some header with this Message-ID was read
    broken: set[str] = field(default_factory=set)  # and the mail then thrown away
    _latest: datetime = _NEVER  # when the line that is read was written, at the latest
    _of: dict[_Id, str] = field(default_factory=dict)  # queue id → Message-ID; queue ids come again
    _served: dict[_Id, _Served] = field(default_factory=dict)
    _open: dict[_Id, _Session] = field(default_factory=dict)  # by pid
    _over: list[_Session] = field(default_factory=list)

    def see(self, at: datetime, latest: datetime) -> None:
        """The next line is of `at`, or at the `latest` of then: stamps may be of whole seconds."""
        self.begins, self._latest = self.begins or latest, latest
        self.ends = at if self.ends is None else max(self.ends, at)

    def read(self, where: _Where, daemon: str, pid: str, said: str) -> None:
        queued = _QUEUED.match(said)
        queue_id = (where, queued["id"]) if queued else None
        if daemon == "smtpd":
            self._session((where, pid), said, queue_id)
        elif queued and queue_id and daemon == "cleanup":
            self._header(queue_id, queued["said"])
        elif queued and queue_id in self._of and queued["said"].startswith("from="):
            self.taken.setdefault(self._of[queue_id], queued["id"])

    def _header(self, queue_id: _Id, said: str) -> None:
        if said.startswith("message-id="):
            message_id = said.removeprefix("message-id=").strip()
            self._of.pop(queue_id, None)
            served = self._served.setdefault(queue_id, _Served(self._latest))
            served.headed = True
            if message_id in self.wanted:
                self._of[queue_id] = message_id
                self.named.add(message_id)
                self.broken.discard(message_id)
                if served.cut:
                    self.broken.add(message_id)
        elif _THROWN_AWAY.match(said) and queue_id in self._of:
            self.broken.add(self._of[queue_id])

    def _session(self, pid: _Id, said: str, queue_id: _Id | None) -> None:
        if said.startswith("connect from"):
            self._open[pid] = _Session(whole=True)
            return
        session = self._open.setdefault(pid, _Session())
        if queue_id and ": client=" in said:
            session.queue_id = queue_id
            served = self._served[queue_id] = _Served(self._latest)
            session.served.append(served)
        elif _BROKEN.match(said) and session.queue_id is not None:
            self._served[session.queue_id].cut = True
            if session.queue_id in self._of:
                self.broken.add(self._of[session.queue_id])
        elif said.startswith("disconnect from"):
            session.ended = self._latest
            self._over.append(self._open.pop(pid))

    def is_ours_and_whole(self, went_out: datetime, acknowledged: Mapping[str, datetime]) -> bool:
        """All that the server told us around then is in it, and it told us something."""
        span = (went_out - BEFORE, went_out + AROUND)
        around = {message_id for message_id, at in acknowledged.items() if span[0] <= at <= span[1]}
        return bool(around) and around <= self.taken.keys() and not self.is_thinned

    def is_silent_on(self, went_out: datetime) -> bool:
        """The log covers that moment, and what could have brought the mail then has ended without it."""
        if self.begins is None or self.begins > went_out or self.ends is None or self.ends < went_out:
            return False

        then = [session for session in self._over if session.ended and session.ended >= went_out]
        latest = went_out + timedelta(seconds=1)

        def begun(session: _Session) -> list[_Served]:
            return [served for served in session.served if went_out - BEFORE <= served.at <= latest]

        may_bring_it = [*filter(begun, self._open.values())]
        half_seen = [each for each in (*then, *self._open.values()) if not (each.whole or begun(each))]
        cut_off = [served for session in then for served in begun(session) if not served.headed]
        return not may_bring_it and not half_seen and bool(cut_off)


def _time(stamp: str, *, zone: tzinfo | None, now: datetime) -> datetime | None:
    """RFC 3339 as newer syslogs write it, or "Nov  2 16:49:28" (RFC 3164) of the last twelve months."""
    try:
        if "T" in stamp[:11]:
            found = datetime.fromisoformat(stamp)
            return found if found.tzinfo else found.replace(tzinfo=UTC)
        hour, minute, second = map(int, stamp[7:].split(":"))
        local = datetime(
            now.year, _MONTHS.index(stamp[:3]) + 1, int(stamp[4:6]), hour, minute, second, tzinfo=zone
        )
        at, again = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
        if at < again:  # the hour that comes twice in autumn: it says either
            return None
        return at if at <= now + timedelta(days=1) else at.replace(year=at.year - 1)
    except ValueError:
        return None


def time_of(line: str, *, zone: tzinfo | None = None, now: datetime) -> datetime | None:
    """When a line was written; None: it does not say."""
    found = re.match(_STAMP, line)
    return _time(found["stamp"], zone=zone, now=now) if found else None
