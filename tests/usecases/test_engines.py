"""Engines are asked once for each sentence, within their day, and not while they are known to be dead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from deep_translator.constants import BASE_URLS  # type: ignore[import-untyped]  # ships no types

import engine as ways
from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source
from curator.curate import suggesting
from curator.curate.asking import Machines
from curator.curate.dossier import read_dossier
from curator.curate.usecases import approve, claim, write
from curator.curate.writing import Writing
from curator.edges.translate import open_translators
from curator.errors import CuratorError, Refused
from curator.model import EngineState, Item, Lang
from curator.publish.usecases import publish_edition
from curator.settings import Settings, TranslateEngine, TranslateSettings
from curator.settings.glossary import Glossary
from curator.store import Store
from engine import Engine, running_engine

DESK: dict[str, Any] = {"by": MARTA, "settings": SETTINGS, "edition": ITALIAN, "now": NOW}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running_engine() as running:
        yield running


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    """What is asked of the database is the same on both, save where a test asks for `either`."""
    return sqlite_store


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Store:
    found: Store = request.getfixturevalue(f"{request.param}_store")
    return found


@pytest.fixture
def item_id(store: Store) -> int:
    return a_queued_item(store)


def machines(
    *running: Engine,
    terms: dict[str, str | None] | None = None,
    pauses: list[float] | None = None,
    **limits: Any,
) -> Machines:
    engines = tuple(TranslateEngine(engine="libretranslate", url=each.url) for each in running)
    settings = TranslateSettings(engines=engines, **{"retries": 0, **limits})
    return Machines(
        translators=open_translators(settings),
        glossary=Glossary(pairs={"en-it": terms or {}}),
        limits=settings,
        pause=(pauses if pauses is not None else []).append,
    )


def suggest(
    store: Store,
    item_id: int,
    with_: Machines,
    *,
    at: datetime = NOW,
    anew: bool = False,
    settings: Settings = SETTINGS,
) -> dict[str, str]:
    said = suggesting.suggest(
        store,
        with_,
        item_id,
        language=Lang("it"),
        by=MARTA,
        settings=settings,
        edition=ITALIAN,
        clock=lambda: at,
        anew=anew,
    )
    return {each.field: each.text for each in said}


def refusal(
    store: Store, item_id: int, with_: Machines, *, at: datetime = NOW, anew: bool = False
) -> list[str]:
    with pytest.raises(Refused, match="translate_failed") as refused:
        suggest(store, item_id, with_, at=at, anew=anew)
    return [problem.code for problem in refused.value.data["problems"]]


def accept(store: Store, item_id: int, with_: Machines) -> Item:
    return suggesting.accept(
        store, with_, item_id, by=MARTA, settings=SETTINGS, edition=ITALIAN, clock=lambda: NOW
    )


def state(store: Store, of: Engine) -> EngineState:
    with store.read() as tx:
        return tx.translations.engine(f"libretranslate {of.url.removeprefix('http://')}")


# ── nobody is asked twice ──


def test_the_second_call_asks_nobody(either: Store, engine: Engine) -> None:
    item_id = a_queued_item(either)
    first = suggest(either, item_id, machines(engine))
    requests = len(engine.asked)
    engine.ways = [ways.broken]

    assert suggest(either, item_id, machines(engine)) == first
    assert len(engine.asked) == requests


def test_the_answer_of_a_later_engine_is_known_too_while_the_first_is_dead(
    store: Store, item_id: int, engine: Engine
) -> None:
    with running_engine() as dead:
        dead.ways = [ways.broken]
        suggest(store, item_id, machines(dead, engine))
        requests = len(dead.asked)

        suggest(store, item_id, machines(dead, engine))

    assert len(dead.asked) == requests


def test_only_the_sentences_that_are_new_are_asked(store: Store, item_id: int, engine: Engine) -> None:
    suggest(store, item_id, machines(engine))
    before = len(engine.texts)
    write(store, item_id, Writing(excerpt="They hardly notice one that was exceeded."), **DESK)
    other = a_queued_item(
        store,
        source_id=a_source(store, url="https://other.example/feed"),
        guid="2",
        title="Keeping a promise is enough",
        html="<p>Customers remember a broken promise. Nobody else does.</p>",
    )

    suggest(store, item_id, machines(engine))
    suggest(store, other, machines(engine))

    assert engine.texts[before:] == ["Nobody else does."]


def test_another_glossary_is_another_translation(store: Store, item_id: int, engine: Engine) -> None:
    suggest(store, item_id, machines(engine))

    said = suggest(store, item_id, machines(engine, terms={"promise": "promessa"}))

    other = suggest(store, item_id, machines(engine, terms={"promise": "impegno"}))

    assert said["headline"] == "it: KEEPING A promessa IS ENOUGH"
    assert other["headline"] == "it: KEEPING A impegno IS ENOUGH"
    assert engine.texts.count("Keeping a [[0]] is enough") == 2


def test_on_request_engines_are_asked_again(either: Store, engine: Engine) -> None:
    item_id = a_queued_item(either)
    suggest(either, item_id, machines(engine))
    engine.says = lambda text, _: f"anew: {text}"

    assert suggest(either, item_id, machines(engine), anew=True)["headline"].startswith("anew: ")
    assert suggest(either, item_id, machines(engine))["headline"].startswith("anew: ")


def test_what_was_answered_before_an_engine_died_is_not_asked_again(store: Store, engine: Engine) -> None:
    html = "".join(f"<p>Sentence {number}.</p>" for number in range(12))
    item_id = a_queued_item(store, html=html)
    engine.ways = [ways.answer, ways.broken]
    refusal(store, item_id, machines(engine))
    engine.ways = []

    suggest(store, item_id, machines(engine))

    assert [len(asked.texts) for asked in engine.asked] == [5, 5, 5, 3]
    assert state(store, engine).characters == sum(map(len, engine.texts))


def test_title_and_excerpt_are_asked_about_each_in_its_language(
    store: Store, item_id: int, engine: Engine
) -> None:
    french = Writing(excerpt="So keep what you said", excerpt_language=Lang("fr"))
    write(store, item_id, french, **DESK)

    suggest(store, item_id, machines(engine))

    assert [(asked.said["source"], asked.said["target"]) for asked in engine.asked] == [
        ("en", "it"),
        ("fr", "it"),
    ]


# ── markup ──


def test_a_suggestion_has_the_markup_and_the_terms_of_what_it_translates(
    store: Store, engine: Engine
) -> None:
    html = '<p>Our <strong>NPS</strong> fell. <em>Nobody</em> knows <a href="https://a.example/">why</a>.</p>'
    item_id = a_queued_item(store, html=html)

    suggest(store, item_id, machines(engine, terms={"NPS": None}))
    note = next(s for s in read_dossier(store, item_id).suggestions if s.field == "note")

    assert note.text == "it: OUR NPS FELL. it: NOBODY KNOWS WHY."
    assert note.html is not None
    assert "<strong>NPS</strong>" in note.html
    assert '<a href="https://a.example/"' in note.html
    assert engine.texts[1:] == ["Our [[0]] fell.", "[[0]]Nobody[[1]] knows [[2]]why[[3]]."]


def test_where_marks_do_not_come_back_the_words_come_without_markup(store: Store, engine: Engine) -> None:
    item_id = a_queued_item(store, html="<p>Our NPS <em>fell</em> a lot.</p>")
    engine.says = lambda text, _: text.upper().replace("[[1]]", "").replace("[[2]]", "")

    said = suggest(store, item_id, machines(engine, terms={"NPS": None}))

    assert said["note"] == "OUR NPS FELL A LOT."
    assert engine.texts[1:] == ["Our [[0]] [[1]]fell[[2]] a lot.", "Our [[0]] fell a lot."]


def test_where_no_mark_comes_back_the_terms_come_all_the_same(store: Store, engine: Engine) -> None:
    item_id = a_queued_item(store, html="<p>Our NPS <em>fell</em> a lot.</p>")
    engine.says = lambda text, _: re.sub(r"\[\[\d\]\]", "NETTOPROMOTER", text.upper())
    with_ = machines(engine, terms={"NPS": None})

    said = suggest(store, item_id, with_)
    requests = len(engine.asked)

    assert said["note"] == "OUR NPS FELL A LOT."
    assert engine.texts[-2:] == ["Our", "fell a lot."]
    assert (suggest(store, item_id, with_), len(engine.asked)) == (said, requests)


# ── an engine's day ──


def test_beyond_its_day_an_engine_is_not_asked_and_the_next_one_is(
    store: Store, item_id: int, engine: Engine
) -> None:
    with running_engine() as first:
        with_ = machines(first, engine, daily_characters=200)
        suggest(store, item_id, with_)
        suggest(store, item_id, with_, anew=True)
        refused = refusal(store, item_id, with_, anew=True)
        suggest(store, item_id, with_, at=NOW + timedelta(days=1), anew=True)

        assert refused == ["engine_budget", "engine_budget"]
        assert (len(first.asked), len(engine.asked)) == (2, 1)


def test_the_day_counts_what_was_sent(store: Store, item_id: int, engine: Engine) -> None:
    suggest(store, item_id, machines(engine))

    assert state(store, engine).characters == sum(map(len, engine.texts))


def test_many_who_ask_at_once_stay_within_one_day(either: Store, engine: Engine) -> None:
    source = a_source(either)
    items = [
        a_queued_item(either, source_id=source, guid=str(n), title=f"Title {'x' * 33}", html=f"<p>{n}</p>")
        for n in range(4)
    ]
    start, refused = Barrier(4), []

    def ask(item_id: int) -> None:
        start.wait()
        try:
            suggest(either, item_id, machines(engine, daily_characters=100), anew=True)
        except CuratorError as error:
            refused.append([p.code for p in error.data["problems"]])

    threads = [Thread(target=ask, args=(item_id,)) for item_id in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == [["engine_budget"]] * 2
    assert sum(map(len, engine.texts)) == state(either, engine).characters <= 100


# ── the chain ──


def test_each_engine_is_asked_in_turn_until_one_answers(
    store: Store, item_id: int, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running_engine() as libre, running_engine() as deepl, running_engine() as google:
        libre.ways, deepl.ways, google.ways = [ways.page], [ways.used_up], [ways.broken]
        monkeypatch.setitem(BASE_URLS, "GOOGLE_TRANSLATE", f"{google.url}/m")
        monkeypatch.setitem(BASE_URLS, "MYMEMORY", f"{engine.url}/get")
        settings = TranslateSettings(
            engines=(
                TranslateEngine(engine="libretranslate", url=libre.url),
                TranslateEngine(engine="deepl", url=deepl.url, key="secret"),
                TranslateEngine(engine="google"),
                TranslateEngine(engine="mymemory"),
            ),
            retries=0,
        )
        chain = Machines(translators=open_translators(settings), limits=settings)

        said = suggest(store, item_id, chain)
        named = {each.engine for each in read_dossier(store, item_id).suggestions}
        again = refusal(store, item_id, Machines(translators=chain.translators[:3], limits=settings))

    assert said["headline"] == "it-IT: KEEPING A PROMISE IS ENOUGH"
    assert named == {"mymemory"}
    assert again == ["engine_answer", "engine_resting", "engine_broken"]


# ── an engine that is dead ──


def test_a_dead_engine_is_left_alone_after_three_failures_and_then_tried_again(
    either: Store, engine: Engine
) -> None:
    item_id = a_queued_item(either)
    engine.ways = [ways.broken]
    codes = [refusal(either, item_id, machines(engine))[0] for _ in range(4)]
    asked_then = len(engine.asked)
    later = refusal(either, item_id, machines(engine), at=NOW + timedelta(minutes=2))
    engine.ways = []
    back = suggest(either, item_id, machines(engine), at=NOW + timedelta(hours=1))

    assert codes == ["fetch_http_status"] * 3 + ["engine_resting"]
    assert (asked_then, later) == (3, ["fetch_http_status"])
    assert back["headline"] == "it: KEEPING A PROMISE IS ENOUGH"
    assert state(either, engine).failures == 0


def test_an_engine_that_says_when_to_come_back_is_not_asked_before(
    store: Store, item_id: int, engine: Engine
) -> None:
    engine.ways = [ways.come_back_later, ways.answer]
    refusal(store, item_id, machines(engine))

    assert refusal(store, item_id, machines(engine), at=NOW + timedelta(minutes=19)) == ["engine_resting"]
    assert suggest(store, item_id, machines(engine), at=NOW + timedelta(minutes=20))
    assert len(engine.asked) == 2


def test_a_slip_of_an_engine_is_tried_again_and_a_no_is_not(
    store: Store, item_id: int, engine: Engine
) -> None:
    pauses: list[float] = []
    engine.ways = [ways.half, ways.one_short, ways.answer]

    said = suggest(store, item_id, machines(engine, retries=2, pauses=pauses))

    assert said["headline"] == "it: KEEPING A PROMISE IS ENOUGH"
    assert pauses == [0.5, 1.0]
    engine.ways = [ways.too_many]
    other = a_queued_item(store, source_id=a_source(store, url="https://b.example/feed"), title="Another")
    before = len(engine.asked)
    refusal(store, other, machines(engine, retries=2))
    assert len(engine.asked) == before + 1


def test_an_engine_that_hangs_is_left_when_its_time_for_the_text_is_over(
    store: Store, item_id: int, engine: Engine
) -> None:
    engine.ways = [ways.hang]

    with pytest.raises(Refused, match="translate_failed") as refused:
        suggest(store, item_id, machines(engine, timeout=20.0, deadline=0.6))

    (problem,) = refused.value.data["problems"]
    assert (problem.code, problem.data["seconds"] <= 0.6) == ("fetch_timeout", True)


def test_with_every_engine_dead_the_desk_works_as_without_any(
    store: Store, item_id: int, engine: Engine
) -> None:
    engine.ways = [ways.broken]
    refusal(store, item_id, machines(engine))

    claim(store, [item_id], **DESK)
    write(store, item_id, Writing(headline="Mantenere", note="Le promesse si mantengono."), **DESK)

    assert approve(store, [item_id], **DESK).items
    assert len(engine.asked) == 1


# ── what is suggested of what is no longer quoted ──


def test_a_suggestion_of_another_excerpt_is_stale_and_is_not_accepted(
    store: Store, item_id: int, engine: Engine
) -> None:
    suggest(store, item_id, machines(engine))
    write(store, item_id, Writing(excerpt="So keep what you said"), **DESK)
    dossier = read_dossier(store, item_id)
    stale = {each.field for each in suggesting.stale(dossier, SETTINGS)}

    item = accept(store, item_id, machines(engine))

    assert stale == {"note"}
    assert item.commentaries["it"].note == "it: SO KEEP WHAT YOU SAID"
    assert not suggesting.stale(read_dossier(store, item_id), SETTINGS)


# ── readers ──


def test_machine_text_in_a_correction_waits_for_an_editor(
    store: Store, item_id: int, engine: Engine, tmp_path: Any
) -> None:
    settings = SETTINGS.__class__(newsroom=tmp_path, editions=SETTINGS.editions)
    write(store, item_id, Writing(headline="Mantenere", waive={"note_missing": "solo la citazione"}), **DESK)
    approve(store, [item_id], **DESK)
    publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=NOW)
    accept(store, item_id, machines(engine))
    held = publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=NOW)
    write(store, item_id, Writing(headline="Mantenere basta", note="Parole mie."), **DESK)

    out = publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=NOW)

    assert (held.corrected, [each.item_id for each in held.held]) == ((), [item_id])
    assert out.corrected == (item_id,)
