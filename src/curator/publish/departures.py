"""Who wants no more mail, kept beside the database: a backup from before must not write to them again.

One line for each step, added and never changed; the last one counts:

    2026-11-22T07:30:00.000000+00:00 erased 5c1f…
    2026-11-22T07:31:00.000000+00:00 back 5c1f…               ends "erased" and "suppressed"
    2026-11-22T07:32:00.000000+00:00 left 5c1f… it
    2026-11-22T07:33:00.000000+00:00 joined 5c1f… it          only where they had left
    2026-11-22T07:34:00.000000+00:00 suppressed 5c1f… bounced

The hash is the one of the suppressions, keyed with data/secret.key. All files
of the folder whose name begins with `erasures` are read together and ordered
by their instants, so that what a backup holds stands beside what is newer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from curator.errors import NewsroomError
from curator.settings import Settings
from curator.store import Transaction

FILE = "data/erasures"
HEARD = "departures_heard"
"""How many bytes of the record this database has followed. A restored one says fewer, or none."""


class Word(StrEnum):
    ERASED = "erased"
    BACK = "back"
    LEFT = "left"
    JOINED = "joined"
    SUPPRESSED = "suppressed"


@dataclass(frozen=True, slots=True)
class Step:
    """`what`: the edition that was left or joined, or why the address was suppressed."""

    at: datetime
    word: Word
    address_hash: str
    what: str | None


@dataclass(slots=True)
class Departed:
    """What the steps of one address come to."""

    steps: list[Step] = field(default_factory=list)
    erased: datetime | None = None
    suppressed: Step | None = None
    _left_all: datetime | None = None
    _left: dict[str, datetime] = field(default_factory=dict)
    _joined: set[str] = field(default_factory=set)

    def left(self, edition: str) -> datetime | None:
        """Since when they want no more of it: their last word. Erasing was a no to every edition."""
        since = None if edition in self._joined else self._left_all
        return self._left.get(edition, since)

    def go(self, step: Step) -> None:
        self.steps.append(step)
        match step.word, step.what:
            case Word.ERASED, _:
                self.erased = self._left_all = step.at
                self._left.clear()
                self._joined.clear()
            case Word.BACK, _:
                self.erased = self.suppressed = None
            case Word.SUPPRESSED, str():
                self.suppressed = step
            case Word.LEFT, str(edition):
                self._left[edition] = step.at
                self._joined.discard(edition)
            case Word.JOINED, str(edition):
                self._left.pop(edition, None)
                self._joined.add(edition)


def note(
    tx: Transaction,
    settings: Settings,
    word: Word,
    address_hash: str,
    what: str | None = None,
    *,
    now: datetime,
) -> None:
    """On the disk when this returns. Called before the database commits.

    A crash in between leaves somebody departed whom the next `reapply` lets go
    from the database too; the other way round they would come back with a backup.
    A clock that was set back puts nothing before what was said already.
    """
    departed = read(settings).get(address_hash)
    if departed is not None:
        now = max(now, departed.steps[-1].at + timedelta(microseconds=1))
    said = [now.astimezone(UTC).isoformat(timespec="microseconds"), word, address_hash, *filter(None, [what])]
    before = length(settings)
    _append(settings.newsroom / FILE, " ".join(said) + "\n")
    if has_heard(tx, before):
        hear(tx, length(settings))


def read(settings: Settings) -> Mapping[str, Departed]:
    """By hash."""
    steps: list[Step] = []
    try:
        for path in _files(settings):
            steps += _steps(path.read_text(encoding="ascii", errors="replace"))
    except OSError as error:
        path = settings.newsroom / FILE
        raise NewsroomError("erasures_unreadable", path=str(path), cause=error.strerror) from error
    departed: dict[str, Departed] = {}
    for step in sorted(steps, key=lambda step: step.at):  # stable: as they were written
        departed.setdefault(step.address_hash, Departed()).go(step)
    return departed


def length(settings: Settings) -> int:
    """Bytes, of all files together: nothing is ever taken out of one."""
    try:
        return sum(path.stat().st_size for path in _files(settings))
    except OSError as error:
        path = settings.newsroom / FILE
        raise NewsroomError("erasures_unreadable", path=str(path), cause=error.strerror) from error


def has_heard(tx: Transaction, length: int) -> bool:
    return (tx.meta.get(HEARD) or "0") == str(length)


def hear(tx: Transaction, length: int) -> None:
    tx.meta.set(HEARD, str(length))


def _files(settings: Settings) -> Sequence[Path]:
    record = settings.newsroom / FILE
    return sorted(record.parent.glob(f"{record.name}*"))


_LINE = re.compile(r"(\S{20,40}) ([a-z]+) ([0-9a-f]{64})(?: (\S{1,40}))?", re.ASCII)
_WORDS = frozenset(str(word) for word in Word)


def _steps(written: str) -> Iterator[Step]:
    """What is no line of ours is passed over: half of one says nothing."""
    for line in written.splitlines():
        parts = _LINE.fullmatch(line.strip())
        if parts is None or parts[2] not in _WORDS:
            continue
        try:
            at = datetime.fromisoformat(parts[1])
        except ValueError:
            continue
        if at.tzinfo is not None:
            yield Step(at, Word(parts[2]), parts[3], parts[4])


def _append(path: Path, line: str) -> None:
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
