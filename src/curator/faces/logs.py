"""Logs: events with keys on standard error, for people or as JSON lines.

Never an address of a subscriber, a password or a token: what is logged is named
key by key, and of an exception only its kind and the place, not its words. What
looks like an address all the same, in words of a server or of a library, is
struck out before a line is written.
"""

from __future__ import annotations

import logging
import os
import re
import secrets
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any, TextIO, cast

from curator.model.credentials import masked

# structlog loads rich where it is there, for coloured tracebacks that we never print: a tenth of the
# time it takes to start a poll. Tables load it for themselves.
_rich = sys.modules.pop("rich", None)
sys.modules["rich"] = cast(ModuleType, None)
import structlog  # noqa: E402

del sys.modules["rich"]
if _rich is not None:
    sys.modules["rich"] = _rich

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

_ADDRESS = re.compile(r"[\w.+%=~'-]{1,64}@(?=[\w-])[\w.-]{0,250}\w", re.ASCII)
_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3}  # RFC 5424 §6.2.1, as sd-daemon(3) wants them

log = structlog.get_logger()


def configure(form: str, *, level: str = "info") -> None:
    """`form`: "human", "json", or "quiet": only mistakes of our own (a command answers the rest)."""
    stream = sys.stderr
    journal = _is_journal(stream)
    last: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=24)
    )
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("error" if form == "quiet" else level),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _without_words,
            _without_secrets,
            # The journal has the time of every line already, and people would read it twice.
            *([] if journal and form != "json" else [stamp]),
            *([_with_priority(last)] if journal else [last]),
        ],
        logger_factory=lambda *_: _Lines(stream),
        cache_logger_on_first_use=False,
    )


@contextmanager
def service(form: str, *, level: str = "info") -> Iterator[None]:
    """While it lasts everything in this process is told in our way: what libraries log and warn of, too."""
    configure(form, level=level)
    library = _Library(logging.WARNING)
    root = logging.getLogger()
    hooks = threading.excepthook, sys.unraisablehook, warnings.showwarning
    root.addHandler(library)
    threading.excepthook = _thread_failed
    sys.unraisablehook = _unraisable
    warnings.showwarning = _warned
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook, warnings.showwarning = hooks
        root.removeHandler(library)


def name_call() -> None:
    """What one call of the program logs has one name, wherever it is put together with what others log."""
    structlog.contextvars.bind_contextvars(call=secrets.token_hex(4))


def where(error: BaseException) -> str:
    """The innermost place of an exception: "usecases.py:41 in poll"."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "?"
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno} in {frames[-1].name}"


# ── what becomes of an event ──


def _without_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Of an exception its kind and place: a traceback ends with words, and they may hold an address."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event.setdefault("kind", type(error).__name__)
        event.setdefault("where", where(error))
    return event


def _without_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last lock: whatever was put into a key by mistake, no address and no password leaves."""
    for key, value in event.items():
        event[key] = _struck(value)
    return event


def _struck(value: Any) -> Any:
    match value:
        case str():
            return _ADDRESS.sub("***@***", masked(value)) if "@" in value else value
        case Mapping():
            return {key: _struck(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_struck(each) for each in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _struck(str(value))


def _with_priority(render: Processor) -> Processor:
    """systemd takes a line's level from its beginning: `journalctl -p warning` shows what matters."""

    def rendered(logger: WrappedLogger, method: str, event: EventDict) -> str:
        priority = _PRIORITIES.get(str(event.get("level")), 6)
        return f"<{priority}>{render(logger, method, event)!s}"

    return rendered


def _is_journal(stream: TextIO) -> bool:
    """As systemd.exec(5) has it: the variable names the device and the file that standard error must be."""
    named = os.environ.get("JOURNAL_STREAM")
    if not named:
        return False
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return named == f"{found.st_dev}:{found.st_ino}"


class _Lines:
    """A line each; one that cannot be written is lost, and what it was about goes on."""

    _turn = threading.Lock()

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def msg(self, line: str) -> None:
        # A full disk behind `2>> file`, or nobody at the other end, is no reason not to poll.
        with self._turn, suppress(OSError, ValueError):
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = exception = critical = log = msg


# ── what libraries say ──


class _Library(logging.Handler):
    """What a library logs, by its pattern: what is put into that, and words without one, may be anybody's."""

    def emit(self, record: logging.LogRecord) -> None:
        said = record.msg if isinstance(record.msg, str) and record.args else None
        place = f"{record.filename}:{record.lineno} in {record.funcName}"
        tell = log.error if record.levelno >= logging.ERROR else log.warning
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            tell("library_said", library=record.name, words=said, where=place)
        else:
            tell("library_said", library=record.name, words=said, exc_info=error)


def _warned(  # noqa: PLR0917 - warnings.showwarning's own
    message: Warning | str,  # noqa: ARG001
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    log.warning("library_warned", kind=category.__name__, where=f"{filename.rpartition('/')[2]}:{lineno}")


def _thread_failed(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_type is not SystemExit:
        name = failed.thread.name if failed.thread else None
        log.error("thread_failed", thread=name, exc_info=failed.exc_value)


def _unraisable(failed: sys.UnraisableHookArgs) -> None:
    log.error("cleaning_failed", exc_info=failed.exc_value)
