"""What no database holds and no command can make again: the files of a backup, and where they go back to."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from curator import __version__
from curator.bootstrap import KEY_FILE
from curator.errors import BadInput, DatabaseMissing, Refused, StoreError
from curator.publish import journal
from curator.store.backup import back_up
from curator.store.tables import SCHEMA_HEAD

if TYPE_CHECKING:
    from curator.bootstrap import Newsroom
    from curator.settings import Settings
    from curator.store.archive import Archive

SETTINGS = "config/curator.toml"
RECORDS = (journal.BEFORE, journal.FILE)
"""Only ever added to. In an archive each bears the instant in its name, and is put beside what is there."""
DRAFTS = "data/drafts"


def precious(settings: Settings, *, now: datetime) -> dict[str, Path]:
    """By its name in the archive. Outputs are not among them: `publish` makes them anew."""
    folder = settings.newsroom
    found = {name: folder / name for name in _below(folder, _everywhere(folder))}
    also = [*_named(settings), *_templates(settings)]
    found |= {name: path for path in also for name in _below(folder, [path])}
    return found | dict(journal.in_archive(settings, now=now))


def precious_without_settings(folder: Path) -> dict[str, Path]:
    """Where they cannot be read, and so not say what they name. What is only added to stays where it is."""
    return {name: folder / name for name in _below(folder, _everywhere(folder))}


def save_before_upgrade(newsroom: Newsroom, *, now: datetime) -> Path | None:
    """A backup of an older database, before anything in it is changed; None: there is nothing to upgrade."""
    from curator.store import schema

    store, folder = newsroom.store, newsroom.folder / "data"
    try:
        found = schema.current(store)
    except DatabaseMissing:
        return None
    if found is None or found == SCHEMA_HEAD or found not in schema.known():
        return None
    target = folder / f"before-{SCHEMA_HEAD}-{now:%Y%m%dT%H%M%SZ}.zip"
    files = precious(newsroom.settings, now=now)
    try:
        make_private(folder)
        back_up(store, target, files=files, program=__version__, now=now, overwrite=True)
    except OSError as error:
        raise Refused("upgrade_unsaved", path=str(target), cause=error.strerror) from error
    except StoreError as error:
        raise Refused(
            "upgrade_unsaved", path=str(target), cause=error.data.get("cause", error.reason)
        ) from error
    return target


def outside(settings: Settings) -> list[str]:
    """What settings name and a backup of this folder cannot hold."""
    folder = settings.newsroom
    named = [*_named(settings), *_templates(settings)]
    return sorted({str(path) for path in named if path.is_file() and not _below(folder, [path])})


def _everywhere(folder: Path) -> Iterator[Path]:
    for each in ("config", DRAFTS):
        yield from (path for path in sorted((folder / each).rglob("*")) if path.is_file())
    yield folder / KEY_FILE


def _below(folder: Path, paths: Iterable[Path]) -> list[str]:
    return [
        str(path.relative_to(folder))
        for path in paths
        if path.is_relative_to(folder) and ".." not in path.parts and path.is_file()
    ]


def _named(settings: Any) -> Iterator[Path]:
    """Keys and password files, wherever a setting names one."""
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Path) and field.name.endswith("_file"):
            yield value
        for each in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(each):
                yield from _named(each)


def _templates(settings: Settings) -> Iterator[Path]:
    folder = settings.newsroom / settings.publish.templates
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file())


# ── back to their places ──


def put_back(
    archive: Archive, folder: Path, *, taken: Collection[Path], now: datetime
) -> tuple[list[str], list[str]]:
    """Each file whole or not at all; what another stood in the place of is kept: the names of both.

    The settings come first: they say which database this newsroom has, and that one is held.
    `taken`: the database's own files.
    """
    put, kept = [], []
    for name in sorted(archive.files, key=lambda name: (name != SETTINGS, name)):
        target = _place(archive, folder, name, taken)
        content = archive.content(name)
        if target is None or (target.is_file() and target.read_bytes() == content):
            continue
        if target.exists():
            kept.append(_set_aside(target, folder, now=now))
        _write(target, content, mode=archive.mode(name) if name.startswith("config/") else 0o600)
        put.append(str(target.relative_to(folder)))
    return put, kept


def require_places(archive: Archive, folder: Path, *, taken: Collection[Path]) -> None:
    """Refused before anything is changed: a file that would leave the newsroom, or land on its database."""
    for name in archive.files:
        _place(archive, folder, name, taken)


def aside(folder: Path, *, now: datetime) -> Path:
    """Where what a restore replaces is kept."""
    return folder / "data" / f"before-restore-{now:%Y%m%dT%H%M%SZ}"


def _place(archive: Archive, folder: Path, name: str, taken: Collection[Path]) -> Path | None:
    """None: it is there already, under a name of its own."""
    target = folder / name
    home = target.parent.resolve()
    if not home.is_relative_to(folder.resolve()) or target.is_symlink():
        raise Refused("restore_outside", name=name, place=str(target.resolve()))
    if home / target.name in taken:
        raise BadInput("archive_unsafe", path=str(archive.path), name=name)
    if any(name.startswith(record) for record in RECORDS):
        return _beside(archive, target, name)
    return target


def _beside(archive: Archive, target: Path, name: str) -> Path | None:
    if name in RECORDS:  # no backup of ours calls it so
        target = target.with_name(f"{target.name}.{archive.manifest.made_at:%Y%m%dT%H%M%SZ}")
    content = archive.content(name)
    for number in count(1):
        if not target.exists():
            return target
        if target.read_bytes() == content:
            return None
        target = target.with_name(f"{target.name}.{number}")
    raise AssertionError


def _set_aside(target: Path, folder: Path, *, now: datetime) -> str:
    kept = aside(folder, now=now) / target.relative_to(folder)
    make_private(kept.parent)
    if not kept.exists():  # of two tries, the first has found what was there
        _write(kept, target.read_bytes(), mode=0o600)
    return str(kept.relative_to(folder))


def make_private(folder: Path) -> None:
    """For its owner alone, as all of data/ is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _write(path: Path, content: bytes, *, mode: int) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700 if path.parent.name != "config" else 0o755, parents=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".restoring-", delete=False) as new:
        new.write(content)
        new.flush()
        os.fchmod(new.fileno(), mode)
        os.fsync(new.fileno())
    Path(new.name).replace(path)
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
