"""A quotation is word for word: a piece of a word says something else."""

from __future__ import annotations

import pytest

from curator.review import is_verbatim

SAID = "He’d never asked before; we can’t, in 1,500 shops of l’organizzazione. Customers1 stay.Always."


@pytest.mark.parametrize(
    "quote",
    [
        "never asked before",
        "we can't, in 1,500 shops",
        "organizzazione. Customers",
        "Customers stay",
        "Always.",
        "never […] shops",
    ],
)
def test_whole_words_are_verbatim(quote: str) -> None:
    source = SAID.replace("Customers1 stay", "Customers stay") if "s stay" in quote else SAID

    assert is_verbatim(quote, source)


def test_signs_for_the_direction_of_a_text_are_no_part_of_its_words() -> None:
    written = "The name \u2067שלום\u2069 is \u202ba greeting\u202c everywhere."

    assert is_verbatim("name שלום is a greeting", written)
    assert is_verbatim(written[4:-1], "The name שלום is a greeting everywhere.")


@pytest.mark.parametrize(
    "quote",
    [
        "ever asked before",
        "never ask",
        "we can",
        "in 1",
        "500 shops",
        "organ",
        "…",
        "[…]",
        "...",
        "never […] ...",
        "… […] never",
    ],
)
def test_pieces_of_words_and_no_words_are_not(quote: str) -> None:
    assert not is_verbatim(quote, SAID + " And so on...")


def test_a_word_further_on_is_found_behind_a_piece_of_another() -> None:
    assert is_verbatim("ever asked", "They never asked. Who ever asked?")


def test_a_language_without_blanks_is_quoted_at_any_sign() -> None:
    assert is_verbatim("顧客は", "多くの顧客は覚えている。")


@pytest.mark.parametrize("quote", ["customers are happy", "Food that is sugar", "leader spoke"])
def test_words_that_a_hyphen_turns_round_are_not_what_was_said(quote: str) -> None:
    source = (
        "Our non-customers are happy. Food that is sugar-free. The ex-leader spoke. It fell — customers left."
    )

    assert not is_verbatim(quote, source)
    assert is_verbatim("customers left", source)
    assert is_verbatim("non-customers are happy […] sugar-free", source)
