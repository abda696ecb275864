"""When does a source say it was? An aware UTC instant that can be true, or None."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # before that there were no feeds; 1970 is an empty field
_TOLERANCE = timedelta(days=1)  # a wrong time zone is no lie

# Feeds written by templates in the blog's own language: "mar, 01 set 2026 10:00:00 +0200".
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "gen gennaio januar jänner janv janvier ene enero janeiro",
            "feb febbraio februar févr février febrero fev fevereiro",
            "mar marzo märz mär mars março",
            "apr aprile april avr avril abr abril",
            "mag maggio mai mayo maio",
            "giu giugno jun juni juin junio junho",
            "lug luglio jul juli juil juillet julio julho",
            "ago agosto aug august août",
            "set settembre sep sept september septembre septiembre setembro",
            "ott ottobre okt oktober oct octobre octubre out outubro",
            "nov novembre november noviembre novembro",
            "dic dicembre dez dezember déc décembre diciembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_HOURS_AHEAD = {"WET": 0, "WEST": 1, "CET": 1, "MEZ": 1, "CEST": 2, "MESZ": 2}
_IN_WORDS = re.compile(
    r"(?P<day>\d{1,2})\.?\s+(?:de\s+)?(?P<month>[^\W\d_]{3,10})\.?,?\s+(?:de\s+)?(?P<year>\d{4})"
    r"(?:\D{1,4}(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
    r"(?:\s*(?:(?P<sign>[+-])(?P<offset>\d{2}:?\d{2})|(?P<zone>[A-Z]{3,4})\b))?"
)


def believable(moment: datetime | None, *, now: datetime) -> datetime | None:
    """The instant if it lies between 1995 and tomorrow; a refused date must not sort first for ever."""
    if moment is None:
        return None
    return moment if _EARLIEST <= moment <= now + _TOLERANCE else None


def in_words(stated: str) -> datetime | None:
    """A date whose month is Italian, German, French, Spanish or Portuguese."""
    found = _IN_WORDS.search(stated[:100])
    month = MONTHS.get(found["month"].lower()) if found else None
    if found is None or month is None:
        return None
    numbers = [int(found[part] or 0) for part in ("year", "day", "hour", "minute", "second")]
    year, day, *clock = numbers
    moment = from_numbers((year, month, day, *clock))
    try:
        return moment - _ahead(found) if moment else None
    except OverflowError:  # the first day there is, or the last
        return None


def from_numbers(numbers: Sequence[int]) -> datetime | None:
    """Year to second, in UTC; a leap second becomes the one before it."""
    try:
        year, month, day, hour, minute, second = numbers[:6]
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except (ValueError, OverflowError, TypeError):
        return None


def from_iso(stated: object) -> datetime | None:
    """RFC 3339 and its looser kin; without an offset it is taken as UTC."""
    if not isinstance(stated, str):
        return None
    try:
        moment = datetime.fromisoformat(stated.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _ahead(found: re.Match[str]) -> timedelta:
    """How far the stated clock is ahead of UTC; nothing where no zone is stated."""
    if offset := found["offset"]:
        ahead = timedelta(hours=int(offset[:2]), minutes=int(offset[-2:]))
        return ahead if found["sign"] == "+" else -ahead
    return timedelta(hours=_HOURS_AHEAD.get(found["zone"] or "", 0))
