"""`doctor`, of the newsletter: what waits for an editor, what should have left, and what was never read.

Addresses are not said here: `issue settle` and `issue status` are for whoever decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from curator.errors import CuratorError, Refused
from curator.faces import alertwords
from curator.faces.doctor import Check
from curator.model import DeliveryState, Issue, IssueStatus, Problem
from curator.publish import checking, halting, reachable, weekly
from curator.publish.drafting import draft_issue
from curator.publish.issues import due_slot
from curator.settings import Edition, MailSettings
from curator.work import RETURNS_FAILED

if TYPE_CHECKING:
    from curator.bootstrap import Newsroom
    from curator.store import Transaction

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
    """By the week, and by itself: what waits for an editor's word is not late.

    What has been late stays so until it has left or is cancelled, whoever has closed it anew.
    """
    if newsroom.settings.newsletter.confirm or not newsroom.settings.mail.given:
        return
    with newsroom.store.read() as tx:
        slot, known = _late_by_now(tx, edition)
        newest = tx.mailing.issues.newest(edition.key)
        why = weekly.kept_by(tx, edition, newest) if newest is not None else ()
    if newest is None or newest.status is not IssueStatus.CLOSED or newest.begun_at is not None:
        if known and (newest is None or newest.number < known):  # opened again: it is a draft
            yield _late(edition, {"edition": edition.key, "slot": slot, "number": known})
        return
    if slot is None or (known and newest.number != known) or newest.closed_at < slot:
        slot = None
    if newest.slot is not None and now - max(newest.slot, newest.closed_at) > LATE:
        slot = newest.slot
    if slot is not None:
        yield _late(edition, {"edition": edition.key, "slot": slot, "number": newest.number}, why=why)


def _late_by_now(tx: Transaction, edition: Edition) -> tuple[datetime | None, int | None]:
    """Which week, and which issue of it, the incident is about that is open; None: there is none."""
    for incident in tx.alerts.open():
        if incident.key == f"newsletter {edition.key}" and incident.kind == "late":
            facts = alertwords.facts_of(incident)
            return facts.get("slot"), facts.get("number")
    return None, None


def _late(edition: Edition, data: dict[str, Any], *, why: Sequence[Problem] = ()) -> Check:
    known = {"why": list(why)} if why else {}
    return Check(
        name=f"newsletter {edition.key}",
        ok=False,
        code="doctor_late_because" if why else "doctor_late",
        advice="advice_gate" if why else "advice_run",
        data={**data, **known},
        kind="late",
    )


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
    """Of the newest issue that has left or leaves, for two weeks: the next would fare alike."""
    with newsroom.store.read() as tx:
        issue = tx.mailing.issues.newest(edition.key)
        left = (IssueStatus.SENDING, IssueStatus.FINISHED)
        if issue is None or issue.status not in left or now - issue.closed_at > COME_BACK_FOR:
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
    """What would keep a closed issue from leaving, as far as nobody need be asked; and what did."""
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
    with newsroom.store.read() as tx:
        known = weekly.kept_by(tx, edition, issue)
    asked = {problem.code for problem in found}
    for problem in (*found, *(one for one in known if one.code not in asked)):
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
