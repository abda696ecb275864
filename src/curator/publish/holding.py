"""Whether this newsroom may speak: not while it is held, nor where it turns out to be old, or a copy."""

from __future__ import annotations

from datetime import datetime

from curator.model import HeldBecause, Hold, Whereabouts
from curator.publish import journal
from curator.settings import Settings
from curator.store import Store, Transaction

PLACE = "place"
"""Where the database lay when it last spoke: itself and where, in two lines."""


def look(store: Store, settings: Settings, *, place: Whereabouts | None, now: datetime) -> Hold | None:
    """Why the newsroom is held, if it is; it is from now on where it must be. Cheap: before all that leaves.

    Held by itself is a database that is older than what the journal says stood, and
    one that lies in another file and in another place than when it last spoke.
    """
    stood = journal.read(settings).number  # before the database: what stands there later is no higher
    with store.read() as tx:
        hold = tx.holds.current()
        found = place or tx.holds.place()
        remembered = tx.meta.get(PLACE)
        because = _because(tx, stood, found, remembered)
    if hold is not None:
        return hold
    if because is None and (found is None or remembered == _said(found)):
        return None
    with store.begin() as tx:
        tx.serialise(PLACE)
        hold = tx.holds.current()
        if hold is None and because is not None:
            hold = Hold(because=because, since=now)
            tx.holds.put(hold)
        elif hold is None and found is not None:
            remember(tx, found)
    return hold


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
    tx: Transaction, stood: int, place: Whereabouts | None, remembered: str | None
) -> HeldBecause | None:
    if is_older(tx, stood):
        return HeldBecause.RESTORED
    if place is None or not remembered:
        return None
    itself, _, where = remembered.partition("\n")
    # Moved, mounted elsewhere, or started in another container: it is the same file. Put
    # back from a copy: it lies where it lay. Only a copy is another file in another place.
    return HeldBecause.COPIED if place.itself != itself and place.where != where else None


def _said(place: Whereabouts) -> str:
    return f"{place.itself}\n{place.where}"
