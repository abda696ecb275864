"""How often one may ask for mail: nobody can fill a stranger's mailbox through our form.

Counted under keyed hashes, so that no address of a reader or of the internet
is kept; all processes count together, and a count is forgotten with its window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from curator.publish import tokens
from curator.store import Transaction
from curator.store.notices import NoticeKind

NETWORK_AN_HOUR = 30
"""One network is a household, or an office behind one address on the day of its conference."""

A_DAY_IN_ALL = 4
"""To one mailbox, whoever asks for whatever."""

UNASKED_FOR = 3
"""Mails to an address that has not confirmed anything: perhaps nobody there asked for them.

After these one a week: a stranger who used them up keeps nobody from subscribing.
"""

_A_DAY = {NoticeKind.CONFIRM: 1, NoticeKind.ALREADY: 1, NoticeKind.PREFERENCES: 3}
_HOUR, _DAY, _WEEK, _WHILE = "hour", "day", "week", "month"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`unconfirmed`: how long an address that confirms nothing is remembered."""

    tx: Transaction
    secret: bytes
    unconfirmed: timedelta
    now: datetime

    def network(self, network: str | None) -> timedelta | None:
        """Count an asking from there. Not None: too many, and how long until the next is heard."""
        return self._take(_HOUR, timedelta(hours=1), NETWORK_AN_HOUR, "network", network or "unknown")

    def may_mail(self, kind: NoticeKind, *, email: str, edition: str, is_known: bool) -> bool:
        """Count one mail to this address. `is_known`: somebody there has confirmed something before."""
        mailbox = ("address", mailbox_of(email))
        if self._take(_DAY, timedelta(days=1), _A_DAY[kind], *mailbox, kind, edition) is not None:
            return False
        if self._take(_DAY, timedelta(days=1), A_DAY_IN_ALL, *mailbox) is not None:
            return False
        if is_known and kind is not NoticeKind.CONFIRM:
            return True
        if self._take(_WHILE, self.unconfirmed, UNASKED_FOR, *mailbox) is None:
            return True
        return self._take(_WEEK, timedelta(days=7), 1, *mailbox) is None

    def has_confirmed(self, email: str) -> None:
        for window in (_WEEK, _WHILE):
            self.tx.mailing.askings.clear(window, self._key("address", mailbox_of(email)))

    def forget(self, email: str, editions: list[str]) -> None:
        """Nothing is left of this address."""
        self.has_confirmed(email)
        self.tx.mailing.askings.clear(_DAY, self._key("address", mailbox_of(email)))
        for kind in NoticeKind:
            for edition in editions:
                self.tx.mailing.askings.clear(_DAY, self._key("address", mailbox_of(email), kind, edition))

    def expire(self) -> None:
        """Windows that are over."""
        spans = {
            _HOUR: timedelta(hours=1),
            _DAY: timedelta(days=1),
            _WEEK: timedelta(days=7),
            _WHILE: self.unconfirmed,
        }
        for window, lasts in spans.items():
            self.tx.mailing.askings.forget(window, lasts=lasts, now=self.now)

    def _take(self, window: str, lasts: timedelta, most: int, *said: str) -> timedelta | None:
        return self.tx.mailing.askings.take(window, self._key(*said), most=most, lasts=lasts, now=self.now)

    def _key(self, *said: str) -> str:
        return tokens.token(self.secret, "asking", *said)


def mailbox_of(email: str) -> str:
    """Where mail to this address ends up: who subscribes anna+1, a.nna … fills the mailbox of anna.

    Only for counting: to us they are as many subscribers (RFC 5233 is the receiver's business).
    """
    local, _, domain = email.lower().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in ("gmail.com", "googlemail.com"):  # one house, which reads no dots
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"
