"""A page that is in no feed, on an editor's desk: fetched politely, or from what she saved of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest

from blog import Blog, Page, post, rss
from builders import ITALIAN, MARTA, NOW, PAOLO, SETTINGS
from curator.curate.dossier import Dossier, read_dossier
from curator.curate.usecases import skip, take_up
from curator.edges.readers import Readers
from curator.errors import ClaimedByOther, FetchFailed, MoveNotAllowed
from curator.fetch import Web
from curator.ingest.clipping import clip
from curator.ingest.enriching import enrich
from curator.ingest.usecases import edit_source
from curator.model import Editor, Move, Permission, SourceDraft, Status
from curator.store import Store
from polling import Polling

WORDS = "Customers remember a broken promise for years, and tell everybody who wants to hear about it. "
HEAD = (
    '<meta name="robots" content="noarchive"><meta property="og:site_name" content="The Review">'
    '<script type="application/ld+json">{"@type":"Article","author":{"name":"Ada Rossi"},'
    '"license":"https://creativecommons.org/licenses/by/4.0/"}</script>'
)
TEXT = "Promises that last\n\nBy Ada Rossi\n\n" + WORDS * 2 + "\n\n" + WORDS


def a_page(head: str = HEAD, words: str = WORDS * 3, **served: object) -> Page:
    html = (
        f"<html lang=en><head><title>Promises</title>{head}</head><body><article><h1>Promises</h1>"
        f"<p>{words}</p></article></body></html>"
    )
    return replace(Page(body=html.encode(), content_type="text/html; charset=utf-8"), **served)  # type: ignore[arg-type]


@dataclass
class Clipping:
    polling: Polling
    blog: Blog
    was_new: bool = False

    def clip(self, path: str, *, saved: str | None = None, by: Editor = MARTA) -> Dossier:
        p = self.polling
        item_id, self.was_new = clip(p.store, p.web, p.readers, url=self.address(path), saved=saved, now=NOW)
        take_up(p.store, item_id, by=by, settings=SETTINGS, edition=ITALIAN, now=NOW)
        return read_dossier(p.store, item_id)

    def address(self, path: str) -> str:
        return self.blog.url(path) if path.startswith("/") else path

    def asked(self, path: str) -> int:
        return sum(each == path for each, _ in self.blog.asked)

    def moves(self, item_id: int) -> list[tuple[str, str]]:
        with self.polling.store.read() as tx:
            return [(event.editor, event.move) for event in tx.events.of_item(item_id)]

    def listed(self) -> int:
        with self.polling.store.read() as tx:
            return tx.sources.find()[0]


@pytest.fixture
def clipping(sqlite_store: Store, reading: tuple[Web, Readers], blog: Blog) -> Clipping:
    return Clipping(Polling(sqlite_store, *reading), blog)


@pytest.fixture
def on_both(polling: Polling, blog: Blog) -> Clipping:
    """The same, once on each engine."""
    return Clipping(polling, blog)


def test_a_page_becomes_an_item_on_the_desk_with_all_that_it_states(on_both: Clipping) -> None:
    on_both.blog["/x"] = a_page(headers=(("X-Robots-Tag", "noai"),))

    found = on_both.clip("/x")

    item, source = found.item, found.source
    assert (item.status, item.editor) == (Status.DRAFTING, "marta")
    assert item.excerpt is not None
    assert item.excerpt.text.startswith("Customers remember")
    (credit,) = item.attributions
    assert (credit.title, credit.authors, credit.publisher) == ("Promises", ("Ada Rossi",), "The Review")
    assert (credit.url, credit.license) == (
        on_both.blog.url("/x"),
        "https://creativecommons.org/licenses/by/4.0/",
    )
    assert found.page is not None
    assert found.page.article.opt_outs == ("noarchive", "noai")
    assert source is not None
    assert (source.name, on_both.listed()) == ("The Review", 0)
    assert on_both.moves(item.id)[-1] == ("marta", Move.CLIP)


def test_clipping_twice_is_clipping_once(on_both: Clipping) -> None:
    on_both.blog["/x"] = a_page()

    first = on_both.clip("/x")
    assert on_both.was_new
    again = on_both.clip("/x?utm_source=mail")

    assert again.item == first.item
    assert not on_both.was_new
    assert on_both.asked("/x") == 1
    with pytest.raises(ClaimedByOther):
        on_both.clip("/x", by=PAOLO)


def test_several_who_clip_one_page_at_once_make_one_item_for_one_of_them(on_both: Clipping) -> None:
    def attempt(by: Editor) -> int | None:
        try:
            return on_both.clip("/x", saved=TEXT, by=by).item.id
        except ClaimedByOther:
            return None

    with ThreadPoolExecutor(4) as together:
        done = list(together.map(attempt, [MARTA, PAOLO] * 2))

    item_ids = {item_id for item_id in done if item_id is not None}
    assert (len(item_ids), done.count(None)) == (1, 2)
    assert len(on_both.polling.queue()) == 1


def test_what_is_in_a_feed_already_is_that_item(clipping: Clipping) -> None:
    url = clipping.blog.url("/x")
    clipping.blog["/feed"] = rss(post(1) | {"link": url})
    clipping.polling.follow(clipping.blog.url("/feed"))
    clipping.polling.poll()
    (queued,) = clipping.polling.queue()

    found = clipping.clip("/x")

    assert (found.item.id, found.item.status, clipping.asked("/x")) == (queued.id, Status.DRAFTING, 0)


def test_a_followed_site_is_the_source_of_its_pages_and_a_later_poll_knows_them(clipping: Clipping) -> None:
    clipping.blog["/feed"] = rss(post(1))
    (source_id,) = clipping.polling.follow(clipping.blog.url("/feed"), home_url=clipping.blog.url("/"))
    clipping.blog["/x"] = a_page()

    found = clipping.clip("/x")

    assert found.source is not None
    assert found.source.id == source_id
    clipping.blog["/feed"] = rss(post(1), post(2) | {"link": clipping.blog.url("/x")})
    clipping.polling.later().poll([source_id])
    assert len(clipping.polling.queue()) == 2


def test_another_blog_of_the_same_host_is_not_its_source(clipping: Clipping) -> None:
    clipping.blog["/feed"] = rss(post(1))
    (source_id,) = clipping.polling.follow(clipping.blog.url("/feed"), home_url=clipping.blog.url("/ada"))
    clipping.blog["/ada/x"], clipping.blog["/adam/x"] = a_page(), a_page(words="Other. " + WORDS * 3)

    hers, his = clipping.clip("/ada/x"), clipping.clip("/adam/x")

    assert [found.source.id == source_id for found in (hers, his) if found.source] == [True, False]


def test_one_text_at_two_addresses_is_one_story(on_both: Clipping) -> None:
    store = on_both.polling.store
    texts = {
        "https://one.example/x": TEXT,
        "https://one.example/y": TEXT.replace("Promises that last", "Promises that go on"),
        "https://two.example/x": TEXT,
        "https://one.example/z": "Others\n\n"
        + "The others tell something else of theirs, and nobody minds. " * 3,
    }
    found = []
    for url, saved in texts.items():
        found.append(on_both.clip(url, saved=saved).item.id)
        enrich(store, clock=lambda: NOW)

    same = found[:3]
    siblings = [{each.item_id for each in read_dossier(store, item_id).siblings} for item_id in found]
    assert siblings == [*({*same} - {item_id} for item_id in same), set()]
    assert len({*found}) == len(texts)


def test_a_page_that_has_moved_is_the_item_that_it_was(clipping: Clipping) -> None:
    first, again = clipping.clip("/x", saved=TEXT), clipping.clip("/y", saved=TEXT)

    assert (again.item.id, clipping.was_new) == (first.item.id, False)


def test_a_page_that_refuses_is_said_and_leaves_nothing(clipping: Clipping) -> None:
    paid = '<script type="application/ld+json">{"@type":"Article","isAccessibleForFree":false}</script>'
    refusing = {
        "fetch_http_status": Page(status=403),
        "fetch_gone": Page(status=410),
        "read_article_restricted": a_page(paid),
        "read_not_a_page": Page(body=b"%PDF-1.4", content_type="application/pdf"),
    }
    for code, served in refusing.items():
        clipping.blog[f"/{code}"] = served
        with pytest.raises(FetchFailed) as refusal:
            clipping.clip(f"/{code}")
        assert [problem.code for problem in refusal.value.data["problems"]] == [code]

    assert clipping.polling.entries() == []


def test_robots_txt_is_heeded(clipping: Clipping) -> None:
    clipping.blog["/robots.txt"] = Page(body=b"User-agent: *\nDisallow: /x", content_type="text/plain")
    clipping.blog["/x"] = a_page()

    with pytest.raises(FetchFailed) as refusal:
        clipping.clip("/x")

    assert (refusal.value.data["problems"][0].code, clipping.asked("/x")) == ("fetch_robots", 0)


def test_what_somebody_saved_stands_for_a_page_that_refuses(clipping: Clipping) -> None:
    found = clipping.clip("/x", saved=TEXT)

    assert clipping.blog.asked == []
    assert found.entry is not None
    assert (found.entry.title, found.entry.html.count("<p>")) == ("Promises that last", 2)
    (credit,) = found.item.attributions
    assert (credit.title, credit.authors) == ("Promises that last", ("Ada Rossi",))


def test_a_page_as_a_browser_saves_it_is_read_as_one(clipping: Clipping) -> None:
    walled = a_page(HEAD.replace('"author"', '"isAccessibleForFree":false,"author"')).body.decode()

    found = clipping.clip("/x", saved=f"<!DOCTYPE html>\n{walled}")

    assert found.item.attributions[0].authors == ("Ada Rossi",)
    assert found.item.excerpt is not None
    assert found.item.excerpt.text.startswith("Customers remember")
    assert found.page is not None
    assert found.page.article.opt_outs == ("noarchive",)


def test_a_first_line_that_goes_on_is_no_title(clipping: Clipping) -> None:
    untitled, titled = (
        clipping.clip(path, saved=saved).entry
        for path, saved in (
            ("/1", WORDS),
            ("/2", "# Promises\n" + WORDS),
        )
    )

    assert untitled is not None
    assert titled is not None
    assert (untitled.title, titled.title) == ("", "Promises")
    assert titled.html == untitled.html


def test_a_teaser_in_the_queue_can_be_quoted_from_what_was_saved(on_both: Clipping) -> None:
    on_both.blog["/feed"] = rss(post(1, text="<p>Teaser…</p>") | {"link": on_both.blog.url("/x")})
    on_both.polling.follow(on_both.blog.url("/feed"))
    on_both.polling.poll()

    found = on_both.clip("/x", saved=TEXT)

    assert found.item.excerpt is not None
    assert "Customers remember" in found.item.excerpt.text


def test_an_empty_file_is_no_page(clipping: Clipping) -> None:
    with pytest.raises(FetchFailed) as refusal:
        clipping.clip("/x", saved=" \n\n")

    assert refusal.value.reason == "clip_file_empty"


def test_what_was_skipped_is_not_clipped_behind_anybodys_back(clipping: Clipping) -> None:
    item = clipping.clip("/x", saved=TEXT).item
    skip(clipping.polling.store, [item.id], by=MARTA, edition=ITALIAN, now=NOW)

    with pytest.raises(MoveNotAllowed):
        clipping.clip("/x")


def test_a_site_that_nobody_follows_can_permit_its_whole_texts(on_both: Clipping) -> None:
    found = on_both.clip("/x", saved=TEXT)
    assert found.source is not None
    allowed = SourceDraft(permission=Permission(text="Mail", by="marta", at=NOW))

    edited = edit_source(on_both.polling.store, found.source.id, draft=allowed, now=NOW)

    assert edited.policy.permission == allowed.permission
    assert on_both.listed() == 0
