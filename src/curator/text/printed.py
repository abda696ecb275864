"""Dates as pages print them, in the five languages of our sources. Pure.

A date is taken only where day, month and year are all said: "3 giorni fa" and
"12 settembre" are left to first-seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from curator.model import Lang
from curator.text.dates import MONTHS, from_iso, from_numbers

_ENGLISH = {
    name: number
    for number, names in enumerate(
        (
            "jan january",
            "feb february",
            "mar march",
            "apr april",
            "may",
            "jun june",
            "jul july",
            "aug august",
            "sep sept september",
            "oct october",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_NAMED = {**MONTHS, **_ENGLISH}

_TIME = r"(?:\D{1,6}(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?!\d))?"
_ISO = re.compile(
    r"(?<!\d)\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?(?:Z|[+-]\d{2}:?\d{2}))?)?(?!\d)"
)
_YEAR_FIRST = re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})[./](?P<month>\d{1,2})[./](?P<day>\d{1,2})(?!\d)")
_DAY_MONTH = re.compile(
    r"(?<!\d)(?P<day>\d{1,2})(?:\.|st|nd|rd|th|er|º|°)?[\s/-]+(?:de\s+|of\s+)?(?P<name>[^\W\d_]{3,10})\.?,?[\s/-]+"
    r"(?:de[l]?\s+)?(?P<year>(?:19|20)\d{2})(?!\d)" + _TIME,
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    r"(?<![^\W\d_])(?P<name>[^\W\d_]{3,10})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>(?:19|20)\d{2})(?!\d)"
    + _TIME,
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"(?<![\w./-])(?P<one>\d{1,2})(?P<sep>[./-])(?P<two>\d{1,2})(?P=sep)(?P<year>(?:19|20)\d{2}|\d{2})(?!\d|[./-]\d)"
    + _TIME
)
_MONTHS_IN_A_YEAR = 12
_LONGEST = 400


def day_first(texts: Iterable[str], *, language: Lang | None) -> bool:
    """Is 03/09 the third of September on this page? Its unmistakable dates decide, else its language."""
    first = second = 0
    for text in texts:
        if (found := _NUMERIC.search(text[:_LONGEST])) and found["sep"] != ".":
            first += int(found["one"]) > _MONTHS_IN_A_YEAR
            second += int(found["two"]) > _MONTHS_IN_A_YEAR
    if first != second:
        return first > second
    return str(language or "").lower() not in {"en", "en-us", "en-ph"}


def printed(text: str, *, day_first: bool) -> datetime | None:
    """The first whole date in a text; a time without a zone is taken as UTC."""
    text = " ".join(text[:_LONGEST].split())
    for read in (_iso, _year_first, _in_words, _american):
        if (moment := read(text)) is not None:
            return moment
    return _numeric(text, day_first=day_first)


def _iso(text: str) -> datetime | None:
    found = _ISO.search(text)
    return from_iso(re.sub(r"\s(?=Z|[+-])", "", found[0])) if found else None


def _year_first(text: str) -> datetime | None:
    found = _YEAR_FIRST.search(text)
    return _moment(found, int(found["month"])) if found else None


def _in_words(text: str) -> datetime | None:
    return _named(_DAY_MONTH, text)


def _american(text: str) -> datetime | None:
    return _named(_MONTH_DAY, text)


def _named(pattern: re.Pattern[str], text: str) -> datetime | None:
    for found in pattern.finditer(text):
        month = _NAMED.get(found["name"].lower())
        if month is not None and (moment := _moment(found, month)):
            return moment
    return None


def _numeric(text: str, *, day_first: bool) -> datetime | None:
    for found in _NUMERIC.finditer(text):
        one, two = int(found["one"]), int(found["two"])
        # With points it is the day that comes first wherever it is written so.
        first = (
            found["sep"] == "." or two > _MONTHS_IN_A_YEAR < one or (day_first and two <= _MONTHS_IN_A_YEAR)
        )
        first = first or one > _MONTHS_IN_A_YEAR
        day, month = (one, two) if first else (two, one)
        if moment := _moment(found, month, day=day):
            return moment
    return None


def _moment(found: re.Match[str], month: int, *, day: int | None = None) -> datetime | None:
    said = found.groupdict()
    year = int(said["year"])
    hour, minute = int(said.get("hour") or 0), int(said.get("minute") or 0)
    if hour > 23 or minute > 59:  # noqa: PLR2004  a clock
        hour = minute = 0
    century = 2000 if year < 100 else 0  # noqa: PLR2004  "03/09/26"
    return from_numbers((century + year, month, int(said["day"]) if day is None else day, hour, minute, 0))
