"""What one answer means for one source: rest, stumble, retire, adopt; and when it is due again.

Pure: `conclude` says what the source is afterwards; settling.py and the store keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from curator.ingest.incidents import MOVED_ONTO, assess
from curator.ingest.schedule import THROTTLED, next_due, pace, put_off, remembered
from curator.model import (
    Alert,
    Counts,
    Ending,
    Failed,
    Fetch,
    Fetched,
    Gone,
    Hints,
    NewEntry,
    NotModified,
    ParsedFeed,
    Problem,
    Source,
    SourceStatus,
    Unreadable,
    Validators,
)
from curator.settings import FetchSettings
from curator.text import masked

NOTHING = Counts()

ADOPTED_AFTER = 3
"""Good answers in a row at the new place, before a source is there for good."""


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
    raised: Alert | None = None
    ended: Alert | None = None


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
    """What was stored of a feed that was read; `problems` are those of taking it in (a flood).

    `published`: when what was new came out.
    """

    counts: Counts = NOTHING
    problems: tuple[Problem, ...] = ()
    published: tuple[datetime, ...] = ()


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
            end = _End(outcome="not_modified", http_status=same.http_status)
            end.changes = {**_well(now), **_moving(source, same.moved_to)}
            _put_due(source, end, terms=terms, max_age=same.max_age)
        case Gone(http_status=status):
            end = _End(outcome="gone", http_status=status)
            end.changes = {"status": SourceStatus.RETIRED, "last_error": None}
        case Failed() as failed:
            end = _stumble(source, failed, terms=terms)
        case Fetched() as got:
            end = _read(source, got, answer, taken=taken, terms=terms)
    after = replace(source, **end.changes)
    if (alert := assess(after, now=now)) is not after.alert:
        after = replace(after, alert=alert)
    return Ending(
        before=source,
        after=after,
        outcome=end.outcome,
        http_status=end.http_status,
        error=after.last_error if end.outcome == "failed" else None,
        counts=taken.counts if end.outcome == "fetched" else NOTHING,
        why=source.due_because if source.due_at <= now else "asked",
    )


def published(new: Sequence[NewEntry], *, first: bool, now: datetime) -> tuple[datetime, ...]:
    """When these came out: as they say, else now; of an archive met for the first time, only as they say."""
    said = (entry.said.published for entry in new)
    return tuple(min(instant or now, now) for instant in said if instant is not None or not first)


def stays(ending: Ending, *, other: int, now: datetime) -> Ending:
    """It was to be adopted where the source `other` is already: an editor has to choose between the two."""
    alert = Alert(code=MOVED_ONTO, since=now, data={"source": other})
    if ending.before.alert is not None and ending.before.alert.code == MOVED_ONTO:
        alert = ending.before.alert
    after = replace(
        ending.after, url=ending.before.url, moved_to=ending.after.url, moved_good=ADOPTED_AFTER, alert=alert
    )
    return replace(ending, after=after)


def throttled_host(answer: Answer) -> str | None:
    """The host that had enough, if one had: of the last hop, where the source redirects."""
    failed = answer.fetch
    if not isinstance(failed, Failed) or failed.http_status not in THROTTLED:
        return None
    return str(failed.data.get("host") or "") or None


def polled(ending: Ending, problems: tuple[Problem, ...] = ()) -> Polled:
    before, after = ending.before.alert, ending.after.alert
    return Polled(
        source=ending.before.id,
        url=ending.before.url,
        outcome=ending.outcome,
        http_status=ending.http_status,
        new=ending.counts.new,
        revised=ending.counts.revised,
        error=ending.error,
        problems=problems,
        raised=after if after is not None and (before is None or before.code != after.code) else None,
        ended=before if before is not None and after is None else None,
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


@dataclass(slots=True, kw_only=True)
class _End:
    """On the way to an Ending: `changes` are those of the source."""

    outcome: str
    http_status: int | None
    changes: dict[str, Any] = field(default_factory=dict)


def _read(source: Source, got: Fetched, answer: Answer, *, taken: Taken, terms: _Terms) -> _End:
    end = _End(outcome="fetched", http_status=got.http_status)
    problems = source.problems
    match answer.read:
        case Unreadable(code=code, data=data):
            return _stumble(source, Failed(code=code, data=data, http_status=got.http_status), terms=terms)
        case ParsedFeed() as feed:
            problems = (*feed.problems, *taken.problems)
            end.changes |= _told(source, feed, body_hash=answer.body_hash or "", problems=problems)
            end.changes |= {
                "hub_url": got.hub_url or feed.hub_url,
                "topic_url": got.topic_url or feed.topic_url,
            }
    # Half a body may have the validators of the whole (a page cut off while it was made): with them
    # every later answer could be 304, and the other half would never come.
    broke_off = any(problem.code == "feed_truncated" for problem in problems)
    end.changes["validators"] = Validators() if broke_off else got.validators
    if taken.published:
        end.changes["recent"] = remembered(source.recent, taken.published)
    end.changes |= {**_well(terms.now), **_moving(source, got.moved_to)}
    _put_due(source, end, terms=terms, max_age=got.max_age)
    return end


def _told(
    source: Source, feed: ParsedFeed, *, body_hash: str, problems: tuple[Problem, ...]
) -> dict[str, Any]:
    """What the feed says of itself; what an editor said of language and licence stands."""
    named = source.unverified and source.name in {source.url, masked(source.url)} and feed.title
    return {
        "name": feed.title if named else source.name,
        "body_hash": body_hash,
        "home_url": feed.home_url or source.home_url,
        "language": source.language or feed.language,
        "license": source.license or feed.license,
        "hints": Hints(ttl=feed.ttl, skip_hours=feed.skip_hours, skip_days=feed.skip_days),
        "problems": problems,
    }


def _well(now: datetime) -> dict[str, Any]:
    return {"failures": 0, "last_error": None, "last_success_at": now, "unverified": False}


def _moving(source: Source, moved_to: str | None) -> dict[str, Any]:
    """301 or 308, and something good there: adopted once that has lasted (FAULTS 8, 9).

    A page about the move is no feed and does not come here.
    """
    if moved_to is None or moved_to == source.url:
        return {"moved_to": None, "moved_good": 0}
    good = source.moved_good + 1 if moved_to == source.moved_to else 1
    if good < ADOPTED_AFTER:
        return {"moved_to": moved_to, "moved_good": good}
    return {"url": moved_to, "moved_to": None, "moved_good": 0}


def _stumble(source: Source, failed: Failed, *, terms: _Terms) -> _End:
    """What is known stays as it was, validators included."""
    end = _End(outcome="failed", http_status=failed.http_status)
    error = {"code": failed.code, "data": dict(failed.data)}
    end.changes = {"failures": source.failures + 1, "last_error": error}
    _put_due(source, end, terms=terms, retry_after=failed.retry_after)
    return end


def _put_due(
    source: Source,
    end: _End,
    *,
    terms: _Terms,
    retry_after: timedelta | None = None,
    max_age: timedelta | None = None,
) -> None:
    """Add to the changes when it is due again, which depends on the others."""
    settings, now, failures = terms.settings, terms.now, end.changes["failures"]
    due = next_due(
        now,
        pace=pace(
            now,
            own=source.interval,
            recent=end.changes.get("recent", source.recent),
            ordinary=timedelta(minutes=settings.interval),
            shortest=timedelta(minutes=settings.shortest_interval),
            longest=timedelta(minutes=settings.longest_interval),
        ),
        hints=end.changes.get("hints", source.hints),
        max_age=max_age,
        failures=failures,
        down_for=max(now - (source.last_success_at or source.added_at), timedelta()),
        retry_after=retry_after,
        jitter=terms.chance(),
    )
    if not failures:
        due = put_off(due, now=now, push_until=source.push_until)
    end.changes |= {"due_at": due.at, "due_because": due.because}
