"""What an existing blog says: its posts as documents carry them, and what we make of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from curator.model.entries import Attribution, Image
from curator.model.items import Excerpt
from curator.model.words import Lang, Problem


class Form(StrEnum):
    """In which form a blog's post was read; the earlier says more of it."""

    WXR = "wxr"
    REST = "rest"
    FEED = "feed"
    PAGE = "page"
    PLAIN = "plain"


class Access(StrEnum):
    """Who may read a post where it stands. What is not public was no reader's yet, and becomes a draft."""

    PUBLIC = "public"
    DRAFT = "draft"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """One post as one document says it; its body is not interpreted yet.

    `key` is what the same post of the same document form is known by next time, `place` where it stands
    in words for people. `html` is the body as said, not cleaned, as WordPress would show it. `raw` is what
    is kept of it for good. `permalink`, `guid` and `addresses` (all others that led to it) are absolute
    where the document says them; `number` is WordPress's own. `whole` False: the document shows only how
    it begins. `published` is None where nobody says it.
    """

    form: Form
    key: str
    place: str
    title: str
    html: str
    raw: str
    guid: str | None = None
    permalink: str | None = None
    addresses: tuple[str, ...] = ()
    blog: str | None = None  # the address of the blog it is of, as far as the document says
    number: int | None = None
    published: datetime | None = None
    updated: datetime | None = None
    access: Access = Access.PUBLIC
    author: str | None = None
    tags: tuple[str, ...] = ()
    language: Lang | None = None  # the document's own word for it
    image: Image | None = None  # the featured one
    whole: bool = True
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Something in a document that is no post to be imported, or that cannot be read, and why."""

    place: str
    code: str
    data: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Confidence(StrEnum):
    """How sure a field is: said in so many words, told by its form, or a guess that an editor should see."""

    SURE = "sure"
    LIKELY = "likely"
    DOUBTFUL = "doubtful"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class LostPicture:
    """A picture of which only words are left: no address, so nothing to show."""

    file_name: str | None = None
    credit: str | None = None
    alt: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What an original is made of, in the fields of an item. `confidence` is by field name.

    Fields: headline, note, excerpt, language (of the excerpt), attributions, image, tags, published,
    author. `doubts` say the doubtful and missing ones, with what was found; their codes begin
    with `import_`.
    """

    headline: str
    language: Lang
    note: str | None
    excerpt: Excerpt | None
    attributions: tuple[Attribution, ...]
    image: Image | None
    lost_picture: LostPicture | None
    tags: tuple[str, ...]
    author: str | None
    confidence: Mapping[str, Confidence]
    doubts: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One original that became, or became a part of, an item.

    `recovered` is what was made of it then. `changed`: the blog says something else by now, since when,
    and what we would make of that; the item is as it was.
    """

    id: int
    item_id: int
    form: Form
    key: str
    place: str
    at: datetime
    recovered: Recovered
    permalink: str | None = None
    guid: str | None = None
    number: int | None = None
    published: datetime | None = None
    updated: datetime | None = None
    access: Access = Access.PUBLIC
    whole: bool = True
    changed: Recovered | None = None
    changed_at: datetime | None = None
