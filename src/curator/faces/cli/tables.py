"""Rows and instants for people: rich on a terminal, tab-separated and stable when piped."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from curator.faces.messages import Messages

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

LONG = 20
"""Cells up to this length (dates, numbers, names of states) stay on one line; titles and addresses wrap."""

NARROWEST = 26
"""What a column that wraps needs to be read; with less room there is no table."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A value that looks otherwise on a terminal: `style` is rich's, `seen` what people read for it.

    `marks`: from where to where words stand out in it.
    """

    value: Any
    style: str = ""
    seen: str | None = None
    marks: tuple[tuple[int, int], ...] = ()


def table(
    headings: Sequence[str], rows: Iterable[Sequence[Any]], *, messages: Messages, named: bool = False
) -> None:
    """Print rows under headings; numbers to the right. Piped: one tab between cells.

    Figures say nothing without what they are of: `named` keeps the headings in a pipe and where a
    terminal has no room for a table.
    """
    if not sys.stdout.isatty():
        rows = list(rows)
        if named and rows:
            sys.stdout.write("\t".join(headings) + "\n")
        sys.stdout.writelines("\t".join(_piped(cell, messages) for cell in row) + "\n" for row in rows)
        return
    shown = [[_seen(cell, messages) for cell in row] for row in rows]
    if not shown:
        return
    from rich.console import Console

    console = Console(highlight=False)
    headings, shown = _without_empty_columns(headings, shown)
    if _draw(console, headings, shown):
        return
    for row in shown:
        _stack(console, headings, row, named=named)


def folded(text: str) -> str:
    """Lines that fit the terminal, what is continued below the words and not below `> ` or `[2] `."""
    if not sys.stdout.isatty():
        return text
    from rich.console import Console
    from rich.text import Text

    console = Console()
    lines: list[str] = []
    for line in text.split("\n"):
        begun = _BEGINNING.match(line)
        indent = begun.end() if begun else 0
        again = "".join(sign if sign in "> ~" else " " for sign in line[:indent])
        room = max(console.width - indent, NARROWEST)
        words = [part.plain.rstrip() for part in Text(line[indent:]).wrap(console, room)] or [""]
        lines += [f"{line[:indent]}{words[0]}", *(f"{again}{part}" for part in words[1:])]
    return "\n".join(lines)


_BEGINNING = re.compile(r"\s*([>~] |\[\d+\] )?")


def _draw(console: Console, headings: Sequence[str], rows: Sequence[Sequence[Cell]]) -> bool:
    """As a table, if the terminal has the room."""
    from rich.cells import cell_len
    from rich.table import Table

    columns = [[cell.value for cell in column] for column in zip(*rows, strict=True)]
    longest = [
        max(cell_len(text) for text in (heading, *column))
        for heading, column in zip(headings, columns, strict=True)
    ]
    needed = sum(length if length <= LONG else NARROWEST for length in longest) + 2 * (len(longest) - 1)
    if needed > console.width:
        return False
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for heading, column, length in zip(headings, columns, longest, strict=True):
        numbers = all(text.isdigit() for text in column)
        drawn.add_column(
            heading, justify="right" if numbers else "left", no_wrap=length <= LONG, overflow="fold"
        )
    for row in rows:
        # Text: a title with [brackets] is no markup
        drawn.add_row(*(_text(cell) for cell in row))
    console.print(drawn)
    return True


def _stack(console: Console, headings: Sequence[str], row: Sequence[Cell], *, named: bool) -> None:
    """A row for a terminal too narrow for a table: the last cell, a title or an address, below the others.

    Without a heading above it a number would not say what it counts; the first is the id, unless `named`.
    """
    from rich.padding import Padding
    from rich.text import Text

    first, *facts, last = row if len(row) > 1 else (*row, Cell(""))
    facts_said = [
        Text(f"{heading} {fact.value}" if named or _NUMBER.fullmatch(fact.value) else fact.value, fact.style)
        for heading, fact in zip(headings[1:], facts, strict=False)
        if fact.value
    ]
    begun = f"{headings[0]} {first.value}" if named and first.value else first.value
    console.print(Text("  ").join([Text(begun, first.style), *facts_said]), overflow="fold")
    console.print(Padding(_text(last), (0, 0, 0, 4)), overflow="fold")


_NUMBER = re.compile(r"\d+([.,]\d+)?")


def _text(cell: Cell) -> Text:
    from rich.text import Text

    text = Text(cell.value, cell.style)
    for start, end in cell.marks:
        text.stylize("bold underline", start, end)
    return text


def _without_empty_columns(
    headings: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> tuple[list[str], list[list[Cell]]]:
    """A column that says nothing takes room from those that do. The first always stays."""
    kept = [at for at in range(len(headings)) if at == 0 or any(row[at].value for row in rows)]
    return [headings[at] for at in kept], [[row[at] for at in kept] for row in rows]


def _piped(value: Any, messages: Messages) -> str:
    return _words(value.value if isinstance(value, Cell) else value, messages)


def _seen(value: Any, messages: Messages) -> Cell:
    """The cell in words, as a terminal shows it."""
    if isinstance(value, float):
        from babel.numbers import format_decimal

        return Cell(format_decimal(value, format="0.##", locale=messages.locale))
    if not isinstance(value, Cell):
        return Cell(_words(value, messages))
    return replace(value, value=_words(value.value if value.seen is None else value.seen, messages))


def _words(value: Any, messages: Messages) -> str:
    """One value on one line; an empty cell stays empty (a dash would be data to a script)."""
    return "" if value is None else " ".join(messages.in_words(value).split())


def age(moment: datetime, *, now: datetime, messages: Messages) -> str:
    """«3 h», «2 g»: how long ago, as an editor counts; a date where that no longer says anything."""
    minutes = int((now - moment).total_seconds() // 60)
    if minutes < 1:
        return messages.say("age_now")
    if minutes < _HOUR:
        return messages.say("age_minutes", count=minutes)
    if minutes < _DAY:
        return messages.say("age_hours", count=minutes // _HOUR)
    if minutes < _MONTH:
        return messages.say("age_days", count=minutes // _DAY)
    from babel.dates import format_date

    local = moment.astimezone(ZoneInfo(messages.zone)).date()
    return str(format_date(local, "d MMM y", locale=messages.locale))


_HOUR, _DAY, _MONTH = 60, 24 * 60, 30 * 24 * 60


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
