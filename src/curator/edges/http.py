"""The guarded HTTP client: every connection is to an address that was checked, and ends in time.

Names are resolved here and connected to by number, so that no second look at
DNS can lead elsewhere. Proxies of the environment are not used: they would
resolve names for themselves.
"""

from __future__ import annotations

import http.cookiejar
import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from curator.edges.addresses import AddressGuard
from curator.edges.curl import Answered, Asking, Curl, CurlStopped
from curator.edges.names import Names, Resolver
from curator.errors import BadSettings
from curator.fetch import DEADLINE, MOST_BYTES, WHOLE_ERRORS, CannotFetch, HostGate, Web, most_packed
from curator.settings import FetchSettings

MOST_ADDRESSES = 8  # tried per host, one after another


def open_web(
    settings: FetchSettings, *, resolver: Resolver = socket.getaddrinfo, trust: Path | None = None
) -> Web:
    """The process's one client. `trust` None trusts what the system trusts (or SSL_CERT_FILE)."""
    agent = settings.user_agent
    if not agent.strip() or not agent.isascii() or not agent.isprintable():
        raise BadSettings("settings_user_agent", value=agent)
    guard = AddressGuard.reading(settings.allow_private)
    transport = GuardedTransport(Names(resolver), guard, Curl(trust=trust), settings)
    client = httpx2.Client(transport=transport, cookies=NoCookies(), trust_env=False)
    gate = HostGate(settings.per_host_gap, at_once=settings.per_host, patience=settings.total_timeout)
    return Web(client, gate, settings)


def place_of(url: str) -> str:
    """Where an address leads, as `fetch.allow_private` names it."""
    asked = httpx2.URL(url)
    host = asked.raw_host.decode("ascii").rstrip(".")
    port = asked.port or _PORTS[asked.scheme]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


class NoCookies(http.cookiejar.CookieJar):
    """Fetches share nothing: what one source sets, none gets back."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Forget them."""


class GuardedTransport(httpx2.BaseTransport):
    """Resolves, checks, and asks each address in turn, within the request's one deadline."""

    def __init__(self, names: Names, guard: AddressGuard, curl: Curl, limits: FetchSettings) -> None:
        self._curl = curl
        self._guard = guard
        self._limits = limits
        self._names = names

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        now = time.monotonic()
        deadline: float = request.extensions.get(DEADLINE, now + self._limits.total_timeout)
        with _translated(request.url):
            answer = self._ask(
                request, deadline, connect_by=min(deadline, now + self._limits.connect_timeout)
            )
        return httpx2.Response(
            status_code=answer.status, headers=answer.headers, stream=_Body(answer, request.url)
        )

    def close(self) -> None:
        self._curl.close()
        self._names.close()

    def _ask(self, request: httpx2.Request, deadline: float, *, connect_by: float) -> Answered:
        url = request.url
        port = url.port or _PORTS[url.scheme]
        host = url.raw_host.decode("ascii").rstrip(".")
        addresses = self._checked(host, port, until=connect_by)
        for others, address in zip(range(len(addresses) - 1, -1, -1), addresses, strict=True):
            asking = Asking(
                method=request.method,
                scheme=url.scheme,
                host=f"[{host}]" if ":" in host else host,
                port=port,
                target=url.raw_path,
                headers=request.headers.raw,
                content=request.read(),
                address=address,
                # An address that swallows packets must leave time for the ones after it.
                connect_time=_left(connect_by) / (others + 1),
                total_time=_left(deadline),
                most_bytes=most_packed(request.extensions.get(MOST_BYTES, self._limits.max_bytes)),
                whole_errors=request.extensions.get(WHOLE_ERRORS, False),
            )
            try:
                return self._curl.ask(asking)
            except CurlStopped as stop:
                if not others or stop.connected or not (stop.refused or stop.timed_out):
                    raise
        raise AssertionError("no address was left to try")  # _checked gives at least one

    def _checked(self, host: str, port: int, *, until: float) -> list[str]:
        """The addresses we may connect to, in the resolver's order."""
        found = [host.partition("%")[0]] if _is_number(host) else self._resolve(host, port, until=until)
        admitted = [each for each in found if self._guard.admits(host=host, address=each, port=port)]
        if not found:
            raise CannotFetch("fetch_dns", host=host, why="")
        if not admitted:
            raise CannotFetch("fetch_address_refused", host=host, address=found[0])
        return admitted[:MOST_ADDRESSES]

    def _resolve(self, host: str, port: int, *, until: float) -> list[str]:
        patience = _left(until)
        try:
            return self._names.addresses(host, port, patience=patience)
        except TimeoutError:
            raise
        except (OSError, ValueError) as error:
            raise CannotFetch("fetch_dns", host=host, why=_reason(error)) from error


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: Answered, url: httpx2.URL) -> None:
        self._answer = answer
        self._url = url

    def __iter__(self) -> Iterator[bytes]:
        with _translated(self._url):
            yield from self._answer.pieces()


@contextmanager
def _translated(url: httpx2.URL) -> Iterator[None]:
    """libcurl's endings in httpx2's words, save what has a name of its own here."""
    try:
        yield
    except TimeoutError as error:
        raise httpx2.ConnectTimeout(str(error)) from error
    except CurlStopped as stop:
        why = str(stop)
        if stop.by_tls:
            raise CannotFetch("fetch_tls", host=url.host, why=why) from stop
        if stop.timed_out:
            kind = httpx2.ReadTimeout if stop.connected else httpx2.ConnectTimeout
            raise kind(why) from stop
        raise (httpx2.ConnectError if stop.refused else httpx2.RemoteProtocolError)(why) from stop


_PORTS = {"http": 80, "https": 443}


def _is_number(host: str) -> bool:
    """Odd spellings (0x7f.1) are for the resolver to read."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _left(instant: float) -> float:
    """Seconds until then; TimeoutError when none are left, even if data lies ready."""
    left = instant - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _reason(error: Exception) -> str:
    """The shortest true sentence an operating system has for it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
