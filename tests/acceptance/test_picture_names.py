"""Whose pictures the house's own pages showed: every trace in them is read, and none that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from curator import rights

# By file: agency and photographer. What the names belong to is read from the shared material.
TRACES = {
    "000": {("Flickr", None), ("Getty Images", None)},
    "001": {("Flickr", None)},
    "002": {(None, None)},
    "003": {("Getty Images", None), ("Unsplash", "Olav Ahrens Rotne")},
    "004": {("Getty Images", None), ("iStock", None)},
}


@pytest.mark.parametrize("file", TRACES)
def test_the_rights_of_every_picture_in_a_page_are_named(file: str, shared: Path) -> None:
    [seed] = (shared / "seeds").glob(f"{file}_*.txt")

    found = {
        (mark.agency, mark.photographer)
        for line in seed.read_text("utf-8").splitlines()
        for mark in rights.marks(line)
    }

    assert found == TRACES[file]
