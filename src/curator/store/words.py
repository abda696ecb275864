"""What items are found by: made when somebody looks, or by enrichment, of all that has changed since.

Nobody who saves waits for it: a change only marks its item (`items.words_by` is none).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, func, insert, or_, select, update

from curator.store import tables as t
from curator.text.stems import RULES, indexed

_AT_ONCE = 100  # items of one turn: PostgreSQL keeps them from being saved meanwhile
_LONGEST = 100_000  # characters of one kind of text: a tsvector holds a megabyte
_BEGINNING = 2_000  # characters of an entry's HTML: who looks for a story knows what it begins with
_TAG = re.compile(r"<[^>]*(?:>|\Z)")


class Words:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def is_due(self) -> bool:
        return bool(self._db.execute(select(exists().where(_WAITS))).scalar())

    def waiting(self) -> int:
        return self._db.execute(select(func.count()).select_from(t.items).where(_WAITS)).scalar_one()

    def forget(self, *, entry_ids: Sequence[int] | Select[Any] | None = None) -> None:
        """Something changed: all words are to be made again, or those of these entries' items."""
        again = update(t.items).where(t.items.c.words_by.is_not(None)).values(words_by=None)
        if entry_ids is not None:
            mine = select(t.item_entries.c.item_id).where(t.item_entries.c.entry_id.in_(entry_ids))
            again = again.where(t.items.c.id.in_(mine))
        self._db.execute(again)

    def forget_source(self, source_id: int) -> None:
        """It has another name."""
        self.forget(entry_ids=select(t.entries.c.id).where(t.entries.c.source_id == source_id))

    def fill(self, *, most: int = _AT_ONCE) -> int:
        """Make the words of some items that wait, the newest first, and say of how many.

        Their rows are locked before their texts are read: what is saved later marks them again. What
        somebody else has locked is left to wait, so no editor's move ever stands in line with this twice.
        """
        chosen = select(t.items.c.id).where(_WAITS).order_by(t.items.c.id.desc()).limit(most)
        item_ids = list(self._db.execute(chosen.with_for_update(skip_locked=True)).scalars())
        if not item_ids:
            return 0
        self._db.execute(update(t.items).where(t.items.c.id.in_(item_ids)).values(words_by=RULES))
        kept = self._of_cleared(item_ids)
        self._db.execute(delete(t.item_words).where(t.item_words.c.item_id.in_(item_ids)))
        said = self._said(item_ids, kept=kept)
        self._db.execute(insert(t.item_words), [said[item_id].row(item_id) for item_id in item_ids])
        return len(item_ids)

    def _of_cleared(self, item_ids: Sequence[int]) -> Mapping[int, str]:
        """What items were found by whose texts have been let go: it cannot be made again."""
        gone = t.entry_revisions.c.cleared_at.is_not(None)
        cleared = _ENTRIES.with_only_columns(t.items.c.id).where(t.items.c.id.in_(item_ids), gone)
        words = select(t.item_words.c.item_id, t.item_words.c.d).where(t.item_words.c.item_id.in_(cleared))
        return {row.item_id: row.d for row in self._db.execute(words)}

    def _said(self, item_ids: Sequence[int], *, kept: Mapping[int, str]) -> Mapping[int, _Said]:
        said = {item_id: _Said() for item_id in item_ids}
        for item_id, words in kept.items():
            said[item_id] = _Said(kept=words)
        for row in self._db.execute(_ENTRIES.where(t.items.c.id.in_(item_ids))):
            mine, language = said[row.id], row.language
            mine.add("a", row.title, language)
            mine.add("c", row.source_name)
            mine.add_all("c", [*(row.authors or ()), *(row.page_authors or ())])
            mine.add("d", unescape(_TAG.sub(" ", row.html or "")), language)
        for row in self._of(t.commentaries, item_ids):
            said[row.item_id].add("a", row.headline, row.language)
            said[row.item_id].add("b", row.note, row.language)
        for row in self._of(t.tags, item_ids):
            said[row.item_id].add("b", row.tag)
        for row in self._of(t.attributions, item_ids):
            said[row.item_id].add_all("c", [row.title, *row.authors, row.publisher])
        for row in self._of(t.images, item_ids):
            said[row.item_id].add("c", row.credit)
        for row in self._of(t.excerpts, item_ids):
            said[row.item_id].add("d", row.text, row.language)
        return said

    def _of(self, table: Any, item_ids: Sequence[int]) -> Iterable[Any]:
        return self._db.execute(select(table).where(table.c.item_id.in_(item_ids)))


@dataclass(slots=True)
class _Said:
    """The words of one item, by how much they count."""

    kept: str = ""
    """Of kind `d`, what cannot be made again."""

    words: dict[str, list[str]] = field(default_factory=lambda: {"a": [], "b": [], "c": [], "d": []})

    def add(self, kind: str, text: str | None, language: str | None = None) -> None:
        if text:
            words = indexed(text[:_LONGEST], language=language)
            if kind != "d" or words not in self.kept:
                self.words[kind].append(words)

    def add_all(self, kind: str, texts: Iterable[str | None]) -> None:
        for text in texts:
            self.add(kind, text)

    def row(self, item_id: int) -> dict[str, Any]:
        words = self.words | {"d": [self.kept, *self.words["d"]] if self.kept else self.words["d"]}
        return {"item_id": item_id} | {kind: " ".join(several)[:_LONGEST] for kind, several in words.items()}


_WAITS = or_(t.items.c.words_by.is_(None), t.items.c.words_by < RULES)
_PAGE = t.entry_pages.alias("page")
_LATER = t.entry_pages.alias("later")
_ENTRIES: Select[Any] = (
    select(
        t.items.c.id,
        t.entry_revisions.c.title,
        t.entry_revisions.c.authors,
        func.substr(t.entry_revisions.c.html, 1, _BEGINNING).label("html"),
        func.coalesce(t.entry_revisions.c.found_language, t.entry_revisions.c.language).label("language"),
        t.sources.c.name.label("source_name"),
        _PAGE.c.authors.label("page_authors"),
    )
    .join_from(t.items, t.entries, t.entries.c.id == t.items.c.entry_id)
    .join(
        t.entry_revisions,
        and_(t.entry_revisions.c.entry_id == t.entries.c.id, t.entry_revisions.c.n == t.entries.c.revision),
    )
    .join(t.sources, t.sources.c.id == t.entries.c.source_id)
    .join(
        _PAGE,
        and_(
            _PAGE.c.entry_id == t.entries.c.id,
            ~exists().where(_LATER.c.entry_id == _PAGE.c.entry_id, _LATER.c.n > _PAGE.c.n),
        ),
        isouter=True,
    )
)
