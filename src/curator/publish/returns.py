"""What came back, acted upon: whoever is gone gets no more mail, whoever complained or left neither.

One message, one transaction; it is removed from its box only after that. A message that is read again,
because the process was killed in between or because its box is never emptied, changes nothing: nobody
who has come back since is struck off by a mail of last year.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum

from curator.model import SubscriptionStatus
from curator.ports import ReturnedMail, ReturnedMails
from curator.publish import tokens
from curator.publish.bounces import (
    AutoReply,
    Complaint,
    Delayed,
    HardBounce,
    Leave,
    Opened,
    Says,
    SoftBounce,
    Unclear,
    open_returned,
)
from curator.publish.departures import Word
from curator.publish.erasures import LOCK, reapply_erasures
from curator.publish.reception import Reception
from curator.publish.subscribers import leave_in
from curator.settings import Settings
from curator.store import Store, Transaction
from curator.store.bounces import Handed, SentMail

SOFT_ISSUES = 3
SOFT_SPAN = timedelta(days=15)
# A server tries for five days at most (RFC 5321 §4.5.4.1): what has not come back by then has arrived.
ARRIVED_AFTER = timedelta(days=6)
_LOOK_BACK = 30  # letters
_MOST_TOKENS = 20


class Kind(StrEnum):
    HARD = "hard"
    SOFT = "soft"
    POLICY = "policy"
    COMPLAINT = "complaint"
    LEAVE = "leave"
    IGNORED = "ignored"  # about a mail of ours, and nothing to do: delayed, an auto-reply, read before
    FOREIGN = "foreign"  # forged, or about nothing that we have sent
    UNCLEAR = "unclear"  # about a mail of ours, and for people to read


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What became of one message. `words`: the other server's, without addresses."""

    kind: Kind
    edition: str | None = None
    status: str | None = None
    words: str = ""
    suppressed: bool = False

    @property
    def settled(self) -> bool:
        """It has done what it could do, and may go out of its box."""
        return self.kind not in (Kind.FOREIGN, Kind.UNCLEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """How many messages said what; `suppressed`: addresses that get no mail any more because of them.

    `soft` counts `policy` too; `ignored` are delays, auto-replies, what was read before, and forgeries.
    """

    read: int = 0
    hard: int = 0
    soft: int = 0
    policy: int = 0
    complaints: int = 0
    left: int = 0
    ignored: int = 0
    unclear: int = 0
    suppressed: int = 0


_COUNTED_AS = {
    Kind.HARD: ("hard",),
    Kind.SOFT: ("soft",),
    Kind.POLICY: ("soft", "policy"),
    Kind.COMPLAINT: ("complaints",),
    Kind.LEAVE: ("left",),
    Kind.IGNORED: ("ignored",),
    Kind.FOREIGN: ("ignored",),
    Kind.UNCLEAR: ("unclear",),
}


def read_mailbox(
    store: Store,
    settings: Settings,
    mailbox: ReturnedMails,
    *,
    secret: bytes,
    now: datetime,
    told: Callable[[Returned], None] = lambda _returned: None,
) -> Readings:
    """Read all that lies there, and take out what is settled. `told` what became of each.

    What is not ours, or not clear, stays where it was and as it was.
    """
    reapply_erasures(store, settings, secret=secret)
    counts = dict.fromkeys((field.name for field in fields(Readings)), 0)
    for mail in mailbox.mails():
        returned = _read(store, settings, mail, secret=secret, now=now)
        for name in ("read", *_COUNTED_AS[returned.kind]):
            counts[name] += 1
        counts["suppressed"] += returned.suppressed
        told(returned)
        if returned.settled:
            mailbox.remove(mail)
    return Readings(**counts)


def _read(store: Store, settings: Settings, mail: ReturnedMail, *, secret: bytes, now: datetime) -> Returned:
    if mail.content is None:
        return Returned(kind=Kind.UNCLEAR)
    return read_returned(store, settings, mail.content, secret=secret, now=now)


def read_returned(
    store: Store, settings: Settings, message: bytes, *, secret: bytes, now: datetime
) -> Returned:
    """Act upon one message, if a token proves what it is about."""
    opened = open_returned(message)
    if opened.leave is None and not opened.tokens:
        return Returned(kind=Kind.FOREIGN)
    if opened.leave is not None:
        return _leave(store, settings, opened.leave, opened, secret=secret, now=now)
    with store.read() as tx:  # most that is forged ends here, and holds up nobody who writes
        sent, token = _sent(tx, opened.tokens)
    if sent is None:
        return Returned(kind=Kind.FOREIGN)
    says = opened.says(address=sent.email)  # may take a second: not while others wait for the database
    fingerprint = _fingerprint(token, opened)
    with store.begin() as tx:
        tx.serialise(LOCK)
        reception = Reception(tx=tx, settings=settings, secret=secret, now=now)
        return _act(reception, sent, says, fingerprint=fingerprint)


def _sent(tx: Transaction, found: Sequence[str]) -> tuple[SentMail | None, str]:
    """The first that we know: they come in the order in which they are to be believed."""
    for token in found[:_MOST_TOKENS]:
        if (sent := tx.mailing.bounces.sent_mail(token)) is not None:
            return sent, token
    return None, ""


def _fingerprint(token: str, opened: Opened) -> str:
    """Of this message about this mail: a Message-ID that somebody else has chosen hides nothing."""
    return hashlib.sha256(f"{token}\0{opened.fingerprint}".encode()).hexdigest()


# ── acting; in one transaction ──


def _act(reception: Reception, sent: SentMail, says: Says, *, fingerprint: str) -> Returned:
    tx, now = reception.tx, reception.now
    if tx.mailing.bounces.known(fingerprint):
        return Returned(kind=Kind.IGNORED, edition=sent.edition)
    if sent.notice is None and not isinstance(says, Unclear):
        tx.mailing.bounces.handed_over(sent.id, now=now)
    kind, status, words = _said(says)
    if kind in (Kind.IGNORED, Kind.UNCLEAR):
        return Returned(kind=kind, edition=sent.edition)
    delivery_id = sent.id if sent.notice is None else None
    tx.mailing.bounces.add(fingerprint, delivery_id=delivery_id, kind=kind, status=status, now=now)
    suppressed = _strike_off(reception, sent, kind)
    return Returned(kind=kind, edition=sent.edition, status=status, words=words, suppressed=suppressed)


def _said(says: Says) -> tuple[Kind, str | None, str]:
    match says:
        case HardBounce(status=status, words=words):
            return Kind.HARD, status, words
        case SoftBounce(status=status, words=words, policy=policy):
            return Kind.POLICY if policy else Kind.SOFT, status, words
        case Complaint():
            return Kind.COMPLAINT, None, ""
        case Delayed() | AutoReply():
            return Kind.IGNORED, None, ""
        case Unclear():
            return Kind.UNCLEAR, None, ""


def _strike_off(reception: Reception, sent: SentMail, kind: Kind) -> bool:
    """Whether this address gets no mail any more because of it."""
    tx, now = reception.tx, reception.now
    if sent.email is None:
        return False
    match kind:
        case Kind.HARD if _unconfirmed(tx, sent):
            # Nobody has ever said yes there: it was mistyped, or somebody's joke.
            leave_in(reception, edition=sent.edition, subscriber_id=sent.subscriber_id, origin="mail")
            return False
        case Kind.COMPLAINT:
            for edition in sorted(tx.mailing.subscribers.standings(sent.subscriber_id)):
                leave_in(reception, edition=edition, subscriber_id=sent.subscriber_id, origin="complaint")
            reason = "complained"
        case Kind.HARD:
            reason = "bounced"
        case Kind.SOFT if sent.notice is None and _given_up(tx, sent.subscriber_id, now=now):
            reason = "bounced"
        case _:
            return False
    fingerprint = tokens.address_hash(reception.secret, sent.email)
    tx.mailing.subscribers.suppress(fingerprint, reason=reason, now=now)
    reception.note(Word.SUPPRESSED, sent.email, reason)
    return True


def _unconfirmed(tx: Transaction, sent: SentMail) -> bool:
    if sent.notice is None:
        return False
    standing = tx.mailing.subscribers.standings(sent.subscriber_id).get(sent.edition)
    return standing is not None and standing.status is SubscriptionStatus.UNCONFIRMED


def _given_up(tx: Transaction, subscriber_id: int, *, now: datetime) -> bool:
    return given_up(tx.mailing.bounces.letters_to(subscriber_id, limit=_LOOK_BACK), now=now)


def given_up(letters: Sequence[Handed], *, now: datetime) -> bool:
    """Three issues bounced over fifteen days, and none of those between has arrived. (pure)

    `letters`: newest first.
    """
    bounced: dict[int, datetime] = {}
    for letter in letters:
        if Kind.SOFT in letter.kinds:
            bounced[letter.issue_id] = letter.at
        elif letter.accepted and not letter.kinds and now - letter.at >= ARRIVED_AFTER:
            break
    moments = bounced.values()
    return len(bounced) >= SOFT_ISSUES and max(moments) - min(moments) >= SOFT_SPAN


def _leave(
    store: Store, settings: Settings, leave: Leave, opened: Opened, *, secret: bytes, now: datetime
) -> Returned:
    """As the link in the letter does; whoever writes: the token proves who may."""
    subscriber_id = tokens.read_unsubscribe_token(secret, edition=leave.edition, token=leave.token)
    if subscriber_id is None:
        return Returned(kind=Kind.FOREIGN)
    fingerprint = _fingerprint(leave.token, opened)
    with store.begin() as tx:
        tx.serialise(LOCK)
        if tx.mailing.bounces.known(fingerprint):
            return Returned(kind=Kind.IGNORED, edition=leave.edition)
        tx.mailing.bounces.add(fingerprint, delivery_id=None, kind=Kind.LEAVE, status=None, now=now)
        reception = Reception(tx=tx, settings=settings, secret=secret, now=now)
        leave_in(reception, edition=leave.edition, subscriber_id=subscriber_id, origin="mail")
    return Returned(kind=Kind.LEAVE, edition=leave.edition)
