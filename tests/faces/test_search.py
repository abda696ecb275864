"""Looking for items by their words, on the command line."""

from __future__ import annotations

import pytest

from newsroom import Newsroom, an_item, feed
from terminal import Terminal

PARROT = "<p>A parrot answers the telephone of Teramo, and customers call twice.</p>"
POET = "<p>A poet will write the hold messages of the railway. He has four books to his name.</p>"


@pytest.fixture
def answering(newsroom: Newsroom) -> Newsroom:
    """Two items in the queue; the words of both are known."""
    newsroom.follow(feed(an_item("1", "A parrot on hold", PARROT), an_item("2", "Café poets", POET)))
    return newsroom


def test_what_is_found_says_where_it_has_the_words(answering: Newsroom) -> None:
    answer = answering.ask("search", "telephones", "parrots")

    (item,) = answer["items"]
    assert answer["total"] == 1
    assert item["entry"]["title"] == "A parrot on hold"
    marked = {m["field"]: [m["text"][start:end] for start, end in m["marks"]] for m in item["matches"]}
    assert marked == {"title": ["parrot"], "entry": ["parrot", "telephone"]}


def test_a_terminal_shows_the_words_marked(answering: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Terminal(answering, monkeypatch)("search", "cafe", "books", columns=140)

    assert "Café poets — A poet will write the hold messages of" in shown.words
    assert "\x1b[1;4mCafé\x1b[0m poets" in shown.raw
    assert "\x1b[1;4mbooks\x1b[0m" in shown.raw


def test_a_pipe_gets_one_line_for_each(answering: Newsroom) -> None:
    (line,) = answering.curator("search", "cafe").out.splitlines()

    assert line.split("\t")[-1] == "Café poets"


def test_nothing_found_is_no_failure_whatever_was_asked(answering: Newsroom) -> None:
    for asked in ("zebra", "''", '"', "NEAR(a b)*", "", "--", "🎉"):
        answer = answering.curator("search", "--", asked)
        assert (answer.status, answer.out) == (0, "")
        assert answer.err.endswith("Nothing here.\n")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (" ", "Che cosa cerchi? Scrivi almeno una parola; tutti gli elementi si vedono con «curator items»."),
        ("🎉", "In «🎉» non ci sono parole da cercare: solo segni."),
        ("parrot -hold", "Si cercano tutte le parole: «-hold» non esclude e non sceglie."),
        ("parrot OR poet", "Si cercano tutte le parole: «OR» non esclude e non sceglie."),
    ],
)
def test_how_a_question_was_read_is_said_where_it_may_surprise(
    answering: Newsroom, asked: str, said: str
) -> None:
    assert said in answering.curator("--locale", "it", "search", "--", asked).err


def test_plain_words_are_searched_without_a_lecture(answering: Newsroom) -> None:
    assert answering.curator("search", "e-mail", "not", "hold").err == "Nothing here.\n"


def test_what_is_found_can_be_narrowed(answering: Newsroom) -> None:
    answering.curator("claim", 1)

    assert answering.ask("search", "hold")["total"] == 2
    assert answering.ask("search", "hold", "--status", "queued")["total"] == 1
    assert answering.ask("search", "hold", "--tag", "cx")["total"] == 0
