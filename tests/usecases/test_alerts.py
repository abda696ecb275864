"""What goes wrong is told once, and its end once, whatever is restarted in between."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any, NamedTuple

import pytest
from sqlalchemy import func, select

import curator.store.health
from builders import a_source
from curator.faces import doctor, loop, pulse, watching
from curator.faces.loop import Service
from curator.model import HeldBecause, Hold
from curator.publish import issues
from curator.store import tables as t
from curator.store.backup import LAST
from curator.work import (
    EVERY_FIVE_MINUTES,
    OUTWARD,
    RETURNS_FAILED,
    WATCHED_AT,
    WatchNewsroom,
    Work,
    due,
    take_turn,
    watched_by,
)
from newsroom import Newsroom
from postoffice import HANG_UP, post_office
from watchtower import OPS, Watchtower, hearing

READERS = [f"lettore{n}@lettori.example" for n in range(25)]


class Usage(NamedTuple):
    total: int
    used: int
    free: int


class Disk:
    """As large as a small server's."""

    TOTAL = 40 * 1024**3

    def __init__(self) -> None:
        self.share = 0.5

    def usage(self, _path: object) -> Usage:
        free = int(self.TOTAL * self.share)
        return Usage(self.TOTAL, self.TOTAL - free, free)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    made = Disk()
    monkeypatch.setattr(shutil, "disk_usage", made.usage)
    return made


@pytest.fixture
def tower(newsroom: Newsroom, disk: Disk) -> Watchtower:
    assert disk.share
    return Watchtower(newsroom)


# ── each condition: one alert, one all-clear ──


def put_source(tower: Watchtower, **values: Any) -> None:
    with tower.opened() as newsroom, newsroom.store.read() as tx:
        known = tx.connection.execute(select(func.count()).select_from(t.sources)).scalar()
    if not known:
        with tower.opened() as newsroom:
            a_source(newsroom.store)
    tower.change(t.sources.update().values({"last_success_at": tower.now, "unverified": False, **values}))


def alerted(tower: Watchtower, code: str, **values: Any) -> None:
    put_source(tower, alert={"code": code, "since": tower.now.isoformat(), "data": {}}, **values)


def well(tower: Watchtower) -> None:
    put_source(tower, alert=None, status="active", failures=0)


def an_issue(tower: Watchtower, **values: Any) -> None:
    """Closed and not sent, to 25 readers; `values` say what became of it."""
    with tower.newsletter() as newsletter:
        newsletter.publish()
        newsletter.subscribe(*READERS)
        newsletter.close()
    tower.change(t.issues.update().values(values or {"status": "closed"}))


def of_issue(tower: Watchtower, **values: Any) -> None:
    tower.change(t.issues.update().values(values))


def of_mails(tower: Watchtower, **values: Any) -> None:
    tower.change(t.deliveries.update().values({"changed_at": tower.now, **values}))


def in_doubt(tower: Watchtower) -> None:
    an_issue(tower, status="sending", begun_at=tower.now)
    of_mails(tower, state="ambiguous")


def stands_still(tower: Watchtower) -> None:
    an_issue(tower, status="sending", begun_at=tower.now)
    first = select(func.min(t.deliveries.c.id)).scalar_subquery()
    tower.change(t.deliveries.update().where(t.deliveries.c.id == first).values(state="accepted"))
    of_mails(tower)
    tower.now += timedelta(minutes=61)


def came_back(tower: Watchtower) -> None:
    an_issue(tower, status="finished", begun_at=tower.now)
    of_mails(tower, state="accepted")
    few = select(t.deliveries.c.id).limit(6)
    tower.change(t.deliveries.update().where(t.deliveries.c.id.in_(few)).values(state="failed", reply="550"))


def two_weeks_pass(tower: Watchtower) -> None:
    tower.now += timedelta(days=15)
    tower.backed_up()


def late_by_an_hour(tower: Watchtower) -> None:
    """Its moment comes, and nobody is there."""
    slot = tower.now - timedelta(minutes=61)
    an_issue(tower, status="closed", slot=slot, closed_at=slot)
    tower.house.environ["CURATOR_MAIL__URL"] = "folder:outbox"


def never_closed(tower: Watchtower) -> None:
    with tower.newsletter() as newsletter:
        newsletter.subscribe(READERS[0])
        newsletter.publish()
    tower.house.environ["CURATOR_MAIL__URL"] = "folder:outbox"
    tower.now += timedelta(days=8)
    tower.backed_up()


def closed_after_all(tower: Watchtower) -> None:
    with tower.opened() as newsroom:
        edition = newsroom.settings.default_edition
        slot = issues.due_slot(newsroom.store, newsroom.settings, edition=edition, now=tower.now)
        assert slot is not None
        with newsroom.store.begin() as tx:
            tx.mailing.issues.deal_with(edition.key, slot)


def a_notice(tower: Watchtower) -> None:
    with tower.newsletter() as newsletter:
        newsletter.subscribe(READERS[0])
    tower.change(
        t.notices.insert().values(
            kind="confirm",
            subscriber_id=select(func.min(t.subscribers.c.id)).scalar_subquery(),
            edition="it",
            message_id="<1@example.org>",
            state="pending",
            attempts=0,
            asked_at=tower.now - timedelta(minutes=61),
            changed_at=tower.now,
        )
    )


def hold(tower: Watchtower) -> None:
    with tower.opened() as newsroom, newsroom.store.begin() as tx:
        tx.holds.put(Hold(because=HeldBecause.RESTORED, since=tower.now, data={}))


def lift(tower: Watchtower) -> None:
    with tower.opened() as newsroom, newsroom.store.begin() as tx:
        tx.holds.lift()


def no_backup(tower: Watchtower) -> None:
    with tower.opened() as newsroom:
        a_source(newsroom.store)
    tower.now += timedelta(days=8, minutes=1)


def no_way_out(tower: Watchtower) -> None:
    tower.house.environ["CURATOR_MAIL__URL"] = "smtp://127.0.0.1:9"


def a_way_out(tower: Watchtower) -> None:
    tower.house.environ["CURATOR_PUBLISH__BASE_URL"] = "https://rassegna.example/"


def unreadable(tower: Watchtower) -> None:
    tower.house.environ["CURATOR_MAIL__BOUNCE_MAILBOX"] = "maildir:returned"
    tower.set(RETURNS_FAILED, "mailbox_missing")
    tower.look()
    assert tower.told == []  # not before it has lasted
    tower.now += timedelta(minutes=61)


def work_fails(tower: Watchtower, code: str | None = "template_broken") -> None:
    with tower.opened() as newsroom:
        pulse.went(newsroom.store, "PublishEdition", code, now=tower.now)
    tower.now += timedelta(minutes=61)


def break_template(tower: Watchtower) -> None:
    own = tower.house.folder / "config/templates/item.html"
    own.parent.mkdir(exist_ok=True)
    own.write_text("{% if %}")


def mend_template(tower: Watchtower) -> None:
    (tower.house.folder / "config/templates/item.html").unlink()


Step = Callable[[Watchtower], None]

CONDITIONS: dict[str, tuple[str, Step, Step]] = {
    "a source is dead": ("source 1", lambda h: alerted(h, "source_gone", status="retired"), well),
    "a source fails": ("source 1", lambda h: alerted(h, "source_failing", failures=9), well),
    "a source is silent": ("source 1", lambda h: alerted(h, "source_quiet"), well),
    "the gate failed": (
        "issue it 1 doctor_gate",
        lambda h: an_issue(h, html=b"<p>Lorem ipsum {{ titolo }}</p>"),
        lambda h: of_issue(h, status="cancelled"),
    ),
    "an issue is late": ("newsletter it", late_by_an_hour, lambda h: of_issue(h, status="finished")),
    "nobody closed an issue": ("newsletter it", never_closed, closed_after_all),
    "an issue stands still": (
        "issue it 1 doctor_standing_still",
        stands_still,
        lambda h: of_mails(h, state="accepted"),
    ),
    "deliveries are ambiguous": (
        "issue it 1 doctor_ambiguous",
        in_doubt,
        lambda h: of_mails(h, state="accepted"),
    ),
    "bounces paused an issue": (
        "issue it 1 issue_bounces",
        lambda h: an_issue(
            h,
            status="paused",
            paused_because={
                "code": "issue_bounces",
                "data": {"mails": 9, "judged": 25, "per_cent": 36.0, "most": 5.0},
            },
        ),
        lambda h: of_issue(h, status="finished", paused_because={"known": ["issue_bounces"]}),
    ),
    "many mails of a sent issue came back": (
        "issue it 1 doctor_issue_bounces",
        came_back,
        two_weeks_pass,
    ),
    "there is no backup": ("backup", no_backup, Watchtower.backed_up),
    "it is held": ("held", hold, lift),
    "nobody could leave": ("way out doctor_no_way_out", no_way_out, a_way_out),
    "returned mail cannot be read": ("returned", unreadable, lambda h: h.set(RETURNS_FAILED, "")),
    "what readers asked for does not leave": (
        "notices doctor_notices",
        a_notice,
        lambda h: h.change(t.notices.delete()),
    ),
    "work goes wrong at every try": ("work PublishEdition", work_fails, lambda h: work_fails(h, None)),
    "a template is broken": ("templates template_broken", break_template, mend_template),
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_thing_that_goes_wrong_is_told_once_and_its_end_once(tower: Watchtower, condition: str) -> None:
    key, breaks, mends = CONDITIONS[condition]
    tower.backed_up()
    if condition == "there is no backup":
        tower.set(LAST, "")

    breaks(tower)
    for _ in range(2):
        tower.look(minutes=5)
    told = tower.told
    mends(tower)
    tower.look(minutes=5)

    assert told == [("raised", key)]
    assert tower.told == [("raised", key), ("ended", key)]
    assert READERS[0] not in str(tower.documents)


def test_a_disk_at_its_limit_is_one_incident(tower: Watchtower, disk: Disk) -> None:
    for disk.share in (0.3, 0.099, 0.101, 0.095, 0.119, 0.09):
        tower.look(minutes=5)
    low = tower.told
    for disk.share in (0.121, 0.11, 0.3):
        tower.look(minutes=5)

    assert low == [("raised", "disk")]
    assert tower.told == [("raised", "disk"), ("ended", "disk")]


def test_a_damaged_database_is_found_within_a_day(tower: Watchtower, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [[], ["row 7 missing"], []]
    monkeypatch.setattr(curator.store.health, "faults", lambda _tx: found[0])
    for hours in (0, 12, 13):
        tower.look(hours=hours)
        found[0] = found[1]
    assert tower.told == [("raised", "database doctor_database_faulty")]

    found[0] = found[2]
    for hours in (1, 24):
        tower.look(hours=hours)

    assert [phase for phase, _ in tower.told] == ["raised", "ended"]


def test_of_a_large_database_the_doctor_says_what_the_daily_look_found(
    tower: Watchtower, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    monkeypatch.setattr(curator.store.health, "faults", lambda _tx: found)
    monkeypatch.setattr(curator.store.health, "LARGE", 1)
    codes = [tower.checks("database")[0].code]
    tower.look()
    found.append("row 7 missing")
    codes += [tower.checks("database")[0].code]
    tower.look(hours=25)
    codes += [tower.checks("database")[0].code]
    found.clear()
    codes += [tower.checks("database")[0].code]
    tower.look(hours=25)
    tower.now += timedelta(days=3)
    codes += [tower.checks("database")[0].code]

    whole, faulty, known = "doctor_database", "doctor_database_faulty", "doctor_database_known"
    assert codes == [whole, known, faulty, whole, whole]


def test_a_source_that_failed_and_is_gone_now_is_told_twice_and_over_once(tower: Watchtower) -> None:
    alerted(tower, "source_failing", failures=9)
    tower.look()
    alerted(tower, "source_failing", failures=0)  # it answers again, and that has to last
    tower.look(minutes=5)
    alerted(tower, "source_gone", failures=1, status="retired")
    tower.look(minutes=5)
    well(tower)
    tower.look(minutes=5)

    assert tower.told == [("raised", "source 1"), ("raised", "source 1"), ("ended", "source 1")]
    assert [d["raised"][0]["code"] for d in tower.documents[:2]] == [
        "doctor_source_failing",
        "doctor_source_gone",
    ]


# ── the mail ──


def test_the_mail_says_what_is_wrong_since_when_and_what_to_do(tower: Watchtower, disk: Disk) -> None:
    tower.house.environ |= {
        "CURATOR_ALERTS__TO": OPS,
        "CURATOR_ALERTS__COMMAND": "",
        "CURATOR_MAIL__URL": "folder:outbox",
    }
    alerted(tower, "source_gone", status="retired")
    disk.share = 0.05
    tower.look()
    well(tower)
    tower.look(minutes=30)

    wrong, over = tower.mails
    body = wrong.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert wrong["To"] == OPS
    assert "Avviso: Solo 2048 MiB liberi" in str(wrong["Subject"])
    assert str(wrong["Subject"]).endswith("(+1)")
    assert "La fonte 1 (CX Blog)" in text
    assert "curator source remove 1" in text
    assert wrong["Auto-Submitted"] == over["Auto-Submitted"] == "auto-generated"
    assert "Risolto, non vale più: La fonte 1 (CX Blog)" in str(over["Subject"])
    assert tower.house.ask("issue", "list")["issues"] == []


def test_channels_fail_apart_and_that_one_is_dumb_is_told_to_the_others(
    tower: Watchtower,
) -> None:
    tower.house.environ["CURATOR_PUBLISH__BASE_URL"] = "https://rassegna.example/"
    tower.house.environ["CURATOR_ALERTS__TO"] = f'["{OPS}", "other@example.org"]'
    alerted(tower, "source_quiet")
    with post_office() as office:
        office.at["RCPT"] = lambda _n, said: "550 no such user" if OPS in said else None
        tower.house.environ["CURATOR_MAIL__URL"] = office.url
        with hearing() as logged:
            for _ in range(3):
                tower.look(minutes=5)
        dumb = tower.checks("alerts")
        office.at.clear()
        for _ in range(2):
            tower.look(hours=2)

    assert [(check.ok, check.name) for check in dumb] == [(False, f"alerts {OPS}")]
    assert tower.told == [("raised", "source 1"), ("raised", f"alerts {OPS}"), ("ended", f"alerts {OPS}")]
    assert office.recipients == ["other@example.org"] * 2 + [OPS, "other@example.org"]
    assert [check.ok for check in tower.checks("alerts")] == [True]
    assert [each["event"] for each in logged].count("alert_untold") == 1
    assert OPS not in str(logged)


def test_what_was_over_before_anybody_heard_of_it_is_told_to_nobody(tower: Watchtower) -> None:
    tower.house.environ |= {
        "CURATOR_ALERTS__COMMAND": "",
        "CURATOR_ALERTS__TO": OPS,
        "CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/",
    }
    alerted(tower, "source_quiet")
    with post_office() as office:
        office.at["MAIL"] = lambda _n, _said: "451 not now"
        tower.house.environ["CURATOR_MAIL__URL"] = office.url
        tower.look()
        well(tower)
        office.at.clear()
        for _ in range(3):
            tower.look(hours=1)

    assert office.taken == []
    assert tower.house.ask("alerts", "list") == {"total": 0, "alerts": []}
    assert {one["key"]: one["told"] for one in tower.house.ask("alerts", "list", "--all")["alerts"]} == {
        "source 1": [],
        f"alerts {OPS}": [],
    }


def test_a_mail_in_doubt_is_told_again_as_the_same(tower: Watchtower) -> None:
    tower.house.environ |= {
        "CURATOR_ALERTS__COMMAND": "",
        "CURATOR_ALERTS__TO": OPS,
        "CURATOR_PUBLISH__BASE_URL": "https://rassegna.example/",
    }
    alerted(tower, "source_quiet")
    with post_office() as office:
        office.at["DATA"] = lambda n, _said: HANG_UP if n == 1 else None
        tower.house.environ["CURATOR_MAIL__URL"] = office.url
        tower.look()
        well(tower)  # over meanwhile: but the alert may have arrived
        for _ in range(3):
            tower.look(minutes=10)

    first, again, over = [mail.content for mail in office.taken]
    assert first == again
    assert b"Risolto" in over


# ── who tells ──


def test_of_several_processes_at_once_one_tells(
    any_newsroom: Newsroom, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have looked before any writes down what it saw."""
    assert disk.share
    looked = Barrier(4)

    def together(*of: Any, **how: Any) -> list[doctor.Check]:
        found = doctor.examine(*of, **how)
        looked.wait()
        return found

    monkeypatch.setattr(watching, "examine", together)
    tower = Watchtower(any_newsroom)
    rounds: list[tuple[str, Callable[[], None]]] = [
        ("raised", lambda: alerted(tower, "source_quiet")),
        ("ended", lambda: well(tower)),
    ]
    for _, happens in rounds:
        happens()

        def look(number: int) -> None:
            replace(tower).look(worker=f"here:{number}")

        threads = [Thread(target=look, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert tower.told == [("raised", "source 1"), ("ended", "source 1")]


def test_whoever_is_named_later_hears_of_what_is_open_then(tower: Watchtower) -> None:
    tower.house.environ["CURATOR_ALERTS__COMMAND"] = ""
    alerted(tower, "source_quiet")
    seen = tower.look()
    tower.house.environ |= {"CURATOR_ALERTS__TO": OPS, "CURATOR_MAIL__URL": "folder:outbox"}
    later = [tower.look(minutes=5) for _ in range(2)]

    assert (seen.raised, seen.told) == (1, 0)
    assert [(one.raised, one.told) for one in later] == [(0, 1), (0, 0)]
    assert len(tower.mails) == 1


def test_what_the_database_could_not_say_is_neither_wrong_nor_over(
    tower: Watchtower, monkeypatch: pytest.MonkeyPatch
) -> None:
    alerted(tower, "source_quiet")
    tower.look()
    busy = dict(doctor.CHECKS)

    def no_answer(*_: object) -> Any:
        from curator.errors import DatabaseBusy

        raise DatabaseBusy(url="…", cause="locked")

    monkeypatch.setitem(doctor.CHECKS, "sources", no_answer)
    tower.look(minutes=5)
    monkeypatch.setattr(doctor, "CHECKS", busy)
    tower.look(minutes=5)

    assert tower.told == [("raised", "source 1")]


def test_work_that_fails_at_every_try_for_an_hour_is_told_and_over_with_the_first_that_succeeds(
    tower: Watchtower,
) -> None:
    public = tower.house.folder / "public"
    public.write_text("somebody's file where the outputs should go")

    def run_once(**later: float) -> None:
        tower.now += timedelta(**later)
        with tower.opened() as newsroom:
            Service(newsroom, store=newsroom.store, clock=lambda: tower.now).once()

    run_once()
    run_once(minutes=50)
    soon = tower.told
    run_once(minutes=11)
    late = tower.told
    public.unlink()
    run_once(minutes=10)

    assert (soon, late) == ([], [("raised", "work PublishEdition")])
    assert tower.told == [("raised", "work PublishEdition"), ("ended", "work PublishEdition")]


def test_a_service_that_ended_without_a_word_is_missed(tower: Watchtower) -> None:
    heard = (tower.now - timedelta(minutes=6)).isoformat()
    never = tower.checks("service")
    tower.set(pulse.SERVICE, f"{heard} elsewhere:1:1")
    lost = tower.checks("service")
    tower.set(pulse.ONCE, heard)  # cron does its work

    assert (never, [(check.ok, check.code) for check in lost]) == ([], [(False, "doctor_service_lost")])
    assert tower.checks("service") == []


def test_nothing_is_wrong_with_a_newsroom_of_today(tower: Watchtower) -> None:
    seen = tower.look()

    assert (seen.raised, tower.told) == (0, [])


# ── the newsletter ──


SILENT = {
    "number": 1,
    "code": "issue_gate_failed",
    "problems": ["mail_unsubscribe_silent"],
    "why": [{"code": "mail_unsubscribe_silent", "field": None, "data": {"url": "https://x/", "cause": "-"}}],
}


def test_what_the_gate_found_at_the_last_try_is_told_and_the_late_issue_names_it(tower: Watchtower) -> None:
    """The way out did not answer: nobody but the gate itself asks it."""
    tower.backed_up()
    late_by_an_hour(tower)
    tower.now -= timedelta(minutes=30)
    tower.set("newsletter_held:it", json.dumps({**SILENT, "at": tower.now.isoformat()}))
    tower.look()
    soon = tower.told
    tower.look(minutes=31)
    late = tower.documents[-1]["raised"][0]
    of_issue(tower, status="finished", begun_at=tower.now)
    tower.look(minutes=5)

    assert soon == [("raised", "issue it 1 doctor_gate")]
    assert late["code"] == "doctor_late_because"
    assert "L’indirizzo per annullare l’iscrizione non risponde" in late["message"]
    assert "curator issue check 1" in late["advice"]
    assert {key for phase, key in tower.told if phase == "ended"} == {
        "issue it 1 doctor_gate",
        "newsletter it",
    }


def test_an_issue_that_is_late_stays_so_until_it_has_left_whoever_closes_it_anew(tower: Watchtower) -> None:
    tower.backed_up()
    late_by_an_hour(tower)
    tower.look()
    told = [tower.told]
    tower.house.curator("issue", "reopen", "1")
    tower.look(minutes=5)
    told += [tower.told]
    tower.house.curator("issue", "close")
    tower.look(minutes=5)
    told += [tower.told]
    of_issue(tower, status="cancelled")
    tower.look(minutes=5)

    assert told == [[("raised", "newsletter it")]] * 3
    assert tower.told == [("raised", "newsletter it"), ("ended", "newsletter it")]


@pytest.mark.parametrize(
    ("readers", "failed", "told"), [(19, 19, True), (5, 3, True), (5, 1, False), (1, 1, True)]
)
def test_in_a_small_newsletter_three_that_came_back_are_told_or_all(
    tower: Watchtower, readers: int, failed: int, *, told: bool
) -> None:
    """While others are still tried again."""
    tower.backed_up()
    an_issue(tower, status="sending", begun_at=tower.now)
    ids = [*range(1, 26)]
    among = t.deliveries.c.id
    tower.change(
        t.deliveries.delete().where(among.in_(ids[readers:])),
        t.deliveries.update().where(among.in_(ids[:readers])).values(state="accepted", changed_at=tower.now),
        t.deliveries.update().where(among.in_(ids[:failed])).values(state="failed", reply="550"),
    )
    tower.look()

    assert tower.told == [("raised", "issue it 1 doctor_issue_bounces")] * told


# ── a sick disk, two machines, a held newsroom ──


def test_a_disk_that_cannot_be_asked_is_told_and_silences_nothing(
    tower: Watchtower, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sick(_path: object) -> Usage:
        raise OSError(errno.EIO, "Input/output error")

    disk.share = 0.05
    tower.look()
    monkeypatch.setattr(shutil, "disk_usage", sick)
    alerted(tower, "source_quiet")
    tower.look(minutes=5)
    said = tower.house.curator("doctor", ok=False)
    told = tower.told
    monkeypatch.setattr(shutil, "disk_usage", disk.usage)
    tower.look(minutes=5)

    assert told == [("raised", "disk"), ("raised", "disk doctor_unreadable"), ("raised", "source 1")]
    assert "Input/output error" in said.out
    assert tower.told == [*told, ("ended", "disk doctor_unreadable")]


def test_of_two_machines_on_one_database_each_tells_of_its_own_disk(tower: Watchtower, disk: Disk) -> None:
    for _ in range(2):
        disk.share = 0.05
        tower.look(machine="full", shared=True, minutes=5)
        disk.share = 0.5
        tower.look(machine="well", shared=True, minutes=5)
    once = tower.told
    tower.look(machine="full", shared=False, minutes=5)

    assert once == [("raised", "disk @ full")]
    assert tower.told == [("raised", "disk @ full"), ("ended", "disk @ full")]


def test_each_machine_looks_at_itself_in_its_own_time(any_newsroom: Newsroom) -> None:
    tower = Watchtower(any_newsroom)
    with tower.opened() as newsroom:
        store, settings, now = newsroom.store, newsroom.settings, tower.now
        for key in (WATCHED_AT, watched_by("one")):
            take_turn(store, key, every=EVERY_FIVE_MINUTES, now=now)
        found = [due(store, settings, kind=WatchNewsroom, machine=name, now=now) for name in ("one", "two")]

    assert found == [(), (WatchNewsroom(),)]


def test_another_incident_of_the_same_number_is_another_mail(tower: Watchtower) -> None:
    """A restored newsroom counts on from the backup; who knows the Message-ID drops the mail."""
    ids = []
    for _ in range(2):
        alerted(tower, "source_quiet")
        tower.look(minutes=5)
        ids.append(tower.documents[-1]["id"])
        tower.change(t.alert_tellings.delete(), t.alerts.delete())

    assert ids[0] != ids[1]


def test_a_held_newsroom_gives_no_sign_of_life(tower: Watchtower) -> None:
    tower.house.environ["CURATOR_ALERTS__HEARTBEAT_URL"] = tower.house.web.url("/ping")
    tower.house.web["/ping"] = "fine"
    hold(tower)
    tower.look()
    asked = len(tower.house.web.asked)
    waiting = [check.code for check in tower.checks("heartbeat")]
    lift(tower)
    tower.look(minutes=5)

    assert (asked, waiting) == (0, ["doctor_heartbeat_not_yet"])
    assert len(tower.house.web.asked) == 1
    assert [check.code for check in tower.checks("heartbeat")] == ["doctor_heartbeat"]


def test_mail_to_a_folder_that_nobody_chose_tells_nobody(tower: Watchtower) -> None:
    tower.house.environ |= {"CURATOR_ALERTS__TO": OPS, "CURATOR_ALERTS__COMMAND": ""}
    alerted(tower, "source_quiet")
    seen = tower.look()
    [check] = tower.checks("alerts")
    tried = tower.house.curator("alerts", "test", "--json", ok=False).json["tried"]
    tower.house.environ["CURATOR_MAIL__URL"] = "folder:outbox"
    chosen = tower.house.curator("alerts", "test", "--json", ok=False).json["tried"]

    assert (seen.told, check.ok, check.code) == (0, False, "doctor_alerts_folder")
    assert tried[0]["left"] is chosen[0]["left"] is False
    assert "outbox" in chosen[0]["why"]
    assert tower.look(hours=1).told == 1  # what was owed is not lost


def test_the_test_alert_gives_a_sign_of_life_too(tower: Watchtower) -> None:
    tower.house.environ["CURATOR_ALERTS__HEARTBEAT_URL"] = "http://127.0.0.1:1/x"
    tried = tower.house.curator("alerts", "test", "--json", ok=False).json["tried"]

    assert [(one["channel"], one["left"]) for one in tried] == [("command", True), ("heartbeat_url", False)]


def test_nothing_leaves_until_it_is_known_whether_this_is_a_copy(
    tower: Watchtower, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object, **__: object) -> None:
        from curator.errors import DatabaseBusy

        raise DatabaseBusy(url="…", cause="locked")

    done: list[type[Work]] = []
    monkeypatch.setattr(Service, "_look", busy)

    def nothing(*_: object, kind: type[Work], **__: object) -> tuple[Work, ...]:
        done.append(kind)
        return ()

    monkeypatch.setattr(loop, "due", nothing)
    with tower.opened() as newsroom:
        Service(newsroom, store=newsroom.store, clock=lambda: tower.now).turn()

    assert done
    assert not OUTWARD & {*done}
