"""After a publish: hubs hear at once what is new, where they take it."""

from __future__ import annotations

from typing import Any

from curator.faces.cli import views
from curator.faces.cli.call import Call

PATIENCE = 10.0  # seconds for all hubs; what they were not told then is for `run`, or the next publish
ONE_REQUEST = 5.0


def announce(call: Call) -> list[dict[str, Any]]:
    """Each hub of the settings: how many feeds it was told of, how many it waits for, and why."""
    from time import monotonic

    from curator.faces.clock import utcnow
    from curator.publish import announcing

    hubs = call.settings.publish.hubs
    if not hubs:
        return []
    told = announcing.Announced()
    if announcing.is_due(call.store, call.settings, now=call.now):
        until = monotonic() + PATIENCE
        with call.progress("announce_working"):
            told = announcing.announce(
                call.open_store,
                call.hub_web,
                call.settings,
                clock=utcnow,
                stopping=lambda: monotonic() > until,
                timeout=ONE_REQUEST,
            )
    with call.store.read() as tx:
        untold = {one.hub: one for one in tx.announcements.untold(hubs)}
    return [
        {
            "hub": hub,
            "told": told.hubs.get(hub, 0),
            "waiting": untold[hub].feeds if hub in untold else 0,
            "error": views.failure(untold[hub].error, call.messages) if hub in untold else None,
        }
        for hub in hubs
    ]


def tell_announced(call: Call, announced: list[dict[str, Any]]) -> None:
    """A hub that could not be told is a note: readers have the files, and it will be told."""
    for one in announced:
        if one["told"]:
            call.say("announced", hub=one["hub"], count=one["told"])
        if one["waiting"]:
            why = one["error"]["message"] if one["error"] else None
            call.note("announce_waiting", hub=one["hub"], count=one["waiting"], why=why)
