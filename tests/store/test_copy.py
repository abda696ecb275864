"""A newsroom moves to another database: whole, compared, and with nothing left behind in the old one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import text

from curator.errors import DatabaseBusy, Refused, StoreError
from curator.model import HeldBecause
from curator.store import Store, carrying, copying
from curator.store.database import Transaction
from newsroom import STORY, Newsroom, an_item, feed

from builders import NOW  # isort: skip


EVENT = """INSERT INTO events (at, editor, move, before, after)
VALUES ('2026-03-02 09:00:00', 'marta', 'skip', '{}', '{}')"""


@pytest.fixture(params=["sqlite", "postgresql"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """One with something in it, and an empty one on the other engine."""
    source: Store = request.getfixturevalue(f"{request.param}_store")
    to_sqlite = request.param == "postgresql"
    url = f"sqlite:///{tmp_path}/moved/new.db" if to_sqlite else request.getfixturevalue("postgresql_url")
    with source.begin() as tx:
        tx.connection.execute(
            text(
                "INSERT INTO sources (url, name, kind, status, tags, policy, due_at, failures, unverified,"
                " problems, added_at) VALUES ('https://a.example/', 'Città “è”', 'feed', 'active', '[\"x\"]',"
                " '{}', '2026-03-02 09:00:00.123456', 0, :no, '[]', '2026-03-02 09:00:00')"
            ),
            {"no": False},
        )
        tx.connection.execute(
            text(
                "INSERT INTO events (at, editor, move, before, after, undone_by) VALUES"
                " ('2026-03-02 09:00:00', 'marta', 'skip', 'null', '{\"json\": null}', NULL),"
                " ('2026-03-02 09:01:00', 'marta', 'undo', '\"è\"', '[1.5, 7]', NULL)"
            )
        )
        tx.connection.execute(text("UPDATE events SET undone_by = id + 1 WHERE move = 'skip'"))
        tx.meta.set("place", "this machine")
    source.require_schema()
    target = Store(url)
    yield source, target
    target.close()


def copy(source: Store, target: Store) -> copying.Copied:
    return copying.copy(source, target, told=lambda _done, _of: None, now=NOW)


def all_rows(store: Store) -> dict[str, list[Any]]:
    with store.read() as tx:
        return {each.name: list(copying.carried(tx, each)) for each in carrying.tables_of(tx.connection)}


def test_every_row_goes_over(stores: tuple[Store, Store]) -> None:
    source, target = stores

    done = copy(source, target)

    assert all_rows(target) == all_rows(source)
    assert (done.rows["sources"], done.rows["events"]) == (1, 2)
    target.require_schema()


def test_the_old_one_is_held_and_the_new_one_is_not(stores: tuple[Store, Store]) -> None:
    source, target = stores

    copy(source, target)

    with source.read() as tx:
        hold = tx.holds.current()
    assert hold is not None
    assert (hold.because, hold.data) == (HeldBecause.MOVED, {"to": target.shown_url})
    with target.read() as tx:
        assert tx.holds.current() is None
        assert tx.meta.get("place") is None  # it is where it is now


def test_nothing_is_written_to_the_old_one_any_more(stores: tuple[Store, Store]) -> None:
    source, target = stores
    other = Store(source.url.render_as_string(hide_password=False))
    other.require_schema()  # a process that was running before

    copy(source, target)

    with pytest.raises(Refused, match="newsroom_moved"), other.begin() as tx:
        tx.meta.set("lost", "words")
    other.close()


def test_the_next_row_gets_an_id_that_nothing_had(stores: tuple[Store, Store]) -> None:
    source, target = stores
    with source.begin() as tx:
        tx.connection.execute(text(EVENT))

    copy(source, target)

    with target.begin() as tx:
        tx.connection.execute(text(EVENT))
        assert tx.connection.execute(text("SELECT max(id) FROM events")).scalar() == 4


def test_a_target_that_is_not_empty_is_left_alone(stores: tuple[Store, Store]) -> None:
    source, target = stores
    copy(source, target)
    again = Store(target.url.render_as_string(hide_password=False))
    before = all_rows(again)

    with pytest.raises(Refused, match="copy_target_exists"):
        copy(source, again)

    assert all_rows(again) == before
    again.close()


def test_onto_itself_it_does_not_go(sqlite_store: Store) -> None:
    with pytest.raises(Refused, match="copy_to_itself"):
        copy(sqlite_store, Store(sqlite_store.shown_url))


def test_what_was_held_half_way_can_be_called_again(stores: tuple[Store, Store]) -> None:
    source, target = stores
    copying._hold(source, target, NOW)  # and then it was killed

    copy(source, target)

    assert all_rows(target) == all_rows(source)


def test_a_restored_newsroom_is_not_moved(stores: tuple[Store, Store]) -> None:
    source, target = stores
    copying._hold(source, Store("sqlite:////elsewhere.db"), NOW)

    with pytest.raises(Refused, match="copy_source_held"):
        copy(source, target)


def test_where_it_fails_work_goes_on_as_before(sqlite_store: Store, postgresql_url: str) -> None:
    with sqlite_store.begin() as tx:
        tx.meta.set("strange", "a\0b")  # no text for PostgreSQL
    target = Store(postgresql_url)

    with pytest.raises(StoreError):
        copy(sqlite_store, target)

    with sqlite_store.begin() as tx:
        assert tx.holds.current() is None
    with target.read() as tx:
        assert not carrying.reflected(tx.connection).tables
    target.close()


def test_a_difference_is_found_and_nothing_is_moved(
    postgresql_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgresql_store.begin() as tx:
        tx.meta.set("motto", "perché no")
    target = Store(f"sqlite:///{tmp_path}/new.db")
    put = carrying.put

    def garbled(connection: Any, into: Any, plain: Any) -> int:
        return put(
            connection, into, ({**row, "value": "perche no"} if "value" in row else row for row in plain)
        )

    monkeypatch.setattr(carrying, "put", garbled)

    with pytest.raises(Refused, match="copy_differs"):
        copy(postgresql_store, target)

    assert not (tmp_path / "new.db").exists()
    with postgresql_store.read() as tx:
        assert tx.holds.current() is None


def test_who_writes_when_it_begins_is_let_to_the_end(postgresql_store: Store, tmp_path: Path) -> None:
    """PostgreSQL's writers do not wait for each other: one that began before the hold may commit after it."""
    target = Store(f"sqlite:///{tmp_path}/new.db")
    began, held = Event(), Event()

    def write() -> None:
        with postgresql_store.begin() as tx:
            tx.meta.set("slow", "words")
            began.set()
            held.wait(60)

    writer = Thread(target=write)
    writer.start()
    began.wait(60)
    outwait = copying._outwait_writers

    def outwaiting(source: Store) -> None:
        held.set()  # the hold is there: now the writer ends
        outwait(source)

    copying._outwait_writers = outwaiting
    try:
        copy(postgresql_store, target)
    finally:
        copying._outwait_writers = outwait
        writer.join()

    with target.read() as tx:
        assert tx.meta.get("slow") == "words"
    target.close()


def test_a_writer_that_does_not_end_is_not_waited_for_for_ever(
    postgresql_store: Store, tmp_path: Path
) -> None:
    target = Store(f"sqlite:///{tmp_path}/new.db")
    impatient = Store(postgresql_store.url.render_as_string(hide_password=False), busy_timeout=0.2)

    with postgresql_store.begin() as tx:
        tx.meta.set("slow", "words")
        with pytest.raises(DatabaseBusy):
            copy(impatient, target)

    with postgresql_store.begin() as tx:
        assert tx.holds.current() is None
    impatient.close()


def test_there_and_back_by_the_commands(newsroom: Newsroom, postgresql_url: str) -> None:
    """What the editor had is there, what she writes in the old place is refused, and readers' ids stay."""
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")
    before = (newsroom.folder / "public/feed.atom").read_bytes()

    done = newsroom.ask("db", "copy", "--to", postgresql_url)
    refused = newsroom.curator("write", 1, "--note", "Qui?", "--json", ok=False)
    newsroom.environ["CURATOR_DATABASE__URL"] = postgresql_url
    newsroom.curator("write", 1, "--note", "Di là.")
    back = newsroom.ask("db", "copy", "--to", "sqlite:///data/again.db")
    newsroom.environ["CURATOR_DATABASE__URL"] = "sqlite:///data/again.db"

    assert done["rows"]["items"] == back["rows"]["items"] == 1
    assert refused.json["error"]["code"] == "newsroom_moved"
    assert newsroom.ask("show", 1)["note"] == "Di là."
    newsroom.curator("publish")
    after = (newsroom.folder / "public/feed.atom").read_bytes()
    assert re.findall(b"<id>[^<]*", after) == re.findall(b"<id>[^<]*", before)


def test_no_password_is_said(newsroom: Newsroom) -> None:
    said = newsroom.curator("db", "copy", "--to", "postgresql://u:geheim@127.0.0.1:1/x", "--json", ok=False)

    assert said.status == 1
    assert "geheim" not in said.out + said.err + json.dumps(said.json)


def test_a_copy_that_stands_is_not_forgotten_for_a_ctrl_c(
    stores: tuple[Store, Store],
) -> None:
    """It comes right after the commit: the new newsroom is at work, so the old one is not."""
    source, target = stores

    class Interrupted(Store):
        @contextmanager
        def begin(self, **how: Any) -> Iterator[Transaction]:
            with super().begin(**how) as tx:
                yield tx
            raise KeyboardInterrupt

    url = target.url.render_as_string(hide_password=False)
    with closing(Interrupted(url)) as interrupted, pytest.raises(KeyboardInterrupt):
        copy(source, interrupted)

    assert all_rows(target) == all_rows(source)
    with source.read() as tx:
        assert tx.holds.current() is not None


@pytest.mark.parametrize("password", ["gehe@im99", "gehe/im99", "gehe?im99", "gehe#im99"])
def test_no_part_of_a_password_is_shown(password: str, newsroom: Newsroom) -> None:
    to = f"postgresql+psycopg://curator:{password}@127.0.0.1:9/z"

    refused = newsroom.curator("db", "copy", "--to", to, ok=False)

    assert refused.status == 1
    assert "%40" in refused.err
    assert "im99" not in refused.err
    assert "gehe" not in refused.err
