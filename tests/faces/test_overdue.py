"""What the doctor says of the newsletter: what waits for an editor, and what should have left."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

import curator
from curator.bootstrap import open_newsroom
from curator.faces.clock import utcnow
from curator.faces.doctor import Check, examine
from curator.store import tables as t
from curator.work import RETURNS_FAILED
from newsroom import STORY, Newsroom, an_item, feed


@pytest.fixture
def house(newsroom: Newsroom) -> Newsroom:
    """An issue is closed and has not left, to one reader; mail goes to a server."""
    newsroom.follow(feed(an_item("1", "Keep", STORY)))
    newsroom.ready(newsroom.queue()[0]["id"])
    newsroom.curator("publish")
    newsroom.curator("subscriber", "add", "anna@example.org", "--confirmed", "--consent", "by letter")
    newsroom.curator("issue", "close")
    newsroom.environ |= {
        "CURATOR_MAIL__URL": "smtp://127.0.0.1:9",
        "CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/",
    }
    return newsroom


def checks(house: Newsroom, *names: str, later: timedelta = timedelta()) -> list[Check]:
    with open_newsroom(house.folder, house.environ) as newsroom:
        found = examine(newsroom, now=utcnow() + later)
    return [check for check in found if check.name.startswith(names)]


def change(house: Newsroom, *statements: Any) -> None:
    with open_newsroom(house.folder, house.environ) as newsroom, newsroom.store.begin() as tx:
        for statement in statements:
            tx.connection.execute(statement)


def test_mails_in_doubt_are_counted_since_when_and_no_address_is_said(house: Newsroom) -> None:
    since = datetime.fromisoformat("2026-03-02T08:00:00+00:00")
    change(
        house,
        t.issues.update().values(status="sending"),
        t.deliveries.update().values(state="ambiguous", changed_at=since),
    )

    [doubt] = checks(house, "issue it")
    said = house.curator("doctor", ok=False)

    assert (doubt.ok, doubt.code, doubt.advice) == (False, "doctor_ambiguous", "advice_settle")
    assert doubt.data == {"number": 1, "edition": "it", "ambiguous": 1, "since": since}
    assert "issue settle 1" in said.out + said.err
    assert "anna@" not in said.out + said.err


def test_why_an_issue_paused_itself_is_said_and_how_it_goes_on(house: Newsroom) -> None:
    data = {"mails": 12, "judged": 100, "per_cent": 12.0, "most": 5.0}
    change(
        house,
        t.issues.update().values(status="paused", paused_because={"code": "issue_bounces", "data": data}),
    )

    [paused] = checks(house, "issue it")
    said = house.curator("doctor", ok=False)

    assert (paused.ok, paused.code, paused.advice) == (False, "issue_bounces", "advice_resume")
    assert "12 of 100 mails (12.0 %)" in said.out
    assert "Issue 1 (it) paused itself" in said.out


def test_what_the_gate_would_refuse_is_said_before_anybody_sends(house: Newsroom) -> None:
    change(house, t.issues.update().values(html=b"<p>Lorem ipsum {{ titolo }}</p>"))

    found = checks(house, "issue it")

    assert found
    assert {check.code for check in found} == {"doctor_gate"}


def test_what_waits_for_an_editor_and_what_the_next_issue_lacks_is_said_in_time(house: Newsroom) -> None:
    """An editor closed the first: nothing starts it but she. The newsroom's own letter lacks a link."""
    own = house.folder / "config/templates/letter.html"
    own.parent.mkdir(exist_ok=True)
    ours = Path(curator.__file__).parent / "publish/templates/letter.html"
    own.write_text(ours.read_text().replace("privacy_url", "home_url"))

    waits = checks(house, "issue it")
    change(house, t.deliveries.delete(), t.issues.delete())  # as if it were not closed yet
    lacks = checks(house, "issue it")

    assert [(check.ok, check.code) for check in (*waits, *lacks)] == [
        (True, "doctor_issue_waits"),
        (True, "doctor_gate_draft"),
    ]
    assert lacks[0].data["why"].code == "mail_privacy_missing"


def test_a_newsroom_that_nobody_could_leave_is_told_so(house: Newsroom) -> None:
    assert checks(house, "way out") == []
    house.environ["CURATOR_PUBLISH__BASE_URL"] = "http://localhost:8080/"

    [check] = checks(house, "way out")

    assert (check.ok, check.code) == (False, "doctor_no_way_out")


def test_a_mailbox_that_could_not_be_read_and_mails_that_nobody_sends_are_said(house: Newsroom) -> None:
    change(
        house,
        t.meta.insert().values(key=RETURNS_FAILED, value="mailbox_missing"),
        t.notices.insert().values(
            kind="confirm",
            subscriber_id=select(func.min(t.subscribers.c.id)).scalar_subquery(),
            edition="it",
            message_id="<1@example.org>",
            state="pending",
            attempts=0,
            asked_at=utcnow(),
            changed_at=utcnow(),
        ),
    )
    house.environ["CURATOR_MAIL__BOUNCE_MAILBOX"] = "maildir:returned"

    soon = [check.code for check in checks(house, "returned", "notices")]
    later = [check.code for check in checks(house, "returned", "notices", later=timedelta(hours=2))]

    assert soon == ["doctor_returned"]
    assert later == ["doctor_returned", "doctor_notices"]
