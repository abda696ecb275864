"""What documents said of posts, as the store keeps it, and the items that begin with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bringing import PICTURE, a_post
from builders import ITALIAN, NOW
from curator import history
from curator.importing.anatomy import recover
from curator.importing.becoming import Hand
from curator.importing.house import house_of
from curator.importing.matching import Told, told_of
from curator.model import Item, LostPicture, Original
from curator.store import Store
from curator.store.imports import Kept
from curator.store.rehearsal import rehearsed


def told(original: Original, n: int = 0) -> Told:
    return told_of(original, recover(original, house=house_of(ITALIAN)), n=n, now=NOW)


def begun(store: Store, *several: Told) -> list[Item]:
    hand = Hand(edition=ITALIAN, editors={}, tags={})
    new = [hand.item(one.imported.recovered, public=True, now=NOW) for one in several]
    with store.begin() as tx:
        return tx.items.bring(
            new,
            positions=[NOW - timedelta(days=n) for n, _ in enumerate(new)],
            by="marta",
            edition="it",
            now=NOW,
            noted=[{"place": one.imported.place} for one in several],
        )


def kept(one: Told, item_id: int = 1, **said: Any) -> Kept:
    imported = replace(one.imported, item_id=item_id)
    return replace(Kept(imported=imported, raw=one.raw, raw_hash=one.raw_hash, keys=one.keys), **said)


def test_items_begin_with_all_their_words_in_the_order_given(store: Store) -> None:
    posts = [told(a_post(n)) for n in range(5)]

    new = begun(store, *posts)

    assert [item.id for item in new] == sorted(item.id for item in new)
    with store.read() as tx:
        assert tx.items.many([item.id for item in new]) == new
        for item, post in zip(new, posts, strict=True):
            [first] = tx.events.of_item(item.id)
            assert history.rebuilt(item, [first]) == item
            assert (first.after["place"], first.version) == (post.imported.place, 1)
            assert history.names(first.before, first.after).count("place") == 0


def test_what_was_told_is_read_back_as_it_was(store: Store) -> None:
    post = told(a_post())
    lost = LostPicture(file_name="a.jpg", credit="Getty", alt=None)
    recovered = replace(post.imported.recovered, image=replace(PICTURE, width=3), lost_picture=lost)
    post = replace(post, imported=replace(post.imported, recovered=recovered))
    begun(store, post)

    with store.begin() as tx:
        [import_id] = tx.imports.keep([kept(post)])

    with store.read() as tx:
        assert tx.imports.of_items([1, 2]) == {1: [replace(post.imported, id=import_id, item_id=1)]}
        assert tx.imports.raw(import_id) == post.raw
        assert tx.imports.recovered([post.slot, "other"]) == {post.slot: (post.raw_hash, recovered)}
        assert tx.imports.met([*post.keys, "other"]) == {key: [1] for key in post.keys}


def test_further_keys_are_kept_once(store: Store) -> None:
    begun(store, told(a_post()))

    with store.begin() as tx:
        [import_id] = tx.imports.keep([kept(told(a_post()))])
        tx.imports.know({import_id: ("a", "a", told(a_post()).slot)})
        tx.imports.know({import_id: ("a", "b")})

    with store.read() as tx:
        assert tx.imports.met(["a", "b"]) == {"a": [1], "b": [1]}


@pytest.mark.parametrize("ends", ["settle", "replace"])
def test_a_difference_stays_until_it_is_settled(store: Store, ends: str) -> None:
    begun(store, told(a_post()))
    other = told(a_post(title="Un altro titolo"))
    with store.begin() as tx:
        [import_id] = tx.imports.keep([kept(told(a_post()))])
        tx.imports.note_change(
            import_id, other.imported.recovered, raw=other.raw, raw_hash=other.raw_hash, at=NOW
        )
    with store.read() as tx:
        [changed] = tx.imports.of_items([1])[1]
        assert (changed.changed, changed.changed_at) == (other.imported.recovered, NOW)
        assert tx.imports.hashes([import_id]) == {import_id: (told(a_post()).raw_hash, other.raw_hash)}

    with store.begin() as tx:
        if ends == "settle":
            tx.imports.settle(import_id)
        else:
            tx.imports.replace(import_id, kept(other))

    with store.read() as tx:
        [imported] = tx.imports.of_items([1])[1]
        assert (imported.changed, imported.changed_at, tx.imports.changed_raw(import_id)) == (
            None,
            None,
            None,
        )
        replaced = ends == "replace"
        assert imported.recovered == (other if replaced else told(a_post())).imported.recovered
        assert tx.imports.raw(import_id) == (other if replaced else told(a_post())).raw


def test_a_rehearsal_is_on_a_copy_that_is_gone_afterwards(store: Store) -> None:
    begun(store, told(a_post()))
    with store.begin() as tx:
        tx.imports.keep([kept(told(a_post()))])

    with rehearsed(store) as trial:
        assert trial.path is not None
        with trial.begin() as tx:
            copied = tx.imports.of_items([1])
            tx.imports.settle(1)
            tx.items.place(1, NOW)
        lay_there = trial.path.exists()

    with store.read() as tx:
        assert tx.imports.of_items([1]) == copied
    assert (lay_there, trial.path.exists()) == (True, False)
