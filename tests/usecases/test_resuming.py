"""A newsroom that is held goes on when somebody says so: what is said of it, and what holds it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from builders import NOW
from curator.faces.clock import utcnow
from curator.model import HeldBecause, Hold, Whereabouts
from curator.publish import holding, journal
from curator.settings import Settings
from curator.store import Store
from newsroom import STORY, Newsroom, an_item, feed

AT_HOME = Whereabouts(itself="11", where="one:/srv/curator.db")


@pytest.mark.parametrize(
    ("place", "held"),
    [
        (Whereabouts(itself="11", where="one:/srv/elsewhere/curator.db"), None),  # mv
        (Whereabouts(itself="11", where="two:/data/curator.db"), None),  # another container, the same volume
        (Whereabouts(itself="99", where="one:/srv/curator.db"), None),  # put back by cp
        (Whereabouts(itself="99", where="one:/srv/copy/curator.db"), HeldBecause.COPIED),
        (Whereabouts(itself="99", where="two:/srv/curator.db"), HeldBecause.COPIED),
        (None, None),
    ],
)
def test_only_another_file_in_another_place_is_a_copy(
    sqlite_store: Store, tmp_path: Path, place: Whereabouts | None, held: HeldBecause | None
) -> None:
    settings = Settings(newsroom=tmp_path, editions={})
    assert holding.look(sqlite_store, settings, place=AT_HOME, now=NOW) is None

    hold = holding.look(sqlite_store, settings, place=place, now=NOW)
    again = holding.look(sqlite_store, settings, place=AT_HOME, now=NOW)

    assert (hold and hold.because) == held
    assert (again and again.because) == held  # until somebody says that it goes on


def test_a_database_of_a_cluster_knows_itself(store: Store, tmp_path: Path) -> None:
    settings = Settings(newsroom=tmp_path, editions={})
    holding.look(store, settings, place=None, now=NOW)
    with store.begin() as tx:
        remembered = tx.meta.get(holding.PLACE)
        if remembered:
            tx.meta.set(holding.PLACE, "7/7\n7/7")  # as a copy of another database would have it

    hold = holding.look(store, settings, place=None, now=NOW)

    assert (hold is None) == (store.path is not None)


def publish_one(newsroom: Newsroom) -> int:
    newsroom.follow(feed(an_item("1", "Story", STORY)))
    item_id = newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")
    return item_id


def hold(newsroom: Newsroom, **data: str) -> None:
    store = Store(f"sqlite:///{newsroom.folder}/data/curator.db")
    with store.begin() as tx:
        tx.holds.put(Hold(because=HeldBecause.RESTORED, since=utcnow(), data=data))
    store.close()


DOORS: Sequence[Sequence[str]] = (
    ("publish",),
    ("issue", "close"),
    ("issue", "reopen", "1"),
    ("issue", "send"),
    ("issue", "test", "1", "--to", "marta@example.org"),
    ("withdraw", "1", "--reason", "mistake", "--now"),
)


@pytest.mark.parametrize("words", DOORS, ids=" ".join)
def test_a_held_newsroom_speaks_to_nobody(newsroom: Newsroom, words: Sequence[str]) -> None:
    publish_one(newsroom)
    newsroom.curator("subscriber", "add", "a@example.org", "--confirmed", "--consent", "by letter")
    newsroom.curator("issue", "close")
    before = {path: path.read_bytes() for path in (newsroom.folder / "public").rglob("*") if path.is_file()}
    hold(newsroom)

    refused = newsroom.curator(*words, ok=False)

    assert refused.status == 1
    assert "resume --after-restore" in refused.err
    assert {path: path.read_bytes() for path in before} == before
    assert not (newsroom.folder / "outbox").exists()


def test_run_goes_on_reading_while_it_is_held(newsroom: Newsroom) -> None:
    publish_one(newsroom)
    newsroom.web["/feed"] = feed(an_item("1", "Story", STORY), an_item("2", "News", STORY))
    source = newsroom.ask("source", "list")["sources"][0]["id"]
    newsroom.curator("source", "pause", source)
    newsroom.curator("source", "resume", source)
    hold(newsroom)

    done = newsroom.curator("run", "--once", "--json")

    assert (done.json["new"], done.json["published"], done.json["failures"]) == (1, 0, 0)
    assert done.err.count("newsroom_held") == 1


def test_a_copied_folder_is_held_until_somebody_says_that_it_goes_on(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    publish_one(newsroom)
    shutil.copytree(newsroom.folder, tmp_path / "copy")
    copy = Newsroom(tmp_path / "copy", newsroom.web)

    refused = copy.curator("publish", ok=False)
    unasked = copy.curator("resume", ok=False)
    done = copy.ask("resume", "--after-restore")
    copy.curator("publish")
    newsroom.curator("publish")  # the other one never noticed
    last = next(one for one in copy.ask("log")["events"] if one["move"] == "newsroom_resume")

    assert (refused.status, unasked.status) == (1, 1)
    assert (done["held"]["because"], done["lifted"]) == ("copied", True)
    assert (last["editor"], last["after"]["because"]) == ("marta", "copied")


def test_a_folder_put_back_from_a_copy_in_its_own_place_is_held(newsroom: Newsroom, tmp_path: Path) -> None:
    """As a volunteer's backup by tar does it. Moved away and back it is the same one."""
    publish_one(newsroom)
    newsroom.folder.rename(tmp_path / "moved")
    (tmp_path / "moved").rename(newsroom.folder)
    newsroom.curator("publish")
    shutil.copytree(newsroom.folder, tmp_path / "copy")
    shutil.rmtree(newsroom.folder)
    shutil.copytree(tmp_path / "copy", newsroom.folder)

    refused = newsroom.curator("publish", ok=False)

    assert (refused.status, "resume --after-restore" in refused.err) == (1, True)
    assert newsroom.ask("resume", "--after-restore")["journal"] == "partial"


def test_an_issue_that_was_opened_again_after_the_backup_waits_for_its_editor(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    publish_one(newsroom)
    newsroom.curator("subscriber", "add", "a@example.org", "--confirmed", "--consent", "by letter")
    newsroom.curator("issue", "close")
    newsroom.curator("backup", tmp_path / "b.zip")
    newsroom.curator("issue", "reopen", 1)

    newsroom.curator("restore", tmp_path / "b.zip", "--force")
    done = newsroom.ask("resume", "--after-restore")

    assert (done["journal"], done["issues"][0]["after"]) == ("whole", "paused")


def test_what_was_ready_at_the_backup_comes_in_no_issue_unasked_where_the_journal_is_lost(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    """It may have been published and mailed since: nobody can know."""
    newsroom.follow(feed(an_item("1", "Story", STORY)))
    item_id = newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("subscriber", "add", "a@example.org", "--confirmed", "--consent", "by letter")
    newsroom.curator("backup", tmp_path / "b.zip")
    (newsroom.folder / "data/journal").unlink()

    newsroom.curator("restore", tmp_path / "b.zip", "--force")
    done = newsroom.ask("resume", "--after-restore")
    newsroom.curator("publish")
    closed = newsroom.ask("issue", "close")
    pinned = newsroom.ask("issue", "edit", "--pin", item_id)

    assert (done["journal"], done["left_out"]) == ("lost", [item_id])
    assert closed["items"] == []
    assert pinned["items"] == [item_id]


def test_a_journal_that_was_lost_is_missed_until_the_next_backup(newsroom: Newsroom, tmp_path: Path) -> None:
    def is_missed() -> bool:
        checks = newsroom.curator("doctor", "--json", ok=False).json["checks"]
        return not next(one["ok"] for one in checks if one["name"] == "journal")

    publish_one(newsroom)
    newsroom.curator("backup", tmp_path / "one.zip")
    before = is_missed()
    (newsroom.folder / "data/journal").unlink()
    lost = is_missed()
    newsroom.curator("issue", "close")
    still = is_missed()
    newsroom.curator("backup", tmp_path / "two.zip")

    assert (before, lost, still, is_missed()) == (False, True, True, False)


def test_it_says_what_the_journal_cannot_know(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.curator("backup", tmp_path / "b.zip")
    newsroom.curator("restore", tmp_path / "b.zip", "--force")

    said = newsroom.curator("resume", "--after-restore").out

    assert "corrections made after the backup" in said


def test_a_newsroom_that_is_not_held_has_nothing_to_resume(newsroom: Newsroom) -> None:
    done = newsroom.ask("resume", "--after-restore")

    assert (done["held"], done["lifted"], done["issues"]) == (None, False, [])


def test_looking_changes_nothing(newsroom: Newsroom) -> None:
    publish_one(newsroom)
    hold(newsroom)

    looked = newsroom.ask("resume", "--after-restore", "--dry-run")

    assert (looked["dry_run"], looked["lifted"]) == (True, False)
    assert newsroom.curator("publish", ok=False).status == 1


def test_a_restore_that_was_interrupted_is_repeated_first(newsroom: Newsroom) -> None:
    hold(newsroom, unfinished="True")

    refused = newsroom.curator("resume", "--after-restore", ok=False)

    assert "curator restore FILE" in refused.err


def test_what_was_withdrawn_after_the_backup_is_withdrawn_again(newsroom: Newsroom, tmp_path: Path) -> None:
    item_id = publish_one(newsroom)
    newsroom.curator("backup", tmp_path / "b.zip")
    newsroom.curator("withdraw", item_id, "--reason", "a mistake", "--now")

    newsroom.curator("restore", tmp_path / "b.zip", "--force")
    done = newsroom.ask("resume", "--after-restore")
    newsroom.curator("run", "--once")

    assert done["replayed"]["withdrawn"] == [item_id]
    assert newsroom.ask("show", item_id)["status"] == "withdrawn"
    assert "Titolo" not in (newsroom.folder / "public/feed.atom").read_text()


def test_what_was_withdrawn_after_the_backup_leaves_its_issue_before_a_mail_can(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    newsroom.follow(feed(an_item("1", "Story", STORY), an_item("2", "News", STORY)))
    stays, goes = (newsroom.ready(one["id"]) for one in newsroom.queue())
    newsroom.curator("publish")
    newsroom.curator("issue", "close")
    newsroom.curator("backup", tmp_path / "b.zip")
    newsroom.curator("withdraw", goes, "--reason", "a mistake", "--now")

    newsroom.curator("restore", tmp_path / "b.zip", "--force")
    newsroom.curator("resume", "--after-restore")

    issue = newsroom.ask("issue", "show", 1)
    assert (issue["status"], issue["items"]) == ("closed", [stays])


def test_an_issue_of_which_nothing_is_left_is_written_down_as_cancelled(newsroom: Newsroom) -> None:
    item_id = publish_one(newsroom)
    newsroom.curator("issue", "close")

    newsroom.curator("withdraw", item_id, "--reason", "a mistake", "--now")

    found = journal.read(Settings(newsroom=newsroom.folder, editions={}))
    assert found.cancelled == {("it", 1)}


def test_what_was_published_and_withdrawn_after_the_backup_never_comes(
    newsroom: Newsroom, tmp_path: Path
) -> None:
    newsroom.follow(feed(an_item("1", "Story", STORY)))
    item_id = newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("backup", tmp_path / "b.zip")
    newsroom.curator("publish")
    newsroom.curator("withdraw", item_id, "--reason", "a mistake", "--now")

    newsroom.curator("restore", tmp_path / "b.zip", "--force")
    newsroom.curator("resume", "--after-restore")
    newsroom.curator("run", "--once")

    assert newsroom.ask("show", item_id)["status"] == "drafting"
    assert not list((newsroom.folder / "public/items").glob("*.html"))


def test_an_item_of_after_the_backup_leaves_its_address_to_nobody(newsroom: Newsroom, tmp_path: Path) -> None:
    newsroom.curator("backup", tmp_path / "b.zip")
    publish_one(newsroom)

    newsroom.curator("restore", tmp_path / "b.zip", "--force")
    done = newsroom.ask("resume", "--after-restore")
    newsroom.follow(feed(an_item("2", "Another story", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")

    assert done["replayed"]["gone"] == ["it/titolo"]
    assert [path.stem for path in (newsroom.folder / "public/items").glob("*.html")] == ["titolo-2"]


def test_without_a_journal_no_late_issue_is_sent(newsroom: Newsroom) -> None:
    """Three weeks have passed since the backup: whatever was sent in them, nobody gets it a second time."""
    item_id = publish_one(newsroom)
    newsroom.curator("subscriber", "add", "a@example.org", "--confirmed", "--consent", "by letter")
    database = newsroom.folder / "data/curator.db"
    (newsroom.folder / "data/journal").unlink()
    long_ago = utcnow() - timedelta(days=21)
    with closing(sqlite3.connect(database)) as there, there:
        there.execute("UPDATE meta SET value = ? WHERE key = 'created_at'", (long_ago.isoformat(),))
    hold(newsroom, made_at=long_ago.isoformat())

    done = newsroom.ask("resume", "--after-restore")
    newsroom.curator("run", "--once", CURATOR_MAIL__URL="folder:outbox")
    pinned = newsroom.ask("issue", "edit", "--pin", item_id)

    assert (done["journal"], list(done["slots"]), done["left_out"]) == ("lost", ["it"], [item_id])
    assert not (newsroom.folder / "outbox").exists()
    assert pinned["items"] == [item_id]
