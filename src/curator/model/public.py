"""What readers have, apart from what editors are changing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from curator.model.entries import Attribution, Image
from curator.model.items import Excerpt
from curator.model.words import Lang

UNDATED = datetime(1001, 1, 1, tzinfo=UTC)
"""What nobody knows the date of stands here or before, among the rest; nobody wrote a blog then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The feed an item came from, as RFC 4287 §4.2.11 wants it beside a copied entry."""

    url: str
    name: str
    home_url: str | None
    license: str | None
    updated: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """Our own copy of a picture, told by its bytes: what we may show, with its true type, size and length."""

    digest: str
    media_type: str
    width: int
    height: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Our own copy with its bytes."""

    copy: Copy
    content: bytes


ENCODER = 1
"""How copies are made; a copy of an older number is made anew, of what we have of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicItem:
    """The public version whole: everything any output needs, and nothing from the desk."""

    language: Lang
    headline: str
    note: str | None
    author: str  # empty: the organisation, whatever it is called
    excerpt: Excerpt | None
    attributions: tuple[Attribution, ...]
    image: Image | None
    tags: tuple[str, ...]
    origin: Origin | None
    correction: str | None = None
    corrected_at: datetime | None = None
    copy: Copy | None = None  # of `image`, where its rights allow us to show it


@dataclass(frozen=True, slots=True, kw_only=True)
class Facets:
    """By what readers find an item: topics, who is quoted (host and name), in which language; its picture.

    `corrected`: `updated_at` says when, not which second was free when it came out.
    """

    tags: tuple[str, ...]
    sources: tuple[tuple[str, str], ...]
    language: Lang | None
    copy: Copy | None
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """A publication without its texts. `digest` differs whenever anything that readers see of it does.

    `in_feeds` False: no feed ever had it under an id that we know, so in ours it would look like news.
    """

    item_id: int
    edition: str
    slug: str
    sequence: int
    published_at: datetime
    updated_at: datetime
    withdrawn_at: datetime | None
    digest: str
    facets: Facets
    imported: bool = False
    undated: bool = False
    in_feeds: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One item in one edition as readers have it; slug, atom_id and published_at never change.

    `updated_at` is unique within an edition (the feed validator's DuplicateUpdated). `imported`: readers
    had it before we did. `undated`: nobody knows since when; `published_at` only says where it stands
    among the others then, and is shown to nobody.
    """

    item_id: int
    edition: str
    ulid: str
    slug: str
    sequence: int
    atom_id: str
    published_at: datetime
    updated_at: datetime
    item_version: int
    content: PublicItem
    withdrawn_at: datetime | None = None
    public_note: str | None = None
    imported: bool = False
    undated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """An old address of an imported post or feed, as `redirecting` says it, and the output that answers."""

    path: str
    target: str
    item_id: int | None
