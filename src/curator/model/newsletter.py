"""Issues, subscribers and the ledger of deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


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
    """One newsletter. `begun_at`: when the first mail was handed over; None: nobody has it.

    `frozen`: all that its letter was made of, as the database keeps it (see `publish.freezing`); None in
    lists, and where an older program closed it. `paused_because`: code and data, where no editor paused it.
    """

    id: int
    edition: str
    number: int
    status: IssueStatus
    letter: Letter
    content_hash: str
    closed_at: datetime
    slot: datetime | None
    item_ids: tuple[int, ...]
    begun_at: datetime | None = None
    paused_because: Mapping[str, Any] | None = None
    frozen: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """What editors have decided about the next issue. None of its items need be waiting any more.

    `pinned` come first, then those in `order`, then all others as they were published. `held` are left to
    the issue after it, `dropped` are left out for good. `kept`: what was held out of which issue.
    """

    subject: str | None = None  # None: as proposed
    intro: str | None = None
    order: tuple[int, ...] = ()
    pinned: tuple[int, ...] = ()
    held: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    kept: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """An arrangement as it is kept: `version` 0 is that nobody has decided anything yet."""

    arrangement: Arrangement = Arrangement()
    version: int = 0
    editor: str | None = None
    changed_at: datetime | None = None


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
    """One issue to one subscriber. `email` is None once the person was erased.

    `attempts` and `first_try` are of what was tried so far.
    """

    id: int
    issue_id: int
    subscriber_id: int
    email: str | None
    message_id: str
    state: DeliveryState
    attempts: int
    next_try: datetime | None
    first_try: datetime | None = None
    changed_at: datetime | None = None  # of one in doubt: when its message went out
    domain: str | None = None


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
