"""Spelling, where a dictionary is there; a small one is written for these tests."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread

import pytest

from curator.curate import lint
from curator.edges.spelling import HunspellSpelling, open_spelling
from curator.model import Lang
from curator.settings import ReviewSettings

ITALIAN, ENGLISH = Lang("it"), Lang("en")
# One rule of inflection: singular in -a, plural in -e.
RULES = "SET UTF-8\nSFX P Y 1\nSFX P a e a\n"
WORDS = (
    "azienda/P promessa/P fedeltà perché clienti dati organizzazione mantiene chi una vale lealtà oro".split()
)


def dictionary(folder: Path, name: str, words: list[str], *, rules: str = RULES) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.aff").write_text(rules, encoding="utf-8")
    (folder / f"{name}.dic").write_text("\n".join([str(len(words)), *words, ""]), encoding="utf-8")
    return folder


@pytest.fixture
def spelling(tmp_path: Path) -> HunspellSpelling:
    found = open_spelling(ReviewSettings(), system=[dictionary(tmp_path / "system", "it_IT", WORDS)])
    assert found is not None
    return found


def misspelt(
    text: str, spelling: HunspellSpelling, *, language: Lang = ITALIAN
) -> list[tuple[str, str | None]]:
    return [
        (problem.data["found"], problem.data["suggestion"])
        for problem in lint.check(text, language=language, field="note", spelling=spelling)
        if problem.code == "lint_spelling"
    ]


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("fedelta", "fedeltà"),
        ("perche", "perché"),
        ("clineti", "clienti"),
        ("aziendda", "azienda"),
        ("promese", "promesse"),  # inflected, and in no list of words
        ("organizazione", "organizzazione"),
        ("clieti", "clienti"),
        ("clisnti", "clienti"),
        ("zibaldone", None),
    ],
)
def test_a_misspelt_word_is_found_with_what_was_probably_meant(
    slip: str, meant: str | None, spelling: HunspellSpelling
) -> None:
    assert misspelt(f"Chi mantiene una promessa, {slip}.", spelling) == [(slip, meant)]


@pytest.mark.parametrize(
    "text",
    [
        "Le aziende: oro, lealtà, dati.",
        "Rossi mantiene la promessa",  # a name
        "la “zibaldona” dati",  # quoted: whoever says it has said it
        "la customer experience vale oro",  # the trade's own
        "una survey, la workforce",  # no Italian word looks like that
        "www.zibaldone.it vale oro",
    ],
)
def test_what_may_be_right_is_left_alone(text: str, spelling: HunspellSpelling) -> None:
    assert misspelt(text, spelling) == []


def test_a_letter_that_broke_off_is_found_by_the_word_that_it_leaves(spelling: HunspellSpelling) -> None:
    text = "L’organizzazion e vale oro"
    found = lint.check(text, language=ITALIAN, field="note", spelling=spelling)

    assert [(each.code, each.data["suggestion"]) for each in found] == [
        ("lint_letter_split", "organizzazione")
    ]


def test_a_language_without_a_dictionary_is_not_judged(spelling: HunspellSpelling) -> None:
    assert spelling.knows("anything", language=ENGLISH) is None
    assert spelling.nearest("anything", language=ENGLISH) is None
    assert misspelt("A sentense", spelling, language=ENGLISH) == []


def test_an_english_word_may_stand_in_an_italian_text(tmp_path: Path) -> None:
    folder = dictionary(tmp_path / "both", "it_IT", WORDS)
    dictionary(folder, "en_GB", ["resilience", "promise"])
    spelling = open_spelling(ReviewSettings(), system=[folder])
    assert spelling is not None

    assert misspelt("la resilience vale oro, la promesa", spelling) == [("promesa", "promessa")]


def test_the_house_s_own_words_are_right(tmp_path: Path) -> None:
    folder = dictionary(tmp_path / "house", "it", WORDS)
    review = ReviewSettings(dictionaries=(folder,), words=("Omnicanalità",))
    spelling = open_spelling(review, system=[])
    assert spelling is not None

    assert misspelt("omnicanalità vale oro, multicanalità", spelling) == [("multicanalità", None)]


def test_without_a_dictionary_or_without_the_wish_there_is_none(tmp_path: Path) -> None:
    folder = dictionary(tmp_path / "there", "it_IT", WORDS)

    assert open_spelling(ReviewSettings(), system=[tmp_path / "nowhere"]) is None
    assert open_spelling(ReviewSettings(spelling=False), system=[folder]) is None


def test_while_a_thread_is_loading_nobody_waits_and_nothing_wrong_is_remembered(tmp_path: Path) -> None:
    folder = dictionary(tmp_path / "slow", "it_IT", [])
    (folder / "it_IT.dic").unlink()
    os.mkfifo(folder / "it_IT.dic")  # a file that takes as long to read as somebody takes to write it
    spelling = HunspellSpelling([folder])
    thread = Thread(target=spelling.load, args=(ITALIAN,), daemon=True)
    thread.start()
    with (folder / "it_IT.dic").open("w") as words:  # opens when the other side reads
        assert spelling.knows("promessa", language=ITALIAN) is None
        assert spelling.nearest("promesa", language=ITALIAN) is None
        words.write("1\npromessa\n")
    thread.join()

    assert spelling.knows("promessa", language=ITALIAN)


def test_a_broken_dictionary_is_no_dictionary(tmp_path: Path) -> None:
    folder = dictionary(tmp_path / "broken", "it_IT", WORDS, rules="SET no-such-encoding\n")
    spelling = open_spelling(ReviewSettings(), system=[folder])
    assert spelling is not None

    assert spelling.knows("azienda", language=ITALIAN) is None
