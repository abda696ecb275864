"""From the desk to readers: what is ready goes out, whole, once, and stays findable."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partialmethod
from io import BytesIO
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import brotli  # type: ignore[import-untyped]  # it has no types
import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source, an_entry
from curator.curate.usecases import approve, undo, withdraw, write
from curator.curate.writing import Writing
from curator.errors import OutputFailed, TemplateBroken
from curator.model import Publication, Status
from curator.publish import manifest, press, usecases
from curator.publish.usecases import Published, preview_item, publish_due, publish_edition, rehearse
from curator.settings import Edition, PublishSettings, Settings
from curator.store import Store
from curator.store.publications import Publications
from feedrules import findings
from publishing import ENGLISH, an_attribution

LATER = NOW + timedelta(hours=1)
BASE = "https://rassegna.example/"
UNPACKED: Mapping[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(
        SETTINGS,
        newsroom=tmp_path,
        publish=PublishSettings(directory=tmp_path / "public", base_url=BASE),
        editions={"it": ITALIAN, "en": ENGLISH},
    )


def a_ready_item(store: Store, settings: Settings, *, edition: Edition = ITALIAN, **said: Any) -> int:
    """In the queue, written and approved; said: the entry's guid, and the words of Writing."""
    entry = {"guid": said.pop("guid", "entry-1"), "source_id": said.pop("source_id", None)}
    at = said.pop("at", None)
    item_id = a_queued_item(store, **entry)
    desk: dict[str, Any] = {"by": MARTA, "settings": settings, "edition": edition, "now": NOW}
    words = {"headline": "Mantenere basta", "note": "Le promesse si mantengono."} | said
    write(store, item_id, Writing(**words), **desk)
    approve(store, [item_id], at=at, **desk)
    return item_id


def several_ready_items(store: Store, settings: Settings, count: int) -> list[int]:
    source_id = a_source(store)
    return [a_ready_item(store, settings, source_id=source_id, guid=f"entry-{n}") for n in range(count)]


def published(store: Store, settings: Settings, *, edition: Edition = ITALIAN, now: Any = NOW) -> Published:
    return publish_edition(store, settings, edition=edition, by=MARTA, now=now)


def correct(store: Store, settings: Settings, item_id: int, **words: Any) -> None:
    write(store, item_id, Writing(**words), by=MARTA, settings=settings, edition=ITALIAN, now=LATER)


def the_feed(settings: Settings, folder: str = "") -> Any:
    document = (settings.publish.directory / folder / "feed.atom").read_bytes()
    assert findings(document, self_url=f"{BASE}{folder}feed.atom") == []
    rss = (settings.publish.directory / folder / "feed.rss").read_bytes()
    assert findings(rss, self_url=f"{BASE}{folder}feed.rss") == []
    return feedparser.parse(BytesIO(document))


def the_files(settings: Settings) -> dict[str, bytes]:
    """Packed forms and the manifest, too; but not what a publish keeps of the one before."""
    root = settings.publish.directory
    found = {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}
    return {path: content for path, content in found.items() if not path.startswith(manifest.BEFORE)}


def the_texts(settings: Settings) -> dict[str, str]:
    """All that readers could ask for now, unpacked."""
    return {
        path: content.decode()
        for path, content in the_files(settings).items()
        if not path.endswith((".gz", ".br")) and not path.startswith(".curator")
    }


def page(settings: Settings, path: str) -> str:
    return (settings.publish.directory / path).read_text("utf-8")


def test_what_is_ready_reaches_readers_everywhere(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings)

    done = published(store, settings)

    [entry] = the_feed(settings).entries
    assert (done.published, done.corrected, done.withdrawn, done.held) == ((item_id,), (), (), ())
    assert entry.title == "Mantenere basta"
    assert entry.link == f"{BASE}items/mantenere-basta.html"
    assert "NOTA AICEX:</strong> Le promesse si mantengono." in entry.content[0].value
    assert entry.contributors[0].name == "Ada Example"
    assert "Le promesse si mantengono." in page(settings, "items/mantenere-basta.html")
    assert "items/mantenere-basta.html" in page(settings, "index.html")
    assert "Mantenere basta" in page(settings, "archive/2026-03.html")
    assert "2026-03.html" in page(settings, "archive/index.html")
    assert "Mantenere basta" in page(settings, "sources/blog.example/index.html")
    assert "Mantenere basta" in page(settings, "languages/en/feed.atom")
    assert "Mantenere basta" in page(settings, "search/1.json")
    assert "items/mantenere-basta.html" in page(settings, "sitemap-2026-03.xml")
    assert json.loads(page(settings, "feed.json"))["items"][0]["title"] == "Mantenere basta"
    assert done.addresses == (
        BASE,
        f"{BASE}feed.atom",
        f"{BASE}feed.rss",
        f"{BASE}feed.json",
        f"{BASE}items/mantenere-basta.html",
    )
    assert all(path.is_file() for path in done.files)


def test_the_desk_knows_what_readers_have(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings)

    published(store, settings)

    with store.read() as tx:
        item = tx.items.get(item_id)
        [event] = tx.events.of_item(item_id)[-1:]
        public = tx.publications.get(item_id, "it")
    assert item.status_in("it") is Status.PUBLISHED
    assert (event.move, event.editor, event.edition) == ("publish", "marta", "it")
    assert public is not None
    assert public.item_version == item.version


def test_the_same_state_makes_the_same_bytes_and_touches_nothing(store: Store, settings: Settings) -> None:
    several_ready_items(store, settings, 3)
    published(store, settings)
    before = the_files(settings)

    again = published(store, settings, now=NOW + timedelta(days=9))

    assert again.written == ()
    assert the_files(settings) == before


def test_a_tree_that_was_lost_is_written_again_byte_for_byte(store: Store, settings: Settings) -> None:
    several_ready_items(store, settings, 2)
    published(store, settings)
    before = the_files(settings)
    settings.publish.directory.rename(settings.newsroom / "lost")

    published(store, settings, now=LATER)

    assert the_files(settings) == before


def test_every_edition_has_its_pages_and_feeds_though_there_is_nothing_in_it(
    store: Store, settings: Settings
) -> None:
    done = published(store, settings)

    assert the_feed(settings).entries == []
    assert the_feed(settings, "en/").entries == []
    of_each = {
        *("index.html", "feed.atom", "feed.rss", "feed.json"),
        *("about/index.html", "archive/index.html", "feed/index.html", "languages/index.html"),
        *("newsletter/index.html", "search/index.html", "sources/index.html", "tags/index.html"),
        *("sitemap.xml", "sitemap-pages.xml"),
    }
    shared = {"404.html", "icon.svg", "robots.txt", "search.js", "style.css"}
    found = {p.relative_to(settings.publish.directory).as_posix() for p in done.files}
    assert found == of_each | {f"en/{path}" for path in of_each} | shared


def test_an_edition_that_is_added_to_the_settings_has_its_files_at_the_next_publish(
    store: Store, settings: Settings
) -> None:
    alone = replace(settings, editions={"it": ITALIAN})
    a_ready_item(store, alone)
    published(store, alone)
    nothing_due = publish_due(store, alone, edition=ITALIAN, now=LATER)

    due = publish_due(store, settings, edition=ITALIAN, now=LATER)
    published(store, settings, now=LATER)

    assert (nothing_due, due) == (False, True)
    assert the_feed(settings, "en/").feed.language == "en"
    assert "en/index.html" in page(settings, "index.html")


def test_an_edition_that_left_the_settings_takes_its_files_along(store: Store, settings: Settings) -> None:
    published(store, settings)
    alone = replace(settings, editions={"it": ITALIAN})

    published(store, alone, now=LATER)

    assert not (settings.publish.directory / "en").exists()
    assert "en/index.html" not in page(settings, "index.html")


@pytest.mark.parametrize(
    "changed",
    [
        {"feed_items": 2},
        {"page_items": 1},
        {"base_url": "https://altrove.example/"},
        {"hubs": ("https://hub.example/",)},
    ],
)
def test_other_settings_are_a_reason_to_publish(
    sqlite_store: Store, settings: Settings, changed: dict[str, Any]
) -> None:
    several_ready_items(sqlite_store, settings, 3)
    published(sqlite_store, settings)
    other = replace(settings, publish=replace(settings.publish, **changed))

    due = publish_due(sqlite_store, other, edition=ITALIAN, now=LATER)
    done = published(sqlite_store, other, now=LATER)

    assert due
    assert done.written
    assert not publish_due(sqlite_store, other, edition=ITALIAN, now=LATER)


def test_another_folder_is_a_reason_to_publish_and_an_empty_one(
    sqlite_store: Store, settings: Settings
) -> None:
    a_ready_item(sqlite_store, settings)
    published(sqlite_store, settings)
    elsewhere = replace(
        settings, publish=replace(settings.publish, directory=settings.newsroom / "elsewhere")
    )

    due_elsewhere = publish_due(sqlite_store, elsewhere, edition=ITALIAN, now=LATER)
    published(sqlite_store, elsewhere, now=LATER)
    nothing_due = publish_due(sqlite_store, elsewhere, edition=ITALIAN, now=LATER)
    shutil.rmtree(elsewhere.publish.directory)
    due_again = publish_due(sqlite_store, elsewhere, edition=ITALIAN, now=LATER)

    assert (due_elsewhere, nothing_due, due_again) == (True, False, True)


def test_another_template_or_label_is_a_reason_to_publish(sqlite_store: Store, settings: Settings) -> None:
    published(sqlite_store, settings)
    named = replace(ITALIAN, labels={"about": "Chi scrive qui"})
    labelled = replace(settings, editions={"it": named, "en": ENGLISH})
    due_for_a_label = publish_due(sqlite_store, labelled, edition=named, now=LATER)
    templates = settings.newsroom / settings.publish.templates
    templates.mkdir(parents=True)
    (templates / "footer.html").write_text("<footer><p>Fatto in casa</p></footer>", "utf-8")

    due_for_a_template = publish_due(sqlite_store, settings, edition=ITALIAN, now=LATER)
    published(sqlite_store, settings, now=LATER)

    assert (due_for_a_label, due_for_a_template) == (True, True)
    assert "Fatto in casa" in page(settings, "index.html")
    assert not publish_due(sqlite_store, settings, edition=ITALIAN, now=LATER)


def test_a_broken_template_stops_a_publish_before_anything_is_said(
    sqlite_store: Store, settings: Settings
) -> None:
    published(sqlite_store, settings)
    item_id = a_ready_item(sqlite_store, settings)
    before = the_files(settings)
    templates = settings.newsroom / settings.publish.templates
    templates.mkdir(parents=True)
    (templates / "item.html").write_text("<h1>\n{% if %}", "utf-8")

    with pytest.raises(TemplateBroken) as broken:
        published(sqlite_store, settings, now=LATER)

    assert (broken.value.data["path"], broken.value.data["line"]) == (str(templates / "item.html"), 2)
    assert the_files(settings) == before
    with sqlite_store.read() as tx:
        assert tx.items.get(item_id).status_in("it") is Status.READY
        assert tx.publications.get(item_id, "it") is None


def test_items_published_at_once_are_in_order_and_never_updated_at_the_same_moment(
    store: Store, settings: Settings
) -> None:
    ids = several_ready_items(store, settings, 5)

    assert published(store, settings).published == tuple(ids)

    entries = the_feed(settings).entries
    assert len({entry.updated for entry in entries}) == 5
    assert [e.updated for e in entries] == sorted((e.updated for e in entries), reverse=True)


def test_a_feed_holds_as_many_as_the_settings_say_and_the_archive_all(
    store: Store, settings: Settings
) -> None:
    several_ready_items(store, settings, 3)
    few = replace(settings, publish=replace(settings.publish, feed_items=2))

    published(store, few)

    assert len(feedparser.parse(few.publish.directory / "feed.rss").entries) == 2
    assert page(few, "archive/2026-03.html").count("<li><time") == 3


def test_what_is_older_than_the_feed_is_in_its_archive(store: Store, settings: Settings) -> None:
    several_ready_items(store, settings, 5)
    few = replace(settings, publish=replace(settings.publish, feed_items=2))

    published(store, few)

    walk = [the_feed(few)]
    while older := [link.href for link in walk[-1].feed.links if link.rel == "prev-archive"]:
        walk.append(feedparser.parse(few.publish.directory / older[0].removeprefix(BASE)))
    assert [len(document.entries) for document in walk] == [3, 2]
    assert len({entry.id for document in walk for entry in document.entries}) == 5
    assert json.loads(page(few, "feed.json"))["next_url"] == f"{BASE}archive/2026-03.json"


def test_a_scheduled_item_waits_for_its_time(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings, at=LATER)

    assert published(store, settings).published == ()
    assert published(store, settings, now=LATER).published == (item_id,)


def test_a_correction_in_progress_does_not_leak(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings)
    published(store, settings)
    before = the_files(settings)

    correct(store, settings, item_id, note="Riscritta.")

    # Another process builds the outputs meanwhile: from what readers have.
    settings.publish.directory.rename(settings.newsroom / "lost")
    with store.read() as tx:
        assert tx.publications.live("it")[0].content.note == "Le promesse si mantengono."
    (settings.newsroom / "lost").rename(settings.publish.directory)
    assert the_files(settings) == before


def test_a_correction_goes_out_under_the_same_address_and_id(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings)
    published(store, settings)
    [old] = the_feed(settings).entries
    correct(store, settings, item_id, headline="Mantenere non basta", correction="Il titolo diceva altro.")

    done = published(store, settings, now=LATER)

    [new] = the_feed(settings).entries
    assert (done.published, done.corrected) == ((), (item_id,))
    assert (new.id, new.link, new.published) == (old.id, old.link, old.published)
    assert new.title == "Mantenere non basta"
    assert new.updated_parsed.tm_hour == 10
    assert "Il titolo diceva altro." in page(settings, "items/mantenere-basta.html")
    assert "2 marzo 2026" in page(settings, "items/mantenere-basta.html")
    assert published(store, settings, now=LATER).corrected == ()


def test_a_correction_line_keeps_its_date_when_something_else_is_corrected_later(
    store: Store, settings: Settings
) -> None:
    item_id = a_ready_item(store, settings)
    published(store, settings)
    correct(store, settings, item_id, note="Riscritta.", correction="La nota diceva altro.")
    published(store, settings, now=LATER)

    correct(store, settings, item_id, headline="Mantenere non basta")
    published(store, settings, now=LATER + timedelta(days=5))

    shown = page(settings, "items/mantenere-basta.html")
    [line] = re.findall(r'<p class="correction".*?</p>', shown, re.DOTALL)
    assert "2 marzo 2026" in line
    assert "La nota diceva altro." in line
    assert "7 marzo 2026" not in line


def test_a_minor_correction_leaves_updated_alone(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings)
    published(store, settings)
    [old] = the_feed(settings).entries
    correct(store, settings, item_id, note="Le promesse si mantengono!", minor=True)

    assert published(store, settings, now=LATER).corrected == (item_id,)

    [new] = the_feed(settings).entries
    assert new.updated == old.updated
    assert "si mantengono!" in new.content[0].value


def test_a_correction_with_something_missing_is_held_and_said(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings)
    published(store, settings)
    correct(store, settings, item_id, headline="")

    done = published(store, settings, now=LATER)

    [held] = done.held
    assert (held.item_id, [p.code for p in held.problems]) == (item_id, ["headline_missing"])
    assert the_feed(settings).entries[0].title == "Mantenere basta"


def test_a_change_that_readers_do_not_see_is_no_correction(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings)
    published(store, settings)
    correct(store, settings, item_id, note="Altro.")
    correct(store, settings, item_id, note="Le promesse si mantengono.")

    done = published(store, settings, now=LATER)

    assert (done.corrected, done.written) == ((), ())


def test_a_revision_of_the_source_changes_nothing_that_readers_have(store: Store, settings: Settings) -> None:
    source_id = a_source(store)
    item_id = a_ready_item(store, settings, source_id=source_id)
    published(store, settings)
    an_entry(store, source_id, title="Rewritten!", html="<p>Something else.</p>")

    correct(store, settings, item_id, note="Altro.")
    done = published(store, settings, now=LATER)

    assert done.corrected == (item_id,)
    assert "Customers remember a broken promise." in the_feed(settings).entries[0].content[0].value


def test_a_correction_of_what_the_feeds_hold_no_longer_is_in_them(
    sqlite_store: Store, settings: Settings
) -> None:
    store, settings = sqlite_store, replace(settings, publish=replace(settings.publish, feed_items=2))
    old, *_ = several_ready_items(store, settings, 6)
    published(store, settings)
    correct(store, settings, old, headline="Corretto davvero", correction="Era sbagliato.")
    published(store, settings, now=LATER)
    telling = {path for path, text in the_texts(settings).items() if "Corretto davvero" in text}

    correct(store, settings, old + 1, note="Una virgola.", minor=True)
    published(store, settings, now=LATER)

    feeds = {f"{folder}feed.{kind}" for folder in ("", "languages/en/") for kind in ("atom", "rss", "json")}
    assert telling >= feeds
    assert not [path for path in telling if path.startswith("archive/") and not path.endswith(".html")]
    assert [entry.title for entry in the_feed(settings).entries][2:] == ["Corretto davvero"]
    assert "Una virgola." in page(settings, "archive/2026-03.atom")


def test_a_withdrawn_item_leaves_every_output_and_its_page_says_so(store: Store, settings: Settings) -> None:
    gone, stays = several_ready_items(store, settings, 2)
    published(store, settings)
    withdraw(store, gone, reason="diffida", public_note="Ritirato.", by=MARTA, edition=ITALIAN, now=LATER)

    done = published(store, settings, now=LATER)

    assert done.withdrawn == (gone,)
    assert [entry.link for entry in the_feed(settings).entries] == [f"{BASE}items/mantenere-basta-2.html"]
    texts = {path: text for path, text in the_texts(settings).items() if path != "items/mantenere-basta.html"}
    assert [path for path, text in texts.items() if "items/mantenere-basta.html" in text] == []
    assert "Ritirato." in page(settings, "items/mantenere-basta.html")
    assert [path for path, text in the_texts(settings).items() if "diffida" in text] == []
    assert done.outputs.manifest.files["items/mantenere-basta.html"].gone
    assert "deleted-entry" in page(settings, "feed.atom")
    assert "deleted-entry" in page(settings, "languages/en/feed.atom")
    with store.read() as tx:
        assert [p.item_id for p in tx.publications.live("it")] == [stays]
    assert published(store, settings, now=LATER).withdrawn == ()


def test_whatever_an_item_names_its_page_leads_to_pages_that_are_there(
    store: Store, settings: Settings
) -> None:
    a_ready_item(store, settings)
    published(store, settings)
    sources = (
        an_attribution(url=f"https://{'.'.join(['a' * 60] * 6)}.example/x"),
        an_attribution(url=None, publisher="La \x0bRivista " * 40),
        an_attribution(url="ftp://files.example/x", publisher="../../Rivista"),
    )
    tags = ("a\x0bb", "\x0b", "c\ufffed")
    with store.begin() as tx:
        [public] = tx.publications.live("it")
        tx.publications.correct(
            public, replace(public.content, tags=tags, attributions=sources), item_version=9, at=None
        )

    published(store, settings, now=LATER)

    linked = re.findall(r'href="\.\./([^"]*\.html)"', page(settings, "items/mantenere-basta.html"))
    assert [path for path in linked if not (settings.publish.directory / path).is_file()] == []
    assert len([path for path in linked if path.startswith(("tags/", "sources/"))]) >= 5
    assert findings(page(settings, "feed.atom").encode(), self_url=f"{BASE}feed.atom") == []


def test_a_page_of_a_source_is_called_what_links_to_it_say(sqlite_store: Store, settings: Settings) -> None:
    several_ready_items(sqlite_store, settings, 2)
    published(sqlite_store, settings)
    with sqlite_store.begin() as tx:
        for public, name in zip(tx.publications.live("it"), ("Ada scrive", "Bob scrive"), strict=True):
            source = an_attribution(url="https://medium.example/x", publisher=name)
            stored = replace(public.content, attributions=(source,))
            tx.publications.correct(public, stored, item_version=9, at=None)

    published(sqlite_store, settings, now=LATER)

    link = '<a href="../sources/medium.example/index.html" lang="und">medium.example</a>'
    assert link in page(settings, "items/mantenere-basta.html")
    assert link in page(settings, "items/mantenere-basta-2.html")
    assert 'lang="und">medium.example</' in page(settings, "sources/medium.example/index.html")


def test_an_undone_withdrawal_was_never_seen(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings)
    published(store, settings)
    before = the_files(settings)
    withdraw(store, item_id, reason="diffida", public_note=None, by=MARTA, edition=ITALIAN, now=LATER)
    undo(store, item_id, by=MARTA, now=LATER)

    done = published(store, settings, now=LATER)

    assert (done.withdrawn, done.corrected) == ((), ())
    assert the_files(settings) == before


def test_a_crash_between_the_store_and_the_files_is_made_good_by_the_next_run(
    store: Store, settings: Settings
) -> None:
    item_id = a_ready_item(store, settings)
    settings.publish.directory.write_bytes(b"no directory can be made here")

    with pytest.raises(OutputFailed):
        published(store, settings)
    assert publish_due(store, settings, edition=ITALIAN, now=NOW)
    settings.publish.directory.unlink()
    done = published(store, settings, now=LATER)

    assert done.published == ()
    assert the_feed(settings).entries[0].id
    assert not publish_due(store, settings, edition=ITALIAN, now=LATER)
    with store.read() as tx:
        public = tx.publications.get(item_id, "it")
    assert public is not None
    assert public.published_at == NOW


def test_a_publish_is_due_when_there_is_something_to_do(store: Store, settings: Settings) -> None:
    published(store, settings)
    quiet = publish_due(store, settings, edition=ITALIAN, now=NOW)
    item_id = a_ready_item(store, settings)
    ready = publish_due(store, settings, edition=ITALIAN, now=NOW)
    published(store, settings)
    correct(store, settings, item_id, note="Altro.")

    assert (quiet, ready, publish_due(store, settings, edition=ITALIAN, now=NOW)) == (False, True, True)


def test_what_was_held_is_not_due_again_until_an_editor_has_changed_it(
    store: Store, settings: Settings
) -> None:
    item_id = a_ready_item(store, settings)
    published(store, settings)
    correct(store, settings, item_id, headline="")
    published(store, settings)
    held = publish_due(store, settings, edition=ITALIAN, now=NOW)

    correct(store, settings, item_id, headline="Mantenere non basta")

    assert (held, publish_due(store, settings, edition=ITALIAN, now=NOW)) == (False, True)


def test_ids_outlive_a_move_to_another_domain(store: Store, settings: Settings) -> None:
    first, second = several_ready_items(store, settings, 2)
    with store.begin() as tx:
        held_back = tx.items.get(second)
        tx.items.put(
            held_back,
            replace(held_back, commentaries={"it": replace(held_back.commentaries["it"], publish_at=LATER)}),
            move="write",
            by="marta",
            now=NOW,
        )
    published(store, settings)
    moved = replace(settings, publish=replace(settings.publish, base_url="https://altrove.example/cx"))

    published(store, moved, now=LATER + timedelta(days=400))

    with store.read() as tx:
        publications = {p.item_id: p for p in tx.publications.live("it")}
    assert publications[first].atom_id.startswith("tag:rassegna.example,2026:item/")
    assert publications[second].atom_id.startswith("tag:rassegna.example,2026:item/")
    assert 'href="https://altrove.example/cx/feed.atom"' in page(moved, "feed.atom")


def test_two_publishes_at_once_give_readers_each_item_once(store: Store, settings: Settings) -> None:
    ids = several_ready_items(store, settings, 3)
    together = Barrier(2)
    done: list[Published] = []

    def publish() -> None:
        together.wait()
        done.append(published(store, settings))

    threads = [Thread(target=publish) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(id_ for one in done for id_ in one.published) == sorted(ids)
    assert len(the_feed(settings).entries) == 3


def test_an_item_in_two_editions_leads_from_each_to_the_other(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings)
    published(store, settings)
    italian = the_texts(settings)
    desk: dict[str, Any] = {"by": MARTA, "settings": settings, "edition": ENGLISH, "now": LATER}
    write(store, item_id, Writing(headline="Keeping is enough", note="Promises are kept."), **desk)
    approve(store, [item_id], **desk)

    done = published(store, settings, edition=ENGLISH, now=LATER)

    assert done.published == (item_id,)
    assert the_feed(settings, "en/").entries[0].link == f"{BASE}en/items/keeping-is-enough.html"
    changed = {path for path in italian if the_texts(settings)[path] != italian[path]}
    assert {path for path in changed if not path.startswith("en/")} == {
        "items/mantenere-basta.html",
        "sitemap-2026-03.xml",
    }
    assert 'hreflang="en" href="https://rassegna.example/en/items/keeping-is-enough.html"' in page(
        settings, "items/mantenere-basta.html"
    )
    assert 'hreflang="it" href="https://rassegna.example/items/mantenere-basta.html"' in page(
        settings, "en/items/keeping-is-enough.html"
    )
    again = published(store, settings, now=LATER)
    assert (again.corrected, again.written) == ((), ())


def test_one_item_that_fails_the_review_does_not_stop_the_others(store: Store, settings: Settings) -> None:
    source_id = a_source(store)
    long = a_ready_item(store, settings, source_id=source_id, guid="long")
    short = a_ready_item(store, settings, source_id=source_id, guid="short", no_excerpt=True)
    strict = replace(settings, quotation=replace(settings.quotation, max_words=3))

    done = published(store, strict)

    assert done.published == (short,)
    assert [(held.item_id, held.problems[0].code) for held in done.held] == [(long, "quote_too_long")]


def test_a_preview_shows_a_draft_as_readers_would_see_it_and_says_that_it_is_one(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    item_id = a_queued_item(store)
    write(
        store,
        item_id,
        Writing(headline="Mantenere basta"),
        by=MARTA,
        settings=settings,
        edition=ITALIAN,
        now=NOW,
    )

    files = preview_item(
        store, settings, item_id=item_id, edition=ITALIAN, directory=tmp_path / "preview", now=NOW
    )

    assert [path.name for path in files] == [f"item-{item_id}.html", f"item-{item_id}-mail.html"]
    for path in files:
        shown = path.read_text("utf-8")
        assert "Mantenere basta" in shown
        assert "Anteprima" in shown
        assert "Customers remember a broken promise." in shown
    assert not settings.publish.directory.exists()
    with store.read() as tx:
        assert tx.publications.get(item_id, "it") is None


def test_a_preview_of_an_untouched_item_is_possible_too(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    item_id = a_queued_item(store)

    [shown, _] = preview_item(
        store, settings, item_id=item_id, edition=ITALIAN, directory=tmp_path / "preview", now=NOW
    )

    assert "(ancora senza titolo)" in shown.read_text("utf-8")


def test_a_reader_never_finds_a_manifest_that_lies(store: Store, settings: Settings) -> None:
    several_ready_items(store, settings, 2)

    done = published(store, settings)

    told = manifest.load(settings.publish.directory)
    assert told == done.outputs.manifest
    for path, file in told.files.items():
        found = (settings.publish.directory / path).read_bytes()
        assert (hashlib.sha256(found).hexdigest(), len(found)) == (file.digest, file.length)
        for encoding, form in file.encodings.items():
            packed = manifest.path_of(settings.publish.directory, path, encoding).read_bytes()
            assert (hashlib.sha256(packed).hexdigest(), len(packed)) == (form.digest, form.length)
            assert UNPACKED[encoding](packed) == found


def test_a_rehearsal_says_what_would_happen_and_leaves_no_trace(store: Store, settings: Settings) -> None:
    item_id = a_ready_item(store, settings)

    moves = rehearse(store, settings, edition=ITALIAN, by=MARTA, now=NOW)

    assert moves.published == (item_id,)
    with store.read() as tx:
        assert tx.publications.live("it") == []
        assert tx.meta.get("tag_authority") is None
    assert published(store, settings).published == (item_id,)
    assert rehearse(store, settings, edition=ITALIAN, by=MARTA, now=LATER).published == ()


def test_a_month_of_more_items_than_are_kept_is_read_in_few_questions(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(press, "_MANY", 8)
    monkeypatch.setattr(press._Kept, "__init__", partialmethod(press._Kept.__init__, 10))
    several_ready_items(store, settings, 24)
    published(store, settings)
    the_month = settings.publish.directory / "archive/2026-03.html"
    said = the_month.read_bytes()
    the_month.unlink()
    monkeypatch.setattr(usecases, "_FRAGMENTS", press.Fragments())
    asked: list[int] = []
    many = Publications.many

    def counted(self: Publications, edition: str, item_ids: Collection[int]) -> dict[int, Publication]:
        asked.extend([len(item_ids)] if item_ids else [])
        return many(self, edition, item_ids)

    monkeypatch.setattr(Publications, "many", counted)

    published(store, settings)

    assert (the_month.read_bytes(), asked) == (said, [8, 8, 8])


def test_a_month_of_which_all_was_taken_back_keeps_a_page_that_says_so(
    store: Store, settings: Settings
) -> None:
    item_id = a_ready_item(store, settings)
    published(store, settings)
    withdraw(store, item_id, reason="x", public_note=None, by=MARTA, edition=ITALIAN, now=LATER)

    published(store, settings, now=LATER)

    assert "Quello che era uscito qui è stato ritirato." in page(settings, "archive/2026-03.html")
    assert "2026-03.html" not in page(settings, "archive/index.html")
