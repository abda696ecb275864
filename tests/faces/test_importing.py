"""`curator import` as it is typed: what it answers, what people read, and what is seen of it later."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blogpages import BLOG, block_listing, classic, classic_listing, classic_single, page
from curator.faces.interrupting import interruptible
from curator.importing.site import Site
from newsroom import Newsroom, Page, serving

NOTE = "<p>NOTA AICEX: mantenere una promessa basta, e non serve superarla.</p>"
QUOTED = (
    "<p>Keeping a promise is enough, and nobody thanks you for more than you said you would do.</p>"
    '<p>Source: <a href="https://review.example/keep">https://review.example/keep</a></p>'
)


@pytest.fixture
def newsroom(tmp_path: Path) -> Iterator[Newsroom]:
    with serving() as web:
        yield Newsroom(tmp_path / "newsroom", web)


def saved(folder: Path, **pages: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for name, document in pages.items():
        (folder / f"{name}.html").write_bytes(document)
    return folder


def listing(*titles: str, quoted: str = QUOTED) -> bytes:
    return classic_listing(*(classic(n, title, NOTE + quoted) for n, title in enumerate(titles, start=1)))


def test_saved_pages_become_items(newsroom: Newsroom, tmp_path: Path) -> None:
    folder = saved(tmp_path / "blog", uno=listing("La promessa", "Il patto"))

    done = newsroom.ask("import", folder)

    assert {
        name: done[name] for name in ("seen", "created", "unchanged", "drafts", "left_out", "stopped")
    } == {
        "seen": 2,
        "created": 2,
        "unchanged": 0,
        "drafts": 0,
        "left_out": [],
        "stopped": False,
    }
    items = newsroom.ask("items", "--status", "published")["items"]
    assert {each["headline"] for each in items} == {"La promessa", "Il patto"}
    assert {each["published_at"] for each in items} == {"2014-03-05T08:30:00Z"}


def test_a_rehearsal_says_the_same_and_writes_nothing(newsroom: Newsroom, tmp_path: Path) -> None:
    folder = saved(tmp_path / "blog", uno=listing("La promessa", "Il patto"))

    rehearsed = newsroom.ask("import", folder, "--dry-run")

    assert newsroom.ask("items")["total"] == 0
    assert rehearsed.pop("dry_run") is True
    done = newsroom.ask("import", folder)
    assert {each["item"] for each in rehearsed["problems"]} <= {None}
    numberless = [each | {"item": None} for each in done.pop("problems")]
    assert rehearsed.pop("problems") == numberless
    assert rehearsed == done


def test_again_changes_nothing(newsroom: Newsroom, tmp_path: Path) -> None:
    folder = saved(tmp_path / "blog", uno=listing("La promessa", "Il patto"))
    newsroom.ask("import", folder)

    again = newsroom.ask("import", folder)

    assert (again["created"], again["unchanged"], again["changed"], again["redirects"]) == (0, 2, 0, 0)


def test_an_item_says_what_it_was_made_of(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.ask("import", saved(tmp_path / "blog", uno=classic_single(NOTE + QUOTED)))

    item = newsroom.ask("show", 1)

    (original,) = item["imported"]["originals"]
    assert (original["form"], original["place"]) == ("page", "uno.html")
    assert (original["permalink"], original["guid"]) == (f"{BLOG}/2014/03/post-12/", None)
    assert (original["published"], original["changed"]) == ("2014-03-05T08:30:00Z", None)
    assert item["imported"]["confidence"]["headline"] == "sure"
    assert (item["entry"], item["source"], item["source_changed"]) == (None, None, False)
    assert "Imported " in newsroom.curator("show", 1).out
    (event,) = newsroom.ask("history", 1)["events"]
    assert (event["move"], event["editor"]) == ("import", "marta")


def test_the_original_is_kept_and_shown_as_text(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.ask("import", saved(tmp_path / "blog", uno=classic_single(NOTE + QUOTED)))

    (kept,) = newsroom.ask("show", 1, "--entry")["originals"]
    said = newsroom.curator("show", 1, "--entry").out

    assert "<p>NOTA AICEX: mantenere" in kept["raw"]
    assert f"{BLOG}/2014/03/post-12/" in said
    assert "NOTA AICEX: mantenere una promessa basta" in said
    assert "<p>" not in said


def test_what_the_blog_has_changed_is_shown_and_not_taken(newsroom: Newsroom, tmp_path: Path) -> None:
    folder = saved(tmp_path / "blog", uno=classic_single(NOTE + QUOTED))
    newsroom.ask("import", folder)
    other = classic_single(NOTE.replace("mantenere", "tenere") + QUOTED)

    done = newsroom.ask("import", saved(folder, uno=other))

    item = newsroom.ask("show", 1, "--diff")
    assert done["changed"] == 1
    assert item["source_changed"] is True
    assert item["note"].startswith("mantenere")
    assert [each["field"] for each in item["changes"]] == ["note"]
    assert "[-mantenere-] {+tenere+}" in newsroom.curator("show", 1, "--diff").out
    assert [each["id"] for each in newsroom.ask("items", "--problem", "import_changed")["items"]] == [1]
    listed = newsroom.ask("problems")["problems"]
    assert {"code": "import_changed", "waivable": False, "blocks": False} in listed


def test_items_are_found_by_what_their_import_doubted(newsroom: Newsroom, tmp_path: Path) -> None:
    undated = page(f"<article><h1>Senza data</h1><div class='post-content'>{NOTE}{QUOTED}</div></article>")
    newsroom.ask("import", saved(tmp_path / "blog", uno=classic_single(NOTE + QUOTED), due=undated))

    found = newsroom.ask("items", "--problem", "import_date_missing")["items"]

    assert [each["headline"] for each in found] == ["Senza data"]
    assert (found[0]["published_at"], found[0]["updated_at"]) == (None, None)
    assert found[0]["editions"]["it"]["published_at"] is None
    assert "import_date_missing" in newsroom.curator("show", found[0]["id"]).out


def test_what_is_left_out_is_said_with_why(newsroom: Newsroom, tmp_path: Path) -> None:
    folder = saved(
        tmp_path / "blog",
        elenco=block_listing(),
        nulla=page("<h1>Pagina non trovata</h1>", marks="error404"),
        uno=classic_single(NOTE + QUOTED),
    )

    done = newsroom.ask("import", folder)

    assert done["seen"] == 1
    assert [(each["place"], each["code"]) for each in done["left_out"]] == [
        ("elenco.html#1", "import_excerpt_only"),
        ("elenco.html#2", "import_excerpt_only"),
        ("nulla.html", "import_page_without_posts"),
    ]


def test_people_read_what_came_of_it_and_what_to_type_next(newsroom: Newsroom, tmp_path: Path) -> None:
    folder = saved(tmp_path / "blog", uno=listing(*"abcde", quoted="<p>A quotation of nobody.</p>"))

    said = newsroom.curator("import", folder).out

    assert said.splitlines()[0] == "5 posts read: 5 new items, 0 imported before."
    assert "5 × attribution_missing" in said
    assert "1, 2, 3, 4, 5 — curator items --problem attribution_missing" in said
    assert "curator publish" in said


def test_a_rehearsal_tells_people_that_it_was_one(newsroom: Newsroom, tmp_path: Path) -> None:
    folder = saved(tmp_path / "blog", uno=listing("a", "b"))

    said = newsroom.curator("import", folder, "--dry-run", CURATOR_LOCALE="it").out

    assert said.startswith("Letti 2 post: ne verrebbero 2 elementi nuovi")
    assert "items --problem" not in said
    assert said.rstrip().endswith("senza --dry-run.")


def test_a_folder_of_nothing_is_refused_in_words(newsroom: Newsroom, tmp_path: Path) -> None:
    said = newsroom.curator("import", tmp_path / "nowhere", "--json", ok=False)

    assert said.status == 1
    assert said.json["error"]["code"] == "import_nothing_there"


# ── stopping ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_and_a_second_one_ends(number: signal.Signals) -> None:
    before = signal.getsignal(number)

    with interruptible() as stopping:
        assert not stopping()
        signal.raise_signal(number)
        assert stopping()
        assert signal.getsignal(number) is before

    assert signal.getsignal(number) is before


class Interrupting(Page):
    """Whoever asks for it is sent Ctrl-C while it is answered."""

    sent = False

    def __getattribute__(self, name: str) -> Any:
        if name == "body" and not self.sent:
            self.sent = True
            signal.raise_signal(signal.SIGINT)
        return super().__getattribute__(name)


def test_an_interrupted_import_keeps_what_it_has_and_goes_on(newsroom: Newsroom) -> None:
    here = newsroom.web.url("").encode()
    first, second, third = (
        listing(title)
        .replace(BLOG.encode(), here)
        .replace(b"post-1", f"post-{n}".encode())
        .replace(b"/page/2/", f"/page/{n + 1}/".encode())
        for n, title in enumerate(("La promessa", "Il patto", "La prima"), start=1)
    )
    newsroom.web["/"] = first
    newsroom.web["/page/2/"] = Interrupting(second)
    newsroom.web["/page/3/"] = third

    stopped = newsroom.curator("import", newsroom.web.url("/"), ok=False)
    kept = newsroom.ask("items")["total"]
    rest = newsroom.ask("import", newsroom.web.url("/"))

    assert stopped.status == 130
    assert f"curator import {newsroom.web.url('/')}" in stopped.err
    assert 1 <= kept < 3
    assert (rest["created"], rest["unchanged"], rest["stopped"]) == (3 - kept, kept, False)


def test_a_draft_of_the_blog_is_written_on_as_any_item(newsroom: Newsroom, tmp_path: Path) -> None:
    private = classic_single(NOTE + QUOTED).replace(b"status-publish", b"status-private")
    done = newsroom.ask("import", saved(tmp_path / "blog", uno=private))

    written = newsroom.ask("write", 1, "--headline", "Un altro titolo")

    assert (done["created"], done["drafts"]) == (1, 1)
    assert (written["status"], written["headline"]) == ("drafting", "Un altro titolo")
    assert written["note"].startswith("mantenere")
    assert newsroom.ask("release", 1)["items"][0]["note"].startswith("mantenere")


# ── afterwards ──────────────────────────────────────────────────────────────


def undated(title: str = "Senza data", quoted: str = QUOTED) -> bytes:
    return page(f"<article><h1>{title}</h1><div class='post-content'>{NOTE}{quoted}</div></article>")


def test_a_publish_says_how_many_imported_items_readers_get(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.ask("import", saved(tmp_path / "blog", uno=listing("La promessa", "Il patto")))

    rehearsed = newsroom.ask("publish", "--dry-run")
    said = newsroom.curator("publish").out
    again = newsroom.ask("publish")

    assert sorted(rehearsed["imported"]) == [1, 2]
    assert "2 more imported items" in said.splitlines()[1]
    assert again["imported"] == []


def test_a_rehearsed_publish_speaks_of_imported_items(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.ask("import", saved(tmp_path / "blog", uno=listing("La promessa")))

    said = newsroom.curator("publish", "--dry-run").out

    assert "one more imported item" in said
    assert "nothing to publish" not in said


def test_beside_items_without_a_date_nobody_says_that_there_is_nothing(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    public = newsroom.folder / "public"
    newsroom.ask("publish")
    before = (public / "feed" / "index.html").read_text()
    newsroom.ask("import", saved(tmp_path / "blog", uno=undated()))
    newsroom.ask("publish")

    assert 'class="nothing"' in before
    assert 'class="nothing"' not in (public / "feed" / "index.html").read_text()


def test_a_list_of_a_source_names_it_beside_the_others(newsroom: Newsroom, tmp_path: Path) -> None:
    two = QUOTED + '<p>Source: <a href="https://hbr.org/2019/05/ask">https://hbr.org/2019/05/ask</a></p>'
    newsroom.ask("import", saved(tmp_path / "blog", uno=classic_single(NOTE + two)))
    newsroom.ask("publish")

    said = (newsroom.folder / "public" / "sources" / "hbr.org" / "index.html").read_text()

    assert "Harvard Business Review" in said.partition('class="from"')[2]


def test_lists_show_since_when_readers_have_an_imported_item(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.ask("import", saved(tmp_path / "blog", uno=classic_single(NOTE + QUOTED), due=undated()))

    for listed in (newsroom.curator("items").out, newsroom.curator("search", "promessa").out):
        assert sorted(row.split("\t")[2][:10] for row in listed.splitlines()) == ["", "2014-03-05"]


def test_problems_are_counted_by_posts(newsroom: Newsroom, tmp_path: Path) -> None:
    two = QUOTED + '<p>Source: <a href="https://a.example/1">https://a.example/1</a></p>'

    said = newsroom.curator("import", saved(tmp_path / "blog", uno=listing(*"abc", quoted=two)), "--dry-run")

    counts = [line.split()[0] for line in said.out.splitlines() if "× attribution_missing" in line]
    assert counts == ["3"]


def test_what_came_of_a_blog_that_breaks_off_is_told(
    newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "pause", lambda _site, _seconds, _failed: None)  # has tests of its own
    here = newsroom.web.url("").encode()
    newsroom.web["/"] = listing("La promessa").replace(BLOG.encode(), here)
    newsroom.web["/page/2/"] = Page(b"", status=500)

    answered = newsroom.curator("import", newsroom.web.url("/"), "--dry-run", "--json", ok=False)
    said = newsroom.curator("import", newsroom.web.url("/"), ok=False)

    assert (answered.status, said.status) == (1, 1)
    assert answered.json["error"]["code"] == "import_broken_off"
    assert answered.json["error"]["data"]["came"]["created"] == 1
    assert said.out.startswith("One post read: 1 new")
    assert "attribution_missing" in said.out
    assert "broke off" in said.err
