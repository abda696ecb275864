"""Our own copies of pictures: only of what may be shown, asked for politely, proved by their bytes."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select, update

from blog import Blog, Page
from builders import ITALIAN, MARTA, SETTINGS, a_queued_item, a_source
from curator.compose import compose
from curator.curate.pictures import BACK_OFF, LEASE, Pictures, fetch_picture, fetch_pictures, is_due
from curator.curate.usecases import release, write
from curator.curate.writing import Writing
from curator.edges.pictures import encode
from curator.edges.readers import Readers
from curator.errors import FetchFailed, Refused
from curator.fetch import Web
from curator.model import Copy, Picture
from curator.settings import PictureSettings
from curator.store import Store
from curator.store.pictures import Asked
from curator.store.tables import pictures
from drawing import claiming, jpeg, png, webp
from polling import Polling

RIGHTS: dict[str, Any] = {"credit": "Ada Rossi", "image_license": "CC BY 4.0"}


@dataclass
class Gallery:
    """Items whose pictures stand on a blog."""

    polling: Polling
    blog: Blog
    settings: PictureSettings = field(default_factory=PictureSettings)
    sources: count[int] = field(default_factory=count)

    def item(self, path: str = "/p.jpg", body: bytes = jpeg(), **said: Any) -> int:
        self.blog[path] = Page(body=body, content_type="text/html")
        url = f"https://blog.example/{next(self.sources)}/feed"
        item_id = a_queued_item(self.polling.store, source_id=a_source(self.polling.store, url=url))
        self.write(item_id, image_url=self.blog.url(path), **(RIGHTS | said))
        return item_id

    def write(self, item_id: int, **said: Any) -> None:
        now = self.polling.now
        write(
            self.polling.store,
            item_id,
            Writing(**said),
            by=MARTA,
            settings=SETTINGS,
            edition=ITALIAN,
            now=now,
        )

    def fetch(self, item_id: int) -> Copy:
        p = self.polling
        return fetch_picture(p.store, p.web, p.readers, item_id, pictures=self.settings, now=p.now)

    def fetch_all(self) -> Pictures:
        p = self.polling
        return fetch_pictures(p.store, p.web, p.readers, pictures=self.settings, clock=lambda: p.now)

    def asked(self, path: str = "/p.jpg") -> Asked:
        url = self.blog.url(path)
        with self.polling.store.read() as tx:
            return tx.pictures.asked([url])[url]

    def requests(self, path: str = "/p.jpg") -> int:
        return sum(each == path for each, _ in self.blog.asked)


def ours(body: bytes) -> Picture:
    made = encode(body, max_side=12_000, shown_side=1280)
    assert isinstance(made, Picture)
    return made


@pytest.fixture
def gallery(sqlite_store: Store, reading: tuple[Web, Readers], blog: Blog) -> Gallery:
    return Gallery(Polling(sqlite_store, *reading), blog)


@pytest.fixture
def any_gallery(polling: Polling, blog: Blog) -> Gallery:
    """The same, once on each engine."""
    return Gallery(polling, blog)


def test_a_picture_that_may_be_shown_is_copied_once(any_gallery: Gallery) -> None:
    gallery = any_gallery
    gallery.item()

    assert gallery.fetch_all() == Pictures(copied=1)
    gallery.polling.later(days=9)
    assert gallery.fetch_all() == Pictures()

    copy = gallery.asked().copy
    assert copy is not None
    assert (copy.media_type, copy.width, copy.height) == ("image/jpeg", 640, 480)
    with gallery.polling.store.read() as tx:
        assert tx.pictures.content(copy.digest) == ours(jpeg()).content
    assert gallery.requests() == 1


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"image_license": ""}, "picture_unlicensed"),
        ({"credit": ""}, "picture_uncredited"),
        ({"image_license": "All rights reserved"}, "picture_license_unknown"),
        ({"credit": "Ada / Getty Images"}, "picture_sold"),
    ],
)
def test_a_picture_without_a_right_to_it_is_never_asked_for(
    gallery: Gallery, said: dict[str, Any], code: str
) -> None:
    item_id = gallery.item(**said)

    assert not is_due(gallery.polling.store, pictures=gallery.settings, now=gallery.polling.now)
    assert gallery.fetch_all() == Pictures()
    with pytest.raises(Refused) as refused:
        gallery.fetch(item_id)
    assert refused.value.reason == code
    assert gallery.blog.asked == []


def test_an_item_without_a_picture_says_so(gallery: Gallery) -> None:
    item_id = a_queued_item(gallery.polling.store)

    with pytest.raises(Refused, match="picture_missing"):
        gallery.fetch(item_id)


def test_a_picture_that_was_given_back_to_the_queue_is_not_asked_for(gallery: Gallery) -> None:
    item_id = gallery.item()
    release(gallery.polling.store, [item_id], by=MARTA, edition=ITALIAN, now=gallery.polling.now)

    assert gallery.fetch_all() == Pictures()


def test_one_picture_at_two_addresses_is_kept_once(any_gallery: Gallery) -> None:
    gallery = any_gallery
    gallery.item("/a.jpg")
    gallery.item("/b.jpg")

    assert gallery.fetch_all() == Pictures(copied=2)

    assert gallery.asked("/a.jpg").copy == gallery.asked("/b.jpg").copy


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "read_not_a_picture"),
        (b"<html>Log in to see this picture</html>", "read_not_a_picture"),
        (png(1, 1), "read_picture_size"),
        (jpeg()[:-2000], "read_picture_broken"),
        (jpeg() + bytes(PictureSettings().max_bytes), "fetch_too_large"),
    ],
)
def test_what_is_no_picture_is_not_kept_and_not_asked_for_again(
    gallery: Gallery, body: bytes, code: str
) -> None:
    item_id = gallery.item(body=body)

    assert gallery.fetch_all() == Pictures(failed=1)
    gallery.polling.later(days=30)
    assert gallery.fetch_all() == Pictures()

    asked = gallery.asked()
    assert asked.copy is None
    assert asked.error is not None
    assert asked.error["code"] == code
    with pytest.raises(FetchFailed) as failed:
        gallery.fetch(item_id)
    assert failed.value.reason == code


def test_a_site_in_trouble_is_asked_again_later_and_later_and_then_no_more(gallery: Gallery) -> None:
    gallery.item()
    gallery.blog["/p.jpg"] = Page(status=503)

    for wait in BACK_OFF:
        assert gallery.fetch_all() == Pictures(failed=1)
        assert gallery.fetch_all() == Pictures()
        gallery.polling.later(seconds=wait.total_seconds())
    assert gallery.fetch_all() == Pictures(failed=1)
    gallery.polling.later(days=90)

    assert gallery.fetch_all() == Pictures()
    assert gallery.requests() == len(BACK_OFF) + 1


def test_robots_txt_is_asked_first(gallery: Gallery) -> None:
    gallery.item()
    gallery.blog["/robots.txt"] = Page(body=b"User-agent: *\nDisallow: /p", content_type="text/plain")

    assert gallery.fetch_all() == Pictures(failed=1)

    assert gallery.asked().error == {
        "code": "fetch_robots_picture",
        "data": {"host": "127.0.0.1", "url": gallery.blog.url("/p.jpg")},
    }
    assert gallery.requests() == 0


def test_a_private_address_is_not_reached_although_an_editor_names_it(gallery: Gallery) -> None:
    item_id = gallery.item()
    gallery.write(item_id, image_url="http://169.254.169.254/latest/p.jpg", **RIGHTS)

    with pytest.raises(FetchFailed) as failed:
        gallery.fetch(item_id)

    assert failed.value.reason == "fetch_address_refused"


def test_somebody_else_at_the_same_picture_is_left_to_it_until_the_lease_ends(gallery: Gallery) -> None:
    gallery.item()
    with gallery.polling.store.begin() as tx:
        tx.pictures.claim(gallery.blog.url("/p.jpg"), now=gallery.polling.now, lease=LEASE, on_demand=False)

    assert gallery.fetch_all() == Pictures()
    gallery.polling.later(seconds=LEASE.total_seconds() + 1)

    assert gallery.fetch_all() == Pictures(copied=1)


def test_of_several_at_once_one_asks(any_gallery: Gallery) -> None:
    gallery = any_gallery
    gallery.item()
    with gallery.polling.store.read() as tx:
        wanted = tx.pictures.wanted(now=gallery.polling.now)

    def copied(_: int) -> bool:
        with gallery.polling.store.begin() as tx:
            tx.serialise("pictures")
            [image] = wanted
            now = gallery.polling.now
            return tx.pictures.claim(image.url, now=now, lease=LEASE, on_demand=False) is not None

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(copied, range(4))) == [False, False, False, True]


def test_an_editor_asks_again_and_a_copy_that_is_there_survives_a_failure(any_gallery: Gallery) -> None:
    gallery = any_gallery
    item_id = gallery.item()
    first = gallery.fetch(item_id)
    gallery.blog["/p.jpg"] = Page(status=404)

    with pytest.raises(FetchFailed):
        gallery.fetch(item_id)
    assert gallery.asked().copy == first
    gallery.blog["/p.jpg"] = Page(body=png())

    assert gallery.fetch(item_id).media_type == "image/png"


def test_another_picture_has_other_rights(gallery: Gallery) -> None:
    item_id = gallery.item(image_permission="Ada Rossi, per mail")

    gallery.write(item_id, image_url=gallery.blog.url("/other.jpg"))

    with gallery.polling.store.read() as tx:
        image = tx.items.get(item_id).image
    assert image is not None
    assert (image.license, image.permission, image.credit) == (None, None, None)


def test_the_house_decides_which_licences_it_accepts(gallery: Gallery) -> None:
    item_id = gallery.item(image_license="CC BY-NC 4.0")
    with pytest.raises(Refused):
        gallery.fetch(item_id)

    gallery.settings = replace(gallery.settings, licenses=("by-nc",))

    assert gallery.fetch(item_id).media_type == "image/jpeg"


def test_a_site_that_says_when_is_asked_then(gallery: Gallery) -> None:
    gallery.item()
    gallery.blog["/p.jpg"] = Page(status=429, headers=(("Retry-After", "7200"),))

    gallery.fetch_all()

    assert gallery.asked().next_try == gallery.polling.now + timedelta(hours=2)


def test_a_large_picture_is_made_smaller(gallery: Gallery) -> None:
    item_id = gallery.item(body=jpeg(1000, 2000))
    gallery.settings = replace(gallery.settings, shown_side=500)

    copy = gallery.fetch(item_id)

    assert (copy.width, copy.height) == (250, 500)
    assert copy.length < len(jpeg(1000, 2000)) / 4


def test_what_would_take_all_memory_breaks_nothing(gallery: Gallery) -> None:
    item_id = gallery.item(body=claiming(9000, 9000))

    with pytest.raises(FetchFailed) as failed:
        gallery.fetch(item_id)

    assert failed.value.reason == "read_picture_pixels"


class Attic:
    """A newsroom of an older program: its copies are as they were fetched."""

    def __init__(self, gallery: Gallery, body: bytes) -> None:
        self.gallery = gallery
        self.item_id = gallery.item(body=body)
        digest = hashlib.sha256(body).hexdigest()
        copy = Copy(digest=digest, media_type="image/webp", width=640, height=480, length=len(body))
        self.old = copy
        with gallery.polling.store.begin() as tx:
            tx.pictures.keep(self.url, Picture(copy=copy, content=body), now=gallery.polling.now)
            tx.connection.execute(update(pictures).values(encoder=None))

    @property
    def url(self) -> str:
        return self.gallery.blog.url("/p.jpg")

    def kept(self) -> set[str]:
        with self.gallery.polling.store.read() as tx:
            return set(tx.connection.execute(select(pictures.c.digest)).scalars())


def test_the_copies_of_an_older_program_are_made_anew_without_asking_anybody(any_gallery: Gallery) -> None:
    gallery = any_gallery
    attic = Attic(gallery, webp())
    was_due = is_due(gallery.polling.store, pictures=gallery.settings, now=gallery.polling.now)

    done = gallery.fetch_all()

    assert (was_due, done, gallery.fetch_all()) == (True, Pictures(remade=1), Pictures())
    assert gallery.asked().copy == ours(webp()).copy
    assert attic.kept() == {ours(webp()).copy.digest}
    assert gallery.requests() == 0


def test_an_old_copy_that_cannot_be_made_anew_stays_as_it_is(any_gallery: Gallery) -> None:
    gallery = any_gallery
    attic = Attic(gallery, webp()[:-2000])

    assert gallery.fetch_all() == Pictures()

    assert gallery.asked().copy == attic.old
    assert not is_due(gallery.polling.store, pictures=gallery.settings, now=gallery.polling.now)


def test_what_readers_have_of_an_older_program_stays_at_its_address(any_gallery: Gallery) -> None:
    gallery = any_gallery
    attic = Attic(gallery, webp())
    store, now = gallery.polling.store, gallery.polling.now
    with store.begin() as tx:
        content = compose(
            tx.items.get(attic.item_id), None, None, edition=ITALIAN, editors={}, copy=attic.old
        )
        tx.publications.first(
            item_id=attic.item_id, edition="it", content=content, item_version=1, authority="x", now=now
        )

    assert gallery.fetch_all() == Pictures(remade=1)

    assert gallery.asked().copy == ours(webp()).copy
    assert attic.kept() == {attic.old.digest, ours(webp()).copy.digest}
    assert not is_due(store, pictures=gallery.settings, now=now)
