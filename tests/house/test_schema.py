"""The migrations and store/tables.py say the same, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from curator.errors import DatabaseUnusable, SchemaMismatch, StoreError
from curator.store import Store, schema
from curator.store.tables import FULL_TEXT, SCHEMA_HEAD, metadata


@pytest.fixture
def empty(empty_url: str) -> Iterator[Store]:
    store = Store(empty_url)
    yield store
    store.close()


def test_the_newest_migration_is_the_one_this_program_is_written_for() -> None:
    assert schema.head() == SCHEMA_HEAD


def test_migrations_lead_an_empty_database_to_exactly_the_tables(empty: Store) -> None:
    before = schema.upgrade(empty)

    assert before is None
    empty.require_schema()
    with empty.read() as tx:
        options = {
            "compare_server_default": True,
            "include_name": lambda name, _kind, _of: FULL_TEXT not in (name or ""),
        }
        context = MigrationContext.configure(tx.connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_migrations_lead_to_the_same_index_of_words(store: Store, empty_url: str) -> None:
    if store.url.get_backend_name() not in empty_url:
        return
    empty = Store(empty_url)
    schema.upgrade(empty)

    assert index_of_words(empty) == index_of_words(store)
    empty.close()


def index_of_words(store: Store) -> list[str]:
    """What the engine itself says of it."""
    with store.read() as tx:
        if store.path is not None:
            said = tx.connection.execute(
                text("SELECT sql FROM sqlite_master WHERE sql LIKE :name ORDER BY name"),
                {"name": f"%{FULL_TEXT}%"},
            )
        else:
            said = tx.connection.execute(
                text(
                    "SELECT indexdef FROM pg_indexes WHERE tablename = 'item_words' UNION ALL"
                    " SELECT generation_expression FROM information_schema.columns"
                    " WHERE table_name = 'item_words' AND column_name LIKE :name ORDER BY 1"
                ),
                {"name": f"{FULL_TEXT}%"},
            )
        found = list(said.scalars())
    assert len(found) > 1
    return found


def test_upgrading_twice_is_harmless(empty: Store) -> None:
    schema.upgrade(empty)
    with empty.begin() as tx:
        tx.meta.set("kept", "yes")

    before = schema.upgrade(empty)

    assert before == SCHEMA_HEAD
    with empty.read() as tx:
        assert tx.meta.get("kept") == "yes"


def test_sources_of_the_first_schema_are_found_by_their_host(empty: Store) -> None:
    with empty.begin() as tx:
        command.upgrade(schema.configuration(tx.connection), "0001")
        tx.connection.execute(
            text(
                "INSERT INTO sources (url, name, kind, status, tags, policy, due_at, failures, unverified,"
                " problems, added_at) VALUES ('https://Città.example./feed', 'C', 'feed', 'active', '[]',"
                " '{}', '2026-03-02 09:00:00', 0, :no, '[]', '2026-03-02 09:00:00')"
            ),
            {"no": False},
        )

    schema.upgrade(empty)

    with empty.read() as tx:
        assert tx.connection.execute(text("SELECT host FROM sources")).scalars().all() == [
            "xn--citt-3na.example"
        ]


def test_a_database_of_a_newer_program_is_refused_and_left_alone(store: Store) -> None:
    with store.begin() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(SchemaMismatch) as refused:
        schema.upgrade(store)

    assert refused.value.reason == "schema_newer"
    assert schema.current(store) == "9999"
    with pytest.raises(SchemaMismatch, match="schema_newer"):  # and not: bring it there with db upgrade
        store.require_schema()


def test_the_folder_of_a_new_database_is_made(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/a/b/new.db")

    schema.upgrade(store)

    assert schema.current(store) == SCHEMA_HEAD
    store.close()


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")

    with pytest.raises(DatabaseUnusable):
        schema.upgrade(Store(f"sqlite:///{tmp_path}/data/new.db"))


def test_a_migration_that_breaks_half_way_leaves_nothing_behind(empty: Store) -> None:
    with empty.begin() as tx:
        tx.connection.execute(text("CREATE TABLE sources (id INTEGER)"))  # the way is blocked

    with pytest.raises(StoreError):
        schema.upgrade(empty)

    assert schema.current(empty) is None
