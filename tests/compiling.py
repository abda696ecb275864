"""Statements compiled once for all databases of a run: compiling them was a quarter of what the tests took.

The program has one database and compiles each of its statements once; the
tests have thousands of databases. Nothing else is shared: the engine, its
connections and its pool are each database's own.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import create_engine

from curator.store import database


class Statements(dict[Any, Any]):
    """By the kind of database instead of the one: SQLAlchemy asks with (dialect, statement, …)."""

    def get(self, key: Any, default: Any = None, /) -> Any:
        return super().get(_kind(key), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(_kind(key), compiled)

    def __repr__(self) -> str:
        """Short: who tells of an error with all that was known there would say every statement of the run."""
        return f"<{len(self)} statements>"


def _kind(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return type(key[0]), *key[1:]


def compile_once() -> None:
    """For all engines that are made from here on in this process."""
    making = partial(create_engine, execution_options={"compiled_cache": Statements()})
    database.create_engine = making  # type: ignore[attr-defined]
