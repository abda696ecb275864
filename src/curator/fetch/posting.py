"""One POST to a service that the settings name: its address is the operator's own."""

from __future__ import annotations

import time
from collections.abc import Mapping

import httpx2

from curator.fetch.following import DEADLINE, Web, translated
from curator.fetch.stopping import CannotFetch
from curator.fetch.unpacking import unpacked
from curator.fetch.urls import host_of, read_url
from curator.model import Failed


def post(web: Web, url: str, *, body: bytes, headers: Mapping[str, str]) -> bytes | Failed:
    """What the service answered, whole and within the limits of `web`. Redirects are not followed."""
    try:
        return _post(web, read_url(url), body, headers)
    except CannotFetch as stop:
        return stop.failed


def _post(web: Web, url: httpx2.URL, body: bytes, headers: Mapping[str, str]) -> bytes:
    host = host_of(url)
    deadline = time.monotonic() + web.limits.total_timeout
    asked = {"User-Agent": web.limits.user_agent, "Accept-Encoding": "gzip", **headers}
    with translated(host, web.limits, broken="fetch_protocol"):
        request = web.client.build_request(
            "POST", url, content=body, headers=asked, extensions={DEADLINE: deadline}
        )
        response = web.client.send(request, stream=True)
    status = response.status_code
    try:
        if status // 100 != 2:  # noqa: PLR2004 - a class of status codes (RFC 9110 §15)
            raise CannotFetch("fetch_http_status", host=host, status=status, http_status=status)
        with translated(host, web.limits, broken="fetch_truncated", http_status=status):
            return unpacked(response, host=host, limit=web.limits.max_bytes)
    finally:
        with translated(host, web.limits, broken="fetch_protocol"):
            response.close()
