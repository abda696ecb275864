"""Work of its own after a poll: in which language an entry is, whether other sources tell the same story,
and by which words its item is found.

Look at some that wait → think, with no transaction open → write, one transaction for them all.
Safe at any time, in any number of processes: what somebody else has done meanwhile is left out,
and what was broken off waits still.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from curator.ingest.similar import SAME, Telling, keys, likeness, opening
from curator.model import Move, Status
from curator.store import Store, Transaction
from curator.store.clusters import TURN, Teller
from curator.store.enrichment import Waiting
from curator.store.events import SYSTEM
from curator.text import Identified, identify

WINDOW = timedelta(days=30)
"""How long an item is looked for after it came; when it was written counts for nothing."""

_BATCH = 200
_LETTERS = 200  # of the text, beside the title: more does not make its language clearer
_MOST = 5  # items that one is compared with: those that have most keys in common


@dataclass(frozen=True, slots=True, kw_only=True)
class Enriched:
    """How many revisions were looked at, and how many items joined others."""

    entries: int = 0
    joined: int = 0


def enrich(
    store: Store, *, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False
) -> Enriched:
    """All that waits. `stopping` is asked between batches."""
    done = Enriched()
    while not stopping():
        with store.read() as tx:
            batch = tx.enrichment.waiting(limit=_BATCH)
        if not batch:
            break
        now = clock()
        looks = {waiting.revision_id: _look(waiting, since=now - WINDOW) for waiting in batch}
        with store.begin() as tx:
            tx.serialise(TURN)
            mine = tx.enrichment.still_waiting(list(looks))
            looks = {revision_id: look for revision_id, look in looks.items() if revision_id in mine}
            tx.enrichment.done({revision_id: look.language for revision_id, look in looks.items()})
            joined = _gather(tx, [look for look in looks.values() if look.keys], now=now)
        done = Enriched(entries=done.entries + len(looks), joined=done.joined + joined)
    while not stopping():
        with store.begin() as tx:
            if not tx.words.fill():
                break
    return done


# ── thinking ──


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What was found out about a revision; without keys it is nobody's sibling (no item, or too old)."""

    waiting: Waiting
    language: Identified
    telling: Telling
    keys: frozenset[str] = frozenset()


def _look(waiting: Waiting, *, since: datetime) -> _Look:
    text = opening(waiting.html)
    language = identify(f"{waiting.title}\n{text[:_LETTERS]}", declared=waiting.declared)
    telling = Telling(title=waiting.title, text=text, language=language.language, url_key=waiting.url_key)
    look = _Look(waiting=waiting, language=language, telling=telling)
    if waiting.queued_at is None or waiting.queued_at < since:
        return look
    return replace(look, keys=keys(telling))


class _Room:
    """Everybody whose stories are compared, by item; changes as items join."""

    def __init__(
        self,
        tellers: Mapping[int, Teller],
        apart: Collection[tuple[int, int]],
        tellings: Mapping[int, Telling],
    ) -> None:
        self._tellers = dict(tellers)
        self._apart = apart
        self._tellings = dict(tellings)

    def among(self, cluster: int) -> list[Teller]:
        return [teller for teller in self._tellers.values() if teller.cluster == cluster]

    def telling(self, item_id: int) -> Telling:
        if item_id not in self._tellings:
            teller = self._tellers[item_id]
            self._tellings[item_id] = Telling.of(
                teller.title, teller.html, language=teller.language, url_key=teller.url_key
            )
        return self._tellings[item_id]

    def joined(self, item_ids: Iterable[int], cluster: int) -> None:
        for item_id in item_ids:
            self._tellers[item_id] = replace(self._tellers[item_id], cluster=cluster)

    def is_alone(self, item_id: int) -> bool:
        return self._tellers[item_id].cluster is None

    def best(self, item_id: int, others: Sequence[int]) -> list[Teller]:
        """Those it belongs with: one that stands alone, or all of a cluster; none where nothing fits."""
        mine, fitting = self._tellers[item_id], []
        for other_id in others:
            if other_id not in self._tellers:
                continue
            other = self._tellers[other_id]
            group = [other] if other.cluster is None else self.among(other.cluster)
            alike = likeness(self.telling(item_id), self.telling(other_id))
            if alike >= SAME and self._may_join(mine, group):
                fitting.append((alike, -other_id, group))
        return max(fitting)[-1] if fitting else []

    def _may_join(self, mine: Teller, group: Sequence[Teller]) -> bool:
        """Like most of them, or stories that are each like the next would come to be one;
        and never two of one source: its column looks the same every week. But for what an editor
        brought along: of a text that is here under another address she wants to know.
        """
        if any((mine.item_id, other.item_id) in self._apart for other in group):
            return False
        if any(other.source_id == mine.source_id and not self._is_copy(mine, other) for other in group):
            return False
        told = self.telling(mine.item_id)
        alike = sum(likeness(told, self.telling(other.item_id)) >= SAME for other in group)
        return 2 * alike > len(group)

    def _is_copy(self, mine: Teller, other: Teller) -> bool:
        one, two = self.telling(mine.item_id), self.telling(other.item_id)
        is_chosen = mine.status is not Status.QUEUED
        return is_chosen and bool(one.words) and (one.words, one.marks) == (two.words, two.marks)


# ── writing ──


def _gather(tx: Transaction, looks: Sequence[_Look], *, now: datetime) -> int:
    """Put the items of these entries beside others that tell the same; how many were."""
    by_item = {look.waiting.item_id: look for look in looks if look.waiting.item_id is not None}
    if not by_item:
        return 0
    since = now - WINDOW
    tx.clusters.forget_keys(before=since)
    queued = {item_id: look.waiting.queued_at or now for item_id, look in by_item.items()}
    tx.clusters.put_keys({item_id: look.keys for item_id, look in by_item.items()}, queued=queued)
    alike = tx.clusters.alike(sorted(by_item), since=since, most=_MOST)
    if not alike:
        return 0
    involved = {*alike, *(other for others in alike.values() for other in others)}
    room = _Room(
        tx.clusters.tellers(involved),
        tx.clusters.apart(involved),
        {item_id: look.telling for item_id, look in by_item.items()},
    )
    joined = 0
    for item_id in sorted(alike):
        if room.is_alone(item_id) and (group := room.best(item_id, alike[item_id])):
            _join(tx, room, item_id, group, now=now)
            joined += 1
    return joined


def _join(tx: Transaction, room: _Room, item_id: int, group: Sequence[Teller], *, now: datetime) -> None:
    cluster = group[0].cluster or tx.clusters.new(now=now)
    fresh = [item_id, *(other.item_id for other in group if other.cluster is None)]
    tx.clusters.put(dict.fromkeys(fresh, cluster))
    room.joined(fresh, cluster)
    # No version of the item: nothing that an editor wrote, and nothing that readers have, is another.
    tx.events.add(
        at=now,
        editor=SYSTEM,
        move=Move.JOIN,
        item_id=item_id,
        before={"duplicates": []},
        after={"duplicates": sorted(other.item_id for other in group)},
    )
    if all(other.status is Status.SKIPPED for other in group):
        # The editors have seen this story and do not want it; a requeue brings all of it back.
        item = tx.items.get(item_id)
        if item.status is Status.QUEUED:
            tx.items.put(item, replace(item, status=Status.SKIPPED), move=Move.SKIP, by=SYSTEM, now=now)
