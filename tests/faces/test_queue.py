"""What an editor sees who asks what waits: age, source, language, title, tellers, and what is new to them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from rich.cells import cell_len
from sqlalchemy import select, update

from builders import NOW
from curator.bootstrap import open_newsroom
from curator.faces.cli import tables
from curator.faces.messages import Messages
from curator.store import tables as t
from newsroom import Newsroom, an_item, feed, own_story
from terminal import Terminal


@pytest.fixture
def terminal(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(newsroom, monkeypatch)


def stories(*titles: str) -> str:
    return feed(*(an_item(f"g{title}", title, own_story(title)) for title in titles))


def a_day_passes(newsroom: Newsroom) -> None:
    """For the editors' memory: every look was a day earlier, and so was all that waits."""
    here = open_newsroom(newsroom.folder, newsroom.environ)
    with here.store.begin() as tx:
        for column in (t.looks.c.at, t.items.c.queued_at):
            for moment in tx.connection.execute(select(column).distinct()).scalars().all():
                earlier = update(column.table).where(column == moment)
                tx.connection.execute(earlier.values({column: moment - timedelta(days=1)}))
    here.close()


def test_what_came_since_the_editor_last_looked_is_marked(newsroom: Newsroom, terminal: Terminal) -> None:
    newsroom.follow(stories("Old"))
    first = terminal("queue")
    a_day_passes(newsroom)
    newsroom.web["/feed"] = stories("Old", "Fresh")
    newsroom.curator("poll", "--all")

    second = terminal("queue")

    assert "●" not in first.words
    assert ["●" in line for line in second.lines if "Old" in line] == [False]
    assert ["●" in line for line in second.lines if "Fresh" in line] == [True]
    assert {item["entry"]["title"]: item["new"] for item in newsroom.queue()} == {"Old": False, "Fresh": True}
    assert "●" not in terminal("queue", CURATOR_EDITOR="paolo").words  # who never looked knows no old


def test_a_script_that_reads_the_queue_has_not_looked_at_it(newsroom: Newsroom, terminal: Terminal) -> None:
    newsroom.follow(stories("Old"))
    terminal("queue")
    a_day_passes(newsroom)
    newsroom.web["/feed"] = stories("Old", "Fresh")
    newsroom.curator("poll", "--all")

    newsroom.curator("queue")
    newsroom.ask("queue")
    terminal("queue", "--query", "Old")

    assert "●" in terminal("queue").words


def test_the_queue_says_age_on_a_screen_and_the_instant_to_a_pipe(
    newsroom: Newsroom, terminal: Terminal
) -> None:
    newsroom.follow(stories("One"))

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
    newsroom.follow(
        stories("顧客体験は信頼から始まる" * 3, "La promessa mantenuta vale più della sorpresa 🎉" * 2)
    )

    for columns in (30, 48, 64, 80, 120):
        shown = terminal("queue", columns=columns)

        assert max(cell_len(line) for line in shown.lines) <= columns
        assert "顧客体験" in shown.words


def test_colours_are_for_terminals_that_want_them(newsroom: Newsroom, terminal: Terminal) -> None:
    newsroom.follow(stories("One"))
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
    newsroom.follow(stories("One"))
    here = open_newsroom(newsroom.folder, newsroom.environ)
    with here.store.begin() as tx:
        tx.connection.execute(t.items.update().values(version=t.items.c.version))  # a writer is at it
        seen = terminal("queue", CURATOR_DATABASE__BUSY_TIMEOUT="0.1")
    here.close()

    assert "One" in seen.words


def test_long_work_shows_how_far_it_is_to_whoever_watches_and_to_nobody_else(
    newsroom: Newsroom, terminal: Terminal
) -> None:
    newsroom.follow(stories("One"))
    newsroom.ready(1)

    polled, published = terminal("poll", "--all"), terminal("publish", CURATOR_LOCALE="it")
    quiet = terminal("poll", "--all", TERM="dumb")

    assert "Reading the sources" in polled.err
    assert "Scrivo le pagine" in published.err
    assert "1/1" in published.err
    assert "Reading" not in polled.words
    assert "\x1b" not in quiet.err
    assert newsroom.curator("poll", "--all").err == newsroom.curator("publish").err == ""


def test_a_text_is_broken_between_words_and_stands_below_its_number(
    newsroom: Newsroom, terminal: Terminal
) -> None:
    words = "una promessa mantenuta vale più di una sorpresa che nessuno aspettava " * 3
    newsroom.follow(feed(an_item("1", "Titolo", f"<p>{words}</p>")))

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
