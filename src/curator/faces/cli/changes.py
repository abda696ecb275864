"""What a source has changed, for people: words that are gone and words that are new."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from curator.curate.comparison import Change, in_words
from curator.faces.cli.call import Call

_GONE = re.compile(r"\[-.*?-\]", re.DOTALL)
_OF_A_BLOG = frozenset(("headline", "note", "excerpt", "attributions", "image", "tags"))
_NEW = re.compile(r"\{\+.*?\+\}", re.DOTALL)


def print_changes(call: Call, changes: Sequence[Change] | None) -> None:
    if changes is None:
        call.say("source_unchanged")
        return
    if not changes:
        call.say("source_changed_nothing")
    for change in changes:
        name = call.messages.say(f"changed_{change.field}")
        key = "change_since_import" if change.field in _OF_A_BLOG else "change_of"
        call.say(key, field=name, old=change.old, new=change.new)
        words = in_words([change])
        call.tell(_coloured(words) if _may_colour(call) else words)


def _may_colour(call: Call) -> bool:
    return sys.stdout.isatty() and not call.environ.get("NO_COLOR")  # https://no-color.org


def _coloured(words: str) -> str:
    """Red and green (SGR 31, 32). The marks stay: not everybody sees the colours."""
    words = _GONE.sub(lambda found: f"\x1b[31m{found[0]}\x1b[0m", words)
    return _NEW.sub(lambda found: f"\x1b[32m{found[0]}\x1b[0m", words)
