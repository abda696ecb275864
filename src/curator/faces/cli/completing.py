"""What may stand next on the command line: commands, options, and values with a word about each.

A shell asks while somebody types, so nothing here ever fails aloud: where the
newsroom cannot be read there is just less to offer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click
from click.shell_completion import CompletionItem, ShellComplete

from curator.faces.cli.call import Call
from curator.faces.cli.grammar import path, program
from curator.model import Status

ASKING = "_CURATOR_COMPLETE"
"""Set by the shell's script: the words are a line half typed, the last of them perhaps empty."""

FILES, FOLDERS = ":files", ":folders"
"""Said instead of values where the shell knows better."""

Hint = tuple[str, str]


def answer(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """One value a line, a tab and what it is."""
    call = Call(environ)
    try:
        return "".join(f"{value}\t{said}\n" for value, said in hints(words, call))
    except Exception:  # noqa: BLE001 - a traceback in the middle of a half-typed line helps nobody
        return ""
    finally:
        call.close()


def hints(words: Sequence[str], call: Call) -> list[Hint]:
    *before, begun = _joined(words) or [""]
    asked = ShellComplete(program(), {"obj": call}, "curator", ASKING)
    found = asked.get_completions(list(before), begun)
    return [_hint(each) for each in found]


def values(ctx: click.Context, param: click.Parameter, begun: str) -> list[CompletionItem[str]]:
    """For an argument or option of ours; an error is for `answer` to swallow."""
    call = ctx.find_object(Call)
    kind = _kind(path(ctx), param)
    if (param.metavar or "").strip("[]") in ("FILE", "PATH"):  # "-" is one, too, so click does not check it
        return [CompletionItem(begun, type="file")]
    if call is None or kind is None:
        return []
    given = ctx.params.get(param.name or "") or ()
    typed = {str(value) for value in given} if isinstance(given, tuple) else set()
    return [
        CompletionItem(value, help=" ".join(said.split()))
        for value, said in KINDS[kind](call, ctx, begun)
        if value.startswith(begun) and value not in typed
    ]


def _hint(item: CompletionItem[Any]) -> Hint:
    if item.type != "plain":
        return (FOLDERS if item.type == "dir" else FILES), ""
    return str(item.value), str(item.help or "")


def _joined(words: Sequence[str]) -> list[str]:
    """bash cuts `--source=3` into three words: put together again."""
    joined: list[str] = []
    for word in words:
        if joined and (word == "=" or joined[-1].endswith("=")) and joined[-1].startswith("--"):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


# ── which values ────────────────────────────────────────────────────────────


def _kind(command: str, param: click.Parameter) -> str | None:
    """By what the parameter is called: a new command gets its completion by using the house's names."""
    name = param.name or ""
    if f"{command} {name}" in _BY_COMMAND:
        return _BY_COMMAND[f"{command} {name}"]
    if isinstance(param, click.Option):
        flag = max(param.opts, key=len)
        return _BY_FLAG.get(flag)
    return _BY_NAME.get(name)


_BY_COMMAND = {
    "poll ids": "sources",
    "filter remove name": "filters",
    "comment item_id": "items",
    "assign item_ids": "items_or_editors",
    "assign editor": "editors",
}
_BY_FLAG = {
    "--source": "sources",
    "--tag": "tags",
    "--editor": "editors",
    "--by": "editors",
    "--assignee": "editors",
    "--claimed-by": "editors",
    "--filter": "filters",
    "--edition": "editions",
    "--language": "languages",
    "--excerpt-language": "languages",
    "--to": "languages",
    "--status": "statuses",
    "--problem": "problems",
    "--waive": "waivers",
    "--order": "items",
    "--drop": "items",
    "--hold": "items",
    "--pin": "items",
}
_BY_NAME = {
    "item_id": "items",
    "item_ids": "items",
    "other_id": "items",
    "source_id": "sources",
    "source_ids": "sources",
    "number": "issues",
}

_WHERE = {
    "claim": (Status.QUEUED, Status.DRAFTING),
    "skip": (Status.QUEUED, Status.DRAFTING),
    "release": (Status.DRAFTING, Status.READY),
    "approve": (Status.DRAFTING,),
    "send-back": (Status.READY,),
    "requeue": (Status.SKIPPED,),
    "withdraw": (Status.PUBLISHED,),
    "translate": (Status.DRAFTING, Status.READY, Status.PUBLISHED),
    "review": (Status.DRAFTING, Status.READY, Status.PUBLISHED),
    "next": (Status.QUEUED,),
}
"""From which statuses a command's items come; any others may be typed, and are refused with the reason."""


def _items(call: Call, ctx: click.Context, begun: str) -> Iterable[Hint]:
    if not re.fullmatch(r"\d*", begun):
        return []
    edition = call.edition(ctx.params.get("edition")).key
    with call.store.read() as tx:
        found = tx.hints.items(begun, edition=edition, statuses=_WHERE.get(path(ctx), ()))
    return [(str(item_id), title) for item_id, title in found]


def _items_or_editors(call: Call, ctx: click.Context, begun: str) -> Iterable[Hint]:
    """`assign ID… EDITOR`: once a word is there, which click takes for the name, a name may follow."""
    begun_to = ctx.params.get("item_ids") or ctx.params.get("editor")
    return [*_items(call, ctx, begun), *(_editors(call, ctx, begun) if begun_to else ())]


def _sources(call: Call, ctx: click.Context, begun: str) -> Iterable[Hint]:
    """By their ids; a name that somebody has begun to type is completed where names may be typed."""
    with call.store.read() as tx:
        known = tx.hints.sources()
    by_name = [(name, str(source_id)) for source_id, name in known if begun and path(ctx) != "poll"]
    return [*((str(source_id), name) for source_id, name in known), *by_name]


def _tags(call: Call, _ctx: click.Context, _begun: str) -> Iterable[Hint]:
    with call.store.read() as tx:
        return [(tag, "") for tag in tx.hints.tags()]


def _editors(call: Call, _ctx: click.Context, _begun: str) -> Iterable[Hint]:
    return [(key, editor.name) for key, editor in call.settings.editors.items()]


def _filters(call: Call, _ctx: click.Context, _begun: str) -> Iterable[Hint]:
    with call.store.read() as tx:
        saved = tx.filters.of_editor(call.editor.name)
    return [
        (name, " ".join(f"--{key} {value}" for key, value in asked.items())) for name, asked in saved.items()
    ]


def _editions(call: Call, _ctx: click.Context, _begun: str) -> Iterable[Hint]:
    return [(key, edition.title) for key, edition in call.settings.editions.items()]


def _languages(call: Call, _ctx: click.Context, _begun: str) -> Iterable[Hint]:
    with call.store.read() as tx:
        known = tx.hints.languages()
    own = [str(edition.language) for edition in call.settings.editions.values()]
    return [(language, "") for language in sorted({*known, *own})]


def _statuses(call: Call, _ctx: click.Context, _begun: str) -> Iterable[Hint]:
    return [(str(status), call.messages.say(f"status_{status}")) for status in Status]


def _problems(_call: Call, _ctx: click.Context, _begun: str) -> Iterable[Hint]:
    from curator.curate.dossier import CODES

    return [(code, "") for code in CODES]


def _waivers(_call: Call, _ctx: click.Context, _begun: str) -> Iterable[Hint]:
    from curator.review import CODES

    return [(f"{code}=", "") for code, waivable in CODES.items() if waivable]


def _issues(call: Call, ctx: click.Context, _begun: str) -> Iterable[Hint]:
    edition = call.edition(ctx.params.get("edition")).key
    with call.store.read() as tx:
        return [(str(number), subject) for number, subject in tx.hints.issues(edition)]


KINDS: Mapping[str, Callable[[Call, click.Context, str], Iterable[Hint]]] = {
    "items": _items,
    "items_or_editors": _items_or_editors,
    "sources": _sources,
    "tags": _tags,
    "editors": _editors,
    "filters": _filters,
    "editions": _editions,
    "languages": _languages,
    "statuses": _statuses,
    "problems": _problems,
    "waivers": _waivers,
    "issues": _issues,
}
