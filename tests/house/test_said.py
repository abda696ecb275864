"""Both catalogues say the same things, and everything that faces say is in them."""

from __future__ import annotations

import ast
import re
import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

import curator
from curator.faces.cli.commands import COMMANDS, SECTIONS, below
from curator.faces.cli.grammar import GLOBALS, Branch, load

SOURCE = Path(curator.__file__).parent
CATALOGUES = {
    locale: tomllib.loads((SOURCE / f"faces/messages/{locale}.toml").read_text(encoding="utf-8"))
    for locale in ("it", "en")
}
SAYING = {"say", "note"}
ARGUMENT_OF = {"Check": ("code", "advice")}


@pytest.mark.parametrize("table", ["say", "help"])
def test_both_languages_say_the_same_keys_with_the_same_data(table: str) -> None:
    italian, english = (CATALOGUES[locale][table] for locale in ("it", "en"))

    assert italian.keys() == english.keys()
    assert [key for key in italian if placeholders(italian[key]) != placeholders(english[key])] == []


@pytest.mark.parametrize("locale", ["it", "en"])
def test_every_command_and_option_has_its_help(locale: str) -> None:
    said = CATALOGUES[locale]["help"]

    assert [keys for keys in help_keys() if not any(key in said for key in keys)] == []


def test_everything_that_is_said_has_a_sentence() -> None:
    known = CATALOGUES["en"]["say"]

    assert sorted(key for key in said_keys() if key not in known) == []


@pytest.mark.parametrize("locale", ["it", "en"])
def test_tables_are_in_alphabetical_order(locale: str) -> None:
    # So that two people who add a sentence each seldom meet, and nobody writes one twice.
    for table, sentences in CATALOGUES[locale].items():
        keys = sorted(sentences, key=lambda key: (key.startswith("--"), key))
        assert list(sentences) == keys, table


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def help_keys() -> Iterator[tuple[str, ...]]:
    """Ways to find each help: a command by its path, an option by command and flag, or by flag."""
    yield from ((f"section {section}",) for section in SECTIONS)
    groups = [name for name in below(None) if name not in COMMANDS]
    yield from ((name,) for name in (*groups, *COMMANDS))
    for param in Branch("curator").params:
        yield (max(param.opts, key=len),)
    for name in COMMANDS:
        for param in load(name).params:
            if isinstance(param, click.Option) and param.name not in GLOBALS:
                flag = max(param.opts, key=len)
                yield (f"{name} {flag}", flag)


def said_keys() -> Iterator[str]:
    for path in sorted((SOURCE / "faces").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in SAYING and node.args:
                yield from literals(node.args[0])
            if name == "table" and node.args and isinstance(node.args[0], ast.List):
                yield from (f"col_{key}" for each in node.args[0].elts for key in literals(each))
            for keyword in node.keywords:
                if keyword.arg in ARGUMENT_OF.get(name, ()):
                    yield from literals(keyword.value)


def literals(expression: ast.expr) -> Iterator[str]:
    match expression:
        case ast.Constant(value=str(key)) if re.fullmatch("[a-z][a-z0-9_]*", key):
            yield key
        case ast.IfExp():
            yield from literals(expression.body)
            yield from literals(expression.orelse)
