"""Every kind of page in a real browser, by daylight at a desk and in the dark on a telephone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser

from browsing import (
    BARE,
    FOCUSED,
    KEPT,
    NARROW,
    OF_COLOUR_AND_ROOM,
    PRINTED,
    SETTLED,
    STICKS_OUT,
    TINY_TEXT,
    UNKNOWN_STYLE,
    WIDE,
    Reader,
    a_reader,
)
from curator.publish.site import INDEX, SEARCH, STYLE, TAGS
from exhibiting import ORDINARY, RICH, Exhibition


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one look at a page brought: by the way it was looked at, where that matters."""

    status: int
    said: list[str]
    asked: list[str]
    refused: list[str]
    faults: dict[str, list[str]] = field(default_factory=dict)
    sticks_out: dict[str, list[str]] = field(default_factory=dict)
    tiny: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    words: str
    drawn: str


@pytest.fixture(scope="module")
def seen(exhibition: Exhibition, reader: Reader) -> dict[str, Seen]:
    """Each kind of page, opened once and looked at in every way; the tests ask what came of it."""
    return {path: looked_at(reader, exhibition.url, path) for path in exhibition.to_look_at()}


def looked_at(reader: Reader, base: str, path: str) -> Seen:
    reader.show()
    status = reader.open(base + path)
    name = path.removesuffix(".html").replace("/", "-")
    faults, sticks_out = {}, {}
    drawn = reader.ask(BARE)
    faults["light"] = reader.faults()
    sticks_out["wide"] = reader.ask(STICKS_OUT)
    reader.photograph(f"{name}-light-wide")
    reader.show(size=NARROW, color_scheme="dark")
    faults["dark"] = reader.faults(*OF_COLOUR_AND_ROOM)
    sticks_out["narrow"] = reader.ask(STICKS_OUT)
    tiny = reader.ask(TINY_TEXT)
    reader.photograph(f"{name}-dark-narrow")
    return Seen(
        status=status,
        said=list(reader.noticed.said),
        asked=list(reader.noticed.asked),
        refused=list(reader.noticed.refused),
        faults=faults,
        sticks_out=sticks_out,
        tiny=tiny,
        kept=reader.ask(KEPT),
        words=reader.page.inner_text("body"),
        drawn=drawn,
    )


def nothing(found: dict[str, list[str]]) -> None:
    """Else say every finding, and where."""
    lines = [f"{path}: {what}" for path, each in found.items() for what in each]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


@pytest.mark.parametrize("way", ["light", "dark"])
def test_axe_finds_nothing(seen: dict[str, Seen], way: str) -> None:
    nothing({path: page.faults[way] for path, page in seen.items()})


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_nothing_is_wider_than_the_window(seen: dict[str, Seen], width: str) -> None:
    nothing({path: page.sticks_out[width] for path, page in seen.items()})


def test_no_text_is_too_small_to_read(seen: dict[str, Seen]) -> None:
    nothing({path: page.tiny for path, page in seen.items()})


def test_pages_are_there_and_what_was_withdrawn_is_gone(
    seen: dict[str, Seen], exhibition: Exhibition
) -> None:
    assert {path: page.status for path, page in seen.items() if page.status != 200} == {
        exhibition.withdrawn: 410
    }


def test_what_is_nowhere_is_said_in_the_sites_own_dress(
    exhibition: Exhibition, reader: Reader, seen: dict[str, Seen]
) -> None:
    reader.show()

    assert reader.open(f"{exhibition.url}at/no/such/address.html") == 404
    assert reader.ask(BARE) == seen["index.html"].drawn
    assert reader.page.inner_text("h1") == "Pagina non trovata"


def test_the_browser_has_nothing_to_complain_of(seen: dict[str, Seen], exhibition: Exhibition) -> None:
    gone = seen[exhibition.withdrawn].said

    assert [words for words in gone if "410" not in words] == []
    nothing({path: page.said for path, page in seen.items() if page.said is not gone})


def test_the_policy_shuts_out_nothing_of_ours(seen: dict[str, Seen]) -> None:
    nothing({path: page.refused for path, page in seen.items()})


def test_no_page_makes_a_reader_call_anybody_else(seen: dict[str, Seen], exhibition: Exhibition) -> None:
    assert all(page.asked for page in seen.values())
    nothing(
        {
            path: [url for url in page.asked if not url.startswith(exhibition.url)]
            for path, page in seen.items()
        }
    )


def test_nothing_is_kept_in_a_readers_browser(seen: dict[str, Seen]) -> None:
    nothing({path: page.kept for path, page in seen.items()})


def test_the_browser_knows_every_word_of_the_style(exhibition: Exhibition, reader: Reader) -> None:
    reader.open(exhibition.url)

    count, unknown = reader.ask(UNKNOWN_STYLE, (exhibition.root / STYLE).read_text())

    assert count > 200
    assert unknown == []


# ── by keyboard ──


def test_the_keyboard_gets_to_the_content_at_once(exhibition: Exhibition, reader: Reader) -> None:
    reader.show()
    reader.open(exhibition.url)

    reader.page.keyboard.press("Tab")
    first = reader.ask(FOCUSED)
    reader.page.keyboard.press("Enter")
    reader.page.keyboard.press("Tab")

    assert first["href"].startswith("#")
    assert first["in_sight"]
    assert reader.ask(FOCUSED)["in_main"]


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_keyboard_goes_through_a_page_in_order_and_is_seen(
    exhibition: Exhibition, reader: Reader, size: Any
) -> None:
    reader.show(size=size)
    for path in ("index.html", exhibition.rich):
        reader.open(exhibition.url + path)
        met = []
        for _ in range(30):
            reader.page.keyboard.press("Tab")
            met.append(reader.ask(FOCUSED))

        ends = next((n for n, one in enumerate(met) if one["name"].startswith("<body")), len(met))
        met = met[:ends]
        assert len(met) > 8
        assert [one["at"] for one in met] == sorted({one["at"] for one in met})
        assert [one["name"] for one in met if not (one["ringed"] and one["in_sight"])] == []


# ── without this, without that ──


def test_only_the_search_runs_a_program(exhibition: Exhibition) -> None:
    run = {
        path for path in exhibition.files("*.html") if "<script src" in (exhibition.root / path).read_text()
    }

    assert run == exhibition.searching


def test_without_javascript_pages_say_the_same_and_the_search_says_where_to_look(
    exhibition: Exhibition, browser: Browser, seen: dict[str, Seen]
) -> None:
    with a_reader(browser, java_script_enabled=False) as without:
        without.show(size=NARROW)
        without.open(exhibition.url + exhibition.rich)
        assert without.page.inner_text("body") == seen[exhibition.rich].words

        without.open(f"{exhibition.url}{SEARCH}")
        assert not without.page.is_visible("input")
        assert without.page.is_visible("main a[href$='archive/index.html']")


@pytest.fixture(scope="module")
def offline(browser: Browser) -> Iterator[Reader]:
    """Who has opened nothing from a server: a browser may ask for an icon after the next page is there."""
    with a_reader(browser) as one:
        yield one


@pytest.mark.parametrize("path", [INDEX, f"items/{RICH}.html", TAGS, SEARCH, "newsletter/1.html"])
def test_pages_work_from_a_disk(
    exhibition: Exhibition, offline: Reader, seen: dict[str, Seen], path: str
) -> None:
    offline.open((exhibition.root / path).as_uri())

    assert offline.ask(BARE) == seen[path].drawn
    assert offline.noticed.said == []
    assert {url for url in offline.noticed.asked if not url.startswith(exhibition.root.as_uri())} == set()


def test_paper_shows_what_is_read_and_where_it_is_from(exhibition: Exhibition, reader: Reader) -> None:
    reader.show(color_scheme="dark", media="print")
    for path in ("index.html", exhibition.rich):
        reader.open(exhibition.url + path)
        printed = reader.ask(PRINTED)

        assert printed["controls"] == [], path
        assert printed["bare"] == [], path
        assert printed["paper"] in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)"), path
    reader.photograph("item-print-wide")


# ── feeds ──


@pytest.mark.parametrize(
    "feed", ["feed.atom", "feed.rss", "feed.json", "en/feed.atom", "tags/ascolto/feed.atom"]
)
def test_who_opens_a_feed_in_a_browser_is_shown_what_it_is(
    exhibition: Exhibition, reader: Reader, feed: str
) -> None:
    reader.show()

    assert reader.open(exhibition.url + feed) == 200
    assert reader.page.is_visible("main h1")
    assert reader.page.is_visible(f"main :text-is('{exhibition.url}{feed}')")


# ── searching ──


@pytest.fixture
def searching(exhibition: Exhibition, reader: Reader) -> Reader:
    reader.show()
    reader.open(exhibition.url + SEARCH)
    return reader


def typed(reader: Reader, words: str) -> list[str]:
    """The headlines found, once the page has said how many they are."""
    reader.page.fill("input[type=search]", words)
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_function(SETTLED)
    return reader.page.locator("#results h2").all_inner_texts()


def test_a_word_is_found_without_its_accent_and_marked(searching: Reader) -> None:
    found = typed(searching, "PIU superarla")

    assert found == ["Mantenere una promessa vale più che superarla"]
    assert searching.page.locator("#results mark").all_inner_texts()[:2] == ["più", "superarla"]
    assert searching.page.locator("[role=status]").inner_text().endswith(" 1")
    searching.photograph("search-found-light-wide")
    assert searching.faults() == []
    assert searching.noticed.said + searching.noticed.refused == []


def test_what_was_found_leads_to_its_page(searching: Reader, exhibition: Exhibition) -> None:
    typed(searching, "superarla")

    searching.page.click("#results a")

    assert searching.page.url == exhibition.url + exhibition.rich


def test_a_search_can_be_sent_to_others(exhibition: Exhibition, reader: Reader) -> None:
    reader.open(f"{exhibition.url}{SEARCH}?q=cairo")
    reader.page.wait_for_function(SETTLED)

    assert reader.page.input_value("input[type=search]") == "cairo"
    assert reader.page.locator("#results h2").all_inner_texts() == ["Ascoltare, dice Il Cairo"]


def test_the_newest_of_what_was_found_stands_first(searching: Reader) -> None:
    typed(searching, "i")

    found = searching.page.locator("#results time").all()
    given = [one.get_attribute("datetime") or "" for one in found]
    assert len(given) > 10
    assert given == sorted(given, reverse=True)


def test_nothing_found_is_said_aloud(searching: Reader) -> None:
    assert typed(searching, "zzzyx") == []
    assert searching.page.locator("[role=status]").inner_text().strip()


def test_what_was_withdrawn_is_not_found(searching: Reader) -> None:
    assert ORDINARY[3].headline not in typed(searching, ORDINARY[3].headline)


@pytest.mark.parametrize(
    "words", ["<img src=x onerror=alert(1)>", '"><script>alert(1)</script>', "(.*)+$ [\\", "%", "__proto__"]
)
def test_whatever_is_typed_is_only_words(searching: Reader, words: str) -> None:
    typed(searching, words)

    assert searching.page.locator("#results img, #results script").count() == 0
    assert searching.noticed.said + searching.noticed.refused == []
