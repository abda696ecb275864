"""Whom a post says it is owed to: labels, last links, names in headlines, and what is only a guess."""

from __future__ import annotations

import pytest

from anatomised import ENGLISH, MORE_ENGLISH, codes, quoted, taken_apart
from curator.model import Attribution, Confidence

BODY = f"<p>{ENGLISH}</p><p>{MORE_ENGLISH}</p>"
QUOTED = f"{ENGLISH}\n\n{MORE_ENGLISH}"
URL = "https://hbr.org/2018/02/the-most-successful-brands"
TITLE = "The Most Successful Brands"
HBR = "Harvard Business Review"


@pytest.mark.parametrize(
    ("line", "title"),
    [
        (f"<p>Source: {URL}</p>", None),
        (f"<p>Source:&nbsp;{URL}</p>", None),
        (f"<p>Source:{URL}</p>", None),
        (f"<p>Source: {URL} AICEX</p>", None),
        (f"<p>Source: {URL}</p><p>AICEX</p>", None),
        (f"<p>Fonte: {URL}</p>", None),
        (f"<p>FONTE : {URL}</p>", None),
        (f"<p>Articolo di riferimento: {URL}</p>", None),
        (f"<p>Via: {URL}</p>", None),
        (f"<p><strong>Source:</strong> {URL}</p>", None),
        (f'<p>Source: <a href="{URL}">{URL}</a></p>', None),
        (f'<p>Source:&nbsp;<a href="{URL}" rel="nofollow">{URL}</a>&nbsp;AICEX</p>', None),
        (f'<p>Fonte: <a href="{URL}">HBR</a></p>', None),
        (f'<p>Fonte: <a href="{URL}">qui</a></p>', None),
        (f'<p>Via <a href="{URL}">Harvard Business Review</a></p>', None),
        (f'<p>Fonte: <a href="{URL}">The Most Successful Brands</a></p>', "The Most Successful Brands"),
        (
            f'<p>Fonte: <a href="{URL}">“The Most Successful Brands”</a>, HBR</p>',
            "The Most Successful Brands",
        ),
        (f"<p>Source: The Most Successful Brands, {URL}</p>", "The Most Successful Brands"),
        (f'<p><a href="{URL}">Leggi l’articolo originale</a></p>', None),
        (f"<p><a href='{URL}'>Leggi l'articolo originale</a></p>", None),
        (f'<p><a href="{URL}">Read the full article</a> →</p>', None),
        (f'<div class="wp-block-button"><a href="{URL}">Leggi l’articolo originale</a></div>', None),
        (f'<h5>Source: <a href="{URL}">{URL}</a></h5>', None),
        (f"<p>Fonte:</p><p>{URL}</p>", None),
        (f'<p>Fonti</p><ul><li><a href="{URL}">{TITLE}</a></li></ul>', TITLE),
    ],
)
def test_a_labelled_source_is_an_attribution_and_leaves_the_text(line: str, title: str | None) -> None:
    said = taken_apart(BODY + line)

    assert said.attributions == (Attribution(title=title, publisher=HBR, url=URL),)
    assert quoted(said) == QUOTED


def test_it_may_stand_at_the_end_of_the_last_paragraph() -> None:
    said = taken_apart(f"<p>{ENGLISH} Source:&nbsp;{URL} AICEX</p>")

    assert [each.url for each in said.attributions] == [URL]
    assert quoted(said) == ENGLISH


def test_or_on_its_last_line() -> None:
    said = taken_apart(f"<p>{ENGLISH}<br />\nFonte: {URL}<br />\nAICEX</p>")

    assert [each.url for each in said.attributions] == [URL]
    assert quoted(said) == ENGLISH


@pytest.mark.parametrize(
    "jammed",
    [
        "https://s.example/article/Rise?gko=7cf43https://hbr.org/2018/02/brands",
        '<a href="https://s.example/article/Rise?gko=7cf43https://hbr.org/2018/02/brands">here</a>',
        '<a href="https://s.example/article/Rise?gko=7cf43">one</a><a href="https://hbr.org/2018/02/brands">x</a>',
    ],
)
def test_two_addresses_with_nothing_between_are_two_sources_as_they_were_said(jammed: str) -> None:
    said = taken_apart(f"{BODY}<p>Articolo di riferimento: {jammed}</p>")

    assert [(each.url, each.publisher) for each in said.attributions] == [
        ("https://s.example/article/Rise?gko=7cf43", "s.example"),
        ("https://hbr.org/2018/02/brands", HBR),
    ]


def test_old_addresses_stay_as_they_were_said() -> None:
    url = "http://better.example/2014/05/20/the-real-reason/"

    (said,) = taken_apart(f"{BODY}<p>Source: {url}</p>").attributions

    assert (said.url, said.publisher, said.title) == (url, "better.example", None)


def test_a_name_without_an_address_is_an_attribution_that_lacks_one() -> None:
    said = taken_apart(f"{BODY}<p>Fonte: Harvard Business Review</p>")

    assert said.attributions == (Attribution(title=None, publisher=HBR, url=None),)
    assert said.confidence["attributions"] is Confidence.LIKELY


def test_a_last_paragraph_that_is_a_link_is_probably_the_source() -> None:
    said = taken_apart(f'{BODY}<p><a href="{URL}">The Most Successful Brands Focus on Users</a></p>')

    title = "The Most Successful Brands Focus on Users"
    assert said.attributions == (Attribution(title=title, publisher=HBR, url=URL),)
    assert said.confidence["attributions"] is Confidence.LIKELY
    assert quoted(said) == QUOTED


def test_so_is_an_address_alone_or_a_card_of_it() -> None:
    card = (
        f'<blockquote class="wp-embedded-content"><a href="{URL}">The Most Successful Brands</a></blockquote>'
    )

    assert [each.url for each in taken_apart(f"{BODY}<p>{URL}</p>").attributions] == [URL]
    assert [each.url for each in taken_apart(f"{BODY}{card}").attributions] == [URL]
    framed = f'<figure class="wp-block-embed">{card}<iframe src="{URL}/embed/"></iframe></figure>'
    (said,) = taken_apart(f"{BODY}{framed}").attributions
    assert (said.url, said.title) == (URL, TITLE)


def test_a_blog_that_has_moved_still_links_to_the_rest_of_its_own_post() -> None:
    said = taken_apart(f'{BODY}<p><a href="https://old.example/?p=7#more-7">Continua a leggere</a></p>')

    assert said.attributions == ()
    assert quoted(said) == QUOTED


@pytest.mark.parametrize("words", ["Read the full article", "Leggi l’articolo completo", "Leggi tutto"])
def test_a_link_to_the_posts_own_page_says_only_that_there_is_more(words: str) -> None:
    said = taken_apart(f'{BODY}<p><a href="/2014/05/mantenere/">{words}</a></p>')

    assert said.attributions == ()
    assert quoted(said) == QUOTED
    assert said.excerpt is not None
    assert said.excerpt.truncated


@pytest.mark.parametrize("words", ["Download the PDF copy", "CLICCA QUI PER ALTRO", "Listen to episode →"])
def test_what_a_button_says_is_no_title(words: str) -> None:
    (said,) = taken_apart(f'{BODY}<p><a href="{URL}">{words}</a></p>').attributions

    assert (said.url, said.title) == (URL, None)


def test_a_button_that_shares_a_post_is_no_source() -> None:
    button = '<a href="https://www.facebook.com/sharer/sharer.php?u=x">Dillo ai tuoi amici</a>'

    assert taken_apart(f"{BODY}<p>{button}</p>").attributions == ()


def test_a_link_to_the_blog_itself_credits_nobody() -> None:
    said = taken_apart(
        f'{BODY}<p><a href="https://blog.example/2013/altro/">Un nostro altro articolo</a></p>'
    )

    assert said.attributions == ()
    assert "Un nostro altro articolo" in quoted(said)


def test_the_only_link_in_the_text_is_a_guess_and_said_to_be_one() -> None:
    linked = ENGLISH.replace("a new study", f'<a href="{URL}">a new study</a>')

    said = taken_apart(f"<p>{linked}</p><p>{MORE_ENGLISH}</p>")

    assert [each.url for each in said.attributions] == [URL]
    assert said.confidence["attributions"] is Confidence.DOUBTFUL
    assert codes(said) == ["import_attribution_guessed", "import_license_unknown"]
    assert quoted(said) == QUOTED
    assert said.excerpt is not None
    assert f'<a href="{URL}">a new study</a>' in said.excerpt.html


def test_of_several_links_nobody_can_tell() -> None:
    other = ENGLISH.replace("promise", '<a href="https://one.example/a">promise</a>', 1).replace(
        "others", '<a href="https://two.example/b">others</a>'
    )

    said = taken_apart(f"<p>{other}</p>")

    assert said.attributions == ()
    assert codes(said) == ["import_attribution_unclear"]


def test_the_publication_in_a_headline_is_named_when_nothing_else_is() -> None:
    said = taken_apart(BODY, title="HBR: Fruitori e non acquirenti")

    assert said.headline == "HBR: Fruitori e non acquirenti"
    assert said.attributions == (Attribution(title=None, publisher=HBR, url=None),)
    assert codes(said) == ["import_attribution_named"]


def test_terms_beside_a_source_are_its_licence() -> None:
    terms = "https://creativecommons.org/licenses/by/4.0/"

    (said,) = taken_apart(f"{BODY}<p>Fonte: {URL} {terms}</p>").attributions

    assert (said.url, said.license) == (URL, terms)


def test_a_source_without_terms_is_listed() -> None:
    assert codes(taken_apart(f"{BODY}<p>Fonte: {URL}</p>")) == ["import_license_unknown"]


def test_without_any_trace_there_is_no_attribution() -> None:
    said = taken_apart(BODY)

    assert said.attributions == ()
    assert said.confidence["attributions"] is Confidence.MISSING


@pytest.mark.parametrize(
    "sentence",
    [
        "The source of all this, says the study, is that promises are made to be kept by all of us.",
        "Via email or by telephone, customers expected to hear from the company within a day or two.",
        "Sources: the authors and their friends, who were asked about promises for years and answered.",
        'As the <a href="https://one.example/a">original article</a> says, promises are promises to all.',
    ],
)
def test_sentences_with_such_words_stay_in_the_text(sentence: str) -> None:
    said = taken_apart(f"<p>{sentence}</p><p>{ENGLISH}</p>")

    assert ENGLISH in quoted(said)
    assert "promises" in quoted(said).partition(ENGLISH)[0] or "customers" in quoted(said)


def test_a_paragraph_that_goes_on_behind_its_source_stays() -> None:
    said = taken_apart(f"<p>Source: {URL} {ENGLISH}</p>")

    assert [each.url for each in said.attributions] == [URL]
    assert quoted(said) == ENGLISH


@pytest.mark.parametrize(
    "signature",
    ["AICEX - Anna Rossi", "AICEX – Anna Rossi", "AICEX, a cura di Anna Rossi", "(AICEX: Anna Rossi)"],
)
def test_one_of_ours_who_signs_with_a_name_is_no_title(signature: str) -> None:
    said = taken_apart(f'{BODY}<p>Source: <a href="{URL}">{URL}</a> {signature}</p>')

    assert said.attributions == (Attribution(title=None, publisher=HBR, url=URL),)
    assert quoted(said) == QUOTED


@pytest.mark.parametrize(
    "line",
    [
        f'<p>Tratto da: <em>{HBR}</em>, <a href="{URL}">“{TITLE}”</a> di John Smith</p>',
        f'<p>Source: <a href="{URL}">{TITLE}</a> by John Smith, {HBR}</p>',
        f'<p>Fonte: <a href="{URL}">{TITLE}</a>, di John Smith</p>',
        f'<blockquote><cite>John Smith, {HBR}</cite></blockquote><p>Fonte: <a href="{URL}">{TITLE}</a></p>',
        f'<blockquote><cite>— John Smith</cite></blockquote><p>Fonte: <a href="{URL}">{TITLE}</a></p>',
    ],
)
def test_an_author_who_is_named_beside_the_source_is_its_author(line: str) -> None:
    said = taken_apart(BODY + line)

    assert said.attributions == (Attribution(title=TITLE, authors=("John Smith",), publisher=HBR, url=URL),)
    assert quoted(said) == QUOTED


def test_who_is_cited_from_somewhere_else_stays_in_the_text() -> None:
    said = taken_apart(f"{BODY}<blockquote><cite>Jane Doe, Forbes</cite></blockquote><p>Fonte: {URL}</p>")

    assert [each.authors for each in said.attributions] == [()]
    assert "Jane Doe" in quoted(said)


def test_a_label_with_nothing_behind_it_is_no_quotation_and_a_doubt() -> None:
    said = taken_apart(f"{BODY}<p>Source:</p>")

    assert quoted(said) == QUOTED
    assert said.attributions == ()
    assert codes(said) == ["import_source_unnamed"]


def test_what_goes_on_behind_the_sources_line_is_doubted() -> None:
    said = taken_apart(f"<p>{ENGLISH}</p><p>Source: {URL}</p><p>{MORE_ENGLISH}</p>")

    assert quoted(said) == QUOTED
    assert codes(said) == ["import_excerpt_apart", "import_license_unknown"]


def test_an_article_in_a_network_is_a_source_and_a_button_is_none() -> None:
    pulse = "https://www.linkedin.com/pulse/abc"

    article = taken_apart(f'{BODY}<p><a href="{pulse}">LinkedIn</a></p>')
    button = taken_apart(f'{BODY}<p><a href="https://www.linkedin.com/company/aicex">LinkedIn</a></p>')

    assert [each.url for each in article.attributions] == [pulse]
    assert button.attributions == ()
    assert quoted(button) == quoted(article) == QUOTED
