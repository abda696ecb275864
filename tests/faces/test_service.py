"""`run`, `doctor`, `db` and `backup`: what keeps a newsroom going."""

from __future__ import annotations

import json
import shutil
import signal
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from curator.bootstrap import open_newsroom
from curator.errors import StoreError
from curator.faces import chores
from curator.faces.clock import utcnow
from curator.model import DeliveryState
from curator.publish.week import WEEKDAYS
from curator.store.tables import deliveries
from newsroom import STORY, Answer, Newsroom, an_item, feed
from postoffice import post_office
from proving import tells_enough

ROME = ZoneInfo("Europe/Rome")


def test_once_polls_publishes_and_mails_what_is_due(newsroom: Newsroom) -> None:
    source = newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("subscriber", "add", "a@example.org", "--confirmed", "--consent", "by letter")
    newsroom.web["/feed"] = feed(an_item("1", "Keep", STORY), an_item("2", "More", STORY))
    newsroom.curator("source", "pause", source)
    newsroom.curator("source", "resume", source)  # due now
    owe_an_issue(newsroom)

    done = newsroom.ask("run", "--once")
    mailed = newsroom.ask("run", "--once", CURATOR_MAIL__URL="folder:outbox")
    again = newsroom.ask("run", "--once", CURATOR_MAIL__URL="folder:outbox")

    assert (done["sources"], done["new"], done["published"], done["failures"]) == (1, 1, 1, 0)
    assert mailed["issues"] == 1
    assert (again["sources"], again["published"], again["failures"]) == (0, 0, 0)
    assert len(list((newsroom.folder / "outbox").glob("*.eml"))) == 1


@tells_enough("postgresql")
def test_two_services_at_once_double_nothing(any_newsroom: Newsroom) -> None:
    """Nor do two machines: one issue of a week that both find due, and one mail to everybody."""
    readers = [f"lettore{n}@lettori.example" for n in range(6)]
    any_newsroom.follow(feed(an_item("1", "Keep", STORY)))
    any_newsroom.ready(any_newsroom.queue()[0]["id"])
    roster = any_newsroom.folder / "readers.csv"
    roster.write_text("\n".join(["email", *readers]))
    any_newsroom.curator("subscriber", "import", roster, "--consent", "by letter")
    any_newsroom.web["/more"] = feed(*(an_item(f"m{n}", f"Title {n}", STORY) for n in range(5)))
    any_newsroom.curator("source", "add", any_newsroom.web.url("/more"))
    owe_an_issue(any_newsroom)

    with post_office() as office:
        any_newsroom.environ |= {
            "CURATOR_MAIL__URL": office.url,
            "CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/",
        }
        both = [any_newsroom.start("run", "--once") for _ in range(2)]
        told = [service.communicate(timeout=120)[1] for service in both]

        assert [service.returncode for service in both] == [0, 0], told
        any_newsroom.curator("run", "--once")  # what one left because the other was at it
    assert len(any_newsroom.queue()) == 5
    assert len(any_newsroom.ask("issue", "list")["issues"]) == 1
    assert sorted(office.recipients) == readers


def test_nothing_leaves_unattended_where_no_mail_was_set_up(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("subscriber", "add", "a@example.org", "--confirmed", "--consent", "by letter")
    owe_an_issue(newsroom)

    newsroom.curator("run", "--once")

    assert newsroom.ask("issue", "status")["status"] == "closed"
    assert not (newsroom.folder / "outbox").exists()


def test_sources_that_fail_do_not_fail_the_run(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    del newsroom.web["/feed"]
    newsroom.curator("source", "pause", 1)
    newsroom.curator("source", "resume", 1)

    answer = newsroom.curator("run", "--once")

    assert answer.status == 0
    assert "source_polled" in answer.err


def test_one_thing_that_goes_wrong_stops_no_other(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    # Somebody's file where the outputs should go.
    (newsroom.folder / "public").write_text("mine")
    newsroom.curator("source", "pause", 1)
    newsroom.curator("source", "resume", 1)

    answer = newsroom.curator("run", "--once", "--json", ok=False)

    assert answer.status == 1
    assert (answer.json["sources"], answer.json["failures"]) == (1, 1)
    assert "PublishEdition" in answer.err


def test_an_address_is_never_logged(newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("cannot write to reader@example.org")

    def refuse(*_: object, **__: object) -> None:
        raise StoreError(cause="reader@example.org")

    monkeypatch.setattr(chores, "close_and_send_due", fail)
    monkeypatch.setattr(chores, "publish_edition", refuse)
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    owe_an_issue(newsroom)

    answer = newsroom.curator("run", "--once", ok=False)

    assert (answer.err.count("work_failed"), answer.err.count("code=database_failed")) == (1, 1)
    assert "reader@example.org" not in answer.err + answer.out


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_service_works_and_stops_when_told(newsroom: Newsroom, number: signal.Signals) -> None:
    newsroom.web["/feed"] = feed(an_item("1", "Keep", STORY))
    newsroom.curator("source", "add", newsroom.web.url("/feed"))

    service = newsroom.start("run", "--log", "json")
    assert service.stderr
    await_event(service.stderr, "source_polled")
    service.send_signal(number)
    _, err = service.communicate(timeout=60)

    assert service.returncode == 0
    assert [json.loads(line)["event"] for line in err.decode().splitlines()][-1] == "service_stopped"
    assert len(newsroom.queue()) == 1


def test_the_machine_has_a_name_in_the_log(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    item = newsroom.ready(newsroom.queue()[0]["id"])

    newsroom.curator("run", "--once")

    events = newsroom.ask("history", item)["events"]
    assert next(event["editor"] for event in events if event["move"] == "publish") == "curator"


# ── doctor ──────────────────────────────────────────────────────────────────


def test_a_fresh_newsroom_is_in_order(newsroom: Newsroom) -> None:
    found = newsroom.ask("doctor")

    assert found["ok"]
    assert all(set(check) == {"name", "ok", "message", "advice"} for check in found["checks"])
    by_name = {check["name"]: check for check in found["checks"]}
    assert by_name["base_url"]["advice"]  # readers elsewhere cannot reach localhost
    assert by_name["sources"]["advice"]


def test_every_source_says_whether_it_answers(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)), path="/a")
    newsroom.follow(feed(an_item("1", "Keep", STORY)), path="/b")
    del newsroom.web["/b"]
    newsroom.curator("poll", "--all")

    found = newsroom.ask("doctor")

    by_name = {check["name"]: check for check in found["checks"]}
    assert found["ok"]  # a dead source is an ordinary day
    assert by_name["source 1"]["advice"] is None
    assert "curator source edit 2" in by_name["source 2"]["advice"]


def test_a_key_that_others_may_read_is_no_secret(newsroom: Newsroom) -> None:
    (newsroom.folder / "data/secret.key").chmod(0o644)

    answer = newsroom.curator("doctor", "--json", ok=False)

    assert answer.status == 1
    assert [check["name"] for check in answer.json["checks"] if not check["ok"]] == ["secret"]


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda folder: (folder / "config/curator.toml").write_text("[fetch]\ntotal_timeot = 3\n"), "config"),
        (lambda folder: (folder / "data/curator.db").unlink(), "database"),
        (lambda folder: (folder / "data/curator.db").write_bytes(b"not a database at all" * 999), "database"),
        (lambda folder: (folder / "data/secret.key").unlink(), "secret"),
    ],
)
def test_what_is_broken_is_found_and_named(newsroom: Newsroom, spoil: object, name: str) -> None:
    assert callable(spoil)
    for wal in newsroom.folder.glob("data/curator.db-*"):
        wal.unlink()
    spoil(newsroom.folder)

    answer = newsroom.curator("doctor", "--json", ok=False)

    assert answer.status == 1
    wrong = [check for check in answer.json["checks"] if not check["ok"]]
    assert [check["name"] for check in wrong] == [name]
    assert wrong[0]["message"]


def test_a_mail_of_which_nobody_knows_is_for_an_editor_to_decide(newsroom: Newsroom) -> None:
    with_an_issue(newsroom)
    newsroom.curator("issue", "send")
    with open_newsroom(newsroom.folder, newsroom.environ) as opened, opened.store.begin() as tx:
        tx.connection.execute(update(deliveries).values(state=DeliveryState.AMBIGUOUS))

    answer = newsroom.curator("doctor", "--json", ok=False)

    wrong = next(check for check in answer.json["checks"] if not check["ok"])
    assert wrong["name"] == "issue it 1"
    assert "curator issue settle 1" in wrong["advice"]
    newsroom.curator("issue", "settle", 1, "--drop")
    assert newsroom.ask("doctor")["ok"]


def test_an_issue_that_should_have_left_is_late(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")
    owe_an_issue(newsroom)
    owed_since = (utcnow() - timedelta(minutes=90)).astimezone(ROME)
    newsroom.environ["CURATOR_NEWSLETTER__WEEKDAY"] = WEEKDAYS[owed_since.weekday()]
    newsroom.environ["CURATOR_NEWSLETTER__TIME"] = f"{owed_since:%H:%M}"

    unattended = newsroom.curator("doctor", "--json", ok=False, CURATOR_MAIL__URL="folder:outbox")
    by_hand = newsroom.curator("doctor", "--json", ok=False)

    def wrong(answer: Answer) -> list[str]:
        return [check["name"] for check in answer.json["checks"] if not check["ok"]]

    assert wrong(unattended) == ["backup", "newsletter it"]  # open for weeks, and never backed up
    assert wrong(by_hand) == ["backup"]  # without any mail settings nobody expects it to leave


# ── db, backup ──────────────────────────────────────────────────────────────


def test_the_schema_is_said_and_upgraded(any_newsroom: Newsroom) -> None:
    found = any_newsroom.ask("db", "current")

    assert found["current"]
    assert any_newsroom.ask("db", "upgrade")["before"] == found["head"]


def test_a_backup_holds_what_cannot_be_made_again(any_newsroom: Newsroom, tmp_path: Path) -> None:
    any_newsroom.follow(feed(an_item("1", "Keep", STORY)))
    target = tmp_path / "b.zip"

    made = any_newsroom.ask("backup", str(target))

    assert made["rows"]["entries"] == 1
    with zipfile.ZipFile(target) as archive:
        assert {"config/curator.toml", "config/editions.toml", "data/secret.key"} < set(archive.namelist())
    again = any_newsroom.curator("backup", str(target), "--json", ok=False)
    assert again.json["error"]["code"] == "backup_exists"
    assert any_newsroom.curator("backup", str(target), "--force").status == 0


def test_a_backup_into_nowhere_is_refused_in_one_line(newsroom: Newsroom) -> None:
    answer = newsroom.curator("backup", "/nowhere/b.zip", "--json", ok=False)

    assert answer.status == 1
    assert answer.json["error"]["code"] == "folder_missing"


def test_init_completes_what_is_missing(newsroom: Newsroom) -> None:
    shutil.rmtree(newsroom.folder / "config")

    made = newsroom.ask("init")
    again = newsroom.ask("init", str(newsroom.folder))

    names = ("curator", "editions", "glossary", "sources")
    assert made["created"] == [f"config/{name}.toml" for name in names]
    assert again == {"newsroom": str(newsroom.folder), "created": []}


def owe_an_issue(newsroom: Newsroom) -> None:
    """As if the newsroom had been open for years: last week's moment has come."""
    with open_newsroom(newsroom.folder, newsroom.environ) as opened, opened.store.begin() as tx:
        tx.meta.set("created_at", datetime(2020, 1, 1, tzinfo=UTC).isoformat())


def with_an_issue(newsroom: Newsroom) -> None:
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")
    newsroom.curator("subscriber", "add", "a@example.org", "--confirmed", "--consent", "by letter")
    newsroom.curator("issue", "close")


def await_event(stream: IO[bytes], event: str) -> None:
    """Read the log until it says so; a service that ends first has failed."""
    for line in stream:
        if json.loads(line)["event"] == event:
            return
    raise AssertionError(f"the service ended without {event}")
