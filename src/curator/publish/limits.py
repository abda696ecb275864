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

UNASKED_FOR = 3
"""Mails to an address that has not confirmed anything: perhaps nobody there asked for them."""

_A_DAY = {NoticeKind.CONFIRM: 1, NoticeKind.ALREADY: 1, NoticeKind.PREFERENCES: 3}
_HOUR, _DAY, _WHILE = "hour", "day", "month"


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
        said = ("address", mailbox_of(email), kind, edition)
        if self._take(_DAY, timedelta(days=1), _A_DAY[kind], *said) is not None:
            return False
        if is_known and kind is not NoticeKind.CONFIRM:
            return True
        return self._take(_WHILE, self.unconfirmed, UNASKED_FOR, "address", mailbox_of(email)) is None

    def has_confirmed(self, email: str) -> None:
        self.tx.mailing.askings.clear(_WHILE, self._key("address", mailbox_of(email)))

    def forget(self, email: str, editions: list[str]) -> None:
        """Nothing is left of this address."""
        self.has_confirmed(email)
        for kind in NoticeKind:
            for edition in editions:
                self.tx.mailing.askings.clear(_DAY, self._key("address", mailbox_of(email), kind, edition))

    def expire(self) -> None:
        """Windows that are over."""
        spans = {_HOUR: timedelta(hours=1), _DAY: timedelta(days=1), _WHILE: self.unconfirmed}
        for window, lasts in spans.items():
            self.tx.mailing.askings.forget(window, lasts=lasts, now=self.now)

    def _take(self, window: str, lasts: timedelta, most: int, *said: str) -> timedelta | None:
        return self.tx.mailing.askings.take(window, self._key(*said), most=most, lasts=lasts, now=self.now)

    def _key(self, *said: str) -> str:
        return tokens.token(self.secret, "asking", *said)


def mailbox_of(email: str) -> str:
    """Where mail to this address ends up: who subscribes anna+1, anna+2 … fills the mailbox of anna.

    Only for counting: to us they are as many subscribers (RFC 5233 is the receiver's business).
    """
    local, _, domain = email.lower().rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"
