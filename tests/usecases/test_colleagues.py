"""What editors do for each other: assigning, commenting, sending back, and a second pair of eyes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from builders import ITALIAN, MARTA, NOW, PAOLO, SETTINGS, a_queued_item
from curator.curate.colleagues import assign, comment, send_back
from curator.curate.dossier import find, read_dossier
from curator.curate.together import Moved
from curator.curate.usecases import approve, claim, release, skip, undo, withdraw, write
from curator.curate.writing import Writing
from curator.errors import (
    BadInput,
    ClaimedByOther,
    EditConflict,
    MoveNotAllowed,
    NotFound,
    Refused,
)
from curator.lifecycle import writers
from curator.model import Editor, Item, Lang, Status
from curator.publish.usecases import Moves, _settle
from curator.settings import Edition, Settings
from curator.store import Store
from curator.store.search import Search

ANNA = Editor(name="anna")
HOUR = timedelta(hours=1)
MOVE: dict[str, Any] = {"edition": ITALIAN, "now": NOW}
ENGLISH = replace(ITALIAN, key="en", language=Lang("en"), default=False)


@pytest.fixture
def settings() -> Settings:
    """A newsroom with two pairs of eyes."""
    return replace(
        SETTINGS,
        review=replace(SETTINGS.review, two_person=True),
        editions={"it": ITALIAN, "en": ENGLISH},
    )


class Desk:
    """Moves of several editors, one minute after the other."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.store, self.settings = store, settings
        self.now = NOW
        self.item_id = a_queued_item(store)

    def at(self, edition: Edition = ITALIAN) -> dict[str, Any]:
        self.now += timedelta(minutes=1)
        return {"settings": self.settings, "edition": edition, "now": self.now}

    def write(self, by: Editor, edition: Edition = ITALIAN, **words: Any) -> Item:
        return write(self.store, self.item_id, Writing(**words), by=by, **self.at(edition))

    def approve(self, by: Editor, edition: Edition = ITALIAN) -> Item:
        return approve(self.store, [self.item_id], by=by, **self.at(edition)).items[0]

    def publish(self, edition: Edition = ITALIAN) -> Moves:
        """As far as the store goes: no file is written."""
        with self.store.begin() as tx:
            return _settle(tx, by=MARTA, **self.at(edition))

    def published(self) -> None:
        self.write(MARTA, headline="H", note="N")
        self.approve(PAOLO)
        assert self.publish().published == (self.item_id,)

    def status(self, edition: Edition = ITALIAN) -> Status:
        return read_dossier(self.store, self.item_id).item.status_in(edition.key)


@pytest.fixture
def desk(sqlite_store: Store, settings: Settings) -> Desk:
    return Desk(sqlite_store, settings)


def test_an_item_is_assigned_without_being_claimed(sqlite_store: Store) -> None:
    item_id = a_queued_item(sqlite_store)

    assign(sqlite_store, [item_id], to="anna", by=MARTA, **MOVE)
    claimed = claim(sqlite_store, [item_id], by=PAOLO, settings=SETTINGS, **MOVE).items[0]

    assert (claimed.assignee, claimed.editor) == ("anna", "paolo")


def test_assigning_while_somebody_writes_costs_her_no_save(sqlite_store: Store) -> None:
    item_id = a_queued_item(sqlite_store)
    read = claim(sqlite_store, [item_id], by=MARTA, settings=SETTINGS, **MOVE).items[0]
    assign(sqlite_store, [item_id], to="anna", by=PAOLO, **MOVE)

    words = Writing(headline="Mio", version=read.version)
    saved = write(sqlite_store, item_id, words, by=MARTA, settings=SETTINGS, **MOVE)

    assert (saved.commentaries["it"].headline, saved.assignee) == ("Mio", "anna")


def test_what_is_withdrawn_is_assigned_to_nobody(desk: Desk) -> None:
    desk.published()
    withdraw(
        desk.store,
        desk.item_id,
        reason="r",
        public_note=None,
        by=MARTA,
        edition=ITALIAN,
        now=desk.now,
    )

    with pytest.raises(MoveNotAllowed):
        assign(desk.store, [desk.item_id], to="anna", by=MARTA, **MOVE)


def test_comments_stand_beside_the_item_and_in_its_history(store: Store) -> None:
    item_id = a_queued_item(store)

    comment(store, item_id, "Serve un’immagine?", by=PAOLO, now=NOW)
    comment(store, item_id, " No.\x07 ", by=MARTA, now=NOW + HOUR)

    dossier = read_dossier(store, item_id)
    assert [(c.editor, c.text) for c in dossier.comments] == [
        ("paolo", "Serve un’immagine?"),
        ("marta", "No."),
    ]
    assert dossier.item.version == 1
    with store.read() as tx:
        assert [e.reason for e in tx.events.of_item(item_id)] == [None, "Serve un’immagine?", "No."]


@pytest.mark.parametrize(("said", "code"), [("  \n ", "comment_empty"), ("x" * 2001, "comment_too_long")])
def test_a_comment_is_short_and_says_something(sqlite_store: Store, said: str, code: str) -> None:
    item_id = a_queued_item(sqlite_store)

    with pytest.raises(BadInput, match=code):
        comment(sqlite_store, item_id, said, by=MARTA, now=NOW)


def test_a_comment_on_what_is_not_there_is_refused(sqlite_store: Store) -> None:
    with pytest.raises(NotFound):
        comment(sqlite_store, 4711, "Ciao", by=MARTA, now=NOW)


def test_what_is_sent_back_is_on_its_writers_desk_with_the_comment(desk: Desk) -> None:
    desk.write(MARTA, headline="H", note="N")
    desk.approve(PAOLO)

    item = send_back(desk.store, desk.item_id, comment="Più breve.", by=PAOLO, **desk.at())

    assert (item.status_in("it"), item.editor) == (Status.DRAFTING, "marta")
    assert item.claimed_until == desk.now + timedelta(hours=24)
    assert [c.text for c in read_dossier(desk.store, desk.item_id).comments] == ["Più breve."]
    with pytest.raises(ClaimedByOther):
        desk.write(PAOLO, headline="Mio")


def test_what_is_still_being_written_can_be_sent_back_instead_of_approved(desk: Desk) -> None:
    desk.write(MARTA, headline="H", note="N")

    item = send_back(desk.store, desk.item_id, comment="Più breve.", by=PAOLO, **desk.at())

    assert (item.status, item.editor) == (Status.DRAFTING, "marta")


def test_sending_back_needs_a_comment(desk: Desk) -> None:
    desk.write(MARTA, headline="H", note="N")
    desk.approve(PAOLO)

    with pytest.raises(BadInput, match="comment_empty"):
        send_back(desk.store, desk.item_id, comment=" ", by=PAOLO, **desk.at())

    assert desk.status() is Status.READY


def test_sending_back_can_be_undone(desk: Desk) -> None:
    desk.write(MARTA, headline="H", note="N")
    ready = desk.approve(PAOLO)
    send_back(desk.store, desk.item_id, comment="Più breve.", by=PAOLO, **desk.at())

    back, _, _ = undo(desk.store, desk.item_id, by=PAOLO, now=desk.now)

    assert replace(back, version=0) == replace(ready, version=0)


def test_what_another_has_on_her_desk_is_undone_by_who_did_it_only(desk: Desk) -> None:
    desk.write(MARTA, headline="H", note="N")
    desk.approve(PAOLO)
    send_back(desk.store, desk.item_id, comment="Più breve.", by=PAOLO, **desk.at())

    with pytest.raises(ClaimedByOther):
        undo(desk.store, desk.item_id, by=ANNA, now=desk.now)


# ── a second pair of eyes ──


def test_nobody_who_wrote_a_part_of_it_approves_it(desk: Desk) -> None:
    desk.write(MARTA, headline="H", note="N")
    release(desk.store, [desk.item_id], by=MARTA, edition=ITALIAN, now=desk.now)
    desk.write(PAOLO, note="N, ma meglio")

    for writer in (MARTA, PAOLO):
        with pytest.raises(Refused, match="two_person") as refusal:
            desk.approve(writer)
        assert refusal.value.data["writers"] == ("marta", "paolo")
    assert desk.approve(ANNA).status_in("it") is Status.READY


def test_who_only_saved_or_chose_nothing_new_has_not_written(desk: Desk) -> None:
    desk.write(MARTA, headline="H", note="N")
    release(desk.store, [desk.item_id], by=MARTA, edition=ITALIAN, now=desk.now)
    desk.write(PAOLO, headline="H", waive={"alt_missing": "decorativa"})

    assert desk.approve(PAOLO).status_in("it") is Status.READY


def test_what_was_taken_back_was_not_written(desk: Desk) -> None:
    desk.write(MARTA, headline="H", note="N")
    release(desk.store, [desk.item_id], by=MARTA, edition=ITALIAN, now=desk.now)
    desk.write(PAOLO, headline="Altro")
    undo(desk.store, desk.item_id, by=PAOLO, now=desk.now)
    claim(desk.store, [desk.item_id], by=PAOLO, **desk.at())

    assert desk.approve(PAOLO).commentaries["it"].headline == "H"


def test_a_correction_waits_until_another_approves_it(desk: Desk) -> None:
    desk.published()
    desk.write(MARTA, note="N, corretta")

    waiting = desk.publish()
    assert (waiting.corrected, [h.problems[0].code for h in waiting.held]) == ((), ["approval_missing"])
    with pytest.raises(Refused, match="two_person"):
        desk.approve(MARTA)
    desk.approve(PAOLO)

    assert desk.publish().corrected == (desk.item_id,)


def test_corrections_that_wait_can_be_looked_for(desk: Desk) -> None:
    desk.published()
    found: dict[str, Any] = {"problem": "approval_missing", "limit": 9, "offset": 0}
    search = Search(edition="it")
    assert find(desk.store, search, settings=desk.settings, **found).total == 0
    desk.write(MARTA, note="N, corretta")

    assert [
        [(p.code, p.data["writers"]) for p in dossier.reviewed(ITALIAN, desk.settings) if p.blocks]
        for dossier in find(desk.store, search, settings=desk.settings, **found).dossiers
    ] == [[("approval_missing", ("marta",))]]
    desk.approve(PAOLO)
    assert find(desk.store, search, settings=desk.settings, **found).total == 0


def test_a_correction_changed_after_its_approval_waits_again(desk: Desk) -> None:
    desk.published()
    desk.write(MARTA, note="N, corretta")
    desk.approve(PAOLO)
    desk.write(MARTA, note="N, corretta ancora")

    assert desk.publish().corrected == ()


def test_the_approval_of_a_correction_can_be_undone(desk: Desk) -> None:
    desk.published()
    desk.write(MARTA, note="N, corretta")
    desk.approve(PAOLO)
    undo(desk.store, desk.item_id, by=PAOLO, now=desk.now)

    assert desk.publish().corrected == ()


def test_who_wrote_the_first_version_may_approve_anothers_correction(desk: Desk) -> None:
    desk.published()
    desk.write(PAOLO, note="N, corretta")
    desk.approve(MARTA)

    assert desk.publish().corrected == (desk.item_id,)


def test_there_is_nothing_to_approve_in_what_is_public_as_it_stands(desk: Desk) -> None:
    desk.published()

    with pytest.raises(MoveNotAllowed):
        desk.approve(PAOLO)


def test_with_one_pair_of_eyes_a_correction_goes_out_by_itself(
    sqlite_store: Store, settings: Settings
) -> None:
    desk = Desk(sqlite_store, replace(settings, review=replace(settings.review, two_person=False)))
    desk.published()
    desk.write(MARTA, note="N, corretta")

    assert desk.publish().corrected == (desk.item_id,)


def test_another_excerpt_is_approved_anew_in_every_edition_that_shows_it(desk: Desk) -> None:
    desk.write(MARTA, headline="H", note="N")
    desk.approve(PAOLO)
    desk.write(PAOLO, ENGLISH, headline="H", note="N")
    assert desk.status() is Status.READY

    desk.write(PAOLO, ENGLISH, paragraphs="2")

    assert desk.status() is Status.DRAFTING
    with pytest.raises(Refused, match="two_person"):
        desk.approve(PAOLO)


def test_a_correction_does_not_cover_a_colleagues_that_is_not_out_yet(desk: Desk) -> None:
    desk.published()
    first = desk.write(MARTA, note="N, corretta da Marta")

    with pytest.raises(EditConflict) as conflict:
        desk.write(PAOLO, note="N, corretta da Paolo")
    assert conflict.value.theirs == first

    second = desk.write(PAOLO, note="N, corretta da tutti e due", version=first.version)
    assert second.commentaries["it"].note == "N, corretta da tutti e due"


def test_nobody_approves_a_text_that_she_has_not_read(desk: Desk) -> None:
    read = desk.write(MARTA, headline="H", note="N")
    now: dict[str, Any] = {"version": read.version, "by": PAOLO}
    desk.write(MARTA, note="Tutt’altra nota")

    with pytest.raises(Refused, match="approve_stale"):
        approve(desk.store, [desk.item_id], **now, **desk.at())

    assign(desk.store, [desk.item_id], to="anna", by=ANNA, edition=ITALIAN, now=desk.now)
    now["version"] = read.version + 1
    assert approve(desk.store, [desk.item_id], **now, **desk.at()).items[0].status_in("it") is Status.READY


# ── claims ──


def test_a_claim_taken_over_is_recorded_as_such(store: Store) -> None:
    item_id = a_queued_item(store)
    claim(store, [item_id], by=MARTA, settings=SETTINGS, **MOVE)
    claim(store, [item_id], by=PAOLO, take_over=True, settings=SETTINGS, **MOVE)

    with store.read() as tx:
        events = tx.events.of_item(item_id)

    assert [(e.move, e.after.get("taken_over_from")) for e in events[1:]] == [
        ("claim", None),
        ("claim", "marta"),
    ]


def test_saving_renews_a_claim_and_undoing_a_save_does_not_shorten_it(sqlite_store: Store) -> None:
    item_id = a_queued_item(sqlite_store)
    desk: dict[str, Any] = {"by": MARTA, "settings": SETTINGS, "edition": ITALIAN}
    claim(sqlite_store, [item_id], now=NOW, **desk)
    saved = write(sqlite_store, item_id, Writing(headline="H"), now=NOW + 20 * HOUR, **desk)

    undone, _, _ = undo(sqlite_store, item_id, by=MARTA, now=NOW + 21 * HOUR)

    assert saved.claimed_until == undone.claimed_until == NOW + 44 * HOUR
    assert "it" not in undone.commentaries


def test_a_rehearsed_move_says_what_it_would_do_and_does_nothing(store: Store) -> None:
    item_id = a_queued_item(store)

    moved: Moved = skip(store, [item_id, 4711], by=MARTA, rehearse=True, keep_going=True, **MOVE)

    assert [item.status for item in moved.items] == [Status.SKIPPED]
    assert [(r.item_id, r.error.reason) for r in moved.refused] == [(4711, "not_found")]
    assert read_dossier(store, item_id).item.status is Status.QUEUED
    with pytest.raises(NotFound):
        skip(store, [item_id, 4711], by=MARTA, rehearse=True, **MOVE)


def test_ids_that_are_not_there_are_all_named(sqlite_store: Store) -> None:
    with pytest.raises(NotFound) as refusal:
        skip(sqlite_store, [4711, 4712], by=MARTA, **MOVE)

    assert refusal.value.data["id"] == [4711, 4712]


def test_writers_are_told_by_the_events(desk: Desk) -> None:
    desk.published()
    desk.write(ANNA, note="N, corretta")

    with desk.store.read() as tx:
        told = tx.events.standing([desk.item_id])[desk.item_id]

    assert writers(told, "it") == ("anna",)
