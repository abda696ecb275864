"""What editors look for by its words, on both engines."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import insert, update

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source, an_entry
from curator.curate.dossier import Found, find, row_ids
from curator.curate.finding import Match, matches
from curator.curate.usecases import claim, write
from curator.curate.writing import Writing
from curator.ingest.enriching import enrich
from curator.model import Article, Attribution, Lang, SafeHtml, SourceDraft, Status
from curator.store import Store, items
from curator.store import tables as t
from curator.store.search import Search

PARROTS = "<p>Un pappagallo risponde al telefono: l’organizzazione è cambiata, i clienti no.</p>"


def search(store: Store, asked: str, **more: Any) -> Found:
    enrich(store, clock=lambda: NOW)
    wanted = Search(edition="it", query=asked, ranked=True, **more)
    return find(store, wanted, settings=SETTINGS, limit=50, offset=0)


def found(store: Store, asked: str, **more: Any) -> list[int]:
    answer = search(store, asked, **more)
    assert answer.total == len(answer.dossiers)
    return [dossier.item.id for dossier in answer.dossiers]


def an_item(store: Store, title: str, html: str = PARROTS, *, guid: str | None = None, **more: Any) -> int:
    return a_queued_item(store, guid=guid or title, title=title, html=html, **more)


def wrote(store: Store, item_id: int, **said: Any) -> None:
    claim(store, [item_id], by=MARTA, settings=SETTINGS, edition=ITALIAN, now=NOW)
    write(store, item_id, Writing(**said), by=MARTA, settings=SETTINGS, edition=ITALIAN, now=NOW)


def test_an_item_is_found_by_what_its_source_and_its_editors_say(store: Store) -> None:
    source = a_source(store, name="Gazzetta degli Uccelli")
    item_id = an_item(store, "Il centralino di Teramo", source_id=source, authors=("Ofelia Brandi",))
    an_item(store, "Altro", "<p>Niente.</p>", source_id=source, guid="other")
    wrote(
        store,
        item_id,
        headline="Piume al telefono",
        note="Chi ascolta davvero?",
        tags=("voliera",),
        attributions=(
            Attribution(title="Una voce verde", authors=("Lia Mori",), publisher="Becco Editore", url=None),
        ),
        image_url="https://a.example/p.jpg",
        credit="Foto di Nino Salvi",
    )

    for asked in (
        *("teramo", "Ofelia Brandi", "pappagalli"),
        *("piuma telefoni", "ascoltare", "voliera", "voce verde", "mori", "becco", "salvi"),
    ):
        assert found(store, asked) == [item_id], asked
    assert len(found(store, "gazzetta uccelli")) == 2


def test_italian_endings_accents_and_elisions_do_not_matter(store: Store) -> None:
    item_id = an_item(store, "Il pappagallo del centralino di Teramo")

    for asked in (
        *("organizzazioni ", "l'organizzazione", "ORGANIZZAZIO", "cliente "),
        *("centralini ", "e cambiata", "è cambiàta"),
    ):
        assert found(store, asked) == [item_id], asked


def test_a_phrase_in_quotes_is_found_in_a_row_only(store: Store) -> None:
    source = a_source(store)
    first = an_item(store, "Customer experience for birds", "<p>Sing.</p>", source_id=source)
    an_item(store, "The experience of a customer", "<p>Sing.</p>", source_id=source)

    assert found(store, '"customer experience"') == [first]
    assert len(found(store, "customer experience")) == 2


TELLINGS = list(enumerate(("Teramo", "Pescara", "Pescara di nuovo")))
HOSTILE = [
    "'; DROP TABLE items; --",
    'a" OR b: NEAR(x y) ^c* {d e}:',
    "AND OR NOT",
    "'a' & !b | (c <-> d):*A",
    "item_words_index : a",
    "\x00\x00telefono\x00",
    "🎉🎉",
    "\ud800",
    "%_\\",
    '"' * 999,
    "(((((",
    "x" * 10_000,
    "parola " * 2_000,
    " ".join(f"t{n}" for n in range(3_000)),
    "e\u0301" * 500,
    "اردو हिन्दी 漢字 ไทย",
    "",
]


def test_any_input_is_safe(store: Store) -> None:
    an_item(store, "Telefono")

    answers = {asked: search(store, asked).total for asked in HOSTILE}

    assert [asked for asked, total in answers.items() if total] == ["\x00\x00telefono\x00"]


def test_what_was_written_a_moment_ago_is_found_and_what_it_replaced_is_not(store: Store) -> None:
    item_id = an_item(store, "Teramo")
    wrote(store, item_id, headline="Piume")
    assert found(store, "piume") == [item_id]

    wrote(store, item_id, headline="Becchi")

    assert found(store, "becchi") == [item_id]
    assert found(store, "piume") == []


def test_a_revision_and_a_fetched_page_and_a_new_name_of_the_source_are_found(store: Store) -> None:
    source = a_source(store)
    item_id = an_item(store, "Teramo", guid="g", source_id=source)
    assert found(store, "teramo") == [item_id]

    entry_id = an_entry(store, source, guid="g", title="Pescara", html="<p>Altro.</p>")
    enrich(store, clock=lambda: NOW)
    assert (found(store, "pescara"), found(store, "teramo")) == ([item_id], [])

    article = Article(
        url="https://a.example/1",
        title="Pescara",
        html=SafeHtml("<p>Altro.</p>"),
        authors=("Ugo Piumini",),
        language=Lang("it"),
        published=None,
        image=None,
        license=None,
    )
    with store.begin() as tx:
        tx.pages.add(entry_id, article, now=NOW)
    assert found(store, "piumini") == [item_id]

    with store.begin() as tx:
        tx.sources.edit(source, SourceDraft(name="Voliera"), now=NOW)
    assert found(store, "voliera") == [item_id]


def test_enrichment_makes_the_words_of_old_items_and_says_that_it_is_due(store: Store) -> None:
    an_item(store, "Teramo")
    enrich(store, clock=lambda: NOW)
    with store.read() as tx:
        assert not tx.enrichment.is_due()
        assert tx.words.waiting() == 0
    with store.begin() as tx:
        tx.words.forget()

    with store.read() as tx:
        assert tx.enrichment.is_due()
    enrich(store, clock=lambda: NOW)

    with store.read() as tx:
        assert tx.words.waiting() == 0


def test_several_who_look_at_once_make_the_words_together(store: Store) -> None:
    source = a_source(store)
    made = [an_item(store, f"Pappagallo {n}", source_id=source) for n in range(30)]
    answers: list[int] = []
    looking = [Thread(target=lambda: answers.append(search(store, "pappagallo").total)) for _ in range(4)]

    for thread in looking:
        thread.start()
    for thread in looking:
        thread.join()

    assert search(store, "pappagallo").total == len(made)
    assert len(answers) == len(looking)
    with store.read() as tx:
        assert tx.words.waiting() == 0


def test_while_somebody_writes_for_long_what_is_known_is_found(tmp_path: Path, sqlite_template: Path) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "busy.db")
    store = Store(f"sqlite:///{tmp_path}/busy.db", busy_timeout=0.1)
    known = an_item(store, "Pappagallo")
    assert found(store, "pappagallo") == [known]
    an_item(store, "Pappagallo nuovo", source_id=1)

    with store.begin():
        wanted = Search(edition="it", query="pappagallo", ranked=True)
        answer = find(store, wanted, settings=SETTINGS, limit=50, offset=0)

    assert [dossier.item.id for dossier in answer.dossiers] == [known]
    assert answer.unread == 1
    store.close()


def test_a_title_counts_more_than_a_note_and_a_note_more_than_a_quotation(store: Store) -> None:
    source = a_source(store)
    quoted = an_item(store, "Uno", "<p>Il pappagallo parla, e nessuno sa perché.</p>", source_id=source)
    noted = an_item(store, "Due", "<p>Niente di nuovo, e nessuno sa perché.</p>", source_id=source)
    titled = an_item(store, "Il pappagallo", "<p>Niente di nuovo, e nessuno sa perché.</p>", source_id=source)
    wrote(store, noted, note="Il pappagallo ha ragione.")

    assert found(store, "pappagallo") == [titled, noted, quoted]


def test_among_equals_the_newest_comes_first(store: Store) -> None:
    source = a_source(store)
    first, second = (
        an_item(store, "Pappagallo", "<p>Parla.</p>", source_id=source, guid=str(n)) for n in range(2)
    )

    assert found(store, "pappagallo") == [second, first]


def test_a_filter_narrows_what_is_found(store: Store) -> None:
    source = a_source(store)
    waiting = an_item(store, "Pappagallo uno", source_id=source)
    taken = an_item(store, "Pappagallo due", source_id=source)
    wrote(store, taken, headline="Pappagallo", tags=("voliera",))

    assert found(store, "pappagallo", status=Status.QUEUED) == [waiting]
    assert found(store, "pappagallo", tag="voliera") == [taken]
    assert found(store, "pappagallo", source_ids=()) == []
    assert found(store, "pappagallo", language="de") == []
    assert found(store, "pappagallo", since=NOW + timedelta(days=1)) == []


def test_the_queue_is_narrowed_by_words_and_stays_in_its_order(store: Store) -> None:
    source = a_source(store)
    first = an_item(store, "Pappagallo pappagallo", source_id=source)
    second = an_item(store, "Teramo", source_id=source)
    an_item(store, "Pescara", "<p>Nulla.</p>", source_id=source)

    asked = Search(edition="it", status=Status.QUEUED, query="pappagalli ", folded=True)
    enrich(store, clock=lambda: NOW)

    assert row_ids(store, asked) == [second, first]


def test_of_a_story_the_first_telling_that_has_the_word_stays_in_the_narrowed_queue(store: Store) -> None:
    source = a_source(store)
    first, second, third = (an_item(store, f"{said} {n}", source_id=source) for n, said in TELLINGS)
    with store.begin() as tx:
        story = tx.connection.execute(
            insert(t.clusters).values(created_at=NOW).returning(t.clusters.c.id)
        ).scalar_one()
        told = update(t.items).where(t.items.c.id.in_([first, second, third])).values(cluster_id=story)
        tx.connection.execute(told)
    asked = Search(edition="it", status=Status.QUEUED, folded=True)

    assert row_ids(store, asked) == [first]
    assert row_ids(store, replace(asked, query="pescara")) == [second]

    wrote(store, first, headline="Nostro")
    assert row_ids(store, replace(asked, query="pescara")) == []


def test_what_nearly_all_have_is_shown_newest_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(items, "RANKABLE", 1)
    source = a_source(store)
    first = an_item(store, "Pappagallo pappagallo", source_id=source)
    second = an_item(store, "Teramo", source_id=source)

    assert found(store, "pappagallo") == [second, first]
    assert found(store, "pappagallo", status=Status.QUEUED) == [second, first]


# ── where it says so ──


def marked(said: Sequence[Match]) -> dict[str, list[str]]:
    return {match.field: [match.text[start:end] for start, end in match.marks] for match in said}


def test_the_words_that_were_found_are_marked_where_they_stand(store: Store) -> None:
    item_id = an_item(store, "L’organizzazione di Teramo")
    wrote(store, item_id, headline="Chi organizza?", note="Le ORGANIZZAZIONI.\nE altro.", excerpt=None)
    (dossier,) = search(store, "organizzazione ").dossiers

    said = matches(dossier, "organizzazione ", edition="it")

    assert marked(said) == {
        "headline": ["organizza"],
        "note": ["ORGANIZZAZIONI"],
        "title": ["organizzazione"],
        "attribution": ["organizzazione"],
        "excerpt": ["organizzazione"],
    }
    assert "\n" not in said[1].text


def test_of_a_long_text_the_part_is_shown_that_has_most_of_the_words(store: Store) -> None:
    item_id = an_item(store, "Teramo")
    note = f"Un pappagallo. {'Bla bla. ' * 60}Il pappagallo al telefono parla. {'Bla bla. ' * 60}"
    wrote(store, item_id, note=note)
    (dossier,) = search(store, "pappagallo telefono").dossiers

    said = next(m for m in matches(dossier, "pappagallo telefono", edition="it") if m.field == "note")

    assert len(said.text) < 220
    assert said.text.startswith("…")
    assert said.text.endswith("…")
    assert [said.text[start:end] for start, end in said.marks] == ["pappagallo", "telefono"]


# ── by what they lack ──


def test_items_on_which_nobody_has_worked_lack_what_one_of_them_lacks(store: Store) -> None:
    source = a_source(store)
    blank = [an_item(store, title, source_id=source) for title in ("Uno", "Due", "Tre")]
    written = an_item(store, "Quattro", source_id=source)
    wrote(store, written, headline="Titolo", image_url="https://a.example/p.jpg")

    def lacking(code: str, **page: int) -> tuple[int, list[int]]:
        asked = {"limit": 50, "offset": 0, **page}
        answer = find(store, Search(edition="it"), problem=code, settings=SETTINGS, **asked)
        return answer.total, [dossier.item.id for dossier in answer.dossiers]

    assert lacking("headline_missing") == (3, blank[::-1])
    assert lacking("headline_missing", limit=1, offset=1) == (3, [blank[1]])
    assert lacking("note_missing") == (4, [written, *blank[::-1]])
    assert lacking("alt_missing") == (1, [written])
    assert lacking("quote_too_long") == (0, [])
