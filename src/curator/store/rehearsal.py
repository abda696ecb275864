"""A newsroom's items on trial: a copy that an import may write into, gone when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Table, insert, select

from curator.errors import DatabaseUnusable
from curator.store import tables as t
from curator.store.database import Store, Transaction

_TABLES: tuple[Table, ...] = (
    t.meta,
    t.items,
    t.commentaries,
    t.excerpts,
    t.attributions,
    t.images,
    t.tags,
    t.waivers,
    t.events,
    t.publications,
    t.redirects,
    t.imports,
    t.import_keys,
)
"""All that an import goes by. Nobody's address is among it, and no picture."""
_AT_ONCE = 200  # rows in memory


@contextmanager
def rehearsed(store: Store) -> Iterator[Store]:
    """A store of its own with these tables as they are now, in a temporary file on either engine.

    What is done to it takes no lock that editors would wait for, and leaves nothing.
    """
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(TemporaryDirectory(prefix="curator-"))
            trial = stack.enter_context(closing(Store(f"sqlite:///{Path(folder) / 'rehearsal.db'}")))
            with store.read() as real, trial.begin() as copy:
                t.metadata.create_all(copy.connection)
                # An event may name a later one that took it back.
                copy.connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
                for table in _TABLES:
                    _copy(table, real, copy)
        except OSError as error:
            raise DatabaseUnusable(url="sqlite", cause=error.strerror or str(error)) from error
        yield trial


def _copy(table: Table, real: Transaction, copy: Transaction) -> None:
    with real.connection.execution_options(yield_per=_AT_ONCE).execute(select(table)) as rows:
        for some in rows.mappings().partitions():
            copy.connection.execute(insert(table), [{**row, **_alone(table)} for row in some])


def _alone(table: Table) -> dict[str, None]:
    """What entries and stories say of items stays behind."""
    return {"entry_id": None, "cluster_id": None} if table is t.items else {}
