"""What a server's answer means for the ledger, and when a mail that was put off is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

from curator.model import DeliveryState
from curator.ports import Accepted, Deferred, HandOver, Rejected, Unknown, Written
from curator.store.deliveries import Verdict

GAPS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 480))


def judge(  # noqa: PLR0911  one for each answer
    outcome: HandOver,
    *,
    attempts: int,
    first_try: datetime | None,
    retry: timedelta,
    others_left: bool = False,
    now: datetime,
) -> Verdict:
    """`attempts` and `first_try` are of before; `retry`: for how long a temporary no is tried again.

    `others_left`: the server has taken or refused other mails in this run, so that it is not down.
    RFC 5321 §4.5.4.1 gives up after four or five days; by time, since runs may be rare.
    """
    given_up = first_try is not None and now - first_try >= retry
    match outcome:
        case Accepted(reply=reply):
            return Verdict(state=DeliveryState.ACCEPTED, reply=reply)
        case Written():
            return Verdict(state=DeliveryState.WRITTEN)
        case Rejected(reply=reply):
            return Verdict(state=DeliveryState.FAILED, reply=reply)
        case Unknown(reply=reply):
            return Verdict(state=DeliveryState.AMBIGUOUS, reply=reply)
        case Deferred(reply=reply, whole_session=True):
            # Perhaps not this address is to blame: it is not counted against it. Perhaps it is: it goes
            # behind all others, so that one address at which a server hangs up does not stop the list,
            # and once it alone is left, it does not keep the issue open for ever.
            state = DeliveryState.FAILED if given_up and others_left else DeliveryState.DEFERRED
            return Verdict(state=state, reply=reply, next_try=now, counted=False, blamed=others_left)
        case Deferred(reply=reply) if given_up:
            return Verdict(state=DeliveryState.FAILED, reply=reply)
        case Deferred(reply=reply):
            return Verdict(state=DeliveryState.DEFERRED, reply=reply, next_try=now + gap(attempts + 1))


def gap(attempts: int) -> timedelta:
    """How long to wait after so many temporary noes."""
    return GAPS[min(max(attempts, 1), len(GAPS)) - 1]
