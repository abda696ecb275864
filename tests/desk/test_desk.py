"""An editor's day at the desk, key by key."""

from __future__ import annotations

import json

from newsroom import Newsroom
from sitting import MIDDLE, NARROW, Sitting, a_full_queue, sit

NOTE = "Chi mantiene quello che promette non ha bisogno di stupire: la fiducia nasce dalle attese rispettate."


def test_an_item_goes_from_the_queue_to_approved_in_twelve_keys_besides_its_text(newsroom: Newsroom) -> None:
    first, second, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("m", "space", "space", "enter")  # read, mark two paragraphs, quote them
        await desk.types("Mantenere una promessa basta")
        await desk.keys("tab")
        await desk.types(NOTE)
        await desk.keys("escape", "p", "escape", "a")

        assert desk.pressed <= 12
        assert desk.screen.item_id == second

    sit(newsroom, works)
    item = newsroom.ask("show", first)

    assert (item["status"], item["headline"], item["note"]) == ("ready", "Mantenere una promessa basta", NOTE)
    assert item["excerpt"]["text"].startswith("Customers remember a broken promise.")
    assert item["excerpt"]["html"].count("<p>") == 2


def test_single_keys_triage_the_queue(newsroom: Newsroom) -> None:
    first, second, third, fourth = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("s", "c", "n", "s")
        await desk.keys("u")

        assert desk.screen.item_id == third

    sit(newsroom, works)
    items = {item["id"]: item["status"] for item in newsroom.ask("items")["items"]}

    assert items == {first: "skipped", second: "drafting", third: "queued", fourth: "queued"}


def test_keys_typed_in_one_go_reach_the_item_and_field_they_were_meant_for(newsroom: Newsroom) -> None:
    first, second, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        for key in ("n", "enter", "s", "a", "u", "tab", "q", "escape"):
            await desk.pilot.press(key)
        await desk.settled()

    sit(newsroom, works)
    untouched, written = newsroom.ask("show", first), newsroom.ask("show", second)

    assert untouched["status"] == "queued"
    assert (written["status"], written["headline"], written["note"]) == ("drafting", "sau", "q")


def test_sentences_are_quoted_verbatim_with_what_is_left_out_marked(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("m", "right", "space", "right", "space", "enter")
        await desk.keys("escape")

    sit(newsroom, works)
    item = newsroom.ask("show", first)

    assert item["excerpt"]["text"] == (
        "Customers remember a broken promise.\n\n[…]\n\nSo keep what you said, and spend the rest on the next promise."
    )
    assert "excerpt_not_verbatim" not in [problem["code"] for problem in item["problems"]]


def test_what_is_missing_stands_under_its_field_while_one_types(newsroom: Newsroom) -> None:
    a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        await desk.until(lambda: "✗" in desk.text())
        assert "Titolo" in desk.text()
        await desk.types("Un titolo , con uno spazio di troppo")
        await desk.until(lambda: any("!" in line and "spazio" in line for line in desk.text().splitlines()))
        await desk.keys("f8")

        assert desk.screen.editor._field("note").has_focus

    sit(newsroom, works)


def test_a_preview_shows_what_readers_will_get(newsroom: Newsroom) -> None:
    a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        await desk.types("Mantenere basta")
        await desk.keys("tab")
        await desk.types("Una nota.")
        await desk.keys("ctrl+p")

        shown = desk.text()
        assert "NOTA AICEX: Una nota." in shown
        assert "Fonte: Keeping a promise is enough — Ada Example, The Keeping Journal" in shown

    sit(newsroom, works)


def test_every_attribution_stands_in_its_own_lines(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        desk.screen.editor.go_to("attributions")
        await desk.types("\n\ntitolo: Altro\neditore: CX Today\nindirizzo: https://cx.example/a")
        await desk.keys("escape")

    sit(newsroom, works)
    stored = newsroom.ask("show", first)["attributions"]

    assert [each["publisher"] for each in stored] == ["The Keeping Journal", "CX Today"]


def test_a_line_that_is_no_attribution_is_pointed_out_and_loses_nothing(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        await desk.types("Titolo")
        desk.screen.editor.go_to("attributions")
        await desk.types("\nboh")
        await desk.keys("escape")

        assert "boh" in desk.field("attributions")
        assert desk.screen.editor._field("attributions").has_focus

    sit(newsroom, works)

    assert newsroom.ask("show", first)["headline"] is None
    kept = json.loads(next((newsroom.folder / "data/drafts").glob("*.desk.json")).read_text())
    assert kept["form"]["headline"] == "Titolo"


def test_tags_are_completed_from_those_in_use(newsroom: Newsroom) -> None:
    first, second, *_ = a_full_queue(newsroom)
    newsroom.curator("write", second, "--tag", "fedeltà", "--tag", "attese")

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        desk.screen.editor.go_to("tags")
        await desk.types("attese, fed")
        await desk.until(lambda: "fedeltà" in desk.text())
        await desk.keys("right", "escape")

    sit(newsroom, works)

    assert newsroom.ask("show", first)["tags"] == ["attese", "fedeltà"]


def test_a_colleague_who_was_faster_is_never_written_over(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)
    newsroom.curator("write", first, "--headline", "Prima", "--note", "Nota comune.")

    async def works(desk: Sitting) -> None:
        await desk.keys("v", "j", "enter", "enter")
        await desk.types(" la mia")
        newsroom.curator("claim", first, "--take-over", "--editor", "paolo")
        newsroom.curator("write", first, "--headline", "Prima la sua", "--editor", "paolo")
        newsroom.curator("claim", first, "--take-over")
        await desk.keys("escape")
        shown = desk.text()
        assert "Prima la sua" in shown
        assert "[-sua-] {+mia+}" in shown
        assert "data/drafts/item-" in shown.replace("\n", "")
        await desk.keys("t")
        assert desk.field("headline") == "Prima la sua"

    sit(newsroom, works)
    drafts = [file.read_text() for file in (newsroom.folder / "data/drafts").glob("*.md")]

    assert newsroom.ask("show", first)["headline"] == "Prima la sua"
    assert any("headline: Prima la mia" in draft for draft in drafts)


def test_an_item_on_another_desk_is_taken_over_only_on_purpose(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        newsroom.curator("claim", first, "--editor", "paolo")
        await desk.keys("enter")
        await desk.until(lambda: "scrivania di paolo" in desk.text())
        assert newsroom.ask("show", first)["editor"] == "paolo"
        await desk.keys("t")

    sit(newsroom, works)

    assert newsroom.ask("show", first)["editor"] == "marta"


def test_colleagues_are_told_and_asked_from_the_desk(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("C")
        await desk.types("Chi conosce la fonte?")
        await desk.keys("enter", "at")
        await desk.types("paolo")
        await desk.keys("enter")

        assert "Chi conosce la fonte?" in desk.text()

    sit(newsroom, works)

    assert newsroom.ask("show", first)["assignee"] == "paolo"


def test_a_gap_is_waived_with_a_reason(newsroom: Newsroom) -> None:
    first, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        await desk.types("Solo un titolo")
        await desk.keys("escape", "w", "enter")
        await desk.types("parla da sé")
        await desk.keys("enter", "a")

    sit(newsroom, works)

    assert newsroom.ask("show", first)["status"] == "ready"


def test_the_page_opens_in_the_editors_own_browser(newsroom: Newsroom) -> None:
    a_full_queue(newsroom)
    told = newsroom.folder / "told"
    browser = newsroom.folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {told}.new && mv {told}.new {told}\n')
    browser.chmod(0o755)

    async def works(desk: Sitting) -> None:
        await desk.keys("o")
        await desk.until(told.exists)

    sit(newsroom, works, BROWSER=str(browser))

    assert told.read_text() == "https://keeping.example/1\n"


def test_a_narrow_terminal_shows_one_pane_and_a_middle_one_two(newsroom: Newsroom) -> None:
    a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        panes = (desk.screen.listing, desk.screen.reader, desk.screen.editor)
        seen = [[pane.display for pane in panes]]
        await desk.keys("m")
        seen.append([pane.display for pane in panes])
        await desk.keys("e")
        seen.append([pane.display for pane in panes])
        await desk.pilot.resize_terminal(*MIDDLE)
        await desk.settled()
        seen.append([pane.display for pane in panes])

        assert seen == [
            [True, False, False],
            [False, True, False],
            [False, False, True],
            [False, True, True],
        ]

    sit(newsroom, works, size=NARROW)


def test_walking_goes_on_to_the_next_item_by_itself(newsroom: Newsroom) -> None:
    first, second, *_ = a_full_queue(newsroom)

    async def works(desk: Sitting) -> None:
        await desk.keys("enter")
        await desk.types("Mantenere basta")
        await desk.keys("tab")
        await desk.types("Una nota.")
        await desk.keys("escape", "a")

        assert desk.screen.item_id == second
        assert "Nine questions before the next survey" in desk.text()
        assert not desk.screen.listing.display

    sit(newsroom, works, walking=True)

    assert newsroom.ask("show", first)["status"] == "ready"


def test_next_gives_a_script_the_item_on_top_of_the_queue(newsroom: Newsroom) -> None:
    nothing = newsroom.ask("next")
    first, *_ = a_full_queue(newsroom)

    assert (nothing, newsroom.ask("next")["id"]) == (None, first)


def test_the_desk_says_that_it_needs_a_terminal(newsroom: Newsroom) -> None:
    answer = newsroom.curator("desk", ok=False)

    assert (answer.status, "terminal" in answer.err) == (1, True)
