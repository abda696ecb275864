"""Keys that are pressed once a week: each does what its line in the help says."""

from __future__ import annotations

from engine import running_engine
from newsroom import Newsroom
from sitting import Sitting, a_full_queue, sit


def test_an_item_goes_back_to_its_writer_and_machine_text_is_taken_by_keys(newsroom: Newsroom) -> None:
    first, second, *_ = a_full_queue(newsroom)
    newsroom.curator("write", first, "--headline", "Mantenere basta", "--note", "Una nota.")
    newsroom.curator("approve", first)

    async def works(desk: Sitting) -> None:
        desk.screen.listing.go_to(first)
        await desk.keys("v", "down", "down", "down", "enter")
        assert desk.screen.item_id == first
        await desk.keys("B")
        await desk.types("Manca il perché.")
        await desk.keys("enter", "d")
        assert "La fonte dice le stesse parole" in desk.text()
        await desk.keys("escape", "v", "home", "enter")
        desk.screen.listing.go_to(second)
        await desk.keys("c", "T")
        await desk.until(lambda: "traduzione automatica è accanto" in desk.text())
        await desk.keys("Y")
        assert desk.field("headline").startswith("IT: NINE QUESTIONS")

    with running_engine() as engine:
        engines = f'[{{engine = "deepl", url = "{engine.url}", key = "k"}}]'
        sit(newsroom, works, CURATOR_TRANSLATE__ENGINES=engines)
    sent_back, taken = newsroom.ask("show", first), newsroom.ask("show", second)

    assert (sent_back["status"], sent_back["comments"][0]["text"]) == ("drafting", "Manca il perché.")
    assert taken["headline"].startswith("IT: NINE")
