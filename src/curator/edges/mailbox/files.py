"""What came back, in files."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from curator.errors import BadInput
from curator.ports import ReturnedMail

LONGEST = 256 * 1024  # bytes of a message that are looked at
_LINE = 64 * 1024


class Maildir:
    """`new` and `cur` (cr.yp.to/proto/maildir.html). What is removed is deleted: addresses are in it."""

    def __init__(self, path: Path, *, at_most: float | None = None) -> None:
        """`at_most` seconds are spent on it; what is new comes first, since what is not ours stays."""
        self._path = path
        self._ends = None if at_most is None else time.monotonic() + at_most

    def mails(self) -> Iterator[ReturnedMail]:
        for folder in ("new", "cur"):
            for path in _listed(self._path / folder):
                if self._ends is not None and time.monotonic() > self._ends:
                    return
                try:
                    with path.open("rb") as file:
                        content: bytes | None = file.read(LONGEST)
                except FileNotFoundError:  # moved by a mail program meanwhile: the next time, then
                    continue
                except OSError:
                    content = None
                yield ReturnedMail(name=str(path), content=content)

    def remove(self, mail: ReturnedMail) -> None:
        try:
            Path(mail.name).unlink(missing_ok=True)
        except OSError as error:
            raise BadInput("mailbox_not_removed", path=mail.name, cause=error.strerror) from error


def _listed(folder: Path) -> list[Path]:
    """Newest first: names begin with the time. A pipe or a folder among them is no mail."""
    try:
        found = [path for path in folder.iterdir() if path.name[:1] != "." and path.is_file()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadInput("mailbox_unreadable", path=str(folder), cause=error.strerror) from error
    return sorted(found, reverse=True)


class OneFile:
    """One message, or an mbox: messages after lines of "From " (RFC 4155). Nothing is taken out of it."""

    def __init__(self, path: Path, stream: BinaryIO | None = None) -> None:
        self._path = path
        self._stream = stream

    def mails(self) -> Iterator[ReturnedMail]:
        """A pipe is read to its end even where we have enough: who writes into it would fail."""
        try:
            if self._stream is not None:
                yield from _split(self._stream)
                return
            with self._path.open("rb") as file:
                yield from _split(file)
        except OSError as error:
            raise BadInput("mailbox_unreadable", path=str(self._path), cause=error.strerror) from error

    def remove(self, mail: ReturnedMail) -> None:
        """An mbox is not rewritten: its server appends to it, and what is read twice changes nothing."""


def _split(file: BinaryIO) -> Iterator[ReturnedMail]:
    taken: list[bytes] = []
    number = size = 0
    is_mbox: bool | None = None
    after_empty = True
    while line := file.readline(_LINE):
        if is_mbox is None:
            is_mbox = line.startswith(b"From ")
        if is_mbox and after_empty and line.startswith(b"From "):
            if size:
                yield ReturnedMail(name=str(number), content=b"".join(taken))
                number += 1
            taken, size = [], 0
        elif size < LONGEST:
            taken.append(line)
            size += len(line)
        after_empty = line in (b"\n", b"\r\n")
    if size:
        yield ReturnedMail(name=str(number), content=b"".join(taken))
