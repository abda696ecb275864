"""Markup and terms of the glossary come back from an engine as they went, or its answer does not count."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bricks import markup
from curator.curate.suggest import Wanted, wanted
from curator.model import Excerpt, Lang, SafeHtml
from curator.text import clean, normalised, plain
from curator.text.masks import MARK, Sentence, Terms

ENGLISH, ITALIAN = Lang("en"), Lang("it")
TERMS: dict[str, str | None] = {
    "Customer Experience": None,
    "NPS": None,
    "churn": "tasso di abbandono",
    "Voice of the Customer": None,
    "customer": "cliente",
}


def the_wanted(html: str, terms: Mapping[str, str | None] = TERMS) -> Wanted:
    quoted = Excerpt(html=SafeHtml(html), text=plain(html), language=ENGLISH, truncated=False)
    (found,) = wanted(None, quoted, target=ITALIAN, terms={ENGLISH: Terms(terms)})
    return found


def asked(html: str) -> list[str]:
    return [sentence.asked for sentence in the_wanted(html).sentences]


def said(html: str, *answers: str) -> str | None:
    """What the excerpt becomes with these answers to its sentences."""
    found = the_wanted(html)
    restored = {
        sentence: sentence.restored(answer) for sentence, answer in zip(found.sentences, answers, strict=True)
    }
    whole = {sentence: html for sentence, html in restored.items() if html is not None}
    return found.said(whole) if len(whole) == len(restored) else None


# ── what is asked ──


@pytest.mark.parametrize(
    ("html", "sentences"),
    [
        ("<p>Keep it. Then keep on.</p>", ["Keep it.", "Then keep on."]),
        ("<p>Keep <em>what</em> you said.</p>", ["Keep [[0]]what[[1]] you said."]),
        ("<p><strong>Keep it.</strong> Then go.</p>", ["Keep it.", "Then go."]),
        ("<p><em>Keep it. Then go.</em></p>", ["Keep it.", "Then go."]),
        ('<p>See <a href="https://a.example/"><em>this</em></a>.</p>', ["See [[0]]this[[1]]."]),
        ("<p>Our <b>NPS</b> fell.</p>", ["Our [[0]] fell."]),
        ("<p>Write to ann@a.example or https://a.example/x?y=1.</p>", ["Write to [[0]] or [[1]]."]),
        ("<p>Call <code>nps = f(x)</code> first.</p>", ["Call [[0]] first."]),
        ("<pre>nps = f(x)</pre><p>Now go.</p>", ["Now go."]),
        ("<p>A [[7]] in the text.</p>", ["A [[0]] in the text."]),
        ("<p>NPS</p><p>2024.</p><p>It fell.</p>", ["It fell."]),
        ("<ul><li>One thing.</li><li>Two\n  things.</li></ul>", ["One thing.", "Two things."]),
        ("<p>Half<br>a line</p>", ["Half", "a line"]),
        ("<h2>Why</h2><blockquote><p>Because.</p></blockquote>", ["Why", "Because."]),
    ],
)
def test_an_engine_gets_sentences_of_text(html: str, sentences: list[str]) -> None:
    assert asked(html) == sentences


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("customer experience matters", "[[0]] matters"),
        ("Customer\u00a0Experience, then", "[[0]], then"),
        ("the voice of the customer speaks", "the [[0]] speaks"),  # the longest term
        ("NPS and nps", "[[0]] and nps"),  # an acronym only in capitals
        ("churners and churn.", "churners and [[0]]."),  # whole words
    ],
)
def test_terms_of_the_glossary_are_masked(text: str, masked: str) -> None:
    assert asked(f"<p>{text}</p>") == [masked]


def test_a_word_without_end_and_a_paragraph_of_a_thousand_emphases_are_only_long() -> None:
    word, emphases = "a" * 60_000, "<em>So.</em> Go on. " * 1_000

    assert list(Terms(TERMS).split(word)) == [word]
    assert asked(f"<p>{emphases}</p>") == ["So.", "Go on."]


# ── what comes back ──


@pytest.mark.parametrize(
    ("html", "answer", "expected"),
    [
        ("<p>Keep <em>what</em> is.</p>", "Tieni [[0]]ciò[[1]] che è.", "<p>Tieni <em>ciò</em> che è.</p>"),
        ("<p>Keep <em>it</em>.</p>", "Tienilo [ [0]] bene [[ 1 ]] .", "<p>Tienilo <em>bene</em>.</p>"),
        ("<p>The NPS fell.</p>", "È sceso lo[[0]].", "<p>È sceso lo NPS.</p>"),
        ("<p>Less churn now.</p>", "Meno [[0]] ora.", "<p>Meno tasso di abbandono ora.</p>"),
        ("<p>Churn hurts.</p>", "[[0]] fa male.", "<p>Tasso di abbandono fa male.</p>"),
        ("<p>Our <b>NPS</b> fell.</p>", "[[0]] è sceso.", "<p><b>NPS</b> è sceso.</p>"),
        ("<p>It &lt;is&gt; so.</p>", "È <b>così</b> & via.", "<p>È &lt;b&gt;così&lt;/b&gt; &amp; via.</p>"),
    ],
)  # fmt: skip
def test_what_stood_behind_the_marks_comes_back(html: str, answer: str, expected: str) -> None:
    assert said(html, answer) == expected


@pytest.mark.parametrize(
    "answer",
    [
        "Tieni ciò che dici.",
        "Tieni [[0]]ciò che dici.",
        "Tieni [[0]]ciò[[1]] che [[1]]dici.",
        "Tieni [[0]]ciò[[1]] che [[2]]dici.",
        "Tieni [[1]]ciò[[0]] che dici.",
    ],
)
def test_a_mark_that_is_lost_doubled_made_up_or_out_of_order_is_no_answer(answer: str) -> None:
    assert said("<p>Keep <em>what</em> you said.</p>", answer) is None


def test_terms_may_change_their_order() -> None:
    html = said("<p>Write to ann@a.example about NPS today.</p>", "Sull’[[1]] scrivi oggi a [[0]].")

    assert html == "<p>Sull’NPS scrivi oggi a ann@a.example.</p>"


def test_without_its_markup_a_sentence_keeps_its_terms() -> None:
    (sentence,) = the_wanted("<p>Our <b>NPS</b> <em>fell</em> a lot.</p>").sentences

    assert sentence.bare().asked == "Our [[0]] fell a lot."
    assert sentence.bare().restored("[[0]] è sceso.") == "NPS è sceso."


def test_piece_by_piece_terms_stay_where_they_are() -> None:
    (sentence,) = the_wanted("<p>The NPS of a <em>customer</em> fell.</p>").sentences
    shape = sentence.bare()
    answers = {text: text.upper() for text in shape.texts}

    assert shape.texts == ("The", "of a", "fell.")
    assert shape.pieced(answers) == "THE NPS OF A cliente FELL."


# ── whatever is said ──


@given(markup)
def test_an_engine_that_repeats_everything_changes_no_word(html: str) -> None:
    safe = clean(html, base_url=None)
    quoted = Excerpt(html=safe, text=plain(safe), language=ENGLISH, truncated=False)
    for found in wanted(None, quoted, target=ITALIAN, terms={ENGLISH: Terms({"NPS": None})}):
        answers = {sentence: sentence.restored(sentence.asked) for sentence in found.sentences}

        whole = found.said({sentence: html for sentence, html in answers.items() if html is not None})

        assert None not in answers.values()
        assert normalised(plain(whole)) == normalised(plain(safe))


@given(st.lists(st.sampled_from(["[[0]]", "[[1]]", "[[2]]", "[ [ 1] ]", "x", " ", ".", "<b>", "&"])))
def test_no_answer_makes_up_markup_or_loses_any(answer: list[str]) -> None:
    (sentence,) = the_wanted("<p>Keep <em>what</em> you said.</p>").sentences

    html = sentence.restored("".join(answer))

    if html is not None:
        assert re.findall("<[^>]*>", html) == ["<em>", "</em>"]


@given(st.text())
def test_no_text_is_too_odd_for_masks(text: str) -> None:
    pieces = tuple(Terms(TERMS).split(text))
    sentence = Sentence(pieces)

    assert "".join(piece if isinstance(piece, str) else piece.words for piece in pieces) == text
    assert len(MARK.findall(sentence.asked)) == sum(not isinstance(piece, str) for piece in pieces)
