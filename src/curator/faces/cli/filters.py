"""`filter save`, `filter list`, `filter remove`: questions an editor asks again and again."""

from __future__ import annotations

from typing import Any

from curator.errors import BadInput
from curator.faces.cli import asking
from curator.faces.cli.call import Call
from curator.faces.cli.grammar import argument, command, option, pass_call


@command()
@argument("name", metavar="NAME")
@asking.asking
@option("--status", metavar="STATUS")
@option("--problem", metavar="CODE")
@pass_call
def save(call: Call, /, name: str, saved: str | None, **given: Any) -> None:
    name = name.strip()
    if not name or not name.isprintable():
        raise BadInput("filter_name_invalid", name=name)
    wanted = {key: value for key, value in given.items() if value is not None}
    if saved is not None:  # another one, with something more
        wanted = {**asking.saved_filter(call, saved), **wanted}
    if not wanted:
        raise BadInput("filter_asks_nothing", name=name)
    asking.asked(call, call.settings.default_edition, wanted)  # refuses what could never be asked
    with call.store.begin() as tx:
        tx.filters.put(call.editor.name, name, wanted)
    call.emit({"name": name, "asked": _view(wanted)})
    call.say("filter_saved", name=name, asked=_words(wanted))


@command()
@pass_call
def list_(call: Call, /) -> None:
    with call.store.read() as tx:
        mine = tx.filters.of_editor(call.editor.name)
    call.emit({"filters": [{"name": name, "asked": _view(asked)} for name, asked in mine.items()]})
    call.table(["name", "asked"], [(name, _words(asked)) for name, asked in mine.items()])
    call.page_note(shown=len(mine), offset=0, total=len(mine))


@command()
@argument("name", metavar="NAME")
@pass_call
def remove(call: Call, /, name: str) -> None:
    found = asking.saved_filter(call, name)
    with call.store.begin() as tx:
        tx.filters.remove(call.editor.name, name)
    call.emit({"name": name, "asked": _view(found)})
    call.say("filter_removed", name=name)


def _view(wanted: Any) -> dict[str, Any]:
    return {_typed(name): wanted.get(name) for name in asking.NAMES}


def _words(wanted: Any) -> str:
    """As one would type it."""
    return " ".join(
        f"--{_typed(name).replace('_', '-')} {wanted[name]}"
        for name in asking.NAMES
        if wanted.get(name) is not None
    )


def _typed(name: str) -> str:
    return name.removesuffix("_id")
