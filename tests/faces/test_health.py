"""How sources are, as editors see it: in lists, one by one, and from the doctor; in their own language."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from newsroom import STORY, Newsroom, Page, an_item, feed


def check(newsroom: Newsroom, source_id: int) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each
        for each in newsroom.curator("doctor", "--json", ok=False).json["checks"]
        if each["name"] == f"source {source_id}"
    )
    return found


def test_a_list_says_how_sources_are_in_the_language_of_the_editor(newsroom: Newsroom) -> None:
    source_id = newsroom.follow(feed(an_item("1", "One", STORY)))
    newsroom.curator("source", "pause", source_id)

    italian = newsroom.curator("source", "list", CURATOR_LOCALE="it").out
    english = newsroom.curator("source", "list").out

    assert ("in pausa" in italian, "letta" in italian) == (True, True)
    assert ("paused" in english, "fetched" in english) == (True, True)


def test_a_poll_says_how_it_ended_in_the_language_of_the_editor(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "One", STORY)))

    assert "invariata" in newsroom.curator("poll", "--all", CURATOR_LOCALE="it").out


def test_a_source_shows_what_it_brings_and_why_it_is_asked_when(newsroom: Newsroom) -> None:
    source_id = newsroom.follow(feed(an_item("1", "One", STORY), an_item("2", "Two", STORY)), interval=90)

    shown = newsroom.ask("source", "show", source_id)

    assert (shown["due_because"], shown["alert"], shown["successor_url"]) == ("interval", None, None)
    assert {"seen_per_week", "published_per_week"} <= shown.keys()
    assert "ogni quanto è stato deciso" in newsroom.curator("source", "show", 1, CURATOR_LOCALE="it").out


def test_a_feed_that_went_is_found_again_from_its_home_page_and_adopted_by_one_command(
    newsroom: Newsroom,
) -> None:
    home, new = newsroom.web.url("/"), newsroom.web.url("/new")
    body = feed(an_item("1", "One", STORY)).replace("https://blog.example/<", f"{home}<")
    newsroom.web["/"] = f'<!doctype html><link rel="alternate" type="application/rss+xml" href="{new}">'
    newsroom.web["/new"] = body
    source_id = newsroom.follow(body)
    newsroom.web["/feed"] = Page(b"", 410)
    newsroom.curator("poll", source_id)
    newsroom.curator("poll")

    shown, found = newsroom.ask("source", "show", source_id), check(newsroom, source_id)
    assert (shown["alert"]["code"], shown["successor_url"]) == ("source_gone", new)
    assert (shown["status"], shown["due_at"], shown["due_because"]) == ("retired", None, None)
    assert new in found["advice"]
    newsroom.curator("source", "edit", source_id, "--url", new)
    newsroom.curator("source", "resume", source_id)
    again = newsroom.ask("poll")["results"][0]

    assert (again["outcome"], again["new"]) == ("fetched", 0)
    assert newsroom.ask("source", "show", source_id)["alert"] is None


def test_a_password_in_an_address_is_used_and_never_shown(newsroom: Newsroom) -> None:
    body = feed(an_item("1", "One", STORY))
    newsroom.web["/feed"] = newsroom.web["/feed2"] = body
    address = newsroom.web.url("/feed").replace("://", "://ann:h0rse@")
    calls: list[tuple[str | int, ...]] = [
        ("source", "add", address),
        ("source", "add", address),  # refused: it is followed
        ("source", "add", address.replace("/feed", "/none")),
        ("source", "check", address),
        ("source", "list"),
        ("source", "show", 1),
        ("source", "edit", 1, "--url", f"{address}2"),
        ("poll", "--all"),
        ("queue",),
        ("show", 1),
        ("source", "export"),
        ("doctor",),
    ]

    said = [newsroom.curator(*words, *form, ok=False) for words in calls for form in ((), ("--json",))]

    assert [each for each in said if "h0rse" in each.out + each.err] == []
    assert "ann:***@" in newsroom.ask("source", "show", 1)["url"]
    assert "ann" not in newsroom.curator("source", "export").out
    assert newsroom.ask("poll", 1)["results"][0]["outcome"] == "not_modified"
    with closing(sqlite3.connect(newsroom.folder / "data/curator.db")) as database:
        assert database.execute("SELECT url FROM sources").fetchall() == [(f"{address}2",)]


def test_what_to_type_about_a_page_that_was_rebuilt_names_its_source(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "One", STORY)))
    page = "".join(f'<li><a href="/{n}">Title number {n}</a></li>' for n in range(6))
    newsroom.web["/news"] = f"<!doctype html><title>News</title><ul>{page}</ul>"
    newsroom.web["/robots.txt"] = Page(b"", 404)
    added = newsroom.curator("source", "add", "--page", newsroom.web.url("/news"), "--selector", "item=li")
    for said in (added.out, newsroom.curator("source", "show", 2).out):
        assert ("item: li" in said, "(found 6)" in said, "seen:" in said) == (True, True, False)
    newsroom.web["/news"] = "<!doctype html><title>News</title><p>Rebuilt"
    typed = "curator source edit 2 --infer"

    assert typed in newsroom.curator("poll", 2).out
    assert typed in newsroom.ask("source", "show", 2)["last_error"]["message"]


def test_a_poll_says_an_alert_as_a_sentence_and_logs_nothing(newsroom: Newsroom) -> None:
    source_id = newsroom.follow(feed(an_item("1", "One", STORY)))
    newsroom.web["/feed"] = Page(b"", 410)

    polled = newsroom.curator("poll", source_id, CURATOR_LOCALE="it")

    assert f"La fonte {source_id} va guardata" in polled.out
    assert polled.err == ""
    assert "source_alert" in newsroom.curator("--debug", "poll", follow_again(newsroom)).err


def follow_again(newsroom: Newsroom) -> int:
    newsroom.web["/other"] = feed(an_item("2", "Two", STORY))
    source: int = newsroom.ask("source", "add", newsroom.web.url("/other"))["id"]
    newsroom.web["/other"] = Page(b"", 410)
    return source


def test_tables_say_times_where_the_newsroom_is_and_json_in_utc(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "One", STORY)))
    published = datetime.fromisoformat(newsroom.ask("entries")["entries"][0]["published"])
    here = published.astimezone(ZoneInfo("Europe/Rome"))

    assert published.utcoffset() == timedelta()
    for words in (("entries",), ("queue",), ("source", "check", newsroom.web.url("/feed"))):
        assert f"{here:%Y-%m-%d %H:%M}" in newsroom.curator(*words).out


def test_what_was_typed_wrong_is_said_in_the_language_of_the_editor(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "One", STORY)))
    listed = newsroom.folder / "list.opml"
    listed.write_text('<opml version="2.0"><body><outline type="rss" xmlUrl="exec:ls"/></body></opml>')

    folder = newsroom.curator("source", "import", newsroom.folder, ok=False, CURATOR_LOCALE="it").err
    same = newsroom.curator("join", 1, 1, ok=False, CURATOR_LOCALE="it").err
    refused = newsroom.curator("source", "import", listed).out

    assert ("è una cartella" in folder, "directory" in folder) == (True, False)
    assert "lo stesso due volte" in same
    assert refused.count("exec:ls") == 1
