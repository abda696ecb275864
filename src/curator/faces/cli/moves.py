"""Moving items along: claim, release, skip, requeue, approve, assign, send back, withdraw, undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from curator.curate import choosing, colleagues, siblings
from curator.curate import dossier as dossiers
from curator.curate import usecases as curate
from curator.edges.process import is_gone
from curator.errors import CuratorError
from curator.faces import pulse
from curator.faces.cli import asking, views
from curator.faces.cli.call import Call
from curator.faces.cli.ending import WrongUsage
from curator.faces.cli.grammar import argument, command, edition_option, option, pass_call
from curator.faces.cli.looking import tell_siblings
from curator.faces.cli.remembering import tell_before
from curator.faces.editors import known_editor
from curator.model import Move, Status
from curator.settings import Edition


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """Which items a move is of: named, or chosen by what they are; and how it is made of them."""

    item_ids: tuple[int, ...]
    edition: Edition
    chosen: bool
    how: Mapping[str, bool]

    @property
    def dry_run(self) -> bool:
        return self.how["rehearse"]


def of_many(move: Move) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command that makes this move of several items: it gets `many`, and its own options."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)
        def called(call: Call, /, **given: Any) -> None:
            function(call, _many(call, move, given), **given)

        return argument("item_ids", nargs=-1, type=int, metavar="[ID...]")(_choosing(called))

    return decorate


def _choosing(function: Callable[..., None]) -> Callable[..., None]:
    for add in (
        pass_call,
        edition_option,
        option("--keep-going", is_flag=True),
        option("--dry-run", is_flag=True),
        asking.asking,
    ):
        function = add(function)
    return function


def _many(call: Call, move: Move, given: dict[str, Any]) -> Many:
    """Takes out of what was typed what every move of many knows."""
    edition = call.edition(given.pop("edition"))
    saved, item_ids = given.pop("saved"), given.pop("item_ids")
    how = {"rehearse": given.pop("dry_run"), "keep_going": given.pop("keep_going")}
    criteria = {name: given.pop(name) for name in asking.NAMES if name in given}
    chosen = asking.anything(criteria, saved)
    if chosen == bool(item_ids):
        raise WrongUsage("usage_which_items")
    if chosen:
        asked = asking.asked(call, edition, criteria, saved=saved)
        item_ids = choosing.chosen(
            call.store,
            asked.search,
            move=move,
            problem=asked.problem,
            by=call.editor,
            settings=call.settings,
            now=call.now,
        )
    return Many(item_ids=item_ids, edition=edition, chosen=chosen, how=how)


@command()
@of_many(Move.CLAIM)
@option("--take-over", is_flag=True)
def claim(call: Call, /, many: Many, *, take_over: bool) -> None:
    moved = curate.claim(
        call.store,
        many.item_ids,
        by=call.editor,
        settings=call.settings,
        edition=many.edition,
        now=call.now,
        take_over=take_over,
        **many.how,
    )
    _tell(call, moved, many, "claimed")


@command()
@of_many(Move.RELEASE)
def release(call: Call, /, many: Many) -> None:
    moved = curate.release(
        call.store, many.item_ids, by=call.editor, edition=many.edition, now=call.now, **many.how
    )
    _tell(call, moved, many, "released")


@command()
@of_many(Move.SKIP)
@option("--reason", metavar="TEXT")
def skip(call: Call, /, many: Many, *, reason: str | None) -> None:
    moved = curate.skip(
        call.store,
        many.item_ids,
        by=call.editor,
        edition=many.edition,
        now=call.now,
        reason=reason,
        whole_story=not many.chosen,
        **many.how,
    )
    _tell(call, moved, many, "skipped")


@command()
@of_many(Move.REQUEUE)
def requeue(call: Call, /, many: Many) -> None:
    moved = curate.requeue(
        call.store, many.item_ids, by=call.editor, edition=many.edition, now=call.now, **many.how
    )
    _tell(call, moved, many, "requeued")


@command()
@of_many(Move.APPROVE)
@option("--at", metavar="TIME")
@option("--version", type=int, metavar="N")
def approve(call: Call, /, many: Many, *, at: str | None, version: int | None) -> None:
    if version is not None and (many.chosen or len(many.item_ids) > 1):
        raise WrongUsage("usage_version_of_one")
    moment = call.time(at, many.edition) if at else None
    moved = curate.approve(
        call.store,
        many.item_ids,
        by=call.editor,
        settings=call.settings,
        edition=many.edition,
        now=call.now,
        at=moment,
        version=version,
        **many.how,
    )
    lonely = _nobody_publishes(call, moment)
    _tell(call, moved, many, "approved", warnings=["nothing_runs"] if lonely else [])


@command()
@argument("item_ids", nargs=-1, type=int, metavar="[ID...]")
@argument("editor", required=False, metavar="[EDITOR]")
@option("--nobody", is_flag=True)
@_choosing
def assign(call: Call, /, editor: str | None, *, nobody: bool, **given: Any) -> None:
    if nobody and editor is not None:  # no name follows the ids: the last word is one of them
        if not editor.isdecimal():
            raise WrongUsage("usage_not_together", "--nobody", editor)
        given["item_ids"], editor = (*given["item_ids"], int(editor)), None
    if editor is None and not nobody:
        raise WrongUsage("usage_assign_whom")
    many = _many(call, Move.ASSIGN, given)
    moved = colleagues.assign(
        call.store,
        many.item_ids,
        to=known_editor(call.settings, editor) if editor is not None else None,
        by=call.editor,
        edition=many.edition,
        now=call.now,
        **many.how,
    )
    _tell(call, moved, many, "unassigned" if nobody else "assigned")


@command()
@argument("item_id", type=int, metavar="ID")
@option("--comment", required=True, metavar="TEXT")
@edition_option
@pass_call
def send_back(call: Call, /, item_id: int, comment: str, edition: str | None) -> None:
    wanted = call.edition(edition)
    item = colleagues.send_back(
        call.store,
        item_id,
        comment=comment,
        by=call.editor,
        settings=call.settings,
        edition=wanted,
        now=call.now,
    )
    call.emit(_view(call, dossiers.read_dossier(call.store, item_id), wanted))
    call.say("item_sent_back", item=item_id, editor=item.editor)


@command()
@argument("item_id", type=int, metavar="ID")
@argument("text", metavar="TEXT")
@edition_option
@pass_call
def comment(call: Call, /, item_id: int, text: str, edition: str | None) -> None:
    wanted = call.edition(edition)
    colleagues.comment(call.store, item_id, text, by=call.editor, now=call.now)
    call.emit(_view(call, dossiers.read_dossier(call.store, item_id), wanted))
    call.say("item_commented", item=item_id)


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
        again=at_once,
    )
    if at_once:
        _take_down(call, item_id, wanted)
    call.emit(_view(call, dossiers.read_dossier(call.store, item.id), wanted))
    call.say("item_withdrawn_now" if at_once else "item_withdrawn", item=item_id)
    for key in call.settings.editions:
        if key != wanted.key and item.status_in(key) is Status.PUBLISHED:
            call.note("item_still_out", item=item_id, edition=key)


def _take_down(call: Call, item_id: int, edition: Edition) -> None:
    """Readers lose the withdrawn item now, or the editor is told that they have not, and may ask again."""
    from curator.faces.cli import mirror
    from curator.faces.cli.announcing import announce, tell_announced
    from curator.faces.cli.publishing import tell_waiting
    from curator.publish.takedown import take_down

    try:
        down = take_down(call.open_store, call.settings, edition=edition, by=call.editor, now=call.now)
    except CuratorError as error:
        call.note("item_withdrawn_not_out", item=item_id)
        error.data["withdrawn"] = item_id
        raise
    if down.broken is not None:
        call.note("withdrawn_without_templates", **down.broken.data)
    tell_waiting(call, down.published, edition=edition)
    tell_announced(call, announce(call))
    mirror.tell(call, mirror.mirror(call))


@command()
@argument("item_id", type=int, metavar="ID")
@edition_option
@pass_call
def undo(call: Call, /, item_id: int, edition: str | None) -> None:
    wanted = call.edition(edition)
    item, event, along = curate.undo(call.store, item_id, by=call.editor, now=call.now)
    call.emit(_view(call, dossiers.read_dossier(call.store, item.id), wanted))
    known = event.move in set(Move)
    move = call.messages.say(f"moved_{event.move}") if known else event.move
    call.say("item_undone", item=[item_id, *along], move=move, editor=event.editor)


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


def _nobody_publishes(call: Call, at: datetime | None) -> bool:
    """Whether a time was set although nothing would publish by itself then."""
    return at is not None and not pulse.is_alive(call.store, is_gone=is_gone, now=call.now)


def _tell(
    call: Call,
    moved: curate.Moved,
    many: Many,
    verb: str,
    *,
    warnings: Sequence[str] = (),
) -> None:
    found = dossiers.read_dossiers(call.store, moved.items)
    answer: views.View = {
        "items": [_view(call, each, many.edition) for each in found],
        "refused": [
            {"item": refusal.item_id, "error": views.error(refusal.error, call.messages)}
            for refusal in moved.refused
        ],
    }
    if warnings:
        answer["warnings"] = [{"code": code, "message": call.messages.say(code)} for code in warnings]
    call.emit(answer | ({"dry_run": True} if many.dry_run else {}))
    if many.chosen and not many.item_ids:
        call.say("nothing_chosen")
    elif many.dry_run:
        call.say("moves_rehearsed", count=len(found))
    for each, view in zip(found, answer["items"], strict=True):
        title = view["headline"] or (each.entry.title if each.entry else "")
        data = {"item": each.item.id, "title": title, "until": _until(call, each), "to": each.item.assignee}
        corrected = verb == "approved" and view["status"] == Status.PUBLISHED
        call.say("item_correction_approved" if corrected else f"item_{verb}", **data)
        if verb == "claimed":
            tell_siblings(call, view)
    if verb in {"claimed", "approved"}:
        tell_before(call, [each.item.id for each in found], edition=many.edition)
    for refusal in moved.refused:
        call.tell(call.messages.error(refusal.error.reason, refusal.error.data))
    for code in warnings:
        call.note(code)


def _view(call: Call, found: dossiers.Dossier, edition: Edition) -> dict[str, Any]:
    return views.item(found, edition=edition, settings=call.settings, messages=call.messages)


def _until(call: Call, found: dossiers.Dossier) -> str:
    return call.spoken(found.item.claimed_until) if found.item.claimed_until else ""
