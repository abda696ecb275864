"""kill -9 at any step of poll, write, publish and send: the next run completes it, nothing is lost."""

from __future__ import annotations

import shutil
from collections import Counter
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest

from hardship import moved_in
from killing import kill, spread, steps
from newsroom import Newsroom, Web, an_item, feed, own_story

POINTS = 4


@pytest.fixture
def stocked(newsroom: Newsroom) -> Newsroom:
    """A newsroom with three sources on the web, followed and not yet polled."""
    for source in "abc":
        entries = [an_item(f"{source}{n}", f"Story {source}{n}", own_story(f"{source}{n}")) for n in range(4)]
        newsroom.web[f"/{source}"] = feed(*entries, title=f"Blog {source}")
        newsroom.curator("source", "add", newsroom.web.url(f"/{source}"))
    return newsroom


@pytest.fixture
def ready(stocked: Newsroom) -> Newsroom:
    """The same, polled, with four items ready and two subscribers."""
    stocked.curator("poll")
    for item in stocked.queue()[:4]:
        stocked.ready(item["id"], headline=f"Titolo {item['entry']['title']}")
    for name in ("ada", "bo", "cleo"):
        stocked.curator("subscriber", "add", f"{name}@example.org", "--confirmed", "--consent", "a voce")
    return stocked


def copy_of(newsroom: Newsroom, name: str, web: Web) -> Newsroom:
    """The newsroom as it stands, in another folder, to be killed there."""
    folder = newsroom.folder.parent / name
    shutil.copytree(newsroom.folder, folder)
    moved_in(folder)
    return Newsroom(folder, web)


def test_a_killed_poll_is_completed_by_the_next(stocked: Newsroom, web: Web) -> None:
    whole = copy_of(stocked, "whole", web)
    count = steps(["poll"], whole.environ)
    expected = entries_of(whole)
    assert len(expected) == 12

    for point in spread(count, most=POINTS):
        killed = copy_of(stocked, f"killed-{point}", web)
        kill(["poll"], killed.environ, at=point)

        killed.curator("poll", "--all")
        again = killed.ask("poll", "--all")

        assert entries_of(killed) == expected, f"killed at step {point} of {count}"
        assert Counter(item["entry"]["guid"] for item in killed.queue()) == Counter(expected.keys())
        assert (again["new"], again["revised"], again["failed"]) == (0, 0, 0)


def test_a_killed_write_left_the_old_text_or_the_new_one(ready: Newsroom, web: Web) -> None:
    item_id = ready.queue()[0]["id"]
    before = ready.ask("write", item_id, "--headline", "Prima", "--note", "Nota prima.")
    words = ["write", item_id, "--headline", "Dopo", "--note", "Nota dopo.", "--tag", "cx"]
    count = steps(words, copy_of(ready, "whole", web).environ)

    for point in spread(count, most=POINTS):
        killed = copy_of(ready, f"killed-{point}", web)
        kill(words, killed.environ, at=point)

        found = killed.ask("show", item_id)
        written = (found["headline"], found["note"], found["tags"], found["version"])

        assert written in [
            ("Prima", "Nota prima.", [], before["version"]),
            ("Dopo", "Nota dopo.", ["cx"], before["version"] + 1),
        ]
        assert killed.ask(*words)["headline"] == "Dopo"


def test_a_killed_publish_leaves_whole_files_and_the_next_completes_it(ready: Newsroom, web: Web) -> None:
    whole = copy_of(ready, "whole", web)
    count = steps(["publish"], whole.environ)
    expected = headlines(whole)
    assert len(expected) == 4

    for point in spread(count, most=POINTS):
        killed = copy_of(ready, f"killed-{point}", web)
        kill(["publish"], killed.environ, at=point)

        feed_file = killed.folder / "public/feed.atom"
        if feed_file.exists():
            assert feedparser.parse(feed_file.read_bytes())["bozo"] is False
        killed.curator("publish")
        again = killed.ask("publish")

        assert headlines(killed) == expected, f"killed at step {point} of {count}"
        assert again["published"] == []
        assert [item["status"] for item in killed.ask("items", "--status", "ready")["items"]] == []
        assert pages(killed) == pages(whole)


def test_a_killed_close_makes_one_issue_in_the_end(ready: Newsroom, web: Web) -> None:
    ready.curator("publish")
    count = steps(["issue", "close"], copy_of(ready, "whole", web).environ)

    for point in spread(count, most=POINTS):
        killed = copy_of(ready, f"killed-{point}", web)
        kill(["issue", "close"], killed.environ, at=point)

        killed.curator("issue", "close", ok=False)

        assert [len(issue["items"]) for issue in killed.ask("issue", "list")["issues"]] == [4]


def test_a_killed_send_to_a_folder_writes_every_mail_once(ready: Newsroom, web: Web) -> None:
    ready.curator("publish")
    ready.curator("issue", "close")
    whole = copy_of(ready, "whole", web)
    count = steps(["issue", "send"], whole.environ)
    expected = mails(whole)
    assert sorted(expected.values()) == [1, 1, 1]

    for point in spread(count, most=POINTS):
        killed = copy_of(ready, f"killed-{point}", web)
        kill(["issue", "send"], killed.environ, at=point)

        issue = killed.ask("issue", "send")

        assert mails(killed).keys() == expected.keys(), f"killed at step {point} of {count}"
        assert max(mails(killed).values()) == 1
        assert (issue["selected"], issue["written"], issue["pending"]) == (3, 3, 0)


def entries_of(newsroom: Newsroom) -> dict[str, str]:
    entries: list[dict[str, Any]] = newsroom.ask("entries", "--limit", 100)["entries"]
    assert len({entry["guid"] for entry in entries}) == len(entries)
    return {entry["guid"]: entry["title"] for entry in entries}


def headlines(newsroom: Newsroom) -> list[str]:
    parsed = feedparser.parse((newsroom.folder / "public/feed.atom").read_bytes())
    assert len({entry.id for entry in parsed.entries}) == len(parsed.entries)
    return sorted(entry.title for entry in parsed.entries)


def pages(newsroom: Newsroom) -> set[str]:
    public = newsroom.folder / "public"
    return {str(path.relative_to(public)) for path in public.rglob("*.*") if path.is_file()}


def mails(newsroom: Newsroom) -> Counter[str]:
    """How many mails there are for each address; a file that is half a mail has none."""
    parser = BytesParser(policy=policy.default)
    files = [path for path in _outbox(newsroom).iterdir() if path.suffix == ".eml"]
    return Counter(str(parser.parsebytes(path.read_bytes())["To"]) for path in files)


def _outbox(newsroom: Newsroom) -> Path:
    return newsroom.folder / "outbox"
