"""A source's text in the pieces that can be marked, and what a choice of them quotes (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from curator.curate import passage
from curator.model import Entry
from curator.text.sentences import sentence_ends

OMISSION = "[…]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph as plain text; `sentences` are the places in it, from and to."""

    text: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, order=True)
class Piece:
    """A sentence of a block, both counted from 0."""

    block: int
    sentence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is to be quoted: whole paragraphs by number, as `write --paragraphs` takes them, or words."""

    paragraphs: str | None
    text: str


def blocks_of(entry: Entry | None) -> tuple[Block, ...]:
    if entry is None:
        return ()
    texts = (passage.in_words(block) for block in passage.paragraphs(entry.html))
    return tuple(Block(text=text, sentences=_sentences(text)) for text in texts)


def pieces_of(blocks: Sequence[Block], number: int) -> frozenset[Piece]:
    """All sentences of one paragraph."""
    return frozenset(Piece(number, n) for n in range(len(blocks[number].sentences)))


def chosen(blocks: Sequence[Block], marked: Iterable[Piece]) -> Choice:
    """The marked pieces in reading order, with […] for what is left out between two of them."""
    pieces = sorted(set(marked))
    by_block: dict[int, list[int]] = {}
    for piece in pieces:
        by_block.setdefault(piece.block, []).append(piece.sentence)
    whole = all(len(found) == len(blocks[number].sentences) for number, found in by_block.items())
    said: list[str] = []
    last: Piece | None = None
    for number, found in by_block.items():
        if last is not None and not _follows(blocks, last, Piece(number, found[0])):
            said.append(OMISSION)
        said.append(_words(blocks[number], found))
        last = Piece(number, found[-1])
    return Choice(paragraphs=_ranges(list(by_block)) if whole else None, text="\n\n".join(said))


def _follows(blocks: Sequence[Block], last: Piece, piece: Piece) -> bool:
    """Whether nothing of the text lies between the two, which are of different paragraphs."""
    ended = last.sentence == len(blocks[last.block].sentences) - 1
    return ended and piece.sentence == 0 and piece.block == last.block + 1


def _words(block: Block, sentences: Sequence[int]) -> str:
    said = ""
    for place, number in enumerate(sentences):
        start, end = block.sentences[number]
        if place and number != sentences[place - 1] + 1:
            said = f"{said.rstrip()} {OMISSION} "
        elif place:
            said += block.text[block.sentences[number - 1][1] : start]
        said += block.text[start:end]
    return said.strip()


def _ranges(numbers: Sequence[int]) -> str:
    """0, 1, 2, 5 as "1-3,6"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(f"{a + 1}" if a == b else f"{a + 1}-{b + 1}" for a, b in runs)


def _sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Of plain text; lines of a list are sentences too."""
    edges = sorted({*sentence_ends(text), *(n for n, c in enumerate(text) if c == "\n"), len(text)})
    found: list[tuple[int, int]] = []
    start = 0
    for end in edges:
        while start < end and text[start].isspace():
            start += 1
        if start < end:
            found.append((start, end))
            start = end
    return tuple(found)


# ── lines of a given width ──


def folded(text: str, width: int) -> list[tuple[int, int]]:
    """Where each line of the text begins and ends, broken at spaces, long words anywhere."""
    lines: list[tuple[int, int]] = []
    start = 0
    for paragraph in text.split("\n"):
        lines += _folded_line(paragraph, start, max(width, 2))
        start += len(paragraph) + 1
    return lines


def _folded_line(line: str, offset: int, width: int) -> list[tuple[int, int]]:
    lines: list[tuple[int, int]] = []
    begin = used = 0
    space = -1
    for place, character in enumerate(line):
        cells = _cells(character)
        while used + cells > width and character != " " and place > begin:
            end = space if space >= begin else place
            lines.append((offset + begin, offset + end))
            begin = space + 1 if space >= begin else place
            used = sum(map(_cells, line[begin:place]))
            space = -1
        if character == " ":
            space = place
        used += cells
    return [*lines, (offset + begin, offset + len(line))]


def _cells(character: str) -> int:
    return 2 if east_asian_width(character) in "WF" else 1
