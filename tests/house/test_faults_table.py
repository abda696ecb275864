"""docs/faults.md names a proof for every fault, and every proof that it names is there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/faults.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| [A-Z\d]", line)
]
PROOF = re.compile(r"`([\w/]+\.py)::(\w+)`")
LATER = "Not yet:"


@cache
def functions_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_fault_has_a_proof_that_is_there_or_says_that_it_has_none(row: list[str]) -> None:
    _, _, done, proof = row
    named = PROOF.findall(proof)

    assert named or LATER in done
    for path, name in named:
        assert name in functions_in(ROOT / "tests" / path), f"{path}::{name}"


def test_no_fault_and_no_finding_is_left_out() -> None:
    numbers = [row[0] for row in ROWS if re.fullmatch(r"\d+", row[0])]
    findings = [row[0] for row in ROWS if re.fullmatch(r"F\d+", row[0])]

    assert numbers == [str(n) for n in range(1, 41)]
    assert findings == [f"F{n}" for n in range(1, 13)]
