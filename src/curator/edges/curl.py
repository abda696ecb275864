"""libcurl at arm's length: one HTTP/1.1 request over one connection to one address, within one time.

It resolves nothing, follows nothing, remembers nothing and reads nothing of the
environment. Where it may connect to is decided before (`edges.http`); a
second lock here looks at each address just before its socket is made.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pycurl  # type: ignore[import-untyped]  # it ships no types

MOST_HEADER_BYTES = 64 * 1024  # of one answer, with all its 1xx forerunners and trailers
MOST_HEADERS = 500
MOST_IDLE = 64  # handles kept for the next request
PIECE = 64 * 1024

_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |\r?\n)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One request for one address. `target` goes out as it is; times are lengths, in seconds."""

    method: str
    scheme: str
    host: str
    """As TLS asks for it: ASCII, without the root's dot, an IPv6 number in brackets."""
    port: int
    target: bytes
    headers: Iterable[tuple[bytes, bytes]]
    content: bytes
    address: str
    connect_time: float
    total_time: float
    most_bytes: int
    """Of the body as it comes over the wire; what goes beyond by a piece is the sign that there was more."""
    whole_errors: bool = False
    """The body of an error too: an API says there what is wrong."""


class CurlStopped(Exception):
    """libcurl ended without a whole answer; `code` is one of pycurl.E_*."""

    def __init__(self, code: int, why: str, *, connected: bool) -> None:
        super().__init__(why)
        self.code = code
        self.connected = connected

    @property
    def timed_out(self) -> bool:
        return bool(self.code == pycurl.E_OPERATION_TIMEDOUT)

    @property
    def refused(self) -> bool:
        """Nobody there, or no way there: another address may do."""
        return bool(self.code == pycurl.E_COULDNT_CONNECT)

    @property
    def by_tls(self) -> bool:
        return self.code in _TLS


_TLS = frozenset(
    {
        pycurl.E_SSL_CONNECT_ERROR,
        pycurl.E_PEER_FAILED_VERIFICATION,
        pycurl.E_SSL_CACERT_BADFILE,
        pycurl.E_SSL_CIPHER,
        pycurl.E_SSL_ENGINE_INITFAILED,
        pycurl.E_SSL_INVALIDCERTSTATUS,
    }
)


@dataclass(slots=True)
class Answered:
    """A status and its headers, and of a 2xx (with `whole_errors` of any) the body: as far as it came, in
    pieces given out once."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: deque[bytearray] = field(default_factory=deque)
    length: int = -1
    broken: CurlStopped | None = None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - a class of status codes (RFC 9110 §15)

    def pieces(self) -> Iterator[bytes]:
        while self.body:
            yield bytes(self.body.popleft())
        if self.broken is not None:
            raise self.broken


class Curl:
    """Handles for requests from any thread, used again and again: making one costs more than a request."""

    def __init__(self, *, trust: Path | None = None) -> None:
        self._trust = trust
        self._idle: deque[_Handle] = deque(maxlen=MOST_IDLE)

    def ask(self, asking: Asking) -> Answered:
        """The answer. CurlStopped where not even its headers came; a body may break off later."""
        try:
            handle = self._idle.pop()
        except IndexError:
            handle = _Handle(self._trust)
        try:
            return handle.ask(asking)
        finally:
            self._idle.append(handle)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class _Handle:
    """One easy handle and what its callbacks hear."""

    def __init__(self, trust: Path | None) -> None:
        self._head: list[bytes] = []
        self._curl = curl = pycurl.Curl()
        for option, value in (_ALWAYS | _trusted(trust)).items():
            curl.setopt(option, value)
        curl.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        # Bounded by libcurl itself: 300 KB, 5,000 lines, and no more than twenty times that with every 1xx.
        curl.setopt(pycurl.HEADERFUNCTION, self._head.append)
        curl.setopt(pycurl.WRITEFUNCTION, self._take)
        self._forget()

    def _forget(self) -> None:
        self._head.clear()
        self._answer: Answered | None = None
        self._room = 0
        self._whole_errors = False
        self._place: tuple[bytes, int] = (b"", 0)
        self._socket: socket.socket | None = None

    def ask(self, asking: Asking) -> Answered:
        self._place, self._room = (_packed(asking.address), asking.port), asking.most_bytes
        self._whole_errors = asking.whole_errors
        broken = None
        try:
            self._prepare(asking)
            self._curl.perform()
        except pycurl.error as error:
            broken = self._stopped(asking, *error.args)
        finally:
            if self._socket is not None:
                self._socket.close()  # libcurl has a duplicate
            answer = self._answer or read_head(self._head)
            self._forget()
        if answer is None:
            if broken is not None and broken.code != pycurl.E_WRITE_ERROR:
                raise broken
            raise CurlStopped(pycurl.E_RECV_ERROR, "malformed header", connected=True)
        if broken is not None and self._is_read(answer):  # else it was us who hung up
            answer.broken = broken
        return answer

    def close(self) -> None:
        self._curl.close()

    def _is_read(self, answer: Answered) -> bool:
        return answer.is_success or self._whole_errors

    def _prepare(self, asking: Asking) -> None:
        setopt = self._curl.setopt
        # The host is for TLS alone: whatever libcurl makes of this address, it connects to the one number.
        setopt(pycurl.URL, f"{asking.scheme}://{asking.host}:{asking.port}/")
        number = f"[{asking.address}]" if ":" in asking.address else asking.address
        setopt(pycurl.CONNECT_TO, [f"::{number}:{asking.port}"])
        setopt(pycurl.REQUEST_TARGET, asking.target)
        setopt(pycurl.HTTPHEADER, _lines(asking.headers))
        setopt(pycurl.HTTPGET, 1)  # and with it what another request has left: HEAD is for no body
        self._curl.unsetopt(pycurl.CUSTOMREQUEST)
        if asking.method == "HEAD":
            setopt(pycurl.NOBODY, 1)
        elif asking.content or asking.method != "GET":
            setopt(pycurl.POSTFIELDS, asking.content)
            setopt(pycurl.CUSTOMREQUEST, asking.method)
        setopt(pycurl.CONNECTTIMEOUT_MS, _milliseconds(asking.connect_time))
        setopt(pycurl.TIMEOUT_MS, _milliseconds(asking.total_time))
        # Signals are heard between two callbacks, and only in the main thread: Ctrl-C must not wait.
        setopt(pycurl.NOPROGRESS, threading.current_thread() is not threading.main_thread())

    def _stopped(self, asking: Asking, code: int, why: str) -> CurlStopped:
        errno = self._curl.getinfo(pycurl.OS_ERRNO)
        if code == pycurl.E_COULDNT_CONNECT and errno:
            why = os.strerror(errno)
        reached = pycurl.APPCONNECT_TIME if asking.scheme == "https" else pycurl.CONNECT_TIME
        return CurlStopped(
            code,
            why.removeprefix("SSL certificate ").removeprefix("problem: "),
            connected=self._curl.getinfo(reached) > 0,
        )

    # ── what libcurl calls ──

    def _open(self, _purpose: int, place: Any) -> socket.socket | int:
        if (_packed(place.addr[0]), place.addr[1]) != self._place:
            return int(pycurl.SOCKET_BAD)
        self._socket = socket.socket(place.family, place.socktype, place.protocol)
        return self._socket

    def _take(self, piece: bytes) -> int | None:
        """0 stops libcurl; None lets it go on."""
        if self._answer is None:
            self._answer = read_head(self._head)
            # An error's page is not for us to read, nor the first byte of what is declared too long.
            if self._answer is None or not self._is_read(self._answer) or self._answer.length > self._room:
                return 0
        body = self._answer.body
        if body and len(body[-1]) < PIECE:
            body[-1] += piece  # crumbs would cost many times what they hold
        else:
            body.append(bytearray(piece))
        self._room -= len(piece)
        return 0 if self._room < 0 else None


def read_head(lines: Sequence[bytes]) -> Answered | None:
    """The final status and its headers, of all that came before the body: None if it is none.  (pure)"""
    if sum(map(len, lines)) > MOST_HEADER_BYTES:
        return None
    answer = None
    for line in lines:
        stripped = line.rstrip(b"\r\n")
        if answer is None:
            begun = _STATUS.match(line)
            if begun is None or int(begun[1]) == _SWITCHING:
                return None
            answer = Answered(int(begun[1]), [])
        elif stripped:
            if not _keep(stripped, answer) or len(answer.headers) > MOST_HEADERS:
                return None
        elif answer.status >= _FINAL:
            return answer  # what follows are trailers
        else:
            answer = None
    return None


_SWITCHING = 101  # to what, if nobody asked?
_FINAL = 200  # RFC 9110 §15.2: any number of 1xx may go before


def _keep(line: bytes, answer: Answered) -> bool:
    headers = answer.headers
    if line[0] in b" \t" and headers:  # folded (RFC 9112 §5.2)
        name, value = headers[-1]
        headers[-1] = (name, value + b" " + line.strip(b" \t"))
        return True
    name, colon, value = line.partition(b":")
    value = value.strip(b" \t")
    headers.append((name, value))
    if name.lower() == b"content-length" and not _is_length(value, answer):
        return False
    return bool(colon) and b"\0" not in line and b"\r" not in line


def _is_length(value: bytes, answer: Answered) -> bool:
    """RFC 9112 §6.3: the same number may be said again; another, or none, leaves no way to go on."""
    for said in value.split(b","):
        if not re.fullmatch(rb"[0-9]{1,20}", said.strip()) or answer.length not in {-1, int(said)}:
            return False
        answer.length = int(said)
    return True


_ALWAYS: dict[int, Any] = {
    pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
    pycurl.REDIR_PROTOCOLS: 0,
    pycurl.FOLLOWLOCATION: 0,
    pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
    pycurl.HTTP09_ALLOWED: 0,
    pycurl.PROXY: "",  # not even what the environment says: a proxy resolves names for itself
    pycurl.NETRC: pycurl.NETRC_IGNORED,
    pycurl.NOSIGNAL: 1,
    pycurl.PATH_AS_IS: 1,
    pycurl.DNS_CACHE_TIMEOUT: 0,
    # A source is asked once an hour: a connection kept open serves nobody, and may have died unseen.
    pycurl.FRESH_CONNECT: 1,
    pycurl.FORBID_REUSE: 1,
    pycurl.SSL_VERIFYPEER: 1,
    pycurl.SSL_VERIFYHOST: 2,
    pycurl.BUFFERSIZE: PIECE,
    pycurl.XFERINFOFUNCTION: lambda *_: None,
}


def _trusted(given: Path | None) -> dict[int, Any]:
    """Whom TLS believes: `given`, else what SSL_CERT_FILE or SSL_CERT_DIR names, else the system's own.

    pycurl's wheels bring an OpenSSL that knows no system. A folder costs less
    than a file: of it only the certificates in question are read.
    """
    if given is not None:
        return {pycurl.CAINFO: str(given)}
    paths = ssl.get_default_verify_paths()
    if file := os.environ.get(paths.openssl_cafile_env):
        return {pycurl.CAINFO: file}
    if named := os.environ.get(paths.openssl_capath_env):
        return {pycurl.CAPATH: named}
    for folder in (paths.openssl_capath, "/etc/ssl/certs"):
        if any(Path(folder).glob("[0-9a-f]" * 8 + ".0")):
            return {pycurl.CAPATH: folder}
    if paths.cafile is not None:
        return {pycurl.CAINFO: paths.cafile}
    return {pycurl.SSL_OPTIONS: pycurl.SSLOPT_NATIVE_CA}  # macOS and Windows keep them elsewhere


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """As libcurl wants them: an empty one ends in a semicolon; those it would add are said away."""
    lines = [name + b": " + value if value else name + b";" for name, value in headers]
    if any(b"\r" in line or b"\n" in line or b"\0" in line for line in lines):
        raise ValueError("a header of several lines")
    return [line for line in lines if not line.lower().startswith(_OWN)] + _NONE_OF_CURLS


_OWN = (b"content-length", b"transfer-encoding")  # libcurl says these as it sends
_NONE_OF_CURLS = [b"Expect:"]


def _packed(address: str) -> bytes:
    """One form for all the spellings of a number."""
    return socket.inet_pton(socket.AF_INET6 if ":" in address else socket.AF_INET, address)


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))  # 0 would mean for ever
