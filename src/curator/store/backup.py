"""A newsroom in one file: every row of one moment as JSON lines, and the files that no database holds.

The same archive from both engines, read in one transaction while everything
goes on: SQLite's WAL and PostgreSQL's REPEATABLE READ show it one moment.
"""

from __future__ import annotations

import base64
import json
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import LargeBinary, Table, select

from curator.errors import BadInput, Refused
from curator.store.database import Store, Transaction
from curator.store.tables import SCHEMA_HEAD, metadata

FORMAT = 1
"""Counts up when an archive of today could no longer be read by its own rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    path: Path
    rows: Mapping[str, int]
    files: tuple[str, ...]
    size: int


def back_up(
    store: Store, target: Path, *, files: Mapping[str, Path], program: str, now: datetime, overwrite: bool
) -> Backup:
    """Write the archive whole or not at all. `files`: name in the archive → what to put there.

    It holds addresses and the secret key: only its owner may read it.
    """
    store.require_schema()
    if target.exists() and not overwrite:
        raise Refused("backup_exists", path=str(target))
    if not target.parent.is_dir():
        raise BadInput("folder_missing", path=str(target.parent))
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        with _private(unfinished) as raw:
            rows = _write(raw, store, files, program=program, now=now)
            raw.flush()
            os.fsync(raw.fileno())
            size = raw.tell()
        unfinished.replace(target)
        _fsync_folder(target.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return Backup(path=target, rows=rows, files=tuple(files), size=size)


def _write(
    raw: IO[bytes], store: Store, files: Mapping[str, Path], *, program: str, now: datetime
) -> dict[str, int]:
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        with store.read() as tx:
            rows = {table.name: _write_table(archive, tx, table) for table in metadata.sorted_tables}
        for name, path in files.items():
            archive.write(path, name)
        manifest = {
            "format": FORMAT,
            "program": program,
            "schema": SCHEMA_HEAD,
            "made_at": now.astimezone(UTC).isoformat(),
            "rows": rows,
        }
        archive.writestr("manifest.json", json.dumps(manifest, indent=2) + "\n")
    return rows


def _write_table(archive: zipfile.ZipFile, tx: Transaction, table: Table) -> int:
    count = 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as lines:
        for row in _rows(tx, table):
            lines.write(json.dumps(row, ensure_ascii=False, default=_plain).encode() + b"\n")
            count += 1
    return count


def _rows(tx: Transaction, table: Table) -> Iterator[dict[str, Any]]:
    query = select(table).order_by(*table.primary_key.columns)
    heavy = any(isinstance(column.type, LargeBinary) for column in table.columns)  # pictures, pushes
    with tx.connection.execution_options(yield_per=5 if heavy else 500).execute(query) as result:
        for row in result.mappings():
            yield dict(row)


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat()
        case bytes():
            return {"base64": base64.b64encode(value).decode("ascii")}
        case _:
            raise TypeError(f"{type(value).__name__} in a column: say here how it is written")


def _private(path: Path) -> IO[bytes]:
    owner_only: Callable[[str, int], int] = lambda name, flags: os.open(name, flags, 0o600)  # noqa: E731 - open()'s own word for it
    return open(path, "xb", opener=owner_only)


def _fsync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
