"""What makes a day hard: permissions that count even for root, and a disk that is full."""

from __future__ import annotations

import ctypes
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

_CAPABILITIES_3 = 0x20080522  # linux/capability.h: _LINUX_CAPABILITY_VERSION_3
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1 << 1, 1 << 2


@contextmanager
def permissions_count() -> Iterator[None]:
    """Root may read and write everything, and so no test as root would ever be refused: give that up."""
    if sys.platform != "linux":
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice 32 bits
    assert libc.capget(header, sets) == 0
    effective = sets[0]
    sets[0] &= ~(_CAP_DAC_OVERRIDE | _CAP_DAC_READ_SEARCH)
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[0] = effective
        assert libc.capset(header, sets) == 0


class SmallDisk:
    """A file system of eight MiB where one may be mounted; elsewhere only its fullness is made up."""

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.folder = folder
        self._mounted = mounted

    @contextmanager
    def full(self, *, but: int = 0) -> Iterator[None]:
        """No room for more than `but` bytes."""
        if not self._mounted:
            with no_file_larger_than(but):
                yield
            return
        ballast = self.folder / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        with ballast.open("r+b") as file:
            file.truncate(max(0, ballast.stat().st_size - but))
        try:
            yield
        finally:
            ballast.unlink()


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "curator-test", str(folder)]
    try:
        mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    try:
        yield SmallDisk(folder, mounted=mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[bool]:
    """What a kernel does to a disk that fails; where nothing may be mounted (False), by permissions."""
    here = str(folder)
    try:
        mounted = subprocess.run(["mount", "--bind", here, here], check=False, capture_output=True)
    except OSError:
        mounted = None
    if mounted is None or mounted.returncode != 0:
        with _nothing_may_be_written(folder), permissions_count():
            yield False
        return
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", here], check=True)
        yield True
    finally:
        subprocess.run(["umount", "--lazy", here], check=True)


@contextmanager
def _nothing_may_be_written(folder: Path) -> Iterator[None]:
    before = {path: path.stat().st_mode for path in (folder, *folder.rglob("*"))}
    for path, bits in before.items():
        path.chmod(bits & ~0o222)
    try:
        yield
    finally:
        for path, bits in before.items():
            path.chmod(bits)


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """What a full disk does, without filling one: the write fails half-way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def moved_in(folder: Path) -> None:
    """A copy of a newsroom is held, lest it speak beside the other; for a test it is the only one."""
    with closing(sqlite3.connect(folder / "data/curator.db")) as connection:
        connection.execute("DELETE FROM meta WHERE key = 'place'")
        connection.commit()
