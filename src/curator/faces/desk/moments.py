"""Times as people say them, in Italian and English: «domani alle 9», “25/11 at 9:30” (pure).

Whatever else `parse_time` reads, the desk reads too.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from curator.errors import BadInput
from curator.faces.clock import parse_time

_DAYS = {"oggi": 0, "today": 0, "domani": 1, "tomorrow": 1, "dopodomani": 2}
_WEEK = (
    *(("lunedì", "monday"), ("martedì", "tuesday"), ("mercoledì", "wednesday"), ("giovedì", "thursday")),
    *(("venerdì", "friday"), ("sabato", "saturday"), ("domenica", "sunday")),
)
_MONTHS = (
    *(("gennaio", "january"), ("febbraio", "february"), ("marzo", "march"), ("aprile", "april")),
    *(("maggio", "may"), ("giugno", "june"), ("luglio", "july"), ("agosto", "august")),
    *(("settembre", "september"), ("ottobre", "october"), ("novembre", "november")),
    ("dicembre", "december"),
)
_LETTERS = 3
"""Of a name, at least: «lun», «nov»."""
_CLOCK = re.compile(
    r"(?:^|\s)(?:alle|all['’]|ore|at|,)?\s*(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?\s*$", re.IGNORECASE
)
_IN = re.compile(
    r"(?:tra|fra|in)\s+(?P<n>\d{1,3})\s*(?P<unit>or[ae]|hours?|minut[oi]|minutes?|giorn[oi]|days?)"
)
_UNITS = {"o": "h", "h": "h", "m": "m", "g": "d", "d": "d"}
_NUMBERED = re.compile(r"(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})(?:[/.-](?P<year>\d{4}))?")
_NAMED = re.compile(r"(?P<day>\d{1,2})\s+(?P<month>[a-zì]{3,9})\.?(?:\s+(?P<year>\d{4}))?")


def moment_in(text: str, *, zone: str, now: datetime) -> datetime:
    """What somebody typed, as an instant in UTC; BadInput where it is none."""
    typed = " ".join(text.casefold().split())
    if found := _IN.fullmatch(typed):
        return parse_time(f"+{found['n']}{_UNITS[found['unit'][0]]}", zone=zone, now=now)
    today = now.astimezone(ZoneInfo(zone)).date()
    clock = _CLOCK.search(typed)
    if clock is None or _is_iso(typed):
        return parse_time(text, zone=zone, now=now)
    hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
    words = typed[: clock.start()].strip(" ,")
    at = f"{hour:02d}:{minute:02d}"
    try:
        if not words:
            return parse_time(at, zone=zone, now=now)
        day = _day(words, today)
        return parse_time(f"{day.isoformat()} {at}", zone=zone, now=now)
    except (BadInput, ValueError) as error:
        if isinstance(error, BadInput) and error.reason == "time_not_there":
            raise
        raise BadInput("time_unreadable", text=text) from error


def _is_iso(typed: str) -> bool:
    return re.match(r"\d{4}-", typed) is not None or typed.startswith(("+", "-"))


def _day(words: str, today: date) -> date:
    """A day by its name or number; without a year the next one there is."""
    if words in _DAYS:
        return today + timedelta(days=_DAYS[words])
    if words.isalpha():
        weekday = _place(words, _WEEK)
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    numbered, named = _NUMBERED.fullmatch(words), _NAMED.fullmatch(words)
    if found := numbered or named:
        month = int(found["month"]) if numbered else _place(found["month"], _MONTHS) + 1
        if found["year"]:
            return date(int(found["year"]), month, int(found["day"]))
        day = date(today.year, month, int(found["day"]))
        return day if day >= today else day.replace(year=today.year + 1)
    raise ValueError(words)


def _place(word: str, names: tuple[tuple[str, ...], ...]) -> int:
    """A name, or how it begins; its accent may be left out."""
    known = word.replace("ì", "i")
    for place, both in enumerate(names):
        if len(known) >= _LETTERS and any(name.replace("ì", "i").startswith(known) for name in both):
            return place
    raise ValueError(word)
