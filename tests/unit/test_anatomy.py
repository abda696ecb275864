"""A post as a whole: the structure of what is quoted, each part in its language, and how sure all that is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anatomised import ENGLISH, HOUSE, MORE_ENGLISH, NOTE, codes, house, original, quoted, taken_apart
from curator.importing.anatomy import recover
from curator.model import Confidence, Problem

BODY = f"<p>{ENGLISH}</p><p>{MORE_ENGLISH}</p>"


def html_of(body: str) -> str:
    excerpt = taken_apart(body).excerpt
    return excerpt.html if excerpt else ""


def test_lists_headings_and_quotations_keep_their_form() -> None:
    body = (
        f"<p>{ENGLISH}</p>"
        "<ol><li>Strategy comes first</li><li>Governance comes after it</li></ol>"
        "<h3>Why do they keep it?</h3>"
        f"<blockquote><p>{MORE_ENGLISH}</p></blockquote>"
        "<p><strong>What we found</strong></p>"
        f"<p>{MORE_ENGLISH}</p>"
    )

    assert html_of(body) == body


def test_a_dialogue_stays_in_lines_and_long_lines_are_paragraphs() -> None:
    dialogue = "Customer: ‘Thank you.’<br>Employee: ‘No problem.’<br>Trainer: ‘ARGGH–you’re killing me!’"

    assert html_of(f"<p>{ENGLISH}</p><p>{dialogue}</p>") == f"<p>{ENGLISH}</p><p>{dialogue}</p>"
    assert html_of(f"<p>{ENGLISH}<br />\n{MORE_ENGLISH}</p>") == BODY


@pytest.mark.parametrize(
    "body",
    [
        f"{ENGLISH}<br><br>{MORE_ENGLISH}",
        f"<div>{ENGLISH}</div><div>{MORE_ENGLISH}</div>",
        f"<div><div><p>{ENGLISH}</p></div>{MORE_ENGLISH}</div>",
        f"<p>{ENGLISH}<p>{MORE_ENGLISH}",
        f"<center><p class='x' style='color:red'><span>{ENGLISH}</span></p></center><p>{MORE_ENGLISH}</p>",
        f"<!-- wp:paragraph --><p>{ENGLISH}</p><!-- /wp:paragraph --><hr><p>{MORE_ENGLISH}</p><p>&nbsp;</p>",
        f"<blockquote><p>{ENGLISH}</p><p>{MORE_ENGLISH}</p></blockquote>",
        f"<figure class='wp-block-pullquote'><p>{ENGLISH}</p></figure><section>{MORE_ENGLISH}</section>",
    ],
)
def test_paragraphs_are_what_a_reader_sees_as_such(body: str) -> None:
    assert html_of(body) == BODY


def test_non_breaking_spaces_stay_in_a_text_and_go_from_a_headline() -> None:
    said = taken_apart(
        f"<p>In the&nbsp;age of promises. &nbsp;{ENGLISH}</p>",
        title="Una buona CX&nbsp;?".replace("&nbsp;", "\xa0"),
    )

    assert "the\xa0age" in quoted(said)
    assert said.headline == "Una buona CX ?"


def test_each_part_has_its_language_and_a_form_below_does_not_turn_it() -> None:
    italian = "Il tuo indirizzo email non sarà pubblicato. I campi obbligatori sono contrassegnati. " * 5

    said = taken_apart(f"<p>NOTA AICEX: {NOTE}</p>{BODY}<h3>Lascia un commento</h3><p>{italian}</p>")

    assert said.language == "en"
    assert said.confidence["language"] is Confidence.SURE
    assert said.excerpt is not None
    assert 'lang="' not in said.excerpt.html


def test_a_paragraph_in_another_language_within_a_quotation_says_so() -> None:
    said = taken_apart(
        f"<p>NOTA AICEX: {NOTE}</p>{BODY}<p><img src='/a.jpg' alt='x'></p><p>{NOTE}</p><p>{ENGLISH}</p>"
    )

    assert said.excerpt is not None
    assert f'<p lang="it">{NOTE}</p>' in said.excerpt.html
    assert said.language == "en"
    assert "import_languages_mixed" in codes(said)


def test_a_headline_in_another_language_is_told() -> None:
    said = taken_apart(BODY, title="Why your customers want to break up with you")

    assert codes(said) == ["import_headline_language"]


@pytest.mark.parametrize(
    "title", ["CX", "HBR: Fruitori", "Customer Experience Management: una overview", "", "Net Promoter Score"]
)
def test_a_headline_that_cannot_be_told_is_believed_to_be_ours(title: str) -> None:
    assert "import_headline_language" not in codes(taken_apart(BODY, title=title))


def test_what_the_document_says_is_taken_over_and_what_it_does_not_is_missing() -> None:
    said = taken_apart(BODY, tags=("Marchi", "CX"), author="ada")
    bare = taken_apart("", title="", published=None)

    assert (said.tags, said.author) == (("Marchi", "CX"), "ada")
    assert (
        said.confidence["tags"]
        is said.confidence["author"]
        is said.confidence["published"]
        is Confidence.SURE
    )
    assert set(bare.confidence.values()) == {Confidence.MISSING}
    fields = "headline note excerpt language attributions image tags published author"
    assert set(bare.confidence) == set(fields.split())
    assert codes(bare) == ["import_date_missing"]


def test_doubts_of_the_reader_are_passed_on() -> None:
    doubt = Problem(code="import_plain_doubtful", field="headline")

    assert codes(taken_apart(BODY, problems=(doubt,))) == ["import_plain_doubtful"]


def test_it_is_the_same_twice_and_in_every_form_of_markup() -> None:
    one = original(f"<p><b>NOTA&nbsp;AICEX:</b>&nbsp;{NOTE}</p>\n\n{BODY}")
    other = replace(one, html=f"<P><STRONG>NOTA&#160;AICEX:</STRONG>&#xA0;{NOTE}</P>{BODY}")

    assert recover(one, house=HOUSE) == recover(one, house=HOUSE) == recover(other, house=HOUSE)


def test_a_house_that_speaks_english_quotes_italian() -> None:
    at = house(language="en", organisation="The Desk", note_label="Note")

    said = taken_apart(f"<p>Note: {ENGLISH}</p><p>{NOTE}</p>", at=at)

    assert (said.note, quoted(said), said.language) == (ENGLISH, NOTE, "it")


def test_two_languages_of_like_length_are_a_doubtful_one() -> None:
    german = (
        "Ein Versprechen zu halten ist den Leuten wichtiger, als es zu übertreffen, sagt eine neue Studie. "
        "Wer mehr bekam, als ihm versprochen worden war, war kaum dankbarer als die anderen."
    )

    said = taken_apart(f"<p>{ENGLISH}</p><p>{german}</p>")

    assert said.confidence["language"] is Confidence.DOUBTFUL
    assert "import_language_doubtful" in codes(said)
