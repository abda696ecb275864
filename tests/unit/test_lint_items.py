"""Warnings about an item as a whole: its note’s length, language, label; what its excerpt points at."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest

from builders import ITALIAN, SETTINGS
from curator.curate import lint
from curator.curate.labelled import label_end
from curator.curate.writing import Writing, written
from curator.model import Commentary, Excerpt, Item, Lang, Problem, Status
from curator.text import clean, plain, trimmed

NOTE = (
    "Una promessa mantenuta vale quanto una promessa superata: lo dice una ricerca che ha seguito mille "
    "clienti per dieci anni."
)
WHEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def an_excerpt(html: str, *, language: str = "en") -> Excerpt:
    safe = clean(html, base_url=None)
    return Excerpt(html=safe, text=plain(safe), language=Lang(language), truncated=False)


def an_item(note: str | None = NOTE, *, excerpt: Excerpt | None = None, headline: str = "Un titolo") -> Item:
    said = Commentary(edition="it", language=Lang("it"), headline=headline, note=note)
    return Item(
        id=1,
        ulid="01",
        version=1,
        status=Status.DRAFTING,
        editor="marta",
        claimed_until=None,
        entry_id=None,
        revision=None,
        excerpt=excerpt,
        commentaries={"it": said},
        queued_at=WHEN,
    )


def warned(item: Item) -> list[Problem]:
    return list(lint.warnings(item, edition=ITALIAN, settings=SETTINGS))


def codes(item: Item) -> list[str]:
    return [problem.code for problem in warned(item)]


QUOTED = an_excerpt("<p>Customers remember a promise.</p>")


@pytest.mark.parametrize("excerpt", [QUOTED, None])
def test_a_good_note_raises_nothing_with_or_without_a_quotation(excerpt: Excerpt | None) -> None:
    assert codes(an_item(excerpt=excerpt)) == []


def test_an_item_nobody_has_written_yet_raises_nothing() -> None:
    assert codes(replace(an_item(), commentaries={})) == []
    assert codes(an_item(note=None)) == []  # that a note is missing is a problem, or waived: no warning


def test_a_note_has_a_length() -> None:
    (short,) = warned(an_item("Mantenere basta."))
    (long,) = warned(an_item(" ".join([NOTE] * 8), excerpt=QUOTED))

    assert (short.code, short.field, dict(short.data)) == (
        "lint_note_short",
        "note",
        {"words": 2, "least": 10},
    )
    assert (long.code, dict(long.data)) == ("lint_note_long", {"words": 160, "most": 120})


def test_a_note_that_is_all_there_is_may_be_long() -> None:
    assert codes(an_item("\n\n".join([NOTE] * 8))) == []


def test_no_window_no_warning() -> None:
    endless = replace(SETTINGS, review=replace(SETTINGS.review, note_min_words=0, note_max_words=0))
    items = [an_item("Basta."), an_item(" ".join([NOTE] * 20), excerpt=QUOTED)]

    assert [lint.warnings(item, edition=ITALIAN, settings=endless) for item in items] == [(), ()]


def test_a_note_in_another_language_than_its_readers() -> None:
    note = "A promise that is kept is worth as much as one that is exceeded, says the research of ten years."
    (problem,) = warned(an_item(note))

    assert (problem.code, dict(problem.data)) == ("lint_note_language", {"language": "en", "expected": "it"})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("NOTA AICEX: secondo", "secondo"),
        ("AICEX: secondo", "secondo"),
        ("nota\u00a0aicex\u00a0:\u00a0secondo", "secondo"),
        ("Nota Aicex:secondo", "secondo"),
        ("NOTA AICEX: AICEX: secondo", "secondo"),
        ("NOTAAICEX: secondo", "secondo"),
        ("\n NOTA  AICEX : secondo\n\nAICEX: terzo", "secondo\n\nAICEX: terzo"),
        ("L’AICEX: secondo", "L’AICEX: secondo"),
        ("AICEX dice: secondo", "AICEX dice: secondo"),
        ("Secondo AICEX: no", "Secondo AICEX: no"),
    ],
)
def test_the_label_is_never_typed(typed: str, kept: str) -> None:
    item = written(
        an_item(note=None), Writing(note=typed), entry=None, source=None, edition=ITALIAN, by="marta"
    )

    assert item.commentaries["it"].note == kept


def test_a_note_that_came_with_its_label_is_pointed_at() -> None:
    (problem,) = warned(an_item(f"NOTA AICEX: {NOTE}"))

    assert (problem.code, problem.data["found"]) == ("lint_label_typed", "NOTA AICEX: ")
    assert label_end(NOTE, replace(ITALIAN, note_label="", organisation="")) == 0


def test_the_headline_is_looked_at_before_the_note() -> None:
    item = an_item(note=NOTE.replace("vale", "vale  "), headline="Un titolo !")

    assert [(problem.field, problem.code) for problem in warned(item)] == [
        ("headline", "lint_space_before"),
        ("note", "lint_space_doubled"),
    ]


# ── the excerpt ──


def pointed_at(html: str, *, language: str = "en") -> list[tuple[str, str]]:
    return [
        (problem.code, problem.data["found"])
        for problem in warned(an_item(excerpt=an_excerpt(html, language=language)))
    ]


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>It is depicted in the figure on the right.</p>", "the figure on the right"),
        ("<p>It is what this very short video captures.</p>", "this very short video"),
        ("<p>As this\u00a0infographic tells.</p>", "this\u00a0infographic"),
        ("<p>The chart below shows it.</p>", "The chart below"),
        ("<p>See Figure 2.</p>", "Figure 2"),
        ("<p>Table 1. Rates of adoption</p>", "Table 1"),
        ("<p>As shown above, it grows.</p>", "shown above"),
        ("<p>I will adapt it slightly here:</p><p>In addition, it grew.</p>", "adapt it slightly here:"),
        ("<p>It has six parts:</p>", "It has six parts:"),
        ("<p>Lo mostra la figura a destra.</p>", "la figura a destra"),
        ("<p>Lo racconta questo breve video.</p>", "questo breve video"),
        ("<p>Nel grafico qui sotto si vede.</p>", "Nel grafico qui sotto"),
        ("<p>Come dice l’infografica seguente.</p>", "l’infografica seguente"),
    ],
)
def test_what_the_excerpt_points_at_and_does_not_bring(html: str, found: str) -> None:
    assert pointed_at(html) == [("lint_dangling", found)]


@pytest.mark.parametrize(
    "html",
    [
        '<p>Watch <a href="https://blog.example/v">this very short video</a>.</p>',  # a link may be followed
        "<p>Table 1. Rates</p><table><tr><td>1</td></tr></table>",  # brought along
        "<p>It has six parts, as follows:</p><ol><li>One</li></ol>",
        "<p>He put it like this, and here is how:</p><blockquote><p>Well.</p></blockquote>",
        "<p>The customers said the following:</p><p>“Well.”</p>",
        "<p>This is a great video game for the whole picture of our slide into debt.</p>",
        "<p>The figure rose, and above all the table turned. A picture of health!</p>",
        "<p>Three things matter: time, money, care.</p><p>In addition, it grew.</p>",
        "<p>Questa figura professionale conta. Il quadro è chiaro, l’immagine del marchio ne guadagna.</p>",
    ],
)
def test_what_stands_on_its_own_is_left_alone(html: str) -> None:
    assert pointed_at(html) == []


BRUCE = "Bruce live at Aaron's Ampitheater in Atlanta on April 26, 2014."


@pytest.mark.parametrize(
    "caption",
    [
        "Promise",
        "Una coda, Roma",
        BRUCE,
        "A person who waits at a desk for somebody to come. Credit: Getty Images",
        "A person who waits at a desk for somebody to come (Photo by Ann Lee).",
    ],
)
def test_what_looks_like_a_caption_is_pointed_at(caption: str) -> None:
    assert pointed_at(f"<p>{caption}</p><p>They tell.</p>") == [("lint_caption", caption)]
    assert pointed_at(f"<p>They tell.</p><p>{caption}</p><p>They buy.</p>") == [("lint_caption", caption)]


@pytest.mark.parametrize(
    "html",
    [
        "<p>Promise</p>",
        "<h3>Promise</h3><p>They tell.</p>",
        "<p><strong>Promise</strong></p><p>They tell.</p>",
        "<ul><li>Promise</li></ul><p>They tell.</p>",
        "<p>Why?</p><p>They tell.</p><p>“Well”</p><p>Six rules (of many)</p><p>End.</p>",
        "<p>they kept a promise</p><p>They tell.</p>",
        "<p>To whom it is due they give credit: customers. They tell.</p><p>And buy.</p>",
        "<p>They kept it</p><p>[…]</p><p>They tell</p>",
        "<p>It began for all of them in the spring of 2014, and it was good.</p><p>They tell.</p>",
    ],
)
def test_what_is_no_caption_is_left_alone(html: str) -> None:
    assert pointed_at(html) == []


def test_what_was_pasted_along_is_pointed_at() -> None:
    assert pointed_at(
        "<p>They tell.</p><p>Embed from Getty Images</p><p>They buy. Continua a leggere “T”</p>"
    ) == [
        ("lint_boilerplate", "Embed from Getty Images"),
        ("lint_boilerplate", "Continua a leggere “T”"),
    ]


def test_the_dangling_references_of_the_house_s_own_pages_are_found_and_nothing_else(shared: Path) -> None:
    found = []
    for page in sorted((shared / "seeds").glob("*.txt")):
        blocks = re.split(r"\n\s*\n", page.read_text(encoding="utf-8"))
        html = clean("".join(f"<p>{escape(block)}</p>" for block in blocks), base_url=None)
        found += pointed_at(trimmed(html).html)

    captions = {words for code, words in found if code == "lint_caption"}
    assert captions > {"Promise", "Voc operational linkage effect", BRUCE}
    assert [each for each in found if each[0] != "lint_caption"] == [
        ("lint_dangling", "adapt it slightly here:"),
        ("lint_dangling", "the figure on the right"),
        ("lint_dangling", "Table 1"),
        ("lint_dangling", "this very short video"),
        ("lint_dangling", "this\u00a0infographic"),
    ]


def test_the_house_s_own_notes_are_in_their_language_and_window(shared: Path) -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in sorted((shared / "seeds").glob("*.txt")))
    notes = {line for line in pages.split("\n") if label_end(line, ITALIAN)}
    whole = {
        problem.code
        for note in notes
        for problem in warned(an_item(note[label_end(note, ITALIAN) :], excerpt=QUOTED))
        if "start" not in problem.data
    }

    assert len(notes) == 11
    assert whole == set()
