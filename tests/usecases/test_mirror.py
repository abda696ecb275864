"""What is published gets to a WordPress: once, whatever breaks, and never over what was changed there."""

from __future__ import annotations

import hashlib
import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source
from curator.curate.usecases import approve, withdraw, write
from curator.curate.writing import Writing
from curator.edges.wordpress import open_wordpress
from curator.errors import NotFound, Refused
from curator.model import Copy, OutboxState, Owed, Picture
from curator.publish import usecases
from curator.publish.mirror import owing, settling
from curator.publish.mirror.pushing import Pushed, push
from curator.settings import PublishSettings, Settings, WordPressSettings
from curator.store import Store
from wordpressserver import Blog, Post, Revision, Serving, doubles, serving_wordpress

HEADLINE = "Mantenere basta"
FIRST, SECOND = "Le promesse si mantengono.", "Le promesse si mantengono, di solito."
LONG = timedelta(hours=12)


@pytest.fixture(scope="module")
def wordpress() -> Iterator[Serving]:
    with serving_wordpress() as serving:
        yield serving


@pytest.fixture
def blog(wordpress: Serving) -> Blog:
    """At the same address each time."""
    return wordpress.begin()


class Made:
    """On SQLite what many tests begin with is made once, and copied."""

    def __init__(self) -> None:
        self.folder = Path()
        self.kept: dict[str, bytes] = {}

    def keep(self, kind: str, path: Path, *beside: Any) -> None:
        self.kept[kind] = pickle.dumps(beside)
        _copied(path, self._path(kind))

    def brought(self, kind: str, path: Path) -> bool:
        if kind in self.kept:
            _copied(self._path(kind), path)
        return kind in self.kept

    def _path(self, kind: str) -> Path:
        return self.folder / f"{list(self.kept).index(kind)}.db"


MADE = Made()


@pytest.fixture(scope="module", autouse=True)
def _made(tmp_path_factory: pytest.TempPathFactory) -> None:
    MADE.folder, MADE.kept = tmp_path_factory.mktemp("made"), {}


def _copied(here: Path, there: Path) -> None:
    with closing(sqlite3.connect(here)) as source, closing(sqlite3.connect(there)) as target:
        source.backup(target)


@dataclass
class Room:
    """A newsroom with its mirror. Its clock stands still until somebody lets it go on."""

    store: Store
    settings: Settings
    now: datetime = NOW
    items: int = 0
    source: int | None = None

    def set(self, **said: Any) -> None:
        self.settings = replace(self.settings, wordpress=replace(self.settings.wordpress, **said))

    def item(self, **said: Any) -> int:
        self.items += 1
        words = {"headline": HEADLINE, "note": FIRST, "tags": ("fedeltà", "A & B")} | said
        self.source = self.source or a_source(self.store)
        item = a_queued_item(self.store, guid=f"entry-{self.items}", source_id=self.source)
        desk: dict[str, Any] = {
            "by": MARTA,
            "settings": self.settings,
            "edition": ITALIAN,
            "now": self.now,
        }
        write(self.store, item, Writing(**words), **desk)
        approve(self.store, [item], **desk)
        return item

    def publish(self) -> None:
        usecases.settle(self.store, self.settings, edition=ITALIAN, by=MARTA, now=self.now)

    def published(self, **said: Any) -> int:
        path, kind = self.store.path, f"published {sorted(said.items())}"
        first = path is not None and self.items == 0 and self.settings.wordpress.url is not None
        if first and path and MADE.brought(kind, path):
            (self.source,) = pickle.loads(MADE.kept[kind])
            self.items = 1
            return 1
        item = self.item(**said)
        self.publish()
        if first and path:
            MADE.keep(kind, path, self.source)
        return item

    def correct(self, item: int, **said: Any) -> None:
        self.now += timedelta(hours=1)
        words = Writing(**(said or {"note": SECOND}))
        write(self.store, item, words, by=MARTA, settings=self.settings, edition=ITALIAN, now=self.now)
        self.publish()

    def withdraw(self, item: int) -> None:
        self.now += timedelta(hours=1)
        withdraw(self.store, item, reason="wrong", public_note=None, by=MARTA, edition=ITALIAN, now=self.now)
        self.publish()

    def push(self, *, insist: bool = True, later: timedelta = timedelta(), **said: Any) -> Pushed:
        self.now += later
        ordinary: dict[str, Any] = {"worker": "host:1:1", "is_gone": lambda _worker: False}
        with closing(open_wordpress(self.settings)) as mirror:
            return push(
                self.store,
                mirror,
                self.settings,
                clock=lambda: self.now,
                chance=lambda: 0.0,
                insist=insist,
                **(ordinary | said),
            )

    def owed(self, item: int) -> Owed:
        target = owing.target_of(self.settings)
        assert target is not None
        with self.store.read() as tx:
            found = tx.outbox.of_item(target, "it", item)
        assert found is not None
        return found


@pytest.fixture
def room(store: Store, blog: Blog, tmp_path: Path) -> Room:
    """On both engines; the mirror is set and has nothing yet."""
    return a_room(store, blog, tmp_path)


@pytest.fixture
def light(sqlite_store: Store, blog: Blog, tmp_path: Path) -> Room:
    """Where it is not the SQL that matters."""
    return a_room(sqlite_store, blog, tmp_path)


def a_room(store: Store, blog: Blog, folder: Path) -> Room:
    settings = replace(
        SETTINGS,
        newsroom=folder,
        publish=PublishSettings(directory=folder / "public", base_url="https://rassegna.example/"),
        editions={"it": ITALIAN},
        wordpress=blog.settings,
    )
    room = Room(store, settings)
    with store.begin() as tx:
        owing.begin(tx, settings, now=NOW)
    return room


def a_mirrored_item(room: Room, blog: Blog) -> tuple[int, Post]:
    ordinary = (room.settings.wordpress, blog.role, room.items) == (blog.settings, "editor", 0)
    if ordinary and (path := room.store.path) is not None and MADE.brought("mirrored", path):
        room.source, blog.state = pickle.loads(MADE.kept["mirrored"])
        room.items = 1
        return 1, blog.only()
    item = room.published()
    room.push()
    if ordinary and path is not None:
        MADE.keep("mirrored", path, room.source, blog.state)
    return item, blog.only()


# ── what gets there ──


def test_what_is_published_becomes_one_post_that_says_who_is_quoted(room: Room, blog: Blog) -> None:
    room.set(categories=("Rassegna",))
    item = room.published()

    done = room.push()

    post = blog.only()
    assert done.made == (item,)
    assert (post.title, post.status) == (HEADLINE, "draft")
    assert post.slug.startswith("mantenere-basta-")
    assert [blog.terms["tags"][tag] for tag in post.tags] == ["fedeltà", "A &amp; B"]
    assert [blog.terms["categories"][one] for one in post.categories] == ["Rassegna"]
    assert (
        '<blockquote class="excerpt" lang="en" dir="auto" cite="https://blog.example/promise">'
        in post.content
    )
    assert '<a href="https://blog.example/promise">Keeping a promise is enough</a>' in post.content
    assert room.push().made == ()


def test_only_what_is_published_from_then_on_gets_there(store: Store, blog: Blog, tmp_path: Path) -> None:
    room = a_room(store, blog, tmp_path)
    room.set(url=None)
    older = room.published(headline="Di prima")
    room.set(url=blog.url.replace("127.0.0.1", "localhost"))  # another mirror, set only now
    newer = room.published(headline="Di adesso")

    done = room.push()

    assert done.made == (newer,)
    assert owing.owe_older(store, room.settings, since=NOW + timedelta(days=1), now=room.now) == 0
    assert owing.owe_older(store, room.settings, since=None, now=room.now) == 1
    assert room.push().made == (older,)
    assert len(blog.posts) == 2


def test_what_was_imported_is_mirrored_nowhere(light: Room, blog: Blog) -> None:
    item = light.published()
    with light.store.begin() as tx:
        from curator.store.tables import outbox, publications

        tx.connection.execute(outbox.delete())
        tx.connection.execute(publications.update().values(imported=True))

    light.push()

    assert owing.owe_older(light.store, light.settings, since=None, now=NOW) == 0
    assert blog.posts == {}
    assert item


def test_a_correction_changes_the_post_that_is_there(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)

    light.correct(item)
    done = light.push()

    assert done.changed == (item,)
    assert blog.only() is post
    assert SECOND in post.content
    assert [one.content == post.content for one in post.revisions] == [True]


def test_what_is_withdrawn_goes_into_the_trash(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)

    light.withdraw(item)

    assert light.push().withdrawn == (item,)
    assert post.status == "trash"
    assert light.push() == Pushed(target=light.push().target)


def test_or_is_marked(light: Room, blog: Blog) -> None:
    light.set(withdrawn="mark", status="publish")
    item, post = a_mirrored_item(light, blog)

    light.withdraw(item)
    light.push()

    assert post.status == "publish"
    assert "Mantenere" not in post.title + post.content + post.excerpt
    assert post.tags == []


def test_where_there_is_no_trash_it_is_taken_from_sight(light: Room, blog: Blog) -> None:
    blog.has_trash = False
    light.set(status="publish")
    item, post = a_mirrored_item(light, blog)

    light.withdraw(item)

    assert light.push().withdrawn == (item,)
    assert post.status == "draft"


def test_what_never_got_there_and_is_withdrawn_stays_away(light: Room, blog: Blog) -> None:
    item = light.published()
    light.withdraw(item)

    light.push()

    assert blog.posts == {}
    assert light.owed(item).state is OutboxState.DONE


# ── what editors do there ──


def test_what_an_editor_changed_there_stays_and_is_a_conflict(room: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(room, blog)
    blog.edit(post, title="Come lo dice la redazione")

    room.correct(item)
    done = room.push()

    assert done.conflicts == (item,)
    assert post.title == "Come lo dice la redazione"
    assert FIRST in post.content
    (conflict,) = settling.conflicts(room.store, room.settings)
    assert (conflict["code"], conflict["data"]["link"]) == ("mirror_changed", f"{blog.url}?p={post.number}")
    assert room.push(later=LONG).conflicts == ()


def test_a_change_in_the_same_second_is_seen(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    modified = post.modified
    blog.edit(post, later=0, content=post.content + "<p>Aggiunto là.</p>")

    light.correct(item)

    assert post.modified == modified
    assert light.push().conflicts == (item,)
    assert "Aggiunto là." in post.content


def test_to_publish_a_draft_there_is_no_conflict(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    blog.edit(post, status="publish")

    light.correct(item)

    assert light.push().changed == (item,)
    assert post.status == "publish"


def test_tags_and_picture_that_an_editor_chose_stay(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    blog.terms["tags"][900] = "loro"
    blog.edit(post, tags=[post.tags[0], 900], featured_media=77)

    light.correct(item, tags=("fedeltà", "A & B", "nuovo"), note=SECOND)
    done = light.push()

    assert done.changed == (item,)
    assert {blog.terms["tags"][tag] for tag in post.tags} == {"fedeltà", "loro", "nuovo"}
    assert post.featured_media == 77


def test_theirs_does_not_become_ours_by_a_new_tag(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    blog.edit(post, content="<p>Loro.</p>")

    light.correct(item, tags=("fedeltà", "nuovo"))
    assert light.push().changed == (item,)
    light.correct(item)

    assert light.push().conflicts == (item,)
    assert post.content == "<p>Loro.</p>"
    assert {blog.terms["tags"][tag] for tag in post.tags} == {"fedeltà", "nuovo"}


PHOTO = '<img src="/una-foto.jpg" alt="">'


def with_photo(post: Post) -> str:
    return post.content.replace("</blockquote>", f"</blockquote>{PHOTO}")


def test_a_picture_that_an_editor_put_into_the_text_stays(light: Room, blog: Blog) -> None:
    """None of the words is another, and it is theirs all the same."""
    item, post = a_mirrored_item(light, blog)
    blog.edit(post, content=with_photo(post))

    light.correct(item, tags=("fedeltà", "nuovo"))
    assert light.push().changed == (item,)
    light.correct(item)

    assert light.push().conflicts == (item,)
    assert PHOTO in post.content
    assert not settling.standing(light.store, light.settings).lost_markup


def test_nor_does_a_correction_of_ours_that_changes_no_word_write_over_it(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    blog.edit(post, content=with_photo(post))
    with light.store.read() as tx:
        (attribution, *others) = tx.items.get(item).attributions

    light.correct(item, attributions=(replace(attribution, url="https://blog.example/moved"), *others))

    assert light.push().conflicts == (item,)
    assert PHOTO in post.content


def test_what_an_editor_saves_as_we_change_a_tag_does_not_become_ours(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    light.correct(item, tags=("fedeltà", "nuovo"))

    looks = iter(("first", "second"))

    def somebody(post: Post) -> None:
        if next(looks) == "second":
            blog.between = None
            blog.edit(post, content="<p>Loro.</p>")

    blog.between = somebody
    light.push()
    light.correct(item)

    assert light.push().conflicts == (item,)
    assert post.content == "<p>Loro.</p>"


@pytest.mark.parametrize("way", ["edit", "trash", "delete"])
def test_it_is_looked_at_again_after_what_takes_time(light: Room, blog: Blog, way: str) -> None:
    """Tags and a picture take minutes where a WordPress is slow, and not each keeps its revisions."""
    blog.keeps_revisions = False
    item, post = a_mirrored_item(light, blog)
    light.correct(item, tags=("fedeltà", "nuovo"), note=SECOND)

    def somebody(post: Post) -> None:
        blog.between = None
        blog.edit(post, content="<p>Loro.</p>") if way == "edit" else getattr(blog, way)(post)

    blog.between = somebody

    assert light.push().conflicts == (item,)
    assert (post.content == "<p>Loro.</p>", SECOND in post.content) == (way == "edit", False)


def test_a_tag_that_we_take_away_goes(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)

    light.correct(item, tags=("A & B",))
    light.push()

    assert [blog.terms["tags"][tag] for tag in post.tags] == ["A &amp; B"]


def test_a_tag_that_it_takes_away_by_itself_is_brought_again(light: Room, blog: Blog) -> None:
    """As WordPress does of tags whose names are spelt alike in addresses, "C" and "C++"."""
    item, post = a_mirrored_item(light, blog)
    before, put = list(post.tags), blog.put

    def forgetting(post: Post, said: Any) -> None:
        put(post, said if "tags" in said else {**said, "tags": post.tags[:1]})

    blog.put = forgetting  # type: ignore[method-assign]
    light.correct(item)

    assert light.push().changed == (item,)
    assert sorted(post.tags) == sorted(before)


def test_what_is_trashed_between_our_look_and_our_write_stays_there(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    light.correct(item)

    def somebody(post: Post) -> None:
        blog.between = None
        blog.trash(post)

    blog.between = somebody

    assert light.push().conflicts == (item,)
    assert post.status == "trash"


PICTURE = Picture(
    copy=Copy(
        digest=hashlib.sha256(b"a picture").hexdigest(),
        media_type="image/jpeg",
        width=600,
        height=400,
        length=9,
    ),
    content=b"a picture",
)
SHOWN = {
    "image_url": "https://pictures.example/queue.jpg",
    "alt": "Una coda",
    "credit": "Ada Rossi",
    "image_license": "https://creativecommons.org/licenses/by/4.0/",
}


def keep_picture(room: Room) -> None:
    with room.store.begin() as tx:
        tx.pictures.keep(SHOWN["image_url"], PICTURE, now=NOW)


def test_a_picture_of_two_items_is_uploaded_once_with_its_words(light: Room, blog: Blog) -> None:
    keep_picture(light)
    for n in range(2):
        light.published(headline=f"Titolo {n}", **SHOWN)

    light.push()

    (media,) = blog.media.values()
    assert (media.alt_text, media.content) == ("Una coda", b"a picture")
    assert "Ada Rossi" in media.caption
    assert "licenses/by/4.0" in media.caption
    assert {post.featured_media for post in blog.posts.values()} == {media.number}


@pytest.mark.parametrize("fault", ["after", "before"])
def test_a_picture_whose_upload_got_no_answer_is_there_once(light: Room, blog: Blog, fault: str) -> None:
    keep_picture(light)
    light.published(tags=(), **SHOWN)
    blog.faults = [fault]

    light.push()
    light.push(later=timedelta(seconds=2))
    light.push(later=LONG)

    assert len(blog.media) == 1
    assert blog.only().featured_media in blog.media


def test_a_picture_that_may_not_be_shown_any_more_is_taken_out(light: Room, blog: Blog) -> None:
    keep_picture(light)
    item = light.published(**SHOWN)
    light.push()
    post = blog.only()
    assert post.featured_media

    light.correct(item, image_license="All rights reserved")
    light.push()

    assert post.featured_media == 0


@pytest.mark.parametrize("role", ["contributor", "editor"])
def test_a_picture_that_it_does_not_take_stops_no_post(light: Room, blog: Blog, role: str) -> None:
    blog.role, blog.takes = role, frozenset()
    keep_picture(light)
    item = light.published(tags=(), **SHOWN)

    light.push()

    assert blog.only().featured_media == 0
    assert [kind for kind, _ in settling.standing(light.store, light.settings).left_out[item]] == ["picture"]


@pytest.mark.parametrize("way", ["trash", "delete"])
def test_what_was_thrown_away_there_is_not_made_again(light: Room, blog: Blog, way: str) -> None:
    item, post = a_mirrored_item(light, blog)
    getattr(blog, way)(post)

    light.correct(item)
    done = light.push()

    assert done.conflicts == (item,)
    assert [each.status for each in blog.posts.values()] == (["trash"] if way == "trash" else [])
    assert light.owed(item).error == {
        "code": "mirror_trashed" if way == "trash" else "mirror_deleted",
        "data": {
            "link": f"{blog.url}?p={post.number}",
            "at": light.owed(item).error["data"]["at"],  # type: ignore[index]
        },
    }


@pytest.mark.parametrize("way", ["trash", "delete", "edit"])
def test_an_editor_of_ours_may_say_that_ours_replaces_theirs(light: Room, blog: Blog, way: str) -> None:
    item, post = a_mirrored_item(light, blog)
    blog.edit(post, title="Altro") if way == "edit" else getattr(blog, way)(post)
    light.correct(item)
    light.push()

    settling.settle(light.store, light.settings, item_ids=[item], overwrite=True, now=light.now)
    light.push()

    now = blog.only()
    assert (now.title, now.status) == (HEADLINE, "draft")
    assert SECOND in now.content
    assert "__trashed" not in now.slug


def test_what_is_left_to_them_is_not_touched_again_until_it_is_withdrawn(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    blog.edit(post, title="Altro")
    light.correct(item)
    light.push()

    settling.settle(light.store, light.settings, item_ids=[item], overwrite=False, now=light.now)
    light.correct(item, note="Ancora un’altra.")
    assert light.push() == Pushed(target=owing.target_of(light.settings) or "")
    light.withdraw(item)

    assert (post.title, post.status) == ("Altro", "draft")
    assert settling.conflicts(light.store, light.settings) == [
        {"item": item, "code": "mirror_theirs_withdrawn"}
    ]


def test_where_there_is_no_conflict_there_is_nothing_to_decide(light: Room, blog: Blog) -> None:
    item, _ = a_mirrored_item(light, blog)

    with pytest.raises(Refused):
        settling.settle(light.store, light.settings, item_ids=[item], overwrite=True, now=NOW)


def test_an_edit_between_our_look_and_our_write_is_put_back(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    light.correct(item)

    def somebody(post: Post) -> None:
        blog.between = None
        blog.edit(post, later=0, title="Nel frattempo", content="<p>Loro.</p>")

    blog.between = somebody
    done = light.push()

    assert done.conflicts == (item,)
    assert (post.title, post.content) == ("Nel frattempo", "<p>Loro.</p>")


def test_so_is_one_where_we_died_after_the_write(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    light.correct(item)

    def somebody(post: Post) -> None:
        blog.between = None
        blog.edit(post, later=0, title="Nel frattempo", content="<p>Loro.</p>")

    blog.between, blog.faults = somebody, ["after"]
    light.push()
    assert SECOND in post.content

    done = light.push(later=LONG)

    assert done.conflicts == (item,)
    assert (post.title, post.content) == ("Nel frattempo", "<p>Loro.</p>")


@pytest.mark.parametrize("what", ["a picture", "the title", "withdrawn"])
def test_what_was_changed_after_a_write_without_answer_stays(light: Room, blog: Blog, what: str) -> None:
    item, post = a_mirrored_item(light, blog)
    light.correct(item)
    blog.faults = ["after"]
    light.push()
    theirs: dict[str, Any] = {"title": "Loro"} if what == "the title" else {"content": with_photo(post)}
    blog.edit(post, **theirs)
    light.withdraw(item) if what == "withdrawn" else light.correct(item, note="Ancora un’altra.")

    assert light.push(later=LONG).conflicts == (item,)
    assert (post.title == "Loro", PHOTO in post.content) == (what == "the title", what != "the title")
    assert (SECOND in post.content, post.status) == (True, "draft")


def test_what_was_made_without_answer_and_given_a_picture_there_is_theirs(light: Room, blog: Blog) -> None:
    item = light.published()
    blog.faults = ["", "", "after"]
    light.push()
    post = blog.only()
    blog.edit(post, content=with_photo(post))
    light.correct(item)

    assert light.push(later=LONG).conflicts == (item,)
    assert PHOTO in post.content


def test_a_look_that_fails_after_a_write_leaves_the_write_in_doubt(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    light.correct(item)

    def somebody(post: Post) -> None:
        blog.between = None
        blog.edit(post, later=0, title="Nel frattempo", content="<p>Loro.</p>")

    blog.between, blog.refuses = somebody, {"/revisions": (500, "{}")}
    assert light.push().failed == (item,)
    blog.refuses = {}

    assert light.push(later=LONG).conflicts == (item,)
    assert (post.title, post.content) == ("Nel frattempo", "<p>Loro.</p>")


def test_what_was_asked_and_never_arrived_puts_nothing_back(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    light.correct(item)
    blog.faults = ["before"]
    light.push()
    blog.edit(post, content="<p>Loro, prima.</p>")
    blog.edit(post, content="<p>Loro, dopo.</p>")

    assert light.push(later=LONG).conflicts == (item,)
    assert post.content == "<p>Loro, dopo.</p>"


def test_what_somebody_typed_and_did_not_save_is_no_conflict(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    light.correct(item)

    def somebody(post: Post) -> None:
        blog.between = None
        blog.edit(post, later=0, status="publish")
        post.revisions.append(Revision(next(blog.numbers), "x", "y", "", f"{post.number}-autosave-v1"))

    blog.between = somebody

    assert light.push().changed == (item,)
    assert SECOND in post.content


def test_what_is_withdrawn_and_was_changed_there_waits_for_somebody(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    blog.edit(post, content="<p>Loro.</p>")

    light.withdraw(item)

    assert light.push().conflicts == (item,)
    assert post.status == "draft"


def test_what_is_changed_as_we_take_it_away_is_said(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    light.withdraw(item)

    def somebody(post: Post) -> None:
        blog.between = None
        blog.edit(post, content="<p>Loro.</p>")

    blog.between = somebody

    assert light.push().conflicts == (item,)
    assert (post.content, post.status) == ("<p>Loro.</p>", "trash")


# ── what breaks ──


@pytest.mark.parametrize("fault", ["before", "after", "500 before", "500 after", "html"])
def test_a_post_whose_making_got_no_answer_is_there_once(light: Room, blog: Blog, fault: str) -> None:
    light.published()
    blog.faults = ["", "", fault]  # two tags, then the post

    first = light.push()
    soon = light.push(later=timedelta(seconds=1))
    light.push(later=LONG)

    assert first.made == soon.made == ()
    assert blog.only().title == HEADLINE
    assert [path for method, path in blog.changes].count("/wp/v2/posts") == (
        1 if "after" in fault or fault == "html" else 2
    )


@pytest.mark.parametrize("who", ["an editor", "a plugin"])
def test_made_without_answer_and_called_otherwise_it_is_found(light: Room, blog: Blog, who: str) -> None:
    another = light.published(headline="Un altro", tags=())
    light.push()
    if who == "a plugin":
        blog.free_slug = lambda wanted, among: f"x-{wanted}"  # type: ignore[method-assign]  # noqa: ARG005
    item = light.published(tags=())
    blog.faults = ["after"]
    light.push()
    (post,) = blog.with_title(HEADLINE)
    post.slug = "altro" if who == "an editor" else post.slug

    light.push(later=LONG)

    assert light.owed(item).remote["number"] == post.number != light.owed(another).remote["number"]
    assert len(blog.posts) == 2


def test_an_answer_that_was_lost_is_looked_for_when_nothing_can_be_under_way(light: Room, blog: Blog) -> None:
    item = light.published(tags=())
    blog.faults = ["before"]
    light.push()

    waits = (light.owed(item).next_try or light.now) - light.now
    assert waits == timedelta(seconds=2 * light.settings.wordpress.timeout)
    blog.refuses = {"/wp/v2/posts": (400, '{"code":"rest_invalid_param"}')}
    light.push(later=waits)
    assert light.owed(item).asked_at is not None  # a refusal now says nothing of what was asked then


def test_what_was_made_anew_and_never_answered_is_not_made_again(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    blog.delete(post)
    light.correct(item)
    light.push()
    settling.settle(light.store, light.settings, item_ids=[item], overwrite=True, now=light.now)
    blog.faults = ["after"]
    light.push()
    asked = len(blog.changes)

    light.push(later=LONG)

    assert ("POST", "/wp/v2/posts") not in blog.changes[asked:]
    assert blog.only().title == HEADLINE
    assert light.owed(item).state is OutboxState.DONE


def test_a_picture_that_may_still_be_under_way_is_waited_for(light: Room, blog: Blog) -> None:
    item, _ = a_mirrored_item(light, blog)
    keep_picture(light)
    light.correct(item, **SHOWN)
    late = light.owed(item)
    with light.store.begin() as tx:
        tx.outbox.asked(late, remote=late.remote, now=light.now)

    light.push(later=timedelta(seconds=2))
    assert blog.media == {}
    light.push(later=LONG)

    assert blog.only().featured_media in blog.media


def test_what_comes_about_late_is_waited_for(light: Room, blog: Blog) -> None:
    """A request of somebody who has died goes on in PHP: whoever looks at once sees nothing yet."""
    item = light.published()
    late = light.owed(item)
    with light.store.begin() as tx:
        tx.outbox.asked(late, remote={}, now=light.now)

    light.push(later=timedelta(seconds=2))
    assert blog.posts == {}
    blog.make({"title": HEADLINE, "slug": late.slug, "content": "", "excerpt": FIRST, "status": "draft"})
    light.push(later=timedelta(seconds=30))

    assert blog.only().slug == late.slug


def test_what_comes_about_later_than_anybody_waits_is_seen_by_a_second_look(light: Room, blog: Blog) -> None:
    item = light.published(tags=())
    late = light.owed(item)
    blog.faults = ["before"]
    light.push()
    assert light.push(later=LONG).made == (item,)
    post = blog.only()
    twin = {"title": post.title, "content": post.content, "excerpt": post.excerpt, "slug": late.slug}
    blog.make(twin)

    light.push(insist=False, later=timedelta(seconds=10))

    assert blog.only() is post
    assert light.owed(item).state is OutboxState.DONE
    assert "twins" not in light.owed(item).remote


def test_of_two_that_came_about_at_once_one_stays(light: Room, blog: Blog) -> None:
    item = light.published()
    slug = light.owed(item).slug
    real = blog.make

    def late(said: Any) -> Post:
        blog.make = real  # type: ignore[method-assign]
        real(said)
        return real(said)

    blog.make = late  # type: ignore[method-assign]
    light.push()

    assert blog.only().slug == slug
    assert light.owed(item).remote["number"] == blog.only().number


def test_what_was_corrected_while_nobody_knew_is_ours_all_the_same(light: Room, blog: Blog) -> None:
    blog.role = "author"  # whose text is filtered
    item = light.published()
    blog.faults = ["", "", "after"]
    light.push()

    light.correct(item)
    light.push(later=LONG)

    assert SECOND in blog.only().content
    assert settling.conflicts(light.store, light.settings) == []


def test_three_at_once_make_one_post_of_each_item(room: Room, blog: Blog) -> None:
    for n in range(4):
        room.published(headline=f"Titolo {n}")

    def pushing() -> None:
        for _ in range(3):
            room.push()

    threads = [Thread(target=pushing) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(post.title for post in blog.posts.values()) == [f"Titolo {n}" for n in range(4)]
    assert doubles(blog) == []
    assert blog.most_busy == 1


def test_a_worker_that_died_holds_nobody_up(light: Room, blog: Blog) -> None:
    item = light.published()
    target = owing.target_of(light.settings) or ""
    with light.store.begin() as tx:
        held = {"worker": "host:7:7", "token": "t", "until": NOW + LONG}
        assert tx.outbox.take(target, "it", **held, is_gone=lambda _: False, now=NOW)  # type: ignore[arg-type]

    assert light.push().busy
    assert light.push(is_gone=lambda worker: worker == "host:7:7").made == (item,)
    assert blog.only()


def test_who_has_lost_the_mirror_writes_nothing_more(light: Room, blog: Blog) -> None:
    light.published()

    def thieving(_done: int, _of: int) -> None:
        with light.store.begin() as tx:
            tx.connection.exec_driver_sql("UPDATE mirrors SET lease_token = 'other'")

    light.published(headline="Un altro")

    light.push(told=thieving)

    assert len(blog.posts) == 1


REFUSING = [
    ((401, {}, '{"code":"incorrect_password"}'), "mirror_login_refused"),
    ((401, {}, '{"code":"rest_not_logged_in"}'), "mirror_login_unheard"),
    ((401, {}, '{"code":"rest_disabled_by_plugin"}'), "mirror_shut"),
    ((403, {}, '{"code":"rest_disabled"}'), "mirror_shut"),
    ((403, {}, '{"code":"rest_forbidden"}'), "mirror_not_allowed"),
    ((403, {}, "<html>no</html>"), "mirror_strange"),
    ((404, {}, "<html>no</html>"), "mirror_no_api"),
    ((200, {}, "<html>parked</html>"), "mirror_no_api"),
    ((302, {"Location": "https://elsewhere.example/"}, ""), "mirror_redirected"),
    ((500, {}, "<html>no</html>"), "mirror_broken"),
    ((429, {"Retry-After": "7200"}, "{}"), "mirror_busy"),
]


def test_a_mirror_that_takes_nothing_is_left_alone_for_a_while(light: Room, blog: Blog) -> None:
    item = light.published()
    for says, code in REFUSING:
        blog.says = says

        refused = light.push(insist=False, later=LONG)
        asked = len(blog.asked)
        again = light.push(insist=False)

        assert refused.error is not None
        assert refused.error["code"] == code
        assert again.error == refused.error
        assert len(blog.asked) == asked
        assert not owing.is_due(light.store, light.settings, now=light.now)
    blog.says = None

    assert light.push(insist=False, later=LONG).made == (item,)


def test_a_pause_that_it_asked_for_is_kept_even_by_hand(light: Room, blog: Blog) -> None:
    light.published()
    blog.says = (429, {"Retry-After": "7200"}, "{}")
    light.push()
    blog.says = None

    assert light.push(later=timedelta(hours=1)).error is not None
    assert light.push(later=timedelta(hours=1, seconds=1)).made


def test_no_password_is_in_what_is_said(light: Room, blog: Blog) -> None:
    light.published()
    blog.password = "another"

    done = light.push()

    assert done.error is not None
    assert done.error["code"] == "mirror_login_refused"
    assert "another" not in repr(done.error)
    assert "abcd" not in repr(light.settings)


def test_one_item_that_is_refused_holds_no_other_up(light: Room, blog: Blog) -> None:
    for n in range(3):
        light.published(headline=f"Titolo {n}", tags=())
    blog.faults = ["500 before"]

    done = light.push()

    assert (len(done.failed), len(done.made)) == (1, 2)
    assert light.push(later=timedelta(seconds=1)).made == ()
    assert len(light.push(later=LONG).made) == 1
    assert doubles(blog) == []


BAD = "cattivo"
REFUSALS = [
    (400, '{"code":"rest_invalid_param"}'),
    (403, '{"code":"rest_cannot_edit"}'),
    (403, "<html>Forbidden</html>"),
    (413, "<html>Too large</html>"),
    (200, "<b>Warning</b>"),
    (500, "<html>There has been a critical error</html>"),
    (503, "<html>Blocked</html>"),
]


def test_items_that_it_never_takes_hold_no_other_up_and_are_asked_less_and_less(
    light: Room, blog: Blog
) -> None:
    blog.refuses = {f"{BAD} {n}": refusal for n, refusal in enumerate(REFUSALS)}
    bad = [light.item(headline=words, tags=()) for words in blog.refuses]
    good = light.item(headline="buono", tags=())
    light.publish()

    made: list[int] = []
    for _ in range(3):  # as `run` does it, whenever something is due
        made += light.push(insist=False, later=timedelta(minutes=2)).made
    late = light.published(headline="buono anche questo", tags=())
    made += light.push(insist=False).made
    waits = [(light.owed(item).next_try or light.now) - light.now for item in bad]

    assert made == [good, late]
    assert len(blog.changes) <= 4 * len(bad)
    light.push(insist=False, later=LONG)
    after = [(light.owed(item).next_try or light.now) - light.now for item in bad]
    assert all(before < now for before, now in zip(waits, after, strict=True))
    assert light.push(insist=False).error is None


def test_three_that_break_in_a_row_are_enough(light: Room, blog: Blog) -> None:
    blog.refuses = {"Titolo": REFUSALS[-2]}
    for n in range(5):
        light.item(headline=f"Titolo {n}", tags=())
    light.publish()

    done = light.push()

    assert (len(done.failed), done.error and done.error["code"]) == (3, "mirror_broken")


def test_a_wordpress_at_another_address_is_the_same_when_somebody_says_so(room: Room, blog: Blog) -> None:
    withdrawn, corrected = room.published(tags=()), room.published(headline="Un altro", tags=())
    room.push()
    old = settling.required_target(room.settings)
    room.set(url=blog.url.replace("127.0.0.1", "localhost"))
    room.withdraw(withdrawn)
    room.correct(corrected)

    room.push()
    assert settling.standing(room.store, room.settings).elsewhere == {old: 2}
    owing.owe_older(room.store, room.settings, since=None, now=room.now)
    settling.move(room.store, room.settings, old=blog.url)
    done = room.push()

    assert (done.withdrawn, done.changed, done.conflicts) == ((withdrawn,), (corrected,), ())
    assert [post.status for post in blog.posts.values()] == ["trash", "draft"]
    assert settling.standing(room.store, room.settings).elsewhere == {}
    with pytest.raises(NotFound):
        settling.move(room.store, room.settings, old="elsewhere.example")


def test_by_hand_what_was_put_off_is_tried_at_once(light: Room, blog: Blog) -> None:
    blog.refuses = {BAD: (403, "<html>Forbidden</html>")}
    item = light.published(headline=BAD, tags=())
    light.push()
    blog.refuses = {}

    assert light.push(insist=False).made == ()
    done = light.push(later=timedelta(seconds=11))

    assert (light.owed(item).error, done.made) == (None, (item,))


def test_a_breakdown_without_a_word_of_a_pause_may_be_tried_by_hand(light: Room, blog: Blog) -> None:
    item = light.published()
    blog.says = (503, {}, "down")
    assert light.push().error is not None
    blog.says = None

    assert light.push(insist=False).made == ()
    assert light.push().made == (item,)


@pytest.mark.parametrize("way", ["edit", "trash", "delete"])
def test_what_is_withdrawn_while_in_conflict_is_said(light: Room, blog: Blog, way: str) -> None:
    light.set(status="publish")
    item, post = a_mirrored_item(light, blog)
    blog.edit(post, title="Loro") if way == "edit" else getattr(blog, way)(post)
    light.correct(item)
    light.push()

    light.withdraw(item)
    light.push()

    conflicts = [
        (one["code"], one["data"]["link"]) for one in settling.conflicts(light.store, light.settings)
    ]
    said = [("mirror_withdrawn_changed", f"{blog.url}?p={post.number}")]
    assert conflicts == (said if way == "edit" else [])


# ── roles and pictures ──


def test_a_picture_that_is_too_large_for_what_stands_before_it_stops_no_post(light: Room, blog: Blog) -> None:
    keep_picture(light)
    item = light.published(tags=(), **SHOWN)
    blog.refuses = {"form-data": (413, "<html>Request Entity Too Large</html>")}
    assert light.push().made == (item,)
    assert [kind for kind, _ in settling.standing(light.store, light.settings).left_out[item]] == ["picture"]


def test_another_credit_gets_there_as_another_picture(light: Room, blog: Blog) -> None:
    keep_picture(light)
    item = light.published(tags=(), **SHOWN)
    light.push()
    before = blog.only().featured_media

    light.correct(item, alt="Una coda lunga", credit="Bruno Vero")
    light.push()

    media = blog.media[blog.only().featured_media]
    assert media.number != before
    assert ("Bruno Vero" in media.caption, media.alt_text) == (True, "Una coda lunga")


def test_where_an_editor_chose_another_picture_ours_is_not_brought_again(light: Room, blog: Blog) -> None:
    keep_picture(light)
    item = light.published(tags=(), **SHOWN)
    light.push()
    post = blog.only()
    blog.media.clear()
    blog.edit(post, featured_media=0)

    for note in (SECOND, "Ancora un’altra."):
        light.correct(item, note=note)
        light.push()

    assert (blog.media, post.featured_media) == ({}, 0)


def test_a_tag_that_was_renamed_there_is_the_same_tag(light: Room, blog: Blog) -> None:
    item, post = a_mirrored_item(light, blog)
    before = list(post.tags)
    blog.terms["tags"][before[0]] = "fedeltà dei clienti"

    light.correct(item)
    light.push()

    assert sorted(post.tags) == sorted(before)


def test_a_contributor_may_not_publish(light: Room, blog: Blog) -> None:
    blog.role = "contributor"
    light.set(status="publish")
    light.published()

    done = light.push()

    assert done.error is not None
    assert done.error["code"] == "mirror_not_allowed"
    assert blog.posts == {}


def test_what_a_role_may_not_make_is_left_out_and_said(light: Room, blog: Blog) -> None:
    blog.role = "contributor"
    light.set(categories=("Rassegna",))
    item = light.published()

    light.push()

    assert blog.only().title == HEADLINE
    assert settling.standing(light.store, light.settings).left_out == {item: [("category", "Rassegna")]}


def test_warnings_before_each_answer_are_read_over(light: Room, blog: Blog) -> None:
    blog.warning = b"<br />\n<b>Warning</b>: Undefined variable in <b>x.php</b> on line <b>1</b><br />\n"
    item = light.published(headline="Un altro")

    assert light.push().made == (item,)
    assert len(blog.only().tags) == 2


def test_where_addresses_have_question_marks_it_is_found(light: Room, blog: Blog) -> None:
    blog.plain_addresses = True

    a_mirrored_item(light, blog)

    assert blog.only().title == HEADLINE


def test_without_revisions_a_correction_gets_there_all_the_same(light: Room, blog: Blog) -> None:
    blog.keeps_revisions = False
    item, post = a_mirrored_item(light, blog)

    light.correct(item)

    assert light.push().changed == (item,)
    assert SECOND in post.content


def test_over_http_the_password_stays_on_this_machine(light: Room) -> None:
    from curator.errors import BadSettings

    light.set(url="http://blog.example/")

    with pytest.raises(BadSettings, match="settings_wordpress_wants_https"):
        open_wordpress(light.settings)


def test_the_same_wordpress_is_one_mirror_by_http_and_https() -> None:
    one, other = (
        replace(SETTINGS, wordpress=WordPressSettings(url=f"{scheme}://Blog.example/it/"))
        for scheme in ("http", "https")
    )

    assert owing.target_of(one) == owing.target_of(other) == "blog.example/it"
