"""What was typed and is not saved yet, on disk within a second: a killed desk loses no more than that.

One file per item, edition and editor; a save that succeeded removes it.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock
from urllib.parse import quote

from curator.faces.desk.form import Form, from_plain, to_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The fields as they were typed, and as they were before that."""

    form: Form
    before: Form


class KeptTexts:
    """The files of one editor. `put` may be called by several threads: the newest text wins."""

    def __init__(self, folder: Path, editor: str) -> None:
        self.folder = folder
        self._editor = quote(editor, safe="")
        self._lock = Lock()
        self._turns = count(1)
        self._last: dict[tuple[int, str], int] = {}

    def turn(self) -> int:
        """The number of a text, taken when it is read from the screen: a later one is never written over."""
        return next(self._turns)

    def path(self, item_id: int, edition: str) -> Path:
        return self.folder / f"item-{item_id}-{self._editor}.{edition}.desk.json"

    def put(self, kept: Kept, *, turn: int) -> Path:
        """Whole or not at all, and on the disk; nothing if a later `turn` has been here."""
        what = kept.form.item_id, kept.form.edition
        path = self.path(*what)
        with self._lock:
            if turn <= self._last.get(what, 0):
                return path
            self._last[what] = turn
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(".new")
            said = {"form": to_plain(kept.form), "before": to_plain(kept.before)}
            with beside.open("w", encoding="utf-8") as file:
                json.dump(said, file, ensure_ascii=False)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        return path

    def read(self, item_id: int, edition: str) -> Kept | None:
        """None: there is none, or none that can be read (it is left where it is)."""
        try:
            said = json.loads(self.path(item_id, edition).read_text(encoding="utf-8"))
            return Kept(form=from_plain(said["form"]), before=from_plain(said["before"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def forget(self, item_id: int, edition: str, *, turn: int | None = None) -> None:
        """It is saved as it was on the screen at `turn` (None: now); what was typed later is kept."""
        with self._lock:
            turn = self.turn() if turn is None else turn
            if turn < self._last.get((item_id, edition), 0):
                return
            self._last[item_id, edition] = turn
            with suppress(FileNotFoundError):
                self.path(item_id, edition).unlink()

    def items(self, edition: str) -> frozenset[int]:
        """The items of which something is kept."""
        end = f"-{self._editor}.{edition}.desk.json"
        found = (path.name for path in self.folder.glob(f"item-*{end}"))
        numbers = (name.removeprefix("item-").removesuffix(end) for name in found)
        return frozenset(int(number) for number in numbers if number.isdecimal())
