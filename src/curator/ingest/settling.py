"""What one source said → what the store keeps of it: one transaction, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from curator.errors import DatabaseBusy, DatabaseUnusable, StoreError
from curator.ingest.reconcile import reconcile
from curator.ingest.schedule import next_due
from curator.model import (
    Failed,
    Fetch,
    Fetched,
    Gone,
    NewEntry,
    NotModified,
    ParsedFeed,
    Problem,
    Source,
    Unreadable,
    Validators,
)
from curator.settings import FetchSettings
from curator.store import Store, Transaction
from curator.store.sources import Counts, FeedFacts, Reading

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """How the poll of one source ended; `outcome` is fetched, not_modified, gone or failed."""

    source: int
    url: str
    outcome: str
    http_status: int | None = None
    new: int = 0
    revised: int = 0
    error: Mapping[str, Any] | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one source said. `read` is None where there was no body, or the one read last time."""

    source: Source
    fetch: Fetch
    body_hash: str | None = None
    read: ParsedFeed | Unreadable | None = None


class Desk:
    """Turns answers into what the store keeps of them."""

    def __init__(
        self,
        store: Store,
        settings: FetchSettings,
        *,
        worker: str,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._store = store
        self._settings = settings
        self._worker = worker
        self._clock = clock
        self._chance = chance

    def settle(self, answers: Sequence[Answer]) -> list[Polled]:
        """Store each answer whole; what fails with one source alone is its own result.

        Those without entries share a transaction: most polls bring nothing new,
        and a commit costs more than all they have to say.
        """
        quiet = [answer for answer in answers if not isinstance(answer.read, ParsedFeed)]
        done = self._together(quiet) if len(quiet) > 1 else []
        settled = {polled.source for polled in done}
        done += [self._alone(answer) for answer in answers if answer.source.id not in settled]
        for polled in done:
            log.info(
                "source_polled",
                source=polled.source,
                outcome=polled.outcome,
                http_status=polled.http_status,
                new=polled.new,
                revised=polled.revised,
                error=polled.error and polled.error["code"],
            )
        return done

    def _together(self, answers: Sequence[Answer]) -> list[Polled]:
        """All of them, or none: then each is tried alone, to find out which it was."""
        try:
            with self._store.begin() as tx:
                return [self._put(tx, answer) for answer in sorted(answers, key=lambda a: a.source.id)]
        except Exception as error:  # noqa: BLE001 - each is tried again alone, and says what it was
            log.warning("poll_together_failed", sources=len(answers), error=type(error).__name__)
            return []

    def _alone(self, answer: Answer) -> Polled:
        try:
            with self._store.begin() as tx:
                return self._put(tx, answer)
        except (DatabaseUnusable, DatabaseBusy) as error:
            return _unless_all_are_lost(error, answer.source)
        except Exception as error:
            # A text that a database refuses, say, must not stop the others.
            log.exception("poll_internal", source=answer.source.id, url=answer.source.url)
            failed = replace(answer, fetch=internal_failure(error), read=None)
        try:
            with self._store.begin() as tx:
                return self._put(tx, failed)
        except StoreError as error:
            return _unless_all_are_lost(error, answer.source)

    def _put(self, tx: Transaction, answer: Answer) -> Polled:
        now = self._clock()
        source = tx.sources.held(answer.source.id, worker=self._worker)
        if source is None:
            # Paused, removed, given another address, or taken over: what was fetched is nobody's.
            return _failed(answer.source, {"code": "poll_overtaken", "data": {}})
        match answer.fetch:
            case NotModified(http_status=status, max_age=max_age):
                due_at = self._due(source, now=now, max_age=max_age)
                tx.sources.rest(
                    source,
                    None,
                    outcome="not_modified",
                    http_status=status,
                    counts=Counts(),
                    due_at=due_at,
                    now=now,
                )
                return Polled(source=source.id, url=source.url, outcome="not_modified", http_status=status)
            case Gone(http_status=status):
                tx.sources.retire(source, http_status=status, now=now)
                return Polled(source=source.id, url=source.url, outcome="gone", http_status=status)
            case Failed() as failed:
                return self._stumble(tx, source, failed, now=now)
            case Fetched() as got:
                return self._read(tx, source, got, answer, now=now)

    def _read(
        self, tx: Transaction, source: Source, got: Fetched, answer: Answer, *, now: datetime
    ) -> Polled:
        match answer.read:
            case Unreadable(code=code, data=data):
                unread = Failed(code=code, data=data, http_status=got.http_status)
                return self._stumble(tx, source, unread, now=now)
            case None:
                counts, facts, problems, ttl = Counts(), None, source.problems, None
            case ParsedFeed() as feed:
                counts, flood = _take_in(tx, source, feed, settings=self._settings, now=now)
                problems, ttl = (*feed.problems, *flood), feed.ttl
                facts = FeedFacts(
                    body_hash=answer.body_hash or "",
                    title=feed.title,
                    home_url=feed.home_url,
                    hub_url=feed.hub_url,
                    language=feed.language,
                    license=feed.license,
                    problems=problems,
                )
        # Half a body may have the validators of the whole (a page cut off while it was made): with them
        # every later answer could be 304, and the other half would never come.
        broke_off = any(problem.code == "feed_truncated" for problem in problems)
        validators = Validators() if broke_off else got.validators
        tx.sources.rest(
            source,
            Reading(validators=validators, moved_to=got.moved_to, feed=facts),
            outcome="fetched",
            http_status=got.http_status,
            counts=counts,
            due_at=self._due(source, now=now, max_age=got.max_age, ttl=ttl),
            now=now,
        )
        return Polled(
            source=source.id,
            url=source.url,
            outcome="fetched",
            http_status=got.http_status,
            new=counts.new,
            revised=counts.revised,
            problems=problems,
        )

    def _stumble(self, tx: Transaction, source: Source, failed: Failed, *, now: datetime) -> Polled:
        error = {"code": failed.code, "data": dict(failed.data)}
        due_at = self._due(source, now=now, failures=source.failures + 1, retry_after=failed.retry_after)
        tx.sources.stumble(source, error, http_status=failed.http_status, due_at=due_at, now=now)
        return _failed(source, error, http_status=failed.http_status)

    def _due(
        self,
        source: Source,
        *,
        now: datetime,
        failures: int = 0,
        retry_after: timedelta | None = None,
        max_age: timedelta | None = None,
        ttl: timedelta | None = None,
    ) -> datetime:
        return next_due(
            now,
            interval=source.interval or timedelta(minutes=self._settings.interval),
            failures=failures,
            retry_after=retry_after,
            max_age=max_age,
            ttl=ttl,
            jitter=self._chance(),
        )


def _unless_all_are_lost(error: StoreError, source: Source) -> Polled:
    """A lock that was not to be had is one source's failure; a full disk is everybody's."""
    if isinstance(error, DatabaseUnusable):
        raise error
    return _failed(source, {"code": error.reason, "data": error.data})


def _failed(source: Source, error: Mapping[str, Any], *, http_status: int | None = None) -> Polled:
    return Polled(source=source.id, url=source.url, outcome="failed", http_status=http_status, error=error)


def _take_in(
    tx: Transaction, source: Source, feed: ParsedFeed, *, settings: FetchSettings, now: datetime
) -> tuple[Counts, tuple[Problem, ...]]:
    """Store all that is new or says something else; queue the newest of the new, within bounds.

    A new source brings its archive along: a few of it are queued. Later on
    many at once are a flood (a domain sold, a feed gone mad) and flagged.
    """
    changes = reconcile(tx.entries.known(source.id), feed.entries)
    ids = tx.entries.apply(source.id, changes, now=now)
    new = [entry for entry in changes.new if entry.identity in ids]
    first = source.last_success_at is None
    limit = settings.first_entries if first else settings.max_queued
    newest = sorted(new, key=lambda entry: _position(entry, now=now), reverse=True)[:limit]
    tx.items.enqueue_all(
        {ids[entry.identity]: _position(entry, now=now) for entry in reversed(newest)}, now=now
    )
    flood = () if first or len(new) <= limit else (_flood(len(new), queued=limit),)
    return Counts(new=len(new), revised=len(changes.revised)), flood


def _position(entry: NewEntry, *, now: datetime) -> datetime:
    """Newest first in the queue, and nothing first for ever: a date to come counts as today."""
    return min(entry.said.published or now, now)


def _flood(new: int, *, queued: int) -> Problem:
    return Problem(code="feed_flood", data={"new": new, "queued": queued})


def internal_failure(error: Exception) -> Failed:
    return Failed(code="poll_internal", data={"cause": type(error).__name__})
