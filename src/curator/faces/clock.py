"""The clock, and times as people type them. Everywhere else `now` is an argument."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from curator.errors import BadInput

_AGO = re.compile(r"(?P<sign>[+-])(?P<n>\d{1,6})\s*(?P<unit>[mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def utcnow() -> datetime:
    return datetime.now(UTC)


def parse_time(text: str, *, zone: str, now: datetime) -> datetime:
    """What somebody typed, as an instant in UTC; without an offset it is in `zone`.

    ISO dates and times ("2026-03-02", "2026-03-02 09:00"), a time of day (its
    next occurrence), and offsets from now ("+2h", "-7d").
    """
    typed = text.strip()
    if ago := _AGO.fullmatch(typed):
        step = timedelta(**{_UNITS[ago["unit"]]: int(ago["n"])})
        try:
            return now + step if ago["sign"] == "+" else now - step
        except OverflowError as error:
            raise BadInput("time_unreadable", text=text) from error
    local = ZoneInfo(zone)
    if re.fullmatch(r"\d{1,2}:\d{2}", typed):
        return _next_occurrence(typed, text, local, now)
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError as error:
        raise BadInput("time_unreadable", text=text) from error
    if not 1900 < moment.year < 9000:  # noqa: PLR2004 - a slip, and the ends of the calendar overflow
        raise BadInput("time_unreadable", text=text)
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    return _at(moment, local, zone)


def _next_occurrence(typed: str, text: str, local: ZoneInfo, now: datetime) -> datetime:
    try:
        of_day = time.fromisoformat(typed.zfill(5))
    except ValueError as error:
        raise BadInput("time_unreadable", text=text) from error
    today = now.astimezone(local).date()
    moment = _at(datetime.combine(today, of_day), local, str(local))
    if moment > now:
        return moment
    return _at(datetime.combine(today + timedelta(days=1), of_day), local, str(local))


def _at(naive: datetime, local: ZoneInfo, zone: str) -> datetime:
    moment = naive.replace(tzinfo=local).astimezone(UTC)
    # The hour that spring's clock change leaves out comes back as another hour.
    if moment.astimezone(local).replace(tzinfo=None) != naive:
        raise BadInput("time_not_there", text=str(naive), zone=zone)
    return moment
