"""Alerts where telling itself goes wrong: killed in the middle, a program that hangs, a silent heart."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from datetime import timedelta
from pathlib import Path

import pytest

from builders import a_source
from curator.edges.telling import run_program
from curator.errors import CuratorError
from curator.store import tables as t
from newsroom import Newsroom, Page
from watchtower import OPS, TELL, Watchtower, hearing

KEY = "k3y-that-nobody-may-see"


@pytest.fixture
def tower(newsroom: Newsroom) -> Watchtower:
    made = Watchtower(newsroom)
    made.backed_up()
    return made


def quiet_source(tower: Watchtower, *, quiet: bool = True) -> None:
    alert = {"code": "source_quiet", "since": tower.now.isoformat(), "data": {}} if quiet else None
    tower.change(
        t.sources.update().values(alert=alert, last_success_at=tower.now, unverified=False, status="paused"),
        t.sources.update().values(status="active", due_at=tower.now + timedelta(hours=3)),
    )


def test_whoever_is_killed_between_telling_and_noting_has_it_told_again_as_the_same(
    tower: Watchtower,
) -> None:
    with tower.opened() as newsroom:
        a_source(newsroom.store)
    quiet_source(tower)
    killed = f"{TELL}; [ -e killed ] || {{ touch killed; kill -9 $PPID; }}"
    tower.house.environ["CURATOR_ALERTS__COMMAND"] = json.dumps(["sh", "-c", killed])
    alert = tower.house.folder / "killed"

    first = tower.house.start("run", "--once")
    first.communicate(timeout=120)
    noted = tower.house.ask("alerts", "list")["alerts"][0]["told"]
    tower.set("watched_at", "")
    second = tower.house.curator("run", "--once", "--json").json
    tower.set("watched_at", "")
    third = tower.house.curator("run", "--once", "--json").json

    assert (first.returncode, alert.exists()) == (-signal.SIGKILL, True)
    assert [one["at"] for one in noted] == [None]
    assert (second["alerts"], third["alerts"]) == (0, 0)
    once, again = tower.documents
    assert once == again
    assert [one["key"] for one in once["raised"]] == ["source 1"]


def test_a_program_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    hangs = "cat > said; sleep 600 & echo $! > child; wait"

    trouble = run_program(["sh", "-c", hangs], b"{}", newsroom=tmp_path, patience=0.6)

    assert trouble is not None
    assert trouble.code == "alert_command_slow"
    child = int((tmp_path / "child").read_text())
    while Path(f"/proc/{child}").exists() and "Z" not in _state(child):
        time.sleep(0.01)
    assert (tmp_path / "said").read_text() == "{}"


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["sh", "-c", "exit 3"], "alert_command_failed"),
        (["no-such-program"], "alert_command_unusable"),
        (["sh", "-c", "kill -9 $$"], "alert_command_failed"),
    ],
)
def test_a_program_that_fails_has_told_nobody(tmp_path: Path, words: list[str], code: str) -> None:
    trouble = run_program(words, b"x" * 1_000_000, newsroom=tmp_path)

    assert trouble is not None
    assert trouble.code == code


def test_a_program_gets_nothing_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURATOR_MAIL__PASSWORD_FILE", KEY)
    monkeypatch.setenv("SMTP_PASSWORD", KEY)

    assert run_program(["sh", "-c", "env > given; cat > /dev/null"], b"{}", newsroom=tmp_path) is None

    given = (tmp_path / "given").read_text()
    assert f"CURATOR_NEWSROOM={tmp_path}" in given
    assert KEY not in given
    assert os.environ["PATH"] in given


def test_a_sign_of_life_is_given_after_each_look_and_its_failure_told_once(
    tower: Watchtower,
) -> None:
    address = tower.house.web.url(f"/ping?key={KEY}")
    tower.house.environ["CURATOR_ALERTS__HEARTBEAT_URL"] = address
    tower.house.environ["CURATOR_FETCH__ALLOW_PRIVATE"] = "[]"  # the operator's own address may be anywhere
    tower.house.web["/ping?key=" + KEY] = "fine"
    tower.look()
    heard = len(tower.house.web.asked)
    tower.house.web["/ping?key=" + KEY] = Page(b"", 500)
    with hearing() as logged:
        for _ in range(3):
            tower.look(minutes=5)
    wrong = tower.house.curator("doctor", "--json", ok=False)
    soon = tower.told
    tower.look(hours=1)
    late = tower.told
    tower.house.web["/ping?key=" + KEY] = "fine"
    for _ in range(2):
        tower.look(minutes=5)

    assert heard == 1
    assert [each["name"] for each in wrong.json["checks"] if not each["ok"]] == ["heartbeat"]
    assert (soon, late) == ([], [("raised", "heartbeat")])
    assert tower.told == [("raised", "heartbeat"), ("ended", "heartbeat")]
    assert [each["event"] for each in logged] == ["heartbeat_failed", "alert_raised"]
    assert KEY not in f"{logged}{wrong.out}{wrong.err}{tower.documents}"
    assert KEY not in repr(tower.house.ask("alerts", "list", "--all"))


def test_no_sign_of_life_comes_from_a_service_whose_database_is_gone(tower: Watchtower) -> None:
    tower.house.environ["CURATOR_ALERTS__HEARTBEAT_URL"] = tower.house.web.url("/ping")
    tower.house.web["/ping"] = "fine"
    database = tower.house.folder / "data/curator.db"
    tower.look()
    for file in database.parent.glob("curator.db*"):
        shutil.move(file, tower.house.folder / file.name)

    with pytest.raises(CuratorError):
        tower.look(minutes=5)
    once = tower.house.curator("run", "--once", ok=False)

    assert tower.house.web.asked == ["/ping"]
    assert (once.status, "curator" in once.err) == (1, True)


def test_strangers_words_reach_a_program_as_data_and_a_mail_as_text(tower: Watchtower) -> None:
    words = 'x\r\nBcc: evil@example.org\u2028"; touch pwned; $(touch pwned) `touch pwned` <b>'
    tower.house.environ |= {"CURATOR_ALERTS__TO": OPS, "CURATOR_MAIL__URL": "folder:outbox"}
    with tower.opened() as newsroom:
        a_source(newsroom.store, name=words)
    quiet_source(tower)

    tower.look()

    [document], [mail] = tower.documents, tower.mails
    assert document["raised"][0]["data"]["name"] == words
    assert not (tower.house.folder / "pwned").exists()
    assert mail["Bcc"] is None
    assert "evil@example.org" in str(mail["Subject"])
    assert mail["To"] == OPS
