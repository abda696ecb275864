"""`history` and `log`: who did what, and when."""

from __future__ import annotations

from collections.abc import Sequence

from curator import history as records
from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, limits, option, pass_call
from curator.faces.cli.tables import Cell
from curator.model import Event, Move


@command()
@argument("item_id", type=int, metavar="ID")
@pass_call
def history(call: Call, /, item_id: int) -> None:
    with call.store.read() as tx:
        tx.items.get(item_id)
        events = tx.events.of_item(item_id)
    _tell_events(call, events)


@command()
@option("--since", metavar="TIME")
@option("--by", "by", metavar="NAME")
@limits
@pass_call
def log(call: Call, /, since: str | None, by: str | None, limit: int, offset: int) -> None:
    moment = call.time(since, call.settings.default_edition) if since else None
    with call.store.read() as tx:
        events = tx.events.find(since=moment, editor=by or call.editor_name, limit=limit, offset=offset)
    _tell_events(call, events)
    if not events and not call.as_json:
        call.note("list_empty")


def _tell_events(call: Call, events: list[Event]) -> None:
    call.emit({"events": [views.event(event) for event in events]})
    call.table(
        ["at", "editor", "item", "move", "changed", "reason"],
        [
            (
                call.short(e.at),
                e.editor,
                e.item_id,
                Cell(e.move, "", _moved(call, e)),
                Cell(", ".join(names := records.names(e.before, e.after)), "", _changed(call, names)),
                e.reason,
            )
            for e in events
        ],
    )


def _moved(call: Call, event: Event) -> str:
    """As people say it; a script gets the move's own name."""
    if event.move in _ISSUE_MOVES:
        return call.messages.say(f"moved_{event.move}", number=event.after.get("number"))
    if event.move in _READER_MOVES:
        return call.messages.say(f"moved_{event.move}", number=event.after.get("subscriber"))
    known = event.move in {*Move, _NEWSROOM_MOVE}
    return call.messages.say(f"moved_{event.move}") if known else event.move


def _changed(call: Call, names: Sequence[str]) -> str:
    """What an editor changed; leases and revisions, which go along, are for scripts."""
    parts = {name: name.partition(" ")[0] for name in names}
    said = [
        name.replace(part, call.messages.say(f"part_{part}"), 1)
        for name, part in parts.items()
        if part in _PARTS
    ]
    return ", ".join(dict.fromkeys(said))


_ISSUE_MOVES = frozenset(
    f"issue_{move}" for move in "edit close reopen rewrite send pause resume cancel settle".split()
)
_READER_MOVES = frozenset(("subscriber_add", "subscriber_erase", "subscriber_unsubscribe"))
"""By their number: the log outlives an address that is erased."""
_NEWSROOM_MOVE = "newsroom_resume"
_PARTS = frozenset(
    "status stage editor assignee excerpt headline note attributions image tags waivers publish_at"
    " correction public_note cluster comment".split()
)
