"""Engines that translate: how much of their day is used, and whether they may be asked."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineState:
    """`day` in UTC, as 2026-03-02; `failures` in a row; `error` is the last of them."""

    day: str | None = None
    characters: int = 0
    failures: int = 0
    resting_until: datetime | None = None
    error: Mapping[str, Any] | None = dataclasses.field(default=None)
