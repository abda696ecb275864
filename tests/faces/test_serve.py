"""`serve`: only HTTP, in little time, with nothing said that is nobody's business."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from answering import answering
from curator.errors import DatabaseBusy
from curator.faces import logs
from curator.settings import Settings
from curator.store import Store
from newsroom import Newsroom

NO_HEADERS: Mapping[str, str] = {}
SECURE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def ask(
    settings: Settings, path: str, method: str = "GET", headers: Mapping[str, str] = NO_HEADERS
) -> tuple[int, dict[str, str], bytes]:
    with connected(settings) as line:
        line.request(method, path, headers=dict(headers))
        answer = line.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


@contextmanager
def connected(settings: Settings) -> Iterator[http.client.HTTPConnection]:
    where = urlsplit(settings.serve.public_url or "")
    line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    try:
        yield line
    finally:
        line.close()


@contextmanager
def raw(settings: Settings) -> Iterator[socket.socket]:
    where = urlsplit(settings.serve.public_url or "")
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        yield line


def to_the_end(line: socket.socket) -> bytes:
    """All there is until the server closes."""
    heard = b""
    try:
        while part := line.recv(65536):
            heard += part
    except ConnectionResetError:
        pass
    return heard


# ── what it answers ─────────────────────────────────────────────────────────


def test_it_says_that_it_is_well(store: Store) -> None:
    with answering(store, observed=True) as settings:
        status, headers, body = ask(settings, "/health")

    assert (status, json.loads(body)) == (200, {"ok": True})
    assert headers.items() >= SECURE.items()
    assert "server" not in headers


@pytest.mark.parametrize(("path", "observed"), [("/health", True), ("/websub/x", False)])
def test_it_is_not_well_without_its_database(
    sqlite_store: Store,
    tmp_path: Path,
    path: str,
    observed: bool,  # noqa: FBT001 - a table of cases
) -> None:
    with answering(sqlite_store, observed=observed) as settings:
        sqlite_store.close()
        (tmp_path / "store.db").rename(tmp_path / "away.db")
        status, headers, body = ask(settings, path)

    assert (status, body.decode()) == (503, f"try again later (request {headers['x-request-id']})")
    assert headers["retry-after"] == "60"


@pytest.mark.parametrize(
    "path", ["/nothing", "/health", "/metrics", "/websub/", "/websub/a/b", "/../etc/passwd"]
)
def test_what_is_not_there_is_not_there(sqlite_store: Store, path: str) -> None:
    with answering(sqlite_store) as settings:
        status, headers, body = ask(settings, path)

    assert (status, body) == (404, b"Not Found")
    assert headers.items() >= SECURE.items()


@pytest.mark.parametrize(
    ("path", "method", "observed"),
    [("/websub/x", "PUT", False), ("/websub/x", "TRACE", False), ("/health", "POST", True)],
)
def test_another_method_is_refused_by_name(
    sqlite_store: Store,
    path: str,
    method: str,
    observed: bool,  # noqa: FBT001 - a table of cases
) -> None:
    with answering(sqlite_store, observed=observed) as settings:
        status, headers, _ = ask(settings, path, method)

    assert status == 405
    assert "GET" in headers["allow"]


def test_the_public_path_may_be_handed_on_or_cut_off(sqlite_store: Store) -> None:
    with answering(sqlite_store, path="/curator/", routes=[Route("/who", who)]) as settings:
        assert ask(settings, "/curator/who")[0] == 200
        assert ask(settings, "/who")[0] == 200
        assert ask(settings, "/other/who")[0] == 404


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What `serve` logs, line by line."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure("json")
    yield stream
    structlog.reset_defaults()


# ── what goes wrong ─────────────────────────────────────────────────────────


async def fails(_request: Request) -> Response:
    raise ValueError("a secret: reader@example.org")


async def is_busy(_request: Request) -> Response:
    raise DatabaseBusy(url="sqlite:///x", cause="reader@example.org")


@pytest.mark.parametrize(("path", "status"), [("/fails", 500), ("/busy", 503)])
def test_no_traceback_leaves_the_house(
    sqlite_store: Store, said: io.StringIO, path: str, status: int
) -> None:
    routes = [Route("/fails", fails), Route("/busy", is_busy)]
    with answering(sqlite_store, routes=routes) as settings:
        found, headers, body = ask(settings, path)

    assert found == status
    assert headers.items() >= SECURE.items()
    assert b"Traceback" not in body
    assert b"reader@" not in body
    assert "request_failed" in said.getvalue()
    assert "reader@example.org" not in said.getvalue()


def test_a_request_is_one_line_without_its_address(sqlite_store: Store, said: io.StringIO) -> None:
    with answering(sqlite_store) as settings:
        ask(
            settings,
            "/websub/a-token-that-opens-something?hub.mode=denied",
            headers={"User-Agent": "Nosy/1.0"},
        )

    (line,) = said.getvalue().splitlines()
    event = json.loads(line)
    assert (event["event"], event["route"], event["status"]) == ("request", "hub_callback", 404)
    assert not any(word in line for word in ("a-token", "127.0.0.1", "Nosy"))


# ── limits ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "slowly",
    [
        b"",
        b"GET /websub/x HT",
        b"GET /websub/x HTTP/1.1\r\nHost: x\r\nX-A",
        b"POST /takes HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
    ],
)
def test_who_is_slow_is_not_waited_for(sqlite_store: Store, slowly: bytes) -> None:
    with answering(sqlite_store, timeout=0.2, routes=[TAKES]) as settings, raw(settings) as line:
        line.sendall(slowly)
        heard = to_the_end(line)

    assert heard == b"" or heard.startswith(b"HTTP/1.1 408 ")


async def takes(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


TAKES = Route("/takes", takes, methods=["POST"])


def test_a_byte_now_and_then_wins_no_time(sqlite_store: Store) -> None:
    with answering(sqlite_store, timeout=0.3) as settings, raw(settings) as line:
        line.sendall(b"GET /websub/x HTTP/1.1\r\nHost: x\r\nX-Drip: ")
        with dripping(line):
            heard = to_the_end(line)

    assert heard == b""


@contextmanager
def dripping(line: socket.socket) -> Iterator[None]:
    """Something is always still to come."""
    over = threading.Event()

    def drip() -> None:
        with suppress(OSError):
            while not over.wait(0.05):
                line.sendall(b"a")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("asking_on", [False, True])
def test_who_never_takes_the_answer_is_let_go(
    sqlite_store: Store,
    asking_on: bool,  # noqa: FBT001 - both cases
) -> None:
    gone = threading.Event()

    async def pours(_request: Request) -> Response:
        async def water() -> object:
            try:
                while True:
                    yield b"a" * 65536
                    await asyncio.sleep(0)
            finally:
                gone.set()

        return StreamingResponse(water())  # type: ignore[arg-type]  # an async generator of bytes

    routes = [Route("/pours", pours)]
    with answering(sqlite_store, timeout=0.2, routes=routes) as settings, raw(settings) as line:
        line.sendall(b"GET /pours HTTP/1.1\r\nHost: x\r\n\r\n")
        with dripping(line) if asking_on else nullcontext():
            assert gone.wait(20)


def test_who_goes_on_sending_what_nobody_reads_is_let_go(sqlite_store: Store) -> None:
    with answering(sqlite_store) as settings, raw(settings) as line:
        line.sendall(b"POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n")
        with dripping(line):
            heard = to_the_end(line)

    assert heard.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
def test_a_head_has_its_limit(sqlite_store: Store, end: bytes) -> None:
    with answering(sqlite_store) as settings, raw(settings) as line:
        head = b"GET /websub/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-L: "
        line.sendall(head + 17_000 * b"a" + end)
        heard = to_the_end(line)

    # RFC 6585 §5 where it is there at once; h11 gives up earlier where it comes in pieces.
    assert heard.startswith((b"HTTP/1.1 431 ", b"HTTP/1.1 400 "))


def test_more_connections_than_there_is_room_for_are_told_so(sqlite_store: Store) -> None:
    with answering(sqlite_store, connections=3) as settings, raw(settings), raw(settings), raw(settings):
        assert ask(settings, "/websub/x")[0] == 503


# ── behind a proxy ──────────────────────────────────────────────────────────


async def who(request: Request) -> Response:
    assert request.client
    return PlainTextResponse(f"{request.url.scheme} {request.client.host}")


FORWARDED = {"X-Forwarded-For": "203.0.113.9, 10.0.0.7", "X-Forwarded-Proto": "https"}


@pytest.mark.parametrize(
    ("trusted", "seen"),
    [
        ((), b"http 127.0.0.1"),
        (("192.0.2.0/24",), b"http 127.0.0.1"),
        (("127.0.0.1",), b"https 10.0.0.7"),
        (("127.0.0.1/8", "10.0.0.0/8"), b"https 203.0.113.9"),
    ],
)
def test_only_proxies_that_are_trusted_say_who_asks(
    sqlite_store: Store, trusted: tuple[str, ...], seen: bytes
) -> None:
    with answering(sqlite_store, trusted_proxies=trusted, routes=[Route("/who", who)]) as settings:
        assert ask(settings, "/who", headers=FORWARDED)[2] == seen


# ── as a program ────────────────────────────────────────────────────────────


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_told(newsroom: Newsroom, number: signal.Signals) -> None:
    serving = newsroom.start("serve", "--port", 0, "--json")
    assert serving.stdout
    said = json.loads("".join(serving.stdout.readline().decode() for _ in range(5)))
    line = http.client.HTTPConnection(said["host"], said["port"], timeout=20)
    line.request("GET", "/websub/x")
    assert line.getresponse().read() == b"not here"  # so its database was asked

    serving.send_signal(number)  # with a connection that is still open
    _, err = serving.communicate(timeout=30)
    line.close()

    assert serving.returncode == 0
    events = [json.loads(each)["event"] for each in err.decode().splitlines()]
    assert events == ["serve_started", "request", "serve_stopped"]


def test_a_port_that_is_taken_is_said_in_one_line(newsroom: Newsroom) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        answer = newsroom.curator("serve", "--port", taken.getsockname()[1], ok=False)

    assert answer.status == 1
    assert len(answer.err.splitlines()) == 1
    assert "curator serve" in answer.err


def test_it_needs_a_database_that_fits(newsroom: Newsroom) -> None:
    (newsroom.folder / "data/curator.db").unlink()

    answer = newsroom.curator("serve", "--port", 0, ok=False)

    assert answer.status == 1
    assert not (newsroom.folder / "data/curator.db").exists()
