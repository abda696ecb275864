"""Sending an issue: one mail at a time out of the ledger, so that nobody gets it twice and nobody is missed.

Look and claim in one transaction, hand over with none open, note the outcome
in another. A process that is killed leaves at most the one mail it was handing
over in doubt; whoever comes next finds it, and the settings decide.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from curator.errors import DatabaseBusy, MailRefused, Refused
from curator.model import Delivery, DeliveryState, Issue, IssueCounts, IssueStatus
from curator.ports import Accepted, Deferred, HandOver, Mail, Mailroom, Rejected, Unknown, Written
from curator.publish import tokens
from curator.publish.issues import enter_subscribers
from curator.publish.message import Sender, message, sender_of, way_out
from curator.publish.site import site_of
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.deliveries import Verdict

GAPS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 480))
GIVE_UP_AFTER = 20  # attempts: about five days of temporary noes (RFC 5321 §4.5.4.1)
MOST_BLIND_RETRIES = 5  # `ambiguous = "resend"`: a server that never answers must not be mailed for ever
AFTER_A_BROKEN_SESSION = 2.0  # seconds
MOST_FRUITLESS = 2  # sessions running that ended before any mail was judged

IsGone = Callable[[str], bool]
Clock = Callable[[], datetime]
Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How the issue stands after a run. `stopped` is the server's word where it would not go on."""

    issue: Issue
    counts: IssueCounts
    stopped: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One run of one sender: whom it works for and what it works with."""

    store: Store
    room: Mailroom
    settings: Settings
    edition: Edition
    secret: bytes
    worker: str
    clock: Clock
    sleep: Sleep

    @property
    def sender(self) -> Sender:
        home_url = site_of(self.settings, self.edition).home_url
        return sender_of(self.settings, edition=self.edition, home_url=home_url)

    @property
    def lease(self) -> timedelta:
        """Longer than one mail can take, each of the server's answers as late as it may be."""
        return timedelta(seconds=20 * self.settings.mail.timeout + 60)


def send_issue(
    store: Store,
    room: Mailroom,
    settings: Settings,
    *,
    edition: Edition,
    number: int | None = None,
    secret: bytes,
    worker: str,
    is_gone: IsGone,
    clock: Clock,
    sleep: Sleep = time.sleep,
    told: Callable[[int], None] = lambda _done: None,
) -> Sent:
    """Hand over what is due of an issue; without a number, of the newest. `told` how many are judged.

    Safe to call again, at once and in two processes: what was handed over is
    never handed over again. Raises MailRefused where the server took nothing
    at all; nobody was skipped then, and the next run begins where this began.
    """
    run = Round(
        store=store,
        room=room,
        settings=settings,
        edition=edition,
        secret=secret,
        worker=worker,
        clock=clock,
        sleep=sleep,
    )
    issue = _start(run, number, is_gone=is_gone)
    handed_over, stopped = _hand_over_all(run, issue, told=told)
    sent = _finish(run, issue, stopped=stopped)
    if stopped is not None and not handed_over:
        raise MailRefused("mail_server_stopped", edition=issue.edition, number=issue.number, cause=stopped)
    return sent


# ── before ──


def _start(run: Round, number: int | None, *, is_gone: IsGone) -> Issue:
    """Last additions while nothing has left, then take back what dead senders held."""
    now = run.clock()
    with run.store.begin() as tx:
        tx.serialise(f"issue:{run.edition.key}")
        issue = tx.mailing.issues.get(run.edition.key, number)
        match issue.status:
            case IssueStatus.CLOSED:
                enter_subscribers(tx, run.settings, issue, edition=run.edition, secret=run.secret, now=now)
                tx.mailing.issues.move(issue, to=IssueStatus.SENDING, allowed=(IssueStatus.CLOSED,))
            case IssueStatus.SENDING:
                pass
            case IssueStatus.FINISHED:
                return issue
            case _:
                raise Refused(
                    "issue_not_sendable",
                    edition=issue.edition,
                    number=issue.number,
                    status=str(issue.status),
                )
        abandoned = tx.mailing.deliveries.abandoned(issue, is_gone=is_gone, now=now)
        tx.mailing.deliveries.take_back(abandoned, now=now)
        if run.settings.newsletter.ambiguous == "resend" and not run.room.mailer.writes_files:
            tx.mailing.deliveries.retry_ambiguous(issue, below_attempts=MOST_BLIND_RETRIES, now=now)
        return issue


# ── one after the other ──


def _hand_over_all(
    run: Round, issue: Issue, *, told: Callable[[int], None] = lambda _done: None
) -> tuple[int, str | None]:
    """Until nothing is due, or the server will not go on: how many it judged, and its last word then.

    A server that ends a session is asked again after a pause; one that ends
    two running without having judged a single mail is left in peace.
    """
    sender = run.sender
    handed_over = fruitless = 0
    due = run.clock()
    while (delivery := _claim(run, issue)) is not None:
        due = _keep_pace(run, due)
        try:
            outcome = _hand_over(run, issue, delivery, sender=sender)
        except _NotAfterAll:
            continue
        except MailRefused as refused:  # no log-in, no TLS, no folder: nothing can leave, nothing has
            _note(run, delivery, Deferred(reply=refused.reason, whole_session=True))
            raise
        _note(run, delivery, outcome)
        match outcome:
            case Deferred(whole_session=True):
                fruitless += 1
                if fruitless == MOST_FRUITLESS:
                    return handed_over, outcome.reply
                run.sleep(AFTER_A_BROKEN_SESSION)
            case _:
                handed_over += 1
                fruitless = 0
                told(handed_over)
    return handed_over, None


def _claim(run: Round, issue: Issue) -> Delivery | None:
    """The next mail for somebody who still wants it. Whoever left since the selection is passed over."""
    while True:
        now = run.clock()
        with run.store.begin() as tx:
            if tx.mailing.issues.status(issue) is not IssueStatus.SENDING:
                return None
            delivery = tx.mailing.deliveries.claim(
                issue,
                to_folder=run.room.mailer.writes_files,
                worker=run.worker,
                now=now,
                lease_until=now + run.lease,
            )
            if delivery is None:
                return None
            if _is_wanted(tx, run, issue, delivery):
                return delivery
            _pass_over(tx, run, delivery)


def _is_wanted(tx: Transaction, run: Round, issue: Issue, delivery: Delivery) -> bool:
    if delivery.email is None or not tx.mailing.deliveries.wanted(delivery, issue.edition):
        return False
    return not tx.mailing.subscribers.suppressed([tokens.address_hash(run.secret, delivery.email)])


def _pass_over(tx: Transaction, run: Round, delivery: Delivery) -> None:
    verdict = Verdict(state=DeliveryState.SUPPRESSED)
    tx.mailing.deliveries.settle(delivery, verdict, worker=run.worker, now=run.clock())


class _NotAfterAll(Exception):
    """Right before DATA: the reader has left meanwhile, or another sender has the row."""


def _begin_data(run: Round, issue: Issue, delivery: Delivery) -> None:
    """Say in the ledger that the message goes out now; from here on a crash leaves doubt, not before."""
    with run.store.begin() as tx:
        wanted = _is_wanted(tx, run, issue, delivery)
        if not wanted:
            _pass_over(tx, run, delivery)
        elif tx.mailing.deliveries.begin_data(delivery, worker=run.worker, now=run.clock()):
            return
    raise _NotAfterAll


def _hand_over(run: Round, issue: Issue, delivery: Delivery, *, sender: Sender) -> HandOver:
    recipient = delivery.email or ""
    name = delivery.message_id.strip("<>").rpartition("@")[0]
    way = way_out(sender, edition=issue.edition, subscriber_id=delivery.subscriber_id, secret=run.secret)
    try:
        mail = message(
            issue,
            sender=sender,
            language=run.edition.language,
            recipient=recipient,
            message_id=delivery.message_id,
            way=way,
        )
    except MailRefused as refused:  # this address, or this letter, makes no safe mail: the list goes on
        return Rejected(reply=refused.reason, code=0)
    return run.room.mailer.send(
        Mail(sender=sender.envelope(name), recipient=recipient, message=mail, name=name),
        before_data=lambda: _begin_data(run, issue, delivery),
    )


def _note(run: Round, delivery: Delivery, outcome: HandOver) -> None:
    """Write the outcome down; a lock is waited out, since what the server said cannot be asked again."""
    verdict = judge(outcome, attempts=delivery.attempts, now=run.clock())
    for patience in (1, 2, 4, 8, None):
        try:
            with run.store.begin() as tx:
                tx.mailing.deliveries.settle(delivery, verdict, worker=run.worker, now=run.clock())
        except DatabaseBusy:
            if patience is None:
                raise
            run.sleep(patience)
        else:
            return


def judge(outcome: HandOver, *, attempts: int, now: datetime) -> Verdict:  # noqa: PLR0911  one per outcome
    """What an answer means for the ledger."""
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
            # behind all others, so that one address at which a server hangs up does not stop the list.
            return Verdict(state=DeliveryState.DEFERRED, reply=reply, next_try=now, counted=False)
        case Deferred(reply=reply) if attempts >= GIVE_UP_AFTER:
            return Verdict(state=DeliveryState.FAILED, reply=reply)
        case Deferred(reply=reply):
            return Verdict(state=DeliveryState.DEFERRED, reply=reply, next_try=now + gap(attempts))


def gap(attempts: int) -> timedelta:
    """How long to wait after so many temporary noes."""
    return GAPS[min(max(attempts, 1), len(GAPS)) - 1]


def _keep_pace(run: Round, due: datetime) -> datetime:
    """Wait until the next mail may leave; returns when the one after it may."""
    rate = run.settings.mail.rate_per_second
    if rate <= 0:
        return due
    now = run.clock()
    if due > now:
        run.sleep((due - now).total_seconds())
    return max(due, now) + timedelta(seconds=1 / rate)


# ── after ──


def _finish(run: Round, issue: Issue, *, stopped: str | None) -> Sent:
    """Finished is only what adds up: everybody selected was reached, refused, suppressed or excluded."""
    with run.store.begin() as tx:
        tx.serialise(f"issue:{run.edition.key}")
        counts = tx.mailing.deliveries.counts(issue)
        if not counts.unfinished:
            tx.mailing.issues.move(issue, to=IssueStatus.FINISHED, allowed=(IssueStatus.SENDING,))
        return Sent(
            issue=tx.mailing.issues.get(run.edition.key, issue.number), counts=counts, stopped=stopped
        )
