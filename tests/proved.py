"""Tables of docs/ in which each row names the tests that prove it."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROOF = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows(page: str, begins: str) -> list[list[str]]:
    """The rows of all tables of a page of docs/ whose first cell looks like that."""
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs" / page).read_text(encoding="utf-8").splitlines()
        if re.match(rf"\| (?:{begins})", line)
    ]


def missing(proof: str) -> list[str]:
    """Which of the tests that it names are not there."""
    return [f"{path}::{name}" for path, name in PROOF.findall(proof) if name not in functions_in(path)]


@cache
def functions_in(path: str) -> set[str]:
    place = ROOT / "tests" / path
    if not place.exists():
        return set()
    tree = ast.parse(place.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
