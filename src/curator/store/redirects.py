"""Old addresses of imported posts and feeds, and which of our outputs answers for each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select

from curator.model import Redirect
from curator.redirecting import place_of
from curator.store.tables import redirects as t


class Redirects:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def all(self) -> list[Redirect]:
        query = select(t.c.path, t.c.target, t.c.item_id).order_by(t.c.path)
        return [
            Redirect(path=path, target=target, item_id=item) for path, target, item in self._db.execute(query)
        ]

    def of(self, addresses: Iterable[str]) -> list[Redirect]:
        """Where these addresses lead by now."""
        places = sorted({place for address in addresses if (place := place_of(address))})
        query = select(t.c.path, t.c.target, t.c.item_id).where(t.c.path.in_(places)).order_by(t.c.path)
        return [
            Redirect(path=path, target=target, item_id=item) for path, target, item in self._db.execute(query)
        ]

    def state(self) -> str:
        """A word that differs whenever one of them does."""
        rows = self._db.execute(select(t.c.path, t.c.target).order_by(t.c.path))
        return hashlib.sha256("\n".join(f"{path} {target}" for path, target in rows).encode()).hexdigest()

    def count(self) -> int:
        return self._db.execute(select(func.count()).select_from(t)).scalar() or 0

    def lead(self, addresses: Iterable[str], target: str, *, item_id: int | None = None) -> int:
        """From these old addresses to an output (`items/promise.html`); how many led nowhere before.

        What leads somewhere already goes on doing so; an address that says nothing but the blog's own
        front is left out.
        """
        places = dict.fromkeys(place for address in addresses if (place := place_of(address)))
        known = {
            path for path in places if self._db.execute(select(t.c.path).where(t.c.path == path)).first()
        }
        new = [path for path in places if path not in known]
        if new:
            rows = [{"path": path, "target": target, "item_id": item_id} for path in new]
            self._db.execute(insert(t), rows)
        return len(new)

    def forget(self, path: str) -> None:
        self._db.execute(delete(t).where(t.c.path == path))
