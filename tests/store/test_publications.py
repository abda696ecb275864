"""What readers have, as the store keeps it: addresses and ids that never change, instants that never meet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from ulid import ULID

from builders import NOW, a_queued_item, a_source
from curator.model import Publication
from curator.store import Store, tables
from curator.store.publications import Brought
from curator.text import SLUG_LENGTH, slug_of
from publishing import a_public_item

AUTHORITY = "rassegna.example,2026"


def published(store: Store, count: int = 1, **said: object) -> list[Publication]:
    """So many items given to readers at the same moment."""
    source_id = a_source(store)
    items = [a_queued_item(store, source_id=source_id, guid=f"entry-{n}") for n in range(count)]
    with store.begin() as tx:
        return [
            tx.publications.first(
                item_id=item_id,
                edition="it",
                content=a_public_item(**said),
                item_version=1,
                authority=AUTHORITY,
                now=NOW,
            )
            for item_id in items
        ]


def test_what_was_published_is_read_back_as_it_was(store: Store) -> None:
    [publication] = published(store, correction="Era il 2014.", corrected_at=NOW)

    with store.read() as tx:
        assert tx.publications.get(publication.item_id, "it") == publication
        assert tx.publications.live("it") == [publication]
        assert tx.publications.live("en") == []


def test_an_id_is_a_tag_of_its_own(store: Store) -> None:
    [publication] = published(store)

    assert publication.atom_id == f"tag:rassegna.example,2026:item/{publication.ulid}"
    assert ULID.from_str(publication.ulid).datetime == NOW


def test_items_published_together_are_told_apart_by_address_number_and_instant(store: Store) -> None:
    first, second, third = published(store, 3)

    assert [p.slug for p in (first, second, third)] == [
        "perche-i-clienti-se-ne-vanno",
        "perche-i-clienti-se-ne-vanno-2",
        "perche-i-clienti-se-ne-vanno-3",
    ]
    assert [p.sequence for p in (first, second, third)] == [1, 2, 3]
    assert [p.updated_at for p in (first, second, third)] == [
        NOW,
        NOW + timedelta(seconds=1),
        NOW + timedelta(seconds=2),
    ]
    with store.read() as tx:
        assert tx.publications.live("it", limit=2) == [third, second]


def test_a_slug_that_is_as_long_as_may_be_still_finds_a_free_neighbour(store: Store) -> None:
    publications = published(store, 11, headline="Parole " * 30)

    slugs = [p.slug for p in publications]
    assert len(set(slugs)) == 11
    assert max(map(len, slugs)) <= SLUG_LENGTH


def test_a_headline_without_any_latin_letter_is_addressed_by_its_ulid(store: Store) -> None:
    [publication] = published(store, headline="客户体验")

    assert publication.slug == publication.ulid.lower()


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Perché l’attesa è un’offesa", "perche-l-attesa-e-un-offesa"),
        ("  Straße, Øre & Œuvre!  ", "strasse-ore-oeuvre"),
        ("../../etc/passwd\x00.html", "etc-passwd-html"),
        ("…", ""),
        ("a" * 100, "a" * 80),
        ("parola " * 20, "-".join(["parola"] * 11)),
    ],
)
def test_a_slug_is_made_of_the_headlines_letters_alone(headline: str, slug: str) -> None:
    assert slug_of(headline) == slug


def test_a_correction_moves_updated_and_nothing_that_readers_hold_on_to(store: Store) -> None:
    [old] = published(store)

    with store.begin() as tx:
        content = a_public_item(headline="Un altro titolo")
        tx.publications.correct(old, content, item_version=2, at=NOW + timedelta(hours=1))
        new = tx.publications.get(old.item_id, "it")

    assert new is not None
    assert (new.slug, new.atom_id, new.published_at) == (old.slug, old.atom_id, old.published_at)
    assert (new.updated_at, new.item_version) == (NOW + timedelta(hours=1), 2)
    assert new.content.headline == "Un altro titolo"


def test_a_minor_correction_leaves_updated_alone(store: Store) -> None:
    [old] = published(store)

    with store.begin() as tx:
        tx.publications.correct(old, a_public_item(note="Altro."), item_version=2, at=None)
        new = tx.publications.get(old.item_id, "it")

    assert new is not None
    assert new.updated_at == old.updated_at


def test_only_what_readers_should_read_again_was_corrected(store: Store) -> None:
    old, twice, minor, _ = published(store, 4)

    with store.begin() as tx:
        tx.publications.correct(minor, a_public_item(note="Altro."), item_version=2, at=None)
        for at in (NOW + timedelta(hours=1), None):
            tx.publications.correct(twice, a_public_item(note=f"Altro {at}."), item_version=2, at=at)
        glances = tx.publications.glances("it")

    assert [glance.item_id for glance in glances if glance.facets.corrected] == [twice.item_id]
    assert glances[-1].updated_at > glances[-1].published_at  # so many came out at once
    assert old.updated_at == old.published_at


def test_of_what_an_older_program_wrote_the_time_says_what_was_corrected(store: Store) -> None:
    *_, last, corrected = published(store, 3)
    with store.begin() as tx:
        tx.publications.correct(corrected, a_public_item(), item_version=2, at=NOW + timedelta(days=1))

    with store.engine.begin() as connection:
        connection.execute(update(tables.publications).values(digest=None, facets=None))
    with store.begin() as tx:
        tx.publications.see_to_old("it")
        glances = tx.publications.glances("it")

    assert last.updated_at > last.published_at
    assert [glance.facets.corrected for glance in glances] == [False, False, True]


def test_what_was_withdrawn_is_out_of_sight_and_keeps_its_address_for_ever(store: Store) -> None:
    first, second = published(store, 2)

    with store.begin() as tx:
        tx.publications.withdraw(first, public_note="Errore nostro.", item_version=2, at=NOW)
        gone = tx.publications.get(first.item_id, "it")
        live = tx.publications.live("it")

    assert live == [second]
    assert gone is not None
    assert (gone.public_note, gone.withdrawn_at, gone.slug) == ("Errore nostro.", NOW, first.slug)


def test_the_digests_differ_after_every_change(store: Store) -> None:
    [publication] = published(store)
    states = []
    with store.begin() as tx:
        states.append(tx.publications.digests("it"))
        tx.publications.correct(publication, a_public_item(note="Altro."), item_version=2, at=None)
        states.append(tx.publications.digests("it"))
        tx.publications.withdraw(publication, public_note=None, item_version=2, at=NOW)
        states.append(tx.publications.digests("it"))

    assert len({tuple(digests) for digests in states}) == 3


def test_an_item_called_index_leaves_the_folder_its_own_page(store: Store) -> None:
    [publication] = published(store, headline="Index")

    assert publication.slug == "index-2"


# ── what readers had before ──


def brought(store: Store, headline: str = "Promesse", *, edition: str = "it", **said: Any) -> Publication:
    ordinary: dict[str, Any] = {
        "guid": None,
        "slug": None,
        "published_at": NOW - timedelta(days=900),
        "updated_at": None,
        "content": a_public_item(headline=headline),
        "item_version": 1,
    }
    item_id = a_queued_item(
        store, guid=headline, source_id=a_source(store, url=f"https://a.example/{headline}")
    )
    with store.begin() as tx:
        one = Brought(item_id=item_id, **{**ordinary, **said})
        return tx.publications.bring([one], edition=edition, authority=AUTHORITY, now=NOW)[0]


def test_what_is_brought_keeps_its_id_its_dates_and_its_name(store: Store) -> None:
    changed = NOW - timedelta(days=800)
    guid = "https://old.example/?p=12&x=\u00e8"
    one = brought(store, guid=guid, slug="caff%C3%A8-e-promesse", updated_at=changed)

    with store.read() as tx:
        [glance] = tx.publications.glances("it")
        assert tx.publications.get(one.item_id, "it") == one
    assert (one.atom_id, one.slug) == (guid, "caffe-e-promesse")
    assert (one.published_at, one.updated_at) == (NOW - timedelta(days=900), changed)
    assert (one.imported, one.undated) == (True, False)
    assert (glance.imported, glance.undated, glance.in_feeds) == (True, False, True)


@pytest.mark.parametrize(
    "guid", [None, "", "12", "post 12", "javascript:alert(1)", "https://old.example/a b", "urn:" + "a" * 3000]
)
def test_what_is_no_iri_is_no_id_and_kept_out_of_feeds(sqlite_store: Store, guid: str | None) -> None:
    one = brought(sqlite_store, guid=guid)

    with sqlite_store.read() as tx:
        [glance] = tx.publications.glances("it")
    assert one.atom_id == f"tag:{AUTHORITY}:item/{one.ulid}"
    assert not glance.in_feeds


def test_what_another_has_is_not_taken_from_it(store: Store) -> None:
    one = brought(store, "Uno", guid="urn:x:1", slug="promesse")
    two = brought(store, "Due", guid="urn:x:1", slug="promesse")
    other = brought(store, "Tre", guid="urn:x:2", slug="promesse", edition="en")

    assert (two.slug, other.slug) == ("promesse-2", "promesse")
    assert two.atom_id == f"tag:{AUTHORITY}:item/{two.ulid}"
    assert two.updated_at == one.updated_at + timedelta(seconds=1)


def test_a_tag_of_somebody_elses_is_an_id_like_any_other(store: Store) -> None:
    brought(store, guid="tag:old.example,2019:item/12")

    with store.read() as tx:
        [glance] = tx.publications.glances("it")
    assert glance.in_feeds


def test_what_has_no_date_stands_before_all_and_in_the_order_of_its_document(store: Store) -> None:
    """Newest first, as blogs show them."""
    first, second = brought(store, "Uno", published_at=None), brought(store, "Due", published_at=None)
    oldest = brought(store, "Tre", published_at=NOW.replace(year=1996))

    assert first.undated
    assert second.published_at < first.published_at < oldest.published_at
    assert len({each.updated_at for each in (first, second, oldest)}) == 3


def test_what_is_known_later_is_filled_in_and_nothing_else(store: Store) -> None:
    published = NOW - timedelta(days=700)
    changed = NOW - timedelta(days=600)
    one = brought(store, "Uno", published_at=None)
    two = brought(store, "Due", guid="urn:x:2")
    with store.begin() as tx:
        known: dict[str, Any] = {"guid": "urn:x:1", "published_at": published, "updated_at": changed}
        filled = tx.publications.complete(one, **known)
        again = tx.publications.complete(filled, **known)
        kept = tx.publications.complete(two, guid="urn:x:3", published_at=published, updated_at=None)
        dated = tx.publications.complete(two, guid=None, published_at=None, updated_at=changed)
        twice = tx.publications.complete(dated, guid=None, published_at=None, updated_at=changed)
        stored = tx.publications.get(one.item_id, "it")

    assert (filled.atom_id, filled.published_at, filled.updated_at) == ("urn:x:1", published, changed)
    assert filled == again == stored
    assert kept == two
    assert dated == twice == replace(two, updated_at=changed + timedelta(seconds=1))


def test_what_was_corrected_here_was_changed_here(sqlite_store: Store) -> None:
    one = brought(sqlite_store, published_at=None)
    with sqlite_store.begin() as tx:
        tx.publications.correct(one, a_public_item(headline="Altro"), item_version=2, at=NOW)
        corrected = tx.publications.get(one.item_id, "it")
        assert corrected is not None
        published = NOW - timedelta(days=700)
        filled = tx.publications.complete(corrected, guid=None, published_at=published, updated_at=published)

    assert (filled.published_at, filled.updated_at, filled.undated) == (published, NOW, False)


def test_a_native_item_is_complete(sqlite_store: Store) -> None:
    [one] = published(sqlite_store)

    with sqlite_store.begin() as tx:
        same = tx.publications.complete(one, guid="urn:x:1", published_at=NOW, updated_at=NOW)

    assert same == one
