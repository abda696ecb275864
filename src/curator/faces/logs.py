"""Logs of the service: events with keys on standard error, for people or as JSON lines.

Never an address of a subscriber: what is logged is named key by key, and of an
exception only its kind and the place, not its words.
"""

from __future__ import annotations

import sys
import traceback
from types import ModuleType
from typing import cast

# structlog loads rich where it is there, for coloured tracebacks that we never print: a tenth of the
# time it takes to start a poll. Tables load it for themselves.
_rich = sys.modules.pop("rich", None)
sys.modules["rich"] = cast(ModuleType, None)
import structlog  # noqa: E402

del sys.modules["rich"]
if _rich is not None:
    sys.modules["rich"] = _rich


def configure(form: str) -> None:
    """`form`: "human", "json", or "quiet": only mistakes of our own (a command answers the rest)."""
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=24)
    )
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger("error" if form == "quiet" else "info"),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def where(error: BaseException) -> str:
    """The innermost place of an exception: "usecases.py:41 in poll"."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "?"
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno} in {frames[-1].name}"
