"""An answer before it goes out, and the form of a document that it is made of."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from curator.faces.serve.catalogue import Document, Kind

Header = tuple[bytes, bytes]

SAFE = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
)
_TEXT = (b"content-type", b"text/plain; charset=utf-8")


@dataclass(frozen=True, slots=True)
class Answer:
    """`large`: whose file holds what is to be sent, `length` bytes from `start`; open in `file` to be sent.

    `wire`: status line and headers as they are sent, of what is sent often.
    """

    kind: Kind
    status: int
    headers: list[Header]
    content: bytes | memoryview = b""
    large: Representation | None = None
    start: int = 0
    length: int = 0
    file: BinaryIO | None = None
    wire: bytes = b""

    @classmethod
    def said(cls, status: int, words: bytes = b"", *headers: Header, kind: Kind = Kind.PAGE) -> Answer:
        """In a few words of our own; in none where the status says all."""
        length = (b"content-length", b"%d" % len(words))
        return cls(kind, status, [*headers, length, *([_TEXT, *SAFE] if words else [])], words)

    def wired(self) -> Answer:
        line = f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}\r\n".encode()
        return replace(self, wire=line + b"".join(b"%s: %s\r\n" % header for header in self.headers))


@dataclass(slots=True, kw_only=True)
class Representation:
    """One form of a document (RFC 9110 §8), its bytes known to be right.

    `content`: None where it is too large to be kept; `seen`: by which its file is known again.
    `whole` answers GET, `bare` HEAD, and `unchanged` whoever has it already.
    """

    document: Document
    coding: str
    digest: str
    length: int
    changed: int
    content: bytes | None
    place: Path
    seen: tuple[int, ...] = ()
    etag: bytes = b""
    modified: bytes = b""
    whole: Answer = field(init=False)
    bare: Answer = field(init=False)
    unchanged: Answer = field(init=False)

    def open(self) -> BinaryIO | None:
        """The file while it is still the one whose bytes were looked at."""
        file = opened(self.place)
        if file is not None and seen(file) != self.seen:
            file.close()
            return None
        return file


def opened(place: Path) -> BinaryIO | None:
    """None: not there, or no file of its own. O_NONBLOCK: a pipe would wait for its other end for ever."""
    try:
        number = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        return None
    return os.fdopen(number, "rb")


def seen(file: BinaryIO) -> tuple[int, ...]:
    """What tells an open file from every other; writing into it would show."""
    found = os.fstat(file.fileno())
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
