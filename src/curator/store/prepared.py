"""A statement that is said for every mail: it is compiled once for each engine, and only its values change.

Looking a compiled statement up in SQLAlchemy's cache, and binding it, takes
five times as long as SQLite takes to carry it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Update

_Bind = Callable[[Any], Any]


class Prepared:
    def __init__(self, statement: Update) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def rows_changed(self, connection: Connection, said: Mapping[str, Any]) -> int:
        """Carry it out with these values for its `bindparam`s; how many rows it has changed."""
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            compiled = self._compiled[dialect.name] = _compiled(self._statement, dialect)
        return connection.exec_driver_sql(compiled.words, compiled.values(said)).rowcount


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compiled:
    words: str
    fixed: Mapping[str, Any]  # what the statement itself says: a state, a status
    binds: Mapping[str, _Bind]  # how an engine wants a value of a column's type
    order: tuple[str, ...] | None  # None: the engine takes them by name

    def values(self, said: Mapping[str, Any]) -> dict[str, Any] | tuple[Any, ...]:
        given = {**self.fixed, **said}
        for name, bind in self.binds.items():
            given[name] = bind(given[name])
        return given if self.order is None else tuple([given[name] for name in self.order])


def _compiled(statement: Update, dialect: Dialect) -> _Compiled:
    made: Any = statement.compile(dialect=dialect)  # a SQLCompiler, whatever its type says
    binds, given = {}, set()
    for parameter, name in made.bind_names.items():
        bind = parameter.type.dialect_impl(dialect).bind_processor(dialect)
        if bind is not None:
            binds[name] = bind
        if parameter.required:
            given.add(name)
    return _Compiled(
        words=made.string,
        fixed={name: value for name, value in made.params.items() if name not in given},
        binds=binds,
        order=None if made.positiontup is None else tuple(made.positiontup),
    )
