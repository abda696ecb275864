"""kill -9 at any statement of an import: what is there is whole, and doing it again completes it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from bringing import a_post, a_teaser, bring, bring_and_die, what_came
from curator.errors import DatabaseBusy, DatabaseUnusable
from curator.model import Access, Form
from curator.store import Store
from curator.store import tables as t
from hardship import small_disk
from killing import FORKS, spread

POSTS = (
    *(a_post(n) for n in (1, 2, 3)),
    a_teaser(4),
    a_post(5, access=Access.DRAFT),
    *(a_post(n, form=Form.REST) for n in (2, 4)),
)
AT_ONCE = 3
POINTS = 6


def test_killed_at_any_statement_the_next_import_completes(sqlite_template: Path, tmp_path: Path) -> None:
    whole = opened(sqlite_template, tmp_path / "whole.db")
    count = statements(whole)
    expected = what_came(whole)
    stores = {n: opened(sqlite_template, tmp_path / f"{n}.db") for n in spread(count, most=POINTS)}

    run_and_die({point: str(store.path) for point, store in stores.items()})

    for point, store in stores.items():
        assert len(what_came(store)) in (0, 3, 5)
        assert_whole(store)
        bring(store, *POSTS, at_once=AT_ONCE)
        assert what_came(store) == expected, f"killed at statement {point} of {count}"
        assert bring(store, *POSTS, at_once=AT_ONCE).unchanged == len(POSTS)
        store.close()


def test_a_full_disk_ends_an_import_and_nothing_else(sqlite_template: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small") as disk:
        store = opened(sqlite_template, disk.folder / "store.db")
        bring(store, *POSTS[:3], at_once=AT_ONCE)
        before = what_came(store)
        with disk.full(but=8192), pytest.raises(DatabaseUnusable):
            bring(store, *(a_post(n) for n in range(10, 60)), at_once=50)
        assert what_came(store) == before

        bring(store, *POSTS, at_once=AT_ONCE)
        assert_whole(store)
        assert len(what_came(store)) == 5
        store.close()


def test_while_somebody_else_writes_an_import_waits_and_then_says_so(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "store.db"
    opened(sqlite_template, path).close()
    store, other = Store(f"sqlite:///{path}", busy_timeout=0.05), Store(f"sqlite:///{path}")

    with other.begin(), pytest.raises(DatabaseBusy):
        bring(store, *POSTS)

    assert bring(store, *POSTS).created == 5
    store.close()
    other.close()


def test_a_rehearsal_needs_no_place_in_the_newsroom_and_takes_no_lock(
    sqlite_template: Path, tmp_path: Path
) -> None:
    path = tmp_path / "store.db"
    opened(sqlite_template, path).close()
    store, other = Store(f"sqlite:///{path}", busy_timeout=0.05), Store(f"sqlite:///{path}")

    with other.begin():
        done = bring(store, *POSTS, dry_run=True)

    assert (done.created, what_came(store)) == (5, [])
    store.close()
    other.close()


def opened(template: Path, path: Path) -> Store:
    shutil.copyfile(template, path)
    return Store(f"sqlite:///{path}")


def assert_whole(store: Store) -> None:
    """Every item has its texts, its event and what it came from; readers have what is public."""
    with store.read() as tx:

        def count(column: Any) -> int:
            return tx.connection.execute(select(func.count(column.distinct()))).scalar_one()

        items = count(t.items.c.id)
        assert count(t.commentaries.c.item_id) == count(t.excerpts.c.item_id) == items
        assert count(t.events.c.item_id) == count(t.imports.c.item_id) == items
        assert count(t.import_keys.c.import_id) == count(t.imports.c.id)
        public = select(func.count()).where(t.commentaries.c.stage == "published")
        assert tx.connection.execute(public).scalar_one() == count(t.publications.c.item_id)


def statements(store: Store) -> int:
    """How many a whole import takes, commits too."""
    taken: list[object] = []
    event.listen(store.engine, "before_cursor_execute", lambda *said: taken.append(said))
    event.listen(store.engine, "commit", taken.append)
    bring(store, *POSTS, at_once=AT_ONCE)
    return len(taken)


def run_and_die(databases: dict[int, str]) -> None:
    process = FORKS.Process(target=bring_and_die, args=(databases, POSTS, AT_ONCE))
    process.start()
    process.join(300)
    assert process.exitcode == 0
    process.close()
