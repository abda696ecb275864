"""The words of the house: frozen values that every stage shares.

Nothing here reads a clock, a file or the network, and nothing here is
changed after it was made: a change is a new value (`dataclasses.replace`).
All instants are aware and in UTC. See docs/glossary.md for the meanings.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NewType

Lang = NewType("Lang", str)
"""A BCP 47 language tag; `und` where nobody knows."""

UNKNOWN_LANGUAGE = Lang("und")

SafeHtml = NewType("SafeHtml", str)
"""HTML that passed the cleaner (`text.clean`): the only HTML that may reach an output."""


# ── problems ────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something missing or doubtful: a stable code and data, never a sentence."""

    code: str
    field: str | None = None
    waivable: bool = False
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)


# ── sources and what one fetch of them brings ───────────────────────────────


class SourceKind(StrEnum):
    FEED = "feed"
    PAGE = "page"
    SITEMAP = "sitemap"


class SourceStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What makes the next GET conditional (RFC 9110 §8.8); opaque, sent back as received."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A success with a body. `moved_to` is set only when every hop said 301 or 308."""

    url: str
    final_url: str
    http_status: int
    content_type: str | None
    body: bytes
    validators: Validators
    moved_to: str | None = None
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    http_status: int = 304
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    http_status: int = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """No usable body. `code` names an entry of the message catalogues (`fetch_…`)."""

    code: str
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    http_status: int | None = None
    retry_after: timedelta | None = None


Fetch = Fetched | NotModified | Gone | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    id: int
    url: str
    name: str
    kind: SourceKind
    status: SourceStatus
    language: Lang | None
    tags: tuple[str, ...]
    license: str | None
    max_words: int | None
    interval: timedelta | None
    home_url: str | None
    validators: Validators
    body_hash: str | None
    due_at: datetime
    failures: int
    last_outcome: str | None
    last_error: Mapping[str, Any] | None
    last_fetched_at: datetime | None
    last_success_at: datetime | None
    unverified: bool
    added_at: datetime
    problems: tuple[Problem, ...] = ()
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDraft:
    """What somebody said about a source; None: nothing was said."""

    name: str | None = None
    tags: tuple[str, ...] | None = None
    language: Lang | None = None
    license: str | None = None
    max_words: int | None = None
    interval: timedelta | None = None
    home_url: str | None = None


# ── entries: what a source said ─────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Title, author, source, licence (Creative Commons' TASL) of something quoted."""

    title: str | None
    authors: tuple[str, ...] = ()
    publisher: str | None
    url: str | None
    license: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture by address; `alt` and `credit` are None until somebody says them."""

    url: str
    alt: str | None = None
    credit: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEntry:
    """One entry as a document states it: text cleaned, addresses absolute, dates sane or None.

    `raw_hash` is taken before any cleaning: equal hashes mean an unchanged entry.
    `content_key` fingerprints the cleaned title and text: identity's last rung.
    """

    guid: str | None
    url: str | None
    title: str
    html: SafeHtml
    authors: tuple[str, ...]
    language: Lang | None
    published: datetime | None
    updated: datetime | None
    tags: tuple[str, ...]
    image: Image | None
    raw_hash: str
    content_key: str
    license: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A document read. `problems` are things survived (bad dates, malformed tail), not failures."""

    kind: SourceKind
    format: str
    title: str
    home_url: str | None
    language: Lang | None
    license: str | None
    ttl: timedelta | None
    hub_url: str | None
    entries: tuple[ParsedEntry, ...]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A body that is no feed, or that the reader had to give up; `code` starts with `read_`."""

    code: str
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLink:
    """A feed that a page names (`<link rel=alternate>`)."""

    url: str
    title: str | None
    media_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a source said, in its newest revision (`revision` counts from 1)."""

    id: int
    source_id: int
    identity: str
    guid: str | None
    url: str | None
    title: str
    html: SafeHtml
    authors: tuple[str, ...]
    language: Lang | None
    published: datetime | None
    updated: datetime | None
    tags: tuple[str, ...]
    image: Image | None
    license: str | None
    first_seen: datetime
    revision: int
    raw_hash: str
    content_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """What recognising an entry needs to know of a stored one; `guid` and `url_key` as last seen."""

    id: int
    identity: str
    guid: str | None
    url_key: str | None
    content_key: str
    raw_hash: str
    revision: int
    title: str
    authors: tuple[str, ...]
    language: Lang | None
    published: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry nobody knew, and the identity it will keep within its source."""

    identity: str
    url_key: str | None
    said: ParsedEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedEntry:
    """A stored entry met again with something else about it; `revision` is the one it has from now on."""

    id: int
    revision: int
    url_key: str | None
    said: ParsedEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a document brings, compared with what is stored.

    `revised` say something else; `touched` say the same under another guid,
    address or markup: they are to be recognised next time, and are no news.
    """

    new: tuple[NewEntry, ...] = ()
    revised: tuple[ChangedEntry, ...] = ()
    touched: tuple[ChangedEntry, ...] = ()
    unchanged: int = 0


# ── items: what editors make of it ──────────────────────────────────────────


class Status(StrEnum):
    QUEUED = "queued"
    DRAFTING = "drafting"
    READY = "ready"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    SKIPPED = "skipped"


class Move(StrEnum):
    ENQUEUE = "enqueue"
    CLAIM = "claim"
    RELEASE = "release"
    WRITE = "write"
    APPROVE = "approve"
    PUBLISH = "publish"
    CORRECT = "correct"
    WITHDRAW = "withdraw"
    SKIP = "skip"
    REQUEUE = "requeue"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Editor:
    """Who acts: `name` is the key in the settings, `public_name` what readers may see."""

    name: str
    public_name: str | None = None
    role: str = "editor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Commentary:
    """What our editors wrote for one edition.

    `stage` is None while it is being drafted (the item's own status speaks),
    else READY, PUBLISHED or WITHDRAWN. `minor` and `correction` describe the
    change that waits for the next publish of an already published item,
    `public_note` what readers will be told of its withdrawal.
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
    excerpt: Excerpt | None = None
    attributions: tuple[Attribution, ...] = ()
    image: Image | None = None
    tags: tuple[str, ...] = ()
    commentaries: Mapping[str, Commentary] = dataclasses.field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    queued_at: datetime

    def status_in(self, edition: str) -> Status:
        """The status that readers of this edition's desk see."""
        commentary = self.commentaries.get(edition)
        return commentary.stage if commentary and commentary.stage else self.status

    def waived(self, edition: str) -> frozenset[str]:
        return frozenset(w.code for w in self.waivers if w.edition == edition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Machine text. Another type than Commentary: publishing it without an editor cannot be written down."""

    item_id: int
    field: str
    language: Lang
    text: str
    engine: str
    at: datetime


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


# ── what readers have ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The feed an item came from, as RFC 4287 §4.2.11 wants it beside a copied entry."""

    url: str
    name: str
    home_url: str | None
    license: str | None
    updated: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicItem:
    """The public version whole: everything any output needs, and nothing from the desk."""

    language: Lang
    headline: str
    note: str | None
    author: str
    excerpt: Excerpt | None
    attributions: tuple[Attribution, ...]
    image: Image | None
    tags: tuple[str, ...]
    origin: Origin | None
    correction: str | None = None
    corrected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One item in one edition as readers have it; slug, atom_id and published_at never change.

    `updated_at` is unique within an edition (the feed validator's DuplicateUpdated).
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


# ── the newsletter ──────────────────────────────────────────────────────────


class IssueStatus(StrEnum):
    DRAFT = "draft"
    CLOSED = "closed"
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """The mail of an issue before it is anybody's: per-recipient addresses are placeholders."""

    subject: str
    html: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    id: int
    edition: str
    number: int
    status: IssueStatus
    letter: Letter
    content_hash: str
    closed_at: datetime
    slot: datetime | None
    item_ids: tuple[int, ...]


class SubscriptionStatus(StrEnum):
    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    id: int
    email: str
    edition: str
    status: SubscriptionStatus


class DeliveryState(StrEnum):
    """Where one mail stands; OUTPUTS of the mail engine count these, and they add up."""

    PENDING = "pending"
    IN_DATA = "in_data"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    SUPPRESSED = "suppressed"
    EXCLUDED = "excluded"
    AMBIGUOUS = "ambiguous"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One issue to one subscriber. `email` is None once the person was erased."""

    id: int
    issue_id: int
    subscriber_id: int
    email: str | None
    message_id: str
    state: DeliveryState
    attempts: int
    next_try: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueCounts:
    """The ledger of an issue, added up. A mail on its way right now is still counted as pending."""

    accepted: int = 0
    failed: int = 0
    suppressed: int = 0
    excluded: int = 0
    pending: int = 0
    deferred: int = 0
    ambiguous: int = 0
    written: int = 0

    @classmethod
    def of(cls, by_state: Mapping[DeliveryState, int]) -> IssueCounts:
        counts = {str(state): number for state, number in by_state.items()}
        on_its_way = counts.pop(DeliveryState.IN_DATA, 0)
        return cls(**counts | {"pending": counts.get(DeliveryState.PENDING, 0) + on_its_way})

    @property
    def selected(self) -> int:
        return self.finished + self.unfinished

    @property
    def finished(self) -> int:
        return self.accepted + self.failed + self.suppressed + self.excluded

    @property
    def unfinished(self) -> int:
        """What the issue still waits for; .eml files in a folder have reached nobody."""
        return self.pending + self.deferred + self.ambiguous + self.written
