"""Rows carried from one database to another, or to a file: of any schema of ours, and of either engine.

What a row means is not asked. The tables are those that the database itself says it
has, so that a database of an older program is carried as well as one of today's.

A *plain* row is what JSON can say: instants as RFC 3339 in UTC, bytes as {"base64": …}. A JSON column
tells its own null, written as {"json": null}, from none at all.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    TableClause,
    Text,
    cast,
    column,
    func,
    insert,
    select,
    table,
    text,
    type_coerce,
    update,
)
from sqlalchemy.types import NullType

from curator.store.database import Store
from curator.store.tables import FULL_TEXT, SCHEMA_HEAD, Instant, metadata

SCHEMA_TABLE = "alembic_version"
OURS = frozenset({SCHEMA_TABLE, *metadata.tables})
"""In every schema there was: no table was ever given another name. Whatever else lies there is not ours."""

Plain = Mapping[str, Any]


def tables_of(connection: Connection) -> list[Table]:
    """Ours, parents before children, without the one that says the schema.

    Where it is this program's own schema, nobody has to ask what they look like, which takes a while.
    """
    if Store.schema_of(connection) == SCHEMA_HEAD:
        return metadata.sorted_tables
    return [each for each in reflected(connection).sorted_tables if each.name != SCHEMA_TABLE]


def reflected(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in OURS)
    return found


def clear(connection: Connection) -> None:
    """Take away all that is ours, inside the transaction."""
    ours = reflected(connection)
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {FULL_TEXT}")
    ours.drop_all(connection, checkfirst=False)


# ── reading ──


def rows(connection: Connection, of: Table) -> Iterator[dict[str, Any]]:
    """Plain rows, by their keys."""
    query = select(*(_read(each, connection) for each in _columns(of))).order_by(*of.primary_key.columns)
    plain = {each.name: _plain_of(each) for each in _columns(of)}
    heavy = any(isinstance(each.type, LargeBinary) for each in of.columns)  # pictures, pushes
    with connection.execute(query.execution_options(yield_per=5 if heavy else 500)) as result:
        for row in result.mappings():
            yield {
                name: None if row[name] is None else as_plain(row[name]) for name, as_plain in plain.items()
            }


def _columns(of: Table) -> list[Column[Any]]:
    """What an engine computes by itself is no part of a row."""
    return [each for each in of.columns if each.computed is None]


def _read(of: Column[Any], connection: Connection) -> Any:
    if isinstance(of.type, JSON):  # as it was written: SQLAlchemy's own reading loses which null it was
        return (cast if connection.dialect.name == "postgresql" else type_coerce)(of, Text).label(of.name)
    return type_coerce(of, Instant).label(of.name) if isinstance(of.type, DateTime | Instant) else of


def _plain_of(of: Column[Any]) -> Callable[[Any], Any]:
    match of.type:
        case JSON():
            return _plain_json
        case DateTime() | Instant():
            return lambda value: value.astimezone(UTC).isoformat()
        case LargeBinary():
            return lambda value: {"base64": base64.b64encode(value).decode("ascii")}
        case _:
            return lambda value: value


def _plain_json(written: Any) -> Any:
    value = json.loads(written) if isinstance(written, str) else written  # SQLite made a number of "5"
    return {"json": value} if value is None or (isinstance(value, dict) and set(value) == {"json"}) else value


# ── writing ──


def put(connection: Connection, into: Table, plain: Iterable[Plain]) -> int:
    """Insert them all; how many."""
    columns = _columns(into)
    typed = {each.name: _typed_for(each) for each in columns}
    target = table(into.name, *(column(each.name, _written_as(each)) for each in columns))
    later = [each.name for each in columns if any(key.column.table is into for key in each.foreign_keys)]
    postponed: list[dict[str, Any]] = []
    size = 5 if any(isinstance(each.type, LargeBinary) for each in columns) else 500
    count, coming = 0, iter(plain)
    while batch := list(islice(coming, size)):
        values = [{name: typed[name](value) for name, value in row.items()} for row in batch]
        for row in values:
            if any(row[name] is not None for name in later):  # a row may point to one that is still to come
                postponed.append({**_key(row, into), **{name: row[name] for name in later}})
                row.update(dict.fromkeys(later))
        connection.execute(insert(target), values)
        count += len(values)
    for row in postponed:
        _point(connection, target, into, row, later)
    return count


def _key(row: Mapping[str, Any], of: Table) -> dict[str, Any]:
    return {each.name: row[each.name] for each in of.primary_key.columns}


def _point(
    connection: Connection, target: TableClause, into: Table, row: Mapping[str, Any], later: list[str]
) -> None:
    change = update(target).values({name: row[name] for name in later})
    for name, value in _key(row, into).items():
        change = change.where(target.c[name] == value)
    connection.execute(change)


def _written_as(of: Column[Any]) -> Any:
    if isinstance(of.type, JSON):
        return NullType()  # a text that PostgreSQL takes for what the column is
    return Instant() if isinstance(of.type, DateTime | Instant) else of.type


def _typed_for(of: Column[Any]) -> Callable[[Any], Any]:
    match of.type:
        case JSON():
            return lambda value: _typed_json(value, nullable=bool(of.nullable))
        case DateTime() | Instant():
            return lambda value: None if value is None else datetime.fromisoformat(value)
        case LargeBinary():
            return lambda value: None if value is None else base64.b64decode(value["base64"])
        case _:
            return lambda value: value


def _typed_json(value: Any, *, nullable: bool) -> str | None:
    if value is None and nullable:
        return None
    if isinstance(value, dict) and set(value) == {"json"}:
        value = value["json"]
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# ── numbers that are given out ──


def counters(connection: Connection, tables: Iterable[Table]) -> dict[str, int]:
    """By table the last id that was given out, which its last row may have taken with it."""
    return {each.name: _last(connection, each) for each in tables if _counted(each)}


def _last(connection: Connection, of: Table) -> int:
    if connection.dialect.name == "postgresql":
        name = connection.execute(text("SELECT pg_get_serial_sequence(:of, 'id')"), {"of": of.name}).scalar()
        if name is not None:
            given = connection.exec_driver_sql(
                f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {name}"  # noqa: S608 - its own word
            )
            return int(given.scalar_one())
    return int(connection.execute(select(func.coalesce(func.max(of.c.id), 0))).scalar_one())


def set_counters(connection: Connection, tables: Iterable[Table], last: Mapping[str, int]) -> None:
    """The next row of each gets an id that nothing had. SQLite counts on from the rows themselves."""
    if connection.dialect.name != "postgresql":
        return
    for each in tables:
        if not _counted(each):
            continue
        highest = connection.execute(select(func.coalesce(func.max(each.c.id), 0))).scalar_one()
        given = max(highest, last.get(each.name, 0))
        if given:
            connection.execute(
                text("SELECT setval(pg_get_serial_sequence(:of, 'id'), :given)"),
                {"of": each.name, "given": given},
            )


def _counted(of: Table) -> bool:
    return [each.name for each in of.primary_key.columns] == ["id"]


# ── comparing ──


class Sum:
    """How many rows, and a hash of them all in whatever order: engines sort texts in their own ways."""

    def __init__(self) -> None:
        self.count = 0
        self._total = 0

    def add(self, row: Plain) -> None:
        said = json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        self._total += int.from_bytes(hashlib.sha256(said.encode()).digest())
        self.count += 1

    def hexdigest(self) -> str:
        return f"{self._total % 2**256:064x}"
