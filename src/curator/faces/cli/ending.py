"""How a call ends: exit 0, 1 or 2, one line on standard error, never a traceback unless asked for."""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Collection, Mapping
from typing import Any

import click

from curator.errors import CuratorError
from curator.faces.cli.call import Call
from curator.faces.cli.plain import document, unlocked
from curator.faces.nearest import near
from curator.model.credentials import masked

DONE, REFUSED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_NO_THREAD = "can't start new thread"  # Python's word for it: a thread needs memory for its stack
_SPEECHLESS = "This machine has no memory left: close something else, then repeat the command."


class WrongUsage(click.UsageError):
    """Options that do not go together, or one of which is needed: `code` names the sentence."""

    def __init__(self, code: str, *names: str) -> None:
        super().__init__(", ".join(names))
        self.code = code
        self.names = names


def refused(error: CuratorError, call: Call) -> int:
    """A rule, a missing thing, a dead database: said in the reader's language."""
    data: Mapping[str, Any] = error.data
    if "problems" in data:
        from curator.faces.cli import views  # loaded already by whoever refused

        data = views.error(error, call.messages)["data"]
    sentence = call.messages.error(error.reason, error.data)
    return _end(call, error.reason, f"{sentence} {_meant(error, call)}".strip(), data, error)


def _meant(error: CuratorError, call: Call) -> str:
    """Which of the known names it may have been, where the error lists them and does not say so itself."""
    if meant := error.data.get("meant"):
        return call.messages.error("did_you_mean", {"names": meant})
    known, given = error.data.get("known"), error.data.get(_ASKED_FOR.get(error.reason, ""))
    if not isinstance(given, str) or not isinstance(known, Collection):
        return ""
    names = near(given, known.split(", ") if isinstance(known, str) else [str(each) for each in known])
    return call.messages.error("did_you_mean", {"names": names}) if names else ""


_ASKED_FOR = {
    "edition_gone": "edition",
    "edition_unknown": "id",
    "filter_unknown": "name",
    "problem_unknown": "code",
    "selector_unknown": "field",
    "source_name_unknown": "name",
    "status_unknown": "status",
    "waiver_unknown": "code",
}


def system(error: OSError, call: Call) -> int:
    """The operating system said no: full disk, permissions, a file that is not there."""
    data = {"path": str(error.filename) if error.filename else None, "cause": error.strerror or str(error)}
    return _end(call, os_code(error), call.messages.error(os_code(error), data), data, error)


def os_code(error: OSError) -> str:
    if error.errno in _NO_SPACE:
        return "disk_full"
    if error.errno == errno.ENOMEM:
        return "memory_short"
    match error:
        case FileNotFoundError():
            return "file_missing"
        case PermissionError():
            return "permission_denied"
        case _:
            return "file_failed"


def unexpected(error: Exception, call: Call) -> int:
    """A bug of ours: named as such, with the way to see more; or a machine that has no memory left."""
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and _NO_THREAD in str(error)):
        return _end(call, "memory_short", call.messages.error("memory_short", {}), {}, error)
    data = {"cause": f"{type(error).__name__}: {error}"}
    return _end(call, "internal", call.messages.error("internal", data), data, error)


def speechless(call: Call) -> int:
    """Not even the sentences could be read: there was no memory for them either."""
    if call.as_json:
        sys.stdout.write(
            f'{{"error": {{"code": "memory_short", "message": "{_SPEECHLESS}", "data": {{}}}}}}\n'
        )
    sys.stderr.write(_SPEECHLESS + "\n")
    return REFUSED


def wrong_usage(error: click.ClickException, call: Call) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError) and not call.as_json:
        asked = error.ctx.parent is None  # `curator` alone is a question, `curator source` a slip
        (sys.stdout if asked else sys.stderr).write(error.format_message() + "\n")
        return DONE if asked else WRONG_USAGE
    sentence = usage_sentence(error, call)
    context = getattr(error, "ctx", None)
    if context is not None:
        sentence += " " + call.messages.error("usage_hint", {"command": context.command_path})
    return _end(call, "usage", sentence, {}, error, status=WRONG_USAGE)


def usage_sentence(error: click.ClickException, call: Call) -> str:  # noqa: PLR0911 - one kind, one sentence
    """click's complaint in our words; a kind we do not know stays in click's."""

    def said(code: str, **data: Any) -> str:
        return call.messages.error(code, data)

    match error:
        case click.UsageError() if _lacks_command(error):
            return said("usage_command_missing")
        case click.NoSuchCommand():
            meant = getattr(error, "meant", None)
            hint = said("did_you_mean", names=meant) if meant else ""
            return f"{said('usage_no_such_command', name=error.command_name)} {hint}".strip()
        case click.NoSuchOption():
            hint = said("did_you_mean", names=error.possibilities) if error.possibilities else ""
            return f"{said('usage_no_such_option', name=error.option_name)} {hint}".strip()
        case click.MissingParameter() if error.param is not None:
            return said("usage_missing", name=error.param.get_error_hint(error.ctx).strip("'"))
        case click.BadParameter() if error.param is not None:
            name = error.param.get_error_hint(error.ctx).strip("'[]")
            return said("usage_bad_value", name=name, why=_why(error, error.param.type, call))
        case WrongUsage():
            return said(error.code, names=error.names)
        case _:
            return said("usage", why=error.format_message().rstrip("."))


def _why(error: click.BadParameter, wanted: click.ParamType[Any], call: Call) -> str:
    match wanted:
        case click.Choice():
            return call.messages.error("usage_wants_one_of", {"choices": wanted.choices})
        case click.IntRange() if wanted.min is not None:
            data = {"least": wanted.min, "most": wanted.max}
            return call.messages.error("usage_wants_number_between", data)
        case click.Path() if str(error.message).endswith("is a directory."):
            return call.messages.error("usage_wants_file", {})
        case click.types.IntParamType():  # an id too large for any database is not explained with its limit
            return call.messages.error("usage_wants_number", {})
        case _:
            return error.message.rstrip(".")


def _lacks_command(error: click.UsageError) -> bool:
    bare = type(error) in (click.UsageError, click.exceptions.NoArgsIsHelpError)
    return bare and error.ctx is not None and isinstance(error.ctx.command, click.Group)


def _end(
    call: Call,
    code: str,
    sentence: str,
    data: Mapping[str, Any],
    error: BaseException,
    *,
    status: int = REFUSED,
) -> int:
    sentence = masked(" ".join(sentence.split()))  # one line, whatever a cause brought along
    if call.as_json:
        answer = {"error": {"code": code, "message": sentence, "data": unlocked(data)}}
        sys.stdout.write(document(answer))
    sys.stderr.write(sentence + "\n")
    if call.debug:
        traceback.print_exception(error, file=sys.stderr)
    return status
