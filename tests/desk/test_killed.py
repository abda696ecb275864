"""What was typed outlives the desk: a killed one, and one that is opened again."""

from __future__ import annotations

import time

from newsroom import Newsroom
from sitting import Sitting, a_full_queue, sit
from typewriter import typewriter

MOST_LOST = 2.0
"""Seconds of typing that a killed desk may lose."""


def test_a_killed_desk_loses_no_more_than_two_seconds_of_typing(newsroom: Newsroom) -> None:
    a_full_queue(newsroom)
    with typewriter("desk", environ=newsroom.environ) as desk:
        desk.shows("Keeping a promise is enough")
        desk.types("\r")
        desk.shows("marta’s until")
        typed: list[tuple[float, str]] = []
        for number in range(35):
            word = f"word{number} "
            desk.types(word)
            typed.append((time.monotonic(), word))
            desk.waits(0.1)
        killed_at = time.monotonic()
        desk.kill()
    safe = "".join(word for at, word in typed if at < killed_at - MOST_LOST)
    found = []

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        found.append(desk.field("headline"))
        await desk.keys("escape")

    sit(newsroom, works)

    assert len(safe) > 50
    assert found[0].startswith(safe)
    assert "".join(word for _, word in typed).startswith(found[0])
    assert newsroom.ask("items", "--status", "drafting")["items"][0]["headline"] == found[0].strip()


def test_a_text_that_was_never_saved_meets_what_was_saved_since(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)

    async def leaves(desk: Sitting) -> None:
        await desk.keys("enter")
        await desk.types("Dal desk")
        await desk.until(lambda: any((newsroom.folder / "data/drafts").glob("*.desk.json")))
        newsroom.curator("write", first, "--headline", "Dalla riga di comando")

    async def comes_back(desk: Sitting) -> None:
        assert "✎" in desk.text()
        assert desk.field("headline") == "Dal desk"
        await desk.keys("enter", "ctrl+s", "f6")
        shown = desk.text()
        assert "Dal desk" in shown
        assert "Dalla riga di comando" in shown
        await desk.keys("f3")
        assert not any((newsroom.folder / "data/drafts").glob("*.desk.json"))

    sit(newsroom, leaves)
    sit(newsroom, comes_back)
    said = [event["after"] for event in newsroom.ask("history", first)["events"]]

    assert newsroom.ask("show", first)["headline"] == "Dal desk"
    assert "Dalla riga di comando" in str(said)


def test_what_was_taken_back_does_not_come_back(newsroom: Newsroom) -> None:
    a_full_queue(newsroom)
    drafts = newsroom.folder / "data/drafts"

    async def works(desk: Sitting) -> None:
        await desk.keys("enter", "x")
        await desk.until(lambda: any(drafts.glob("*.desk.json")))
        await desk.keys("backspace", "escape")
        assert not any(drafts.glob("*.desk.json"))

    sit(newsroom, works)
