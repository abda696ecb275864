"""Who wants no more mail, kept beside the database: a backup from before must not write to them again.

The part of the journal that speaks of people. The last line of each counts:

    2026-11-22T07:30:00.000000+00:00 erased 5c1f…
    2026-11-22T07:31:00.000000+00:00 back 5c1f…               ends "erased" and "suppressed"
    2026-11-22T07:32:00.000000+00:00 left 5c1f… it
    2026-11-22T07:33:00.000000+00:00 joined 5c1f… it          only where they had left
    2026-11-22T07:34:00.000000+00:00 suppressed 5c1f… bounced
    2026-11-22T07:35:00.000000+00:00 clicked 1203 it          by our link, somebody whom we do not know (now)

The hash is the one of the suppressions, keyed with data/secret.key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from threading import Lock

from curator.publish import journal
from curator.settings import Settings
from curator.store import Transaction

FILE = journal.FILE
HEARD = "people_heard"
"""How many lines of people this database has followed, of each machine's files: by the head of its own one.

A restored database says fewer, or none."""


class Word(StrEnum):
    ERASED = "erased"
    BACK = "back"
    LEFT = "left"
    JOINED = "joined"
    SUPPRESSED = "suppressed"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True)
class Step:
    """`what`: the edition that was left or joined, or why the address was suppressed.

    `address_hash`: the subscriber's number in the place of it, where they clicked.
    """

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
            case Word.LEFT | Word.CLICKED, str(edition):
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
    departed = of(settings, address_hash)
    if departed.steps:
        now = max(now, departed.steps[-1].at + timedelta(microseconds=1))
    said = [now.astimezone(UTC).isoformat(timespec="microseconds"), word, address_hash, *filter(None, [what])]
    has_heard = length(settings).is_heard(tx)
    journal.write(settings, [" ".join(said)])
    if has_heard:
        length(settings).hear(tx)


def read(settings: Settings) -> Mapping[str, Departed]:
    """By hash."""
    with _FOLLOWING:
        return dict(_followed(settings))


def of(settings: Settings, address_hash: str) -> Departed:
    """What was said of this one; nothing, mostly."""
    with _FOLLOWING:
        return _followed(settings).get(address_hash) or Departed()


@dataclass(frozen=True, slots=True)
class Length:
    """Lines, of all files of this machine together: none is ever taken out."""

    lines: int
    key: str

    def is_heard(self, tx: Transaction) -> bool:
        return (tx.meta.get(self.key) or "0") == str(self.lines)

    def hear(self, tx: Transaction) -> None:
        tx.meta.set(self.key, str(self.lines))


def length(settings: Settings) -> Length:
    record = journal.read(settings)
    return Length(len(record.people), f"{HEARD}:{record.head.id}" if record.head else HEARD)


# ── a form asks for one of a hundred thousand: only what was added since is followed ──


@dataclass(slots=True)
class _Followed:
    departed: dict[str, Departed] = field(default_factory=dict)
    lines: int = 0
    last: object = None


_FOLLOWING = Lock()
_FOLLOWED: dict[Path, _Followed] = {}


def _followed(settings: Settings) -> dict[str, Departed]:
    people = journal.read(settings).people
    known = _FOLLOWED.get(settings.newsroom)
    # The very line that was the last stands where it stood: nothing came before it meanwhile.
    if known is None or (known.lines and people[known.lines - 1 : known.lines] != [known.last]):
        known = _FOLLOWED[settings.newsroom] = _Followed()
    for at, word, address_hash, what in people[known.lines :]:
        known.departed.setdefault(address_hash, Departed()).go(Step(at, Word(word), address_hash, what))
    if people:
        known.lines, known.last = len(people), people[-1]
    return known.departed
