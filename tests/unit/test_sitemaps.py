"""Sitemaps: what they name, in whichever of their forms, and how much of it is taken."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from curator.extract import looks_like_sitemap
from curator.ingest.listings.sitemap import read_sitemap
from curator.model import ParsedFeed, Sitemap, Unreadable
from curator.text import address_words

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HERE = "https://site.example/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
PICTURES = 'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'


def urlset(*urls: str) -> bytes:
    return f'<?xml version="1.0"?><urlset {NS} {NEWS} {PICTURES}>{"".join(urls)}</urlset>'.encode()


def url(loc: str, *inner: str) -> str:
    return f"<url><loc>{loc}</loc>{''.join(inner)}</url>"


def news(title: str, date: str, language: str = "it") -> str:
    return (
        "<news:news><news:publication><news:name>Il Banco</news:name>"
        f"<news:language>{language}</news:language>"
        f"</news:publication><news:publication_date>{date}</news:publication_date>"
        f"<news:title>{title}</news:title></news:news>"
    )


def read(body: bytes) -> ParsedFeed:
    found = read_sitemap(body, url=HERE, now=NOW)
    assert isinstance(found, Sitemap), found
    assert found.feed is not None
    return found.feed


def test_news_are_read_with_title_date_and_language() -> None:
    feed = read(
        urlset(url("https://site.example/a", news("Chi aspetta &amp; perché", "2026-09-18T08:30:00+02:00")))
    )

    [entry] = feed.entries
    assert (entry.title, entry.url, entry.language) == (
        "Chi aspetta & perché",
        "https://site.example/a",
        "it",
    )
    assert entry.published == datetime(2026, 9, 18, 6, 30, tzinfo=UTC)
    assert (feed.kind, feed.problems) == ("sitemap", ())


def test_without_news_the_address_gives_the_title_for_now_and_says_so() -> None:
    feed = read(
        urlset(
            url("https://site.example/blog/why-queues-grow/", "<lastmod>2026-09-18</lastmod>"),
            url("https://site.example/"),
            url("https://site.example/contact"),
        )
    )

    [entry] = feed.entries
    assert (entry.title, entry.published) == ("Why queues grow", None)
    assert entry.updated == datetime(2026, 9, 18, tzinfo=UTC)
    assert [(p.code, p.data["count"]) for p in feed.problems] == [("titles_from_addresses", 1)]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("https://a.example/2026/09/le-code-che-crescono.html", "Le code che crescono"),
        ("https://a.example/news/perch%C3%A9-aspettare-20260918/", "Perché aspettare"),
        ("https://a.example/n/queues_and_chairs-48213.php", "Queues and chairs"),
        ("https://a.example/blog/queues/7f3a9c21d4", "Queues"),
        ("https://a.example/blog/hello", "Hello"),
        ("https://a.example/about", ""),
        ("https://a.example/12345", ""),
        ("https://a.example/index.html", ""),
        ("https://a.example/?p=12", ""),
    ],
)
def test_words_of_an_address(address: str, words: str) -> None:
    assert address_words(address) == words


def test_of_many_the_newest_are_taken() -> None:
    urls = [
        url(
            f"https://site.example/n/story-number-{n}",
            f"<lastmod>2026-0{1 + n % 9}-{1 + n % 28:02}</lastmod>",
        )
        for n in range(1_000)
    ]

    entries = read(urlset(*urls)).entries

    assert len(entries) == 200
    assert {entry.updated.month for entry in entries if entry.updated} <= {8, 9}


def test_of_many_without_dates_both_ends_are_taken() -> None:
    entries = read(urlset(*(url(f"https://site.example/n/story-no-{n}") for n in range(500)))).entries

    places = [int((entry.url or "").rpartition("-")[2]) for entry in entries]
    assert places == [*range(100), *range(400, 500)]


def test_a_picture_s_address_is_not_the_page_s() -> None:
    picture = "<image:image><image:loc>https://site.example/i.jpg</image:loc></image:image>"

    feed = read(urlset(f"<url>{picture}<loc>https://site.example/n/a-story</loc></url>"))

    assert [entry.url for entry in feed.entries] == ["https://site.example/n/a-story"]


def test_an_index_names_news_first_then_the_newest() -> None:
    names = ["page-sitemap", "post-sitemap", "post-sitemap2", "category-sitemap", "news", "post_tag-sitemap"]
    index = "".join(
        f"<sitemap><loc>https://site.example/{name}.xml</loc><lastmod>2026-09-0{n}T10:00:00Z</lastmod></sitemap>"
        for n, name in enumerate(names, 1)
    )

    found = read_sitemap(f"<sitemapindex {NS}>{index}</sitemapindex>".encode(), url=HERE, now=NOW)

    assert isinstance(found, Sitemap)
    assert [place.url.rpartition("/")[2] for place in found.places] == [
        "news.xml",
        "post-sitemap2.xml",
        "post-sitemap.xml",
        "post_tag-sitemap.xml",
        "category-sitemap.xml",
        "page-sitemap.xml",
    ]


def test_a_list_of_addresses_and_a_packed_file_are_read() -> None:
    lines = read(
        b"\xef\xbb\xbfhttps://site.example/n/one-story\r\njavascript:alert(1)\r\n\r\nhttps://site.example/n/two-more\n"
    )
    packed = read(gzip.compress(urlset(url("https://site.example/n/one-story"))))

    assert [entry.url for entry in lines.entries] == [
        "https://site.example/n/one-story",
        "https://site.example/n/two-more",
    ]
    assert [entry.title for entry in packed.entries] == ["One story"]


def test_what_breaks_off_keeps_its_whole_entries_and_says_so() -> None:
    whole = urlset(url("https://site.example/n/one-story"), url("https://site.example/n/two-stories"))

    feed = read(whole[: whole.index(b"two-stories")])

    assert [entry.title for entry in feed.entries] == ["One story"]
    assert "feed_truncated" in {problem.code for problem in feed.problems}


ENTITIES = (
    b'<!DOCTYPE urlset [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY x SYSTEM "file:///etc/passwd">]>'
)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "read_empty"),
        (b"<html><body>no</body></html>", "read_not_a_sitemap"),
        (b"<urlset", "read_not_a_sitemap"),
        (b"\x1f\x8b\x08broken", "read_not_a_sitemap"),
        (gzip.compress(urlset(url("https://a.example/n/x-y")))[:-9], "read_truncated"),
        (gzip.compress(b"<urlset>" + b" " * (60 * 1024 * 1024)), "read_sitemap_too_big"),
        (b"plain words", "read_not_a_sitemap"),
    ],
    ids=["empty", "html", "torn", "no gzip", "torn gzip", "bomb", "words"],
)
def test_what_is_no_sitemap_is_refused_with_the_reason(body: bytes, code: str) -> None:
    found = read_sitemap(body, url=HERE, now=NOW)

    assert isinstance(found, Unreadable)
    assert found.code == code


def test_nothing_from_outside_is_resolved() -> None:
    body = (
        ENTITIES
        + urlset(url("https://site.example/n/a-story", news("&x;Title &b;", "2026-09-18"))).partition(b"?>")[
            2
        ]
    )

    found = read_sitemap(body, url=HERE, now=NOW)

    assert "root:" not in repr(found)
    assert len(repr(found)) < 5_000


@pytest.mark.parametrize(
    ("body", "address", "is_one"),
    [
        (urlset(), "https://a.example/x", True),
        (b"<sitemapindex>", "https://a.example/x", True),
        (b"https://a.example/y\n", "https://a.example/sitemap.txt", True),
        (b"https://a.example/y\n", "https://a.example/words", False),
        (gzip.compress(urlset()), "https://a.example/sitemap.xml.gz", True),
        (gzip.compress(urlset()), "https://a.example/news.xml.gz", True),
        (b"<rss><channel>", "https://a.example/sitemap.xml", False),
        (b"<html>", "https://a.example/sitemap", False),
    ],
)
def test_a_sitemap_is_told_by_its_content(body: bytes, address: str, *, is_one: bool) -> None:
    assert looks_like_sitemap(body, url=address) is is_one
