"""Who is at the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from curator.errors import UnknownEditor
from curator.faces.editors import current_editor
from curator.model import Editor
from curator.settings import EditorSettings, Settings

OPEN = Settings(newsroom=Path("/n"))
LISTED = Settings(
    newsroom=Path("/n"),
    editors={
        "anna": EditorSettings(name="Anna Rossi", role="chief", public=True),
        "ugo": EditorSettings(name="Ugo Bo"),
    },
)


def test_the_option_counts_before_the_environment() -> None:
    environ = {"CURATOR_EDITOR": "ugo"}

    assert current_editor(OPEN, asked="anna", environ=environ).name == "anna"
    assert current_editor(OPEN, asked=None, environ=environ).name == "ugo"


def test_somebody_is_always_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "paola")

    assert current_editor(OPEN, asked=None, environ={}) == Editor(name="paola")


def test_readers_see_a_name_only_where_it_is_public() -> None:
    anna = current_editor(LISTED, asked="anna", environ={})

    assert anna == Editor(name="anna", public_name="Anna Rossi", role="chief")
    assert current_editor(LISTED, asked="ugo", environ={}).public_name is None


def test_once_editors_are_listed_others_are_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownEditor) as refused:
        current_editor(LISTED, asked="ana", environ={})
    assert refused.value.data["nearest"] == "anna"
