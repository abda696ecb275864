"""What a source or its host asks for is kept to; where it goes is noticed; an editor decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from blog import Blog, Page, post, posts, rss, running_blog
from builders import NOW
from curator.fetch import HostGate
from curator.model import SourceStatus
from curator.store import tables
from polling import Polling

HTML = "text/html; charset=utf-8"


@pytest.fixture
def other_host() -> Iterator[Blog]:
    with running_blog("127.0.0.2") as running:
        yield running


def moved(url: str, status: int = 301) -> Page:
    return Page(status=status, headers=(("Location", url),), etag=False)


def incidents(polling: Polling) -> list[tuple[str, bool]]:
    """Every incident there was, and whether it has ended."""
    with polling.store.read() as tx:
        rows = tx.connection.exec_driver_sql("SELECT code, ended_at FROM incidents ORDER BY id")
        return [(row.code, row.ended_at is not None) for row in rows]


# ── moving ──


@pytest.mark.parametrize("there", [200, 304])
def test_a_move_is_adopted_after_three_good_answers_and_brings_nothing_twice(
    polling: Polling, blog: Blog, other_host: Blog, there: int
) -> None:
    blog["/feed"] = rss(*posts(range(3)))
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()
    other_host["/new"] = replace(rss(*posts(range(3))), etag=there == 304)
    blog["/feed"] = moved(other_host.url("/new"), 308)

    followed = []
    for _ in range(4):
        assert polling.poll([source_id]).new == 0
        followed.append(polling.source(source_id).url)

    assert followed == [blog.url("/feed")] * 2 + [other_host.url("/new")] * 2
    assert len(polling.entries(source_id)) == 3


def test_a_detour_or_a_page_about_the_move_is_no_new_address(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(*posts([1]))
    blog["/elsewhere"] = rss(*posts([1]))
    blog["/sorry"] = Page(body=b"<!doctype html><title>Maintenance</title>", content_type=HTML)
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()

    for page in [moved(blog.url("/elsewhere"), 302), moved(blog.url("/sorry"))] * 4:
        blog["/feed"] = page
        polling.poll([source_id])

    source = polling.source(source_id)
    assert (source.url, source.moved_to) == (blog.url("/feed"), None)


def test_a_move_that_does_not_last_begins_anew(polling: Polling, blog: Blog) -> None:
    blog["/new"] = rss(*posts([1]))
    (source_id,) = polling.follow(blog.url("/feed"))

    for page in [moved(blog.url("/new"))] * 2 + [rss(*posts([1]))] + [moved(blog.url("/new"))] * 2:
        blog["/feed"] = page
        polling.poll([source_id])

    source = polling.source(source_id)
    assert (source.url, source.moved_to, source.moved_good) == (blog.url("/feed"), blog.url("/new"), 2)


def test_a_move_onto_another_source_is_left_to_an_editor(polling: Polling, blog: Blog) -> None:
    blog["/new"] = rss(*posts([1]))
    blog["/feed"] = moved(blog.url("/new"))
    source_id, other_id = polling.follow(blog.url("/feed"), blog.url("/new"))

    for _ in range(5):
        polling.poll([source_id, other_id])

    source = polling.source(source_id)
    assert source.url == blog.url("/feed")
    assert source.alert is not None
    assert (source.alert.code, source.alert.data) == ("source_moved_onto", {"source": other_id})
    assert incidents(polling) == [("source_moved_onto", False)]


# ── a host that has had enough ──


def test_two_sources_told_to_wait_put_their_whole_host_off(polling: Polling, blog: Blog) -> None:
    full = Page(status=429, headers=(("Retry-After", "7200"),))
    for n in range(6):
        blog[f"/{n}"] = full
    polling.follow(*(blog.url(f"/{n}") for n in range(6)))

    first = polling.poll()
    asked_at_once = len(blog.asked)
    polling.later(minutes=90).poll()

    assert (first.sources, asked_at_once, len(blog.asked)) == (2, 2, 2)
    assert polling.later(minutes=31).poll().sources > 0


def test_one_source_told_to_wait_waits_alone(polling: Polling, blog: Blog) -> None:
    blog["/busy"] = Page(status=503, headers=(("Retry-After", "86400"),))
    blog["/fine"] = rss(*posts([1]))
    polling.follow(blog.url("/busy"), blog.url("/fine"))
    polling.poll()

    assert [polled.url for polled in polling.later(hours=2).poll().results] == [blog.url("/fine")]


def test_an_editor_who_names_a_source_does_not_wait_for_its_host(polling: Polling, blog: Blog) -> None:
    for n in range(3):
        blog[f"/{n}"] = Page(status=429, headers=(("Retry-After", "7200"),))
    ids = polling.follow(*(blog.url(f"/{n}") for n in range(3)))
    polling.poll()

    assert polling.poll([ids[2]]).sources == 1


# ── two processes ──


def test_a_host_that_another_worker_is_asking_is_left_to_it(polling: Polling, blog: Blog) -> None:
    for n in range(3):
        blog[f"/{n}"] = rss(*posts([n]))
    polling.follow(*(blog.url(f"/{n}") for n in range(3)))
    with polling.store.begin() as tx:
        later = NOW + timedelta(minutes=15)
        tx.hosts.take(["127.0.0.1"], worker="b", now=NOW, until=later, is_gone=lambda _: False)

    done = polling.poll(worker="a")

    assert (done.sources, done.busy) == (0, 3)
    assert polling.later(minutes=16).poll(worker="a").sources == 3


def test_a_host_that_another_worker_has_just_asked_is_given_its_gap(polling: Polling, blog: Blog) -> None:
    for n in range(2):
        blog[f"/{n}"] = rss(*posts([n]))
    polling.follow(*(blog.url(f"/{n}") for n in range(2)))
    with polling.store.begin() as tx:
        tx.hosts.take(["127.0.0.1"], worker="b", now=NOW, until=NOW, is_gone=lambda _: False)
        tx.hosts.leave(["127.0.0.1"], worker="b", now=NOW - timedelta(seconds=4))
    waited: list[float] = []
    clock = [0.0]

    def sleep(seconds: float) -> None:
        waited.append(round(seconds, 3))
        clock[0] += seconds

    gate = HostGate(10.0, clock=lambda: clock[0], sleep=sleep)
    polling.web = replace(polling.web, gate=gate)
    polling.fetch = replace(polling.fetch, per_host_gap=10.0)
    polling.poll(worker="a")

    assert waited == [6.0, 10.0]


# ── incidents ──


def test_a_source_that_fails_and_recovers_by_turns_is_one_incident(polling: Polling, blog: Blog) -> None:
    (source_id,) = polling.follow(blog.url("/feed"))
    good, bad = rss(*posts([1])), Page(status=500)

    for page in [good, *[bad] * 6, good, bad, good, good, bad, *[good] * 4]:
        blog["/feed"] = page
        polling.later(hours=8).poll([source_id])

    assert incidents(polling) == [("source_failing", True)]


def test_a_source_that_says_nothing_new_for_long_is_said_once_until_it_speaks(
    polling: Polling, blog: Blog
) -> None:
    weekly = [post(n, at=NOW - timedelta(days=7 * n)) for n in range(1, 6)]
    blog["/feed"] = rss(*weekly)
    (source_id,) = polling.follow(blog.url("/feed"))

    for _ in range(8):
        polling.later(days=7).poll([source_id])
    quiet = polling.source(source_id).alert
    blog["/feed"] = rss(post(9, at=polling.now), *weekly)
    polling.later(days=1).poll([source_id])

    assert quiet is not None
    assert quiet.code == "source_quiet"
    assert incidents(polling) == [("source_quiet", True)]


def test_a_source_gone_for_good_is_told_and_its_home_page_asked_once_for_another_feed(
    polling: Polling, blog: Blog
) -> None:
    home = f'<link rel="alternate" type="application/rss+xml" href="{blog.url("/new")}">'
    blog["/"] = Page(body=home.encode(), content_type=HTML)
    feed = rss(*posts([1]))
    blog["/feed"] = replace(feed, body=feed.body.replace(b"https://blog.example/<", blog.url("/<").encode()))
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()
    blog["/feed"] = Page(status=410)

    for _ in range(5):
        polling.later(hours=2).poll()

    source = polling.source(source_id)
    assert (source.status, source.url) == (SourceStatus.RETIRED, blog.url("/feed"))
    assert source.successor_url == blog.url("/new")
    assert incidents(polling) == [("source_gone", False)]
    assert [path for path, _ in blog.asked].count("/") == 1


# ── clocks ──


def test_a_time_absurdly_far_ahead_is_a_clocks_mistake(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(*posts([1]))
    (source_id,) = polling.follow(blog.url("/feed"))
    with polling.store.begin() as tx:
        tx.connection.execute(update(tables.sources).values(due_at=NOW + timedelta(days=3650)))

    assert polling.poll().sources == 1
    assert polling.source(source_id).due_at == NOW + timedelta(hours=1)


def test_a_clock_that_jumps_about_asks_once_for_each_jump_and_never_stops(
    polling: Polling, blog: Blog
) -> None:
    blog["/feed"] = rss(*posts([1]))
    polling.follow(blog.url("/feed"))

    jumps = [polling.later(days=days, minutes=1).poll().sources for days in (0, 0, 400, 0, -400, 0, 0)]
    after = [polling.later(minutes=61).poll().sources for _ in range(3)]

    assert (jumps, after) == ([1, 0, 1, 0, 1, 0, 0], [1, 1, 1])
