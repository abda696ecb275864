"""The alternative text: words that readers hear in their own language."""

from __future__ import annotations

from collections.abc import Iterator

from curator import text
from curator.model import UNKNOWN_LANGUAGE, Image, Problem
from curator.settings import Edition

_ENOUGH_WORDS = 4  # to tell a language by


def foreign(image: Image, *, edition: Edition) -> Iterator[Problem]:
    """As the source wrote it, mostly: a screen reader would say it in the edition's language."""
    said = image.alt or ""
    if len(said.split()) < _ENOUGH_WORDS:
        return
    language = text.language_of(said, declared=None)
    if language not in (UNKNOWN_LANGUAGE, edition.language) and _first(language) != _first(edition.language):
        data = {"start": 0, "end": len(said), "language": language, "expected": edition.language}
        yield Problem(code="lint_alt_language", field="image.alt", data=data)


def _first(language: str) -> str:
    return language.split("-", maxsplit=1)[0]
