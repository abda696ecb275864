"""Who gets the newsletter: only people who said yes, each once, and nobody after they said no."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from email_validator import EmailNotValidError, validate_email

from curator.errors import BadInput, NotFound, Refused
from curator.model import Subscriber, SubscriptionStatus
from curator.publish import erasures
from curator.publish.consent import consent_text
from curator.publish.departures import Word
from curator.publish.erasures import LOCK
from curator.publish.reception import Reception
from curator.publish.site import tag_channel
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.events import SYSTEM
from curator.store.notices import NoticeKind
from curator.store.subscribers import Consent
from curator.text import one_line

MOST_TAGS = 40
LONGEST_TAG = 80


def canonical(email: str) -> str:
    """The address as it is kept: checked without asking any network, domain in small letters, IDN readable.

    The local part stays as it was written (RFC 5321 §2.4 leaves its letters'
    size to the receiver), but two spellings that differ only in that are one
    person. `.test` passes: it is what a newsroom tries things out with.
    """
    try:
        return validate_email(email.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise BadInput("email_invalid", email=email[:254], cause=str(error)) from error


def chosen(tags: Collection[str] | None) -> tuple[str, ...] | None:
    """Tags as they are kept, each once however it is spelt. None where none is named: all of them."""
    kept: dict[str, str] = {}
    for tag in tags or ():
        name = one_line(tag)[:LONGEST_TAG].strip()
        if name and len(kept) < MOST_TAGS:
            kept.setdefault(tag_channel(name).key, name)
    return tuple(kept.values()) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """`asked`: a mail that asks them to confirm will leave; else nobody could confirm, or was asked today."""

    subscriber: Subscriber
    asked: bool


def add_subscriber(
    store: Store,
    settings: Settings,
    *,
    email: str,
    edition: Edition,
    confirmed: bool,
    consent: str | None,
    by: str = SYSTEM,
    secret: bytes,
    now: datetime,
) -> Added:
    """Enter one person. `confirmed`: they agreed elsewhere, and `consent` says where and to what.

    Without it they get nothing but a mail that asks them to confirm, where
    the newsroom has an address on the web. An address that was erased or
    suppressed comes back only with a new, stated consent: that person has
    changed their mind, and only they can.
    """
    address = canonical(email)
    stated = (consent or "").strip() or None
    if confirmed and stated is None:
        raise BadInput("consent_missing")
    with store.begin() as tx:
        tx.serialise(LOCK)
        reception = Reception(tx=tx, settings=settings, secret=secret, now=now)
        if not confirmed and reception.is_suppressed(address):
            raise Refused("subscriber_suppressed", email=address)
        subscriber_id = reception.people.id_of(address)
        if subscriber_id is None:
            subscriber_id = reception.people.add(address, now=now)
        before = _in_edition(tx, subscriber_id, edition.key)
        asked = False
        if confirmed and stated is not None:
            erasures.come_back(tx, settings, email=address, secret=secret, now=now)
            reception.note_joined(address, edition.key)
            if before is None or before.status is not SubscriptionStatus.CONFIRMED:
                _confirm(reception, subscriber_id, edition.key, stated=stated)
                _log(tx, "subscriber_add", subscriber_id, edition=edition.key, by=by, now=now)
        elif before is None or before.status is not SubscriptionStatus.CONFIRMED:
            asked = _ask(reception, subscriber_id, address, edition)
        after = _in_edition(tx, subscriber_id, edition.key)
        assert after is not None  # noqa: S101  written two lines above
        return Added(subscriber=after, asked=asked)


def _confirm(reception: Reception, subscriber_id: int, edition: str, *, stated: str) -> None:
    now = reception.now
    reception.people.subscribe(subscriber_id, edition, SubscriptionStatus.CONFIRMED, now=now)
    reception.people.record_consent(
        subscriber_id, edition, kind="given", text=stated, origin="editor", now=now
    )
    reception.tx.mailing.notices.withdraw(subscriber_id, edition=edition, kind=NoticeKind.CONFIRM)


def _ask(reception: Reception, subscriber_id: int, email: str, edition: Edition) -> bool:
    """By mail, as the form would; who has left has still left until they confirm."""
    can_confirm = reception.settings.serve.public_url is not None
    kind = NoticeKind.CONFIRM
    if can_confirm and reception.limits.may_mail(kind, email=email, edition=edition.key, is_known=False):
        said = consent_text(edition)
        consent = Consent(
            edition=edition.key,
            at=reception.now,
            kind="asked",
            text=said.words,
            origin="editor",
            version=said.version,
            language=said.language,
        )
        reception.await_confirmation(email, consent)
        return True
    if reception.people.standings(subscriber_id).get(edition.key) is None:
        waiting = SubscriptionStatus.UNCONFIRMED
        reception.people.subscribe(subscriber_id, edition.key, waiting, now=reception.now)
    return False


def list_subscribers(
    store: Store,
    *,
    edition: str | None = None,
    status: SubscriptionStatus | None = None,
    query: str | None = None,
    limit: int | None = 50,
    offset: int = 0,
) -> tuple[int, list[Subscriber]]:
    """How many subscriptions there are, and one page of them by address; `query`: a part of it."""
    with store.read() as tx:
        people = tx.mailing.subscribers
        return people.find(edition=edition, status=status, query=query, limit=limit, offset=offset)


def show_subscriber(store: Store, *, email: str) -> list[Subscriber]:
    """One value for each edition that this person follows or followed."""
    with store.read() as tx:
        return tx.mailing.subscribers.of(_known(tx, email))


def unsubscribe(
    store: Store,
    settings: Settings,
    *,
    email: str,
    edition: str | None = None,
    by: str = SYSTEM,
    secret: bytes,
    now: datetime,
) -> list[Subscriber]:
    """Out of one edition, or of all; twice is once. Mails not yet handed over are not sent any more."""
    with store.begin() as tx:
        tx.serialise(LOCK)
        subscriber_id = _known(tx, email)
        reception = Reception(tx=tx, settings=settings, secret=secret, now=now)
        for standing in tx.mailing.subscribers.standings(subscriber_id).values():
            if edition not in (None, standing.edition):
                continue
            if leave_in(reception, edition=standing.edition, subscriber_id=subscriber_id, origin="editor"):
                _log(tx, "subscriber_unsubscribe", subscriber_id, edition=standing.edition, by=by, now=now)
        return tx.mailing.subscribers.of(subscriber_id)


def leave_in(reception: Reception, *, edition: str, subscriber_id: int, origin: str) -> bool:
    """Out of this edition; `origin`: web, mail, editor or complaint. False: they had left, or are unknown.

    Who never confirmed is not kept as somebody who left: nothing is.
    """
    tx, people, now = reception.tx, reception.people, reception.now
    tx.serialise(LOCK)
    standing = people.standings(subscriber_id).get(edition)
    if standing is None:
        reception.note_unknown(subscriber_id, edition)
        return False
    match standing.status:
        case SubscriptionStatus.UNCONFIRMED:
            erasures.try_to_remove(reception.settings, people.forget_one(subscriber_id, edition))
            return True
        case SubscriptionStatus.UNSUBSCRIBED if standing.asked_at is None:
            return False
        case SubscriptionStatus.CONFIRMED:
            email = people.email_of(subscriber_id)
            reception.note(Word.LEFT, email, edition, after=standing.changed_at)
    people.leave(subscriber_id, edition, origin=origin, now=now)
    tx.mailing.notices.withdraw(subscriber_id, edition=edition)
    return True


def erase(
    store: Store, settings: Settings, *, email: str, by: str = SYSTEM, secret: bytes, now: datetime
) -> int:
    """Forget a person for good; returns how many mails to them were taken out of the folder.

    What stays is a keyed hash that cannot be turned back, so that no import
    and no restored backup can ever bring them in again. Erasing somebody
    nobody knows keeps the hash too: they asked not to be written to.
    """
    address = canonical(email)
    with store.begin() as tx:
        tx.serialise(LOCK)
        reception = Reception(tx=tx, settings=settings, secret=secret, now=now)
        reception.limits.forget(address, list(settings.editions))
        subscriber_id = reception.people.id_of(address)
        message_ids = erasures.erase_in(tx, settings, email=address, secret=secret, now=now)
        if subscriber_id is not None:
            _log(tx, "subscriber_erase", subscriber_id, edition=None, by=by, now=now)
        removed = erasures.try_to_remove(settings, message_ids)
    store.forget_deleted()
    # Once more: a sender may have been writing one, which it looks after, or one could not be removed.
    again = erasures.remove_mails(settings, message_ids) + erasures.remove_tests(settings, address)
    return removed + again


def _log(
    tx: Transaction, move: str, subscriber_id: int, *, edition: str | None, by: str, now: datetime
) -> None:
    """What editors did, without the address: the log outlives whoever is erased."""
    after = {"subscriber": subscriber_id}
    tx.events.add(at=now, editor=by, move=move, edition=edition, after=after)


def _known(tx: Transaction, email: str) -> int:
    address = canonical(email)
    subscriber_id = tx.mailing.subscribers.id_of(address)
    if subscriber_id is None:
        raise NotFound(noun="subscriber", id=address)
    return subscriber_id


def _in_edition(tx: Transaction, subscriber_id: int, edition: str) -> Subscriber | None:
    found = (s for s in tx.mailing.subscribers.of(subscriber_id) if s.edition == edition)
    return next(found, None)
