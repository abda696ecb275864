"""`stats`: the chief editor's figures on a terminal, for scripts, and as a page that nobody else sees."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lxml import html

from newsroom import STORY, Newsroom, an_item, feed
from terminal import Terminal


@pytest.fixture
def published(newsroom: Newsroom) -> Newsroom:
    """Three entries of a source, one of them published."""
    items = [an_item(str(n), f"A promise, part {n}", STORY) for n in range(3)]
    newsroom.follow(feed(*items), license="CC BY 4.0")
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")
    return newsroom


def dead_link(newsroom: Newsroom) -> str:
    """Of the source of what is published: since twenty days there is nothing."""
    now = datetime.now(UTC)  # noqa: TID251  beside the program's own clock
    with sqlite3.connect(newsroom.folder / "data/curator.db") as database:
        [(url,)] = database.execute("select url from attributions").fetchall()
        since, later = (f"{now - timedelta(days=n):%Y-%m-%d %H:%M:%S.%f}" for n in (20, -9))
        values = (hash_of(url), url, "127.0.0.1", "dead", later, since, 404, 3, 3, since, since)
        database.execute(
            "insert into links (key, url, host, state, due_at, checked_at, http_status, tries, gone,"
            " gone_since, dead_since) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )
    return str(url)


def hash_of(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()


def test_a_script_gets_every_figure_and_people_tables_in_their_language(published: Newsroom) -> None:
    found = published.ask("stats")
    english = published.curator("stats")
    italian = published.curator("stats", CURATOR_LOCALE="it").out

    assert (found["seen"], found["published"]["publications"], found["queue"]["waiting"]) == (3, 1, 2)
    assert found["sources"][0] | {"name": ""} == {"id": 1, "name": "", "seen": 3, "published": 1}
    assert [each["license"] for each in found["quoted"]] == ["CC BY 4.0"]
    assert (found["edition"], found["page"], found["links"]["known"]) == (None, None, 1)

    assert "Waiting: 2" in english.out
    assert "3\tentries seen in the sources" in english.out
    assert "In attesa: 2" in italian
    assert "3\tvoci viste nelle fonti" in italian
    assert "20 of 5" in english.err
    assert "--limit" not in english.err
    assert "--page FILE or --json" in english.err
    lines = english.out.splitlines()
    at = lines.index("published\tmedian\t9 in 10 within\tfrom")
    assert lines[at + 1].startswith("1\t")


def test_a_span_is_asked_for_by_days_or_by_a_day(published: Newsroom) -> None:
    assert published.ask("stats", "--since", "2020-01-01")["since"].startswith("20")
    assert published.ask("stats", "--days", 3)["seen"] == 3
    both = published.curator("stats", "--days", 3, "--since", "2020-01-01", ok=False)
    unread = published.curator("stats", "--since", "yesterday", ok=False)
    to_come = published.curator("stats", "--since", "2999-01-01", ok=False)

    assert (both.status, both.out) == (1, "")
    assert to_come.status == 1
    assert "still to come" in to_come.err
    assert "-7d" in unread.err
    assert published.ask("stats", "--since=-7d")["seen"] == 3


def test_a_source_that_is_gone_is_offered_from_an_archive(published: Newsroom) -> None:
    url = dead_link(published)

    [dead] = published.ask("stats")["links"]["dead"]
    advice = next(each for each in published.ask("doctor")["checks"] if each["name"] == "links")
    elsewhere = published.ask("stats", CURATOR_LINKS__ARCHIVE="")["links"]["dead"]

    assert (dead["url"], dead["items"], dead["http_status"]) == (url, [3], 404)
    assert re.fullmatch(rf"https://web\.archive\.org/web/20\d{{6}}/{re.escape(url)}", dead["archive_url"])
    assert elsewhere[0]["archive_url"] is None
    assert advice["ok"]
    assert advice["advice"]


def test_the_page_is_one_file_with_the_same_figures(published: Newsroom, tmp_path: Path) -> None:
    url = dead_link(published)

    said = published.ask("stats", "--page", tmp_path / "stats.html", CURATOR_LOCALE="it")

    text = Path(said["page"]).read_text(encoding="utf-8")
    page = html.fromstring(text)
    assert page.get("lang") == "it"
    assert page.xpath("//section[h2/@id='overview']//td/text()")[:2] == ["3", "voci viste nelle fonti"]
    assert page.xpath("//section[h2/@id='dead']//td/a/@href")[0] == url
    assert page.xpath("//script | //link | //img | //iframe | //@style") == []
    assert "default-src 'none'" in text
    assert "url(" not in text


def test_a_name_of_a_source_is_text_and_no_markup(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.follow(feed(an_item("1", "A promise", STORY)), name="<script>alert(1)</script>")

    newsroom.curator("stats", "--page", tmp_path / "stats.html")

    text = (tmp_path / "stats.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_page_never_lies_where_readers_look(published: Newsroom) -> None:
    refused = published.curator("stats", "--page", published.folder / "public" / "stats.html", ok=False)

    assert refused.status == 1
    assert "web server" in refused.err
    assert not (published.folder / "public" / "stats.html").exists()


def test_a_page_that_cannot_be_written_says_so(published: Newsroom) -> None:
    (published.folder / "file").write_text("")

    refused = published.curator("stats", "--page", published.folder / "file" / "x.html", "--json", ok=False)

    assert json.loads(refused.out)["error"]["code"] == "stats_page_unwritable"


def test_a_slip_in_the_name_of_the_page_makes_no_folders(newsroom: Newsroom, tmp_path: Path) -> None:
    refused = newsroom.curator("stats", "--page", tmp_path / "slip" / "x.html", ok=False)

    assert (refused.status, "slip" in refused.err) == (1, True)
    assert not (tmp_path / "slip").exists()


def test_a_chapter_that_asks_has_one_mark_and_what_is_not_yet_is_said_so(newsroom: Newsroom) -> None:
    said = newsroom.curator("stats").out
    parlato = newsroom.curator("stats", CURATOR_LOCALE="it").out

    assert "?." not in said + parlato
    assert "–" not in said + parlato
    assert "Nothing is waiting." in said
    assert "Non c’è niente in attesa." in parlato


def test_as_many_wait_as_the_queue_lists(published: Newsroom) -> None:
    one, two = (each["id"] for each in published.queue())
    published.curator("join", one, two)

    assert (len(published.queue()), published.ask("stats")["queue"]["waiting"]) == (1, 1)
    assert "Not counted: one" in published.curator("stats").out


def test_a_narrow_terminal_says_what_every_value_is(
    published: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = Terminal(published, monkeypatch)("stats", columns=44)

    told = " ".join(shown.words.split())
    assert "published 1 median 0 min 9 in 10 within 0 min" in told


def test_a_terminal_of_any_width_shows_them(published: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    dead_link(published)

    for columns in (34, 80, 120):
        shown = Terminal(published, monkeypatch)("stats", columns=columns)
        assert max(map(len, shown.lines)) <= columns
        assert "At a glance" in shown.words
