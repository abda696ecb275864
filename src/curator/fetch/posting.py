"""One POST: to a service that the settings name, or to a hub that a feed names."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime

import httpx2

from curator.fetch.following import DEADLINE, Web, translated
from curator.fetch.headers import retry_after
from curator.fetch.stopping import CannotFetch, shown
from curator.fetch.unpacking import unpacked
from curator.fetch.urls import bare, host_of, read_url
from curator.model import Failed

RESENT = frozenset({307, 308})
"""RFC 9110 §15.4: after these the same request is made again, after others it would be a GET."""


def post(
    web: Web,
    url: str,
    *,
    body: bytes,
    headers: Mapping[str, str],
    redirects: int = 0,
    now: datetime | None = None,
) -> bytes | Failed:
    """What the service answered, whole and within the limits of `web`; so many 307 and 308 are followed.

    With `now`, a refusal says when the service wants to be asked again.
    """
    try:
        return _followed(web, read_url(url), body, headers, redirects=redirects, now=now)
    except CannotFetch as stop:
        return stop.failed


def _followed(
    web: Web,
    url: httpx2.URL,
    body: bytes,
    headers: Mapping[str, str],
    *,
    redirects: int,
    now: datetime | None,
) -> bytes:
    deadline = time.monotonic() + web.limits.total_timeout
    answer = _post(web, url, body, headers, deadline=deadline, follow=redirects > 0, now=now)
    while not isinstance(answer, bytes):
        redirects -= 1
        answer = _post(web, answer, body, headers, deadline=deadline, follow=redirects > 0, now=now)
    return answer


def _post(
    web: Web,
    url: httpx2.URL,
    body: bytes,
    headers: Mapping[str, str],
    *,
    deadline: float,
    follow: bool,
    now: datetime | None,
) -> bytes | httpx2.URL:
    """The answer, or where else to ask for it."""
    host = host_of(url)
    asked = {"User-Agent": web.limits.user_agent, "Accept-Encoding": "gzip", **headers}
    with translated(host, web.limits, broken="fetch_protocol"):
        request = web.client.build_request(
            "POST", url, content=body, headers=asked, extensions={DEADLINE: deadline}
        )
        response = web.client.send(request, stream=True)
    status = response.status_code
    try:
        if follow and status in RESENT and "location" in response.headers:
            return _elsewhere(url, response.headers["location"])
        if status // 100 != 2:  # noqa: PLR2004 - a class of status codes (RFC 9110 §15)
            raise CannotFetch(
                "fetch_http_status",
                host=host,
                status=status,
                http_status=status,
                retry_after=retry_after(response.headers, now=now) if now else None,
            )
        with translated(host, web.limits, broken="fetch_truncated", http_status=status):
            return unpacked(response, host=host, limit=web.limits.max_bytes)
    finally:
        with translated(host, web.limits, broken="fetch_protocol"):
            response.close()


def _elsewhere(url: httpx2.URL, location: str) -> httpx2.URL:
    target = bare(read_url(location, base=url))
    if url.scheme == "https" and target.scheme != "https":  # what is posted may be a secret
        raise CannotFetch("fetch_scheme", url=shown(location), scheme=target.scheme)
    return target
