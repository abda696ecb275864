"""An item with everything around it that an editor needs to see or a decision needs to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from curator import doubts, lifecycle, merging, review, rights
from curator.curate import attributing, lint, passage
from curator.errors import DatabaseBusy
from curator.model import (
    Comment,
    Entry,
    Imported,
    Item,
    Page,
    Problem,
    Publication,
    Sibling,
    Source,
    Status,
    Suggestion,
)
from curator.ports import Spelling
from curator.quotation import Measured, measured, policy_of
from curator.settings import Edition, Settings
from curator.store import Store, Transaction
from curator.store.pictures import Asked
from curator.store.rows import Row
from curator.store.search import Search

IMPORT_CODES = (*doubts.CODES, "import_changed")
"""What an import may not be sure of; it keeps nothing from readers."""
CODES: Mapping[str, bool] = {**review.CODES, **dict.fromkeys((*lint.CODES, *IMPORT_CODES), False)}
"""Every problem and every warning there is, and whether it can be waived."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """`said` is the revision frozen at claim (else the newest); `newest` the one the source shows now.

    `page` and `newest_page` likewise, of the entry's own page, where it was fetched.
    `unapproved`: who wrote the corrections that nobody has approved yet, by edition.
    """

    item: Item
    said: Entry | None
    newest: int | None
    page: Page | None
    newest_page: int | None
    page_failure: Mapping[str, Any] | None
    source: Source | None
    publications: tuple[Publication, ...]
    suggestions: tuple[Suggestion, ...]
    siblings: tuple[Sibling, ...] = ()
    comments: tuple[Comment, ...] = ()
    unapproved: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    picture: Asked | None = None  # what came of asking for a copy of the item's picture
    imports: tuple[Imported, ...] = ()  # what it was made of, where it was brought from a blog

    @property
    def entry(self) -> Entry | None:
        """The entry as it is quoted: with its page's text, where that says more than the feed does."""
        return self.said and passage.reading(self.said, self.page)

    @property
    def furnished(self) -> Entry | None:
        """The entry with what stands around its text, too."""
        return self.said and passage.furnished(self.said, self.page)

    @property
    def source_changed(self) -> bool:
        item = self.item
        return bool(
            (item.revision and self.newest and self.newest > item.revision)
            or (item.page and self.newest_page and self.newest_page > item.page)
            or any(each.changed for each in self.imports)
        )

    def publication(self, edition: str) -> Publication | None:
        return next((p for p in self.publications if p.edition == edition), None)

    def correction_pending(self, edition: str) -> bool:
        """Published here, and changed at the desk since: readers have not seen that yet."""
        public = self.publication(edition)
        if public is None or public.item_version >= self.item.version:
            return False
        # Another edition's words make a version of the item, too: that is no correction of this one's.
        said, seen = self.item.commentaries[edition], public.content
        ours = (said.headline or "", said.note, said.language) == (seen.headline, seen.note, seen.language)
        shared = all(getattr(self.item, name) == getattr(seen, name) for name in lifecycle.SHARED)
        return said.correction is not None or not (ours and shared)

    def already_published(self, edition: str) -> Sibling | None:
        """The first of its siblings that this edition's readers have: the story is no news to them."""
        out = [sibling for sibling in self.siblings if edition in sibling.published_at]
        return min(out, key=lambda sibling: sibling.published_at[edition], default=None)

    def problems(self, edition: str, settings: Settings) -> tuple[Problem, ...]:
        return review.problems(
            self.item,
            edition=edition,
            entry=self.said,
            page=self.page,
            source=self.source,
            quotation=settings.quotation,
        )

    def quotation(self, settings: Settings) -> Measured:
        """How much is quoted, of how much, and how much may be."""
        words = self.item.excerpt.words if self.item.excerpt else 0
        policy = policy_of(self.source, settings.quotation)
        return measured(words, policy, original_words=review.original_words(self.said, self.page))

    def doubts(self, edition: str) -> tuple[Problem, ...]:
        """What its import was not sure of and nobody has settled; and whether the blog has changed it.

        Nothing is asked about what was withdrawn.
        """
        status = self.item.status_in(edition)
        if not self.imports or edition not in self.item.commentaries or status is Status.WITHDRAWN:
            return ()
        is_out = status is Status.PUBLISHED
        imports = merging.to_go_by(self.imports, public=is_out) or self.imports
        changed = Problem(code="import_changed", data={"item": self.item.id})
        return (
            *doubts.standing(
                merging.tellings(imports),
                self.item,
                edition=edition,
                published_at=merging.dates(imports).published,
            ),
            *((changed,) if any(each.changed for each in self.imports) else ()),
        )

    def warnings(
        self, edition: Edition, settings: Settings, spelling: Spelling | None = None
    ) -> tuple[Problem, ...]:
        """What the house lint points out; it keeps nothing from readers."""
        return warnings_of(
            self.item, edition, settings, spelling=spelling, source=self.source, page=self.page
        )

    def reviewed(
        self, edition: Edition, settings: Settings, spelling: Spelling | None = None
    ) -> tuple[Problem, ...]:
        """What keeps it from readers, and then what may be looked at once more."""
        return (
            *self.problems(edition.key, settings),
            *self.waiting(edition.key, settings),
            *self.doubts(edition.key),
            *self.warnings(edition, settings, spelling),
        )

    def waiting(self, edition: str, settings: Settings) -> tuple[Problem, ...]:
        """With two persons: what nobody but those who wrote it has seen, and so keeps from readers."""
        wrote = self.unapproved.get(edition)
        if not wrote or not settings.review.two_person:
            return ()
        return (review.unapproved(self.item, wrote),)

    def has(self, code: str, edition: Edition, settings: Settings) -> bool:
        """Whether this problem or warning is among them; only the half that it belongs to is looked for."""
        if code in review.CODES:
            found = (*self.problems(edition.key, settings), *self.waiting(edition.key, settings))
        elif code in IMPORT_CODES:
            found = self.doubts(edition.key)
        else:
            found = self.warnings(edition, settings)
        return any(problem.code == code for problem in found)


def warnings_of(
    item: Item,
    edition: Edition,
    settings: Settings,
    *,
    spelling: Spelling | None = None,
    source: Source | None = None,
    page: Page | None = None,
) -> tuple[Problem, ...]:
    """What the house lint says of an item, also of one that no source of ours brought."""
    written = item.commentaries.get(edition.key)
    headline = written.headline if written else None
    return (
        *lint.warnings(item, edition=edition, settings=settings, spelling=spelling),
        *attributing.warnings(item, headline=headline, source=source, page=page),
        *rights.warnings(item.image),
    )


def read_dossier(store: Store, item_id: int) -> Dossier:
    with store.read() as tx:
        return open_dossier(tx, tx.items.get(item_id))


def read_dossiers(store: Store, items: Sequence[Item]) -> list[Dossier]:
    with store.read() as tx:
        return list(open_dossiers(tx, items))


def read_many(store: Store, item_ids: Sequence[int]) -> list[Dossier]:
    """In the order of the ids; those that are not there are left out."""
    with store.read() as tx:
        return list(open_dossiers(tx, tx.items.many(item_ids)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How many there are in all, and one page of them; `unread`: items whose words are not known yet."""

    total: int
    dossiers: tuple[Dossier, ...]
    unread: int = 0


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
    unread = _make_words(store, search)
    with store.read() as tx:
        search = _with_tagged(tx, search)
        if problem is None:
            total, items = tx.items.find(search, limit=limit, offset=offset)
            return Found(total=total, dossiers=tuple(open_dossiers(tx, items)), unread=unread)
        having = _having(tx, problem, search, settings)
        shown = tx.items.many(having[offset : offset + limit])
        return Found(total=len(having), dossiers=tuple(open_dossiers(tx, shown)), unread=unread)


def _having(tx: Transaction, problem: str, search: Search, settings: Settings) -> list[int]:
    """The ids of those that have this problem or warning.

    Items on which nobody has worked all lack the same: one of them speaks for the thousands in a queue.
    """
    edition = settings.editions[search.edition]
    wanted = tx.items.ids(search)
    worked_on = tx.items.worked_on(edition=search.edition)
    having: dict[int, bool] = {}
    blank = next((item_id for item_id in wanted if item_id not in worked_on), None)
    touched = [item_id for item_id in wanted if item_id in worked_on or item_id == blank]
    for start in range(0, len(touched), _AT_ONCE):
        for dossier in open_dossiers(tx, tx.items.many(touched[start : start + _AT_ONCE])):
            having[dossier.item.id] = dossier.has(problem, edition, settings)
    like_blank = blank is not None and having[blank]
    return [item_id for item_id in wanted if having.get(item_id, like_blank)]


def row_ids(store: Store, search: Search) -> list[int]:
    """All that a long list scrolls through, newest first; `rows` reads the part that is on the screen.

    Ids are few bytes, and a list of them keeps still while others work on the queue: with offsets, each
    item that somebody takes would let the next one slip by unseen.
    """
    _make_words(store, search)
    with store.read() as tx:
        return tx.items.ids(_with_tagged(tx, search))


def rows(store: Store, item_ids: Sequence[int], *, edition: str) -> list[Row]:
    """A line for each, in the order of the ids; those that are not there are left out."""
    with store.read() as tx:
        return tx.rows.of(item_ids, edition=edition)


def _make_words(store: Store, search: Search) -> int:
    """What was saved a moment ago is found. After an upgrade the newest are, and how many others are not."""
    if search.query is None:
        return 0
    with suppress(DatabaseBusy):  # somebody writes for long: better to find what can be found
        for _ in range(_TURNS):
            with store.read() as tx:
                if not tx.words.is_due():
                    return 0
            with store.begin() as tx:
                tx.words.fill()
    with store.read() as tx:
        return tx.words.waiting()


def _with_tagged(tx: Transaction, search: Search) -> Search:
    return search if search.tag is None else replace(search, tagged_source_ids=tx.sources.tagged(search.tag))


def open_dossier(tx: Transaction, item: Item) -> Dossier:
    return next(open_dossiers(tx, [item]))


def open_dossiers(tx: Transaction, items: Sequence[Item]) -> Iterator[Dossier]:
    """In the order of the items; a handful of statements for every few hundred of them."""
    for start in range(0, len(items), _AT_ONCE):
        batch = items[start : start + _AT_ONCE]
        newest = tx.entries.many({item.entry_id for item in batch if item.entry_id is not None})
        pages = tx.pages.newest(newest)
        failures = tx.pages.failures(newest)
        sources = tx.sources.many({entry.source_id for entry in newest.values()})
        publications = tx.publications.of_items([item.id for item in batch])
        suggestions = tx.items.suggestions([item.id for item in batch])
        siblings = tx.clusters.siblings([item.id for item in batch if item.cluster is not None])
        comments = tx.comments.of_items([item.id for item in batch])
        unapproved = _unapproved(tx, batch, publications)
        imports = tx.imports.of_items([item.id for item in batch if item.entry_id is None])
        pictures = tx.pictures.asked(item.image.url for item in batch if item.image)
        for item in batch:
            latest = newest.get(item.entry_id) if item.entry_id is not None else None
            page = pages.get(latest.id) if latest else None
            yield Dossier(
                item=item,
                said=_frozen(tx, item, latest),
                newest=latest.revision if latest else None,
                page=_frozen_page(tx, item, page),
                newest_page=page.n if page else None,
                page_failure=failures.get(latest.id) if latest else None,
                source=sources[latest.source_id] if latest else None,
                publications=tuple(publications.get(item.id, ())),
                suggestions=tuple(suggestions.get(item.id, ())),
                siblings=siblings.get(item.id, ()),
                comments=comments.get(item.id, ()),
                unapproved=unapproved.get(item.id, {}),
                picture=pictures.get(item.image.url) if item.image else None,
                imports=tuple(imports.get(item.id, ())),
            )


_AT_ONCE = 500
_TURNS = 10  # of a hundred items: a second or two


def _unapproved(
    tx: Transaction, items: Sequence[Item], publications: Mapping[int, Sequence[Publication]]
) -> dict[int, dict[str, tuple[str, ...]]]:
    """Of the few that are public and were changed since: events hold whole texts."""
    editions = {
        item.id: [p.edition for p in publications.get(item.id, ()) if p.item_version < item.version]
        for item in items
    }
    changed = [item_id for item_id, found in editions.items() if found]
    told = tx.events.standing(changed) if changed else {}
    return {
        item_id: {
            edition: lifecycle.writers(told[item_id], edition)
            for edition in editions[item_id]
            if lifecycle.unapproved(told[item_id], edition)
        }
        for item_id in changed
    }


def _frozen(tx: Transaction, item: Item, newest: Entry | None) -> Entry | None:
    """The revision that was claimed; before that, the newest."""
    if newest is None or item.revision in (None, newest.revision):
        return newest
    return tx.entries.revision(newest.id, item.revision)


def _frozen_page(tx: Transaction, item: Item, newest: Page | None) -> Page | None:
    """The text that was quoted from; before that, the newest."""
    if newest is None or item.page in (None, newest.n):
        return newest
    return tx.pages.quoted(item)
