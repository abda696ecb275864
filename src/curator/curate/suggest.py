"""Which sentences of an item a machine is to translate, and its answers put together again (pure)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from curator import text
from curator.curate.writing import Writing
from curator.model import (
    UNKNOWN_LANGUAGE,
    Commentary,
    Entry,
    Excerpt,
    Item,
    Lang,
    MachineText,
    SafeHtml,
    Suggestion,
)
from curator.review import still_machine
from curator.text.markup import BLOCKS, VOID, End, Start, Text, escaped, tokens
from curator.text.masks import Kept, Piece, Sentence, Terms, joined, open_ends
from curator.text.sentences import sentence_ends

_AS_IT_IS = frozenset({"pre", "code", "kbd", "samp"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one field is to say in another language: sentences, and the HTML around them.

    `basis` is the fingerprint of the original: a suggestion with another one is stale.
    """

    field: str
    language: Lang
    parts: tuple[str | Sentence, ...]
    basis: str

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        return tuple(dict.fromkeys(part for part in self.parts if isinstance(part, Sentence)))

    def said(self, answers: Mapping[Sentence, str]) -> SafeHtml:
        """The original's shape with the answers to its `sentences` in it, each in HTML."""
        whole = "".join(part if isinstance(part, str) else answers[part] for part in self.parts)
        return text.clean(whole, base_url=None)


def wanted(
    entry: Entry | None, excerpt: Excerpt | None, *, target: Lang, terms: Mapping[Lang, Terms]
) -> tuple[Wanted, ...]:
    """The original title as a headline, the excerpt as a note; nothing that speaks the language already."""
    found = []
    for field, language, html in _originals(entry, excerpt):
        if _same(language, target):
            continue
        parts = tuple(_parts(html, terms[language]))
        each = Wanted(field=field, language=language, parts=parts, basis=_basis(language, html))
        if each.sentences:
            found.append(each)
    return tuple(found)


def languages(entry: Entry | None, excerpt: Excerpt | None) -> frozenset[Lang]:
    return frozenset(language for _, language, _ in _originals(entry, excerpt))


def is_stale(suggestion: Suggestion, entry: Entry | None, excerpt: Excerpt | None) -> bool:
    """Whether it translates what is no longer quoted."""
    bases = {field: _basis(language, html) for field, language, html in _originals(entry, excerpt)}
    return suggestion.basis is not None and suggestion.basis != bases.get(suggestion.field)


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


def recognised(item: Item, suggestions: Iterable[Suggestion], edition: str) -> Item:
    """Words that somebody copied from a suggestion are a machine's, too, however they got here."""
    commentary = item.commentaries.get(edition)
    if commentary is None:
        return item
    copied = {
        each.field: MachineText(engine=each.engine, text=each.text)
        for each in suggestions
        if each.language == commentary.language
        and text.normalised(getattr(commentary, each.field) or "") == text.normalised(each.text)
        and not still_machine(commentary, each.field)
    }
    if not copied:
        return item
    began = replace(commentary, suggested={**commentary.suggested, **copied})
    return replace(item, commentaries={**item.commentaries, edition: began})


def _originals(entry: Entry | None, excerpt: Excerpt | None) -> Iterator[tuple[str, Lang, str]]:
    if entry is not None:
        yield "headline", entry.language or UNKNOWN_LANGUAGE, escaped(" ".join(entry.title.split()))
    if excerpt is not None:
        yield "note", excerpt.language, excerpt.html


def _basis(language: Lang, html: str) -> str:
    return text.fingerprint(language, html)


# ── a text in sentences ──


def _parts(html: str, terms: Terms) -> Iterator[str | Sentence]:
    run: list[Piece] = []
    untouched: list[str] = []  # open elements whose text is no language
    for token in tokens(html):
        match token:
            case Start(name) if untouched or (name in _AS_IT_IS and name not in BLOCKS):
                untouched += [] if name in VOID else [name]
                run.append(Kept(token.html))
            case End(name) if untouched:
                untouched.pop()
                run.append(Kept(token.html))
            case Start("pre"):
                yield from _sentences(run, terms)
                run, untouched = [Kept(token.html)], ["pre"]
            case Start("img"):
                pass  # a gist has no pictures
            case Start(name) | End(name) if name in BLOCKS or name == "br":
                yield from _sentences(run, terms)
                yield token.html
                run = []
            case Text() if untouched:
                run.append(Kept(token.html, token.text))
            case Text():
                run.append(token.text)
            case _:
                run.append(Kept(token.html))
    yield from _sentences(run, terms)


def _sentences(run: Sequence[Piece], terms: Terms) -> Iterator[str | Sentence]:
    pieces = [piece for part in run for piece in (terms.split(part) if isinstance(part, str) else (part,))]
    for cut in _cut(pieces):
        before, middle, after = _trimmed(joined(iter(cut)))
        sentence = Sentence(middle)
        yield before
        yield sentence if sentence.says_something else sentence.html
        yield after


def _cut(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Where sentences end. A closing tag stays with what it closes; protected words are never cut."""
    ends = list(sentence_ends("".join(_words(piece) for piece in pieces)))
    found: list[list[Piece]] = [[]]
    position = 0
    for piece in pieces:
        if isinstance(piece, Kept):
            is_closing = not piece.words and piece.html.startswith("</")
            behind = is_closing and not found[-1] and len(found) > 1
            found[-2 if behind else -1].append(piece)
            position += len(piece.words)
            at = bisect_left(ends, position)
            if piece.words and at < len(ends) and ends[at] == position:
                found.append([])
            continue
        start = 0
        for end in ends[bisect_right(ends, position) : bisect_right(ends, position + len(piece))]:
            found[-1].append(piece[start : end - position])
            found.append([])
            start = end - position
        if start < len(piece):
            found[-1].append(piece[start:])
        position += len(piece)
    return [each for each in found if each]


def _trimmed(pieces: tuple[Piece, ...]) -> tuple[str, tuple[Piece, ...], str]:
    """Blanks at both ends need not be sent, nor markup that is not about a part of the sentence."""
    start, end = 0, len(pieces)
    while start < end and _is_edge(pieces[start]):
        start += 1
    while end > start and _is_edge(pieces[end - 1]):
        end -= 1
    if open_ends(pieces[start:end]):
        start, end = 0, len(pieces)
    before = "".join(_html(piece) for piece in pieces[:start])
    after = "".join(_html(piece) for piece in pieces[end:])
    middle = list(pieces[start:end])
    if middle and isinstance(middle[0], str):
        stripped = middle[0].lstrip()
        before += " " if stripped != middle[0] else ""
        middle[0] = stripped
    if middle and isinstance(middle[-1], str):
        stripped = middle[-1].rstrip()
        after = (" " if stripped != middle[-1] else "") + after
        middle[-1] = stripped
    return before, tuple(middle), after


def _is_edge(piece: Piece) -> bool:
    return not _words(piece).strip()


def _words(piece: Piece) -> str:
    return piece if isinstance(piece, str) else piece.words


def _html(piece: Piece) -> str:
    return escaped(piece) if isinstance(piece, str) else piece.html


def _same(one: Lang, other: Lang) -> bool:
    """Enough alike to need no translation: en-GB says to readers of en-US what it has to say."""
    return one.partition("-")[0].lower() == other.partition("-")[0].lower()
