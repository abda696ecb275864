"""The house lint: what looks wrong in what editors wrote. It points and suggests; it never changes a text.

Positions are characters of the field's text as it is given. A warning never blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from curator.curate.lint import italian, signs, words
from curator.curate.lint.pointing import apart
from curator.model import Entry, Item, Lang, Problem
from curator.ports import Spelling
from curator.settings import Edition, Settings

CODES = (
    "lint_accent",
    "lint_apostrophe",
    "lint_article_fused",
    "lint_author_missing",
    "lint_first_person",
    "lint_headline_publisher",
    "lint_image_bought",
    "lint_image_file_name",
    "lint_image_license",
    "lint_image_rights",
    "lint_letter_split",
    "lint_no_verb",
    "lint_opt_out",
    "lint_space_at_end",
    "lint_space_before",
    "lint_space_doubled",
    "lint_space_missing",
    "lint_spelling",
    "lint_stop_doubled",
    "lint_straight_quote",
    "lint_word_doubled",
)
"""Every warning there is."""


def check(text: str, *, language: Lang, field: str, spelling: Spelling | None = None) -> tuple[Problem, ...]:
    """What looks wrong in the text of one field, in reading order. Fast enough to be asked at every key."""
    found = [*apart(_pinpointed(text, language, field, spelling))]
    if field == "note" and language.startswith("it"):
        found += italian.verbless(text, field)
    return tuple(sorted(found, key=lambda one: (one.data["start"], one.data["end"])))


def _pinpointed(text: str, language: Lang, field: str, spelling: Spelling | None) -> Iterator[Problem]:
    """Where two rules see the same place, the one that comes first here has it."""
    yield from words.doubled(text, field)
    yield from words.fused(text, field, language=language)
    yield from words.split(text, field, language=language, spelling=spelling)
    if language.startswith("it"):
        yield from italian.accents(text, field)
    yield from signs.pointed_at(text, language=language, field=field)
    if spelling is not None:
        yield from words.misspelt(text, field, language=language, spelling=spelling)


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
