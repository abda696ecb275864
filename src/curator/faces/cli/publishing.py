"""`publish` and `preview`: what readers get, and what they would get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from curator.faces.cli import announcing, mirror, picturing, views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, edition_option, option, pass_call

if TYPE_CHECKING:
    from curator.publish.usecases import Moves, Rehearsed
    from curator.settings import Edition


@command()
@edition_option
@option("--dry-run", is_flag=True)
@pass_call
def publish(call: Call, edition: str | None, *, dry_run: bool) -> None:
    from curator.publish.usecases import publish_edition, rehearse

    line = call.edition(edition)
    if dry_run:
        moves = rehearse(call.store, call.settings, edition=line, by=call.editor, now=call.now)
        nothing: dict[str, Any] = {
            "files": [],
            "written": [],
            "addresses": [],
            "announced": [],
            "mirrored": None,
        }
        call.emit({"dry_run": True, **_view(call, moves), "imported": moves.imported, **nothing})
        _tell_rehearsed(call, moves)
        _tell_held(call, moves)
        tell_waiting(call, moves, edition=line)
        return
    picturing.fetch_due(call)
    with call.progress("publish_working") as told:
        done = publish_edition(
            call.open_store, call.settings, edition=line, by=call.editor, now=call.now, told=told
        )
    announced = announcing.announce(call)
    mirrored = mirror.mirror(call)
    call.emit(
        {
            **_view(call, done),
            "imported": done.imported,
            "files": done.files,
            "written": done.written,
            "addresses": done.addresses,
            "announced": announced,
            "mirrored": mirrored,
        }
    )
    call.say(
        "published",
        published=len(done.published),
        corrected=len(done.corrected),
        withdrawn=len(done.withdrawn),
        written=len(done.written),
    )
    if done.imported:
        call.say("published_imported", count=len(done.imported))
    _tell_held(call, done)
    tell_waiting(call, done, edition=line)
    picturing.tell_left_out(call, (*done.published, *done.corrected))
    announcing.tell_announced(call, announced)
    mirror.tell(call, mirrored)
    for address in done.addresses:
        call.tell(f"  {address}")
    _tell_others(call, line)


def _view(call: Call, moves: Moves) -> dict[str, Any]:
    return {
        "published": moves.published,
        "corrected": moves.corrected,
        "withdrawn": moves.withdrawn,
        "held": [
            {"item": held.item_id, "problems": [views.problem(p, call.messages) for p in held.problems]}
            for held in moves.held
        ],
        "waiting": moves.waiting,
    }


def _tell_rehearsed(call: Call, moves: Rehearsed) -> None:
    kinds = {"publish": moves.published, "correct": moves.corrected, "withdraw": moves.withdrawn}
    for kind, items in kinds.items():
        if items:
            call.say(f"would_{kind}", items=items)
    if moves.imported:
        call.say("would_give_imported", count=len(moves.imported))
    call.say("would_all" if moves.imported or any(kinds.values()) else "would_nothing")


def _tell_held(call: Call, moves: Moves) -> None:
    for held in moves.held:
        call.note("publish_held", item=held.item_id, problems=held.problems)


def tell_waiting(call: Call, moves: Moves, *, edition: Edition) -> None:
    """Of issues that stopped half-way out, since they hold what is withdrawn now."""
    for number in moves.waiting:
        call.note("issue_waits", edition=edition.key, number=number)


def _tell_others(call: Call, edition: Edition) -> None:
    """Of further editions that have something for their readers: each is published by its own name."""
    from curator.publish.usecases import rehearse

    for key, other in call.settings.editions.items():
        if key != edition.key:
            moves = rehearse(call.store, call.settings, edition=other, by=call.editor, now=call.now)
            if moves.published or moves.corrected or moves.withdrawn:
                call.note("publish_other", edition=key)


@command()
@argument("item_id", type=int, metavar="ID")
@edition_option
@option("--open", "show_it", is_flag=True)
@pass_call
def preview(call: Call, item_id: int, edition: str | None, *, show_it: bool) -> None:
    from curator.publish.usecases import preview_item

    files = preview_item(
        call.store,
        call.settings,
        item_id=item_id,
        edition=call.edition(edition),
        directory=call.preview_folder,
        now=call.now,
    )
    call.emit({"files": files})
    for file in files:
        call.tell(str(file))
    if show_it:
        click.launch(str(files[0]))
