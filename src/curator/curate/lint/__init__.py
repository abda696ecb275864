"""The house lint: what looks wrong in what editors wrote. It points and suggests; it never changes a text.

Positions are characters of the field's text as it is given. A warning never blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

from curator.curate.lint import alt, italian, notes, quoting, signs, words
from curator.curate.lint.pointing import apart
from curator.model import Item, Lang, Problem
from curator.ports import Spelling
from curator.settings import Edition, ReviewSettings, Settings

CODES = (
    "lint_accent",
    "lint_alt_language",
    "lint_apostrophe",
    "lint_article_fused",
    "lint_author_missing",
    "lint_boilerplate",
    "lint_caption",
    "lint_dangling",
    "lint_first_person",
    "lint_headline_publisher",
    "lint_image_bought",
    "lint_image_file_name",
    "lint_image_license",
    "lint_image_rights",
    "lint_label_typed",
    "lint_letter_split",
    "lint_no_verb",
    "lint_note_language",
    "lint_note_long",
    "lint_note_short",
    "lint_opt_out",
    "lint_publisher_elsewhere",
    "lint_space_at_end",
    "lint_space_before",
    "lint_space_doubled",
    "lint_space_missing",
    "lint_spelling",
    "lint_stop_doubled",
    "lint_straight_quote",
    "lint_word_doubled",
)
"""Every warning there is; of pictures and attributions, too, which `rights` and `attributing` look at."""


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
    item: Item, *, edition: Edition, settings: Settings, spelling: Spelling | None = None
) -> tuple[Problem, ...]:
    """What looks wrong in what an editor wrote or took over, as one edition's readers would see it."""
    commentary = item.commentaries.get(edition.key)
    found: list[Problem] = []
    if commentary is not None and commentary.headline:
        found += check(commentary.headline, language=edition.language, field="headline", spelling=spelling)
    if commentary is not None and commentary.note:
        found += note(
            commentary.note,
            edition=edition,
            review=settings.review,
            quoting=item.excerpt is not None,
            spelling=spelling,
        )
        found += notes.foreign(commentary.note, edition=edition)
    if item.image is not None:
        found += alt.foreign(item.image, edition=edition)
    if item.excerpt is not None:
        found += quoting.pointed_at(item.excerpt)
    return tuple(found)


def note(
    text: str,
    *,
    edition: Edition,
    review: ReviewSettings,
    quoting: bool,
    spelling: Spelling | None = None,
) -> tuple[Problem, ...]:
    """`check` of a note, with its label and its length; `quoting`: it stands beside an excerpt."""
    return (
        *notes.labelled(text, edition=edition),
        *check(text, language=edition.language, field="note", spelling=spelling),
        *notes.window(text, review=review, quoting=quoting),
    )
