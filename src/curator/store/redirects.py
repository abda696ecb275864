"""Old addresses of imported posts and feeds, and which of our outputs answers for each."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable

from sqlalchemy import Connection, insert, select

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
        return self._leading(_places(addresses))

    def _leading(self, places: Collection[str]) -> list[Redirect]:
        found: list[Redirect] = []
        wanted = sorted(places)
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            query = select(t.c.path, t.c.target, t.c.item_id).where(t.c.path.in_(some)).order_by(t.c.path)
            found += (
                Redirect(path=path, target=target, item_id=item)
                for path, target, item in self._db.execute(query)
            )
        return found

    def state(self) -> str:
        """A word that differs whenever one of them does."""
        rows = self._db.execute(select(t.c.path, t.c.target).order_by(t.c.path))
        return hashlib.sha256("\n".join(f"{path} {target}" for path, target in rows).encode()).hexdigest()

    def lead(self, addresses: Iterable[str], target: str, *, item_id: int | None = None) -> int:
        """From these old addresses to an output (`items/promise.html`); how many led nowhere before.

        What leads somewhere already goes on doing so; an address that says nothing but the blog's own
        front is left out.
        """
        return self.lead_all([(addresses, target, item_id)])[0]

    def lead_all(
        self, several: Iterable[tuple[Iterable[str], str, int | None]]
    ) -> tuple[int, list[list[Redirect]]]:
        """The same for several outputs, one after the other; and where the addresses of each lead by now."""
        wanted = [(_places(addresses), target, item_id) for addresses, target, item_id in several]
        known = {
            one.path: one for one in self._leading({place for places, _, _ in wanted for place in places})
        }
        new: list[Redirect] = []
        for places, target, item_id in wanted:
            for path in places:
                if path not in known:
                    known[path] = Redirect(path=path, target=target, item_id=item_id)
                    new.append(known[path])
        if new:
            rows = [{"path": one.path, "target": one.target, "item_id": one.item_id} for one in new]
            self._db.execute(insert(t), rows)
        return len(new), [[known[path] for path in sorted(places)] for places, _, _ in wanted]


_AT_ONCE = 500  # values in one question: SQLite takes 32,766 at most


def _places(addresses: Iterable[str]) -> list[str]:
    """Each once."""
    return list(dict.fromkeys(place for address in addresses if (place := place_of(address))))
