"""Whatever an entry's page or somebody's list holds, it is read to a value or refused by name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from hypothesis import given, settings
from hypothesis import strategies as st

from curator.curate.comparison import Kind, difference
from curator.errors import BadInput
from curator.extract.article import article_of
from curator.ingest.feeds.jsonfeed import parse_json
from curator.ingest.feeds.pictures import picture_of
from curator.ingest.opml import read_opml
from curator.model import Article, ParsedFeed, Unreadable
from curator.text import clean, safe_url

URL = "https://site.example/2026/story"
TAGS = (
    "article main div p h1 h2 ul li a img figure figcaption table tr td br aside nav script style b".split()
)
WORDS = "the promise that customers remember for years and tell about <b> & \x00 “so” 2026-11-20".split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    "id url external_url title content_html content_text summary image banner_image date_published "
    "date_modified author authors tags language attachments name mime_type items version next_url "
    "expired hubs type feed_url"
).split()
FEEDLIKE = st.recursive(
    JSON,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=8),
    max_leaves=25,
)


@st.composite
def pages(draw: st.DrawFn) -> bytes:
    parts: list[str] = []
    for _ in range(draw(st.integers(0, 25))):
        tag = draw(st.sampled_from(TAGS))
        words = " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=30)))
        address = draw(
            st.sampled_from(["/a", "../b", "javascript:x", "//c.example/", "http://[", "", "\x7f"])
        )
        parts.append(f"<{tag} href='{address}' src='{address}' content='{words}' class='{words}'>{words}")
        parts.append(draw(st.sampled_from(["", f"</{tag}>", "<!--", "]]>", "</html>"])))
    return "".join(["<html lang='x y'>", *parts]).encode(
        draw(st.sampled_from(["utf-8", "utf-16", "cp1252"])), "replace"
    )


@settings(max_examples=60)
@given(
    st.one_of(pages(), st.binary(max_size=300)), st.sampled_from(["text/html", None, "text/html; charset=x"])
)
def test_any_page_is_an_article_or_refused_by_name(body: bytes, content_type: str | None) -> None:
    found = article_of(body, content_type=content_type, url=URL, picture_of=picture_of)

    match found:
        case Unreadable():
            assert found.code.startswith("read_")
        case Article():
            assert clean(found.html, base_url=None) == found.html
            assert safe_url(found.url) == found.url
            assert found.image is None or safe_url(found.image.url) == found.image.url


@settings(max_examples=60)
@given(FEEDLIKE)
def test_any_json_is_a_feed_or_refused_by_name(document: Any) -> None:
    if isinstance(document, dict):
        document = {"version": "https://jsonfeed.org/version/1.1", "items": [document]} | document
    body = json.dumps(document).encode("utf-8", "surrogatepass")

    found = parse_json(body, url=URL, now=datetime(2026, 11, 22, tzinfo=UTC))

    assert isinstance(found, ParsedFeed) or found.code == "read_not_a_feed"


@settings(max_examples=100)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ("xmlUrl", "url", "type", "text", "category", "curator:kind", "curator:selectors", "language")
            ),
            st.one_of(
                st.sampled_from(
                    (
                        "https://a.example/",
                        "exec:x",
                        "link",
                        "page",
                        '{"item": "li"}',
                        '{"item": "((", "seen": 1}',
                        "it",
                    )
                ),
                st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), max_size=10),
            ),
        ),
        max_size=5,
    )
)
def test_any_outline_is_a_source_a_folder_or_a_refused_line(outlines: list[dict[str, str]]) -> None:
    lines = "\n".join(
        f"<outline {' '.join(f'{name}={quoteattr(value)}' for name, value in said.items())}/>"
        for said in outlines
    )

    try:
        listed = read_opml(f"<opml>\n{lines}\n</opml>".encode())
    except BadInput as refused:
        assert refused.reason == "opml_invalid"  # noqa: PT017  both ends are right
        return

    assert all(safe_url(source.url) == source.url for source in listed.sources)
    assert all(1 < line.line <= len(outlines) + 1 for line in listed.refused)


@given(*[st.lists(st.sampled_from(["a", "b", "c", "\n\n"]), max_size=30)] * 2)
def test_a_difference_holds_both_texts(old: list[str], new: list[str]) -> None:
    before, after = " ".join(old), " ".join(new)

    pieces = difference(before, after)

    def words(*without: Kind) -> list[str]:
        return " ".join(piece.text for piece in pieces if piece.kind not in without).split()

    assert words(Kind.ADDED) == before.split()
    assert words(Kind.REMOVED) == after.split()
