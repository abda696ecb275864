"""What we say about ourselves, and what the answer says about when to come back.  (pure)"""

from __future__ import annotations

import base64
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx2

from curator.fetch.stopping import CannotFetch
from curator.fetch.urls import read_url, same_origin
from curator.model import Validators
from curator.text.robots import TDM_RESERVED, opt_outs

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"
)

WORDPRESS_API = "https://api.w.org/"
"""The relation under which a WordPress names its REST API."""

LONGEST_WAIT = timedelta(days=7)
LONGEST_VALIDATOR = 1024
LONGEST_LINKS = 8192
_LINK = re.compile(r"<([^<>]*)>((?:\s*;[^;,\"<>]*(?:\"[^\"]*\"[^;,\"<>]*)?)*)")
_PARAMETER = re.compile(r";\s*([^\s;,=\"<>]+)\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))")


def general(user_agent: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"Accept", ACCEPT.encode()),
        # Only what `unpacked` can unpack within a limit.
        (b"Accept-Encoding", b"gzip"),
        # A source is asked once an hour: a connection kept open serves nobody, and may have died unseen.
        (b"Connection", b"close"),
        (b"User-Agent", user_agent.encode()),
    ]


def credentials(start: httpx2.URL, target: httpx2.URL) -> list[tuple[bytes, bytes]]:
    """Basic authentication from the address itself, for its own origin only."""
    if not start.userinfo or not same_origin(start, target):
        return []
    pair = f"{start.username}:{start.password}".encode()
    return [(b"Authorization", b"Basic " + base64.b64encode(pair))]


def conditions_of(validators: Validators) -> list[tuple[bytes, bytes]]:
    """Both as received; RFC 9110 §13.2.2: a server that knows ETags lets the ETag decide."""
    pairs = ((b"If-None-Match", validators.etag), (b"If-Modified-Since", validators.last_modified))
    return [(name, value.encode("latin-1")) for name, value in pairs if value and _repeatable(value)]


def validators_of(headers: httpx2.Headers) -> Validators:
    # Latin-1 and back keeps every byte (RFC 9110 §5.5 obs-text); the client would guess an encoding.
    raw = {name.lower(): value.decode("latin-1").strip() for name, value in headers.raw}
    kept = {name: value for name, value in raw.items() if _repeatable(value)}
    return Validators(etag=kept.get(b"etag"), last_modified=kept.get(b"last-modified"))


def _repeatable(value: str) -> bool:
    """May this be sent back? A huge one would be answered with 431 ever after."""
    return len(value) <= LONGEST_VALIDATOR and re.fullmatch(r"[\t\x20-\x7e\x80-\xff]+", value) is not None


def linked(headers: httpx2.Headers, rel: str, *, base: httpx2.URL) -> str | None:
    """Where the first Link header of that relation leads (RFC 8288)."""
    value = ", ".join(headers.get_list("link"))[:LONGEST_LINKS]
    for target, parameters in _LINK.findall(value):
        stated = next(
            (
                quoted or bare
                for name, quoted, bare in _PARAMETER.findall(parameters)
                if name.lower() == "rel"
            ),
            "",
        )
        if rel in stated.lower().split():
            with suppress(CannotFetch):
                return str(read_url(target, base=base))
    return None


def counted(headers: httpx2.Headers) -> int | None:
    """How many posts there are in all, where WordPress gives them out in pages."""
    said = headers.get("x-wp-total", "").strip()
    return int(said) if re.fullmatch(r"[0-9]{1,9}", said) else None


def asked_of_robots(headers: httpx2.Headers, *, agent: str) -> tuple[str, ...]:
    """What X-Robots-Tag and the reservation of text mining (W3C TDMRep §4) ask of programs like ours."""
    reserved = (TDM_RESERVED,) if headers.get("tdm-reservation", "").strip() == "1" else ()
    return (*opt_outs(headers.get_list("x-robots-tag"), agent=agent), *reserved)


def retry_after(headers: httpx2.Headers, *, now: datetime) -> timedelta | None:
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"-?[0-9]+", value):
        return _within_reason(value)
    date = _http_date(value)
    return None if date is None else _clamped(date - now)


def max_age(headers: httpx2.Headers, *, now: datetime) -> timedelta | None:
    """How long the server calls this answer fresh: Cache-Control, else Expires (RFC 9111 §4.2.1)."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return None
    if stated := re.search(r'(?:^|[,\s])max-age\s*=\s*"?(-?[0-9]+)', control):
        return _within_reason(stated[1])
    expires = _http_date(headers.get("expires", ""))
    if expires is None:
        return None
    # Against the server's own clock, where it states it: ours may be another.
    return _clamped(expires - (_http_date(headers.get("date", "")) or now))


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):  # all of them are met in the standard library
        return None


def _within_reason(seconds: str) -> timedelta:
    """From a number of any length: Python refuses to read one of 5,000 digits."""
    return _clamped(timedelta(seconds=int(seconds[:10])))


def _clamped(span: timedelta) -> timedelta:
    return max(timedelta(), min(span, LONGEST_WAIT))
