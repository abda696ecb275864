"""Whatever was published, corrected, withdrawn and set otherwise: the files say the state, and no more."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source
from curator.curate.usecases import approve, withdraw, write
from curator.curate.writing import Writing
from curator.model import Status
from curator.publish import issues, manifest
from curator.publish.usecases import publish_due, publish_edition, write_outputs
from curator.redirecting import item_output
from curator.settings import Edition, PublishSettings
from curator.store import Store
from oldblog import bring
from proving import PROOF
from publishing import ENGLISH

STEPS = 40 if PROOF else 5  # of each walk


class Newsroom:
    """What may happen to one between two publishes; each happening says what it was."""

    def __init__(self, store: Store, folder: Path, *, seed: int) -> None:
        self.store, self.folder, self.dice = store, folder, random.Random(seed)
        publish = PublishSettings(directory=folder / "public", feed_items=3, page_items=2)
        self.settings = replace(SETTINGS, newsroom=folder, publish=publish)
        folder.mkdir(exist_ok=True)
        self.now = NOW
        self.items: list[int] = []
        self.source = a_source(store)

    @property
    def happenings(self) -> list[Callable[[], object]]:
        often = [self.new, self.new, self.bring, self.correct, self.correct_a_little, self.withdraw]
        return [*often, self.tag, self.schedule, self.translate, self.close_an_issue, self.set, self.template]

    def desk(self, edition: Edition = ITALIAN) -> dict[str, Any]:
        return {"by": MARTA, "settings": self.settings, "edition": edition, "now": self.now}

    def new(self, at: datetime | None = None) -> None:
        item_id = a_queued_item(self.store, source_id=self.source, guid=f"entry-{len(self.items)}")
        tags = tuple(self.dice.sample(["cx", "Fedeltà", "fedelta", "C++"], 2))
        words = Writing(headline=f"Titolo {self.dice.randint(1, 9)}", note="Nota.", tags=tags)
        write(self.store, item_id, words, **self.desk())
        approve(self.store, [item_id], at=at, **self.desk())
        self.items.append(item_id)

    def bring(self) -> None:
        """Three posts of the old blog, and where they were."""
        for number in range(len(self.items), len(self.items) + 3):
            dates = [None, self.now, self.now - timedelta(days=self.dice.randint(0, 900))]
            guid = self.dice.choice([None, f"https://old.example/?p={number}"])
            words: dict[str, Any] = {"tags": ("cx", "antico"), "now": self.now, "guid": guid}
            one = bring(self.store, f"Vecchio {number}", published=self.dice.choice(dates), **words)
            with self.store.begin() as tx:
                old = [f"/2021/vecchio-{number}/", "/feed/", one.atom_id]
                tx.redirects.lead(old, item_output(ITALIAN, one.slug), item_id=one.item_id)
            self.items.append(one.item_id)

    def schedule(self) -> None:
        self.new(at=self.now + timedelta(days=40))

    def some(self) -> int | None:
        with self.store.read() as tx:
            live = [i.item_id for i in tx.publications.live("it")]
            live = [id_ for id_ in live if tx.items.get(id_).status_in("it") is Status.PUBLISHED]
        return self.dice.choice(live) if live else None

    def edit(self, **words: Any) -> None:
        if item_id := self.some():
            write(self.store, item_id, Writing(**words), **self.desk())

    def correct(self) -> None:
        self.edit(headline=f"Corretto {self.now:%j}", correction="Era sbagliato.")

    def correct_a_little(self) -> None:
        self.edit(note=f"Nota {self.now:%j}.", minor=True)

    def tag(self) -> None:
        self.edit(tags=(self.dice.choice(["C#", "cx", "nuovo"]),))

    def withdraw(self) -> None:
        if item_id := self.some():
            told: dict[str, Any] = {"reason": "diffida", "public_note": "Ritirato."}
            withdraw(self.store, item_id, **told, by=MARTA, edition=ITALIAN, now=self.now)

    def translate(self) -> None:
        if (item_id := self.some()) and "en" in self.settings.editions:
            words = Writing(headline="Keeping is enough", note="Promises are kept.")
            write(self.store, item_id, words, **self.desk(ENGLISH))
            with self.store.read() as tx:
                known = tx.publications.get(item_id, "en")
            if known is None:
                approve(self.store, [item_id], **self.desk(ENGLISH))
            publish_edition(self.store, self.settings, edition=ENGLISH, by=MARTA, now=self.now)

    def close_an_issue(self) -> None:
        issues.close_issue(self.store, self.settings, edition=ITALIAN, secret=b"s" * 32, now=self.now)
        write_outputs(self.store, self.settings, now=self.now)

    def set(self) -> None:
        changed = self.dice.choice(
            [{"feed_items": 4}, {"page_items": 3}, {"hubs": ("https://hub.example/",)}]
        )
        editions = self.dice.choice([{"it": ITALIAN}, {"it": ITALIAN, "en": ENGLISH}])
        with self.store.read() as tx:
            if tx.publications.live("en"):
                editions = {"it": ITALIAN, "en": ENGLISH}  # one that has items may not go
        publish = replace(self.settings.publish, **changed)  # type: ignore[arg-type]  # of several types
        self.settings = replace(self.settings, publish=publish, editions=editions)

    def template(self) -> None:
        folder = self.folder / self.settings.publish.templates
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "footer.html").write_text(f"<footer><p>{self.now:%j}</p></footer>", "utf-8")

    def publish(self) -> None:
        publish_edition(self.store, self.settings, edition=ITALIAN, by=MARTA, now=self.now)


def the_files(directory: Path) -> dict[str, bytes]:
    """With the manifest and the packed forms."""
    return {path: file.read_bytes() for path, file in _files(directory)}


def times(directory: Path) -> dict[str, int]:
    return {path: file.stat().st_mtime_ns for path, file in _files(directory) if path[0] != "."}


def _files(directory: Path) -> Iterator[tuple[str, Path]]:
    """Without what is kept of the publish before."""
    for file in directory.rglob("*"):
        path = file.relative_to(directory).as_posix()
        if file.is_file() and not path.startswith(manifest.BEFORE):
            yield path, file


def walk(newsroom: Newsroom, steps: int) -> None:
    """As long as that, with a publish after every few happenings, and from nothing beside it."""
    for step in range(steps):
        newsroom.now += timedelta(days=newsroom.dice.choice([0, 1, 12]), hours=1)
        happened = [newsroom.dice.choice(newsroom.happenings) for _ in range(newsroom.dice.randint(1, 3))]
        for happening in happened:
            happening()
        newsroom.publish()
        grown = the_files(newsroom.settings.publish.directory)
        before = times(newsroom.settings.publish.directory)
        newsroom.publish()

        names = [happening.__name__ for happening in happened]
        assert times(newsroom.settings.publish.directory) == before, names
        afresh = newsroom.folder / "afresh"
        shutil.rmtree(afresh, ignore_errors=True)
        elsewhere = replace(newsroom.settings.publish, directory=afresh)
        write_outputs(
            newsroom.store,
            replace(newsroom.settings, publish=elsewhere),
            now=newsroom.now + timedelta(days=1),
        )
        assert the_files(afresh).keys() == grown.keys(), (step, names)
        assert [path for path, made in the_files(afresh).items() if grown[path] != made] == [], (step, names)
    newsroom.publish()  # what was written last was written elsewhere
    assert not publish_due(newsroom.store, newsroom.settings, edition=ITALIAN, now=newsroom.now)


@pytest.mark.parametrize("seed", [1, 2])
def test_files_that_grew_are_those_that_would_be_made_from_nothing(
    sqlite_store: Store, tmp_path: Path, seed: int
) -> None:
    walk(Newsroom(sqlite_store, tmp_path, seed=seed), STEPS)


def test_they_are_on_postgresql_too(postgresql_store: Store, tmp_path: Path) -> None:
    walk(Newsroom(postgresql_store, tmp_path, seed=3), 2)


def test_both_engines_make_the_same_files(
    sqlite_store: Store, postgresql_store: Store, tmp_path: Path
) -> None:
    """But for the ids, which are drawn by lot."""
    made = []
    for store in (sqlite_store, postgresql_store):
        newsroom = Newsroom(store, tmp_path / store.engine.name, seed=4)
        for _ in range(5):
            newsroom.new()
        newsroom.publish()
        made.append(the_files(newsroom.settings.publish.directory).keys())

    assert made[0] == made[1]
