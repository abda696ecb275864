"""What an editor may be about to type: ids with their titles, sources, tags; one statement each."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, String, and_, cast, func, select, union

from curator.model import Status
from curator.store import tables as t


class Hints:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def items(
        self, begun: str, *, edition: str, statuses: Sequence[Status] = (), most: int = 50
    ) -> list[tuple[int, str]]:
        """Ids that begin so, newest first, and what the item is headed by."""
        commentary, revision = t.commentaries, t.entry_revisions
        title = func.coalesce(func.nullif(commentary.c.headline, ""), revision.c.title, "")
        query = (
            select(t.items.c.id, title)
            .outerjoin(
                commentary, and_(commentary.c.item_id == t.items.c.id, commentary.c.edition == edition)
            )
            .outerjoin(t.entries, t.entries.c.id == t.items.c.entry_id)
            .outerjoin(
                revision, and_(revision.c.entry_id == t.entries.c.id, revision.c.n == t.entries.c.revision)
            )
            .order_by(t.items.c.position.desc(), t.items.c.id.desc())
            .limit(most)
        )
        if begun:
            query = query.where(cast(t.items.c.id, String).startswith(begun, autoescape=True))
        if statuses:
            query = query.where(func.coalesce(commentary.c.stage, t.items.c.status).in_(statuses))
        return [(row[0], row[1]) for row in self._db.execute(query)]

    def sources(self) -> list[tuple[int, str]]:
        listed = t.sources.c.removed_at.is_(None)
        query = select(t.sources.c.id, t.sources.c.name).where(listed).order_by(t.sources.c.id)
        return [(row.id, row.name) for row in self._db.execute(query)]

    def tags(self) -> list[str]:
        """Of items and of sources, in alphabetical order."""
        own = self._db.execute(select(t.tags.c.tag).distinct()).scalars()
        given = self._db.execute(select(t.sources.c.tags).where(t.sources.c.removed_at.is_(None))).scalars()
        return sorted({*own, *(tag for tags in given for tag in tags or ())})

    def languages(self) -> list[str]:
        said = union(
            select(t.sources.c.language), select(t.excerpts.c.language), select(t.commentaries.c.language)
        )
        return sorted(language for language in self._db.execute(said).scalars() if language)

    def issues(self, edition: str, *, most: int = 30) -> list[tuple[int, str]]:
        query = select(t.issues.c.number, t.issues.c.subject).where(t.issues.c.edition == edition)
        rows = self._db.execute(query.order_by(t.issues.c.number.desc()).limit(most))
        return [(row.number, row.subject) for row in rows]
