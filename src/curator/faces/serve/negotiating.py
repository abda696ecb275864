"""What the header fields of a request ask for (RFC 9110), as far as a file can answer them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from curator.publish.packing import ENDINGS

IDENTITY = "identity"

_OLD_NAMES = {"x-gzip": "gzip"}
_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
_UNSAID = 0.0001  # of identity: acceptable where nobody says otherwise, and after all that is said
_TAGS = re.compile(rb'"[\x21\x23-\x7e\x80-\xff]*"')
_WEAK_AND_TAG = re.compile(rb'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_YEAR_OF_TWO_DIGITS = re.compile(r"(?<=-)\d\d(?= )")
_RANGE = re.compile(rb"bytes\s*=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE)


def fields(headers: list[tuple[bytes, bytes]]) -> Mapping[bytes, bytes]:
    """By name; what stands on several lines is one list (RFC 9110 §5.2)."""
    found = dict(headers)
    if len(found) < len(headers):
        found = {}
        for name, value in headers:
            found[name] = found[name] + b", " + value if name in found else value
    return found


@lru_cache(maxsize=512)
def codings(accepted: bytes | None) -> tuple[str, ...]:
    """Of "br", "gzip" and "identity" those that may be sent, best first; of two as good, the smaller."""
    if accepted is None:
        return (IDENTITY,)
    weights: dict[str, float] = {}
    for part in accepted.decode("latin-1").lower().split(","):
        name, semicolon, rest = part.partition(";")
        if name := name.strip():
            weights[_OLD_NAMES.get(name, name)] = _weight(rest) if semicolon else 1.0
    others = weights.get("*")
    wanted = {coding: weights.get(coding, others or 0.0) for coding in ENDINGS}
    wanted[IDENTITY] = weights.get(IDENTITY, _UNSAID if others is None else others)
    return tuple(sorted((coding for coding in wanted if wanted[coding]), key=lambda one: -wanted[one]))


def names(if_none_match: bytes, etag: bytes) -> bool:
    """By weak comparison (§13.1.2): a proxy that packs makes a tag weak."""
    return if_none_match == etag or if_none_match.strip() == b"*" or etag in _TAGS.findall(if_none_match)


def is_one_of(if_match: bytes, etag: bytes) -> bool:
    """By strong comparison (§13.1.1)."""
    return if_match.strip() == b"*" or (b"", etag) in _WEAK_AND_TAG.findall(if_match)


def changed_since(said: bytes, modified: int, *, now: datetime) -> bool | None:
    """None: what is no date is as if it was not there (§13.1.3, §13.1.4)."""
    since = _date(said, now)
    return None if since is None else modified > since


def part(asked: bytes, length: int) -> slice | None:
    """The range that is asked for; empty where there is nothing. None: none, or several: all is sent."""
    found = _RANGE.fullmatch(asked)
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return slice(max(length - int(last), 0), length)
    if last and int(last) < int(first):
        return None
    start = min(int(first), length)
    return slice(start, min(int(last) + 1, length) if last else length)


def still(if_range: bytes | None, *, etag: bytes, modified: bytes) -> bool:
    """Whether a part fits what the client has already: by strong comparison (§13.1.5)."""
    return if_range is None or if_range in (etag, modified)


def _weight(parameters: str) -> float:
    """What is no weight is none: the client gets what it surely understands."""
    found = _WEIGHT.fullmatch(parameters)
    return float(found[1]) if found else 0.0


def _date(said: bytes, now: datetime) -> float | None:
    """All that HTTP knows are of Greenwich, those too that do not say so (§5.6.7)."""
    try:
        text = said.decode("ascii")
        if text.count(",") > 1:
            return None  # a list
        if short := _YEAR_OF_TWO_DIGITS.search(text):
            return _at_most_fifty_years_ahead(text, short, now)
        return _read(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _at_most_fifty_years_ahead(text: str, short: re.Match[str], now: datetime) -> float:
    last = now.astimezone(UTC).replace(microsecond=0).timetuple()
    latest = last.tm_year + 50
    year = latest - (latest - int(short[0])) % 100
    before, after = text[: short.start()], text[short.end() :]
    found = _read(f"{before}{year}{after}")
    if year == latest and found.timetuple()[1:6] > last[1:6]:
        found = _read(f"{before}{year - 100}{after}")
    return found.timestamp()


def _read(text: str) -> datetime:
    found = parsedate_to_datetime(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
