"""What a post becomes: a new item, or an item that has more than before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from curator.importing.matching import folded_words
from curator.model import Commentary, Excerpt, Image, Item, Recovered, Status
from curator.settings import Edition, EditorSettings


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

    def completed(self, item: Item, before: Recovered, after: Recovered, *, how: Completing) -> Item:
        """The item with what further documents say of its post.

        A field that is no longer as it was imported is an editor's, and stays.
        """
        was = self.item(before, public=True, now=item.queued_at)
        now = self.item(after, public=True, now=item.queued_at)
        fields = {
            name: _better(getattr(item, name), getattr(was, name), getattr(now, name), how=how)
            for name in ("excerpt", "attributions", "image")
        }
        fields["tags"] = item.tags
        if _folded(item.tags) == _folded(was.tags):
            fields["tags"] = _better(item.tags, item.tags, now.tags, how=how)
        result = replace(item, **fields)
        key = self.edition.key
        mine = item.commentaries.get(key)
        if mine is None:
            return result
        old, new = was.commentaries[key], now.commentaries[key]
        said = replace(
            mine,
            **{
                name: _better(getattr(mine, name), getattr(old, name), getattr(new, name), how=how)
                for name in ("headline", "note", "author")
            },
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


def _better(mine: object, was: object, now: object, *, how: Completing) -> object:
    if mine != was or now == was or not now:
        return mine
    if how.untouched and how.afresh:
        return now
    if not was:
        return now
    match was, now:
        case Image(), Image():
            return _filled(was, now)
        case Excerpt(), Excerpt() if how.untouched and was.truncated and _goes_on(was, now):
            return now
        case _:
            return mine


def _filled(was: Image, now: Image) -> Image:
    """What is known of the same picture by now."""
    if was.url != now.url:
        return was
    lacking = [name for name in ("alt", "credit", "license", "file_name") if not getattr(was, name)]
    return replace(was, **{name: getattr(now, name) for name in lacking})


def _goes_on(was: Excerpt, now: Excerpt) -> bool:
    """Whether the longer one begins as the teaser does, whose last word may be cut."""
    short, long = folded_words(was.text), folded_words(now.text)
    return len(long) > len(short) and long[: len(short) - 1] == short[:-1]


def _folded(tags: Iterable[str]) -> list[str]:
    return [tag.casefold() for tag in tags]
