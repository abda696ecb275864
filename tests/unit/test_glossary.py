"""config/glossary.toml: what engines leave alone or say our way."""

from __future__ import annotations

from pathlib import Path

import pytest

from curator.errors import BadSettings
from curator.model import Lang
from curator.settings.glossary import Glossary, load_glossary
from curator.shipped import shipped

ENGLISH, ITALIAN, FRENCH = Lang("en"), Lang("it"), Lang("fr")


def said(folder: Path, text: str) -> Glossary:
    (folder / "config").mkdir(exist_ok=True)
    (folder / "config/glossary.toml").write_text(text, encoding="utf-8")
    return load_glossary(folder)


def test_the_nearer_pair_decides(tmp_path: Path) -> None:
    glossary = said(
        tmp_path,
        '[any-any]\nNPS = true\n[any-it]\nchurn = "abbandono"\n[en-it]\nChurn = "tasso di abbandono"',
    )

    assert glossary.between(Lang("en-GB"), ITALIAN) == {"NPS": None, "Churn": "tasso di abbandono"}
    assert glossary.between(FRENCH, ITALIAN) == {"NPS": None, "churn": "abbandono"}
    assert glossary.between(ITALIAN, ENGLISH) == {"NPS": None}


def test_only_what_holds_between_two_languages_makes_another_version(tmp_path: Path) -> None:
    before = said(tmp_path, "[en-it]\nNPS = true")
    elsewhere = said(tmp_path, "[en-it]\nNPS = true\n[en-fr]\nCX = true")
    here = said(tmp_path, '[en-it]\nNPS = "l’NPS"')

    versions = [each.version(ENGLISH, ITALIAN) for each in (before, elsewhere, here)]

    assert versions[0] == versions[1] != versions[2]


def test_without_a_file_nothing_is_protected(tmp_path: Path) -> None:
    assert load_glossary(tmp_path).between(ENGLISH, ITALIAN) == {}


def test_what_is_shipped_can_be_read_and_names_what_the_house_never_translates() -> None:
    glossary = load_glossary(shipped("config").parent)

    terms = glossary.between(ENGLISH, ITALIAN)

    assert {"Customer Experience", "NPS", "touchpoint", "Voice of the Customer"} <= terms.keys()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[english-italian]\nNPS = true", "glossary_pair"),
        ("NPS = true", "glossary_pair"),
        ("en-it = 1", "settings_wants_table"),
        ("[en-it]\nNPS = false", "glossary_term"),
        ("[en-it]\nNPS = 3", "glossary_term"),
        ('[en-it]\nNPS = " "', "glossary_term"),
        ('[en-it]\n" " = true', "glossary_term"),
        ('[en-it]\nNPS = "a\\u0007b"', "glossary_term"),
        ("[en-it", "settings_not_toml"),
    ],
)
def test_what_cannot_be_meant_is_said(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(BadSettings, match=code):
        said(tmp_path, text)
