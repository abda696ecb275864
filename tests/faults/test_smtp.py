"""What servers do to mails, and what becomes of the ledger: nobody twice, nobody skipped."""

from __future__ import annotations

import socket
from datetime import timedelta
from pathlib import Path

import pytest

from curator.edges.mail import FolderMailer, SmtpMailer, server_of
from curator.errors import MailRefused
from curator.model import IssueStatus
from curator.ports import Accepted, Deferred, HandOver, Mail, Rejected, Unknown
from curator.publish import steering
from curator.settings import MailSettings
from curator.store import Store
from newsletter import Newsletter, a_newsletter, read_mail
from postoffice import HANG_UP, PostOffice, line_server, post_office

MAIL = b"Subject: prova\r\n\r\nUno\r\n.\r\n..Due\r\n"
ANNA, BRUNO, CARLA = "anna@lettori.example", "bruno@lettori.example", "carla@lettori.example"


@pytest.fixture
def newsletter(sqlite_store: Store, tmp_path: Path) -> Newsletter:
    """Three readers and a closed issue; how states are kept on both engines is proved elsewhere."""
    newsletter = a_newsletter(sqlite_store, tmp_path)
    newsletter.publish()
    newsletter.subscribe(ANNA, BRUNO, CARLA)
    newsletter.close()
    return newsletter


def _send(newsletter: Newsletter, office: PostOffice) -> dict[str, int]:
    newsletter.with_(mail={"url": office.url, "timeout": 5.0})
    newsletter.send()
    return newsletter.states()


def _hand_over(port: int, *, timeout: float = 5.0, scheme: str = "smtp") -> HandOver:
    settings = MailSettings(url=f"{scheme}://localhost:{port}", timeout=timeout)
    mailer = SmtpMailer(server_of(settings))
    try:
        return mailer.send(Mail(sender="a@aicex.example", recipient=ANNA, message=MAIL, name="it-1.x"))
    finally:
        mailer.close()


# ── one mail ──


def test_a_mail_arrives_byte_for_byte() -> None:
    with post_office() as office:
        assert isinstance(_hand_over(office.port), Accepted)

    assert office.taken[0].content == MAIL


@pytest.mark.parametrize(
    ("word", "answer", "outcome"),
    [
        ("MAIL", "451 later", Deferred),
        ("MAIL", "550 not from you", Deferred),
        ("RCPT", "450 greylisted", Deferred),
        ("RCPT", "452 too many", Deferred),
        ("RCPT", "550 no such user", Rejected),
        ("RCPT", "421 closing", Deferred),
        ("DATA", "451 later", Deferred),
        ("DATA", "552 mailbox full", Rejected),
        ("DATA", "550 spam", Rejected),
        ("DATA", "421 closing", Deferred),
        ("MAIL", HANG_UP, Deferred),
        ("RCPT", HANG_UP, Deferred),
        ("DATA", HANG_UP, Unknown),
    ],
)
def test_every_answer_has_its_meaning(word: str, answer: str, outcome: type) -> None:
    with post_office() as office:
        office.at[word] = lambda _n, _said: answer

        assert isinstance(_hand_over(office.port), outcome)


def test_nobody_listening_is_no_ones_fault() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        outcome = _hand_over(unused.getsockname()[1])

    assert isinstance(outcome, Deferred)
    assert outcome.whole_session


def _speak(connection: socket.socket, *, until: bytes) -> None:
    """An obedient server that falls silent at one word."""
    connection.sendall(b"220 here\r\n")
    in_data = False
    with connection.makefile("rb") as lines:
        for line in lines:
            if line.startswith(until):
                lines.read()  # and says nothing more
                return
            if not in_data:
                in_data = line == b"DATA\r\n"
                connection.sendall(b"354 go\r\n" if in_data else b"250 ok\r\n")


@pytest.mark.parametrize(
    ("until", "outcome"), [(b"ehlo", Deferred), (b"rcpt", Deferred), (b".\r\n", Unknown)]
)
def test_a_silent_server_is_given_up(until: bytes, outcome: type) -> None:
    def answer(connection: socket.socket) -> None:
        _speak(connection, until=until)

    with line_server(answer) as port:
        assert isinstance(_hand_over(port, timeout=0.3), outcome)


def test_a_server_that_drips_is_given_up_too() -> None:
    def drip(connection: socket.socket) -> None:
        connection.settimeout(0.05)
        while True:
            connection.sendall(b"2")
            try:
                connection.recv(1)
            except TimeoutError:
                continue
            else:
                return

    with line_server(drip) as port:
        assert isinstance(_hand_over(port, timeout=0.2), Deferred)


def test_no_mail_leaves_for_a_server_without_a_verified_certificate() -> None:
    with post_office() as office, pytest.raises(MailRefused, match="mail_not_supported"):
        _hand_over(office.port, scheme="smtp+starttls")


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")

    with pytest.raises(MailRefused, match="mail_folder_unusable"):
        FolderMailer(tmp_path / "outbox").send(
            Mail(sender="a@b.example", recipient=ANNA, message=MAIL, name="x")
        )


# ── a whole issue ──


def test_one_bad_address_stops_nobody_else(newsletter: Newsletter) -> None:
    with post_office() as office:
        office.at["RCPT"] = lambda _n, address: "550 no such user" if address == BRUNO else None

        assert _send(newsletter, office) == {"accepted": 2, "failed": 1}
    assert newsletter.issue().status is IssueStatus.FINISHED


def test_a_final_no_is_never_asked_again(newsletter: Newsletter) -> None:
    with post_office() as office:
        office.at["RCPT"] = lambda _n, address: "550 no such user" if address == BRUNO else None
        _send(newsletter, office)
        newsletter.later(days=9)
        newsletter.send()

    assert office.heard["RCPT"] == 3


def test_greylisting_is_waited_out_with_growing_gaps(newsletter: Newsletter) -> None:
    with post_office() as office:
        office.at["RCPT"] = lambda n, address: "451 greylisted" if address == BRUNO and n < 5 else None

        assert _send(newsletter, office) == {"accepted": 2, "deferred": 1}
        newsletter.later(seconds=59)
        newsletter.send()
        assert office.heard["RCPT"] == 3
        newsletter.later(seconds=1)
        newsletter.send()
        newsletter.later(minutes=4)
        newsletter.send()
        assert office.heard["RCPT"] == 4
        newsletter.later(minutes=1)
        assert _send(newsletter, office) == {"accepted": 3}


def test_a_session_closed_in_the_middle_goes_on_in_another(newsletter: Newsletter) -> None:
    with post_office() as office:
        office.at["MAIL"] = lambda n, _address: "421 enough for now" if n == 2 else None

        assert _send(newsletter, office) == {"accepted": 3}
    assert (office.sessions, sorted(office.recipients)) == (2, [ANNA, BRUNO, CARLA])


def test_an_address_at_which_the_server_hangs_up_stops_nobody_else(newsletter: Newsletter) -> None:
    with post_office() as office:
        office.at["RCPT"] = lambda _n, address: HANG_UP if address == ANNA else None

        assert _send(newsletter, office) == {"accepted": 2, "deferred": 1}
    assert sorted(office.recipients) == [BRUNO, CARLA]


def test_a_server_that_takes_nothing_is_said_and_nobody_is_used_up(newsletter: Newsletter) -> None:
    with post_office() as office:
        office.at["MAIL"] = lambda _n, _address: "550 not from you"

        with pytest.raises(MailRefused, match="mail_server_stopped"):
            _send(newsletter, office)
        assert newsletter.states() == {"deferred": 2, "pending": 1}
        office.at.clear()
        assert _send(newsletter, office) == {"accepted": 3}


def test_a_lost_answer_leaves_one_mail_in_doubt_and_holds_it(newsletter: Newsletter) -> None:
    with post_office() as office:
        office.at["DATA"] = lambda n, _address: HANG_UP if n == 2 else None

        assert _send(newsletter, office) == {"accepted": 2, "ambiguous": 1}
        newsletter.later(days=1)
        assert _send(newsletter, office) == {"accepted": 2, "ambiguous": 1}
    assert sorted(office.recipients) == [ANNA, BRUNO, CARLA]
    assert newsletter.issue().status is IssueStatus.SENDING


def test_a_mail_in_doubt_is_sent_again_as_the_same_mail_where_that_is_wanted(newsletter: Newsletter) -> None:
    newsletter.with_(newsletter={"ambiguous": "resend"})
    with post_office() as office:
        office.at["DATA"] = lambda _n, address: HANG_UP if address == BRUNO else None
        _send(newsletter, office)
        office.at.clear()

        assert _send(newsletter, office) == {"accepted": 3}
    twice = [mail for mail in office.taken if mail.recipient == BRUNO]
    assert len(twice) == 2
    assert twice[0].content == twice[1].content


@pytest.mark.parametrize(
    ("resend", "states"), [(True, {"accepted": 3}), (False, {"accepted": 2, "failed": 1})]
)
def test_an_editor_settles_a_mail_in_doubt(
    newsletter: Newsletter, *, resend: bool, states: dict[str, int]
) -> None:
    with post_office() as office:
        office.at["DATA"] = lambda _n, address: HANG_UP if address == BRUNO else None
        _send(newsletter, office)
        office.at.clear()
        steering.settle_issue(
            newsletter.store,
            edition=newsletter.edition,
            emails=[BRUNO],
            resend=resend,
            now=newsletter.now,
        )
        _send(newsletter, office)

    assert newsletter.states() == states
    assert newsletter.issue().status is IssueStatus.FINISHED


def test_the_rate_is_kept(newsletter: Newsletter) -> None:
    newsletter.with_(mail={"rate_per_second": 4.0})
    with post_office() as office:
        _send(newsletter, office)

    assert newsletter.slept == pytest.approx([0.25, 0.5])  # the test's clock stands still


def _left_by_another(newsletter: Newsletter, *, in_data: bool) -> None:
    """A mail that a sender on another machine took in hand, an hour at the most, and never came back to."""
    with newsletter.store.begin() as tx:
        tx.mailing.issues.move(newsletter.issue(), to=IssueStatus.SENDING, allowed=(IssueStatus.CLOSED,))
        (delivery,) = tx.mailing.deliveries.claim(
            newsletter.issue(),
            to_folder=False,
            worker="elsewhere:9",
            now=newsletter.now,
            lease_until=newsletter.now + timedelta(hours=1),
        )
        if in_data:
            assert tx.mailing.deliveries.begin_data(
                newsletter.issue(),
                delivery,
                address_hash="nobody's",
                worker="elsewhere:9",
                lease_until=newsletter.now + timedelta(hours=1),
                now=newsletter.now,
            )


def test_a_dead_senders_lease_ends_in_doubt_and_not_in_a_second_mail(newsletter: Newsletter) -> None:
    _left_by_another(newsletter, in_data=True)

    with post_office() as office:
        assert _send(newsletter, office) == {"accepted": 2, "pending": 1}
        newsletter.later(hours=2)
        assert _send(newsletter, office) == {"accepted": 2, "ambiguous": 1}
    assert newsletter.issue().status is IssueStatus.SENDING


def test_what_a_dead_sender_had_not_begun_to_say_is_sent_when_its_lease_ends(newsletter: Newsletter) -> None:
    _left_by_another(newsletter, in_data=False)

    with post_office() as office:
        assert _send(newsletter, office) == {"accepted": 2, "pending": 1}
        newsletter.later(hours=2)
        assert _send(newsletter, office) == {"accepted": 3}
    assert sorted(office.recipients) == sorted(set(office.recipients))


def test_the_bytes_on_the_line_are_those_of_the_envelope(newsletter: Newsletter) -> None:
    newsletter.with_(mail={"bounce_domain": "bounce.aicex.example"})
    with post_office() as office:
        _send(newsletter, office)

    for mail in office.taken:
        token = read_mail(mail.content)["Message-ID"].partition("@")[0].rpartition(".")[2]
        assert mail.sender == f"bounce+{token}@bounce.aicex.example"
        assert read_mail(mail.content)["To"] == mail.recipient
        assert "SMTPUTF8" not in mail.options
    assert len({read_mail(mail.content)["Message-ID"] for mail in office.taken}) == 3
