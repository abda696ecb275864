"""Every event that the program logs, found in its source; what each means is said in log_events.toml."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[1] / "src" / "curator"
MEANINGS = Path(__file__).with_name("log_events.toml")
UNSAID = "nobody has said yet"

_LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error"}
_EXCEPTION = ("kind", "where")  # what faces/logs.py leaves of one


@dataclass(slots=True, kw_only=True)
class Event:
    """`keys`: beside those that every line has; `open`: some come that the source does not name there."""

    name: str
    levels: set[str] = field(default_factory=set)
    keys: dict[str, None] = field(default_factory=dict)
    open: bool = False
    means: str = UNSAID


def events() -> list[Event]:
    """By name, with their meanings."""
    said = meanings()
    found: dict[str, Event] = {}
    for name, level, keys in calls():
        for each in _worked_out(said, name):
            event = found.setdefault(each, Event(name=each))
            event.levels.add(level)
            event.open = event.open or None in keys
            event.keys |= dict.fromkeys(key for key in keys if key is not None)
    for event in found.values():
        if meaning := said.get(event.name):
            event.means = meaning["means"]
            event.keys |= dict.fromkeys(meaning.get("keys", []))
    return [found[name] for name in sorted(found)]


def meanings() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(MEANINGS.read_text(encoding="utf-8"))


def calls() -> Iterator[tuple[ast.expr, str, list[str | None]]]:
    """Name (or the expression that makes it), level and keys; None: keys that are unpacked there."""
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log" | "tell"), attr=attr), args=[first]
                ) if attr in _LEVELS:
                    yield first, _LEVELS[attr], list(_keys(node, attr))
                case ast.Call(func=ast.Name(id="tell"), args=[first]):
                    yield first, "warning", list(_keys(node, "warning"))


def _worked_out(said: Mapping[str, Mapping[str, Any]], name: ast.expr) -> list[str]:
    """A name that is no plain text is one of those for which the meanings say so: `name = "…"`."""
    match name:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=one, orelse=other):
            return [*_worked_out(said, one), *_worked_out(said, other)]
        case _:
            words = ast.unparse(name)
            return [each for each, meaning in said.items() if meaning.get("name") == words] or [words]


def _keys(call: ast.Call, attr: str) -> Iterator[str | None]:
    for keyword in call.keywords:
        yield from _EXCEPTION if keyword.arg == "exc_info" else (keyword.arg,)
    if attr == "exception":
        yield from _EXCEPTION
