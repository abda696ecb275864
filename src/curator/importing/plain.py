"""Text scraped off a blog's pages → the posts in it.  (pure)"""

from __future__ import annotations

from curator.importing.house import House
from curator.model import LeftOut, Original


def read(text: str, *, place: str, house: House) -> tuple[Original | LeftOut, ...]:
    """The posts of one text, in its order."""
    _ = text, house
    return (LeftOut(place=place, code="import_not_recognised"),)
