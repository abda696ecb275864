"""Whether this newsroom may speak: not while it is held, nor where it turns out to be old, or a copy."""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime

from curator.errors import NewsroomError
from curator.model import HeldBecause, Hold, Whereabouts
from curator.publish import journal
from curator.publish.records import Journal
from curator.settings import Settings
from curator.store import Store, Transaction

PLACE = "place"
"""Where the database lay when it last spoke: itself and where, in two lines."""
JOURNALS = "journals"
"""Heads of the journal's files in which all is told that this database has done, as a JSON list."""


def look(store: Store, settings: Settings, *, place: Whereabouts | None, now: datetime) -> Hold | None:
    """Why the newsroom is held, if it is; it is from now on where it must be. Cheap: before all that leaves.

    Held by itself is a database that is older than what the journal says stood, and
    one that lies in another file and in another place than when it last spoke, or
    beside another file of the journal. Where it is not held, the journal's own file is known from here on.
    """
    record = journal.read(settings)  # before the database: what stands there later is no higher
    is_itself = journal.is_itself(settings, record)
    with store.read() as tx:
        hold = tx.holds.current()
        found = place or tx.holds.place()
        remembered = tx.meta.get(PLACE)
        because = _because(tx, record, found, remembered, is_copied=record.head is not None and not is_itself)
        is_known = is_itself and record.head is not None and record.head.id in known_journals(tx)
    if hold is not None:
        return hold
    if because is None and is_known and (found is None or remembered == _said(found)):
        return None
    with store.begin() as tx:
        tx.serialise(PLACE)
        hold = tx.holds.current()
        if hold is None and because is not None:
            hold = Hold(because=because, since=now)
            tx.holds.put(hold)
        elif hold is None:
            if found is not None:
                remember(tx, found)
            if not is_known:
                with suppress(NewsroomError):  # where it cannot be written now, whoever must write says so
                    know_journal(tx, settings, now=now)
    return hold


def known_journals(tx: Transaction) -> Collection[str]:
    """By the ids of their heads."""
    return frozenset(json.loads(tx.meta.get(JOURNALS) or "[]"))


def begin_anew(tx: Transaction, settings: Settings, *, now: datetime) -> None:
    """What was before is settled, as well as it could be: from here on our own file tells all."""
    journal.begin(settings, now=now)
    if head := journal.read(settings).head:
        tx.meta.set(JOURNALS, json.dumps([head.id]))


def know_journal(tx: Transaction, settings: Settings, *, now: datetime) -> None:
    """Our own file, from here on. Of one database on PostgreSQL there may be others, of other machines."""
    record = journal.read(settings)
    if not journal.is_itself(settings, record):
        journal.begin(settings, now=now)
        record = journal.read(settings)
    if record.head is not None:
        others = set(known_journals(tx)) - record.ids if tx.holds.is_shared else set()
        tx.meta.set(JOURNALS, json.dumps(sorted({*others, record.head.id})))


def require_free(store: Store, settings: Settings, *, now: datetime) -> None:
    """At the door of every use-case that speaks. Refused as `holds.require_none` says."""
    stood = journal.read(settings).number
    with store.read() as tx:
        tx.holds.require_none()
        older = is_older(tx, stood)
    if older:
        with store.begin() as tx:
            if tx.holds.current() is None:
                tx.holds.put(Hold(because=HeldBecause.RESTORED, since=now))
        with store.read() as tx:
            tx.holds.require_none()


def is_older(tx: Transaction, stood: int) -> bool:
    """The journal says what a later state of this database did."""
    return int(tx.meta.get(journal.NUMBER) or 0) < stood


def remember(tx: Transaction, place: Whereabouts) -> None:
    tx.meta.set(PLACE, _said(place))


def _because(
    tx: Transaction,
    record: Journal,
    place: Whereabouts | None,
    remembered: str | None,
    *,
    is_copied: bool,
) -> HeldBecause | None:
    if is_older(tx, record.number):
        return HeldBecause.RESTORED
    if place is None or not remembered:
        return None
    itself, _, where = remembered.partition("\n")
    # Moved, mounted elsewhere, or started in another container: it is the same file. Put back
    # alone: it lies where it lay, beside the journal that knows. A copy is another file in
    # another place, or the whole folder is one: from tar, in the place of the first.
    elsewhere = place.where != where or is_copied
    return HeldBecause.COPIED if place.itself != itself and elsewhere else None


def _said(place: Whereabouts) -> str:
    return f"{place.itself}\n{place.where}"
