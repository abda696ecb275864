"""Whatever an address answers, a page or a sitemap is read to a value or refused by name."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from curator.extract import feed_links, usual_places
from curator.ingest.listings.inferring import infer
from curator.ingest.listings.listing import read_listing
from curator.ingest.listings.sitemap import read_sitemap
from curator.model import Inferred, ParsedFeed, Selectors, Sitemap, Unreadable
from curator.text import safe_url
from curator.text.printed import printed

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HERE = "https://site.example/list/"

TAGS = "div ul li a p h2 article time img table tr td dl dt dd span script nav figure".split()
WORDS = "the story of day number seven 2026-09-18 18/09/2026 settembre € 9,90 read more".split()
NAMES = "story card__title post-12 Card_x__9aB2 nav a:b \" ' é date".split()


@st.composite
def pages(draw: st.DrawFn) -> bytes:
    """Pages of boxes in boxes, some of them alike, not all of them closed."""

    def element(depth: int) -> str:
        tag = draw(st.sampled_from(TAGS))
        name = draw(st.sampled_from(NAMES))
        link = f" href='/{draw(st.integers(0, 5))}'" if tag == "a" else ""
        words = " ".join(draw(st.lists(st.sampled_from(WORDS), max_size=6)))
        inner = "".join(element(depth - 1) for _ in range(draw(st.integers(0, 3)))) if depth else ""
        end = draw(st.sampled_from([f"</{tag}>", f"</{tag}>", ""]))
        return f'<{tag} class="{name}"{link} datetime="{words}" src="/{name}.jpg">{words}{inner}{end}'

    one = element(draw(st.integers(1, 3)))
    times = draw(st.integers(1, 6))
    many = "".join(one.replace("seven", f"seven{n}").replace("href='/", f"href='/{n}") for n in range(times))
    return f"<html lang={draw(st.sampled_from(['it', 'en', '', '💥']))}><body>{many}".encode()


def sound(feed: ParsedFeed) -> None:
    for entry in feed.entries:
        assert entry.title
        assert entry.url == safe_url(entry.url)
        assert "<script" not in entry.html
        assert entry.published is None or entry.published <= NOW + timedelta(days=1)


@given(pages() | st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_a_page_is_inferred_or_refused(body: bytes) -> None:
    found = infer(body, content_type="text/html", url=HERE, now=NOW)

    assert isinstance(found, Inferred | Unreadable)
    if isinstance(found, Inferred):
        sound(found.feed)
        again = read_listing(body, found.selectors, content_type="text/html", url=HERE, now=NOW)
        assert again == found.feed


@given(
    pages(),
    st.sampled_from(["li", "div", "a", "json-ld", "json:x:y.0", "p:has(a)", "["]),
    st.sampled_from([":scope", "a", "~ p", "^ h2", "td:nth-of-type(2)", "", "~", "]"]),
)
@settings(max_examples=60, deadline=None)
def test_any_selectors_on_any_page_give_entries_or_a_reason(body: bytes, item: str, way: str) -> None:
    selectors = Selectors(item=item, title=way, link=way, date=way, picture=way, teaser=way)

    found = read_listing(body, selectors, content_type=None, url=HERE, now=NOW)

    assert isinstance(found, ParsedFeed | Unreadable)
    if isinstance(found, ParsedFeed):
        sound(found)


URLS = st.lists(
    st.sampled_from(["https://a.example/n/x-y", "javascript:alert(1)", "", "https://a.example/", "/x", "💥"])
)


@given(st.binary(max_size=300) | URLS.map(lambda urls: "\n".join(urls).encode()), st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_sitemap_is_read_or_refused(body: bytes, packed: bool) -> None:  # noqa: FBT001  hypothesis gives by name
    for document in (body, b"<urlset><url><loc>https://a.example/n/x-y</loc>" + body):
        found = read_sitemap(gzip.compress(document) if packed else document, url=HERE, now=NOW)

        assert isinstance(found, Sitemap | Unreadable)
        if isinstance(found, Sitemap) and found.feed is not None:
            sound(found.feed)


@given(st.text(max_size=100), st.booleans())
@settings(max_examples=200, deadline=None)
def test_any_words_are_a_date_or_none(words: str, first: bool) -> None:  # noqa: FBT001  hypothesis gives by name
    moment = printed(words, day_first=first)

    assert moment is None or moment.tzinfo is UTC


@given(st.text(max_size=60))
@settings(max_examples=60, deadline=None)
def test_feeds_are_looked_for_at_safe_addresses_alone(href: str) -> None:
    links = feed_links(f"<a href='{href}'>rss</a>".encode(), content_type=None, url=HERE)

    assert all(link.url == safe_url(link.url) for link in links)
    page = safe_url(f"https://a.example/{href}") or HERE
    assert all(place == safe_url(place) for place in usual_places(page))
