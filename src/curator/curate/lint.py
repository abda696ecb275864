"""The house lint: what looks wrong in what editors wrote. It points and suggests; it never changes a text.

Positions are characters of the field's text as it is given. A warning never blocks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from curator.model import Entry, Item, Lang, Problem
from curator.ports import Spelling
from curator.settings import Edition, Settings

_BEFORE_STOP = re.compile(r"(?<=\w)[ \t\xa0\u202f]+(?=[,.;:!?](?![.\w]))")


def check(text: str, *, language: Lang, field: str, spelling: Spelling | None = None) -> tuple[Problem, ...]:
    """What looks wrong in the text of one field, in reading order. Fast enough to be asked at every key."""
    del language, spelling
    return tuple(sorted(_all(text, field), key=lambda one: (one.data["start"], one.data["end"])))


def warnings(
    item: Item, *, edition: Edition, entry: Entry | None, settings: Settings, spelling: Spelling | None = None
) -> tuple[Problem, ...]:
    """What looks wrong in an item as one edition's readers would see it."""
    del entry, settings
    commentary = item.commentaries.get(edition.key)
    if commentary is None:
        return ()
    return tuple(
        problem
        for field in ("headline", "note")
        for problem in check(
            getattr(commentary, field) or "", language=edition.language, field=field, spelling=spelling
        )
    )


def _all(text: str, field: str) -> Iterator[Problem]:
    for found in _BEFORE_STOP.finditer(text):
        yield Problem(
            code="lint_space_before",
            field=field,
            data={"start": found.start(), "end": found.end(), "found": found[0], "suggestion": ""},
        )
