"""An editor's day at the desk, key by key."""

from __future__ import annotations

import json
from pathlib import Path

from blogpages import classic_single
from newsroom import Newsroom
from picturing import is_in_the_handbook
from sitting import NARROW, WIDE, Sitting, a_full_queue, sit

NOTE = "Chi mantiene quello che promette non ha bisogno di stupire: la fiducia nasce dalle attese rispettate."


def test_an_item_goes_from_the_queue_to_approved_in_twelve_keys_besides_its_text(newsroom: Newsroom) -> None:
    first, second, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        assert is_in_the_handbook(await desk.picture(), "scrivania-elenco")
        await desk.keys("m", "space", "down", "space", "enter")  # read, mark two paragraphs, quote them
        await desk.types("Mantenere una promessa basta")
        await desk.keys("tab")
        await desk.types(NOTE)
        await desk.until(lambda: "16 parole" in desk.text())
        assert is_in_the_handbook(await desk.picture(), "scrivania-scrivi")
        await desk.keys("escape", "p")
        assert f"NOTA AICEX: {NOTE[:40]}" in desk.text()
        cited = "Fonte: Keeping a promise is enough (inglese) — di Ada Example — The Keeping Journal"
        assert cited in desk.text()
        await desk.keys("escape", "a")

        assert desk.pressed <= 12
        assert desk.screen.item_id == second

    sit(newsroom, works, size=WIDE)
    item = newsroom.ask("show", first)

    assert (item["status"], item["headline"], item["note"]) == ("ready", "Mantenere una promessa basta", NOTE)
    assert item["excerpt"]["text"].startswith("Customers remember a broken promise.")
    assert item["excerpt"]["html"].count("<p>") == 2


def test_single_keys_triage_the_queue(newsroom: Newsroom) -> None:
    first, second, third, fourth = a_full_queue(newsroom)
    told = newsroom.folder / "told"
    browser = newsroom.folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {told}.new && mv {told}.new {told}\n')
    browser.chmod(0o755)

    async def works(desk: Sitting) -> None:
        await desk.keys("o", "s", "c", "n", "s", "u")
        await desk.until(told.exists)
        assert desk.screen.item_id == third
        await desk.keys("v")
        assert [each in desk.text() for each in ("In coda (3)", "Tutti (4)", "Filtro: scuse")] == [True] * 3
        await desk.keys("end", "enter")  # the last of the views is a filter of her own
        assert desk.screen.listing.ids == [third]
        await desk.keys("slash")
        await desk.types("waiting room")
        await desk.keys("enter")
        assert desk.screen.listing.ids == []
        assert "Nessun elemento risponde" in desk.text()
        await desk.keys("escape")
        assert desk.screen.listing.ids == [third]

    newsroom.curator("filter", "save", "scuse", "--query", "chatbot")
    sit(newsroom, works, BROWSER=str(browser))
    items = {item["id"]: item["status"] for item in newsroom.ask("items")["items"]}

    assert told.read_text() == "https://keeping.example/1\n"
    assert items == {first: "skipped", second: "drafting", third: "queued", fourth: "queued"}


def test_keys_typed_in_one_go_reach_the_item_and_field_they_were_meant_for(newsroom: Newsroom) -> None:
    first, second, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.at_once("n", "enter", "s", "a", "u", "tab", "q", "escape")
        await desk.until(lambda: newsroom.ask("show", second)["headline"] is not None)

    sit(newsroom, works)
    untouched, written = newsroom.ask("show", first), newsroom.ask("show", second)

    assert untouched["status"] == "queued"
    assert (written["status"], written["headline"], written["note"]) == ("drafting", "sau", "q")


def test_a_passage_attributions_and_tags_are_stored_as_they_were_chosen(newsroom: Newsroom) -> None:
    first, second, *_ = a_full_queue(newsroom)
    newsroom.curator("write", second, "--tag", "fedeltà", "--tag", "attese")
    newsroom.curator("release", second)

    async def works(desk: Sitting) -> None:
        desk.screen.listing.go_to(first)
        await desk.keys("m", "right", "space", "right", "right", "space", "enter")
        desk.screen.editor.go_to("attributions")
        await desk.types("\n\ntitolo: Altro\neditore: CX Today\nindirizzo: https://cx.example/a")
        desk.screen.editor.go_to("tags")
        await desk.types("attese, fed")
        await desk.until(lambda: "fedeltà" in desk.text())
        await desk.keys("enter")
        await desk.types("Più parole")
        await desk.keys("enter", "escape")

    sit(newsroom, works)
    item = newsroom.ask("show", first)

    assert item["excerpt"]["text"].split("\n\n") == [
        "Customers remember a broken promise.",
        "[…]",
        "So keep what you said, and spend the rest on the next promise.",
    ]
    assert "excerpt_not_verbatim" not in [problem["code"] for problem in item["problems"]]
    assert [each["publisher"] for each in item["attributions"]] == ["The Keeping Journal", "CX Today"]
    assert item["tags"] == ["attese", "fedeltà", "Più parole"]


def test_what_is_wrong_stands_under_its_field_and_loses_nothing(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        await desk.until(lambda: "✗" in desk.text())
        await desk.types("Un titolo , con uno spazio di troppo")
        await desk.until(lambda: any("!" in line and "spazio" in line for line in desk.text().splitlines()))
        await desk.keys("f8")
        assert desk.screen.focused is desk.screen.query_one("#field-note")
        desk.screen.editor.go_to("attributions")
        await desk.types("\nboh")
        await desk.keys("escape")
        assert desk.screen.focused is desk.screen.listing  # a letter is a command again, and no text

    sit(newsroom, works)
    kept = json.loads(next((newsroom.folder / "data/drafts").glob("*.desk.json")).read_text())

    assert newsroom.ask("show", first)["headline"] is None
    assert kept["form"]["headline"] == "Un titolo , con uno spazio di troppo"
    assert kept["form"]["attributions"].endswith("boh")


def test_colleagues_are_told_asked_and_taken_over_from_on_purpose(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        newsroom.curator("claim", first, "--editor", "paolo")
        await desk.keys("enter")
        await desk.until(lambda: "scrivania di paolo" in desk.text())
        await desk.keys("s", "o", "a")  # she types on, and it is no command
        assert newsroom.ask("show", first)["editor"] == "paolo"
        await desk.keys("f3")
        await desk.types("Solo un titolo")
        await desk.keys("escape", "C")
        await desk.types("Chi conosce la fonte?")
        await desk.keys("enter", "at")
        await desk.types("paolo")
        await desk.keys("enter", "w", "enter")
        await desk.types("parla da sé")
        await desk.keys("enter")
        await desk.until(lambda: "parla da sé" in str(desk.screen.query_one("#beside").render()))
        assert "Chi conosce la fonte?" in str(desk.screen.query_one("#state").render())

    sit(newsroom, works)
    item = newsroom.ask("show", first)

    assert (item["editor"], item["assignee"]) == ("marta", "paolo")
    assert [waiver["code"] for waiver in item["waivers"]] == ["note_missing"]


def test_a_narrow_terminal_shows_one_pane_at_a_time_by_day_too(newsroom: Newsroom) -> None:
    a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        panes = (desk.screen.listing, desk.screen.reader, desk.screen.editor)
        seen = [[pane.display for pane in panes]]
        await desk.keys("m", "right")
        seen.append([pane.display for pane in panes])
        assert is_in_the_handbook(await desk.picture(), "scrivania-leggi-stretta")
        await desk.keys("e")
        seen.append([pane.display for pane in panes])

        assert seen == [[True, False, False], [False, True, False], [False, False, True]]

    sit(newsroom, works, size=NARROW, light=True)


def test_walking_goes_on_to_the_next_item_by_itself(newsroom: Newsroom) -> None:
    nothing = newsroom.ask("next")
    first, second, *_ = a_full_queue(newsroom)
    on_top = newsroom.ask("next")

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        await desk.types("Mantenere basta")
        await desk.keys("tab")
        await desk.types("Una nota.")
        await desk.keys("escape", "A")
        await desk.types("presto")
        await desk.keys("enter")  # which is no time: what she typed stays, to be mended
        assert ["presto" in desk.text(), "Scrivi per esempio: domani" in desk.text()] == [True, True]
        assert "Invio conferma · Esc annulla" in desk.text()
        await desk.keys("ctrl+u")
        await desk.types("domani alle 9")
        await desk.keys("enter")

        assert desk.screen.item_id == second
        assert "Nine questions before the next survey" in desk.text()
        assert not desk.screen.listing.display

    sit(newsroom, works, walking=True)

    assert (nothing, on_top["id"]) == (None, first)
    approved = newsroom.ask("show", first)
    assert (approved["status"], approved["publish_at"]) == ("ready", "2026-03-03T08:00:00Z")


def test_the_desk_needs_a_terminal_and_tells_a_script_what_waits(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)
    newsroom.curator("claim", first)
    answer = newsroom.curator("desk", ok=False)

    assert (answer.status, "terminal" in answer.err) == (1, True)
    waiting = {"edition": "it", "editor": "marta", "queued": 3, "mine": [first], "unsaved": []}
    assert newsroom.ask("desk") == waiting


def test_an_imported_item_shows_its_original_instead_of_a_source(newsroom: Newsroom, tmp_path: Path) -> None:
    private = classic_single().replace(b"status-publish", b"status-private")
    (tmp_path / "post.html").write_bytes(private)
    newsroom.curator("import", tmp_path / "post.html")
    seen: list[str] = []

    async def sits(desk: Sitting) -> None:
        await desk.keys("enter")
        seen.append(desk.text())

    sit(newsroom, sits, size=WIDE)

    assert "La promessa" in seen[0]
    assert "https://blog.example/2014/03/post-12/" in seen[0]
    assert "Keep your word." in seen[0]
