"""What a post becomes: a new item, or an item that has more than before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from curator.importing.matching import folded_words
from curator.model import Commentary, Excerpt, Image, Item, Recovered, Status
from curator.settings import Edition, EditorSettings

_Field = TypeVar("_Field")


@dataclass(slots=True, kw_only=True)
class Hand:
    """How this newsroom writes down what posts say: in which edition, tags as they are, editors by name.

    `tags`: each by its folded spelling; new ones are added as they come.
    """

    edition: Edition
    editors: Mapping[str, EditorSettings]
    tags: dict[str, str]

    def item(self, said: Recovered, *, public: bool, now: datetime) -> Item:
        """A new item, without id yet. What no reader has had waits in the queue, with its texts."""
        commentary = Commentary(
            edition=self.edition.key,
            language=self.edition.language,
            headline=said.headline,
            note=said.note,
            stage=Status.PUBLISHED if public else None,
            author=self._author(said.author),
        )
        return Item(
            id=0,
            ulid="",
            version=1,
            status=Status.DRAFTING if public else Status.QUEUED,
            editor=None,
            claimed_until=None,
            entry_id=None,
            revision=None,
            excerpt=said.excerpt,
            attributions=said.attributions,
            image=said.image,
            tags=self._tags(said.tags),
            commentaries={self.edition.key: commentary},
            queued_at=now,
        )

    def completed(
        self, item: Item, before: Sequence[Recovered], after: Recovered, *, how: Completing
    ) -> Item:
        """The item with what further documents say of its post. `before`: as in `merging.tellings`.

        A field that is no longer as any of them says it is an editor's, and stays.
        """
        now = self.item(after, public=True, now=item.queued_at)
        result = replace(
            item,
            excerpt=_better_excerpt(
                item.excerpt, _was(item.excerpt, [said.excerpt for said in before]), now.excerpt, how=how
            ),
            attributions=_better(
                item.attributions,
                _was(item.attributions, [said.attributions for said in before]),
                now.attributions,
                how=how,
            ),
            image=_better_image(
                item.image, _was(item.image, [said.image for said in before]), now.image, how=how
            ),
            tags=_better_tags(item.tags, [said.tags for said in before], now.tags, how=how),
        )
        key = self.edition.key
        mine = item.commentaries.get(key)
        if mine is None:
            return result
        new = now.commentaries[key]
        headline = _was(mine.headline, [said.headline for said in before])
        note = _was(mine.note, [said.note for said in before])
        author = _was(mine.author, [self._author(said.author) for said in before])
        said = replace(
            mine,
            headline=_better(mine.headline, headline, new.headline, how=how),
            note=_better(mine.note, note, new.note, how=how),
            author=_better(mine.author, author, new.author, how=how),
        )
        return replace(result, commentaries={**item.commentaries, key: said})

    def published(self, item: Item) -> Item:
        """A draft that readers turn out to have."""
        key = self.edition.key
        said = replace(item.commentaries[key], stage=Status.PUBLISHED)
        return replace(item, status=Status.DRAFTING, commentaries={**item.commentaries, key: said})

    def _author(self, name: str | None) -> str | None:
        """An editor of the settings, by key or by the name that readers know; nobody else."""
        folded = (name or "").strip().casefold()
        if not folded:
            return None
        return next(
            (
                key
                for key, editor in self.editors.items()
                if folded in (key.casefold(), editor.name.casefold())
            ),
            None,
        )

    def _tags(self, tags: Iterable[str]) -> tuple[str, ...]:
        """Each as it is written already, once."""
        return tuple(
            {folded: self.tags.setdefault(folded, tag) for tag in tags if (folded := tag.casefold())}.values()
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Completing:
    """How far further documents may change an item.

    `afresh`: all that was known of it has been told in this import, so the best of all holds; else what
    is there stays, and only what it lacks is filled in. `untouched`: no editor has been at it since.
    """

    afresh: bool
    untouched: bool


def _was(mine: _Field, told: Sequence[_Field]) -> _Field:
    """As it was imported: as any of its documents says it, else as all together do.

    What is empty now was taken away where they had something.
    """
    return mine if mine and mine in told else told[0]


def _better(mine: _Field, was: _Field, now: _Field, *, how: Completing) -> _Field:
    """An editor's own stays; else the best where all is told again, and what nobody had said before."""
    if mine != was:
        return mine
    return now if not was or (how.untouched and how.afresh) else mine


def _better_tags(
    mine: tuple[str, ...], told: Sequence[tuple[str, ...]], now: tuple[str, ...], *, how: Completing
) -> tuple[str, ...]:
    """However they were written when they came."""
    folded = _folded(mine)
    is_told = folded == _was(folded, [_folded(tags) for tags in told])
    return _better(mine, mine, now, how=how) if is_told else mine


def _better_excerpt(
    mine: Excerpt | None, was: Excerpt | None, now: Excerpt | None, *, how: Completing
) -> Excerpt | None:
    """The whole of what was a teaser, too, where it begins as that did."""
    if mine and now and mine == was and mine.truncated and how.untouched and _goes_on(mine, now):
        return now
    return _better(mine, was, now, how=how)


def _better_image(
    mine: Image | None, was: Image | None, now: Image | None, *, how: Completing
) -> Image | None:
    """What is known of the same picture by now, too."""
    better = _better(mine, was, now, how=how)
    if better is None or better != was or now is None or now.url != better.url:
        return better
    return replace(
        better,
        alt=better.alt or now.alt,
        credit=better.credit or now.credit,
        license=better.license or now.license,
        file_name=better.file_name or now.file_name,
    )


def _goes_on(was: Excerpt, now: Excerpt) -> bool:
    """Whether the longer one begins as the teaser does, whose last word may be cut."""
    short, long = folded_words(was.text), folded_words(now.text)
    return len(long) > len(short) and long[: len(short) - 1] == short[:-1]


def _folded(tags: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(tag.casefold() for tag in tags))
