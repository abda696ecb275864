"""Any bytes are a feed or are not; they are never an exception."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from curator.extract import feed_links
from curator.ingest.feeds.parse import parse
from curator.model import ParsedFeed, Unreadable

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://blog.example/feed"

_XML_BRICKS = st.sampled_from(
    [
        *(
            b"<?xml version='1.0'?>",
            b"<rss version='2.0'>",
            b"<channel>",
            b"<item>",
            b"</item>",
            b"</channel></rss>",
        ),
        *(
            b"<feed xmlns='http://www.w3.org/2005/Atom'>",
            b"<entry>",
            b"</entry>",
            b"</feed>",
            b"<title>",
            b"</title>",
        ),
        *(
            b"<title type='xhtml'><div>",
            b"</div>",
            b"<link>http://x/</link>",
            b"<link href='/a'/>",
            b"<guid>",
            b"</guid>",
        ),
        *(
            b"<pubDate>Mon, 31 Feb 2026 99:99</pubDate>",
            b"<updated>9999-12-31T23:59:60+99:99</updated>",
            b"<author>",
        ),
        *(
            b"<![CDATA[",
            b"]]>",
            b"&lt;p&gt;",
            b"&bogus;",
            b"&#0;",
            b"&#x110000;",
            b"<description>",
            b"</description>",
        ),
        *(
            b"<media:content url='x' width='1e9'/>",
            b"<enclosure/>",
            b"<category/>",
            b"<ttl>99999999999</ttl>",
            b"\xff\xfe",
        ),
        *(
            b"<!DOCTYPE rss [<!ENTITY a 'b'>]>",
            b"&a;",
            b"<!--",
            b"-->",
            b"\x00",
            b"\xc3",
            b"<content type='image/png'>",
        ),
    ]
)
_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_json_feeds = st.fixed_dictionaries(
    {"version": st.just("https://jsonfeed.org/version/1.1")},
    optional={
        "title": _json_values,
        "authors": _json_values,
        "language": _json_values,
        "hubs": _json_values,
        "items": st.lists(
            st.dictionaries(
                st.sampled_from(
                    "id url title content_html content_text summary image date_published authors author tags "
                    "attachments language external_url".split()
                ),
                _json_values,
            )
            | _json_values,
            max_size=4,
        ),
    },
)


@given(
    st.binary(max_size=300) | st.lists(_XML_BRICKS, max_size=30).map(b"".join),
    st.none() | st.text(max_size=20),
)
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str | None) -> None:
    outcome = parse(body, content_type=content_type, url=URL, now=NOW)

    assert isinstance(outcome, ParsedFeed | Unreadable)


@given(_json_feeds)
def test_any_json_feed_is_read_whatever_its_fields_hold(document: dict[str, object]) -> None:
    outcome = parse(json.dumps(document).encode(), content_type="application/feed+json", url=URL, now=NOW)

    assert isinstance(outcome, ParsedFeed)


@given(st.binary(max_size=300), st.none() | st.text(max_size=20))
def test_any_bytes_are_a_page_with_or_without_feeds(body: bytes, content_type: str | None) -> None:
    assert isinstance(feed_links(body, content_type=content_type, url=URL), tuple)
