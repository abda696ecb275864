"""What an import was not sure of, until somebody has looked: a doubt ends with its field. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from curator.model import Item, Problem, Recovered, Status

CODES = (
    "import_attribution_guessed",
    "import_attribution_named",
    "import_attribution_unclear",
    "import_caption_cut",
    "import_comments_cut",
    "import_date_doubtful",
    "import_date_missing",
    "import_embed_lost",
    "import_excerpt_apart",
    "import_excerpt_only",
    "import_excerpt_own_words",
    "import_headline_language",
    "import_item_mended",
    "import_language_doubtful",
    "import_languages_mixed",
    "import_license_unknown",
    "import_note_cut",
    "import_note_doubtful",
    "import_note_links",
    "import_note_or_excerpt",
    "import_note_unlabelled",
    "import_picture_elsewhere",
    "import_picture_lost",
    "import_pictures_more",
    "import_plain_doubtful",
    "import_published_doubtful",
    "import_scheduled",
    "import_shortcodes_left",
    "import_source_unnamed",
)
"""Every doubt there is of what stands in an item; what else an import tells is of the import alone."""


def standing(
    told: Sequence[Recovered], item: Item, *, edition: str, published_at: datetime | None = None
) -> tuple[Problem, ...]:
    """The doubts that are still true: their fields hold what was imported, word for word.

    `told`: as in `merging.tellings`; a doubt is of the one that its field is as it stands in the item.
    `published_at`: when readers got it, if anybody knows by now. A doubt about no field stands for good.
    """
    from_ = _from(told, item, edition=edition)
    is_dated = published_at is not None or item.status_in(edition) is not Status.PUBLISHED
    is_waiting = item.status_in(edition) is Status.QUEUED
    return tuple(
        doubt
        for said in told
        for doubt in said.doubts
        if from_.get((doubt.field or "").split(".")[0], told[0]) is said
        and not (doubt.code == "import_date_missing" and is_dated)
        and not (doubt.code == "import_scheduled" and not is_waiting)
    )


def _from(told: Sequence[Recovered], item: Item, *, edition: str) -> dict[str, Recovered | None]:
    """By field: of which of them it is; of none where it is another by now."""
    commentary = item.commentaries.get(edition)
    headline, note = (commentary.headline, commentary.note) if commentary else (None, None)
    fields: dict[str, tuple[str, object]] = {
        "headline": ("headline", headline or ""),
        "note": ("note", note or None),
        "excerpt": ("excerpt", item.excerpt),
        "language": ("excerpt", item.excerpt),
        "attributions": ("attributions", item.attributions),
        "image": ("image", item.image),
        "tags": ("tags", item.tags),
    }
    return {
        field: next((said for said in told if getattr(said, name) == mine), None)
        for field, (name, mine) in fields.items()
    }
