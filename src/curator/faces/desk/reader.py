"""The reader: what the source says, in pieces that can be marked and quoted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Region
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from curator.faces.desk.listing import be_high
from curator.faces.desk.passages import Block, Choice, Piece, chosen, folded, pieces_of
from curator.faces.messages import printable

GUTTER = 5
"""Columns before the text: the number of the paragraph, and whether it is marked."""


class Reader(ScrollView, can_focus=True):
    """A cursor on a paragraph (up, down) or on a sentence of it (left, right); marked pieces are a choice."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "reader--text",
        "reader--head",
        "reader--faint",
        "reader--warn",
        "reader--cursor",
        "reader--marked",
        "reader--marked-cursor",
    }

    block: reactive[int] = reactive(0)
    sentence: reactive[int | None] = reactive(None)

    def __init__(self) -> None:
        super().__init__(id="reader")
        self._head: list[tuple[str, str]] = []
        self._blocks: tuple[Block, ...] = ()
        self._texts: list[str] = []  # of the blocks, harmless to a terminal and as long
        self.marked: frozenset[Piece] = frozenset()
        self._lines: list[tuple[int, int, int]] = []  # block (-1: of the head), from, to
        self._head_lines: list[tuple[str, str]] = []
        self._tops: list[int] = []

    # ── what it shows ──

    def show(self, head: Sequence[tuple[str, str]], blocks: Sequence[Block]) -> None:
        """`head`: lines above the text with their style: head, faint or warn."""
        self._head = list(head)
        self._blocks = tuple(blocks)
        self._texts = [
            "\n".join(printable(line) for line in block.text.split("\n")) for block in self._blocks
        ]
        self.marked = frozenset()
        self.block, self.sentence = 0, None
        self._lay_out()
        self.scroll_to(y=0, animate=False, force=True)

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self._blocks

    def on_resize(self, _event: Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        width = max(10, self.size.width - GUTTER - 1)
        self._head_lines = [
            (text[a:b], style)
            for text, style in self._head
            for a, b in folded(text, max(10, self.size.width - 2))
        ]
        self._lines, self._tops = [], []
        for number, block in enumerate(self._blocks):
            self._tops.append(len(self._lines))
            self._lines += [(number, a, b) for a, b in folded(block.text, width)]
            self._lines.append((number, len(block.text), len(block.text)))
        height = len(self._head_lines) + 1 + len(self._lines)
        be_high(self, height)
        self.refresh()

    # ── moving and marking ──

    def move(self, by: int) -> None:
        """Another paragraph."""
        if self._blocks:
            self.sentence = None
            self.block = max(0, min(self.block + by, len(self._blocks) - 1))
            self._bring()

    def move_pages(self, by: int) -> None:
        if not self._blocks:
            return
        line = self._tops[self.block] + by * max(1, self.size.height - 2)
        place = bisect_right(self._tops, max(0, line)) - 1
        self.move((place - self.block) or by)

    def move_to_end(self, *, last: bool) -> None:
        self.move(len(self._blocks) if last else -len(self._blocks))

    def move_sentence(self, by: int) -> None:
        """Another sentence, into the next paragraph where this one ends."""
        if not self._blocks:
            return
        if self.sentence is None:
            self.sentence = 0 if by > 0 else len(self._blocks[self.block].sentences) - 1
        else:
            wanted = self.sentence + by
            if wanted < 0 and self.block > 0:
                self.block -= 1
                wanted = len(self._blocks[self.block].sentences) - 1
            elif wanted >= len(self._blocks[self.block].sentences) and self.block + 1 < len(self._blocks):
                self.block += 1
                wanted = 0
            self.sentence = max(0, min(wanted, len(self._blocks[self.block].sentences) - 1))
        self._bring()

    def mark(self) -> None:
        """Mark what the cursor is on, or unmark it; the cursor stays, and the next key is about it too."""
        if not self._blocks:
            return
        here = self._here()
        self.marked = self.marked - here if here <= self.marked else self.marked | here
        self.refresh()

    def mark_all(self) -> None:
        self.marked = frozenset().union(*(pieces_of(self._blocks, n) for n in range(len(self._blocks))))
        self.refresh()

    def unmark_all(self) -> None:
        self.marked = frozenset()
        self.refresh()

    def choice(self) -> Choice | None:
        """What is marked; nothing is: what the cursor is on."""
        if not self._blocks:
            return None
        return chosen(self._blocks, self.marked or self._here())

    def _here(self) -> frozenset[Piece]:
        if self.sentence is None:
            return pieces_of(self._blocks, self.block)
        return frozenset({Piece(self.block, self.sentence)})

    def _bring(self) -> None:
        top = len(self._head_lines) + 1 + self._tops[self.block]
        below = (self._tops[self.block + 1] if self.block + 1 < len(self._tops) else len(self._lines)) - 1
        height = max(1, below - self._tops[self.block])
        if self.block == 0:
            top, height = 0, top + height
        self.scroll_to_region(
            Region(0, top, 1, min(height, max(1, self.size.height))), animate=False, force=True
        )
        self.refresh()

    # ── painting ──

    def render_line(self, y: int) -> Strip:
        line = y + int(self.scroll_offset.y)
        width = self.size.width
        if line < len(self._head_lines):
            text, style = self._head_lines[line]
            return self._strip([Segment(f" {printable(text)}", self._style(style))], width)
        line -= len(self._head_lines) + 1
        if not 0 <= line < len(self._lines):
            return Strip.blank(width, self._style("text"))
        number, start, end = self._lines[line]
        first = line == self._tops[number]
        block = self._blocks[number]
        gutter = (
            self._gutter(number, first=first) if start < end else [Segment(" " * GUTTER, self._style("text"))]
        )
        return self._strip([*gutter, *self._text(block, number, start, end)], width)

    def _strip(self, segments: list[Segment], width: int) -> Strip:
        return Strip(segments).adjust_cell_length(width, self._style("text"))

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"reader--{name}")

    def _gutter(self, number: int, *, first: bool) -> list[Segment]:
        marked = any(piece.block == number for piece in self.marked)
        label = f"{number + 1:>3}" if first else "   "
        here = number == self.block and self.has_focus
        bar = "▌" if here else ("▎" if marked else " ")
        return [Segment(f"{label[-3:]}{bar} ", self._style("head" if here else "faint"))]

    def _text(self, block: Block, number: int, start: int, end: int) -> list[Segment]:
        """The line in runs of one look: a sentence may be marked, under the cursor, or both."""
        segments: list[Segment] = []
        place, text = start, self._texts[number]
        for n, (a, b) in enumerate(block.sentences):
            if b <= start or a >= end:
                continue
            if a > place:
                between = self._look(Piece(number, n - 1)) if n else None
                same = between is not None and between == self._look(Piece(number, n))
                segments.append(Segment(text[place:a], between if same else self._style("text")))
            to = min(b, end)
            segments.append(Segment(text[max(a, start) : to], self._look(Piece(number, n))))
            place = to
        if place < end:
            segments.append(Segment(text[place:end], self._style("text")))
        return segments

    def _look(self, piece: Piece) -> Style:
        under = (
            self.has_focus
            and piece.block == self.block
            and (self.sentence is None or self.sentence == piece.sentence)
        )
        if piece in self.marked:
            return self._style("marked-cursor" if under else "marked")
        return self._style("cursor" if under else "text")
