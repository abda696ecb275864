"""Which hub a feed names, and how a request reaches it."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from builders import NOW
from curator.edges.http import NoCookies
from curator.fetch import HostGate, Web, post
from curator.fetch.headers import linked
from curator.ingest.feeds.parse import parse
from curator.ingest.hubs import back_off
from curator.ingest.websub import signed
from curator.model import Failed, ParsedFeed
from curator.settings import FetchSettings

FEED = httpx2.URL("https://blog.example/feed")


@pytest.mark.parametrize(
    ("said", "hub", "topic"),
    [
        (['<https://hub.example/>; rel="hub", <https://blog.example/f>; rel="self"'], "hub", "f"),
        (["<https://hub.example/>; rel=hub", "<https://blog.example/f>;REL=Self"], "hub", "f"),
        (['<https://hub.example/>; title="a, b; rel=self"; rel="alternate hub"'], "hub", None),
        (['<//hub.example/>; rel="hub"', '</f>; rel="self"'], "hub", "f"),
        (['<javascript:alert(1)>; rel="hub"', "<ftp://hub.example/>; rel=hub", "<>; rel"], None, None),
        (["<https://hub.example/>; rel=github", ";;;,,,<<>>"], None, None),
        ([], None, None),
    ],
)
def test_a_header_names_hub_and_topic(said: list[str], hub: str | None, topic: str | None) -> None:
    headers = httpx2.Headers([("Link", value) for value in said])

    assert linked(headers, "hub", base=FEED) == (hub and "https://hub.example/")
    assert linked(headers, "self", base=FEED) == (topic and "https://blog.example/f")


@pytest.mark.parametrize(
    "body",
    [
        (
            b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><id>i</id>'
            b'<link rel="hub" href="https://hub.example/"/><link rel="self" href="/f"/></feed>'
        ),
        (
            b'<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><title>t</title>'
            b'<a:link rel="hub" href="https://hub.example/"/><a:link rel="self" href="/f"/></channel></rss>'
        ),
        (
            b'{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [], '
            b'"feed_url": "/f", "hubs": [{"type": "WebSub", "url": "https://hub.example/"}]}'
        ),
    ],
)
def test_a_document_names_hub_and_topic(body: bytes) -> None:
    read = parse(body, content_type=None, url=str(FEED), now=NOW)

    assert isinstance(read, ParsedFeed)
    assert (read.hub_url, read.topic_url) == ("https://hub.example/", "https://blog.example/f")


# ── posting ─────────────────────────────────────────────────────────────────


def web_of(answer: Callable[[httpx2.Request], httpx2.Response]) -> Web:
    client = httpx2.Client(transport=httpx2.MockTransport(answer), cookies=NoCookies(), trust_env=False)
    return Web(client, HostGate(0), FetchSettings())


def moving(*locations: str, status: int = 307) -> tuple[Web, list[httpx2.Request]]:
    """A service that sends whoever asks from one place to the next."""
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        if len(asked) <= len(locations):
            return httpx2.Response(status, headers={"Location": locations[len(asked) - 1]})
        return httpx2.Response(202, stream=httpx2.ByteStream(b"taken"))

    return web_of(answer), asked


@pytest.mark.parametrize("status", [307, 308])
def test_a_request_is_made_again_where_the_service_has_gone(status: int) -> None:
    web, asked = moving("/there", "https://else.example/", status=status)

    answer = post(web, "https://me:secret@hub.example/", body=b"a=1", headers={"X-A": "1"}, redirects=5)

    assert answer == b"taken"
    assert [(str(each.url.copy_with(userinfo=b"")), each.read()) for each in asked] == [
        ("https://hub.example/", b"a=1"),
        ("https://hub.example/there", b"a=1"),
        ("https://else.example/", b"a=1"),
    ]
    assert "authorization" not in asked[2].headers


@pytest.mark.parametrize(
    ("locations", "redirects", "code"),
    [
        (["http://hub.example/"], 5, "fetch_scheme"),  # what is posted may be a secret
        (["gopher://hub.example/"], 5, "fetch_scheme"),
        (["/a", "/b", "/c"], 2, "fetch_http_status"),
        (["/a"], 0, "fetch_http_status"),
    ],
)
def test_a_request_is_not_led_just_anywhere(locations: list[str], redirects: int, code: str) -> None:
    web, asked = moving(*locations)

    answer = post(web, "https://hub.example/", body=b"a=1", headers={}, redirects=redirects)

    assert isinstance(answer, Failed)
    assert answer.code == code
    assert len(asked) == min(redirects, len(locations) - 1) + 1


def test_a_303_is_no_leave_to_post_again() -> None:
    web, asked = moving("/there", status=303)

    answer = post(web, "https://hub.example/", body=b"a=1", headers={}, redirects=5)

    assert isinstance(answer, Failed)
    assert len(asked) == 1


# ── thinking ────────────────────────────────────────────────────────────────


def test_a_hub_that_fails_is_asked_after_ever_longer_times() -> None:
    delays = [back_off(NOW, failures=n, jitter=0) - NOW for n in (1, 2, 3, 10, 10_000)]

    assert delays == [*(timedelta(minutes=m) for m in (5, 10, 20)), *2 * [timedelta(days=1)]]
    assert back_off(NOW, failures=1, jitter=1) - NOW == timedelta(minutes=6, seconds=15)


def test_a_signature_is_of_this_secret_and_this_body_alone() -> None:
    # §7.1: HMAC with the secret as key and the body as data, in hexadecimal digits of either case.
    right = "sha1=" + hmac.new(b"secret", b"body", "sha1").hexdigest()

    assert signed("secret", right, b"body")
    assert signed("secret", "sha1=" + right[5:].upper(), b"body")
    assert not signed("secret", right, b"body ")
    assert not signed("Secret", right, b"body")
    assert not signed("secret", right.replace("sha1", "sha256"), b"body")
    assert not signed("secret", None, b"body")
