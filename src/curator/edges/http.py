"""The guarded HTTP client: every connection is to an address that was checked, and ends in time.

Names are resolved here and connected to by number, so that no second look at
DNS can lead elsewhere. Proxies of the environment are not used: they would
resolve names for themselves.
"""

from __future__ import annotations

import http.cookiejar
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpcore2
import httpx2

from curator.edges.addresses import AddressGuard
from curator.errors import BadSettings
from curator.fetch import DEADLINE, CannotFetch, HostGate, Web
from curator.settings import FetchSettings

Resolver = Callable[..., Sequence[tuple[Any, Any, Any, Any, Any]]]
"""Called like `socket.getaddrinfo(host, port, type=SOCK_STREAM)`, and answers like it."""

MOST_CONNECTIONS = 50  # httpcore2 looks through them all at each request
MOST_ADDRESSES = 8  # tried per host, one after another


def open_web(
    settings: FetchSettings,
    *,
    resolver: Resolver = socket.getaddrinfo,
    tls: ssl.SSLContext | None = None,
) -> Web:
    """The process's one client. `tls` None trusts what the system trusts (or SSL_CERT_FILE)."""
    agent = settings.user_agent
    if not agent.strip() or not agent.isascii() or not agent.isprintable():
        raise BadSettings("settings_user_agent", value=agent)
    network = GuardedNetwork(AddressGuard.reading(settings.allow_private), resolver=resolver)
    pool = httpcore2.ConnectionPool(
        ssl_context=tls or httpcore2.default_ssl_context(),
        max_connections=MOST_CONNECTIONS,
        max_keepalive_connections=0,
        network_backend=network,
    )
    client = httpx2.Client(transport=GuardedTransport(pool, settings), cookies=NoCookies(), trust_env=False)
    return Web(client, HostGate(settings.per_host_gap), settings)


class NoCookies(http.cookiejar.CookieJar):
    """Fetches share nothing: what one source sets, none gets back."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Forget them."""


class GuardedTransport(httpx2.BaseTransport):
    """Hands requests to the pool, with instants where httpcore2 would have lengths of time.

    httpcore2 passes a request's time-outs on, untouched, to each connect, read
    and write. An instant there is one deadline for all of them together.
    """

    def __init__(self, pool: httpcore2.ConnectionPool, limits: FetchSettings) -> None:
        self._pool = pool
        self._limits = limits

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        now = time.monotonic()
        deadline: float = request.extensions.get(DEADLINE, now + self._limits.total_timeout)
        instants = {
            "connect": min(deadline, now + self._limits.connect_timeout),
            "read": deadline,
            "write": deadline,
            "pool": max(deadline - now, 0),  # waited for by httpcore2 itself, so this one is a length
        }
        url = request.url
        with _translated():
            answer = self._pool.handle_request(
                httpcore2.Request(
                    method=request.method,
                    url=httpcore2.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    content=request.read(),
                    extensions={"timeout": instants},
                )
            )
        return httpx2.Response(status_code=answer.status, headers=answer.headers, stream=_Body(answer))

    def close(self) -> None:
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        with _translated():
            self._answer.close()


@contextmanager
def _translated() -> Iterator[None]:
    """httpcore2's own exceptions; those of the network below speak httpx2 already."""
    try:
        yield
    except httpcore2.TimeoutException as error:
        raise httpx2.TimeoutException(str(error)) from error
    except httpcore2.NetworkError as error:
        raise httpx2.NetworkError(str(error)) from error
    except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol) as error:
        raise httpx2.RemoteProtocolError(str(error)) from error


class GuardedNetwork(httpcore2.NetworkBackend):
    """Resolves, checks, connects. `timeout` is an instant on the monotonic clock, here and in the stream."""

    def __init__(self, guard: AddressGuard, *, resolver: Resolver) -> None:
        self._guard = guard
        self._resolver = resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - httpcore2's signature; we choose none
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,  # noqa: ARG002 - the same
    ) -> httpcore2.NetworkStream:
        addresses = self._checked(host.rstrip("."), port, until=timeout)
        failure = OSError(f"no address for {host}")
        for remaining, (family, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
            try:
                # An address that swallows packets must leave time for the ones after it.
                return GuardedStream(_connected(family, address, patience=_left(timeout) / remaining))
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            raise httpx2.ConnectTimeout(str(failure)) from failure
        raise httpx2.ConnectError(_reason(failure)) from failure

    def _checked(self, host: str, port: int, *, until: float | None) -> list[tuple[int, Any]]:
        """The addresses we may connect to, in the resolver's order."""
        found = [(family, address) for family, _, _, _, address in self._resolve(host, port, until=until)]
        admitted = [
            (family, address)
            for family, address in found
            if self._guard.admits(host=host, address=address[0], port=port)
        ]
        if not found:
            raise CannotFetch("fetch_dns", host=host, why="")
        if not admitted:
            raise CannotFetch("fetch_address_refused", host=host, address=found[0][1][0])
        return admitted[:MOST_ADDRESSES]

    def _resolve(
        self, host: str, port: int, *, until: float | None
    ) -> Sequence[tuple[Any, Any, Any, Any, Any]]:
        """Ask the resolver in a thread of its own: getaddrinfo knows no time-out, and cannot be stopped."""
        if literal := _literal(host, port):
            return [literal]
        answers: queue.SimpleQueue[Sequence[tuple[Any, Any, Any, Any, Any]] | Exception] = queue.SimpleQueue()

        def ask() -> None:
            try:
                answers.put(self._resolver(host, port, type=socket.SOCK_STREAM))
            except (OSError, ValueError) as error:  # ValueError: a NUL, or a label that IDNA refuses
                answers.put(error)

        threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
        try:
            answer = answers.get(timeout=_left(until))
        except (queue.Empty, TimeoutError) as error:
            raise httpx2.ConnectTimeout("name resolution") from error
        if isinstance(answer, Exception):
            raise CannotFetch("fetch_dns", host=host, why=_reason(answer)) from answer
        return answer


class GuardedStream(httpcore2.NetworkStream):
    """A socket whose every operation gets what is left of the request's time."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._sock.settimeout(_left(timeout))
            return self._sock.recv(max_bytes)
        except TimeoutError as error:
            raise httpx2.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpx2.ReadError(_reason(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        try:
            while rest:
                self._sock.settimeout(_left(timeout))
                rest = rest[self._sock.send(rest) :]
        except TimeoutError as error:
            raise httpx2.WriteTimeout(str(error)) from error
        except OSError as error:
            # httpcore2 knows this one: a server may answer before it has read everything.
            raise httpcore2.WriteError(_reason(error)) from error

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        name = (server_hostname or "").rstrip(".")
        try:
            self._sock.settimeout(_left(timeout))
            return GuardedStream(ssl_context.wrap_socket(self._sock, server_hostname=name))
        except TimeoutError as error:
            self.close()
            raise httpx2.ConnectTimeout(str(error)) from error
        except (OSError, ValueError) as error:  # ValueError: a name that TLS cannot ask for
            self.close()
            raise CannotFetch("fetch_tls", host=name, why=_reason(error)) from error

    def close(self) -> None:
        self._sock.close()


def _connected(family: int, address: Any, *, patience: float) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.settimeout(patience)
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def _literal(host: str, port: int) -> tuple[int, int, int, str, tuple[Any, ...]] | None:
    """What the resolver would say about a number. Odd spellings (0x7f.1) are left to it."""
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        return None
    family = socket.AF_INET if version == 4 else socket.AF_INET6  # noqa: PLR2004 - the protocol's name
    return (family, socket.SOCK_STREAM, 0, "", (host, port))


def _left(instant: float | None) -> float:
    """Seconds until then; TimeoutError when none are left, even if data lies ready."""
    if instant is None:
        raise TimeoutError("a request without a deadline")
    left = instant - time.monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def _reason(error: Exception) -> str:
    """The shortest true sentence an operating system or OpenSSL has for it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
