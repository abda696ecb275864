"""Words as finding needs them: whatever their accents, case, elisions and endings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.text.stems import indexed, question, words


def finds(asked: str, text: str, *, language: str | None = "it") -> bool:
    """As both engines do it: every wanted thing is there."""
    there = indexed(text, language=language).split()
    wanted = question(asked).wanted
    return bool(wanted) and all(
        any(form in there for form in one.forms)
        or any(one.beginning and word.startswith(one.beginning) for word in there)
        or (one.phrase and " ".join(one.phrase) in " ".join(there))
        for one in wanted
    )


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("organizzazione ", "le organizzazioni del servizio"),
        ("clienti ", "il cliente"),
        ("telefoni ", "al telefono"),
        ("italiano ", "le aziende italiane"),
        ("banca ", "le banche"),
        ("migliorare ", "migliorerà"),
        ("qualita", "La QUALITÀ percepita"),
        ("qualità", "la qualita' percepita"),
        ("organizzazione", "l’organizzazione"),
        ("l'organizzazione", "un'organizzazione nuova"),
        ("dell'esperienza ", "quest’esperienza"),
        ("perche", "Perché?"),
        ("organizzazio", "l'organizzazione"),  # half typed
        ('"customer experience"', "La «Customer Experience» oggi"),
        ("il servizio della città", "un servizio, in città"),  # what says nothing is not asked for
        ("la", "la vita"),  # unless it is all that is asked
        ("AI", "che cosa fa l'AI"),
    ],
)
def test_italian_is_found_whatever_its_endings_accents_and_elisions(asked: str, text: str) -> None:
    assert finds(asked, text)


@pytest.mark.parametrize(
    ("asked", "text", "language"),
    [
        ("customer promises", "The customer's promise", "en"),
        ("expériences ", "une experience", "fr"),
        ("strasse", "Straße", "de"),
        ("oresund", "Øresund", "da"),
        ("niños ", "el niño", "es"),
    ],
)
def test_other_languages_are_found_by_their_own_endings(asked: str, text: str, language: str) -> None:
    assert finds(asked, text, language=language)


@pytest.mark.parametrize(
    ("asked", "text", "language"),
    [
        ("clienti servizi ", "i clienti", "it"),  # all words are wanted
        ('"experience customer"', "customer experience", "en"),
        ("cliente ", "clienti", "en"),  # an Italian ending means nothing in an English text
        ("organizzazio ", "organizzazione", "it"),  # typed to its end
    ],
)
def test_what_was_not_asked_for_is_not_found(asked: str, text: str, language: str) -> None:
    assert not finds(asked, text, language=language)


@pytest.mark.parametrize("asked", ["", "   ", "?!", "''", '"', '""', "🎉", "\x00", "*", "( ) : ^ -"])
def test_a_question_without_words_wants_nothing(asked: str) -> None:
    assert question(asked).wanted == ()


@given(st.text(max_size=300))
def test_whatever_is_typed_becomes_letters_and_digits(asked: str) -> None:
    for wanted in question(asked).wanted:
        said = [*wanted.forms, *wanted.phrase, *filter(None, [wanted.beginning])]
        assert said
        assert all(word.isalnum() for word in said)


@given(st.text(max_size=300), st.sampled_from(["it", "en", "fr", "de", "es", "pt", "ja", "und", None]))
def test_every_word_of_a_text_is_where_it_is_said_to_be(text: str, language: str | None) -> None:
    end = 0
    for word in words(text, language=language):
        assert end <= word.start < word.end <= len(text)
        assert word.plain.isalnum()
        end = word.end


def test_a_question_of_any_length_stays_short() -> None:
    assert len(question(" ".join(f"parola{n}" for n in range(5_000))).wanted) == 12
    assert question("x" * 10_000).wanted[0].beginning == "x" * 60
