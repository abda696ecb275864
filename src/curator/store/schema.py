"""Bring a database to the schema of this program: Alembic, run from here and not from a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from curator.errors import DatabaseUnusable, SchemaMismatch
from curator.shipped import shipped
from curator.store.database import Store

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory


def head() -> str | None:
    """The newest migration there is."""
    return _scripts().get_current_head()


def current(store: Store) -> str | None:
    """The migration the database stands at; None: empty."""
    return store.schema()


def upgrade(store: Store) -> str | None:
    """Run what is missing, all of it or nothing, and return where the database stood before.

    Harmless twice, and in two processes at once. A SQLite file is made with its
    folder. A database of a newer program is refused and left alone.
    """
    from alembic import command

    make_folder(store)
    with store.begin(although_moved=True) as tx:
        tx.serialise("upgrade")
        found = store.schema_of(tx.connection)
        if found is not None and found not in known():
            raise SchemaMismatch("schema_newer", found=found, wanted=head(), url=store.shown_url)
        command.upgrade(configuration(tx.connection), "head")
    return found


def known() -> set[str]:
    """Every schema there was up to this program's."""
    return {script.revision for script in _scripts().walk_revisions()}


def lay_out(connection: Connection, revision: str) -> None:
    """Bring what is there to that schema, as part of the transaction that is under way."""
    from alembic import command

    command.upgrade(configuration(connection), revision)


def configuration(connection: Connection) -> Config:
    """What alembic/env.py needs to run on this connection, inside its transaction."""
    config = _config()
    config.attributes["connection"] = connection
    return config


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(shipped("alembic")).replace("%", "%%"))
    return config


def _scripts() -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def make_folder(store: Store) -> None:
    """SQLite's; PostgreSQL has its own."""
    if store.path is None:
        return
    try:
        store.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnusable(url=str(store.path), cause=error.strerror) from error
