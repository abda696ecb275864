"""Single mails that somebody asked for: to confirm, to say that they are subscribed, to change what they get.

Each has one link and no promotion. Asking only writes a row; whoever sends
next works it off as the ledger is worked off: leased, `in_data` before the
word DATA, settled by the answer. One in doubt is never sent again, since the
person can ask again; one that cannot leave for a day is given up.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from curator.errors import DatabaseBusy, MailRefused
from curator.model import DeliveryState, Lang, Letter, SubscriptionStatus
from curator.ports import Accepted, Deferred, HandOver, Mail, Mailroom, Rejected, Unknown, Written
from curator.publish import handing, holding, journal, tokens
from curator.publish.erasures import reapply_erasures, remove_mails
from curator.publish.labels import label, runs_left, words_language
from curator.publish.letter import COLUMNS
from curator.publish.message import Sender, notice_message, sender_of
from curator.publish.site import site_of
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.notices import Notice, NoticeKind

GAPS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180))
GIVE_UP_AFTER = timedelta(days=1)
"""Who asked yesterday has stopped looking into the mailbox, and may ask again."""

IsGone = Callable[[str], bool]
Clock = Callable[[], datetime]
Sleep = Callable[[float], None]


def notices_due(store: Store, settings: Settings, *, is_gone: IsGone, now: datetime) -> bool:
    """Is there one to send? Never where no link in it could lead anywhere."""
    if settings.serve.public_url is None:
        return False
    with store.read() as tx:
        return tx.mailing.notices.waiting(is_gone=is_gone, now=now)


def send_notices(
    store: Store,
    room: Mailroom,
    settings: Settings,
    *,
    secret: bytes,
    worker: str,
    is_gone: IsGone,
    clock: Clock,
    sleep: Sleep = time.sleep,
) -> int:
    """Hand over what is due; returns how many left. Safe in several processes at once.

    Raises MailRefused where nothing can leave at all; the one that was tried waits for its next try.
    """
    if settings.serve.public_url is None:
        return 0
    run = _Round(
        store=store, room=room, settings=settings, secret=secret, worker=worker, clock=clock, sleep=sleep
    )
    holding.require_free(store, settings, now=clock())
    reapply_erasures(store, settings, secret=secret)  # a backup may have brought somebody back
    with store.begin() as tx:
        tx.mailing.notices.take_back(is_gone=is_gone, now=clock())
    left = 0
    while (notice := _claim(run)) is not None:
        try:
            outcome = _hand_over(run, notice)
        except _NotAfterAll:
            continue
        except MailRefused as refused:
            _settle(run, notice, Deferred(reply=refused.reason, whole_session=True))
            raise
        _settle(run, notice, outcome)
        if isinstance(outcome, Written):
            _remove_if_erased(run, notice)
        match outcome:
            case Accepted() | Written():
                left += 1
            case Deferred(whole_session=True):
                break
    return left


@dataclass(frozen=True, slots=True, kw_only=True)
class _Round:
    store: Store
    room: Mailroom
    settings: Settings
    secret: bytes
    worker: str
    clock: Clock
    sleep: Sleep

    @property
    def lease(self) -> timedelta:
        """Longer than one mail can take, each of the server's answers as late as it may be."""
        return timedelta(seconds=20 * self.settings.mail.timeout + 60)


class _NotAfterAll(Exception):
    """Right before DATA: nobody waits for it any more, or another sender has the row."""


def _claim(run: _Round) -> Notice | None:
    """The next that somebody still waits for."""
    while True:
        now = run.clock()
        with run.store.begin() as tx:
            if tx.holds.current():
                return None
            notice = tx.mailing.notices.claim(worker=run.worker, now=now, lease_until=now + run.lease)
            if notice is None or (over := _over(tx, run, notice, now=now)) is None:
                return notice
            _end(tx, run, notice, over)


def _over(tx: Transaction, run: _Round, notice: Notice, *, now: datetime) -> DeliveryState | None:
    """What it ends as without being sent; None: somebody still waits for it."""
    if now >= notice.asked_at + GIVE_UP_AFTER:
        return DeliveryState.FAILED
    return None if _is_wanted(tx, run, notice) else DeliveryState.SUPPRESSED


def _is_wanted(tx: Transaction, run: _Round, notice: Notice) -> bool:
    if notice.email is None or notice.edition not in run.settings.editions:
        return False
    if tx.mailing.subscribers.suppressed([tokens.address_hash(run.secret, notice.email)]):
        return False
    standing = tx.mailing.subscribers.standings(notice.subscriber_id).get(notice.edition)
    match notice.kind:
        case NoticeKind.CONFIRM:
            return standing is not None and standing.asked_at is not None
        case NoticeKind.ALREADY:
            return standing is not None and standing.status is SubscriptionStatus.CONFIRMED
        case NoticeKind.PREFERENCES:
            return True


def _end(tx: Transaction, run: _Round, notice: Notice, state: DeliveryState) -> None:
    tx.mailing.notices.settle(notice, state, worker=run.worker, next_try=None, now=run.clock())


def _begin_data(run: _Round, notice: Notice) -> None:
    now = run.clock()
    with run.store.begin() as tx:
        over = _over(tx, run, notice, now=now)
        if over is not None:
            _end(tx, run, notice, over)
        begun = over is None and tx.mailing.notices.begin_data(notice, worker=run.worker, now=now)
        if begun and not run.room.mailer.writes_files:
            line = journal.notice(handing.mail_hash(notice.message_id), now=now)
            journal.write(run.settings, [line])
    if not begun:
        raise _NotAfterAll


def _hand_over(run: _Round, notice: Notice) -> HandOver:
    edition = run.settings.editions[notice.edition]
    sender = sender_of(run.settings, edition=edition, home_url=site_of(run.settings, edition).home_url)
    name = notice.message_id.strip("<>").rpartition("@")[0]
    recipient = notice.email or ""
    try:
        mail = notice_mail(notice, edition=edition, sender=sender, secret=run.secret)
    except MailRefused as refused:  # this address makes no safe mail
        return Rejected(reply=refused.reason, code=0)
    if run.room.signer is not None:
        mail = run.room.signer.sign(mail, at=notice.asked_at)
    return run.room.mailer.send(
        Mail(sender=sender.envelope(name), recipient=recipient, message=mail, name=name),
        before_data=lambda: _begin_data(run, notice),
    )


def _remove_if_erased(run: _Round, notice: Notice) -> None:
    """A file that was being written while its person was erased is nobody's any more."""
    with run.store.read() as tx:
        email = tx.mailing.subscribers.email_of(notice.subscriber_id)
    if email is None:
        remove_mails(run.settings, [notice.message_id])


def _settle(run: _Round, notice: Notice, outcome: HandOver) -> None:
    """Write the outcome down; a lock is waited out, since what the server said cannot be asked again.

    The reply is not kept: servers repeat the address in it.
    """
    now = run.clock()
    state, next_try = judge(outcome, attempts=notice.attempts, asked_at=notice.asked_at, now=now)
    for patience in (1, 2, 4, 8, None):
        try:
            with run.store.begin() as tx:
                tx.mailing.notices.settle(notice, state, worker=run.worker, next_try=next_try, now=now)
        except DatabaseBusy:
            if patience is None:
                raise
            run.sleep(patience)
        else:
            return


def judge(
    outcome: HandOver, *, attempts: int, asked_at: datetime, now: datetime
) -> tuple[DeliveryState, datetime | None]:
    """What an answer means for the row, and when to try again."""
    match outcome:
        case Accepted():
            return DeliveryState.ACCEPTED, None
        case Written():
            return DeliveryState.WRITTEN, None
        case Rejected():
            return DeliveryState.FAILED, None
        case Unknown():
            return DeliveryState.AMBIGUOUS, None
        case Deferred():
            again = now + GAPS[min(max(attempts, 1), len(GAPS)) - 1]
            if again < asked_at + GIVE_UP_AFTER:
                return DeliveryState.DEFERRED, again
            return DeliveryState.FAILED, None


# ── the mail ──


def notice_mail(notice: Notice, *, edition: Edition, sender: Sender, secret: bytes) -> bytes:
    """The mail, whole. The same bytes at every try.

    It has no List-Unsubscribe: who has not confirmed is on no list, and one
    click of a mail program on "unsubscribe" would answer another question
    than was asked. Auto-Submitted (RFC 3834 §5) keeps out-of-office robots quiet.
    """
    letter = notice_letter(notice, edition=edition, public_url=sender.public_url or "", secret=secret)
    return notice_message(
        letter,
        sender=sender,
        language=_language(notice, edition),
        recipient=notice.email or "",
        message_id=notice.message_id,
        at=notice.asked_at,
    )


def notice_letter(notice: Notice, *, edition: Edition, public_url: str, secret: bytes) -> Letter:
    """Its words, both complete."""
    url = link_of(notice, public_url=public_url, secret=secret)
    said = {"title": edition.title, "organisation": edition.organisation}
    subject, before, after = (label(edition, key, **said) for key in _WORDS[notice.kind])
    signed = [line for line in (edition.organisation, edition.address) if line]
    text = "\n\n".join([_wrapped(before), url, _wrapped(after), "-- \n" + "\n".join(signed)]) + "\n"
    language = _language(notice, edition)
    direction = "rtl" if runs_left(edition) and language == edition.language else "ltr"
    html = (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}" dir="{direction}">\n'
        f'<head><meta charset="utf-8"><title>{escape(subject)}</title>'
        '<meta name="color-scheme" content="light dark"></head>\n'
        '<body style="font-family:Georgia,serif;font-size:17px;line-height:1.5;max-width:36em;'
        'margin:0 auto;padding:24px">\n'
        f'<h1 style="font-size:22px">{escape(subject)}</h1>\n<p>{escape(before)}</p>\n'
        f'<p style="overflow-wrap:anywhere"><a href="{escape(url)}">{escape(url)}</a></p>\n'
        f"<p>{escape(after)}</p>\n<p>{'<br>'.join(map(escape, signed))}</p>\n</body>\n</html>\n"
    )
    return Letter(subject=subject, html=html, text=text)


def _wrapped(said: str) -> str:
    return textwrap.fill(said, COLUMNS, break_long_words=False, break_on_hyphens=False)


_WORDS = {
    NoticeKind.CONFIRM: ("mail_confirm_subject", "mail_confirm_text", "mail_confirm_after"),
    NoticeKind.ALREADY: ("mail_already_subject", "mail_already_text", "mail_already_after"),
    NoticeKind.PREFERENCES: (
        "mail_preferences_subject",
        "mail_preferences_text",
        "mail_preferences_after",
    ),
}


def _language(notice: Notice, edition: Edition) -> Lang:
    """English where the house does not speak the edition's language."""
    return words_language(edition, _WORDS[notice.kind][1])


def link_of(notice: Notice, *, public_url: str, secret: bytes) -> str:
    base, who = public_url.rstrip("/"), notice.subscriber_id
    if notice.kind is NoticeKind.CONFIRM:
        token = tokens.confirm_token(
            secret, subscriber_id=who, edition=notice.edition, asked_at=notice.asked_at
        )
        return f"{base}/confirm/{token}"
    token = tokens.preferences_token(
        secret, subscriber_id=who, edition=notice.edition, made_at=notice.asked_at
    )
    return f"{base}/preferences/{notice.edition}/{token}"
