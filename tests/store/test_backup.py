"""A newsroom in one file: whole, private, the same from both engines."""

from __future__ import annotations

import json
import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from curator.errors import DatabaseMissing, Refused
from curator.store import Store
from curator.store.backup import Backup, back_up
from curator.store.tables import metadata

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def backed_up(store: Store, target: Path, *, overwrite: bool = False) -> Backup:
    key = target.with_name("secret.key")
    key.write_text("secret")
    return back_up(store, target, files={"data/secret.key": key}, program="0.1", now=NOW, overwrite=overwrite)


def test_every_table_is_there_with_every_row(store: Store, tmp_path: Path) -> None:
    with store.begin() as tx:
        tx.meta.set("motto", "perché no")

    made = backed_up(store, tmp_path / "b.zip")

    assert made.rows["meta"] == 1
    with zipfile.ZipFile(made.path) as archive:
        assert {f"tables/{name}.jsonl" for name in metadata.tables} < set(archive.namelist())
        assert json.loads(archive.read("tables/meta.jsonl")) == {"key": "motto", "value": "perché no"}
        assert archive.read("data/secret.key") == b"secret"
        assert json.loads(archive.read("manifest.json"))["rows"]["meta"] == 1


def test_it_is_taken_while_somebody_writes(sqlite_store: Store, tmp_path: Path) -> None:
    with sqlite_store.begin() as tx:
        tx.meta.set("half", "written")
        made = backed_up(Store(sqlite_store.shown_url), tmp_path / "b.zip")

    assert made.rows["meta"] == 0


def test_only_its_owner_may_read_it(sqlite_store: Store, tmp_path: Path) -> None:
    made = backed_up(sqlite_store, tmp_path / "b.zip")

    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_an_earlier_backup_is_replaced_only_on_purpose(sqlite_store: Store, tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    target.write_text("earlier")

    with pytest.raises(Refused):
        backed_up(sqlite_store, target)
    assert target.read_text() == "earlier"

    backed_up(sqlite_store, target, overwrite=True)
    assert zipfile.is_zipfile(target)


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        backed_up(Store(f"sqlite:///{tmp_path}/no.db"), tmp_path / "b.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
