"""How many mails may be taken in hand now, by the limits of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from curator.settings import MailSettings

AT_ONCE = 20  # mails taken in hand with one look at the ledger
PATIENCE = timedelta(minutes=1)
"""A sender waits so long for its turn; what has to wait longer is left to the next run."""

_MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What has been taken in hand by all senders: in the last hour, and today. `days`: before today."""

    hour: int = 0
    today: int = 0
    days: int = 0
    domains: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """So many more. `full`: domains that get none now. `left`: how many others may, at the most."""

    mails: int
    full: frozenset[str] = frozenset()
    per_domain: int | None = None
    used: Mapping[str, int] = field(default_factory=dict)
    closed_by: str | None = None  # "hour" or "day", where `mails` is 0

    def left(self, domain: str) -> int:
        return self.mails if self.per_domain is None else self.per_domain - self.used.get(domain, 0)


def is_limited(mail: MailSettings) -> bool:
    return bool(mail.rate_per_second or mail.rate_per_hour or mail.rate_per_domain or mail.warm_up)


def room(mail: MailSettings, sent: Sending, *, wanted: int) -> Room:
    """How many of the mails that a sender wants to take in hand it may."""
    most, closed_by = wanted, None
    if mail.rate_per_second > 0:  # about a second's worth: who stops has not used up more of the others' turn
        most = min(most, max(1, int(mail.rate_per_second)))
    if mail.rate_per_hour > 0 and (left := _whole(mail.rate_per_hour) - sent.hour) < most:
        most, closed_by = left, "hour"
    if mail.warm_up > 0 and (left := day_limit(mail.warm_up, days=sent.days) - sent.today) < most:
        most, closed_by = left, "day"
    per_domain = _whole(mail.rate_per_domain) if mail.rate_per_domain > 0 else None
    full = (
        frozenset()
        if per_domain is None
        else frozenset(name for name, number in sent.domains.items() if number >= per_domain)
    )
    return Room(
        mails=max(most, 0),
        full=full,
        per_domain=per_domain,
        used=sent.domains,
        closed_by=closed_by if most <= 0 else None,
    )


def day_limit(warm_up: int, *, days: int) -> int:
    """Twice as many on each day on which mail leaves; a day without any earns no trust."""
    return int(warm_up * 2 ** min(days, _MOST_DOUBLINGS))


def _whole(rate: float) -> int:
    return max(1, int(rate))
