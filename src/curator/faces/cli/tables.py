"""Rows and instants for people: rich on a terminal, tab-separated and stable when piped."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from curator.faces.messages import Messages

LONG = 20
"""Cells up to this length (dates, numbers, names of states) stay on one line; titles and addresses wrap."""

NARROWEST = 12
"""What a column that wraps needs to be read; with less room there is no table."""


def table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, messages: Messages) -> None:
    """Print rows under headings; numbers to the right. Piped: no headings, one tab between cells."""
    said = [[_cell(value, messages) for value in row] for row in rows]
    if not sys.stdout.isatty():
        sys.stdout.writelines("\t".join(row) + "\n" for row in said)
        return
    if not said:
        return
    from rich.cells import cell_len
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    longest = [max(cell_len(text) for text in column) for column in zip(headings, *said, strict=True)]
    needed = sum(length if length <= LONG else NARROWEST for length in longest) + 2 * (len(longest) - 1)
    if needed > console.width:
        sys.stdout.writelines(_stacked(headings, row) for row in said)
        return
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for position, heading in enumerate(headings):
        numbers = all(row[position].isdigit() for row in said)
        short = longest[position] <= LONG
        drawn.add_column(heading, justify="right" if numbers else "left", no_wrap=short, overflow="fold")
    for row in said:
        drawn.add_row(*(Text(cell) for cell in row))  # Text: a title with [brackets] is no markup
    console.print(drawn)


def _stacked(headings: Sequence[str], row: Sequence[str]) -> str:
    """A row for a terminal too narrow for a table: the last cell, a title or an address, below the others.

    Without a heading above it a number would not say what it counts; the first is the id.
    """
    first, *facts, last = row
    named = [
        f"{heading} {fact}" if fact.replace(".", "", 1).isdigit() else fact
        for heading, fact in zip(headings[1:], facts, strict=False)
        if fact
    ]
    return f"{'  '.join([first, *named])}\n    {last}\n"


def _cell(value: Any, messages: Messages) -> str:
    """One value on one line; an empty cell stays empty (a dash would be data to a script)."""
    return "" if value is None else " ".join(messages.in_words(value).split())


def spoken(moment: datetime | None, *, locale: str, zone: str) -> str:
    """«lunedì 2 marzo 2026, 09:00 CET», the zone named as the place itself names it."""
    if moment is None:
        return "–"
    from babel.dates import format_datetime

    local = moment.astimezone(ZoneInfo(zone))
    return f"{format_datetime(local, 'EEEE d MMMM y, HH:mm', locale=locale)} {local.tzname()}"


def short(moment: datetime | None, *, zone: str) -> str:
    """An instant for a column: always the same width, in the zone of the newsroom; JSON alone is in UTC."""
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M") if moment else ""
