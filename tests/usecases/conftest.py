from __future__ import annotations

from collections.abc import Iterator

import pytest

from blog import Blog, running_blog
from curator.edges.readers import Readers
from curator.fetch import Web
from curator.store import Store
from polling import Polling, open_reading


@pytest.fixture(scope="session")
def reading() -> Iterator[tuple[Web, Readers]]:
    """Worker processes take a second to start: one set serves all."""
    with open_reading() as parts:
        yield parts


@pytest.fixture
def polling(store: Store, reading: tuple[Web, Readers]) -> Polling:
    return Polling(store, *reading)


@pytest.fixture
def blog() -> Iterator[Blog]:
    with running_blog() as running:
        yield running
