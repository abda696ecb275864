"""Pictures on their way to readers: ours where their rights allow, else a link; gone when the right goes."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import NoResultFound

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item
from curator.curate.usecases import approve, withdraw, write
from curator.curate.writing import Writing
from curator.model import Copy, Picture
from curator.publish.usecases import Published, preview_item, publish_due, publish_edition
from curator.settings import PublishSettings, Settings
from curator.store import Store
from drawing import jpeg
from feedrules import findings

LATER = NOW + timedelta(hours=1)
BASE = "https://rassegna.example/"
URL = "https://pictures.example/queue.jpg"
PICTURE = jpeg(1200, 800)


class House:
    """One ready item with a picture, and the way out."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store = store
        self.root = folder / "public"
        self.settings: Settings = replace(
            SETTINGS, newsroom=folder, publish=PublishSettings(directory=self.root, base_url=BASE)
        )
        self.item_id = a_queued_item(store)
        self.write(
            headline="Mantenere basta",
            note="Le promesse si mantengono.",
            image_url=URL,
            alt="Una coda",
            credit="Ada Rossi",
            image_license="https://creativecommons.org/licenses/by/4.0/",
        )
        self._desk(approve, [self.item_id])

    def write(self, **words: Any) -> None:
        self._desk(write, self.item_id, Writing(**words))

    def _desk(self, move: Any, *what: Any) -> None:
        move(self.store, *what, by=MARTA, settings=self.settings, edition=ITALIAN, now=NOW)

    def copied(self, *, at: datetime = NOW) -> Copy:
        digest = hashlib.sha256(PICTURE).hexdigest()
        copy = Copy(digest=digest, media_type="image/jpeg", width=1200, height=800, length=len(PICTURE))
        with self.store.begin() as tx:
            tx.pictures.keep(URL, Picture(copy=copy, content=PICTURE), now=at)
        return copy

    def publish(self, now: datetime = NOW) -> Published:
        return publish_edition(self.store, self.settings, edition=ITALIAN, by=MARTA, now=now)

    def is_due(self) -> bool:
        return publish_due(self.store, self.settings, edition=ITALIAN, now=LATER)

    def pictures(self) -> list[str]:
        return sorted(path.name for path in (self.root / "pictures").glob("*"))

    def page(self) -> str:
        [page] = (self.root / "items").glob("*.html")
        return page.read_text("utf-8")

    def atom(self) -> str:
        document = (self.root / "feed.atom").read_bytes()
        assert findings(document, self_url=f"{BASE}feed.atom") == []
        return document.decode()


@pytest.fixture
def house(sqlite_store: Store, tmp_path: Path) -> House:
    return House(sqlite_store, tmp_path)


@pytest.fixture
def any_house(store: Store, tmp_path: Path) -> House:
    """The same, once on each engine."""
    return House(store, tmp_path)


def test_our_copy_goes_out_with_the_pages_that_show_it(any_house: House) -> None:
    house = any_house
    copy = house.copied()

    house.publish()

    name = f"{copy.digest}.jpg"
    assert (house.root / "pictures" / name).read_bytes() == PICTURE
    assert f'<img alt="Una coda" width="584" height="389" src="../pictures/{name}">' in house.page()
    assert f'href="{BASE}pictures/{name}" rel="enclosure" type="image/jpeg" length="{len(PICTURE)}"' in (
        house.atom()
    )


def test_a_picture_that_is_not_copied_yet_is_a_link_until_it_is(any_house: House) -> None:
    house = any_house
    house.publish()
    assert (
        f'<a href="{URL}"><span class="alt">Una coda</span></a>'
        ' (<span class="credit" lang="und" dir="auto">Ada Rossi</span>) (<a rel="license"'
    ) in house.page()
    assert (house.pictures(), house.is_due()) == ([], False)

    copy = house.copied(at=LATER)
    assert house.is_due()
    done = house.publish(LATER)

    assert done.corrected == (house.item_id,)
    assert house.pictures() == [f"{copy.digest}.jpg"]
    assert not house.is_due()


def test_a_right_that_is_taken_back_takes_the_picture_with_it(any_house: House) -> None:
    house = any_house
    copy = house.copied()
    house.publish()

    house.write(image_license="", minor=True)
    house.publish(LATER)

    assert house.pictures() == []
    assert "<img" not in house.page() + house.atom()
    assert f'<a href="{URL}"><span class="alt">Una coda</span></a>' in house.page()
    assert not house.is_due()
    with house.store.read() as tx, pytest.raises(NoResultFound):
        tx.pictures.content(copy.digest)


def test_what_readers_still_have_stays_although_no_item_may_show_it(any_house: House) -> None:
    house = any_house
    copy = house.copied()
    house.publish()

    with house.store.begin() as tx:
        tx.pictures.forget([URL])

    with house.store.read() as tx:
        assert tx.pictures.asked([URL]) == {}
        assert tx.pictures.content(copy.digest) == PICTURE


def test_a_withdrawn_item_takes_its_picture_with_it(house: House) -> None:
    house.copied()
    house.publish()

    withdraw(
        house.store, house.item_id, reason="richiesta", public_note=None, by=MARTA, edition=ITALIAN, now=NOW
    )
    house.publish(LATER)

    assert house.pictures() == []


def test_a_second_publish_touches_no_picture_and_mends_a_broken_one(house: House) -> None:
    copy = house.copied()
    house.publish()
    file = house.root / "pictures" / f"{copy.digest}.jpg"

    assert house.publish(LATER).written == ()
    file.write_bytes(bytes(len(PICTURE)))

    assert house.publish(LATER).written == (file,)
    assert file.read_bytes() == PICTURE


def test_a_preview_shows_the_picture_from_beside_it(house: House, tmp_path: Path) -> None:
    copy = house.copied()

    files = preview_item(
        house.store, house.settings, item_id=house.item_id, edition=ITALIAN, directory=tmp_path, now=NOW
    )

    assert (tmp_path / "pictures" / f"{copy.digest}.jpg").read_bytes() == PICTURE
    for file in files:
        assert f' src="pictures/{copy.digest}.jpg"' in file.read_text("utf-8")
