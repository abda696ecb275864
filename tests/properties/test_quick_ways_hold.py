"""What was made quick says exactly what the slow way says."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from bricks import markup, ordinary_markup
from cleaning import cleaned_in_full
from curator.ingest.feeds import lenient, strict
from curator.ingest.feeds.parse import parse
from curator.ingest.feeds.pictures import _shown, _shown_in
from curator.ingest.reconcile import reconcile, skippable
from curator.model import KnownEntry, ParsedFeed, Told
from curator.text import clean, normalised, plain, words_of
from curator.text.plain import plain_of
from feeds import feeds
from telling import known_after

NOW = datetime(2026, 11, 22, tzinfo=UTC)
FEED = "https://blog.example/feed/"
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


content_types = st.sampled_from(
    [
        *("application/xml", "text/xml", "text/xml; charset=utf-8", "application/rss+xml", "text/html"),
        *("application/xml;charset=iso-8859-1", "text/plain"),
    ]
)


@given(feeds, content_types)
def test_the_strict_reader_reads_what_feedparser_reads(document: bytes, content_type: str) -> None:
    read = strict.read(document, content_type=content_type, url=FEED)

    assert read is None or read == lenient.read(document, content_type=content_type, url=FEED)


def read_whole(document: bytes) -> ParsedFeed:
    feed = parse(document, content_type="application/xml", url=FEED, now=NOW)
    assert isinstance(feed, ParsedFeed)
    return feed


def read_what_is_new(document: bytes, known: list[KnownEntry]) -> ParsedFeed:
    feed = parse(
        document,
        content_type="application/xml",
        url=FEED,
        now=NOW,
        known=skippable([Told(old.guid, old.telling_hash) for old in known]),
    )
    assert isinstance(feed, ParsedFeed)
    return feed


@given(feeds, feeds)
def test_leaving_out_what_is_known_changes_nothing(before: bytes, document: bytes) -> None:
    known = known_after(read_whole(before).entries)
    known = known_after(read_whole(document).entries, known=known)
    whole, part = read_whole(before), read_what_is_new(before, known)

    assert reconcile(known, part.entries, unchanged=part.unchanged) == reconcile(known, whole.entries)
    assert part.problems == whole.problems


@given(feeds)
def test_what_was_left_out_is_what_was_known(document: bytes) -> None:
    whole = read_whole(document)
    known = known_after(whole.entries)
    part = read_what_is_new(document, known)

    assert len(part.entries) + len(part.unchanged) == len(whole.entries)
    assert set(part.unchanged) <= {old.telling_hash for old in known}
