"""Who asked to be forgotten, kept beside the database: a backup from before must not bring them back.

One line for each erasure and each return, added and never changed:

    2026-11-22T07:30:00.000000+00:00 erased 5c1f…

The hash is the one of the suppressions, keyed with data/secret.key. All files
of the folder whose name begins with `erasures` are read together and ordered
by their instants, so that what a backup holds stands beside what is newer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path

from curator.errors import NewsroomError
from curator.publish import tokens
from curator.settings import Settings
from curator.store import Store, Transaction
from curator.store.subscribers import ERASED

LOCK = "subscribers"
FILE = "data/erasures"
BACK = "back"
_LINE = re.compile(r"(\S{20,40}) (erased|back) ([0-9a-f]{64})", re.ASCII)


def note(settings: Settings, kind: str, address_hash: str, *, now: datetime) -> None:
    """On the disk when this returns. Called before the database commits.

    A crash in between leaves somebody erased who will be erased from the
    database too, at the next `reapply_erasures`; the other way round they
    would come back with a backup.
    """
    path = settings.newsroom / FILE
    line = f"{now.astimezone(UTC).isoformat(timespec='microseconds')} {kind} {address_hash}\n"
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A line that a full disk cut off ends here, and spoils no other.
            os.write(descriptor, b"\n" + line.encode() if _is_torn(path) else line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _sync(path.parent)
    except OSError as error:
        raise NewsroomError("erasures_unwritable", path=str(path), cause=error.strerror) from error


def erased(settings: Settings) -> Mapping[str, datetime]:
    """Hash → since when, of all who were erased and have not come back since."""
    lines: list[tuple[datetime, str, str]] = []
    try:
        for path in sorted((settings.newsroom / FILE).parent.glob("erasures*")):
            lines += _read(path.read_text(encoding="ascii", errors="replace"))
    except OSError as error:
        path = settings.newsroom / FILE
        raise NewsroomError("erasures_unreadable", path=str(path), cause=error.strerror) from error
    last: dict[str, tuple[str, datetime]] = {}
    for at, kind, address_hash in sorted(lines, key=lambda line: line[0]):  # stable: as they were written
        last[address_hash] = (kind, at)
    return {address_hash: at for address_hash, (kind, at) in last.items() if kind == ERASED}


def reapply_erasures(store: Store, settings: Settings, *, secret: bytes) -> int:
    """Erase again whom a restored backup has brought back; how many addresses that were.

    Costs a file and a query where nothing was restored. To be called before anybody is written to.
    """
    since = erased(settings)
    if not since:
        return 0
    with store.read() as tx:
        if not since.keys() - tx.mailing.subscribers.suppressed_because(ERASED):
            return 0
    with store.begin() as tx:
        tx.serialise(LOCK)
        people = tx.mailing.subscribers
        missing = since.keys() - people.suppressed_because(ERASED)
        returned = [
            (subscriber_id, fingerprint)
            for subscriber_id, email in people.addresses()
            if (fingerprint := tokens.address_hash(secret, email)) in missing
        ]
        for fingerprint in missing:
            people.suppress(fingerprint, reason=ERASED, now=since[fingerprint])
        message_ids = [name for subscriber_id, _ in returned for name in people.erase(subscriber_id)]
    remove_mails(settings, message_ids)
    return len(returned)


def erase_in(
    tx: Transaction, settings: Settings, *, email: str, secret: bytes, now: datetime
) -> Collection[str]:
    """Forget this address, in the database and in the file; the ids of the mails that were made for it."""
    people = tx.mailing.subscribers
    fingerprint = tokens.address_hash(secret, email)
    people.suppress(fingerprint, reason=ERASED, now=now)
    subscriber_id = people.id_of(email)
    message_ids = [] if subscriber_id is None else people.erase(subscriber_id)
    note(settings, ERASED, fingerprint, now=now)
    return message_ids


def come_back(tx: Transaction, settings: Settings, *, email: str, secret: bytes, now: datetime) -> None:
    """They want mail again, and said so; where nothing stood against it, nothing happens."""
    fingerprint = tokens.address_hash(secret, email)
    if tx.mailing.subscribers.suppressed([fingerprint]) or fingerprint in erased(settings):
        tx.mailing.subscribers.lift(fingerprint)
        note(settings, BACK, fingerprint, now=now)


def remove_mails(settings: Settings, message_ids: Collection[str]) -> int:
    """Take these mails out of the folders where they lie as files; how many there were."""
    names = [re.sub(r"[^A-Za-z0-9._-]", "_", each.strip("<>").rpartition("@")[0]) for each in message_ids]
    return sum(_removed(folder / f"{name}.eml") for folder in mail_folders(settings) for name in names)


def mail_folders(settings: Settings) -> Collection[Path]:
    """Where mails lie as files: the folder that `mail.url` names, and the one it names by itself."""
    scheme, _, path = settings.mail.url.partition(":")
    configured = {Path(path)} if scheme == "folder" else set()
    return sorted(configured | {settings.newsroom / "outbox"})


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise NewsroomError("file_not_removed", path=str(path), cause=error.strerror) from error
    return True


def _read(written: str) -> list[tuple[datetime, str, str]]:
    """What is no line of ours is passed over: half of one says nothing."""
    found = []
    for line in written.splitlines():
        parts = _LINE.fullmatch(line.strip())
        if parts is None:
            continue
        try:
            at = datetime.fromisoformat(parts[1])
        except ValueError:
            continue
        if at.tzinfo is not None:
            found.append((at, parts[2], parts[3]))
    return found


def _is_torn(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _sync(folder: Path) -> None:
    """The name of a new file too must survive power loss."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
