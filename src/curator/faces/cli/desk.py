"""`desk` and `next`: the keyboard desk, and the same screen walking the queue."""

from __future__ import annotations

import sys
from typing import Any

from curator.curate import dossier as dossiers
from curator.errors import Refused
from curator.faces.cli import looking, views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import command, edition_option, option, pass_call
from curator.model import Status
from curator.settings import Edition
from curator.store.search import Search

_light = option("--light", is_flag=True)


@command()
@_light
@edition_option
@pass_call
def desk(call: Call, edition: str | None, *, light: bool) -> None:
    wanted = call.edition(edition)
    if call.as_json:
        call.emit(_waiting(call, wanted))
    elif _is_terminal():
        _sit_down(call, wanted, walking=False, light=light)
    else:
        raise Refused("desk_needs_terminal")


@command()
@_light
@edition_option
@pass_call
def next_(call: Call, edition: str | None, *, light: bool) -> None:
    wanted = call.edition(edition)
    if _is_terminal() and not call.as_json:
        _sit_down(call, wanted, walking=True, light=light)
        return
    first = Search(edition=wanted.key, status=Status.QUEUED, folded=True)
    found = dossiers.find(call.store, first, settings=call.settings, limit=1, offset=0).dossiers
    if not found:
        call.emit(None)
        call.note("next_nothing")
        return
    view = views.item(found[0], edition=wanted, settings=call.settings, messages=call.messages)
    call.emit(view)
    looking.print_item(call, view)


def _is_terminal() -> bool:
    """Keys come in by one stream, and textual paints on standard error."""
    return sys.stdin.isatty() and sys.stdout.isatty() and sys.stderr.isatty()


def _waiting(call: Call, edition: Edition) -> dict[str, Any]:
    from curator.faces.desk.work import MINE, View, Work

    work = Work(call, edition)
    mine = work.ids(View(name=MINE))
    return {
        "edition": edition.key,
        "editor": call.editor.name,
        "queued": len(work.ids(View())) - len(mine),
        "mine": mine,
        "unsaved": sorted(work.kept.items(edition.key)),
    }


def _sit_down(call: Call, edition: Edition, *, walking: bool, light: bool) -> None:
    call.store  # a database that cannot be used is said before the screen is taken  # noqa: B018
    from curator.faces.desk.app import DeskApp
    from curator.faces.desk.work import Work

    app = DeskApp(Work(call, edition), walking=walking, light=light, alone=True)
    app.run()
    if app.failure is not None:
        raise app.failure
