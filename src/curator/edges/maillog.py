"""The end of a mail server's log, read from behind: it may be huge, and rotated in the middle of a run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from curator.publish.reconciling import time_of

_STEP = 1 << 20  # bytes
_TAIL = 1 << 16
_NEXT = timedelta(hours=1)  # between its end and our beginning; more, and it is not the one right before
_MOST = 64 << 20  # bytes of one file: what is older stays in doubt


def open_log(path: Path | None) -> Callable[[datetime, datetime], Iterable[str]] | None:
    """None: there is no log to ask. Called with since when and now, it gives lines, oldest first.

    A log that cannot be read says nothing, and then nothing is known: doctor tells why.
    """
    return None if path is None else lambda since, now: _lines(path, since, now)


def _lines(path: Path, since: datetime, now: datetime) -> Iterator[str]:
    """Held open while it is read: rotated meanwhile, it goes on in the one that is new."""
    try:
        file = path.open("rb")
    except OSError:
        return
    with file, contextlib.suppress(OSError):
        begins = _start(file, since, now)
        if begins == 0:  # perhaps rotated since: then what comes before is next to it
            yield from _before(path, file, since, now)
        yield from _from(file, begins)
        with path.open("rb") as new:
            if not os.path.sameopenfile(file.fileno(), new.fileno()):
                yield from _from(new, 0)


def _before(path: Path, file: BinaryIO, since: datetime, now: datetime) -> Iterator[str]:
    first = _first_time(file, now)
    with contextlib.suppress(OSError), path.with_name(f"{path.name}.1").open("rb") as before:
        if os.path.sameopenfile(file.fileno(), before.fileno()):
            return
        last = _last_time(before, now)
        if first is not None and last is not None and abs(first - last) <= _NEXT:
            yield from _from(before, _start(before, since, now))


def _from(file: BinaryIO, start: int) -> Iterator[str]:
    file.seek(start)
    if start:
        file.readline()  # the rest of a line
    for line in file:
        yield line.decode("utf-8", "replace").rstrip("\n")


def _first_time(file: BinaryIO, now: datetime) -> datetime | None:
    file.seek(0)
    return next(filter(None, (_time_of(line, now) for line in file)), None)


def _last_time(file: BinaryIO, now: datetime) -> datetime | None:
    file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
    times = [at for at in (_time_of(line, now) for line in file) if at is not None]
    return times[-1] if times else None


def _time_of(line: bytes, now: datetime) -> datetime | None:
    return time_of(line.decode("utf-8", "replace"), now=now)


def _start(file: BinaryIO, since: datetime, now: datetime) -> int:
    """Where to begin so that a line before `since` is among those read, or as far back as we go."""
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _STEP)
    while start > 0 and size - start < _MOST:
        file.seek(start)
        file.readline()
        at = _time_of(file.readline(), now)
        if at is not None and at < since:
            break
        start = max(0, start - _STEP)
    return start
