"""docs/threats.md says of every threat which test holds it off, or that nothing does and why."""

from __future__ import annotations

import re

import pytest

from proved import PROOF, missing, rows

THREATS = rows("threats.md", r"[SMWH]\d+ ")
BEFELL = rows("threats.md", r"(?:CVE|FreshRSS|PYSEC)")
NOT_DEFENDED = re.compile(r"\*\*Not defended\*\*[^.]*: .{20}")


@pytest.mark.parametrize("row", THREATS, ids=lambda row: row[0])
def test_every_threat_has_a_test_that_is_there_or_a_reason_why_not(row: list[str]) -> None:
    _, _, defence, proof = row

    assert PROOF.search(proof) or NOT_DEFENDED.search(defence)
    assert missing(proof) == []


def test_threats_are_counted_through() -> None:
    numbers = [row[0] for row in THREATS]

    assert len(numbers) > 40
    assert numbers == [
        f"{letter}{n}"
        for letter in "SMWH"
        for n in range(1, 1 + sum(each.startswith(letter) for each in numbers))
    ]


def test_what_befell_other_programs_is_one_of_them() -> None:
    table = [row[0] for row in rows("faults.md", r"(?:CVE|FreshRSS|PYSEC)")]
    known = {row[0] for row in THREATS}

    assert [row[0] for row in BEFELL] == table
    assert [row for row in BEFELL if not set(row[1].split(", ")) <= known] == []
