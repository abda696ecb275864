"""What one source said → what the store keeps of it: one transaction, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from curator.errors import DatabaseBusy, DatabaseUnusable, StoreError
from curator.ingest.outcomes import (
    Answer,
    Polled,
    Taken,
    conclude,
    internal_failure,
    lost,
    overtaken,
    polled,
    published,
    stays,
    taken_from_push,
    throttled_host,
)
from curator.ingest.reconcile import reconcile
from curator.ingest.schedule import throttled
from curator.model import Counts, Ending, Failed, HostState, NewEntry, ParsedFeed, Problem, Source
from curator.settings import FetchSettings
from curator.store import Store, Transaction
from curator.text import masked

TOLD_WITHIN = timedelta(hours=1)
"""So long all that a hub brings counts as what one poll brings."""

log = structlog.get_logger()

NOTHING_TAKEN = Taken()


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
        self.paused: set[str] = set()
        """Hosts that have had enough since this desk began."""

    def settle(self, answers: Sequence[Answer]) -> list[Polled]:
        """Store each answer whole; what fails with one source alone is its own result.

        They share a transaction: a commit costs more than most polls have to say, and a
        statement for many sources hardly more than one for a single one.
        """
        done = self._together(answers) if len(answers) > 1 else []
        settled = {result.source for result in done}
        done += [self._alone(answer) for answer in answers if answer.source.id not in settled]
        for result in done:
            log.info(
                "source_polled",
                source=result.source,
                outcome=result.outcome,
                http_status=result.http_status,
                new=result.new,
                revised=result.revised,
                error=result.error and result.error["code"],
            )
            if result.raised is not None:
                log.warning("source_alert", source=result.source, code=result.raised.code)
            if result.ended is not None:
                log.info("source_all_clear", source=result.source, code=result.ended.code)
        return done

    def _together(self, answers: Sequence[Answer]) -> list[Polled]:
        """All of them, or none: then each is tried alone, to find out which it was."""
        try:
            with self._store.begin() as tx:
                return self._put(tx, answers)
        except Exception as error:  # noqa: BLE001 - each is tried again alone, and says what it was
            log.warning("poll_together_failed", sources=len(answers), error=type(error).__name__)
            return []

    def _alone(self, answer: Answer) -> Polled:
        try:
            with self._store.begin() as tx:
                return self._put(tx, [answer])[0]
        except (DatabaseUnusable, DatabaseBusy) as error:
            return _unless_all_are_lost(error, answer.source)
        except Exception as error:
            # A text that a database refuses, say, must not stop the others.
            log.exception("poll_internal", source=answer.source.id, url=masked(answer.source.url))
            failed = replace(answer, fetch=internal_failure(error), read=None)
        try:
            with self._store.begin() as tx:
                return self._put(tx, [failed])[0]
        except StoreError as error:
            return _unless_all_are_lost(error, answer.source)

    def _put(self, tx: Transaction, answers: Sequence[Answer]) -> list[Polled]:
        now = self._clock()
        held = tx.sources.held([answer.source.id for answer in answers], worker=self._worker)
        feeds = {
            answer.source.id: (held[answer.source.id], answer.read)
            for answer in answers
            if isinstance(answer.read, ParsedFeed) and answer.source.id in held
        }
        told = [answer.source.id for answer in answers if answer.pushed]
        lately = tx.pushes.queued_since(now - TOLD_WITHIN, source_ids=told) if told else {}
        brought = _take_in(tx, feeds, settings=self._settings, lately=lately, now=now)
        done, endings, pushed = [], [], []
        for answer in answers:
            if (source := held.get(answer.source.id)) is None:
                done.append(overtaken(answer.source))
                continue
            taken = brought.get(source.id, NOTHING_TAKEN)
            if answer.pushed:
                pushed.append(source.id)
                done.append(taken_from_push(answer, taken))
                continue
            if source.push_until is not None and taken.counts.new:
                tx.hubs.missed(source.id)
            ending = conclude(
                source, answer, taken=taken, settings=self._settings, now=now, chance=self._chance
            )
            endings.append(ending)
        endings = _none_twice(tx, endings, now=now)
        done += [
            polled(ending, ending.after.problems if ending.outcome == "fetched" else ()) for ending in endings
        ]
        tx.sources.end(endings, now=now)
        self._pause(tx, answers, now=now)
        if pushed:
            tx.sources.release(pushed, worker=self._worker)
        return done

    def _pause(self, tx: Transaction, answers: Sequence[Answer], *, now: datetime) -> None:
        """Hosts that throttled more than one of their sources wait as a whole (FAULTS 11)."""
        told = [(host, answer) for answer in answers if (host := throttled_host(answer)) is not None]
        if not told:
            return
        states = tx.hosts.known({host for host, _ in told})
        for host, answer in told:
            retry_after = answer.fetch.retry_after if isinstance(answer.fetch, Failed) else None
            states[host] = state = throttled(
                states.get(host, HostState()), source=answer.source.id, retry_after=retry_after, now=now
            )
            if state.not_before is not None and state.not_before > now:
                self.paused.add(host)
        tx.hosts.note(states)


def _none_twice(tx: Transaction, endings: list[Ending], *, now: datetime) -> list[Ending]:
    """A source that is to be adopted where another one is already stays where it was."""
    moving = [ending.after.url for ending in endings if ending.after.url != ending.before.url]
    if not moving:
        return endings
    taken = tx.sources.at(moving)
    kept = []
    for ending in endings:
        url = ending.after.url
        other = taken.get(url) if url != ending.before.url else None
        kept.append(ending if other is None else stays(ending, other=other, now=now))
        taken.setdefault(url, ending.before.id)
    return kept


def _unless_all_are_lost(error: StoreError, source: Source) -> Polled:
    """A lock that was not to be had is one source's failure; a full disk is everybody's."""
    if isinstance(error, DatabaseUnusable):
        raise error
    return lost(source, {"code": error.reason, "data": error.data})


def _take_in(
    tx: Transaction,
    feeds: Mapping[int, tuple[Source, ParsedFeed]],
    *,
    settings: FetchSettings,
    lately: Mapping[int, int],
    now: datetime,
) -> dict[int, Taken]:
    """Store all that is new or says something else; queue the newest of the new, within bounds.

    `lately`: how many were queued of a source that a hub tells of: it may do so many times an hour.
    A new source brings its archive along: a few of it are queued. Later on
    many at once are a flood (a domain sold, a feed gone mad) and flagged.
    """
    # Where a document was left unread to its end, nothing can have come of it.
    telling = {source_id: feed for source_id, (_, feed) in feeds.items() if feed.entries}
    if not telling:
        return {}
    known = tx.entries.known(telling)
    changes = {
        source_id: reconcile(known[source_id], feed.entries, unchanged=feed.unchanged)
        for source_id, feed in telling.items()
    }
    added = tx.entries.apply(changes, now=now)
    taken: dict[int, Taken] = {}
    queued: dict[int, datetime] = {}
    for source_id, each in changes.items():
        ids = added[source_id]
        new = [entry for entry in each.new if entry.identity in ids]
        first = feeds[source_id][0].last_success_at is None
        limit = settings.first_entries if first else settings.max_queued
        limit = max(0, limit - lately.get(source_id, 0))
        newest = sorted(new, key=lambda entry: _position(entry, now=now), reverse=True)[:limit]
        queued |= {ids[entry.identity]: _position(entry, now=now) for entry in reversed(newest)}
        taken[source_id] = Taken(
            counts=Counts(new=len(new), revised=len(each.revised)),
            problems=() if first or len(new) <= limit else (_flood(len(new), queued=limit),),
            published=published(new, first=first, now=now),
        )
    if queued:
        tx.items.enqueue_all(queued, now=now)
    return taken


def _position(entry: NewEntry, *, now: datetime) -> datetime:
    """Newest first in the queue, and nothing first for ever: a date to come counts as today."""
    return min(entry.said.published or now, now)


def _flood(new: int, *, queued: int) -> Problem:
    return Problem(code="feed_flood", data={"new": new, "queued": queued})
