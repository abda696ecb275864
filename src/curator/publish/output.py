"""The public folder, replaced so that a reader, or a crash at any moment, finds the old or the new.

All changed files are first written and synced beside the others, on the same
file system: a full disk is noticed while everything old is still whole. Then
what is replaced is kept under its digest, and the new files are renamed one by
one, in the caller's order: what is linked to goes before what links to it.
The manifest, which says what lies there, is swapped last. Whoever reads by the
manifest (`curator serve`) never sees old and new together; who reads the files
themselves (a web server) sees each whole.

Files that the manifest does not name are not ours: they are never overwritten
or removed. Links are never followed.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from stat import S_ISLNK, S_ISREG

import msgspec

from curator.errors import OutputFailed
from curator.publish.documents import Document
from curator.publish.manifest import (
    BEFORE,
    MANIFEST,
    Encoded,
    File,
    Manifest,
    encode,
    is_inside,
    load,
)
from curator.publish.packing import ENDINGS, packed
from curator.syncing import sync

STAGING = ".curator-staging"
COMING = ".curator-coming.json"
LOCK = ".curator-lock"
_SECOND = 1_000_000_000  # in nanoseconds

Making = Callable[[Sequence[Document]], Iterable[tuple[Document, bytes]]]
"""What makes the bytes of those documents that need it, in whatever order it likes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """Paths below the directory. `written` and `removed` are those that were not as they should be."""

    manifest: Manifest
    written: tuple[str, ...]
    removed: tuple[str, ...]


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
    directory: Path, wanted: Iterable[Document], *, make: Making, now: datetime, older: Sequence[str] = ()
) -> Replaced:
    """Make the directory hold exactly what is wanted, as far as its files are ours.

    What would be made of what it was made of before, and lies there, is not
    made again; a file that is right is not touched, its times included.
    `older`: folders that may have a manifest of their own, from 0.1.
    """
    with _translated(directory):
        directory.mkdir(parents=True, exist_ok=True)
        _discard(directory / STAGING)
        known = load(directory, older=older)
        with _opened(directory) as opened:
            replacement = _Replacement(directory, opened, known=known, now=now)
            try:
                replacement.stage(tuple(wanted), make)
                replacement.put_in_place(older)
            finally:
                _discard(directory / STAGING)
        return replacement.outcome


def write_files(directory: Path, tree: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Write loose files, for one person to look at: no manifest, nothing removed."""
    with _translated(directory):
        for path, content in tree.items():
            _write(directory / path, content)
    return tuple(directory / path for path in tree)


class _Replacement:
    """One publish's way: every form of a file (itself, and packed) goes it by its own path."""

    def __init__(self, directory: Path, opened: int, *, known: Manifest, now: datetime) -> None:
        self._directory, self._known = directory, known
        self._staging = directory / STAGING
        self._now = int(now.timestamp()) * _SECOND  # HTTP's Last-Modified knows whole seconds
        self._before = _forms(known.files)
        self._disk = _Disk(directory, opened, self._before)
        self._ours = self._before.keys() | _coming(directory)
        self._files: dict[str, File] = {}
        self._staged: dict[str, None] = {}
        self._written: tuple[str, ...] = ()
        self._gone: list[str] = []

    @property
    def outcome(self) -> Replaced:
        return Replaced(
            manifest=Manifest(files=self._files),
            written=self._written,
            removed=tuple(path for path in self._gone if path in self._known.files),
        )

    # ── before anything that readers have is touched ──

    def stage(self, wanted: Sequence[Document], make: Making) -> None:
        """Write what is new beside everything else."""
        known = self._known.files
        right: dict[str, File] = {}
        to_make: list[Document] = []
        for document in wanted:
            found = known.get(document.path)
            if found is not None and self._is_right(document, found):
                right[document.path] = found
            else:
                to_make.append(document)
        self._require_ours(to_make)
        self._empty_before()
        made = {document.path: self._stage(document, content) for document, content in make(to_make)}
        self._files = {document.path: right.get(document.path) or made[document.path] for document in wanted}
        self._written = tuple(
            document.path
            for document in to_make
            if document.path in self._staged or self._packed_anew(document.path, made[document.path])
        )
        self._gone = sorted(self._ours - _forms(self._files).keys())

    def _is_right(self, document: Document, found: File) -> bool:
        return (
            found.inputs == document.inputs
            and found.gone is document.gone
            and self._disk.holds(document.path, found)
            and all(
                self._disk.holds(document.path + ENDINGS[encoding], form)
                for encoding, form in found.encodings.items()
            )
        )

    def _require_ours(self, documents: Iterable[Document]) -> None:
        for document in documents:
            endings = ("", *ENDINGS.values()) if document.packed else ("",)
            for form in (document.path + ending for ending in endings):
                if link := self._disk.link_above(form):
                    raise OutputFailed("output_folder_linked", path=str(self._directory / link))
                if form not in self._ours and self._disk.has(form):
                    raise OutputFailed("output_not_ours", path=str(self._directory / form))

    def _stage(self, document: Document, content: bytes) -> File:
        file = self._stage_form(document.path, content)
        encodings = {
            encoding: self._stage_form(document.path + ENDINGS[encoding], small)
            for encoding, small in (packed(content) if document.packed else {}).items()
        }
        return File(
            digest=file.digest,
            length=file.length,
            inputs=document.inputs,
            gone=document.gone,
            encodings=encodings,
        )

    def _stage_form(self, path: str, content: bytes) -> Encoded:
        form = Encoded(hashlib.sha256(content).hexdigest(), len(content))
        if not self._disk.holds(path, form):
            _write(self._staging / path, content, at=max(self._now, self._disk.after(path)))
            self._staged[path] = None
        return form

    def _packed_anew(self, path: str, file: File) -> bool:
        return any(path + ENDINGS[encoding] in self._staged for encoding in file.encodings)

    def _empty_before(self) -> None:
        """What the publish before this one replaced: by now nobody goes by the manifest that names it.

        But where that publish was killed, some of it is what the manifest on the disk still names.
        """
        folder = self._directory / BEFORE
        if not folder.is_dir() or folder.is_symlink():
            return
        kept = {file.name for file in folder.iterdir()}
        if not kept:
            return
        needed = {
            form.digest
            for path, form in self._before.items()
            if form.digest in kept and not self._disk.holds(path, form)
        }
        for digest in kept - needed:
            (folder / digest).unlink()

    # ── the old goes, the new comes ──

    def put_in_place(self, older: Sequence[str]) -> None:
        manifest = encode(Manifest(files=self._files))
        if not (self._staged or self._gone) and self._is_said(manifest):
            return
        _write(self._staging / MANIFEST, manifest)
        _write(self._staging / COMING, msgspec.json.encode(sorted({*self._staged, *self._gone})))
        sync(self._directory, [self._staging / path for path in (*self._staged, MANIFEST, COMING)])
        folders: dict[Path, None] = {}
        self._rename(COMING, folders)  # after a crash in between, what is new is known as ours
        sync(self._directory, folders)
        self._keep_before()
        for path in self._in_order():
            self._rename(path, folders)
        for path in self._gone:
            self._remove(path, folders)
        sync(self._directory, [folder for folder in folders if folder.is_dir()])
        self._rename(MANIFEST, folders)
        sync(self._directory, [self._directory])
        (self._directory / COMING).unlink()
        for folder in older:
            (self._directory / folder / MANIFEST).unlink(missing_ok=True)
        if self._takes_back():
            _discard(self._directory / BEFORE)

    def _takes_back(self) -> bool:
        """What must not be read any more is not kept either: a server finds the new manifest then."""
        known = self._known.files
        return bool(self._gone) or any(
            file.gone and not (path in known and known[path].gone) for path, file in self._files.items()
        )

    def _is_said(self, manifest: bytes) -> bool:
        """A file that is younger than the manifest had to be read: written again, the manifest is younger."""
        try:
            return (self._directory / MANIFEST).read_bytes() == manifest and not self._disk.doubted
        except FileNotFoundError:
            return False

    def _in_order(self) -> Iterator[str]:
        """As the caller wants the files to come; a file's packed forms right before it."""
        for path, file in self._files.items():
            for form in (*(path + ENDINGS[encoding] for encoding in file.encodings), path):
                if form in self._staged:
                    yield form

    def _keep_before(self) -> None:
        """A second name for what is replaced: whoever still goes by the old manifest finds it there."""
        leaving = [
            (path, form)
            for path in (*self._staged, *self._gone)
            if (form := self._before.get(path)) and form.digest and self._disk.holds(path, form)
        ]
        if not leaving:
            return
        folder = self._directory / BEFORE
        folder.mkdir(exist_ok=True)
        if folder.is_symlink():
            raise OutputFailed("output_folder_linked", path=str(folder))
        for path, form in leaving:
            _name_again(self._directory / path, folder / form.digest)
        sync(self._directory, [folder])

    def _rename(self, path: str, folders: dict[Path, None]) -> None:
        target = self._directory / path
        staged = self._staging / path
        try:
            staged.replace(target)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            staged.replace(target)
        folders[target.parent] = None
        if target.parent != self._directory:
            folders[target.parent.parent] = None

    def _remove(self, path: str, folders: dict[Path, None]) -> None:
        (self._directory / path).unlink(missing_ok=True)
        folder = (self._directory / path).parent
        while folder != self._directory and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
            folder = folder.parent
        folders[folder] = None


Form = File | Encoded


def _forms(files: Mapping[str, File]) -> dict[str, Form]:
    """Every path that lies there, with what is in it."""
    forms: dict[str, Form] = dict(files)
    for path, file in files.items():
        for encoding, form in file.encodings.items():
            if encoding in ENDINGS:
                forms[path + ENDINGS[encoding]] = form
    return forms


def _coming(directory: Path) -> set[str]:
    """What a publish that was killed may have put there before its manifest could say so."""
    try:
        listed = msgspec.json.decode((directory / COMING).read_bytes(), type=list[str])
    except FileNotFoundError:
        return set()
    except msgspec.DecodeError as error:
        raise OutputFailed(
            "output_manifest_broken", path=str(directory / COMING), cause=str(error)
        ) from error
    return {path for path in listed if is_inside(path)}


# ── what lies there ──


class _Disk:
    """The files as they are. One that is older than the manifest is what that says; any other is read."""

    def __init__(self, directory: Path, opened: int, known: Mapping[str, Form]) -> None:
        self._directory, self._opened, self._known = directory, opened, known
        found = self._status(MANIFEST)
        self._since = found.st_ctime_ns if found else 0
        self._read: dict[str, str] = {}
        self._links: dict[str, bool] = {"": False}
        self.doubted = False

    def holds(self, path: str, form: Form) -> bool:
        """Whether exactly this lies there."""
        if self.linked(path) or (found := self._status(path)) is None:
            return False
        if found.st_size != form.length or not S_ISREG(found.st_mode):
            return False
        known = self._known.get(path)
        if known and known.digest and known.length == form.length and found.st_ctime_ns < self._since:
            return known.digest == form.digest
        return self._digest(path) == form.digest

    def has(self, path: str) -> bool:
        return self._status(path) is not None

    def after(self, path: str) -> int:
        """The first time, in HTTP's whole seconds, that tells another file from what lies there; else 0.

        `now` may be the same, or less: two publishes within a second, or one that waited for the other.
        """
        found = self._status(path)
        return (found.st_mtime_ns // _SECOND + 1) * _SECOND if found else 0

    def linked(self, path: str) -> bool:
        """Whether a folder on the way is a link: what is behind it is somebody else's."""
        folder = path.rpartition("/")[0]
        if (found := self._links.get(folder)) is None:
            status = self._status(folder)
            found = self.linked(folder) or (status is not None and S_ISLNK(status.st_mode))
            self._links[folder] = found
        return found

    def link_above(self, path: str) -> str | None:
        """Which folder on the way is the link."""
        folder = path.rpartition("/")[0]
        if not self.linked(path):
            return None
        return (self.link_above(folder) or folder) if folder else None

    def _digest(self, path: str) -> str:
        if path not in self._read:
            with (self._directory / path).open("rb") as file:
                self._read[path] = hashlib.file_digest(file, "sha256").hexdigest()
            known = self._known.get(path)
            self.doubted = self.doubted or (known is not None and known.digest == self._read[path])
        return self._read[path]

    def _status(self, path: str) -> os.stat_result | None:
        try:
            return os.stat(path, dir_fd=self._opened, follow_symlinks=False)
        except (FileNotFoundError, NotADirectoryError):
            return None


@contextmanager
def _opened(directory: Path) -> Iterator[int]:
    opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield opened
    finally:
        os.close(opened)


def _write(path: Path, content: bytes, *, at: int | None = None) -> None:
    """`at`: when it was last changed, for those who ask; nanoseconds."""
    # Not tempfile: its files are for their owner alone, and a web server is somebody else.
    try:
        opened = path.open("wb")
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("wb")
    with opened as file:
        file.write(content)
        if at is not None:
            file.flush()  # later it would count as another change
            os.utime(file.fileno(), ns=(at, at))


def _name_again(path: Path, name: Path) -> None:
    with suppress(FileExistsError):
        try:
            name.hardlink_to(path)
        except OSError as error:
            if error.errno not in _NO_SECOND_NAME:
                raise
            shutil.copy2(path, name)


_NO_SECOND_NAME = {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}  # not every file system has links


def _discard(staging: Path) -> None:
    if staging.exists():
        shutil.rmtree(staging)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputFailed(path=str(error.filename or path), cause=error.strerror or str(error)) from error
