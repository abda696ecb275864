"""The newsletter while nobody looks: close what is due, send what is closed, say once what stands still."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from curator.errors import MailRefused, Refused
from curator.model import Issue, IssueStatus, Problem
from curator.ports import Mailroom
from curator.publish.claiming import Clock, IsGone, Sleep
from curator.publish.issues import close_issue
from curator.publish.sending import MOST_BLIND_RETRIES, Sent, send_issue
from curator.publish.usecases import write_outputs
from curator.settings import Edition, Settings
from curator.store import Store, Transaction

AGAIN_AFTER = timedelta(minutes=10)
"""An issue that was refused, by the gate say, is tried again then, or when an editor closed it anew."""

_OF_ONE_ISSUE = ("mail_header_unsafe",)
"""Refusals that say nothing of the mail server: newer issues leave all the same."""

_CAN_BE_SENT = (IssueStatus.CLOSED, IssueStatus.SENDING)
_MAY_STAND = (IssueStatus.CLOSED, IssueStatus.SENDING, IssueStatus.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standstill:
    """Why an issue does not go on by itself, `code` and `data` as an error's: it waits for an editor."""

    number: int
    code: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """What was done. `nothing_at`: the slot that had nothing to say; `stopped`: only what is new of it.

    `closed`: by this process, just now; it `waits` where nobody starts it but an editor.
    """

    closed: Issue | None = None
    waits: bool = False
    sent: Sequence[Sent] = ()
    nothing_at: datetime | None = None
    stopped: Sequence[Standstill] = ()


def close_and_send_due(
    store: Store,
    room: Mailroom,
    settings: Settings,
    *,
    edition: Edition,
    slot: datetime | None,
    secret: bytes,
    worker: str,
    is_gone: IsGone,
    clock: Clock,
    sleep: Sleep = time.sleep,
) -> Week:
    """What `run` does for the newsletter: close the issue of a due `slot`, then send what is not out yet.

    With `newsletter.confirm` an editor starts each issue; an issue that was
    started is finished here. Into a folder only where `mail.url` says so on
    purpose: a newsroom without any mail settings must not believe it sends.

    Of processes that do this at once, one closes, each mail is sent by one,
    and what there is to tell is told by one.
    """
    closed = None
    if slot is not None:
        closed = _close(store, settings, edition, slot, secret=secret, now=clock())
    sent = []
    for issue in _to_send(store, room, settings, edition, is_gone=is_gone, now=clock()):
        try:
            done = send_issue(
                store,
                room,
                settings,
                edition=edition,
                number=issue.number,
                secret=secret,
                worker=worker,
                is_gone=is_gone,
                clock=clock,
                sleep=sleep,
            )
        except Refused as refused:
            if refused.reason != "issue_not_sendable":  # that is: paused or cancelled, this very moment
                _hold(store, issue, refused, now=clock())
        except MailRefused as refused:
            if refused.reason not in _OF_ONE_ISSUE:
                raise
            _hold(store, issue, refused, now=clock())
        else:
            _let_go(store, issue)
            sent.append(done)
    with store.begin() as tx:
        nothing = slot is not None and closed is None and not _has_issue(tx, edition, slot)
        quiet = nothing and bool(_news(tx, f"newsletter_nothing:{edition.key}", [str(slot)]))
        standing = list(standstills(tx, room, settings, edition=edition, now=clock()))
        new = _news(tx, f"newsletter_stands:{edition.key}", [_word(one) for one in standing])
    return Week(
        closed=closed,
        waits=settings.newsletter.confirm,
        sent=sent,
        nothing_at=slot if quiet else None,
        stopped=[one for one in standing if _word(one) in new],
    )


def standstills(
    tx: Transaction, room: Mailroom, settings: Settings, *, edition: Edition, now: datetime
) -> Iterator[Standstill]:
    """What does not go on by itself, of all issues that are not over."""
    held = _held(tx, edition)
    for issue in tx.mailing.issues.in_status(edition.key, _MAY_STAND):
        because = issue.paused_because or {}
        if issue.status is IssueStatus.PAUSED and "code" in because:
            yield Standstill(number=issue.number, code="issue_paused_itself", data={"because": dict(because)})
        if held is not None and held.issue_number == issue.number and held.at >= issue.closed_at:
            yield Standstill(number=issue.number, code=held.code, data={"problems": list(held.problems)})
        in_doubt = tx.mailing.deliveries.counts(issue).ambiguous
        if in_doubt and (room.log is not None or not _is_due(tx, room, settings, issue, now=now)):
            yield Standstill(number=issue.number, code="issue_in_doubt", data={"mails": in_doubt})


def kept_by(tx: Transaction, edition: Edition, issue: Issue) -> Sequence[Problem]:
    """Why it did not leave when that was last tried; whoever looks later need ask nobody."""
    held = _held(tx, edition)
    known = held is not None and held.issue_number == issue.number and held.at >= issue.closed_at
    return held.why if held is not None and known else ()


# ── one step after the other ──


def _close(
    store: Store, settings: Settings, edition: Edition, slot: datetime, *, secret: bytes, now: datetime
) -> Issue | None:
    closed = close_issue(store, settings, edition=edition, slot=slot, secret=secret, now=now)
    if closed is not None:
        write_outputs(store, settings, now=now)
    return closed


def _has_issue(tx: Transaction, edition: Edition, slot: datetime) -> bool:
    """Whoever closed it."""
    newest = tx.mailing.issues.newest(edition.key)
    return newest is not None and newest.slot is not None and newest.slot >= slot


def _to_send(
    store: Store, room: Mailroom, settings: Settings, edition: Edition, *, is_gone: IsGone, now: datetime
) -> list[Issue]:
    if room.mailer.writes_files and not settings.mail.given:
        return []
    started = (IssueStatus.SENDING,) if settings.newsletter.confirm else _CAN_BE_SENT
    with store.read() as tx:
        held = _held(tx, edition)
        return [
            issue
            for issue in tx.mailing.issues.in_status(edition.key, started)
            if (held is None or not held.keeps(issue, now=now))
            # One that an editor closed by hand waits for her to have looked at it.
            and (issue.slot is not None or issue.status is not IssueStatus.CLOSED)
            and (
                issue.status is IssueStatus.CLOSED
                or _is_due(tx, room, settings, issue, now=now)
                or tx.mailing.deliveries.abandoned(issue, is_gone=is_gone, now=now)
            )
        ]


def _is_due(tx: Transaction, room: Mailroom, settings: Settings, issue: Issue, *, now: datetime) -> bool:
    if issue.status is not IssueStatus.SENDING:
        return False
    if room.log is not None and tx.mailing.deliveries.counts(issue).ambiguous:
        return True  # perhaps the log says by now what became of them
    resend = settings.newsletter.ambiguous == "resend" and not room.mailer.writes_files
    return tx.mailing.deliveries.due(
        issue,
        to_folder=room.mailer.writes_files,
        doubtful_below=MOST_BLIND_RETRIES if resend else 0,
        now=now,
    )


# ── what was refused: remembered, so that it is neither tried nor told ten times a minute ──


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    issue_number: int
    at: datetime
    code: str
    problems: Sequence[str]
    why: Sequence[Problem] = ()

    def keeps(self, issue: Issue, *, now: datetime) -> bool:
        return (
            issue.number == self.issue_number
            and issue.status is IssueStatus.CLOSED
            and issue.closed_at <= self.at
            and now - self.at < AGAIN_AFTER
        )


def _hold(store: Store, issue: Issue, refused: Refused | MailRefused, *, now: datetime) -> None:
    found = refused.data.get("problems", ())
    why = found or [Problem(code=refused.reason, data=refused.data)]
    said = {
        "number": issue.number,
        "at": now.isoformat(),
        "code": refused.reason,
        "problems": [problem.code for problem in found],
        "why": [{"code": one.code, "field": one.field, "data": dict(one.data)} for one in why],
    }
    with store.begin() as tx:
        tx.meta.set(f"newsletter_held:{issue.edition}", json.dumps(said, default=str))


def _let_go(store: Store, issue: Issue) -> None:
    """It went on: what held it is told no longer."""
    with store.begin() as tx:
        if tx.meta.get(f"newsletter_held:{issue.edition}"):
            tx.meta.set(f"newsletter_held:{issue.edition}", "")


def _held(tx: Transaction, edition: Edition) -> _Held | None:
    raw = tx.meta.get(f"newsletter_held:{edition.key}")
    if not raw:
        return None
    said = json.loads(raw)
    return _Held(
        issue_number=said["number"],
        at=datetime.fromisoformat(said["at"]),
        code=said["code"],
        problems=said["problems"],
        why=[Problem(**one) for one in said.get("why", ())],
    )


def _news(tx: Transaction, key: str, words: Sequence[str]) -> frozenset[str]:
    """Those of the words that were not said last time, by whichever process."""
    known = tx.meta.get(key) or ""
    if known.split("\n") == list(words) or (not known and not words):
        return frozenset()
    tx.serialise(key)
    before = frozenset((tx.meta.get(key) or "").split("\n"))
    tx.meta.set(key, "\n".join(words))
    return frozenset(words) - before


def _word(one: Standstill) -> str:
    return json.dumps([one.number, one.code, one.data], sort_keys=True, default=str)
