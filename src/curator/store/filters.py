"""What an editor asks of the queue again and again, under a name of her own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from curator.store.tables import saved_filters

Asked = Mapping[str, Any]
"""Option name to what was typed: a time stays "-7d", and is that many days before each call."""


class Filters:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of_editor(self, editor: str) -> dict[str, Asked]:
        """By name, in the order of the alphabet."""
        rows = self._db.execute(select(saved_filters).where(saved_filters.c.editor == editor))
        return dict(sorted((row.name, row.asked) for row in rows))

    def put(self, editor: str, name: str, asked: Asked) -> None:
        key = (saved_filters.c.editor == editor) & (saved_filters.c.name == name)
        changed = self._db.execute(update(saved_filters).where(key).values(asked=dict(asked)))
        if not changed.rowcount:
            self._db.execute(insert(saved_filters).values(editor=editor, name=name, asked=dict(asked)))

    def remove(self, editor: str, name: str) -> None:
        self._db.execute(
            delete(saved_filters).where(saved_filters.c.editor == editor, saved_filters.c.name == name)
        )
