"""The house's words and dates as an edition's readers read them."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date
from markupsafe import Markup, escape

from curator.model import UNDATED, Lang
from curator.settings import LABELS, Edition, labels_for

_HOUSE = Lang("en")  # what the house speaks to editions whose language it does not know


def label(edition: Edition, key: str, **values: object) -> str:
    """In the edition's own words, else in its language; `{…}` is filled in where a value is given."""
    words = edition.labels.get(key) or labels_for(edition.language)[key]
    for name, value in values.items():
        # No str.format: a brace in an editor's sentence must not stop a publish.
        words = words.replace(f"{{{name}}}", str(value))
    return words


def say(edition: Edition, key: str, **values: object) -> Markup:
    """The same as markup, marked as English where the house does not speak the edition's language."""
    words = getattr(edition, key) if key in _OWN else label(edition, key, **values)
    if words_language(edition, key) == edition.language:
        return escape(words)
    return Markup('<span lang="{}">{}</span>').format(_HOUSE, words)


_OWN = frozenset({"note_label", "read_more", "source_label"})  # fields of an edition


def words_language(edition: Edition, key: str) -> Lang:
    """Which language the label is in; of words that were said in the settings, the edition's."""
    said = getattr(edition, key) if key in _OWN else label(edition, key)
    if _primary(edition.language) in LABELS or said != LABELS[_HOUSE][key]:
        return edition.language
    return _HOUSE


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def day(edition: Edition, instant: datetime) -> str:
    """The date in words, where the edition's readers are; where nobody knows one, that it is so."""
    if instant <= UNDATED:
        return label(edition, "undated")
    return _date(edition, instant, "long")


def month(edition: Edition, instant: datetime) -> str:
    return _date(edition, instant, "LLLL y")


def month_named(edition: Edition, key: str) -> str:
    """Of a month as addresses have it: "2026-03"."""
    year, _, number = key.partition("-")
    return _written(date(int(year), int(number), 1), "LLLL y", edition.language)


def date_language(edition: Edition) -> Lang:
    """Dates are in English where Babel knows no others."""
    return edition.language if _known(edition.language) else _HOUSE


def language_name(edition: Edition, language: str) -> str:
    """ "inglese": a language as the edition's readers call it; its tag where nobody knows a name."""
    return _language_name(language, edition.language)


def runs_left(edition: Edition) -> bool:
    """Whether the edition is written from right to left."""
    known = _known(edition.language)
    return known is not None and known.text_direction == "rtl"


def own_name(edition: Edition) -> str:
    """Of the edition's language, in that language, as a sentence begins: "English"."""
    name = language_name(edition, edition.language)
    return name[:1].upper() + name[1:]


def _date(edition: Edition, instant: datetime, pattern: str) -> str:
    return _written(instant.astimezone(ZoneInfo(edition.timezone)).date(), pattern, edition.language)


@lru_cache(maxsize=4096)
def _written(local: date, pattern: str, language: str) -> str:
    return format_date(local, format=pattern, locale=_locale(language))


@lru_cache(maxsize=256)
def _language_name(language: str, readers: str) -> str:
    try:
        # Left to itself, Babel takes an unknown language for American English.
        named = Locale.parse(language, sep="-", resolve_likely_subtags=False)
        name = named.get_display_name(_locale(readers))
    except (UnknownLocaleError, ValueError):
        name = _locale(readers).languages.get(_primary(language))
    return name or language


def _locale(language: str) -> Locale:
    return _known(language) or Locale("en")


@lru_cache(maxsize=64)
def _known(language: str) -> Locale | None:
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def og_locale(edition: Edition) -> str:
    """OpenGraph wants a territory too: the likeliest where the edition names none."""
    return og_locale_of(edition.language)


@lru_cache(maxsize=64)
def og_locale_of(language: str) -> str:
    locale = _locale(language)
    if locale.territory is None:
        likeliest = get_global("likely_subtags").get(str(locale), str(locale))
        return f"{locale.language}_{likeliest.rpartition('_')[2]}"
    return f"{locale.language}_{locale.territory}"
