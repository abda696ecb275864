"""Items: what editors make of entries."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from curator.model.entries import Attribution, Image
from curator.model.words import Lang, SafeHtml


class Status(StrEnum):
    QUEUED = "queued"
    DRAFTING = "drafting"
    READY = "ready"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    SKIPPED = "skipped"


class Move(StrEnum):
    ENQUEUE = "enqueue"
    CLIP = "clip"
    IMPORT = "import"
    CLAIM = "claim"
    RELEASE = "release"
    WRITE = "write"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    PUBLISH = "publish"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    SKIP = "skip"
    REQUEUE = "requeue"
    ASSIGN = "assign"
    COMMENT = "comment"
    SUGGEST = "suggest"
    JOIN = "join"
    SEPARATE = "separate"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """Who acts: `name` is the key in the settings, `public_name` what readers may see."""

    name: str
    public_name: str | None = None
    role: str = "editor"


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineText:
    """Where an editor's draft came from: the engine, and the words as it gave them."""

    engine: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commentary:
    """What our editors wrote for one edition.

    `stage` is None while it is being drafted (the item's own status speaks),
    else READY, PUBLISHED or WITHDRAWN. `minor` and `correction` describe the
    change that waits for the next publish of an already published item,
    `public_note` what readers will be told of its withdrawal. `suggested`
    keeps the machine text that `headline` or `note` began as.
    """

    edition: str
    language: Lang
    headline: str | None = None
    note: str | None = None
    stage: Status | None = None
    publish_at: datetime | None = None
    minor: bool = False
    correction: str | None = None
    public_note: str | None = None
    author: str | None = None
    suggested: Mapping[str, MachineText] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The quoted passage in its own language. `truncated`: the source says more than this."""

    html: SafeHtml
    text: str
    language: Lang
    truncated: bool

    @property
    def words(self) -> int:
        return len(self.text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    edition: str
    code: str
    reason: str
    editor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece of editorial work. `status` is where it stands before any edition has it ready."""

    id: int
    ulid: str
    version: int
    status: Status
    editor: str | None
    claimed_until: datetime | None
    entry_id: int | None
    revision: int | None
    page: int | None = None  # the `n` of the fetched page that is quoted from
    assignee: str | None = None  # who is to take it up; a claim is another thing
    excerpt: Excerpt | None = None
    attributions: tuple[Attribution, ...] = ()
    image: Image | None = None
    tags: tuple[str, ...] = ()
    commentaries: Mapping[str, Commentary] = dataclasses.field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    queued_at: datetime
    cluster: int | None = None

    def status_in(self, edition: str) -> Status:
        """The status that readers of this edition's desk see."""
        commentary = self.commentaries.get(edition)
        return commentary.stage if commentary and commentary.stage else self.status

    def waived(self, edition: str) -> frozenset[str]:
        return frozenset(w.code for w in self.waivers if w.edition == edition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """The same story as another source tells it: an item of its own, and a possible further attribution.

    `statuses` and `published_at` are by edition; `status` is where it stands before any edition has it ready.
    """

    item_id: int
    source_id: int | None
    source_name: str | None
    title: str | None
    url: str | None
    status: Status
    statuses: Mapping[str, Status] = dataclasses.field(default_factory=dict)
    published_at: Mapping[str, datetime] = dataclasses.field(default_factory=dict)

    def status_in(self, edition: str) -> Status:
        return self.statuses.get(edition, self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Machine text. Another type than Commentary: publishing it without an editor cannot be written down.

    `html` is the text with the markup of the original, `basis` the fingerprint of that original.
    """

    item_id: int
    field: str
    language: Lang
    text: str
    engine: str
    at: datetime
    html: SafeHtml | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What one editor tells the others about an item; readers never see it."""

    id: int
    item_id: int
    editor: str
    at: datetime
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One move: the fields it changed, as they were and as they became."""

    id: int
    at: datetime
    editor: str
    item_id: int | None
    edition: str | None
    move: str
    version: int | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str | None = None
