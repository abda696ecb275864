"""Following pages without a feed from the command line: what it shows, refuses and explains."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from newsroom import Newsroom, serving


def listing(box: str = "story") -> str:
    rows = "".join(
        f"<div class={box}><img src=/{n}.jpg alt=''><h2><a href=/s/{n}>The story of day {n}</a></h2>"
        f"<time datetime=2026-02-0{n}>then</time><p>It was day {n}, and nothing went wrong.</p></div>"
        for n in range(7, 0, -1)
    )
    return f"<html lang=en><head><title>The desk</title></head><body><main>{rows}</main></body></html>"


@pytest.fixture
def newsroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newsroom]:
    with serving() as web:
        web["/news"] = listing()
        yield Newsroom(tmp_path_factory.mktemp("newsroom"), web)


def test_adding_a_page_shows_what_was_found_and_how(newsroom: Newsroom) -> None:
    url = newsroom.web.url("/news")

    said = newsroom.curator("source", "add", "--page", url).out.splitlines()

    assert said[0].startswith("Source 1: The desk (page, ")
    assert len(said) == 7
    assert said[1].split("\t")[1:] == [
        "The story of day 7",
        newsroom.web.url("/s/7"),
        newsroom.web.url("/7.jpg"),
        "It was day 7, and nothing went wrong.",
    ]
    assert "item: .story, title: h2, link: a, date: time, picture: img, teaser: p" in said[-1]


def test_the_preview_and_the_selectors_are_there_for_scripts(newsroom: Newsroom) -> None:
    told = newsroom.ask("source", "add", "--page", newsroom.web.url("/news"))

    assert told["kind"] == "page"
    assert told["preview"][0] == {
        "title": "The story of day 7",
        "url": newsroom.web.url("/s/7"),
        "published": "2026-02-07T00:00:00Z",
        "image": newsroom.web.url("/7.jpg"),
        "teaser": "It was day 7, and nothing went wrong.",
    }
    shown = newsroom.ask("source", "show", told["id"])["selectors"]
    assert (shown["item"], shown["title"], shown["seen"]) == (".story", "h2", 7)


def test_selectors_are_an_editors_to_change(newsroom: Newsroom) -> None:
    page = newsroom.ask("source", "add", "--page", newsroom.web.url("/news"), "--selector", "teaser=")["id"]

    newsroom.curator("source", "edit", page, "--selector", "date=time[datetime]", "--selector", "picture=")

    shown = newsroom.ask("source", "show", page)["selectors"]
    assert (shown["date"], "picture" in shown, "teaser" in shown) == ("time[datetime]", False, False)


def test_the_day_a_page_changes_is_noticed_said_and_mended(newsroom: Newsroom) -> None:
    page = newsroom.ask("source", "add", "--page", newsroom.web.url("/news"))["id"]
    assert newsroom.ask("poll")["new"] == 7
    newsroom.web["/news"] = listing("tale")

    polled = newsroom.ask("poll", page)["results"][0]
    advice = newsroom.curator("source", "show", page).out

    assert (polled["outcome"], polled["error"]["code"]) == ("failed", "read_structure_changed")
    assert f"curator source edit {page} --infer" in advice
    assert newsroom.ask("source", "edit", page, "--infer")["selectors"]["item"] == ".tale"
    assert newsroom.ask("poll", page)["results"][0]["outcome"] == "fetched"
    assert len(newsroom.ask("entries")["entries"]) == 7


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<div id=root></div><script src=/app.js></script>", "JavaScript"),
        ("<form><input type=password></form>", "password"),
        (
            "<ul><li><a href=/a>Home</a><li><a href=/b>Team</a><li><a href=/c>News</a></ul>" + "word " * 90,
            "menu",
        ),
    ],
)
def test_a_page_that_is_no_listing_is_refused_with_the_reason(
    newsroom: Newsroom, body: str, reason: str
) -> None:
    newsroom.web["/x"] = f"<html><body>{body}</body></html>"

    said = newsroom.curator("source", "add", "--page", newsroom.web.url("/x"), ok=False, CURATOR_LOCALE="it")

    assert (said.status, said.out) == (1, "")
    assert reason in said.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--selector", "title=h2"), "page_option"),
        (("--page", "--feed", "1"), "page_option"),
        (("--page", "--selector", "title"), "selector_form"),
        (("--page", "--selector", "titel=h2"), "selector_unknown"),
        (("--page", "--selector", "title=h2 >"), "selector_invalid"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    newsroom: Newsroom, words: tuple[str, ...], code: str
) -> None:
    said = newsroom.curator("source", "add", newsroom.web.url("/news"), *words, "--json", ok=False)

    assert (said.status, said.json["error"]["code"]) == (1, code)


def test_a_page_with_no_feed_leads_to_the_other_way(newsroom: Newsroom) -> None:
    url = newsroom.web.url("/news")

    added = newsroom.curator("source", "add", url, ok=False)
    checked = newsroom.curator("source", "check", url)

    assert f"curator source add --page {url}" in added.err
    assert f"curator source add --page {url}" in checked.out
    assert "The story of day 7" in checked.out
