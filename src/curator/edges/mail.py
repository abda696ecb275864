"""Where a mail goes: to an SMTP server, or into a folder as .eml. Chosen by `mail.url`."""

from __future__ import annotations

import contextlib
import os
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit

from curator.errors import BadSettings, MailRefused
from curator.ports import Accepted, Deferred, HandOver, Mail, Mailer, Rejected, Unknown, Written
from curator.settings import MailSettings
from curator.text import clean_text

_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_LONGEST_REPLY = 500


def open_mailer(mail: MailSettings) -> Mailer:
    """The mailer that `mail.url` names; it connects to nothing before its first mail."""
    scheme, _, path = mail.url.partition(":")
    return FolderMailer(Path(path)) if scheme == "folder" else SmtpMailer(server_of(mail))


# ── a folder ──


class FolderMailer:
    """Writes each mail as a file named after its delivery: twice is once, and never half a file."""

    writes_files = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, mail: Mail, *, before_data: Callable[[], None] = lambda: None) -> HandOver:  # noqa: ARG002
        # The envelope is nobody's business here: a file has not been sent.
        path = self.folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', mail.name)}.eml"
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with unfinished.open("wb") as file:
                file.write(mail.message)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
            _sync(self.folder)
        except OSError as error:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise MailRefused("mail_folder_unusable", path=str(path), cause=error.strerror) from error
        return Written(path=str(path))

    def close(self) -> None:
        pass


def _sync(folder: Path) -> None:
    """The name too must survive power loss, not only the bytes."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ── a server ──


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
    return Server(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        security=parts.scheme,
        user=unquote(parts.username) if parts.username else None,
        password=_password(mail.password_file) or (unquote(parts.password) if parts.password else None),
        timeout=mail.timeout,
    )


def _password(path: Path | None) -> str | None:
    """From a file, or with the whole URL from the environment (CURATOR_MAIL__URL): in no config file."""
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings("settings_file_unreadable", key="mail.password_file", path=str(path)) from error


class _Answered(Exception):
    """The server said something that ends this mail: the outcome goes straight to the caller."""

    def __init__(self, outcome: HandOver) -> None:
        self.outcome = outcome
        super().__init__(outcome)


class SmtpMailer:
    """One connection for a whole run, opened at the first mail and again when it was lost.

    MAIL, RCPT and DATA are said one by one: only so is it known how far a mail
    had got when the line went dead, and whether it may be sent again.
    """

    writes_files = False

    def __init__(self, server: Server) -> None:
        self._server = server
        self._session: smtplib.SMTP | None = None

    def send(self, mail: Mail, *, before_data: Callable[[], None] = lambda: None) -> HandOver:
        fresh = self._session is None
        try:
            return self._transaction(mail, before_data)
        except _Answered as answered:
            return answered.outcome
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            if fresh:
                return Deferred(reply=_words(error), whole_session=True)
        # A kept connection may have been closed for idleness: that says nothing about this mail.
        try:
            return self._transaction(mail, before_data)
        except _Answered as answered:
            return answered.outcome
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Deferred(reply=_words(error), whole_session=True)

    def close(self) -> None:
        if self._session is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._session.quit()
        self._drop()

    def _transaction(self, mail: Mail, before_data: Callable[[], None]) -> HandOver:
        """One mail. What is raised from here happened before its content left: nobody has got anything."""
        session = self._open()
        self._envelope(session, mail.sender, mail.recipient, mail.name)
        try:
            before_data()
        except BaseException:
            self._drop()
            raise
        code, reply = session.docmd("DATA")
        if code != 354:  # noqa: PLR2004  RFC 5321 §4.2.2: go ahead
            self._refuse(session, code, reply, sender_to_blame=False)
        return self._content(session, mail.message)

    def _envelope(self, session: smtplib.SMTP, sender: str, recipient: str, name: str) -> None:
        notify, ret = [], []
        if session.has_extn("dsn"):  # RFC 3461: say what failed, and which mail it was
            ret, notify = ["RET=HDRS", f"ENVID={name}"], ["NOTIFY=FAILURE,DELAY"]
        if not (sender + recipient).isascii():
            if not session.has_extn("smtputf8"):
                raise _Answered(Rejected(reply="server has no SMTPUTF8 (RFC 6531)", code=553))
            session.command_encoding = "utf-8"
            ret = ["SMTPUTF8", *ret]
        code, reply = session.mail(sender, ret)
        if not _positive(code):
            self._refuse(session, code, reply, sender_to_blame=True)
        code, reply = session.rcpt(recipient, notify)
        if not _positive(code):
            self._refuse(session, code, reply, sender_to_blame=False)

    def _content(self, session: smtplib.SMTP, message: bytes) -> HandOver:
        """The bytes and the final dot. Until the dot has left the server cannot have taken the mail."""
        stuffed = re.sub(rb"(?m)^\.", b"..", message)
        try:
            session.send(stuffed)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Deferred(reply=_words(error), whole_session=True)
        try:
            session.send(b".\r\n")
            code, reply = session.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Unknown(reply=_words(error))
        if _positive(code):
            return Accepted(reply=_said(code, reply))
        return self._no(session, code, reply)

    def _refuse(self, session: smtplib.SMTP, code: int, reply: bytes, *, sender_to_blame: bool) -> NoReturn:
        outcome = self._no(session, code, reply)
        if sender_to_blame and isinstance(outcome, Rejected):
            # Refused at MAIL FROM: it is us they do not want, and no subscriber is to pay for that.
            outcome = Deferred(reply=outcome.reply, whole_session=True)
        raise _Answered(outcome)

    def _no(self, session: smtplib.SMTP, code: int, reply: bytes) -> HandOver:
        said = _said(code, reply)
        if code in (421, -1):
            self._drop()
            return Deferred(reply=said, whole_session=True)
        try:
            session.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()
        if code // 100 == 5:  # noqa: PLR2004  RFC 5321 §4.2.1: permanent
            return Rejected(reply=said, code=code)
        return Deferred(reply=said)

    def _open(self) -> smtplib.SMTP:
        if self._session is None:
            self._session = _session(self._server)
        return self._session

    def _drop(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None


def _session(server: Server) -> smtplib.SMTP:
    """Connected, encrypted with a verified certificate where asked for, and logged in."""
    context = ssl.create_default_context()
    try:
        if server.security == "smtps":
            session: smtplib.SMTP = _PunctualTls(
                server.host, server.port, timeout=server.timeout, context=context
            )
        else:
            session = _Punctual(server.host, server.port, timeout=server.timeout)
        try:
            if session.sock is not None:  # the final dot goes alone: it must not wait for an ACK (Nagle)
                session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session.ehlo_or_helo_if_needed()
            if server.security == "smtp+starttls":
                session.starttls(context=context)
                session.ehlo_or_helo_if_needed()
            if server.user:
                session.login(server.user, server.password or "")
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
        if error.smtp_code // 100 == 4:  # noqa: PLR2004  a temporary no, to be tried again
            raise
        raise MailRefused("mail_login_refused", host=server.host, user=server.user) from error
    return session


class _Punctual(smtplib.SMTP):
    """smtplib's timeout begins anew with every byte; a server that drips must not hold us for ever."""

    def getreply(self) -> tuple[int, bytes]:
        def hang_up() -> None:
            if self.sock is not None:
                with contextlib.suppress(OSError):
                    self.sock.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.timeout, hang_up)
        timer.daemon = True
        timer.start()
        try:
            return super().getreply()
        finally:
            timer.cancel()


class _PunctualTls(_Punctual, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def _positive(code: int) -> bool:
    return code // 100 == 2  # noqa: PLR2004  RFC 5321 §4.2.1


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
