"""The machine lets us down (FAULTS 28 and 33): one clear line, exit 1, nothing half done, and it recovers."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from sqlalchemy import create_engine, text

from curator.bootstrap import open_newsroom
from curator.store.tables import SCHEMA_HEAD
from hardship import SmallDisk, moved_in, permissions_count, read_only, small_disk
from newsroom import STORY, Answer, Newsroom, Web, an_item, feed, serving

READ: list[list[str | int]] = [
    ["queue"],
    ["source", "list"],
    ["show", 1],
    ["review", 2],
    ["log"],
    ["subscriber", "list"],
]
WRITE: list[list[str | int]] = [
    ["poll", "--all"],
    ["claim", 3],
    ["write", 2, "--note", "Un'altra."],
    ["approve", 2],
    ["publish"],
    ["subscriber", "add", "new@example.org"],
    ["source", "import"],
    ["source", "pause", 1],
    ["issue", "close"],
]

EVERYTHING: list[list[str | int]] = [*READ, *WRITE, ["run", "--once"]]


@pytest.fixture(scope="module")
def stocked(tmp_path_factory: pytest.TempPathFactory, module_web: Web) -> Newsroom:
    """Three items: published, drafting with all it needs, queued; one subscriber."""
    newsroom = Newsroom(tmp_path_factory.mktemp("stocked") / "newsroom", module_web)
    return stock(newsroom)


@pytest.fixture(scope="module")
def module_web() -> Iterator[Web]:
    with serving() as pages:
        yield pages


@pytest.fixture
def newsroom(stocked: Newsroom, tmp_path: Path) -> Newsroom:
    """A copy of the stocked one, to be spoilt."""
    return copy_of(stocked, tmp_path / "newsroom")


def stock(newsroom: Newsroom) -> Newsroom:
    newsroom.follow(feed(*(an_item(str(n), f"Post {n}", STORY) for n in (1, 2, 3))))
    newsroom.ready(1)
    newsroom.curator("publish")
    newsroom.curator("write", 2, "--headline", "Titolo", "--note", "Una nota.")
    newsroom.curator("subscriber", "add", "ada@example.org", "--confirmed", "--consent", "a voce")
    return newsroom


def copy_of(newsroom: Newsroom, folder: Path) -> Newsroom:
    shutil.copytree(newsroom.folder, folder)
    moved_in(folder)
    return Newsroom(folder, newsroom.web)


def state(newsroom: Newsroom) -> list[Any]:
    """All that is in the store, as far as commands show it."""
    asked: list[list[str | int]] = [
        ["items"],
        ["entries"],
        ["log"],
        ["subscriber", "list"],
        ["issue", "list"],
    ]
    return [newsroom.ask(*words) for words in asked]


def refused(answer: Answer, code: str) -> None:
    """One clear line, exit 1, and under --json the error and nothing else."""
    assert (answer.status, answer.err.count("\n")) == (1, 1), answer
    assert answer.json.keys() == {"error"}
    assert answer.json["error"]["code"] == code, answer.err
    assert answer.json["error"]["message"] == answer.err.strip()
    assert "Traceback" not in answer.err
    assert "{" not in answer.err  # a placeholder that nobody filled


# ── hard days: each is spoilt within the `with`, and mended after it ──


@contextmanager
def other_content(path: Path, content: Callable[[bytes], bytes]) -> Iterator[None]:
    before = path.read_bytes()
    path.write_bytes(content(before))
    yield
    path.write_bytes(before)


@contextmanager
def away(path: Path) -> Iterator[None]:
    path.rename(path.with_name("elsewhere"))
    yield
    path.with_name("elsewhere").rename(path)


@contextmanager
def a_folder_at(path: Path) -> Iterator[None]:
    with away(path):
        path.mkdir()
        yield
        path.rmdir()


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    before = path.stat().st_mode
    path.chmod(bits)
    with permissions_count():
        yield
    path.chmod(before)


@contextmanager
def said_in_the_database(path: Path, statement: str, mending: str) -> Iterator[None]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(statement)
    yield
    connection.execute(mending)
    connection.close()


Day = Callable[[Path], AbstractContextManager[None]]

NOTHING_WORKS: dict[str, tuple[Day, str]] = {
    "no database": (lambda folder: away(folder / "data/curator.db"), "database_missing"),
    "a folder in its place": (lambda folder: a_folder_at(folder / "data/curator.db"), "database_missing"),
    "an empty file": (
        lambda folder: other_content(folder / "data/curator.db", lambda _: b""),
        "schema_missing",
    ),
    "no database at all": (
        lambda folder: other_content(folder / "data/curator.db", lambda _: b"nonsense" * 999),
        "database_unusable",
    ),
    "a database with a hole": (
        lambda folder: other_content(
            folder / "data/curator.db", lambda whole: whole[:4096] + b"\xff" * (len(whole) - 4096)
        ),
        "database_unusable",
    ),
    "a newer program's": (
        lambda folder: said_in_the_database(
            folder / "data/curator.db",
            "UPDATE alembic_version SET version_num = '9999'",
            f"UPDATE alembic_version SET version_num = '{SCHEMA_HEAD}'",
        ),
        "schema_newer",
    ),
    "an unreadable database": (lambda folder: mode(folder / "data/curator.db", 0), "database_unusable"),
    "a read-only folder": (lambda folder: mode(folder / "data", 0o555), "database_unusable"),
    "a folder nobody may enter": (lambda folder: mode(folder / "data", 0), "database_unusable"),
    "no settings": (lambda folder: away(folder / "config"), "newsroom_not_there"),
    "no editions": (lambda folder: away(folder / "config/editions.toml"), "settings_unreadable"),
    "unreadable settings": (lambda folder: mode(folder / "config/curator.toml", 0), "settings_unreadable"),
    "settings that are no TOML": (
        lambda folder: other_content(folder / "config/curator.toml", lambda _: b"[fetch\n"),
        "settings_not_toml",
    ),
    "settings in Latin 1": (
        lambda folder: other_content(folder / "config/curator.toml", lambda _: b"# perch\xe9\n"),
        "settings_not_utf8",
    ),
    "a slip in the settings": (
        lambda folder: other_content(
            folder / "config/curator.toml", lambda _: b"[fetch]\ntotal_timeot = 3\n"
        ),
        "settings_unknown",
    ),
}

NOTHING_IS_WRITTEN: dict[str, tuple[Day, str]] = {
    "locked": (
        lambda folder: said_in_the_database(folder / "data/curator.db", "BEGIN EXCLUSIVE", "ROLLBACK"),
        "database_busy",
    ),
    "a read-only database": (lambda folder: mode(folder / "data/curator.db", 0o444), "database_unusable"),
}


@pytest.mark.parametrize(("day", "code"), NOTHING_WORKS.values(), ids=NOTHING_WORKS)
def test_where_nothing_can_be_done_every_command_says_why(newsroom: Newsroom, day: Day, code: str) -> None:
    before = state(newsroom)

    with day(newsroom.folder):
        for words in EVERYTHING:
            refused(newsroom.curator(*words, "--json", ok=False), code)

    assert state(newsroom) == before
    assert newsroom.ask("doctor")["ok"]


@pytest.mark.parametrize(("day", "code"), NOTHING_IS_WRITTEN.values(), ids=NOTHING_IS_WRITTEN)
def test_where_nothing_can_be_written_readers_go_on(newsroom: Newsroom, day: Day, code: str) -> None:
    before = state(newsroom)

    with day(newsroom.folder):
        for words in READ:
            newsroom.curator(*words)
        for words in WRITE:
            refused(newsroom.curator(*words, "--json", ok=False, CURATOR_DATABASE__BUSY_TIMEOUT="0.1"), code)

    assert state(newsroom) == before
    for words in WRITE:
        newsroom.curator(*words)


def test_a_disk_that_becomes_read_only_stops_writers_with_a_reason_and_no_reader_of_the_pages(
    newsroom: Newsroom,
) -> None:
    before = state(newsroom)
    serving = newsroom.start("serve", "--port", 0, "--json")
    assert serving.stdout
    port = json.loads("".join(serving.stdout.readline().decode() for _ in range(5)))["port"]

    with read_only(newsroom.folder) as mountable:
        for words in READ:  # the service holds the database open, so others can still read it
            newsroom.curator(*words)
        backup: list[str | int] = ["backup", str(newsroom.folder / "b.zip")]
        more: list[list[str | int]] = [["issue", "send"], backup, ["tidy"]]
        for words in (*WRITE, *more):
            answer = newsroom.curator(*words, "--json", ok=False)
            assert answer.status == 1, (words, answer)
            refused(answer, answer.json["error"]["code"])
        said = newsroom.curator("claim", 3, ok=False).err
        once = newsroom.curator("run", "--once", ok=False)
        doctor = newsroom.curator("doctor", "--json", ok=False)
        with urlopen(f"http://127.0.0.1:{port}/feed.atom", timeout=20) as found:
            page = found.read()
        with suppress(HTTPError):  # what needs the database may be refused
            urlopen(f"http://127.0.0.1:{port}/websub/x", timeout=20)
        assert serving.poll() is None
    serving.terminate()
    _, log = serving.communicate(timeout=60)

    assert "Read-only file system" in said or not mountable
    assert (doctor.status, "Traceback" in doctor.err) == (1, False)
    assert (once.status, "Traceback" in once.err) == (1, False)
    assert page == (newsroom.folder / "public/feed.atom").read_bytes()
    assert (serving.returncode, b"Traceback" in log) == (0, False)
    assert state(newsroom) == before
    for words in WRITE:
        newsroom.curator(*words)


def test_without_a_postgresql_server_every_command_says_so(newsroom: Newsroom) -> None:
    nobody = "postgresql+psycopg://curator:s3cret@127.0.0.1:9/curator"
    for words in EVERYTHING:
        answer = newsroom.curator(*words, "--json", ok=False, CURATOR_DATABASE__URL=nobody)

        refused(answer, "database_unusable")
        assert "s3cret" not in answer.out + answer.err


def test_a_table_that_another_process_holds_is_waited_for_and_said(
    tmp_path: Path, module_web: Web, postgresql_url: str
) -> None:
    newsroom = stock(Newsroom(tmp_path / "newsroom", module_web, database__url=postgresql_url))
    before = state(newsroom)
    engine = create_engine(postgresql_url)

    with engine.begin() as connection:
        connection.execute(text("LOCK TABLE items, entries, sources, commentaries"))
        for words in (["claim", 3], ["write", 2, "--note", "Un'altra."], ["publish"], ["queue"]):
            answer = newsroom.curator(*words, "--json", ok=False, CURATOR_DATABASE__BUSY_TIMEOUT="0.1")
            refused(answer, "database_busy")

    engine.dispose()
    assert state(newsroom) == before
    newsroom.curator("claim", 3)


# ── a full disk ──


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path / "disk") as made:
        yield made


def test_on_a_full_disk_every_command_says_so_and_nothing_is_lost(stocked: Newsroom, disk: SmallDisk) -> None:
    newsroom = copy_of(stocked, disk.folder / "newsroom")
    before = state(newsroom)

    with disk.full():
        for words in WRITE:
            refused(newsroom.curator(*words, "--json", ok=False), "database_unusable")
        doctor = newsroom.curator("doctor", "--json", ok=False)

    assert {"database"} <= {check["name"] for check in doctor.json["checks"] if not check["ok"]}
    assert "disk" in {check["name"] for check in doctor.json["checks"]}  # it is why the database fails
    assert state(newsroom) == before
    for words in WRITE:
        newsroom.curator(*words)


def test_a_disk_that_fills_up_in_the_middle_of_a_poll_keeps_whole_sources_only(
    stocked: Newsroom, disk: SmallDisk
) -> None:
    newsroom = copy_of(stocked, disk.folder / "newsroom")
    newsroom.web["/long"] = feed(*(an_item(f"l{n}", f"Long {n}", STORY * 40) for n in range(40)))
    newsroom.ask("source", "add", newsroom.web.url("/long"))

    with disk.full(but=100_000):
        refused(newsroom.curator("poll", "--json", ok=False), "database_unusable")
    entries = newsroom.ask("entries", "--limit", 1000)["total"]
    newsroom.curator("poll")

    assert entries == 3
    assert newsroom.ask("entries", "--limit", 1000)["total"] == 43


def test_a_disk_that_fills_up_while_files_are_written_leaves_the_old_ones_whole(
    stocked: Newsroom, disk: SmallDisk
) -> None:
    newsroom = copy_of(stocked, disk.folder / "newsroom")
    newsroom.ready(3)
    for _ in range(6):  # a note that takes more room in the outputs than in the store
        newsroom.curator("write", 3, "--note", "Una nota lunga. " * 4_000)
    newsroom.curator("approve", 3)
    public = contents(newsroom.folder / "public")

    with disk.full(but=220_000):
        answer = newsroom.curator("publish", "--json", ok=False)
    assert answer.json["error"]["code"] in {"output_failed", "database_unusable"}
    assert (answer.status, answer.err.count("\n")) == (1, 1)
    assert contents(newsroom.folder / "public") == public

    newsroom.curator("publish")
    assert newsroom.ask("show", 3)["status"] == "published"
    assert b"Una nota lunga." in (newsroom.folder / "public/feed.atom").read_bytes()


def contents(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


# ── files and folders ──


def test_a_read_only_public_folder_keeps_what_readers_have_and_is_made_good_later(newsroom: Newsroom) -> None:
    newsroom.curator("approve", 2)
    public = contents(newsroom.folder / "public")

    with mode(newsroom.folder / "public", 0o555):
        refused(newsroom.curator("publish", "--json", ok=False), "output_failed")
    assert contents(newsroom.folder / "public") == public

    newsroom.curator("publish")
    assert b"Titolo" in (newsroom.folder / "public/feed.atom").read_bytes()
    assert newsroom.ask("publish")["published"] == []


def test_a_read_only_outbox_sends_nothing_and_later_everything_once(newsroom: Newsroom) -> None:
    newsroom.curator("issue", "close")
    outbox = newsroom.folder / "outbox"
    outbox.mkdir(exist_ok=True)

    with mode(outbox, 0o555):
        answer = newsroom.curator("issue", "send", "--json", ok=False)
    assert (answer.status, list(outbox.rglob("*.eml"))) == (1, [])
    refused(answer, answer.json["error"]["code"])

    assert newsroom.ask("issue", "send")["written"] == 1
    assert len(list(outbox.rglob("*.eml"))) == 1


@pytest.mark.parametrize(
    ("content", "code"), [(None, "file_missing"), (b"perch\xe9", "file_not_utf8")], ids=["missing", "Latin 1"]
)
def test_a_note_file_that_cannot_be_read_changes_nothing(
    newsroom: Newsroom, tmp_path: Path, content: bytes | None, code: str
) -> None:
    before = state(newsroom)
    if content is not None:
        (tmp_path / "note.md").write_bytes(content)

    for option in ("--note-file", "--excerpt-file"):
        refused(newsroom.curator("write", 3, option, tmp_path / "note.md", "--json", ok=False), code)

    assert state(newsroom) == before


def test_a_key_that_is_lost_stops_what_needs_it_and_nothing_else(newsroom: Newsroom) -> None:
    with away(newsroom.folder / "data/secret.key"):
        newsroom.curator("poll", "--all")
        newsroom.curator("publish")
        refused(newsroom.curator("issue", "close", "--json", ok=False), "secret_unreadable")

    assert newsroom.ask("issue", "close")["selected"] == 1


# ── what is not there ──

BY_ID = """
show | claim | release | skip | requeue | write --note x | review | approve | preview | withdraw --reason x
history | undo | source show | source pause | source resume | source remove | source edit --name x | poll
entries --source | issue show | issue preview | issue send | issue status | issue pause | issue cancel
""".replace("\n", "|")
COMMANDS_BY_ID = [command.split() for command in BY_ID.split("|") if command.strip()]


def test_an_id_that_is_not_there_is_named_by_every_command(any_newsroom: Newsroom) -> None:
    for unknown in (0, 999):
        for words in COMMANDS_BY_ID:
            answer = any_newsroom.curator(*words, unknown, "--json", ok=False)

            refused(answer, "not_found")
            assert str(unknown) in answer.err


def test_an_edition_that_is_not_there_is_named_with_those_that_are(newsroom: Newsroom) -> None:
    before = state(newsroom)

    for words in (
        ["write", 3, "--note", "x"],
        ["review", 2],
        ["approve", 2],
        ["publish"],
        ["issue", "close"],
    ):
        answer = newsroom.curator(*words, "--edition", "zz", "--json", ok=False)
        refused(answer, "edition_unknown")
        assert "it" in answer.json["error"]["data"]["known"]

    assert state(newsroom) == before


# ── everything at once ──


def test_a_run_in_which_everything_fails_ends_and_the_next_makes_it_good(newsroom: Newsroom) -> None:
    newsroom.curator("approve", 2)
    with open_newsroom(newsroom.folder, newsroom.environ) as opened, opened.store.begin() as tx:
        tx.meta.set("created_at", datetime(2020, 1, 1, tzinfo=UTC).isoformat())  # an issue is owed
    newsroom.web["/page"] = feed(an_item("p", "Page", STORY))
    newsroom.curator("source", "add", newsroom.web.url("/page"))
    newsroom.web["/page"] = "<!doctype html><p>Sold."
    outbox = newsroom.folder / "outbox"
    outbox.mkdir(exist_ok=True)

    def run() -> Answer:
        return newsroom.curator("run", "--once", "--json", ok=False, CURATOR_MAIL__URL="folder:outbox")

    with mode(newsroom.folder / "public", 0o555), mode(outbox, 0o555):
        bad = [run(), run()]
    good = [run(), run()]

    assert [(each.status, each.json["failures"]) for each in bad] == [(1, 2), (1, 2)]
    assert "Traceback" not in "".join(each.err for each in bad)
    assert [(each.status, each.json["failures"]) for each in good] == [(0, 0), (0, 0)]
    assert b"Titolo" in (newsroom.folder / "public/feed.atom").read_bytes()
    assert len(list(outbox.rglob("*.eml"))) == 1
