"""Stories that were polled and published after the backup: readers get none of them a second time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newsroom import Newsroom, an_item, feed, own_story

A_PAGE = "A page\n\nWords of a page that is in no feed, and that somebody kept.\n"


def an_entry(guid: str, *, link: str | None = None) -> str:
    return an_item(guid, f"Story {guid}", own_story(guid), link=link)


def readers_have(newsroom: Newsroom) -> dict[str, tuple[str, str]]:
    """(id, published) by address."""
    document = json.loads((newsroom.folder / "public/feed.json").read_text())
    return {item["url"]: (item["id"], item["date_published"]) for item in document["items"]}


def publish(newsroom: Newsroom, headline: str = "Titolo") -> int:
    """The newest of the queue."""
    item_id = newsroom.ready(newsroom.queue()[0]["id"], headline)
    newsroom.curator("publish")
    return item_id


def goes_back(newsroom: Newsroom, backup: Path) -> list[str]:
    """To the backup, and on from there; the addresses that nobody has now."""
    newsroom.curator("restore", backup, "--force")
    gone: list[str] = newsroom.ask("resume", "--after-restore")["replayed"]["gone"]
    return gone


@pytest.fixture
def backup(newsroom: Newsroom, tmp_path: Path) -> Path:
    """Of a newsroom that follows a feed."""
    newsroom.follow(feed(an_entry("0")))
    newsroom.curator("skip", newsroom.queue()[0]["id"])
    newsroom.curator("backup", tmp_path / "b.zip")
    return tmp_path / "b.zip"


def poll(newsroom: Newsroom, *entries: str) -> None:
    newsroom.web["/feed"] = feed(*entries)
    newsroom.curator("poll", "--all")


def test_what_comes_again_from_its_feed_is_what_readers_have(newsroom: Newsroom, backup: Path) -> None:
    poll(newsroom, an_entry("0"), an_entry("1"))
    publish(newsroom)
    had = readers_have(newsroom)

    assert goes_back(newsroom, backup) == ["it/titolo"]
    poll(newsroom, an_entry("0"), an_entry("1"))
    publish(newsroom, "Un altro titolo")
    assert readers_have(newsroom) == had
    assert goes_back(newsroom, backup) == ["it/titolo"]  # a second time
    poll(newsroom, an_entry("2"), an_entry("1"), an_entry("0"))
    for item in newsroom.queue():
        newsroom.ready(item["id"])
    newsroom.curator("publish")

    after = readers_have(newsroom)
    assert had.items() <= after.items()
    assert {address.rsplit("/", 1)[-1] for address in after} == {"titolo.html", "titolo-2.html"}


def test_what_came_again_is_not_gone_any_more(newsroom: Newsroom, tmp_path: Path) -> None:
    first, second = tmp_path / "1.zip", tmp_path / "2.zip"
    newsroom.follow(feed())
    newsroom.curator("backup", first)
    poll(newsroom, an_entry("1"))
    publish(newsroom)
    goes_back(newsroom, first)
    poll(newsroom, an_entry("1"))
    publish(newsroom)
    newsroom.curator("backup", second)

    assert goes_back(newsroom, second) == []


def test_a_page_that_is_clipped_again_is_what_readers_have(any_newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom, backup = any_newsroom, tmp_path / "b.zip"
    newsroom.curator("backup", backup)
    saved = newsroom.folder / "saved.txt"
    saved.write_text(A_PAGE)
    clipped = newsroom.ask("clip", "https://blog.example/page", "--text-file", saved)["id"]
    newsroom.ready(clipped)
    newsroom.curator("publish")
    had = readers_have(newsroom)

    goes_back(newsroom, backup)
    saved.write_text(A_PAGE + "\nIt has another line by now.\n")
    newsroom.ready(newsroom.ask("clip", "https://blog.example/page?utm_source=x", "--text-file", saved)["id"])
    newsroom.curator("publish")

    assert readers_have(newsroom) == had


def test_what_a_feed_had_may_come_again_as_a_clip(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.curator("backup", tmp_path / "b.zip")
    newsroom.follow(feed(an_entry("1", link="https://blog.example/page")))
    publish(newsroom)
    had = readers_have(newsroom)

    goes_back(newsroom, tmp_path / "b.zip")
    saved = newsroom.folder / "saved.txt"
    saved.write_text(A_PAGE)
    newsroom.ready(newsroom.ask("clip", "https://blog.example/page", "--text-file", saved)["id"])
    newsroom.curator("publish")

    assert readers_have(newsroom) == had


def test_another_story_at_the_same_address_is_another_story(newsroom: Newsroom, tmp_path: Path) -> None:
    """A feed that links all it says to one page."""
    page = "https://blog.example/news"
    newsroom.follow(feed(an_entry("0", link=page)))
    newsroom.curator("skip", newsroom.queue()[0]["id"])
    newsroom.curator("backup", tmp_path / "b.zip")
    poll(newsroom, an_entry("0", link=page), an_entry("1", link=page))
    publish(newsroom)
    had = readers_have(newsroom)

    goes_back(newsroom, tmp_path / "b.zip")
    poll(newsroom, an_entry("0", link=page), an_entry("2", link=page))
    publish(newsroom)

    (address, (atom_id, _)) = next(iter(readers_have(newsroom).items()))
    assert address not in had
    assert atom_id not in {known for known, _ in had.values()}


def test_what_readers_were_mailed_is_mailed_to_nobody_again(newsroom: Newsroom, backup: Path) -> None:
    poll(newsroom, an_entry("1"))
    publish(newsroom)
    newsroom.curator("issue", "close")
    poll(newsroom, an_entry("2"))
    publish(newsroom, "Un altro titolo")  # in no issue yet

    goes_back(newsroom, backup)
    poll(newsroom, an_entry("1"), an_entry("2"))
    one, two = sorted(newsroom.queue(), key=lambda item: str(item["entry"]["guid"]))
    newsroom.ready(one["id"])
    newsroom.ready(two["id"], "Un altro titolo")
    newsroom.curator("publish")

    assert newsroom.ask("issue", "show", 1)["items"] == [one["id"]]
    assert newsroom.ask("issue", "close") | {"items": [two["id"]]} == newsroom.ask("issue", "show", 2)
    assert newsroom.ask("issue", "show", 2)["items"] == [two["id"]]


def test_no_address_and_no_word_of_a_source_is_in_the_journal(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_entry("1", link="https://blog.example/page")))
    publish(newsroom)

    written = (newsroom.folder / "data/journal").read_text()

    assert " published " in written
    assert "blog.example" not in written
    assert "Story" not in written


def test_who_takes_it_up_again_is_told(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.follow(feed())
    newsroom.curator("backup", tmp_path / "b.zip")
    poll(newsroom, an_entry("1"), an_entry("2"))
    first = {item["entry"]["guid"]: item["id"] for item in newsroom.queue()}
    for guid, item_id in first.items():
        newsroom.ready(item_id, f"Titolo {guid}")
    newsroom.curator("publish")
    newsroom.curator("withdraw", first["2"], "--reason", "a mistake", "--now")

    goes_back(newsroom, tmp_path / "b.zip")
    poll(newsroom, an_entry("1"), an_entry("2"), an_entry("3"))
    ids = {item["entry"]["guid"]: item["id"] for item in newsroom.queue()}
    told = {guid: newsroom.curator("claim", item_id).err for guid, item_id in ids.items()}

    assert f"Item {ids['1']}: readers have had this story since " in told["1"]
    assert "(it/titolo-1)" in told["1"]
    assert f"Item {ids['2']}: this story was published before the restore (it/titolo-2)" in told["2"]
    assert "story" not in told["3"]
    assert "(it/titolo-1)" in newsroom.curator("review", ids["1"]).err


def test_the_page_of_what_is_gone_is_kept(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.curator("backup", tmp_path / "b.zip")
    newsroom.follow(feed(an_entry("1")))
    publish(newsroom)
    page = (newsroom.folder / "public/items/titolo.html").read_bytes()

    newsroom.curator("restore", tmp_path / "b.zip", "--force")
    said = newsroom.curator("resume", "--after-restore").out
    newsroom.curator("publish")

    assert "data/lost/it/titolo.html" in said
    assert (newsroom.folder / "data/lost/it/titolo.html").read_bytes() == page
    assert not (newsroom.folder / "public/items/titolo.html").exists()
