"""What was made quick says exactly what the slow way says."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bricks import markup, ordinary_markup
from cleaning import cleaned_in_full
from curator.ingest.pictures import _shown, _shown_in
from curator.text import clean, normalised, plain, words_of
from curator.text.plain import plain_of

BASE = "https://blog.example/2026/post"


@given(markup | ordinary_markup, st.sampled_from([BASE, None, "http://other.example"]))
@example("<span><em>x</span>y</em>", BASE)
@example("<p><span><p>x</p></span></p>", BASE)
@example('<p>a &nbsp;<a href="/x?a=1&amp;b=2">b > c</a>&#8217;<br /></p>', BASE)
def test_cleaning_comes_to_what_all_its_rounds_come_to(html: str, base_url: str | None) -> None:
    assert clean(html, base_url=base_url) == cleaned_in_full(html, base_url=base_url)


@given(markup | ordinary_markup)
def test_the_text_of_clean_html_needs_no_cleaning(html: str) -> None:
    cleaned = clean(html, base_url=BASE)

    assert plain_of(cleaned) == plain(cleaned)


@given(markup | ordinary_markup)
@example("<ul><li><p>1. one</p></li><li> <b>- two</b><ul><li>three</li></ul></li></ul><p>- <br>four</p>")
@example("<p>12 - one and 1. two <br>\n</p><ul><li>\t<br>\t- three - four</li>\n<li>\xa0<br>* five</li></ul>")
@example("<li>1. no list</li><ol><li>5. five</li>\n<li>six</li></ol>a\n- b")
def test_the_words_to_compare_are_those_of_the_text(html: str) -> None:
    cleaned = clean(html, base_url=BASE)

    assert words_of(cleaned) == normalised(plain(cleaned))


@given(markup | ordinary_markup)
def test_no_picture_is_overlooked(html: str) -> None:
    cleaned = clean(html, base_url=BASE)

    assert list(_shown(cleaned)) == list(_shown_in(cleaned))
