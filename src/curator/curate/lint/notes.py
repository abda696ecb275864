"""The note as a whole: its label, its length, its language."""

from __future__ import annotations

from collections.abc import Iterator

from curator import text
from curator.curate.labelled import label_end
from curator.curate.lint.pointing import pointed
from curator.model import Problem
from curator.settings import Edition, ReviewSettings

_ENOUGH_WORDS = 6  # to tell a language by


def labelled(note: str, *, edition: Edition) -> Iterator[Problem]:
    """An imported note may still have the label that the edition prints before it."""
    if end := label_end(note, edition):
        yield pointed("lint_label_typed", "note", note, (0, end), "")


def window(note: str, *, review: ReviewSettings, quoting: bool) -> Iterator[Problem]:
    """Too short, or too long beside a quotation; a note that is all there is has no end."""
    words = len(note.split())
    if words < review.note_min_words:
        data = {"words": words, "least": review.note_min_words}
        yield Problem(code="lint_note_short", field="note", data=data)
    if quoting and 0 < review.note_max_words < words:
        data = {"words": words, "most": review.note_max_words}
        yield Problem(code="lint_note_long", field="note", data=data)


def foreign(note: str, *, edition: Edition) -> Iterator[Problem]:
    """Written in another language than its readers'."""
    if len(note.split()) < _ENOUGH_WORDS:
        return
    language = text.language_of(note, declared=edition.language)
    if language.split("-")[0] != edition.language.split("-")[0]:
        data = {"language": language, "expected": edition.language}
        yield Problem(code="lint_note_language", field="note", data=data)
