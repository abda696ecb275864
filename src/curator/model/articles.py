"""The page of an entry: what stands there beyond what its feed says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from curator.model.entries import Image
from curator.model.words import Lang, SafeHtml


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What a page says, without its furniture: text cleaned, addresses absolute.

    `url` is the page's own word for its address where it is of the same site, else where it was found.
    """

    url: str
    title: str | None
    html: SafeHtml
    authors: tuple[str, ...] = ()
    language: Lang | None = None
    published: datetime | None = None
    image: Image | None = None
    license: str | None = None
    publisher: str | None = None
    opt_outs: tuple[str, ...] = ()  # `noai`, `noarchive`, `max-snippet:50`, …: recorded and shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The article as it was fetched for an entry. Never changed: another text is another `n`, from 1."""

    entry_id: int
    n: int
    fetched_at: datetime
    article: Article
