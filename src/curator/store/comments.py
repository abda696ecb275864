"""What editors tell each other about an item; never part of it, and never for readers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select

from curator.model import Comment
from curator.store.tables import comments


class Comments:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, item_id: int, *, editor: str, at: datetime, text: str) -> Comment:
        said = {"item_id": item_id, "editor": editor, "at": at, "text": text}
        comment_id = self._db.execute(insert(comments).values(said).returning(comments.c.id)).scalar_one()
        return Comment(id=comment_id, item_id=item_id, editor=editor, at=at, text=text)

    def of_items(self, item_ids: Sequence[int]) -> dict[int, tuple[Comment, ...]]:
        """By item, the oldest first; items that nobody said anything about are left out."""
        found: dict[int, tuple[Comment, ...]] = {}
        rows = self._db.execute(
            select(comments).where(comments.c.item_id.in_(item_ids)).order_by(comments.c.id)
        )
        for row in rows:
            said = Comment(id=row.id, item_id=row.item_id, editor=row.editor, at=row.at, text=row.text)
            found[row.item_id] = (*found.get(row.item_id, ()), said)
        return found
