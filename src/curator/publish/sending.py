"""Sending an issue: one mail at a time out of the ledger, so that nobody gets it twice and nobody is missed.

Some rows are leased with one look. Then, for each mail, the ledger says
`in_data` before the server is told the message, and what it answered after;
no transaction is open meanwhile. A process that is killed leaves at most the
one mail it was handing over in doubt; whoever comes next finds it, and the
mail server's log or the settings decide.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from curator.errors import DatabaseBusy, MailRefused, Refused
from curator.model import Delivery, DeliveryState, Issue, IssueCounts, IssueStatus
from curator.ports import Deferred, HandOver, Mailroom, Rejected, Written
from curator.publish import checking, erasures, handing, holding, pacing, reachable, reconciling, steering
from curator.publish.claiming import (
    Clock,
    IsGone,
    Round,
    Sleep,
    address_hash,
    claim,
    give_back,
    pass_over,
    rest_until,
    unwanted,
    waits,
)
from curator.publish.drafting import content_hash
from curator.publish.freezing import edition_of, sender_of_issue
from curator.publish.issues import enter_subscribers
from curator.publish.making import Form
from curator.publish.message import cast
from curator.publish.retrying import judge
from curator.settings import Edition, Settings
from curator.store import Line, Store
from curator.store.deliveries import FROM_THE_LOG
from curator.store.events import SYSTEM

MOST_BLIND_RETRIES = 5  # `ambiguous = "resend"`: a server that never answers must not be mailed for ever
AFTER_A_BROKEN_SESSION = 2.0  # seconds
MOST_FRUITLESS = 2  # sessions running that ended before any mail was judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How the issue stands after a run. `stopped` is the server's word where it would not go on."""

    issue: Issue
    counts: IssueCounts
    stopped: str | None = None


def send_issue(
    store: Store,
    room: Mailroom,
    settings: Settings,
    *,
    edition: Edition,
    number: int | None = None,
    by: str = SYSTEM,
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
    holding.require_free(store, settings, now=clock())
    _require_a_way_out(run)
    erasures.reapply_erasures(store, settings, secret=secret)  # a backup may have brought somebody back
    judged = _require_the_gate(run, number)
    while (issue := _start(run, judged, by=by, is_gone=is_gone)) is None:
        judged = _require_the_gate(run, number)
    if issue.status is IssueStatus.FINISHED:
        return _finish(run, issue, stopped=None)
    _look_into_the_log(run, issue)
    _resend_what_is_in_doubt(run, issue)
    with store.line() as line:
        handed_over, stopped = _hand_over_all(run, line, issue, told=told)
    _look_into_the_log(run, issue)
    sent = _finish(run, issue, stopped=stopped)
    if stopped is not None and not handed_over:
        raise MailRefused("mail_server_stopped", edition=issue.edition, number=issue.number, cause=stopped)
    return sent


# ── before ──


def _require_a_way_out(run: Round) -> None:
    """Who gets a mail must be able to leave; a folder reaches nobody."""
    if not run.to_folder and reachable.nobody_could_leave(run.settings):
        raise Refused(
            "mail_nobody_could_leave",
            base_url=run.settings.publish.base_url,
            public_url=run.settings.serve.public_url or "–",
        )


def _require_the_gate(run: Round, number: int | None) -> Issue:
    """Look at one mail of it as a reader would get it, while nobody has got one; the issue as it was then."""
    with run.store.read() as tx:
        issue = tx.mailing.issues.get(run.edition.key, number)
    _require_the_seal(issue)
    if issue.begun_at is not None or issue.status not in (IssueStatus.CLOSED, IssueStatus.SENDING):
        return issue
    problems = checking.check_issue(
        run.store,
        run.room,
        run.settings,
        edition=run.edition,
        number=issue.number,
        secret=run.secret,
    )
    if problems:
        raise Refused("issue_gate_failed", edition=issue.edition, number=issue.number, problems=problems)
    return issue


def _require_the_seal(issue: Issue) -> None:
    if content_hash(issue.letter) != issue.content_hash:
        raise Refused("issue_altered", edition=issue.edition, number=issue.number)


def _start(run: Round, judged: Issue, *, by: str, is_gone: IsGone) -> Issue | None:
    """Last additions while nothing has left, then take back what dead senders held.

    None: it is another letter than the gate has seen; an item was withdrawn this very moment.
    """
    now = run.clock()
    with run.store.begin() as tx:
        tx.holds.require_none()
        tx.serialise(f"issue:{run.edition.key}")
        issue = tx.mailing.issues.get(run.edition.key, judged.number)
        _require_the_seal(issue)
        if issue.content_hash != judged.content_hash:
            return None
        match issue.status:
            case IssueStatus.CLOSED:
                enter_subscribers(tx, run.settings, issue, edition=run.edition, secret=run.secret, now=now)
                tx.mailing.issues.move(issue, to=IssueStatus.SENDING, allowed=(IssueStatus.CLOSED,))
                steering.record(tx, issue, "send", {}, by=by, now=now)
            case IssueStatus.SENDING:
                pass
            case IssueStatus.FINISHED:
                return issue
            case _:
                raise Refused(
                    "issue_not_sendable",
                    edition=issue.edition,
                    number=issue.number,
                    status=issue.status,
                )
        abandoned = tx.mailing.deliveries.abandoned(issue, is_gone=is_gone, now=now)
        tx.mailing.deliveries.take_back(abandoned)
        return tx.mailing.issues.get(run.edition.key, issue.number)


# ── what is in doubt ──


def _look_into_the_log(run: Round, issue: Issue) -> None:
    """Ask the mail server's log of each mail in doubt, where `mail.log` names it."""
    if run.room.log is None or run.to_folder:
        return
    with run.store.read() as tx:
        doubtful = tx.mailing.deliveries.in_state(issue, DeliveryState.AMBIGUOUS)
        doubts = {d.message_id: d.changed_at for d in doubtful if d.changed_at is not None}
        if not doubts:
            return
        since = min(doubts.values()) - reconciling.BEFORE
        acknowledged = tx.mailing.deliveries.acknowledged(
            issue, since=since, until=max(doubts.values()) + reconciling.AROUND
        )
    now = run.clock()
    known = reconciling.reconcile(run.room.log(since, now), doubts, acknowledged=acknowledged, now=now)
    with run.store.begin() as tx:
        for delivery in doubtful:
            match known.get(delivery.message_id):
                case reconciling.Taken(queue_id=queue_id):
                    reply = f"{FROM_THE_LOG}queued as {queue_id}"
                    tx.mailing.deliveries.learn(delivery, DeliveryState.ACCEPTED, reply=reply, now=now)
                case reconciling.NotTaken():
                    tx.mailing.deliveries.learn(delivery, DeliveryState.PENDING, reply=None, now=now)


def _resend_what_is_in_doubt(run: Round, issue: Issue) -> None:
    if run.settings.newsletter.ambiguous != "resend" or run.to_folder:
        return
    with run.store.begin() as tx:
        tx.mailing.deliveries.retry_ambiguous(issue, below_attempts=MOST_BLIND_RETRIES, now=run.clock())


# ── one after the other ──


def _hand_over_all(
    run: Round, line: Line, issue: Issue, *, told: Callable[[int], None] = lambda _done: None
) -> tuple[int, str | None]:
    """Until nothing is due, or the server will not go on: how many it judged, and its last word then.

    A server that ends a session is asked again after a pause; one that ends
    two running without having judged a single mail is left in peace.
    """
    sender = sender_of_issue(run.settings, issue, edition=run.edition)
    language = edition_of(issue, run.edition).language
    form = Form(
        issue=issue,
        sender=sender,
        made=cast(issue, sender=sender, language=language),
        signer=run.room.signer,
        secret=run.secret,
    )
    handed_over = fruitless = 0
    most = 1
    while (hand := claim(run, issue, most=most)).mails or hand.closed_for is not None:
        if not hand.mails:
            if not waits(run, hand.closed_for):
                break
            continue
        most = min(2 * most, pacing.AT_ONCE)  # the first look is cheap to give back
        rest = list(hand.mails)
        book = handing.Handing(settings=run.settings, number=hand.number)
        try:
            book.begin(issue, rest, secret=run.secret, now=hand.at)
            for wait in hand.waits():
                rest_until(run, hand.at + wait, most=wait)
                with book.handing(rest[0]) as said:
                    said.outcome = outcome = _hand_over(run, line, form, rest, others_left=handed_over > 0)
                rest.pop(0)
                match outcome:
                    case None:
                        continue
                    case Deferred(whole_session=True):
                        fruitless += 1
                        if fruitless == MOST_FRUITLESS:
                            return handed_over, outcome.reply
                        run.sleep(AFTER_A_BROKEN_SESSION)
                    case _:
                        handed_over += 1
                        fruitless = 0
                        told(handed_over)
        except _NoMore:
            break
        finally:
            give_back(run, rest, at=hand.at)
            book.give_back(rest)
    return handed_over, None


# ── one ──


class _NotAfterAll(Exception):
    """Right before DATA: the reader has left meanwhile, or another sender has the row."""


class _NoMore(handing.NotBegun):
    """Right before DATA: the issue is not being sent any more."""


def _begin_data(run: Round, line: Line, issue: Issue, delivery: Delivery) -> None:
    """Say in the ledger that the message goes out now; from here on a crash leaves doubt, not before."""
    now = run.clock()
    with line.begin() as tx:
        begun = tx.mailing.deliveries.begin_data(
            issue,
            delivery,
            address_hash=address_hash(run, delivery),
            worker=run.worker,
            lease_until=now + run.lease,
            now=now,
        )
        if begun:
            if issue.begun_at is None and issue.id not in run.begun:
                tx.mailing.issues.begin(issue, now=now)
                run.begun.add(issue.id)
            return
        if tx.mailing.issues.status(issue) is not IssueStatus.SENDING:
            raise _NoMore
        if unwanted(tx, run, issue, [delivery]):
            pass_over(tx, run, delivery)
    raise _NotAfterAll


def _hand_over(
    run: Round, line: Line, form: Form, rest: Sequence[Delivery], *, others_left: bool
) -> HandOver | None:
    """The first of the rest, and what became of it noted down. None: it is nobody's any more."""
    delivery, following = rest[0], rest[1] if len(rest) > 1 else None
    try:
        mail = form.mail(delivery)
    except MailRefused as refused:  # this address makes no safe mail: the list goes on
        outcome: HandOver = Rejected(reply=refused.reason, code=0)
    else:
        try:
            outcome = run.room.mailer.send(
                mail,
                before_data=lambda: _begin_data(run, line, form.issue, delivery),
                coming=lambda: form.look_ahead(following),
            )
        except _NotAfterAll:
            return None
        except MailRefused as refused:  # no log-in, no TLS, no folder: nothing can leave, nothing has
            _note(run, line, delivery, Deferred(reply=refused.reason, whole_session=True))
            raise
    _note(run, line, delivery, outcome, others_left=others_left)
    if isinstance(outcome, Written):
        _remove_if_nobodys(run, delivery)
    return outcome


def _remove_if_nobodys(run: Round, delivery: Delivery) -> None:
    """Who was erased while their file was written, or whose issue was reopened, was not found by that."""
    with run.store.read() as tx:
        erased = not tx.mailing.subscribers.of(delivery.subscriber_id)
        nobodys = erased or not tx.mailing.deliveries.has(delivery)
    if nobodys:
        erasures.remove_mails(run.settings, [delivery.message_id])


def _note(
    run: Round, line: Line, delivery: Delivery, outcome: HandOver, *, others_left: bool = False
) -> None:
    """Write the outcome down; a lock is waited out, since what the server said cannot be asked again.

    It need not be on the disk yet: lost by a power cut, it would leave doubt about this one mail,
    and the next mail's own word waits for both.
    """
    now = run.clock()
    verdict = judge(
        outcome,
        attempts=delivery.attempts,
        first_try=delivery.first_try,
        retry=run.retry,
        others_left=others_left,
        now=now,
    )
    run.watch.news = run.watch.news or verdict.state is DeliveryState.FAILED
    for patience in (1, 2, 4, 8, None):
        try:
            with line.begin(lasting=False) as tx:
                tx.mailing.deliveries.settle(delivery, verdict, worker=run.worker, now=now)
        except DatabaseBusy:
            if patience is None:
                raise
            run.sleep(patience)
        else:
            return


# ── after ──


def _finish(run: Round, issue: Issue, *, stopped: str | None) -> Sent:
    """Finished is only what adds up: everybody selected was reached, refused, suppressed or excluded."""
    with run.store.begin() as tx:
        tx.serialise(f"issue:{run.edition.key}")
        counts = tx.mailing.deliveries.counts(issue)
        if not counts.unfinished:
            tx.mailing.issues.move(issue, to=IssueStatus.FINISHED, allowed=(IssueStatus.SENDING,))
        tx.mailing.paces.tidy(now=run.clock())
        return Sent(
            issue=tx.mailing.issues.get(run.edition.key, issue.number), counts=counts, stopped=stopped
        )
