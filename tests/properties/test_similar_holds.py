"""Whatever two sources say, comparing them ends in a likeness that does not depend on who was first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from curator.ingest.similar import SAME, Telling, keys, likeness
from curator.model import Lang
from curator.text import identify

WORDS = st.lists(
    st.sampled_from("the board said not 12 Q2 Anna may raise fares in March. café «no» (II) don't".split()),
    max_size=40,
).map(" ".join)
TELLINGS = st.builds(
    Telling,
    title=st.one_of(st.text(max_size=40), WORDS),
    text=st.one_of(st.text(max_size=200), WORDS),
    language=st.sampled_from([Lang("en"), Lang("it"), Lang("und")]),
    url_key=st.sampled_from([None, "blog.example/a"]),
)


@given(TELLINGS, TELLINGS)
def test_likeness_is_symmetrical_and_between_0_and_1(one: Telling, other: Telling) -> None:
    alike = likeness(one, other)

    assert alike == likeness(other, one)
    assert 0 <= alike <= 1


@given(TELLINGS)
def test_a_story_told_again_word_for_word_is_found_and_the_same(telling: Telling) -> None:
    again = Telling(title=telling.title, text=telling.text, language=telling.language)

    assert keys(again) <= keys(telling)
    if len(telling.words) >= 8:
        assert likeness(telling, again) >= SAME


@given(TELLINGS)
def test_whatever_is_said_is_in_some_language_or_in_none(telling: Telling) -> None:
    found = identify(f"{telling.title}\n{telling.text}", declared=telling.language)

    assert 0 <= found.confidence <= 1
    assert len(found.language) >= 2
    assert all(len(key) <= 200 for key in keys(telling))


@given(st.text(max_size=300))
def test_any_markup_becomes_some_words(html: str) -> None:
    telling = Telling.of("", html, language=Lang("und"))

    assert all(word == word.strip() and word for word in telling.words)
