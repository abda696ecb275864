"""What no database holds and no command can make again: the files of a backup, and where they go back to."""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import count
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from curator import __version__
from curator.bootstrap import KEY_FILE
from curator.errors import BadInput, DatabaseMissing, Refused, StoreError
from curator.publish import journal
from curator.store.backup import back_up, clear_unfinished
from curator.store.tables import SCHEMA_HEAD
from curator.syncing import sync_one

if TYPE_CHECKING:
    from curator.bootstrap import Newsroom
    from curator.settings import Settings
    from curator.store.archive import Archive

SETTINGS = "config/curator.toml"
RESTORING = ".restoring-"
RECORDS = (journal.BEFORE, journal.FILE)
"""Only ever added to. In an archive each bears the instant in its name, and is put beside what is there."""
DRAFTS = "data/drafts"
STAMP = r"\d{8}T\d{6}Z"
KEPT = 3
"""Of what was saved before a restore or an upgrade, each kind; and none goes before its thirty days."""
KEPT_FOR = timedelta(days=30)


def precious(settings: Settings, *, now: datetime) -> dict[str, Path]:
    """By its name in the archive. Outputs are not among them: `publish` makes them anew."""
    folder = settings.newsroom
    found = {name: folder / name for name in _below(folder, _everywhere(folder))}
    also = [*_named(settings), *_templates(settings)]
    found |= {name: path for path in also for name in _below(folder, [path]) if not _is_hidden(name)}
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
        let_go_of_old(newsroom.folder, now=now)
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
    held = {path for path in named for name in _below(folder, [path]) if not _is_hidden(name)}
    return sorted({str(path) for path in named if path.is_file() and path not in held})


def named_in(settings: Settings) -> Callable[[str], bool]:
    """Whether a backup that was made with these settings may hold a file of that name."""
    folder = settings.newsroom
    files = {str(path.relative_to(folder)) for path in _named(settings) if path.is_relative_to(folder)}
    templates = PurePosixPath(os.path.normpath(settings.publish.templates))

    def is_named(name: str) -> bool:
        if name.startswith(("config/", f"{DRAFTS}/")) or name == KEY_FILE or _is_record(name):
            return True
        return not _is_hidden(name) and (name in files or templates in PurePosixPath(name).parents)

    return is_named


def _is_record(name: str) -> bool:
    """`data/journal…`, `data/erasures…`, and a file in a folder `data/journal.…`."""
    return re.fullmatch(r"data/((journal|erasures)[^/]*|journal\.[^/]+/[^/]+)", name) is not None


def _is_hidden(name: str) -> bool:
    """What shells and other programs read by themselves: no archive may bring it, so none holds it."""
    return not name.startswith("config/") and any(part.startswith(".") for part in name.split("/"))


def let_go_of_old(folder: Path, *, now: datetime, but: Path | None = None) -> None:
    """What was saved before restores and upgrades holds people who are erased since: it does not stay."""
    clear_unfinished(folder / "data")
    for kind in (
        rf"before-restore-({STAMP})(-\d+)?\.zip",
        rf"before-restore-({STAMP})",
        rf"before-\d{{4}}-({STAMP})\.zip",
    ):
        found = {path: re.fullmatch(kind, path.name) for path in (folder / "data").glob("before-*")}
        newest = sorted(
            ((said[1], path.stat().st_mtime_ns, path) for path, said in found.items() if said), reverse=True
        )
        for stamp, _, path in newest[KEPT:]:
            made = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            if now - made > KEPT_FOR and path != but:
                _remove(path)


def _remove(path: Path) -> None:
    with suppress(OSError):  # the next one takes it away
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


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
    for each in {(folder / name).parent for name in archive.files}:
        clear_half_written(each)
    for name in sorted(archive.files, key=lambda name: (name != SETTINGS, name)):
        target = _place(archive, folder, name, taken)
        if target is None or (target.is_file() and _is_same(archive, name, target)):
            continue
        if target.exists():
            kept.append(_set_aside(target, folder, now=now))
        with archive.stream(name) as content:
            _write(target, content, mode=archive.mode(name) if name.startswith("config/") else 0o600)
        put.append(str(target.relative_to(folder)))
    return put, kept


def require_places(
    archive: Archive, folder: Path, *, taken: Collection[Path], is_named: Callable[[str], bool]
) -> None:
    """Refused before anything is changed: a file that would leave the newsroom, land on its database, or be
    something else than what backups hold."""
    for name in archive.files:
        _place(archive, folder, name, taken)
        if not is_named(name):
            raise Refused("restore_unnamed", path=str(archive.path), name=name)


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
    above = [each for each in target.parents if each.is_relative_to(folder)]
    if blocked := next((each for each in above if each.exists() and not each.is_dir()), None):
        raise Refused("restore_in_the_way", name=name, place=str(blocked))
    if target.exists() and not target.is_file():
        raise Refused("restore_in_the_way", name=name, place=str(target))
    return _beside(archive, target, name) if _is_record(name) else target


def _beside(archive: Archive, target: Path, name: str) -> Path | None:
    if name in RECORDS:  # no backup of ours calls it so
        target = target.with_name(f"{target.name}.{archive.manifest.made_at:%Y%m%dT%H%M%SZ}")
    if target.parent.is_dir():
        base = re.sub(rf"\.{STAMP}.*", "", target.name)
        there = [each for each in sorted(target.parent.iterdir()) if each.name.startswith(base)]
        if any(each.is_file() and _is_begun_by(archive, name, each) for each in there):
            return None
    names = (f"{target.name}{f'.{number}' if number else ''}" for number in count())
    return next(path for path in map(target.with_name, names) if not path.exists())


def _is_same(archive: Archive, name: str, path: Path) -> bool:
    return path.stat().st_size == archive.size(name) and _is_begun_by(archive, name, path)


def _is_begun_by(archive: Archive, name: str, path: Path) -> bool:
    """Whether the file holds all of the member already, and more perhaps: records are only added to."""
    if path.stat().st_size < archive.size(name):
        return False
    with archive.stream(name) as said, path.open("rb") as there:
        while piece := said.read(2**20):
            if there.read(len(piece)) != piece:
                return False
    return True


def _set_aside(target: Path, folder: Path, *, now: datetime) -> str:
    kept = aside(folder, now=now) / target.relative_to(folder)
    make_private(kept.parent)
    if not kept.exists():  # of two tries, the first has found what was there
        _write(kept, BytesIO(target.read_bytes()), mode=0o600)
    return str(kept.relative_to(folder))


def make_private(folder: Path) -> None:
    """For its owner alone, as all of data/ is."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def clear_half_written(folder: Path) -> None:
    """What a restore that was killed had begun to write."""
    for path in folder.glob(f"{RESTORING}*"):
        _remove(path)


def _write(path: Path, content: IO[bytes], *, mode: int) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(mode=0o700 if path.parent.name != "config" else 0o755, parents=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=RESTORING, delete=False) as new:
        shutil.copyfileobj(content, new, 2**20)
        new.flush()
        os.fchmod(new.fileno(), mode)
        os.fsync(new.fileno())
    Path(new.name).replace(path)
    sync_one(path.parent)
