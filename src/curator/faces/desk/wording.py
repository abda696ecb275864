"""The house's sentences as the desk says them: fields and keys where the command line has options.

Table `[desk]` of the catalogues holds, by code, what the desk says otherwise than a command would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from curator.faces.messages import Messages, catalogue
from curator.model import Problem


class DeskMessages(Messages):
    """One language's sentences, to somebody who has keys and fields before her."""

    def error(self, code: str, data: Mapping[str, Any]) -> str:
        said = dict(data)
        if code == "move_not_allowed":
            said["move"] = self._move("do", said.get("move"))
            said["possible"] = self._possible(said.get("possible") or ())
        elif code == "undo_after_readers":
            said["move"] = self.did(str(said.get("move")))
        elif code == "not_ready":
            said["problems"] = self.first_of(said.get("problems") or ())
        elif code == "url_invalid":
            said["field"] = self.say(f"desk_field_{said.get('field')}")
        return super().error(code, said)

    def in_words(self, value: Any) -> str:
        return self.when(value) if isinstance(value, datetime) else super().in_words(value)

    def when(self, moment: datetime) -> str:
        """«13 nov 2025, 09:00», in the zone of the newsroom."""
        from babel.dates import format_datetime

        local = moment.astimezone(ZoneInfo(self.zone))
        return str(format_datetime(local, "d MMM y, HH:mm", locale=self.locale))

    def did(self, move: str) -> str:
        """A move as the name of what was done."""
        return self._move("did", move)

    def first_of(self, problems: Sequence[Problem]) -> str:
        """One of them in full, and how many there are besides: the others stand under their fields."""
        if not problems:
            return ""
        first, others = self.problem(problems[0]), len(problems) - 1
        return f"{first} {self.say('desk_more_problems', count=others)}" if others else first

    def waiver(self, code: str) -> str:
        """What is done without."""
        return self._template("say", f"desk_waive_{code}") or code

    def _move(self, kind: str, move: Any) -> str:
        name = str(move).replace("-", "_")
        return self._template("say", f"desk_{kind}_{name}") or name

    def _possible(self, moves: Sequence[Any]) -> str:
        keys = [
            said
            for move in moves  # some are made by a command and by no key
            if (said := self._template("say", f"desk_can_{str(move).replace('-', '_')}"))
        ]
        return ", ".join(keys) or self.say("desk_can_none")

    def _template(self, table: str, key: str) -> str | None:
        for locale in dict.fromkeys((self.locale, "en")):
            if own := catalogue(locale).get("desk", {}).get(key):
                return own
        return super()._template(table, key)
