"""One GET with its redirects, which are followed by hand.

Each hop waits for its turn at its host, has its address checked by the
transport (edges/http.py), and may or may not be for good.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import httpx2

from curator.fetch.gate import HostGate
from curator.fetch.headers import (
    WORDPRESS_API,
    asked_of_robots,
    conditions_of,
    counted,
    credentials,
    general,
    linked,
    max_age,
    retry_after,
    validators_of,
)
from curator.fetch.rules import KnownRules, product_token
from curator.fetch.stopping import CannotFetch, shown
from curator.fetch.unpacking import unpacked
from curator.fetch.urls import bare, host_of, new_address, read_url
from curator.model import Failed, Fetch, Fetched, Gone, NotModified, Validators
from curator.settings import FetchSettings

DEADLINE = "deadline"
"""Request extension: the monotonic instant at which the transport gives up, whatever it is doing."""
MOST_BYTES = "most_bytes"
"""Request extension: of the body unpacked; what the transport may take of it packed follows from that."""
WHOLE_ERRORS = "whole_errors"
"""Request extension: whether the body of an answer that is no success is wanted, too."""
PERMANENT = frozenset({301, 308})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Web:
    """What every fetch of this process shares; made by `edges.http.open_web`. Safe from any thread."""

    client: httpx2.Client
    gate: HostGate
    limits: FetchSettings
    robots: KnownRules = field(default_factory=KnownRules)

    def close(self) -> None:
        self.client.close()


UNCONDITIONAL = Validators()


def fetch(web: Web, url: str, *, validators: Validators = UNCONDITIONAL, now: datetime) -> Fetch:
    """GET `url` within the limits of `web`.

    The total time-out spans all hops, headers and body, not the wait for a
    host's turn. `url` may be anything a person or a feed can write.
    """
    try:
        return _follow(web, read_url(url), url=url, validators=validators, now=now)
    except CannotFetch as stop:
        return stop.failed


def _follow(web: Web, start: httpx2.URL, *, url: str, validators: Validators, now: datetime) -> Fetch:
    conditions = conditions_of(validators)
    deadline = time.monotonic() + web.limits.total_timeout
    target, seen, permanent = start, {bare(start)}, True
    while True:
        joined = time.monotonic()
        with web.gate.turn(host_of(target)):
            deadline += time.monotonic() - joined
            headers = [*general(web.limits.user_agent), *conditions, *credentials(start, target)]
            with answer_of(web, target, headers=headers, deadline=deadline) as response:
                if not _is_redirect(response):
                    moved_to = new_address(start, target) if permanent and target is not start else None
                    return _outcome(
                        web.limits,
                        response,
                        url=url,
                        asked=bool(conditions),
                        permanent=permanent,
                        moved_to=moved_to,
                        now=now,
                    )
                permanent = permanent and response.status_code in PERMANENT
                target = read_url(response.headers["location"], base=target)
        # We keep no cookies, so an address that comes back will come back for ever.
        if bare(target) in seen or len(seen) > web.limits.max_redirects:
            raise CannotFetch("fetch_redirects", host=host_of(start), limit=web.limits.max_redirects)
        seen.add(bare(target))


def _is_redirect(response: httpx2.Response) -> bool:
    return response.status_code in REDIRECTS and "location" in response.headers


_NO_CONTENT = httpx2.ByteStream(b"")
_AS_IT_IS = httpx2.Auth()


@contextmanager
def answer_of(
    web: Web,
    target: httpx2.URL,
    *,
    headers: list[tuple[bytes, bytes]],
    deadline: float,
    method: str = "GET",
) -> Iterator[httpx2.Response]:
    """The response with its body still on the wire; closed afterwards, read or not."""
    host = host_of(target)
    with translated(host, web.limits, broken="fetch_protocol"):
        url = bare(target)
        # Made here, not by the client: that would merge it with defaults of its own, for a third of the time.
        request = httpx2.Request(
            method,
            url,
            headers=[(b"Host", url.netloc), *headers],
            stream=_NO_CONTENT,
            extensions={DEADLINE: deadline, MOST_BYTES: web.limits.max_bytes},
        )
        response = web.client.send(request, stream=True, auth=_AS_IT_IS)
    try:
        yield response
    finally:
        with translated(host, web.limits, broken="fetch_protocol"):
            response.close()


def _outcome(
    limits: FetchSettings,
    response: httpx2.Response,
    *,
    url: str,
    asked: bool,
    permanent: bool,
    moved_to: str | None,
    now: datetime,
) -> Fetch:
    status, host = response.status_code, host_of(response.url)
    match status:
        case 304 if asked:
            return NotModified(max_age=max_age(response.headers, now=now), moved_to=moved_to)
        case 304:
            return Failed(code="fetch_unasked_304", data={"host": host}, http_status=status)
        case 410 if permanent:  # behind a temporary redirect it says nothing about the address we know
            return Gone()
        case 206:
            return Failed(code="fetch_truncated", data={"host": host}, http_status=status)
        case _ if 200 <= status < 300:  # noqa: PLR2004 - a class of status codes (RFC 9110 §15)
            with translated(host, limits, broken="fetch_truncated", http_status=status):
                body = unpacked(response, host=host, limit=limits.max_bytes)
            return Fetched(
                url=url,
                final_url=str(response.url),
                http_status=status,
                content_type=response.headers.get("content-type"),
                body=body,
                validators=validators_of(response.headers),
                moved_to=moved_to,
                max_age=max_age(response.headers, now=now),
                hub_url=linked(response.headers, "hub", base=response.url),
                topic_url=linked(response.headers, "self", base=response.url),
                opt_outs=asked_of_robots(response.headers, agent=product_token(limits.user_agent)),
                api_url=linked(response.headers, WORDPRESS_API, base=response.url),
                total=counted(response.headers),
            )
        case _:
            return Failed(
                code="fetch_http_status",
                data={"host": host, "status": status},
                http_status=status,
                retry_after=retry_after(response.headers, now=now),
            )


@contextmanager
def translated(
    host: str, limits: FetchSettings, *, broken: str, http_status: int | None = None
) -> Iterator[None]:
    """No exception of the client, of the system or of a codec passes. `broken` names a malformed message."""
    try:
        yield
    except httpx2.ConnectTimeout as error:
        seconds = min(limits.connect_timeout, limits.total_timeout)
        raise CannotFetch("fetch_timeout", host=host, seconds=seconds) from error
    except httpx2.TimeoutException as error:
        raise CannotFetch(
            "fetch_timeout", host=host, seconds=limits.total_timeout, http_status=http_status
        ) from error
    except httpx2.ConnectError as error:
        raise CannotFetch("fetch_connect", host=host, why=shown(str(error))) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        # ValueError: the client prepares the next hop although we follow none, and trips over `//user@`.
        raise CannotFetch(broken, host=host, why=shown(str(error)), http_status=http_status) from error
