"""Files and folders that are on the disk when we say so: few one by one, many at once."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Collection
from pathlib import Path

_FEW = 48  # one by one a file takes milliseconds; the whole file system may have others' writes waiting


def sync(directory: Path, places: Collection[Path]) -> None:
    """Files, or folders whose renames are to last; all of them on the file system of `directory`."""
    if len(places) > _FEW and _sync_file_system(directory):
        return
    for place in places:
        sync_one(place)


def sync_one(place: Path) -> None:
    """A file; or a folder, so that what was put into it or renamed there is still so after a power cut."""
    opened = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _sync_file_system(directory: Path) -> bool:
    """Linux's syncfs(2), which Python does not have. False: nobody has it here, or it failed."""
    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        return False
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return bool(syncfs(opened) == 0)
    finally:
        os.close(opened)
