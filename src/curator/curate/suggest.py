"""Which sentences of an item a machine is to translate, and its answers put together again (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from curator import text
from curator.curate.writing import Writing
from curator.model import UNKNOWN_LANGUAGE, Commentary, Entry, Excerpt, Lang, MachineText, Suggestion
from curator.review import still_machine

# As text.plain() writes the points of a list: an engine would translate the sign, or drop it.
_POINT = re.compile(r"\s*(?:-|\d{1,3}\.) +")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one field is to say in another language: the lines of the original, each in sentences."""

    field: str
    language: Lang
    lines: tuple[str, ...]

    @property
    def sentences(self) -> Iterator[str]:
        """What an engine is asked, in order."""
        for line in self.lines:
            yield from (sentence for sentence in _parts(line)[1] if _says_something(sentence))

    def said(self, answers: Iterable[str]) -> str:
        """The original's shape with the answers to its `sentences` in it."""
        answer = iter(answers)
        lines = []
        for line in self.lines:
            point, sentences = _parts(line)
            lines.append(point + " ".join(next(answer) if _says_something(s) else s for s in sentences))
        return "\n".join(lines)


def wanted(entry: Entry | None, excerpt: Excerpt | None, *, target: Lang) -> tuple[Wanted, ...]:
    """The original title as a headline, the excerpt as a note; nothing that speaks the language already."""
    found = []
    if entry is not None:
        language = entry.language or UNKNOWN_LANGUAGE
        found.append(Wanted(field="headline", language=language, lines=(_line(entry.title),)))
    if excerpt is not None:
        lines = tuple(excerpt.text.splitlines())
        found.append(Wanted(field="note", language=excerpt.language, lines=lines))
    return tuple(
        each for each in found if not _same(each.language, target) and next(each.sentences, None) is not None
    )


def accepted(suggestions: Iterable[Suggestion], commentary: Commentary | None) -> Writing:
    """Machine text as an editor's draft. A note that an editor wrote stays hers."""
    found = {each.field: each for each in suggestions}
    if commentary and commentary.note and not still_machine(commentary, "note"):
        found.pop("note", None)
    return Writing(
        headline=found["headline"].text if "headline" in found else None,
        note=found["note"].text if "note" in found else None,
        suggested={
            field: MachineText(engine=suggestion.engine, text=suggestion.text)
            for field, suggestion in found.items()
        },
    )


def _parts(line: str) -> tuple[str, list[str]]:
    point = _POINT.match(line)
    start = point.end() if point else 0
    return line[:start], text.sentences(line[start:])


def _says_something(sentence: str) -> bool:
    return any(character.isalpha() for character in sentence)


def _line(words: str) -> str:
    return " ".join(words.split())


def _same(one: Lang, other: Lang) -> bool:
    """Enough alike to need no translation: en-GB says to readers of en-US what it has to say."""
    return one.partition("-")[0].lower() == other.partition("-")[0].lower()
