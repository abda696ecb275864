"""The note of a post: however its label is written, wherever it stands, and where it ends."""

from __future__ import annotations

from unicodedata import normalize

import pytest

from anatomised import ENGLISH, HOUSE, MORE_ENGLISH, NOTE, codes, house, quoted, taken_apart
from curator.model import Confidence

BODY = f"<p>{ENGLISH}</p><p>{MORE_ENGLISH}</p>"
QUOTED = f"{ENGLISH}\n\n{MORE_ENGLISH}"


@pytest.mark.parametrize(
    "labelled",
    [
        f"<p>NOTA AICEX: {NOTE}</p>",
        f"<p>NOTA AICEX:{NOTE}</p>",
        f"<p>NOTA&nbsp;AICEX:&nbsp;{NOTE}</p>",
        f"<p>NOTA AICEX : {NOTE}</p>",
        f"<p>nota aicex: {NOTE}</p>",
        f"<p>Nota Aicex – {NOTE}</p>",
        f"<p>NOTA AICEX {NOTE}</p>",
        f"<p>NOTAAICEX: {NOTE}</p>",
        f"<p>AICEX: {NOTE}</p>",
        f"<p>aicex&nbsp;:{NOTE}</p>",
        f"<p>NOTA AICEX: AICEX: {NOTE}</p>",
        f"<p><strong>NOTA AICEX:</strong> {NOTE}</p>",
        f"<p><b>NOTA</b> <b>AICEX</b>: {NOTE}</p>",
        f"<p><em><strong>NOTA AICEX</strong>: {NOTE}</em></p>",
        f"<p><i>NOTA AICEX: </i>{NOTE}</p>",
        f'<p style="color:red"><span><u>NOTA AICEX:</u></span><br>{NOTE}</p>',
        f"<p><strong>NOTA AICEX</strong></p><p>{NOTE}</p>",
        f"<h4>Nota AICEX</h4><p>{NOTE}</p>",
        f"<p>NOTA AICEX:</p>\n\n<p>{NOTE}</p>",
        f"<blockquote><p>NOTA AICEX: {NOTE}</p></blockquote>",
        f"<blockquote>NOTA AICEX: {NOTE}</blockquote>",
        f"<div><div>NOTA AICEX: {NOTE}</div></div>",
        f"<strong><p>NOTA AICEX: {NOTE}</p></strong>",
        f"NOTA AICEX: {NOTE}<br><br>",
    ],
)
def test_a_label_is_understood_however_it_is_written_and_never_kept(labelled: str) -> None:
    said = taken_apart(labelled + BODY)

    assert said.note == NOTE
    assert quoted(said) == QUOTED
    assert said.confidence["note"] is Confidence.SURE
    assert codes(said) == []


@pytest.mark.parametrize(
    "html",
    [
        f'<p><img src="/a.jpg" alt="Una stretta di mano"></p><p>NOTA AICEX: {NOTE}</p>{BODY}',
        f'<p>NOTA AICEX: {NOTE}</p><figure><img src="/a.jpg" alt="Una stretta di mano"></figure>{BODY}',
        f'<p>NOTA AICEX: {NOTE}<img src="/a.jpg" alt="Una stretta di mano"></p>{BODY}',
        f'{BODY}<p><img src="/a.jpg" alt="Una stretta di mano"></p><p>NOTA AICEX: {NOTE}</p>',
    ],
)
def test_it_stands_before_or_after_the_picture_or_behind_all(html: str) -> None:
    said = taken_apart(html)

    assert said.note == NOTE
    assert quoted(said) == QUOTED
    assert said.image is not None
    assert said.image.alt == "Una stretta di mano"


def test_a_note_of_several_paragraphs_ends_where_another_language_begins() -> None:
    second = "Questo vale soprattutto per i servizi, dove la promessa è tutto quello che si compra."

    said = taken_apart(f"<p>AICEX: {NOTE}</p><p>{second}</p>{BODY}")

    assert said.note == f"{NOTE}\n\n{second}"
    assert quoted(said) == QUOTED
    assert said.confidence["note"] is Confidence.LIKELY


def test_a_post_that_is_a_note_alone_has_no_excerpt() -> None:
    paragraphs = [
        "I marchi di successo non si limitano a farsi ricordare, semplificano la vita di tutti.",
        "Entrano in gioco dinamiche nuove, interessanti per chi progetta servizi in abbonamento.",
        "E scatenano il passaparola.",
    ]
    body = "".join(f"<p>{each}</p>" for each in paragraphs)

    said = taken_apart(f"<p>AICEX: {body[3:]}<p>Articolo di riferimento: https://hbr.org/2018/02/x</p>")

    assert said.note == "\n\n".join(paragraphs)
    assert said.excerpt is None
    assert said.confidence["excerpt"] is Confidence.MISSING
    assert said.language == "und"


def test_behind_a_note_a_long_text_in_our_own_language_is_a_quotation_and_a_doubt() -> None:
    long = "".join(
        f"<p>Paragrafo {n}: " + "le aziende ascoltano i clienti molto più di prima. " * 6 + "</p>"
        for n in range(6)
    )

    said = taken_apart(f"<p>NOTA AICEX: {NOTE}</p>{long}")

    assert said.note == NOTE
    assert said.language == "it"
    assert said.confidence["note"] is Confidence.DOUBTFUL
    assert codes(said) == ["import_note_doubtful"]


def test_where_the_post_goes_on_elsewhere_a_short_one_is_doubted_too() -> None:
    second = "Le aziende ascoltano i clienti molto più di prima, dice lo studio appena uscito."

    said = taken_apart(f"<p>NOTA AICEX: {NOTE}</p><p>{second}</p>", whole=False)

    assert (said.note, quoted(said)) == (NOTE, second)
    assert codes(said) == ["import_note_doubtful"]


@pytest.mark.parametrize(
    "behind",
    [
        "<blockquote><p>{}</p></blockquote>",
        "<p><img src='/a.jpg' alt='x'></p><p>{}</p>",
    ],
)
def test_a_blockquote_or_a_picture_ends_a_note_in_the_same_language(behind: str) -> None:
    quotation = "Le aziende ascoltano i clienti molto più di prima, dice lo studio."

    said = taken_apart(f"<p>NOTA AICEX: {NOTE}</p>{behind.format(quotation)}")

    assert (said.note, quoted(said)) == (NOTE, quotation)


def test_italics_end_with_the_note() -> None:
    second = "Le aziende ascoltano i clienti molto più di prima, dice lo studio appena uscito."

    said = taken_apart(f"<p><em>NOTA AICEX: {NOTE}</em></p><p>{second}</p>")

    assert (said.note, quoted(said)) == (NOTE, second)


@pytest.mark.parametrize(
    "signature", ["<p>AICEX</p>", "<p>– AICEX</p>", "<p>La redazione di AICEX</p>", "<p>Thank you. AICEX</p>"]
)
def test_the_bare_name_at_the_end_signs_and_is_no_note(signature: str) -> None:
    said = taken_apart(f"{BODY}{signature}")

    assert said.note is None
    assert quoted(said).removesuffix("\n\nThank you.") == QUOTED


def test_a_sentence_about_the_organisation_is_no_note() -> None:
    html = f"{BODY}<p>AICEX has published a study of its own on promises in the spring of this year.</p>"

    said = taken_apart(html)

    assert said.note is None
    assert "AICEX has published" in quoted(said)


def test_without_a_label_our_language_before_another_is_probably_the_note() -> None:
    said = taken_apart(f"<p>{NOTE}</p>{BODY}")

    assert (said.note, quoted(said)) == (NOTE, QUOTED)
    assert said.confidence["note"] is Confidence.DOUBTFUL
    assert codes(said) == ["import_note_unlabelled"]


def test_a_text_all_in_our_language_without_a_label_is_quoted_and_doubted() -> None:
    said = taken_apart(f"<p>{NOTE}</p><p>Lo dice uno studio che è uscito in primavera in due lingue.</p>")

    assert said.note is None
    assert said.language == "it"
    assert codes(said) == ["import_note_or_excerpt"]


def test_no_note_is_no_note() -> None:
    said = taken_apart(BODY)

    assert said.note is None
    assert said.confidence["note"] is Confidence.MISSING


def test_what_a_page_runs_together_is_parted_where_the_language_turns() -> None:
    said = taken_apart(f"<p>NOTA AICEX: {NOTE} {ENGLISH}</p>", whole=False)

    assert (said.note, quoted(said)) == (NOTE, ENGLISH)
    assert codes(said) == ["import_note_doubtful"]


def test_a_note_that_quotes_stays_whole() -> None:
    note = f"{NOTE} Come diceva un maestro: “You’ve got to start with the customer experience and work back.”"

    assert taken_apart(f"<p>NOTA AICEX: {note}</p>{BODY}").note == note


def test_english_terms_do_not_make_a_note_english() -> None:
    note = "La “share of wallet” cresce con la customer experience: “purchase brands” e “usage brands”."

    assert taken_apart(f"<p>AICEX: {note}</p>{BODY}").note == note


def test_typos_and_blanks_of_the_house_stay_as_they_are() -> None:
    note = "Differenti sorgenti di dat i, L‘attuale stato , tutta la l’organizzazione  e la CX !&nbsp;"

    said = taken_apart(f"<p>NOTA AICEX: {note}</p>{BODY}")

    assert said.note == note.replace("&nbsp;", "\xa0").replace("  ", " ")


def test_links_of_a_note_are_told_of() -> None:
    link = '<a href="https://news.example/a">uno studio</a>'

    said = taken_apart(f"<p>NOTA AICEX: {NOTE} Lo dice {link}.</p>{BODY}<p>Fonte: https://hbr.org/x</p>")

    assert said.note == f"{NOTE} Lo dice uno studio."
    assert codes(said) == ["import_note_links", "import_license_unknown"]


def test_another_blog_has_labels_of_its_own() -> None:
    at = house(language="en", organisation="The Desk", note_label="Why we picked this")
    note = "Because it says in a few lines what promises are worth to those who keep them."

    said = taken_apart(f"<p><b>Why we picked this:</b> {note}</p>{BODY}<p>The Desk</p>", at=at)

    assert (said.note, quoted(said)) == (note, QUOTED)
    assert taken_apart(f"<p>NOTA AICEX: {NOTE}</p>{BODY}", at=at).note != NOTE


def test_what_a_sources_own_editors_noted_is_not_our_note() -> None:
    said = taken_apart(f"<p>{ENGLISH}</p><p>Editor’s note: this article was updated twice.</p>")

    assert said.note is None
    assert "Editor’s note" in quoted(said)


def test_the_house_knows_the_labels_of_its_settings_and_those_that_everybody_uses() -> None:
    assert {"NOTA AICEX", "AICEX", "Nota della redazione"} == set(HOUSE.note_labels)
    assert {"Continua a leggere", "Continue reading", "Read more"} <= set(HOUSE.read_more)
    assert {"Fonte", "Source", "Articolo di riferimento", "Via"} <= set(HOUSE.source_labels)


def test_what_may_be_the_sources_words_in_our_language_is_doubted_in_a_note() -> None:
    second = "Le aziende che ascoltano i propri clienti imparano prima delle altre che cosa va cambiato."

    said = taken_apart(f"<p>NOTA AICEX: {NOTE}</p><p>{second}</p><p>Fonte: https://hbr.org/2018/02/x</p>")

    assert said.note == f"{NOTE}\n\n{second}"
    assert said.confidence["note"] is Confidence.DOUBTFUL
    assert codes(said) == ["import_note_doubtful", "import_license_unknown"]


def test_a_quotation_on_both_sides_of_the_note_is_doubted() -> None:
    said = taken_apart(f"<p>{ENGLISH}</p><p>NOTA AICEX: {NOTE}</p><p>{MORE_ENGLISH}</p>")

    assert quoted(said) == QUOTED
    assert codes(said) == ["import_excerpt_apart"]


@pytest.mark.parametrize(
    "ours",
    [
        'Leggi <a href="https://blog.example/x/">qui</a>.',
        'Vedi anche <a href="https://blog.example/x/">il nostro post</a>.',
        "Ne avevamo parlato anche noi in un articolo di qualche mese fa.",
    ],
)
def test_words_of_ours_at_the_end_of_a_quotation_are_doubted(ours: str) -> None:
    said = taken_apart(f"<p>NOTA AICEX: {NOTE}</p><p>{ENGLISH} {ours}</p><p>{MORE_ENGLISH}</p>")

    assert said.note == NOTE
    assert codes(said) == ["import_excerpt_own_words"]


@pytest.mark.parametrize(
    "said", [f"[NOTA AICEX: {NOTE}]", f"(NOTA AICEX: {NOTE})", f"Commento AICEX: {NOTE}"]
)
def test_nothing_of_the_label_stays_in_the_note(said: str) -> None:
    assert taken_apart(f"<p>{said}</p><p>{ENGLISH}</p>").note == NOTE


def test_a_bracket_of_the_note_itself_stays() -> None:
    note = f"{NOTE[:-1]} (anche tra noi)"

    assert taken_apart(f"<p>NOTA AICEX: {note}</p><p>{ENGLISH}</p>").note == note


def test_words_are_the_same_however_their_accents_are_spelt() -> None:
    body = f"<p>NOTA AICEX: {NOTE} È così, perché funziona.</p><p>{ENGLISH}</p>"

    assert taken_apart(normalize("NFD", body)) == taken_apart(body)
