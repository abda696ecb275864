"""Working together on the command line: many items at once, filters, comments, conflicts, times."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from builders import NOW, a_queued_item, a_source
from curator.bootstrap import open_newsroom
from curator.edges.process import this_worker
from curator.faces import pulse
from curator.faces.loop import Service
from curator.store import Store
from newsroom import Newsroom

HOUR = timedelta(hours=1)
EDITORS = """
[editors.marta]
name = "Marta Rossi"
role = "chief"
[editors.paolo]
name = "Paolo Bianchi"
"""


@pytest.fixture
def store(newsroom: Newsroom) -> Iterator[Store]:
    store = Store(f"sqlite:///{newsroom.folder / 'data/curator.db'}")
    yield store
    store.close()


@pytest.fixture
def item_ids(store: Store) -> list[int]:
    """Two of one source, then one of another that is in Italian by tag."""
    blog, other = a_source(store), a_source(store, url="https://altro.example/feed", name="Altro")
    return [
        a_queued_item(
            store, source_id=source, guid=str(n), url=f"https://blog.example/{n}", title=f"Title {n}"
        )
        for n, source in enumerate((blog, blog, other))
    ]


def statuses(newsroom: Newsroom) -> dict[int, str]:
    return {item["id"]: item["status"] for item in newsroom.ask("items")["items"]}


def test_items_are_moved_by_what_they_are_like(newsroom: Newsroom, item_ids: list[int]) -> None:
    moved = newsroom.ask("claim", "--source", 1, "--query", "Title 0")

    assert [item["id"] for item in moved["items"]] == item_ids[:1]
    assert newsroom.ask("skip", "--source", 1)["items"][0]["id"] == item_ids[1]
    assert statuses(newsroom) == {item_ids[0]: "drafting", item_ids[1]: "skipped", item_ids[2]: "queued"}
    assert [item["id"] for item in newsroom.ask("release", "--source", 1)["items"]] == item_ids[:1]
    assert [item["id"] for item in newsroom.ask("requeue", "--tag", "no")["items"]] == []


def test_a_move_is_tried_before_it_is_made(newsroom: Newsroom, item_ids: list[int]) -> None:
    would = newsroom.ask("claim", *item_ids, "--dry-run")

    assert [item["status"] for item in would["items"]] == ["drafting"] * 3
    assert would["dry_run"]
    assert set(statuses(newsroom).values()) == {"queued"}
    said = newsroom.curator("claim", *item_ids, "--dry-run").out
    assert "Dry run: nothing was changed. This would come of it (3 items):" in said


def test_what_would_be_refused_is_refused_in_a_dry_run(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("claim", *item_ids)

    refused = newsroom.curator("approve", *item_ids, "--dry-run", "--json", ok=False)
    listed = newsroom.ask("approve", *item_ids, "--dry-run", "--keep-going")

    assert refused.json["error"]["code"] == "not_ready"
    assert [each["item"] for each in listed["refused"]] == item_ids


@pytest.mark.parametrize("words", [[], [1, "--source", 1]])
def test_items_are_named_or_described_and_not_both(newsroom: Newsroom, words: list[str]) -> None:
    answer = newsroom.curator("claim", *words, ok=False)

    assert answer.status == 2
    assert "not both" in answer.err


def test_a_filter_is_saved_and_asked_again(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("filter", "save", "blog", "--source", 1, "--since", "-7d")
    newsroom.curator("filter", "save", "primo", "--filter", "blog", "--query", "Title 0")

    found = newsroom.ask("filter", "list")["filters"]
    assert [(each["name"], each["asked"]["since"]) for each in found] == [("blog", "-7d"), ("primo", "-7d")]
    assert newsroom.ask("items", "--filter", "blog", "--since", "2026-01-01")["total"] == 2
    newsroom.curator("filter", "save", "primo", "--query", "Title 0")
    assert [i["id"] for i in newsroom.ask("queue", "--filter", "primo")["items"]] == item_ids[:1]
    assert [i["id"] for i in newsroom.ask("skip", "--filter", "primo")["items"]] == item_ids[:1]
    newsroom.curator("filter", "remove", "primo")
    assert newsroom.curator("queue", "--filter", "primo", ok=False).status == 1


def test_filters_are_an_editors_own(newsroom: Newsroom) -> None:
    newsroom.curator("filter", "save", "mio", "--language", "it")

    answer = newsroom.curator("queue", "--filter", "mio", "--editor", "paolo", "--json", ok=False)

    assert answer.json["error"]["code"] == "filter_unknown"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["vuoto"], "filter_asks_nothing"),
        (["due\nrighe", "--tag", "x"], "filter_name_invalid"),
        (["x", "--status", "pronto"], "status_unknown"),
        (["x", "--since", "ieri"], "time_unreadable"),
        (["x", "--source", "77"], "not_found"),
    ],
)
def test_a_filter_that_could_never_be_asked_is_not_saved(
    newsroom: Newsroom, words: list[str], code: str
) -> None:
    answer = newsroom.curator("filter", "save", *words, "--json", ok=False)

    assert answer.json["error"]["code"] == code
    assert newsroom.ask("filter", "list") == {"filters": []}


def test_items_are_assigned_and_found_by_whom(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("assign", *item_ids[:2], "paolo")
    newsroom.curator("assign", item_ids[1], "--nobody")

    assert [i["id"] for i in newsroom.ask("queue", "--assignee", "paolo")["items"]] == item_ids[:1]
    assert "Assigned to: paolo" in newsroom.curator("show", item_ids[0]).out
    assert newsroom.curator("assign", item_ids[0], ok=False).status == 2


def test_what_is_on_an_editors_desk_is_found(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("claim", item_ids[1], "--editor", "paolo")
    newsroom.curator("claim", item_ids[0])

    assert [i["id"] for i in newsroom.ask("items", "--claimed-by", "paolo")["items"]] == [item_ids[1]]


def test_nobody_unknown_is_assigned_to(newsroom: Newsroom, item_ids: list[int]) -> None:
    settings = newsroom.folder / "config/curator.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + EDITORS, encoding="utf-8")

    answer = newsroom.curator("assign", item_ids[0], "Paolo Bianco", "--json", ok=False)

    assert answer.json["error"]["code"] == "editor_unknown"
    assert answer.json["error"]["data"]["nearest"] == "paolo"


def test_comments_are_shown_with_the_item(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("comment", item_ids[0], "Serve un’immagine?", "--editor", "paolo")

    item = newsroom.ask("show", item_ids[0])
    assert [(each["editor"], each["text"]) for each in item["comments"]] == [("paolo", "Serve un’immagine?")]
    assert "Serve un’immagine?" in newsroom.curator("show", item_ids[0]).out
    assert "Serve un’immagine?" in newsroom.curator("history", item_ids[0]).out


def test_an_item_is_sent_back_with_one_command(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.ready(item_ids[0])

    item = newsroom.ask("send-back", item_ids[0], "--comment", "Più breve.", "--editor", "paolo")

    assert (item["status"], item["editor"], item["comments"][0]["text"]) == (
        "drafting",
        "marta",
        "Più breve.",
    )


def test_tags_in_use_are_listed_with_their_counts(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("write", item_ids[0], "--tag", "cx", "--tag", "promesse")
    newsroom.curator("write", item_ids[1], "--tag", "cx")

    assert newsroom.ask("tags")["tags"] == [{"tag": "cx", "items": 2}, {"tag": "promesse", "items": 1}]
    assert newsroom.ask("tags", "--query", "PROM")["tags"] == [{"tag": "promesse", "items": 1}]


def test_a_conflict_shows_both_texts_and_what_differs(newsroom: Newsroom, item_ids: list[int]) -> None:
    read = newsroom.ask("write", item_ids[0], "--headline", "Mantenere una promessa", "--note", "Basta.")
    newsroom.curator("write", item_ids[0], "--headline", "Mantenere ogni promessa", "--tag", "cx")
    stale = ["write", item_ids[0], "--headline", "Mantenere la promessa", "--version", read["version"]]

    answer = newsroom.curator(*stale, ok=False)

    assert "now: Mantenere ogni promessa" in answer.out
    assert "yours: Mantenere la promessa" in answer.out
    assert "Mantenere [-ogni-] {+la+} promessa" in answer.out
    assert len(answer.err.splitlines()) == 1
    draft = next((newsroom.folder / "data/drafts").glob("*.md")).read_text(encoding="utf-8")
    assert "#! Headline: Mantenere [-ogni-] {+la+} promessa" in draft
    assert "\nheadline: Mantenere la promessa\n" in draft
    assert "\ntags: cx\n" in draft, "what only the colleague changed is in the draft as it stands now"


def test_a_text_refused_because_another_has_the_item_is_kept(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("claim", item_ids[0], "--editor", "paolo")

    answer = newsroom.curator("write", item_ids[0], "--note", "Una nota lunga.", "--json", ok=False)

    error = answer.json["error"]
    assert error["code"] == "claimed_by_other"
    assert error["data"]["draft"] in error["message"]
    assert "Una nota lunga." in Path(error["data"]["draft"]).read_text(encoding="utf-8")


def test_a_resolved_conflict_can_be_saved(newsroom: Newsroom, item_ids: list[int], tmp_path: Path) -> None:
    """In her own program: the second time her file is on the version that she has been shown."""
    newsroom.curator("write", item_ids[0], "--headline", "Prima")
    newsroom.curator("write", item_ids[0], "--note", "Sua")
    typing = tmp_path / "typing.sh"
    typing.write_text(
        "#!/bin/sh\nsed -i 's/^headline:.*/headline: La mia/' \"$1\"\n"
        f'[ -e {tmp_path}/again ] || sed -i "s/^version:.*/version: 2/" "$1"\ntouch {tmp_path}/again\n',
        encoding="utf-8",
    )
    typing.chmod(0o755)
    assert newsroom.curator("write", item_ids[0], ok=False, EDITOR=str(typing)).status == 1

    item = newsroom.ask("write", item_ids[0], EDITOR=str(typing))

    assert (item["headline"], item["note"]) == ("La mia", "Sua")


def test_a_text_that_a_busy_database_did_not_take_is_kept(newsroom: Newsroom, item_ids: list[int]) -> None:
    with sqlite3.connect(newsroom.folder / "data/curator.db", isolation_level=None) as busy:
        busy.execute("BEGIN IMMEDIATE")
        answer = newsroom.curator(
            "write", item_ids[0], "--note", "Lunga.", ok=False, CURATOR_DATABASE__BUSY_TIMEOUT="0"
        )
        busy.execute("ROLLBACK")
    busy.close()

    kept = next((newsroom.folder / "data/drafts").glob("*.md"))
    assert f"kept in {kept}" in answer.err
    assert "Lunga." in kept.read_text(encoding="utf-8")


def test_an_approval_of_an_older_version_is_refused(newsroom: Newsroom, item_ids: list[int]) -> None:
    read = newsroom.ask("write", item_ids[0], "--headline", "H", "--note", "N")
    newsroom.curator("write", item_ids[0], "--note", "Altro")

    answer = newsroom.curator("approve", item_ids[0], "--version", read["version"], "--json", ok=False)

    assert answer.json["error"]["code"] == "approve_stale"
    assert newsroom.curator("approve", *item_ids, "--version", 3, ok=False).status == 2


# ── a time, and who publishes then ──


def test_who_sets_a_time_is_told_when_nothing_would_publish(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("write", item_ids[0], "--headline", "H", "--note", "N")

    answer = newsroom.curator("approve", item_ids[0], "--at", "+2h", "--json")

    assert [each["code"] for each in answer.json["warnings"]] == ["nothing_runs"]
    assert "curator run" in answer.err
    assert answer.json["items"][0]["status"] == "ready"
    checks = {check["name"]: check for check in newsroom.ask("doctor")["checks"]}
    assert "curator run" in checks["schedule"]["advice"]


def test_nobody_is_warned_while_a_service_runs(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("write", item_ids[0], "--headline", "H", "--note", "N")
    here = open_newsroom(newsroom.folder, newsroom.environ)
    service = Service(here, store=here.store)
    beating = Thread(target=service._pulse)
    beating.start()
    while not (said := _pulse(here.store)):
        beating.join(0.02)

    assert said.endswith(this_worker())
    assert "warnings" not in newsroom.ask("approve", item_ids[0], "--at", "+2h", "--dry-run")
    service._stopping.set()
    beating.join()
    assert "warnings" in newsroom.ask("approve", item_ids[0], "--at", "+2h", "--dry-run")
    here.close()


def test_run_once_from_time_to_time_is_as_good(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("write", item_ids[0], "--headline", "H", "--note", "N")
    newsroom.curator("run", "--once")

    assert "warnings" not in newsroom.ask("approve", item_ids[0], "--at", "+2h")


def _pulse(store: Store) -> str | None:
    with store.read() as tx:
        return tx.meta.get(pulse.SERVICE)


@pytest.mark.parametrize(
    ("later", "gone", "alive"),
    [(timedelta(minutes=4), False, True), (timedelta(minutes=4), True, False), (HOUR, False, False)],
)
def test_a_service_that_died_is_missed(
    sqlite_store: Store, later: timedelta, *, gone: bool, alive: bool
) -> None:
    pulse.beat(sqlite_store, worker="host:1:x", now=NOW)

    assert pulse.is_alive(sqlite_store, is_gone=lambda _: gone, now=NOW + later) is alive


# ── what has happened is said ──


@pytest.fixture
def published(newsroom: Newsroom, item_ids: list[int]) -> int:
    newsroom.ready(item_ids[0], headline="Prima")
    newsroom.curator("publish")
    return item_ids[0]


def test_a_correction_says_what_readers_have_until_it_goes_out(newsroom: Newsroom, published: int) -> None:
    newsroom.curator("assign", published, "marta")
    assert newsroom.ask("show", published)["correction"] is None

    said = newsroom.curator("--locale", "it", "write", published, "--headline", "Seconda").out

    assert (
        "Correzione in attesa: quanto segue non è ancora dei lettori, che leggono «Prima»."
        " Esce al prossimo curator publish."
    ) in said
    assert newsroom.ask("show", published)["correction"] == {"waits_for": "publish", "readers_have": "Prima"}
    newsroom.curator("publish")
    assert newsroom.ask("show", published)["correction"] is None


def test_a_minor_correction_has_no_words_for_readers(newsroom: Newsroom, published: int) -> None:
    words = ("--note", "Senza refusi.", "--minor", "--correction", "Diceva altro.")

    answer = newsroom.curator("write", published, *words, "--json", ok=False)

    assert (answer.status, answer.json["error"]["code"]) == (1, "correction_minor")
    assert newsroom.ask("show", published)["correction"] is None


def test_a_correction_that_waits_for_another_is_approved_as_such(newsroom: Newsroom, published: int) -> None:
    two: dict[str, Any] = {"CURATOR_REVIEW__TWO_PERSON": "true", "CURATOR_LOCALE": "it"}
    said = newsroom.curator("write", published, "--headline", "Seconda", **two).out
    assert "La deve approvare un altro redattore: curator approve" in said

    refused = newsroom.curator("approve", published, ok=False, **two).err
    approved = newsroom.curator("approve", published, "--editor", "paolo", **two).out

    assert "send-back" not in refused
    assert f"curator comment {published} TESTO" in refused
    assert (
        approved == f"La correzione di {published} è approvata ed esce al prossimo curator publish: Seconda\n"
    )


def test_a_withdrawal_that_readers_know_is_final_and_nothing_impossible_is_proposed(
    newsroom: Newsroom, published: int
) -> None:
    newsroom.curator("withdraw", published, "--reason", "sbaglio", "--now")

    said = newsroom.curator("--locale", "it", "undo", published, ok=False).err

    assert "un ritiro pubblicato è definitivo" in said
    assert "Correggi o ritira" not in said


def test_a_title_of_the_source_is_shown_as_such(newsroom: Newsroom, item_ids: list[int]) -> None:
    assert "(the source’s title) Title 0" in newsroom.curator("show", item_ids[0]).out


def test_a_publish_that_would_do_nothing_says_so(newsroom: Newsroom, item_ids: list[int]) -> None:
    nothing = newsroom.curator("--locale", "it", "publish", "--dry-run").out
    newsroom.ready(item_ids[0])
    something = newsroom.curator("--locale", "it", "publish", "--dry-run").out

    assert nothing.startswith("Non c’è nulla da pubblicare, da correggere o da ritirare.")
    assert something == f"Pubblicherei: {item_ids[0]}.\nProva: nulla è stato cambiato.\n"


def test_a_refusal_names_the_item_and_keeps_its_sentences_apart(
    newsroom: Newsroom, item_ids: list[int]
) -> None:
    beyond = newsroom.curator("write", item_ids[0], "--paragraphs", "9-12", ok=False).err
    misspelt = newsroom.curator("queue", "--source", "Altrro", ok=False).err

    assert beyond.endswith(f"See them with: curator show {item_ids[0]} --entry\n")
    assert misspelt.endswith("“curator source list” shows them. Did you mean: Altro?\n")


def test_what_was_taken_back_is_said_in_the_editors_language(newsroom: Newsroom, item_ids: list[int]) -> None:
    newsroom.curator("claim", item_ids[0])

    said = newsroom.curator("--locale", "it", "undo", item_ids[0]).out

    assert said == f"{item_ids[0]}: annullata l’ultima mossa, di marta: preso.\n"
