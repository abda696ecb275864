"""Who wants no more mail, kept beside the database: a backup from before must not write to them again.

The part of the journal that speaks of people. The last line of each counts:

    2026-11-22T07:30:00.000000+00:00 erased 5c1f…
    2026-11-22T07:31:00.000000+00:00 back 5c1f…               ends "erased" and "suppressed"
    2026-11-22T07:32:00.000000+00:00 left 5c1f… it
    2026-11-22T07:33:00.000000+00:00 joined 5c1f… it          only where they had left
    2026-11-22T07:34:00.000000+00:00 suppressed 5c1f… bounced

The hash is the one of the suppressions, keyed with data/secret.key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from curator.publish import journal
from curator.settings import Settings
from curator.store import Transaction

FILE = journal.FILE
HEARD = "people_heard"
"""How many lines of people this database has followed. A restored one says fewer, or none."""


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
    journal.write(settings, [" ".join(said)])
    if has_heard(tx, before):
        hear(tx, length(settings))


def read(settings: Settings) -> Mapping[str, Departed]:
    """By hash."""
    departed: dict[str, Departed] = {}
    for at, word, address_hash, what in journal.read(settings).people:
        departed.setdefault(address_hash, Departed()).go(Step(at, Word(word), address_hash, what))
    return departed


def length(settings: Settings) -> int:
    """Lines, of all files together: none is ever taken out."""
    return len(journal.read(settings).people)


def has_heard(tx: Transaction, length: int) -> bool:
    return (tx.meta.get(HEARD) or "0") == str(length)


def hear(tx: Transaction, length: int) -> None:
    tx.meta.set(HEARD, str(length))
