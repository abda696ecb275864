"""What is new to an editor since they last looked, on both engines."""

from __future__ import annotations

from datetime import datetime, timedelta

from builders import NOW
from curator.store import Store

TOMORROW = NOW + timedelta(days=1)


def look(store: Store, at: datetime, editor: str = "marta") -> None:
    with store.begin() as tx:
        tx.looks.put(editor, "it", now=at)


def new_since(store: Store, at: datetime, editor: str = "marta", edition: str = "it") -> datetime | None:
    with store.read() as tx:
        return tx.looks.new_since(editor, edition, now=at)


def test_to_who_never_looked_nothing_is_newer_than_the_rest(store: Store) -> None:
    look(store, NOW, editor="paolo")

    assert new_since(store, TOMORROW) is None
    assert new_since(store, TOMORROW, editor="paolo") == NOW
    assert new_since(store, TOMORROW, editor="paolo", edition="en") is None


def test_what_is_new_stays_so_through_one_sitting(store: Store) -> None:
    look(store, NOW)
    look(store, TOMORROW)
    look(store, TOMORROW + timedelta(minutes=50))
    at_work = TOMORROW + timedelta(minutes=100)

    assert new_since(store, at_work) == NOW
    assert new_since(store, at_work + timedelta(hours=8)) == TOMORROW + timedelta(minutes=50)


def test_the_first_sitting_knows_nothing_new(store: Store) -> None:
    look(store, NOW)
    look(store, NOW + timedelta(minutes=5))

    assert new_since(store, NOW + timedelta(minutes=10)) is None
