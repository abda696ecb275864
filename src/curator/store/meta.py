"""Facts about the newsroom itself, one key each: `created_at`, `tag_authority`, …"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from curator.store.tables import meta


class Meta:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def get(self, key: str) -> str | None:
        return self._db.execute(select(meta.c.value).where(meta.c.key == key)).scalar()

    def set(self, key: str, value: str) -> None:
        changed = self._db.execute(update(meta).where(meta.c.key == key).values(value=value))
        if not changed.rowcount:
            self._db.execute(insert(meta).values(key=key, value=value))

    def instant(self, key: str) -> datetime | None:
        value = self.get(key)
        return datetime.fromisoformat(value) if value else None
