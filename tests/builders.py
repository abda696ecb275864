"""One line for each thing a test needs; only what matters is said, the rest is ordinary."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
