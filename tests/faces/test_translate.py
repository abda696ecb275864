"""`translate` from outside: what people and scripts get of a machine, and what is said when none helps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import engine as ways
from engine import Engine, running_engine
from newsroom import STORY, Newsroom, an_item, feed

KEY = "0e5c-secret"


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running_engine() as running:
        yield running


@pytest.fixture
def item_id(newsroom: Newsroom) -> int:
    newsroom.follow(feed(an_item("1", "Keeping a promise", STORY)))
    found: int = newsroom.queue()[0]["id"]
    return found


def engines(*running: Engine) -> dict[str, str]:
    said = [f'{{engine = "deepl", url = "{each.url}", key = "{KEY}"}}' for each in running]
    return {"CURATOR_TRANSLATE__ENGINES": f"[{', '.join(said)}]", "CURATOR_TRANSLATE__TIMEOUT": "20"}


def test_suggestions_are_shown_with_engine_and_time(newsroom: Newsroom, item_id: int, engine: Engine) -> None:
    item = newsroom.ask("translate", item_id, **engines(engine))
    shown = newsroom.curator("show", item_id, CURATOR_LOCALE="it").out

    assert [(s["field"], s["language"], s["engine"]) for s in item["suggestions"]] == [
        ("headline", "it", "deepl"),
        ("note", "it", "deepl"),
    ]
    assert item["suggestions"][0]["text"] == "IT: KEEPING A PROMISE"
    assert (item["status"], item["headline"], item["note"]) == ("queued", None, None)
    assert "Suggerito da una macchina, deepl, " in shown
    assert "  ~ IT: KEEPING A PROMISE" in shown


def test_an_accepted_suggestion_is_published_only_once_edited_or_waived(
    newsroom: Newsroom, item_id: int, engine: Engine
) -> None:
    item = newsroom.ask("translate", item_id, "--accept", **engines(engine))
    refused = newsroom.curator("approve", item_id, ok=False)
    listed = newsroom.ask("items", "--problem", "machine_text")
    newsroom.curator("write", item_id, "--headline", "Mantenere", "--waive", "machine_text=riletta")
    newsroom.curator("approve", item_id)
    newsroom.curator("publish")

    assert (item["status"], item["editor"]) == ("drafting", "marta")
    assert [(p["code"], p["field"]) for p in item["problems"] if p["blocks"]] == [
        ("machine_text", "headline"),
        ("machine_text", "note"),
    ]
    assert refused.status == 1
    assert listed["total"] == 1
    assert newsroom.ask("show", item_id)["status"] == "published"


def test_each_language_has_its_suggestions_and_each_edition_its_draft(
    newsroom: Newsroom, item_id: int, engine: Engine
) -> None:
    french = {"CURATOR_EDITIONS__FR__LANGUAGE": "fr"} | engines(engine)

    newsroom.ask("translate", item_id, "--to", "fr", **french)
    item = newsroom.ask("translate", item_id, "--accept", "--edition", "fr", **french)

    assert (item["edition"], item["headline"]) == ("fr", "FR: KEEPING A PROMISE")
    assert item["editions"].keys() == {"fr"}
    assert len(engine.asked) == 1


def test_when_no_engine_answers_each_reason_is_said_and_no_key(
    newsroom: Newsroom, item_id: int, engine: Engine
) -> None:
    engine.ways = [ways.too_many]
    with running_engine() as other:
        other.ways = [ways.page]

        refused = newsroom.curator("translate", item_id, "--json", ok=False, **engines(engine, other))

    error: dict[str, Any] = refused.json["error"]
    assert refused.status == 1
    assert error["code"] == "translate_failed"
    assert [(p["field"], p["code"]) for p in error["data"]["problems"]] == [
        ("deepl", "fetch_http_status"),
        ("deepl", "engine_answer"),
    ]
    assert "127.0.0.1 answered 429" in refused.err
    assert refused.err.count("\n") == 1
    assert KEY not in refused.out + refused.err
    assert newsroom.ask("show", item_id)["suggestions"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ((), "translate_no_engine"),
        (("--to", "en"), "translate_nothing"),
        (("--to", "no language"), "language_invalid"),
        (("--to", "fr", "--accept"), "translate_other_language"),
        (("--edition", "xx"), "edition_unknown"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    newsroom: Newsroom, item_id: int, words: tuple[str, ...], code: str
) -> None:
    refused = newsroom.curator("translate", item_id, *words, "--json", ok=False)

    assert (refused.status, refused.json["error"]["code"]) == (1, code)


def test_an_unknown_engine_is_named_with_the_nearest_and_no_key_is_said(newsroom: Newsroom) -> None:
    said = f'[{{engine = "deeple", key = "{KEY}"}}]'

    refused = newsroom.curator("queue", ok=False, CURATOR_TRANSLATE__ENGINES=said)

    assert refused.status == 1
    assert "nearest: deepl." in refused.err
    assert KEY not in refused.out + refused.err


def test_an_item_that_is_not_there_is_said(newsroom: Newsroom, engine: Engine) -> None:
    refused = newsroom.curator("translate", 99, "--json", ok=False, **engines(engine))

    assert (refused.status, refused.json["error"]["code"]) == (1, "not_found")


def test_an_engine_without_room_in_its_day_is_not_asked(
    newsroom: Newsroom, item_id: int, engine: Engine
) -> None:
    said = f'[{{engine = "libretranslate", url = "{engine.url}", daily_characters = 60}}]'

    refused = newsroom.curator("translate", item_id, "--json", ok=False, CURATOR_TRANSLATE__ENGINES=said)

    assert [p["code"] for p in refused.json["error"]["data"]["problems"]] == ["engine_budget"]
    assert "0 of the 60 characters" in refused.err
    assert engine.asked == []


def test_the_doctor_says_which_engine_rests_and_why(newsroom: Newsroom, item_id: int, engine: Engine) -> None:
    engine.ways = [ways.come_back_later]
    environ: dict[str, Any] = engines(engine)
    newsroom.curator("translate", item_id, ok=False, **environ)

    found = newsroom.curator("doctor", "--json", **environ).json
    check = next(each for each in found["checks"] if each["name"].startswith("engine deepl"))

    assert check["ok"]
    assert "127.0.0.1 answered 429" in check["message"]
    assert "neither the queue nor writing" in check["advice"]


def test_a_glossary_that_cannot_be_read_is_said_and_stops_nothing_else(
    newsroom: Newsroom, item_id: int, engine: Engine
) -> None:
    environ: dict[str, Any] = engines(engine)
    (newsroom.folder / "config/glossary.toml").write_text("[italian]\nNPS = true\n")

    refused = newsroom.curator("translate", item_id, ok=False, **environ)
    newsroom.curator("claim", item_id)

    assert (refused.status, refused.err.count("\n")) == (1, 1)
    assert "[italian] is no pair of languages" in refused.err
    assert newsroom.curator("doctor", ok=False).status == 1


def test_a_draft_says_that_it_began_as_machine_text_and_a_stale_suggestion_that_it_is(
    newsroom: Newsroom, item_id: int, engine: Engine
) -> None:
    newsroom.ask("translate", item_id, "--accept", **engines(engine))
    item = newsroom.ask("write", item_id, "--headline", "Mantenere", "--paragraphs", "2")
    shown = newsroom.curator("show", item_id, CURATOR_LOCALE="it").out

    assert item["machine"] == [
        {"field": "headline", "engine": "deepl", "edited": True},
        {"field": "note", "engine": "deepl", "edited": False},
    ]
    assert [(each["field"], each["stale"]) for each in item["suggestions"]] == [
        ("headline", False),
        ("note", True),
    ]
    assert "Titolo: era un testo di deepl, poi rivisto" in shown
    assert "Nota: testo di deepl, non ancora rivisto" in shown
    assert "Da allora la citazione è cambiata" in shown


def test_the_queue_needs_no_engine_not_even_the_file_with_its_key(newsroom: Newsroom, item_id: int) -> None:
    lost = {"CURATOR_TRANSLATE__ENGINES": '[{engine = "deepl", key_file = "lost"}]'}

    queue = newsroom.ask("queue", **lost)
    claimed = newsroom.ask("claim", item_id, **lost)
    refused = newsroom.curator("translate", item_id, "--json", ok=False, **dict[str, Any](lost))

    assert (queue["total"], claimed["items"][0]["status"]) == (1, "drafting")
    assert refused.json["error"]["code"] == "settings_file_unreadable"
