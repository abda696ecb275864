"""What a server can do to a fetch, and what must come of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from curator.edges.http import open_web
from curator.fetch import Web, fetch
from curator.model import Failed, Fetched, Gone, NotModified, Validators
from curator.settings import FetchSettings
from hostile import FEED, PACKED, HostileServer

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)


def limits(server: HostileServer, **changes: Any) -> FetchSettings:
    chosen: dict[str, Any] = {
        "allow_private": (server.exemption,),
        "total_timeout": 10,
        "max_bytes": 100_000,
        "per_host_gap": 0,
    }
    return FetchSettings(**chosen | changes)


@pytest.fixture
def web(server: HostileServer) -> Iterator[Web]:
    opened = open_web(limits(server))
    yield opened
    opened.close()


@pytest.fixture
def hasty(server: HostileServer) -> Iterator[Web]:
    opened = open_web(limits(server, total_timeout=0.5))
    yield opened
    opened.close()


def failure(outcome: object) -> str:
    assert isinstance(outcome, Failed), outcome
    return outcome.code


# ── bodies ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/feed", "/gzip", "/gzip-members", "/gzip-padded"])
def test_an_honest_body_arrives_whole(web: Web, server: HostileServer, path: str) -> None:
    got = fetch(web, server.url(path), now=NOW)

    assert isinstance(got, Fetched)
    assert got.body == FEED
    assert got.content_type == "application/rss+xml"
    assert got.url == got.final_url == server.url(path)


def test_only_the_declared_layer_of_gzip_is_taken_off(web: Web, server: HostileServer) -> None:
    got = fetch(web, server.url("/gzip-in-gzip"), now=NOW)

    assert isinstance(got, Fetched)
    assert got.body == PACKED


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/gzip-bomb", "fetch_too_large"),
        ("/packed-nothing", "fetch_too_large"),
        ("/endless-body", "fetch_too_large"),
        ("/endless-chunks", "fetch_too_large"),
        ("/huge-length", "fetch_too_large"),
        ("/gzip-truncated", "fetch_truncated"),
        ("/gzip-empty", "fetch_truncated"),
        ("/length-truncated", "fetch_truncated"),
        ("/chunked-truncated", "fetch_truncated"),
        ("/chunked-garbage", "fetch_truncated"),
        ("/partial", "fetch_truncated"),
        ("/gzip-corrupt", "fetch_gzip"),
        ("/gzip-not", "fetch_gzip"),
        ("/gzip-many-members", "fetch_gzip"),
        ("/gzip-twice-declared", "fetch_encoding"),
        ("/encoding-br", "fetch_encoding"),
        ("/encoding-deflate", "fetch_encoding"),
        ("/encoding-nonsense", "fetch_encoding"),
        ("/no-reply", "fetch_protocol"),
        ("/garbage", "fetch_protocol"),
        ("/header-garbage", "fetch_protocol"),
        ("/header-nul", "fetch_protocol"),
        ("/header-huge", "fetch_protocol"),
        ("/endless-continue", "fetch_protocol"),
        ("/two-lengths", "fetch_protocol"),
        ("/status-nonsense", "fetch_http_status"),
        ("/upgrade", "fetch_protocol"),
        ("/401", "fetch_http_status"),
        ("/403", "fetch_http_status"),
        ("/500", "fetch_http_status"),
        ("/nothing-there", "fetch_http_status"),
    ],
)
def test_a_bad_answer_is_a_failure_with_its_own_name(
    web: Web, server: HostileServer, path: str, code: str
) -> None:
    assert failure(fetch(web, server.url(path), now=NOW)) == code


@pytest.mark.parametrize("path", ["/slow-headers", "/slow-body", "/silent"])
def test_a_server_that_never_finishes_is_left(hasty: Web, server: HostileServer, path: str) -> None:
    assert failure(fetch(hasty, server.url(path), now=NOW)) == "fetch_timeout"


@pytest.mark.parametrize("room", [len(FEED), len(FEED) - 1])
@pytest.mark.parametrize("path", ["/feed", "/gzip"])
def test_the_limit_counts_unpacked_bytes_exactly(server: HostileServer, path: str, room: int) -> None:
    web = open_web(limits(server, max_bytes=room))

    got = fetch(web, server.url(path), now=NOW)
    web.close()

    assert isinstance(got, Fetched) if room == len(FEED) else failure(got) == "fetch_too_large"


@pytest.mark.parametrize("path", ["/empty", "/no-content"])
def test_an_empty_body_is_for_the_reader_to_judge(web: Web, server: HostileServer, path: str) -> None:
    got = fetch(web, server.url(path), now=NOW)

    assert isinstance(got, Fetched)
    assert got.body == b""


# ── conditions ──────────────────────────────────────────────────────────────


def test_validators_come_back_as_they_were_received(web: Web, server: HostileServer) -> None:
    first = fetch(web, server.url("/etag"), now=NOW)
    assert isinstance(first, Fetched)
    second = fetch(web, server.url("/etag"), validators=first.validators, now=NOW)

    assert second == NotModified()
    assert server.asked[1].headers["if-none-match"] == '"v1"'
    assert server.asked[1].headers["if-modified-since"] == "Tue, 01 Sep 2026 10:00:00 GMT"


def test_bytes_beyond_ascii_survive_in_an_etag(web: Web, server: HostileServer) -> None:
    first = fetch(web, server.url("/etag-latin1"), now=NOW)
    assert isinstance(first, Fetched)
    fetch(web, server.url("/etag-latin1"), validators=first.validators, now=NOW)

    assert server.asked[1].headers["if-none-match"] == '"caff\xe8"'


def test_an_etag_too_long_to_be_sent_back_is_not_kept(web: Web, server: HostileServer) -> None:
    got = fetch(web, server.url("/etag-huge"), now=NOW)

    assert isinstance(got, Fetched)
    assert got.validators == Validators()


@pytest.mark.parametrize("etag", ["a\r\nX-Evil: 1", "…", "\ud800", "\x00"])
def test_a_validator_that_no_header_can_hold_is_not_sent(web: Web, server: HostileServer, etag: str) -> None:
    got = fetch(web, server.url("/feed"), validators=Validators(etag=etag), now=NOW)

    assert isinstance(got, Fetched)
    assert "if-none-match" not in server.asked[0].headers


def test_a_lying_etag_still_brings_the_new_body(web: Web, server: HostileServer) -> None:
    first = fetch(web, server.url("/lying-etag"), now=NOW)
    second = fetch(web, server.url("/lying-etag"), validators=Validators(etag='"same"'), now=NOW)

    assert isinstance(first, Fetched)
    assert isinstance(second, Fetched)
    assert first.body != second.body


def test_not_modified_without_a_condition_is_a_failure(web: Web, server: HostileServer) -> None:
    assert failure(fetch(web, server.url("/304-always"), now=NOW)) == "fetch_unasked_304"


def test_nothing_but_gzip_is_offered_and_no_cookie_kept(web: Web, server: HostileServer) -> None:
    fetch(web, server.url("/cookie"), now=NOW)
    fetch(web, server.url("/cookie"), now=NOW)

    headers = server.asked[1].headers
    assert headers["accept-encoding"] == "gzip"
    assert headers["user-agent"] == FetchSettings().user_agent
    assert "atom" in headers["accept"]
    assert "cookie" not in headers


# ── statuses that say when to come back ─────────────────────────────────────


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable", "500 Oops"])
@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        ("-5", timedelta()),
        ("999999999999999999", timedelta(days=7)),
        ("9" * 5000, timedelta(days=7)),
        (format_datetime(NOW + timedelta(minutes=5), usegmt=True), timedelta(minutes=5)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", timedelta()),
        ("Fri, 31 Dec 9999 23:59:59 GMT", timedelta(days=7)),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("soon", None),
        ("1e9", None),
        ("\xb2", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_all_its_shapes(
    web: Web, server: HostileServer, status: str, value: str, wait: timedelta | None
) -> None:
    server.answer("/busy", b"later", status=status, Retry_After=value)

    got = fetch(web, server.url("/busy"), now=NOW)

    assert isinstance(got, Failed)
    assert got.http_status == int(status[:3])
    assert got.retry_after == wait


@pytest.mark.parametrize(
    ("headers", "age"),
    [
        ({"Cache_Control": "public, max-age=600"}, timedelta(minutes=10)),
        ({"Cache_Control": 'Max-Age="600"'}, timedelta(minutes=10)),
        ({"Cache_Control": "max-age=99999999999999"}, timedelta(days=7)),
        ({"Cache_Control": "max-age=-1"}, timedelta()),
        ({"Cache_Control": "s-maxage=600"}, None),
        ({"Cache_Control": "no-cache, max-age=600"}, None),
        ({"Cache_Control": "max-age=600", "Expires": "0"}, timedelta(minutes=10)),
        ({"Expires": "Mon, 07 Sep 2026 10:00:00 GMT"}, timedelta(hours=1)),
        (
            {"Expires": "Mon, 07 Sep 2026 10:00:00 GMT", "Date": "Mon, 07 Sep 2026 09:50:00 GMT"},
            timedelta(minutes=10),
        ),
        ({"Expires": "-1"}, None),
        ({}, None),
    ],
)
def test_the_answer_says_how_long_it_is_fresh(
    web: Web, server: HostileServer, headers: dict[str, str], age: timedelta | None
) -> None:
    server.answer("/cached", FEED, **headers)

    got = fetch(web, server.url("/cached"), now=NOW)

    assert isinstance(got, Fetched)
    assert got.max_age == age


# ── redirects ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "moved"),
    [
        ("/moved", True),
        ("/moved-twice", True),
        ("/moved-for-now", False),
        ("/found", False),
        ("/found-moved", False),
        ("/see-other", False),
        ("/temporary", False),
        ("/feed", False),
    ],
)
def test_only_a_move_for_good_at_every_hop_is_a_move(
    web: Web, server: HostileServer, path: str, *, moved: bool
) -> None:
    got = fetch(web, server.url(path), now=NOW)

    assert isinstance(got, Fetched)
    assert got.final_url == server.url("/feed")
    assert got.moved_to == (server.url("/feed") if moved else None)


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/loop", "fetch_redirects"),
        ("/loop-a", "fetch_redirects"),
        ("/endless-chain", "fetch_redirects"),
        ("/redirect-nowhere", "fetch_http_status"),
        ("/redirect-invalid", "fetch_url_invalid"),
        ("/redirect-file", "fetch_scheme"),
        ("/redirect-gopher", "fetch_scheme"),
        ("/redirect-data", "fetch_scheme"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_a_failure(
    web: Web, server: HostileServer, path: str, code: str
) -> None:
    assert failure(fetch(web, server.url(path), now=NOW)) == code


def test_as_many_hops_as_the_settings_allow_and_no_more(server: HostileServer) -> None:
    web = open_web(limits(server, max_redirects=3))

    fetch(web, server.url("/endless-chain"), now=NOW)
    web.close()

    assert len(server.asked) == 1 + 3


def test_a_chain_of_exactly_the_limit_arrives(server: HostileServer) -> None:
    web = open_web(limits(server, max_redirects=1))

    got = fetch(web, server.url("/moved"), now=NOW)
    web.close()

    assert isinstance(got, Fetched)


def test_gone_ends_it_but_not_behind_a_temporary_redirect(web: Web, server: HostileServer) -> None:
    assert fetch(web, server.url("/gone"), now=NOW) == Gone()
    assert fetch(web, server.url("/moved-to-gone"), now=NOW) == Gone()
    assert failure(fetch(web, server.url("/found-gone"), now=NOW)) == "fetch_http_status"
