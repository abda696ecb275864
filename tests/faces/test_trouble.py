"""What goes wrong on ordinary days is one clear line and exit 1, never a traceback."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from newsroom import STORY, Answer, Newsroom, Page, an_item, feed


def refused(answer: Answer) -> str:
    """The code of a clean refusal."""
    assert answer.status == 1
    assert answer.err.count("\n") == 1
    assert "Traceback" not in answer.err
    error = answer.json["error"]
    assert error["message"] == answer.err.strip()
    assert "{" not in error["message"]
    code: str = error["code"]
    return code


def test_a_locked_database_is_said_and_nothing_is_half_done(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    item = newsroom.queue()[0]["id"]
    newsroom.environ["CURATOR_DATABASE__BUSY_TIMEOUT"] = "0.1"
    with sqlite3.connect(newsroom.folder / "data/curator.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = newsroom.curator("claim", item, "--json", ok=False)
        read = newsroom.curator("show", item)
        other.execute("ROLLBACK")
    other.close()

    assert refused(answer) == "database_busy"
    assert read.status == 0
    assert newsroom.ask("show", item)["status"] == "queued"


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda folder: (folder / "data/curator.db").unlink(), "database_missing"),
        (lambda folder: (folder / "data/curator.db").write_bytes(b"no database " * 999), "database_unusable"),
        (lambda folder: (folder / "data/curator.db").write_bytes(b""), "schema_missing"),
        (lambda folder: (folder / "config/curator.toml").write_text("[fetch"), "settings_not_toml"),
        (lambda folder: (folder / "config/curator.toml").write_text("[fetsch]\nx = 1"), "settings_unknown"),
        (lambda folder: (folder / "config/curator.toml").unlink(), "newsroom_not_there"),
    ],
)
def test_a_newsroom_that_cannot_be_used_says_why(
    newsroom: Newsroom, spoil: Callable[[Path], object], code: str
) -> None:
    for journal in newsroom.folder.glob("data/curator.db-*"):
        journal.unlink()
    spoil(newsroom.folder)

    assert refused(newsroom.curator("queue", "--json", ok=False)) == code


def test_a_variable_that_is_no_setting_is_named(newsroom: Newsroom) -> None:
    answer = newsroom.curator("queue", "--json", ok=False, CURATOR_FETCH__TOTAL_TIMEOT="3")

    assert refused(answer) == "settings_unknown_variable"
    assert "CURATOR_FETCH__TOTAL_TIMEOUT" in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ["show", "99"],
        ["claim", "99"],
        ["source", "show", "99"],
        ["source", "pause", "99"],
        ["poll", "99"],
        ["entries", "--source", "99"],
        ["issue", "show", "99"],
        ["subscriber", "show", "nobody@example.org"],
    ],
)
def test_an_unknown_id_is_named(newsroom: Newsroom, words: list[str]) -> None:
    answer = newsroom.curator(*words, "--json", ok=False)

    assert refused(answer) == "not_found"
    assert words[-1] in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ["show", "99999999999999999999"],
        ["poll", "2147483648"],
        ["entries", "--limit", "99999999999999999999"],
        ["source", "edit", "1", "--interval", "99999999999999999999"],
    ],
)
def test_a_number_that_no_database_could_hold_is_a_slip(any_newsroom: Newsroom, words: list[str]) -> None:
    answer = any_newsroom.curator(*words, "--json", ok=False)

    assert (answer.status, answer.json["error"]["code"]) == (2, "usage")


@pytest.mark.parametrize("number", ["-1", "0", "2147483647"])
def test_a_number_that_nothing_has_is_not_found(any_newsroom: Newsroom, number: str) -> None:
    assert refused(any_newsroom.curator("show", "--json", "--", number, ok=False)) == "not_found"


def test_html_instead_of_a_feed_is_said(newsroom: Newsroom) -> None:
    newsroom.web["/page"] = Page(b"<!doctype html><title>Blog</title><p>Words", 200)

    answer = newsroom.curator("source", "add", newsroom.web.url("/page"), "--json", ok=False)

    assert refused(answer).startswith("read_")


def test_a_folder_where_a_file_was_meant_is_said(newsroom: Newsroom, tmp_path: Path) -> None:
    answer = newsroom.curator("restore", str(tmp_path), "--force", "--json", ok=False)

    assert refused(answer) == "archive_unreadable"


def test_a_newsroom_that_is_nowhere_is_said(newsroom: Newsroom, tmp_path: Path) -> None:
    answer = newsroom.curator("queue", "--newsroom", str(tmp_path), "--json", ok=False)

    assert refused(answer) == "newsroom_not_there"
