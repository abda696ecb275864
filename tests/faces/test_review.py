"""Warnings on a terminal and for scripts: where, what may have been meant, and that nothing is blocked."""

from __future__ import annotations

import pytest

from builders import a_queued_item
from curator.store import Store
from newsroom import Newsroom

NOTE = "Questo consente di combinare sorgenti di dat i per scoprire relazioni importanti tra le variabili."


@pytest.fixture
def written(newsroom: Newsroom) -> Newsroom:
    """One item, complete but for a slip in its note."""
    store = Store(f"sqlite:///{newsroom.folder}/data/curator.db")
    a_queued_item(store)
    store.close()
    newsroom.curator("write", 1, "--headline", "Un titolo", "--note", NOTE)
    return newsroom


def test_a_warning_says_where_and_what_and_blocks_nothing(written: Newsroom) -> None:
    review = written.ask("review", 1)

    start = NOTE.index("dat i")
    assert review == {
        "ready": True,
        "problems": [
            {
                "code": "lint_letter_split",
                "field": "note",
                "message": "Note, “…sorgenti di dat i per scoprire…”: a letter stands apart; perhaps “dati”.",
                "waivable": False,
                "blocks": False,
                "start": start,
                "end": start + 5,
                "suggestion": "dati",
            }
        ],
    }
    assert written.ask("show", 1)["problems"] == review["problems"]
    written.curator("approve", 1)


def test_an_editor_reads_it_as_a_sentence_in_her_language(written: Newsroom) -> None:
    said = written.curator("--locale", "it", "review", 1)

    assert (
        "Nota, «…sorgenti di dat i per scoprire…»: una lettera è rimasta staccata; forse «dati»." in said.out
    )


def test_many_slips_of_a_kind_are_one_line_of_an_item(written: Newsroom) -> None:
    written.curator(
        "write", 1, "--note", "L'azienda d'oggi non sa dov'è l'oro, e neanche perché non l'ha trovato ieri."
    )

    said = written.curator("show", 1).out

    assert said.count("lint_straight_quote") == 1
    assert "and 4 more like this: curator review 1" in said


def test_items_are_asked_for_by_a_warning_and_an_unknown_one_is_refused(written: Newsroom) -> None:
    assert [item["id"] for item in written.ask("items", "--problem", "lint_letter_split")["items"]] == [1]
    assert written.ask("items", "--problem", "lint_word_doubled")["total"] == 0
    assert "lint_word_doubled" in written.curator("items", "--problem", "lint_word_double", ok=False).err


def test_every_warning_is_listed_beside_the_problems(newsroom: Newsroom) -> None:
    listed = {each["code"]: each for each in newsroom.ask("problems")["problems"]}

    assert listed["quote_too_long"] == {"code": "quote_too_long", "waivable": False, "blocks": True}
    assert listed["lint_dangling"] == {"code": "lint_dangling", "waivable": False, "blocks": False}
    assert len([code for code in listed if code.startswith("lint_")]) > 20


def test_review_spells_with_the_dictionary_that_the_newsroom_names(written: Newsroom) -> None:
    """A dictionary of the very words of headline and note, but for one."""
    folder = written.folder / "words"
    folder.mkdir()
    words = ["titolo"] + [word for word in NOTE.lower().strip(".").split() if word != "scoprire"]
    (folder / "it_IT.aff").write_text("SET UTF-8\n", encoding="utf-8")
    (folder / "it_IT.dic").write_text("\n".join([str(len(words)), *words, "scoprirei", ""]), encoding="utf-8")

    found = written.ask(
        "review", 1, CURATOR_REVIEW__SPELLING="true", CURATOR_REVIEW__DICTIONARIES='["words"]'
    )

    assert [(each["code"], each["suggestion"]) for each in found["problems"]] == [
        ("lint_letter_split", "dati"),
        ("lint_spelling", "scoprirei"),
    ]
