"""What only `make proof` runs: tests that take long, and the second engine where one tells nearly as much."""

from __future__ import annotations

import os

import pytest

PROOF = bool(os.environ.get("PROOF"))

of_the_proof = pytest.mark.skipif(not PROOF, reason="takes long: part of `make proof`")


def tells_enough(engine: str) -> pytest.MarkDecorator:
    """For tests of both engines: in `make test` on this one only."""
    return pytest.mark.tells_enough(engine)


def is_left_to_the_proof(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("tells_enough")
    if PROOF or marker is None or not isinstance(item, pytest.Function):
        return False
    engines = {"sqlite", "postgresql"} & set(map(str, item.callspec.params.values()))
    return not engines <= set(marker.args)
