"""What was made quick says exactly what the slow way says."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from bricks import markup, ordinary_markup
from cleaning import cleaned_in_full
from curator.text import clean, plain
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
