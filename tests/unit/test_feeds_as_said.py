"""What an import needs of a feed beyond a poll: its words uncleaned, and where the older ones are."""

from __future__ import annotations

import json

import httpx2
import pytest

from builders import NOW
from curator.fetch.headers import WORDPRESS_API, counted, linked
from curator.ingest.feeds.parse import parse
from curator.model import ParsedFeed

SAID = '<figure class="wp-block-image"><img src="/a.jpg"></figure><!--more--><iframe src="https://x.example/"></iframe>'
RSS = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>t</title><link>https://b.example/</link>LINKS'
    f"<item><guid>1</guid><title>a</title><content:encoded><![CDATA[{SAID}]]></content:encoded></item>"
    "<item><guid>2</guid><title>b</title></item></channel></rss>"
)
# An unknown element hands the document to feedparser.
STRANGE = RSS.replace("<item>", '<odd:thing xmlns:odd="urn:odd" x="1"/><item>', 1)
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "t",
        "items": [{"id": "1", "content_html": SAID}, {"id": "2", "title": "b"}],
    }
)


def read(document: str, *, as_said: bool = False) -> ParsedFeed:
    found = parse(
        document.encode(), content_type=None, url="https://b.example/feed", now=NOW, as_said=as_said
    )
    assert isinstance(found, ParsedFeed), found
    return found


@pytest.mark.parametrize("document", [RSS.replace("LINKS", ""), STRANGE.replace("LINKS", ""), JSON])
def test_a_feed_can_be_read_as_it_was_said(document: str) -> None:
    first, second = read(document, as_said=True).entries

    assert (first.said, second.said) == (SAID, "")
    assert "iframe" not in first.html


def test_a_poll_does_not_ask_for_that() -> None:
    assert {entry.said for entry in read(RSS.replace("LINKS", "")).entries} == {None}


@pytest.mark.parametrize("document", [RSS, STRANGE])
@pytest.mark.parametrize(
    ("rels", "older"),
    [
        (("next",), "https://b.example/next"),
        (
            ("next", "prev-archive"),
            "https://b.example/prev-archive",
        ),  # what it has once said, before its pages
        (("self", "hub", "next-archive", "prev"), None),
    ],
)
def test_a_feed_says_where_the_older_entries_are(
    document: str, rels: tuple[str, ...], older: str | None
) -> None:
    links = "".join(f'<atom:link rel="{rel}" href="/{rel}"/>' for rel in rels)
    feed = read(document.replace("LINKS", links))

    assert feed.older_url == older
    assert feed.next_url is None  # which a poll would follow


@pytest.mark.parametrize(
    ("said", "total"),
    [("230", 230), (" 0 ", 0), ("-1", None), ("many", None), ("9" * 5_000, None), ("", None)],
)
def test_wordpress_says_how_many_there_are(said: str, total: int | None) -> None:
    assert counted(httpx2.Headers({"X-WP-Total": said})) == total


@pytest.mark.parametrize(
    "rel", ['"https://api.w.org/"', "https://api.w.org/", '"shortlink https://api.w.org/"']
)
def test_wordpress_says_where_it_answers_programs(rel: str) -> None:
    headers = httpx2.Headers([("Link", f"</p>; rel=shortlink, </wp-json/>; rel={rel}")])

    assert (
        linked(headers, WORDPRESS_API, base=httpx2.URL("https://b.example/a")) == "https://b.example/wp-json/"
    )
