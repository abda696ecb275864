"""The figures as a page for whoever edits: one file, no script, nothing from elsewhere.

Not one of the newsroom's templates: those make what readers get.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from curator.errors import NewsroomError
from curator.faces.chapters import Chapter
from curator.faces.messages import Messages
from curator.faces.plots import FILLED, LINED, OUTLINED, drawn
from curator.figures import Figures

_LEGENDS = {
    "sources": ((FILLED, "stats_key_published"), (OUTLINED, "stats_key_seen")),
    "times": ((FILLED, "col_median"), (OUTLINED, "col_p90")),
    "subscribers": ((LINED, "col_confirmed"), (FILLED, "col_joined"), (OUTLINED, "col_left")),
    "issues": ((FILLED, "col_accepted"), (OUTLINED, "stats_lost")),
}


@dataclass(frozen=True, slots=True)
class _Heading:
    words: str
    number: bool


@dataclass(frozen=True, slots=True)
class _Cell:
    words: str
    kind: str  # a class of the style sheet
    link: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    key: str
    title: str
    told: str
    plot: Markup | None
    legend: tuple[tuple[str, str], ...]
    headings: tuple[_Heading, ...]
    rows: tuple[tuple[_Cell, ...], ...]


def page(figures: Figures, chapters: Sequence[Chapter], *, title: str, messages: Messages) -> str:
    """The same figures give the same bytes."""
    style = _file("stats.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    when = messages.say("stats_when", since=figures.since, until=figures.until)
    edition = figures.edition
    scope = messages.say("stats_of_all") if edition is None else messages.say("stats_of", edition=edition)
    said = {name: messages.say(f"stats_{name}") for name in ("contents", "as_table", "table", "explained")}
    html: str = _template().render(
        lang=messages.locale,
        title=messages.say("stats_title", title=title),
        when=f"{when} {scope}",
        style=Markup(style),  # noqa: S704  a file of ours
        style_hash=f"sha256-{digest}",
        parts=[_part(chapter, messages) for chapter in chapters],
        words=said,
    )
    return html.rstrip() + "\n"


def write(path: Path, html: str) -> None:
    """For the eyes of whoever asked: in a newsroom's figures stands what readers need not know."""
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise NewsroomError("stats_page_unwritable", path=str(path), cause=error.strerror) from error


def _part(chapter: Chapter, messages: Messages) -> _Part:
    title = messages.say(f"stats_chapter_{chapter.key}")
    plot = chapter.plot and drawn(chapter.plot, name=chapter.key, title=title, told=chapter.told)
    legend = _LEGENDS.get(chapter.key, ()) if plot else ()
    columns = list(zip(*chapter.rows, strict=True)) or [()] * len(chapter.headings)
    return _Part(
        key=chapter.key,
        title=title,
        told=chapter.told,
        plot=plot or None,
        legend=tuple((shape, messages.say(key)) for shape, key in legend),
        headings=tuple(
            _Heading(messages.say(f"col_{heading}"), _are_numbers(column))
            for heading, column in zip(chapter.headings, columns, strict=True)
        ),
        rows=tuple(tuple(_cell(value) for value in row) for row in chapter.rows),
    )


def _cell(value: Any) -> _Cell:
    words = "" if value is None else str(value)
    link = words.startswith(("https://", "http://")) and " " not in words
    kind = "n" if isinstance(value, int) else "long" if len(words) > _LONG else ""
    return _Cell(words, kind, link)


def _are_numbers(column: Sequence[Any]) -> bool:
    return bool(column) and all(isinstance(value, int) or value is None for value in column)


_LONG = 20


def _file(name: str) -> str:
    return (files("curator.faces") / "templates" / name).read_text(encoding="utf-8")


@cache
def _template() -> Any:
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(_file("stats.html"))
