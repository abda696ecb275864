"""docs/reference.md says what the program takes and says: it is made from it."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
WRITTEN = DOCS / "reference.md"


@pytest.fixture(scope="module")
def made() -> str:
    text: str = runpy.run_path(str(DOCS / "make_reference.py"))["reference"]()
    return text


def test_the_reference_is_what_the_program_says(made: str) -> None:
    assert WRITTEN.read_text(encoding="utf-8") == made, "docs/reference.md is behind: run make reference"


def test_no_cell_of_the_reference_is_empty(made: str) -> None:
    assert [line for line in made.splitlines() if re.search(r"\|\s*\|", line)] == []


def test_every_link_of_the_reference_leads_somewhere(made: str) -> None:
    headings = {
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", made, flags=re.MULTILINE)
    }
    links = set(re.findall(r"\]\(([^)]+)\)", made))

    assert {link[1:] for link in links if link.startswith("#")} <= headings
    assert [link for link in links if not link.startswith("#") and not (DOCS / link).exists()] == []
