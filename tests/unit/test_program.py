"""What outputs are made with: another program, library or language may make other bytes."""

from __future__ import annotations

import ast
import sys
from functools import cache
from importlib.metadata import packages_distributions
from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest

import curator
from curator.publish import program

NO_BYTES = {"email_validator", "flufl", "py3langid", "structlog", "w3lib"}
"""They check, tell, and look at what comes in; nothing that readers get is made by them."""
PACKERS = {"brotli"}  # named beside what it packs
NO_WORDS = {"errors", "fetch", "lifecycle", "ports", "review", "store", "syncing"}
"""Of the house: what they give is told by what is published, or refuses."""


def test_another_version_of_the_program_is_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every feed says which it was."""
    before = program.fingerprint()
    program.fingerprint.cache_clear()
    monkeypatch.setattr(curator, "__version__", "99.0")

    after = program.fingerprint()

    program.fingerprint.cache_clear()
    assert after != before


def test_another_python_is_another_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Unicode says which letters are the same in a search."""
    before = program.fingerprint()
    program.fingerprint.cache_clear()
    monkeypatch.setattr("platform.python_version", lambda: "4.0.0")

    after = program.fingerprint()

    program.fingerprint.cache_clear()
    assert after != before


def test_every_library_that_makes_outputs_is_named() -> None:
    distributions = packages_distributions()
    imported = {name.partition(".")[0] for name in _imported()}
    foreign = imported - sys.stdlib_module_names - {"curator"} - NO_BYTES - PACKERS

    used = {distributions[name][0].lower().replace("_", "-") for name in foreign}

    assert used - set(program.LIBRARIES) == set()


def test_every_part_of_the_house_that_makes_outputs_is_named() -> None:
    named = {part.removesuffix(".py") for part in program.OURS}

    used = {name.split(".")[1] for name in _imported() if name.startswith("curator.")}

    assert used - NO_WORDS - named == set()


@cache
def _imported() -> set[str]:
    return {name for part in program.OURS for name in _imports(files("curator").joinpath(part))}


def _imports(place: Traversable) -> set[str]:
    if place.is_dir():
        return {name for inside in place.iterdir() for name in _imports(inside)}
    if not place.name.endswith(".py"):
        return set()
    found = set()
    for node in ast.walk(ast.parse(place.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = {f"curator.{alias.name}" for alias in node.names} if node.module == "curator" else set()
            found |= inside or {node.module}
    return found
