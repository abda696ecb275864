"""Machine text is an aid: beside the item until an editor takes it, and not unnoticed in what readers get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

import engine as ways
from builders import ITALIAN, MARTA, NOW, PAOLO, SETTINGS, a_queued_item
from curator import history
from curator.curate import suggesting
from curator.curate.asking import Machines
from curator.curate.dossier import read_dossier
from curator.curate.usecases import approve, claim, undo, write
from curator.curate.writing import Writing
from curator.edges.translate import open_translators
from curator.errors import ClaimedByOther, CuratorError, NotReady, Refused
from curator.model import Commentary, Editor, Item, Lang, MachineText, Status
from curator.settings import Edition, TranslateEngine, TranslateSettings
from curator.settings.glossary import Glossary
from curator.store import Store
from engine import Engine, running_engine

LATER = NOW + timedelta(minutes=5)
DESK: dict[str, Any] = {"settings": SETTINGS, "edition": ITALIAN, "now": NOW}

HEADLINE = "it: KEEPING A PROMISE IS ENOUGH"
NOTE = (
    "it: CUSTOMERS REMEMBER A BROKEN PROMISE. it: THEY HARDLY NOTICE ONE THAT WAS EXCEEDED.\n\n"
    "it: SO KEEP WHAT YOU SAID, AND SPEND THE REST ON THE NEXT PROMISE."
)


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running_engine() as running:
        yield running


@pytest.fixture
def item_id(store: Store) -> int:
    return a_queued_item(store)


def machines(*running: Engine, terms: Mapping[str, str | None] | None = None, **limits: Any) -> Machines:
    said = tuple(TranslateEngine(engine="libretranslate", url=each.url) for each in running)
    settings = TranslateSettings(engines=said, **{"timeout": 20.0, **limits})
    return Machines(
        translators=open_translators(settings),
        glossary=Glossary(pairs={"en-it": terms or {}}),
        limits=settings,
        pause=lambda _: None,
    )


def suggest(
    store: Store,
    item_id: int,
    *running: Engine,
    to: str = "it",
    anew: bool = False,
    at: datetime = LATER,
    **said: Any,
) -> None:
    suggesting.suggest(
        store,
        machines(*running, **said),
        item_id,
        language=Lang(to),
        by=MARTA,
        settings=SETTINGS,
        edition=ITALIAN,
        clock=lambda: at,
        anew=anew,
    )


def accept(
    store: Store, item_id: int, *running: Engine, by: Editor = MARTA, edition: Edition = ITALIAN
) -> Item:
    return suggesting.accept(
        store,
        machines(*running),
        item_id,
        by=by,
        settings=SETTINGS,
        edition=edition,
        clock=lambda: LATER,
    )


def suggestions(store: Store, item_id: int) -> dict[str, str]:
    return {each.field: each.text for each in read_dossier(store, item_id).suggestions}


def problems(store: Store, item_id: int) -> list[tuple[str, str | None]]:
    return [(p.code, p.field) for p in read_dossier(store, item_id).problems("it", SETTINGS)]


def the_commentary(item: Item) -> Commentary:
    return item.commentaries["it"]


# ── suggesting ──


def test_title_and_excerpt_are_suggested_and_the_item_stays_as_it_is(
    store: Store, item_id: int, engine: Engine
) -> None:
    before = read_dossier(store, item_id).item

    suggest(store, item_id, engine)
    dossier = read_dossier(store, item_id)

    assert suggestions(store, item_id) == {"headline": HEADLINE, "note": NOTE}
    assert {(s.language, s.engine, s.at) for s in dossier.suggestions} == {("it", "libretranslate", LATER)}
    assert dossier.item == before
    assert engine.texts == [
        "Keeping a promise is enough",
        "Customers remember a broken promise.",
        "They hardly notice one that was exceeded.",
        "So keep what you said, and spend the rest on the next promise.",
    ]


def test_a_save_that_was_begun_before_a_suggestion_is_no_conflict(
    store: Store, item_id: int, engine: Engine
) -> None:
    version = claim(store, [item_id], by=PAOLO, **DESK).items[0].version
    suggest(store, item_id, engine)

    write(store, item_id, Writing(headline="Mantenere", version=version), by=PAOLO, **DESK)

    assert the_commentary(read_dossier(store, item_id).item).headline == "Mantenere"


def test_a_new_suggestion_replaces_the_older_one_of_its_language(
    store: Store, item_id: int, engine: Engine
) -> None:
    suggest(store, item_id, engine)
    suggest(store, item_id, engine, to="fr")
    write(store, item_id, Writing(excerpt="So keep what you said"), by=MARTA, **DESK)
    suggest(store, item_id, engine)

    kept = [(s.field, s.language, s.text) for s in read_dossier(store, item_id).suggestions]

    assert ("note", "it", "it: SO KEEP WHAT YOU SAID") in kept
    assert sorted((field, language) for field, language, _ in kept) == [
        ("headline", "fr"),
        ("headline", "it"),
        ("note", "fr"),
        ("note", "it"),
    ]


def test_the_log_says_who_asked_and_what_was_suggested_before(
    store: Store, item_id: int, engine: Engine
) -> None:
    suggest(store, item_id, engine)
    suggest(store, item_id, engine)

    with store.read() as tx:
        first, second = tx.events.of_item(item_id)[-2:]

    assert (first.editor, first.move, first.version, first.before) == ("marta", "suggest", None, {})
    assert first.after["suggestions.it.headline"] == {"text": HEADLINE, "engine": "libretranslate"}
    assert second.before == first.after


def test_two_who_ask_at_once_leave_one_suggestion_a_field(store: Store, item_id: int, engine: Engine) -> None:
    start = Barrier(4)
    outcomes: list[str] = []

    def ask() -> None:
        start.wait()
        try:
            suggest(store, item_id, engine)
            outcomes.append("done")
        except CuratorError as error:
            outcomes.append(error.reason)

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == ["done"] * 4
    assert len(read_dossier(store, item_id).suggestions) == 2


def test_points_of_a_list_keep_their_signs(store: Store, engine: Engine) -> None:
    item_id = a_queued_item(store, html="<p>Three:</p><ul><li>One. Two.</li><li>2024</li></ul>")

    suggest(store, item_id, engine)

    assert suggestions(store, item_id)["note"] == "it: THREE:\n\n- it: ONE. it: TWO.\n- 2024"


def test_what_is_in_the_language_already_is_not_asked_about(
    store: Store, item_id: int, engine: Engine
) -> None:
    with pytest.raises(Refused, match="translate_nothing"):
        suggest(store, item_id, engine, to="en-GB")

    assert engine.asked == []


def test_the_first_engine_that_answers_wins(store: Store, item_id: int, engine: Engine) -> None:
    with running_engine() as first:
        first.ways = [ways.too_many]

        suggest(store, item_id, first, engine)

    assert (len(first.asked), len(engine.asked)) == (1, 1)
    assert suggestions(store, item_id) == {"headline": HEADLINE, "note": NOTE}


def test_without_an_engine_it_is_said_what_to_do(store: Store, item_id: int) -> None:
    with pytest.raises(Refused, match="translate_no_engine"):
        suggest(store, item_id)


def test_with_every_engine_dead_each_reason_is_said_and_nothing_is_stored(
    store: Store, item_id: int, engine: Engine
) -> None:
    suggest(store, item_id, engine)
    before = read_dossier(store, item_id)
    engine.ways = [ways.broken]
    with running_engine() as hanging:
        hanging.ways = [ways.hang]

        with pytest.raises(Refused, match="translate_failed") as refusal:
            suggest(store, item_id, hanging, engine, timeout=0.5, anew=True)

    assert [p.code for p in refusal.value.data["problems"]] == ["fetch_timeout", "fetch_http_status"]
    assert read_dossier(store, item_id) == before
    with store.read() as tx:
        assert [e.move for e in tx.events.of_item(item_id)] == ["enqueue", "suggest"]


# ── accepting ──


def test_accepted_text_is_a_draft_that_knows_its_engine(store: Store, item_id: int, engine: Engine) -> None:
    item = accept(store, item_id, engine)

    assert (item.status, item.editor) == (Status.DRAFTING, "marta")
    assert the_commentary(item) == Commentary(
        edition="it",
        language=Lang("it"),
        headline=HEADLINE,
        note=NOTE,
        author="marta",
        suggested={
            "headline": MachineText(engine="libretranslate", text=HEADLINE),
            "note": MachineText(engine="libretranslate", text=NOTE),
        },
    )
    assert read_dossier(store, item_id).item == item


def test_what_the_editor_has_seen_is_accepted_and_nobody_is_asked_again(
    store: Store, item_id: int, engine: Engine
) -> None:
    suggest(store, item_id, engine)
    engine.ways = [ways.broken]

    item = accept(store, item_id, engine)

    assert the_commentary(item).headline == HEADLINE
    assert len(engine.asked) == 1


def test_a_note_that_an_editor_wrote_is_kept(store: Store, item_id: int, engine: Engine) -> None:
    write(store, item_id, Writing(note="Mantenere basta."), by=MARTA, **DESK)

    commentary = the_commentary(accept(store, item_id, engine))

    assert (commentary.headline, commentary.note) == (HEADLINE, "Mantenere basta.")
    assert commentary.suggested.keys() == {"headline"}


def test_another_editors_claim_refuses_before_an_engine_is_asked(
    store: Store, item_id: int, engine: Engine
) -> None:
    claim(store, [item_id], by=PAOLO, **DESK)

    with pytest.raises(ClaimedByOther):
        accept(store, item_id, engine)

    assert engine.asked == []


def test_machine_text_is_not_approved_until_it_is_edited(store: Store, item_id: int, engine: Engine) -> None:
    accept(store, item_id, engine)
    assert problems(store, item_id) == [("machine_text", "headline"), ("machine_text", "note")]
    with pytest.raises(NotReady):
        approve(store, [item_id], by=MARTA, **DESK)

    write(store, item_id, Writing(headline="Mantenere una promessa basta"), by=MARTA, **DESK)
    assert problems(store, item_id) == [("machine_text", "note")]
    write(store, item_id, Writing(note="Le promesse si mantengono."), by=MARTA, **DESK)

    assert approve(store, [item_id], by=MARTA, **DESK).items[0].status_in("it") is Status.READY


def test_other_spaces_and_quotes_are_no_editing(store: Store, item_id: int, engine: Engine) -> None:
    accept(store, item_id, engine)

    write(store, item_id, Writing(headline="it:  KEEPING A PROMISE IS ENOUGH "), by=MARTA, **DESK)

    assert ("machine_text", "headline") in problems(store, item_id)


def test_machine_text_that_was_copied_by_hand_is_machine_text(
    store: Store, item_id: int, engine: Engine
) -> None:
    suggest(store, item_id, engine)

    item = write(store, item_id, Writing(headline=HEADLINE, note=f"NOTA AICEX: {NOTE}"), by=MARTA, **DESK)

    assert problems(store, item_id) == [("machine_text", "headline"), ("machine_text", "note")]
    assert the_commentary(item).suggested["note"].engine == "libretranslate"


def test_machine_text_may_pass_with_a_reason(store: Store, item_id: int, engine: Engine) -> None:
    accept(store, item_id, engine)

    write(store, item_id, Writing(waive={"machine_text": "riletto, va bene"}), by=MARTA, **DESK)

    assert problems(store, item_id) == []


def test_undo_takes_the_accepted_text_back_and_not_the_suggestion(
    store: Store, item_id: int, engine: Engine
) -> None:
    before = write(store, item_id, Writing(headline="Mio"), by=MARTA, **DESK)
    accept(store, item_id, engine)
    suggest(store, item_id, engine)

    after, event, _ = undo(store, item_id, by=MARTA, now=LATER)

    assert event.move == "write"
    assert replace(after, version=before.version) == replace(before, claimed_until=after.claimed_until)
    assert suggestions(store, item_id) == {"headline": HEADLINE, "note": NOTE}


def test_the_events_rebuild_an_item_that_began_as_machine_text(
    store: Store, item_id: int, engine: Engine
) -> None:
    accept(store, item_id, engine)
    write(store, item_id, Writing(headline="Mantenere"), by=MARTA, **DESK)

    with store.read() as tx:
        item, events = tx.items.get(item_id), tx.events.of_item(item_id)
    rebuilt = replace(
        item,
        status=Status.QUEUED,
        editor=None,
        claimed_until=None,
        revision=None,
        excerpt=None,
        attributions=(),
        commentaries={},
    )
    for event in events:
        rebuilt = history.restored(rebuilt, event.after)

    assert rebuilt == item
    assert [e.version for e in events if e.version is not None] == [1, 2, 3]
