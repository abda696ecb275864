"""What came of an import, for whoever asked for it."""

from __future__ import annotations

from dataclasses import dataclass

from curator.model import LeftOut, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A problem of one item; `item` is None in a rehearsal, where nothing gets a number."""

    item: int | None
    place: str
    headline: str
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """What became of each post that was seen: `seen` is the sum of the four that follow.

    `created`: a new item, `drafts` of them for nobody but editors. `completed`: an item that was there got
    what it lacked. `changed`: the blog says something else than what was imported; the item is as it was.
    `redirects`: old addresses that lead to us since. `stopped`: asked to, between two batches.
    """

    seen: int
    created: int
    unchanged: int
    completed: int
    changed: int
    drafts: int
    left_out: tuple[LeftOut, ...]
    problems: tuple[Noted, ...]
    redirects: int
    stopped: bool = False
