"""A language that there is not is refused before readers get it, with the one that may have been meant."""

from __future__ import annotations

import pytest

from curator.model import Lang
from curator.text import is_language, languages_like


@pytest.mark.parametrize("tag", ["it", "en-GB", "pt-BR", "zh-Hant", "scn", "pms", "eo"])
def test_a_language_is_one_whatever_its_region(tag: str) -> None:
    assert is_language(Lang(tag))


@pytest.mark.parametrize("tag", ["xx", "ita", "und", "mul", "qq-IT"])
def test_what_only_looks_like_one_is_none(tag: str) -> None:
    assert not is_language(Lang(tag))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ita", "it"), ("Tedesco", "de"), ("germn", "de"), ("inglse", "en"), ("français", "fr"), ("xx", None)],
)
def test_who_names_a_language_is_told_its_code(typed: str, meant: str | None) -> None:
    assert next(iter(languages_like(typed)), None) == meant
