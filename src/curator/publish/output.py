"""A tree of files, replaced so that a reader, or a crash at any moment, finds the old or the new.

All changed files are first written and fsynced beside the tree, on the same
file system: a full disk is noticed while the old tree is still whole. Then
they are renamed one by one, in the caller's order: what is linked to goes
before what links to it. Files that are ours and no longer wanted go last.

`.curator-files.json` says which files are ours. Nothing else is ever
overwritten or removed.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from curator.errors import OutputFailed

MANIFEST = ".curator-files.json"
STAGING = ".curator-staging"
LOCK = ".curator-lock"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """Paths below the directory. `written` and `removed` are those that were not as they should be."""

    files: tuple[str, ...]
    written: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file by what is in it: many and large, so nobody loads one that lies there already."""

    digest: str
    length: int


Loading = Callable[[Kept], bytes]


def _nothing_kept(kept: Kept) -> bytes:
    raise LookupError(kept.digest)


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One process at a time between reading the store and having written what it says.

    Otherwise the slower of two publishes would put the older state back.
    """
    with _translated(directory):
        directory.mkdir(parents=True, exist_ok=True)
        lock = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        with _translated(directory / LOCK):
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def replace_tree(
    directory: Path, tree: Mapping[str, bytes | Kept], *, load: Loading = _nothing_kept
) -> Replaced:
    """Make the directory hold exactly `tree`, as far as its files are ours; `load` brings what is kept.

    Files that are right already are not touched, their times included.
    """
    with _translated(directory):
        directory.mkdir(parents=True, exist_ok=True)
        _discard(directory / STAGING)
        ours = _ours(directory)
        changed = [path for path, content in tree.items() if not _holds(directory / path, content)]
        _require_ours(directory, [path for path in changed if path not in ours])
        gone = sorted(ours - tree.keys())
        try:
            for path in changed:
                content = tree[path]
                _write(directory / STAGING / path, load(content) if isinstance(content, Kept) else content)
            if changed or gone:
                # Before the first rename: after a crash in between, what is new is known as ours.
                _put_manifest(directory, ours | tree.keys())
            _rename_all(directory, changed)
            for path in gone:
                _remove(directory, path)
            if changed or gone or not (directory / MANIFEST).exists():
                _put_manifest(directory, tree.keys())
        finally:
            _discard(directory / STAGING)
        return Replaced(files=tuple(tree), written=tuple(changed), removed=tuple(gone))


def write_files(directory: Path, tree: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write loose files, for one person to look at: no manifest, nothing removed."""
    with _translated(directory):
        for path, content in tree.items():
            _write(directory / path, content)
    return tuple(directory / path for path in tree)


def _ours(directory: Path) -> set[str]:
    try:
        listed = json.loads((directory / MANIFEST).read_bytes())["files"]
    except FileNotFoundError:
        return set()
    except (ValueError, KeyError, TypeError) as error:
        raise OutputFailed(
            "output_manifest_broken", path=str(directory / MANIFEST), cause=str(error)
        ) from error
    return {path for path in listed if isinstance(path, str) and _inside(path)}


def _inside(path: str) -> bool:
    """The manifest lies where others may write: it must not lead out of the directory."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts


def _require_ours(directory: Path, paths: Iterable[str]) -> None:
    for path in paths:
        if (directory / path).exists() or (directory / path).is_symlink():
            raise OutputFailed("output_not_ours", path=str(directory / path))


def _holds(path: Path, content: bytes | Kept) -> bool:
    try:
        if isinstance(content, Kept):
            if path.is_symlink() or path.stat().st_size != content.length:
                return False
            return hashlib.sha256(path.read_bytes()).hexdigest() == content.digest
        return not path.is_symlink() and path.read_bytes() == content
    except (FileNotFoundError, NotADirectoryError):
        return False


def _put_manifest(directory: Path, files: Iterable[str]) -> None:
    content = json.dumps({"files": sorted(files)}, ensure_ascii=False, indent=1) + "\n"
    staged = directory / STAGING / MANIFEST
    _write(staged, content.encode())
    staged.replace(directory / MANIFEST)
    _sync_folder(directory)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not tempfile: its files are for their owner alone, and a web server is somebody else.
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _rename_all(directory: Path, paths: Iterable[str]) -> None:
    folders: dict[Path, None] = {}
    for path in paths:
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (directory / STAGING / path).replace(target)
        folders[target.parent] = None
        folders[target.parent.parent] = None
    for folder in folders:
        _sync_folder(folder)


def _remove(directory: Path, path: str) -> None:
    (directory / path).unlink(missing_ok=True)
    folder = (directory / path).parent
    while folder != directory and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """A rename is only on the disk when its folder is."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _discard(staging: Path) -> None:
    if staging.exists():
        shutil.rmtree(staging)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputFailed(path=str(error.filename or path), cause=error.strerror or str(error)) from error
