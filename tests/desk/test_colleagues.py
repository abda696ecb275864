"""Two editors at one item: nobody is interrupted, nothing is chosen by a letter, no words are lost."""

from __future__ import annotations

import sqlite3

from newsroom import Newsroom
from sitting import Sitting, a_full_queue, sit


def test_a_save_that_is_refused_lets_her_type_on_and_tells_who_was_there(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)
    newsroom.curator("write", first, "--headline", "Prima")

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        newsroom.curator("claim", first, "--take-over", "--editor", "bruno")
        newsroom.curator("write", first, "--headline", "La sua", "--editor", "bruno")
        await desk.at_once("x", "ctrl+s", *"promozmt")
        assert desk.field("headline") == "Primaxpromozmt"
        await desk.until(lambda: "F6: c’è un altro testo, di bruno" in desk.text())
        await desk.keys("escape")
        assert "prendi l’elemento da bruno e salva il mio" in desk.text()
        await desk.keys("m", "t", "escape")  # only to leave: hers stays in its file
        assert desk.screen.focused is desk.screen.listing
        assert newsroom.ask("show", first)["headline"] == "La sua"
        assert "✎" in desk.text()
        await desk.keys("f6", "f3")

    sit(newsroom, works)
    item = newsroom.ask("show", first)

    assert (item["editor"], item["headline"]) == ("marta", "Primaxpromozmt")
    assert list((newsroom.folder / "data/drafts").glob("item-*-marta*")) == []


def test_who_took_the_item_is_told_before_she_saves(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        newsroom.curator("claim", first, "--take-over", "--editor", "bruno")
        await desk.until(lambda: "bruno ha preso questo elemento" in desk.text(), seconds=8)
        await desk.keys("f6", "f2")  # compared, and back to the text
        await desk.types("Il mio")
        await desk.keys("escape")
        assert "{+Il mio+}" in desk.text()
        assert "data/drafts/item-" in desk.text()
        await desk.keys("f4")
        assert desk.screen.focused is desk.screen.listing

    sit(newsroom, works)

    assert newsroom.ask("show", first)["editor"] == "bruno"
    assert any("Il mio" in file.read_text() for file in (newsroom.folder / "data/drafts").glob("item-*.md"))


def test_what_is_typed_while_a_save_waits_is_on_the_screen_and_on_the_disk(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)
    kept = newsroom.folder / "data/drafts" / f"item-{first}-marta.it.desk.json"

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        await desk.types("prima ")
        lock = sqlite3.connect(newsroom.folder / "data/curator.db", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        await desk.pilot.press("ctrl+s")
        await desk.pilot.press(*"dopo")
        await desk.until(lambda: kept.exists() and "prima dopo" in kept.read_text())
        assert desk.field("headline") == "prima dopo"
        lock.execute("COMMIT")
        lock.close()
        await desk.settled()
        assert "prima dopo" in kept.read_text()  # saved is what was typed before ^S
        await desk.keys("escape")
        assert not kept.exists()

    sit(newsroom, works)

    assert newsroom.ask("show", first)["headline"] == "prima dopo"


def test_what_readers_see_of_a_correction_is_asked_when_she_leaves_it(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)
    newsroom.curator("write", first, "--headline", "Mantenere basta", "--note", "Una nota.")
    newsroom.curator("approve", first)
    newsroom.curator("publish")

    async def works(desk: Sitting) -> None:
        await desk.keys("v", "down", "down", "down", "down", "enter", "enter")
        await desk.types(" e avanza")
        await desk.keys("escape", "a", "s", "f5")
        await desk.types("Il titolo era monco.")
        await desk.keys("enter")
        assert desk.screen.focused is desk.screen.listing

    sit(newsroom, works)
    events = newsroom.ask("history", first)["events"]

    assert newsroom.ask("show", first)["headline"] == "Mantenere basta e avanza"
    assert "Il titolo era monco." in str(events)
