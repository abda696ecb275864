from __future__ import annotations

from collections.abc import Iterator

import pytest

from hostile import HostileServer


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with HostileServer() as listening:
        yield listening
