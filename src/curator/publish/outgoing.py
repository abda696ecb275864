"""What of the desk becomes public, within one transaction: the new, the corrected, the withdrawn."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from curator import lifecycle, review, rights
from curator.compose import compose, corrected, differs
from curator.errors import EditConflict
from curator.model import (
    Commentary,
    Copy,
    Editor,
    Entry,
    Image,
    Item,
    Move,
    Problem,
    Publication,
    PublicItem,
    Source,
    Status,
)
from curator.publish import journal, records, stories
from curator.settings import Edition, PictureSettings, Settings
from curator.store import Transaction
from curator.store.publications import Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A change that stays inside: the review finds something missing."""

    item_id: int
    version: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One edition's way out. The caller holds `tx.serialise("publish:EDITION")`."""

    tx: Transaction
    settings: Settings
    edition: Edition
    by: Editor
    now: datetime

    def publish(self, authority: str) -> tuple[list[int], list[Held]]:
        published: list[int] = []
        held: list[Held] = []
        ready = self.tx.items.ready(self.edition.key, now=self.now)
        key, known = self.edition.key, journal.read(self.settings) if ready else records.Journal()
        spent = Spent(names=known.names(key), sequence=known.sequence(key))
        lost = stories.before(self.tx, known, key, ready)
        for item in ready:
            content, problems = self._composed(item)
            if problems:
                held.append(Held(item_id=item.id, version=item.version, problems=problems))
                continue
            public = self.tx.publications.get(item.id, self.edition.key)
            moved = self._put(item)
            if moved is None:
                continue
            if public is None:
                self.tx.publications.first(
                    item_id=item.id,
                    edition=self.edition.key,
                    content=replace(content, correction=None),
                    item_version=moved.version,
                    authority=authority,
                    now=self.now,
                    item=item.ulid,
                    had=lost[item.id].had if item.id in lost else known.published.get((key, item.ulid)),
                    spent=spent,
                )
                if item.id in lost:
                    self._was_mailed(item, lost[item.id].issues)
            else:
                self._replace(public, content, item, moved)
            published.append(item.id)
        return published, held

    def _was_mailed(self, item: Item, numbers: Collection[int]) -> None:
        """Before the newsroom was restored: it comes in no other issue."""
        self.tx.serialise(f"issue:{self.edition.key}")
        for issue in self.tx.mailing.issues.of(self.edition.key, limit=None) if numbers else ():
            if issue.number in numbers:
                self.tx.replaying.place(issue, [item.id])

    def correct(self) -> tuple[list[int], list[Held]]:
        done: list[int] = []
        held: list[Held] = []
        late = late_pictures(self.tx, self.edition.key, pictures=self.settings.pictures)
        moved_on = self.tx.items.published(self.edition.key)
        waiting = {item.id: item for item in (*moved_on, *self.tx.items.many(late))}
        for item in waiting.values():
            public = self.tx.publications.get(item.id, self.edition.key)
            if public is None or public.withdrawn_at is not None:
                continue
            if public.imported and item.version == public.item_version:
                self._show_picture(public, item)
                continue
            content, problems = self._composed(item)
            if not differs(public.content, content, edition=self.edition):
                self.tx.publications.seen(public, item_version=item.version)
            elif problems := (*problems, *self._unseen_by_another(item)):
                held.append(Held(item_id=item.id, version=item.version, problems=problems))
            elif moved := self._put(item):
                self._replace(public, content, item, moved)
                done.append(item.id)
        return done, held

    def _show_picture(self, public: Publication, item: Item) -> None:
        """Our copy of what readers had a link to: nobody corrected anything, and it is no news."""
        copy = own_copy(self.tx, item.image, pictures=self.settings.pictures)
        content = replace(public.content, copy=copy)
        self.tx.publications.correct(public, content, item_version=item.version, at=None)

    def withdraw(self) -> list[int]:
        """What the desk took back leaves the outputs; the row stays, its address and id are spent."""
        done: list[int] = []
        for item in self.tx.items.withdrawn(self.edition.key):
            if public := self.tx.publications.get(item.id, self.edition.key):
                note = item.commentaries[self.edition.key].public_note
                self.tx.publications.withdraw(
                    public, public_note=note, item_version=item.version, at=self.now
                )
                done.append(item.id)
        return done

    def _composed(self, item: Item) -> tuple[PublicItem, tuple[Problem, ...]]:
        entry, source = provenance(self.tx, item)
        content = compose(
            item,
            entry,
            source,
            edition=self.edition,
            editors=self.settings.editors,
            copy=own_copy(self.tx, item.image, pictures=self.settings.pictures),
        )
        problems = review.problems(
            item,
            edition=self.edition.key,
            entry=entry,
            page=self.tx.pages.quoted(item),
            source=source,
            quotation=self.settings.quotation,
        )
        return content, problems

    def _unseen_by_another(self, item: Item) -> tuple[Problem, ...]:
        """With two persons, a correction goes out when another than those who wrote it has approved it."""
        if not self.settings.review.two_person:
            return ()
        told = self.tx.events.standing([item.id])[item.id]
        if not lifecycle.unapproved(told, self.edition.key):
            return ()
        return (review.unapproved(item, lifecycle.writers(told, self.edition.key)),)

    def _put(self, item: Item) -> Item | None:
        """The item as published, with its event; None when an editor was faster: next time, then."""
        commentary = item.commentaries[self.edition.key]
        public = _settled(commentary)
        new = replace(item, commentaries={**item.commentaries, self.edition.key: public})
        try:
            return self.tx.items.put(
                item, new, move=Move.PUBLISH, by=self.by.name, edition=self.edition.key, now=self.now
            )
        except EditConflict:
            return None

    def _replace(self, public: Publication, content: PublicItem, item: Item, moved: Item) -> None:
        minor = item.commentaries[self.edition.key].minor
        self.tx.publications.correct(
            public,
            corrected(public.content, content, now=self.now),
            item_version=moved.version,
            at=None if minor else self.now,
        )


def _settled(commentary: Commentary) -> Commentary:
    """Published, and what described the pending change has been said."""
    return replace(commentary, stage=Status.PUBLISHED, minor=False, correction=None)


def provenance(tx: Transaction, item: Item) -> tuple[Entry | None, Source | None]:
    """The revision frozen at claim and its source."""
    if item.entry_id is None:
        return None, None
    entry = tx.entries.get(item.entry_id)
    if item.revision is not None and item.revision != entry.revision:
        entry = tx.entries.revision(entry.id, item.revision)
    return entry, tx.sources.get(entry.source_id)


def own_copy(tx: Transaction, image: Image | None, *, pictures: PictureSettings) -> Copy | None:
    """Our copy of a picture that may be shown; None where it may not, or where there is none yet."""
    if image is None or not rights.may_show(image, licenses=pictures.licenses):
        return None
    return tx.pictures.copy_of(image)


def late_pictures(tx: Transaction, edition: str, *, pictures: PictureSettings) -> list[int]:
    """Published items that readers got without the picture that is there now.

    Of what was imported, and no editor has judged, only where it says whose picture it is.
    """
    return [
        item_id
        for item_id, image in tx.pictures.late(edition)
        if rights.may_show(image, licenses=pictures.licenses)
        and (public := tx.publications.get(item_id, edition)) is not None
        and public.content.copy is None
        and public.content.image is not None
        and public.content.image.url == image.url
        and (image.credit or not public.imported)
    ]


def forget_pictures(tx: Transaction, *, pictures: PictureSettings) -> None:
    """Copies that no item may show any more are not ours to keep."""
    tx.pictures.forget(
        url
        for url, images in tx.pictures.owners().items()
        if not any(rights.may_show(image, licenses=pictures.licenses) for image in images)
    )
