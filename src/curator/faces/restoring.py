"""A newsroom back from a backup: its database, its settings and keys; held until somebody has looked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from pathlib import Path
from urllib.parse import quote

from curator.errors import BadSettings, CuratorError, DatabaseUnusable, NewsroomError, Refused
from curator.faces import keepsakes
from curator.settings import Settings, load_settings
from curator.settings.given import PREFIX
from curator.store import Store, restoring
from curator.store.archive import Archive, opened
from curator.store.backup import back_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """`kept`: where that is now in whose place it came. `outside`: what the archive could not hold."""

    rows: Mapping[str, int]
    files: tuple[str, ...]
    schema: str
    made_at: datetime
    kept: tuple[str, ...]
    outside: tuple[str, ...]


def restore_newsroom(
    file: Path, folder: Path, *, environ: Mapping[str, str], program: str, now: datetime, force: bool
) -> Restored:
    """Everything that can be refused is refused before anything is changed.

    Killed at any moment it leaves the old newsroom, or one that is held and says that it is
    unfinished; called again, it does all of it again.
    """
    with opened(file) as archive:
        restoring.require_known(archive)
        try:
            return _restore(archive, folder, environ=environ, program=program, now=now, force=force)
        except OSError as error:
            path = str(error.filename or folder)
            raise NewsroomError("newsroom_not_writable", path=path, cause=error.strerror) from error


def _restore(
    archive: Archive, folder: Path, *, environ: Mapping[str, str], program: str, now: datetime, force: bool
) -> Restored:
    settings, is_named = _settings_of(archive, folder, environ)
    with closing(Store(settings.database.url, busy_timeout=settings.database.busy_timeout)) as store:
        _require_own_database(archive, settings, store.path, environ)
        taken = _files_of(store)
        keepsakes.require_places(archive, folder, taken=taken, is_named=is_named)
        keepsakes.make_private(folder / "data")
        kept = list(_keep(store, folder, environ=environ, program=program, now=now, force=force))
        rows = restoring.restore(store, archive, now=now)
        put, replaced = keepsakes.put_back(archive, folder, taken=taken, now=now)
        restoring.finish(store)
    keepsakes.let_go_of_old(folder, now=now, but=archive.path)
    return Restored(
        rows=rows,
        files=tuple(put),
        schema=archive.manifest.schema,
        made_at=archive.manifest.made_at,
        kept=(*kept, *replaced),
        outside=archive.manifest.outside,
    )


def _settings_of(
    archive: Archive, folder: Path, environ: Mapping[str, str]
) -> tuple[Settings, Callable[[str], bool]]:
    """What the archive's own settings say, as they would stand in this folder; and which files they name."""
    with tempfile.TemporaryDirectory() as trial:
        staged = Path(trial).resolve()
        for name in archive.files:
            if name.startswith("config/"):
                (staged / name).parent.mkdir(parents=True, exist_ok=True)
                (staged / name).write_bytes(archive.content(name))
        if not (staged / keepsakes.SETTINGS).is_file():
            settings = load_settings(folder, environ)
            return settings, keepsakes.named_in(settings)
        settings = _loaded(archive, staged, environ)
        here, there = (f"sqlite:///{quote(str(each))}/" for each in (staged, folder.absolute()))
        url = settings.database.url.replace(here, there, 1)
        here_now = replace(settings, newsroom=folder, database=replace(settings.database, url=url))
        return here_now, keepsakes.named_in(settings)


def _loaded(archive: Archive, staged: Path, environ: Mapping[str, str]) -> Settings:
    """An error names the file in the archive, not where it was unpacked for a moment."""
    try:
        return load_settings(staged, environ)
    except BadSettings as error:
        data = {
            name: value.replace(str(staged), str(archive.path)) if isinstance(value, str) else value
            for name, value in error.data.items()
        }
        raise BadSettings(error.reason, **data) from error


def _require_own_database(
    archive: Archive, settings: Settings, path: Path | None, environ: Mapping[str, str]
) -> None:
    """A file elsewhere is not for an archive to choose: it is this one's already, or a variable names it."""
    if path is None or path.resolve().is_relative_to(settings.newsroom.resolve()):
        return
    with suppress(CuratorError):
        if load_settings(settings.newsroom, environ).database.url == settings.database.url:
            return
    if not environ.get(f"{PREFIX}DATABASE__URL"):
        raise Refused("restore_database_elsewhere", path=str(archive.path), database=str(path))


def _files_of(store: Store) -> list[Path]:
    if store.path is None:
        return []
    home = store.path.parent.resolve()
    return [home / f"{store.path.name}{end}" for end in ("", "-wal", "-shm", "-journal")]


def _keep(
    store: Store, folder: Path, *, environ: Mapping[str, str], program: str, now: datetime, force: bool
) -> Iterator[str]:
    """Put by what is there, where there is something; refused without `force`."""
    aside = keepsakes.aside(folder, now=now)
    try:
        if not restoring.has_content(store) or restoring.is_unfinished(store):
            return
    except DatabaseUnusable:
        if store.path is None or not force:
            raise
        yield from _move_aside(store, folder, aside)
        return
    if not force:
        raise Refused("restore_into_content", url=store.shown_url)
    target = _free(aside)
    files = _files_of_present(folder, environ, now)
    back_up(store, target, files=files, program=program, now=now, overwrite=False)
    yield str(target.relative_to(folder))


def _free(aside: Path) -> Path:
    """What was saved is never saved over, however soon the next restore comes."""
    names = (f"{aside.name}{'' if number == 1 else f'-{number}'}.zip" for number in count(1))
    return next(path for path in map(aside.with_name, names) if not path.exists())


def _move_aside(store: Store, folder: Path, aside: Path) -> Iterator[str]:
    """A damaged database, of which no backup can be made: as it is."""
    keepsakes.make_private(aside)
    store.close()
    for path in _files_of(store):
        if path.exists():
            path.replace(aside / path.name)
            yield str((aside / path.name).relative_to(folder))


def _files_of_present(folder: Path, environ: Mapping[str, str], now: datetime) -> dict[str, Path]:
    try:
        return keepsakes.precious(load_settings(folder, environ), now=now)
    except CuratorError:
        return keepsakes.precious_without_settings(folder)
