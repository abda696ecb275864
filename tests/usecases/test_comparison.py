"""What a source has changed, word by word."""

from __future__ import annotations

import pytest

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, an_entry
from curator.curate.comparison import Change, Kind, Piece, difference, in_words, source_changes
from curator.curate.dossier import read_dossier
from curator.curate.usecases import claim
from curator.store import Store

OLD = "<p>Customers remember a broken promise.</p><p>They notice little.</p><p>So keep it.</p><p>End.</p>"
NEW = OLD.replace("broken", "kept").replace("So keep it.", "So keep what you said.")


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


def revised(store: Store, item_id: int, **entry: str) -> None:
    found = read_dossier(store, item_id)
    assert found.source is not None
    an_entry(store, found.source.id, **entry)  # type: ignore[arg-type]  # what a test says of it


def claimed(store: Store, **entry: str) -> int:
    item_id = a_queued_item(store, source_id=None, **entry)
    claim(store, [item_id], by=MARTA, settings=SETTINGS, edition=ITALIAN, now=NOW)
    return item_id


def test_what_changed_since_the_claim_is_shown_in_its_place(store: Store) -> None:
    item_id = claimed(store, html=OLD)
    revised(store, item_id, html=NEW)

    changes = source_changes(store, item_id)

    assert changes is not None
    (text,) = changes
    assert (text.field, text.old, text.new) == ("text", 1, 2)
    assert in_words(changes) == (
        "Customers remember a [-broken-] {+kept+} promise.\n\nThey notice little.\n\n"
        "So keep [-it.-] {+what you said.+}\n\nEnd."
    )
    assert read_dossier(store, item_id).source_changed


def test_every_field_that_readers_see_is_compared(store: Store) -> None:
    item_id = claimed(store, html=OLD, title="Promises")
    revised(store, item_id, html=OLD, title="Promises kept", url="https://blog.example/kept")

    changes = source_changes(store, item_id)

    assert changes is not None
    assert [change.field for change in changes] == ["title", "url"]
    assert in_words(changes[:1]) == "Promises {+kept+}"


def test_before_a_claim_the_last_two_tellings_are_compared(store: Store) -> None:
    item_id = a_queued_item(store, html="<p>one</p>")
    assert source_changes(store, item_id) is None

    revised(store, item_id, html="<p>two</p>")
    revised(store, item_id, html="<p>three</p>")

    changes = source_changes(store, item_id)
    assert changes is not None
    assert in_words(changes) == "[-two-] {+three+}"


def test_the_same_words_in_other_markup_are_another_telling_without_a_difference(store: Store) -> None:
    item_id = claimed(store, html="<p>one two</p>")
    revised(store, item_id, html="<p><b>one</b> two</p>")

    assert source_changes(store, item_id) == ()


def test_paragraphs_far_from_a_change_are_left_out() -> None:
    paragraphs = [f"Paragraph {n}." for n in range(20)]
    changed = [*paragraphs[:10], "Something else.", *paragraphs[11:]]

    pieces = difference("\n\n".join(paragraphs), "\n\n".join(changed))

    assert [piece.kind for piece in pieces] == [Kind.SAME, Kind.REMOVED, Kind.ADDED, Kind.SAME]
    assert in_words([Change(field="text", old=1, new=2, pieces=pieces)]).split("\n\n") == [
        "[…]",
        "Paragraph 9.",
        "[-Paragraph 10.-] {+Something else.+}",
        "Paragraph 11.",
        "[…]",
    ]


@pytest.mark.parametrize(
    ("old", "new", "pieces"),
    [
        ("", "", ()),
        ("a b", "a b", (Piece(kind=Kind.SAME, text="a b"),)),
        ("", "a", (Piece(kind=Kind.ADDED, text="a"),)),
        ("a", "", (Piece(kind=Kind.REMOVED, text="a"),)),
    ],
)
def test_the_simplest_differences_are_themselves(old: str, new: str, pieces: tuple[Piece, ...]) -> None:
    found = difference(old, new)

    assert (
        tuple(Piece(kind=each.kind, text=each.text.strip()) for each in found if each.text.strip()) == pieces
    )


def test_texts_made_to_take_for_ever_are_compared() -> None:
    for old, new in (
        ("the cat " * 50_000, "cat the mat " * 40_000),
        ("x\n\n" * 50_000, "y\n\nx\n\n" * 40_000),
        ("\n\n".join(f"a {n}" for n in range(9_000)), "\n\n".join(f"b {n}" for n in range(9_000))),
    ):
        assert difference(old, new)
