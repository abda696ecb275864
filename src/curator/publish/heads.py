"""Which file this is: itself, or a copy of it. Each file of the journal says it of itself when it begins.

A copy (of `cp`, `rsync` or `tar`) has another number on its disk and was born at another moment,
whatever it says. One that moved, or is seen from another container, is itself.
"""

from __future__ import annotations

import ctypes
import os
import secrets
import struct
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

WORD = "begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """`mark`: of the file in which it was written."""

    id: str
    mark: str


def words(descriptor: int) -> tuple[str, ...]:
    """For the first line of the file that is open there; a new name for what is in it from here on."""
    return (WORD, "1", secrets.token_hex(8), mark(descriptor))


def head(said: list[str]) -> Head:
    """From the words of its line, the first left out."""
    _version, id_, its = said
    return Head(id=id_, mark=its)


def mark(file: int | Path) -> str:
    """Its number on its disk, and when it was born there, for numbers are given again. Raises OSError.

    A file that is not open stays so: closing a database's file takes away all locks that this process
    has on it (https://www.sqlite.org/howtocorrupt.html, 2.2), and others would then delete its log.
    """
    return f"{_stat(file).st_ino}.{_born(file) or _machine()}"


def _stat(file: int | Path) -> os.stat_result:
    return os.fstat(file) if isinstance(file, int) else file.stat()


def _machine() -> str:
    """In the place of a birthday, on disks that keep none."""
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return ""


# ── when a file was born: Linux says it in statx(2), for which Python has no call of its own yet ──

_HERE, _EMPTY_PATH, _BTIME = -100, 0x1000, 0x800
_SIZE, _MASK_AT, _BTIME_AT = 256, 0, 80


def _born(file: int | Path) -> int | None:
    """In nanoseconds of its own clock. None: the disk, or the system, does not say."""
    known = getattr(_stat(file), "st_birthtime", None)
    if known is not None:
        return int(known * 1_000_000_000)
    statx = _statx()
    room = ctypes.create_string_buffer(_SIZE)
    asked = (file, b"", _EMPTY_PATH) if isinstance(file, int) else (_HERE, os.fsencode(file), 0)
    if statx is None or statx(*asked, _BTIME, room) != 0:
        return None
    (mask,) = struct.unpack_from("=I", room, _MASK_AT)
    seconds, nanoseconds = struct.unpack_from("=qI", room, _BTIME_AT)
    return seconds * 1_000_000_000 + nanoseconds if mask & _BTIME else None


@cache
def _statx() -> Any:
    try:
        return ctypes.CDLL(None).statx
    except (OSError, AttributeError):
        return None
