"""What an import was not sure of, until somebody has looked: a doubt ends with its field. Pure."""

from __future__ import annotations

from datetime import datetime

from curator.model import Item, Problem, Recovered


def standing(
    recovered: Recovered, item: Item, *, edition: str, published_at: datetime | None = None
) -> tuple[Problem, ...]:
    """The doubts that are still true: their fields hold what was imported, word for word.

    `published_at`: when readers got it, if anybody knows by now. A doubt about no field stands for good.
    """
    settled = _settled(recovered, item, edition=edition)
    settled["published"] = published_at is not None
    return tuple(
        doubt for doubt in recovered.doubts if not settled.get((doubt.field or "").split(".")[0], False)
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
