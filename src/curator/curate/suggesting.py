"""Machine text as an aid: asked for with no transaction open, kept beside the item, accepted on purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from curator.curate.asking import Machines, Translated, translated
from curator.curate.dossier import Dossier, read_dossier
from curator.curate.suggest import Wanted, accepted, is_stale, languages, wanted
from curator.curate.usecases import first_excerpt, opened, saved
from curator.errors import Refused
from curator.model import Editor, Excerpt, Item, Lang, Move, Suggestion
from curator.settings import Edition, Settings
from curator.store import Store
from curator.text import plain
from curator.text.masks import Terms


def suggest(
    store: Store,
    machines: Machines,
    item_id: int,
    *,
    language: Lang,
    by: Editor,
    settings: Settings,
    edition: Edition,
    clock: Callable[[], datetime],
    anew: bool = False,
) -> tuple[Suggestion, ...]:
    """Let the first engine that answers translate title and excerpt; an older suggestion makes room.

    The item itself stays as it is, its version too: nobody's save is in the way.
    What an engine has said before it is not asked again, unless `anew`.
    """
    dossier = read_dossier(store, item_id)
    texts = _wanted(dossier, settings, machines, language)
    if not texts:
        raise Refused("translate_nothing", item=item_id, language=language)
    if not machines.translators:
        raise Refused("translate_no_engine", item=item_id)

    said = translated(machines, texts, target=language, store=store, clock=clock, anew=anew)
    if not isinstance(said, Translated):
        raise Refused("translate_failed", item=item_id, problems=said)

    now = clock()
    suggestions = tuple(
        Suggestion(
            item_id=item_id,
            field=each.field,
            language=language,
            text=plain(said.html[each.field]),
            html=said.html[each.field],
            engine=said.engine,
            at=now,
            basis=each.basis,
        )
        for each in texts
    )
    _keep(store, suggestions, by=by, edition=edition, now=now)
    return suggestions


def accept(
    store: Store,
    machines: Machines,
    item_id: int,
    *,
    by: Editor,
    settings: Settings,
    edition: Edition,
    clock: Callable[[], datetime],
    anew: bool = False,
) -> Item:
    """Make the suggestions in the edition's language this editor's draft, which remembers its engine.

    What was suggested before is taken as the editor has seen it; engines are
    asked only where nothing was, or where something else is quoted since. The
    headline is taken over, the note where no editor has written one; `undo`
    takes it back.
    """
    # Before an engine is asked: somebody else's claim, or a status that cannot be written in.
    dossier = opened(store, item_id, by=by, settings=settings, edition=edition, now=clock())
    if anew or not _answered(dossier, settings, machines, edition.language):
        suggest(
            store,
            machines,
            item_id,
            language=edition.language,
            by=by,
            settings=settings,
            edition=edition,
            clock=clock,
            anew=anew,
        )
    with store.begin() as tx:
        item = tx.items.get(item_id)
        suggestions = _in(edition.language, tx.items.suggestions([item_id]).get(item_id, []))
        writing = accepted(suggestions, item.commentaries.get(edition.key))
        return saved(tx, item, writing, by=by, settings=settings, edition=edition, now=clock())


def stale(dossier: Dossier, settings: Settings) -> frozenset[Suggestion]:
    """The suggestions of what is no longer quoted."""
    if not dossier.suggestions:
        return frozenset()
    excerpt = _excerpt(dossier, settings)
    return frozenset(each for each in dossier.suggestions if is_stale(each, dossier.entry, excerpt))


def _answered(dossier: Dossier, settings: Settings, machines: Machines, language: Lang) -> bool:
    """Whether there is a suggestion of all that is to be said in this language, as it stands now."""
    fresh = set(_in(language, dossier.suggestions)) - stale(dossier, settings)
    fields = {each.field for each in fresh}
    return bool(fields) and {each.field for each in _wanted(dossier, settings, machines, language)} <= fields


def _wanted(dossier: Dossier, settings: Settings, machines: Machines, language: Lang) -> tuple[Wanted, ...]:
    excerpt = _excerpt(dossier, settings)
    terms = {
        spoken: Terms(machines.glossary.between(spoken, language))
        for spoken in languages(dossier.entry, excerpt)
    }
    return wanted(dossier.entry, excerpt, target=language, terms=terms)


def _in(language: Lang, suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    return [each for each in suggestions if each.language == language]


def _excerpt(dossier: Dossier, settings: Settings) -> Excerpt | None:
    """What is quoted, or would be once the item is claimed."""
    if dossier.item.revision is None:
        return first_excerpt(dossier, settings)
    return dossier.item.excerpt


def _keep(
    store: Store, suggestions: Sequence[Suggestion], *, by: Editor, edition: Edition, now: datetime
) -> None:
    item_id, language = suggestions[0].item_id, suggestions[0].language
    fields = {each.field for each in suggestions}
    with store.begin() as tx:
        tx.serialise(f"suggest:{item_id}")
        tx.items.get(item_id)
        stored = _in(language, tx.items.suggestions([item_id]).get(item_id, []))
        older = [each for each in stored if each.field in fields]
        tx.items.put_suggestions(suggestions)
        tx.events.add(
            at=now,
            editor=by.name,
            move=Move.SUGGEST,
            item_id=item_id,
            edition=edition.key,
            before=_record(older),
            after=_record(suggestions),
        )


def _record(suggestions: Sequence[Suggestion]) -> dict[str, Any]:
    return {
        f"suggestions.{each.language}.{each.field}": {"text": each.text, "engine": each.engine}
        for each in suggestions
    }
