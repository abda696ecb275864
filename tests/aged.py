"""A newsroom as years leave it: sources, entries, items, readers, issues and polls by the thousand.

Made through the store, a thousand entries at a time, and always the same.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import insert, select, update

from builders import MARTA
from curator.curate.usecases import approve, write
from curator.curate.writing import Writing
from curator.model import Changes, Lang, NewEntry, ParsedEntry, SafeHtml, SourceDraft
from curator.settings import Settings
from curator.store import Store, Transaction
from curator.store import tables as t
from curator.store.subscribers import Consent, Entry
from curator.text import fingerprint
from curator.text.language import Identified

KNOWN = (
    "clienti servizio cliente esperienza organizzazione qualità azienda ascolto fiducia promessa reclami"
).split()
_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    sources: int = 200
    entries: int = 100_000
    days: int = 365
    queued: int = 5_000  # the newest wait, all others were skipped but for what was published
    published: int = 500
    subscribers: int = 10_000
    issues: int = 10
    polls_a_day: int = 12  # of each source, in the last 90 days


class Speech:
    """Invented words, as unevenly spread as a language's."""

    def __init__(self, seed: int = 7) -> None:
        self._dice = random.Random(seed)
        sounds = [c + v for c in "bcdfglmnprstvz" for v in "aeio"]
        made = {"".join(self._dice.choices(sounds, k=self._dice.randint(2, 5))) for _ in range(12_000)}
        self._words = [*KNOWN, *sorted(made)]
        self._dice.shuffle(self._words)
        self._weights = list(accumulate(1 / (rank + 2) for rank in range(len(self._words))))

    def words(self, count: int) -> str:
        return " ".join(self._dice.choices(self._words, cum_weights=self._weights, k=count))

    def text(self) -> SafeHtml:
        paragraphs = (f"<p>{self.words(40).capitalize()}.</p>" for _ in range(self._dice.randint(1, 12)))
        return SafeHtml("".join(paragraphs))


def grow(store: Store, settings: Settings, *, size: Size = Size(), now: datetime) -> None:
    speech = Speech()
    sources = _sources(store, size, speech, now=now)
    items = _entries(store, size, sources, speech, now=now)
    with store.begin() as tx:
        queued = set(items[-size.queued :])
        skipped = [item_id for item_id in items if item_id not in queued]
        _skip(tx, skipped, now=now)
        _polls(tx, size, sources, now=now)
    while _fill(store):
        pass
    _publish_some(store, settings, items[-size.queued :][: size.published], speech, now=now)
    _readers(store, size, edition=settings.default_edition.key, now=now)


def _sources(store: Store, size: Size, speech: Speech, *, now: datetime) -> list[int]:
    began = now - timedelta(days=size.days)
    with store.begin() as tx:
        tx.meta.set("created_at", began.isoformat())
        ids = [
            tx.sources.add(
                url=f"https://s{n}.example/feed",
                name=speech.words(2).title(),
                draft=SourceDraft(),
                unverified=False,
                now=began,
            )
            for n in range(size.sources)
        ]
        lately = {"due_at": now + timedelta(hours=1), "last_fetched_at": now, "last_success_at": now}
        tx.connection.execute(update(t.sources).values(**lately, last_outcome="fetched"))
    return [source_id for source_id in ids if source_id is not None]


def _entries(store: Store, size: Size, sources: Sequence[int], speech: Speech, *, now: datetime) -> list[int]:
    """The ids of their items, the oldest first."""
    items: list[int] = []
    gap = timedelta(days=size.days) / size.entries
    for start in range(0, size.entries, _AT_ONCE):
        told = range(start, min(start + _AT_ONCE, size.entries))
        at = {n: now - gap * (size.entries - n) for n in told}
        with store.begin() as tx:
            changes: dict[int, list[NewEntry]] = {}
            for n in told:
                said = _said(n, speech, at=at[n])
                new = NewEntry(identity=f"guid:{n}", url_key=said.url, said=said)
                changes.setdefault(sources[n % len(sources)], []).append(new)
            brought = {source: Changes(new=tuple(new)) for source, new in changes.items()}
            added = tx.entries.apply(brought, now=at[told[-1]])
            ids = {int(name.split(":")[1]): entry for each in added.values() for name, entry in each.items()}
            made = tx.items.enqueue_all({ids[n]: at[n] for n in told}, now=at[told[-1]])
            items += [made[ids[n]] for n in told]
    with store.begin() as tx:
        waiting = tx.connection.execute(select(t.entry_revisions.c.id)).scalars().all()
        for start in range(0, len(waiting), 10_000):
            some = waiting[start : start + 10_000]
            tx.enrichment.done(
                {n: Identified(language=Lang("it" if n % 3 else "en"), confidence=1.0) for n in some}
            )
    return items


def _said(n: int, speech: Speech, *, at: datetime) -> ParsedEntry:
    title = speech.words(9).capitalize()
    return ParsedEntry(
        guid=f"{n}",
        url=f"https://s.example/{n}",
        title=title,
        html=speech.text(),
        authors=(speech.words(2).title(),),
        language=None,
        published=at,
        updated=None,
        tags=(),
        image=None,
        raw_hash=fingerprint(str(n)),
        content_key=fingerprint(title, str(n)),
        telling_hash=fingerprint("told", str(n)),
    )


def _skip(tx: Transaction, item_ids: Sequence[int], *, now: datetime) -> None:
    """As an editor did, a day after each came; one statement for all."""
    tx.connection.execute(
        update(t.items).where(t.items.c.id <= item_ids[-1]).values(status="skipped", version=2)
    )
    came = dict(tx.connection.execute(select(t.items.c.id, t.items.c.queued_at)).tuples().all())
    for start in range(0, len(item_ids), _AT_ONCE):
        moved = [
            {
                "at": min(came[item_id] + timedelta(days=1), now),
                "editor": MARTA.name,
                "item_id": item_id,
                "edition": "it",
                "move": "skip",
                "version": 2,
                "before": {"status": "queued"},
                "after": {"status": "skipped"},
            }
            for item_id in item_ids[start : start + _AT_ONCE]
        ]
        tx.connection.execute(insert(t.events), moved)


def _polls(tx: Transaction, size: Size, sources: Sequence[int], *, now: datetime) -> None:
    gap = timedelta(days=1) / max(1, size.polls_a_day)
    days = min(size.days, 90)
    for n in range(days * size.polls_a_day):
        at = now - timedelta(days=days) + gap * n
        polled: list[dict[str, Any]] = [
            {"source_id": source, "at": at, "outcome": "not_modified", "http_status": 304, "why": "rhythm"}
            for source in sources
        ]
        tx.connection.execute(insert(t.fetches), polled)


def _fill(store: Store) -> int:
    with store.begin() as tx:
        return tx.words.fill(most=_AT_ONCE)


def _publish_some(
    store: Store, settings: Settings, item_ids: Sequence[int], speech: Speech, *, now: datetime
) -> None:
    edition = settings.default_edition
    desk: dict[str, Any] = {"by": MARTA, "settings": settings, "edition": edition, "now": now}
    for item_id in item_ids:
        write(store, item_id, Writing(headline=speech.words(8).capitalize(), note=speech.words(60)), **desk)
    approve(store, list(item_ids), **desk)


def _readers(store: Store, size: Size, *, edition: str, now: datetime) -> None:
    consent = Consent(edition=edition, at=now, kind="given", text="Modulo cartaceo")
    readers = [Entry(f"reader{n}@d{n % 50}.example", consent) for n in range(size.subscribers)]
    with store.begin() as tx:
        tx.serialise("subscribers")
        tx.mailing.subscribers.confirm_all(readers, now=now)
        ids = tx.connection.execute(select(t.subscribers.c.id)).scalars().all()
        for number in range(1, size.issues + 1):
            closed = now - timedelta(weeks=size.issues - number, days=7)
            told = {"edition": edition, "number": number, "status": "finished", "subject": f"N. {number}"}
            told |= {"html": b"<p>", "text": b"-", "content_hash": "0", "closed_at": closed, "slot": closed}
            made = insert(t.issues).values(**told, begun_at=closed).returning(t.issues.c.id)
            issue_id = tx.connection.execute(made).scalar_one()
            sent = {"issue_id": issue_id, "state": "accepted", "attempts": 1, "changed_at": closed}
            names = [(each, f"<{number}.{each}@news.example>") for each in ids]
            rows = [
                {"subscriber_id": each, "message_id": name, **sent, "domain": "d.example"}
                for each, name in names
            ]
            tx.connection.execute(insert(t.deliveries), rows)


def small(size: Size, share: float) -> Size:
    """The same newsroom, of which only a part is there."""
    return replace(
        size,
        **{
            name: max(1, int(getattr(size, name) * share))
            for name in ("sources", "entries", "queued", "published", "subscribers")
        },
    )
