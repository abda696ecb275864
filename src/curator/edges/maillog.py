"""The end of a mail server's log, read from behind: it may be huge, and rotated in the middle of a run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from curator.publish.reconciling import time_of

_STEP = 1 << 20  # bytes
_MOST = 64 << 20  # bytes of one file: what is older stays in doubt


def open_log(path: Path | None) -> Callable[[datetime, datetime], Iterable[str]] | None:
    """None: there is no log to ask. Called with since when and now, it gives lines, oldest first.

    A log that cannot be read says nothing, and then nothing is known: doctor tells why.
    """
    return None if path is None else lambda since, now: _lines(path, since, now)


def _lines(path: Path, since: datetime, now: datetime) -> Iterator[str]:
    begins = _start(path, since, now)
    if begins is None:
        return
    if begins == 0:  # perhaps rotated since: then what comes before is next to it
        before = path.with_name(f"{path.name}.1")
        yield from _from(before, _start(before, since, now))
    yield from _from(path, begins)


def _from(path: Path, start: int | None) -> Iterator[str]:
    if start is None:
        return
    with contextlib.suppress(OSError), path.open("rb") as file:
        file.seek(start)
        if start:
            file.readline()  # the rest of a line
        for line in file:
            yield line.decode("utf-8", "replace").rstrip("\n")


def _start(path: Path, since: datetime, now: datetime) -> int | None:
    """Where to begin so that a line before `since` is among those read, or as far back as we go."""
    try:
        size = path.stat().st_size
        start = max(0, size - _STEP)
        with path.open("rb") as file:
            while start > 0 and size - start < _MOST:
                file.seek(start)
                file.readline()
                at = time_of(file.readline().decode("utf-8", "replace"), now=now)
                if at is not None and at < since:
                    return start
                start = max(0, start - _STEP)
    except OSError:
        return None
    return start
