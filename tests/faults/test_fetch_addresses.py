"""Where a fetch may lead: never to an address that is not public, unless the settings name it."""

from __future__ import annotations

import base64
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from curator.edges.http import open_web
from curator.errors import BadSettings
from curator.fetch import fetch
from curator.model import Failed, Fetch, Fetched
from curator.settings import FetchSettings
from hostile import FEED, HostileServer
from resolving import Names

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
TLS = Path(__file__).parent / "tls.pem"

DISGUISES = [
    "http://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0.0.0.0:PORT/",
    "http://0:PORT/",
    "http://localhost:PORT/",
    "http://LOCALHOST.:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://[::1]:PORT/",
    "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[0:0:0:0:0:ffff:7f00:0001]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://user@127.0.0.1:PORT/",
    "http://public.example@127.0.0.1:PORT/",
    "http://public.example%2f@127.0.0.1:PORT/",
    "http://public.example\\@127.0.0.1:PORT/",
    "http://①②⑦.⓪.⓪.①:PORT/",
    "http://127。0。0。1:PORT/",
    "http://127.0.0.1:PORT\\@public.example/",
    "http://127%2e0%2e0%2e1:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "http://10.0.0.1/",
    "http://192.168.1.1:PORT/",
    "http://[fe80::1]:PORT/",
    "http://[fe80::1%25lo]:PORT/",
    "http://[fc00::1]:PORT/",
    "//127.0.0.1:PORT/",
    "///127.0.0.1:PORT/",
    "https://127.0.0.1:PORT/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:PORT/_GET",
    "dict://127.0.0.1:PORT/",
    "ftp://127.0.0.1:PORT/",
    "unix:/var/run/docker.sock",
]
REFUSALS = {"fetch_address_refused", "fetch_url_invalid", "fetch_scheme", "fetch_dns"}


@pytest.fixture
def canary() -> Iterator[HostileServer]:
    """What must never be reached."""
    with HostileServer() as listening:
        yield listening


def fetched(
    url: str,
    *allowed: str,
    resolver: Any = socket.getaddrinfo,
    trust: Path | None = None,
    total_timeout: float = 10,
) -> Fetch:
    settings = FetchSettings(allow_private=allowed, total_timeout=total_timeout, per_host_gap=0)
    web = open_web(settings, resolver=resolver, trust=trust)
    try:
        return fetch(web, url, now=NOW)
    finally:
        web.close()


# ── private addresses ───────────────────────────────────────────────────────


@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_disguise_of_a_private_address_is_fetched(canary: HostileServer, disguise: str) -> None:
    got = fetched(disguise.replace("PORT", str(canary.port)))

    assert isinstance(got, Failed)
    assert got.code in REFUSALS
    assert canary.connections == 0


@pytest.mark.parametrize("disguise", DISGUISES)
def test_no_redirect_leads_to_a_private_address(
    server: HostileServer, canary: HostileServer, disguise: str
) -> None:
    location = disguise.replace("PORT", str(canary.port)).encode().decode("latin-1")
    server.answer("/go", status="302 Found", Location=location)

    got = fetched(server.url("/go"), server.exemption)

    assert isinstance(got, Failed)
    assert got.code in REFUSALS | {"fetch_http_status"}  # ///x is a path on the same host
    assert canary.connections == 0


def test_a_refusal_names_host_and_address(canary: HostileServer) -> None:
    got = fetched(
        canary.url("/feed", host="inside.example"), resolver=Names({"inside.example": [["127.0.0.1"]]})
    )

    assert got == Failed(
        code="fetch_address_refused", data={"host": "inside.example", "address": "127.0.0.1"}
    )


@pytest.mark.parametrize("kind", ["address", "network", "any port", "name"])
def test_the_settings_may_admit_a_private_address(server: HostileServer, kind: str) -> None:
    entry = {
        "address": f"127.0.0.1:{server.port}",
        "network": f"127.0.0.0/8:{server.port}",
        "any port": "127.0.0.1:*",
        "name": f"inside.example:{server.port}",
    }[kind]

    got = fetched(
        server.url("/feed", host="inside.example"), entry, resolver=Names({"inside.example": [["127.0.0.1"]]})
    )

    assert isinstance(got, Fetched)
    assert server.asked[0].headers["host"] == f"inside.example:{server.port}"


def test_an_ipv6_address_may_be_admitted_too() -> None:
    with HostileServer(address="::1") as server:
        assert isinstance(fetched(server.url("/feed"), server.exemption), Fetched)


def test_settings_that_cannot_be_read_are_refused_at_once() -> None:
    with pytest.raises(BadSettings):
        open_web(FetchSettings(allow_private=("127.0.0.1",)))
    with pytest.raises(BadSettings):
        open_web(FetchSettings(user_agent="Curator\r\nX-Evil: 1"))


# ── names ───────────────────────────────────────────────────────────────────


def test_a_name_that_changes_its_mind_is_asked_only_once(server: HostileServer) -> None:
    with HostileServer(address="127.0.0.2") as canary:
        names = Names({"rebind.example": [["127.0.0.1"], ["127.0.0.2"]]})

        got = fetched(server.url("/feed", host="rebind.example"), server.exemption, resolver=names)

        assert isinstance(got, Fetched)
        assert names.asked == ["rebind.example"]
        assert canary.connections == 0


def test_of_several_addresses_only_the_admitted_are_tried(server: HostileServer) -> None:
    names = Names({"mixed.example": [["10.0.0.1", "::1", "127.0.0.1"]]})

    got = fetched(server.url("/feed", host="mixed.example"), server.exemption, resolver=names)

    assert isinstance(got, Fetched)


def test_an_address_that_refuses_leaves_the_next_one_to_be_tried(server: HostileServer) -> None:
    names = Names({"two.example": [["127.0.0.77", "127.0.0.1"]]})

    got = fetched(server.url("/feed", host="two.example"), "127.0.0.0/8:*", resolver=names)

    assert isinstance(got, Fetched)


def test_an_address_that_swallows_packets_leaves_time_for_the_next(server: HostileServer) -> None:
    names = Names({"two.example": [["127.0.0.3", "127.0.0.1"]]})
    with socket.create_server(("127.0.0.3", server.port), backlog=0) as full:
        # Nobody accepts: when its line is full, the system drops who comes after.
        line = [socket.socket() for _ in range(4)]
        for each in line:
            each.settimeout(0)
            each.connect_ex(full.getsockname())

        got = fetched(
            server.url("/feed", host="two.example"), "127.0.0.0/8:*", resolver=names, total_timeout=2
        )
        for each in line:
            each.close()

    assert isinstance(got, Fetched)


def test_nobody_listening_is_a_failure_to_connect(server: HostileServer) -> None:
    got = fetched(f"http://127.0.0.77:{server.port}/", "127.0.0.0/8:*")

    assert isinstance(got, Failed)
    assert got.code == "fetch_connect"
    assert got.data["host"] == "127.0.0.77"


@pytest.mark.parametrize(
    "error", [socket.gaierror(socket.EAI_NONAME, "Name or service not known"), UnicodeError("label too long")]
)
def test_a_name_that_is_not_known_is_a_failure_of_its_own(error: Exception) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise error

    got = fetched("http://nowhere.example/", resolver=unknown)

    assert isinstance(got, Failed)
    assert got.code == "fetch_dns"


def test_a_name_without_addresses_is_not_known() -> None:
    got = fetched("http://nowhere.example/", resolver=Names({"nowhere.example": [[]]}))

    assert isinstance(got, Failed)
    assert got.code == "fetch_dns"


def test_a_resolver_that_hangs_does_not_outlive_the_deadline() -> None:
    release = threading.Event()

    def hanging(*_: Any, **__: Any) -> Any:
        release.wait(10)
        return []

    got = fetched("http://slow.example/", resolver=hanging, total_timeout=0.2)
    release.set()

    assert isinstance(got, Failed)
    assert got.code == "fetch_timeout"


def test_a_resolver_that_hangs_over_one_name_answers_for_others(server: HostileServer) -> None:
    release = threading.Event()

    def slow(host: str, port: int, **_: Any) -> Any:
        if host == "slow.example":
            release.wait(10)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    settings = FetchSettings(allow_private=(server.exemption,), total_timeout=0.5, per_host_gap=0)
    web = open_web(settings, resolver=slow)

    got = [fetch(web, server.url("/feed", host=name), now=NOW) for name in ("slow.example", "quick.example")]
    release.set()
    web.close()

    assert isinstance(got[0], Failed)
    assert got[0].code == "fetch_timeout"
    assert isinstance(got[1], Fetched)


def test_names_are_asked_by_no_more_threads_than_ask_at_once(server: HostileServer) -> None:
    web = open_web(
        FetchSettings(allow_private=(server.exemption,), per_host_gap=0),
        resolver=lambda _, port, **__: [(socket.AF_INET, 0, 0, "", ("127.0.0.1", port))],
    )
    before = set(threading.enumerate())
    for number in range(20):
        fetch(web, server.url("/feed", host=f"{number}.example"), now=NOW)

    asking = [each for each in set(threading.enumerate()) - before if each.name == "names"]
    web.close()
    for each in asking:
        each.join(10)

    assert len(asking) == 1
    assert not any(each.is_alive() for each in asking)


# ── credentials ─────────────────────────────────────────────────────────────


def test_a_password_in_the_address_goes_to_its_origin_alone(server: HostileServer) -> None:
    with HostileServer(address="127.0.0.2") as other:
        server.answer("/away", status="302 Found", Location=other.url("/feed", userinfo="evil:word@"))

        got = fetched(server.url("/away", userinfo="anna:p%40ss@"), server.exemption, other.exemption)

        assert isinstance(got, Fetched)
        basic = "Basic " + base64.b64encode(b"anna:p@ss").decode()
        assert server.asked[0].headers["authorization"] == basic
        assert "authorization" not in other.asked[0].headers
        assert got.final_url == other.url("/feed")


def test_a_move_within_the_origin_keeps_the_password_and_one_away_does_not(server: HostileServer) -> None:
    with HostileServer(address="127.0.0.2") as other:
        server.answer("/away", status="301 Moved", Location=other.url("/feed"))
        allowed = (server.exemption, other.exemption)

        stays = fetched(server.url("/moved", userinfo="anna:secret@"), *allowed)
        leaves = fetched(server.url("/away", userinfo="anna:secret@"), *allowed)

        assert isinstance(stays, Fetched)
        assert isinstance(leaves, Fetched)
        assert stays.moved_to == server.url("/feed", userinfo="anna:secret@")
        assert leaves.moved_to == other.url("/feed")
        assert server.asked[1].headers["authorization"] == server.asked[0].headers["authorization"]


@pytest.mark.parametrize(
    "url",
    ["ftp://anna:secret@127.0.0.1/", "http://anna:secret@[::1/", "http://anna:secret@/", "anna:secret@host/"],
)
def test_no_failure_repeats_a_password(url: str) -> None:
    got = fetched(url)

    assert isinstance(got, Failed)
    assert "secret" not in str(got)


# ── TLS ─────────────────────────────────────────────────────────────────────


@pytest.fixture
def secure() -> Iterator[HostileServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS)
    with HostileServer(tls=context) as listening:
        yield listening


NAMES = {"secure.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]}


def test_the_certificate_is_checked_against_the_name_not_the_address(secure: HostileServer) -> None:
    good = fetched(
        secure.url("/feed", host="secure.example"), secure.exemption, resolver=Names(NAMES), trust=TLS
    )
    wrong = fetched(
        secure.url("/feed", host="other.example"), secure.exemption, resolver=Names(NAMES), trust=TLS
    )

    assert isinstance(good, Fetched)
    assert good.body == FEED
    assert isinstance(wrong, Failed)
    assert wrong.code == "fetch_tls"
    assert len(secure.asked) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: HostileServer) -> None:
    got = fetched(secure.url("/feed", host="secure.example"), secure.exemption, resolver=Names(NAMES))

    assert isinstance(got, Failed)
    assert got.code == "fetch_tls"
    assert secure.asked == []


def test_a_server_that_speaks_no_tls_is_left_in_time(server: HostileServer) -> None:
    url = server.url("/feed").replace("http:", "https:")

    got = fetched(url, server.exemption, total_timeout=0.3)

    assert isinstance(got, Failed)
    assert got.code == "fetch_timeout"


# ── many at once ────────────────────────────────────────────────────────────


def test_one_web_serves_many_threads(server: HostileServer) -> None:
    settings = FetchSettings(allow_private=(server.exemption,), per_host_gap=0, total_timeout=30)
    web = open_web(settings)
    outcomes: list[Fetch] = []

    def work(path: str) -> None:
        outcomes.append(fetch(web, server.url(path), now=NOW))

    crowd = [threading.Thread(target=work, args=(("/feed", "/gzip", "/moved")[n % 3],)) for n in range(30)]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    web.close()

    assert [each.body for each in outcomes if isinstance(each, Fetched)] == [FEED] * 30
