"""`subscriber …` as an editor types it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsroom import Newsroom, Web, serving


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture
def newsroom(web: Web, tmp_path: Path) -> Newsroom:
    return Newsroom(tmp_path / "newsroom", web, editions__it__language="it")


def test_a_list_is_imported_exported_and_shown(newsroom: Newsroom, tmp_path: Path) -> None:
    people, out = tmp_path / "people.csv", tmp_path / "out.csv"
    people.write_text("email;tags\nanna@example.org;CX|Ascolto\nbruno@\n", encoding="utf-8")
    imported = newsroom.curator("subscriber", "import", str(people), "--consent", "Convegno")
    newsroom.curator("subscriber", "export", "--output", str(out))
    exported = newsroom.curator("subscriber", "export").out
    shown = newsroom.curator("subscriber", "show", "anna@example.org").out
    person = json.loads(newsroom.curator("subscriber", "show", "anna@example.org", "--export").out)

    assert "3: bruno@" in imported.out
    assert out.stat().st_mode & 0o077 == 0
    assert exported.splitlines() == out.read_text("utf-8").splitlines()
    assert exported.splitlines()[1].startswith("anna@example.org,it,confirmed,CX|Ascolto,")
    assert "Convegno" in shown
    assert person["consents"][0]["text"] == "Convegno"


def test_without_a_consent_it_is_said_what_happens_next(newsroom: Newsroom) -> None:
    waits = newsroom.curator("subscriber", "add", "anna@example.org")
    listed = newsroom.curator("subscriber", "list", "--status", "unconfirmed", "--query", "ANNA", "--json")

    assert "serve.public_url" in waits.err
    assert listed.json["total"] == 1


def test_who_was_erased_after_the_backup_is_erased_again_at_the_next_look(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    newsroom.curator("subscriber", "add", "anna@example.org", "--confirmed", "--consent", "Convegno")
    newsroom.curator("subscriber", "erase", "bruno@example.org")
    archive, database = tmp_path / "backup.zip", newsroom.folder / "data/curator.db"
    before = database.read_bytes()
    newsroom.curator("backup", str(archive))
    newsroom.curator("subscriber", "erase", "anna@example.org")
    database.write_bytes(before)
    with zipfile.ZipFile(archive) as zipped:
        names = [name for name in zipped.namelist() if name.startswith("data/")]
        zipped.extractall(newsroom.folder, names)  # as somebody does who restores by hand

    listed = newsroom.curator("subscriber", "list")

    assert "anna" not in listed.out
    assert "1" in listed.err
    assert "data/erasures" not in names


def test_a_backup_holds_what_earlier_backups_have_brought_of_who_left(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    brought = newsroom.folder / "data/erasures.20260101T000000Z"
    brought.write_text("2026-01-01T00:00:00.000000+00:00 erased " + "5c" * 32 + "\n")

    newsroom.curator("backup", str(tmp_path / "backup.zip"))

    with zipfile.ZipFile(tmp_path / "backup.zip") as zipped:
        assert zipped.read("data/erasures.20260101T000000Z") == brought.read_bytes()
