"""Who gets the newsletter: only people who said yes, each once, and nobody after they said no."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

from curator.errors import BadInput, NotFound, Refused
from curator.model import Subscriber, SubscriptionStatus
from curator.publish import tokens
from curator.settings import Settings
from curator.store import Store, Transaction

LOCK = "subscribers"


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


def add_subscriber(
    store: Store,
    *,
    email: str,
    edition: str,
    confirmed: bool,
    consent: str | None,
    secret: bytes,
    now: datetime,
) -> Subscriber:
    """Enter one person. `confirmed`: they agreed elsewhere, and `consent` says where and to what.

    Without it they stay unconfirmed and get nothing until they confirm. An
    address that was erased or suppressed comes back only with a new, stated
    consent: that person has changed their mind, and only they can.
    """
    address = canonical(email)
    stated = (consent or "").strip() or None
    if confirmed and stated is None:
        raise BadInput("consent_missing")
    with store.begin() as tx:
        tx.serialise(LOCK)
        fingerprint = tokens.address_hash(secret, address)
        if tx.mailing.subscribers.suppressed([fingerprint]):
            if not confirmed:
                raise Refused("subscriber_suppressed", email=address)
            tx.mailing.subscribers.lift(fingerprint)
        subscriber_id = tx.mailing.subscribers.id_of(address)
        if subscriber_id is None:
            subscriber_id = tx.mailing.subscribers.add(address, now=now)
        before = _in_edition(tx, subscriber_id, edition)
        if before is None or before.status is not SubscriptionStatus.CONFIRMED:
            status = SubscriptionStatus.CONFIRMED if confirmed else SubscriptionStatus.UNCONFIRMED
            tx.mailing.subscribers.subscribe(subscriber_id, edition, status, now=now)
            if confirmed:
                tx.mailing.subscribers.record_consent(
                    subscriber_id, edition, kind="given", text=stated, origin="editor", now=now
                )
        after = _in_edition(tx, subscriber_id, edition)
        assert after is not None  # noqa: S101  written two lines above
        return after


def list_subscribers(
    store: Store, *, edition: str | None = None, limit: int | None = 50, offset: int = 0
) -> tuple[int, list[Subscriber]]:
    """How many subscriptions there are, and one page of them by address."""
    with store.read() as tx:
        return tx.mailing.subscribers.find(edition=edition, limit=limit, offset=offset)


def show_subscriber(store: Store, *, email: str) -> list[Subscriber]:
    """One value for each edition that this person follows or followed."""
    with store.read() as tx:
        return tx.mailing.subscribers.of(_known(tx, email))


def unsubscribe(store: Store, *, email: str, edition: str | None = None, now: datetime) -> list[Subscriber]:
    """Out of one edition, or of all; twice is once. Mails not yet handed over are not sent any more."""
    with store.begin() as tx:
        tx.serialise(LOCK)
        subscriber_id = _known(tx, email)
        for subscription in tx.mailing.subscribers.of(subscriber_id):
            if edition not in (None, subscription.edition):
                continue
            if subscription.status is SubscriptionStatus.UNSUBSCRIBED:
                continue
            left = SubscriptionStatus.UNSUBSCRIBED
            tx.mailing.subscribers.subscribe(subscriber_id, subscription.edition, left, now=now)
            tx.mailing.subscribers.record_consent(
                subscriber_id, subscription.edition, kind="withdrawn", text=None, origin="editor", now=now
            )
        return tx.mailing.subscribers.of(subscriber_id)


def erase(store: Store, settings: Settings, *, email: str, secret: bytes, now: datetime) -> int:
    """Forget a person for good; returns how many mails to them were taken out of the folder.

    What stays is a keyed hash that cannot be turned back, so that no import
    can ever bring them in again. Erasing somebody nobody knows keeps the hash
    too: they asked not to be written to.
    """
    address = canonical(email)
    with store.begin() as tx:
        tx.serialise(LOCK)
        fingerprint = tokens.address_hash(secret, address)
        tx.mailing.subscribers.suppress(fingerprint, reason="erased", now=now)
        subscriber_id = tx.mailing.subscribers.id_of(address)
        message_ids = [] if subscriber_id is None else tx.mailing.subscribers.erase(subscriber_id)
    folder = mail_folder(settings)
    if folder is None:
        return 0
    names = [message_id.strip("<>").rpartition("@")[0] for message_id in message_ids]
    return sum(_removed(folder / f"{name}.eml") for name in names)


def mail_folder(settings: Settings) -> Path | None:
    """Where mails lie as files, where `mail.url` names a folder."""
    scheme, _, path = settings.mail.url.partition(":")
    return Path(path) if scheme == "folder" else None


def _known(tx: Transaction, email: str) -> int:
    address = canonical(email)
    subscriber_id = tx.mailing.subscribers.id_of(address)
    if subscriber_id is None:
        raise NotFound(noun="subscriber", id=address)
    return subscriber_id


def _in_edition(tx: Transaction, subscriber_id: int, edition: str) -> Subscriber | None:
    found = (s for s in tx.mailing.subscribers.of(subscriber_id) if s.edition == edition)
    return next(found, None)


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise BadInput("file_not_removed", path=str(path), cause=error.strerror) from error
    return True
