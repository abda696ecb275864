"""The SQLite file as others find it: moved, missing, replaced."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from curator.errors import DatabaseMissing
from curator.store import Store


def test_a_database_that_was_moved_away_is_missing_and_one_in_its_place_is_opened_anew(
    sqlite_store: Store, sqlite_template: Path
) -> None:
    """SQLite would write on into the file that it has open, and nobody would find that again."""
    assert sqlite_store.path
    with sqlite_store.begin() as tx:
        tx.meta.set("here", "first")
    away = sqlite_store.path.with_name("away.db")
    sqlite_store.path.rename(away)
    with pytest.raises(DatabaseMissing), sqlite_store.begin() as tx:
        tx.meta.set("here", "lost")

    shutil.copyfile(sqlite_template, sqlite_store.path)
    with sqlite_store.begin() as tx:
        tx.meta.set("here", "second")

    with closing(sqlite3.connect(sqlite_store.path)) as file:
        assert file.execute("SELECT value FROM meta WHERE key = 'here'").fetchall() == [("second",)]
