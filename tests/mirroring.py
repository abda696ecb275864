"""A newsroom whose publications go to a real WordPress, through a proxy where all may go wrong."""

from __future__ import annotations

import io
import multiprocessing.process
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from between import Asked, Between, Fate
from hardship import moved_in
from killing import FORKS
from newsroom import Newsroom, Page, Web, an_item, feed, own_story
from wordpress import Wordpress

TIMEOUT = (
    4.0  # seconds that a pusher waits for an answer; what it may have asked is in doubt for twice as long
)
_LONG = 120.0  # seconds: a pusher that hangs must not hang the proof

# All that is there and is no revision, what lies in the trash too, in the order in which it was made.
FOUND = """
return array_map(fn ($p) => [
    'id' => $p->ID, 'type' => $p->post_type, 'status' => $p->post_status, 'slug' => $p->post_name,
    'title' => $p->post_title, 'content' => $p->post_content, 'excerpt' => $p->post_excerpt,
    'picture' => get_post_thumbnail_id($p->ID), 'tags' => wp_get_post_tags($p->ID, ['fields' => 'names']),
    'categories' => wp_get_post_categories($p->ID, ['fields' => 'names']),
    'alt' => get_post_meta($p->ID, '_wp_attachment_image_alt', true),
], get_posts(['post_type' => ['post', 'attachment'], 'post_status' => array_keys(get_post_stati()),
              'numberposts' => -1, 'orderby' => 'ID', 'order' => 'ASC']));
"""


@dataclass
class Mirroring:
    """One newsroom and its WordPress. Whoever pushes goes through `between`; editors there do not."""

    newsroom: Newsroom
    between: Between
    wordpress: Wordpress

    def set(self, **said: str) -> None:
        self.newsroom.environ |= {f"CURATOR_WORDPRESS__{name.upper()}": value for name, value in said.items()}

    # ── what editors here do ──

    def owe(self, *words: str | int | Path) -> None:
        """Do what brings something to be pushed, and push none of it."""
        self.between.begin(fate=lambda _asked: Fate.DIES_BEFORE)
        self.between.die = lambda: None
        self.newsroom.curator(*words)
        self.between.begin()

    def correct(self, item_id: int, note: str) -> None:
        self.newsroom.curator("write", item_id, "--note", note)
        self.owe("publish")

    # ── pushers ──

    def push(self) -> Any:
        return self.newsroom.ask("mirror", "push")

    def start(self) -> multiprocessing.process.BaseProcess:
        """A pusher in a process of its own; `between.die` kills it from now on."""
        pusher = FORKS.Process(target=_push, args=(dict(self.newsroom.environ),), daemon=False)
        pusher.start()
        self.between.die = pusher.kill
        return pusher

    def pushed_with(self, fate: Callable[[Asked], Fate | None]) -> int | None:
        """How a pusher ended that met this; a negative number: killed."""
        self.between.begin(fate=fate)
        pusher = self.start()
        pusher.join(_LONG)
        self.between.begin()
        if pusher.is_alive():
            pusher.kill()
            raise AssertionError("the pusher did not end")
        status = pusher.exitcode
        pusher.close()
        return status

    def settle(self) -> dict[str, Any]:
        """Push until nothing waits; how it stands then."""
        deadline = time.monotonic() + _LONG
        while True:
            self.push()
            status: dict[str, Any] = self.newsroom.ask("mirror", "status")
            if not status["counts"]["waiting"]:
                return status
            assert time.monotonic() < deadline, status
            time.sleep(0.2)

    # ── what is there ──

    def found(self, kind: str = "post") -> list[dict[str, Any]]:
        return [each for each in self.wordpress.run(FOUND) if each["type"] == kind]

    def found_of(self, item_id: int) -> list[dict[str, Any]]:
        return [each for each in self.found() if f"titolo-{item_id}-" in each["slug"]]

    def the_post(self, item_id: int) -> dict[str, Any]:
        (only,) = self.found_of(item_id)
        return only

    def edit(self, post: int, user: str = "administrator", **fields: Any) -> dict[str, Any]:
        """By somebody in the WordPress itself."""
        answer = self.wordpress.ask(f"/wp-json/wp/v2/posts/{post}", method="POST", user=user, said=fields)
        assert answer.status == 200, answer.text
        edited: dict[str, Any] = answer.json
        return edited

    def trash(self, post: int) -> None:
        path = f"/wp-json/wp/v2/posts/{post}"
        assert self.wordpress.ask(path, method="DELETE", user="administrator").status == 200


def a_mirroring(
    newsroom: Newsroom, between: Between, wordpress: Wordpress, *, role: str = "editor"
) -> Mirroring:
    mirroring = Mirroring(newsroom, between, wordpress)
    mirroring.set(
        url=between.url,
        user=role,
        password=wordpress.password(role),
        status="draft" if role == "contributor" else "publish",
        timeout=str(TIMEOUT),
    )
    return mirroring


def copy_of(newsroom: Newsroom, name: str, web: Web) -> Newsroom:
    """The newsroom as it stands, in another folder, with the same settings."""
    folder = newsroom.folder.parent / name
    shutil.copytree(newsroom.folder, folder)
    moved_in(folder)
    copied = Newsroom(folder, web)
    own = {name: value for name, value in newsroom.environ.items() if name.startswith("CURATOR_WORDPRESS")}
    copied.environ |= own
    return copied


def make_ready(newsroom: Newsroom, web: Web, count: int) -> list[int]:
    """So many items, approved; all with tags, every second one with a picture."""
    canvas = io.BytesIO()
    Image.new("RGB", (640, 480), (10, 90, 160)).save(canvas, "JPEG")
    entries = [an_item(f"g{n}", f"Story {n}", own_story(n)) for n in range(count)]
    newsroom.follow(feed(*entries))
    items = sorted(item["id"] for item in newsroom.queue())
    for n, item_id in enumerate(items):
        words: list[str | int] = ["write", item_id, "--headline", f"Titolo {item_id}"]
        words += ["--note", "Una nota con “virgolette” & <segni>.", "--tag", "cx", "--tag", f"tema {n}"]
        if n % 2 == 0:
            web[f"/{n}.jpg"] = Page(canvas.getvalue(), headers={"Content-Type": "image/jpeg"})
            words += ["--image", web.url(f"/{n}.jpg"), "--alt", "Una sala", "--credit", "Ada Foto"]
            words += ["--image-license", "CC BY 4.0"]
        newsroom.curator(*words)
        newsroom.curator("approve", item_id)
    return items


def _push(environ: dict[str, str]) -> None:
    from curator.faces.cli import run

    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - ends with the process
    os._exit(run(["mirror", "push"], environ))
