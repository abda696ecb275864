"""What an import was not sure of, as long as nobody has looked: a doubt ends with the field it is about. Pure."""

from __future__ import annotations

from datetime import datetime

from curator.model import Item, Problem, Recovered


def standing(
    recovered: Recovered, item: Item, *, edition: str, published_at: datetime | None = None
) -> tuple[Problem, ...]:
    """The doubts that are still true: their fields hold what was imported, word for word.

    `published_at`: when readers got it, if anybody knows by now.
    """
    return tuple(
        doubt
        for doubt in recovered.doubts
        if _is_untouched(doubt.field, recovered, item, edition=edition, published_at=published_at)
    )


def _is_untouched(
    field: str | None, recovered: Recovered, item: Item, *, edition: str, published_at: datetime | None
) -> bool:
    commentary = item.commentaries.get(edition)
    match (field or "").split(".")[0]:
        case "headline":
            return commentary is not None and (commentary.headline or "") == recovered.headline
        case "note":
            return commentary is not None and (commentary.note or None) == recovered.note
        case "excerpt" | "language":
            return item.excerpt == recovered.excerpt
        case "attributions":
            return item.attributions == recovered.attributions
        case "image":
            return item.image == recovered.image
        case "tags":
            return item.tags == recovered.tags
        case "published":
            return published_at is None
        case _:
            return True
