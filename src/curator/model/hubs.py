"""WebSub (W3C Recommendation, 2018-01-23): a hub tells us when a topic has something new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class HubState(StrEnum):
    ASKED = "asked"  # the hub has not confirmed yet
    ACTIVE = "active"
    DENIED = "denied"
    LEAVING = "leaving"  # nobody wants it any more, and the hub has yet to hear of it
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSubscription:
    """What one source's hub and we have agreed upon. `callback` holds the token: it is never shown or logged.

    `secret` is None where it could not be told in confidence: then a push is a
    reason to poll, and its body is nobody's.
    """

    id: int
    source_id: int
    hub_url: str
    topic_url: str
    callback: str = field(repr=False)
    secret: str | None = field(repr=False)
    state: HubState
    awaiting: str | None
    asked_at: datetime | None
    challenge: str | None
    lease_until: datetime | None
    due_at: datetime
    failures: int
    last_error: Mapping[str, Any] | None
    last_push_at: datetime | None
    pushes: int
    refused: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What a hub brought, signed with our secret."""

    id: int
    source_id: int
    received_at: datetime
    content_type: str | None
    body: bytes = field(repr=False)
