"""`alerts list` and `alerts test`: what is wrong, who was told of it, and whether anybody would be."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import click

from curator.errors import Refused
from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import command, option, pass_call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from curator.store.alerts import Incident, Telling


@command()
@option("--all", "past", is_flag=True)
@option("--limit", type=click.IntRange(1), default=50)
@option("--offset", type=click.IntRange(0), default=0)
@pass_call
def list_(call: Call, limit: int, offset: int, *, past: bool) -> None:
    from curator.faces.alertwords import message_of

    with call.store.read() as tx:
        total, found = tx.alerts.find(past=past, limit=limit, offset=offset)
    call.emit({"total": total, "alerts": [_view(call, one, tellings) for one, tellings in found]})
    call.table(
        ["since", "until", "told", "what"],
        [
            (
                call.short(one.raised_at),
                call.short(one.ended_at),
                ", ".join(sorted({t.channel for t in tellings if t.told_at is not None})),
                message_of(one, call.messages),
            )
            for one, tellings in found
        ],
    )
    call.page_note(shown=len(found), offset=offset, total=total)


def _view(call: Call, one: Incident, tellings: Sequence[Telling]) -> dict[str, Any]:
    from curator.faces.alertwords import advice_of, message_of

    return {
        "id": one.id,
        "key": one.key,
        "code": one.code,
        "message": message_of(one, call.messages),
        "advice": advice_of(one, call.messages),
        "raised_at": one.raised_at,
        "ended_at": one.ended_at,
        "told": [
            {
                "channel": telling.channel,
                "phase": str(telling.phase),
                "at": telling.told_at,
                "due_at": telling.due_at if telling.told_at is None else None,
                "attempts": telling.attempts,
                "error": views.failure(telling.error, call.messages),
            }
            for telling in tellings
        ],
    }


@command()
@pass_call
def test(call: Call) -> int:
    from curator.faces import watching
    from curator.store.alerts import Incident

    channels = watching.channels_of(call.settings.alerts)
    if not channels and call.settings.alerts.heartbeat_url is None:
        raise Refused("alerts_to_nobody")
    call.quiet()
    now = call.now
    trial = Incident(
        id=0,
        area="test",
        key="test",
        kind="test",
        code="alert_test",
        advice=None,
        data={"is_error": False, "facts": {}},
        raised_at=now,
        ended_at=None,
    )
    tried: list[dict[str, Any]] = []
    for channel in channels:
        name = "alert-test-" + hashlib.sha256(f"{now.isoformat()} {channel}".encode()).hexdigest()[:20]
        trouble, _ = watching.bring(call.newsroom, channel, [trial], [], name=name)
        _, _, folder = call.settings.mail.url.partition("folder:")
        if trouble is None and channel != watching.COMMAND and folder:
            said = call.messages.say("alert_written", channel=channel, folder=folder)
            tried.append({"channel": channel, "left": False, "why": said})
            call.say("alert_written", channel=channel, folder=folder)
            continue
        why = call.messages.problem(trouble) if trouble is not None else None
        tried.append({"channel": channel, "left": trouble is None, "why": why})
        call.say("alert_tried" if trouble is None else "alert_tried_in_vain", channel=channel, why=why)
    if call.settings.alerts.heartbeat_url is not None:
        tried.append(_sign_of_life(call))
    call.emit({"tried": tried})
    return 0 if all(one["left"] for one in tried) else 1


def _sign_of_life(call: Call) -> dict[str, Any]:
    from curator.faces import watching

    trouble = watching.give_sign(call.newsroom, call.store)
    why = call.messages.problem(trouble) if trouble is not None else None
    call.say("doctor_heartbeat_failed" if trouble is not None else "alert_sign_given", why=why)
    return {"channel": "heartbeat_url", "left": trouble is None, "why": why}
