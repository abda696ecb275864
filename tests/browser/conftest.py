from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browsing import NoBrowser, Reader, a_reader, running_browser
from curator.store import Store
from exhibiting import Exhibition, an_exhibition


@pytest.fixture(scope="session")
def exhibition(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exhibition]:
    """Made once, and only looked at."""
    folder = tmp_path_factory.mktemp("exhibition")
    shutil.copyfile(sqlite_template, folder / "store.db")
    store = Store(f"sqlite:///{folder / 'store.db'}")
    with an_exhibition(store, folder) as made:
        yield made
    store.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        starting = running_browser()
        running = starting.__enter__()
    except NoBrowser as why:
        # As with PostgreSQL: skipped aloud on a laptop, required on the build machine.
        if os.environ.get("CI") == "true":
            pytest.fail(str(why))
        pytest.skip(str(why))
    try:
        yield running
    finally:
        starting.__exit__(None, None, None)


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Iterator[Reader]:
    with a_reader(browser) as one:
        yield one
