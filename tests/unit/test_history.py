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
