"""A newsroom that is held: it publishes and sends nothing, because it may not be the only one of its kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class HeldBecause(StrEnum):
    RESTORED = "restored"
    COPIED = "copied"
    MOVED = "moved"
    """Another database is the newsroom now; this one is only kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """`data`: `made_at` of the backup (RFC 3339) for RESTORED, `to` (an address, no password) for MOVED."""

    because: HeldBecause
    since: datetime
    data: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def made_at(self) -> datetime | None:
        said = self.data.get("made_at")
        return None if said is None else datetime.fromisoformat(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a database lies: itself (its inode, or who gave it its number), and where (machine and path)."""

    itself: str
    where: str
