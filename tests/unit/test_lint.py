"""The house lint points at slips, each once, and at nothing in clean prose."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.curate import lint
from curator.faces.messages import catalogue
from curator.model import Lang

ITALIAN, ENGLISH = Lang("it"), Lang("en")


def seen(text: str, *, language: Lang = ITALIAN, field: str = "note") -> list[tuple[str, str, str | None]]:
    """Code, place and suggestion of each warning."""
    return [
        (problem.code, problem.data["found"], problem.data["suggestion"])
        for problem in lint.check(text, language=language, field=field)
    ]


@pytest.mark.parametrize(
    ("text", "code", "found", "suggestion"),
    [
        ("combinare sorgenti di dat i per scoprire relazioni", "lint_letter_split", "dat i", "dati"),
        ("servono dat i.", "lint_letter_split", "dat i", "dati"),
        ("la qualit à del servizio", "lint_letter_split", "qualit à", "qualità"),
        ("la voce d ei clienti", "lint_letter_split", "d ei", "dei"),
        ("per l azienda è tardi", "lint_letter_split", "l azienda", "l’azienda"),
        ("di tutta la l’organizzazione", "lint_article_fused", "la l’", "l’"),
        ("della l’azienda", "lint_article_fused", "della l’", "l’"),
        ("nel il caso migliore", "lint_article_fused", "nel il", "il"),
        ("la la casa", "lint_word_doubled", "la la", "la"),
        ("i clienti\nclienti tornano", "lint_word_doubled", "clienti\nclienti", "clienti"),
        ("L‘attuale stato", "lint_apostrophe", "‘", "’"),
        ("l`azienda è nostra", "lint_apostrophe", "`", "’"),
        ("negli anni ‘90 era così", "lint_apostrophe", "‘", "’"),
        ("una buona CX ?", "lint_space_before", " ?", "?"),
        ("la Customer Experience !", "lint_space_before", " !", "!"),
        ("che lo scoprano , lo usino", "lint_space_before", " ,", ","),
        ("detto (e fatto )", "lint_space_before", " )", ")"),
        ("detto “ e fatto”", "lint_space_before", "“ ", "“"),
        ("prima,dopo", "lint_space_missing", ",", ", "),
        ("È finita.Poi ricomincia", "lint_space_missing", ".", ". "),
        ("“detto”e fatto", "lint_space_missing", "”", "” "),
        ("meno mantenere\xa0 i clienti", "lint_space_doubled", "\xa0 ", " "),
        ("meno mantenere\xa0\xa0i clienti", "lint_space_doubled", "\xa0\xa0", " "),
        ("che ogni cliente vive.\xa0", "lint_space_at_end", "\xa0", ""),
        ("le relazioni..", "lint_stop_doubled", "..", "."),
        ("le relazioni.....", "lint_stop_doubled", ".....", "…"),
        ("davvero!!", "lint_stop_doubled", "!!", "!"),
        ("l'azienda", "lint_straight_quote", "'", "’"),
        ("un pò di pazienza", "lint_accent", "un pò", "un po’"),
        ("ecco perchè torna", "lint_accent", "perchè", "perché"),
        ("qual’è la ragione", "lint_accent", "qual’è", "qual è"),
        ("E’ vero", "lint_accent", "E’", "È"),
    ],
)
def test_each_slip_raises_its_own_warning_and_no_other(
    text: str, code: str, found: str, suggestion: str
) -> None:
    assert seen(text) == [(code, found, suggestion)]


def test_a_straight_pair_is_suggested_as_a_curly_one() -> None:
    assert [found[2] for found in seen("dice \"sì\" e poi 'no'")] == ["“", "”", "‘", "’"]


def test_a_long_sentence_without_a_verb_is_pointed_at_in_a_note_only() -> None:
    text = (
        "Tutto comincia dai dati. L’attuale livello della qualità del servizio rispetto a quello "
        "che i clienti vogliono davvero ricevere. Ne parliamo qui."
    )

    assert [(code, found[:9]) for code, found, _ in seen(text)] == [("lint_no_verb", "L’attuale")]
    assert seen(text, field="headline") == []


CLEAN = [
    "Il valore della qualità nella relazione.",
    "Secondo la ricerca, chi mantiene una promessa fa già abbastanza: superarla non porta nulla in più.",
    "Un’azienda su tre – dice lo studio – chiede l’opinione dei clienti, ma solo l’8,5% la usa davvero…",
    "È questa la “customer centricity”? Sì, se se ne parla anche con chi risponde al telefono.",
    "Via via che i canali crescono, i brand i cui clienti tornano piano piano guadagnano terreno (e utili).",
    "Leggi www.example.com/studio, oppure scrivi a redazione@example.it: alle 10:30 c’è l’incontro.",
    "La S.p.A. ha 1.500 dipendenti; l’80% lavora da casa, ecc., e non c’è un ‘piano B’.",
    "Negli anni ’90 bastava un po’ di cortesia: oggi, invece, servono i dati e le persone.",
    "Una lezione per tutti.",
    "Facile a dirsi ma meno a farsi. E scatenando quindi le logiche del passaparola e della fedeltà.",
    "Ne ha fatta una la settimana scorsa: ha dato il la a tutti, e a ciascuno il suo.",
    "L’esperienza non riguarda solo i clienti; Node.js, C# e .NET non c’entrano.",
    "Per i manager i più fedeli sono i clienti che hanno reclamato e a cui qualcuno ha risposto in giornata.",
    "I clienti che ricevono una risposta in giornata restano fedeli molto più a lungo degli altri.",
    "Le aziende che ascoltano davvero i propri clienti, dice l’autore, crescono più in fretta delle altre.",
    "Perché “ascoltare” davvero è diverso dal chiedere un voto alla fine di ogni telefonata.",
]


@pytest.mark.parametrize("text", CLEAN)
def test_clean_prose_raises_nothing(text: str) -> None:
    assert seen(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Smith's “plan B” works: it's the customer’s choice, isn’t it?".replace("'", "’"),
        "What they had had was a 5' 10\" frame, at 10:30 a.m., in the U.S.",
        "The a priori answer (that that is so) is very, very rare.",
    ],
)
def test_clean_english_raises_nothing(text: str) -> None:
    assert seen(text, language=ENGLISH) == []


def test_english_has_slips_of_its_own() -> None:
    assert seen("the a customer s needs", language=ENGLISH) == [
        ("lint_article_fused", "the a", "a"),
        ("lint_letter_split", "customer s", "customers"),
    ]


def test_french_sets_a_space_before_high_signs() -> None:
    assert seen("Pourquoi ? C’est simple : on écoute !", language=Lang("fr")) == []
    assert [code for code, _, _ in seen("Oui , bien sûr.", language=Lang("fr"))] == ["lint_space_before"]


def test_positions_are_those_of_the_text_as_it_is() -> None:
    text = "Vedi https://example.it/a?b=1 , poi\nla la fine"
    places = [
        text[problem.data["start"] : problem.data["end"]]
        for problem in lint.check(text, language=ITALIAN, field="note")
    ]

    assert places == [" ,", "la la"]


def test_a_warning_never_blocks_and_shows_the_words_around_it() -> None:
    (problem,) = lint.check(
        "Questo consente di combinare sorgenti di dat i per scoprire relazioni importanti tra le variabili.",
        language=ITALIAN,
        field="note",
    )

    assert not problem.blocks
    assert not problem.waivable
    assert problem.data["context"] == "…sorgenti di dat i per scoprire…"


@pytest.mark.parametrize("locale", ["it", "en"])
def test_every_warning_has_a_sentence(locale: str) -> None:
    assert [code for code in lint.CODES if code not in catalogue(locale)["problems"]] == []


@given(
    st.text(alphabet="aeilnt LlUu’'‘“”\"., \xa0\n!?:;()è"), st.sampled_from([ITALIAN, ENGLISH, Lang("fr")])
)
def test_no_text_breaks_it_and_no_place_is_pointed_at_twice(text: str, language: Lang) -> None:
    last = 0
    for problem in lint.check(text, language=language, field="headline"):
        start, end = problem.data["start"], problem.data["end"]

        assert last <= start < end <= len(text)
        assert problem.code in lint.CODES
        assert "\n" not in problem.data["context"]
        last = end


@pytest.mark.parametrize("word", ["a", "' ", "la l’", "dat i "])
def test_a_hostile_note_takes_no_longer_than_reading_it(word: str) -> None:
    text = word * (20_000 // len(word))

    assert all(
        problem.data["end"] <= len(text) for problem in lint.check(text, language=ITALIAN, field="note")
    )


# ── the house's own notes ──


def notes(folder: Path) -> dict[str, str]:
    """The notes as they stand on the house's pages, by their first words: a label says where one begins."""
    found = {}
    for page in sorted(folder.glob("*.txt")):
        for line in page.read_text(encoding="utf-8").split("\n"):
            if labelled := re.match(r"(?:NOTA )?AICEX:\s*", line):
                note = line[labelled.end() :]
                found[" ".join(note.split()[:3])] = note
    return found


def test_the_slips_of_the_house_s_own_notes_are_found_and_nothing_else(shared: Path) -> None:
    found = {opening: seen(note) for opening, note in notes(shared / "seeds").items()}

    assert len(found) == 11
    assert {opening: said for opening, said in found.items() if said} == {
        "La tecnologia aiuta": [("lint_space_before", " !", "!")],
        "la Business Linkage": [("lint_letter_split", "dat i", "dati")],
        "chi non conosce": [("lint_space_doubled", "\xa0\xa0", " ")],
        "Le Customer Experience": [
            ("lint_no_verb", found["Le Customer Experience"][0][1], None),
            ("lint_apostrophe", "‘", "’"),
            ("lint_article_fused", "la l’", "l’"),
            ("lint_space_at_end", "\xa0", ""),
        ],
    }


def test_the_other_slips_of_the_house_s_pages_are_found(shared: Path) -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in sorted((shared / "seeds").glob("*.txt")))
    line = {words: next(line for line in pages.split("\n") if words in line) for words in _ELSEWHERE}

    assert {words: seen(text, field="headline") for words, text in line.items()} == _ELSEWHERE


_ELSEWHERE: dict[str, list[tuple[str, str, str | None]]] = {
    "è indispensabile per una buona": [("lint_space_before", "\xa0?", "?")],
    "Il customer service diventa": [("lint_space_before", " ,", ",")],
    "E scatenando quindi": [],
    "Mantenere una promessa vale": [],
    "Customer Experience Rooms: cosa sono": [],
    "Cosa ci insegna": [],
}
