"""JSON Feed's `next_url`: a feed that goes on."""

from __future__ import annotations

import json

import pytest

from blog import Blog, Page, running_blog
from curator.edges.readers import Readers
from curator.fetch import Web
from curator.ingest.paging import MOST_PAGES
from curator.store import Store
from polling import Polling


def page(*numbers: int, following: str | None = None) -> Page:
    items = [
        {"id": str(n), "url": f"https://blog.example/{n}", "content_text": f"Post {n}."} for n in numbers
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Blog", "items": items}
    body = json.dumps(feed | ({"next_url": following} if following else {})).encode()
    return Page(body=body, content_type="application/feed+json")


@pytest.fixture
def polling(sqlite_store: Store, reading: tuple[Web, Readers]) -> Polling:
    return Polling(sqlite_store, *reading)


def read(polling: Polling, blog: Blog) -> tuple[set[str | None], list[str]]:
    """The guids that are stored, and the codes of what was survived."""
    (source,) = polling.follow(blog.url("/1"))
    polling.poll()
    return {entry.guid for entry in polling.entries()}, [p.code for p in polling.source(source).problems]


def asked(blog: Blog) -> list[str]:
    return [path for path, _ in blog.asked]


def test_a_new_feed_is_read_to_its_end(polling: Polling, blog: Blog) -> None:
    blog["/1"], blog["/2"], blog["/3"] = page(5, 4, following="/2"), page(3, 2, following="3"), page(1)

    assert read(polling, blog) == ({"5", "4", "3", "2", "1"}, [])
    assert asked(blog) == ["/1", "/2", "/3"]


def test_later_only_the_first_page_is_asked_for(polling: Polling, blog: Blog) -> None:
    blog["/1"], blog["/2"] = page(2, 1, following="/2"), page(0)
    read(polling, blog)
    blog["/1"] = page(3, 2, 1, following="/2")
    blog.asked.clear()

    assert polling.later().poll().new == 1
    assert asked(blog) == ["/1"]


def test_a_page_on_which_all_is_new_may_hide_more(polling: Polling, blog: Blog) -> None:
    blog["/1"] = page(2, 1)
    read(polling, blog)
    blog["/1"], blog["/2"] = page(6, 5, following="/2"), page(4, 3, 2, following="/3")
    blog["/3"] = page(1)
    blog.asked.clear()

    assert polling.later().poll().new == 4
    assert asked(blog) == ["/1", "/2"]  # on the second page it knew one: there the old begins


def test_a_feed_without_end_is_left_after_a_few_pages(polling: Polling, blog: Blog) -> None:
    for n in range(1, 20):
        blog[f"/{n}"] = page(n, following=f"/{n + 1}")

    guids, problems = read(polling, blog)

    assert (len(guids), problems) == (MOST_PAGES, ["feed_goes_on"])
    assert len(blog.asked) == MOST_PAGES


@pytest.mark.parametrize("following", ["/1", "#more", "/2"])
def test_a_circle_is_noticed(polling: Polling, blog: Blog, following: str) -> None:
    blog["/1"], blog["/2"] = page(1, following=following), page(2, following="/1#top")

    guids, problems = read(polling, blog)

    assert "1" in guids
    assert problems == ["feed_next_refused"]


def test_no_page_of_another_host_is_asked_for(polling: Polling, blog: Blog) -> None:
    with running_blog("127.0.0.2") as other:
        other["/2"] = page(2)
        blog["/1"] = page(1, following=other.url("/2"))
        assert read(polling, blog) == ({"1"}, ["feed_next_refused"])
        assert other.asked == []

        blog["/1"] = page(3, following="/2")
        blog["/2"] = Page(status=302, headers=(("Location", other.url("/2")),))
        polling.later().poll()
        assert {entry.guid for entry in polling.entries()} == {"1", "3"}


@pytest.mark.parametrize("second", [Page(status=500), Page(body=b"<html>"), Page(body=b"{}")])
def test_what_came_before_a_bad_page_is_kept(polling: Polling, blog: Blog, second: Page) -> None:
    blog["/1"], blog["/2"] = page(1, following="/2"), second

    assert read(polling, blog) == ({"1"}, ["feed_next_failed"])
