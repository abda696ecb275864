"""Where an item says what was looked for: a line of each of its texts, with the words marked (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from curator.curate.dossier import Dossier
from curator.text import plain
from curator.text.stems import Question, Word, question, words

_AROUND = 60  # characters before the first marked word
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """`text`: of a field, in one line, what has most of the words; `marks`: where they stand in it."""

    field: str
    text: str
    marks: tuple[tuple[int, int], ...]


def matches(dossier: Dossier, asked: str, *, edition: str) -> tuple[Match, ...]:
    """What counts most comes first. Empty where the words stand further on than a list would show."""
    wanted = question(asked)
    return tuple(
        match
        for field, text, language in _texts(dossier, edition)
        if text and (match := _match(field, " ".join(text.split()), language, wanted))
    )


def _texts(dossier: Dossier, edition: str) -> Iterator[tuple[str, str | None, str | None]]:
    item, entry = dossier.item, dossier.said
    # The edition that is asked for first: the same words in another are found, too.
    for said in sorted(item.commentaries.values(), key=lambda said: said.edition != edition):
        yield "headline", said.headline, said.language
        yield "note", said.note, said.language
    yield "tags", ", ".join(item.tags), None
    if entry:
        yield "title", entry.title, entry.language
        yield "authors", ", ".join(entry.authors), None
    if dossier.page:
        yield "authors", ", ".join(dossier.page.article.authors), None
    for one in item.attributions:
        parts = (one.title, ", ".join(one.authors), one.publisher)
        yield "attribution", " — ".join(part for part in parts if part), None
    if dossier.source:
        yield "source", dossier.source.name, None
    if item.image:
        yield "credit", item.image.credit, None
    if item.excerpt:
        yield "excerpt", item.excerpt.text, item.excerpt.language
    elif entry:
        yield "entry", plain(entry.html), entry.language


def _match(field: str, text: str, language: str | None, wanted: Question) -> Match | None:
    met = [word for word in words(text, language=language) if any(one.meets(word) for one in wanted.wanted)]
    if not met:
        return None
    start, end = _window(text, met)
    marks = [
        (word.start - start, word.end - start) for word in met if word.start >= start and word.end <= end
    ]
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return Match(
        field=field,
        text=f"{before}{text[start:end]}{after}",
        marks=tuple((at + len(before), to + len(before)) for at, to in marks),
    )


def _window(text: str, met: Sequence[Word]) -> tuple[int, int]:
    """Whole words around the densest of those that were met."""
    if len(text) <= _LONGEST:
        return 0, len(text)
    best = max(
        met, key=lambda first: sum(first.start <= w.start < first.start + _LONGEST - _AROUND for w in met)
    )
    start = max(0, best.start - _AROUND)
    if start:
        start = text.find(" ", start, best.start) + 1 or best.start
    end = start + _LONGEST
    if end < len(text):
        end = max(text.rfind(" ", start, end), best.end)
    return start, min(end, len(text))
