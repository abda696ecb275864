"""A listener that must never be reached, and all the ways there: names, resolvers, hops, proxies."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pycurl  # type: ignore[import-untyped]  # it ships no types
import pytest

from curator.edges.curl import Asking, Curl, CurlStopped
from curator.edges.http import open_web
from curator.fetch import fetch, post
from curator.model import Failed, Fetch, Fetched
from curator.settings import FetchSettings
from hostile import HostileServer
from resolving import Names

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)

PRIVATE = [
    "127.0.0.1",
    "127.0.0.2",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.31.255.255",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "0:0:0:0:0:ffff:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:c0a8:1::1",
    "2001:0:7f00:1::",
    "fe80::1",
    "fe80::1%lo",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
]


@pytest.fixture
def canary() -> Iterator[HostileServer]:
    with HostileServer(address="127.0.0.2") as listening:
        yield listening


def fetched(url: str, *allowed: str, resolver: Any = socket.getaddrinfo) -> Fetch:
    settings = FetchSettings(allow_private=allowed, total_timeout=5, connect_timeout=5, per_host_gap=0)
    web = open_web(settings, resolver=resolver)
    try:
        return fetch(web, url, now=NOW)
    finally:
        web.close()


def refused(outcome: Fetch) -> bool:
    return isinstance(outcome, Failed) and outcome.code == "fetch_address_refused"


# ── what a name may mean ────────────────────────────────────────────────────


@pytest.mark.parametrize("address", PRIVATE)
def test_no_name_leads_to_a_private_address(canary: HostileServer, address: str) -> None:
    name = "169.254.169.254.nip.example"
    names = Names({name: [[address]]})

    assert refused(fetched(canary.url("/feed", host=name), resolver=names))
    assert names.asked == [name]
    assert canary.connections == 0


@pytest.mark.parametrize("address", PRIVATE)
def test_no_hop_leads_to_a_name_with_a_private_address(
    server: HostileServer, canary: HostileServer, address: str
) -> None:
    server.answer("/go", status="302 Found", Location=canary.url("/feed", host="inside.example"))
    names = Names({"inside.example": [[address]]})

    assert refused(fetched(server.url("/go"), server.exemption, resolver=names))
    assert canary.connections == 0


@pytest.mark.parametrize("address", ["127.0.0.2", "::ffff:127.0.0.2"])
def test_what_is_posted_goes_no_such_way_either(
    server: HostileServer, canary: HostileServer, address: str
) -> None:
    inside = canary.url("/", host="inside.example")
    server.answer("/go", status="307 Temporary Redirect", Location=inside)
    settings = FetchSettings(allow_private=(server.exemption,), per_host_gap=0)
    web = open_web(settings, resolver=Names({"inside.example": [[address]]}))

    at_once = post(web, inside, body=b"secret", headers={})
    by_redirect = post(web, server.url("/go"), body=b"secret", headers={}, redirects=3)
    web.close()

    for got in (at_once, by_redirect):
        assert isinstance(got, Failed)
        assert got.code == "fetch_address_refused"
    assert canary.connections == 0


# ── a resolver that changes its mind ────────────────────────────────────────


def test_a_second_answer_is_never_asked_for_by_the_connection(
    server: HostileServer, canary: HostileServer
) -> None:
    names = Names({"rebind.example": [["127.0.0.1"], ["127.0.0.2"]]})
    url = f"http://rebind.example:{server.port}/feed"

    assert isinstance(fetched(url, server.exemption, resolver=names), Fetched)
    assert names.asked == ["rebind.example"]
    assert canary.connections == 0


def test_each_hop_is_resolved_and_checked_anew_even_at_one_host(server: HostileServer) -> None:
    with HostileServer(address="127.0.0.2") as canary:
        names = Names({"rebind.example": [["127.0.0.1"], ["127.0.0.2"]]})
        server.answer("/go", status="302 Found", Location=f"http://rebind.example:{canary.port}/feed")

        got = fetched(server.url("/go", host="rebind.example"), server.exemption, resolver=names)

        assert refused(got)
        assert names.asked == ["rebind.example"] * 2
        assert canary.connections == 0


def test_an_answer_of_many_addresses_is_checked_one_by_one(
    server: HostileServer, canary: HostileServer
) -> None:
    names = Names({"many.example": [["127.0.0.2", "::ffff:127.0.0.2", "127.0.0.1"]]})

    got = fetched(server.url("/feed", host="many.example"), server.exemption, resolver=names)

    assert isinstance(got, Fetched)
    assert canary.connections == 0


@pytest.mark.parametrize("spelt", ["rebind.example.", "REBIND.example", "rebind。example", "rebind.example"])
def test_a_name_is_one_name_however_it_is_spelt(server: HostileServer, spelt: str) -> None:
    names = Names({"rebind.example": [["127.0.0.1"]]})
    exempt = f"rebind.example:{server.port}"

    assert isinstance(fetched(server.url("/feed", host=spelt), exempt, resolver=names), Fetched)
    assert names.asked == ["rebind.example"]


# ── libcurl's own ways ──────────────────────────────────────────────────────


def test_no_proxy_of_the_environment_is_used(
    server: HostileServer, canary: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, canary.url("/"))

    assert isinstance(fetched(server.url("/feed"), server.exemption), Fetched)
    assert canary.connections == 0


def test_no_password_of_the_home_is_sent(
    server: HostileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login anna password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))

    assert isinstance(fetched(server.url("/feed"), server.exemption), Fetched)
    assert "authorization" not in server.asked[0].headers


def test_the_second_lock_holds_where_the_first_is_broken(
    server: HostileServer, canary: HostileServer
) -> None:
    curl = Curl()
    asking = Asking(
        method="GET",
        scheme="http",
        host="127.0.0.1",
        port=server.port,
        target=b"/feed",
        headers=[(b"Host", b"x.example")],
        content=b"",
        address="127.0.0.1",
        connect_time=5,
        total_time=5,
        most_bytes=10_000,
    )
    assert curl.ask(asking).status == 200
    curl._idle[0]._curl.setopt(pycurl.PROXY, canary.url("/"))

    with pytest.raises(CurlStopped) as stop:
        curl.ask(asking)

    assert stop.value.refused
    assert canary.connections == 0
    curl.close()
