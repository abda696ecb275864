"""What comes over the wire, byte by byte, and what the transport makes of it."""

from __future__ import annotations

import signal
import ssl
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curator.edges.curl import read_head
from curator.edges.http import open_web
from curator.fetch import Web, fetch, post
from curator.model import Failed, Fetched
from curator.settings import FetchSettings
from hostile import FEED, HostileServer, Wire

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)


@pytest.fixture
def web(server: HostileServer) -> Iterator[Web]:
    opened = open_web(
        FetchSettings(
            allow_private=(server.exemption,), per_host_gap=0, total_timeout=10, max_bytes=1024 * 1024
        )
    )
    yield opened
    opened.close()


def says(server: HostileServer, raw: bytes) -> str:
    """The address of an answer of exactly these bytes."""
    server.behaviours["/raw"] = lambda wire: wire.send(raw)
    return server.url("/raw")


SUBJECT_HASH = "13cae000"  # openssl x509 -hash -noout -in tls.pem
OK = b"HTTP/1.1 200 OK\r\n"
TAIL = b"Content-Length: 6\r\n\r\n<rss/>"


@pytest.mark.parametrize(
    "raw",
    [
        OK + TAIL,
        b"HTTP/1.0 200 OK\r\n" + TAIL,
        b"HTTP/1.1 200\r\n" + TAIL,
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK + TAIL,
        b"HTTP/1.1 103 Early Hints\r\nETag: no\r\n\r\n" + OK + TAIL,
        OK + b"Content-Length: 6\r\n" + TAIL,
        OK + b"Content-Length: 6, 6\r\n\r\n<rss/>",
        OK + b"X-Folded: one\r\n  two\r\n" + TAIL,
        OK.replace(b"\r\n", b"\n") + TAIL.replace(b"\r\n", b"\n"),
        OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n6;x=y\r\n<rss/>\r\n0\r\nETag: no\r\n\r\n",
        OK + b"\r\n<rss/>",  # until the connection ends
    ],
)
def test_an_answer_that_is_odd_but_whole_is_read(web: Web, server: HostileServer, raw: bytes) -> None:
    got = fetch(web, says(server, raw), now=NOW)

    assert isinstance(got, Fetched)
    assert got.body == b"<rss/>"
    assert got.validators.etag is None  # neither of a forerunner nor of a trailer


@pytest.mark.parametrize(
    "raw",
    [
        b"<rss/>",  # HTTP/0.9
        b"HTTP/2 200 OK\r\n" + TAIL,
        b"HTTP/1.1 20 OK\r\n" + TAIL,
        b"HTTP/1.1 2000 OK\r\n" + TAIL,
        b"HTTP/1.1 200 OK",
        OK,
        OK + b"X: y\r\n",
        OK + b"X" * 2000 + b"\r\n" + TAIL,
        OK + b"X: a\rSet: b\r\n" + TAIL,
        OK + b"X: y\r\n" * 600 + TAIL,
        OK + b"X: " + b"y" * 70_000 + b"\r\n" + TAIL,
        OK + b"Content-Length: 6\r\nContent-Length: 7\r\n\r\n<rss/>",
        OK + b"Content-Length: 6, 7\r\n\r\n<rss/>",
        OK + b"Content-Length: -6\r\n\r\n<rss/>",
        OK + b"Content-Length: six\r\n\r\n<rss/>",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5000 + OK + TAIL,
    ],
)
def test_an_answer_that_is_none_is_a_failure(web: Web, server: HostileServer, raw: bytes) -> None:
    got = fetch(web, says(server, raw), now=NOW)

    assert isinstance(got, Failed), got
    assert got.code == "fetch_protocol"


@pytest.mark.parametrize(
    "raw",
    [
        OK + b"Content-Length: 9\r\n\r\n<rss/>",
        OK + b"Transfer-Encoding: chunked\r\n\r\n6\r\n<rss/>\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n9\r\n<rss/>\r\n0\r\n\r\n",
    ],
)
def test_a_body_that_breaks_off_is_not_taken_for_the_whole(
    web: Web, server: HostileServer, raw: bytes
) -> None:
    got = fetch(web, says(server, raw), now=NOW)

    assert isinstance(got, Failed)
    assert got.code == "fetch_truncated"
    assert got.http_status == 200


def test_crumbs_cost_no_more_than_they_hold(web: Web, server: HostileServer) -> None:
    crumbs = b"1\r\nx\r\n" * 1000

    def crumbling(wire: Wire) -> None:
        wire.send(OK + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(100):
            wire.send(crumbs)
        wire.send(b"0\r\n\r\n")

    server.behaviours["/crumbs"] = crumbling
    tracemalloc.start()
    got = fetch(web, server.url("/crumbs"), now=NOW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert isinstance(got, Fetched)
    assert got.body == b"x" * 100_000
    assert peak < 2 * 1024 * 1024


def test_the_page_of_an_error_is_not_waited_for(web: Web, server: HostileServer) -> None:
    sent: list[int] = []

    def endless(wire: Wire) -> None:
        wire.send(b"HTTP/1.1 404 Not Found\r\n\r\n")
        while not wire.stopped.wait(0.02):
            wire.send(b"x")
            sent.append(1)

    server.behaviours["/missing"] = endless

    got = fetch(web, server.url("/missing"), now=NOW)

    assert isinstance(got, Failed)
    assert got.http_status == 404
    assert len(sent) < 200  # until the time is up it would be 500


def test_a_request_leaves_nothing_to_the_next(web: Web, server: HostileServer) -> None:
    server.answer("/taken", b"ok")
    post(web, server.url("/taken"), body=b"secret=1", headers={"X-Key": "word"})
    fetch(web, server.url("/length-truncated"), now=NOW)

    got = fetch(web, server.url("/feed"), now=NOW)

    assert isinstance(got, Fetched)
    assert got.body == FEED
    assert not {"x-key", "content-length", "content-type", "expect"} & set(server.asked[2].headers)
    assert server.asked[0].headers["content-length"] == "8"
    assert [each.method for each in server.asked] == ["POST", "GET", "GET"]


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\x00b"])
def test_no_header_of_ours_holds_two(web: Web, server: HostileServer, value: str) -> None:
    got = post(web, server.url("/feed"), body=b"", headers={"X-Ours": value})

    assert isinstance(got, Failed)
    assert server.asked == []


def test_no_request_leaves_a_connection_open(web: Web, server: HostileServer) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    paths = ["/feed", "/length-truncated", "/no-reply", "/nothing-there", "/endless-body", "/header-nul"]
    for path in paths:
        fetch(web, server.url(path), now=NOW)
    before = descriptors()

    for path in paths * 3:
        fetch(web, server.url(path), now=NOW)

    assert descriptors() <= before + 2  # the server's own may still be closing


def test_whoever_waits_for_a_silent_server_can_break_off(web: Web, server: HostileServer) -> None:
    ended: list[str] = []

    def silent(wire: Wire) -> None:
        wire.stopped.wait(5)
        ended.append("the server")

    def break_off(*_: object) -> None:
        ended.append("the editor")
        raise KeyboardInterrupt

    server.behaviours["/silent"] = silent
    usual = signal.signal(signal.SIGALRM, break_off)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            fetch(web, server.url("/silent"), now=NOW)
    finally:
        signal.signal(signal.SIGALRM, usual)

    assert ended == ["the editor"]
    assert isinstance(fetch(web, server.url("/feed"), now=NOW), Fetched)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_the_environment_may_say_whom_to_trust(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = Path(__file__).parent / "tls.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    if kind == "file":
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    else:
        (tmp_path / f"{SUBJECT_HASH}.0").write_bytes(certificate.read_bytes())
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))

    def names(_: str, port: int, **__: Any) -> list[tuple[Any, ...]]:
        return [(0, 0, 0, "", ("127.0.0.1", port))]

    with HostileServer(tls=context) as secure:
        web = open_web(FetchSettings(allow_private=(secure.exemption,)), resolver=names)
        got = fetch(web, secure.url("/feed", host="secure.example"), now=NOW)
        web.close()

    assert isinstance(got, Fetched)


# ── anything at all ─────────────────────────────────────────────────────────

LINES = st.lists(
    st.sampled_from([OK, TAIL, b"HTTP/1.1 ", b"100 Continue\r\n", b"\r\n", b"Transfer-Encoding: chunked\r\n"])
    | st.sampled_from([b"Content-Encoding: gzip\r\n", b"Location: /x\r\n", b"304 Not Modified\r\n", b"6\r\n"])
    | st.binary(max_size=30),
    max_size=8,
).map(b"".join)


@pytest.fixture(scope="module")
def anything() -> Iterator[tuple[Web, HostileServer]]:
    with HostileServer() as server:
        web = open_web(FetchSettings(allow_private=(server.exemption,), per_host_gap=0, total_timeout=10))
        yield web, server
        web.close()


@given(LINES | LINES.map(OK.__add__))
@settings(max_examples=150, deadline=None)
def test_no_bytes_of_a_server_break_a_fetch(anything: tuple[Web, HostileServer], raw: bytes) -> None:
    web, server = anything

    got = fetch(web, says(server, raw), now=NOW)

    assert isinstance(got, Fetched | Failed)
    assert not isinstance(got, Failed) or got.code != "fetch_timeout"


# ── the head, as a function ─────────────────────────────────────────────────


@pytest.mark.parametrize("line", [b"X: a\rY: b\r\n", b"X: a\0\r\n", b"X\r\n", b"Content-Length: \xb2\r\n"])
def test_a_line_that_may_be_read_in_two_ways_is_not_read(line: bytes) -> None:
    assert read_head([OK, b"Y: z\r\n", line, b"\r\n"]) is None


@given(st.lists(st.binary()))
def test_no_lines_break_the_reading_of_a_head(lines: list[bytes]) -> None:
    answer = read_head([OK, *lines])

    assert answer is None or httpx2.Headers(answer.headers) is not None


NAME = st.text("Ax-", min_size=1, max_size=5).map(str.encode)
VALUE = st.text("a:;, \t\xe9", max_size=10).map(lambda text: text.encode("latin-1"))


@given(st.lists(st.tuples(NAME, VALUE), max_size=20))
def test_a_well_formed_head_is_read_as_it_is(headers: list[tuple[bytes, bytes]]) -> None:
    answer = read_head([OK, *(name + b": " + value + b"\r\n" for name, value in headers), b"\r\n"])

    assert answer is not None
    assert answer.headers == [(name, value.strip()) for name, value in headers]
