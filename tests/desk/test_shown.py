"""What stands on the desk, and how: marks, quotations, tags."""

from __future__ import annotations

from dataclasses import replace

from builders import ITALIAN
from curator.faces.desk import preview
from curator.faces.desk.asking import completed
from curator.faces.desk.findings import next_of
from curator.faces.desk.form import Form, changes, is_nothing, split_tags
from curator.faces.desk.passages import Block, Choice, _sentences
from curator.faces.desk.reader import Reader
from curator.model import Problem
from publishing import a_public_item, an_excerpt

FORM = Form(item_id=1, edition="it", version=3, tags="attese, fedeltà")


def test_each_line_of_a_quotation_has_its_bar_however_narrow_the_pane() -> None:
    words = "Customers remember how you made them feel, and for how long they had to wait for it."
    public = a_public_item(excerpt=an_excerpt(f"<p>{words}</p><p>Always.</p>"), note=None, attributions=())
    lines = preview.as_text(public, edition=ITALIAN, width=30).plain.split("\n")
    quoted = [line for line in lines if line.startswith("│ ")]

    assert len(quoted) > 3
    assert max(map(len, quoted)) <= 30
    assert " ".join(" ".join(line.removeprefix("│ ") for line in quoted).split()) == f"{words} Always."


def test_a_mark_is_set_and_taken_away_where_the_cursor_stays() -> None:
    reader = Reader()
    reader._blocks = tuple(
        Block(text=text, sentences=_sentences(text)) for text in ("One. Two.", "Three.", "Four.")
    )
    reader.mark()
    here, first = reader.block, reader.choice()
    reader.mark()

    assert here == 0
    assert first == Choice(paragraphs="1", text="One. Two.")
    assert reader.marked == frozenset()


def test_tags_are_words_between_commas_and_no_change_is_none() -> None:
    assert split_tags("CX,  doppio   spazio, ,più parole chiave,") == (
        "CX",
        "doppio spazio",
        "più parole chiave",
    )
    assert is_nothing(changes(replace(FORM, tags="attese,fedeltà, "), FORM, names={}))
    assert changes(replace(FORM, tags="attese"), FORM, names={}).tags == ("attese",)


def test_the_next_thing_to_mend_is_somewhere_else_or_other_words_of_this_field() -> None:
    alt = Problem(code="alt_missing", field="image.alt")
    credit = Problem(code="image_credit_missing", field="image.credit")
    doubled, accent = (Problem(code="lint_accent", field="note", data={"start": n}) for n in (3, 9))

    assert next_of([alt, credit], -1, at="alt") == 1
    assert next_of([alt, credit], 1, at="headline") == 0
    assert next_of([alt], 0, at="alt") == 0
    assert next_of([doubled, accent], 0, at="note") == 1


def test_a_name_is_completed_where_only_one_begins_so() -> None:
    names = ("anna", "bruno", "brunella")

    assert [completed(typed, names) for typed in ("A", "bru", "bruno", "", "zoe")] == [
        *("anna", "bru", "bruno", "", "zoe"),
    ]
