"""What editors may rely on: nothing they wrote is lost, and nobody else's words are touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from builders import (
    ITALIAN,
    MARTA,
    NOW,
    PAOLO,
    PROMISE,
    SETTINGS,
    a_queued_item,
    a_source,
    an_entry,
)
from curator import history
from curator.curate.comparison import in_words, source_changes
from curator.curate.dossier import read_dossier
from curator.curate.usecases import (
    approve,
    claim,
    release,
    requeue,
    skip,
    undo,
    withdraw,
    write,
)
from curator.curate.writing import Writing
from curator.errors import (
    BadInput,
    ClaimedByOther,
    CuratorError,
    EditConflict,
    MoveNotAllowed,
    NotFound,
    NotReady,
    Refused,
)
from curator.model import Attribution, Editor, Image, Item, Status
from curator.store import Store

LATER = NOW + timedelta(hours=1)
DESK: dict[str, Any] = {"settings": SETTINGS, "edition": ITALIAN, "now": NOW}
MOVE: dict[str, Any] = {"edition": ITALIAN, "now": NOW}


def written(store: Store, item_id: int, by: Editor = MARTA, **words: Any) -> Item:
    return write(store, item_id, Writing(**words), by=by, **DESK)


def the_item(store: Store, item_id: int) -> Item:
    return read_dossier(store, item_id).item


def test_claim_fills_in_what_the_source_says(store: Store) -> None:
    item_id = a_queued_item(store)

    item = claim(store, [item_id], by=MARTA, **DESK).items[0]

    assert item.status is Status.DRAFTING
    assert item.editor == "marta"
    assert item.claimed_until == NOW + timedelta(hours=24)
    assert item.excerpt is not None
    assert item.excerpt.text.startswith("Customers remember a broken promise.")
    assert item.attributions == (
        Attribution(
            title="Keeping a promise is enough",
            authors=("Ada Example",),
            publisher="CX Blog",
            url="https://blog.example/promise",
        ),
    )


def test_a_revision_never_touches_what_an_editor_wrote(store: Store) -> None:
    source_id = a_source(store)
    item_id = a_queued_item(store, source_id=source_id)
    before = written(store, item_id, note="Mantenere basta.")

    an_entry(store, source_id, title="Rewritten!", html="<p>Something else.</p>")
    dossier = read_dossier(store, item_id)

    assert dossier.item == before
    assert dossier.entry is not None
    assert dossier.entry.title == "Keeping a promise is enough"
    assert dossier.source_changed


def test_an_item_is_not_approved_while_something_is_missing(store: Store) -> None:
    item_id = a_queued_item(store, image=Image(url="https://blog.example/p.jpg"))
    written(store, item_id, attributions=(Attribution(title="T", publisher=None, url=None),))

    with pytest.raises(NotReady) as refusal:
        approve(store, [item_id], by=MARTA, **DESK)

    assert {(p.code, p.field) for p in refusal.value.problems} == {
        ("headline_missing", "headline"),
        ("note_missing", "note"),
        ("attribution_missing", "attributions.0.publisher"),
        ("attribution_missing", "attributions.0.url"),
        ("image_credit_missing", "image.credit"),
        ("alt_missing", "image.alt"),
    }
    assert the_item(store, item_id).status_in("it") is Status.DRAFTING


def test_a_complete_item_is_approved(store: Store) -> None:
    item_id = a_queued_item(store)
    written(store, item_id, headline="Mantenere basta", note="Le promesse si mantengono.")

    item = approve(store, [item_id], by=MARTA, **DESK).items[0]

    assert item.status_in("it") is Status.READY


def test_a_note_can_be_waived_with_a_reason_and_a_headline_cannot(store: Store) -> None:
    item_id = a_queued_item(store)
    written(store, item_id, headline="Mantenere basta", waive={"note_missing": "solo citazione"})

    approve(store, [item_id], by=MARTA, **DESK)

    with pytest.raises(BadInput, match="waiver_not_allowed"):
        written(store, item_id, waive={"headline_missing": "no"})


@pytest.mark.parametrize(
    ("quote", "code"),
    [
        ("Customers remember a kept promise.", "excerpt_not_verbatim"),
        ("Customers remember a broken promise. So keep what you said", "excerpt_not_verbatim"),
    ],
)
def test_a_quotation_that_the_source_does_not_say_is_refused(store: Store, quote: str, code: str) -> None:
    item_id = a_queued_item(store)
    written(store, item_id, headline="H", note="N", excerpt=quote)

    problems = read_dossier(store, item_id).problems("it", SETTINGS)

    assert [p.code for p in problems] == [code]


def test_an_omission_may_be_marked(store: Store) -> None:
    item_id = a_queued_item(store)

    written(
        store,
        item_id,
        headline="H",
        note="N",
        excerpt="Customers remember a broken promise. […] So keep what you said",
    )

    assert read_dossier(store, item_id).problems("it", SETTINGS) == ()


def test_a_quotation_over_the_limit_of_its_source_is_refused(store: Store) -> None:
    item_id = a_queued_item(store, source_id=a_source(store, max_words=5))
    written(store, item_id, headline="H", note="N", paragraphs="1-2")

    problems = read_dossier(store, item_id).problems("it", SETTINGS)

    assert [(p.code, p.data["most"]) for p in problems] == [("quote_too_long", 5)]


def test_paragraphs_are_quoted_by_number(store: Store) -> None:
    item_id = a_queued_item(store)

    item = written(store, item_id, paragraphs="2")

    assert item.excerpt is not None
    assert item.excerpt.text == "So keep what you said, and spend the rest on the next promise."
    assert item.excerpt.truncated


def test_paragraphs_that_are_not_there_are_refused(store: Store) -> None:
    item_id = a_queued_item(store)

    with pytest.raises(BadInput, match="paragraphs_out_of_range"):
        written(store, item_id, paragraphs="2-9")


def test_the_label_of_the_edition_is_not_kept_in_the_note(store: Store) -> None:
    item = written(store, a_queued_item(store), note="NOTA AICEX: le promesse")

    assert item.commentaries["it"].note == "le promesse"


def test_a_stale_write_is_refused_and_nothing_of_it_is_written(store: Store) -> None:
    item_id = a_queued_item(store)
    first = written(store, item_id, headline="Prima")
    second = written(store, item_id, headline="Seconda", version=first.version)

    with pytest.raises(EditConflict) as conflict:
        written(store, item_id, headline="Terza", note="x", version=first.version)

    assert conflict.value.theirs.commentaries["it"].headline == "Seconda"
    assert the_item(store, item_id) == second


def test_a_claim_keeps_others_out_until_it_ends(store: Store) -> None:
    item_id = a_queued_item(store)
    claim(store, [item_id], by=MARTA, **DESK)

    with pytest.raises(ClaimedByOther):
        written(store, item_id, by=PAOLO, headline="Mio")

    after = {**DESK, "now": NOW + timedelta(hours=25)}
    item = write(store, item_id, Writing(headline="Mio"), by=PAOLO, **after)
    assert item.editor == "paolo"


def test_a_claim_can_be_taken_over_on_purpose(store: Store) -> None:
    item_id = a_queued_item(store)
    written(store, item_id, note="di Marta")

    item = claim(store, [item_id], by=PAOLO, take_over=True, **DESK).items[0]

    assert (item.editor, item.commentaries["it"].note) == ("paolo", "di Marta")


def test_many_editors_racing_for_one_item_give_one_winner(store: Store) -> None:
    item_id = a_queued_item(store)
    start = Barrier(6)
    outcomes: list[str] = []

    def race(name: str) -> None:
        start.wait()
        try:
            claim(store, [item_id], by=Editor(name=name), **DESK)
            outcomes.append(name)
        except CuratorError as error:
            outcomes.append(error.reason)

    threads = [Thread(target=race, args=(f"editor{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    winners = [outcome for outcome in outcomes if outcome.startswith("editor")]
    assert len(winners) == 1
    assert the_item(store, item_id).editor == winners[0]
    assert set(outcomes) - set(winners) <= {"claimed_by_other", "edit_conflict"}


def test_release_keeps_the_texts_and_a_new_claim_keeps_them_too(store: Store) -> None:
    item_id = a_queued_item(store)
    written(store, item_id, headline="Mantenere", excerpt="Customers remember")

    released = release(store, [item_id], by=MARTA, **MOVE).items[0]
    claimed = claim(store, [item_id], by=PAOLO, **DESK).items[0]

    assert released.status is Status.QUEUED
    assert claimed.commentaries["it"].headline == "Mantenere"
    assert claimed.excerpt is not None
    assert claimed.excerpt.text == "Customers remember"


def test_skip_and_requeue(store: Store) -> None:
    item_id = a_queued_item(store)

    skipped = skip(store, [item_id], by=MARTA, reason="già visto", **MOVE).items[0]
    queued = requeue(store, [item_id], by=MARTA, **MOVE).items[0]

    assert (skipped.status, queued.status) == (Status.SKIPPED, Status.QUEUED)


def test_several_ids_move_all_or_none(store: Store) -> None:
    source_id = a_source(store)
    one = a_queued_item(store, source_id=source_id, guid="1", url="https://blog.example/1")

    with pytest.raises(NotFound):
        skip(store, [one, 4711], by=MARTA, **MOVE)

    assert the_item(store, one).status is Status.QUEUED


def test_an_id_named_twice_is_one_item(store: Store) -> None:
    item_id = a_queued_item(store)

    moved = skip(store, [item_id, item_id], by=MARTA, **MOVE)

    assert [item.id for item in moved.items] == [item_id]


def test_keep_going_does_what_can_be_done(store: Store) -> None:
    item_id = a_queued_item(store)

    moved = skip(store, [4711, item_id], by=MARTA, keep_going=True, **MOVE)

    assert [item.id for item in moved.items] == [item_id]
    assert [refusal.item_id for refusal in moved.refused] == [4711]


def test_a_move_that_the_table_does_not_know_is_refused(store: Store) -> None:
    item_id = a_queued_item(store)

    with pytest.raises(MoveNotAllowed) as refusal:
        withdraw(store, item_id, reason="errore", public_note=None, by=MARTA, **MOVE)

    assert refusal.value.data["possible"] == ["claim", "write", "skip"]


def test_writing_a_ready_item_takes_it_back_to_drafting(store: Store) -> None:
    item_id = a_queued_item(store)
    written(store, item_id, headline="H", note="N")
    approve(store, [item_id], by=MARTA, **DESK)

    item = written(store, item_id, headline="Meglio")

    assert item.status_in("it") is Status.DRAFTING


def test_what_is_ready_is_given_another_time(store: Store) -> None:
    item_id = a_queued_item(store)
    written(store, item_id, headline="H", note="N")
    approve(store, [item_id], by=MARTA, at=LATER, **DESK)

    again = approve(store, [item_id], by=PAOLO, at=LATER + timedelta(days=1), **DESK).items[0]

    assert again.commentaries["it"].publish_at == LATER + timedelta(days=1)
    with store.read() as tx:
        assert [event.move for event in tx.events.of_item(item_id)][-2:] == ["approve", "approve"]
    undone, _, _ = undo(store, item_id, by=PAOLO, now=NOW)
    assert undone.commentaries["it"].publish_at == LATER
    with pytest.raises(MoveNotAllowed) as refusal:
        approve(store, [item_id], by=MARTA, **DESK)
    assert "approve --at" in refusal.value.data["possible"]


def test_who_wrote_may_give_another_time_to_what_another_has_approved(store: Store) -> None:
    item_id = a_queued_item(store)
    desk = DESK | {"settings": replace(SETTINGS, review=replace(SETTINGS.review, two_person=True))}
    written(store, item_id, headline="H", note="N")
    approve(store, [item_id], by=PAOLO, **desk)

    again = approve(store, [item_id], by=MARTA, at=LATER, **desk).items[0]

    assert again.commentaries["it"].publish_at == LATER


def test_with_two_persons_the_writer_cannot_approve(store: Store) -> None:
    item_id = a_queued_item(store)
    written(store, item_id, headline="H", note="N")
    desk = {**DESK, "settings": replace(SETTINGS, review=replace(SETTINGS.review, two_person=True))}

    with pytest.raises(Refused, match="two_person"):
        approve(store, [item_id], by=MARTA, **desk)

    assert approve(store, [item_id], by=PAOLO, **desk).items[0].status_in("it") is Status.READY


def test_undo_takes_back_one_move_after_the_other_with_the_texts(store: Store) -> None:
    item_id = a_queued_item(store)
    claimed = claim(store, [item_id], by=MARTA, **DESK).items[0]
    first = written(store, item_id, headline="Prima", note="Una nota")
    written(store, item_id, headline="Seconda", note="")

    after_one, _, _ = undo(store, item_id, by=MARTA, now=LATER)
    after_two, _, _ = undo(store, item_id, by=MARTA, now=LATER)

    assert replace(after_one, version=0) == replace(first, version=0)
    assert replace(after_two, version=0) == replace(claimed, version=0)


def test_there_is_nothing_to_undo_in_a_fresh_item(store: Store) -> None:
    with pytest.raises(Refused, match="nothing_to_undo"):
        undo(store, a_queued_item(store), by=MARTA, now=NOW)


def test_the_events_rebuild_the_item(store: Store) -> None:
    item_id = a_queued_item(store)
    written(store, item_id, headline="H", note="N", tags=("cx", "promesse"), waive={"alt_missing": "x"})
    approve(store, [item_id], by=MARTA, at=LATER, **DESK)
    undo(store, item_id, by=PAOLO, now=LATER)
    written(store, item_id, no_excerpt=True, image_url="https://blog.example/i.png", credit="Foto: X")

    with store.read() as tx:
        item, events = tx.items.get(item_id), tx.events.of_item(item_id)
    rebuilt = Item(
        id=item.id,
        ulid=item.ulid,
        version=item.version,
        entry_id=item.entry_id,
        queued_at=item.queued_at,
        status=Status.QUEUED,
        editor=None,
        claimed_until=None,
        revision=None,
    )
    for event in events:
        rebuilt = history.restored(rebuilt, event.after)

    assert rebuilt == item
    assert [event.version for event in events] == list(range(1, item.version + 1))


def test_paragraphs_apart_are_quoted_with_the_omission_marked(store: Store) -> None:
    html = "<p>First thing.</p><p>Second thing.</p><p>Third thing.</p>"
    item_id = a_queued_item(store, html=html)

    item = written(store, item_id, headline="H", note="N", paragraphs="1,3")

    assert item.excerpt is not None
    assert item.excerpt.text == "First thing.\n\n[…]\n\nThird thing."
    assert read_dossier(store, item_id).problems("it", SETTINGS) == ()


def test_a_changed_source_is_shown_word_by_word(store: Store) -> None:
    source_id = a_source(store)
    item_id = a_queued_item(store, source_id=source_id)
    claim(store, [item_id], by=MARTA, **DESK)
    assert source_changes(store, item_id) is None

    an_entry(store, source_id, html=PROMISE.replace("hardly notice one", "never notice one"))

    shown = source_changes(store, item_id)
    assert shown is not None
    assert "They [-hardly-] {+never+} notice one" in in_words(shown)
