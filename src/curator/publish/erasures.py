"""Forgetting people for good, and letting go again of whom a restored backup brings back.

What is written down of it outlives the database: see `publish/departures.py`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from email import message_from_bytes
from email.utils import parseaddr
from pathlib import Path

import structlog

from curator.errors import NewsroomError
from curator.model import SubscriptionStatus
from curator.publish import departures, tokens
from curator.publish.departures import Departed, Word
from curator.settings import Settings
from curator.store import Store, Transaction
from curator.store.subscribers import ERASED

LOCK = "subscribers"

log = structlog.get_logger()


def reapply_erasures(store: Store, settings: Settings, *, secret: bytes) -> int:
    """Let go again of whom a restored backup has brought back: who was erased, or had left. How many people.

    Costs a look at a folder and a query where nothing was restored. To be
    called before anybody is written to.
    """
    with store.read() as tx:
        if departures.length(settings).is_heard(tx):
            return 0
    with store.begin() as tx:
        tx.serialise(LOCK)
        returned, message_ids = reapply_in(tx, settings, secret=secret)
        try_to_remove(settings, message_ids)
    store.forget_deleted()
    remove_mails(settings, message_ids)
    if returned:
        log.warning("erasures_reapplied", subscribers=returned)
    return returned


def reapply_in(tx: Transaction, settings: Settings, *, secret: bytes) -> tuple[int, Collection[str]]:
    """How many people, and the ids of mails that were made for them. The caller has serialised LOCK."""
    message_ids: list[str] = []
    length = departures.length(settings)
    record = departures.read(settings)
    here = [(tokens.address_hash(secret, one.email), one) for one in tx.mailing.subscribers.addresses()]
    # Whoever has come since, through another machine maybe, whose journal says so, is meant to be here.
    came = {
        known
        for known, one in here
        if known in record and (erased := record[known].erased) is not None and erased < one.added_at
    }
    _suppress_again(tx, {known: one for known, one in record.items() if known not in came})
    returned = 0
    for known, subscriber in here:
        if clicked := record.get(str(subscriber.id)):
            returned += _left_again(tx, subscriber.id, clicked)
        departed = record.get(known)
        if departed is None or known in came:
            continue
        if departed.erased is not None:
            message_ids += tx.mailing.subscribers.erase(subscriber.id, now=departed.erased)
            returned += 1
        else:
            returned += _left_again(tx, subscriber.id, departed)
    length.hear(tx)
    return returned, message_ids


def _suppress_again(tx: Transaction, record: Mapping[str, Departed]) -> None:
    people = tx.mailing.subscribers
    erased = people.suppressed_because(ERASED)
    known = people.suppressed(record.keys())
    for address_hash, departed in record.items():
        if departed.erased is not None and address_hash not in erased:
            people.suppress(address_hash, reason=ERASED, now=departed.erased)
        elif departed.suppressed is not None and address_hash not in known:
            step = departed.suppressed
            people.suppress(address_hash, reason=step.what or ERASED, now=step.at)


def _left_again(tx: Transaction, subscriber_id: int, departed: Departed) -> bool:
    """Out of what they had left; what they have subscribed to since is theirs."""
    found = False
    for standing in tx.mailing.subscribers.standings(subscriber_id).values():
        left = departed.left(standing.edition)
        if left is None or standing.status is not SubscriptionStatus.CONFIRMED or standing.changed_at >= left:
            continue
        tx.mailing.subscribers.leave(subscriber_id, standing.edition, origin="restore", now=left)
        tx.mailing.notices.withdraw(subscriber_id, edition=standing.edition)
        found = True
    return found


def erase_in(
    tx: Transaction, settings: Settings, *, email: str, secret: bytes, now: datetime
) -> Collection[str]:
    """Forget this address, in the database and in the record; the ids of the mails that were made for it.

    The caller removes these before the database commits, while their names
    are known: if it is killed, whoever comes next erases again.
    """
    people = tx.mailing.subscribers
    fingerprint = tokens.address_hash(secret, email)
    people.suppress(fingerprint, reason=ERASED, now=now)
    subscriber_id = people.id_of(email)
    message_ids = [] if subscriber_id is None else people.erase(subscriber_id, now=now)
    departures.note(tx, settings, Word.ERASED, fingerprint, now=now)
    return message_ids


def come_back(tx: Transaction, settings: Settings, *, email: str, secret: bytes, now: datetime) -> None:
    """They want mail again, and said so; where nothing stood against it, nothing happens."""
    fingerprint = tokens.address_hash(secret, email)
    departed = departures.of(settings, fingerprint)
    if tx.mailing.subscribers.suppressed([fingerprint]) or departed.erased or departed.suppressed:
        tx.mailing.subscribers.lift(fingerprint)
        departures.note(tx, settings, Word.BACK, fingerprint, now=now)


# ── mails that lie in a folder as files ──


def remove_mails(settings: Settings, message_ids: Collection[str]) -> int:
    """Take these mails out of the folders where they lie as files; how many there were."""
    names = [re.sub(r"[^A-Za-z0-9._-]", "_", each.strip("<>").rpartition("@")[0]) for each in message_ids]
    return _removed(folder / f"{name}.eml" for folder in mail_folders(settings) for name in names)


def try_to_remove(settings: Settings, message_ids: Collection[str]) -> int:
    with contextlib.suppress(NewsroomError):  # said by whoever tries after the commit
        return remove_mails(settings, message_ids)
    return 0


def remove_tests(settings: Settings, email: str) -> int:
    """Copies of issues that editors sent there to look at: the ledger knows nothing of them."""
    tests = (path for folder in mail_folders(settings) for path in folder.glob("*-test.*.eml"))
    return _removed(path for path in tests if _recipient(path) == email.lower())


def mail_folders(settings: Settings) -> Collection[Path]:
    """Where mails lie as files: the folder that `mail.url` names, and the one it names by itself."""
    scheme, _, path = settings.mail.url.partition(":")
    configured = {Path(path)} if scheme == "folder" else set()
    return sorted(configured | {settings.newsroom / "outbox"})


def _recipient(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            head = file.read(16_384)
    except OSError:
        return None
    address = parseaddr(str(message_from_bytes(head)["To"] or ""))[1]
    local, _, domain = address.rpartition("@")
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("ascii").decode("idna")
    return f"{local}@{domain}".lower()


def _removed(paths: Iterable[Path]) -> int:
    """One that cannot be removed keeps no other."""
    removed, failed = 0, None
    for path in paths:
        try:
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            failed = NewsroomError("file_not_removed", path=str(path), cause=error.strerror)
        else:
            removed += 1
    if failed is not None:
        raise failed
    return removed
