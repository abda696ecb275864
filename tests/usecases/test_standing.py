"""The editions stand where readers know them, whatever becomes of config/editions.toml."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source
from curator.curate.usecases import approve, withdraw, write
from curator.curate.writing import Writing
from curator.errors import BadSettings, Refused
from curator.publish.issues import close_issue
from curator.publish.usecases import Published, publish_edition, rehearse, write_outputs
from curator.settings import Edition, PublishSettings, Settings, load_settings
from curator.store import Store
from curator.store.tables import meta
from publishing import ENGLISH

LATER = NOW + timedelta(hours=1)
GERMAN = replace(ENGLISH, key="de", title="Rundschau")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    publish = PublishSettings(directory=tmp_path / "public", base_url="https://rassegna.example/")
    return listing(replace(SETTINGS, newsroom=tmp_path, publish=publish), ITALIAN, ENGLISH)


def listing(settings: Settings, *editions: Edition) -> Settings:
    """The same newsroom with these tables in its file, in this order."""
    named = {one.key: replace(one, default=one is editions[0]) for one in editions}
    return replace(settings, editions=named)


def published(store: Store, settings: Settings, *keys: str) -> list[int]:
    """One item of its own for each of the editions."""
    source_id, done = a_source(store, url=f"https://blog.example/{keys}"), []
    for key in keys:
        item_id = a_queued_item(store, source_id=source_id, guid=key, url=f"https://blog.example/{key}")
        desk: dict[str, Any] = {"by": MARTA, "settings": settings, "edition": settings.editions[key]}
        write(store, item_id, Writing(headline=f"Title {key}", note="A note."), **desk, now=NOW)
        approve(store, [item_id], **desk, now=NOW)
        publish(store, settings, key)
        done.append(item_id)
    return done


def publish(store: Store, settings: Settings, key: str = "it", *, now: Any = NOW) -> Published:
    return publish_edition(store, settings, edition=settings.editions[key], by=MARTA, now=now)


def the_files(settings: Settings) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in settings.publish.directory.rglob("*") if file.is_file()}


def rehearsed(store: Store, settings: Settings) -> None:
    rehearse(store, settings, edition=settings.default_edition, by=MARTA, now=LATER)


def published_again(store: Store, settings: Settings) -> None:
    publish(store, settings, settings.default_edition.key, now=LATER)


def written(store: Store, settings: Settings) -> None:
    write_outputs(store, settings, now=LATER)


def closed(store: Store, settings: Settings) -> None:
    close_issue(store, settings, edition=settings.default_edition, secret=b"key", now=LATER)


ways = pytest.mark.parametrize("way", [published_again, rehearsed, written, closed])
Way = Callable[[Store, Settings], None]


@ways
def test_an_edition_that_was_put_above_the_first_moves_nobody(
    sqlite_store: Store, settings: Settings, way: Way
) -> None:
    published(sqlite_store, settings, "it", "en")
    before = the_files(settings)

    with pytest.raises(Refused) as refusal:
        way(sqlite_store, listing(settings, ENGLISH, ITALIAN))

    assert (refusal.value.reason, refusal.value.data) == ("edition_moved", {"edition": "it", "first": "en"})
    assert the_files(settings) == before
    published_again(sqlite_store, listing(settings, ITALIAN, GERMAN, ENGLISH))


@ways
def test_an_edition_that_is_named_no_more_keeps_what_it_published(
    sqlite_store: Store, settings: Settings, way: Way
) -> None:
    published(sqlite_store, settings, "it", "en")
    before = the_files(settings)

    with pytest.raises(Refused) as refusal:
        way(sqlite_store, listing(settings, ITALIAN, replace(ENGLISH, key="eng")))

    assert refusal.value.reason == "edition_gone"
    assert refusal.value.data == {"edition": "en", "items": 1, "known": ["eng"]}
    assert the_files(settings) == before


def test_an_edition_whose_items_are_all_withdrawn_may_go(sqlite_store: Store, settings: Settings) -> None:
    _, item_id = published(sqlite_store, settings, "it", "en")
    english: dict[str, Any] = {"edition": ENGLISH, "by": MARTA, "now": LATER}
    withdraw(sqlite_store, item_id, reason="chiusa", public_note=None, **english)
    publish(sqlite_store, settings, "en", now=LATER)

    publish(sqlite_store, listing(settings, ITALIAN), now=LATER)

    assert not (settings.publish.directory / "en").exists()


def test_who_has_no_readers_yet_may_order_her_editions_as_she_likes(
    sqlite_store: Store, settings: Settings
) -> None:
    publish(sqlite_store, settings)
    other = listing(settings, ENGLISH)

    published(sqlite_store, other, "en")

    assert b"feed/en" in (settings.publish.directory / "feed.atom").read_bytes()


def test_an_edition_at_the_top_stays_there_before_it_has_an_item(
    sqlite_store: Store, settings: Settings
) -> None:
    published(sqlite_store, settings, "en")

    with pytest.raises(Refused) as refusal:
        publish(sqlite_store, listing(settings, ENGLISH, ITALIAN), now=LATER)

    assert refusal.value.reason == "edition_moved"


def test_no_edition_is_called_as_a_folder_of_the_first(sqlite_store: Store, settings: Settings) -> None:
    published(sqlite_store, settings, "it")
    close_issue(sqlite_store, settings, edition=ITALIAN, secret=b"key", now=LATER)
    write_outputs(sqlite_store, settings, now=LATER)
    config = settings.newsroom / "config"
    config.mkdir()
    (config / "curator.toml").touch()
    public = settings.publish.directory

    folders = {file.name for file in public.glob("[!.]*") if file.is_dir()} - {"en"}

    assert folders >= {"items", "newsletter", "search", "sources"}
    for name in {*folders, "pages", "pictures", "tags"}:
        (config / "editions.toml").write_text(f"[it]\n[{name}]\n")
        with pytest.raises(BadSettings) as refusal:
            load_settings(settings.newsroom, {})
        assert refusal.value.reason == "settings_edition_folder"


def as_an_older_program(store: Store, settings: Settings) -> None:
    """It noted nothing of the order, packed nothing, and left a list of files in each edition's folder."""
    with store.begin() as tx:
        tx.connection.execute(delete(meta).where(meta.c.key == "first_edition"))
    public = settings.publish.directory
    files = json.loads((public / ".curator-files.json").read_bytes())["files"]
    for packed in [*public.rglob("*.gz"), *public.rglob("*.br")]:
        packed.unlink()
    english = [path.removeprefix("en/") for path in files if path.startswith("en/")]
    italian = [path for path in files if not path.startswith("en/")]
    for folder, paths in ((public / "en", english), (public, italian)):
        if paths:
            (folder / ".curator-files.json").write_text(json.dumps({"files": paths}))


@pytest.mark.parametrize("had", [("it", "en"), ("it",), ("en",)])
def test_what_an_older_program_published_stays_where_it_is(
    sqlite_store: Store, settings: Settings, had: tuple[str, ...]
) -> None:
    published(sqlite_store, settings, *had)
    as_an_older_program(sqlite_store, settings)

    with pytest.raises(Refused) as refusal:
        publish(sqlite_store, listing(settings, ENGLISH, ITALIAN), now=LATER)
    publish(sqlite_store, settings, now=LATER)

    assert refusal.value.data == {"edition": "it", "first": "en"}
    with sqlite_store.read() as tx:
        assert tx.meta.get("first_edition") == "it"
