"""A newsroom comes back from its backup: whole, held, and never over something that was not saved first."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from curator.store import Store, carrying
from curator.store.archive import opened
from newsroom import STORY, Newsroom, an_item, feed


def saved(newsroom: Newsroom, tmp_path: Path) -> Path:
    """A backup of a newsroom with an item, published, and somebody who reads it."""
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"], note="Perché no: «è».")
    newsroom.curator("publish")
    newsroom.curator("subscriber", "add", "ada@reader.example", "--confirmed", "--consent", "fair")
    newsroom.curator("backup", tmp_path / "b.zip")
    return tmp_path / "b.zip"


def store_of(newsroom: Newsroom) -> Store:
    at_home = f"sqlite:///{newsroom.folder}/data/curator.db"
    return Store(newsroom.environ.get("CURATOR_DATABASE__URL") or at_home)


def everything(newsroom: Newsroom) -> dict[str, list[Any]]:
    """Each row of the database, but for what it is held by and when it was saved."""
    store = store_of(newsroom)
    with store.read() as tx:
        tables = carrying.tables_of(tx.connection)
        rows = {each.name: list(carrying.rows(tx.connection, each)) for each in tables}
    store.close()
    return rows | {"meta": [row for row in rows["meta"] if row["key"] not in ("held", "last_backup_at")]}


def hold(newsroom: Newsroom) -> dict[str, Any] | None:
    store = store_of(newsroom)
    with store.read() as tx:
        said: dict[str, Any] | None = json.loads(tx.meta.get("held") or "null")
    store.close()
    return said


def test_all_of_it_comes_back_and_is_held(any_newsroom: Newsroom, tmp_path: Path) -> None:
    archive = saved(any_newsroom, tmp_path)
    before = everything(any_newsroom)
    any_newsroom.curator("subscriber", "unsubscribe", "ada@reader.example")
    (any_newsroom.folder / "data/secret.key").write_bytes(b"another key, another key, another")

    done = any_newsroom.ask("restore", archive, "--force")

    assert everything(any_newsroom) == before
    assert done["held"]
    assert hold(any_newsroom) == {
        "because": "restored",
        "data": {"made_at": manifest(archive)["made_at"], "reached": 1},  # one publish, in the journal
        "since": hold(any_newsroom)["since"],  # type: ignore[index] # it is held
    }
    with zipfile.ZipFile(archive) as zipped:
        assert (any_newsroom.folder / "data/secret.key").read_bytes() == zipped.read("data/secret.key")
    refused = any_newsroom.curator("publish", "--json", ok=False).json
    assert refused["error"]["code"] == "newsroom_restored"


def manifest(archive: Path) -> Any:
    with zipfile.ZipFile(archive) as zipped:
        return json.loads(zipped.read("manifest.json"))


def test_a_new_row_gets_an_id_that_nothing_had(any_newsroom: Newsroom, tmp_path: Path) -> None:
    archive = saved(any_newsroom, tmp_path)
    any_newsroom.curator("restore", archive, "--force")
    store = store_of(any_newsroom)
    with store.begin() as tx:
        tx.holds.lift()
    store.close()

    assert any_newsroom.follow(feed(an_item("2", "Second", STORY)), path="/second") == 2


def test_what_was_written_is_found_by_its_words(any_newsroom: Newsroom, tmp_path: Path) -> None:
    any_newsroom.curator("restore", saved(any_newsroom, tmp_path), "--force")

    assert any_newsroom.ask("search", "perche")["total"] == 1


def test_an_empty_machine_is_enough(newsroom: Newsroom, tmp_path: Path) -> None:
    archive = saved(newsroom, tmp_path)
    before = everything(newsroom)
    shutil.rmtree(newsroom.folder)

    newsroom.curator("restore", archive, "--newsroom", newsroom.folder)

    assert everything(newsroom) == before
    assert stat.S_IMODE((newsroom.folder / "data/secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((newsroom.folder / "data").stat().st_mode) == 0o700


def test_an_archive_of_one_engine_comes_back_on_the_other(
    newsroom: Newsroom, tmp_path: Path, postgresql_url: str
) -> None:
    archive = saved(newsroom, tmp_path)
    before = everything(newsroom)
    newsroom.environ["CURATOR_DATABASE__URL"] = postgresql_url

    newsroom.curator("restore", archive)

    assert everything(newsroom) == before


def test_a_newsroom_that_is_there_stays_unless_it_is_said(any_newsroom: Newsroom, tmp_path: Path) -> None:
    archive = saved(any_newsroom, tmp_path)
    before = everything(any_newsroom)

    refused = any_newsroom.curator("restore", archive, "--json", ok=False)

    assert refused.json["error"]["code"] == "restore_into_content"
    assert everything(any_newsroom) == before
    assert hold(any_newsroom) is None


def test_what_it_replaces_is_saved_first(any_newsroom: Newsroom, tmp_path: Path) -> None:
    archive = saved(any_newsroom, tmp_path)
    any_newsroom.curator("source", "edit", 1, "--name", "Renamed since")
    config = any_newsroom.folder / "config/curator.toml"
    config.write_text(config.read_text() + "# mine\n")
    before = everything(any_newsroom)

    kept = any_newsroom.ask("restore", archive, "--force")["kept"]
    aside = next(any_newsroom.folder / name for name in kept if name.endswith(".zip"))

    assert (
        next(any_newsroom.folder / name for name in kept if name.endswith("config/curator.toml"))
        .read_text()
        .endswith("# mine\n")
    )
    any_newsroom.curator("restore", aside, "--force")
    assert everything(any_newsroom) == before


def test_a_journal_is_neither_written_over_nor_shortened(newsroom: Newsroom, tmp_path: Path) -> None:
    archive = saved(newsroom, tmp_path)
    newsroom.curator("subscriber", "unsubscribe", "ada@reader.example")
    journals = {path: path.read_bytes() for path in (newsroom.folder / "data").glob("journal*")}
    assert journals

    newsroom.curator("restore", archive, "--force")
    newsroom.curator("restore", archive, "--force")

    for path, content in journals.items():
        assert path.read_bytes().startswith(content)
    assert set((newsroom.folder / "data").glob("journal*")) == set(journals)  # it holds the archive's already


def test_a_journal_that_is_another_is_put_beside(newsroom: Newsroom, tmp_path: Path) -> None:
    archive = saved(newsroom, tmp_path)
    journal = newsroom.folder / "data/journal"
    journal.write_bytes(b"another\n")

    newsroom.curator("restore", archive, "--force")

    names = [name for name in opened_names(archive) if name.startswith("data/journal")]
    assert names
    assert all((newsroom.folder / name).is_file() for name in names)
    assert journal.read_bytes().startswith(b"another\n")


def opened_names(archive: Path) -> tuple[str, ...]:
    with opened(archive) as whole:
        return whole.files


def test_a_damaged_database_is_put_aside(newsroom: Newsroom, tmp_path: Path) -> None:
    archive = saved(newsroom, tmp_path)
    before = everything(newsroom)
    database = newsroom.folder / "data/curator.db"
    for path in database.parent.glob("curator.db*"):
        path.unlink()
    database.write_bytes(b"no database at all, " * 500)

    assert newsroom.curator("restore", archive, ok=False).status == 1
    kept = newsroom.ask("restore", archive, "--force")["kept"]

    assert everything(newsroom) == before
    assert (newsroom.folder / kept[0]).read_bytes().startswith(b"no database at all")


def test_a_database_of_others_is_left_alone(newsroom: Newsroom, tmp_path: Path, postgresql_url: str) -> None:
    archive = saved(newsroom, tmp_path)
    store = Store(postgresql_url)
    with store.begin() as tx:
        tx.connection.exec_driver_sql("CREATE TABLE items (theirs integer)")
    store.close()
    newsroom.environ["CURATOR_DATABASE__URL"] = postgresql_url

    refused = newsroom.curator("restore", archive, "--force", "--json", ok=False)

    assert refused.json["error"]["code"] == "database_of_others"


# ── archives that are not what they say ──


def rewritten(archive: Path, change: Callable[[dict[str, bytes]], None], *, to: Path) -> Path:
    """The same with other members; its manifest's sums are left as they were."""
    with zipfile.ZipFile(archive) as zipped:
        members = {name: zipped.read(name) for name in zipped.namelist()}
    change(members)
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in members.items():
            zipped.writestr(name, content)
    return to


def said(key: str, value: Any) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | {key: value}).encode()

    return change


def summed(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    """A member that its maker meant."""

    def change(members: dict[str, bytes]) -> None:
        members[name] = content
        manifest = json.loads(members["manifest.json"])
        manifest["sums"][name] = hashlib.sha256(content).hexdigest()
        members["manifest.json"] = json.dumps(manifest).encode()

    return change


def without(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.__delitem__(name)


def with_(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.__setitem__(name, content)


HARMFUL = {
    "format": (said("format", 99), "archive_newer"),
    "schema": (said("schema", "9999"), "archive_schema_newer"),
    "no manifest": (without("manifest.json"), "archive_without_manifest"),
    "no table": (without("tables/items.jsonl"), "archive_incomplete"),
    "no file": (without("data/secret.key"), "archive_incomplete"),
    "rows lost": (with_("tables/subscribers.jsonl", b""), "archive_miscounted"),
    "rows changed": (with_("tables/meta.jsonl", b'{"key": "a", "value": "b"}\n' * 3), "archive_"),
    "file changed": (with_("data/secret.key", b"x" * 32), "archive_damaged"),
    "above": (with_("../outside", b"x"), "archive_unsafe"),
    "above, later": (with_("data/../../outside", b"x"), "archive_unsafe"),
    "absolute": (with_("/tmp/outside", b"x"), "archive_unsafe"),
    "backslash": (with_("..\\outside", b"x"), "archive_unsafe"),
    "drive": (with_("C:outside", b"x"), "archive_unsafe"),
    "a list for a row": (summed("tables/subscribers.jsonl", b"[1]\n"), "archive_damaged"),
    "a list for a manifest": (with_("manifest.json", b"[2]"), "archive_damaged"),
    "a list for sums": (said("sums", ["a"]), "archive_damaged"),
    "a file above a file": (summed("data/secret.key/x", b"x"), "archive_unsafe"),
    "bomb": (with_("data/bomb", b"\0" * 2**25), "archive_bomb"),
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory, newsroom_template: Path) -> Path:
    """An archive with nothing wrong."""
    folder = tmp_path_factory.mktemp("good")
    shutil.copytree(newsroom_template, folder / "newsroom")
    newsroom = Newsroom(folder / "newsroom", None)  # type: ignore[arg-type] # it asks nobody
    newsroom.curator("subscriber", "add", "ada@reader.example", "--confirmed", "--consent", "fair")
    newsroom.curator("backup", folder / "good.zip")
    return folder / "good.zip"


@pytest.mark.parametrize("harm", HARMFUL)
def test_what_is_not_whole_is_refused_and_changes_nothing(harm: str, good: Path, tmp_path: Path) -> None:
    change, code = HARMFUL[harm]
    bad = rewritten(good, change, to=tmp_path / "bad.zip")
    newsroom = Newsroom(new_folder(tmp_path), None)  # type: ignore[arg-type] # it asks nobody

    refused = newsroom.curator("restore", bad, "--json", ok=False)

    assert refused.json["error"]["code"].startswith(code)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["bad.zip", "config", "new"]
    checked = newsroom.curator("backup", bad, "--check", "--json", ok=False)
    assert checked.json["error"]["code"] == refused.json["error"]["code"]


def new_folder(tmp_path: Path) -> Path:
    """One in which `init` has made nothing: an empty config/ keeps the builder from it."""
    (tmp_path / "new/config").mkdir(parents=True)
    return tmp_path / "new"


def test_a_link_in_an_archive_is_refused(good: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.zip"
    shutil.copyfile(good, bad)
    link = zipfile.ZipInfo("data/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(bad, "a") as zipped:
        zipped.writestr(link, "/etc/passwd")
    newsroom = Newsroom(new_folder(tmp_path), None)  # type: ignore[arg-type] # it asks nobody

    refused = newsroom.curator("restore", bad, "--json", ok=False)

    assert refused.json["error"]["code"] == "archive_unsafe"


def test_a_folder_that_leads_elsewhere_is_not_written_through(good: Path, tmp_path: Path) -> None:
    newsroom = Newsroom(new_folder(tmp_path), None)  # type: ignore[arg-type] # it asks nobody
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (newsroom.folder / "config").rmdir()
    (newsroom.folder / "config").symlink_to(elsewhere)

    refused = newsroom.curator("restore", good, "--json", ok=False)

    assert refused.json["error"]["code"] == "restore_outside"
    assert list(elsewhere.iterdir()) == []


def test_a_file_never_lands_on_the_database(good: Path, tmp_path: Path) -> None:
    bad = rewritten(good, with_("data/curator.db", b"x"), to=tmp_path / "bad.zip")
    rewritten(bad, said("format", 1), to=bad)
    newsroom = Newsroom(new_folder(tmp_path), None)  # type: ignore[arg-type] # it asks nobody

    refused = newsroom.curator("restore", bad, "--json", ok=False)

    assert refused.json["error"]["code"] == "archive_unsafe"


UNMEANT = {
    "a shell's": (".bashrc", "restore_unnamed"),
    "a reader's": ("public/index.html", "restore_unnamed"),
    "data's": ("data/other", "restore_unnamed"),
    "a folder's": ("data/drafts", "restore_in_the_way"),
}


@pytest.mark.parametrize("name", UNMEANT)
def test_a_file_that_no_backup_would_hold_is_refused(name: str, good: Path, tmp_path: Path) -> None:
    member, code = UNMEANT[name]
    bad = rewritten(good, summed(member, b"x"), to=tmp_path / "bad.zip")
    newsroom = Newsroom(new_folder(tmp_path), None)  # type: ignore[arg-type] # it asks nobody
    (newsroom.folder / "data/drafts").mkdir(parents=True)

    refused = newsroom.curator("restore", bad, "--json", ok=False)

    assert refused.json["error"]["code"] == code
    assert [path.name for path in newsroom.folder.rglob("*") if path.is_file()] == []


def test_settings_that_cannot_be_read_are_named_in_the_archive(good: Path, tmp_path: Path) -> None:
    bad = rewritten(good, summed("config/curator.toml", b"a = ="), to=tmp_path / "bad.zip")
    newsroom = Newsroom(new_folder(tmp_path), None)  # type: ignore[arg-type] # it asks nobody

    refused = newsroom.curator("restore", bad, ok=False)

    assert f"{bad}/config/curator.toml" in refused.err


def test_an_archive_makes_no_database_outside_of_the_newsroom(good: Path, tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path}/elsewhere.db"
    with zipfile.ZipFile(good) as zipped:
        settings = zipped.read("config/curator.toml").decode()
    settings = re.sub(r"(?m)^url = .*sqlite.*\n", "", settings)
    settings = settings.replace("[database]\n", f'[database]\nurl = "{elsewhere}"\n')
    bad = rewritten(good, summed("config/curator.toml", settings.encode()), to=tmp_path / "bad.zip")
    newsroom = Newsroom(new_folder(tmp_path), None)  # type: ignore[arg-type] # it asks nobody

    refused = newsroom.curator("restore", bad, "--force", "--json", ok=False)
    there = (tmp_path / "elsewhere.db").exists()
    newsroom.environ["CURATOR_DATABASE__URL"] = elsewhere
    newsroom.curator("restore", bad)

    assert refused.json["error"]["code"] == "restore_database_elsewhere"
    assert (there, (tmp_path / "elsewhere.db").exists()) == (False, True)


def test_what_was_saved_before_restores_does_not_stay_for_ever(newsroom: Newsroom, tmp_path: Path) -> None:
    """Three stay however old they are, and each for thirty days."""
    data = newsroom.folder / "data"
    old = [data / f"before-restore-202001{day:02}T000000Z.zip" for day in range(1, 5)]
    for path in [
        *old,
        data / "before-other.zip",
        data / ".before-restore-20200101T000000Z.zip.99.unfinished",
    ]:
        path.write_bytes(b"saved")
    newsroom.curator("backup", tmp_path / "b.zip")

    newsroom.curator("restore", tmp_path / "b.zip", "--force")

    left = sorted(path.name for path in data.glob("*before-*"))
    assert left == ["before-other.zip", *(path.name for path in old[1:])]


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut off"], ids=["empty", "text", "cut"])
def test_what_is_no_archive_is_said(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(content)
    newsroom = Newsroom(new_folder(tmp_path), None)  # type: ignore[arg-type] # it asks nobody

    refused = newsroom.curator("restore", tmp_path / "b.zip", "--json", ok=False)

    assert refused.json["error"]["code"] == "archive_damaged"


@pytest.mark.parametrize("member", ["tables/subscribers.jsonl", "data/secret.key", "manifest.json"])
def test_a_byte_that_has_turned_is_found(member: str, good: Path, tmp_path: Path) -> None:
    """In what it holds: dates and the like that a zip says beside are of no account."""
    content = bytearray(good.read_bytes())
    with zipfile.ZipFile(good) as archive:
        named = archive.getinfo(member)
    head = named.header_offset
    begins = head + 30 + int.from_bytes(content[head + 26 : head + 28], "little")
    begins += int.from_bytes(content[head + 28 : head + 30], "little")
    content[begins + named.compress_size // 2] ^= 0xFF
    (tmp_path / "b.zip").write_bytes(content)
    newsroom = Newsroom(new_folder(tmp_path), None)  # type: ignore[arg-type] # it asks nobody

    refused = newsroom.curator("restore", tmp_path / "b.zip", "--json", ok=False)

    assert refused.json["error"]["code"].startswith("archive_")


def test_there_may_be_no_archive(newsroom: Newsroom, tmp_path: Path) -> None:
    refused = newsroom.curator("restore", tmp_path / "none.zip", "--json", ok=False)

    assert refused.json["error"]["code"] == "archive_missing"
