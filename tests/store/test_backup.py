"""A newsroom in one file: whole, private, the same from both engines."""

from __future__ import annotations

import fcntl
import json
import random
import stat
import zipfile
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event, Thread

import pytest

from curator.errors import DatabaseMissing, Refused
from curator.store import Store
from curator.store.archive import opened
from curator.store.backup import Backup, back_up
from curator.store.tables import metadata
from newsroom import Newsroom
from proving import of_the_proof

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def backed_up(store: Store, target: Path, *, overwrite: bool = False) -> Backup:
    key = target.with_name("secret.key")
    key.write_text("secret")
    return back_up(store, target, files={"data/secret.key": key}, program="0.1", now=NOW, overwrite=overwrite)


def test_every_table_is_there_with_every_row(store: Store, tmp_path: Path) -> None:
    with store.begin() as tx:
        tx.meta.set("motto", "perché no")

    made = backed_up(store, tmp_path / "b.zip")

    assert made.rows["meta"] == 1
    with zipfile.ZipFile(made.path) as archive:
        assert {f"tables/{name}.jsonl" for name in metadata.tables} < set(archive.namelist())
        assert json.loads(archive.read("tables/meta.jsonl")) == {"key": "motto", "value": "perché no"}
        assert archive.read("data/secret.key") == b"secret"
        assert json.loads(archive.read("manifest.json"))["rows"]["meta"] == 1


def test_it_is_taken_while_somebody_writes(sqlite_store: Store, tmp_path: Path) -> None:
    impatient = Store(sqlite_store.shown_url, busy_timeout=0.1)  # it would note that it was taken
    with sqlite_store.begin() as tx, closing(impatient) as other:
        tx.meta.set("half", "written")
        made = backed_up(other, tmp_path / "b.zip")

    assert made.rows["meta"] == 0


def test_only_its_owner_may_read_it(sqlite_store: Store, tmp_path: Path) -> None:
    made = backed_up(sqlite_store, tmp_path / "b.zip")

    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600


def test_an_earlier_backup_is_replaced_only_on_purpose(sqlite_store: Store, tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    target.write_text("earlier")

    with pytest.raises(Refused):
        backed_up(sqlite_store, target)
    assert target.read_text() == "earlier"

    backed_up(sqlite_store, target, overwrite=True)
    assert zipfile.is_zipfile(target)


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        backed_up(Store(f"sqlite:///{tmp_path}/no.db"), tmp_path / "b.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]


@of_the_proof
def test_a_record_of_years_is_saved_and_read_again(sqlite_store: Store, tmp_path: Path) -> None:
    record = tmp_path / "journal"
    piece = random.Random(1).randbytes(2**16)
    with record.open("wb") as file:
        for _ in range(65 * 2**20 // len(piece)):
            file.write(piece)

    files = {"data/journal.20260302T090000Z": record, "data/drafts/1.md": tmp_path / "just ended"}
    made = back_up(sqlite_store, tmp_path / "b.zip", files=files, program="0.1", now=NOW, overwrite=False)

    with opened(made.path) as archive:
        assert archive.files == made.files == ("data/journal.20260302T090000Z",)


def test_what_could_not_be_read_again_is_not_saved(sqlite_store: Store, tmp_path: Path) -> None:
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(17 * 2**20)  # zeros: it would look like a bomb

    with pytest.raises(Refused, match="backup_unreadable"):
        back_up(
            sqlite_store,
            tmp_path / "b.zip",
            files={"config/x": large},
            program="0.1",
            now=NOW,
            overwrite=False,
        )
    assert not (tmp_path / "b.zip").exists()


def test_what_a_killed_one_left_is_taken_away_and_nothing_else(sqlite_store: Store, tmp_path: Path) -> None:
    left, working = tmp_path / ".b.zip.4194305.unfinished", tmp_path / ".c.zip.1.unfinished"
    others = tmp_path / ".notes.unfinished"
    for path in (left, working, others):
        path.write_bytes(b"addresses")

    with working.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        backed_up(sqlite_store, tmp_path / "b.zip")

    assert [path.exists() for path in (left, working, others)] == [False, True, True]


def test_it_shows_one_moment_while_others_write(store: Store, tmp_path: Path) -> None:
    """Two facts that are always written together are never seen apart."""
    store.require_schema()
    stopping = Event()

    def write(name: str) -> None:
        other = Store(store.url.render_as_string(hide_password=False))
        for number in count():
            with other.begin() as tx:
                tx.meta.set(f"first {name}", str(number))
                tx.meta.set(f"second {name}", str(number))
            if stopping.is_set():
                break
        other.close()

    writers = [Thread(target=write, args=(name,)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    try:
        made = [backed_up(store, tmp_path / f"{number}.zip") for number in range(4)]
    finally:
        stopping.set()
        for writer in writers:
            writer.join()

    for each in made:
        with opened(each.path) as archive:
            said = {row["key"]: row["value"] for row in archive.rows("meta")}
        for name in ("a", "b"):
            assert said.get(f"first {name}") == said.get(f"second {name}")


def test_it_is_known_when_the_last_one_was_made(store: Store, tmp_path: Path) -> None:
    backed_up(store, tmp_path / "b.zip")

    with store.read() as tx:
        assert tx.meta.instant("last_backup_at") == NOW


def test_an_archive_is_whole_where_the_database_takes_no_word_of_it(
    sqlite_store: Store, tmp_path: Path
) -> None:
    impatient = Store(sqlite_store.shown_url, busy_timeout=0.05)
    with sqlite_store.begin():
        made = backed_up(impatient, tmp_path / "b.zip")
    impatient.close()

    with opened(made.path) as archive:
        assert archive.manifest.made_at == NOW


# ── by the command ──


def test_it_holds_all_that_a_newsroom_needs(newsroom: Newsroom, tmp_path: Path) -> None:
    folder = newsroom.folder
    for name in ("config/templates/footer.html", "secrets/dkim.key", "secrets/smtp", "data/drafts/1.md"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    (tmp_path / "elsewhere").write_text("secret")
    newsroom.environ |= {
        "CURATOR_MAIL__DKIM": '[{selector = "s", key_file = "secrets/dkim.key"}]',
        "CURATOR_MAIL__PASSWORD_FILE": "secrets/smtp",
        "CURATOR_WORDPRESS__PASSWORD_FILE": str(tmp_path / "elsewhere"),
    }

    made = newsroom.ask("backup", tmp_path / "b.zip")

    assert {
        "config/curator.toml",
        "config/editions.toml",
        "config/glossary.toml",
        "config/templates/footer.html",
        "data/drafts/1.md",
        "data/secret.key",
        "secrets/dkim.key",
        "secrets/smtp",
    } <= set(made["files"])
    assert made["outside"] == [str(tmp_path / "elsewhere")]


def test_a_folder_gets_one_with_the_date_and_keeps_the_newest(newsroom: Newsroom, tmp_path: Path) -> None:
    old = [tmp_path / f"curator-2026010{day}T030000Z.zip" for day in range(1, 4)]
    for path in [*old, tmp_path / "mine.zip"]:
        path.write_bytes(b"earlier")

    made = newsroom.ask("backup", tmp_path, "--keep", 2)

    assert Path(made["file"]).name.startswith("curator-")
    assert made["removed"] == [str(old[0]), str(old[1])]
    assert sorted(tmp_path.glob("*.zip")) == sorted([old[2], Path(made["file"]), tmp_path / "mine.zip"])


def test_one_can_be_checked_without_restoring_it(newsroom: Newsroom, tmp_path: Path) -> None:
    made = newsroom.ask("backup", tmp_path / "b.zip")

    checked = newsroom.ask("backup", "--check", tmp_path / "b.zip")

    assert checked == made | {"files": checked["files"]}
    assert sorted(checked["files"]) == sorted(made["files"])


# ── before an upgrade ──


def set_back(newsroom: Newsroom, *, to: str = "0007") -> None:
    """As if a program of the last schema but one had been here last."""
    store = Store(f"sqlite:///{newsroom.folder}/data/curator.db")
    with store.begin() as tx:
        tx.connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{to}'")
    store.close()


@pytest.mark.parametrize("words", [("queue",), ("publish",), ("init",)])
def test_an_older_schema_is_refused_with_the_command_that_saves_and_upgrades_it(
    words: tuple[str, ...], newsroom: Newsroom
) -> None:
    set_back(newsroom)

    refused = newsroom.curator(*words, ok=False)

    assert refused.status == 1
    assert "a backup is made first" in refused.err
    assert "curator db upgrade" in refused.err


def test_an_older_schema_can_be_saved_wherever_one_likes(newsroom: Newsroom, tmp_path: Path) -> None:
    set_back(newsroom)

    assert newsroom.ask("backup", tmp_path / "b.zip")["schema"] == "0007"


def test_a_newer_schema_is_not_told_to_be_upgraded(newsroom: Newsroom) -> None:
    set_back(newsroom, to="0099")

    said = newsroom.curator("db", "current").out

    assert "0099" in said
    assert "upgrade" not in said


def test_what_cannot_be_saved_is_not_upgraded(newsroom: Newsroom) -> None:
    set_back(newsroom)
    for path in [newsroom.folder / "data/curator.db"]:
        path.rename(newsroom.folder / "curator.db")
    (newsroom.folder / "data").rename(newsroom.folder / "gone")
    (newsroom.folder / "data").write_text("no folder")
    newsroom.environ["CURATOR_DATABASE__URL"] = "sqlite:///curator.db"

    refused = newsroom.curator("db", "upgrade", "--json", ok=False)

    assert refused.json["error"]["code"] == "upgrade_unsaved"
    assert newsroom.ask("db", "current")["schema"] == "0007"
