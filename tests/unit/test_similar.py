"""The same story or not? Pairs labelled by hand; the second half was never tuned on."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from curator.ingest.similar import SAME, Telling, keys, likeness
from curator.model import Lang
from curator.text import identify

LABELLED = Path(__file__).parents[1] / "labelled"


@dataclass(frozen=True)
class Pair:
    same: bool
    why: str
    one: Telling
    other: Telling

    @property
    def joined(self) -> bool:
        """As enrichment finds it: first by the keys that both have, then by likeness."""
        shared = keys(self.one) & keys(self.other)
        looked_at = len(shared) > 1 or any(key[1] == " " for key in shared)
        return looked_at and likeness(self.one, self.other) >= SAME


def telling(title: str, text: str) -> Telling:
    return Telling.of(title, text, language=identify(f"{title}\n{text[:300]}", declared=None).language)


def pairs(name: str) -> Iterator[Pair]:
    for said in tomllib.loads((LABELLED / name).read_text(encoding="utf-8"))["pair"]:
        yield Pair(said["same"], said["why"], telling(*said["a"]), telling(*said["b"]))


@pytest.fixture(scope="module", params=["stories.toml", "stories-held-out.toml"])
def labelled(request: pytest.FixtureRequest) -> list[Pair]:
    return list(pairs(request.param))


def test_no_look_alikes_are_joined(labelled: list[Pair]) -> None:
    looking_alike = [pair for pair in labelled if not pair.same]

    assert len(looking_alike) >= 25
    assert [f"{pair.why}: {pair.one.title}" for pair in looking_alike if pair.joined] == []


def test_19_of_20_tellings_of_one_story_are_joined(labelled: list[Pair]) -> None:
    same = [pair for pair in labelled if pair.same]
    missed = [f"{pair.why}: {pair.one.title}" for pair in same if not pair.joined]

    assert len(same) >= 25
    assert len(missed) <= 0.05 * len(same), missed


def test_which_comes_first_makes_no_difference(labelled: list[Pair]) -> None:
    every = [telling for pair in labelled for telling in (pair.one, pair.other)]

    assert [likeness(a, b) for a in every for b in every] == [likeness(b, a) for a in every for b in every]


def test_nothing_of_one_pair_is_joined_with_anything_of_another(labelled: list[Pair]) -> None:
    for number, pair in enumerate(labelled):
        for another in labelled[number + 1 :]:
            for one in (pair.one, pair.other):
                for other in (another.one, another.other):
                    assert likeness(one, other) < SAME, (one.title, other.title)


STORY = "Customers remember a broken promise. They hardly notice one that was exceeded. Keep what you said."
LONG_STORY = (
    f"{STORY} A study among guests of small hotels asked what they told their friends afterwards: nearly all "
    "spoke about the towel that never came, and few about the flowers at breakfast."
)


def test_two_that_point_to_the_same_page_need_less_in_common() -> None:
    own_words = "A short note of ours on this: they hardly notice one that was exceeded. Food for thought."
    plain = likeness(
        Telling.of("A promise", STORY, language=Lang("en")),
        Telling.of("Links", own_words, language=Lang("en")),
    )
    linked = likeness(
        Telling.of("A promise", STORY, language=Lang("en"), url_key="blog.example/promise"),
        Telling.of("Links", own_words, language=Lang("en"), url_key="blog.example/promise"),
    )

    assert plain < SAME <= linked


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Results: Q1", "Results: Q2"),
        ("Diary, part one hundred 1", "Diary, part one hundred 2"),
        ("Rapporto di aprile", "Rapporto di maggio"),
        ("Il secondo congresso", "Il terzo congresso"),
        ("Guide (II)", "Guide (III)"),
        ("Post 4-4", "Post 0-4"),
    ],
)
def test_another_instalment_is_another_story_even_with_the_same_text(one: str, other: str) -> None:
    first, second = (Telling.of(title, STORY, language=Lang("en")) for title in (one, other))

    assert likeness(first, second) == 0


def test_the_same_in_another_language_is_a_translation_and_another_text() -> None:
    title = "Il burnout dei call center"
    english, italian, unknown = (
        Telling.of(title, STORY, language=Lang(tag)) for tag in ("en-GB", "it", "und")
    )

    assert likeness(english, italian) == 0
    assert likeness(english, unknown) == 1


def test_a_round_up_that_has_a_story_among_others_is_not_that_story() -> None:
    others = " ".join(f"{n} of {n * 7} is {n * 3}, says {n * 11}." for n in range(1, 20))
    greeting = "Here is what we read this week, with thanks to all who wrote to us."
    round_up = Telling.of("Links", f"{greeting} {LONG_STORY} {others}", language=Lang("en"))
    story = Telling.of("A promise", LONG_STORY, language=Lang("en"))
    quoted = Telling.of("Links", f"Our link of the week. {LONG_STORY} Read all of it.", language=Lang("en"))

    assert likeness(story, round_up) == 0
    assert likeness(story, quoted) >= SAME


def test_without_a_text_a_short_title_is_a_story_only_of_the_same_page() -> None:
    mapped, listed, elsewhere = (
        Telling.of("La fedeltà dei clienti", "", language=Lang("it"), url_key=key)
        for key in ("blog.example/fedelta", "blog.example/fedelta", "rivista.example/fedelta")
    )

    assert likeness(mapped, listed) >= SAME > likeness(mapped, elsewhere)


def test_a_few_words_are_a_story_only_under_a_headline_like_the_other() -> None:
    slogan, post = (
        Telling.of(title, STORY, language=Lang("en")) for title in ("Small 1", "Autumn sale opens")
    )
    edited = Telling.of("Autumn sale is open", STORY, language=Lang("en"))

    assert likeness(slogan, post) == 0
    assert likeness(post, edited) >= SAME


def test_a_not_in_the_midst_turns_a_story_round() -> None:
    kept = "The board of the railway said on Monday that it will raise the fares for commuters this summer."
    denied = kept.replace("will raise", "will not raise")

    assert likeness(*(Telling.of("Fares", text, language=Lang("en")) for text in (kept, denied))) == 0


def test_markup_entities_and_accents_are_no_difference() -> None:
    plain = Telling.of(
        "Perché no", "La qualità si misura: ogni lunedì, «caffè» alla mano.", language=Lang("it")
    )
    html = Telling.of(
        "Perche&#769; no",
        "<p>La <em>qualità</em> si misura:&nbsp;ogni lunedì, &laquo;caffè&raquo; alla mano.</p>",
        language=Lang("it"),
    )

    assert likeness(plain, html) == 1
