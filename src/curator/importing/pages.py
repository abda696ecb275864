"""A saved page of a blog → the posts on it."""

from __future__ import annotations

from dataclasses import dataclass

from curator.importing.house import House
from curator.model import LeftOut, Original


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What stands on a page, and where the page says that older posts are."""

    originals: tuple[Original | LeftOut, ...]
    older_url: str | None = None


def read(page: bytes, *, content_type: str | None, url: str | None, place: str, house: House) -> Read:
    """The posts of one page, in its order. `url`: where it was got from, where that is known."""
    _ = page, content_type, url, house
    return Read(originals=(LeftOut(place=place, code="import_page_without_posts"),))
