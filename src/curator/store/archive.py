"""The format of a backup: a zip with every table as JSON lines, the newsroom's files, and its manifest last.

Whoever reads one trusts it no further than it has been checked: a zip can lie about where its files
belong, how large they are, and whether they are all there.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from curator.errors import BadInput

FORMAT = 2
"""Counts up when an archive of today could no longer be read by its own rules. 1 had no sums."""

MANIFEST = "manifest.json"
LONGEST_LINE = 256 * 2**20
"""Bytes of one row: a picture is far below."""
LARGEST_FILE = 64 * 2**20
"""Bytes of a setting, a key, a draft. A record is only ever added to, and may have grown for years."""
RECORDS = ("data/journal", "data/erasures")
STEEPEST = 300
"""Times that something may be larger than it is packed. Rows come to 30; a zip bomb begins at a thousand."""
UNSUSPECTED = 16 * 2**20
"""Bytes that any member may unpack to, however steep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`counters`: by table the last id given out. `sums`: SHA-256 by member. `outside`: what is not in it."""

    format: int
    program: str
    schema: str
    made_at: datetime
    rows: Mapping[str, int]
    counters: Mapping[str, int]
    sums: Mapping[str, str]
    outside: tuple[str, ...]


def table_member(name: str) -> str:
    return f"tables/{name}.jsonl"


@dataclass(frozen=True, slots=True)
class Archive:
    """One that is open, and was checked from its first byte to its last."""

    path: Path
    zipped: zipfile.ZipFile
    manifest: Manifest

    @property
    def files(self) -> tuple[str, ...]:
        """What it holds besides the database, relative to the newsroom."""
        return tuple(
            name for name in self.zipped.namelist() if name != MANIFEST and not name.startswith("tables/")
        )

    def content(self, file: str) -> bytes:
        return self.zipped.read(file)

    def size(self, file: str) -> int:
        return self.zipped.getinfo(file).file_size

    def stream(self, file: str) -> IO[bytes]:
        """What may be larger than memory; whoever asks closes it."""
        return self.zipped.open(file)

    def mode(self, file: str) -> int:
        """Who may read it: what the file had, and nobody else may write."""
        said = self.zipped.getinfo(file).external_attr >> 16 & 0o755
        return said | 0o600

    def rows(self, table: str) -> Iterator[dict[str, Any]]:
        with self.zipped.open(table_member(table)) as lines:
            for line in _lines(lines):
                yield _row(line)


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Refused where anything in it is not as it was written, before anybody has used a word of it."""
    try:
        with zipfile.ZipFile(path) as zipped:
            _require_harmless(path, zipped)
            manifest = _manifest(path, zipped)
            _require_whole(path, zipped, manifest)
            yield Archive(path, zipped, manifest)
    except FileNotFoundError as error:
        raise BadInput("archive_missing", path=str(path)) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise BadInput("archive_damaged", path=str(path), cause=str(error)) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:  # lines that are no rows
        raise BadInput("archive_damaged", path=str(path), cause=f"{type(error).__name__}: {error}") from error
    except OSError as error:
        raise BadInput("archive_unreadable", path=str(path), cause=error.strerror or str(error)) from error


def is_suspect(member: zipfile.ZipInfo) -> bool:
    """Whether a member unpacks to more than one of a newsroom does: no backup is made with it, or read."""
    most = max(UNSUSPECTED, STEEPEST * member.compress_size)
    grows = member.filename.startswith(("tables/", *RECORDS))
    return member.file_size > most or (not grows and member.file_size > LARGEST_FILE)


def _require_harmless(path: Path, zipped: zipfile.ZipFile) -> None:
    names = Counter(zipped.namelist())
    folders = {str(each) for name in names for each in PurePosixPath(name).parents}
    for member in zipped.infolist():
        name = member.filename
        if not _stays_below(member) or names[name] > 1 or name in folders:
            raise BadInput("archive_unsafe", path=str(path), name=name)
        if is_suspect(member):
            raise BadInput("archive_bomb", path=str(path), name=name, size=member.file_size)


def _stays_below(member: zipfile.ZipInfo) -> bool:
    """A plain file with a plain name, which stays in the folder it is put into on any system."""
    name = member.filename
    kind = stat.S_IFMT(member.external_attr >> 16)
    return (
        bool(name)
        and kind in (0, stat.S_IFREG)
        and not re.search(r"[\x00-\x1f\x7f\\:]", name)
        and not name.startswith("/")
        and not {"", ".", ".."} & set(name.split("/"))
        and str(PurePosixPath(name)) == name
    )


def _manifest(path: Path, zipped: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in zipped.namelist():
        raise BadInput("archive_without_manifest", path=str(path))
    said = json.loads(zipped.read(MANIFEST))
    _require_fields(said)
    if said["format"] > FORMAT:
        raise BadInput("archive_newer", path=str(path), found=said["format"], wanted=FORMAT)
    return Manifest(
        format=said["format"],
        program=str(said["program"]),
        schema=str(said["schema"]),
        made_at=datetime.fromisoformat(said["made_at"]),
        rows={str(name): int(count) for name, count in said["rows"].items()},
        counters={str(name): int(last) for name, last in said.get("counters", {}).items()},
        sums={str(name): str(sum_) for name, sum_ in said.get("sums", {}).items()},
        outside=tuple(map(str, said.get("outside", ()))),
    )


def _require_fields(said: Any) -> None:
    """What this program, or an earlier one, writes: an error where it is anything else."""
    if not isinstance(said, dict) or type(said.get("format")) is not int:
        raise TypeError(MANIFEST)
    for name in ("rows", "counters", "sums"):
        if not isinstance(said.get(name, {}), dict):
            raise TypeError(f"{MANIFEST}: {name}")
    if not isinstance(said.get("outside", []), list):
        raise TypeError(f"{MANIFEST}: outside")


def _require_whole(path: Path, zipped: zipfile.ZipFile, manifest: Manifest) -> None:
    """Every member is what was written (its CRC, and its sum where one was taken), and none is missing."""
    there = set(zipped.namelist()) - {MANIFEST}
    missing = {table_member(name) for name in manifest.rows} | set(manifest.sums)
    if missing - there:
        raise BadInput("archive_incomplete", path=str(path), name=min(missing - there))
    for name in sorted(there):
        lines, sum_ = _measured(zipped, name)
        counted = manifest.rows.get(name.removeprefix("tables/").removesuffix(".jsonl"))
        is_table = name.startswith("tables/")
        if is_table and lines != counted:
            raise BadInput("archive_miscounted", path=str(path), name=name, found=lines, wanted=counted or 0)
        if sum_ != manifest.sums.get(name, sum_ if manifest.format == 1 else None):
            raise BadInput("archive_damaged", path=str(path), cause=name)


def _measured(zipped: zipfile.ZipFile, name: str) -> tuple[int, str]:
    lines, sum_ = 0, hashlib.sha256()
    is_table = name.startswith("tables/")
    with zipped.open(name) as member:
        while piece := member.readline(LONGEST_LINE) if is_table else member.read(2**20):
            lines += 1
            sum_.update(piece)
            if is_table:
                _row(piece)
    return lines, sum_.hexdigest()


def _row(line: bytes) -> dict[str, Any]:
    """ValueError or TypeError where it is none."""
    row = json.loads(line)
    if not isinstance(row, dict):
        raise TypeError(f"{type(row).__name__} for a row")
    return row


def _lines(member: IO[bytes]) -> Iterator[bytes]:
    while line := member.readline(LONGEST_LINE):
        yield line
