"""Sources, polls and entries from the command line: what scripts and people get."""

from __future__ import annotations

from pathlib import Path

from newsroom import STORY, Newsroom, Page, an_item, feed

SOURCE = {
    "id", "url", "name", "kind", "status", "language", "tags", "due_at", "failures", "last_outcome",
}  # fmt: skip
ENTRY = {
    "id", "source", "guid", "url", "title", "language", "authors", "published", "updated", "first_seen",
    "html", "revision", "language_confidence", "declared_language", "cleared_at",
}  # fmt: skip


def test_a_source_is_answered_with_all_that_is_known_of_it(newsroom: Newsroom) -> None:
    newsroom.web["/feed"] = feed(an_item("1", "Keep", STORY))

    added = newsroom.ask(
        "source", "add", newsroom.web.url("/feed"), "--tag", "cx", "--interval", 90, "--max-words", 200
    )

    assert set(added) >= SOURCE
    assert (added["name"], added["kind"], added["status"]) == ("CX Blog", "feed", "active")
    assert (added["tags"], added["interval"], added["max_words"]) == (["cx"], 90, 200)
    assert added["last_error"] is None
    shown, [listed] = newsroom.ask("source", "show", added["id"]), newsroom.ask("source", "list")["sources"]
    assert shown | listed == shown  # what following it brings is counted where it is looked at
    assert listed | added == listed


def test_a_source_is_changed_paused_resumed_and_removed(newsroom: Newsroom) -> None:
    source = newsroom.follow(feed(an_item("1", "Keep", STORY)))

    assert newsroom.ask("source", "edit", source, "--name", "Blog", "--language", "fr")["name"] == "Blog"
    assert newsroom.ask("source", "edit", source, "--clear", "language")["language"] is None
    assert newsroom.ask("source", "pause", source)["status"] == "paused"
    assert newsroom.ask("source", "resume", source)["status"] == "active"
    newsroom.curator("source", "remove", source)
    assert newsroom.ask("source", "list")["sources"] == []
    assert newsroom.curator("source", "show", source, ok=False).status == 1


def test_what_was_wrong_with_a_feed_that_was_read_all_the_same_is_shown(newsroom: Newsroom) -> None:
    source = newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.web["/feed"] = Page(b"<rss version='2.0'><channel><item><title>Cut off")

    newsroom.ask("poll", "--all")
    shown = newsroom.ask("source", "show", source)

    assert (shown["last_outcome"], shown["last_error"]) == ("fetched", None)
    assert [problem["code"] for problem in shown["problems"]] == ["feed_truncated"]
    assert shown["problems"][0]["message"] in newsroom.curator("source", "show", source).out


def test_a_poll_counts_what_it_met(newsroom: Newsroom) -> None:
    newsroom.web["/a"] = feed(an_item("1", "Keep", STORY))
    newsroom.web["/b"] = Page(b"<html>no feed</html>")
    newsroom.ask("source", "add", newsroom.web.url("/a"))
    listed = newsroom.folder / "b.opml"
    listed.write_text(f'<opml><body><outline xmlUrl="{newsroom.web.url("/b")}"/></body></opml>')
    newsroom.curator("source", "import", str(listed))

    done = newsroom.ask("poll")

    assert (done["sources"], done["fetched"], done["failed"], done["new"]) == (2, 1, 1, 1)
    failed = next(result for result in done["results"] if result["outcome"] == "failed")
    assert set(failed) >= {"source", "url", "outcome", "http_status", "new", "revised", "error"}
    assert failed["error"]["code"].startswith("read_")
    assert failed["error"]["message"] != failed["error"]["code"]


def test_a_poll_with_nothing_due_is_done(newsroom: Newsroom) -> None:
    answer = newsroom.curator("poll")

    assert answer.status == 0
    assert newsroom.ask("poll")["sources"] == 0


def test_entries_are_everything_stored_in_pages(newsroom: Newsroom) -> None:
    source = newsroom.follow(feed(*(an_item(str(n), f"Title {n}", STORY) for n in range(3))))

    first = newsroom.ask("entries", "--source", source, "--limit", 2)
    rest = newsroom.ask("entries", "--source", source, "--limit", 2, "--offset", 2)

    assert first["total"] == 3
    assert set(first["entries"][0]) == ENTRY
    assert len({entry["guid"] for entry in first["entries"] + rest["entries"]}) == 3
    assert newsroom.curator("entries", "--source", 999, ok=False).status == 1


def test_check_reads_without_storing(newsroom: Newsroom) -> None:
    newsroom.web["/feed"] = feed(an_item("1", "Keep", STORY))

    found = newsroom.ask("source", "check", newsroom.web.url("/feed"))

    assert (found["outcome"], found["http_status"], found["title"]) == ("fetched", 200, "CX Blog")
    assert set(found["entries"][0]) == ENTRY
    assert newsroom.ask("source", "list")["total"] == 0


def test_check_of_what_is_no_feed_exits_1_and_says_why(newsroom: Newsroom) -> None:
    answer = newsroom.curator("source", "check", newsroom.web.url("/nothing"), "--json", ok=False)

    assert answer.status == 1
    assert answer.json["outcome"] == "failed"
    assert set(answer.json["problems"][0]) == {"code", "message"}


def test_an_address_that_cannot_be_read_is_refused_in_one_line(newsroom: Newsroom) -> None:
    answer = newsroom.curator("source", "add", "http://127.0.0.1:9/feed", "--json", ok=False)

    assert answer.status == 1
    assert answer.err.count("\n") == 1
    assert answer.json["error"]["code"].startswith("fetch_")


def test_lists_come_and_go_as_opml(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    written = tmp_path / "list.opml"
    written.write_text(newsroom.curator("source", "export").out)

    assert newsroom.ask("source", "import", str(written)) == {"added": 0, "skipped": 1, "refused": []}
    assert newsroom.ask("source", "import", "--dry-run")["added"] >= 14
    assert newsroom.ask("source", "list")["total"] == 1


def test_the_starter_list_is_followed_unverified(newsroom: Newsroom) -> None:
    newsroom.curator("source", "import")

    sources = newsroom.ask("source", "list")["sources"]

    assert len(sources) >= 14
    assert all(source["unverified"] for source in sources)


def test_a_list_that_is_not_there_is_named(newsroom: Newsroom) -> None:
    answer = newsroom.curator("source", "import", "nowhere.opml", "--json", ok=False)

    assert answer.json["error"]["code"] == "file_missing"
    assert "nowhere.opml" in answer.err
