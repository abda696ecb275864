"""Machine text as an aid: asked for with no transaction open, kept beside the item, accepted on purpose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from curator.curate.dossier import Dossier, read_dossier
from curator.curate.suggest import Wanted, accepted, wanted
from curator.curate.usecases import first_excerpt, opened, saved
from curator.errors import Refused
from curator.model import Editor, Excerpt, Failed, Item, Lang, Move, Problem, Suggestion
from curator.ports import Translator
from curator.settings import Edition, Settings
from curator.store import Store


def suggest(
    store: Store,
    translators: Sequence[Translator],
    item_id: int,
    *,
    language: Lang,
    by: Editor,
    settings: Settings,
    edition: Edition,
    clock: Callable[[], datetime],
) -> tuple[Suggestion, ...]:
    """Let the first engine that answers translate title and excerpt; an older suggestion makes room.

    The item itself stays as it is, its version too: nobody's save is in the way.
    """
    dossier = read_dossier(store, item_id)
    texts = wanted(dossier.entry, _excerpt(dossier, settings), target=language)
    if not texts:
        raise Refused("translate_nothing", item=item_id, language=language)
    if not translators:
        raise Refused("translate_no_engine", item=item_id)

    engine, said = _ask(translators, texts, item_id, target=language)

    now = clock()
    suggestions = tuple(
        Suggestion(item_id=item_id, field=field, language=language, text=text, engine=engine, at=now)
        for field, text in said.items()
    )
    _keep(store, suggestions, by=by, edition=edition, now=now)
    return suggestions


def accept(
    store: Store,
    translators: Sequence[Translator],
    item_id: int,
    *,
    by: Editor,
    settings: Settings,
    edition: Edition,
    clock: Callable[[], datetime],
) -> Item:
    """Make the suggestions in the edition's language this editor's draft, which remembers its engine.

    What was suggested before is taken as the editor has seen it; an engine is
    asked only where nothing was. The headline is taken over, the note where no
    editor has written one; `undo` takes it back.
    """
    # Before an engine is asked: somebody else's claim, or a status that cannot be written in.
    dossier = opened(store, item_id, by=by, settings=settings, edition=edition, now=clock())
    if not _in(edition.language, dossier.suggestions):
        suggest(
            store,
            translators,
            item_id,
            language=edition.language,
            by=by,
            settings=settings,
            edition=edition,
            clock=clock,
        )
    with store.begin() as tx:
        item = tx.items.get(item_id)
        suggestions = _in(edition.language, tx.items.suggestions([item_id]).get(item_id, []))
        writing = accepted(suggestions, item.commentaries.get(edition.key))
        return saved(tx, item, writing, by=by, settings=settings, edition=edition, now=clock())


def _in(language: Lang, suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    return [each for each in suggestions if each.language == language]


def _excerpt(dossier: Dossier, settings: Settings) -> Excerpt | None:
    """What is quoted, or would be once the item is claimed."""
    if dossier.item.revision is None:
        return first_excerpt(dossier, settings)
    return dossier.item.excerpt


def _ask(
    translators: Sequence[Translator], texts: Sequence[Wanted], item_id: int, *, target: Lang
) -> tuple[str, dict[str, str]]:
    """The engine that answered, and what it said for each field."""
    reasons = []
    for translator in translators:
        said = _said(translator, texts, target)
        if not isinstance(said, Failed):
            return translator.name, said
        reasons.append(Problem(code=said.code, field=translator.name, data=said.data))
    raise Refused("translate_failed", item=item_id, problems=tuple(reasons))


def _said(translator: Translator, texts: Sequence[Wanted], target: Lang) -> dict[str, str] | Failed:
    """All of it or why not: half a note in another language helps nobody."""
    said = {}
    for text in texts:
        answers = []
        for sentence in text.sentences:
            answer = translator.translate(sentence, source=text.language, target=target)
            if isinstance(answer, Failed):
                return answer
            answers.append(answer)
        said[text.field] = text.said(answers)
    return said


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
