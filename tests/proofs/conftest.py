"""What several proofs ask for: a real WordPress."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from wordpress import NoWordpress, Wordpress, running_wordpress


@pytest.fixture(scope="module")
def wordpress() -> Iterator[Wordpress]:
    """One for all tests of a module. A proof that proves nothing is a failure."""
    starting = running_wordpress()
    try:
        running = starting.__enter__()
    except NoWordpress as why:
        pytest.fail(f"WordPress: {why}")
    try:
        yield running
    finally:
        starting.__exit__(None, None, None)
