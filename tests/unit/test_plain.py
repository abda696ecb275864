"""Scraped text of a blog's pages: posts told apart by their titles, their echoes and how they end."""

from __future__ import annotations

import pytest

from anatomised import ENGLISH, HOUSE, MORE_ENGLISH, NOTE, house, quoted
from curator.importing import plain
from curator.importing.anatomy import recover
from curator.model import Form, LeftOut, Original

TITLES = [
    "Il mito dei clienti “empowered”",
    "Se dici “no problem” nascondi un\xa0problema.",
    "L’IT è indispensabile per una buona CX\xa0?",
    "CX: come, quando e perché",
    "Continua a leggere: un invito",
    "Dove finisce “la coda”",
]


def read(text: str) -> list[Original]:
    found = plain.read(text, place="page.txt", house=HOUSE)
    assert all(isinstance(each, Original) for each in found), found
    return [each for each in found if isinstance(each, Original)]


def listed(
    title: str, *, body: str = f"NOTA AICEX: {NOTE}\n\n{ENGLISH}", label: str = "Continua a leggere"
) -> str:
    return f"{title}\n\n{body}\n\n{label} “{title}”"


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("glued", [True, False])
@pytest.mark.parametrize("label", ["Continua a leggere", "Continue reading"])
def test_a_post_begins_with_its_title_and_ends_with_its_echo(title: str, label: str, *, glued: bool) -> None:
    text = listed(title, label=label)
    text = text.replace(f"\n\n{label} “", f" {label} “") if glued else text

    (one,) = read(f"{text}\n")
    said = recover(one, house=HOUSE)

    assert one.form is Form.PLAIN
    assert said.headline == title.replace("\xa0", " ")
    assert (said.note, quoted(said)) == (NOTE, ENGLISH)
    assert said.excerpt is not None
    assert said.excerpt.truncated


def test_several_on_a_page_need_no_separator() -> None:
    text = "\n\n".join(listed(title) for title in TITLES)

    found = read(text)

    assert [one.title for one in found] == [title.replace("\xa0", " ") for title in TITLES]
    assert [one.place for one in found] == [f"page.txt#{n}" for n in range(1, 7)]


def test_an_echo_without_its_title_line_still_ends_a_post() -> None:
    (one,) = read(f"{ENGLISH}\n\n{MORE_ENGLISH}\n\nContinua a leggere “Un titolo che manca”")

    assert one.title == "Un titolo che manca"
    assert quoted(recover(one, house=HOUSE)) == f"{ENGLISH}\n\n{MORE_ENGLISH}"


@pytest.mark.parametrize(
    "ending",
    [
        "Source: http://a.example/b",
        "Articolo di riferimento: http://a.example/b",
        "Source: http://a.example/b\n\nAICEX",
    ],
)
def test_without_an_echo_a_source_or_a_signature_ends_a_post(ending: str) -> None:
    first = f"Il primo titolo\n\nNOTA AICEX: {NOTE}\n\n{ENGLISH}\n\n{ending}"

    one, two = read(f"{first}\n\n{listed('Il secondo titolo')}")

    assert (one.title, one.whole) == ("Il primo titolo", True)
    assert (two.title, two.whole) == ("Il secondo titolo", False)
    assert [each.url for each in recover(one, house=HOUSE).attributions] == ["http://a.example/b"]


def test_two_that_end_so_are_two() -> None:
    text = "\n\n".join(
        f"{title}\n\n{ENGLISH}\n\nFonte: https://a.example/{title[-1]}\n\nAICEX"
        for title in ("Titolo a", "Titolo b")
    )

    assert [one.title for one in read(text)] == ["Titolo a", "Titolo b"]


def test_the_last_on_a_listing_may_have_no_echo() -> None:
    last = f"HBR: Fruitori\n\nAICEX: {NOTE}\n\nArticolo di riferimento: https://a.example/b"

    found = read(f"{listed('Il primo titolo')}\n\n{last}")

    assert [one.title for one in found] == ["Il primo titolo", "HBR: Fruitori"]


FORM = (
    "Effettua il login con uno di questi metodi per inviare il tuo commento:\n\nLogo di WordPress.com\n\n"
    "Connessione a %s..."
)


def test_a_single_page_has_one_post_and_a_form_below_it() -> None:
    (one,) = read(f"Un titolo solo\n\n{ENGLISH} Source:\xa0http://a.example/b AICEX\n\n\n{FORM}")
    said = recover(one, house=HOUSE)

    assert one.problems == ()
    assert quoted(said) == ENGLISH
    assert said.language == "en"


def test_the_same_post_on_another_listing_page_has_the_same_key_and_another_none() -> None:
    first, second = read(f"{listed('Un titolo')}\n\n{listed('Un altro titolo')}")
    again, *_ = read(f"{listed('Un titolo')}\n\n{listed('Un terzo')}")
    longer, *_ = read(listed("Un titolo", body=f"NOTA AICEX: {NOTE}\n\n{ENGLISH}\n\n{MORE_ENGLISH}"))
    namesake, *_ = read(listed("Un titolo", body=f"{MORE_ENGLISH}\n\n{ENGLISH}"))

    assert first.key == again.key == longer.key
    assert len({first.key, second.key, namesake.key}) == 3


def test_what_surrounds_a_listing_is_no_post() -> None:
    above = "Vai al contenuto\n\nMenu\n\nRassegna AICEX"
    below = "Navigazione articoli\n\n← Articoli precedenti\n\nArchivi\n\nmaggio 2014"

    (one,) = read(f"{above}\n\n{listed('Un titolo')}\n\n{below}\n")

    assert one.title == "Un titolo"


def test_lists_and_lines_keep_their_form() -> None:
    body = (
        f"{ENGLISH}\n\n  1. One of the promises was kept by all\n  2. Another was broken by all\n\n"
        "- a first point\n- a second point\n\nAnn: ‘Thank you.’\nBob: ‘No problem.’\n\n"
        "– Un trattino non fa un elenco."
    )

    (one,) = read(listed("Un titolo", body=body))

    assert one.html == (
        f"<p>{ENGLISH}</p>"
        "<ol><li>One of the promises was kept by all</li><li>Another was broken by all</li></ol>"
        "<ul><li>a first point</li><li>a second point</li></ul><p>Ann: ‘Thank you.’<br>Bob: ‘No problem.’</p>"
        "<p>– Un trattino non fa un elenco.</p><p>Continua a leggere “Un titolo”</p>"
    )


def test_markup_in_a_text_is_text() -> None:
    (one,) = read(listed("Un titolo", body=f"<script>alert(1)</script> {ENGLISH} a < b & c"))

    said = recover(one, house=HOUSE)

    assert "&lt;script&gt;" in (said.excerpt.html if said.excerpt else "")


def test_what_was_read_is_kept_letter_for_letter() -> None:
    text = listed("Un titolo con\xa0spazi")

    (one,) = read(f"\n\n{text}\n\n")

    assert one.raw == text


def test_a_text_that_may_be_a_post_is_one_with_a_doubt() -> None:
    (one,) = read(f"Un titolo qualunque\n\n{ENGLISH}\n\n{MORE_ENGLISH}")

    said = recover(one, house=HOUSE)

    assert [problem.code for problem in one.problems] == ["import_plain_doubtful"]
    assert "import_plain_doubtful" in [doubt.code for doubt in said.doubts]


@pytest.mark.parametrize(
    "text",
    [
        '127.0.0.1 - - [22/Nov/2026:19:00:01 +0000] "GET / HTTP/1.1" 200 512\n' * 30,
        "name,email,at\nada,ada@example.org,2026-01-01\nbob,bob@example.org,2026-01-02\n",
        "def f(x):\n    return {x: [1, 2, 3]}\n\n\nprint(f(3))\n",
        '{"posts": [1, 2, 3]}',
        '#!/bin/sh\n\nset -e\nfor each in *.txt; do echo "$each" | wc -c >> counts.txt; done\n',
        ENGLISH,
        "Una riga sola",
        f"1. {ENGLISH}\n\n2. {MORE_ENGLISH}",
        "\ufffd\ufffd titolo\n\n\ufffd\x00 parole che nessuno può leggere, di un file qualunque, in righe.",
    ],
)
def test_a_text_that_is_no_page_of_a_blog_becomes_nothing_and_is_listed(text: str) -> None:
    found = plain.read(text, place="x.txt", house=HOUSE)

    assert [type(each) for each in found] == [LeftOut]
    assert found[0].code == "import_no_post"  # type: ignore[union-attr]  # a LeftOut


@pytest.mark.parametrize("text", ["", "\n\n \xa0\n", "\ufeff"])
def test_nothing_is_nothing(text: str) -> None:
    assert plain.read(text, place="x.txt", house=HOUSE) == ()


def test_prose_that_belongs_to_no_post_is_listed() -> None:
    stray = (
        "1. " + "Queste parole stanno in fondo alla pagina e non sono di nessun articolo, né hanno titolo."
    )

    found = plain.read(f"{listed('Un titolo')}\n\n{stray}", place="x.txt", house=HOUSE)

    assert [type(each) for each in found] == [Original, LeftOut]


def test_another_blog_is_read_by_its_own_words() -> None:
    at = house(language="en", organisation="The Desk", note_label="Why we picked this")
    text = f"A title\n\nWhy we picked this: {MORE_ENGLISH}\n\n{ENGLISH}\n\nRead more “A title”"

    (one,) = plain.read(text, place="x.txt", house=at)

    assert isinstance(one, Original)
    said = recover(one, house=at)
    assert (said.note, quoted(said)) == (MORE_ENGLISH, ENGLISH)


def test_line_ends_of_other_systems_are_line_ends() -> None:
    text = listed("Un titolo")

    assert read(text.replace("\n", "\r\n"))[0].html == read(text)[0].html
