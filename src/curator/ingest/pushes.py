"""Reading what hubs brought, as if it had been fetched. A push only ever adds."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from curator.ingest.outcomes import Answer
from curator.ingest.settling import Desk
from curator.model import Fetched, Push, Source, Validators
from curator.ports import Readers
from curator.settings import Settings
from curator.store import Store, Transaction
from curator.text import without_credentials

log = structlog.get_logger()

BUSY = timedelta(seconds=30)
"""After which a push is tried again whose source somebody else had in hand, or whose reader was killed."""
SOURCE_LEASE = timedelta(minutes=15)


def read_pushes(
    store: Store,
    readers: Readers,
    *,
    settings: Settings,
    worker: str,
    is_gone: Callable[[str], bool],
    clock: Callable[[], datetime],
    chance: Callable[[], float] = random.random,
) -> Mapping[str, int]:
    """Read what hubs brought as if it had been fetched; the oldest first.

    It is forgotten when its entries are stored. Killed in between it is read
    once more, which changes nothing.
    """
    desk = Desk(store, settings.fetch, worker=worker, clock=clock, chance=chance)
    read = new = 0
    while True:
        with store.begin() as tx:
            now = clock()
            push = tx.pushes.take(now=now, until=now + BUSY)
            source = None if push is None else _claimed(tx, push, worker=worker, is_gone=is_gone, now=now)
        if push is None:
            return {"pushes": read, "new": new}
        if source is None:
            continue
        new += _settle(store, readers, desk, push, source, clock=clock)
        read += 1


def _claimed(
    tx: Transaction, push: Push, *, worker: str, is_gone: Callable[[str], bool], now: datetime
) -> Source | None:
    """The source, ours for now; None where a poll has it (its turn comes), or nobody follows it any more."""
    claimed = tx.sources.claim(
        [push.source_id],
        only_due=False,
        now=now,
        worker=worker,
        until=now + SOURCE_LEASE,
        is_gone=is_gone,
    )
    if claimed:
        return claimed[0]
    if not tx.sources.is_followed(push.source_id):
        tx.pushes.read(push.id)
    return None


def _settle(
    store: Store,
    readers: Readers,
    desk: Desk,
    push: Push,
    source: Source,
    *,
    clock: Callable[[], datetime],
) -> int:
    address = without_credentials(source.url)  # what its entries' own addresses are resolved against
    read = readers.read(push.body, content_type=push.content_type, url=address, now=clock())
    got = Fetched(
        url=source.url,
        final_url=address,
        http_status=200,
        content_type=push.content_type,
        body=b"",
        validators=Validators(),
    )
    done = desk.settle([Answer(source=source, fetch=got, read=read, pushed=True)])[0]
    if done.problems:
        log.warning("push_doubtful", source=source.id, problems=[problem.code for problem in done.problems])
    # A poll that ended in the meantime may have seen something newer than what has just been stored.
    late = source.last_success_at is not None and source.last_success_at > push.received_at
    with store.begin() as tx:
        if late:
            tx.hubs.read_anew(source.id)
        if done.outcome != "pushed" or late:
            tx.hubs.poll_soon(source.id, now=clock())
        tx.pushes.read(push.id)
    return done.new
