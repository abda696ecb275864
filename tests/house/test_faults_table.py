"""docs/faults.md names a proof for every fault, and every proof that it names is there."""

from __future__ import annotations

import re

import pytest

from proved import PROOF, missing, rows

ROWS = rows("faults.md", r"[A-Z\d]")
LATER = "Not yet:"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_every_fault_has_a_proof_that_is_there_or_says_that_it_has_none(row: list[str]) -> None:
    _, _, done, proof = row

    assert PROOF.search(proof) or LATER in done
    assert missing(proof) == []


def test_no_fault_and_no_finding_is_left_out() -> None:
    numbers = [row[0] for row in ROWS if re.fullmatch(r"\d+", row[0])]
    findings = [row[0] for row in ROWS if re.fullmatch(r"F\d+", row[0])]

    assert numbers == [str(n) for n in range(1, 41)]
    assert findings == [f"F{n}" for n in range(1, 13)]
