"""Is anything at an address? One HEAD, or a GET where that says little, of which no body is read."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx2

from curator.fetch.following import REDIRECTS, Web, answer_of
from curator.fetch.headers import credentials, general, retry_after
from curator.fetch.stopping import CannotFetch
from curator.fetch.urls import bare, host_of, read_url
from curator.model import Failed

HEAD_REFUSED = frozenset({404, 405, 406, 410, 501})
"""After these a GET decides: some servers know no HEAD, and say so in ways of their own.

Not after a 403: a wall is not asked twice, and what it says counts against nobody.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What was answered in the end, and where."""

    status: int
    final_url: str
    retry_after: timedelta | None = None


def look(web: Web, url: str, *, now: datetime) -> Looked | Failed:
    """The status at `url`, after its redirects; within the limits of `web`, as `fetch`.

    A host's gap lies between any two of these requests, too: each waits for its turn.
    """
    try:
        found = _follow(web, "HEAD", read_url(url), now=now)
        return _follow(web, "GET", read_url(url), now=now) if found.status in HEAD_REFUSED else found
    except CannotFetch as stop:
        return stop.failed


def _follow(web: Web, method: str, start: httpx2.URL, *, now: datetime) -> Looked:
    deadline = time.monotonic() + web.limits.total_timeout
    target, seen = start, {bare(start)}
    while True:
        joined = time.monotonic()
        with web.gate.turn(host_of(target)):
            deadline += time.monotonic() - joined
            headers = [*general(web.limits.user_agent), *credentials(start, target)]
            with answer_of(web, target, headers=headers, deadline=deadline, method=method) as response:
                if response.status_code not in REDIRECTS or "location" not in response.headers:
                    return Looked(
                        status=response.status_code,
                        final_url=str(target),
                        retry_after=retry_after(response.headers, now=now),
                    )
                target = read_url(response.headers["location"], base=target)
        if bare(target) in seen or len(seen) > web.limits.max_redirects:
            raise CannotFetch("fetch_redirects", host=host_of(start), limit=web.limits.max_redirects)
        seen.add(bare(target))
