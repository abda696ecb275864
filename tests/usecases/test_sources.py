from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from blog import Blog, Page, post, posts, rss
from builders import NOW
from curator.errors import BadInput, FetchFailed, NotFound, Refused
from curator.ingest.lists import SourceList
from curator.ingest.usecases import (
    add_source,
    check_source,
    edit_source,
    export_opml,
    import_sources,
    pause_source,
    read_opml,
    read_starter,
    remove_source,
    resume_source,
    would_import,
)
from curator.model import Lang, Source, SourceDraft, SourceKind, SourcePolicy, SourceStatus
from curator.shipped import shipped
from polling import Polling


def add(polling: Polling, url: str, *, feed: int | None = None, draft: SourceDraft | None = None) -> Source:
    return add_source(
        polling.store,
        polling.web,
        polling.readers,
        url=url,
        draft=draft or SourceDraft(),
        feed=feed,
        now=NOW,
    )


def page(*feeds: str) -> Page:
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" title="Feed {n}" href="{feed}">'
        for n, feed in enumerate(feeds, 1)
    )
    return Page(
        body=f"<!doctype html><html><head><title>A blog</title>{links}</head><body><p>Hi".encode(),
        content_type="text/html; charset=utf-8",
    )


# ── add ──


def test_a_feed_is_followed_under_its_title_and_due_at_once(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1), title="Customer Matters")

    source = add(polling, blog.url("/feed"))

    assert (source.url, source.name, source.language) == (blog.url("/feed"), "Customer Matters", "en")
    assert (source.due_at, source.status, source.unverified) == (NOW, SourceStatus.ACTIVE, False)
    assert polling.poll().new == 1


def test_what_an_editor_says_counts_more_than_the_feed(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    said = SourceDraft(
        name=" Mine ",
        tags=("cx, b2b", "cx"),
        language=Lang("it"),
        interval=timedelta(minutes=30),
        max_words=90,
    )

    source = add(polling, blog.url("/feed"), draft=said)

    assert (source.name, source.tags, source.language) == ("Mine", ("cx", "b2b"), "it")
    assert (source.interval, source.max_words) == (timedelta(minutes=30), 90)


def test_a_page_that_names_one_feed_leads_to_it(polling: Polling, blog: Blog) -> None:
    blog["/"] = page("/feed")
    blog["/feed"] = rss(post(1))

    assert add(polling, blog.url("/")).url == blog.url("/feed")


def test_of_several_feeds_an_editor_chooses(polling: Polling, blog: Blog) -> None:
    blog["/"] = page("/feed", "/other")
    blog["/feed"], blog["/other"] = rss(post(1)), rss(post(2))

    with pytest.raises(BadInput) as several:
        add(polling, blog.url("/"))

    assert several.value.reason == "feeds_several"
    assert [(feed["n"], feed["url"]) for feed in several.value.data["feeds"]] == [
        (1, blog.url("/feed")),
        (2, blog.url("/other")),
    ]
    assert add(polling, blog.url("/"), feed=2).url == blog.url("/other")


def test_a_feed_number_that_is_not_there_is_refused(polling: Polling, blog: Blog) -> None:
    blog["/"] = page("/feed", "/other")

    with pytest.raises(BadInput) as refused:
        add(polling, blog.url("/"), feed=3)

    assert (refused.value.reason, refused.value.data["wanted"]) == ("feed_not_there", 3)


@pytest.mark.parametrize(
    "answer",
    [Page(status=404), Page(status=410), Page(body=b"<p>nothing", content_type="text/html")],
    ids=["404", "410", "a page without feeds"],
)
def test_what_cannot_be_read_is_not_followed(polling: Polling, blog: Blog, answer: Page) -> None:
    blog["/feed"] = answer

    with pytest.raises(FetchFailed) as failed:
        add(polling, blog.url("/feed"))

    assert failed.value.reason.startswith(("fetch_", "read_"))
    assert failed.value.data["url"] == blog.url("/feed")
    with polling.store.read() as tx:
        assert tx.sources.find()[0] == 0


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "exec:ls", "|ls", "javascript:alert(1)", "http://"]
)
def test_what_is_no_web_address_is_refused(polling: Polling, url: str) -> None:
    with pytest.raises(BadInput) as refused:
        add(polling, url)

    assert refused.value.reason == "url_refused"


def test_a_feed_is_followed_once(polling: Polling, blog: Blog) -> None:
    blog["/"] = page("/feed")
    blog["/feed"] = rss(post(1))
    first = add(polling, blog.url("/feed"))

    for url in ("/feed", "/"):
        with pytest.raises(Refused) as refused:
            add(polling, blog.url(url))

        assert (refused.value.reason, refused.value.data["id"]) == ("source_exists", first.id)


def test_a_feed_that_has_moved_for_good_is_followed_where_it_is(polling: Polling, blog: Blog) -> None:
    blog["/old"] = Page(status=301, headers=(("Location", "/new"),))
    blog["/new"] = rss(post(1))

    assert add(polling, blog.url("/old")).url == blog.url("/new")


@pytest.mark.parametrize(
    ("draft", "reason"),
    [
        (SourceDraft(language=Lang("italiano!")), "language_invalid"),
        (SourceDraft(interval=timedelta(0)), "interval_invalid"),
        (SourceDraft(interval=timedelta(days=400)), "interval_invalid"),
        (SourceDraft(max_words=0), "max_words_invalid"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_asking(
    polling: Polling, blog: Blog, draft: SourceDraft, reason: str
) -> None:
    with pytest.raises(BadInput) as refused:
        add(polling, blog.url("/feed"), draft=draft)

    assert refused.value.reason == reason
    assert blog.asked == []


# ── check ──


def test_a_check_reads_and_stores_nothing(polling: Polling, blog: Blog) -> None:
    blog["/"] = page("/feed")
    blog["/feed"] = rss(*posts(range(3)), title="Customer Matters")

    check = check_source(polling.web, polling.readers, url=blog.url("/"), now=NOW)

    assert (check.outcome, check.http_status, check.title, len(check.entries)) == (
        "fetched",
        200,
        "Customer Matters",
        3,
    )
    assert (check.url, check.kind) == (blog.url("/feed"), "feed")
    with polling.store.read() as tx:
        assert tx.sources.find()[0] == 0


@pytest.mark.parametrize(
    ("answer", "outcome", "status"),
    [
        (Page(status=500), "failed", 500),
        (Page(status=410), "gone", 410),
        (Page(body=b"<p>x", content_type="text/html"), "failed", 200),
    ],
)
def test_a_check_says_what_is_wrong(
    polling: Polling, blog: Blog, answer: Page, outcome: str, status: int
) -> None:
    blog["/feed"] = answer

    check = check_source(polling.web, polling.readers, url=blog.url("/feed"), now=NOW)

    assert (check.outcome, check.http_status, len(check.problems)) == (outcome, status, 1)


# ── edit, pause, resume, remove ──


def test_an_edit_changes_what_it_says_and_forgets_what_it_clears(polling: Polling) -> None:
    (source_id,) = polling.follow("https://a.example/feed", max_words=50, tags=("cx",))

    source = edit_source(
        polling.store,
        source_id,
        draft=SourceDraft(name="New"),
        clear=["max_words", "interval", "tags"],
        now=NOW,
    )

    assert (source.name, source.max_words, source.interval, source.tags) == ("New", None, None, ())


def test_an_address_that_is_followed_cannot_be_taken_twice(polling: Polling) -> None:
    a, b = polling.follow("https://a.example/feed", "https://b.example/feed")

    with pytest.raises(Refused) as refused:
        edit_source(polling.store, a, draft=SourceDraft(), url="https://b.example/feed", now=NOW)

    assert refused.value.data["id"] == b


def test_the_address_of_a_removed_source_is_for_adding_it_again(polling: Polling, blog: Blog) -> None:
    blog["/b"] = rss(post(1))
    a, b = polling.follow("https://a.example/feed", blog.url("/b"))
    polling.poll([b])
    remove_source(polling.store, b, now=NOW)

    with pytest.raises(Refused) as refused:
        edit_source(polling.store, a, draft=SourceDraft(), url=blog.url("/b"), now=NOW)

    assert refused.value.reason == "source_was_removed"


def test_a_paused_source_is_not_polled_until_it_is_resumed(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    (source_id,) = polling.follow(blog.url("/feed"))

    assert pause_source(polling.store, source_id, now=NOW).status is SourceStatus.PAUSED
    assert polling.poll(everything=True).sources == 0
    assert resume_source(polling.store, source_id, now=NOW).status is SourceStatus.ACTIVE
    assert polling.poll().new == 1


def test_a_removed_source_is_nowhere_but_in_what_came_from_it(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()

    remove_source(polling.store, source_id, now=NOW)

    assert polling.queued_titles() == ["Post 1"]
    for change in (pause_source, resume_source, remove_source):
        with pytest.raises(NotFound):
            change(polling.store, source_id, now=NOW)


def test_a_source_that_comes_back_queues_nothing_twice(polling: Polling, blog: Blog) -> None:
    blog["/feed"] = rss(post(1))
    (source_id,) = polling.follow(blog.url("/feed"))
    polling.poll()
    remove_source(polling.store, source_id, now=NOW)

    again = add(polling, blog.url("/feed"))

    assert again.id == source_id
    assert polling.poll().new == 0
    assert len(polling.queue()) == 1


# ── lists ──

OPML = b"""<opml version="2.0"><head/><body>
<outline text="CX">
  <outline type="rss" text="A" xmlUrl="https://a.example/feed"/>
  <outline type="rss" text="B" xmlUrl="exec:rm -rf"/>
</outline></body></opml>"""


def test_an_import_adds_what_is_new_unseen(polling: Polling) -> None:
    first = import_sources(polling.store, read_opml(OPML), now=NOW)
    again = import_sources(polling.store, read_opml(OPML), now=NOW)

    assert (first.added, first.skipped, [(r.line, r.why) for r in first.refused]) == (
        1,
        0,
        [(4, "url_refused")],
    )
    assert (again.added, again.skipped) == (0, 1)
    with polling.store.read() as tx:
        (source,) = tx.sources.find()[1]
    assert (source.name, source.tags, source.unverified) == ("A", ("CX",), True)


def test_an_import_knows_a_feed_under_another_of_its_names(polling: Polling) -> None:
    polling.follow("https://a.example/feed")
    names = (
        "http://a.example/feed",
        "https://www.a.example/feed/",
        "https://b.example/",
        "https://b.example/#x",
    )
    lines = "".join(f'<outline xmlUrl="{name}"/>' for name in names)
    listed = read_opml(f'<opml version="2.0"><body>{lines}</body></opml>'.encode())

    would = would_import(polling.store, listed)
    did = import_sources(polling.store, listed, now=NOW)

    assert (did.added, did.skipped) == (1, 3)
    assert would == did


def test_what_is_exported_can_be_imported_elsewhere(polling: Polling) -> None:
    polling.follow("https://a.example/feed?x=1&y=2", tags=("cx", "b2b"), language=Lang("it"))
    polling.follow("https://b.example/feed", home_url="https://b.example/")

    listed = read_opml(export_opml(polling.store, title="Rassegna"))

    assert isinstance(listed, SourceList)
    assert [source.url for source in listed.sources] == [
        "https://a.example/feed?x=1&y=2",
        "https://b.example/feed",
    ]
    assert import_sources(polling.store, listed, now=NOW).skipped == 2


def test_an_empty_newsroom_that_imports_an_export_exports_the_same(polling: Polling) -> None:
    selectors = SourcePolicy(selectors={"item": "li", "title": "a", "seen": 9}, full_text=True)
    said = SourceDraft(tags=("cx", "b2b"), language=Lang("it"), max_words=80, license="CC-BY-4.0")
    with polling.store.begin() as tx:
        for n, kind in enumerate(SourceKind):
            draft = replace(said, policy=selectors if kind is SourceKind.PAGE else None)
            tx.sources.add(
                url=f"https://{n}.example/", name=f"N. {n}", kind=kind, draft=draft, unverified=False, now=NOW
            )
    exported = export_opml(polling.store, title="Rassegna")
    with polling.store.read() as tx:
        sources = tx.sources.find()[1]
    for source in sources:
        remove_source(polling.store, source.id, now=NOW)

    assert import_sources(polling.store, read_opml(exported), now=NOW).added == len(SourceKind)
    assert export_opml(polling.store, title="Rassegna") == exported


def test_the_starter_list_twice_is_harmless(polling: Polling) -> None:
    listed = read_starter((shipped("config") / "sources.toml").read_text("utf-8"))

    first = import_sources(polling.store, listed, now=NOW)
    again = import_sources(polling.store, listed, now=NOW)

    assert (first.added, first.skipped) == (len(listed.sources), 0)
    assert (again.added, again.skipped) == (0, len(listed.sources))
