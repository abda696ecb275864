"""What single attributes and texts come to in feedparser's hands."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime, timedelta
from html import escape
from html.entities import entitydefs
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from curator.ingest.feeds.strict.opening import XML, Declined


def quoted(value: str) -> str:
    return escape(value, quote=False).replace('"', "&quot;")


ACTIVE = frozenset({"lastmod", "href"})
_ASKED_FOR = frozenset(
    "version type mode rel href url uri ispermalink term scheme domain label text medium width height base "
    "lang lastmod content about resource src".split()
)


def attributes_of(element: ET.Element) -> dict[str, str]:
    """By name in lower case, without `xml:base` and `xml:lang`, which are the place's."""
    if not element.attrib:
        return {}
    found: dict[str, str] = {}
    for name, value in element.attrib.items():
        if name[0] == "{":
            # feedparser keeps it by its local name as well.
            if not name.startswith(XML) and name.rpartition("}")[2].lower() in _ASKED_FOR:
                raise Declined
            continue
        key = name.lower()
        if not key.isascii():
            raise Declined
        found[key] = (value.lower() or value) if key in {"rel", "type"} else value
    return found


def has_base(element: ET.Element) -> bool:
    return bool(element.attrib) and any(name.lower().endswith("base") for name in element.attrib)


def flat_text(element: ET.Element) -> str:
    if len(element):
        raise Declined
    return element.text or ""


def text_of(element: ET.Element) -> str:
    return mended(flat_text(element).strip())


_C1 = re.compile(r"[\x80-\x9f]")
_WINDOWS = {n: bytes([n]).decode("cp1252", "ignore") or chr(n) for n in range(0x80, 0xA0)}


def mended(text: str) -> str:
    """UTF-8 that was taken for ISO 8859-1 put right, and Windows' own characters where C1 controls stand."""
    if text.isascii():
        return text
    with contextlib.suppress(UnicodeError):
        text = text.encode("iso-8859-1").decode()
    return text.translate(_WINDOWS) if _C1.search(text) else text


_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+,\-.]*://")


def joined(base: str, stated: str) -> str:
    if scheme := _SCHEME.match(stated):
        stated = scheme[0] + stated[scheme.end() :].lstrip("/")
    try:
        return urljoin(base, stated)
    except ValueError:
        return ""


def rebased(outer: str, stated: str) -> str:
    base = joined(outer, stated)
    if not base.startswith(("http://", "https://")) or base != base.strip() or joined(base, base) != base:
        raise Declined
    return base


def enforce_href(attributes: dict[str, str]) -> None:
    href = attributes.get("url", attributes.get("uri", attributes.get("href")))
    if href:
        attributes.pop("url", None)
        attributes.pop("uri", None)
        attributes["href"] = href


# ── is a plain text HTML all the same? ──────────────────────────────────────

_CLOSING = re.compile(r"</\w+>|&#?\w+;")
_TAGS = re.compile(r"</?(\w+)")
_REFERENCES = re.compile(r"&(\w+);")
_SURELY_HTML = frozenset(
    "a b i p u br em h1 h2 h3 h4 h5 h6 hr li ol ul img div span code strong sub sup small big cite".split()
)


def looks_like_html(text: str) -> bool:
    if "<" not in text and "&" not in text:
        return False
    if not _CLOSING.search(text):
        return False
    if not _SURELY_HTML.issuperset(tag.lower() for tag in _TAGS.findall(text)):
        raise Declined
    return all(name in entitydefs for name in _REFERENCES.findall(text))


# ── dates ───────────────────────────────────────────────────────────────────

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|([+-])(\d\d):(\d\d))\Z", re.ASCII
)
_RFC822 = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\s+)?(\d{1,2})\s+([a-z]{3})[a-z]{0,6}\s+(\d{4})\s+"
    r"(\d\d):(\d\d)(?::(\d\d))?\s+(?:(gmt|utc|ut|z|est|edt|cst|cdt|mst|mdt|pst|pdt)|([+-])(\d\d):?(\d\d))\Z",
    re.ASCII | re.IGNORECASE,
)
_MONTHS = {
    name: number
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), start=1)
}
_ZONES = {"est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7}


def numbers_of(stated: str) -> tuple[int, ...] | None:
    """Year to second in UTC, for the two usual ways to write a date; others are declined."""
    if not stated:
        return None
    if found := _RFC3339.match(stated):
        year, month, day, hour, minute, second, sign, hours, minutes = found.groups()
        number: int | None = int(month)
        zone = None
    elif found := _RFC822.match(stated):
        day, named, year, hour, minute, second, zone, sign, hours, minutes = found.groups()
        number = _MONTHS.get(named.lower())
    else:
        raise Declined
    if number is None:
        raise Declined
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    if zone:
        ahead = timedelta(hours=_ZONES.get(zone.lower(), 0))
    try:
        moment = datetime(int(year), number, int(day), int(hour), int(minute), int(second or 0)) - ahead  # noqa: DTZ001  UTC
    except (ValueError, OverflowError) as error:
        raise Declined from error
    return (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
