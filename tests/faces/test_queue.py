"""What an editor sees who asks what waits: age, source, language, title, tellers, and what is new to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from rich.cells import cell_len
from sqlalchemy import select

from builders import NOW, a_source, an_entry
from curator.bootstrap import open_newsroom
from curator.faces.cli import tables
from curator.faces.clock import utcnow
from curator.faces.messages import Messages
from curator.store import Store
from curator.store import tables as t
from newsroom import Newsroom, an_item, feed, own_story
from terminal import Terminal


@pytest.fixture
def terminal(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(newsroom, monkeypatch)


def waits(newsroom: Newsroom, *titles: str, hours: int = 0, html: str = "<p>Words.</p>") -> None:
    """Stories that came so many hours ago, from one source."""
    at = utcnow() - timedelta(hours=hours)
    with store_of(newsroom) as store:
        with store.read() as tx:
            found = tx.sources.find()[1]
        source_id = found[0].id if found else a_source(store)
        for title in titles:
            entry_id = an_entry(store, source_id, guid=title, title=title, html=html)
            with store.begin() as tx:
                tx.items.enqueue_all({entry_id: at}, now=at)


@contextmanager
def store_of(newsroom: Newsroom) -> Iterator[Store]:
    here = open_newsroom(newsroom.folder, newsroom.environ)
    yield here.store
    here.close()


def a_day_passes(newsroom: Newsroom) -> None:
    """For the editors' memory."""
    with store_of(newsroom) as store, store.begin() as tx:
        for at in tx.connection.execute(select(t.looks.c.at)).scalars().all():
            tx.connection.execute(t.looks.update().values(at=at - timedelta(days=1)))


def test_what_came_since_the_editor_last_looked_is_marked(newsroom: Newsroom, terminal: Terminal) -> None:
    waits(newsroom, "Old", hours=30)
    first = terminal("queue")
    a_day_passes(newsroom)
    waits(newsroom, "Fresh")

    second = terminal("queue")

    assert "●" not in first.words
    assert ["●" in line for line in second.lines if "Old" in line] == [False]
    assert ["●" in line for line in second.lines if "Fresh" in line] == [True]
    assert {item["entry"]["title"]: item["new"] for item in newsroom.queue()} == {"Old": False, "Fresh": True}
    assert "●" not in terminal("queue", CURATOR_EDITOR="paolo").words  # who never looked knows no old


def test_a_script_that_reads_the_queue_has_not_looked_at_it(newsroom: Newsroom, terminal: Terminal) -> None:
    waits(newsroom, "Old")
    terminal("queue")
    a_day_passes(newsroom)
    before = looks(newsroom)

    newsroom.curator("queue")
    newsroom.ask("queue")
    terminal("queue", "--query", "Old")
    terminal("queue", "--json")

    assert looks(newsroom) == before
    assert len(before) == 1


def looks(newsroom: Newsroom) -> list[tuple[object, ...]]:
    with store_of(newsroom) as store, store.read() as tx:
        return [tuple(row) for row in tx.connection.execute(select(t.looks))]


def test_the_queue_says_age_on_a_screen_and_the_instant_to_a_pipe(
    newsroom: Newsroom, terminal: Terminal
) -> None:
    waits(newsroom, "One")

    seen = terminal("queue", CURATOR_LOCALE="it").lines

    assert seen[0].split() == ["ID", "età", "fonte", "lingua", "titolo"]
    assert newsroom.curator("queue").out.split("\t")[2] == "2026-03-02 10:00"


def test_ages_are_counted_as_people_count() -> None:
    def said(locale: str, **ago: int) -> str:
        return tables.age(NOW - timedelta(**ago), now=NOW, messages=Messages(locale, zone="Europe/Rome"))

    assert [said("it", minutes=m) for m in (0, 59, 60, 26 * 60)] == ["ora", "59 min", "1 h", "1 g"]
    assert [said("en", days=d) for d in (29, 30, 400)] == ["29 d", "31 Jan 2026", "26 Jan 2025"]
    assert said("it", days=400) == "26 gen 2025"


def test_no_line_of_the_queue_is_wider_than_the_terminal(newsroom: Newsroom, terminal: Terminal) -> None:
    waits(newsroom, "顧客体験は信頼から始まる" * 3, "La promessa mantenuta vale più della sorpresa 🎉" * 2)

    for columns in (30, 48, 64, 80, 120):
        shown = terminal("queue", columns=columns)

        assert max(cell_len(line) for line in shown.lines) <= columns
        assert "顧客体験" in shown.words


def test_colours_are_for_terminals_that_want_them(newsroom: Newsroom, terminal: Terminal) -> None:
    waits(newsroom, "One")
    newsroom.curator("claim", 1)

    def colours(raw: str) -> bool:
        return "\x1b[3" in raw or "\x1b[9" in raw

    assert colours(terminal("items").raw)
    assert not colours(terminal("items", NO_COLOR="1").raw)
    assert "\x1b" not in terminal("items", TERM="dumb").raw
    assert "\x1b" not in newsroom.curator("items").out


def test_a_queue_that_cannot_remember_the_look_is_shown_all_the_same(
    newsroom: Newsroom, terminal: Terminal
) -> None:
    waits(newsroom, "One")
    with store_of(newsroom) as store, store.begin() as tx:
        tx.connection.execute(t.items.update().values(version=t.items.c.version))  # a writer is at it
        seen = terminal("queue", CURATOR_DATABASE__BUSY_TIMEOUT="0.1")

    assert (seen.status, seen.err) == (0, "")
    assert "One" in seen.words


def test_long_work_shows_how_far_it_is_to_whoever_watches_and_to_nobody_else(
    newsroom: Newsroom, terminal: Terminal
) -> None:
    newsroom.follow(feed(an_item("1", "One", own_story("One"))))
    newsroom.ready(1)

    polled, published = terminal("poll", "--all"), terminal("publish", CURATOR_LOCALE="it")

    assert "Reading the sources" in polled.err
    assert "Scrivo le pagine" in published.err
    [files] = re.findall(r"(\d+) file scritti", published.words)
    assert f" {files}/{files} " in re.sub(r"\x1b\[[0-9;]*m", "", published.err)
    assert "Reading" not in polled.words
    assert newsroom.curator("publish").err == ""


def test_a_text_is_broken_between_words_and_stands_below_its_number(
    newsroom: Newsroom, terminal: Terminal
) -> None:
    words = "una promessa mantenuta vale più di una sorpresa che nessuno aspettava " * 3
    waits(newsroom, "Titolo", html=f"<p>{words}</p>")

    shown = terminal("show", 1, "--entry", columns=40).lines

    paragraph = [line for line in shown if "promessa" in line or line.startswith("    ")]
    assert all(len(line) <= 40 for line in paragraph)
    assert paragraph[0].startswith("[1] una promessa")
    assert all(line.startswith("    ") for line in paragraph[1:])
    assert " ".join(" ".join(paragraph).split()) == f"[1] {' '.join(words.split())}"


def test_people_read_numbers_in_their_language_and_scripts_always_the_same() -> None:
    seen = [tables._seen(0.25, Messages(locale)).value for locale in ("it", "en")]

    assert seen == ["0,25", "0.25"]
    assert tables._piped(0.25, Messages("it")) == "0.25"
