"""A newsroom in one file: every row of one moment as JSON lines, and the files that no database holds.

The same archive from both engines, read in one transaction while everything
goes on: SQLite's WAL and PostgreSQL's REPEATABLE READ show it one moment. Its
tables are those that the database has: one of an older program is saved as it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from sqlalchemy import Connection

from curator.errors import BadInput, Refused, SchemaMismatch, StoreError
from curator.store import carrying
from curator.store.archive import FORMAT, MANIFEST, is_suspect, table_member
from curator.store.database import Store
from curator.store.tables import SCHEMA_HEAD
from curator.syncing import sync_one

LAST = "last_backup_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    path: Path
    schema: str
    made_at: datetime
    rows: Mapping[str, int]
    files: tuple[str, ...]
    outside: tuple[str, ...]
    size: int


def back_up(
    store: Store,
    target: Path,
    *,
    files: Mapping[str, Path],
    program: str,
    now: datetime,
    overwrite: bool,
    outside: Collection[str] = (),
) -> Backup:
    """Write the archive whole or not at all. `files`: name in the archive → what to put there.

    It holds addresses and the secret key: only its owner may read it. `outside`: what a newsroom
    needs as well, and whoever restores it has to bring.
    """
    store.require_file()
    if target.exists() and not overwrite:
        raise Refused("backup_exists", path=str(target))
    if not target.parent.is_dir():
        raise BadInput("folder_missing", path=str(target.parent))
    clear_unfinished(target.parent)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        with _private(unfinished) as raw:
            fcntl.flock(raw, fcntl.LOCK_EX)
            archive = _Writing(raw, files, outside=tuple(outside), program=program, now=now)
            archive.write(store)
            raw.flush()
            os.fsync(raw.fileno())
            size = raw.tell()
        unfinished.replace(target)
        sync_one(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    _record(store, archive.schema, now)
    return Backup(
        path=target,
        schema=archive.schema,
        made_at=now,
        rows=archive.rows,
        files=archive.files,
        outside=tuple(outside),
        size=size,
    )


def clear_unfinished(folder: Path) -> None:
    """Take away what a backup left that was killed: all addresses are in it, and nobody would look for it.

    Who is writing one has it locked, in whatever container.
    """
    for path in folder.glob(".*.zip.*.unfinished"):
        if re.fullmatch(r"\..+\.zip\.\d+\.unfinished", path.name):
            with suppress(OSError), path.open("rb") as left:
                fcntl.flock(left, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def _record(store: Store, schema: str, now: datetime) -> None:
    """When the last one was made. The archive is whole, even if the database takes no word of it."""
    if schema == SCHEMA_HEAD:
        with suppress(StoreError), store.begin(although_moved=True) as tx:
            tx.meta.set(LAST, now.astimezone(UTC).isoformat())


class _Writing:
    """An archive while it is written; what has gone into it is counted and summed for the manifest."""

    def __init__(
        self,
        raw: IO[bytes],
        files: Mapping[str, Path],
        *,
        outside: tuple[str, ...],
        program: str,
        now: datetime,
    ) -> None:
        self.schema = ""
        self.rows: dict[str, int] = {}
        self._raw = raw
        self._wanted = files
        self._outside = outside
        self._program = program
        self._now = now
        self._sums: dict[str, str] = {}

    @property
    def files(self) -> tuple[str, ...]:
        """Those that were there when their turn came."""
        return tuple(name for name in self._sums if name in self._wanted)

    def write(self, store: Store) -> None:
        with zipfile.ZipFile(self._raw, "w", zipfile.ZIP_DEFLATED) as archive:
            with store.read() as tx:
                counters = self._tables(archive, tx.connection, store)
            for name, path in self._wanted.items():
                with suppress(FileNotFoundError), path.open("rb") as source:  # a draft that was just ended
                    self._file(archive, name, path, source)
            _require_readable(archive)
            manifest = {
                "format": FORMAT,
                "program": self._program,
                "schema": self.schema,
                "made_at": self._now.astimezone(UTC).isoformat(),
                "rows": self.rows,
                "counters": counters,
                "sums": self._sums,
                "outside": self._outside,
            }
            archive.writestr(MANIFEST, json.dumps(manifest, indent=2) + "\n")

    def _file(self, archive: zipfile.ZipFile, name: str, path: Path, source: IO[bytes]) -> None:
        member = zipfile.ZipInfo.from_file(path, name, strict_timestamps=False)
        member.compress_type = zipfile.ZIP_DEFLATED
        sum_ = hashlib.sha256()
        with archive.open(member, "w", force_zip64=True) as into:
            while piece := source.read(2**20):
                into.write(piece)
                sum_.update(piece)
        self._sums[name] = sum_.hexdigest()

    def _tables(self, archive: zipfile.ZipFile, connection: Connection, store: Store) -> dict[str, int]:
        found = store.schema_of(connection)
        if found is None:
            raise SchemaMismatch("schema_missing", found=None, wanted=SCHEMA_HEAD, url=store.shown_url)
        if found > SCHEMA_HEAD:
            raise SchemaMismatch("schema_newer", found=found, wanted=SCHEMA_HEAD, url=store.shown_url)
        self.schema = found
        tables = carrying.tables_of(connection)
        for table in tables:
            self._table(archive, table.name, carrying.rows(connection, table))
        return carrying.counters(connection, tables)

    def _table(self, archive: zipfile.ZipFile, name: str, rows: Iterable[carrying.Plain]) -> None:
        count, sum_ = 0, hashlib.sha256()
        with archive.open(table_member(name), "w", force_zip64=True) as lines:
            for row in rows:
                line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
                lines.write(line)
                sum_.update(line)
                count += 1
        self.rows[name] = count
        self._sums[table_member(name)] = sum_.hexdigest()


def _require_readable(archive: zipfile.ZipFile) -> None:
    """A backup that no restore would take is told today, and not on the day it is needed."""
    for member in archive.infolist():
        if is_suspect(member):
            raise Refused("backup_unreadable", name=member.filename, size=member.file_size)


def _private(path: Path) -> IO[bytes]:
    owner_only: Callable[[str, int], int] = lambda name, flags: os.open(name, flags, 0o600)  # noqa: E731 - open()'s own word for it
    return open(path, "xb", opener=owner_only)
