"""What is true of every text from outside, however it is written."""

from __future__ import annotations

import re

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bricks import markup
from curator.text import clean, clean_text, excerpt, normalised, plain, safe_url, url_key

BASE = "https://blog.example/2026/post"


@given(markup | st.text())
def test_cleaning_twice_is_cleaning_once(html: str) -> None:
    once = clean(html, base_url=BASE)

    assert clean(once, base_url="https://elsewhere.example/") == once


@given(markup)
def test_a_browser_finds_nothing_that_runs_in_what_was_cleaned(html: str) -> None:
    tree = html5lib.parseFragment(clean(html, base_url=BASE), namespaceHTMLElements=False)

    for element in tree.iter():
        assert element.tag not in {
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "svg",
            "math",
            "form",
            "template",
        }
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert name not in {"style", "srcdoc", "srcset", "class", "id"}
            if name in {"href", "src", "cite"}:
                assert value.startswith(("http://", "https://", "mailto:"))


@given(markup | st.text())
def test_what_was_cleaned_holds_only_characters_that_xml_can_carry(html: str) -> None:
    cleaned = clean(html, base_url=BASE)

    assert clean_text(cleaned) == cleaned
    assert clean_text(plain(cleaned)) == plain(cleaned)


@given(markup, st.integers(0, 20))
def test_an_excerpt_is_the_opening_of_its_text(html: str, most: int) -> None:
    cleaned = clean(html, base_url=BASE)
    opening, truncated = excerpt(cleaned, max_words=most)

    assert normalised(plain(cleaned)).startswith(normalised(plain(opening)))
    assert len(plain(opening).split()) <= most or not truncated
    assert clean(opening, base_url=None) == opening
    assert truncated or opening == cleaned


@pytest.mark.parametrize("limit", [1, 3, 8])
@given(
    words=st.lists(
        st.sampled_from(["one", "Two.", "three,", "Dr.", "four!", "e.g."]), min_size=1, max_size=30
    )
)
def test_an_excerpt_never_ends_within_a_word(words: list[str], limit: int) -> None:
    opening, _ = excerpt(clean(f"<p>{' '.join(words)}</p>", base_url=None), max_words=limit)

    assert plain(opening).split() == words[: len(plain(opening).split())]


@given(st.text())
def test_comparing_folds_a_text_once_and_for_all(text: str) -> None:
    folded = normalised(text)

    assert normalised(folded) == folded
    assert not re.search(r"\s{2}|[\u200b\u00ad\xa0“”’]", folded)


@given(st.text() | st.from_regex(r"https?://[^\s]{0,30}", fullmatch=True))
def test_an_address_is_safe_for_good_or_not_at_all(url: str) -> None:
    safe = safe_url(url)

    assert safe is None or (safe_url(safe) == safe and safe.lower().startswith(("http://", "https://")))
    assert (url_key(url) is None) == (safe is None)
