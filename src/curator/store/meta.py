"""Facts about the newsroom itself, one key each: `created_at`, `tag_authority`, …"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

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

    # ── RFC 4151's authority: ids must outlive a move to another domain ──

    def tag_authority(self, *, base_url: str, now: datetime) -> str:
        """The frozen one, else what would be frozen now: "example.org,2026"."""
        return self.get("tag_authority") or _authority(base_url, now)


def _authority(base_url: str, now: datetime) -> str:
    host = urlsplit(base_url).hostname or "localhost"
    try:
        name = host.encode("idna").decode().lower()
    except UnicodeError:
        name = "localhost"
    # An IPv6 address is no authority: RFC 4151 wants a domain name or a mail address.
    return f"{'localhost' if ':' in name else name},{now.year}"
