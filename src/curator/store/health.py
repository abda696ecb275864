"""Is the database whole? The engines' own quick look, nothing is changed."""

from __future__ import annotations

from sqlalchemy import text

from curator.store.database import Transaction


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
