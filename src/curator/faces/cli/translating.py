"""`translate`: machine text beside an item, and on purpose in it."""

from __future__ import annotations

from typing import Any

from curator.curate import dossier as dossiers
from curator.curate import suggesting
from curator.errors import BadInput
from curator.faces.cli import looking, views
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, edition_option, option, pass_call
from curator.faces.clock import utcnow
from curator.model import Lang
from curator.settings import Edition
from curator.text import language_tag


@command()
@argument("item_id", type=int, metavar="ID")
@option("--to", metavar="LANG")
@option("--accept", is_flag=True)
@option("--again", is_flag=True)
@edition_option
@pass_call
def translate(
    call: Call, /, item_id: int, to: str | None, edition: str | None, *, accept: bool, again: bool
) -> None:
    wanted = call.edition(edition)
    language = _language(to, wanted)
    if accept and language != wanted.language:
        raise BadInput(
            "translate_other_language", language=language, edition=wanted.key, wanted=wanted.language
        )
    desk: dict[str, Any] = {"by": call.editor, "settings": call.settings, "edition": wanted, "clock": utcnow}
    machines = call.newsroom.machines
    with call.progress("translate_working"):
        if accept:
            suggesting.accept(call.store, machines, item_id, **desk, anew=again)
        else:
            suggesting.suggest(call.store, machines, item_id, language=language, **desk, anew=again)
    found = dossiers.read_dossier(call.store, item_id)
    view = views.item(found, edition=wanted, settings=call.settings, messages=call.messages)
    call.emit(view)
    looking.print_item(call, view)


def _language(typed: str | None, edition: Edition) -> Lang:
    tag = language_tag(typed) if typed is not None else edition.language
    if tag is None:
        raise BadInput("language_invalid", given=typed)
    return tag
