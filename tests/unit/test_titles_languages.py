"""Titles as blogs of this trade write them, labelled by hand before the identifier was tuned."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from curator.model import Lang
from curator.text import identify

LABELLED = Path(__file__).parents[1] / "labelled"


def titles(name: str) -> list[tuple[Lang, str]]:
    lines = (LABELLED / name).read_text(encoding="utf-8").splitlines()
    return [(Lang(language), title) for language, title in (line.split("\t") for line in lines)]


TITLES = titles("titles.tsv")
HELD_OUT = titles("titles-held-out.tsv")


def told(labelled: list[tuple[Lang, str]], *, declared: str | None) -> Counter[str]:
    """How many come out right, wrong and undecided; `declared` "itself": the feed declares the right one."""
    counts: Counter[str] = Counter()
    for language, title in labelled:
        said = language if declared == "itself" else Lang(declared) if declared else None
        found = identify(title, declared=said).language.split("-")[0]
        counts["right" if found == language else "undecided" if found == "und" else "wrong"] += 1
    return counts


def test_the_labelled_titles_are_thirty_of_each_language() -> None:
    assert Counter(language for language, _ in TITLES) == dict.fromkeys(("it", "en", "fr", "de", "es"), 30)


def test_every_title_is_told_where_the_feed_declares_its_language() -> None:
    assert told(TITLES, declared="itself")["right"] == 150


def test_at_least_97_percent_are_told_where_the_feed_declares_nothing_and_none_wrongly() -> None:
    counts = told(TITLES, declared=None)

    assert counts["wrong"] == 0
    assert counts["right"] >= 0.97 * 150


def test_a_feed_that_declares_english_for_everything_misleads_hardly_ever() -> None:
    assert told(TITLES, declared="en-US")["wrong"] <= 0.02 * 150


@pytest.mark.parametrize("declared", ["itself", None, "en-US"])
def test_titles_that_nothing_was_tuned_for_are_told_as_well(declared: str | None) -> None:
    assert told(HELD_OUT, declared=declared)["right"] >= 0.97 * len(HELD_OUT)


def test_confidence_says_how_sure_the_text_itself_makes_one() -> None:
    clear = identify("Perché i clienti se ne vanno senza dire una parola", declared=None)
    doubtful = identify("Del silo al servicio", declared=None)
    believed = identify("CX 2026", declared=Lang("de"))

    assert clear.confidence > 0.99
    assert (doubtful.language, doubtful.confidence < 0.8) == ("und", True)
    assert (believed.language, believed.confidence) == ("de", 0.0)
