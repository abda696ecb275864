"""What may be done with a closed issue: hold it, let it go on, end it, decide on what is in doubt.

Each is an event of its own; an address is never in one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from curator.errors import NotFound, Refused
from curator.model import DeliveryState, Issue, IssueCounts, IssueStatus
from curator.publish import journal
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.deliveries import DROPPED
from curator.store.events import SYSTEM

_MAY_PAUSE = (IssueStatus.CLOSED, IssueStatus.SENDING)
_MAY_CANCEL = (IssueStatus.CLOSED, IssueStatus.SENDING, IssueStatus.PAUSED)


def pause_issue(
    store: Store, *, edition: Edition, number: int | None = None, by: str = SYSTEM, now: datetime
) -> Issue:
    """Nothing more leaves until it is resumed; a mail on its way right now arrives."""
    with store.begin() as tx:
        issue = _held(tx, edition, number)
        paused = _move(tx, issue, move="pause", allowed=_MAY_PAUSE, to=IssueStatus.PAUSED, by=by, now=now)
        return _with_no_reason(tx, paused)


def resume_issue(
    store: Store, *, edition: Edition, number: int | None = None, by: str = SYSTEM, now: datetime
) -> Issue:
    """Go on. What the program paused it for pauses it no second time: an editor has looked at it."""
    with store.begin() as tx:
        issue = _held(tx, edition, number)
        counts = tx.mailing.deliveries.counts(issue)
        begun = issue.begun_at is not None or counts.deferred or counts.failed or counts.written
        to = IssueStatus.SENDING if begun else IssueStatus.CLOSED
        resumed = _move(tx, issue, move="resume", allowed=(IssueStatus.PAUSED,), to=to, by=by, now=now)
        return _with_no_reason(tx, resumed)


def cancel_issue(
    store: Store,
    settings: Settings,
    *,
    edition: Edition,
    number: int | None = None,
    by: str = SYSTEM,
    now: datetime,
) -> Issue:
    """For good: whoever has not got it yet will not. Its items stay used up."""
    with store.begin() as tx:
        issue = _held(tx, edition, number)
        cancelled = _move(
            tx, issue, move="cancel", allowed=_MAY_CANCEL, to=IssueStatus.CANCELLED, by=by, now=now
        )
        taken = journal.number(tx)
        journal.write(settings, [journal.cancelled(taken, issue.edition, issue.number, now=now)])
    journal.stood(settings, taken, now=now)
    return cancelled


def settle_issue(
    store: Store,
    *,
    edition: Edition,
    number: int | None = None,
    emails: Sequence[str],
    resend: bool,
    by: str = SYSTEM,
    now: datetime,
) -> IssueCounts:
    """An editor's word on mails of which nobody knows whether they arrived; no addresses: all of them."""
    with store.begin() as tx:
        issue = _held(tx, edition, number)
        doubtful = tx.mailing.deliveries.in_state(issue, DeliveryState.AMBIGUOUS)
        by_address = {d.email.lower(): d.subscriber_id for d in doubtful if d.email}
        if unknown := [email for email in emails if email.lower() not in by_address]:
            raise NotFound(
                "delivery_not_ambiguous", emails=unknown, edition=issue.edition, number=issue.number
            )
        chosen = [by_address[email.lower()] for email in emails] or [d.subscriber_id for d in doubtful]
        state = DeliveryState.PENDING if resend else DeliveryState.FAILED
        decision = "resend" if resend else "drop"
        reply = "settled: resend" if resend else DROPPED
        settled = tx.mailing.deliveries.decide(issue, chosen, state, reply=reply, now=now)
        if settled:
            said = {"decision": decision, "deliveries": len(settled)}
            record(tx, issue, "settle", said, by=by, now=now)
        counts = tx.mailing.deliveries.counts(issue)
        if not counts.unfinished:
            tx.mailing.issues.move(issue, to=IssueStatus.FINISHED, allowed=(IssueStatus.SENDING,))
        return counts


def hold(
    tx: Transaction,
    issue: Issue,
    *,
    code: str,
    data: Mapping[str, Any],
    known: Sequence[str],
    allowed: Sequence[IssueStatus] = (IssueStatus.SENDING,),
    now: datetime,
) -> bool:
    """The program itself pauses an issue, and says why; False: it was in none of the `allowed` states.

    The reasons `known` before, which an editor has overridden, are kept beside it.
    """
    if not tx.mailing.issues.move(issue, to=IssueStatus.PAUSED, allowed=allowed):
        return False
    because = {"code": code, "data": dict(data), "known": list(dict.fromkeys([*known, code]))}
    tx.mailing.issues.say_why_paused(issue, because)
    record(tx, issue, "pause", {"code": code, **data}, now=now)
    return True


def overridden(issue: Issue) -> tuple[str, ...]:
    """The reasons for which the program has paused this issue already."""
    return tuple((issue.paused_because or {}).get("known", ()))


def record(
    tx: Transaction, issue: Issue, move: str, said: Mapping[str, Any], *, by: str = SYSTEM, now: datetime
) -> None:
    """An event of the edition; `said` holds no address."""
    after = {"number": issue.number, **said}
    tx.events.add(at=now, editor=by, move=f"issue_{move}", edition=issue.edition, after=after)


def _with_no_reason(tx: Transaction, issue: Issue) -> Issue:
    """What it was paused for is over, or an editor pauses it for reasons of her own."""
    because = {"known": list(known)} if (known := overridden(issue)) else None
    tx.mailing.issues.say_why_paused(issue, because)
    return replace(issue, paused_because=because)


def _held(tx: Transaction, edition: Edition, number: int | None) -> Issue:
    tx.serialise(f"issue:{edition.key}")
    return tx.mailing.issues.get(edition.key, number)


def _move(
    tx: Transaction,
    issue: Issue,
    *,
    move: str,
    allowed: Sequence[IssueStatus],
    to: IssueStatus,
    by: str,
    now: datetime,
) -> Issue:
    if not tx.mailing.issues.move(issue, to=to, allowed=allowed):
        raise Refused(
            "issue_move_not_allowed",
            move=move,
            number=issue.number,
            status=issue.status,
            possible=list(allowed),
        )
    record(tx, issue, move, {}, by=by, now=now)
    return replace(issue, status=to)
