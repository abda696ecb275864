"""Telling hubs that our feeds have news (WebSub, W3C Recommendation 2018-01-23, §7).

What they are to be told is kept by whoever wrote the files, once these are there; told it is afterwards,
by a publish that has time, or by `run`. So no hub looks before there is something to see, and none is
forgotten by a process that was killed in between.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import structlog

from curator.fetch import Web, post
from curator.model import Failed
from curator.publish.site import FEED_TYPES
from curator.settings import Settings
from curator.store import Store, Transaction
from curator.store.announcements import Announcement

FIRST_BACK_OFF = timedelta(minutes=1)
LONGEST_BACK_OFF = timedelta(hours=6)
LONGEST_PAUSE = timedelta(days=1)
"""What a hub may ask for with Retry-After."""
SPREAD = 0.25
IN_HAND = timedelta(minutes=5)
"""How long whoever tells a hub has that feed for himself; longer than a request may last."""
TIMEOUT = 15.0  # seconds for one request
MOST_BYTES = 64 * 1024  # of an answer, of which nothing but its status matters
MOST_REDIRECTS = 5

# Refusals of this one feed. What any other refusal says of the hub holds for the next feed as well.
_OF_ONE_FEED = frozenset({400, 403, 409, 422})

_BY_NEWS = "hubs_hear_of_news"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """How many feeds hubs were told of, and how often one did not take it."""

    told: int = 0
    failed: int = 0
    hubs: Mapping[str, int] = field(default_factory=dict)


def heed(
    tx: Transaction,
    settings: Settings,
    files: Mapping[str, str],
    *,
    news_at: datetime | None = None,
    now: datetime,
) -> None:
    """Keep what hubs are to be told of the outputs as they lie there now: by path, a word for its news.

    Not its bytes: what was imported changes a feed and is no news to anybody. An empty word: nothing in it
    ever was. Each feed that carries a link to the hubs, of the whole, of a tag or of a language; archives
    are found through them. Safe to repeat; the caller lets nobody write outputs meanwhile.

    Programs before 0.7 kept the bytes' digest instead: what was told then, and `news_at` or later, is known.
    """
    base = f"{settings.publish.base_url.rstrip('/')}/"
    feeds = {base + path: digest for path, digest in files.items() if path.rpartition("/")[2] in FEED_TYPES}
    if tx.meta.get(_BY_NEWS) is None:
        if news_at is not None:
            tx.announcements.take_over(feeds, news_at=news_at)
        tx.meta.set(_BY_NEWS, "1")
    tx.announcements.want(settings.publish.hubs, feeds, now=now)


def is_due(store: Store, settings: Settings, *, now: datetime) -> bool:
    """Whether some hub is to be told something."""
    if not settings.publish.hubs:
        return False
    with store.read() as tx:
        return tx.announcements.are_due(settings.publish.hubs, now=now)


def announce(
    store: Store,
    web: Web,
    settings: Settings,
    *,
    clock: Callable[[], datetime],
    chance: Callable[[], float] = random.random,
    stopping: Callable[[], bool] = lambda: False,
    timeout: float = TIMEOUT,
) -> Announced:
    """Tell hubs what they do not know yet. Safe at any time, in any number of processes at once.

    `web` reaches the hubs of the settings wherever they are. One that fails is left alone for a while,
    with all that it is to be told.
    """
    limits = replace(web.limits, total_timeout=timeout, max_bytes=MOST_BYTES)
    patient = replace(web, limits=limits)
    told: dict[str, int] = {}
    failed = 0
    while not stopping():
        with store.begin() as tx:
            tx.holds.require_none()
            now = clock()
            news = tx.announcements.claim(settings.publish.hubs, now=now, until=now + IN_HAND)
        if news is None:
            break
        refused = _tell(patient, news, now=now)
        with store.begin() as tx:
            _note(tx, news, refused, now=clock(), jitter=chance())
        if refused is None:
            told[news.hub] = told.get(news.hub, 0) + 1
        failed += refused is not None
    return Announced(told=sum(told.values()), failed=failed, hubs=told)


def _tell(web: Web, news: Announcement, *, now: datetime) -> Failed | None:
    """One request; None where the hub took it.

    §7 leaves to each hub how it is told. All that are known take this form; some
    ask for the feed as hub.url, others as hub.topic.
    """
    said = {"hub.mode": "publish", "hub.url": news.topic, "hub.topic": news.topic}
    answer = post(
        web,
        news.hub,
        body=urlencode(said).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        redirects=MOST_REDIRECTS,
        now=now,
    )
    # Whoever says "taken" and then breaks off, or goes on and on, has taken it.
    taken = not isinstance(answer, Failed) or (answer.http_status or 0) // 100 == 2  # noqa: PLR2004
    refused = None if taken or not isinstance(answer, Failed) else answer
    log.info("hub_told", hub=news.hub, topic=news.topic, error=refused and refused.code)
    return refused


def _note(
    tx: Transaction, news: Announcement, refused: Failed | None, *, now: datetime, jitter: float
) -> None:
    if refused is None:
        tx.announcements.told(news, now=now)
        return
    pause = min(refused.retry_after, LONGEST_PAUSE) if refused.retry_after else timedelta()
    tx.announcements.failed(
        news,
        _error(refused),
        whole_hub=refused.http_status not in _OF_ONE_FEED,
        next_try=now + max(pause, back_off(news.attempts + 1, jitter=jitter)),
        pause_until=now + pause if pause else None,
    )


def _error(refused: Failed) -> dict[str, Any]:
    return {"code": refused.code, "data": dict(refused.data)}


def back_off(attempts: int, *, jitter: float) -> timedelta:
    """How long a hub is left alone that took nothing so often in a row: a minute, two, up to six hours."""
    delay: timedelta = min(FIRST_BACK_OFF * 2 ** min(attempts - 1, 12), LONGEST_BACK_OFF)
    return delay * (1 + SPREAD * jitter)
