"""Which of the things that are missing or look wrong is the next to go to (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from curator.faces.desk.editor import field_of
from curator.model import Problem


def next_of(found: Sequence[Problem], last: int, *, at: str | None) -> int:
    """The place of the next one after `last`; `at`: the field she is in.

    What is about that whole field is passed over while something else is left: there is nowhere to go to.
    """
    places = [(last + step) % len(found) for step in range(1, len(found) + 1)]
    return next((place for place in places if leads_on(found[place], at)), places[0])


def leads_on(problem: Problem, at: str | None) -> bool:
    return field_of(problem) != at or isinstance(problem.data.get("start"), int)
