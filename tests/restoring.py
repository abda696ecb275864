"""A newsroom's database as an archive of `curator backup` holds it, put back by hand."""

from __future__ import annotations

import json
import zipfile
from base64 import b64decode
from datetime import datetime
from pathlib import Path
from typing import Any

from curator.store import Store
from curator.store.tables import Instant, metadata


def restore(archive: Path, store: Store) -> None:
    """Row by row, in the place of whatever is there."""
    with zipfile.ZipFile(archive) as zipped, store.begin() as tx:
        metadata.create_all(tx.connection)
        for table in reversed(metadata.sorted_tables):
            tx.connection.execute(table.delete())
        for table in metadata.sorted_tables:
            lines = zipped.read(f"tables/{table.name}.jsonl").decode().splitlines()
            if rows := [_typed(json.loads(line), table) for line in lines]:
                tx.connection.execute(table.insert(), rows)


def _typed(row: dict[str, Any], table: Any) -> dict[str, Any]:
    def value(name: str, said: Any) -> Any:
        if isinstance(said, dict) and set(said) == {"base64"}:
            return b64decode(said["base64"])
        is_time = said is not None and isinstance(table.c[name].type, Instant)
        return datetime.fromisoformat(said) if is_time else said

    return {name: value(name, said) for name, said in row.items()}
