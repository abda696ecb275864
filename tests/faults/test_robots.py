"""What a site can do with its robots.txt, and whether its pages are read then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from curator.edges.http import open_web
from curator.fetch import Web, allowed
from curator.model import Failed
from curator.settings import FetchSettings
from hostile import HostileServer

NOW = datetime(2026, 9, 7, 9, 0, tzinfo=UTC)
NO = b"User-agent: *\nDisallow: /private\n"


@pytest.fixture
def web(server: HostileServer) -> Iterator[Web]:
    settings = FetchSettings(allow_private=(server.exemption,), per_host_gap=0, total_timeout=2)
    opened = open_web(settings)
    yield opened
    opened.close()


def failure(outcome: bool | Failed) -> str:  # noqa: FBT001 - what `allowed` says
    assert isinstance(outcome, Failed), outcome
    return outcome.code


def test_the_site_is_asked_once_for_all_its_pages(web: Web, server: HostileServer) -> None:
    server.answer("/robots.txt", NO)

    assert allowed(web, server.url("/public"), now=NOW) is True
    assert allowed(web, server.url("/private?x", userinfo="anna:word@"), now=NOW) is False
    assert server.paths == ["/robots.txt"]
    assert "authorization" not in server.asked[0].headers


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone", "401 Unauthorized", "403 Forbidden"])
def test_a_site_that_has_none_forbids_nothing(web: Web, server: HostileServer, status: str) -> None:
    server.answer("/robots.txt", NO, status=status)

    assert allowed(web, server.url("/private"), now=NOW) is True


@pytest.mark.parametrize(
    ("like", "code"),
    [
        ("/500", "fetch_http_status"),
        ("/503", "fetch_http_status"),
        ("/no-reply", "fetch_protocol"),
        ("/silent", "fetch_timeout"),
        ("/length-truncated", "fetch_truncated"),
        ("/endless-body", "fetch_too_large"),
        ("/gzip-bomb", "fetch_too_large"),
    ],
)
def test_a_site_that_cannot_say_is_left_alone(web: Web, server: HostileServer, like: str, code: str) -> None:
    server.behaviours["/robots.txt"] = server.behaviours[like]

    assert failure(allowed(web, server.url("/public"), now=NOW)) == code


def test_five_redirects_are_followed_and_more_are_taken_for_none(web: Web, server: HostileServer) -> None:
    server.answer("/robots.txt", status="302 Found", Location="/1")
    for step in range(1, 5):
        server.answer(f"/{step}", status="301 Moved", Location=f"/{step + 1}")
    server.answer("/5", NO)

    assert allowed(web, server.url("/private"), now=NOW) is False

    server.answer("/5", status="302 Found", Location="/6")
    server.answer("/6", NO)

    assert allowed(web, server.url("/private"), now=NOW + timedelta(days=2)) is True


def test_a_redirect_leads_to_no_private_address(web: Web, server: HostileServer) -> None:
    with HostileServer(address="127.0.0.2") as canary:
        server.answer("/robots.txt", status="302 Found", Location=canary.url("/robots.txt"))

        assert failure(allowed(web, server.url("/public"), now=NOW)) == "fetch_address_refused"
        assert canary.connections == 0


@pytest.mark.parametrize(
    ("said", "still", "no_longer"),
    [
        ({}, timedelta(hours=23), timedelta(hours=25)),
        ({"Cache_Control": "max-age=7200"}, timedelta(hours=1), timedelta(hours=3)),
        ({"Cache_Control": "max-age=604800"}, timedelta(hours=23), timedelta(hours=25)),
        ({"Cache_Control": "max-age=0"}, timedelta(minutes=9), timedelta(minutes=11)),
    ],
)
def test_what_was_said_holds_for_a_day_at_most(
    web: Web, server: HostileServer, said: dict[str, str], still: timedelta, no_longer: timedelta
) -> None:
    server.answer("/robots.txt", NO, **said)
    allowed(web, server.url("/a"), now=NOW)

    allowed(web, server.url("/a"), now=NOW + still)
    assert len(server.asked) == 1
    allowed(web, server.url("/a"), now=NOW + no_longer)
    assert len(server.asked) == 2


def test_an_old_word_holds_while_there_is_no_new_one(web: Web, server: HostileServer) -> None:
    server.answer("/robots.txt", NO)
    allowed(web, server.url("/a"), now=NOW)
    server.answer("/robots.txt", b"oops", status="500 Oops")

    later = NOW + timedelta(days=2)

    assert allowed(web, server.url("/private"), now=later) is False
    assert allowed(web, server.url("/public"), now=later) is True


def test_a_site_that_is_down_is_not_asked_for_each_of_its_pages(web: Web, server: HostileServer) -> None:
    server.answer("/robots.txt", b"oops", status="500 Oops")
    for page in range(5):
        allowed(web, server.url(f"/{page}"), now=NOW)

    assert len(server.asked) == 1
    server.answer("/robots.txt", NO)
    assert allowed(web, server.url("/a"), now=NOW + timedelta(minutes=11)) is True


@pytest.mark.parametrize("url", ["ftp://x/", "http://[::1/", "mailto:a@b.example", ""])
def test_what_is_no_address_is_not_allowed(web: Web, url: str) -> None:
    assert failure(allowed(web, url, now=NOW)).startswith("fetch_")
