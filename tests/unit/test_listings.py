"""Pages without a feed: what their structure is taken for, field by field, and what is refused.

The pages in tests/listings are our own, built after what sites do.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from curator.ingest.asking import stored
from curator.ingest.listings.inferring import infer
from curator.ingest.listings.listing import read_listing, wrong_selector
from curator.model import Inferred, ParsedEntry, ParsedFeed, Selectors, Unreadable
from curator.text import plain

PAGES = Path(__file__).parents[1] / "listings"
NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HERE = "https://site.example/list/"
SITE = "https://site.example"


def inferred(name: str) -> Inferred:
    found = infer((PAGES / name).read_bytes(), content_type="text/html", url=HERE, now=NOW)
    assert isinstance(found, Inferred), found
    return found


def row(entry: ParsedEntry) -> list[str | None]:
    return [
        entry.title,
        (entry.url or "").removeprefix(SITE),
        entry.published.isoformat()[:16] if entry.published else None,
        entry.image.url.removeprefix(SITE) if entry.image else None,
        plain(entry.html),
    ]


EXPECTED = {
    path.name: json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    for path in sorted(PAGES.glob("*.html"))
}
"""By page: its selectors, and its entries as title, address, date, picture, teaser."""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_listing_is_inferred_field_by_field(name: str) -> None:
    expected = EXPECTED[name]

    found = inferred(name)

    assert [row(entry) for entry in found.feed.entries] == expected["entries"]
    assert stored(found.selectors) == {**expected["selectors"], "seen": len(expected["entries"])}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_was_inferred_reads_the_page_again(name: str) -> None:
    found = inferred(name)

    again = read_listing(
        (PAGES / name).read_bytes(), found.selectors, content_type="text/html", url=HERE, now=NOW
    )

    assert again == found.feed
    assert all(wrong_selector(f, s) is None for f in ("item", "title") if (s := getattr(found.selectors, f)))


def test_every_page_that_is_refused_is_expected_to_be() -> None:
    assert {path.name for path in (PAGES / "refused").iterdir()} == set(REFUSED)


REFUSED = {
    "article.html": "read_page_article",
    "feed.html": "read_listing_no_html",
    "login.html": "read_page_login",
    "menu.html": "read_page_menu",
    "product.html": "read_page_products",
    "product-reviews.html": "read_page_products",
    "shell.html": "read_page_needs_scripts",
    "shop.html": "read_page_products",
    "services.html": "read_page_menu",
    "tag-cloud.html": "read_page_menu",
    "team.html": "read_page_menu",
}


@pytest.mark.parametrize(("name", "why"), REFUSED.items())
def test_what_is_no_listing_is_refused_with_the_reason(name: str, why: str) -> None:
    found = infer((PAGES / "refused" / name).read_bytes(), content_type="text/html", url=HERE, now=NOW)

    assert found == Unreadable(code=why)


@pytest.mark.parametrize("body", [b"", b"\x00\x01", b"{}", b"%PDF-1.7", b"plain words", b"<p>", b"<html>"])
def test_what_is_hardly_a_page_is_refused_too(body: bytes) -> None:
    assert isinstance(infer(body, content_type=None, url=HERE, now=NOW), Unreadable)


# ── what decides between two readings ──


def rows(*each: str, around: str = "{}") -> str:
    return around.format("".join(one.replace("#", str(n)) for n in (3, 2, 1) for one in each))


def titles(html: str) -> list[str]:
    found = infer(f"<html lang=en><body>{html}".encode(), content_type="text/html", url=HERE, now=NOW)
    assert isinstance(found, Inferred), found
    return [entry.title for entry in found.feed.entries]


LINE = "<li><a href=/{0}/#>A {0} of some length, number #</a> <i>2026-02-0#</i></li>"


def test_of_two_lists_alike_the_one_in_the_main_part_counts() -> None:
    outside = rows(LINE.format("notice"), around="<div><ul>{}</ul></div>")
    inside = rows(LINE.format("story"), around="<main><ul>{}</ul></main>")

    assert titles(outside + inside) == [f"A story of some length, number {n}" for n in (3, 2, 1)]


def test_links_elsewhere_on_the_page_are_not_swept_along() -> None:
    news = rows(LINE.format("story"), around="<div id=news><ul>{}</ul></div>")
    friends = "<div><ul><li><a href=/friend>A friend of the house</a></li></ul></div>"

    assert titles(news + friends) == [f"A story of some length, number {n}" for n in (3, 2, 1)]


def test_a_headline_in_another_box_of_the_same_kind_is_an_entry_too() -> None:
    box = "<div class=story><h2><a href=/s/#>A story of some length, number #</a></h2><i>2026-02-0#</i></div>"
    first = box.replace("#", "4")

    assert len(titles(f"<section><div>{first}</div></section>{rows(box)}")) == 4


def test_an_author_s_long_name_is_no_title() -> None:
    box = (
        "<div class=n><p class=author><a href=/who/#>Ada Maria Smith-Jones the #nd of Northline</a></p>"
        "<p><a href=/s/#>Story number # is here</a></p><i>2026-02-0#</i></div>"
    )

    assert titles(rows(box)) == [f"Story number {n} is here" for n in (3, 2, 1)]


def test_a_title_ends_where_what_is_below_it_begins() -> None:
    box = (
        "<div class=n><a href=/s/#><div>Story number # is here</div><div>And so it went on.</div></a>"
        "<i>2026-02-0#</i></div>"
    )

    assert titles(rows(box)) == [f"Story number {n} is here" for n in (3, 2, 1)]


def test_labels_that_are_links_are_no_teaser() -> None:
    box = (
        "<div class=n><h2><a href=/s/#>A story of some length, number #</a></h2>"
        "<p>In <a href=/t/a#>queues of kind #</a>, <a href=/t/b#>chairs of kind #</a></p></div>"
    )
    found = infer(f"<body>{rows(box)}".encode(), content_type=None, url=HERE, now=NOW)

    assert isinstance(found, Inferred)
    assert found.selectors.teaser is None


def test_a_picture_that_comes_late_is_found_behind_its_placeholder() -> None:
    box = (
        "<div class=n><img src=/img/blank.gif srcset='/s#.jpg 400w, /m#.jpg 1200w, /l#.jpg 4000w'>"
        "<h2><a href=/s/#>A story of some length, number #</a></h2></div>"
    )
    found = infer(f"<body>{rows(box)}".encode(), content_type=None, url=HERE, now=NOW)

    assert isinstance(found, Inferred)
    assert [entry.image and entry.image.url for entry in found.feed.entries] == [
        f"{SITE}/m{n}.jpg" for n in (3, 2, 1)
    ]


# ── the day after ──

CARDS = (
    "<html lang=en><body><main>"
    + "".join(
        f"<div class=story><img src=/{n}.jpg><h2><a href=/s/{n}>The story of day number {n}</a></h2>"
        f"<time datetime=2026-09-{n:02}>then</time><p>It was day {n} and nothing went wrong.</p></div>"
        for n in range(1, 13)
    )
    + "</main></body></html>"
)


def cards(html: str = CARDS) -> ParsedFeed | Unreadable:
    found = infer(CARDS.encode(), content_type="text/html", url=HERE, now=NOW)
    assert isinstance(found, Inferred)
    return read_listing(html.encode(), found.selectors, content_type="text/html", url=HERE, now=NOW)


@pytest.mark.parametrize(
    "html",
    [
        CARDS.replace("class=story", "class=tale"),
        CARDS.replace("h2>", "h3>"),
        CARDS.replace("href=", "data-to="),
        "<html><body><h1>Please log in</h1></body></html>",
    ],
    ids=["another class", "another heading", "no links", "another page"],
)
def test_a_page_that_was_rebuilt_is_noticed(html: str) -> None:
    changed = cards(html)

    assert isinstance(changed, Unreadable)
    assert changed.code == "read_structure_changed"
    assert changed.data["seen"] == 12


def test_titles_that_are_all_the_same_are_no_titles() -> None:
    html = CARDS
    for n in range(1, 13):
        html = html.replace(f"The story of day number {n}<", "Read more<")

    assert isinstance(cards(html), Unreadable)


def test_a_field_that_is_lost_or_a_page_that_shrank_is_a_problem_not_a_failure() -> None:
    without_dates = cards(CARDS.replace("datetime=", "data-when="))
    short = cards(CARDS[: CARDS.index("<div class=story><img src=/4.jpg>")])

    assert isinstance(without_dates, ParsedFeed)
    assert isinstance(short, ParsedFeed)
    assert [(p.code, p.field) for p in without_dates.problems] == [("listing_field_lost", "date")]
    assert [p.code for p in short.problems] == ["listing_shrunk"]
    assert (len(without_dates.entries), len(short.entries)) == (12, 3)


def test_an_item_without_title_or_address_and_a_link_met_twice_are_left_out() -> None:
    page = (
        "<ul><li><a href=/a>One thing happened here</a></li><li><a href=/a#top>One thing again</a></li>"
        "<li><a href='javascript:void(0)'>Nowhere to go from here</a></li><li><a href=/b> </a></li>"
        "<li><a href=/list/>This very page once more</a></li></ul>"
    )
    feed = read_listing(
        page.encode(), Selectors(item="li", title="a", link="a"), content_type=None, url=HERE, now=NOW
    )

    assert isinstance(feed, ParsedFeed)
    assert [(entry.title, entry.url) for entry in feed.entries] == [("One thing happened here", f"{SITE}/a")]


def test_nothing_on_a_page_runs_or_misleads() -> None:
    page = (
        "<ul><li><a href=/a><b>Bold</b> &lt;script&gt;alert(1)&lt;/script&gt;</a>"
        "<img src='javascript:alert(1)'><time datetime='9999-01-01'>x</time>"
        "<p onclick=alert(1)>Teaser<script>alert(1)</script><iframe srcdoc='<script>'></iframe></p></li></ul>"
    )
    selectors = Selectors(item="li", title="a", link="a", date="time", picture="img", teaser="p")

    feed = read_listing(page.encode(), selectors, content_type=None, url=HERE, now=NOW)

    assert isinstance(feed, ParsedFeed)
    [entry] = feed.entries
    assert (entry.title, entry.html) == ("Bold <script>alert(1)</script>", "<p>Teaser</p>")
    assert (entry.image, entry.published) == (None, None)


@pytest.mark.parametrize(
    ("field", "selector", "good"),
    [
        ("item", "ul.news > li:has(a)", True),
        ("item", "json-ld", True),
        ("title", ":scope", True),
        ("date", "^ h3.day", True),
        ("teaser", "~ p:not([class])", True),
        ("title", "h2 >", False),
        ("item", "", False),
        ("date", "a[", False),
    ],
)
def test_a_selector_is_checked_before_it_is_kept(field: str, selector: str, *, good: bool) -> None:
    assert (wrong_selector(field, selector) is None) is good
