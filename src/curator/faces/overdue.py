"""`doctor`, of the newsletter: what waits for an editor, what should have left, and what was never read.

Addresses are not said here: `issue settle` and `issue status` are for whoever decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from curator.errors import CuratorError, Refused
from curator.faces.doctor import Check
from curator.model import DeliveryState, Issue, IssueStatus
from curator.publish import checking, reachable
from curator.publish.drafting import draft_issue
from curator.publish.issues import due_slot
from curator.settings import Edition
from curator.work import RETURNS_FAILED

if TYPE_CHECKING:
    from curator.bootstrap import Newsroom

LATE = timedelta(hours=1)
_NOT_OVER = (IssueStatus.CLOSED, IssueStatus.SENDING, IssueStatus.PAUSED)


def issues(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    for edition in newsroom.settings.editions.values():
        with newsroom.store.read() as tx:
            found = tx.mailing.issues.in_status(edition.key, _NOT_OVER)
        for issue in found:
            yield from _in_doubt(newsroom, issue)
            yield from _paused(issue)
            yield from list(_gate(newsroom, issue, edition)) or _waits(newsroom, issue)
        if newsroom.settings.mail.given:
            yield from _draft(newsroom, edition, now)


def late(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """A week that nobody closed. None where there is nothing to say, or no mail was set up."""
    settings = newsroom.settings
    for edition in settings.editions.values():
        slot = due_slot(newsroom.store, settings, edition=edition, now=now)
        if slot is None or now - slot <= LATE or not settings.mail.given:
            continue
        if draft_issue(newsroom.store, settings, edition=edition, now=now).issue.item_ids:
            data = {"edition": edition.key, "slot": slot}
            yield Check(
                name=f"newsletter {edition.key}", ok=False, code="doctor_late", advice="advice_run", data=data
            )


def mails(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """Whether readers could leave; what they asked for; what came back."""
    settings = newsroom.settings
    if not settings.mail.url.startswith("folder:") and reachable.nobody_could_leave(settings):
        data = {"url": settings.publish.base_url}
        yield Check(name="way out", ok=False, code="doctor_no_way_out", advice="advice_no_way_out", data=data)
    with newsroom.store.read() as tx:
        failed = tx.meta.get(RETURNS_FAILED)
        since = tx.mailing.notices.waiting_since()
    if settings.mail.bounce_mailbox is not None and failed:
        data = {"code": failed}
        yield Check(name="returned", ok=False, code="doctor_returned", advice="advice_returned", data=data)
    if since is not None and now - since > LATE:
        waiting: dict[str, Any] = {"since": since}
        yield Check(name="notices", ok=False, code="doctor_notices", advice="advice_run", data=waiting)


def _in_doubt(newsroom: Newsroom, issue: Issue) -> Iterator[Check]:
    with newsroom.store.read() as tx:
        doubtful = tx.mailing.deliveries.in_state(issue, DeliveryState.AMBIGUOUS)
    if doubtful:
        since = min((mail.changed_at for mail in doubtful if mail.changed_at), default=issue.closed_at)
        data = {**_named(issue), "ambiguous": len(doubtful), "since": since}
        yield Check(name=_name(issue), ok=False, code="doctor_ambiguous", advice="advice_settle", data=data)


def _paused(issue: Issue) -> Iterator[Check]:
    """By itself: who paused it by hand knows."""
    because = issue.paused_because or {}
    if issue.status is IssueStatus.PAUSED and "code" in because:
        why = Refused(because["code"], **because.get("data", {}))
        data = {**_named(issue), **why.data}
        yield Check(
            name=_name(issue), ok=False, code=why.reason, advice="advice_resume", data=data, error=why
        )


def _waits(newsroom: Newsroom, issue: Issue) -> Iterator[Check]:
    """What no `run` starts: an editor wanted to, and may have forgotten."""
    if issue.status is IssueStatus.CLOSED and (issue.slot is None or newsroom.settings.newsletter.confirm):
        data = {**_named(issue), "since": issue.closed_at}
        yield Check(name=_name(issue), code="doctor_issue_waits", advice="advice_issue_send", data=data)


def _gate(newsroom: Newsroom, issue: Issue, edition: Edition) -> Iterator[Check]:
    """What would keep a closed issue from leaving, as far as that is known without asking anybody."""
    if issue.status is not IssueStatus.CLOSED or issue.begun_at is not None:
        return
    try:
        room = replace(newsroom.mailroom, answers=lambda _url: None)
        found = checking.check_issue(
            newsroom.store,
            room,
            newsroom.settings,
            edition=edition,
            number=issue.number,
            secret=newsroom.secret,
        )
    except CuratorError as error:  # a mailer or a key that cannot be used
        yield Check(name=_name(issue), ok=False, code=error.reason, data=error.data, error=error)
        return
    for problem in found:
        data = {**_named(issue), "why": problem}
        yield Check(name=_name(issue), ok=False, code="doctor_gate", advice="advice_gate", data=data)


def _draft(newsroom: Newsroom, edition: Edition, now: datetime) -> Iterator[Check]:
    """What would keep the next issue: said while there is time, not on the morning when it is due."""
    draft = draft_issue(newsroom.store, newsroom.settings, edition=edition, now=now)
    if not draft.issue.item_ids:
        return
    try:
        room = replace(newsroom.mailroom, answers=lambda _url: None)
        found = checking.check_draft(room, newsroom.settings, draft, edition=edition, secret=newsroom.secret)
    except CuratorError:  # of a mailer or a key: the other checks say it
        return
    for problem in found:
        data = {**_named(draft.issue), "why": problem}
        yield Check(name=_name(draft.issue), code="doctor_gate_draft", advice="advice_draft", data=data)


def _name(issue: Issue) -> str:
    return f"issue {issue.edition} {issue.number}"


def _named(issue: Issue) -> dict[str, Any]:
    return {"number": issue.number, "edition": issue.edition}
