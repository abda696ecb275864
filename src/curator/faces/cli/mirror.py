"""`mirror status`, `push` and `settle`: the WordPress that gets what is published."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, option, pass_call
from curator.model import OutboxState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from curator.model import Owed, Publication
    from curator.publish.mirror.pushing import Pushed

PATIENCE = 20.0  # seconds a publish gives the mirror; the rest is for `run`, or for `mirror push`


@command()
@pass_call
def status(call: Call) -> None:
    from curator.publish.mirror import settling

    found = settling.standing(call.store, call.settings)
    error = found.state.error if found.state else None
    call.emit(
        {
            "target": found.target,
            "edition": found.edition,
            "since": found.state.since if found.state else None,
            "counts": {str(state): number for state, number in found.counts.items()},
            "refusal": views.failure(error, call.messages),
            "next_try": found.state.next_try if found.state else None,
            "items": [_row(call, owed) for owed, _publication in found.rows],
            "lost_markup": found.lost_markup,
            "elsewhere": found.elsewhere,
            "left_out": [
                {"item": item, "kind": kind, "name": name}
                for item, left in found.left_out.items()
                for kind, name in left
            ],
        }
    )
    call.say("mirror_stands", target=found.target, **{str(s): n for s, n in found.counts.items()})
    for owed, publication in found.rows:
        call.say(f"mirror_item_{owed.state}", item=owed.item_id, headline=publication.content.headline)
        if owed.error and owed.state in (OutboxState.CONFLICT, OutboxState.WAITING):
            call.tell(f"  {call.messages.error(owed.error['code'], _data(owed))}")
    for other, number in found.elsewhere.items():
        call.note("mirror_elsewhere", target=other, number=number)
    if found.lost_markup:
        call.note("mirror_lost_markup", items=found.lost_markup)
    for item, left in found.left_out.items():
        for kind, name in left:
            call.note(f"mirror_left_out_{kind}", item=item, name=name)
    if error:
        call.note("mirror_rests", why=call.messages.error(error["code"], error.get("data", {})))


def _row(call: Call, owed: Owed) -> dict[str, Any]:
    return {
        "item": owed.item_id,
        "state": str(owed.state),
        "link": owed.remote.get("link"),
        "slug": owed.slug,
        "attempts": owed.attempts,
        "next_try": owed.next_try,
        "in_doubt": owed.asked_at is not None,
        "error": _failure(call, owed),
    }


def _failure(call: Call, owed: Owed) -> dict[str, Any] | None:
    return views.failure({**owed.error, "data": _data(owed)}, call.messages) if owed.error else None


def _data(owed: Owed) -> dict[str, Any]:
    data = (owed.error or {}).get("data")
    return {"item": owed.item_id, **(data if isinstance(data, dict) else {})}


@command()
@option("--since", metavar="TIME")
@option("--all", "everything", is_flag=True)
@option("--moved-from", "old", metavar="URL")
@option("--dry-run", is_flag=True)
@pass_call
def push(call: Call, since: str | None, old: str | None, *, everything: bool, dry_run: bool) -> None:
    from curator.publish.mirror import owing, settling

    settling.required_target(call.settings)
    edition = owing.edition_of(call.settings)
    moment = call.time(since, edition) if since else None
    if dry_run:
        waiting = owing.rehearse(
            call.store, call.settings, since=moment, older=everything or moment is not None, now=call.now
        )
        call.emit({"dry_run": True, "waiting": waiting})
        for item in waiting:
            call.say("mirror_would_push", item=item)
        call.say("mirror_would_push_all" if waiting else "mirror_nothing_waits")
        return
    if old is not None:
        settling.move(call.store, call.settings, old=old)
    if everything or moment is not None:
        owing.owe_older(call.store, call.settings, since=moment, now=call.now)
    done = _pushed(call, patience=None, insist=True)
    said = _view(call, done)
    call.emit(said)
    call.say("mirror_pushed", **_counts(said))
    if said["waiting"] and said["next_try"] and not any((said["made"], said["failed"], said["refusal"])):
        call.say("mirror_waits", until=said["next_try"])
    tell(call, said, counts=False)


@command()
@argument("item_ids", nargs=-1, type=int, required=True, metavar="ID...")
@option("--overwrite", "decision", flag_value="overwrite")
@option("--keep", "decision", flag_value="keep")
@pass_call
def settle(call: Call, item_ids: tuple[int, ...], decision: str | None) -> None:
    from curator.errors import BadInput
    from curator.publish.mirror import settling

    if decision is None:
        raise BadInput("mirror_undecided")
    overwrite = decision == "overwrite"
    settled = settling.settle(call.store, call.settings, item_ids=item_ids, overwrite=overwrite, now=call.now)
    call.emit({"settled": [owed.item_id for owed in settled], "overwrite": overwrite})
    for owed in settled:
        call.say("mirror_will_overwrite" if overwrite else "mirror_left_to_them", item=owed.item_id)


# ── after a publish ──


def mirror(call: Call) -> dict[str, Any] | None:
    """What became of it; None where no mirror is set. A mirror that fails never fails a publish."""
    from curator.errors import CuratorError
    from curator.publish.mirror import owing
    from curator.publish.mirror.pushing import Pushed

    target = owing.target_of(call.settings)
    if target is None:
        return None
    try:
        return _view(call, _pushed(call, patience=PATIENCE, insist=False))
    except CuratorError as failed:  # its password is not said, another process holds the database
        return _view(call, Pushed(target=target, error={"code": failed.reason, "data": dict(failed.data)}))


def tell(call: Call, said: dict[str, Any] | None, *, counts: bool = True) -> None:
    """On standard error: readers have their files whatever the mirror says."""
    if said is None:
        return
    if counts and any((said["made"], said["updated"], said["withdrawn"], said["waiting"])):
        call.note("mirror_pushed", **_counts(said))
    for other, number in said["elsewhere"].items():
        call.note("mirror_elsewhere", target=other, number=number)
    for one in said["conflicts"]:
        call.note("mirror_conflict", item=one["item"], why=one["message"])
    if said["failed"]:
        call.note("mirror_failed_items", items=said["failed"])
    if said["busy"]:
        call.note("mirror_is_busy", target=said["target"])
    if said["refusal"]:
        call.note("mirror_rests", why=said["refusal"]["message"])


def _pushed(call: Call, *, patience: float | None, insist: bool) -> Pushed:
    from time import monotonic

    from curator.edges.process import is_gone, this_worker
    from curator.edges.wordpress import open_wordpress
    from curator.faces.clock import utcnow
    from curator.publish.mirror.pushing import push

    until = None if patience is None else monotonic() + patience
    call.quiet()
    with closing(open_wordpress(call.settings)) as there, call.progress("mirror_working") as told:
        return push(
            call.open_store,
            there,
            call.settings,
            worker=this_worker(),
            is_gone=is_gone,
            clock=utcnow,
            stopping=lambda: until is not None and monotonic() > until,
            insist=insist,
            told=told,
        )


def _view(call: Call, done: Pushed) -> dict[str, Any]:
    from curator.publish.mirror import settling

    found = settling.standing(call.store, call.settings)
    return {
        "target": done.target,
        "made": done.made,
        "updated": done.changed,
        "withdrawn": done.withdrawn,
        "unchanged": done.unchanged,
        "failed": done.failed,
        "waiting": found.counts[OutboxState.WAITING],
        "conflicts": [
            {
                "item": owed.item_id,
                **(views.failure({**(owed.error or {}), "data": _data(owed)}, call.messages) or {}),
            }
            for owed, _publication in found.rows
            if owed.state is OutboxState.CONFLICT
        ],
        "next_try": min(_put_off(found.rows), default=None),
        "elsewhere": found.elsewhere,
        "busy": done.busy,
        "refusal": views.failure(done.error, call.messages),
    }


def _put_off(rows: Sequence[tuple[Owed, Publication]]) -> Iterator[datetime]:
    for owed, _publication in rows:
        if owed.state is OutboxState.WAITING and owed.next_try is not None:
            yield owed.next_try


def _counts(said: dict[str, Any]) -> dict[str, int]:
    return {
        "made": len(said["made"]),
        "updated": len(said["updated"]),
        "withdrawn": len(said["withdrawn"]),
        "conflicts": len(said["conflicts"]),
        "waiting": said["waiting"],
    }
