"""When a feed says it need not be asked: skipHours and skipDays (RSS 2.0), sy:update… (RSS 1.0 syndication).

Read from the bytes before the first entry, for feedparser keeps only the last of several hours, and the
strict reading must not say anything else. What is not written in ASCII-like bytes is not found: no loss.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from curator.model import ParsedFeed

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_HEAD = 20_000
_LONGEST = 2_000

_FIRST_ENTRY = re.compile(rb"<(?:item|entry)[\s>]")
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(rb"<day>\s*([A-Za-z]{6,9})\s*</day>", re.IGNORECASE)
_PERIOD = re.compile(rb"<sy:updatePeriod>\s*([A-Za-z]{5,8})\s*</sy:updatePeriod>")
_FREQUENCY = re.compile(rb"<sy:updateFrequency>\s*(\d{1,4})\s*</sy:updateFrequency>")


def with_skips(feed: ParsedFeed, body: bytes) -> ParsedFeed:
    """The feed with what its document says about when to come back; its ttl, where it has one, stands."""
    first = _FIRST_ENTRY.search(body)
    head = body[: min(first.start() if first else len(body), _HEAD)]
    if b"<skip" not in head and b"sy:update" not in head:
        return feed
    # 24 is midnight to those who count from 1.
    hours = {int(hour) % 24 for hour in _HOUR.findall(_between(head, b"skipHours")) if int(hour) <= 24}  # noqa: PLR2004
    named = [day.decode().lower() for day in _DAY.findall(_between(head, b"skipDays"))]
    return replace(
        feed,
        skip_hours=tuple(sorted(hours)),
        skip_days=tuple(sorted({_DAYS.index(day) for day in named if day in _DAYS})),
        ttl=feed.ttl or _period(head),
    )


def _between(head: bytes, tag: bytes) -> bytes:
    start = head.find(b"<" + tag + b">")
    return b"" if start < 0 else head[start : start + _LONGEST].partition(b"</" + tag)[0]


def _period(head: bytes) -> timedelta | None:
    stated = _PERIOD.search(head)
    period = _PERIODS.get(stated[1].decode().lower()) if stated else None
    if period is None:
        return None
    times = _FREQUENCY.search(head)
    return period / max(1, int(times[1])) if times else period
