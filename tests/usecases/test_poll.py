from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from blog import Blog, Page, post, posts, rss, running_blog
from builders import NOW
from curator.edges.readers import Readers
from curator.errors import DatabaseUnusable, NotFound, Refused
from curator.fetch import Web
from curator.model import ParsedFeed, SourceDraft, SourceStatus, Unreadable, Validators
from curator.store import Store
from polling import Polling


def test_a_first_poll_stores_everything_and_queues_the_newest(polling: Polling, blog: Blog) -> None:
    dated = [post(n, at=NOW - timedelta(days=30 - n)) for n in range(25)]
    blog["/feed"] = rss(*dated)
    (source_id,) = polling.follow(blog.url("/feed"))

    done = polling.poll()

    assert (done.sources, done.fetched, done.new, done.revised) == (1, 1, 25, 0)
    assert len(polling.entries(source_id)) == 25
    assert polling.queued_titles() == [f"Post {n}" for n in range(24, 14, -1)]


def test_what_is_new_later_is_queued_as_it_comes(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(*posts(range(12)))
    polling.follow(blog.url("/feed"))
    polling.poll()
    blog["/feed"] = rss(*posts([12, *range(12)]))

    done = polling.later(hours=2).poll()

    assert done.new == 1
    assert polling.queued_titles()[0] == "Post 12"
    assert len(polling.queue()) == 11


def test_a_second_poll_of_the_same_asks_conditionally_and_brings_nothing(
    polling: Polling, blog: Blog
) -> None:
    blog["/feed"] = rss(*posts(range(3)))
    polling.follow(blog.url("/feed"))
    polling.poll()

    done = polling.poll(everything=True)

    assert (done.not_modified, done.new, done.results[0].http_status) == (1, 0, 304)
    assert [asked is not None for _, asked in blog.asked] == [False, True]


def test_a_body_without_validators_is_not_read_twice(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = replace(rss(*posts(range(3))), etag=False)
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()
    polling.readers = NoReaders()  # type: ignore[assignment]  # reading would fail

    done = polling.poll(everything=True)

    assert (done.fetched, done.new, polling.source(source_id).failures) == (1, 0, 0)


class NoReaders:
    """Reading breaks: what a mistake of ours would look like."""

    def read(self, *_: Any, **__: Any) -> ParsedFeed | Unreadable:
        raise ZeroDivisionError


def test_nothing_is_due_before_its_time(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(*posts(range(3)))
    polling.follow(blog.url("/feed"))
    polling.poll()

    assert polling.later(minutes=59).poll().sources == 0
    assert polling.later(minutes=2).poll().sources == 1


def test_an_edited_post_is_a_revision_and_no_new_item(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()
    blog["/feed"] = rss(post(1, title="Post 1, corrected"))

    done = polling.poll(everything=True)

    assert (done.new, done.revised, len(polling.queue())) == (0, 1, 1)
    assert polling.entries(source_id)[0].revision == 2


# ── failures ──


@pytest.mark.parametrize(
    "page",
    [
        Page(body=b"<!doctype html><title>Not here</title><p>Sorry", content_type="text/html"),
        Page(body=b""),
        Page(body=b'{"error": "over quota"}', content_type="application/json"),
    ],
    ids=["html", "empty", "json error"],
)
def test_what_is_no_feed_leaves_everything_as_it_was(polling: Polling, blog: Blog, page: Page) -> None:
    blog["/feed"] = rss(post(1))
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()
    before = polling.source(source_id)
    blog["/feed"] = page

    done = polling.poll(everything=True)

    after = polling.source(source_id)
    assert done.failed == 1
    assert done.results[0].error is not None
    assert done.results[0].error["code"].startswith("read_")
    assert (after.validators, after.body_hash) == (before.validators, before.body_hash)
    assert (after.failures, after.status, len(polling.entries())) == (1, SourceStatus.ACTIVE, 1)


def test_a_bad_body_at_the_first_poll_leaves_no_validators(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = Page(body=b"<html><p>Maintenance", content_type="text/html")
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()

    assert polling.source(source_id).validators == Validators()
    assert polling.source(source_id).unverified


def test_a_body_that_breaks_off_is_asked_for_again_without_conditions(polling: Polling, blog: Blog) -> None:
    whole = rss(post(1), post(2))
    blog["/feed"] = replace(whole, body=whole.body[: whole.body.rindex(b"<guid")])
    (source_id,) = polling.follow(blog.url("/feed"))
    first = polling.poll()
    again = polling.poll(everything=True)

    assert (first.new, again.new, again.not_modified) == (1, 0, 0)
    assert polling.source(source_id).validators == Validators()


def test_failures_space_the_polls_out_and_a_success_forgets_them(polling: Polling, blog: Blog) -> None:
    (source_id,) = polling.follow(blog.url("/feed"))
    waits = []
    for _ in range(3):
        polling.poll()
        waits.append(polling.source(source_id).due_at - polling.now)
        polling.now = polling.source(source_id).due_at
    blog["/feed"] = rss(post(1))
    polling.poll()

    assert waits == [timedelta(hours=1), timedelta(hours=2), timedelta(hours=4)]
    assert polling.source(source_id).failures == 0
    assert polling.source(source_id).last_error is None


def test_retry_after_is_obeyed(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = Page(status=503, headers=(("Retry-After", "86400"),))
    (source_id,) = polling.follow(blog.url("/feed"))

    polling.poll()

    assert polling.source(source_id).due_at == NOW + timedelta(days=1)


def test_410_ends_the_polling_and_keeps_the_entries(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()
    blog["/feed"] = Page(status=410)

    done = polling.poll(everything=True)

    assert (done.gone, polling.source(source_id).status) == (1, SourceStatus.RETIRED)
    assert len(polling.entries()) == 1
    assert polling.poll(everything=True).sources == 0


def test_one_bad_source_never_stops_the_others(polling: Polling, blog: Blog) -> None:
    blog["/good"] = rss(post(1))
    blog["/bad"] = Page(body=b"\x00\xff\xfe rubbish")
    polling.follow(blog.url("/bad"), "http://127.0.0.1:9/closed", blog.url("/missing"), blog.url("/good"))

    done = polling.poll()

    assert [result.outcome for result in done.results] == ["failed", "failed", "failed", "fetched"]


def test_a_mistake_of_ours_is_one_sources_failure(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.readers = NoReaders()  # type: ignore[assignment]  # the mistake

    done = polling.poll()

    assert done.results[0].error == {"code": "poll_internal", "data": {"cause": "ZeroDivisionError"}}
    assert polling.source(source_id).failures == 1


# ── floods and dates ──


def test_a_flood_is_stored_whole_queued_in_part_and_flagged(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(0))
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()
    blog["/feed"] = rss(*posts(range(500)))

    done = polling.poll(everything=True)

    assert (done.new, len(polling.entries()), len(polling.queue())) == (499, 500, 51)
    assert [problem.code for problem in done.results[0].problems] == ["feed_flood"]
    assert [problem.code for problem in polling.source(source_id).problems] == ["feed_flood"]


def test_a_date_to_come_is_not_first_for_ever(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1, at=NOW + timedelta(hours=20)))
    polling.follow(blog.url("/feed"))
    polling.poll()
    blog["/feed"] = rss(post(2, at=NOW + timedelta(hours=1)), post(1, at=NOW + timedelta(hours=20)))

    polling.later(hours=2).poll(everything=True)

    assert polling.queued_titles() == ["Post 2", "Post 1"]


def test_entries_without_dates_are_queued_in_the_order_of_the_feed(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(*posts([5, 4, 3, 2, 1]))
    polling.follow(blog.url("/feed"))

    polling.poll()

    assert polling.queued_titles() == [f"Post {n}" for n in (5, 4, 3, 2, 1)]


# ── side by side ──


def test_two_polls_at_once_share_the_work(polling: Polling, blog: Blog) -> None:
    for n in range(6):
        blog[f"/feed{n}"] = rss(*posts(range(n * 10, n * 10 + 5)))
    polling.follow(*(blog.url(f"/feed{n}") for n in range(6)))
    done = []

    def work(worker: str) -> None:
        done.append(polling.poll(worker=worker))

    threads = [threading.Thread(target=work, args=(f"here:{n}:x",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(one.sources for one in done) == 6
    assert sum(one.new for one in done) == 30
    assert (len(polling.entries()), len(polling.queue())) == (30, 30)


def test_two_polls_of_everything_at_once_double_nothing(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(*posts(range(5)))
    polling.follow(blog.url("/feed"))

    def work(worker: str) -> None:
        polling.poll(worker=worker, everything=True)

    threads = [threading.Thread(target=work, args=(f"here:{n}:x",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(polling.entries()), len(polling.queue())) == (5, 5)


def test_a_host_is_asked_one_thing_at_a_time(polling: Polling, blog: Blog) -> None:
    for n in range(5):
        blog[f"/feed{n}"] = rss(post(n))
    polling.follow(*(blog.url(f"/feed{n}") for n in range(5)))

    polling.poll()

    assert blog.most_at_once == 1


def test_hosts_are_asked_side_by_side(polling: Polling, blog: Blog) -> None:
    with running_blog("127.0.0.2") as other:
        both = threading.Barrier(2, action=lambda: None)
        blog.gate = other.gate = _Meeting(both)
        blog["/feed"], other["/feed"] = rss(post(1)), rss(post(2))
        polling.follow(blog.url("/feed"), other.url("/feed"))

        assert polling.poll().fetched == 2


class _Meeting(threading.Event):
    """Lets a request go on when one of the other host has come as well."""

    def __init__(self, both: threading.Barrier) -> None:
        super().__init__()
        self._both = both

    def wait(self, timeout: float | None = None) -> bool:
        self._both.wait(timeout)
        return True


def test_more_sources_than_one_batch_are_all_polled(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    polling.fetch = replace(polling.fetch, concurrency=2)
    polling.follow(*(blog.url(f"/feed?{n}") for n in range(11)))
    for n in range(11):
        blog[f"/feed?{n}"] = rss(post(n))

    assert polling.poll().fetched == 11


@pytest.mark.parametrize("what", ["pause", "remove", "address"])
def test_what_an_editor_changes_meanwhile_stands(polling: Polling, blog: Blog, what: str) -> None:
    blog["/feed"] = rss(post(1))
    (source_id,) = polling.follow(blog.url("/feed"))
    gate = blog.gate = threading.Event()
    done = []
    thread = threading.Thread(target=lambda: done.append(polling.poll()))
    thread.start()
    while not blog.asked:
        thread.join(0.01)

    with polling.store.begin() as tx:
        if what == "pause":
            tx.sources.set_status(source_id, SourceStatus.PAUSED, now=NOW)
        elif what == "remove":
            tx.sources.remove(source_id, now=NOW)
        else:
            tx.sources.edit(source_id, SourceDraft(), url="http://127.0.0.1:9/new", now=NOW)
    gate.set()
    thread.join()

    assert polling.entries() == []
    assert done[0].results[0].error == {"code": "poll_overtaken", "data": {}}
    if what == "pause":
        assert polling.source(source_id).status is SourceStatus.PAUSED


# ── asked for by id ──


def test_a_source_named_is_polled_before_its_time(polling: Polling, blog: Blog) -> None:
    blog["/a"] = blog["/b"] = rss(post(1))
    blog["/b"] = rss(post(2))
    a, b = polling.follow(blog.url("/a"), blog.url("/b"))
    polling.poll()

    assert [result.source for result in polling.poll([b]).results] == [b]
    assert a != b


def test_an_unknown_or_paused_source_is_refused(polling: Polling, blog: Blog) -> None:
    (source_id,) = polling.follow(blog.url("/feed"))
    with polling.store.begin() as tx:
        tx.sources.set_status(source_id, SourceStatus.PAUSED, now=NOW)

    with pytest.raises(Refused):
        polling.poll([source_id])
    with pytest.raises(NotFound):
        polling.poll([source_id + 1])


# ── leases ──


def test_a_source_in_other_hands_is_left_to_them(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    (source_id,) = polling.follow(blog.url("/feed"))
    _lease(polling, source_id, worker="there:1:a")

    done = polling.poll()

    assert (done.sources, done.busy) == (0, 1)


def test_what_a_killed_poll_had_in_hand_is_done_by_the_next(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    (source_id,) = polling.follow(blog.url("/feed"))
    _lease(polling, source_id, worker="here:9:killed")
    polling.is_gone = lambda worker: worker == "here:9:killed"

    assert polling.poll().new == 1


def _lease(polling: Polling, source_id: int, *, worker: str) -> None:
    with polling.store.begin() as tx:
        tx.sources.claim(
            [source_id],
            only_due=True,
            now=NOW,
            worker=worker,
            until=NOW + timedelta(minutes=15),
            is_gone=lambda _: False,
        )


# ── the store ──


def test_a_store_that_takes_nothing_more_ends_the_poll_and_the_next_completes(
    sqlite_store: Store, reading: tuple[Web, Readers], blog: Blog
) -> None:
    polling = Polling(sqlite_store, *reading)
    for n in range(3):
        blog[f"/feed{n}"] = rss(*posts(range(n * 30, n * 30 + 30), at=NOW))
    polling.follow(*(blog.url(f"/feed{n}") for n in range(3)))
    with sqlite_store.begin() as tx:
        pages = tx.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 4}")  # a full disk, as SQLite sees it

    with pytest.raises(DatabaseUnusable):
        polling.poll()
    with sqlite_store.begin() as tx:
        tx.connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    polling.later().poll()

    assert len(polling.entries()) == 90
    assert len(polling.queue()) == 30


def test_a_name_that_nobody_gave_is_the_feeds_title_after_the_first_poll(
    polling: Polling, blog: Blog
) -> None:
    blog["/feed"] = rss(post(1), title="Customer Matters")
    (source_id,) = polling.follow(blog.url("/feed"))

    polling.poll()

    source = polling.source(source_id)
    assert (source.name, source.home_url, source.language) == (
        "Customer Matters",
        "https://blog.example/",
        "en",
    )
    assert not source.unverified
