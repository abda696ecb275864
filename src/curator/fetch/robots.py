"""May a page be read? Its site's robots.txt is asked, through the same guarded fetch (RFC 9309).

For pages alone: a feed is published to be fetched by programs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from curator.fetch.following import Web, fetch
from curator.fetch.rules import LONGEST_READ, Learnt, Rules, read_rules
from curator.fetch.stopping import CannotFetch
from curator.fetch.urls import bare, read_url
from curator.model import Failed, Fetched

MOST_REDIRECTS = 5  # RFC 9309 §2.3.1.2
MOST_BYTES = 2 * 1024 * 1024  # taken, of which the first 500 KiB are read
LONGEST = timedelta(days=1)  # §2.4
SHORTEST = timedelta(minutes=10)
"""Before a site is asked again, whatever it said or did not say."""


def allowed(web: Web, url: str, *, now: datetime) -> bool | Failed:
    """Whether `url` may be read. Failed: its site cannot say at present, so it may not (§2.3.1.4)."""
    try:
        target = read_url(url)
    except CannotFetch as stop:
        return stop.failed
    site = str(bare(target).copy_with(raw_path=b"/robots.txt"))
    learnt = web.robots.get(site)
    if learnt is None or not now < learnt.until:
        learnt = _learn(web, site, before=learnt, now=now)
        web.robots.put(site, learnt)
    return learnt.rules.allow(target.raw_path) if isinstance(learnt.rules, Rules) else learnt.rules


def _learn(web: Web, site: str, *, before: Learnt | None, now: datetime) -> Learnt:
    limits = replace(web.limits, max_redirects=MOST_REDIRECTS, max_bytes=MOST_BYTES)
    got = fetch(replace(web, limits=limits), site, now=now)
    if isinstance(got, Fetched):
        rules = read_rules(got.body, agent=limits.user_agent)
        fresh = LONGEST if got.max_age is None else max(SHORTEST, min(got.max_age, LONGEST))
        return Learnt(rules=rules, until=now + fresh, weight=min(len(got.body), LONGEST_READ))
    if not isinstance(got, Failed) or _is_absent(got):
        return Learnt(rules=Rules(), until=now + LONGEST)
    if before is not None and isinstance(before.rules, Rules):
        return replace(before, until=now + SHORTEST)  # §2.4: an old word goes before none
    return Learnt(rules=got, until=now + SHORTEST)


def _is_absent(failed: Failed) -> bool:
    """§2.3.1.3: a site that has none, or shows none to us, forbids nothing."""
    return failed.code == "fetch_redirects" or (failed.http_status or 0) // 100 == _CLIENT_ERROR


_CLIENT_ERROR = 4
