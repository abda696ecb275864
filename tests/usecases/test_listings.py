"""Sources that are no feeds: pages read by their structure, and sitemaps; also on the day they change."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from blog import Blog, Page, post, rss
from builders import NOW
from curator.curate.dossier import read_dossiers
from curator.errors import BadInput, FetchFailed, Refused
from curator.ingest.articles import fetch_articles
from curator.ingest.usecases import (
    Followed,
    add_page,
    add_source,
    check_source,
    edit_source,
    infer_again,
)
from curator.model import Source, SourceDraft, SourceKind
from polling import Polling

NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def html(body: str, *, lang: str = "en") -> Page:
    return Page(
        body=f'<!doctype html><html lang="{lang}"><head><title>The desk</title></head><body>{body}'.encode(),
        content_type="text/html; charset=utf-8",
    )


def listing(*numbers: int, box: str = "story", heading: str = "h2") -> Page:
    items = "".join(
        f'<div class="{box}"><{heading}><a href="/s/{n}">The story of day number {n}</a></{heading}>'
        f'<time datetime="2026-02-{n:02}">then</time><p>It was day {n} and nothing went wrong.</p></div>'
        for n in numbers
    )
    return html(f"<main>{items}</main>")


def sitemap(*urls: str) -> Page:
    inner = "".join(f"<url><loc>{url}</loc></url>" for url in urls)
    return Page(body=f"<urlset {NS}>{inner}</urlset>".encode(), content_type="application/xml")


def index(*parts: tuple[str, str | None]) -> Page:
    inner = "".join(
        f"<sitemap><loc>{url}</loc>{f'<lastmod>{changed}</lastmod>' if changed else ''}</sitemap>"
        for url, changed in parts
    )
    return Page(body=f"<sitemapindex {NS}>{inner}</sitemapindex>".encode(), content_type="application/xml")


def follow_page(polling: Polling, url: str, **selectors: str) -> Followed:
    return add_page(
        polling.store,
        polling.web,
        polling.readers,
        url=url,
        draft=SourceDraft(),
        selectors=selectors,
        now=NOW,
    )


def follow(polling: Polling, url: str) -> Source:
    return add_source(polling.store, polling.web, polling.readers, url=url, draft=SourceDraft(), now=NOW)


def infer(polling: Polling, source_id: int, **selectors: str) -> Followed:
    return infer_again(
        polling.store,
        polling.web,
        polling.readers,
        source_id,
        draft=SourceDraft(),
        selectors=selectors,
        now=polling.now,
    )


def titles(polling: Polling) -> set[str]:
    return {entry.title for entry in polling.entries()}


def failure(polling: Polling, source_id: int) -> Any:
    return (polling.source(source_id).last_error or {}).get("code")


# ── pages ──


def test_a_page_is_followed_by_what_its_structure_says(polling: Polling, blog: Blog) -> None:
    blog["/news"] = listing(3, 2, 1)

    told = follow_page(polling, blog.url("/news"))

    assert (told.source.kind, told.source.name, told.source.language) == (SourceKind.PAGE, "The desk", "en")
    assert (told.source.policy.selectors or {})["item"] == ".story"
    assert [entry.title for entry in told.preview] == [f"The story of day number {n}" for n in (3, 2, 1)]
    assert polling.poll().new == 3


def test_what_comes_onto_a_page_is_new_once(polling: Polling, blog: Blog) -> None:
    blog["/news"] = listing(3, 2, 1)
    follow_page(polling, blog.url("/news"))
    polling.poll()
    blog["/news"] = listing(4, 3, 2)

    assert polling.later(hours=30).poll().new == 1
    assert polling.later(hours=30).poll().new == 0
    assert len(polling.entries()) == 4


def test_a_page_that_was_rebuilt_is_reported_and_can_be_examined_again(polling: Polling, blog: Blog) -> None:
    blog["/news"] = listing(3, 2, 1)
    source_id = follow_page(polling, blog.url("/news")).source.id
    polling.poll()
    blog["/news"] = listing(4, 3, 2, 1, box="tale", heading="h3")

    rebuilt = polling.later(hours=30).poll([source_id])

    assert (rebuilt.failed, failure(polling, source_id)) == (1, "read_structure_changed")
    assert len(polling.entries()) == 3
    told = infer(polling, source_id)
    assert (told.source.policy.selectors or {})["item"] == ".tale"
    assert polling.poll().new == 1
    assert failure(polling, source_id) is None


def test_an_editors_selectors_count_more_than_what_is_inferred(polling: Polling, blog: Blog) -> None:
    blog["/news"] = listing(3, 2, 1)

    told = follow_page(polling, blog.url("/news"), teaser="time")

    assert polling.poll().new == 3
    assert {entry.html for entry in polling.entries()} == {"<p>then</p>"}
    assert (told.source.policy.selectors or {})["title"] == "h2"


def test_a_page_that_nothing_can_be_inferred_of_is_read_by_selectors_alone(
    polling: Polling, blog: Blog
) -> None:
    blog["/two"] = html("<p class=n><a href=/a>One</a></p><p class=n><a href=/b>Two</a></p>")

    with pytest.raises(FetchFailed) as refused:
        follow_page(polling, blog.url("/two"))
    follow_page(polling, blog.url("/two"), item="p.n")

    assert refused.value.reason == "read_page_empty"
    assert polling.poll().new == 2
    assert titles(polling) == {"One", "Two"}


def test_selectors_are_changed_by_hand_and_the_same_body_is_read_anew(polling: Polling, blog: Blog) -> None:
    blog["/news"] = listing(3, 2, 1)
    source_id = follow_page(polling, blog.url("/news")).source.id
    polling.poll()

    source = edit_source(
        polling.store,
        source_id,
        draft=SourceDraft(),
        selectors={"title": "p", "teaser": ""},
        now=polling.now,
    )
    polled = polling.poll()

    assert "teaser" not in (source.policy.selectors or {})
    assert (polled.new, polled.revised) == (0, 3)
    assert "It was day 3 and nothing went wrong." in titles(polling)


@pytest.mark.parametrize(
    ("selectors", "reason"),
    [
        ({"titel": "h2"}, "selector_unknown"),
        ({"title": "h2 >"}, "selector_invalid"),
        ({"item": ""}, "selector_invalid"),
    ],
)
def test_what_is_no_selector_is_refused_before_asking(
    polling: Polling, blog: Blog, selectors: dict[str, str], reason: str
) -> None:
    with pytest.raises(BadInput) as refused:
        follow_page(polling, blog.url("/news"), **selectors)

    assert refused.value.reason == reason
    assert blog.asked == []


def test_only_a_page_has_selectors(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    source = follow(polling, blog.url("/feed"))

    with pytest.raises(Refused) as refused:
        edit_source(polling.store, source.id, draft=SourceDraft(), selectors={"title": "h2"}, now=NOW)

    assert refused.value.reason == "source_no_page"


@pytest.mark.parametrize("selectors", [{"title": "h2"}, {"foo": ".x"}], ids=["no page", "no field"])
def test_an_edit_that_is_refused_changes_nothing(
    polling: Polling, blog: Blog, selectors: dict[str, str]
) -> None:
    blog["/feed"] = rss(post(1), title="Before")
    source, draft = follow(polling, blog.url("/feed")), SourceDraft(name="After")

    with pytest.raises((BadInput, Refused)):
        edit_source(polling.store, source.id, draft=draft, selectors=selectors, now=NOW)
    with pytest.raises((BadInput, Refused)):
        infer_again(
            polling.store,
            polling.web,
            polling.readers,
            source.id,
            draft=draft,
            selectors=selectors,
            now=NOW,
        )

    assert polling.source(source.id) == source


def test_a_page_that_cannot_be_examined_again_stays_as_it_was(polling: Polling, blog: Blog) -> None:
    blog["/news"] = listing(3, 2, 1)
    source = follow_page(polling, blog.url("/news")).source
    blog["/news"] = Page(status=500)

    with pytest.raises(FetchFailed):
        infer_again(
            polling.store,
            polling.web,
            polling.readers,
            source.id,
            draft=SourceDraft(name="After"),
            now=NOW,
        )

    assert polling.source(source.id) == source


def test_a_page_that_programs_are_asked_to_leave_alone_is_left_alone(polling: Polling, blog: Blog) -> None:
    blog["/robots.txt"] = Page(body=b"User-agent: *\nDisallow: /news\n", content_type="text/plain")
    blog["/news"] = listing(3, 2, 1)

    with pytest.raises(FetchFailed) as refused:
        follow_page(polling, blog.url("/news"))

    assert refused.value.reason == "fetch_robots_listing"
    assert "/news" not in [path for path, _ in blog.asked]


def test_a_page_is_followed_once_whichever_way_it_is_written(polling: Polling, blog: Blog) -> None:
    blog["/news"] = listing(3, 2, 1)
    follow_page(polling, blog.url("/news"))

    with pytest.raises(Refused) as refused:
        follow_page(polling, blog.url("/news/"))

    assert refused.value.reason == "source_exists"


def test_a_check_shows_what_would_be_inferred(polling: Polling, blog: Blog) -> None:
    blog["/news"] = listing(3, 2, 1)

    check = check_source(polling.web, polling.readers, url=blog.url("/news"), now=NOW)

    assert (check.outcome, check.kind, len(check.entries)) == ("fetched", "page", 3)
    assert check.selectors is not None
    assert check.selectors.item == ".story"


# ── feeds that nobody declares ──


def test_a_feed_that_a_page_only_links_to_is_found(polling: Polling, blog: Blog) -> None:
    blog["/"] = html("<p>Hello <a href='/our-news.rss'>RSS</a> <a href='/rss-help/feed'>what is that?</a>")
    blog["/our-news.rss"] = rss(post(1))
    blog["/rss-help/feed"] = html("<p>A feed is …")

    assert follow(polling, blog.url("/")).url == blog.url("/our-news.rss")


def test_several_feeds_that_a_page_links_to_are_a_choice(polling: Polling, blog: Blog) -> None:
    blog["/"] = html("<a href='/a.rss'>A</a> <a href='/b.rss'>B</a> <a href='/a.rss/'>A again</a>")
    blog["/a.rss"] = blog["/a.rss/"] = rss(post(1))
    blog["/b.rss"] = rss(post(2))

    with pytest.raises(BadInput) as several:
        follow(polling, blog.url("/"))

    assert [feed["url"] for feed in several.value.data["feeds"]] == [blog.url("/a.rss"), blog.url("/b.rss")]


@pytest.mark.parametrize("place", ["/blog/feed", "/blog/atom.xml", "/rss.xml", "/feed.json", "/feed/"])
def test_a_feed_in_one_of_the_usual_places_is_found(polling: Polling, blog: Blog, place: str) -> None:
    blog["/blog/"] = html("<p>No word of a feed.")
    blog[place] = rss(post(1))

    assert follow(polling, blog.url("/blog/")).url == blog.url(place)
    tried = [path for path, _ in blog.asked]
    assert tried[-1] == place
    assert len(tried) == len(set(tried)) <= 17


@pytest.mark.parametrize("status", [403, 429, 503])
def test_a_host_that_has_had_enough_is_guessed_at_no_more(polling: Polling, blog: Blog, status: int) -> None:
    blog["/blog/"] = html("<p>No word of a feed.")
    blog["/blog/feed"] = Page(status=status)

    with pytest.raises(FetchFailed) as failed:
        follow(polling, blog.url("/blog/"))

    assert failed.value.reason.startswith("read_")
    assert len(blog.asked) == 2


def test_a_page_without_any_feed_is_told_of_the_other_way(polling: Polling, blog: Blog) -> None:
    blog["/blog/"] = html("<p>No word of a feed.")

    with pytest.raises(FetchFailed) as failed:
        follow(polling, blog.url("/blog/"))

    assert failed.value.reason == "read_no_feed_found"
    assert failed.value.data["url"] == blog.url("/blog/")


def test_a_feed_is_followed_once_whichever_way_it_is_written(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = blog["/feed/"] = rss(post(1))
    follow(polling, blog.url("/feed"))

    with pytest.raises(Refused):
        follow(polling, blog.url("/feed/"))


# ── sitemaps ──


def test_a_sitemap_is_recognised_and_followed(polling: Polling, blog: Blog) -> None:
    blog["/sitemap.xml"] = sitemap(blog.url("/n/a-first-story"), blog.url("/n/a-second-one"))

    source = follow(polling, blog.url("/sitemap.xml"))
    first = polling.poll()
    blog["/sitemap.xml"] = sitemap(
        blog.url("/n/a-first-story"), blog.url("/n/a-second-one"), blog.url("/n/and-a-third")
    )

    assert (source.kind, first.new) == (SourceKind.SITEMAP, 2)
    assert polling.later(hours=30).poll().new == 1
    assert titles(polling) == {"A first story", "A second one", "And a third"}


def test_a_title_from_an_address_gives_way_to_the_one_on_the_page(polling: Polling, blog: Blog) -> None:
    words = " ".join(f"Nobody likes to wait, and on day {n} we stood in line and looked." for n in range(30))
    blog["/n/why-queues-grow"] = html(f"<article><h1>Why queues grow!</h1><p>{words}</p></article>")
    blog["/sitemap.xml"] = sitemap(blog.url("/n/why-queues-grow"))
    source = follow(polling, blog.url("/sitemap.xml"))
    polling.poll()

    fetch_articles(polling.store, polling.web, polling.readers, clock=lambda: polling.now)
    again = polling.later(hours=30).poll([source.id])

    [dossier] = read_dossiers(polling.store, polling.queue())
    assert dossier.said is not None
    assert dossier.entry is not None
    assert (dossier.said.title, dossier.entry.title) == ("Why queues grow", "Why queues grow!")
    assert again.revised == 0
    assert source.problems == ()
    assert [p.code for p in polling.source(source.id).problems] == ["titles_from_addresses"]


def test_of_an_index_the_newest_sitemaps_are_followed_and_no_more(polling: Polling, blog: Blog) -> None:
    places = [f"/posts-{n}.xml" for n in range(1, 6)]
    for n, place in enumerate(places, 1):
        body = sitemap(blog.url(f"/n/story-from-{'abcdef'[n]}")).body
        blog[place] = Page(body=gzip.compress(body) if n == 5 else body, content_type="application/xml")
    blog["/sitemap.xml"] = index(*((blog.url(p), f"2026-01-0{n}") for n, p in enumerate(places, 1)))

    follow(polling, blog.url("/sitemap.xml"))
    blog.asked.clear()

    assert polling.poll().new == 3
    assert [path for path, _ in blog.asked] == [
        "/sitemap.xml",
        "/posts-5.xml",
        "/posts-4.xml",
        "/posts-3.xml",
    ]
    assert polling.later(hours=30).poll().not_modified == 1


def test_an_index_that_does_not_date_its_parts_is_followed_every_time(polling: Polling, blog: Blog) -> None:
    blog["/sitemap.xml"] = index((blog.url("/posts.xml"), None))
    blog["/posts.xml"] = sitemap(blog.url("/n/a-first-story"))
    follow(polling, blog.url("/sitemap.xml"))
    polling.poll()
    blog["/posts.xml"] = sitemap(blog.url("/n/a-first-story"), blog.url("/n/a-second-one"))

    assert polling.later(hours=30).poll().new == 1


def test_an_index_whose_parts_fail_is_a_failure_of_today(polling: Polling, blog: Blog) -> None:
    blog["/sitemap.xml"] = index((blog.url("/posts.xml"), "2026-01-01"))
    blog["/posts.xml"] = sitemap(blog.url("/n/a-first-story"))
    source_id = follow(polling, blog.url("/sitemap.xml")).id
    polling.poll()
    blog["/sitemap.xml"] = index((blog.url("/gone.xml"), "2026-01-02"))

    assert polling.later(hours=30).poll().failed == 1
    assert failure(polling, source_id) == "read_sitemap_part"
    assert len(polling.entries()) == 1


def test_an_index_that_names_itself_leads_nobody_in_circles(polling: Polling, blog: Blog) -> None:
    blog["/sitemap.xml"] = index((blog.url("/sitemap.xml"), "2026-01-01"))

    with pytest.raises(FetchFailed):
        follow(polling, blog.url("/sitemap.xml"))

    assert len(blog.asked) == 2
