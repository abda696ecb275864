from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.ingest.feeds.fingerprint import fingerprint

RSS = """<?xml version="1.0"?><!-- {comment} -->
<rss version="2.0"><channel><title>Blog</title>
<lastBuildDate>{built}</lastBuildDate><pubDate>{built}</pubDate>
<item><title>One</title><pubDate>{said}</pubDate></item>
</channel></rss><!-- cached at {built} -->"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><!-- {comment} --><title>Blog</title>
<updated>{built}</updated><entry><title>One</title><updated>{said}</updated></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="a" xmlns:dc="b"><!-- {comment} --><channel><dc:date>{built}</dc:date></channel>
<rss:item rdf:about="x"><dc:date>{said}</dc:date></rss:item></rdf:RDF>"""


def made(document: str, *, built: str = "Mon", comment: str = "", said: str = "Sun") -> bytes:
    return document.format(built=built, comment=comment, said=said).encode()


@pytest.mark.parametrize("document", [RSS, ATOM, RDF])
def test_when_a_document_was_made_is_no_news(document: str) -> None:
    assert fingerprint(made(document)) == fingerprint(made(document, built="Tue", comment="47 queries"))


@pytest.mark.parametrize("document", [RSS, ATOM, RDF])
def test_when_an_entry_was_made_is_news(document: str) -> None:
    assert fingerprint(made(document)) != fingerprint(made(document, said="Tue"))


def test_a_comment_within_an_entry_may_be_what_it_says() -> None:
    text = "<rss><channel><item><description><![CDATA[<!-- {} -->]]></description></item></channel></rss>"

    assert fingerprint(text.format("a").encode()) != fingerprint(text.format("b").encode())


def test_what_a_feed_says_of_itself_is_news() -> None:
    renamed = made(RSS).replace(b"<title>Blog<", b"<title>Log<")

    assert fingerprint(renamed) != fingerprint(made(RSS))


def test_without_entries_every_byte_counts() -> None:
    page = "<html><updated>{}</updated></html>"

    assert fingerprint(page.format(1).encode()) != fingerprint(page.format(2).encode())


@given(st.binary(), st.binary())
def test_any_bytes_have_one(body: bytes, other: bytes) -> None:
    wrapped = b"<item>%s</item>"

    assert fingerprint(body) == fingerprint(body)
    assert (fingerprint(wrapped % body) == fingerprint(wrapped % other)) == (body == other)
