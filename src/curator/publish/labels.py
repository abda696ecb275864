"""The house's words and dates as an edition's readers read them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date

from curator.settings import Edition, labels_for


def label(edition: Edition, key: str) -> str:
    """In the edition's own words, else in its language."""
    return edition.labels.get(key) or labels_for(edition.language)[key]


def day(edition: Edition, instant: datetime) -> str:
    """The date in words, where the edition's readers are."""
    return _date(edition, instant, "long")


def month(edition: Edition, instant: datetime) -> str:
    return _date(edition, instant, "LLLL y")


def _date(edition: Edition, instant: datetime, pattern: str) -> str:
    local = instant.astimezone(ZoneInfo(edition.timezone))
    return format_date(local.date(), format=pattern, locale=_locale(edition))


def _locale(edition: Edition) -> Locale:
    try:
        return Locale.parse(edition.language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def og_locale(edition: Edition) -> str:
    """OpenGraph wants a territory too: the likeliest where the edition names none."""
    locale = _locale(edition)
    if locale.territory is None:
        likeliest = get_global("likely_subtags").get(str(locale), str(locale))
        return f"{locale.language}_{likeliest.rpartition('_')[2]}"
    return f"{locale.language}_{locale.territory}"
