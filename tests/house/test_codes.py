"""Whatever goes wrong can be said: every code in the source has its sentence, in Italian and in English."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import curator
from curator import errors

SOURCE = Path(curator.__file__).parent
OUTCOMES = {"Failed", "Unreadable", "Problem", "Wrong", "CannotFetch", "RefusedLine", "WrongUsage"}
ERRORS = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.CuratorError)
}


@cache
def codes() -> frozenset[str]:
    return frozenset(_codes())


def _codes() -> Iterator[str]:
    yield from {kind.code for kind in ERRORS.values()}
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in OUTCOMES | ERRORS.keys():
                named = [*node.args[:1], *(one.value for one in node.keywords if one.arg in ("code", "why"))]
                yield from (code for expression in named for code in _codes_in(expression))


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _codes_in(expression: ast.expr) -> Iterator[str]:
    """The literal, or both of `"a" if … else "b"`; the test between them is no code."""
    match expression:
        case ast.Constant(value=str(code)) if re.fullmatch("[a-z][a-z0-9]*(_[a-z0-9]+)*", code):
            yield code
        case ast.IfExp():
            yield from _codes_in(expression.body)
            yield from _codes_in(expression.orelse)


def sentences(locale: str) -> dict[str, str]:
    tables = tomllib.loads((SOURCE / f"faces/messages/{locale}.toml").read_text(encoding="utf-8"))
    return {
        code: said
        for table in ("errors", "problems", "fetch", "read")
        for code, said in tables[table].items()
    }


@pytest.mark.parametrize("locale", ["it", "en"])
def test_every_code_has_a_sentence(locale: str) -> None:
    said = sentences(locale)
    unsaid = sorted({code for code in codes() if code not in said})

    assert not unsaid, f"faces/messages/{locale}.toml lacks: {', '.join(unsaid)}"


def test_both_languages_fill_in_the_same_data() -> None:
    italian, english = sentences("it"), sentences("en")

    def placeholders(sentence: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}

    assert italian.keys() == english.keys()
    assert [code for code in italian if placeholders(italian[code]) != placeholders(english[code])] == []
