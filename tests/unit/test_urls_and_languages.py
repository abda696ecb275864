from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.model import Lang
from curator.text import (
    absolute,
    language_of,
    language_tag,
    safe_url,
    untracked,
    url_key,
    urls,
    without_keys,
)


@pytest.mark.parametrize(
    "url",
    [
        *(
            "javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "ftp://x.example/",
            "//x.example",
        ),
        *(
            "http://",
            "http:///x",
            "https://[::1",
            "http://x.example:99999/",
            "http://a b/",
            "/path",
            "",
            None,
            "x" * 9999,
        ),
    ],
)
def test_only_web_addresses_are_safe(url: str | None) -> None:
    assert safe_url(url) is None


def test_a_safe_address_can_stand_in_an_attribute() -> None:
    assert safe_url(" https://x.example/a b?q=\"<>'&c=1\n ") == "https://x.example/a%20b?q=%22%3C%3E'&c=1"
    assert absolute("../c?d", base_url="https://x.example/a/b/") == "https://x.example/a/c?d"
    assert absolute("javascript:x", base_url="https://x.example/") is None


@pytest.mark.parametrize(
    "same",
    [
        "http://www.blog.example/post/?utm_source=feed&utm_medium=rss&b=2&a=1#comments",
        "https://blog.example:443/post?a=1&b=2&fbclid=xyz",
        "HTTPS://BLOG.example/post/?b=2&a=1&gko=7cf43",
    ],
)
def test_tracking_scheme_www_and_slash_make_no_other_page(same: str) -> None:
    assert url_key(same) == url_key("https://blog.example/post?a=1&b=2")


@given(
    st.from_regex(
        r"https?://(www\.){0,2}([a-z0-9]{1,3}(-[a-z0-9]{1,2})?\.){1,3}[a-z]{1,3}(/[A-Za-z0-9._~-]{0,3}){0,4}/{0,2}",
        fullmatch=True,
    )
)
def test_the_key_of_a_plain_address_is_the_one_that_the_long_way_finds(url: str) -> None:
    assert url_key(url) == urls._canonical_key(url)


@pytest.mark.parametrize(
    "other", ["https://blog.example/post?a=2&b=2", "https://blog.example:8443/post?a=1&b=2"]
)
def test_what_names_another_page_makes_another_key(other: str) -> None:
    assert url_key(other) != url_key("https://blog.example/post?a=1&b=2")


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        ("Why your customer experience strategy fails", "it", "en"),
        ("La customer experience delle banche italiane: il caso NPS", "en-US", "it"),
        ("Warum Kundenzufriedenheit mehr ist als eine Zahl", None, "de"),
        ("Pourquoi les clients partent sans rien dire", "en", "fr"),
        ("Why your customers leave", "en-GB", "en-GB"),  # the declared tag says more
        ("CX 2026", "it", "it"),
        ("Apple", None, "und"),
        ("", "de", "de"),
        ("Nuair a bhios sinn a’ bruidhinn mu dheidhinn", "gd", "gd"),  # not among those it can tell
    ],
)
def test_a_text_is_in_its_own_language_where_that_can_be_told(
    text: str, declared: str | None, language: str
) -> None:
    assert language_of(text, declared=Lang(declared) if declared else None) == language


@pytest.mark.parametrize(
    ("stated", "tag"),
    [
        ("en_us", "en-US"),
        ("IT", "it"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("English", None),
        ("", None),
        ("und", None),
    ],
)
def test_stated_languages_become_tags(stated: str, tag: str | None) -> None:
    assert language_tag(stated) == tag


def test_the_language_model_is_loaded_only_when_asked_for() -> None:
    asked = "import sys, curator.text; sys.exit('numpy' in sys.modules or 'py3langid' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


@pytest.mark.parametrize(
    "amp",
    [
        "https://blog.example/2026/post/amp",
        "https://blog.example/2026/post/amp/",
        "https://blog.example/2026/post/?amp=1",
        "https://blog.example/2026/post?amp",
        "https://amp.blog.example/2026/post",
        "https://www.blog.example/2026/post.amp",
        "http://blog.example:80/2026/post/?outputType=amp&utm_source=x",
    ],
)
def test_the_page_for_phones_is_the_same_article(amp: str) -> None:
    assert url_key(amp) == url_key("https://blog.example/2026/post/")


def test_a_page_for_phones_with_an_ending_is_the_same_article() -> None:
    assert url_key("https://blog.example/a.amp.html") == url_key("https://blog.example/a.html")


@pytest.mark.parametrize(
    "other",
    [
        "https://amp.dev/2026/post",
        "https://blog.example/amp",
        "https://blog.example/2026/post/lamp",
        "https://blog.example/2026/post?amp=20",
        "https://blog.example/2026/guitar-amp",
    ],
)
def test_what_only_sounds_like_a_page_for_phones_is_itself(other: str) -> None:
    assert url_key(other) not in {
        url_key("https://blog.example/2026/post"),
        url_key("https://dev/2026/post"),
        url_key("https://blog.example/"),
        url_key("https://blog.example/2026/guitar"),
    }


@pytest.mark.parametrize(
    ("followed", "plain"),
    [
        ("https://blog.example/p?utm_source=rss&id=7&fbclid=x#top", "https://blog.example/p?id=7#top"),
        ("https://blog.example/p?UTM_Medium=feed", "https://blog.example/p"),
        ("https://blog.example/p?id=%C3%A9&a=&&b", "https://blog.example/p?id=%C3%A9&a=&&b"),
        ("https://blog.example/p#/?utm_source=x", "https://blog.example/p#/?utm_source=x"),
        ("https://blog.example/p?rss=1&scm=2", "https://blog.example/p?rss=1&scm=2"),
    ],
)
def test_readers_get_an_address_that_follows_nobody(followed: str, plain: str) -> None:
    assert untracked(followed) == plain


def test_a_subscribers_own_key_is_left_out_of_a_feeds_address() -> None:
    assert (
        without_keys("https://u:p@a.example/feed?auth_token=x&n=1&apikey=y") == "https://a.example/feed?n=1"
    )
    assert without_keys("https://a.example/feed?monkeys=2") == "https://a.example/feed?monkeys=2"
