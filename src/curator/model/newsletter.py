"""Issues, subscribers and the ledger of deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
