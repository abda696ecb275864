"""Our own copies of the pictures that we may show: asked for once, politely, and made anew from their pixels.

Only what an editor has given a licence or a permission is ever asked for: a feed
cannot make us call an address by naming a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog

from curator import rights
from curator.errors import FetchFailed, Refused
from curator.fetch import Web, allowed, fetch
from curator.model import Copy, Failed, Fetched, Gone, Image, NotModified, Picture, Unreadable
from curator.ports import Readers
from curator.settings import PictureSettings
from curator.store import Store

LEASE = timedelta(minutes=10)
"""When a picture is asked for again that nobody came back from: whoever had it was killed."""
BACK_OFF = (timedelta(minutes=10), timedelta(hours=2), timedelta(days=1))
_PASSING = frozenset(
    {"fetch_timeout", "fetch_connect", "fetch_host_busy", "fetch_protocol", "fetch_truncated"}
)
_PASSING_STATUS = frozenset({408, 425, 429})
_SERVER_ERROR = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """How many pictures were copied, how many could not be, and how many older copies were made anew."""

    copied: int = 0
    failed: int = 0
    remade: int = 0


def fetch_picture(
    store: Store, web: Web, readers: Readers, item_id: int, *, pictures: PictureSettings, now: datetime
) -> Copy:
    """Copy the item's picture now, also where it was tried before. Refused where it may not be shown."""
    with store.read() as tx:
        image = tx.items.get(item_id).image
    if image is None:
        raise Refused("picture_missing", item=item_id)
    if why := rights.obstacle(image, licenses=pictures.licenses):
        raise Refused(why.code, **why.data)
    came = _copied(store, web, readers, image, pictures=pictures, now=now, on_demand=True)
    if isinstance(came, Copy):
        return came
    assert came is not None  # noqa: S101  on demand it is asked for in any case
    raise FetchFailed(came["code"], **{**came["data"], "url": image.url})


def fetch_pictures(
    store: Store,
    web: Web,
    readers: Readers,
    *,
    pictures: PictureSettings,
    clock: Callable[[], datetime],
    stopping: Callable[[], bool] = lambda: False,
) -> Pictures:
    """Copy what may be shown and is not copied yet, one after another. Safe in any number of processes.

    Copies of older programs are made anew, of what we have of them: nobody is asked for them again.
    """
    done = Pictures()
    with store.read() as tx:
        wanted, outdated = tx.pictures.wanted(now=clock()), tx.pictures.outdated()
    for image in wanted:
        if stopping():
            break
        if rights.may_show(image, licenses=pictures.licenses):
            came = _copied(store, web, readers, image, pictures=pictures, now=clock(), on_demand=False)
            copied, failed = isinstance(came, Copy), isinstance(came, Mapping)
            done = replace(done, copied=done.copied + copied, failed=done.failed + failed)
    for digest in outdated:
        if stopping():
            break
        remade = _remade(store, readers, digest, pictures=pictures, now=clock())
        done = replace(done, remade=done.remade + remade)
    return done


def is_due(store: Store, *, pictures: PictureSettings, now: datetime) -> bool:
    """Whether there is a picture to be copied, or a copy to be made anew."""
    with store.read() as tx:
        return bool(tx.pictures.outdated()) or any(
            rights.may_show(image, licenses=pictures.licenses) for image in tx.pictures.wanted(now=now)
        )


def left_out(
    store: Store, item_ids: Sequence[int], *, pictures: PictureSettings
) -> list[tuple[int, Mapping[str, Any] | None]]:
    """Which of the items have a picture that may be shown and is not copied; and why, if that is known."""
    with store.read() as tx:
        items = tx.items.many(item_ids)
        asked = tx.pictures.asked(item.image.url for item in items if item.image)
    missing = []
    for item in items:
        if item.image is None or not rights.may_show(item.image, licenses=pictures.licenses):
            continue
        found = asked.get(item.image.url)
        if found is None or found.copy is None:
            missing.append((item.id, found.error if found else None))
    return missing


def _copied(
    store: Store,
    web: Web,
    readers: Readers,
    image: Image,
    *,
    pictures: PictureSettings,
    now: datetime,
    on_demand: bool,
) -> Copy | Mapping[str, Any] | None:
    """The copy, kept; or why there is none, noted; None: somebody else has it in hand."""
    with store.begin() as tx:
        tx.serialise("pictures")
        attempts = tx.pictures.claim(image.url, now=now, lease=LEASE, on_demand=on_demand)
    if attempts is None:
        return None
    got = _ask(web, image.url, pictures=pictures, now=now)
    came = _encoded(readers, got.body, url=image.url, pictures=pictures) if isinstance(got, Fetched) else got
    if isinstance(came, Picture):
        with store.begin() as tx:
            tx.pictures.keep(image.url, came, now=now)
        log.info("picture_copied", url=image.url, type=came.copy.media_type, bytes=came.copy.length)
        return came.copy
    error = _error(came, image.url)
    with store.begin() as tx:
        tx.pictures.fail(image.url, error, next_try=_next_try(came, attempts=attempts, now=now), now=now)
    log.info("picture_failed", url=image.url, error=error["code"])
    return error


def _encoded(readers: Readers, body: bytes, *, url: str, pictures: PictureSettings) -> Picture | Unreadable:
    return readers.picture(body, url=url, max_side=pictures.max_side, shown_side=pictures.shown_side)


def _remade(store: Store, readers: Readers, digest: str, *, pictures: PictureSettings, now: datetime) -> bool:
    """Whether a copy of an older program is one of ours now. Twice at once gives the same bytes."""
    with store.read() as tx:
        body = tx.pictures.content(digest)
    came = _encoded(readers, body, url="", pictures=pictures)
    with store.begin() as tx:
        if isinstance(came, Picture):
            tx.pictures.replace(digest, came, now=now)
        else:  # readers have it already: as it is, it is better than none
            tx.pictures.leave(digest)
    log.info("picture_remade", digest=digest, error=came.code if isinstance(came, Unreadable) else None)
    return isinstance(came, Picture)


def _ask(web: Web, url: str, *, pictures: PictureSettings, now: datetime) -> Fetched | Failed | Gone:
    """The body at an address, within limits of its own; robots.txt is asked first (RFC 9309)."""
    limits = replace(
        web.limits,
        max_bytes=min(web.limits.max_bytes, pictures.max_bytes),
        total_timeout=min(web.limits.total_timeout, pictures.timeout),
    )
    host = urlsplit(url).hostname
    may = allowed(web, url, now=now)
    if isinstance(may, Failed):
        return may
    if not may:
        return Failed(code="fetch_robots_picture", data={"host": host, "url": url})
    got = fetch(replace(web, limits=limits), url, now=now)
    # fetch() calls a 304 that was not asked for a failure
    return Failed(code="fetch_unasked_304", data={"host": host}) if isinstance(got, NotModified) else got


def _error(problem: Unreadable | Failed | Gone, url: str) -> Mapping[str, Any]:
    if isinstance(problem, Gone):
        return {"code": "fetch_gone", "data": {"url": url}}
    return {"code": problem.code, "data": dict(problem.data)}


def _next_try(problem: Unreadable | Failed | Gone, *, attempts: int, now: datetime) -> datetime | None:
    """When what stands in the way may have passed; None: it will not, or it has been tried enough."""
    if not isinstance(problem, Failed) or attempts > len(BACK_OFF):
        return None
    status = problem.http_status or 0
    if problem.code not in _PASSING and status not in _PASSING_STATUS and status < _SERVER_ERROR:
        return None
    return now + max(BACK_OFF[attempts - 1], problem.retry_after or timedelta())
