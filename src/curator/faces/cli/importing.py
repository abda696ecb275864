"""`import`: an existing blog, brought into the newsroom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from curator.errors import CuratorError
from curator.faces.cli import views
from curator.faces.cli.call import Call
from curator.faces.cli.ending import INTERRUPTED
from curator.faces.cli.grammar import argument, command, edition_option, option, pass_call

if TYPE_CHECKING:
    from curator.importing.outcome import ImportResult, Noted
    from curator.model import LeftOut

_SHOWN = 3
_NUMBERS = 8
"""Posts of each kind, and numbers of items: enough to see what is meant; `items --problem CODE` has all."""


@command(name="import")
@argument("what", metavar="PATH|URL")
@edition_option
@option("--dry-run", is_flag=True)
@pass_call
def import_(call: Call, /, what: str, edition: str | None, *, dry_run: bool) -> int | None:
    from curator.curate.dossier import warnings_of
    from curator.faces.clock import utcnow
    from curator.faces.interrupting import interruptible
    from curator.importing.house import house_of
    from curator.importing.reaching import open_blog
    from curator.importing.usecases import import_blog

    line = call.edition(edition)
    house = house_of(line, settings=call.settings)
    came: list[ImportResult] = []
    with (
        _told_with(call, came, dry_run=dry_run),
        interruptible() as stopping,
        call.progress("import_working") as told,
    ):
        blog = open_blog(
            what,
            web=call.web,
            readers=call.newsroom.readers,
            house=house,
            clock=utcnow,
            stopping=stopping,
        )
        done = import_blog(
            call.store,
            call.settings,
            edition=line,
            by=call.editor,
            blog=blog,
            dry_run=dry_run,
            clock=utcnow,
            told=told,
            stopping=stopping,
            warnings=lambda item: warnings_of(item, line, call.settings),
            broken=came.append,
        )
    if call.as_json:  # ten thousand posts have many sentences to be put together
        call.emit(_view(call, done, dry_run=dry_run))
    else:
        _tell(call, done, dry_run=dry_run)
    if done.stopped:
        call.note("import_stopped_dry" if dry_run else "import_stopped", what=what)
        return INTERRUPTED
    return None


@contextmanager
def _told_with(call: Call, came: Sequence[ImportResult], *, dry_run: bool) -> Iterator[None]:
    """Where an error ends it, with what came before: in words ahead of it, in JSON as its `came`."""
    try:
        yield
    except CuratorError as error:
        for done in (each for each in came if each.seen or each.left_out):
            if call.as_json:
                error.data["came"] = _view(call, done, dry_run=dry_run)
            else:
                _tell(call, done, dry_run=dry_run)
        raise


def _view(call: Call, done: ImportResult, *, dry_run: bool) -> views.View:
    return {
        **_counts(done),
        "left_out": [
            {"place": each.place, "code": each.code, "message": _why(call, each)} for each in done.left_out
        ],
        "problems": [
            {
                "item": each.item,
                "field": each.problem.field,
                "code": each.problem.code,
                "message": call.messages.problem(each.problem),
                "place": each.place,
                "headline": each.headline,
            }
            for each in done.problems
        ],
        "redirects": done.redirects,
        "stopped": done.stopped,
        **({"dry_run": True} if dry_run else {}),
    }


def _counts(done: ImportResult) -> dict[str, int]:
    return {
        "seen": done.seen,
        "created": done.created,
        "unchanged": done.unchanged,
        "completed": done.completed,
        "changed": done.changed,
        "drafts": done.drafts,
    }


def _why(call: Call, left: LeftOut) -> str:
    return call.messages.error(left.code, left.data)


# ── in words ────────────────────────────────────────────────────────────────


def _tell(call: Call, done: ImportResult, *, dry_run: bool) -> None:
    """What came of it; then what was left out, and what an editor should look at, kind by kind."""
    would = "import_would" if dry_run else "imported"
    _prose(call, would, count=done.seen, **_counts(done))
    for kind in ("drafts", "completed", "changed"):
        if count := _counts(done)[kind]:
            _prose(call, f"imported_{kind}", count=count)
    if done.redirects:
        _prose(call, "import_would_redirect" if dry_run else "imported_redirects", count=done.redirects)
    _tell_left_out(call, done.left_out)
    _tell_problems(call, done.problems, dry_run=dry_run)
    if dry_run:
        _prose(call, "import_was_dry")
    elif done.created or done.completed:
        _prose(call, "imported_next")


def _tell_left_out(call: Call, left_out: Sequence[LeftOut]) -> None:
    if not left_out:
        return
    call.tell("")
    _prose(call, "import_left_out", count=len(left_out))
    for alike in _by_code((f"{each.code} {each.data.get('kind', '')}", each) for each in left_out):
        _kind(call, alike[0].code, [_why(call, each) for each in alike], count=len(alike))
        _examples(call, [each.place for each in alike])


def _tell_problems(call: Call, problems: Sequence[Noted], *, dry_run: bool) -> None:
    from curator.curate.dossier import CODES

    if not problems:
        return
    call.tell("")
    _prose(call, "import_look", count=len({(each.item, each.place) for each in problems}))
    for alike in _by_code((each.problem.code, each) for each in problems):
        code, posts = alike[0].problem.code, {(each.item, each.place) for each in alike}
        _kind(call, code, [call.messages.problem(each.problem) for each in alike], count=len(posts))
        if dry_run or code not in CODES:
            _examples(call, [f"{each.item or each.place}  {each.headline}" for each in alike])
        else:
            numbers = list(dict.fromkeys(each.item for each in alike))
            some = "import_kind_items" if len(numbers) <= _NUMBERS else "import_kind_items_more"
            _prose(call, some, items=numbers[:_NUMBERS], code=code)


def _by_code(found: Iterable[tuple[str, Any]]) -> list[list[Any]]:
    """The commonest kind first."""
    kinds: dict[str, list[Any]] = {}
    for code, each in found:
        kinds.setdefault(code, []).append(each)
    return sorted(kinds.values(), key=len, reverse=True)


def _kind(call: Call, code: str, messages: Sequence[str], *, count: int) -> None:
    """What it is, and of how many posts; where each says something else, as the first says it."""
    key = "import_kind" if len(set(messages)) == 1 else "import_kind_first"
    _prose(call, key, count=count, code=code, message=messages[0])


def _examples(call: Call, said: Sequence[str]) -> None:
    different = list(dict.fromkeys(said))
    for each in different[:_SHOWN]:
        call.prose(f"    {call.messages.in_words(each)}")
    if len(different) > _SHOWN:
        _prose(call, "import_others", count=len(different) - _SHOWN)


def _prose(call: Call, key: str, /, **data: Any) -> None:
    call.prose(call.messages.say(key, **data))
