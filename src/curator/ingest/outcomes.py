"""What one answer means for one source: rest, stumble, retire, adopt; and when it is due again.

Pure: `conclude` says what the source is afterwards; settling.py and the store keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from curator.ingest.schedule import next_due, put_off
from curator.model import (
    Counts,
    Ending,
    Failed,
    Fetch,
    Fetched,
    Gone,
    NotModified,
    ParsedFeed,
    Problem,
    Source,
    SourceStatus,
    Unreadable,
    Validators,
)
from curator.settings import FetchSettings

NOTHING = Counts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """How the poll of one source ended; `outcome` is fetched, not_modified, gone or failed; or pushed."""

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
    """What one source said. `read` is None where there was no body, or the one read last time.

    `pushed`: a hub brought it. So it says nothing of the address, nor of what is no longer there.
    """

    source: Source
    fetch: Fetch
    body_hash: str | None = None
    read: ParsedFeed | Unreadable | None = None
    pushed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was stored of a feed that was read; `problems` are those of taking it in (a flood)."""

    counts: Counts = NOTHING
    problems: tuple[Problem, ...] = ()


def conclude(
    source: Source,
    answer: Answer,
    *,
    taken: Taken,
    settings: FetchSettings,
    now: datetime,
    chance: Callable[[], float],
) -> Ending:
    """What the source is after this answer. `taken`: of the entries, where the answer had a feed."""
    terms = _Terms(settings=settings, now=now, chance=chance)
    match answer.fetch:
        case NotModified() as same:
            return _rest(source, replace(source, **_well(now)), same, terms=terms)
        case Gone(http_status=status):
            after = replace(source, status=SourceStatus.RETIRED, last_error=None)
            return Ending(before=source, after=after, outcome="gone", http_status=status)
        case Failed() as failed:
            return _stumble(source, failed, terms=terms)
        case Fetched() as got:
            return _read(source, got, answer, taken=taken, terms=terms)


def polled(ending: Ending, problems: tuple[Problem, ...] = ()) -> Polled:
    return Polled(
        source=ending.before.id,
        url=ending.before.url,
        outcome=ending.outcome,
        http_status=ending.http_status,
        new=ending.counts.new,
        revised=ending.counts.revised,
        error=ending.error,
        problems=problems,
    )


def taken_from_push(answer: Answer, taken: Taken) -> Polled:
    """A push ends nothing of the source itself: validators, failures and its next poll stay as they were."""
    source, read, error = answer.source, answer.read, None
    match answer.fetch:
        case Failed(code=code, data=data):
            error = {"code": code, "data": dict(data)}
        case _ if isinstance(read, Unreadable):
            error = {"code": read.code, "data": dict(read.data)}
    return Polled(
        source=source.id,
        url=source.url,
        outcome="failed" if error else "pushed",
        new=taken.counts.new,
        revised=taken.counts.revised,
        error=error,
        problems=taken.problems,
    )


def overtaken(source: Source) -> Polled:
    """Paused, removed, given another address, or taken over: what was fetched is nobody's."""
    return lost(source, {"code": "poll_overtaken", "data": {}})


def lost(source: Source, error: Mapping[str, Any]) -> Polled:
    return Polled(source=source.id, url=source.url, outcome="failed", error=error)


def internal_failure(error: Exception) -> Failed:
    return Failed(code="poll_internal", data={"cause": type(error).__name__})


# ── each outcome ────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    settings: FetchSettings
    now: datetime
    chance: Callable[[], float]


def _read(source: Source, got: Fetched, answer: Answer, *, taken: Taken, terms: _Terms) -> Ending:
    match answer.read:
        case Unreadable(code=code, data=data):
            return _stumble(source, Failed(code=code, data=data, http_status=got.http_status), terms=terms)
        case None:
            problems, after = source.problems, source
        case ParsedFeed() as feed:
            problems = (*feed.problems, *taken.problems)
            after = _told(source, feed, body_hash=answer.body_hash or "", problems=problems)
            hub = {"hub_url": got.hub_url or feed.hub_url, "topic_url": got.topic_url or feed.topic_url}
            after = replace(after, **hub)
    # Half a body may have the validators of the whole (a page cut off while it was made): with them
    # every later answer could be 304, and the other half would never come.
    broke_off = any(problem.code == "feed_truncated" for problem in problems)
    validators = Validators() if broke_off else got.validators
    after = replace(after, validators=validators, moved_to=got.moved_to, **_well(terms.now))
    return _rest(source, after, got, counts=taken.counts, terms=terms)


def _told(source: Source, feed: ParsedFeed, *, body_hash: str, problems: tuple[Problem, ...]) -> Source:
    """What the feed says of itself; what an editor said of language and licence stands."""
    named = source.unverified and source.name == source.url and feed.title
    return replace(
        source,
        name=feed.title if named else source.name,
        body_hash=body_hash,
        home_url=feed.home_url or source.home_url,
        language=source.language or feed.language,
        license=source.license or feed.license,
        hints=replace(source.hints, ttl=feed.ttl),
        problems=problems,
    )


def _well(now: datetime) -> dict[str, Any]:
    return {"failures": 0, "last_error": None, "last_success_at": now, "unverified": False}


def _rest(
    source: Source, after: Source, got: Fetched | NotModified, *, terms: _Terms, counts: Counts = NOTHING
) -> Ending:
    due_at = _due(after, terms=terms, max_age=got.max_age)
    return Ending(
        before=source,
        after=replace(after, due_at=due_at),
        outcome="not_modified" if isinstance(got, NotModified) else "fetched",
        http_status=got.http_status,
        counts=counts,
    )


def _stumble(source: Source, failed: Failed, *, terms: _Terms) -> Ending:
    """What is known stays as it was, validators included."""
    error = {"code": failed.code, "data": dict(failed.data)}
    after = replace(source, failures=source.failures + 1, last_error=error)
    due_at = _due(after, terms=terms, retry_after=failed.retry_after)
    return Ending(
        before=source,
        after=replace(after, due_at=due_at),
        outcome="failed",
        http_status=failed.http_status,
        error=error,
    )


def _due(
    source: Source,
    *,
    terms: _Terms,
    retry_after: timedelta | None = None,
    max_age: timedelta | None = None,
) -> datetime:
    due_at = next_due(
        terms.now,
        interval=source.interval or timedelta(minutes=terms.settings.interval),
        failures=source.failures,
        retry_after=retry_after,
        max_age=max_age,
        ttl=source.hints.ttl,
        jitter=terms.chance(),
    )
    if source.failures:
        return due_at
    return put_off(due_at, now=terms.now, push_until=source.push_until)
