"""What an editor sees of a story that several sources tell."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from newsroom import Newsroom, an_item, feed

RELEASE = (
    "<p>Northfield has bought the help desk of Murmur for eighty million. The 45 people of Murmur move to"
    " Ghent in June, said managing director Ines Moura. Customers will keep their contracts and their"
    " phone number, and nobody will be asked to install anything.</p>"
)
OTHER = "<p>A poet will write the hold messages of the railway. He has four books to his name.</p>"


def a_story_twice(newsroom: Newsroom) -> tuple[int, int]:
    """The press release in two feeds, with another story in the second."""
    newsroom.follow(feed(an_item("a1", "Northfield buys help desk", RELEASE), title="Alpha"), path="/a")
    newsroom.follow(
        feed(
            an_item("b1", "Murmur sells help desk", RELEASE),
            an_item("b2", "A poet on hold", OTHER),
            title="Beta",
        ),
        path="/b",
    )
    items = newsroom.ask("items")["items"]
    ids = {item["entry"]["title"]: item["id"] for item in items}
    return ids["Northfield buys help desk"], ids["Murmur sells help desk"]


def test_the_queue_shows_the_story_once_and_who_else_tells_it(newsroom: Newsroom) -> None:
    first, second = a_story_twice(newsroom)

    answer = newsroom.ask("queue")
    shown = newsroom.curator("queue").out

    assert answer["total"] == 2
    row = next(item for item in answer["items"] if item["id"] == first)
    assert (row["duplicates"], row["already_published"]) == ([second], None)
    assert [each["source"]["name"] for each in row["siblings"]] == ["Beta"]
    assert "Northfield buys help desk (+1: Beta)" in shown
    assert "Murmur sells help desk" not in shown

    told = f"Also told by Beta (item {second}, queued): Murmur sells help desk · https://blog.example/b1"
    assert told in newsroom.curator("show", first).out
    assert told in newsroom.curator("claim", first).out


def test_what_readers_have_is_said_of_the_telling_that_an_editor_separated(newsroom: Newsroom) -> None:
    first, second = a_story_twice(newsroom)
    newsroom.ready(first)
    newsroom.curator("publish")
    assert [item["entry"]["title"] for item in newsroom.queue()] == ["A poet on hold"]

    late = newsroom.ask("show", second)

    assert late["already_published"]["item"] == first
    assert late["siblings"][0]["status"] == "published"
    assert f"already published: item {first}" in newsroom.curator("show", second).out


def test_an_editor_separates_and_joins_and_takes_it_back(newsroom: Newsroom) -> None:
    first, second = a_story_twice(newsroom)

    assert newsroom.ask("separate", second)["duplicates"] == []
    assert newsroom.ask("queue")["total"] == 3
    newsroom.curator("undo", second)
    assert newsroom.ask("queue")["total"] == 2
    newsroom.curator("separate", second)
    assert newsroom.ask("join", second, first)["duplicates"] == [first]
    assert newsroom.ask("queue")["total"] == 2
    moves = [event["move"] for event in newsroom.ask("history", second)["events"]]
    assert moves.count("separate") == 2
    assert "undo" in moves


def test_skipping_all_of_a_source_leaves_what_others_tell(newsroom: Newsroom) -> None:
    _, second = a_story_twice(newsroom)

    newsroom.curator("skip", "--source", 1)

    assert second in [item["id"] for item in newsroom.queue()]


def test_a_poll_says_what_it_found_out_about_the_new(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("a1", "Northfield buys help desk", RELEASE), title="Alpha"), path="/a")
    newsroom.web["/b"] = feed(an_item("b1", "Murmur sells help desk", RELEASE), title="Beta")
    source = newsroom.ask("source", "add", newsroom.web.url("/b"))["id"]

    quick = newsroom.ask("poll", source, "--no-enrich")
    assert (quick["enriched"], newsroom.ask("queue")["total"]) == ({"entries": 0, "joined": 0}, 2)

    done = newsroom.ask("poll")
    assert (done["enriched"], newsroom.ask("queue")["total"]) == ({"entries": 1, "joined": 1}, 1)


def test_a_poll_whose_enrichment_has_to_wait_is_done_all_the_same(newsroom: Newsroom) -> None:
    newsroom.web["/a"] = feed(an_item("a1", "Northfield buys help desk", RELEASE), title="Alpha")
    newsroom.ask("source", "add", newsroom.web.url("/a"))
    newsroom.ask("poll", "--no-enrich")
    with closing(sqlite3.connect(newsroom.folder / "data/curator.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = newsroom.curator("poll", "--json", CURATOR_DATABASE__BUSY_TIMEOUT="0.1")

    assert answer.json["enriched"] == {"entries": 0, "joined": 0}
    assert "wait for the next one" in answer.err
    assert newsroom.ask("poll")["enriched"]["entries"] == 1


def test_run_does_it_as_work_of_its_own(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("a1", "Northfield buys help desk", RELEASE), title="Alpha"), path="/a")
    newsroom.web["/b"] = feed(an_item("b1", "Murmur sells help desk", RELEASE), title="Beta")
    newsroom.ask("source", "add", newsroom.web.url("/b"))

    done = newsroom.ask("run", "--once")

    assert (done["new"], done["enriched"], done["joined"], done["failures"]) == (1, 1, 1, 0)


def test_a_language_that_the_feed_says_wrongly_is_shown(newsroom: Newsroom) -> None:
    said = "<p>I clienti se ne vanno senza dire una parola, e nessuno chiede loro perché.</p>"
    newsroom.follow(feed(an_item("1", "Perché se ne vanno", said), language="en-US"))
    item = newsroom.queue()[0]

    assert (item["entry"]["language"], item["entry"]["declared_language"]) == ("it", "en-US")
    assert item["entry"]["language_confidence"] > 0.9
    assert newsroom.ask("queue", "--language", "it")["total"] == 1
    assert newsroom.ask("queue", "--language", "en")["total"] == 0
    assert "The text is in it, although its source says en-US" in newsroom.curator("show", item["id"]).out


def test_the_undo_of_a_folded_skip_names_all_that_came_back(newsroom: Newsroom) -> None:
    first, second = a_story_twice(newsroom)
    newsroom.curator("skip", first)

    undone = newsroom.curator("undo", first).out

    assert undone.startswith(f"{first}, {second}: ")
    assert newsroom.ask("show", second)["status"] == "queued"
