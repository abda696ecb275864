"""What `run` does for the newsletter while nobody looks, and what it tells whom it waits for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from curator.edges.mail import open_mailer
from curator.errors import Refused
from curator.model import IssueStatus, Problem
from curator.ports import Mailroom
from curator.publish import steering, weekly
from curator.publish.sending import send_issue
from curator.publish.week import latest_slot
from curator.settings import NewsletterSettings
from curator.store import Store
from curator.store import tables as t
from curator.work import SendIssue, due
from newsletter import SECRET, Newsletter, a_newsletter, part
from postoffice import HANG_UP, post_office

ANNA = "anna@lettori.example"


@pytest.fixture
def newsletter(store: Store, tmp_path: Path) -> Newsletter:
    return a_newsletter(store, tmp_path)


def unattended(newsletter: Newsletter, *, slot: datetime | None = None) -> weekly.Week:
    mailer = open_mailer(newsletter.settings.mail)
    try:
        return weekly.close_and_send_due(
            newsletter.store,
            Mailroom(mailer=mailer),
            newsletter.settings,
            edition=newsletter.edition,
            slot=slot,
            secret=SECRET,
            worker="here:1",
            is_gone=newsletter.gone,
            clock=lambda: newsletter.now,
            sleep=newsletter.slept.append,
        )
    finally:
        mailer.close()


def is_due(newsletter: Newsletter) -> bool:
    return bool(due(newsletter.store, newsletter.settings, kind=SendIssue, now=newsletter.now))


def stops(week: weekly.Week) -> list[tuple[int, str]]:
    return [(one.number, one.code) for one in week.stopped]


# ── when ──


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-03-23T08:00:00+00:00", "2026-03-23T08:00:00+00:00"),  # 09:00 in Rome, winter
        ("2026-03-30T06:59:59+00:00", "2026-03-23T08:00:00+00:00"),  # the clocks were put forward
        ("2026-03-30T07:00:00+00:00", "2026-03-30T07:00:00+00:00"),  # 09:00 in Rome, summer
        ("2026-10-26T07:00:00+00:00", "2026-10-19T07:00:00+00:00"),  # and put back: it is 08:00
        ("2026-10-26T08:00:00+00:00", "2026-10-26T08:00:00+00:00"),
    ],
)
def test_nine_on_monday_is_nine_in_rome_whatever_the_season(now: str, slot: str) -> None:
    found = latest_slot(NewsletterSettings(), timezone="Europe/Rome", now=datetime.fromisoformat(now))

    assert found == datetime.fromisoformat(slot)


@pytest.mark.parametrize(
    ("time", "now", "slots"),
    [
        ("02:30", datetime(2026, 3, 29, tzinfo=UTC), ["2026-03-29T01:30:00+00:00"]),  # there is no 02:30
        ("02:30", datetime(2026, 10, 25, tzinfo=UTC), ["2026-10-25T00:30:00+00:00"]),  # there are two
    ],
)
def test_a_time_that_is_skipped_or_said_twice_comes_once(time: str, now: datetime, slots: list[str]) -> None:
    newsletter = NewsletterSettings(weekday="sunday", time=time)
    quarters = [now + timedelta(minutes=15 * n) for n in range(4 * 24)]

    found = {latest_slot(newsletter, timezone="Europe/Rome", now=quarter) for quarter in quarters}

    today = sorted(slot.isoformat() for slot in found if slot.date() == now.date())
    assert today == slots


def test_a_machine_that_was_off_for_weeks_sends_one_issue_with_everything(newsletter: Newsletter) -> None:
    newsletter.publish("Della prima")
    newsletter.close(slot=newsletter.now)
    steering.cancel_issue(
        newsletter.store, newsletter.settings, edition=newsletter.edition, number=1, now=newsletter.now
    )
    newsletter.subscribe(ANNA)
    for week in range(3):
        newsletter.publish(f"Della settimana {week}")
        newsletter.later(days=7)

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        for _ in range(3):
            for work in due(newsletter.store, newsletter.settings, kind=SendIssue, now=newsletter.now):
                assert isinstance(work, SendIssue)
                unattended(newsletter, slot=work.slot)
            newsletter.later(hours=1)

    assert office.recipients == [ANNA]
    assert all(f"Della settimana {week}" in part(office.taken[0].content, "plain") for week in range(3))


def test_a_week_with_nothing_to_say_is_said_once_and_mails_nobody(newsletter: Newsletter) -> None:
    newsletter.subscribe(ANNA)
    slot = newsletter.now

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        weeks = [unattended(newsletter, slot=slot) for _ in range(3)]
        newsletter.later(days=7)
        weeks.append(unattended(newsletter, slot=newsletter.now))

    assert [week.nothing_at for week in weeks] == [slot, None, None, newsletter.now]
    assert office.taken == []


# ── what was closed is sent ──


def test_a_due_week_is_closed_and_sent_once(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe(ANNA)

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        slot = newsletter.now
        unattended(newsletter, slot=slot)
        unattended(newsletter, slot=slot)

    assert office.recipients == [ANNA]


def test_with_confirm_an_issue_waits_for_an_editor(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe(ANNA)

    with post_office() as office:
        newsletter.with_(mail={"url": office.url}, newsletter={"confirm": True})
        week = unattended(newsletter, slot=newsletter.now)

    assert office.taken == []
    assert newsletter.issue().status is IssueStatus.CLOSED
    assert (week.closed is not None, week.waits, week.sent) == (True, True, [])


@pytest.mark.parametrize(("given", "written"), [(False, 0), (True, 1)])
def test_a_folder_is_written_to_unattended_only_where_it_was_set_on_purpose(
    newsletter: Newsletter, *, given: bool, written: int
) -> None:
    newsletter.publish()
    newsletter.subscribe(ANNA)
    newsletter.with_(mail={"given": given})

    unattended(newsletter, slot=newsletter.now)

    assert newsletter.counts().written == written


def test_what_was_put_off_is_sent_when_its_time_has_come_and_not_before(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe(ANNA)

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        office.at["RCPT"] = lambda _n, _argument: "450 4.2.0 greylisted"
        unattended(newsletter, slot=newsletter.now)
        office.at.clear()
        asked = office.heard["RCPT"]
        unattended(newsletter)
        at_once = office.heard["RCPT"] - asked
        newsletter.later(hours=1)
        unattended(newsletter)

    assert at_once == 0
    assert office.recipients == [ANNA]


def test_an_issue_that_an_editor_closed_waits_for_her(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe(ANNA)
    newsletter.close()

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        unattended(newsletter)

    assert office.taken == []


# ── what stands still is told once ──


def a_gate(
    monkeypatch: pytest.MonkeyPatch, send: Callable[..., Any] = send_issue
) -> Callable[[tuple[Problem, ...]], None]:
    """The gate's word is what matters here, not what it looks at: that is tests/unit/test_gate.py's."""
    found: list[Problem] = []

    def sending(*given: object, **said: Any) -> Any:
        if found:
            raise Refused("issue_gate_failed", number=said["number"], problems=list(found))
        return send(*given, **said)

    monkeypatch.setattr(weekly, "send_issue", sending)

    def says(problems: tuple[Problem, ...]) -> None:
        found[:] = problems

    return says


def test_an_issue_that_the_gate_refuses_is_told_once_and_tried_again_later(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsletter.publish()
    newsletter.subscribe(ANNA)
    gate = a_gate(monkeypatch)
    gate((Problem(code="gate_link_dead"),))

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        refused = unattended(newsletter, slot=newsletter.now)
        gate(())
        newsletter.later(minutes=1)
        too_soon = unattended(newsletter)
        newsletter.later(minutes=10)
        sent = unattended(newsletter)

    assert stops(refused) == [(1, "issue_gate_failed")]
    assert refused.stopped[0].data == {"problems": ["gate_link_dead"]}
    assert (too_soon.sent, stops(too_soon), stops(sent)) == ([], [], [])
    assert office.recipients == [ANNA]


def test_what_held_an_issue_is_not_told_once_it_goes_on(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    newsletter.publish()
    newsletter.subscribe(ANNA)
    gate = a_gate(monkeypatch)
    gate((Problem(code="gate_link_dead"),))

    with post_office() as office:
        office.at["RCPT"] = lambda _n, _argument: "450 4.2.0 greylisted"
        newsletter.with_(mail={"url": office.url})
        unattended(newsletter, slot=newsletter.now)
        gate(())
        newsletter.later(minutes=11)
        unattended(newsletter)
        with newsletter.store.read() as tx:
            room = Mailroom(mailer=open_mailer(newsletter.settings.mail))
            edition, now = newsletter.edition, newsletter.now
            standing = list(weekly.standstills(tx, room, newsletter.settings, edition=edition, now=now))

    assert (newsletter.issue().status, standing) == (IssueStatus.SENDING, [])


def test_an_issue_that_stopped_by_itself_is_told_once(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe(ANNA)
    newsletter.close(slot=newsletter.now)
    because = {"code": "too_many_bounces", "data": {}}
    with newsletter.store.begin() as tx:
        tx.connection.execute(t.issues.update().values(status="paused", paused_because=because))

    weeks = [unattended(newsletter) for _ in range(3)]

    assert [stops(week) for week in weeks] == [[(1, "issue_paused_itself")], [], []]
    assert weeks[0].stopped[0].data == {"because": because}


def test_mails_in_doubt_are_told_once_until_there_are_more(newsletter: Newsletter) -> None:
    newsletter.publish()
    newsletter.subscribe(ANNA, "bruno@lettori.example")
    weeks = []

    with post_office() as office:
        newsletter.with_(mail={"url": office.url})
        office.at["DATA"] = lambda n, _: HANG_UP if n == 1 else "450 4.2.0 later"
        weeks += [unattended(newsletter, slot=newsletter.now), unattended(newsletter)]
        office.at["DATA"] = lambda _n, _argument: HANG_UP
        newsletter.later(hours=2)
        assert is_due(newsletter)
        weeks += [unattended(newsletter), unattended(newsletter)]

    told = [[(one.code, one.data["mails"]) for one in week.stopped] for week in weeks]
    assert told == [[("issue_in_doubt", 1)], [], [("issue_in_doubt", 2)], []]
