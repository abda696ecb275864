"""Front matter: lines of `name: value` between two fences, and the text below them (pure).

Nothing in a line is quoted or escaped. What starts with `#` is ours and ignored.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from curator.errors import BadInput

FENCE = "---"


class Line(NamedTuple):
    """`number` counts from 1 in the whole file."""

    number: int
    name: str
    value: str


def read(text: str, *, names: Collection[str]) -> tuple[list[Line], list[str]]:
    """The lines between the fences, and those below. BadInput says which line cannot be read."""
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    start = next((n for n, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if start is None or lines[start].strip() != FENCE:
        raise BadInput("manuscript_without_front_matter", line=(start or 0) + 1)
    end = next((n for n in range(start + 1, len(lines)) if lines[n].strip() == FENCE), None)
    if end is None:
        raise BadInput("manuscript_front_matter_open", line=start + 1)
    return list(_named(lines, start + 1, end, names)), lines[end + 1 :]


def _named(lines: list[str], start: int, end: int, names: Collection[str]) -> Iterator[Line]:
    for number in range(start, end):
        line = lines[number].strip()
        if not line or line.startswith("#"):
            continue
        name, colon, value = line.partition(":")
        if not colon or name.strip() not in names:
            known = ", ".join(names)
            raise BadInput("manuscript_name_unknown", line=number + 1, name=name.strip()[:40], known=known)
        yield Line(number + 1, name.strip(), value.strip())
