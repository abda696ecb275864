"""What an import was not sure of, until somebody has looked: a doubt ends with its field. Pure."""

from __future__ import annotations

from datetime import datetime

from curator.model import Item, Problem, Recovered

CODES = (
    "import_attribution_guessed",
    "import_attribution_named",
    "import_attribution_unclear",
    "import_caption_cut",
    "import_comments_cut",
    "import_date_doubtful",
    "import_date_missing",
    "import_embed_lost",
    "import_excerpt_only",
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
    "import_shortcodes_left",
)
"""Every doubt there is of what stands in an item; what else an import tells is of the import alone."""


def standing(
    recovered: Recovered, item: Item, *, edition: str, published_at: datetime | None = None
) -> tuple[Problem, ...]:
    """The doubts that are still true: their fields hold what was imported, word for word.

    `published_at`: when readers got it, if anybody knows by now. A doubt about no field stands for good.
    """
    settled = _settled(recovered, item, edition=edition)
    return tuple(
        doubt
        for doubt in recovered.doubts
        if not settled.get((doubt.field or "").split(".")[0], False)
        and not (doubt.code == "import_date_missing" and published_at is not None)
    )


def _settled(recovered: Recovered, item: Item, *, edition: str) -> dict[str, bool]:
    """Whether each field is another than it was when it was imported."""
    commentary = item.commentaries.get(edition)
    headline, note = (commentary.headline, commentary.note) if commentary else (None, None)
    return {
        "headline": (headline or "") != recovered.headline,
        "note": (note or None) != recovered.note,
        "excerpt": item.excerpt != recovered.excerpt,
        "language": item.excerpt != recovered.excerpt,
        "attributions": item.attributions != recovered.attributions,
        "image": item.image != recovered.image,
        "tags": item.tags != recovered.tags,
    }
