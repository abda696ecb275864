"""What a move changed, in an editor's words."""

from __future__ import annotations

from curator import history


def test_a_changed_commentary_is_named_by_its_parts() -> None:
    before = {"tags": [], "commentaries.it": {"headline": "Prima", "note": "x", "author": "marta"}}
    after = {"tags": ["cx"], "commentaries.it": {"headline": "Dopo", "note": "x", "author": "paolo"}}

    assert history.names(before, after) == ["tags", "headline (it)"]


def test_a_first_commentary_names_what_was_written() -> None:
    after = {"commentaries.it": {"headline": "Titolo", "note": None}}

    assert history.names({"commentaries.it": None}, after) == ["headline (it)"]


def test_a_claim_that_was_taken_over_is_named_as_such() -> None:
    before, after = {"editor": "marta"}, {"editor": "paolo", "taken_over_from": "marta"}

    assert history.names(before, after) == ["editor", "taken over from marta"]
