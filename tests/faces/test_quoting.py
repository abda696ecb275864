"""How much may be quoted, as an editor meets it: limits, figures, permissions on record, clipped pages."""

from __future__ import annotations

import pytest

from builders import a_queued_item
from curator.store import Store
from newsroom import Newsroom, Page, own_story

LONG = "".join(own_story(n) for n in range(12))  # 480 words, each of its own


@pytest.fixture
def queued(newsroom: Newsroom) -> int:
    """An item of source 1, put there without a poll: no process has to start for it."""
    store = Store(f"sqlite:///{newsroom.folder}/data/curator.db")
    item_id = a_queued_item(store, html=LONG)
    store.close()
    return item_id


@pytest.fixture
def item(newsroom: Newsroom, queued: int) -> int:
    """One that quotes all that its source says."""
    written = ("--headline", "Promesse", "--note", "Una nota.", "--paragraphs", "1-12")
    newsroom.curator("write", queued, *written)
    return queued


def test_a_whole_article_is_refused_with_the_figures_until_a_permission_is_on_record(
    newsroom: Newsroom, item: int
) -> None:
    refused = newsroom.curator("approve", item, ok=False)

    assert refused.status == 1
    assert "480 words of the 480 of the original (100%): 250 may be quoted" in refused.err
    newsroom.curator("source", "edit", 1, "--full-text-permission", "Mail of 3 March", "--editor", "paolo")
    permission = newsroom.ask("source", "show", 1)["full_text_permission"]
    assert (permission["text"], permission["by"], permission["at"][-1]) == ("Mail of 3 March", "paolo", "Z")
    assert newsroom.ask("approve", item)["items"][0]["quotation"]["full_text_permission"] == permission


def test_the_limits_of_a_source_hold_and_can_be_forgotten(newsroom: Newsroom, item: int) -> None:
    newsroom.curator("source", "edit", 1, "--max-share", 10)

    (problem,) = newsroom.ask("review", item)["problems"][:1]
    assert (problem["code"], "10%" in problem["message"]) == ("quote_too_long", True)
    assert newsroom.ask("show", item)["quotation"]["most_words"] == 48
    newsroom.curator("source", "edit", 1, "--max-words", 500)
    source = newsroom.ask("source", "edit", 1, "--clear", "max_share")
    assert (source["max_share"], source["max_words"]) == (None, 500)
    newsroom.curator("source", "edit", 1, "--full-text-permission", "Mail", "--clear", "max_words")
    source = newsroom.ask("source", "edit", 1, "--clear", "full_text_permission", "--max-words", 500)
    assert (source["full_text_permission"], source["max_words"]) == (None, 500)
    assert newsroom.ask("review", item)["ready"]


def test_a_claim_quotes_no_more_than_the_source_allows(newsroom: Newsroom, queued: int) -> None:
    newsroom.curator("source", "edit", 1, "--max-share", 10)

    (claimed,) = newsroom.ask("claim", queued)["items"]

    assert 0 < claimed["quotation"]["words"] <= 48


def test_a_page_that_refuses_says_what_to_do_and_its_saved_text_is_taken(newsroom: Newsroom) -> None:
    newsroom.web["/paid"] = Page(b"Subscribe.", 403)
    url = newsroom.web.url("/paid")

    refused = newsroom.curator("clip", url, ok=False)

    assert (refused.status, "--text-file" in refused.err) == (1, True)
    saved = newsroom.folder / "saved.txt"
    saved.write_text(
        "A paid story\n\nWords that only subscribers have read so far, and now we.\n", encoding="utf-8"
    )
    clipped = newsroom.ask("clip", url, "--text-file", saved)
    assert (clipped["status"], clipped["editor"], clipped["entry"]["title"]) == (
        "drafting",
        "marta",
        "A paid story",
    )
    newsroom.curator("write", clipped["id"], "--headline", "Titolo", "--note", "Una nota.")
    newsroom.curator("approve", clipped["id"])
    assert newsroom.ask("publish")["published"] == [clipped["id"]]
    again = newsroom.curator("--locale", "it", "clip", url, ok=False)
    assert f"Questa pagina c’era già: è l’elemento {clipped['id']} (pubblicato)." in again.err


def test_what_is_no_page_is_said_in_sentences_that_can_be_followed(newsroom: Newsroom) -> None:
    newsroom.web["/i.png"] = Page(b"\x89PNG\r\n\x1a\n" + bytes(64), headers={"Content-Type": "image/png"})

    refused = newsroom.curator("--locale", "it", "clip", newsroom.web.url("/i.png"), ok=False).err

    assert "A questo indirizzo non c’è una pagina web (trovato: " in refused
    assert "). Se la vedi nel browser, salvane il testo" in refused
    assert " ID" not in refused


def test_two_sources_welded_into_one_address_are_two_on_the_page(newsroom: Newsroom, item: int) -> None:
    jammed = "https://www.strategy-business.com/article/x?gko=7cf43https://hbr.org/2018/02/brands"
    credit = f'{{"title": "Last Mile", "publisher": "strategy+business", "url": "{jammed}"}}'

    written = newsroom.ask("write", item, "--attribution", credit)

    assert [each["publisher"] for each in written["attributions"]] == [
        "strategy+business",
        "Harvard Business Review",
    ]
    asked = [problem["field"] for problem in written["problems"] if problem["code"] == "attribution_missing"]
    assert asked == ["attributions.1.title"]


def test_a_text_that_is_on_the_desk_already_is_said_to_be_when_it_is_clipped_elsewhere(
    newsroom: Newsroom,
) -> None:
    saved = newsroom.folder / "saved.txt"
    saved.write_text(f"A story of two addresses\n\n{LONG}\n", encoding="utf-8")

    first = newsroom.ask("clip", "https://one.example/x", "--text-file", saved)
    second = newsroom.ask("clip", "https://two.example/x", "--text-file", saved)

    assert second["duplicates"] == [first["id"]]
    assert "one.example" in newsroom.curator("show", second["id"]).out
