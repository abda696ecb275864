"""The pages of queued entries, fetched by themselves where their source is set so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import pytest

from blog import Blog, Page, post, rss
from builders import ITALIAN, MARTA, SETTINGS
from curator.curate.dossier import read_dossier
from curator.curate.usecases import claim, release
from curator.errors import FetchFailed, Refused
from curator.ingest.articles import BACK_OFF, LEASE, Articles, fetch_articles, fetch_page
from polling import Polling

PAID = '<script type="application/ld+json">{"@type":"Article","isAccessibleForFree":false}</script>'
WORDS = "Customers remember a broken promise for years, and tell everybody who wants to hear about it. "
NOTHING = Articles()


def page(words: str = WORDS * 3, *, head: str = "") -> Page:
    html = f"<html lang=en><head><title>T</title>{head}</head><body><article><p>{words}</p></article></body>"
    return Page(body=html.encode(), content_type="text/html; charset=utf-8")


@dataclass
class Teasers:
    """A followed source whose feed says little of pages that say more."""

    polling: Polling
    blog: Blog

    def follow(self, *numbers: int, full_text: bool = True) -> list[int]:
        for n in numbers:
            self.blog[f"/{n}"] = page(f"Post {n}. " + WORDS * 3)
        posts = (post(n, text="<p>Teaser…</p>") | {"link": self.blog.url(f"/{n}")} for n in numbers)
        self.blog["/feed"] = rss(*posts)
        self.polling.follow(self.blog.url("/feed"), full_text=full_text)
        self.polling.poll()
        return [item.id for item in self.polling.queue()]

    def fetch(self) -> Articles:
        p = self.polling
        return fetch_articles(p.store, p.web, p.readers, clock=lambda: p.now)

    def asked(self, path: str) -> int:
        return sum(each == path for each, _ in self.blog.asked)

    def html(self, item_id: int) -> str:
        entry = read_dossier(self.polling.store, item_id).entry
        assert entry is not None
        return entry.html

    def failure(self, item_id: int) -> str | None:
        failure = read_dossier(self.polling.store, item_id).page_failure
        return failure["code"] if failure else None


@pytest.fixture
def teasers(polling: Polling, blog: Blog) -> Teasers:
    return Teasers(polling, blog)


def test_the_pages_of_queued_entries_are_fetched_once(teasers: Teasers) -> None:
    items = teasers.follow(1, 2)

    assert teasers.fetch() == Articles(fetched=2)
    assert teasers.fetch() == NOTHING
    assert ["Post" in teasers.html(item) for item in items] == [True, True]
    assert (teasers.asked("/1"), teasers.asked("/2")) == (1, 1)


def test_two_processes_share_the_pages_among_them(teasers: Teasers) -> None:
    teasers.follow(1, 2, 3)

    with ThreadPoolExecutor(2) as both:
        done = list(both.map(lambda _: teasers.fetch(), range(2)))

    assert sum(each.fetched for each in done) == 3
    assert [teasers.asked(f"/{n}") for n in (1, 2, 3)] == [1, 1, 1]


def test_a_source_that_is_not_set_so_is_left_alone(teasers: Teasers) -> None:
    teasers.follow(1, full_text=False)

    assert teasers.fetch() == NOTHING
    assert teasers.asked("/1") == 0


def test_what_an_editor_has_claimed_keeps_the_text_she_read(teasers: Teasers) -> None:
    (item,) = teasers.follow(1)
    at = teasers.polling.now
    claim(teasers.polling.store, [item], by=MARTA, settings=SETTINGS, edition=ITALIAN, now=at)
    assert teasers.fetch() == NOTHING

    release(teasers.polling.store, [item], by=MARTA, edition=ITALIAN, now=at)

    assert teasers.fetch() == NOTHING  # its excerpt is still of that text
    assert "Teaser" in teasers.html(item)


def test_a_claim_freezes_the_text_of_the_page_and_quotes_it(teasers: Teasers) -> None:
    (item,) = teasers.follow(1)
    teasers.fetch()

    (claimed,) = claim(
        teasers.polling.store, [item], by=MARTA, settings=SETTINGS, edition=ITALIAN, now=teasers.polling.now
    ).items

    assert claimed.page == 1
    assert claimed.excerpt is not None
    assert claimed.excerpt.text.startswith("Post 1. Customers remember")


def test_a_failure_that_may_pass_is_tried_again_ever_later_and_then_left(teasers: Teasers) -> None:
    (item,) = teasers.follow(1)
    teasers.blog["/1"] = Page(status=503)

    for n, wait in enumerate(BACK_OFF, 1):
        assert teasers.fetch() == Articles(failed=1)
        assert teasers.asked("/1") == n
        teasers.polling.later(seconds=wait.total_seconds() - 60)
        assert teasers.fetch() == NOTHING
        teasers.polling.later(seconds=60)
    assert teasers.fetch() == Articles(failed=1)
    teasers.polling.later(days=365)

    assert teasers.fetch() == NOTHING
    assert teasers.failure(item) == "fetch_http_status"


def test_what_is_tried_again_and_is_there_is_no_failure_any_more(teasers: Teasers) -> None:
    (item,) = teasers.follow(1)
    teasers.blog["/1"] = Page(status=503, headers=(("Retry-After", "7200"),))
    teasers.fetch()
    teasers.blog["/1"] = page()

    teasers.polling.later(minutes=119)
    assert teasers.fetch() == NOTHING
    teasers.polling.later(minutes=1)
    assert teasers.fetch() == Articles(fetched=1)
    assert teasers.failure(item) is None


def test_an_answer_that_stays_is_not_asked_for_again(teasers: Teasers) -> None:
    answers = {
        "fetch_http_status": Page(status=404),
        "fetch_gone": Page(status=410),
        "read_not_a_page": Page(body=b"%PDF-1.7", content_type="application/pdf"),
        "read_article_moved": Page(status=302, headers=(("Location", "/"),)),
        "read_article_restricted": page(head=PAID),
    }
    items = teasers.follow(1, 2, 3, 4, 5)
    teasers.blog["/"] = page()
    for n, answer in enumerate(answers.values(), 1):
        teasers.blog[f"/{n}"] = answer

    assert teasers.fetch() == Articles(failed=5)
    teasers.polling.later(days=30)
    assert teasers.fetch() == NOTHING
    assert {teasers.failure(item) for item in items} == set(answers)
    assert all("Teaser" in teasers.html(item) for item in items)


def test_robots_txt_is_obeyed(teasers: Teasers) -> None:
    (item,) = teasers.follow(1)
    teasers.blog["/robots.txt"] = Page(body=b"User-agent: *\nDisallow: /1\n", content_type="text/plain")

    assert teasers.fetch() == Articles(failed=1)
    assert teasers.asked("/1") == 0
    assert teasers.failure(item) == "fetch_robots"


def test_a_page_whose_worker_was_killed_is_somebody_elses_later(teasers: Teasers) -> None:
    teasers.follow(1)
    with teasers.polling.store.begin() as tx:
        assert len(tx.pages.claim(now=teasers.polling.now, lease=LEASE, limit=5)) == 1

    assert teasers.fetch() == NOTHING
    teasers.polling.later(seconds=LEASE.total_seconds())
    assert teasers.fetch() == Articles(fetched=1)


def test_what_the_feed_says_stays_what_it_said(teasers: Teasers) -> None:
    (item,) = teasers.follow(1)
    teasers.fetch()
    (entry,) = teasers.polling.entries()
    assert (entry.revision, entry.html) == (1, "<p>Teaser…</p>")

    posts = post(1, text="<p>Another teaser…</p>") | {"link": teasers.blog.url("/1")}
    teasers.blog["/feed"] = rss(posts)
    teasers.polling.later(hours=2).poll()

    (entry,) = teasers.polling.entries()
    assert (entry.revision, entry.html) == (2, "<p>Another teaser…</p>")
    assert "Post 1." in teasers.html(item)


def test_the_same_text_again_is_the_page_we_have(teasers: Teasers) -> None:
    (item,) = teasers.follow(1)
    p = teasers.polling

    first = fetch_page(p.store, p.web, p.readers, item, now=p.now)
    again = fetch_page(p.store, p.web, p.readers, item, now=p.now + timedelta(hours=1))
    teasers.blog["/1"] = page("Another text. " + WORDS * 3)
    third = fetch_page(p.store, p.web, p.readers, item, now=p.now + timedelta(hours=2))

    assert (first, third.n) == (again, 2)


def test_a_page_asked_for_by_hand_says_why_it_cannot_be_had(teasers: Teasers) -> None:
    (item,) = teasers.follow(1, full_text=False)
    teasers.blog["/1"] = Page(status=404)
    p = teasers.polling

    with pytest.raises(FetchFailed) as refused:
        fetch_page(p.store, p.web, p.readers, item, now=p.now)

    assert (refused.value.reason, teasers.failure(item)) == ("fetch_http_status", "fetch_http_status")


def test_an_entry_without_an_address_has_no_page(teasers: Teasers) -> None:
    teasers.blog["/feed"] = rss(post(1) | {"link": ""})
    teasers.polling.follow(teasers.blog.url("/feed"), full_text=True)
    teasers.polling.poll()
    (item,) = teasers.polling.queue()
    p = teasers.polling

    assert teasers.fetch() == NOTHING
    with pytest.raises(Refused) as refused:
        fetch_page(p.store, p.web, p.readers, item.id, now=p.now)
    assert refused.value.reason == "page_without_address"


def test_a_source_whose_pages_are_walled_off_is_known_as_such(teasers: Teasers) -> None:
    items = teasers.follow(1, 2, 3)
    for n in (1, 2):
        teasers.blog[f"/{n}"] = page(head=PAID)
    teasers.fetch()

    with teasers.polling.store.read() as tx:
        source = tx.entries.get(1).source_id
        assert tx.pages.walled(at_least=2) == {source: (2, 1)}
        assert tx.pages.walled(at_least=3) == {}
    assert len(items) == 3
