"""Sources, and what one fetch of them brings."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from curator.model.words import Lang, Problem


class SourceKind(StrEnum):
    FEED = "feed"
    PAGE = "page"
    SITEMAP = "sitemap"


class SourceStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


class Outcome(StrEnum):
    """How the last poll of a source ended."""

    FETCHED = "fetched"
    NOT_MODIFIED = "not_modified"
    GONE = "gone"
    FAILED = "failed"


class Because(StrEnum):
    """The rule that says when a source is due (ingest/schedule.py): why it will be asked."""

    NEW = "new"
    RESUMED = "resumed"
    ORDINARY = "ordinary"
    RHYTHM = "rhythm"
    INTERVAL = "interval"
    FRESHNESS = "freshness"
    SKIPPED_HOURS = "skipped_hours"
    HUB = "hub"
    HUB_SILENT = "hub_silent"
    PUSH = "push"
    BACK_OFF = "back_off"
    PROBE = "probe"
    RETRY_AFTER = "retry_after"
    HOST_PAUSE = "host_pause"


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
    hub_url: str | None = None  # of its Link headers, which go before the document's own (WebSub §4)
    topic_url: str | None = None
    opt_outs: tuple[str, ...] = ()  # of its headers
    api_url: str | None = None  # where its headers say that WordPress answers programs
    total: int | None = None  # of all that was asked for, where WordPress gives it out in pages


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    http_status: int = 304
    max_age: timedelta | None = None
    moved_to: str | None = None


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
class Permission:
    """A source's word that its texts may be repeated whole: what it said, and who recorded it when."""

    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePolicy:
    """How a source is to be read and quoted, as editors decided. `max_share`: per cent of the original."""

    selectors: Mapping[str, Any] | None = None  # of a page without a feed
    full_text: bool = False  # fetch each entry's page: the feed carries only teasers
    max_share: int | None = None
    permission: Permission | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """When a feed says it need not be asked. Hours (0..23) are UTC, days count from Monday = 0 (RSS 2.0)."""

    ttl: timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """The source that was last throttled at a host, and until when all its sources must wait."""

    throttled_source: int | None = None
    throttled_at: datetime | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An incident of one source that lasts: raised once, ended once."""

    code: str
    since: datetime
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Entries that one fetch brought."""

    new: int = 0
    revised: int = 0


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
    last_outcome: Outcome | None
    last_error: Mapping[str, Any] | None
    last_fetched_at: datetime | None
    last_success_at: datetime | None
    unverified: bool
    added_at: datetime
    problems: tuple[Problem, ...] = ()
    moved_to: str | None = None
    moved_good: int = 0
    hub_url: str | None = None
    topic_url: str | None = None
    push_until: datetime | None = None
    policy: SourcePolicy = SourcePolicy()
    hints: Hints = Hints()
    recent: tuple[datetime, ...] = ()
    due_because: Because | None = None
    alert: Alert | None = None
    successor_url: str | None = None
    successor_looked_at: datetime | None = None


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
    policy: SourcePolicy | None = None
    full_text: bool | None = None  # these of the policy, whatever else that says
    max_share: int | None = None
    permission: Permission | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How one poll of a source ended, and what the source is `after` it. `why`: the rule it was asked by."""

    before: Source
    after: Source
    outcome: str
    http_status: int | None
    error: Mapping[str, Any] | None = None
    counts: Counts = Counts()
    why: str | None = None
