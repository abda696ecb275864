"""What is quoted: whole, its first sentences, or a passage, always with its markup and word for word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import a_followed_source
from curator.curate import passage
from curator.errors import BadInput
from curator.model import Article, Entry, Lang, Page, SafeHtml
from curator.review import is_verbatim
from curator.text import clean, located, normalised, plain, portion, sentences_of

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOURCE = a_followed_source()
TEXT = clean(
    "<h2>Keep it</h2>"
    "<p>A promise is <em>a debt. Dr. Rossi</em> says so. “Really?”</p>"
    "<p>Six rules:</p>"
    "<ol><li>Say less.</li><li>Do <strong>more. Then</strong> rest.</li><li>Repeat.</li></ol>"
    "<blockquote><p>Nobody minds.</p></blockquote>",
    base_url=None,
)


def an_entry(html: str = TEXT, *, goes_on: bool = False) -> Entry:
    return Entry(
        id=1,
        source_id=1,
        identity="one",
        guid=None,
        url="https://blog.example/one",
        title="One",
        html=SafeHtml(html),
        authors=(),
        language=Lang("en"),
        published=None,
        updated=None,
        tags=(),
        image=None,
        license=None,
        first_seen=NOW,
        revision=1,
        raw_hash="",
        content_key="",
        goes_on=goes_on,
    )


def chosen(picked: str) -> str:
    return passage.chosen(picked, an_entry(), SOURCE, language=None).html


@pytest.mark.parametrize(
    ("picked", "html"),
    [
        ("1", "<h2>Keep it</h2>"),
        ("2.1", "<p>A promise is <em>a debt.</em></p>"),
        ("2.2-2.3", "<p><em>Dr. Rossi</em> says so. “Really?”</p>"),
        ("2.3-3", "<p>“Really?”</p><p>Six rules:</p>"),
        ("4.2-4.3", '<ol start="2"><li>Do <strong>more. Then</strong> rest.</li></ol>'),
        ("3-4.1", "<p>Six rules:</p><ol><li>Say less.</li></ol>"),
        ("1,3", "<h2>Keep it</h2><p>[…]</p><p>Six rules:</p>"),
        ("1,2.1", "<h2>Keep it</h2><p>A promise is <em>a debt.</em></p>"),
        ("2.1,2.3", "<p>A promise is <em>a debt.</em></p><p>[…]</p><p>“Really?”</p>"),
        ("all", TEXT),
        ("4-5", TEXT[TEXT.index("<ol>") :]),
    ],
)
def test_a_passage_keeps_its_markup_and_says_what_it_leaves_out(picked: str, html: str) -> None:
    assert chosen(picked) == html
    assert is_verbatim(plain(html), plain(TEXT))


@pytest.mark.parametrize(
    ("picked", "code"),
    [
        ("0", "paragraphs_out_of_range"),
        ("6", "paragraphs_out_of_range"),
        ("3-2", "paragraphs_out_of_range"),
        ("2.4", "sentences_out_of_range"),
        ("2.0", "sentences_out_of_range"),
        ("2.2-2.1", "paragraphs_invalid"),
        ("two", "paragraphs_invalid"),
        ("", "paragraphs_invalid"),
        ("1;2", "paragraphs_invalid"),
    ],
)
def test_what_cannot_be_picked_is_refused(picked: str, code: str) -> None:
    with pytest.raises(BadInput) as refusal:
        chosen(picked)

    assert refusal.value.reason == code


@pytest.mark.parametrize(
    ("words", "html"),
    [
        ("Dr. Rossi says so.", "<p><em>Dr. Rossi</em> says so.</p>"),
        ('"Really?"', "<p>“Really?”</p>"),  # the source's own signs
        ("1. Say less.\n2. Do more.", "<ol><li>Say less.</li><li>Do <strong>more.</strong></li></ol>"),
        (
            "Repeat.\n\nNobody minds.",
            '<ol start="3"><li>Repeat.</li></ol><blockquote><p>Nobody minds.</p></blockquote>',
        ),
        (
            "Keep it\n\n[…]\n\nNobody minds.",
            "<h2>Keep it</h2><p>[…]</p><blockquote><p>Nobody minds.</p></blockquote>",
        ),
        ("Keep it [...] Nobody minds.", "<p>Keep it [...] Nobody minds.</p>"),
        ("Of our own", "<p>Of our own</p>"),
        ("<p>Say <b>less.</b></p>", "<p>Say <b>less.</b></p>"),  # whoever types markup means it
    ],
)
def test_typed_words_of_the_entry_bring_its_markup_along(words: str, html: str) -> None:
    assert passage.typed(words, an_entry(), SOURCE, language=None).html == html


def test_the_sentences_of_a_block_are_whole() -> None:
    block = clean("<p>One <b>is. Two</b> is, e.g. here. 3.5 is <i>three.</i></p>", base_url=None)

    assert sentences_of(block) == [
        "<p>One <b>is.</b></p>",
        "<p><b>Two</b> is, e.g. here.</p>",
        "<p>3.5 is <i>three.</i></p>",
    ]
    assert portion(block, 1, 3) == block


def test_a_table_is_one_sentence() -> None:
    table = clean("<table><tr><td>A. B.</td><td>C.</td></tr></table>", base_url=None)

    assert sentences_of(table) == [table]


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from(["A b. ", "<b>C d. E</b> ", "f “g”. ", "<br>", "h "]), min_size=1, max_size=6),
    st.data(),
)
def test_any_portion_stands_in_its_text(pieces: list[str], data: st.DataObject) -> None:
    html = clean(f"<ul><li>{''.join(pieces)}</li><li>Last.</li></ul>", base_url=None)
    sentences = sentences_of(html)
    first = data.draw(st.integers(1, len(sentences)))
    last = data.draw(st.integers(first, len(sentences)))
    part = portion(html, first, last)

    assert normalised(plain(part)) in normalised(plain(html))
    assert normalised(plain(part)).split() == [
        word for one in sentences[first - 1 : last] for word in normalised(plain(one)).split()
    ]
    assert located(html, plain(part)) is not None


def test_words_that_do_not_stand_there_are_not_located() -> None:
    assert located(TEXT, "A promise is a gift.") is None
    assert located(TEXT, "") is None
    assert located(TEXT, "promise isa debt") is None


# ── the entry as it is quoted ──


def test_what_is_no_part_of_the_text_is_not_quoted() -> None:
    entry = an_entry("<p>They tell.</p><p>Embed from Getty Images</p><p>And buy. Continue reading “All”</p>")
    excerpt = passage.opening(passage.reading(entry, None), SOURCE, words=100)

    assert excerpt is not None
    assert (excerpt.html, excerpt.truncated) == ("<p>They tell.</p><p>And buy.</p>", True)


def test_a_page_says_more_than_its_teaser_and_loses_its_furniture_too() -> None:
    teaser = an_entry("<p>They tell. Continue reading “All”</p>")
    article = Article(
        url="https://blog.example/one",
        title=None,
        html=SafeHtml("<p>They tell. And they buy.</p><p>Share this:</p>"),
    )
    page = Page(entry_id=1, n=1, fetched_at=NOW, article=article)

    assert passage.reading(teaser, page).html == "<p>They tell. And they buy.</p>"
    assert not passage.reading(teaser, page).goes_on


def test_all_of_a_teaser_is_not_all_of_the_text() -> None:
    entry = replace(an_entry("<p>They tell.</p>"), goes_on=True)

    assert passage.chosen("all", entry, SOURCE, language=None).truncated
    assert not passage.chosen("all", an_entry("<p>They tell.</p>"), SOURCE, language=None).truncated
