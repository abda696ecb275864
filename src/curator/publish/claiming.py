"""Taking mails in hand: leased to one sender, as many as the limits bear, for readers who still want them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial

from curator.model import Delivery, DeliveryState, Issue, IssueStatus
from curator.ports import Mailroom
from curator.publish import journal, pacing, tokens
from curator.publish.halting import Watch, held_back
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.deliveries import Verdict

IsGone = Callable[[str], bool]
Clock = Callable[[], datetime]
Sleep = Callable[[float], None]


@dataclass(frozen=True, kw_only=True)
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
    begun: set[int] = field(default_factory=set)  # issues of which this run has said that they have
    watch: Watch = field(default_factory=Watch)

    @cached_property
    def lease(self) -> timedelta:
        """Longer than one mail can take, each of the server's answers as late as it may be."""
        return timedelta(seconds=20 * self.settings.mail.timeout + 60)

    @cached_property
    def retry(self) -> timedelta:
        return timedelta(days=self.settings.mail.retry_days)

    @cached_property
    def to_folder(self) -> bool:
        return self.room.mailer.writes_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Mails in hand since `at`. The first may leave after `wait`, each of the others `gap` later.

    `closed_for`: none, because a limit is reached; until then.
    """

    at: datetime
    mails: Sequence[Delivery] = ()
    wait: timedelta = timedelta()
    gap: timedelta = timedelta()
    closed_for: timedelta | None = None
    number: int = 0  # of the journal; of a folder nothing is written there

    def waits(self) -> Sequence[timedelta]:
        return [self.wait + n * self.gap for n in range(len(self.mails))]


def claim(run: Round, issue: Issue, *, most: int) -> Claim:
    """The next mails for readers who still want them. Whoever left since the selection is passed over."""
    while True:
        now = run.clock()
        with run.store.begin() as tx:
            if (
                tx.holds.current()
                or tx.mailing.issues.status(issue) is not IssueStatus.SENDING
                or (not run.to_folder and held_back(tx, run.settings.mail, issue, watch=run.watch, now=now))
            ):
                return Claim(at=now)
            hand = _claim_in(tx, run, issue, most=most, now=now)
            left = unwanted(tx, run, issue, hand.mails)
            if not left:
                return replace(hand, number=journal.number(tx)) if hand.mails and not run.to_folder else hand
            for mail in hand.mails:
                if mail.id in left:
                    pass_over(tx, run, mail)
            _give_back_in(tx, run, [mail for mail in hand.mails if mail.id not in left], at=now)


def _claim_in(tx: Transaction, run: Round, issue: Issue, *, most: int, now: datetime) -> Claim:
    mail, deliveries, paces = run.settings.mail, tx.mailing.deliveries, tx.mailing.paces
    lease = partial(
        deliveries.claim,
        issue,
        to_folder=run.to_folder,
        worker=run.worker,
        now=now,
        lease_until=now + run.lease,
    )
    if run.to_folder or not pacing.is_limited(mail):
        return Claim(at=now, mails=lease(most=most))
    tx.serialise("mail")
    paces.mend(now=now)
    today, days = paces.today(now=now)
    sent = pacing.Sending(
        hour=paces.in_the_last_hour(now=now) if mail.rate_per_hour else 0,
        today=today,
        days=days,
        domains=paces.by_domain(now=now) if mail.rate_per_domain else {},
    )
    room = pacing.room(mail, sent, wanted=most)
    if not room.mails:
        wait = paces.hour_opens(now=now) - now if room.closed_by == "hour" else pacing.PATIENCE * 2
        due = deliveries.due(issue, to_folder=run.to_folder, doubtful_below=0, now=now)
        return Claim(at=now, closed_for=wait if due else None)
    mails = lease(most=room.mails, full=room.full, left=room.left)
    _count(tx, run, mails, sign=1, at=now)
    if not mails:
        return Claim(at=now)
    if not mail.rate_per_second:
        return Claim(at=now, mails=mails)
    wait = paces.slot(len(mails), rate=mail.rate_per_second, now=now)
    return Claim(at=now, mails=mails, wait=wait, gap=timedelta(seconds=1 / mail.rate_per_second))


def _count(tx: Transaction, run: Round, mails: Sequence[Delivery], *, sign: int, at: datetime) -> None:
    mail = run.settings.mail
    if mails and not run.to_folder and pacing.is_limited(mail):
        domains = {name: sign * number for name, number in Counter(d.domain or "" for d in mails).items()}
        tx.mailing.paces.count(
            domains,
            hour=mail.rate_per_hour > 0,
            domain=mail.rate_per_domain > 0,
            day=mail.warm_up > 0,
            now=at,
        )


def give_back(run: Round, mails: Sequence[Delivery], *, at: datetime) -> None:
    if mails:
        with run.store.begin() as tx:
            _give_back_in(tx, run, mails, at=at)


def _give_back_in(tx: Transaction, run: Round, mails: Sequence[Delivery], *, at: datetime) -> None:
    """Leave to others what was taken in hand `at` that time and not begun."""
    tx.mailing.deliveries.release([mail.id for mail in mails], worker=run.worker)
    _count(tx, run, mails, sign=-1, at=at)


def waits(run: Round, span: timedelta | None) -> bool:
    """Wait for a limit to open, if that is soon. False: it is not, or nobody lets us sleep."""
    if span is None or span > pacing.PATIENCE:
        return False
    before = run.clock()
    run.sleep(max(span.total_seconds(), 0.1))
    return run.clock() - before >= span / 2


def rest_until(run: Round, due: datetime, *, most: timedelta) -> None:
    """No longer than `most`, whatever the clock does meanwhile."""
    wait = min(due - run.clock(), most)
    if wait > timedelta():
        run.sleep(wait.total_seconds())


def unwanted(tx: Transaction, run: Round, issue: Issue, mails: Sequence[Delivery]) -> frozenset[int]:
    return tx.mailing.deliveries.unwanted(issue, {mail.id: address_hash(run, mail) for mail in mails})


def address_hash(run: Round, delivery: Delivery) -> str:
    return tokens.address_hash(run.secret, delivery.email or "")


def pass_over(tx: Transaction, run: Round, delivery: Delivery) -> None:
    verdict = Verdict(state=DeliveryState.SUPPRESSED, counted=False)
    tx.mailing.deliveries.settle(delivery, verdict, worker=run.worker, now=run.clock())
