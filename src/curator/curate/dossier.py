"""An item with everything around it that an editor needs to see or a decision needs to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from curator import review, text
from curator.model import Entry, Item, Problem, Publication, Source, Suggestion
from curator.settings import Settings
from curator.store import Store, Transaction


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
