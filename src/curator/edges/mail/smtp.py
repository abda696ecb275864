"""Mails over SMTP (RFC 5321): plain, with STARTTLS, or encrypted from the first byte."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlsplit

from curator.edges.mail.account import secret_of, user_of
from curator.edges.mail.session import Punctual, PunctualTls, log_in
from curator.edges.mail.wire import ready
from curator.errors import BadSettings, MailRefused
from curator.ports import Accepted, Deferred, HandOver, Mail, Rejected, Unknown
from curator.settings import MailSettings
from curator.text import clean_text

_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_LONGEST_REPLY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    host: str
    port: int
    security: str
    user: str | None
    password: str | None
    timeout: float


def server_of(mail: MailSettings) -> Server:
    parts = urlsplit(mail.url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise BadSettings("settings_wants_mail_url", key="mail.url")
    server = Server(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        security=parts.scheme,
        user=user_of(parts),
        password=secret_of(mail, parts),
        timeout=mail.timeout,
    )
    if server.user and server.security == "smtp" and not _is_this_machine(server.host):
        raise BadSettings("settings_mail_login_in_clear", key="mail.url", host=server.host)
    return server


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Answered(Exception):
    """The server said something that ends this mail: the outcome goes straight to the caller."""

    def __init__(self, outcome: HandOver) -> None:
        self.outcome = outcome
        super().__init__(outcome)


class SmtpMailer:
    """One connection for a whole run, opened at the first mail and again when it was lost.

    DATA is said alone, and the final dot too, PIPELINING or not: only so is it known how
    far a mail had got when the line went dead, and whether it may be sent again.
    """

    writes_files = False

    def __init__(self, server: Server) -> None:
        self._server = server
        self._session: Punctual | None = None
        self._ahead: _Parcel | None = None
        self._broken_by = ""

    def send(
        self,
        mail: Mail,
        *,
        before_data: Callable[[], None] = lambda: None,
        coming: Callable[[], Mail | None] = lambda: None,
    ) -> HandOver:
        try:
            parcel = self._parcel(mail)
        except MailRefused as refused:
            if refused.reason == "mail_address_invalid":  # this reader's alone
                return Rejected(reply=refused.reason, code=0)
            raise
        kept, begun = self._session is not None, False

        def begin() -> None:
            nonlocal begun
            before_data()
            begun = True

        outcome = self._try(parcel, begin, coming)
        if outcome is None and kept and not begun:
            # A kept connection may have been closed for idleness: that says nothing about this mail.
            outcome = self._try(parcel, begin, coming)
        return outcome or Deferred(reply=self._broken_by, whole_session=True)

    def _parcel(self, mail: Mail) -> _Parcel:
        """From the last look ahead, if it was at this very mail."""
        ahead, self._ahead = self._ahead, None
        return ahead if ahead is not None and ahead.given is mail else _parcel(mail)

    def _look_ahead(self, coming: Callable[[], Mail | None]) -> None:
        """A mail that must not leave is refused in its own turn: here it would cost the answer to another."""
        mail = coming()
        with contextlib.suppress(MailRefused):
            self._ahead = None if mail is None else _parcel(mail)

    def close(self) -> None:
        if self._session is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._session.quit()
        self._drop()

    def _try(
        self, parcel: _Parcel, before_data: Callable[[], None], coming: Callable[[], Mail | None]
    ) -> HandOver | None:
        """None: the line broke before the content had left, and `_broken_by` says why."""
        try:
            session = self._announced(parcel.mail, before_data)
        except _Answered as answered:
            return answered.outcome
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            self._broken_by = _words(error)
            return None
        return self._content(session, parcel.content, coming)

    def _announced(self, mail: Mail, before_data: Callable[[], None]) -> Punctual:
        """As far as DATA. What is raised from here happened before its content left: nobody got anything."""
        session = self._open()
        self._envelope(session, mail)
        try:
            before_data()
        except Exception:
            self._reset(session)  # the next mail may go: no new log-in for a reader who has left
            raise
        except BaseException:
            self._drop()
            raise
        code, reply = session.docmd("DATA")
        if code != 354:  # noqa: PLR2004  RFC 5321 §4.2.2: go ahead
            self._refuse(session, code, reply, sender_to_blame=False)
        return session

    def _envelope(self, session: Punctual, mail: Mail) -> None:
        words = [
            f"mail FROM:<{mail.sender}>{_mail_options(session, mail)}\r\n",
            f"rcpt TO:<{mail.recipient}>{_rcpt_options(session, mail)}\r\n",
        ]
        if session.has_extn("pipelining"):  # RFC 2920: both at once, and their answers in turn
            session.send("".join(words))
            answers = [session.getreply()]
            if not _is_end(answers[0][0]):
                answers.append(session.getreply())
        else:
            session.send(words[0])
            answers = [session.getreply()]
            if _positive(answers[0][0]):
                session.send(words[1])
                answers.append(session.getreply())
        for at, (code, reply) in enumerate(answers):
            if not _positive(code):
                self._refuse(session, code, reply, sender_to_blame=at == 0)

    def _content(self, session: smtplib.SMTP, content: bytes, coming: Callable[[], Mail | None]) -> HandOver:
        """The bytes, and the final dot: before it leaves nothing is taken."""
        try:
            session.send(content)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Deferred(reply=_words(error), whole_session=True)
        try:
            session.send(b".\r\n")
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Unknown(reply=_words(error))
        self._look_ahead(coming)
        try:
            code, reply = session.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Unknown(reply=_words(error))
        if _positive(code):
            return Accepted(reply=_said(code, reply))
        if not _negative(code):  # no word of SMTP: it may have taken the mail
            self._drop()
            return Unknown(reply=_said(code, reply))
        return self._no(session, code, reply)

    def _refuse(self, session: smtplib.SMTP, code: int, reply: bytes, *, sender_to_blame: bool) -> NoReturn:
        outcome = self._no(session, code, reply)
        if sender_to_blame and isinstance(outcome, Rejected):
            # Refused at MAIL FROM: it is us they do not want, and no subscriber is to pay for that.
            outcome = Deferred(reply=outcome.reply, whole_session=True)
        raise _Answered(outcome)

    def _no(self, session: smtplib.SMTP, code: int, reply: bytes) -> HandOver:
        said = _said(code, reply)
        if _is_end(code):
            self._drop()
            return Deferred(reply=said, whole_session=True)
        self._reset(session)
        if code // 100 == 5:  # noqa: PLR2004  RFC 5321 §4.2.1: permanent
            return Rejected(reply=said, code=code)
        return Deferred(reply=said)

    def _open(self) -> Punctual:
        if self._session is not None and self._session.has_spoken():
            # "421 idle for too long", or the end: an answer to nothing that was asked.
            self._drop()
        if self._session is None:
            self._session = _session(self._server)
        return self._session

    def _reset(self, session: smtplib.SMTP) -> None:
        try:
            session.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


# ── what is handed over ──


@dataclass(frozen=True, slots=True)
class _Parcel:
    """A mail that may leave, and its bytes as they go over the line."""

    given: Mail
    mail: Mail  # with the domains as the DNS knows them
    content: bytes


def _parcel(mail: Mail) -> _Parcel:
    """Raises MailRefused. A dot that begins a line is doubled (RFC 5321 §4.5.2)."""
    may_leave = ready(mail)
    message = may_leave.message
    dotted = (b"." if message.startswith(b".") else b"") + message.replace(b"\n.", b"\n..")
    return _Parcel(mail, may_leave, dotted)


# ── what the server offers ──


def _mail_options(session: smtplib.SMTP, mail: Mail) -> str:
    options = []
    if session.has_extn("size"):  # RFC 1870: too large is then said before anything has left
        options.append(f"SIZE={len(mail.message)}")
    if not mail.message.isascii():
        if not session.has_extn("8bitmime"):
            raise _Answered(Rejected(reply="server has no 8BITMIME (RFC 6152)", code=554))
        options.append("BODY=8BITMIME")
    header = mail.message.partition(b"\r\n\r\n")[0]
    if not (mail.sender + mail.recipient).isascii() or not header.isascii():
        if not session.has_extn("smtputf8"):
            raise _Answered(Rejected(reply="server has no SMTPUTF8 (RFC 6531)", code=553))
        session.command_encoding = "utf-8"
        options.append("SMTPUTF8")
    if session.has_extn("dsn"):  # RFC 3461: say which mail a bounce is about, and send no body back
        options += ["RET=HDRS", f"ENVID={_xtext(mail.name)}"]
    return "".join(f" {option}" for option in options)


def _rcpt_options(session: smtplib.SMTP, mail: Mail) -> str:
    if not session.has_extn("dsn"):
        return ""
    known_as = f" ORCPT=rfc822;{_xtext(mail.recipient)}" if mail.recipient.isascii() else ""
    return f" NOTIFY=FAILURE,DELAY{known_as}"


def _xtext(value: str) -> str:
    """RFC 3461 §4."""
    return re.sub(r"[^!-*,-<>-~]", lambda found: f"+{ord(found[0]):02X}", value)


# ── the session ──


def _session(server: Server) -> Punctual:
    """Connected, encrypted with a verified certificate where asked for, and logged in."""
    # Reading whom this machine trusts takes longer than a mail.
    context = None if server.security == "smtp" else ssl.create_default_context()
    try:
        if server.security == "smtps":
            session: Punctual = PunctualTls(server.host, server.port, timeout=server.timeout, context=context)
        else:
            session = Punctual(server.host, server.port, timeout=server.timeout)
        try:
            if session.sock is not None:  # the final dot goes alone: it must not wait for an ACK (Nagle)
                session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session.ehlo_or_helo_if_needed()
            if server.security == "smtp+starttls":
                session.starttls(context=context)
                session.ehlo_or_helo_if_needed()
            if server.user:
                log_in(session, server.user, server.password or "")
        except BaseException:
            session.close()
            raise
    except ssl.SSLError as error:
        raise MailRefused(
            "mail_tls_failed", host=server.host, port=server.port, cause=_words(error)
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise MailRefused("mail_not_supported", host=server.host, cause=_words(error)) from error
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code // 100 == 4:  # noqa: PLR2004  RFC 4954 §6: 454 is temporary, to be tried again
            raise
        raise MailRefused("mail_login_refused", host=server.host, user=server.user) from error
    return session


def _positive(code: int) -> bool:
    return code // 100 == 2  # noqa: PLR2004  RFC 5321 §4.2.1


def _negative(code: int) -> bool:
    return code // 100 in (4, 5)


def _is_end(code: int) -> bool:
    """RFC 5321 §3.8: 421, it closes. Nor is there anything to go on with after what is no answer."""
    return code == 421 or not (_positive(code) or _negative(code))  # noqa: PLR2004


def _said(code: int, reply: bytes) -> str:
    return f"{code} {clean_text(reply.decode('utf-8', 'replace'))}"[:_LONGEST_REPLY]


def _words(error: Exception) -> str:
    """What went wrong on the line, without the class of another library."""
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return _said(error.smtp_code, said if isinstance(said, bytes) else str(said).encode())
    if isinstance(error, OSError) and error.strerror:
        return clean_text(error.strerror)[:_LONGEST_REPLY]
    return clean_text(str(error) or "no answer in time")[:_LONGEST_REPLY]
