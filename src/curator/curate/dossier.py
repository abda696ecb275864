"""An item with everything around it that an editor needs to see or a decision needs to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from curator import review, text
from curator.model import Entry, Item, Problem, Publication, Source, Suggestion
from curator.settings import Settings
from curator.store import Store, Transaction
from curator.store.items import Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """`entry` is the revision frozen at claim (else the newest); `newest` the one the source shows now."""

    item: Item
    entry: Entry | None
    newest: int | None
    source: Source | None
    publications: tuple[Publication, ...]
    suggestions: tuple[Suggestion, ...]

    @property
    def source_changed(self) -> bool:
        return bool(self.item.revision and self.newest and self.newest > self.item.revision)

    def publication(self, edition: str) -> Publication | None:
        return next((p for p in self.publications if p.edition == edition), None)

    def correction_pending(self, edition: str) -> bool:
        """Published here, and changed at the desk since: readers have not seen that yet."""
        public = self.publication(edition)
        return public is not None and public.item_version < self.item.version

    def problems(self, edition: str, settings: Settings) -> tuple[Problem, ...]:
        return review.problems(
            self.item,
            edition=edition,
            source_text=text.plain(self.entry.html) or None if self.entry else None,
            max_words=self.most_words(settings),
        )

    def most_words(self, settings: Settings) -> int:
        """How many words of this source may be quoted."""
        if self.source is not None and self.source.max_words is not None:
            return self.source.max_words
        return settings.quotation.max_words


def read_dossier(store: Store, item_id: int) -> Dossier:
    with store.read() as tx:
        return open_dossier(tx, tx.items.get(item_id))


def read_dossiers(store: Store, items: Sequence[Item]) -> list[Dossier]:
    with store.read() as tx:
        return [open_dossier(tx, item) for item in items]


def read_many(store: Store, item_ids: Sequence[int]) -> list[Dossier]:
    """In the order of the ids; those that are not there are left out."""
    with store.read() as tx:
        return [open_dossier(tx, item) for item in tx.items.many(item_ids)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many there are in all, and one page of them."""

    total: int
    dossiers: tuple[Dossier, ...]


def find(
    store: Store,
    search: Search,
    *,
    problem: str | None = None,
    settings: Settings,
    limit: int,
    offset: int,
) -> Found:
    """Items as an editor asks for them, newest first; `problem` keeps those that have it."""
    with store.read() as tx:
        if search.tag is not None:
            search = replace(search, tagged_source_ids=_tagged(tx, search.tag))
        if problem is None:
            total, items = tx.items.find(search, limit=limit, offset=offset)
            return Found(total=total, dossiers=tuple(open_dossier(tx, item) for item in items))
        _, items = tx.items.find(search, limit=None)
        having = [
            dossier
            for dossier in (open_dossier(tx, item) for item in items)
            if problem in (p.code for p in dossier.problems(search.edition, settings))
        ]
        return Found(total=len(having), dossiers=tuple(having[offset : offset + limit]))


def _tagged(tx: Transaction, tag: str) -> tuple[int, ...]:
    return tuple(source.id for source in tx.sources.find(limit=None)[1] if tag in source.tags)


def source_changes(store: Store, item_id: int) -> str | None:
    """What the source says now against what it said at claim, in words; None: nothing changed.

    Words that are gone stand in [-…-], new ones in {+…+}, as `git diff --word-diff` shows them.
    """
    with store.read() as tx:
        dossier = open_dossier(tx, tx.items.get(item_id))
        if dossier.entry is None or not dossier.source_changed:
            return None
        newest = tx.entries.get(dossier.entry.id)
    return _word_diff(_words(dossier.entry), _words(newest))


def _words(entry: Entry) -> list[str]:
    return f"{entry.title}\n\n{text.plain(entry.html)}".split()


def _word_diff(old: Sequence[str], new: Sequence[str]) -> str:
    pieces: list[str] = []
    for kind, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces += old[a:b]
            continue
        if b > a:
            pieces.append(f"[-{' '.join(old[a:b])}-]")
        if d > c:
            pieces.append(f"{{+{' '.join(new[c:d])}+}}")
    return " ".join(pieces)


def open_dossier(tx: Transaction, item: Item) -> Dossier:
    newest = tx.entries.get(item.entry_id) if item.entry_id is not None else None
    entry = newest
    if newest is not None and item.revision is not None and item.revision != newest.revision:
        entry = tx.entries.revision(newest.id, item.revision)
    return Dossier(
        item=item,
        entry=entry,
        newest=newest.revision if newest else None,
        source=tx.sources.get(newest.source_id) if newest else None,
        publications=tuple(tx.publications.of_item(item.id)),
        suggestions=tuple(tx.items.suggestions(item.id)),
    )
