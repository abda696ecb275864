"""One polite HTTP GET, whose outcome is a value: Fetched | NotModified | Gone | Failed.

Redirects are followed by hand: each hop waits for its turn at its host, has its
address checked by the transport (edges/http.py), and may or may not be for good.
"""

from __future__ import annotations

import base64
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from curator.model import Failed, Fetch, Fetched, Gone, NotModified, Validators
from curator.settings import FetchSettings

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, text/html;q=0.5, */*;q=0.1"
)
DEADLINE = "deadline"
"""Request extension: the monotonic instant at which the transport gives up, whatever it is doing."""

LONGEST_WAIT = timedelta(days=7)
LONGEST_VALIDATOR = 1024
PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


class CannotFetch(Exception):
    """How this module and the guarded transport say `Failed` from within; `fetch` lets none out."""

    def __init__(self, code: str, *, http_status: int | None = None, **data: Any) -> None:
        super().__init__(code, data)
        self.failed = Failed(code=code, data=data, http_status=http_status)


# ── politeness ──────────────────────────────────────────────────────────────


class _Turn:
    """When a host may be asked again. Whoever holds the lock is next."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.callers = 0
        self.free_at = float("-inf")


class HostGate:
    """Lets one request start per host and `gap` seconds; hosts never wait for one another.

    Measured from start to start, on the monotonic clock: a clock that is set
    back must not silence a host, nor one set forward bring a storm upon it.
    """

    def __init__(
        self,
        gap: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap = gap
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._turns: dict[str, _Turn] = {}
        self._sweep_at = 1000

    def wait(self, host: str) -> None:
        """Come back when the caller may ask `host`."""
        if self._gap <= 0:
            return
        turn = self._join(host)
        try:
            with turn.lock:
                while (rest := turn.free_at - self._clock()) > 0:
                    self._sleep(rest)
                turn.free_at = self._clock() + self._gap
        finally:
            with self._lock:
                turn.callers -= 1

    def _join(self, host: str) -> _Turn:
        with self._lock:
            if host not in self._turns and len(self._turns) >= self._sweep_at:
                self._forget_the_idle()
            turn = self._turns.setdefault(host, _Turn())
            turn.callers += 1
            return turn

    def _forget_the_idle(self) -> None:
        """Redirects name hosts without end; only those asked a moment ago need remembering."""
        now = self._clock()
        self._turns = {host: turn for host, turn in self._turns.items() if turn.callers or turn.free_at > now}
        self._sweep_at = max(1000, 2 * len(self._turns))


# ── one fetch ───────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Web:
    """What every fetch of this process shares; made by `edges.http.open_web`. Safe from any thread."""

    client: httpx2.Client
    gate: HostGate
    limits: FetchSettings

    def close(self) -> None:
        self.client.close()


UNCONDITIONAL = Validators()


def fetch(web: Web, url: str, *, validators: Validators = UNCONDITIONAL, now: datetime) -> Fetch:
    """GET `url` within the limits of `web`.

    The total time-out spans all hops, headers and body, not the wait for a
    host's turn. `url` may be anything a person or a feed can write.
    """
    try:
        return _follow(web, _read_url(url), url=url, validators=validators, now=now)
    except CannotFetch as stop:
        return stop.failed


def _follow(web: Web, start: httpx2.URL, *, url: str, validators: Validators, now: datetime) -> Fetch:
    conditions = _conditions(validators)
    deadline = time.monotonic() + web.limits.total_timeout
    target, seen, permanent = start, {_bare(start)}, True
    while True:
        joined = time.monotonic()
        web.gate.wait(_host(target))
        deadline += time.monotonic() - joined

        headers = [*_headers(web.limits.user_agent), *conditions, *_credentials(start, target)]
        with _answer(web, target, headers=headers, deadline=deadline) as response:
            if not _is_redirect(response):
                moved_to = _moved_to(start, target) if permanent and target is not start else None
                return _outcome(
                    web.limits,
                    response,
                    url=url,
                    asked=bool(conditions),
                    permanent=permanent,
                    moved_to=moved_to,
                    now=now,
                )
            permanent = permanent and response.status_code in PERMANENT
            target = _read_url(response.headers["location"], base=target)
        # We keep no cookies, so an address that comes back will come back for ever.
        if _bare(target) in seen or len(seen) > web.limits.max_redirects:
            raise CannotFetch("fetch_redirects", host=_host(start), limit=web.limits.max_redirects)
        seen.add(_bare(target))


@contextmanager
def _answer(
    web: Web, target: httpx2.URL, *, headers: list[tuple[bytes, bytes]], deadline: float
) -> Iterator[httpx2.Response]:
    """The response with its body still on the wire; closed afterwards, read or not."""
    host = _host(target)
    with _translated(host, web.limits, broken="fetch_protocol"):
        request = web.client.build_request(
            "GET", _bare(target), headers=headers, extensions={DEADLINE: deadline}
        )
        response = web.client.send(request, stream=True)
    try:
        yield response
    finally:
        with _translated(host, web.limits, broken="fetch_protocol"):
            response.close()


def _outcome(
    limits: FetchSettings,
    response: httpx2.Response,
    *,
    url: str,
    asked: bool,
    permanent: bool,
    moved_to: str | None,
    now: datetime,
) -> Fetch:
    status, host = response.status_code, _host(response.url)
    match status:
        case 304 if asked:
            return NotModified(max_age=_max_age(response.headers, now=now))
        case 304:
            return Failed(code="fetch_unasked_304", data={"host": host}, http_status=status)
        case 410 if permanent:  # behind a temporary redirect it says nothing about the address we know
            return Gone()
        case 206:
            return Failed(code="fetch_truncated", data={"host": host}, http_status=status)
        case _ if 200 <= status < 300:  # noqa: PLR2004 - a class of status codes (RFC 9110 §15)
            with _translated(host, limits, broken="fetch_truncated", http_status=status):
                body = _body(response, host=host, limit=limits.max_bytes)
            return Fetched(
                url=url,
                final_url=str(response.url),
                http_status=status,
                content_type=response.headers.get("content-type"),
                body=body,
                validators=_validators(response.headers),
                moved_to=moved_to,
                max_age=_max_age(response.headers, now=now),
            )
        case _:
            return Failed(
                code="fetch_http_status",
                data={"host": host, "status": status},
                http_status=status,
                retry_after=_retry_after(response.headers, now=now),
            )


@contextmanager
def _translated(
    host: str, limits: FetchSettings, *, broken: str, http_status: int | None = None
) -> Iterator[None]:
    """No exception of the client, of the system or of a codec passes. `broken` names a malformed message."""
    try:
        yield
    except httpx2.ConnectTimeout as error:
        seconds = min(limits.connect_timeout, limits.total_timeout)
        raise CannotFetch("fetch_timeout", host=host, seconds=seconds) from error
    except httpx2.TimeoutException as error:
        raise CannotFetch(
            "fetch_timeout", host=host, seconds=limits.total_timeout, http_status=http_status
        ) from error
    except httpx2.ConnectError as error:
        raise CannotFetch("fetch_connect", host=host, why=_shown(str(error))) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        # ValueError: the client prepares the next hop although we follow none, and trips over `//user@`.
        raise CannotFetch(broken, host=host, why=_shown(str(error)), http_status=http_status) from error


# ── addresses ───────────────────────────────────────────────────────────────


def _read_url(url: str, *, base: httpx2.URL | None = None) -> httpx2.URL:
    """An http(s) address with a host and a possible port, or CannotFetch. `base` resolves a Location."""
    try:
        parsed = httpx2.URL(url.strip()) if base is None else base.join(url.strip())
    except (httpx2.InvalidURL, ValueError) as error:
        raise CannotFetch("fetch_url_invalid", url=_shown(url)) from error
    if parsed.scheme not in {"http", "https"}:
        raise CannotFetch("fetch_scheme", url=_shown(url), scheme=parsed.scheme)
    if not _host(parsed) or (parsed.port is not None and not 0 < parsed.port < 2**16):
        raise CannotFetch("fetch_url_invalid", url=_shown(url))
    return parsed


def _host(url: httpx2.URL) -> str:
    """The name as DNS knows it: ASCII, lower case, without the root's dot."""
    return url.raw_host.decode("ascii").rstrip(".")


def _bare(url: httpx2.URL) -> httpx2.URL:
    """Without what is not for the wire. httpx2 would send userinfo on, whoever put it into a Location."""
    return url.copy_with(userinfo=b"", fragment=None)


def _is_redirect(response: httpx2.Response) -> bool:
    return response.status_code in REDIRECTS and "location" in response.headers


def _same_origin(one: httpx2.URL, other: httpx2.URL) -> bool:
    return (one.scheme, one.raw_host, one.port) == (other.scheme, other.raw_host, other.port)


def _moved_to(start: httpx2.URL, target: httpx2.URL) -> str:
    """The new address to keep. A password stays in it only where it may be sent."""
    userinfo = start.userinfo if _same_origin(start, target) else b""
    return str(_bare(target).copy_with(userinfo=userinfo))


def _shown(text: str) -> str:
    """Foreign text fit for a message: short, printable, without a password."""
    text = re.sub(r"//[^/?#]*@", "//", text)[:300]
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )


# ── headers ─────────────────────────────────────────────────────────────────


def _headers(user_agent: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"Accept", ACCEPT.encode()),
        # Only what `_body` can unpack within a limit.
        (b"Accept-Encoding", b"gzip"),
        # A source is asked once an hour: a connection kept open serves nobody, and may have died unseen.
        (b"Connection", b"close"),
        (b"User-Agent", user_agent.encode()),
    ]


def _credentials(start: httpx2.URL, target: httpx2.URL) -> list[tuple[bytes, bytes]]:
    """Basic authentication from the address itself, for its own origin only."""
    if not start.userinfo or not _same_origin(start, target):
        return []
    pair = f"{start.username}:{start.password}".encode()
    return [(b"Authorization", b"Basic " + base64.b64encode(pair))]


def _conditions(validators: Validators) -> list[tuple[bytes, bytes]]:
    """Both as received; RFC 9110 §13.2.2: a server that knows ETags lets the ETag decide."""
    pairs = ((b"If-None-Match", validators.etag), (b"If-Modified-Since", validators.last_modified))
    return [(name, value.encode("latin-1")) for name, value in pairs if value and _repeatable(value)]


def _validators(headers: httpx2.Headers) -> Validators:
    # Latin-1 and back keeps every byte (RFC 9110 §5.5 obs-text); the client would guess an encoding.
    raw = {name.lower(): value.decode("latin-1").strip() for name, value in headers.raw}
    kept = {name: value for name, value in raw.items() if _repeatable(value)}
    return Validators(etag=kept.get(b"etag"), last_modified=kept.get(b"last-modified"))


def _repeatable(value: str) -> bool:
    """May this be sent back? A huge one would be answered with 431 ever after."""
    return len(value) <= LONGEST_VALIDATOR and re.fullmatch(r"[\t\x20-\x7e\x80-\xff]+", value) is not None


def _retry_after(headers: httpx2.Headers, *, now: datetime) -> timedelta | None:
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"-?[0-9]+", value):
        return _within_reason(value)
    date = _http_date(value)
    return None if date is None else _clamped(date - now)


def _max_age(headers: httpx2.Headers, *, now: datetime) -> timedelta | None:
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


# ── body ────────────────────────────────────────────────────────────────────


def _body(response: httpx2.Response, *, host: str, limit: int) -> bytes:
    """The unpacked body. The limit holds after unpacking, and before it: a packed nothing can be endless."""
    status = response.status_code
    too_large = CannotFetch("fetch_too_large", host=host, limit=limit, http_status=status)
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity", "gzip", "x-gzip"}:
        raise CannotFetch("fetch_encoding", host=host, encoding=_shown(encoding), http_status=status)
    gunzip = Gunzip() if encoding.endswith("gzip") else None
    # Packing something random adds a little, never as much again.
    most_packed = limit if gunzip is None else 2 * limit + 1024
    declared = re.fullmatch(r"[0-9]{1,20}", response.headers.get("content-length", ""))
    if declared and int(declared[0]) > most_packed:
        raise too_large

    pieces: list[bytes] = []
    size = packed_size = 0
    for packed in response.iter_raw():
        packed_size += len(packed)
        try:
            piece = packed if gunzip is None else gunzip.unpack(packed, room=limit + 1 - size)
        except zlib.error as error:
            raise CannotFetch("fetch_gzip", host=host, http_status=status) from error
        size += len(piece)
        if size > limit or packed_size > most_packed:
            raise too_large
        pieces.append(piece)
    if gunzip is not None and not gunzip.complete:
        raise CannotFetch("fetch_truncated", host=host, http_status=status)
    return b"".join(pieces)


class Gunzip:
    """Unpacks gzip members one after another (RFC 1952 §2.2), never more at once than there is room for."""

    MEMBERS = 100  # each copies what follows it: a body of tiny ones would cost quadratic time

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._members = 1

    @property
    def complete(self) -> bool:
        return self._member.eof

    def unpack(self, packed: bytes, *, room: int) -> bytes:
        """At most `room` bytes (which is more than 0); what would go beyond is lost."""
        plain = b""
        while packed and len(plain) < room:
            if self._member.eof:
                # gzip(1) pads with zeros and ignores what is no further member; so do browsers.
                packed = packed.lstrip(b"\0")
                if not packed.startswith(b"\x1f"):
                    break
                self._next_member()
            plain += self._member.decompress(packed, room - len(plain))
            packed = self._member.unused_data
        return plain

    def _next_member(self) -> None:
        self._members += 1
        if self._members > self.MEMBERS:
            raise zlib.error("too many members")
        self._member = zlib.decompressobj(wbits=31)
