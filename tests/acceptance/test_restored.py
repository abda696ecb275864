"""A newsroom that goes on after a restore: no second copy, nobody back who left, no other id.

The real program, the real archive, a real SMTP server that remembers every mail, on both engines.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from newsroom import STORY, Newsroom, an_item, feed
from postoffice import PostOffice, post_office
from proving import of_the_proof, tells_enough

READERS = [f"reader{n}@example.org" for n in range(8)]
LEFT, ERASED = READERS[:3], READERS[3]


@dataclass
class World:
    newsroom: Newsroom
    office: PostOffice
    backup: Path
    items: list[int] = field(default_factory=list)

    def ids(self) -> dict[str, tuple[str, str]]:
        """As readers have them in the feed: (id, published) by address."""
        document = json.loads((self.newsroom.folder / "public/feed.json").read_text())
        atom = (self.newsroom.folder / "public/feed.atom").read_text()
        known = dict(re.findall(r"<id>([^<]+)</id>\s*<title[^>]*>[^<]*Titolo (\d+)", atom))
        assert known
        return {item["url"]: (item["id"], item["date_published"]) for item in document["items"]}

    def restore(self) -> None:
        self.newsroom.curator("restore", self.backup, "--force")

    def resume(self, *more: str | int) -> Any:
        return self.newsroom.ask("resume", "--after-restore", *more)

    def goes_on(self) -> None:
        """All that it would do by itself."""
        self.newsroom.curator("run", "--once")

    def lose_the_journal(self) -> None:
        (self.newsroom.folder / "data/journal").unlink()


@pytest.fixture
def world(any_newsroom: Newsroom, tmp_path: Path) -> Iterator[World]:
    with a_world(any_newsroom, tmp_path) as made:
        yield made


@pytest.fixture
def world_in_a_file(newsroom: Newsroom, tmp_path: Path) -> Iterator[World]:
    with a_world(newsroom, tmp_path) as made:
        yield made


@contextmanager
def a_world(newsroom: Newsroom, folder: Path) -> Iterator[World]:
    """Three items ready, eight readers, a mail server."""
    with post_office() as office:
        newsroom.environ |= {
            "CURATOR_MAIL__URL": office.url,
            "CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/",
        }
        made = World(newsroom, office, folder / "backup.zip")
        newsroom.follow(feed(*(an_item(str(n), f"Story {n}", STORY) for n in range(3))))
        made.items = sorted(item["id"] for item in newsroom.queue())
        for item_id in made.items:
            newsroom.ready(item_id, f"Titolo {item_id}")
        people = newsroom.folder.parent / "readers.csv"
        people.write_text("email\n" + "\n".join(READERS) + "\n")
        newsroom.curator("subscriber", "import", people, "--consent", "by letter")
        yield made


def test_a_backup_from_before_everything(world: World) -> None:
    """Backup; then first publications, a sent issue, three unsubscribes and an erasure; restore."""
    newsroom = world.newsroom
    newsroom.curator("backup", world.backup)
    newsroom.curator("publish")
    newsroom.curator("issue", "close")
    newsroom.curator("issue", "send")
    for address in LEFT:
        newsroom.curator("subscriber", "unsubscribe", address)
    newsroom.curator("subscriber", "erase", ERASED)
    ids = world.ids()
    assert sorted(world.office.recipients) == READERS

    world.restore()
    held = newsroom.curator("publish", ok=False)
    newsroom.curator("run", "--once")
    assert (held.status, len(world.office.taken)) == (1, 8)
    looked = world.resume("--dry-run")
    done = world.resume()
    world.goes_on()
    newsroom.curator("issue", "close")  # nothing is new
    newsroom.curator("issue", "send", ok=False)

    assert (looked["lifted"], done["lifted"], done["journal"]) == (False, True, "whole")
    assert looked["replayed"] == done["replayed"]
    assert done["replayed"]["people"] == 4
    assert done["replayed"]["mails"] == 8
    assert sorted(done["replayed"]["published"]) == world.items
    assert world.ids() == ids
    assert sorted(world.office.recipients) == READERS
    statuses = {one["email"]: one["status"] for one in newsroom.ask("subscriber", "list")["subscribers"]}
    assert ERASED not in statuses
    assert {statuses.get(address) for address in LEFT} <= {"unsubscribed", None}
    newsroom.ready(newsroom_new(newsroom), "Titolo 99")
    newsroom.curator("publish")
    assert newsroom.ask("issue", "close")["number"] == 2
    newsroom.curator("issue", "send")
    assert sorted(world.office.recipients[8:]) == READERS[4:]


def newsroom_new(newsroom: Newsroom) -> int:
    """One more item."""
    newsroom.web["/feed"] = feed(an_item("9", "Story 9", STORY))
    newsroom.curator("poll", "--all")
    found: int = newsroom.queue()[0]["id"]
    return found


@tells_enough("sqlite")
def test_a_day_of_which_the_backup_knows_nothing(world: World) -> None:
    """Polled, written, published and sent after it: written again it is the same, and mailed to nobody."""
    newsroom = world.newsroom
    newsroom.curator("backup", world.backup)
    newsroom.ready(newsroom_new(newsroom), "Titolo 99")
    newsroom.curator("publish")
    newsroom.curator("issue", "close")
    newsroom.curator("issue", "send")
    ids = world.ids()
    assert len(ids) == 4

    world.restore()
    world.resume()
    world.goes_on()
    newsroom.ready(newsroom_new(newsroom), "Titolo 99, di nuovo")
    newsroom.curator("publish")
    nothing = newsroom.ask("issue", "close")
    newsroom.curator("issue", "send", ok=False)

    assert world.ids() == ids
    assert nothing["items"] == []
    assert sorted(world.office.recipients) == READERS


def test_a_backup_from_the_middle_of_sending(world: World) -> None:
    """It goes on with those who have not got it, and with nobody else."""
    newsroom, office = world.newsroom, world.office
    newsroom.curator("publish")
    newsroom.curator("issue", "close")
    office.at["DATA"] = lambda nth, _to: "421 enough" if nth > 2 else None
    newsroom.curator("issue", "send")
    newsroom.curator("backup", world.backup)
    office.at["DATA"] = lambda nth, _to: "421 enough" if nth > 9 else None
    newsroom.curator("issue", "send", ok=False)
    before = len(office.taken)
    office.at.clear()
    assert 2 < before < 8

    world.restore()
    done = world.resume()
    again = world.resume()
    newsroom.curator("issue", "send")

    assert done["issues"][0] | {"subject": ""} == {
        "edition": "it",
        "number": 1,
        "subject": "",
        "before": "sending",
        "after": "sending",
        "mails": before - 2,
        "in_doubt": 0,
        "waiting": 8 - before,
    }
    assert (again["held"], again["lifted"]) == (None, False)
    assert sorted(office.recipients) == READERS


def test_a_backup_and_no_journal(world_in_a_file: World) -> None:
    """Nobody can know who has got it: nobody gets it again, but where an editor names it."""
    world = world_in_a_file
    newsroom, office = world.newsroom, world.office
    newsroom.curator("publish")
    newsroom.curator("issue", "close")
    newsroom.curator("backup", world.backup)
    ids = world.ids()
    newsroom.curator("issue", "send")

    world.lose_the_journal()
    world.restore()
    done = world.resume()
    world.goes_on()
    refused = newsroom.curator("issue", "send", ok=False)

    assert (done["journal"], done["issues"][0]["after"]) == ("lost", "cancelled")
    assert refused.status == 1
    assert world.ids() == ids
    assert sorted(office.recipients) == READERS


def put_in_its_place(journal: Path, earlier: Path) -> None:
    """As `cp` does, into the very file."""
    shutil.copy(earlier, journal)


def brought(journal: Path, earlier: Path) -> None:
    """As from another disk."""
    journal.unlink()
    shutil.copy2(earlier, journal)


def of_another_machine(journal: Path, _earlier: Path) -> None:
    at = re.findall(r"^(\S+) stood", journal.read_text(), re.MULTILINE)[-1]
    journal.unlink()
    journal.with_name("journal.host2").write_text(f"{at} notice 0123456789ab\n")


@pytest.mark.parametrize(
    ("spoil", "copied"),
    [
        (put_in_its_place, "while it is sent"),
        (of_another_machine, "before the backup"),
        pytest.param(put_in_its_place, "before the backup", marks=of_the_proof),
        pytest.param(brought, "while it is sent", marks=of_the_proof),
    ],
)
def test_a_journal_that_is_a_copy_proves_nothing_about_what_came_after(
    world_in_a_file: World, tmp_path: Path, spoil: Callable[[Path, Path], None], copied: str
) -> None:
    """The machine died after its last hourly copy, and in between everybody had got their mail."""
    world = world_in_a_file
    newsroom, office = world.newsroom, world.office
    journal, earlier = newsroom.folder / "data/journal", tmp_path / "hourly"
    newsroom.curator("publish")
    newsroom.curator("issue", "close")
    shutil.copy2(journal, earlier)
    newsroom.curator("backup", world.backup)
    if copied == "while it is sent":
        office.at["DATA"] = lambda nth, _to: "421 enough" if nth > 2 else None
        newsroom.curator("issue", "send", ok=False)
        shutil.copy2(journal, earlier)
        office.at.clear()
    newsroom.curator("issue", "send")

    spoil(journal, earlier)
    world.restore()
    looked = world.resume("--dry-run")
    done = world.resume()
    world.goes_on()
    refused = newsroom.curator("issue", "send", ok=False)

    assert looked["journal"] == done["journal"] != "whole"
    assert [one["after"] for one in done["issues"]] == ["cancelled"]
    assert refused.status == 1
    assert sorted(office.recipients) == READERS


def test_the_same_backup_restored_again_knows_no_more(world_in_a_file: World) -> None:
    """Somebody leaves while it is held, and after it went on: written down, and not the whole story."""
    world = world_in_a_file
    newsroom = world.newsroom
    newsroom.curator("publish")
    newsroom.curator("issue", "close")
    newsroom.curator("backup", world.backup)
    newsroom.curator("issue", "send")
    world.lose_the_journal()
    world.restore()
    newsroom.curator("subscriber", "unsubscribe", READERS[0])

    world.restore()
    first = world.resume()
    newsroom.curator("subscriber", "unsubscribe", READERS[1])
    world.restore()
    again = world.resume()
    newsroom.curator("issue", "send", ok=False)

    assert [first["issues"][0]["after"], again["issues"][0]["after"]] == ["cancelled", "cancelled"]
    assert again["replayed"]["people"] == 2
    assert sorted(world.office.recipients) == READERS


def test_an_issue_that_an_editor_names_goes_on(world_in_a_file: World) -> None:
    world = world_in_a_file
    newsroom = world.newsroom
    newsroom.curator("publish")
    newsroom.curator("issue", "close")
    newsroom.curator("backup", world.backup)

    world.lose_the_journal()
    world.restore()
    done = world.resume("--issue", 1)
    newsroom.curator("issue", "send")

    assert done["issues"][0]["after"] == "closed"
    assert sorted(world.office.recipients) == READERS


def test_an_old_database_file_put_back_is_noticed(world_in_a_file: World) -> None:
    """No restore, no word of anybody: a copy of the file, in the place of the newer one."""
    world = world_in_a_file
    newsroom = world.newsroom
    newsroom.curator("publish")
    database = newsroom.folder / "data/curator.db"
    copy = newsroom.folder.parent / "copy.db"
    with closing(sqlite3.connect(database)) as there, closing(sqlite3.connect(copy)) as here:
        there.backup(here)
    newsroom.curator("issue", "close")
    newsroom.curator("issue", "send")

    for name in ("curator.db", "curator.db-wal", "curator.db-shm"):
        (newsroom.folder / "data" / name).unlink(missing_ok=True)
    copy.rename(database)
    closed = newsroom.curator("issue", "close", ok=False)
    newsroom.curator("run", "--once")
    done = world.resume()
    nothing = newsroom.ask("issue", "close")

    assert (closed.status, "held" in closed.err) == (1, True)
    assert done["held"]["because"] == "restored"
    assert [(one["before"], one["after"], one["mails"]) for one in done["issues"]] == [(None, "cancelled", 8)]
    assert nothing["items"] == []
    assert sorted(world.office.recipients) == READERS
