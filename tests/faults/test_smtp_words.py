"""What is said to a mail server, word by word: its extensions, its passwords, and what must never leave."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from curator.edges.mail import FolderMailer, SmtpMailer, server_of
from curator.errors import BadSettings, MailRefused
from curator.ports import Accepted, Deferred, HandOver, Mail, Rejected, Unknown
from curator.settings import MailSettings
from postoffice import line_server

MESSAGE = b"Subject: prova\r\n\r\nUno\r\n.\r\n..Due\r\n"
ENVELOPE = {"sender": "bounce+01@aicex.example", "recipient": "anna@lettori.example", "name": "it-1.01"}


@dataclass(slots=True)
class Talk:
    """What was heard, line by line, and what is answered: by the first word, else `250 ok`; "" hangs up."""

    port: int = 0
    offers: tuple[str, ...] = ()
    answers: dict[str, str | list[str]] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    content: bytes = b""
    greetings: int = 0
    idle: str = ""
    """Said after a mail was taken, unasked, and then it hangs up."""

    def answer(self, word: str) -> str:
        said = self.answers.get(word, "250 ok")
        if isinstance(said, list):
            return said.pop(0) if said else "250 ok"
        return said

    def words(self) -> list[str]:
        return [line.split(" ")[0].upper() for line in self.heard]


@contextmanager
def _server(*offers: str, **answers: str | list[str]) -> Iterator[Talk]:
    talk = Talk(offers=offers, answers=dict(answers))

    def play(connection: socket.socket) -> None:
        connection.sendall(b"220 here\r\n")
        talk.greetings += 1
        with connection.makefile("rb") as lines:
            for line in lines:
                talk.heard.append(line.rstrip(b"\r\n").decode())
                word = talk.words()[-1]
                if word == "EHLO":
                    said = "\r\n".join(f"250-{offer}" for offer in ("here", *talk.offers)) + "\r\n250 HELP"
                elif word == "DATA" and "DATA" not in talk.answers:
                    said = _take(connection, lines, talk)
                else:
                    said = talk.answer(word)
                if word == "DATA" and talk.idle:
                    connection.sendall(f"{said}\r\n{talk.idle}\r\n".encode())
                    return
                if not said:
                    return
                connection.sendall(f"{said}\r\n".encode())
                if word == "QUIT" or said.startswith("421"):
                    return

    with line_server(play) as port:
        talk.port = port
        yield talk


def _take(connection: socket.socket, lines: Any, talk: Talk) -> str:
    connection.sendall(b"354 go\r\n")
    talk.content = b""
    for line in lines:
        if line == b".\r\n":
            break
        talk.content += line
    return talk.answer(".")


def _mailer(port: int, *, user: str = "", timeout: float = 2.0, **settings: Any) -> SmtpMailer:
    mail = MailSettings(url=f"smtp://{user}127.0.0.1:{port}", timeout=timeout, **settings)
    return SmtpMailer(server_of(mail))


def _hand_over(talk: Talk, message: bytes = MESSAGE, **envelope: str) -> HandOver:
    mailer = _mailer(talk.port)
    try:
        return mailer.send(Mail(message=message, **{**ENVELOPE, **envelope}))
    finally:
        mailer.close()


# ── what never leaves ──

SMUGGLED = {
    "a bare LF": b"Subject: x\r\n\r\nUno\n.\nMAIL FROM:<evil@x.example>\r\n",
    "a bare CR": b"Subject: x\r\n\r\nUno\r.\r\n",
    "a bare LF before the dot": b"Subject: x\r\n\r\nUno\n.\r\nDue\r\n",
    "CR CR LF": b"Subject: x\r\n\r\nUno\r\r\n",
    "a NUL": b"Subject: x\r\n\r\nUno\0\r\n",
    "no last CRLF": b"Subject: x\r\n\r\nUno",
    "no body": b"Subject: x\r\n",
    "a line of 999": b"Subject: x\r\n\r\n" + b"a" * 999 + b"\r\n",
}


@pytest.mark.parametrize("kind", SMUGGLED)
def test_bytes_that_two_servers_read_in_two_ways_do_not_leave(kind: str, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        for mailer in (_mailer(unused.getsockname()[1]), FolderMailer(tmp_path)):
            with pytest.raises(MailRefused, match="mail_bytes_unsafe"):
                mailer.send(Mail(message=SMUGGLED[kind], **ENVELOPE))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address",
    [
        "a@x.example>\r\nRCPT TO:<b@x.example",
        "a b@x.example",
        "<a@x.example>",
        "a@b@x.example",
        "a\0@x.example",
    ],
)
def test_an_address_smuggles_no_word_in(address: str) -> None:
    with _server() as talk:
        assert isinstance(_hand_over(talk, recipient=address), Rejected)

    assert talk.heard == []


def test_dots_are_doubled_and_nothing_else() -> None:
    with _server() as talk:
        assert isinstance(_hand_over(talk, b".Odd: x\r\n\r\nUno\r\n.\r\n..Due\r\nfine.\r\n"), Accepted)

    assert talk.content == b"..Odd: x\r\n\r\nUno\r\n..\r\n...Due\r\nfine.\r\n"


# ── what a server offers ──


def test_nothing_is_asked_of_a_server_that_offers_nothing() -> None:
    with _server() as talk:
        _hand_over(talk)

    assert talk.heard[1:3] == ["mail FROM:<bounce+01@aicex.example>", "rcpt TO:<anna@lettori.example>"]


def test_a_bounce_can_say_which_mail_it_is_about() -> None:
    with _server("DSN", "SIZE 1000") as talk:
        _hand_over(talk, name="it-1.0=1", recipient="anna+a=b@lettori.example")

    assert talk.heard[1:3] == [
        f"mail FROM:<bounce+01@aicex.example> SIZE={len(MESSAGE)} RET=HDRS ENVID=it-1.0+3D1",
        "rcpt TO:<anna+a=b@lettori.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;anna+2Ba+3Db@lettori.example",
    ]


def test_a_domain_needs_no_smtputf8() -> None:
    with _server() as talk:
        assert isinstance(_hand_over(talk, recipient="anna@però.example"), Accepted)

    assert talk.heard[2] == "rcpt TO:<anna@xn--per-ena.example>"


HEADER_OF_8_BITS = "Subject: è\r\n\r\ny\r\n".encode()


@pytest.mark.parametrize(
    ("message", "recipient", "offers", "said"),
    [
        (MESSAGE, "però@x.example", ("SMTPUTF8", "8BITMIME"), " SMTPUTF8"),
        (MESSAGE, "però@x.example", (), None),
        (HEADER_OF_8_BITS, "a@x.example", ("SMTPUTF8", "8BITMIME"), " BODY=8BITMIME SMTPUTF8"),
        (HEADER_OF_8_BITS, "a@x.example", ("8BITMIME",), None),
        ("Subject: x\r\n\r\nè\r\n".encode(), "a@x.example", ("8BITMIME",), " BODY=8BITMIME"),
        ("Subject: x\r\n\r\nè\r\n".encode(), "a@x.example", (), None),
        (MESSAGE, "a@x.example", ("SMTPUTF8", "8BITMIME"), ""),
    ],
)  # fmt: skip
def test_more_than_seven_bits_go_only_where_they_are_taken(
    message: bytes, recipient: str, offers: tuple[str, ...], said: str | None
) -> None:
    with _server(*offers) as talk:
        outcome = _hand_over(talk, message, recipient=recipient)

    if said is None:
        assert isinstance(outcome, Rejected)
        assert "DATA" not in talk.words()
    else:
        assert isinstance(outcome, Accepted)
        assert talk.heard[1] == f"mail FROM:<bounce+01@aicex.example>{said}"


@pytest.mark.parametrize("offers", [(), ("PIPELINING",)])
@pytest.mark.parametrize(
    ("word", "answer", "outcome"),
    [
        ("MAIL", "550 not you", Deferred),
        ("MAIL", "421 later", Deferred),
        ("RCPT", "550 nobody", Rejected),
        ("RCPT", "450 later", Deferred),
        ("RCPT", "hello", Deferred),
        ("DATA", "554 no", Rejected),
        ("DATA", "250 what", Deferred),
        (".", "250 queued as 7", Accepted),
        (".", "451 later", Deferred),
        (".", "554 spam", Rejected),
        (".", "421 closing", Deferred),
        (".", "hello", Unknown),
        (".", "354 go on", Unknown),
    ],
)
def test_every_answer_has_its_meaning_said_one_by_one_or_at_once(
    offers: tuple[str, ...], word: str, answer: str, outcome: type[HandOver]
) -> None:
    with _server(*offers, **{word: answer}) as talk:
        assert isinstance(_hand_over(talk), outcome)


def test_data_waits_for_the_answers_and_for_the_ledger() -> None:
    """Where MAIL and RCPT go at once, a refused reader's mail is not begun."""
    with _server("PIPELINING", RCPT="550 nobody") as talk:
        _hand_over(talk)

    assert talk.words() == ["EHLO", "MAIL", "RCPT", "RSET", "QUIT"]


# ── one session for many ──


def test_a_reader_who_left_costs_no_new_session() -> None:
    def left() -> None:
        raise LookupError

    with _server() as talk:
        mailer = _mailer(talk.port)
        with pytest.raises(LookupError):
            mailer.send(Mail(message=MESSAGE, **ENVELOPE), before_data=left)
        assert isinstance(mailer.send(Mail(message=MESSAGE, **ENVELOPE)), Accepted)
        mailer.close()

    assert talk.greetings == 1
    assert talk.words() == ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA", "QUIT"]


@pytest.mark.parametrize("idle", ["421 idle for too long", "250 ok"])
def test_what_a_server_says_unasked_is_the_answer_to_nothing(idle: str) -> None:
    with _server() as talk:
        talk.idle = idle
        mailer = _mailer(talk.port)
        first = mailer.send(Mail(message=MESSAGE, **ENVELOPE))
        talk.idle, talk.answers = "", {"RCPT": "550 nobody"}
        second = mailer.send(Mail(message=MESSAGE, **ENVELOPE))
        mailer.close()

    assert (type(first), type(second)) == (Accepted, Rejected)
    assert talk.greetings == 2


@pytest.mark.parametrize(("word", "asked", "outcome"), [("MAIL", 1, Accepted), ("DATA", 1, Deferred)])
def test_a_kept_session_that_is_lost_is_opened_again_but_the_ledger_asked_once(
    word: str, asked: int, outcome: type[HandOver]
) -> None:
    """After the ledger was asked, the mail waits for its next turn, with a new question."""
    questions: list[int] = []
    with _server() as talk:
        mailer = _mailer(talk.port)
        mailer.send(Mail(message=MESSAGE, **ENVELOPE))
        talk.answers = {word: [""] if word == "MAIL" else ""}
        second = mailer.send(Mail(message=MESSAGE, **ENVELOPE), before_data=lambda: questions.append(1))
        mailer.close()

    assert isinstance(second, outcome)
    assert len(questions) == asked


# ── passwords ──


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("454 later", Deferred),
        ("421 closing", Deferred),
        ("535 no", MailRefused),
        ("534 too weak", MailRefused),
    ],
)
@pytest.mark.parametrize("password", ["secret", "segretò"])
def test_a_log_in_is_refused_for_now_or_for_good(
    tmp_path: Path, password: str, answer: str, outcome: type
) -> None:
    (tmp_path / "password").write_text(password)
    with _server("AUTH PLAIN", AUTH=answer) as talk:
        mailer = _mailer(talk.port, user="anna@", password_file=tmp_path / "password")
        found: object
        try:
            found = mailer.send(Mail(message=MESSAGE, **ENVELOPE))
        except MailRefused as refused:
            found = refused

    assert isinstance(found, outcome)
    assert password not in str(found)


@pytest.mark.parametrize("offers", [(), ("AUTH XOAUTH2",)])
def test_a_server_without_a_log_in_that_we_know_is_said(tmp_path: Path, offers: tuple[str, ...]) -> None:
    (tmp_path / "password").write_text("secret")
    with _server(*offers) as talk, pytest.raises(MailRefused, match="mail_not_supported"):
        _mailer(talk.port, user="anna@", password_file=tmp_path / "password").send(
            Mail(message=MESSAGE, **ENVELOPE)
        )

    assert "AUTH" not in talk.words()


def test_a_password_beyond_ascii_goes_as_utf_8(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("segretò")
    with _server("AUTH LOGIN PLAIN", AUTH="235 welcome") as talk:
        mailer = _mailer(talk.port, user="anna@", password_file=tmp_path / "password")
        assert isinstance(mailer.send(Mail(message=MESSAGE, **ENVELOPE)), Accepted)
        mailer.close()

    assert "AUTH PLAIN AGFubmEAc2VncmV0w7I=" in talk.heard


def test_a_password_crosses_no_wire_in_clear(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret")

    def opened(url: str) -> object:
        return server_of(MailSettings(url=url, password_file=tmp_path / "password"))

    with pytest.raises(BadSettings, match="settings_mail_login_in_clear"):
        opened("smtp://anna@mail.example.org")
    for url in (
        "smtp://anna@localhost",
        "smtp://anna@[::1]:25",
        "smtps://anna@mail.example.org",
        "smtp://mail.example.org",
    ):
        opened(url)


# ── patience ──


def _dripping(connection: socket.socket) -> None:
    """An answer without an end, a line at a time."""
    connection.sendall(b"220 here\r\n")
    with connection.makefile("rb") as lines:
        lines.readline()
        while True:
            connection.sendall(b"250-and more\r\n" * 1000)


def test_an_answer_without_an_end_is_given_up() -> None:
    with line_server(_dripping) as port:
        outcome = _mailer(port, timeout=600).send(Mail(message=MESSAGE, **ENVELOPE))

    assert isinstance(outcome, Deferred)
