"""What several proofs ask for: a real WordPress."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proving import PROOF
from wordpress import NoWordpress, Wordpress, running_wordpress

if not PROOF:  # they need what only `make proof` unpacks, and minutes
    collect_ignore = [
        "test_container.py",
        "test_import_wordpress.py",
        "test_install.py",
        "test_mirror_markup.py",
        "test_mirror_wordpress.py",
        "test_vps_walk.py",
        "test_years.py",
    ]


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
