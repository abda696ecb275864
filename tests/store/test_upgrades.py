"""What programs of every released schema left behind is whole after `db upgrade`, on both engines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from cluster import Cluster
from curator.store import Store, carrying, schema
from curator.store.archive import opened
from curator.store.tables import FULL_TEXT, SCHEMA_HEAD, metadata
from newsroom import Newsroom, serving
from proving import PROOF

RELEASED = Path(__file__).with_name("released")
SCHEMAS = sorted(path.stem for path in RELEASED.glob("*.zip"))
LOOKED_AT = SCHEMAS if PROOF else ["0001", "0006"]
"""Where all that readers get is made, too: the oldest, and the one with the newest mail."""


@dataclass(frozen=True)
class Upgraded:
    """`before`: rows by table, as the old program counted them. `said`: what it said of them."""

    newsroom: Newsroom
    store: Store
    schema: str
    before: dict[str, int]
    said: dict[str, Any]
    answer: dict[str, Any]

    @property
    def items(self) -> dict[str, dict[str, Any]]:
        said: dict[str, dict[str, Any]] = self.said["items"]
        return said


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=SCHEMAS)
def upgraded(
    request: pytest.FixtureRequest, engine: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Upgraded]:
    """The newsroom of that day with its database as that program left it, and then `db upgrade`."""
    folder = tmp_path_factory.mktemp("old") / "newsroom"
    url, drop = f"sqlite:///{folder}/data/curator.db", None
    if engine == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        name = cluster.create()
        url, drop = cluster.url(name), lambda: cluster.drop(name)
    store = Store(url)
    before = as_it_was(request.param, folder, store)
    with serving() as web:
        settings = {"database__url": url, "publish__base_url": "https://news.example/"}
        newsroom = Newsroom(folder, web, **settings)
        said = json.loads((RELEASED / f"{request.param}.json").read_text(encoding="utf-8"))
        yield Upgraded(newsroom, store, request.param, before, said, newsroom.ask("db", "upgrade"))
    store.close()
    if drop is not None:
        drop()


def as_it_was(revision: str, folder: Path, store: Store) -> dict[str, int]:
    """Lay out the schema of that day, and put in it what that day's program had backed up."""
    with opened(RELEASED / f"{revision}.zip") as archive:
        for name in archive.files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(archive.content(name))
        schema.make_folder(store)
        with store.begin() as tx:
            schema.lay_out(tx.connection, revision)
            tables = carrying.tables_of(tx.connection)
            for table in tables:
                carrying.put(tx.connection, table, archive.rows(table.name))
            carrying.set_counters(tx.connection, tables, {})
        return dict(archive.manifest.rows)


closely = pytest.mark.parametrize("upgraded", LOOKED_AT, indirect=True, scope="module")


def test_every_schema_there_was_has_left_something() -> None:
    assert set(SCHEMAS) == schema.known() - {SCHEMA_HEAD}


@closely
def test_the_tables_are_those_of_this_program(upgraded: Upgraded) -> None:
    with upgraded.store.read() as tx:
        options = {"include_name": lambda name, _kind, _of: FULL_TEXT not in (name or "")}
        context = MigrationContext.configure(tx.connection, opts=options)

        assert compare_metadata(context, metadata) == []
    assert (upgraded.answer["before"], upgraded.answer["after"]) == (upgraded.schema, SCHEMA_HEAD)


def test_no_row_is_lost(upgraded: Upgraded) -> None:
    with upgraded.store.read() as tx:
        tables = {each.name: each for each in carrying.tables_of(tx.connection)}
        found = {name: len(list(carrying.rows(tx.connection, tables[name]))) for name in upgraded.before}

    assert {name: (rows, found[name]) for name, rows in upgraded.before.items() if found[name] < rows} == {}


def test_a_backup_of_before_was_made(upgraded: Upgraded) -> None:
    with opened(Path(upgraded.answer["backup"])) as saved:
        assert saved.manifest.schema == upgraded.schema
        assert dict(saved.manifest.rows) == upgraded.before


def test_editors_find_their_words(upgraded: Upgraded) -> None:
    found = upgraded.newsroom.ask("items", "--limit", 100)["items"]

    kept = ("status", "headline", "note")
    assert {str(item["id"]): [item[key] for key in kept] for item in found} == {
        number: [item[key] for key in kept] for number, item in upgraded.items.items()
    }


@closely
def test_an_item_is_shown(upgraded: Upgraded) -> None:
    corrected = next(
        number for number, item in upgraded.items.items() if item["headline"] == "Mantenere basta, davvero"
    )

    shown = upgraded.newsroom.ask("show", corrected)

    assert shown["public"]["atom_id"] == upgraded.items[corrected]["atom_id"]


def test_readers_have_who_they_had(upgraded: Upgraded) -> None:
    found = upgraded.newsroom.ask("subscriber", "list")["subscribers"]

    assert [[one["email"], one["status"]] for one in found] == upgraded.said["subscribers"]


@closely
def test_an_issue_stands_where_it_stood(upgraded: Upgraded) -> None:
    found = upgraded.newsroom.ask("issue", "status")

    assert {key: found[key] for key in upgraded.said["issue"]} == upgraded.said["issue"]


@closely
def test_no_published_id_changes(upgraded: Upgraded) -> None:
    upgraded.newsroom.curator("publish")

    feed = (upgraded.newsroom.folder / "public/feed.atom").read_text(encoding="utf-8")
    assert re.findall(r"<id>([^<]*)</id>", feed) == upgraded.said["feed"]
