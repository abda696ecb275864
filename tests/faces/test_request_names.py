"""Each request of `serve` has a name, in its answer and in the log, and no stranger chooses it."""

from __future__ import annotations

import http.client
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

import pytest
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from answering import answering
from curator.faces import logs
from curator.settings import Settings
from curator.store import Store

NO_HEADERS: Mapping[str, str] = {}


def ask(
    settings: Settings, path: str, headers: Mapping[str, str] = NO_HEADERS
) -> tuple[int, str | None, str]:
    """Status, the request's name, and the body."""
    where = urlsplit(settings.serve.public_url or "")
    line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    try:
        line.request("GET", path, headers=dict(headers))
        answer = line.getresponse()
        return answer.status, answer.getheader("X-Request-ID"), answer.read().decode()
    finally:
        line.close()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure("json")
    yield stream
    structlog.reset_defaults()


def events(said: io.StringIO) -> list[tuple[str, str]]:
    lines = [json.loads(line) for line in said.getvalue().splitlines()]
    return [(line["event"], line["request"]) for line in lines]


async def fails(_request: Request) -> Response:
    raise ValueError("a secret: reader@example.org")


def test_what_went_wrong_is_found_in_the_log_by_what_the_reader_was_told(
    sqlite_store: Store, said: io.StringIO
) -> None:
    with answering(sqlite_store, routes=[Route("/fails", fails)]) as settings:
        status, name, body = ask(settings, "/fails")
        other = ask(settings, "/fails")[1]

    assert (status, body) == (500, f"Internal Server Error (request {name})")
    assert re.fullmatch("[0-9a-f]{16}", name or "")
    assert name != other
    assert [event for event, of in events(said) if of == name] == ["request_failed", "request"]


@pytest.mark.parametrize("path", ["/subscribe/it", "/websub/x"])
def test_a_reader_is_told_what_to_quote_while_the_database_is_away(
    sqlite_store: Store, said: io.StringIO, path: str
) -> None:
    assert sqlite_store.path
    sqlite_store.close()
    sqlite_store.path.unlink()
    sqlite_store.path.mkdir()
    with answering(sqlite_store) as settings:
        status, name, body = ask(settings, path)

    assert status == 503
    assert name
    assert name in body
    assert events(said) == [("request_failed", name), ("request", name)]


GIVEN = "0b5c2e9a-7d41-4e0f-8a55-1f2e3d4c5b6a"


@pytest.mark.parametrize(
    ("trusted", "given", "taken"),
    [
        (("127.0.0.1",), GIVEN, True),
        ((), GIVEN, False),
        (("192.0.2.0/24",), GIVEN, False),
        (("127.0.0.1",), "short", False),
        (("127.0.0.1",), "x" * 65, False),
        (("127.0.0.1",), "reader@example.org", False),
        (("127.0.0.1",), "0b5c2e9a event=forged", False),
    ],
)
def test_only_a_proxy_that_is_trusted_names_a_request_and_only_harmlessly(
    sqlite_store: Store, said: io.StringIO, trusted: tuple[str, ...], given: str, *, taken: bool
) -> None:
    headers = {"X-Request-ID": given, "X-Forwarded-For": "203.0.113.9"}
    with answering(sqlite_store, trusted_proxies=trusted) as settings:
        _, name, _ = ask(settings, "/websub/x", headers)

    assert events(said) == [("request", name)]
    assert (name == given) is taken


async def logs_in_a_thread(_request: Request) -> Response:
    from starlette.concurrency import run_in_threadpool

    await run_in_threadpool(structlog.get_logger().warning, "library_warned")
    return Response("done")


def test_what_a_thread_does_for_a_request_has_its_name_and_no_other_request_does(
    sqlite_store: Store, said: io.StringIO
) -> None:
    routes = [Route("/logs", logs_in_a_thread), Route("/other", fails)]
    with answering(sqlite_store, routes=routes) as settings:
        first, second = ask(settings, "/logs")[1], ask(settings, "/other")[1]

    told = events(said)
    assert [event for event, of in told if of == first] == ["library_warned", "request"]
    assert [event for event, of in told if of == second] == ["request_failed", "request"]
