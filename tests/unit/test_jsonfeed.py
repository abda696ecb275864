"""JSON Feed, which feedparser does not know (FAULTS, finding 3)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from curator.ingest.feeds.parse import parse
from curator.model import Image, ParsedEntry, ParsedFeed

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://blog.example/feed.json"


def read(**document: Any) -> ParsedFeed:
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Blog", **document}).encode()
    outcome = parse(body, content_type="application/feed+json", url=URL, now=NOW)
    assert isinstance(outcome, ParsedFeed), outcome
    return outcome


def read_item(**item: Any) -> ParsedEntry:
    [entry] = read(language="en", authors=[{"name": "Ann"}], items=[item]).entries
    return entry


def test_a_full_item_is_read() -> None:
    entry = read_item(
        id="1",
        url="/posts/1",
        title="One &amp; only",
        content_html="<p>x <a href='2'>y</a></p><script>z</script>",
        date_published="2026-03-02T09:00:00+01:00",
        date_modified="2026-03-03T09:00:00Z",
        language="de",
        tags=["CX", 7, "CX"],
        authors=[{"name": "Bo"}, {"url": "x"}],
        image="/p.jpg",
    )

    assert (entry.guid, entry.url, entry.title) == ("1", "https://blog.example/posts/1", "One &amp; only")
    assert entry.html == '<p>x <a href="https://blog.example/posts/2">y</a></p>'
    assert entry.published == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    assert entry.updated == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
    assert (entry.language, entry.tags, entry.authors) == ("de", ("CX",), ("Bo",))
    assert entry.image == Image(url="https://blog.example/p.jpg", named_in="feed")


def test_an_item_inherits_language_and_authors() -> None:
    entry = read_item(id="1", content_text="a < b\n\nc")

    assert (entry.language, entry.authors) == ("en", ("Ann",))
    assert entry.html == "<p>a &lt; b</p><p>c</p>"


def test_version_one_has_a_single_author() -> None:
    feed = read(
        version="https://jsonfeed.org/version/1",
        author={"name": "Ann"},
        items=[{"id": "1", "content_text": "x"}],
    )

    assert (feed.format, feed.entries[0].authors) == ("json1", ("Ann",))


def test_identifiers_are_text_and_may_be_absent() -> None:
    assert read_item(id=7, content_text="x").guid == "7"
    assert read_item(id=1.5, content_text="x").guid == "1.5"
    assert read_item(id=True, content_text="x").guid is None
    assert read_item(content_text="x").guid is None


def test_a_link_post_leads_to_what_it_is_about() -> None:
    alone = read_item(id="1", external_url="https://x.example/")
    both = read_item(id="1", url="https://blog.example/1", external_url="https://x.example/")

    assert (alone.url, alone.external_url) == ("https://x.example/", None)
    assert (both.url, both.external_url) == ("https://blog.example/1", "https://x.example/")
    assert read_item(id="1", url="/1", external_url="javascript:alert(1)").external_url is None


def test_an_attached_picture_is_the_picture() -> None:
    entry = read_item(
        id="1",
        content_text="x",
        attachments=[{"url": "a.mp3", "mime_type": "audio/mpeg"}, {"url": "a.png", "mime_type": "image/png"}],
    )

    assert entry.image == Image(url="https://blog.example/a.png", named_in="feed")


def test_a_picture_is_the_item_s_own_before_its_banner_before_what_is_attached() -> None:
    attached = [{"url": "c.png", "mime_type": "IMAGE/PNG", "title": "A hand", "size_in_bytes": "many"}]

    full = read_item(id="1", content_text="x", image="a.png", banner_image="b.png", attachments=attached)
    banner = read_item(id="1", content_text="x", image=7, banner_image="b.png", attachments=attached)
    only = read_item(id="1", content_text="x", attachments=[*attached, "x", {"mime_type": "image/gif"}])

    assert [entry.image and entry.image.url for entry in (full, banner, only)] == [
        "https://blog.example/a.png",
        "https://blog.example/b.png",
        "https://blog.example/c.png",
    ]
    assert only.image is not None
    assert only.image.alt == "A hand"


@pytest.mark.parametrize(
    ("said", "format_"),
    [
        ("https://jsonfeed.org/version/1", "json1"),
        ("http://jsonfeed.org/version/1.0/", "json1"),
        ("https://www.jsonfeed.org/version/1.1", "json11"),
        ("jsonfeed.org/version/1.1", "json11"),
        (" HTTPS://JSONFEED.ORG/VERSION/1.1/ ", "json11"),
        ("https://jsonfeed.org/version/2", "json11"),
    ],
)
def test_a_version_is_known_however_it_is_written(said: str, format_: str) -> None:
    assert read(version=said, items=[]).format == format_


def test_a_feed_without_a_version_is_one_if_it_looks_like_one() -> None:
    assert len(read(version=1.1, items=[{"id": "1", "content_text": "x"}]).entries) == 1


def test_authors_of_both_versions_are_read_as_each_item_has_them() -> None:
    feed = read(
        authors=[{"name": "Ann"}, {"name": "Bo <bo@x.example>"}, {"url": "https://c.example"}, 3],
        author={"name": "Old"},
        items=[
            {"id": "1", "content_text": "x"},
            {"id": "2", "content_text": "x", "authors": []},
            {"id": "3", "content_text": "x", "author": {"name": "Dee"}},
            {"id": "4", "content_text": "x", "authors": [{"name": "Eve"}], "author": {"name": "Old"}},
            {"id": "5", "content_text": "x", "authors": ["Fay"]},
        ],
    )

    assert [entry.authors for entry in feed.entries] == [
        ("Ann", "Bo"),
        ("Ann", "Bo"),
        ("Dee",),
        ("Eve",),
        ("Fay",),
    ]


def test_text_is_what_the_item_has_most_of() -> None:
    assert read_item(id="1", content_html="<p>a</p>", content_text="b", summary="c").html == "<p>a</p>"
    assert read_item(id="1", content_html="  ", content_text="b", summary="c").html == "<p>b</p>"
    assert read_item(id="1", summary="<c>").html == "<p>&lt;c&gt;</p>"
    assert read_item(id="1", content_html=["x"], content_text=7).html == ""


def test_what_the_feed_says_of_itself_is_kept() -> None:
    feed = read(
        home_page_url="/",
        feed_url="feed.json",
        next_url="?page=2",
        user_comment="Paste this into a feed reader.",
        description="About promises",
        icon="/icon.png",
        hubs=[{"type": "rssCloud", "url": "https://cloud.example/"}, {"type": "websub", "url": "/hub"}],
        items=[],
    )

    assert (feed.title, feed.home_url, feed.topic_url) == ("Blog", "https://blog.example/", URL)
    assert feed.next_url == "https://blog.example/feed.json?page=2"
    assert (feed.hub_url, feed.problems) == ("https://blog.example/hub", ())


def test_a_feed_that_is_finished_says_so() -> None:
    assert [problem.code for problem in read(expired=True, items=[]).problems] == ["feed_expired"]
    assert read(expired="no", items=[]).problems == ()


def test_dates_are_those_of_the_house() -> None:
    entry = read_item(id="1", content_text="x", date_published="2026-11-20", date_modified="yesterday")

    assert (entry.published, entry.updated) == (datetime(2026, 11, 20, tzinfo=UTC), None)


def test_identifiers_are_text_however_long() -> None:
    body = '{"version":"https://jsonfeed.org/version/1.1","items":[{"id":%s,"content_text":"x"}]}' % (
        "7" * 5000
    )

    outcome = parse(body.encode(), content_type=None, url=URL, now=NOW)

    assert isinstance(outcome, ParsedFeed)
    assert (outcome.entries[0].guid or "").startswith("777")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-le"])
def test_a_document_is_read_in_its_encoding(encoding: str) -> None:
    body = '{"version":"https://jsonfeed.org/version/1.1","title":"Perché","items":[]}'.encode(encoding)

    outcome = parse(body, content_type="application/json", url=URL, now=NOW)

    assert isinstance(outcome, ParsedFeed)
    assert outcome.title == "Perché"


def test_a_broken_byte_or_a_bare_line_break_costs_no_feed() -> None:
    body = b'{"version":"https://jsonfeed.org/version/1.1","title":"Perch\\u00e9 \xe8\n so","items":[]}'

    outcome = parse(body, content_type="application/json", url=URL, now=NOW)

    assert isinstance(outcome, ParsedFeed)
    assert outcome.title == "Perché � so"


def test_items_that_are_none_are_left_out_and_counted() -> None:
    feed = read(items=["x", {"id": "1", "content_text": "y"}, None])

    assert len(feed.entries) == 1
    assert [(problem.code, problem.data["count"]) for problem in feed.problems] == [("items_refused", 2)]


def test_links_and_dates_that_cannot_be_are_refused_and_said() -> None:
    feed = read(items=[{"id": "1", "url": "javascript:alert(1)", "date_published": "9999-01-01T00:00:00Z"}])

    assert (feed.entries[0].url, feed.entries[0].published) == (None, None)
    assert [problem.code for problem in feed.problems] == ["dates_refused", "links_refused"]


def test_the_hub_is_found() -> None:
    assert read(hubs=[{"type": "WebSub", "url": "https://hub.example/"}]).hub_url == "https://hub.example/"


def test_other_json_is_no_feed() -> None:
    for document in (
        {"version": "1.0", "items": []},
        {"title": "x", "items": [1]},
        {"items": [{"content_text": "x"}]},
    ):
        outcome = parse(json.dumps(document).encode(), content_type="application/json", url=URL, now=NOW)

        assert not isinstance(outcome, ParsedFeed)
