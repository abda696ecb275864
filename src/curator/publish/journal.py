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
`erasures` as before 0.2.0, are read together: what a backup brought, what came from another machine.

N counts up in the database, in the transaction that does what the line says. So a
line that `stood` with a higher number than the database knows was written by a later state of
it: this one is older. A crash between line and commit leaves a line that never stood: it is
not believed, and N comes again. What one file says and another unsays is taken in the order of its moments.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from curator.errors import NewsroomError
from curator.publish import heads
from curator.publish.records import (
    FACTS,
    PEOPLE,
    WHOLE,
    Closed,
    Journal,
    Step,
    go,
    moment,
    part_of,
    portions,
)
from curator.settings import Settings
from curator.store import Transaction
from curator.store.publications import Had
from curator.syncing import sync_one

FILE = "data/journal"
BEFORE = "data/erasures"
"""What it was called while it spoke of people only."""
MAILS = "data/journal.mails"
"""A folder with a file for each issue: nobody reads the mails of all years to know what was published."""
NUMBER = "journal"

_READING = Lock()


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
            sync_one(path.parent)
            sync_one(path.parent.parent)
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
    whole, steps = Journal(), list[Step]()
    with _READING:
        for path in files(settings):
            part = part_of(path)
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
        go(whole, step)
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
    words = b"|".join(sorted(word.encode() for word in {*PEOPLE, *FACTS, "handing", "notice"} - {"resumed"}))
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
