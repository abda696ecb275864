"""A database made anew from an archive: all of it and held, or as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import inspect

from curator.errors import DatabaseMissing, Refused, SchemaMismatch
from curator.model import HeldBecause, Hold
from curator.store import carrying, schema
from curator.store.archive import Archive
from curator.store.database import Store, Transaction
from curator.store.tables import SCHEMA_HEAD

UNFINISHED = "unfinished"
"""In a hold's data while the files of the archive are not in their places yet."""
REACHED = "reached"
"""In a hold's data: the highest number that the database before it gave out to the journal."""


def restore(store: Store, archive: Archive, *, now: datetime) -> Mapping[str, int]:
    """Put the archive's rows in the place of whatever is there, held; rows by table.

    One transaction on both engines: a process that has the database open sees the old newsroom or
    the held one. The tables are laid out as the archive knows them and brought here from there,
    as an upgrade does.
    """
    require_known(archive)
    schema.make_folder(store)
    with store.begin(although_moved=True) as tx:
        tx.serialise("upgrade")
        reached = _reached(tx)
        carrying.clear(tx.connection)
        schema.lay_out(tx.connection, archive.manifest.schema)
        tables = carrying.tables_of(tx.connection)
        there = {each.name for each in tables}
        if strange := set(archive.manifest.rows) - there:
            raise KeyError(min(strange))  # an archive's word that nobody understands: it is damaged
        rows = {
            each.name: carrying.put(tx.connection, each, archive.rows(each.name))
            for each in tables
            if each.name in archive.manifest.rows
        }
        carrying.set_counters(tx.connection, tables, archive.manifest.counters)
        schema.lay_out(tx.connection, "head")
        made_at = archive.manifest.made_at.isoformat()
        data = {"made_at": made_at, UNFINISHED: True} | ({REACHED: reached} if reached else {})
        tx.holds.put(Hold(because=HeldBecause.RESTORED, since=now, data=data))
    return rows


def _reached(tx: Transaction) -> int:
    """How far the journal of the newsroom went that was here: a shorter one has lost its end."""
    if not inspect(tx.connection).has_table("meta"):
        return 0
    hold = tx.holds.current()
    before = hold.data.get(REACHED, 0) if hold is not None else 0
    return max(int(before), int(tx.meta.get("journal") or 0))


def finish(store: Store) -> None:
    """The files are in their places as well: from here on it is for `resume` to say."""
    with store.begin(although_moved=True) as tx:
        hold = tx.holds.current()
        if hold is not None and hold.data.get(UNFINISHED):
            data = {name: said for name, said in hold.data.items() if name != UNFINISHED}
            tx.holds.put(Hold(because=hold.because, since=hold.since, data=data))


def is_unfinished(store: Store) -> bool:
    """Whether a restore was killed here half-way: all that is there came from an archive."""
    try:
        if store.schema() != SCHEMA_HEAD:
            return False
    except DatabaseMissing:
        return False
    with store.read() as tx:
        hold = tx.holds.current()
    return hold is not None and bool(hold.data.get(UNFINISHED))


def has_content(store: Store) -> bool:
    """Whether a newsroom is in this database. Refused where it is another program's, or a newer one's."""
    try:
        found = store.schema()
    except DatabaseMissing:
        return False
    if found is not None and found > SCHEMA_HEAD:
        raise SchemaMismatch("schema_newer", found=found, wanted=SCHEMA_HEAD, url=store.shown_url)
    if found is None:
        with store.read() as tx:
            others = carrying.reflected(tx.connection).tables
        if others:
            raise Refused("database_of_others", url=store.shown_url, table=min(others))
        return False
    with store.read() as tx:
        return any(
            next(carrying.rows(tx.connection, each), None) is not None
            for each in carrying.tables_of(tx.connection)
            if each.name != "meta"
        )


def require_known(archive: Archive) -> None:
    found = archive.manifest.schema
    if found not in schema.known():
        raise Refused("archive_schema_newer", path=str(archive.path), found=found, wanted=SCHEMA_HEAD)
