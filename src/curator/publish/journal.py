"""What has left the house, kept beside the database: a restored one must not say it again, nor unsay it.

One line for each fact, added and never changed; ASCII, each complete in itself:

    INSTANT begun 1 ID MARK                           which file this is: itself, or a copy; see heads.py
    INSTANT erased|back HASH · left|joined HASH EDITION · suppressed HASH REASON · clicked ID EDITION
                                                                                      see departures.py
    INSTANT published N EDITION ITEM ATOM_ID ULID SLUG SEQUENCE PUBLISHED UPDATED STORY…
                                                                                      before the commit
    INSTANT withdrawn N EDITION ITEM                                                  before the commit
    INSTANT closed N EDITION NUMBER SLOT SUBJECT ITEM…                                before the commit
    INSTANT reopened|cancelled N EDITION NUMBER                                       before the commit
    INSTANT cancelled N EDITION NUMBER unknown        by `resume`, since nobody could know who had got it
    INSTANT resumed N whole|partial|lost MADE_AT      from a backup of that moment
    INSTANT stood N                                                                   after it
    INSTANT handing N EDITION NUMBER .                       mails: which, is said beside, see handing.py
    INSTANT notice MESSAGE_ID                                a single mail; before the commit and its DATA

Items are named by their ulids and readers by keyed hashes, so that lines mean the same
on every machine. All files of the folder whose names begin with `journal`, or with
`erasures` as up to 0.9, are read together: what a backup brought, what came from another machine.

N counts up in the database, in the transaction that does what the line says. So a
line that `stood` with a higher number than the database knows was written by a later state of
it: this one is older. A crash between line and commit leaves a line that never stood: it is
not believed, and N comes again. What one file says and another unsays is taken in the order of its moments.
"""

from __future__ import annotations

import errno
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import BinaryIO
from urllib.parse import quote, unquote

from curator.errors import NewsroomError
from curator.publish import heads
from curator.publish.heads import Head
from curator.settings import Settings
from curator.store import Transaction
from curator.store.publications import Had

FILE = "data/journal"
BEFORE = "data/erasures"
"""What it was called while it spoke of people only."""
MAILS = "data/journal.mails"
"""A folder with a file for each issue: nobody reads the mails of all years to know what was published."""
NUMBER = "journal"


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


# ── writing ──


def number(tx: Transaction) -> int:
    """The next one. Last of what a transaction takes: all others wait until it is over."""
    tx.serialise(NUMBER)
    taken = int(tx.meta.get(NUMBER) or 0) + 1
    tx.meta.set(NUMBER, str(taken))
    return taken


def published(
    taken: int, edition: str, item: str, known: Had, *, stories: Sequence[str] = (), now: datetime
) -> str:
    moments = (_stamp(known.published_at), _stamp(known.updated_at))
    said = (known.atom_id, known.ulid, known.slug, known.sequence, *moments)
    return _line(now, "published", taken, edition, item, *said, *stories)


def withdrawn(taken: int, edition: str, item: str, *, now: datetime) -> str:
    return _line(now, "withdrawn", taken, edition, item)


def closed(taken: int, one: Closed) -> str:
    slot = _stamp(one.slot) if one.slot else "-"
    return _line(one.at, "closed", taken, one.edition, one.number, slot, one.subject or "-", *one.items)


def reopened(taken: int, edition: str, issue: int, *, now: datetime) -> str:
    return _line(now, "reopened", taken, edition, issue)


def cancelled(taken: int, edition: str, issue: int, *, unknown: bool = False, now: datetime) -> str:
    """`unknown`: who has got it, and whether anybody."""
    return _line(now, "cancelled", taken, edition, issue, *(["unknown"] if unknown else []))


def resumed(taken: int, state: str, made_at: datetime | None, *, now: datetime) -> str:
    return _line(now, "resumed", taken, state, _stamp(made_at) if made_at else "-")


def write(settings: Settings, lines: Sequence[str], *, to: str = FILE) -> None:
    """On the disk when this returns."""
    path = settings.newsroom / to
    try:
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        is_new = not path.exists()
        descriptor = _open(path, lines)
        try:
            # A line that a full disk cut off ends here, and spoils no other.
            said = ("\n" if _is_torn(path) else "") + "".join(line + "\n" for line in lines)
            raw = said.encode("ascii")
            if os.write(descriptor, raw) < len(raw):
                raise NewsroomError("journal_unwritable", path=str(path), cause=os.strerror(errno.ENOSPC))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync(path.parent)
            _sync(path.parent.parent)
    except OSError as error:
        raise NewsroomError("journal_unwritable", path=str(path), cause=error.strerror) from error


def handing(taken: int, edition: str, issue: int, mails: Sequence[str] = (), *, now: datetime) -> str:
    return _line(now, "handing", taken, edition, issue, *mails, WHOLE)


def notice(message_id: str, *, now: datetime) -> str:
    return _line(now, "notice", message_id)


def try_to_write(settings: Settings, lines: Sequence[str], *, to: str = FILE) -> None:
    """What is better known and not needed, said after the fact: a full disk is no error here.

    It outlives this process, and not a power cut. Said for every mail, so in as few steps as can be.
    """
    path = settings.newsroom / to
    raw = "".join(["\n", *(f"{line}\n" for line in lines)]).encode("ascii")  # the last line may be cut off
    with suppress(OSError):
        descriptor = _open(path, lines)
        try:
            os.write(descriptor, raw)
        finally:
            os.close(descriptor)


def begin(settings: Settings, *, now: datetime) -> None:
    """From here on our file tells all; what was before may be missing. On the disk when this returns."""
    path = settings.newsroom / FILE
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)) as file:
            line = _line(now, *heads.words(file.fileno()))
    except OSError as error:
        raise NewsroomError("journal_unwritable", path=str(path), cause=error.strerror) from error
    write(settings, [line])


def _open(path: Path, lines: Sequence[str]) -> int:
    """To add to. A new one says first which file it is."""
    adding = os.O_WRONLY | os.O_APPEND
    try:
        return os.open(path, adding)
    except FileNotFoundError:
        descriptor = os.open(path, adding | os.O_CREAT, 0o600)
    at = moment(lines[0].partition(" ")[0])
    if at is not None:
        os.write(descriptor, (_line(at, *heads.words(descriptor)) + "\n").encode("ascii"))
    return descriptor


def stood(settings: Settings, taken: int | None, *, now: datetime) -> None:
    """After the commit. Lost, it is as if the crash had come a moment earlier: it need not be synced.

    Nor is it an error where the disk is full by now: all that counts has been done and written down.
    """
    if taken is not None:
        try_to_write(settings, [_line(now, "stood", taken)])


def _line(now: datetime, *words: object) -> str:
    return " ".join([_stamp(now), *(quote(str(word), safe=_PLAIN) or "-" for word in words)])


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


_PLAIN = ":/@,;+=!*()'&$?#[]~"


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


# ── reading ──


def files(settings: Settings) -> Sequence[Path]:
    """Those there are: our own, what backups brought, what other machines wrote; the oldest kind first."""
    record = settings.newsroom / FILE
    names = (Path(BEFORE).name, Path(FILE).name)
    return [path for name in names for path in sorted(record.parent.glob(f"{name}*")) if path.is_file()]


def mail_files(settings: Settings, issue: tuple[str, int] | None = None) -> Sequence[Path]:
    """Of one issue, or of all: our own, what backups brought, and folders of other machines, as above."""
    home = settings.newsroom / MAILS
    name = "*" if issue is None else "{}-{}*".format(*issue)
    folders = sorted(home.parent.glob(f"{home.name}*"))
    found = [path for folder in folders for path in sorted(folder.glob(name)) if path.is_file()]
    return [path for path in found if issue is None or path.name.partition(".")[0] == name[:-1]]


def in_archive(settings: Settings, *, now: datetime) -> Mapping[str, Path]:
    """Under which names a backup keeps them: unpacked over newer ones, they must stand beside those."""
    own = {Path(FILE).name, Path(BEFORE).name}
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    found = files(settings)
    named = {f"data/{path.name}{f'.{stamp}' if path.name in own else ''}": path for path in found}
    for path in mail_files(settings):
        is_own = path.parent.name == Path(MAILS).name and "." not in path.name
        named[f"data/{path.parent.name}/{path.name}{f'.{stamp}' if is_own else ''}"] = path
    return named


def read(settings: Settings) -> Journal:
    """Only what was added since this process read last; what is no line of ours is passed over."""
    whole, steps = Journal(), list[_Step]()
    with _READING:
        for path in files(settings):
            part = _part(path)
            whole.people += part.people
            for key, known in part.published.items():
                whole.published.setdefault(key, known)
            for story, items in part.stories.items():
                whole.stories.setdefault(story, []).extend(items)
            for gone, at in part.withdrawn.items():
                whole.withdrawn[gone] = max(at, whole.withdrawn.get(gone, at))
            whole.number = max(whole.number, part.number)
            whole.told = max(whole.told, part.told)
            steps += part.steps
            if path == settings.newsroom / FILE:
                whole.head, whole.ids, whole.hands = part.head, part.ids, part.hands
                whole.first, whole.begun = part.first, part.begun
    for step in sorted(steps, key=lambda step: step.at):
        _go(whole, step)
    whole.people.sort(key=lambda step: step[0])  # stable: as they were written
    return whole


def is_itself(settings: Settings, record: Journal) -> bool:
    """Whether our own file is the one in which it was begun, and no copy of that."""
    if record.head is None:
        return False
    try:
        return heads.mark(settings.newsroom / FILE) == record.head.mark
    except OSError:
        return False


def until(settings: Settings, before: datetime) -> datetime | None:
    """The last moment before that one of which anything is told here."""
    words = b"|".join(sorted(word.encode() for word in {*PEOPLE, *_FACTS, "handing", "notice"} - {"resumed"}))
    pattern = re.compile(rb"\n([0-9]\S{19,39}) (?:%s) " % words)
    found = (
        moment(line[1].decode("ascii", "replace"))
        for path in files(settings)
        for some in portions(path)
        for line in pattern.finditer(some)
    )
    return max((at for at in found if at is not None and at <= before), default=None)


def lines(settings: Settings, words: str) -> Iterator[Sequence[str]]:
    """Those with one of these words, in the order in which each file was written, as pieces."""
    pattern = re.compile(rb"\n(\S+) (%s) ([^\n]+)" % words.encode("ascii"))
    for path in files(settings):
        for some in portions(path):
            for found in pattern.finditer(some):
                at, word, said = (piece.decode("ascii", "replace") for piece in found.groups())
                yield (at, word, *said.split(" "))


def moment(said: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Step:
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
    said: list[_Step | _Gone] = field(default_factory=list)


@dataclass(slots=True)
class _Part(Journal):
    """What one file says. `pending`: what may never have been committed, by its number."""

    steps: list[_Step] = field(default_factory=list)
    pending: dict[int, _Pending] = field(default_factory=dict)
    latest: datetime = _LONG_AGO


@dataclass(slots=True)
class _Read:
    """How far one file was read, and what stood there."""

    inode: int
    end: int = 0
    journal: _Part = field(default_factory=_Part)


_READING = Lock()
_FILES: dict[Path, _Read] = {}
_LINE = re.compile(rb"\n([0-9]\S{19,39}) ([a-z]+) ([^\n]+)")  # the newline is what makes it quick to find
_PORTION = 4 * 1024 * 1024  # bytes: years of a long list of readers are more than a small machine holds
WHOLE = "."
"""Ends a line of which half would say something else."""
PEOPLE = frozenset(("erased", "back", "left", "joined", "suppressed", "clicked"))


def _part(path: Path) -> _Part:
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
        elif word in _FACTS:
            _count(journal, int(said[0]))
            if word != "stood":
                _forget_uncommitted(journal, int(said[0]), at)
            _FACTS[word](journal, at, [unquote(piece) for piece in said])


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


def _wait(journal: _Part, taken: str, at: datetime, what: _Step | _Gone) -> None:
    """It counts once its number stood."""
    journal.pending.setdefault(int(taken), _Pending(at)).said.append(what)


def _settle(journal: _Part, said: Sequence[_Step | _Gone]) -> None:
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
        closed_ = [one for one in before.said if isinstance(one, _Step) and one.closed and one.key == key]
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
    _wait(journal, taken, at, _Step(journal.latest, "closed", (edition, int(number_)), closed_))


def _reopened(journal: _Part, at: datetime, said: Sequence[str]) -> None:
    """Where it never stood, the issue stays one that was closed: its number and its items are spent."""
    _wait(journal, said[0], at, _Step(journal.latest, "reopened", (said[1], int(said[2]))))


def _cancelled(journal: _Part, at: datetime, said: Sequence[str]) -> None:
    """Where it never stood, the issue went on, and has reached readers since."""
    word = "unknown" if said[3:] == ["unknown"] else "cancelled"
    _wait(journal, said[0], at, _Step(journal.latest, word, (said[1], int(said[2]))))


def _resumed(_journal: _Part, _at: datetime, _said: Sequence[str]) -> None:
    """For people to read; what it led to has lines of its own."""


def _go(journal: Journal, step: _Step) -> None:
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


_FACTS = {
    "stood": _stood,
    "published": _published,
    "withdrawn": _withdrawn,
    "closed": _closed,
    "reopened": _reopened,
    "cancelled": _cancelled,
    "resumed": _resumed,
}
