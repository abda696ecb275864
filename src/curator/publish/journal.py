"""What has left the house, kept beside the database: a restored one must not say it again, nor unsay it.

One line for each fact, added and never changed; ASCII, each complete in itself:

    INSTANT erased|back HASH · left|joined HASH EDITION · suppressed HASH REASON      see departures.py
    INSTANT published N EDITION ITEM ATOM_ID ULID SLUG SEQUENCE PUBLISHED UPDATED STORY…
                                                                                      before the commit
    INSTANT withdrawn N EDITION ITEM                                                  before the commit
    INSTANT closed N EDITION NUMBER SLOT SUBJECT ITEM…                                before the commit
    INSTANT reopened|cancelled N EDITION NUMBER                                       before the commit
    INSTANT stood N                                                                   after it
    INSTANT handing N EDITION NUMBER MESSAGE_ID.ADDRESS…     hashes; on the disk before the first DATA of them
    - handed N PLACE. · - unsent N PLACE.                    what the server said; unsent: it has not got it
    INSTANT notice MESSAGE_ID                                a single mail

Items are named by their ulids and readers by keyed hashes, so that lines mean the same
on every machine. All files of the folder whose names begin with `journal`, or with
`erasures` as up to 0.9, are read together: what a backup brought, what came from another machine.

N counts up in the database, in the transaction that does what the line says. So a
line that `stood` with a higher number than the database knows was written by a later state of
it: this one is older. A crash between line and commit leaves a line that never stood.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from urllib.parse import quote, unquote

from curator.errors import NewsroomError
from curator.settings import Settings
from curator.store import Transaction
from curator.store.publications import Had

FILE = "data/journal"
BEFORE = "data/erasures"
"""What it was called while it spoke of people only."""
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

    `published`, `withdrawn`: by edition and ulid of the item. `closed`, `cancelled`: by edition and number;
    `closed` only where that stood, or a mail of it was handed over. `number`: the highest that stood.
    `moments`: of every line that has one, in the order of writing.
    """

    people: list[tuple[datetime, str, str, str | None]] = field(default_factory=list)
    published: dict[tuple[str, str], Had] = field(default_factory=dict)
    withdrawn: dict[tuple[str, str], datetime] = field(default_factory=dict)
    closed: dict[tuple[str, int], Closed] = field(default_factory=dict)
    cancelled: set[tuple[str, int]] = field(default_factory=set)
    stories: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    """Items by edition and what their entries are known by (stories.py)."""
    number: int = 0
    moments: list[datetime] = field(default_factory=list)
    perhaps: dict[tuple[str, int], tuple[int, Closed]] = field(default_factory=dict)
    """Issues whose closing may never have been committed: a crash came, or an editor opened them again."""

    def names(self, edition: str) -> Mapping[str, str]:
        """Which item has or had each address of the edition."""
        return {known.slug: item for (key, item), known in self.published.items() if key == edition}

    def sequence(self, edition: str) -> int:
        """The highest that was given."""
        return max((one.sequence for (key, _), one in self.published.items() if key == edition), default=0)


# ── writing ──


def number(tx: Transaction) -> int:
    """The next one. Last of what a transaction takes: on PostgreSQL all others wait for its row."""
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


def cancelled(taken: int, edition: str, issue: int, *, now: datetime) -> str:
    return _line(now, "cancelled", taken, edition, issue)


def write(settings: Settings, lines: Sequence[str]) -> None:
    """On the disk when this returns."""
    path = settings.newsroom / FILE
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        is_new = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            # A line that a full disk cut off ends here, and spoils no other.
            said = ("\n" if _is_torn(path) else "") + "".join(line + "\n" for line in lines)
            raw = said.encode("ascii")
            if os.write(descriptor, raw) < len(raw):
                raise NewsroomError("journal_unwritable", path=str(path), cause=os.strerror(28))  # ENOSPC
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if is_new:
            _sync(path.parent)
    except OSError as error:
        raise NewsroomError("journal_unwritable", path=str(path), cause=error.strerror) from error


def handing(taken: int, edition: str, issue: int, mails: Sequence[str], *, now: datetime) -> str:
    return _line(now, "handing", taken, edition, issue, *mails)


def notice(message_id: str, *, now: datetime) -> str:
    return _line(now, "notice", message_id)


def try_to_write(settings: Settings, lines: Sequence[str]) -> None:
    """What is better known and not needed, said after the fact: a full disk is no error here.

    It outlives this process, and not a power cut. Said for every mail, so in as few steps as can be.
    """
    path = settings.newsroom / FILE
    raw = "".join(["\n", *(f"{line}\n" for line in lines)]).encode("ascii")  # the last line may be cut off
    with suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, raw)
        finally:
            os.close(descriptor)


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


def in_archive(settings: Settings, *, now: datetime) -> Mapping[str, Path]:
    """Under which names a backup keeps them: unpacked over newer ones, they must stand beside those."""
    own = {Path(FILE).name, Path(BEFORE).name}
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    found = files(settings)
    return {f"data/{path.name}{f'.{stamp}' if path.name in own else ''}": path for path in found}


def read(settings: Settings) -> Journal:
    """Only what was added since this process read last; what is no line of ours is passed over."""
    whole = Journal()
    with _READING:
        for part in (_part(path) for path in files(settings)):
            whole.people += part.people
            for key, known in part.published.items():
                whole.published.setdefault(key, known)
            for story, items in part.stories.items():
                whole.stories.setdefault(story, []).extend(items)
            whole.withdrawn |= part.withdrawn
            whole.closed |= part.closed
            whole.cancelled |= part.cancelled
            whole.number = max(whole.number, part.number)
            whole.moments += part.moments
    whole.people.sort(key=lambda step: step[0])  # stable: as they were written
    return whole


def own(settings: Settings) -> Journal:
    """What this newsroom itself wrote, in this folder."""
    with _READING:
        return _part(settings.newsroom / FILE)


def lines(settings: Settings, words: str) -> Iterator[Sequence[str]]:
    """Those with one of these words, in the order in which each file was written, as pieces."""
    pattern = re.compile(rf"^(\S+) ({words}) ([^\n]+)$", re.MULTILINE | re.ASCII)
    for path in files(settings):
        for found in pattern.finditer(_text(path)):
            yield (found[1], found[2], *found[3].split(" "))


def moment(said: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


@dataclass(slots=True)
class _Read:
    """How far one file was read, and what stood there."""

    inode: int
    end: int = 0
    journal: Journal = field(default_factory=Journal)


_READING = Lock()
_FILES: dict[Path, _Read] = {}
_LINE = re.compile(rb"^([0-9]\S{19,39}) ([a-z]+) ([^\n]+)$", re.MULTILINE)
PEOPLE = frozenset(("erased", "back", "left", "joined", "suppressed"))


def _part(path: Path) -> Journal:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            known = _FILES.get(path)
            if known is None or known.inode != found.st_ino or found.st_size < known.end:
                known = _FILES[path] = _Read(inode=found.st_ino)
            if found.st_size > known.end:
                file.seek(known.end)
                raw = file.read()
                whole = raw.rfind(b"\n") + 1  # what is being written right now is read next time
                for line in _LINE.finditer(raw, 0, whole):
                    _take(known.journal, line)
                known.end += whole
    except FileNotFoundError:
        return Journal()
    except OSError as error:
        raise NewsroomError("journal_unreadable", path=str(path), cause=error.strerror) from error
    return known.journal


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise NewsroomError("journal_unreadable", path=str(path), cause=error.strerror) from error


def _take(journal: Journal, line: re.Match[bytes]) -> None:
    at = moment(line[1].decode("ascii", "replace"))
    word, said = line[2].decode("ascii", "replace"), line[3].decode("ascii", "replace").strip().split(" ")
    if at is None:
        return
    try:
        if word in PEOPLE:
            known = _person(at, word, said)
            if known is None:
                return
            journal.people.append(known)
        elif word in _FACTS:
            _FACTS[word](journal, at, [unquote(piece) for piece in said])
        elif word != "notice":
            return
    except (ValueError, IndexError):  # half of a line, or none of ours
        return
    journal.moments.append(at)


def _person(at: datetime, word: str, said: Sequence[str]) -> tuple[datetime, str, str, str | None] | None:
    if not re.fullmatch("[0-9a-f]{64}", said[0], re.ASCII) or len(said) > 2:  # noqa: PLR2004 - hash and what
        return None
    return at, word, said[0], said[1] if len(said) > 1 else None


def _stood(journal: Journal, _at: datetime, said: Sequence[str]) -> None:
    taken = int(said[0])
    journal.number = max(journal.number, taken)
    for key in [key for key, (its, _) in journal.perhaps.items() if its == taken]:
        journal.closed[key] = journal.perhaps.pop(key)[1]


def _handing(journal: Journal, _at: datetime, said: Sequence[str]) -> None:
    """Its transaction was over when it was written."""
    journal.number = max(journal.number, int(said[0]))
    key = (said[1], int(said[2]))
    if key in journal.perhaps:
        journal.closed[key] = journal.perhaps.pop(key)[1]


def _published(journal: Journal, _at: datetime, said: Sequence[str]) -> None:
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


def _withdrawn(journal: Journal, at: datetime, said: Sequence[str]) -> None:
    _, edition, item = said
    journal.withdrawn[edition, item] = at


def _closed(journal: Journal, at: datetime, said: Sequence[str]) -> None:
    taken, edition, number_, slot, subject, *items = said
    key = (edition, int(number_))
    journal.cancelled.discard(key)
    closed_ = Closed(
        at=at,
        edition=edition,
        number=int(number_),
        slot=None if slot == "-" else datetime.fromisoformat(slot),
        subject=subject,
        items=tuple(items),
    )
    journal.perhaps[key] = (int(taken), closed_)


def _reopened(journal: Journal, _at: datetime, said: Sequence[str]) -> None:
    key = (said[1], int(said[2]))
    if key in journal.closed:
        journal.perhaps[key] = (-1, journal.closed.pop(key))


def _cancelled(journal: Journal, _at: datetime, said: Sequence[str]) -> None:
    journal.cancelled.add((said[1], int(said[2])))


_FACTS = {
    "stood": _stood,
    "handing": _handing,
    "published": _published,
    "withdrawn": _withdrawn,
    "closed": _closed,
    "reopened": _reopened,
    "cancelled": _cancelled,
}
