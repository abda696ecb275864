"""What lines of the journal come to: read in portions, and only what was added since this process looked."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from curator.errors import NewsroomError
from curator.publish import heads
from curator.publish.heads import Head
from curator.store.publications import Had


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """An issue; `items` by their ulids, in the order of the letter."""

    at: datetime
    edition: str
    number: int
    slot: datetime | None
    subject: str
    items: tuple[str, ...]


@dataclass(slots=True)
class Journal:
    """All that was written down, of all files; of single mails see `handing.read`.

    `published`, `withdrawn`: by edition and ulid of the item. `closed`, `cancelled`, `unknown` (cancelled
    by `resume`), `reopened` and not closed again: by edition and number. All but `published`, which does no
    harm, only where that stood; `closed` also where a mail of it was handed over.
    `number`: the highest that stood. `head`: what our own file says last of itself.
    """

    people: list[tuple[datetime, str, str, str | None]] = field(default_factory=list)
    published: dict[tuple[str, str], Had] = field(default_factory=dict)
    withdrawn: dict[tuple[str, str], datetime] = field(default_factory=dict)
    closed: dict[tuple[str, int], Closed] = field(default_factory=dict)
    cancelled: set[tuple[str, int]] = field(default_factory=set)
    stories: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Items by edition and what their entries are known by (stories.py)."""
    unknown: set[tuple[str, int]] = field(default_factory=set)
    reopened: set[tuple[str, int]] = field(default_factory=set)
    number: int = 0
    head: Head | None = None
    ids: set[str] = field(default_factory=set)
    """Of all heads of our own file."""
    hands: Counter[tuple[str, int]] = field(default_factory=Counter)
    """How often our own file says that mails of an issue were taken in hand."""
    told: int = 0
    """The highest number in any line, stood or not: before a commit its line is on the disk."""
    first: int | None = None
    """The first number of our own file. Not 1: it was begun when the newsroom had spoken before."""
    begun: datetime | None = None
    """When our own file was."""

    def names(self, edition: str) -> Mapping[str, str]:
        """Which item has or had each address of the edition."""
        return {known.slug: item for (key, item), known in self.published.items() if key == edition}

    def sequence(self, edition: str) -> int:
        """The highest that was given."""
        return max((one.sequence for (key, _), one in self.published.items() if key == edition), default=0)


def moment(said: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Step:
    """What became of an issue. `at`: no earlier than what the file said before, whatever the clock did."""

    at: datetime
    word: str
    key: tuple[str, int]
    closed: Closed | None = None


@dataclass(frozen=True, slots=True)
class _Gone:
    """An item that was withdrawn."""

    at: datetime
    key: tuple[str, str]


@dataclass(slots=True)
class _Pending:
    """What one transaction says that it does. All of its lines are of one moment."""

    at: datetime
    said: list[Step | _Gone] = field(default_factory=list)


@dataclass(slots=True)
class _Part(Journal):
    """What one file says. `pending`: what may never have been committed, by its number."""

    steps: list[Step] = field(default_factory=list)
    pending: dict[int, _Pending] = field(default_factory=dict)
    latest: datetime = _LONG_AGO


@dataclass(slots=True)
class _Read:
    """How far one file was read, and what stood there."""

    inode: int
    end: int = 0
    journal: _Part = field(default_factory=_Part)


_FILES: dict[Path, _Read] = {}
_LINE = re.compile(rb"\n([0-9]\S{19,39}) ([a-z]+) ([^\n]+)")  # the newline is what makes it quick to find
_PORTION = 4 * 1024 * 1024  # bytes: years of a long list of readers are more than a small machine holds
WHOLE = "."
"""Ends a line of which half would say something else."""
PEOPLE = frozenset(("erased", "back", "left", "joined", "suppressed", "clicked"))


def part_of(path: Path) -> _Part:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            known = _FILES.get(path)
            if known is None or known.inode != found.st_ino or found.st_size < known.end:
                known = _FILES[path] = _Read(inode=found.st_ino)
            file.seek(known.end)
            for some in _in_portions(file):
                whole = some.rfind(b"\n")  # what is being written right now is read next time
                for line in _LINE.finditer(some, 0, whole):
                    _take(known.journal, line)
                known.end += whole
    except FileNotFoundError:
        return _Part()
    except OSError as error:
        raise NewsroomError("journal_unreadable", path=str(path), cause=error.strerror) from error
    return known.journal


def portions(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            yield from _in_portions(file)
    except FileNotFoundError:
        return
    except OSError as error:
        raise NewsroomError("journal_unreadable", path=str(path), cause=error.strerror) from error


def _in_portions(file: BinaryIO) -> Iterator[bytes]:
    """Whole lines, from where the file stands; each has a newline before it. The last may be cut off."""
    while some := file.read(_PORTION):
        some += file.readline()
        yield b"\n" + some
        if not some.endswith(b"\n"):
            return


def _take(journal: _Part, line: re.Match[bytes]) -> None:
    if line[2] == b"handing":  # more often than all others together
        with suppress(ValueError):
            _handing(journal, line[3].split(b" "))
        return
    at = moment(line[1].decode("ascii", "replace"))
    word = line[2].decode("ascii", "replace")
    said = line[3].decode("ascii", "replace").strip().split(" ")
    if at is None:
        return
    journal.latest = max(journal.latest, at)
    with suppress(ValueError, IndexError):  # half of a line, or none of ours
        if word in PEOPLE:
            journal.people += _person(at, word, said)
        elif word == heads.WORD:
            journal.head = heads.head(said)
            journal.ids.add(journal.head.id)
            journal.begun = at
        elif word in FACTS:
            _count(journal, int(said[0]))
            if word != "stood":
                _forget_uncommitted(journal, int(said[0]), at)
            FACTS[word](journal, at, [unquote(piece) for piece in said])


def _person(at: datetime, word: str, said: Sequence[str]) -> Sequence[tuple[datetime, str, str, str | None]]:
    who = "[0-9]{1,10}" if word == "clicked" else "[0-9a-f]{64}"
    if not re.fullmatch(who, said[0], re.ASCII) or len(said) > 2:  # noqa: PLR2004 - hash and what
        return ()
    return [(at, word, said[0], said[1] if len(said) > 1 else None)]


def _stood(journal: _Part, _at: datetime, said: Sequence[str]) -> None:
    taken = int(said[0])
    journal.number = max(journal.number, taken)
    if taken in journal.pending:
        _settle(journal, journal.pending.pop(taken).said)


def _count(journal: _Part, taken: int) -> None:
    journal.told = max(journal.told, taken)
    if journal.first is None:
        journal.first = taken


def _forget_uncommitted(journal: _Part, taken: int, at: datetime) -> None:
    """A number comes again, in another transaction, only where the one before was never committed."""
    if taken in journal.pending and journal.pending[taken].at != at:
        del journal.pending[taken]


def _wait(journal: _Part, taken: str, at: datetime, what: Step | _Gone) -> None:
    """It counts once its number stood."""
    journal.pending.setdefault(int(taken), _Pending(at)).said.append(what)


def _settle(journal: _Part, said: Sequence[Step | _Gone]) -> None:
    for one in said:
        if isinstance(one, _Gone):
            journal.withdrawn[one.key] = one.at
        else:
            journal.steps.append(one)


def _handing(journal: _Part, said: Sequence[bytes]) -> None:
    """Its transaction was over when it was written, and so was that which closed the issue."""
    number_, edition, issue, end = said
    taken, key = int(number_), (edition.decode("ascii"), int(issue))
    if end != WHOLE.encode():
        return
    _count(journal, taken)
    journal.number = max(journal.number, taken)
    journal.hands[key] += 1
    journal.pending.pop(taken, None)
    for before in journal.pending.values():
        closed_ = [one for one in before.said if isinstance(one, Step) and one.closed and one.key == key]
        _settle(journal, closed_)
        before.said = [one for one in before.said if one not in closed_]


def _published(journal: _Part, _at: datetime, said: Sequence[str]) -> None:
    _, edition, item, atom_id, ulid, slug, sequence, published_at, updated_at, *stories = said
    known = Had(
        atom_id=atom_id,
        ulid=ulid,
        slug=slug,
        sequence=int(sequence),
        published_at=datetime.fromisoformat(published_at),
        updated_at=datetime.fromisoformat(updated_at),
    )
    journal.published.setdefault((edition, item), known)
    for story in stories:
        journal.stories.setdefault((edition, story), []).append(item)


def _withdrawn(journal: _Part, at: datetime, said: Sequence[str]) -> None:
    taken, edition, item = said
    _wait(journal, taken, at, _Gone(at, (edition, item)))


def _closed(journal: _Part, at: datetime, said: Sequence[str]) -> None:
    taken, edition, number_, slot, subject, *items = said
    closed_ = Closed(
        at=at,
        edition=edition,
        number=int(number_),
        slot=None if slot == "-" else datetime.fromisoformat(slot),
        subject=subject,
        items=tuple(items),
    )
    _wait(journal, taken, at, Step(journal.latest, "closed", (edition, int(number_)), closed_))


def _reopened(journal: _Part, at: datetime, said: Sequence[str]) -> None:
    """Where it never stood, the issue stays one that was closed: its number and its items are spent."""
    _wait(journal, said[0], at, Step(journal.latest, "reopened", (said[1], int(said[2]))))


def _cancelled(journal: _Part, at: datetime, said: Sequence[str]) -> None:
    """Where it never stood, the issue went on, and has reached readers since."""
    word = "unknown" if said[3:] == ["unknown"] else "cancelled"
    _wait(journal, said[0], at, Step(journal.latest, word, (said[1], int(said[2]))))


def _resumed(_journal: _Part, _at: datetime, _said: Sequence[str]) -> None:
    """For people to read; what it led to has lines of its own."""


def go(journal: Journal, step: Step) -> None:
    match step.word, step.closed:
        case "closed", Closed() as one:
            journal.closed[step.key] = one
            journal.cancelled.discard(step.key)
            journal.unknown.discard(step.key)
            journal.reopened.discard(step.key)
        case "reopened", _:
            journal.closed.pop(step.key, None)
            journal.reopened.add(step.key)
        case "unknown", _:
            journal.unknown.add(step.key)
        case _:
            journal.cancelled.add(step.key)


FACTS = {
    "stood": _stood,
    "published": _published,
    "withdrawn": _withdrawn,
    "closed": _closed,
    "reopened": _reopened,
    "cancelled": _cancelled,
    "resumed": _resumed,
}
