"""Whether the sources that published items cite are still there: asked seldom, and believed late.

Only what says that there is nothing counts against an address, and only for
the third time within at least a week: a wall, a server that is down or a
robots.txt that keeps us out say nothing of it. Nothing that readers have
changes by it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from curator.fetch import Looked, Web, allowed, look
from curator.model import Failed
from curator.settings import Settings
from curator.store import Store, Transaction
from curator.store.links import Link, LinkState

AT_ONCE = 20
"""Addresses in one round, each of another host."""
LEASE = timedelta(hours=1)
LISTED_EVERY = timedelta(days=1)
ROUNDS_EVERY = timedelta(minutes=10)
LISTED_AT, LOOKED_AT = "links_listed_at", "links_looked_at"
TIMES, OVER = 3, timedelta(days=7)
"""So often within at least so long it is said that there is nothing, before we say it."""
AGAIN = timedelta(days=3, hours=12)
ONLINE = timedelta(days=1)
LONGEST_LOOK = 15.0  # seconds
PAUSE = timedelta(days=1)
"""For a host that has had enough, if it names no longer one."""

_OK = range(200, 300)
_GONE = frozenset({404, 410})
_ENOUGH = frozenset({429, 503})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """How many addresses were looked at; how many of them are dead since, and how many are back."""

    looked: int = 0
    dead: int = 0
    back: int = 0


def is_due(tx: Transaction, *, now: datetime) -> bool:
    """Whether there is anything to look at, or to be listed first."""
    return _has_come(tx, LOOKED_AT, ROUNDS_EVERY, now) and (
        _has_come(tx, LISTED_AT, LISTED_EVERY, now) or tx.links.are_due(now=now)
    )


def check_links(
    store: Store,
    web: Web,
    settings: Settings,
    *,
    worker: str,
    is_gone: Callable[[str], bool],
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
    chance: Callable[[], float] = random.random,
) -> Checked:
    """One round: a few addresses, one after another. Safe in any number of processes, and to be killed."""
    days = timedelta(days=settings.links.days)
    gap = timedelta(seconds=settings.fetch.per_host_gap)
    with store.begin() as tx:
        tx.serialise("links")
        now = clock()
        if not is_due(tx, now=now):
            return Checked()
        tx.meta.set(LOOKED_AT, now.isoformat())
        if _has_come(tx, LISTED_AT, LISTED_EVERY, now):
            _list(tx, days=days, chance=chance, now=now)
        taken = _take(tx, worker=worker, is_gone=is_gone, gap=gap, now=now)
    answers: dict[str, Looked | Failed] = {}
    limits = replace(web.limits, total_timeout=min(web.limits.total_timeout, LONGEST_LOOK))
    for link in taken:
        if stopping():
            break
        answers[link.key] = _ask(replace(web, limits=limits), link.url, now=clock())
    with store.begin() as tx:
        now = clock()
        tx.hosts.leave([link.host for link in taken], worker=worker, now=now)
        tx.links.put_off([link.key for link in taken if link.key not in answers], until=now)
        return _noted(tx, taken, answers, days=days, chance=chance, now=now)


def judged(
    link: Link, answer: Looked | Failed, *, online: bool, days: timedelta, chance: float, now: datetime
) -> Link:
    """The link with what the look came to.  (pure)"""
    seen = replace(
        link,
        checked_at=now,
        http_status=answer.status if isinstance(answer, Looked) else answer.http_status,
        error={"code": answer.code, "data": dict(answer.data)} if isinstance(answer, Failed) else None,
    )
    usual = now + days * (0.9 + 0.2 * chance)
    if isinstance(answer, Looked) and answer.status in _OK:
        home = _is_home(answer.final_url) and not _is_home(link.url)
        state = LinkState.MOVED_HOME if home else LinkState.OK
        return replace(seen, state=state, due_at=usual, tries=0, gone=0, gone_since=None, dead_since=None)
    tries = link.tries + 1
    if not _says_gone(answer, online=online):
        wait = min(days, timedelta(days=2 ** min(tries - 1, 12)))
        paused = min(answer.retry_after or timedelta(), days)
        state = link.state if link.state in (LinkState.DEAD, LinkState.FAILING) else LinkState.UNKNOWN
        return replace(seen, state=state, tries=tries, due_at=now + max(wait, paused) * (0.9 + 0.2 * chance))
    since = min(link.gone_since or now, now)
    gone = link.gone + 1
    dead = link.state is LinkState.DEAD or (gone >= TIMES and now - since >= OVER)
    return replace(
        seen,
        state=LinkState.DEAD if dead else LinkState.FAILING,
        due_at=usual if dead else now + min(AGAIN, days),
        tries=tries,
        gone=gone,
        gone_since=since,
        dead_since=(link.dead_since or now) if dead else None,
    )


def archived(template: str | None, *, url: str, published_at: datetime) -> str | None:
    """Where an archive may have it as it was when we cited it; nobody is asked whether it has."""
    if template is None:
        return None
    return template.replace("{date}", published_at.strftime("%Y%m%d")).replace("{url}", url)


def _says_gone(answer: Looked | Failed, *, online: bool) -> bool:
    """No such page, or no such name; the latter is believed only while we reach anybody at all."""
    if isinstance(answer, Looked):
        return answer.status in _GONE
    passing = "temporary" in str(answer.data.get("why", "")).lower()
    return answer.code == "fetch_dns" and online and not passing


def _is_home(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/", "/index.html", "/index.php") and not parts.query


def _has_come(tx: Transaction, key: str, every: timedelta, now: datetime) -> bool:
    """A clock that was put back does not keep it waiting."""
    last = tx.meta.instant(key)
    return last is None or not last <= now < last + every


def _list(tx: Transaction, *, days: timedelta, chance: Callable[[], float], now: datetime) -> None:
    """What is cited now and was not yesterday, each for a day of its own: a blog brings thousands."""
    new, cited_no_more = tx.links.unlisted()
    tx.links.list({url: now + days * chance() for url in sorted(new)})
    tx.links.forget(cited_no_more)
    tx.meta.set(LISTED_AT, now.isoformat())


def _take(
    tx: Transaction, *, worker: str, is_gone: Callable[[str], bool], gap: timedelta, now: datetime
) -> Sequence[Link]:
    """One address of each host that nobody is asking, or has asked just now."""
    due = tx.links.due(now=now, limit=AT_ONCE * 5)
    for host, until in tx.hosts.paused({link.host for link in due}, now=now).items():
        tx.links.put_off_host(host, until=until)
        due = [link for link in due if link.host != host]
    first: dict[str, Link] = {}
    for link in due:
        if len(first) < AT_ONCE:
            first.setdefault(link.host, link)
    free = tx.hosts.take(first, worker=worker, now=now, until=now + LEASE, is_gone=is_gone)
    lately = {host for host, asked in free.items() if asked is not None and asked <= now < asked + gap}
    tx.hosts.leave(lately, worker=worker, now=now)
    taken = [link for host, link in first.items() if host in free and host not in lately]
    tx.links.put_off([link.key for link in taken], until=now + LEASE)
    return taken


def _ask(web: Web, url: str, *, now: datetime) -> Looked | Failed:
    may = allowed(web, url, now=now)
    if isinstance(may, Failed):
        return may
    if not may:
        return Failed(code="fetch_robots_link", data={"host": urlsplit(url).hostname, "url": url})
    return look(web, url, now=now)


def _noted(
    tx: Transaction,
    taken: Sequence[Link],
    answers: Mapping[str, Looked | Failed],
    *,
    days: timedelta,
    chance: Callable[[], float],
    now: datetime,
) -> Checked:
    reached = any(isinstance(answer, Looked) for answer in answers.values())
    online = reached or tx.sources.answered_since(now - ONLINE)
    dead = back = 0
    for link in taken:
        if (answer := answers.get(link.key)) is None:
            continue
        new = judged(link, answer, online=online, days=days, chance=chance(), now=now)
        tx.links.note(new)
        if isinstance(answer, Looked) and answer.status in _ENOUGH:
            asked_for = min(answer.retry_after or timedelta(), days)
            tx.links.put_off_host(link.host, until=now + max(PAUSE, asked_for))
        if (new.state is LinkState.DEAD) != (link.state is LinkState.DEAD):
            dead += new.state is LinkState.DEAD
            back += link.state is LinkState.DEAD
            log.info("link_dead" if new.state is LinkState.DEAD else "link_back", host=link.host)
    return Checked(looked=len(answers), dead=dead, back=back)
