"""PROOF=1: whatever happens to pushers, to the line and in the WordPress: one post per item, theirs kept."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from between import Asked, Between, Fate, at, standing_between
from cluster import Cluster
from killing import kill, steps
from mirroring import TIMEOUT, Mirroring, a_mirroring, copy_of, make_ready
from newsroom import Newsroom, Web
from wordpress import Wordpress

SEED = int(os.environ.get("SEED") or secrets.randbelow(10**6))
POINTS = int(os.environ.get("POINTS") or 10**6)  # steps of each command at which it is killed
ROUNDS = int(os.environ.get("ROUNDS") or 25)  # of chance
PUSH = ["mirror", "push"]
NOTE = "Una nota corretta, con parole nuove."

# A question that changes nothing may only be cut short, or be the last thing that somebody asked.
OF_LOOKS = (Fate.DIES_AFTER, Fate.CUT, Fate.REFUSED)
KILLS = {Fate.DIES_BEFORE, Fate.DIES_AND_GOES_ON, Fate.DIES_AFTER}


@pytest.fixture
def between(wordpress: Wordpress) -> Iterator[Between]:
    with standing_between(wordpress.port) as standing:
        standing.patience = TIMEOUT + 0.5
        yield standing


@pytest.fixture(autouse=True)
def empty(wordpress: Wordpress) -> None:
    """Each proof begins with no posts."""
    wordpress.run(
        "foreach (get_posts(['post_type' => ['post', 'attachment'], 'post_status' => array_keys("
        "get_post_stati()), 'numberposts' => -1]) as $post) wp_delete_post($post->ID, true);"
        "foreach (get_tags(['hide_empty' => false]) as $tag) wp_delete_term($tag->term_id, 'post_tag');"
        "return true;"
    )


@dataclass
class Rooms:
    """A newsroom on one engine, and copies of it as it stands."""

    first: Newsroom
    web: Web
    cluster: Cluster | None = None
    database: str | None = None

    def copy(self, name: str) -> Newsroom:
        copied = copy_of(self.first, name, self.web)
        if self.cluster and self.database:
            copied.environ["CURATOR_DATABASE__URL"] = self.cluster.url(
                self.cluster.create(template=self.database)
            )
        return copied

    def drop(self, copied: Newsroom) -> None:
        shutil.rmtree(copied.folder)
        if self.cluster:
            self.cluster.drop(urlsplit(copied.environ["CURATOR_DATABASE__URL"]).path.removeprefix("/"))


@pytest.fixture(params=["sqlite", "postgresql"])
def rooms(request: pytest.FixtureRequest, newsroom_template: Path, tmp_path: Path, web: Web) -> Rooms:
    if request.param == "sqlite":
        shutil.copytree(newsroom_template, tmp_path / "newsroom")
        return Rooms(Newsroom(tmp_path / "newsroom", web), web)
    cluster: Cluster = request.getfixturevalue("cluster")
    folder, template = request.getfixturevalue("postgresql_newsroom_template")
    shutil.copytree(folder, tmp_path / "newsroom")
    name = cluster.create(template=template)
    return Rooms(Newsroom(tmp_path / "newsroom", web, database__url=cluster.url(name)), web, cluster, name)


@pytest.fixture
def mirroring(newsroom: Newsroom, between: Between, wordpress: Wordpress) -> Mirroring:
    return a_mirroring(newsroom, between, wordpress)


# ── killed, and all that may happen on the line ──


def prepared(rooms: Rooms, between: Between, wordpress: Wordpress, phase: str) -> list[int]:
    """Two items: to be made there; or made, and the first corrected or withdrawn since. Nothing is pushed."""
    mirroring = a_mirroring(rooms.first, between, wordpress)
    items = make_ready(rooms.first, rooms.web, 2)
    mirroring.owe("publish")
    if phase != "make":
        mirroring.settle()
    if phase == "change":
        mirroring.correct(items[0], NOTE)
    if phase == "withdraw":
        mirroring.owe("withdraw", items[0], "--reason", "Si è sbagliato")
        mirroring.owe("publish")
    wordpress.keep()
    return items


def check(mirroring: Mirroring, items: list[int], phase: str) -> None:
    """Exactly one post per item, whole, and one of all that goes with it."""
    status = mirroring.settle()
    assert status["counts"]["conflict"] == 0, status
    posts = mirroring.found()
    assert len(posts) == len(items), posts
    for item_id in items:
        post = mirroring.the_post(item_id)
        gone = phase == "withdraw" and item_id == items[0]
        assert post["status"] == ("trash" if gone else "publish"), post
        assert post["title"] == f"Titolo {item_id}"
        wanted = NOTE if phase == "change" and item_id == items[0] else "Una nota con “virgolette” &amp;"
        assert wanted in post["content"], post
        assert "attribution" in post["content"]
        assert len(post["tags"]) == 2, post
    (picture,) = mirroring.found("attachment")
    assert mirroring.the_post(items[0])["picture"] == picture["id"]
    assert picture["alt"] == "Una sala"


@pytest.mark.parametrize("phase", ["make", "change", "withdraw"])
def test_killed_before_any_step(rooms: Rooms, between: Between, wordpress: Wordpress, phase: str) -> None:
    items = prepared(rooms, between, wordpress, phase)
    whole = rooms.copy("whole")
    count = steps(PUSH, whole.environ)
    check(Mirroring(whole, between, wordpress), items, phase)
    begun, points = time.monotonic(), range(1, count + 1, max(1, count // POINTS))

    for point in points:
        wordpress.restore()
        room = rooms.copy(f"killed-{point}")
        kill(PUSH, room.environ, at=point)
        check(Mirroring(room, between, wordpress), items, phase)
        rooms.drop(room)

    engine = "PostgreSQL" if rooms.cluster else "SQLite"
    say(f"{engine}, {phase}: {len(points)} kills at {count} steps in {time.monotonic() - begun:.0f} s")


@pytest.mark.parametrize("phase", ["make", "change", "withdraw"])
def test_every_request_may_meet_anything(
    rooms: Rooms, between: Between, wordpress: Wordpress, phase: str
) -> None:
    items = prepared(rooms, between, wordpress, phase)
    whole = Mirroring(rooms.copy("whole"), between, wordpress)
    assert whole.pushed_with(lambda _asked: None) == 0
    begun, met = time.monotonic(), Counter[Fate]()
    wordpress.restore()
    asked = requests_of(Mirroring(rooms.copy("counted"), between, wordpress))

    for request in asked:
        for fate in Fate if request.changes else OF_LOOKS:
            if sum(met.values()) >= POINTS:
                break
            wordpress.restore()
            mirroring = Mirroring(rooms.copy(f"{request.number}-{fate.name}"), between, wordpress)
            status = mirroring.pushed_with(at(request.number, fate))
            assert (status == -9) == (fate in KILLS), (request, fate, status)
            try:
                check(mirroring, items, phase)
            except AssertionError as error:
                raise AssertionError(f"{request}, {fate}") from error
            met[fate] += 1
            rooms.drop(mirroring.newsroom)

    engine = "PostgreSQL" if rooms.cluster else "SQLite"
    kills = sum(count for fate, count in met.items() if fate in KILLS)
    took = time.monotonic() - begun
    say(f"{engine}, {phase}: {len(asked)} requests, {sum(met.values())} fates, {kills} kills, {took:.0f} s")


def requests_of(mirroring: Mirroring) -> list[Asked]:
    seen: list[Asked] = []

    def note(asked: Asked) -> None:
        seen.append(asked)

    mirroring.pushed_with(note)
    return seen


def say(words: str) -> None:
    print(f"\n{words}", flush=True)  # noqa: T201 - figures for docs/proofs.md


# ── several at once ──


def test_three_pushers_at_once(rooms: Rooms, between: Between, wordpress: Wordpress) -> None:
    mirroring = a_mirroring(rooms.first, between, wordpress)
    items = make_ready(rooms.first, rooms.web, 12)
    mirroring.owe("publish")

    pushers = [mirroring.start() for _ in range(3)]
    for pusher in pushers:
        pusher.join(120)

    assert [pusher.exitcode for pusher in pushers] == [0, 0, 0]
    mirroring.settle()
    assert len(mirroring.found()) == len(items)
    assert all(mirroring.the_post(item_id) for item_id in items)
    made = [asked for asked in between.asked if asked.changes and "/posts?" in asked.path]
    assert len(made) == len(items)  # none was made and thrown away again


def test_three_at_once_and_again_and_again_one_is_killed(
    rooms: Rooms, between: Between, wordpress: Wordpress
) -> None:
    say(f"SEED={SEED}")
    chance = random.Random(SEED)
    mirroring = a_mirroring(rooms.first, between, wordpress)
    items = make_ready(rooms.first, rooms.web, 12)
    mirroring.owe("publish")
    killed = 0
    for _ in range(12):
        pushers = [mirroring.start() for _ in range(3)]
        time.sleep(chance.uniform(0.2, 1.5))
        for pusher in chance.sample(pushers, 2):
            killed += pusher.is_alive()
            pusher.kill()
        for pusher in pushers:
            pusher.join(120)

    status = mirroring.settle()
    assert status["counts"]["conflict"] == 0
    assert len(mirroring.found()) == len(items)
    assert all(mirroring.the_post(item_id) for item_id in items)
    assert len(mirroring.found("attachment")) == len(items[::2])  # every second one has a picture
    say(f"{killed} of three pushers at once killed")


# ── editors there ──


def conflicts(mirroring: Mirroring) -> dict[int, str]:
    rows = mirroring.newsroom.ask("mirror", "status")["items"]
    return {row["item"]: row["error"]["code"] for row in rows if row["state"] == "conflict"}


THEIRS = "<p>Così sta meglio.</p>"


def made(mirroring: Mirroring, count: int = 2) -> list[int]:
    items = make_ready(mirroring.newsroom, mirroring.newsroom.web, count)
    mirroring.owe("publish")
    mirroring.settle()
    return items


@pytest.mark.parametrize("field", ["content", "title", "excerpt"])
def test_what_an_editor_changed_stays(mirroring: Mirroring, field: str) -> None:
    first, second = made(mirroring)
    theirs = mirroring.edit(mirroring.the_post(first)["id"], **{field: THEIRS})[field]["raw"]
    mirroring.correct(first, NOTE)
    mirroring.correct(second, NOTE)

    mirroring.settle()

    assert mirroring.the_post(first)[field] == theirs
    assert NOTE in mirroring.the_post(second)["content"]
    assert conflicts(mirroring) == {first: "mirror_changed"}


def test_what_an_editor_trashed_stays_in_the_trash(mirroring: Mirroring) -> None:
    first, second = made(mirroring)
    mirroring.trash(mirroring.the_post(first)["id"])
    mirroring.correct(first, NOTE)

    mirroring.settle()

    assert mirroring.the_post(first)["status"] == "trash"
    assert mirroring.the_post(first)["slug"].endswith("__trashed")
    assert len(mirroring.found()) == 2
    assert mirroring.the_post(second)["status"] == "publish"
    assert conflicts(mirroring) == {first: "mirror_trashed"}


def test_what_an_editor_deleted_is_not_made_again(mirroring: Mirroring) -> None:
    first, _ = made(mirroring)
    mirroring.wordpress.run(
        "wp_delete_post($given['id'], true); return true;", id=mirroring.the_post(first)["id"]
    )
    mirroring.correct(first, NOTE)

    mirroring.settle()

    assert mirroring.found_of(first) == []
    assert conflicts(mirroring) == {first: "mirror_deleted"}


@pytest.mark.parametrize("moment", ["before the look", "between look and write", "after the write"])
@pytest.mark.parametrize("act", ["changed", "trashed"])
def test_an_editor_who_is_there_at_that_very_moment(mirroring: Mirroring, moment: str, act: str) -> None:
    """In the same second as we, too: WordPress' dates cannot tell who was first."""
    first, _ = made(mirroring)
    post = mirroring.the_post(first)["id"]
    mirroring.correct(first, NOTE)
    done = []

    def editor() -> None:
        done.append(act)
        if act == "changed":
            mirroring.edit(post, content=THEIRS)
        else:
            mirroring.trash(post)

    def meets(asked: Asked) -> Fate | None:
        about = f"/posts/{post}?" in asked.path
        if (
            about
            and not done
            and moment == ("between look and write" if asked.changes else "before the look")
        ):
            editor()
        return None

    mirroring.pushed_with(meets)
    if moment == "after the write":
        editor()
        mirroring.correct(first, f"{NOTE} E ancora.")
    mirroring.settle()

    found = mirroring.the_post(first)
    assert done == [act]
    assert len(mirroring.found()) == 2
    assert conflicts(mirroring) == {first: f"mirror_{act}"}
    assert (found["content"] == THEIRS) if act == "changed" else (found["status"] == "trash")


def test_a_changed_post_is_not_withdrawn_under_its_editor(mirroring: Mirroring) -> None:
    first, _ = made(mirroring)
    mirroring.edit(mirroring.the_post(first)["id"], content=THEIRS)
    mirroring.owe("withdraw", first, "--reason", "Si è sbagliato")
    mirroring.owe("publish")

    mirroring.settle()

    assert mirroring.the_post(first)["content"] == THEIRS
    assert mirroring.the_post(first)["status"] == "publish"
    assert conflicts(mirroring) == {first: "mirror_withdrawn_changed"}


# ── passwords and accounts ──


def test_a_password_that_is_revoked_midway(mirroring: Mirroring) -> None:
    items = make_ready(mirroring.newsroom, mirroring.newsroom.web, 4)
    mirroring.owe("publish")
    seen = 0

    def revoked(asked: Asked) -> None:
        nonlocal seen
        seen += asked.changes and "/posts?" in asked.path
        if seen == 2:
            mirroring.wordpress.revoke("editor")
            seen += 1

    mirroring.pushed_with(revoked)
    refused = mirroring.push()
    assert (
        refused["refusal"]["code"] == "mirror_login_unheard"
    )  # of who has no password left, none is looked at
    assert len(mirroring.found()) < len(items)

    mirroring.set(password=mirroring.wordpress.password("editor"))
    mirroring.settle()

    assert len(mirroring.found()) == len(items)
    assert all(mirroring.the_post(item_id) for item_id in items)


KEEPS = ('lang="en"', 'cite="', "<blockquote", "<cite", "attribution", 'rel="license"', "<em>", 'dir="auto"')


@pytest.mark.parametrize("role", ["administrator", "editor", "author", "contributor"])
def test_every_role_keeps_language_and_attribution(
    newsroom: Newsroom, web: Web, between: Between, wordpress: Wordpress, role: str
) -> None:
    mirroring = a_mirroring(newsroom, between, wordpress, role=role)
    items = make_ready(newsroom, web, 2)
    newsroom.curator("write", items[0], "--note", "Una nota con *enfasi*.")
    newsroom.curator("approve", items[0])
    mirroring.owe("publish")
    mirroring.settle()

    posts = [mirroring.the_post(item_id) for item_id in items]
    status = newsroom.ask("mirror", "status")
    kept = [mark for mark in KEEPS if mark in posts[0]["content"]]
    say(f"{role}: {posts[0]['status']}, keeps {' '.join(kept)}, picture {bool(posts[0]['picture'])}")
    say(f"{role}: tags {posts[0]['tags']}, left out {status['left_out']}, lost {status['lost_markup']}")

    assert [post["status"] for post in posts] == ["draft" if role == "contributor" else "publish"] * 2
    assert {'lang="en"', "<blockquote", "<cite", "attribution"} <= set(kept)
    assert conflicts(mirroring) == {}
    if role != "contributor":
        mirroring.correct(items[0], NOTE)
        mirroring.settle()
        assert NOTE in mirroring.the_post(items[0])["content"]
        assert conflicts(mirroring) == {}


# ── all of it, by chance ──


def test_by_chance(mirroring: Mirroring) -> None:
    """Corrections, editors there, kills and broken lines in any order: nothing is doubled, nothing lost."""
    say(f"SEED={SEED}")
    chance = random.Random(SEED)
    items = made(mirroring, 6)
    notes = dict.fromkeys(items, "Una nota con “virgolette” &amp;")
    theirs: dict[int, str] = {}
    trashed: set[int] = set()
    met: Counter[str] = Counter()

    def there() -> None:
        """Somebody in the WordPress does something to one post, unless it is in conflict already."""
        item_id = chance.choice(items)
        post = mirroring.the_post(item_id)
        if post["status"] == "trash":
            return
        if chance.random() < 0.15:
            mirroring.trash(post["id"])
            trashed.add(item_id)
        else:
            theirs[item_id] = f"<p>Da loro, {chance.random()}.</p>"
            mirroring.edit(post["id"], content=theirs[item_id])

    for n in range(ROUNDS):
        item_id = chance.choice(items)
        notes[item_id] = f"Nota numero {n} della redazione."
        mirroring.correct(item_id, notes[item_id])
        if chance.random() < 0.3:
            there()
        fate, number = chance.choice([*Fate, None]), chance.randrange(1, 9)
        meeting: Callable[[Asked], Fate | None] = at(number, fate) if fate else there_at(number, there)
        mirroring.pushed_with(meeting)
        met[fate.name if fate else "an editor"] += 1
        if chance.random() < 0.4:
            mirroring.settle()
    mirroring.settle()

    shown = conflicts(mirroring)
    assert len(mirroring.found()) == len(items)
    for item_id in items:
        post = mirroring.the_post(item_id)
        if item_id in trashed:
            assert post["status"] == "trash", (item_id, shown)
        elif item_id in theirs:
            assert post["content"] == theirs[item_id], (item_id, shown)
        else:
            assert notes[item_id] in post["content"], (item_id, shown)
            assert item_id not in shown
    say(f"{ROUNDS} rounds: {dict(met)}; {len(theirs)} changed there, {len(trashed)} trashed; shown: {shown}")


def there_at(number: int, act: Callable[[], Any]) -> Callable[[Asked], Fate | None]:
    """Somebody there acts as the n-th request is on its way."""
    seen = 0

    def meets(_asked: Asked) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            act()

    return meets
