"""JSON Feed, which feedparser does not know (FAULTS, finding 3)."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from curator.ingest.parse import parse
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
    assert entry.image == Image(url="https://blog.example/p.jpg")


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
    assert read_item(id="1", external_url="https://x.example/").url == "https://x.example/"


def test_an_attached_picture_is_the_picture() -> None:
    entry = read_item(
        id="1",
        content_text="x",
        attachments=[{"url": "a.mp3", "mime_type": "audio/mpeg"}, {"url": "a.png", "mime_type": "image/png"}],
    )

    assert entry.image == Image(url="https://blog.example/a.png")


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
