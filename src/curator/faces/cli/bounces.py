"""`bounce …`: mails that came back."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, pass_call

if TYPE_CHECKING:
    from curator.ports import ReturnedMails
    from curator.publish.returns import Returned


@command()
@argument("path", type=click.Path(path_type=Path), required=False)
@pass_call
def read(call: Call, path: Path | None) -> None:
    from curator.publish.returns import Kind, read_mailbox

    refusals: list[Returned] = []

    def told(returned: Returned) -> None:
        if returned.kind is Kind.POLICY:
            refusals.append(returned)

    with _box(call, path) as box:
        done = read_mailbox(
            call.store, call.settings, box, secret=call.newsroom.secret, now=call.now, told=told
        )
    call.emit(asdict(done))
    call.say("bounces_read", count=done.read, **_others(asdict(done)))
    for each in refusals:
        # What one can mend oneself: who refuses us, and in which words. No address is in them.
        call.say("bounce_of_policy", status=each.status or "5.7.0", words=each.words or "…")


def _box(call: Call, path: Path | None) -> AbstractContextManager[ReturnedMails]:
    from curator.edges.mailbox import open_mailbox, open_path

    if path is None:
        return open_mailbox(call.settings.mail)
    stdin = sys.stdin.buffer if str(path) == "-" else None
    return nullcontext(open_path(path, stdin=stdin))


def _others(counts: dict[str, int]) -> dict[str, int]:
    return {name: number for name, number in counts.items() if name != "read"}
