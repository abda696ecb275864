"""A web server of our own that does, path by path, what the worst of them do.

    with HostileServer() as server:
        fetch(web, server.url("/slow-body"), ...)

Plain sockets, no HTTP library: what is sent here no library would send. Other
tests add their own answers with `server.answer(path, body, ...)`.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

FEED = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0"><channel><title>Hostile</title><link>https://hostile.example/</link>
<description>made for tests</description>
<item><guid isPermaLink="false">hostile:1</guid><title>One</title><link>https://hostile.example/1</link>
<description>The only entry.</description></item>
</channel></rss>
"""
RSS = "application/rss+xml"


@dataclass(frozen=True)
class Asked:
    """One request as it arrived; header names in lower case."""

    path: str
    headers: Mapping[str, str]
    method: str = "GET"


@dataclass
class Wire:
    """One connection, after its request was read."""

    sock: socket.socket
    asked: Asked
    stopped: threading.Event
    server: HostileServer

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def answer(self, status: str, body: bytes = b"", **headers: str) -> None:
        """A well-formed answer; header names with _ for -."""
        lines = [f"HTTP/1.1 {status}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}", "", ""]
        self.send("\r\n".join(lines).encode("latin-1") + body)

    def dribble(self, data: bytes = b"x") -> None:
        """A little at a time, for as long as anybody listens."""
        while not self.stopped.wait(0.02):
            self.send(data)


Behaviour = Callable[[Wire], None]


@dataclass
class HostileServer:
    """Listens on a loopback address of choice, at a port of the system's choice.

    `connections` counts all that arrived, `asked` holds what was asked. With
    `tls` the certificate is tests/faults/tls.pem, for secure.example.
    """

    address: str = "127.0.0.1"
    tls: ssl.SSLContext | None = None
    connections: int = 0
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self._listener = socket.create_server((self.address, 0), family=family, backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._stopped = threading.Event()
        self._wires: set[socket.socket] = set()
        self._workers: list[threading.Thread] = []
        self.behaviours = {**BEHAVIOURS, **self.behaviours}
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        for worker in self._workers:
            worker.join()

    def url(self, path: str, *, host: str | None = None, userinfo: str = "") -> str:
        name = host or (f"[{self.address}]" if ":" in self.address else self.address)
        scheme = "http" if self.tls is None else "https"
        return f"{scheme}://{userinfo}{name}:{self.port}{path}"

    @property
    def exemption(self) -> str:
        """The entry of fetch.allow_private that admits exactly this server."""
        name = f"[{self.address}]" if ":" in self.address else self.address
        return f"{name}:{self.port}"

    def answer(self, path: str, body: bytes = b"", *, status: str = "200 OK", **headers: str) -> None:
        """From now on, say this at `path`."""
        self.behaviours[path] = lambda wire: wire.answer(status, body, **headers)

    @property
    def paths(self) -> list[str]:
        return [each.path for each in self.asked]

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            worker = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            self._workers.append(worker)
            worker.start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(10)
        try:
            if self.tls is not None:
                sock = self.tls.wrap_socket(sock, server_side=True)
        except OSError:
            sock.close()  # the client does not trust us
            return
        with sock:
            try:
                asked = _read_request(sock)
                if asked is None:
                    return
                self.asked.append(asked)
                behaviour = self.behaviours.get(asked.path.partition("?")[0], _not_found)
                behaviour(Wire(sock, asked, self._stopped, self))
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                return  # the client had enough: that is what most of these are for


def _read_request(sock: socket.socket) -> Asked | None:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = sock.recv(65536)
        if not piece:
            return None
        received += piece
    lines = received.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    method, path, _ = lines[0].split(" ")
    return Asked(path, {name.lower(): value for name, value in headers.items()}, method)


def _not_found(wire: Wire) -> None:
    wire.answer("404 Not Found", b"nothing here")


def _says(status: str, body: bytes = FEED, **headers: str) -> Behaviour:
    return lambda wire: wire.answer(status, body, Content_Type=RSS, **headers)


def _raw(data: bytes) -> Behaviour:
    return lambda wire: wire.send(data)


def _gzipped(body: bytes, **headers: str) -> Behaviour:
    return _says("200 OK", body, Content_Encoding="gzip", **headers)


def _redirect(location: str, status: str = "302 Found") -> Behaviour:
    return lambda wire: wire.answer(
        status, b"elsewhere", Location=location.replace("PORT", str(wire.server.port))
    )


# ── slow and endless ────────────────────────────────────────────────────────


def slow_headers(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    wire.dribble()


def slow_body(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    wire.dribble()


def endless_continue(wire: Wire) -> None:
    while not wire.stopped.is_set():
        wire.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)


def silent(wire: Wire) -> None:
    wire.stopped.wait(10)


def endless_body(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\n\r\n")
    while not wire.stopped.is_set():
        wire.send(b"<item/>" * 1000)


def endless_chunks(wire: Wire) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not wire.stopped.is_set():
        wire.send(b"1000\r\n" + b"x" * 0x1000 + b"\r\n")


def packed_nothing(wire: Wire) -> None:
    """Empty deflate blocks: gzip that goes on for ever and unpacks to nothing at all."""
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    packer = zlib.compressobj(wbits=31)
    wire.send(packer.flush(zlib.Z_SYNC_FLUSH))
    while not wire.stopped.is_set():
        wire.send(b"\x00\x00\x00\xff\xff" * 1000)


def endless_chain(wire: Wire) -> None:
    step = int(wire.asked.path.partition("?")[2] or 0)
    _redirect(f"/endless-chain?{step + 1}")(wire)


# ── conditional requests ────────────────────────────────────────────────────


def etag(wire: Wire) -> None:
    """An honest server."""
    if wire.asked.headers.get("if-none-match") == '"v1"':
        wire.answer("304 Not Modified", ETag='"v1"')
    else:
        wire.answer("200 OK", FEED, ETag='"v1"', Last_Modified="Tue, 01 Sep 2026 10:00:00 GMT")


def lying_etag(wire: Wire) -> None:
    """The same ETag for ever, and another body each time."""
    count = str(len(wire.server.asked)).encode()
    wire.answer("200 OK", FEED.replace(b"hostile:1", b"hostile:" + count), ETag='"same"')


def gzip_bomb(wire: Wire) -> None:
    """64 MiB of nothing in 64 KiB; packed when asked for, so that other tests need not wait."""
    _gzipped(gzip.compress(bytes(64 * 1024 * 1024), mtime=0))(wire)


PACKED = gzip.compress(FEED, mtime=0)

BEHAVIOURS: dict[str, Behaviour] = {
    "/feed": _says("200 OK"),
    "/gzip": _gzipped(PACKED),
    "/gzip-members": _gzipped(gzip.compress(FEED[:100], mtime=0) + gzip.compress(FEED[100:], mtime=0)),
    "/gzip-padded": _gzipped(PACKED + bytes(50)),
    "/gzip-bomb": gzip_bomb,
    "/gzip-in-gzip": _gzipped(gzip.compress(PACKED, mtime=0)),
    "/gzip-twice-declared": _says("200 OK", gzip.compress(PACKED, mtime=0), Content_Encoding="gzip, gzip"),
    "/gzip-truncated": _gzipped(PACKED[:-20]),
    "/gzip-empty": _gzipped(b""),
    "/gzip-corrupt": _gzipped(PACKED[:15] + b"\xff\xff\xff\xff" + PACKED[19:]),
    "/gzip-not": _gzipped(FEED),
    "/gzip-many-members": _gzipped(gzip.compress(b"", mtime=0) * 5000 + PACKED),
    "/packed-nothing": packed_nothing,
    "/encoding-br": _says("200 OK", Content_Encoding="br"),
    "/encoding-deflate": _says("200 OK", zlib.compress(FEED), Content_Encoding="deflate"),
    "/encoding-nonsense": _says("200 OK", Content_Encoding="utf-8"),
    "/slow-headers": slow_headers,
    "/slow-body": slow_body,
    "/endless-continue": endless_continue,
    "/silent": silent,
    "/endless-body": endless_body,
    "/endless-chunks": endless_chunks,
    "/huge-length": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 107374182400\r\n\r\n<rss>"),
    "/length-truncated": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + FEED),
    "/chunked-truncated": _raw(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<rss>\r\nFFFF\r\nhalf"
    ),
    "/chunked-garbage": _raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n<rss>\r\n"),
    "/partial": _says("206 Partial Content", Content_Range="bytes 0-99/200"),
    "/no-reply": lambda _: None,
    "/garbage": _raw(b"\x16\x03\x01 this is no HTTP\r\n\r\n"),
    "/header-garbage": _raw(b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"),
    "/header-nul": _raw(b"HTTP/1.1 200 OK\r\nX: a\x00b\r\n\r\n"),
    "/header-huge": _raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000 + b"\r\n\r\n"),
    "/two-lengths": _raw(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n<rss/>"),
    "/status-nonsense": _raw(b"HTTP/1.1 999 Whatever\r\nContent-Length: 0\r\n\r\n"),
    "/upgrade": _raw(b"HTTP/1.1 101 Switching Protocols\r\n\r\nboo"),
    "/etag": etag,
    "/lying-etag": lying_etag,
    "/etag-latin1": _raw(b'HTTP/1.1 200 OK\r\nETag: "caff\xe8"\r\nContent-Length: 6\r\n\r\n<rss/>'),
    "/etag-huge": _says("200 OK", ETag='"' + "x" * 5000 + '"'),
    "/304-always": _raw(b"HTTP/1.1 304 Not Modified\r\n\r\n"),
    "/cookie": _says("200 OK", Set_Cookie="id=42; Path=/"),
    "/gone": _says("410 Gone", b"gone"),
    "/401": _says("401 Unauthorized", b"who?", WWW_Authenticate='Basic realm="x"'),
    "/403": _says("403 Forbidden", b"no"),
    "/500": _says("500 Internal Server Error", b"oops"),
    "/429": _says("429 Too Many Requests", b"slow down", Retry_After="120"),
    "/503": _says("503 Service Unavailable", b"later"),
    "/loop": _redirect("/loop"),
    "/loop-a": _redirect("/loop-b"),
    "/loop-b": _redirect("/loop-a"),
    "/endless-chain": endless_chain,
    "/moved": _redirect("/feed", "301 Moved Permanently"),
    "/moved-twice": _redirect("/moved-308", "301 Moved Permanently"),
    "/moved-308": _redirect("feed", "308 Permanent Redirect"),
    "/moved-for-now": _redirect("/found", "301 Moved Permanently"),
    "/moved-to-gone": _redirect("/gone", "301 Moved Permanently"),
    "/found": _redirect("/feed"),
    "/found-moved": _redirect("/moved"),
    "/found-gone": _redirect("/gone"),
    "/see-other": _redirect("/feed", "303 See Other"),
    "/temporary": _redirect("/feed", "307 Temporary Redirect"),
    "/redirect-nowhere": _says("302 Found", b"no Location"),
    "/redirect-invalid": _redirect("http://[::1"),
    "/redirect-file": _redirect("file:///etc/passwd"),
    "/redirect-gopher": _redirect("gopher://127.0.0.1:70/_x"),
    "/redirect-data": _redirect("data:text/xml,<rss/>"),
    # for the readers of bodies
    "/html": _says("200 OK", b"<!doctype html><title>Not a feed</title><p>Hello"),
    "/json": _says("200 OK", b'{"error": "not found"}'),
    "/empty": _says("200 OK", b""),
    "/no-content": _raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
}
