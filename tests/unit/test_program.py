"""What outputs are made with: another program, library or language may make other bytes."""

from __future__ import annotations

import ast
import sys
from importlib.metadata import packages_distributions
from importlib.resources import files
from importlib.resources.abc import Traversable

import pytest

import curator
from curator.publish import program

NO_BYTES = {"email_validator", "py3langid", "structlog", "w3lib"}
"""They check, tell, and look at what comes in; nothing that readers get is made by them."""
PACKERS = {"brotli"}  # named beside what it packs


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
    imported = {name for part in program.OURS for name in _imports(files("curator").joinpath(part))}
    foreign = imported - sys.stdlib_module_names - {"curator"} - NO_BYTES - PACKERS

    used = {distributions[name][0].lower().replace("_", "-") for name in foreign}

    assert used - set(program.LIBRARIES) == set()


def _imports(place: Traversable) -> set[str]:
    if place.is_dir():
        return {name for inside in place.iterdir() for name in _imports(inside)}
    if not place.name.endswith(".py"):
        return set()
    found = set()
    for node in ast.walk(ast.parse(place.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
