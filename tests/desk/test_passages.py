"""Pieces of a source's text, as they are marked, quoted and laid out; fields, as they are read back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from curator.errors import BadInput
from curator.faces.desk.form import Form, attribution_lines, attributions_in, changes, is_nothing
from curator.faces.desk.passages import OMISSION, Block, Piece, _sentences, chosen, folded, pieces_of
from curator.faces.desk.stage import panes_for
from curator.model import Attribution
from curator.review import is_verbatim

NAMES = {
    "title": "titolo",
    "authors": "autori",
    "publisher": "editore",
    "url": "indirizzo",
    "license": "licenza",
}
WORDS = st.text(alphabet="abc .!?\n", max_size=60)
BLOCKS = st.lists(
    WORDS.map(lambda text: Block(text=text, sentences=_sentences(text))).filter(lambda b: bool(b.sentences)),
    min_size=1,
    max_size=4,
)


@settings(max_examples=60)
@given(BLOCKS, st.data())
def test_whatever_is_marked_is_quoted_verbatim(blocks: list[Block], data: st.DataObject) -> None:
    pieces = [piece for n in range(len(blocks)) for piece in sorted(pieces_of(blocks, n))]
    marked = data.draw(st.sets(st.sampled_from(pieces), min_size=1))
    parts = chosen(blocks, marked).text.split(OMISSION)
    assume(all(any(letter.isalnum() for letter in part) for part in parts))  # else there is nothing to quote

    assert is_verbatim(chosen(blocks, marked).text, "\n\n".join(block.text for block in blocks))


def test_whole_paragraphs_are_named_so_that_their_markup_is_kept() -> None:
    blocks = [
        Block(text=text, sentences=_sentences(text)) for text in ("One. Two.", "Three.", "Four.", "Five.")
    ]
    whole = pieces_of(blocks, 0) | pieces_of(blocks, 1) | pieces_of(blocks, 3)

    assert chosen(blocks, whole).paragraphs == "1-2,4"
    assert chosen(blocks, whole | {Piece(2, 0)}).paragraphs == "1-4"
    assert chosen(blocks, {Piece(0, 0)}).paragraphs is None


@settings(max_examples=60)
@example(" 世a世", 4)
@given(st.text(alphabet="ab 世界\n", max_size=80), st.integers(min_value=2, max_value=20))
def test_no_line_is_wider_than_the_pane_and_no_letter_is_lost(text: str, width: int) -> None:
    lines = [text[a:b] for a, b in folded(text, width)]

    assert all(cell_len(line.rstrip()) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_attributions_are_read_back_as_they_were_written() -> None:
    attributions = (
        Attribution(
            title="A: b", authors=("Ada", "Bo"), publisher="P", url="https://a.example/", license="CC"
        ),
        Attribution(title="C", publisher=None, url=None),
    )

    assert attributions_in(attribution_lines(attributions, NAMES), NAMES) == attributions


@pytest.mark.parametrize(
    ("typed", "code"),
    [("titolo A", "attribution_line_unknown"), ("titolo: A\ntitle: B", "attribution_line_twice")],
)
def test_a_line_of_an_attribution_that_cannot_be_read_is_named(typed: str, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        attributions_in(f"editore: P\n{typed}", NAMES)

    assert refused.value.reason == code
    assert refused.value.data["line"] in (2, 3)


def test_only_what_was_changed_is_written() -> None:
    before = Form(item_id=1, edition="it", version=3, headline="Titolo", note="Nota", excerpt="Due parole.")
    rewrapped = replace(before, excerpt="Due\nparole.")
    written = changes(replace(before, note=""), before, names=NAMES)

    assert is_nothing(changes(rewrapped, before, names=NAMES))
    assert (written.headline, written.note, written.excerpt, written.version) == (None, "", None, 3)


def test_panes_stand_side_by_side_as_far_as_there_is_room() -> None:
    assert panes_for("list", 80, walking=False) == {"list"}
    assert panes_for("reader", 120, walking=False) == {"list", "reader"}
    assert panes_for("typing", 120, walking=False) == {"reader", "typing"}
    assert panes_for("typing", 160, walking=False) == {"list", "reader", "typing"}
    assert panes_for("reader", 120, walking=True) == {"reader", "typing"}
