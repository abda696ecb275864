"""A database brought back from an archive of `curator backup`, by the real restore, and let go on at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from curator.store import Store, restoring
from curator.store.archive import opened


def restore(archive: Path, store: Store) -> None:
    """In the place of whatever is there. What a hold is for has its own tests: this newsroom is not held."""
    with opened(archive) as whole:
        restoring.restore(store, whole, now=datetime(2026, 3, 2, 9, tzinfo=UTC))
    with store.begin(although_moved=True) as tx:
        tx.holds.lift()
