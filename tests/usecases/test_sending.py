"""Sending an issue: what must not leave, what is held, what is found out afterwards."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from curator.edges.mail import FolderMailer
from curator.errors import MailRefused, Refused
from curator.model import DeliveryState, Event, IssueStatus
from curator.ports import Accepted, Deferred, Mail, Rejected, Unknown
from curator.publish import reachable, steering, tokens
from curator.publish.retrying import gap, judge
from curator.store import Store
from curator.store import tables as t
from newsletter import SECRET, Newsletter, a_newsletter
from postoffice import HANG_UP, PostOffice, post_office

ANNA, BRUNO, CARLA = "anna@lettori.example", "bruno@lettori.example", "carla@lettori.example"


@pytest.fixture
def newsletter(sqlite_store: Store, tmp_path: Path) -> Newsletter:
    newsletter = a_newsletter(sqlite_store, tmp_path)
    newsletter.publish()
    return newsletter


def _closed(newsletter: Newsletter, *addresses: str) -> None:
    newsletter.subscribe(*addresses)
    newsletter.close()


def _send(newsletter: Newsletter, office: PostOffice) -> dict[str, int]:
    newsletter.with_(mail={"url": office.url, "timeout": 5.0})
    newsletter.send()
    return newsletter.states()


def _events(newsletter: Newsletter) -> list[Event]:
    with newsletter.store.read() as tx:
        return [event for event in tx.events.find() if event.move.startswith("issue_")]


# ── what must not leave ──


@pytest.mark.parametrize(
    ("base_url", "public_url", "refused"),
    [
        ("http://localhost:8000/", None, True),
        ("http://127.0.0.1/", "http://[::1]:8080/", True),
        ("http://newsroom.localhost/", "https://0.0.0.0/", True),
        ("https://rassegna.example/", None, False),
        ("http://localhost:8000/", "https://serve.example/", False),
    ],
)
def test_nothing_leaves_that_nobody_could_get_away_from(
    newsletter: Newsletter, base_url: str, public_url: str | None, *, refused: bool
) -> None:
    newsletter.with_(publish={"base_url": base_url}, serve={"public_url": public_url})

    assert reachable.nobody_could_leave(newsletter.settings) is refused


def test_sending_is_refused_while_both_addresses_are_local_and_a_folder_is_not(
    newsletter: Newsletter,
) -> None:
    newsletter.with_(publish={"base_url": "http://localhost:8000/"})
    _closed(newsletter, ANNA)

    with post_office() as office, pytest.raises(Refused, match="mail_nobody_could_leave"):
        _send(newsletter, office)
    assert newsletter.issue().status is IssueStatus.CLOSED
    assert office.heard == {}


def test_an_issue_whose_words_are_not_those_of_its_seal_does_not_leave(newsletter: Newsletter) -> None:
    _closed(newsletter, ANNA)
    with newsletter.store.begin() as tx:
        tx.connection.execute(update(t.issues).values(html=b"<p>Comprate!</p>"))

    with post_office() as office, pytest.raises(Refused, match="issue_altered"):
        _send(newsletter, office)
    assert office.taken == []


def test_a_letter_that_is_changed_while_it_is_sent_stops(newsletter: Newsletter) -> None:
    """Another process closes it anew: what this sender holds is not the issue any more."""
    _closed(newsletter, ANNA, BRUNO, CARLA)

    def change(_taken: object) -> None:
        with newsletter.store.begin() as tx:
            tx.connection.execute(update(t.issues).values(content_hash="another"))

    with post_office() as office:
        office.before_answer = change
        newsletter.with_(mail={"url": office.url})
        newsletter.send()

    assert len(office.taken) == 1


def test_it_is_said_when_the_first_mail_was_handed_over(newsletter: Newsletter) -> None:
    _closed(newsletter, ANNA, BRUNO)
    with post_office() as office:
        office.at["RCPT"] = lambda _n, address: "451 later" if address == ANNA else None
        office.at["MAIL"] = lambda _n, _address: "451 later"
        newsletter.with_(mail={"url": office.url})
        newsletter.send()
        before = newsletter.issue().begun_at
        newsletter.later(minutes=2)
        office.at.clear()
        newsletter.send()

    assert (before, newsletter.issue().begun_at) == (None, newsletter.now)


def test_what_is_written_into_a_folder_has_begun_nothing(newsletter: Newsletter) -> None:
    _closed(newsletter, ANNA)
    newsletter.send()

    assert newsletter.issue().begun_at is None


def test_the_ledger_knows_what_a_bounce_comes_back_to(newsletter: Newsletter) -> None:
    _closed(newsletter, "Anna@Lettori.Example")

    with newsletter.store.read() as tx:
        row = tx.connection.execute(t.deliveries.select()).one()
    assert row.token == row.message_id.partition("@")[0].rpartition(".")[2]
    assert row.domain == "lettori.example"


# ── a server's no ──


DAY = timedelta(days=1)
LATER = Deferred(reply="451 later")
BROKEN = Deferred(reply="421 closing", whole_session=True)


@pytest.mark.parametrize(
    ("outcome", "tried_for", "others_left", "state"),
    [
        (Accepted(reply="250"), 9 * DAY, False, DeliveryState.ACCEPTED),
        (Rejected(reply="550", code=550), None, False, DeliveryState.FAILED),
        (Unknown(reply="gone"), 9 * DAY, False, DeliveryState.AMBIGUOUS),
        (LATER, None, False, DeliveryState.DEFERRED),
        (LATER, 4 * DAY, False, DeliveryState.DEFERRED),
        (LATER, 5 * DAY, False, DeliveryState.FAILED),
        # A server that is down for a week loses nobody; one that hangs up at this address alone gives up.
        (BROKEN, 9 * DAY, False, DeliveryState.DEFERRED),
        (BROKEN, 4 * DAY, True, DeliveryState.DEFERRED),
        (BROKEN, 5 * DAY, True, DeliveryState.FAILED),
    ],
)
def test_a_temporary_no_is_tried_again_for_days_and_not_so_many_times(
    outcome: Accepted | Deferred | Rejected | Unknown,
    tried_for: timedelta | None,
    others_left: bool,  # noqa: FBT001 - a column of the table
    state: DeliveryState,
) -> None:
    now = datetime(2026, 3, 9, tzinfo=UTC)
    first_try = None if tried_for is None else now - tried_for

    verdict = judge(
        outcome, attempts=99, first_try=first_try, retry=5 * DAY, others_left=others_left, now=now
    )

    assert verdict.state is state


def test_the_gaps_grow() -> None:
    gaps = [gap(attempts) for attempts in range(1, 9)]

    assert gaps == sorted(gaps)
    assert (gaps[0], gaps[-1]) == (timedelta(minutes=1), timedelta(hours=8))


def test_an_address_that_is_always_put_off_is_given_up_after_the_days_that_are_set(
    newsletter: Newsletter,
) -> None:
    newsletter.with_(mail={"retry_days": 2.0})
    _closed(newsletter, ANNA)
    with post_office() as office:
        office.at["RCPT"] = lambda _n, _address: "452 mailbox full"
        states = []
        for _ in range(4):
            states.append(_send(newsletter, office))
            newsletter.later(hours=23)

    assert states == [{"deferred": 1}] * 3 + [{"failed": 1}]
    assert newsletter.issue().status is IssueStatus.FINISHED


def test_a_file_whose_issue_is_reopened_while_it_is_written_is_nobodys(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    _closed(newsletter, ANNA)
    written = FolderMailer.send

    def and_reopened(mailer: FolderMailer, mail: Mail, **said: Any) -> object:
        outcome = written(mailer, mail, **said)
        with newsletter.store.begin() as tx:
            tx.connection.execute(delete(t.deliveries))
        return outcome

    monkeypatch.setattr(FolderMailer, "send", and_reopened)
    newsletter.send()

    assert list((newsletter.folder / "outbox").iterdir()) == []


# ── too many come back ──


def _readers(number: int) -> list[str]:
    return [f"lettore{n:02}@lettori.example" for n in range(number)]


def test_an_issue_that_too_many_servers_refuse_is_paused_and_an_editor_may_go_on(
    newsletter: Newsletter,
) -> None:
    _closed(newsletter, *_readers(60))
    with post_office() as office:
        office.at["RCPT"] = lambda n, _address: "550 no such user" if n <= 3 else None
        states = _send(newsletter, office)

        issue = newsletter.issue()
        assert issue.status is IssueStatus.PAUSED
        assert issue.paused_because is not None
        assert issue.paused_because["code"] == "issue_bounces"
        assert states["failed"] == 3
        assert states["pending"] > 0
        steering.resume_issue(newsletter.store, edition=newsletter.edition, by="chiara", now=newsletter.now)
        assert _send(newsletter, office) == {"accepted": 57, "failed": 3}
    assert [(event.move, event.editor) for event in _events(newsletter)][:2] == [
        ("issue_resume", "chiara"),
        ("issue_pause", "curator"),
    ]


def test_a_reason_that_is_over_is_not_told_as_todays(newsletter: Newsletter) -> None:
    _closed(newsletter, ANNA)
    issue = newsletter.issue()
    said: dict[str, Any] = {"edition": newsletter.edition, "now": newsletter.now}
    with newsletter.store.begin() as tx:
        tx.mailing.issues.move(issue, to=IssueStatus.SENDING, allowed=(IssueStatus.CLOSED,))
        tx.mailing.issues.begin(issue, now=newsletter.now)
        steering.hold(tx, issue, code="issue_bounces", data={}, known=(), now=newsletter.now)
    resumed = steering.resume_issue(newsletter.store, **said)
    steering.pause_issue(newsletter.store, **said)

    # Begun although the ledger knows of no outcome yet: with `newsletter.confirm` nobody starts it again.
    assert resumed.status is IssueStatus.SENDING
    assert newsletter.issue().paused_because == {"known": ["issue_bounces"]}


def test_a_few_mails_say_nothing_of_the_share_that_bounces(newsletter: Newsletter) -> None:
    _closed(newsletter, *_readers(19))
    with post_office() as office:
        office.at["RCPT"] = lambda n, _address: "550 no such user" if n <= 9 else None

        assert _send(newsletter, office) == {"accepted": 10, "failed": 9}


@pytest.mark.parametrize(
    ("kind", "mails", "paused"),
    [
        ("hard", 1, None),
        ("hard", 2, "issue_bounces"),
        ("complaint", 1, None),
        ("complaint", 2, "issue_complaints"),
        ("soft", 9, None),
    ],
)
def test_what_comes_back_while_it_is_sent_pauses_it_too(
    newsletter: Newsletter, kind: str, mails: int, paused: str | None
) -> None:
    _closed(newsletter, *_readers(30))
    with post_office() as office:
        office.at["RCPT"] = lambda n, _address: "451 later" if n > 22 else None
        _send(newsletter, office)
        with newsletter.store.begin() as tx:
            rows = [
                {"fingerprint": f"f{n}", "delivery_id": n, "kind": kind, "at": newsletter.now}
                for n in range(1, mails + 1)
            ]
            tx.connection.execute(insert(t.bounces), rows)
        newsletter.later(minutes=2)
        newsletter.send()

    issue = newsletter.issue()
    assert (issue.paused_because or {}).get("code") == paused
    assert (issue.status is IssueStatus.PAUSED) is (paused is not None)


def test_what_editors_do_with_an_issue_is_on_record_without_addresses(newsletter: Newsletter) -> None:
    _closed(newsletter, ANNA, BRUNO)
    said: dict[str, Any] = {"edition": newsletter.edition, "by": "chiara", "now": newsletter.now}
    steering.pause_issue(newsletter.store, **said)
    steering.resume_issue(newsletter.store, **said)
    with post_office() as office:
        office.at["DATA"] = lambda _n, address: HANG_UP if address == ANNA else None
        _send(newsletter, office)
    steering.settle_issue(newsletter.store, emails=[ANNA], resend=False, **said)

    events = [event for event in _events(newsletter) if event.editor == "chiara"]
    assert [event.move for event in events] == ["issue_settle", "issue_resume", "issue_pause"]
    assert events[0].after == {"number": 1, "decision": "drop", "deliveries": 1}
    assert "lettori.example" not in repr(events)


# ── what is in doubt, and a log that knows ──


def _with_log(
    newsletter: Newsletter, office: PostOffice, lines: Callable[[str], list[str]]
) -> dict[str, int]:
    """Send again; the log speaks of the mail in doubt by its Message-ID."""
    issue = newsletter.issue()
    with newsletter.store.read() as tx:
        (doubtful,) = tx.mailing.deliveries.in_state(issue, DeliveryState.AMBIGUOUS)
    log = newsletter.folder / "mail.log"
    log.write_text("\n".join(lines(doubtful.message_id)) + "\n")
    newsletter.with_(mail={"log": log, "url": office.url})
    newsletter.send()
    return newsletter.states()


def _line(words: str, *, minutes: float = 0) -> str:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(minutes=minutes)
    return f"{at.isoformat()} mx postfix/{words}"


def _taken(message_id: str) -> list[str]:
    return [
        _line(f"cleanup[8]: 4D5F2A0C11: message-id={message_id}"),
        _line("qmgr[4]: 4D5F2A0C11: from=<a@b.example>, size=4100, nrcpt=1 (queue active)"),
    ]


def _lost(message_id: str) -> list[str]:
    return [
        _line("smtpd[7]: connect from localhost[127.0.0.1]", minutes=-9),
        _line("smtpd[7]: 4D5F2A0C11: client=localhost[127.0.0.1]"),
        _line(f"cleanup[8]: 4D5F2A0C11: message-id={message_id}"),
        _line("smtpd[7]: lost connection after DATA (99 bytes) from localhost[127.0.0.1]"),
    ]


def test_the_log_of_another_server_proves_nothing(newsletter: Newsletter) -> None:
    """mail.url is elsewhere; this machine's Postfix served somebody just then, and the mail is not in it."""
    _closed(newsletter, ANNA)

    def others(_message_id: str) -> list[str]:
        return [
            _line("qmgr[4]: AAAAAAAAAA: removed", minutes=-60),
            _line("smtpd[9]: connect from localhost[127.0.0.1]", minutes=-1),
            _line("smtpd[9]: BBBBBBBBBB: client=localhost[127.0.0.1]", minutes=-1),
            _line("smtpd[9]: disconnect from localhost[127.0.0.1]", minutes=1),
        ]

    with post_office() as office:
        office.at["DATA"] = lambda _n, _address: HANG_UP
        _send(newsletter, office)
        office.at.clear()

        assert _with_log(newsletter, office, others) == {"ambiguous": 1}
        newsletter.send()
    assert office.recipients == [ANNA]


@pytest.mark.parametrize("ambiguous", ["hold", "resend"])
@pytest.mark.parametrize(
    ("lines", "copies"), [(_taken, 1), (_lost, 2), (lambda _message_id: ["nothing of use"], None)]
)
def test_a_log_that_knows_puts_an_end_to_doubt(
    newsletter: Newsletter, lines: Callable[[str], list[str]], copies: int | None, ambiguous: str
) -> None:
    newsletter.with_(newsletter={"ambiguous": ambiguous})
    _closed(newsletter, ANNA, BRUNO)
    with post_office() as office:
        office.at["DATA"] = lambda _n, address: HANG_UP if address == ANNA else None
        _send(newsletter, office)
        office.at.clear()
        states = _with_log(newsletter, office, lines)

    if copies is None:  # as the settings say
        copies = 2 if ambiguous == "resend" else 1
        assert states == ({"accepted": 2} if ambiguous == "resend" else {"accepted": 1, "ambiguous": 1})
    else:
        assert states == {"accepted": 2}
    assert office.recipients.count(ANNA) == copies


# ── who leaves ──


def test_whoever_leaves_right_before_data_gets_nothing(newsletter: Newsletter) -> None:
    _closed(newsletter, ANNA)
    with post_office() as office:

        def leave(_n: int, address: str) -> None:
            newsletter.unsubscribe(address)

        office.at["RCPT"] = leave

        assert _send(newsletter, office) == {"suppressed": 1}
    assert office.taken == []


def test_a_mail_on_its_way_is_begun_by_nobody_else(newsletter: Newsletter) -> None:
    """Not even by the sender that holds it: its message is out."""
    _closed(newsletter, ANNA)
    again: list[bool] = []

    def begin(_taken: object) -> None:
        issue, now = newsletter.issue(), newsletter.now
        with newsletter.store.begin() as tx:
            (mail,) = tx.mailing.deliveries.in_state(issue, DeliveryState.IN_DATA)
            said: dict[str, Any] = {"address_hash": "", "worker": "here:1", "lease_until": now, "now": now}
            again.append(tx.mailing.deliveries.begin_data(issue, mail, **said))

    with post_office() as office:
        office.before_answer = begin

        assert _send(newsletter, office) == {"accepted": 1}
    assert again == [False]


def test_an_issue_that_is_paused_right_before_data_stops(newsletter: Newsletter) -> None:
    _closed(newsletter, ANNA, BRUNO)
    with post_office() as office:

        def pause(_n: int, _address: str) -> None:
            office.at.clear()
            steering.pause_issue(newsletter.store, edition=newsletter.edition, now=newsletter.now)

        office.at["RCPT"] = pause

        assert _send(newsletter, office) == {"pending": 2}
    assert office.taken == []


def test_a_mail_that_another_sender_has_taken_in_hand_by_now_is_his(newsletter: Newsletter) -> None:
    _closed(newsletter, ANNA)
    with post_office() as office:

        def take(_n: int, _address: str) -> None:
            with newsletter.store.begin() as tx:
                tx.connection.execute(update(t.deliveries).values(lease_by="elsewhere:1"))

        office.at["RCPT"] = take

        assert _send(newsletter, office) == {"pending": 1}
    assert office.taken == []


def test_whoever_is_suppressed_right_before_data_gets_nothing(newsletter: Newsletter) -> None:
    """A bounce of another edition's mail, say, that comes in while the server thinks about RCPT."""
    _closed(newsletter, ANNA, BRUNO)

    def suppress(_n: int, address: str) -> str | None:
        if address == BRUNO:
            with newsletter.store.begin() as tx:
                fingerprint = tokens.address_hash(SECRET, BRUNO)
                tx.mailing.subscribers.suppress(fingerprint, reason="bounced", now=newsletter.now)
        return None

    with post_office() as office:
        office.at["RCPT"] = suppress

        assert _send(newsletter, office) == {"accepted": 1, "suppressed": 1}
    assert office.recipients == [ANNA]


def test_nothing_is_left_in_hand_when_a_server_hangs_up(newsletter: Newsletter) -> None:
    """What was leased with the mails before it is free for others at once."""
    _closed(newsletter, *_readers(9))
    with post_office() as office:
        office.at["MAIL"] = lambda n, _address: "421 closing" if n > 4 else None
        _send(newsletter, office)

    with newsletter.store.read() as tx:
        leased = t.deliveries.select().where(t.deliveries.c.lease_by.is_not(None))
        assert tx.connection.execute(leased).all() == []
    assert newsletter.counts().accepted == 4


def test_no_log_in_leaves_nobody_in_hand_and_nobody_used_up(newsletter: Newsletter) -> None:
    _closed(newsletter, *_readers(3))
    with post_office() as office:
        newsletter.with_(mail={"url": office.url.replace("smtp:", "smtp+starttls:")})
        with pytest.raises(MailRefused):
            newsletter.send()

    with newsletter.store.read() as tx:
        rows = tx.connection.execute(t.deliveries.select()).all()
    assert {(row.lease_by, row.attempts, row.first_try) for row in rows} == {(None, 0, None)}


def test_two_workers_in_turn_never_get_one_row_twice(store: Store, tmp_path: Path) -> None:
    newsletter = a_newsletter(store, tmp_path)
    newsletter.publish()
    _closed(newsletter, *_readers(25))
    issue = newsletter.issue()
    got = []
    for turn in range(6):
        with store.begin() as tx:
            mails = tx.mailing.deliveries.claim(
                issue,
                to_folder=False,
                worker=f"here:{turn % 2}",
                now=newsletter.now,
                lease_until=newsletter.now + timedelta(hours=1),
                most=5,
            )
        got += [mail.id for mail in mails]

    assert len(got) == len(set(got)) == 25


def test_what_a_server_said_is_not_lost_to_a_locked_database(newsletter: Newsletter) -> None:
    """Somebody else writes for long; the answer cannot be asked again, so it is kept until there is room."""
    _closed(newsletter, ANNA)
    newsletter.store = Store(newsletter.store.url.render_as_string(), busy_timeout=0.05)
    other = sqlite3.connect(str(newsletter.store.path), isolation_level=None, check_same_thread=False)

    class Slept(list[float]):
        def append(self, seconds: float) -> None:
            super().append(seconds)
            other.execute("ROLLBACK")

    newsletter.slept = Slept()
    with post_office() as office:
        office.before_answer = lambda _mail: other.execute("BEGIN IMMEDIATE")

        assert _send(newsletter, office) == {"accepted": 1}
    assert newsletter.slept == [1]
    assert office.recipients == [ANNA]
    other.close()
    newsletter.store.close()
