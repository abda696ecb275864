"""Any value of the house as JSON's own types."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any

from curator.model.credentials import masked


def document(value: Any) -> str:
    """The text of a `--json` answer."""
    return json.dumps(value, default=plain, ensure_ascii=False, indent=2) + "\n"


def instant(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def plain(value: Any) -> Any:  # noqa: PLR0911 - one type, one answer
    """What `json` asks about a value it does not know (errors carry data of every kind)."""
    match value:
        case datetime():
            return instant(value)
        case date() | PurePath():
            return str(value)
        case Enum():
            return value.value
        case timedelta():
            return value.total_seconds()
        case bytes():
            return value.decode("utf-8", "replace")
        case Mapping():
            return dict(value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        case _ if isinstance(value, Iterable):
            return list(value)
        case _:
            return str(value)


def unlocked(value: Any) -> Any:
    """The data of an error without the passwords that addresses may hold."""
    match value:
        case str() if not isinstance(value, Enum):
            return masked(value)
        case Mapping():
            return {key: unlocked(each) for key, each in value.items()}
        case list() | tuple():
            return [unlocked(each) for each in value]
        case _:
            return value
