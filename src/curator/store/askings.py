"""How often somebody has asked for something lately: counted by keyed hashes, forgotten with their window."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from curator.store.tables import askings as t


class Askings:
    """`window` is the word a key begins with: all windows of one word are equally long.

    Counting in one transaction with what is counted makes it hold between processes.
    """

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def take(self, window: str, key: str, *, most: int, lasts: timedelta, now: datetime) -> timedelta | None:
        """Count one more in this window. None: it was free; else nothing was counted, and it is free then."""
        self.forget(window, lasts=lasts, now=now)
        name = f"{window}:{key}"
        row = self._db.execute(select(t).where(t.c.key == name).with_for_update()).mappings().one_or_none()
        if row is None:
            self._db.execute(insert(t).values(key=name, since=now, count=1))
        elif row["count"] >= most:
            free_in: timedelta = max(row["since"] + lasts - now, timedelta(seconds=1))
            return free_in
        else:
            self._db.execute(update(t).where(t.c.key == name).values(count=row["count"] + 1))
        return None

    def forget(self, window: str, *, lasts: timedelta, now: datetime) -> None:
        """What is over; and what a clock that was set back has put into the future.

        Two machines' clocks may differ by less than an hour, and their counts stay.
        """
        ours = t.c.key.startswith(f"{window}:", autoescape=True)
        over = (t.c.since <= now - lasts) | (t.c.since > now + timedelta(hours=1))
        self._db.execute(delete(t).where(ours, over))

    def clear(self, window: str, key: str) -> None:
        self._db.execute(delete(t).where(t.c.key == f"{window}:{key}"))
