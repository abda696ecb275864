"""Mails handed to listmonk: what travels, what its answers mean, and that doubt is kept as doubt."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from curator.edges.mail import ListmonkMailer, open_mailer
from curator.errors import BadSettings, MailRefused
from curator.ports import Accepted, Deferred, HandOver, Mail, Mailer, Rejected, Unknown
from curator.settings import MailSettings
from listmonk import TEMPLATE, TOKEN, USER, Listmonk, listmonk

# A title that would read a secret, were it run as a template (CVE-2025-49136).
TEXT = 'Perché «{{ env "HOME" }}» no\n.punto'
MAIL = (
    b'From: "La rassegna, it" <news@aicex.example>\r\n'
    b"To: <anna@lettori.example>\r\n"
    b"Reply-To: <redazione@aicex.example>\r\n"
    b"Subject: =?utf-8?q?Perch=C3=A9_=7B=7B_env_=22HOME=22_=7D=7D?=\r\n"
    b"Date: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
    b"Message-ID: <it-7.0123@aicex.example>\r\n"
    b"List-Unsubscribe: <https://aicex.example/unsubscribe/it/1.abc>,\r\n <mailto:news@aicex.example>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="=_b"\r\n'
    b"\r\n"
    b"--=_b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b'Perch=C3=A9 =C2=AB{{ env "HOME" }}=C2=BB no\r\n.punto\r\n'
    b"--=_b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"<p>Perch=C3=A9 {{ x }} &amp; poi</p>\r\n"
    b"--=_b--\r\n"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Listmonk]:
    with listmonk() as running:
        yield running


@pytest.fixture
def running(server: Listmonk) -> Iterator[Listmonk]:
    server.queued.clear()
    server.asked = 0
    yield server
    server.instead = lambda _handler: False


@pytest.fixture
def opened(running: Listmonk, tmp_path: Path) -> Iterator[Callable[..., Mailer]]:
    mailers = []

    def open_one(url: str | None = None, *, token: str = TOKEN, timeout: float = 5.0) -> Mailer:
        (tmp_path / "token").write_text(f"{token}\n")
        mail = MailSettings(url=url or running.url, password_file=tmp_path / "token", timeout=timeout)
        mailers.append(open_mailer(mail))
        return mailers[-1]

    yield open_one
    for mailer in mailers:
        mailer.close()


def _mail(recipient: str = "anna@lettori.example", message: bytes = MAIL) -> Mail:
    return Mail(sender="bounce+0123@aicex.example", recipient=recipient, message=message, name="it-7.0123")


def test_what_a_reader_sees_travels_whole(running: Listmonk, opened: Callable[..., Mailer]) -> None:
    outcome = opened().send(_mail())

    assert isinstance(outcome, Accepted)
    (queued,) = running.queued
    assert queued.recipient == "anna@lettori.example"
    assert queued.sender == "=?utf-8?q?La_rassegna=2C_it?= <news@aicex.example>"
    assert queued.subject == 'Perché {{ env "HOME" }}'
    assert queued.text.splitlines() == TEXT.split("\n")
    assert queued.html.strip() == "<p>Perché {{ x }} &amp; poi</p>"
    assert queued.headers == {
        "Reply-To": "redazione@aicex.example",
        "Date": "Mon, 23 Nov 2026 09:00:00 +0000",
        "Message-ID": "<it-7.0123@aicex.example>",
        "List-Unsubscribe": "<https://aicex.example/unsubscribe/it/1.abc>, <mailto:news@aicex.example>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Return-Path": "bounce+0123@aicex.example",
    }


def test_the_ledger_is_told_right_before_the_question_leaves(
    running: Listmonk, opened: Callable[..., Mailer]
) -> None:
    asked = []
    opened().send(_mail(), before_data=lambda: asked.append(running.asked))

    assert asked == [0]
    assert running.asked == 1


def test_what_the_ledger_forbids_is_not_asked(running: Listmonk, opened: Callable[..., Mailer]) -> None:
    def forbid() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        opened().send(_mail(), before_data=forbid)
    assert running.asked == 0


# ── its answers ──


def _with_status(status: int) -> Callable[[Any], bool]:
    def answer(handler: Any) -> bool:
        handler.answer(status, {"message": "no"})
        return True

    return answer


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(429, Deferred), (408, Deferred), (500, Deferred), (503, Deferred), (502, Unknown), (504, Unknown)],
)
def test_every_answer_has_its_meaning(
    running: Listmonk, opened: Callable[..., Mailer], status: int, outcome: type[HandOver]
) -> None:
    running.instead = _with_status(status)

    found = opened().send(_mail())

    assert isinstance(found, outcome)
    assert not isinstance(found, Deferred) or found.whole_session


@pytest.mark.parametrize("status", [301, 404, 405, 413])
def test_an_address_that_is_not_its_own_is_said(
    running: Listmonk, opened: Callable[..., Mailer], status: int
) -> None:
    running.instead = _with_status(status)

    with pytest.raises(MailRefused, match="mail_listmonk_strange") as raised:
        opened().send(_mail())
    assert raised.value.data["status"] == status


def test_a_wrong_token_is_said_and_never_shown(opened: Callable[..., Mailer]) -> None:
    with pytest.raises(MailRefused, match="mail_login_refused") as raised:
        opened(token="wrong one").send(_mail())

    assert "wrong one" not in str(raised.value)


def test_one_bad_address_is_refused_and_stops_nobody_else(
    running: Listmonk, opened: Callable[..., Mailer]
) -> None:
    mailer = opened()

    outcomes = [mailer.send(_mail(to)) for to in ("anna@lettori.example", "blocked@x.example", "c@x.example")]

    assert [type(outcome) for outcome in outcomes] == [Accepted, Rejected, Accepted]
    assert len(running.queued) == 2


def test_a_wrong_template_is_held_against_no_reader(running: Listmonk, opened: Callable[..., Mailer]) -> None:
    mailer = opened(running.url.replace(f"={TEMPLATE}", "=99"))

    for _ in range(3):
        outcome = mailer.send(_mail())
        assert isinstance(outcome, Deferred)
        assert outcome.whole_session


def _lost(handler: Any) -> bool:
    """Taken, and the line is cut before the answer."""
    handler.take()
    handler.connection.shutdown(socket.SHUT_RDWR)
    return True


def _half(handler: Any) -> bool:
    handler.take()
    handler.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"da')
    handler.connection.shutdown(socket.SHUT_RDWR)
    return True


def _never(handler: Any) -> bool:
    handler.take()
    handler.connection.recv(1)  # until we hang up
    return True


@pytest.mark.parametrize("fault", [_lost, _half, _never])
def test_a_lost_answer_leaves_doubt_and_asks_no_second_time(
    running: Listmonk, opened: Callable[..., Mailer], fault: Callable[[Any], bool]
) -> None:
    running.instead = fault

    assert isinstance(opened(timeout=0.3).send(_mail()), Unknown)
    assert (running.asked, len(running.queued)) == (1, 1)


def _page(handler: Any) -> bool:
    handler.answer(200, {"hello": "I am somebody else"})
    return True


def test_a_server_that_is_none_is_not_believed(running: Listmonk, opened: Callable[..., Mailer]) -> None:
    running.instead = _page

    with pytest.raises(MailRefused, match="mail_listmonk_strange"):
        opened().send(_mail())


def test_nobody_listening_is_no_ones_fault(opened: Callable[..., Mailer]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"listmonk+http://{USER}@127.0.0.1:{unused.getsockname()[1]}/?template=1"
        outcome = opened(url).send(_mail())

    assert isinstance(outcome, Deferred)
    assert outcome.whole_session


def test_what_does_not_speak_tls_gets_no_mail(running: Listmonk, opened: Callable[..., Mailer]) -> None:
    with pytest.raises(MailRefused, match="mail_tls_failed"):
        opened(running.url.replace("+http:", "+https:")).send(_mail())
    assert running.asked == 0


def test_bytes_that_are_no_mail_do_not_leave(running: Listmonk, opened: Callable[..., Mailer]) -> None:
    with pytest.raises(MailRefused, match="mail_bytes_unsafe"):
        opened().send(_mail(message=MAIL.replace(b"punto\r\n", b"punto\n")))
    assert running.asked == 0


# ── settings ──


@pytest.mark.parametrize(
    "url",
    [
        "listmonk+http://curator@localhost:9000/",
        "listmonk+http://curator@localhost:9000/?template=none",
        "listmonk+http://curator@localhost:9000/?template=0",
        "listmonk+http://localhost:9000/?template=3",
    ],
)
def test_what_is_missing_in_the_address_is_said(opened: Callable[..., Mailer], url: str) -> None:
    with pytest.raises(BadSettings, match="settings_wants_listmonk"):
        opened(url)


def test_a_missing_token_is_said() -> None:
    with pytest.raises(BadSettings, match="settings_wants_listmonk"):
        open_mailer(MailSettings(url="listmonk+https://curator@lists.example/?template=3"))


def test_it_may_live_in_a_folder_of_its_host(opened: Callable[..., Mailer]) -> None:
    mailer = opened("listmonk+https://curator@lists.example/mail/?template=3")

    assert isinstance(mailer, ListmonkMailer)
    assert mailer._listmonk.url == "https://lists.example/mail/api/tx"
