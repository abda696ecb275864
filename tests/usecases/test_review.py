"""Problems and warnings of stored items: what blocks, what is only pointed out, and how both are found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builders import ITALIAN, MARTA, NOW, PROMISE, SETTINGS, a_queued_item
from curator.curate import dossier as dossiers
from curator.curate.dossier import Dossier, read_dossier
from curator.curate.usecases import approve, claim, write
from curator.curate.writing import Writing
from curator.errors import BadInput
from curator.publish.usecases import publish_edition
from curator.settings import PublishSettings, QuotationSettings, Settings
from curator.store import Store
from curator.store.search import Search

NOTE = "Una promessa mantenuta vale quanto una promessa superata: lo dice una ricerca durata dieci anni."
FURNISHED = PROMISE + "<p>Embed from Getty Images</p><p>Continue reading “Promises”</p>"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    publish = PublishSettings(directory=tmp_path / "public", base_url="https://rassegna.example/")
    return replace(SETTINGS, newsroom=tmp_path, publish=publish)


def written(store: Store, item_id: int, settings: Settings = SETTINGS, **words: Any) -> Dossier:
    writing = Writing(**({"headline": "Mantenere basta", "note": NOTE} | words))
    write(store, item_id, writing, by=MARTA, settings=settings, edition=ITALIAN, now=NOW)
    return read_dossier(store, item_id)


def published(store: Store, item_id: int, settings: Settings) -> str:
    approve(store, [item_id], by=MARTA, settings=settings, edition=ITALIAN, now=NOW)
    publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=NOW)
    return (settings.publish.directory / "feed.atom").read_text(encoding="utf-8")


def test_a_warning_keeps_nothing_from_readers(store: Store, settings: Settings) -> None:
    found = written(store, a_queued_item(store), note=f"{NOTE} Davvero !")

    assert [p.code for p in found.reviewed(ITALIAN, settings)] == ["lint_space_before"]
    assert "Davvero !" in published(store, found.item.id, settings)


def test_items_are_found_by_a_warning_and_by_a_problem(store: Store) -> None:
    first = a_queued_item(store)
    with store.read() as tx:
        source_id = tx.sources.find(limit=None)[1][0].id
    second = a_queued_item(store, source_id=source_id, guid="entry-2")
    written(store, first, note="Una nota con  due spazi, lunga quanto basta per non essere corta.")
    written(store, second, headline="")

    def having(code: str) -> list[int]:
        found = dossiers.find(store, Search(edition="it"), problem=code, settings=SETTINGS, limit=9, offset=0)
        return [dossier.item.id for dossier in found.dossiers]

    assert having("lint_space_doubled") == [first]
    assert having("headline_missing") == [second]
    assert having("lint_spelling") == []


def test_a_note_alone_goes_out_as_it_is(store: Store, settings: Settings) -> None:
    """No excerpt at all: several paragraphs of ours about a source that is credited."""
    note = "\n\n".join([NOTE] * 7)
    found = written(store, a_queued_item(store), note=note, no_excerpt=True)

    assert found.reviewed(ITALIAN, settings) == ()
    atom = published(store, found.item.id, settings)
    assert atom.count("superata") == 14  # seven paragraphs, in the summary and in the text
    assert "blockquote" not in atom


def test_an_item_without_a_note_goes_out_with_the_reason_on_record(store: Store, settings: Settings) -> None:
    item_id = a_queued_item(store)
    assert [p.code for p in written(store, item_id, note="").reviewed(ITALIAN, settings)] == ["note_missing"]

    found = written(store, item_id, note="", waive={"note_missing": "il brano parla da sé"})

    assert found.reviewed(ITALIAN, settings) == ()
    assert [(w.code, w.reason) for w in found.item.waivers] == [("note_missing", "il brano parla da sé")]
    assert "blockquote" in published(store, item_id, settings)


def test_the_label_is_not_stored_and_stands_once_before_readers(
    sqlite_store: Store, settings: Settings
) -> None:
    found = written(sqlite_store, a_queued_item(sqlite_store), note=f"Nota\u00a0Aicex: {NOTE}")

    assert found.item.commentaries["it"].note == NOTE
    assert published(sqlite_store, found.item.id, settings).count("NOTA AICEX") == 1


# ── the excerpt ──


def test_a_claim_quotes_the_text_without_its_furniture_and_it_is_verbatim(store: Store) -> None:
    item_id = a_queued_item(store, html=FURNISHED)
    claim(store, [item_id], by=MARTA, settings=SETTINGS, edition=ITALIAN, now=NOW)
    found = read_dossier(store, item_id)

    assert found.item.excerpt is not None
    assert found.item.excerpt.html == PROMISE
    assert found.item.excerpt.truncated  # it says itself that it goes on
    assert "excerpt_not_verbatim" not in [p.code for p in found.problems("it", SETTINGS)]


def test_the_line_that_names_the_source_becomes_an_attribution_and_no_quotation(sqlite_store: Store) -> None:
    line = "<p>Articolo di riferimento: https://other.example/c?gko=7cf43https://third.example/d</p>"
    item_id = a_queued_item(sqlite_store, html=PROMISE + line)

    item = claim(sqlite_store, [item_id], by=MARTA, settings=SETTINGS, edition=ITALIAN, now=NOW).items[0]

    assert item.excerpt is not None
    assert item.excerpt.html == PROMISE
    assert [each.url for each in item.attributions][1:] == [
        "https://other.example/c?gko=7cf43",
        "https://third.example/d",
    ]


def test_an_excerpt_across_an_embed_is_verbatim_although_the_source_has_one_there(
    sqlite_store: Store,
) -> None:
    html = "<p>Customers remember.</p><p>Embed from Getty Images</p><p>They tell their friends.</p>"
    found = written(sqlite_store, a_queued_item(sqlite_store, html=html), paragraphs="1-2")

    assert found.item.excerpt is not None
    assert found.item.excerpt.text == "Customers remember.\n\nThey tell their friends."
    assert found.problems("it", SETTINGS) == ()


def test_words_of_our_own_in_an_excerpt_are_not_verbatim(sqlite_store: Store) -> None:
    found = written(sqlite_store, a_queued_item(sqlite_store), excerpt="Customers remember a kept promise.")

    assert [p.code for p in found.problems("it", SETTINGS)] == ["excerpt_not_verbatim"]


LONG = "<h2>Promises</h2>" + "".join(f"<p>Sentence {n} has five words.</p>" for n in range(40))
FIFTY = replace(SETTINGS, quotation=QuotationSettings(max_words=50, max_share=100))


def test_the_first_sentences_as_far_as_the_limit_goes(sqlite_store: Store) -> None:
    found = written(
        sqlite_store, a_queued_item(sqlite_store, html=LONG), settings=FIFTY, paragraphs="opening"
    )

    assert found.item.excerpt is not None
    assert found.item.excerpt.words == 46  # a heading and nine sentences: the tenth would be too many
    assert found.item.excerpt.truncated
    assert found.problems("it", FIFTY) == ()


def test_all_of_a_text_is_one_word_away(sqlite_store: Store) -> None:
    found = written(sqlite_store, a_queued_item(sqlite_store, html=LONG), settings=FIFTY, paragraphs="all")

    assert found.item.excerpt is not None
    assert (found.item.excerpt.html, found.item.excerpt.truncated) == (LONG, False)
    assert [p.code for p in found.problems("it", FIFTY)] == ["quote_too_long"]


def test_typed_words_keep_the_markup_of_the_source(sqlite_store: Store) -> None:
    html = "<p>Two <em>rules</em>:</p><ol><li>Say less.</li><li>Do more.</li></ol><p>That is all.</p>"
    found = written(
        sqlite_store, a_queued_item(sqlite_store, html=html), excerpt="rules:\n\n1. Say less.\n2. Do more."
    )

    assert found.item.excerpt is not None
    assert found.item.excerpt.html == "<p><em>rules</em>:</p><ol><li>Say less.</li><li>Do more.</li></ol>"
    assert found.problems("it", SETTINGS) == ()


def test_a_sentence_that_is_not_there_is_refused(sqlite_store: Store) -> None:
    item_id = a_queued_item(sqlite_store)
    with pytest.raises(BadInput) as refusal:
        written(sqlite_store, item_id, paragraphs="2.9")

    assert refusal.value.reason == "sentences_out_of_range"
