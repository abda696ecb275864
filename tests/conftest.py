"""What every test may ask for: a store on both engines, an empty PostgreSQL, the shared material."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest
import structlog
from sqlalchemy import text

import feedrules
import maildkim
from cluster import Cluster, NoPostgresql, running_cluster
from compiling import compile_once
from curator.store import Store
from curator.store.tables import SCHEMA_HEAD, metadata
from newsroom import Newsroom, Web, serving
from postfix import NoPostfix, Postfix, running_postfix
from proving import PROOF, is_left_to_the_proof

# A shared machine is slow at times: an example that takes long is no finding. `make proof` looks for longer.
hypothesis.settings.register_profile(
    "house", deadline=None, print_blob=True, max_examples=500 if PROOF else 40
)
hypothesis.settings.load_profile("house")

feedrules.check_always()
compile_once()

# As the program says them (faces/logs.py): rich draws all that was known at each step, which takes seconds.
structlog.configure(
    processors=[structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
)


@pytest.fixture(autouse=True)
def no_feed_breaks_a_rule() -> Iterator[None]:
    """Of the feed validator. Who makes one is told at once, but some go on after an error."""
    feedrules.found.clear()
    yield
    assert feedrules.found == []


# Whose files take longest. They come first, or one worker would read the corpus after the other has ended.
LONG = frozenset({"acceptance", "browser", "corpus", "desk", "faces", "faults", "simulation"})


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    left = [item for item in items if is_left_to_the_proof(item)]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]
    items.sort(key=lambda item: item.path.parent.name not in LONG)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    try:
        starting = running_cluster()
        running = starting.__enter__()
    except NoPostgresql as why:
        _absent(f"PostgreSQL: {why}")
    try:
        yield running
    finally:
        starting.__exit__(None, None, None)


@pytest.fixture(scope="session")
def postfix() -> Iterator[Postfix]:
    """One for all tests of a run, which may have mail of other tests in it: call `postfix.empty()` first."""
    starting = running_postfix()
    try:
        running = starting.__enter__()
    except NoPostfix as why:
        _absent(f"Postfix: {why}")
    try:
        yield running
    finally:
        starting.__exit__(None, None, None)


@pytest.fixture(scope="session")
def mail_dkim() -> None:
    try:
        maildkim.require_mail_dkim()
    except maildkim.NoMailDkim as why:
        _absent(f"Mail::DKIM: {why}")


@pytest.fixture
def postgresql_url(cluster: Cluster) -> Iterator[str]:
    """The URL of a fresh PostgreSQL database without tables."""
    name = cluster.create()
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables, once on each engine."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Store:
    """A fresh database with all tables, once on each engine."""
    fresh: Store = request.getfixturevalue(f"{request.param}_store")
    return fresh


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "store.db"
    shutil.copyfile(sqlite_template, path)
    store = Store(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def postgresql_store(cluster: Cluster, postgresql_template: str) -> Iterator[Store]:
    with cluster.lent(postgresql_template) as name:
        store = Store(cluster.url(name))
        yield store
        store.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store.db"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster) -> str:
    name = cluster.create()
    _make_tables(cluster.url(name))
    return name


@pytest.fixture(scope="session")
def shared() -> Path:
    """Material that lies beside the repository and never inside it: corpus, seeds, tools."""
    folder = Path(os.environ.get("CURATOR_SHARED") or Path(__file__).parents[2] / "shared")
    if not folder.is_dir():
        pytest.skip(f"no shared material at {folder} (set CURATOR_SHARED)")
    return folder


def _make_tables(url: str) -> None:
    """The tables as store/tables.py says them; tests/house proves that the migrations say the same."""
    store = Store(url)
    with store.begin() as tx:
        metadata.create_all(tx.connection)
        tx.connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        tx.connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": SCHEMA_HEAD})
    store.close()


def _absent(reason: str) -> NoReturn:
    """Skip aloud; on the build machine a missing engine is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as pages:
        yield pages


@pytest.fixture(scope="session")
def newsroom_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `curator init` makes, made once: migrations take a while."""
    with serving() as nothing:
        return Newsroom(tmp_path_factory.mktemp("template") / "newsroom", nothing).folder


@pytest.fixture
def newsroom(newsroom_template: Path, tmp_path: Path, web: Web) -> Newsroom:
    """A newsroom on SQLite, with its command line and a web to read from."""
    shutil.copytree(newsroom_template, tmp_path / "newsroom")
    return Newsroom(tmp_path / "newsroom", web)


@pytest.fixture(scope="session")
def postgresql_newsroom_template(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """The same on PostgreSQL: the folder and the database."""
    name = cluster.create()
    with serving() as nothing:
        folder = tmp_path_factory.mktemp("template") / "newsroom"
        return Newsroom(folder, nothing, database__url=cluster.url(name)).folder, name


@pytest.fixture
def postgresql_newsroom(
    cluster: Cluster, postgresql_newsroom_template: tuple[Path, str], tmp_path: Path, web: Web
) -> Iterator[Newsroom]:
    folder, template = postgresql_newsroom_template
    shutil.copytree(folder, tmp_path / "newsroom")
    with cluster.lent(template) as name:
        yield Newsroom(tmp_path / "newsroom", web, database__url=cluster.url(name))


@pytest.fixture(params=["sqlite", "postgresql"])
def any_newsroom(request: pytest.FixtureRequest) -> Newsroom:
    """A newsroom on each engine."""
    name = "newsroom" if request.param == "sqlite" else "postgresql_newsroom"
    made: Newsroom = request.getfixturevalue(name)
    return made
