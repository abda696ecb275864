"""What a mirror (a WordPress) is to have of an item, and what it says it has."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from curator.model.public import Copy


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPicture:
    """Our own copy with its words. `alt` is plain text, `caption` HTML."""

    copy: Copy
    alt: str
    caption: str

    @property
    def slug(self) -> str:
        """By its bytes and words: one picture of two items is uploaded once, and again with other words."""
        words = hashlib.sha256(f"{self.alt}\0{self.caption}".encode()).hexdigest()
        return f"curator-{self.copy.digest[:16]}-{words[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One item as the mirror is to have it: title, body and excerpt are HTML that any role may write."""

    title: str
    content: str
    excerpt: str
    tags: tuple[str, ...] = ()
    picture: WantedPicture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirrored:
    """A post there as its editors have it, before anything is rendered.

    `status` as WordPress says it (publish, draft, pending, private, future, trash); `revision` is the
    newest of its revisions, None where it keeps none.
    """

    number: int
    slug: str
    status: str
    modified: datetime | None
    link: str
    title: str
    content: str
    excerpt: str
    tags: tuple[int, ...] = ()
    picture: int | None = None
    revision: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredRevision:
    """What somebody saved there: `number` grows from one save to the next."""

    number: int
    title: str
    content: str
    excerpt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorAccount:
    """Whom the mirror knows us as. `keeps_html` False: it takes out of our HTML what it does not know."""

    name: str
    roles: tuple[str, ...] = ()
    may_publish: bool = True
    may_upload: bool = True
    keeps_html: bool = True


class OutboxState(StrEnum):
    """Of one item: to be brought there; there; changed there by somebody else; theirs by decision."""

    WAITING = "waiting"
    DONE = "done"
    CONFLICT = "conflict"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What one item's row of the outbox says. `asked_at`: something was asked of the mirror then, and what
    became of it is not known. `insist`: an editor decided that ours replaces theirs.

    `remote`: `number`, `link`, `status`; `text`, the fingerprint of title, body and excerpt as
    the mirror kept them; `sent`, of what we sent; `tags`, `tag_names`, `picture`; `left_out`,
    what could not be brought, as [[kind, name]]. While no answer came: `asked` and `asked_text`, what was to
    be there by its words and to the byte; of a change `fields`, the same of each field, and `before`, the
    newest revision. `twins`: the words of what may come about beside it.
    """

    id: int
    item_id: int
    edition: str
    slug: str
    state: OutboxState
    wanted: str
    done: str | None
    asked_at: datetime | None
    remote: Mapping[str, Any] = field(default_factory=dict)
    insist: bool = False
    attempts: int = 0
    next_try: datetime | None = None
    error: Mapping[str, Any] | None = None
    changed_at: datetime
