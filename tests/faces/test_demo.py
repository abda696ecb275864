"""The demo: the whole way with real parts, harmless twice, and a newsroom that goes on afterwards."""

from __future__ import annotations

import contextlib
import email
import email.policy
import io
import socket
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest

from curator.faces.cli import run
from curator.faces.demo import server, story
from newsroom import Answer


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Answer]:
    """One demo for all tests of this file, over what another left when it was broken off."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    (folder / "data").mkdir(parents=True)
    (folder / "data/curator.db").write_bytes(b"half a database")
    (folder / "public").mkdir()
    (folder / "public/old.html").write_text("yesterday's")
    (folder / story.MARK).write_text("0")
    return folder, calling("demo", str(folder))


def test_what_another_demo_left_is_wiped_first(told: tuple[Path, Answer]) -> None:
    folder, answer = told

    assert answer.status == 0
    assert not (folder / "public/old.html").exists()
    assert (folder / story.MARK).is_file()  # by which the next one knows it


def test_it_shows_every_command_it_runs(told: tuple[Path, Answer]) -> None:
    _, answer = told

    for words in ("init", "source add", "poll", "queue", "claim", "write", "review", "approve", "publish"):
        assert f"$ curator {words}" in answer.out
    for words in ("subscriber add", "issue close", "issue send", "doctor"):
        assert f"$ curator {words}" in answer.out


def test_readers_get_what_the_editor_wrote_with_its_sources(told: tuple[Path, Answer]) -> None:
    folder, _ = told

    feed = feedparser.parse((folder / "public/feed.atom").read_bytes())

    assert feed.bozo == 0
    assert len(feed.entries) >= 5
    coda = next(entry for entry in feed.entries if entry.title == "La coda parla prima di noi")
    said = coda.content[0].value
    assert "NOTA AICEX" in said
    assert "Maud Ellery" in said
    assert "second-call/the-queue-is-a-message.html" in said


def test_the_issue_lies_in_the_folder_for_each_reader_who_said_yes(told: tuple[Path, Answer]) -> None:
    folder, _ = told

    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in (folder / "outbox").glob("*.eml")
    ]

    assert {mail["To"] for mail in mails} == set(story.READERS)
    assert all("La coda parla prima di noi" in text_of(mail) for mail in mails)


def test_the_newsroom_goes_on_working(told: tuple[Path, Answer]) -> None:
    folder, answer = told
    waiting = calling("queue", "--limit", "1", "--json", newsroom=folder).json["items"][0]["id"]

    assert f"claim {waiting}" in answer.out
    assert calling("claim", str(waiting), newsroom=folder).status == 0
    assert calling("doctor", "--json", newsroom=folder).json["ok"]
    assert calling("poll", newsroom=folder).status == 0
    assert calling("issue", "send", "--json", newsroom=folder).json["written"] == len(story.READERS)


def test_only_what_a_demo_made_is_wiped(tmp_path: Path) -> None:
    (tmp_path / "novel.txt").write_text("chapter one")

    answer = calling("demo", str(tmp_path), "--json")

    assert answer.status == 1
    assert answer.json["error"]["code"] == "demo_not_ours"
    assert [path.name for path in tmp_path.iterdir()] == ["novel.txt"]


def test_a_taken_port_is_replaced_by_another(tmp_path: Path) -> None:
    with socket.create_server((server.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with server.serving(tmp_path, port=port) as base:
            assert base != f"http://{server.HOST}:{port}/"
            assert b"<rss" in fetched(base + "second-call/feed.xml")


def test_an_old_demo_is_served_on_its_own_port_or_not_at_all(tmp_path: Path) -> None:
    with socket.create_server((server.HOST, 0)) as taken:
        (tmp_path / story.MARK).write_text(str(taken.getsockname()[1]))

        answer = calling("demo", str(tmp_path), "--serve", "--json")

    assert answer.json["error"]["code"] == "demo_port_taken"


def test_the_little_server_gives_sources_pictures_and_pages_but_no_other_file(tmp_path: Path) -> None:
    public = tmp_path / "public"
    public.mkdir()
    (public / "index.html").write_text("<h1>Rassegna</h1>")
    (tmp_path / "secret.key").write_text("secret")
    with server.serving(public, port=0) as base:
        assert b"Rassegna" in fetched(base)
        assert b"<svg" in fetched(base + "pictures/queue.svg")
        assert b"/kundenlage/feed.json" in fetched(base + "kundenlage/")
        for path in ("%2e%2e/secret.key", "../secret.key", "nothing.html"):
            with pytest.raises(urllib.error.HTTPError):
                fetched(base + path)


def test_the_samples_are_enough_to_choose_from(told: tuple[Path, Answer]) -> None:
    folder, _ = told

    entries = calling("entries", "--json", newsroom=folder).json

    assert entries["total"] >= 20
    assert {entry["language"] for entry in entries["entries"]} == {"en", "en-GB", "fr", "de"}


def calling(*words: str, newsroom: Path | None = None) -> Answer:
    """One call of the program, with nothing in the environment but where it is."""
    out, err = io.StringIO(), io.StringIO()
    environ = {"CURATOR_LOCALE": "en"} | ({"CURATOR_NEWSROOM": str(newsroom)} if newsroom else {})
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = run(list(words), environ)
    return Answer(status, out.getvalue(), err.getvalue())


def fetched(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        body: bytes = answer.read()
    return body


def text_of(mail: Any) -> str:
    return str(mail.get_body(("plain",)).get_content())
