"""`show --fetch` and what it makes possible: quoting from an entry's own page."""

from __future__ import annotations

import pytest

from newsroom import Newsroom, Page, an_item, feed

TEASER = "<p>Customers remember a broken promise…</p>"
PARAGRAPHS = (
    "Customers remember a broken promise for years, and they tell others about it.",
    "They hardly notice a promise that was exceeded: nobody had counted on more.",
    "So keep what you said, and spend what is left over on the next promise you make.",
    "That is cheaper than delight, it can be measured, and it never goes out of fashion.",
)


def article(*paragraphs: str, head: str = "", around: str = "") -> str:
    text = "".join(f"<p>{each}</p>" for each in paragraphs)
    return (
        f"<!doctype html><html lang=en><head><title>Promises - CX Blog</title>{head}</head><body>"
        "<nav><a href='/'>Home</a> <a href='/about'>About us</a></nav>"
        f"<article><h1>Promises</h1>{text}</article>{around}<footer>© CX Blog</footer></body></html>"
    )


@pytest.fixture
def teaser(newsroom: Newsroom) -> int:
    """An item whose feed carries a teaser of a page that says more."""
    newsroom.web["/promises"] = Page(
        article(*PARAGRAPHS, head="<meta property='og:image' content='/lead.jpg'>").encode(),
        headers={"Content-Type": "text/html; charset=utf-8"},
    )
    newsroom.follow(feed(an_item("1", "Promises", TEASER, link=newsroom.web.url("/promises"))))
    item_id: int = newsroom.queue()[0]["id"]
    return item_id


def test_the_page_of_an_entry_is_fetched_on_demand(newsroom: Newsroom, teaser: int) -> None:
    shown = newsroom.ask("show", teaser, "--fetch")

    assert shown["paragraphs"] == list(PARAGRAPHS)
    assert shown["page"]["image"]["url"] == newsroom.web.url("/lead.jpg")
    assert (shown["page"]["revision"], shown["page"]["words"]) == (1, sum(len(p.split()) for p in PARAGRAPHS))
    assert (shown["version"], shown["status"], shown["page_error"]) == (1, "queued", None)


def test_people_read_the_page_in_numbered_paragraphs(newsroom: Newsroom, teaser: int) -> None:
    newsroom.curator("show", teaser, "--fetch")

    out = newsroom.curator("show", teaser, "--entry").out
    assert "(from the page, read" in out
    assert f"[3] {PARAGRAPHS[2]}" in out


def test_a_passage_of_the_page_can_be_quoted_and_published(newsroom: Newsroom, teaser: int) -> None:
    newsroom.curator("claim", teaser)
    newsroom.curator("show", teaser, "--fetch")
    newsroom.curator("write", teaser, "--paragraphs", "2-3")
    newsroom.ready(teaser)

    assert newsroom.ask("publish")["published"] == [teaser]
    assert PARAGRAPHS[2] in (newsroom.folder / "public/feed.atom").read_text()
    newsroom.web["/promises"] = article("Another text altogether, of which nothing was quoted. " * 20)
    newsroom.curator("show", teaser, "--fetch")
    assert [p for p in newsroom.ask("show", teaser)["problems"] if p["blocks"]] == []


def test_words_that_stand_in_neither_text_are_no_quotation(newsroom: Newsroom, teaser: int) -> None:
    newsroom.curator("show", teaser, "--fetch")

    written = newsroom.ask("write", teaser, "--excerpt", "Customers forget a broken promise.")

    assert "excerpt_not_verbatim" in [problem["code"] for problem in written["problems"]]


def test_a_page_that_changes_after_it_was_quoted_is_flagged_and_shown_as_a_difference(
    newsroom: Newsroom, teaser: int
) -> None:
    newsroom.curator("show", teaser, "--fetch")
    claimed = newsroom.ask("claim", teaser)["items"][0]
    newsroom.web["/promises"] = article(*PARAGRAPHS[:3], PARAGRAPHS[3].replace("never", "rarely"))

    changed = newsroom.ask("show", teaser, "--fetch", "--diff")

    assert (claimed["source_changed"], changed["source_changed"]) == (False, True)
    assert "[-never-] {+rarely+}" in changed["diff"]
    assert changed["changes"][0]["field"] == "page"
    assert changed["paragraphs"] == list(PARAGRAPHS)  # what was frozen at claim stays
    told = newsroom.curator("show", teaser, "--diff").out
    assert told.startswith("— text of the page: from 1 to 2 —\n[…]\n\nSo keep")
    assert "[-never-] {+rarely+}" in told


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (Page(b"gone", 404), "fetch_http_status"),
        (Page(b"%PDF-1.7", headers={"Content-Type": "application/pdf"}), "read_not_a_page"),
        (Page(b"<html><body><div id=root></div></body></html>"), "read_article_missing"),
    ],
)
def test_a_page_that_cannot_be_had_is_said_and_nothing_is_lost(
    newsroom: Newsroom, teaser: int, page: Page, code: str
) -> None:
    newsroom.web["/promises"] = page

    refused = newsroom.curator("show", teaser, "--fetch", "--json", ok=False)

    assert (refused.status, refused.json["error"]["code"]) == (1, code)
    shown = newsroom.ask("show", teaser)
    assert (shown["page"], shown["page_error"]["code"]) == (None, code)
    assert "remember a broken promise" in shown["entry"]["html"]


def test_a_source_of_teasers_has_its_pages_read_with_every_poll(newsroom: Newsroom) -> None:
    newsroom.web["/promises"] = article(*PARAGRAPHS)
    newsroom.web["/feed"] = feed(an_item("1", "Promises", TEASER, link=newsroom.web.url("/promises")))
    source = newsroom.ask("source", "add", newsroom.web.url("/feed"), "--full-text")

    polled = newsroom.ask("poll")

    assert (source["full_text"], polled["pages"]) == (True, {"fetched": 1, "failed": 0})
    assert newsroom.ask("show", newsroom.queue()[0]["id"], "--entry")["paragraphs"] == list(PARAGRAPHS)
    assert newsroom.ask("source", "edit", source["id"], "--no-full-text")["full_text"] is False
