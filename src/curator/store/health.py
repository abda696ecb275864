"""Is the database whole? The engines' own look; of a large file it is remembered for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text

from curator.store.database import Store, Transaction

WHOLE_AT = "database_whole_at"
LARGE = 64 * 1024 * 1024
"""Bytes of a file that takes longer to read than whoever asks would wait."""

REMEMBERED = timedelta(days=2)


def faults(tx: Transaction) -> list[str]:
    """What SQLite finds wrong with its file; PostgreSQL checks its pages by itself as it reads them."""
    if tx.connection.dialect.name != "sqlite":
        tx.connection.execute(text("SELECT 1"))
        return []
    found = [str(row[0]) for row in tx.connection.execute(text("PRAGMA quick_check(20)"))]
    orphans = tx.connection.execute(text("PRAGMA foreign_key_check")).fetchmany(20)
    return [line for line in found if line != "ok"] + [
        f"{row[0]}: row {row[1]} without {row[2]}" for row in orphans
    ]


def remember(tx: Transaction, *, whole_at: datetime | None) -> None:
    """What a look at all of it has found; None: damage, or that somebody looks right now."""
    tx.meta.set(WHOLE_AT, whole_at.isoformat() if whole_at else "")


def known_whole(store: Store, *, now: datetime) -> datetime | None:
    """When it was found whole: lately, and where the file is too large to be read for every answer."""
    if store.path is None or store.path.stat().st_size < LARGE:
        return None
    with store.read() as tx:
        at = tx.meta.instant(WHOLE_AT)
    return at if at is not None and at <= now < at + REMEMBERED else None
