"""A newsroom moved to another database, of either engine: each row, compared on both sides; the old one held.

First the hold, then the copy: what any process wrote here before it is in the copy, and whoever wants to
write after it is refused by `Store.begin`. Nothing an editor saves is left behind in a place nobody reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Table, func, select, text

from curator.errors import DatabaseBusy, DatabaseMissing, Refused, StoreError
from curator.model import HeldBecause, Hold
from curator.store import carrying, schema
from curator.store.database import Store, Transaction

NOT_CARRIED = frozenset({"held", "place"})
"""Of `meta`: what is true of a database and not of the newsroom in it."""

Told = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """By table: how many rows, and the hash of them all, which is the same on both sides."""

    rows: Mapping[str, int]
    hashes: Mapping[str, str]


def copy(source: Store, target: Store, *, told: Told, now: datetime) -> Copied:
    """All of it or nothing. Killed half-way it leaves the source held and the target empty: call it again.

    Refused where the target has anything of ours in it, or the source is held for another reason.
    """
    _require_two(source, target)
    is_new = target.path is not None and not target.path.exists()
    _require_empty(target)
    _hold(source, target, now)
    try:
        _outwait_writers(source)
        return _copy(source, target, told)
    except BaseException:  # Ctrl-C too: work goes on here, unless the copy is whole by now
        if not _may_stand(target):
            if is_new and target.path is not None:
                _remove(target, target.path)
            with source.begin(although_moved=True) as tx:
                tx.holds.lift()
        raise


def _may_stand(target: Store) -> bool:
    """Whether it was committed, or nobody can say: two newsrooms at work are worse than none."""
    try:
        return target.schema() is not None
    except DatabaseMissing:
        return False
    except StoreError:
        return True


def _require_two(source: Store, target: Store) -> None:
    if source.path is not None and target.path is not None:
        same = source.path.resolve() == target.path.resolve()
    else:
        same = source.url.set(password=None) == target.url.set(password=None)
    if same:
        raise Refused("copy_to_itself", to=target.shown_url)


def _require_empty(target: Store) -> None:
    if target.path is not None and not target.path.exists():
        return
    with target.read() as tx:
        found = carrying.reflected(tx.connection).tables
    if found:
        raise Refused("copy_target_exists", to=target.shown_url, table=min(found))


def _hold(source: Store, target: Store, now: datetime) -> None:
    to = {"to": target.shown_url}
    with source.begin(although_moved=True) as tx:
        found = tx.holds.current()
        if found is not None and (found.because, dict(found.data)) != (HeldBecause.MOVED, to):
            raise Refused("copy_source_held")
        tx.holds.put(Hold(because=HeldBecause.MOVED, since=now, data=to))


def _outwait_writers(source: Store) -> None:
    """Whoever began before the hold may still write: they are let to their end. SQLite has one writer."""
    if source.path is not None:
        return
    pause = 0.1
    still = text(
        "SELECT count(*), pg_sleep(:pause) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND xact_start < :held"
    )
    with source.begin(although_moved=True) as tx:
        held = tx.connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    for _ in range(max(1, int(source.busy_timeout / pause))):
        with source.begin(although_moved=True) as tx:  # what it sees of others stands still within one
            if not tx.connection.execute(still, {"held": held, "pause": pause}).scalar_one():
                return
    raise DatabaseBusy(url=source.shown_url, cause="transactions that began before")


def _copy(source: Store, target: Store, told: Told) -> Copied:
    with source.read() as here:
        tables = carrying.tables_of(here.connection)
        of = sum(_count(here, each) for each in tables)
        schema.make_folder(target)
        with target.begin(although_moved=True) as there:
            there.serialise("upgrade")
            schema.lay_out(there.connection, "head")
            theirs = {each.name: each for each in carrying.tables_of(there.connection)}
            said: dict[str, tuple[int, str]] = {}
            for each in tables:
                reading = _Reading(carried(here, each), told, done=sum(n for n, _ in said.values()), of=of)
                carrying.put(there.connection, theirs[each.name], reading.rows())
                said[each.name] = reading.fingerprint
            last = carrying.counters(here.connection, tables)
            carrying.set_counters(there.connection, theirs.values(), last)
            _require_equal(there, theirs, said, last, target)
    return Copied(
        rows={name: rows for name, (rows, _) in said.items()},
        hashes={name: hash_ for name, (_, hash_) in said.items()},
    )


def carried(tx: Transaction, table: Table) -> Iterator[carrying.Plain]:
    """What goes over of a table, and has to be found there."""
    rows = carrying.rows(tx.connection, table)
    return (row for row in rows if row["key"] not in NOT_CARRIED) if table.name == "meta" else rows


class _Reading:
    """Rows on their way: counted and summed as they pass."""

    def __init__(self, rows: Iterator[carrying.Plain], told: Told, *, done: int, of: int) -> None:
        self._rows = rows
        self._told = told
        self._done = done
        self._of = of
        self._sum = carrying.Sum()

    def rows(self) -> Iterator[carrying.Plain]:
        for row in self._rows:
            self._sum.add(row)
            if self._sum.count % 100 == 0:
                self._told(self._done + self._sum.count, self._of)
            yield row

    @property
    def fingerprint(self) -> tuple[int, str]:
        return self._sum.count, self._sum.hexdigest()


def _require_equal(
    there: Transaction,
    tables: Mapping[str, Table],
    said: Mapping[str, tuple[int, str]],
    last: Mapping[str, int],
    target: Store,
) -> None:
    """Read back what was written, and count as the next row will be counted."""
    numbers = carrying.counters(there.connection, tables.values())
    counts_on = target.path is None
    for name, (rows, hash_) in said.items():
        found = carrying.Sum()
        for row in carried(there, tables[name]):
            found.add(row)
        behind = counts_on and numbers.get(name, 0) < last.get(name, 0)
        if (found.count, found.hexdigest()) != (rows, hash_) or behind:
            raise Refused("copy_differs", to=target.shown_url, table=name, here=rows, there=found.count)


def _count(tx: Transaction, table: Table) -> int:
    return int(tx.connection.execute(select(func.count()).select_from(table)).scalar_one())


def _remove(target: Store, path: Path) -> None:
    target.close()
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
