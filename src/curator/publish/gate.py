"""What a mail must pass before the first one leaves (pure)."""

from __future__ import annotations
