from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable
from datetime import UTC, datetime

import httpx2
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curator.fetch import Gunzip, HostGate, Web, fetch
from curator.model import Failed, Fetched
from curator.settings import FetchSettings

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
URL = "https://feeds.example/atom.xml"


def web_that(answers: Callable[[httpx2.Request], httpx2.Response]) -> Web:
    client = httpx2.Client(transport=httpx2.MockTransport(answers))
    return Web(client, HostGate(0), FetchSettings(max_bytes=1000))


def saying(status: int, body: bytes = b"", **headers: str | bytes) -> Web:
    raw = [
        (name.replace("_", "-").encode(), value.encode() if isinstance(value, str) else value)
        for name, value in headers.items()
    ]
    return web_that(lambda _: httpx2.Response(status, headers=raw, stream=httpx2.ByteStream(body)))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (httpx2.ConnectTimeout, "fetch_timeout"),
        (httpx2.ReadTimeout, "fetch_timeout"),
        (httpx2.WriteTimeout, "fetch_timeout"),
        (httpx2.PoolTimeout, "fetch_timeout"),
        (httpx2.ConnectError, "fetch_connect"),
        (httpx2.ReadError, "fetch_protocol"),
        (httpx2.RemoteProtocolError, "fetch_protocol"),
        (httpx2.LocalProtocolError, "fetch_protocol"),
        (httpx2.UnsupportedProtocol, "fetch_protocol"),
        (httpx2.InvalidURL, "fetch_protocol"),
        (ConnectionResetError, "fetch_protocol"),
    ],
)
def test_every_exception_of_the_client_becomes_a_value(error: type[Exception], code: str) -> None:
    def raising(_: httpx2.Request) -> httpx2.Response:
        raise error("so it goes")

    got = fetch(web_that(raising), URL, now=NOW)

    assert isinstance(got, Failed)
    assert got.code == code
    assert got.data["host"] == "feeds.example"


def test_each_hop_waits_for_its_turn_at_its_host() -> None:
    hosts: list[str] = []

    class Watching(HostGate):
        def wait(self, host: str) -> None:
            hosts.append(host)

    def answers(request: httpx2.Request) -> httpx2.Response:
        follow = {"/a": "/b", "/b": "https://cdn.example/c"}.get(request.url.path)
        return httpx2.Response(301, headers={"Location": follow}) if follow else httpx2.Response(404)

    web = Web(web_that(answers).client, Watching(0), FetchSettings())
    fetch(web, "https://Feeds.Example./a", now=NOW)

    assert hosts == ["feeds.example", "feeds.example", "cdn.example"]


@given(st.text() | st.text().map("http://{}/".format) | st.text().map("http://host:{}".format))
@example("http://[")
@example("http://[::1")
@example("http://a..b/")
@example("http://a_b/")
@example("http://a b/")
@example("http://xn--/")
@example("http://" + "ü" * 80 + "/")
@example("http://host:99999/")
@example("http://host:0/")
@example("http://host:-1/")
@example("http://host:٨٠/")
@example("http:///path")
@example("http:/path")
@example("http://a\x00b/")
@example("http://host/\ud800")
@example("http://user:\ud800@host/")
@example("\ud800://host/")
def test_no_text_in_place_of_an_address_breaks_a_fetch(url: str) -> None:
    got = fetch(saying(404), url, now=NOW)

    assert isinstance(got, Failed)
    str(got.data).encode()


@given(st.text())
@example("http://[::1")
@example("//")
@example("//user:password@")
@example("http://b\udcff/")
def test_no_text_in_place_of_a_location_breaks_a_fetch(location: str) -> None:
    got = fetch(saying(302, Location=location.encode("utf-8", "surrogatepass")), URL, now=NOW)

    assert isinstance(got, Failed)


@given(st.text() | st.datetimes().map(str), st.sampled_from(["Retry_After", "Cache_Control", "Expires"]))
@example("Mon, 01 Jan 0001 00:00:00 +1400", "Retry_After")
@example("Fri, 31 Dec 9999 23:59:59 -1400", "Expires")
@example("max-age=" + "9" * 5000, "Cache_Control")
def test_no_text_in_a_header_breaks_a_fetch(value: str, name: str) -> None:
    text = value.encode("utf-8", "surrogatepass")

    assert isinstance(fetch(saying(200, b"<rss/>", **{name: text}), URL, now=NOW), Fetched)
    assert isinstance(fetch(saying(503, **{name: text}), URL, now=NOW), Failed)


@given(st.binary())
def test_no_bytes_declared_as_gzip_break_a_fetch(body: bytes) -> None:
    got = fetch(saying(200, body, Content_Encoding="gzip"), URL, now=NOW)

    assert isinstance(got, Failed)
    assert got.code in {"fetch_gzip", "fetch_truncated"}


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.integers(1, 50), st.integers(0, 5))
def test_gzip_unpacks_to_what_was_packed_however_it_arrives(
    members: list[bytes], size: int, padding: int
) -> None:
    packed = b"".join(gzip.compress(each, mtime=0) for each in members) + bytes(padding)
    gunzip = Gunzip()

    pieces = [gunzip.unpack(packed[at : at + size], room=10_000) for at in range(0, len(packed), size)]

    assert b"".join(pieces) == b"".join(members)
    assert gunzip.complete


@given(st.integers(1, 5000), st.integers(1, 20_000))
def test_gzip_never_unpacks_beyond_the_room_there_is(room: int, size: int) -> None:
    unpacked = Gunzip().unpack(gzip.compress(bytes(size), mtime=0), room=room)

    assert len(unpacked) == min(room, size)


def test_a_bomb_is_never_unpacked_beyond_the_limit() -> None:
    bomb = gzip.compress(bytes(16 * 1024 * 1024), mtime=0)
    web = saying(200, bomb, Content_Encoding="gzip")
    tracemalloc.start()
    got = fetch(web, URL, now=NOW)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert isinstance(got, Failed)
    assert got.code == "fetch_too_large"
    assert peak < 1024 * 1024


def test_any_cut_of_a_packed_body_is_noticed() -> None:
    packed = gzip.compress(b"<rss>" + bytes(range(256)) + b"</rss>", mtime=0)

    for end in range(len(packed)):
        gunzip = Gunzip()
        gunzip.unpack(packed[:end], room=10_000)
        assert not gunzip.complete


def test_members_without_number_are_refused() -> None:
    with pytest.raises(zlib.error):
        Gunzip().unpack(gzip.compress(b"", mtime=0) * 200, room=10_000)
