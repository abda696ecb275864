"""Moving items along: claim, release, skip, requeue, approve, withdraw, undo."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from curator.curate import dossier as dossiers
from curator.curate import siblings
from curator.curate import usecases as curate
from curator.errors import BadInput
from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, edition_option, option, pass_call
from curator.faces.cli.looking import tell_siblings
from curator.settings import Edition

_ids = argument("item_ids", nargs=-1, type=int, required=True, metavar="ID...")
_keep_going = option("--keep-going", is_flag=True)


@command()
@_ids
@option("--take-over", is_flag=True)
@_keep_going
@edition_option
@pass_call
def claim(call: Call, /, item_ids: tuple[int, ...], edition: str | None, **how: bool) -> None:
    wanted = call.edition(edition)
    moved = curate.claim(
        call.store,
        item_ids,
        by=call.editor,
        settings=call.settings,
        edition=wanted,
        now=call.now,
        **how,
    )
    _tell(call, moved, wanted, "claimed")


@command()
@_ids
@_keep_going
@edition_option
@pass_call
def release(call: Call, /, item_ids: tuple[int, ...], edition: str | None, *, keep_going: bool) -> None:
    wanted = call.edition(edition)
    moved = curate.release(
        call.store, item_ids, by=call.editor, edition=wanted, now=call.now, keep_going=keep_going
    )
    _tell(call, moved, wanted, "released")


@command()
@argument("item_ids", nargs=-1, type=int, metavar="[ID...]")
@option("--reason", metavar="TEXT")
@option("--source", "source_id", type=int, metavar="ID")
@option("--older-than", metavar="AGE")
@option("--dry-run", is_flag=True)
@_keep_going
@edition_option
@pass_call
def skip(
    call: Call,
    /,
    item_ids: tuple[int, ...],
    *,
    source_id: int | None,
    older_than: str | None,
    edition: str | None,
    reason: str | None,
    dry_run: bool,
    keep_going: bool,
) -> None:
    wanted = call.edition(edition)
    many = source_id is not None or older_than is not None
    if many == bool(item_ids):
        raise BadInput("skip_what")
    if source_id is not None:
        with call.store.read() as tx:
            tx.sources.get(source_id)
    if many:
        moment = _age(call, older_than, wanted) if older_than else None
        item_ids = curate.queued_before(call.store, wanted, source_id=source_id, before=moment)
    if dry_run:
        found = dossiers.read_many(call.store, item_ids)
        would = [_view(call, each, wanted) for each in found]
        call.emit({"items": would, "refused": [], "dry_run": True})
        call.say("skip_would", count=len(item_ids))
        return
    if not item_ids:
        call.say("skip_nothing")
    moved = curate.skip(
        call.store,
        item_ids,
        by=call.editor,
        edition=wanted,
        now=call.now,
        reason=reason,
        keep_going=keep_going,
        whole_story=not many,
    )
    _tell(call, moved, wanted, "skipped")


@command()
@_ids
@_keep_going
@edition_option
@pass_call
def requeue(call: Call, /, item_ids: tuple[int, ...], edition: str | None, *, keep_going: bool) -> None:
    wanted = call.edition(edition)
    moved = curate.requeue(
        call.store, item_ids, by=call.editor, edition=wanted, now=call.now, keep_going=keep_going
    )
    _tell(call, moved, wanted, "requeued")


@command()
@_ids
@option("--at", metavar="TIME")
@_keep_going
@edition_option
@pass_call
def approve(
    call: Call, /, item_ids: tuple[int, ...], at: str | None, edition: str | None, *, keep_going: bool
) -> None:
    wanted = call.edition(edition)
    moved = curate.approve(
        call.store,
        item_ids,
        by=call.editor,
        settings=call.settings,
        edition=wanted,
        now=call.now,
        at=call.time(at, wanted) if at else None,
        keep_going=keep_going,
    )
    _tell(call, moved, wanted, "approved")


@command()
@argument("item_id", type=int, metavar="ID")
@option("--reason", required=True, metavar="TEXT")
@option("--public-note", metavar="TEXT")
@option("--now", "at_once", is_flag=True)
@edition_option
@pass_call
def withdraw(
    call: Call,
    /,
    item_id: int,
    reason: str,
    public_note: str | None,
    edition: str | None,
    *,
    at_once: bool,
) -> None:
    wanted = call.edition(edition)
    item = curate.withdraw(
        call.store,
        item_id,
        reason=reason,
        public_note=public_note,
        by=call.editor,
        edition=wanted,
        now=call.now,
    )
    if at_once:
        from curator.faces.cli.publishing import tell_waiting
        from curator.publish.usecases import publish_edition

        done = publish_edition(call.store, call.settings, edition=wanted, by=call.editor, now=call.now)
        tell_waiting(call, done)
    call.emit(_view(call, dossiers.read_dossier(call.store, item.id), wanted))
    call.say("item_withdrawn_now" if at_once else "item_withdrawn", item=item_id)


@command()
@argument("item_id", type=int, metavar="ID")
@edition_option
@pass_call
def undo(call: Call, /, item_id: int, edition: str | None) -> None:
    wanted = call.edition(edition)
    item, event, along = curate.undo(call.store, item_id, by=call.editor, now=call.now)
    call.emit(_view(call, dossiers.read_dossier(call.store, item.id), wanted))
    call.say("item_undone", item=[item_id, *along], move=event.move, editor=event.editor)


@command()
@argument("item_id", type=int, metavar="ID")
@edition_option
@pass_call
def separate(call: Call, /, item_id: int, edition: str | None) -> None:
    wanted = call.edition(edition)
    siblings.separate(call.store, item_id, by=call.editor, now=call.now)
    call.emit(_view(call, dossiers.read_dossier(call.store, item_id), wanted))
    call.say("item_separated", item=item_id)


@command()
@argument("item_id", type=int, metavar="ID")
@argument("other_id", type=int, metavar="OTHER")
@edition_option
@pass_call
def join(call: Call, /, item_id: int, other_id: int, edition: str | None) -> None:
    wanted = call.edition(edition)
    siblings.join(call.store, item_id, other_id, by=call.editor, now=call.now)
    call.emit(_view(call, dossiers.read_dossier(call.store, item_id), wanted))
    call.say("item_joined", item=item_id, other=other_id)


def _tell(call: Call, moved: curate.Moved, edition: Edition, verb: str) -> None:
    found = dossiers.read_dossiers(call.store, moved.items)
    call.emit(
        {
            "items": [_view(call, each, edition) for each in found],
            "refused": [
                {"item": refusal.item_id, "error": views.error(refusal.error, call.messages)}
                for refusal in moved.refused
            ],
        }
    )
    for each in found:
        entry, commentary = each.entry, each.item.commentaries.get(edition.key)
        title = (commentary.headline if commentary else None) or (entry.title if entry else "")
        call.say(f"item_{verb}", item=each.item.id, title=title, until=_until(call, each))
        if verb == "claimed":
            tell_siblings(call, _view(call, each, edition))
    for refusal in moved.refused:
        call.tell(call.messages.error(refusal.error.reason, refusal.error.data))


def _view(call: Call, found: dossiers.Dossier, edition: Edition) -> dict[str, Any]:
    return views.item(found, edition=edition, settings=call.settings, messages=call.messages)


def _until(call: Call, found: dossiers.Dossier) -> str:
    return call.spoken(found.item.claimed_until) if found.item.claimed_until else ""


def _age(call: Call, typed: str, edition: Edition) -> datetime:
    """`30d` is thirty days ago; anything else is a time."""
    return call.time(f"-{typed}" if re.fullmatch(r"\d+[mhdw]", typed) else typed, edition)
