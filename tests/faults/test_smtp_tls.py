"""Encrypted or not at all: certificates are verified, and a password goes nowhere else."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword

from curator.edges.mail import SmtpMailer, server_of
from curator.errors import BadSettings, MailRefused
from curator.ports import Accepted, Deferred, HandOver, Mail
from curator.settings import MailSettings
from postoffice import line_server, post_office

MESSAGE = b"Subject: x\r\n\r\ny\r\n"
CERTIFICATE = Path(__file__).with_name("tls.pem")  # of secure.example, by nobody anybody trusts


@pytest.fixture
def context() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


@pytest.fixture
def _trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the certificate, and secure.example is this machine."""
    resolve = socket.getaddrinfo

    def here(host: Any, *args: Any, **options: Any) -> Any:
        return resolve("127.0.0.1" if host == "secure.example" else host, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


def _hand_over(url: str, **settings: Any) -> HandOver:
    mailer = SmtpMailer(server_of(MailSettings(url=url, timeout=5.0, **settings)))
    try:
        return mailer.send(
            Mail(
                sender="a@aicex.example",
                recipient="b@lettori.example",
                message=MESSAGE,
                name="x",
            )
        )
    finally:
        mailer.close()


def test_a_certificate_that_nobody_trusts_ends_it(context: ssl.SSLContext) -> None:
    with post_office(tls_context=context) as office, pytest.raises(MailRefused, match="mail_tls_failed"):
        _hand_over(f"smtp+starttls://127.0.0.1:{office.port}")

    assert office.taken == []


@pytest.mark.usefixtures("_trusted")
def test_a_certificate_of_somebody_else_ends_it(context: ssl.SSLContext) -> None:
    with post_office(tls_context=context) as office, pytest.raises(MailRefused, match="mail_tls_failed"):
        _hand_over(f"smtp+starttls://localhost:{office.port}")


@pytest.mark.usefixtures("_trusted")
def test_a_verified_server_takes_the_mail_encrypted(context: ssl.SSLContext) -> None:
    with post_office(tls_context=context, require_starttls=True) as office:
        assert isinstance(_hand_over(f"smtp+starttls://secure.example:{office.port}"), Accepted)


@pytest.mark.usefixtures("_trusted")
def test_one_encrypted_session_takes_many_mails(context: ssl.SSLContext) -> None:
    """What TLS says by itself (session tickets) is not taken for words of the server."""
    with post_office(ssl_context=context) as office:
        settings = MailSettings(url=f"smtps://secure.example:{office.port}", timeout=5.0)
        mailer = SmtpMailer(server_of(settings))
        for at in range(3):
            mail = Mail(sender="a@x.example", recipient="b@x.example", message=MESSAGE, name=f"x{at}")
            assert isinstance(mailer.send(mail), Accepted)
        mailer.close()

    assert office.sessions == 1


def test_smtps_too_wants_a_certificate_that_is_trusted(context: ssl.SSLContext) -> None:
    with post_office(ssl_context=context) as office, pytest.raises(MailRefused, match="mail_tls_failed"):
        _hand_over(f"smtps://127.0.0.1:{office.port}")

    assert office.taken == []


@pytest.mark.usefixtures("_trusted")
def test_words_put_before_the_encryption_are_not_heard(context: ssl.SSLContext) -> None:
    """Somebody on the line answers ahead, in clear: EHLO with another server's extensions, and MAIL."""
    heard: list[bytes] = []

    def play(connection: socket.socket) -> None:
        connection.sendall(b"220 here\r\n")
        connection.recv(100)
        connection.sendall(b"250-here\r\n250 STARTTLS\r\n")
        connection.recv(100)
        connection.sendall(b"220 go\r\n250-here\r\n250 SMTPUTF8\r\n250 ok\r\n250 ok\r\n354 go\r\n250 ok\r\n")
        with context.wrap_socket(connection, server_side=True) as secure:
            for answer in (b"250 here\r\n", b"550 not from you\r\n", b"250 ok\r\n", b"221 bye\r\n"):
                heard.append(secure.recv(100).partition(b" ")[0].strip())
                secure.sendall(answer)

    with line_server(play) as port:
        outcome = _hand_over(f"smtp+starttls://secure.example:{port}")

    assert isinstance(outcome, Deferred)
    assert heard == [b"ehlo", b"mail", b"rset", b"quit"]


def _knows_anna(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    known = (data.login, data.password) == (b"anna@aicex.example", b"pass word")
    return AuthResult(success=known, handled=False)  # the server itself answers a wrong one


@pytest.mark.usefixtures("_trusted")
def test_the_password_comes_from_its_file(context: ssl.SSLContext, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("pass word\nonly the first line counts\n")
    with post_office(tls_context=context, authenticator=_knows_anna, auth_required=True) as office:
        url = f"smtp+starttls://anna%40aicex.example@secure.example:{office.port}"

        assert isinstance(_hand_over(url, password_file=tmp_path / "password"), Accepted)


@pytest.mark.usefixtures("_trusted")
def test_a_wrong_password_is_said_and_never_shown(context: ssl.SSLContext, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong one")
    with post_office(tls_context=context, authenticator=_knows_anna, auth_required=True) as office:
        url = f"smtp+starttls://anna%40aicex.example@secure.example:{office.port}"
        with pytest.raises(MailRefused, match="mail_login_refused") as raised:
            _hand_over(url, password_file=tmp_path / "password")

    assert "wrong one" not in str(raised.value)
    assert office.taken == []


def test_a_password_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as raised:
        _hand_over("smtp://anna@localhost", password_file=tmp_path / "none")

    assert raised.value.data["key"] == "mail.password_file"
