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
from curator.publish import checking, halting, reachable
from curator.publish.drafting import draft_issue
from curator.publish.issues import due_slot
from curator.settings import Edition, MailSettings
from curator.work import RETURNS_FAILED

if TYPE_CHECKING:
    from curator.bootstrap import Newsroom

LATE = timedelta(hours=1)
COME_BACK_FOR = timedelta(days=14)
_NOT_OVER = (IssueStatus.CLOSED, IssueStatus.SENDING, IssueStatus.PAUSED)


def issues(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    for edition in newsroom.settings.editions.values():
        with newsroom.store.read() as tx:
            found = tx.mailing.issues.in_status(edition.key, _NOT_OVER)
        for issue in found:
            yield from _in_doubt(newsroom, issue)
            yield from _paused(issue)
            yield from list(_gate(newsroom, issue, edition)) or _waits(newsroom, issue)
            yield from _stands_still(newsroom, issue, now)
        yield from _came_back(newsroom, edition, now)


def draft(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """What would keep the next issue: said while there is time, not on the morning when it is due."""
    if newsroom.settings.mail.given:
        for edition in newsroom.settings.editions.values():
            yield from _draft(newsroom, edition, now)


def late(newsroom: Newsroom, now: datetime) -> Iterator[Check]:
    """A week that nobody closed, or closed and did not send. None where nothing was to be said or mailed."""
    settings = newsroom.settings
    for edition in settings.editions.values():
        yield from _closed_and_late(newsroom, edition, now)
        slot = due_slot(newsroom.store, settings, edition=edition, now=now)
        if slot is None or now - slot <= LATE or not settings.mail.given:
            continue
        if draft_issue(newsroom.store, settings, edition=edition, now=now).issue.item_ids:
            data = {"edition": edition.key, "slot": slot}
            yield _late(edition, data)


def _closed_and_late(newsroom: Newsroom, edition: Edition, now: datetime) -> Iterator[Check]:
    """By the week, and by itself: what waits for an editor's word is not late."""
    if newsroom.settings.newsletter.confirm or not newsroom.settings.mail.given:
        return
    with newsroom.store.read() as tx:
        closed = tx.mailing.issues.in_status(edition.key, (IssueStatus.CLOSED,))
    for issue in closed:
        if issue.slot is not None and now - max(issue.slot, issue.closed_at) > LATE:
            yield _late(edition, {"edition": edition.key, "slot": issue.slot})


def _late(edition: Edition, data: dict[str, Any]) -> Check:
    name = f"newsletter {edition.key}"
    return Check(name=name, ok=False, code="doctor_late", advice="advice_run", data=data, kind="late")


def _stands_still(newsroom: Newsroom, issue: Issue, now: datetime) -> Iterator[Check]:
    """It is being sent, and for an hour no server has taken or refused a mail of it."""
    if issue.status is not IssueStatus.SENDING:
        return
    with newsroom.store.read() as tx:
        waiting, since = tx.mailing.deliveries.standing_still(issue)
    if waiting and since is not None and now - since > _patience(newsroom.settings.mail):
        data = {**_named(issue), "waiting": waiting, "since": since}
        yield Check(name=_name(issue), ok=False, code="doctor_standing_still", advice="advice_run", data=data)


def _patience(mail: MailSettings) -> timedelta:
    """The settings may make it wait: until the next hour, or until tomorrow."""
    if mail.warm_up:
        return LATE + timedelta(days=1)
    return 2 * LATE if mail.rate_per_hour or mail.rate_per_domain else LATE


def _came_back(newsroom: Newsroom, edition: Edition, now: datetime) -> Iterator[Check]:
    """Of the newest issue that has left, for two weeks: it is over, but the next would fare alike."""
    with newsroom.store.read() as tx:
        issue = tx.mailing.issues.newest(edition.key)
        if issue is None or issue.status is not IssueStatus.FINISHED or now - issue.closed_at > COME_BACK_FOR:
            return
        found = halting.too_many(tx, newsroom.settings.mail, issue)
    if found is not None:
        code, data = found
        yield Check(
            name=_name(issue),
            ok=False,
            code=f"doctor_{code}",
            advice="advice_came_back",
            data={**_named(issue), **data},
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
        yield Check(
            name="returned",
            ok=False,
            code="doctor_returned",
            advice="advice_returned",
            data=data,
            kind="returned",
            after=LATE,
        )
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
