"""A session of smtplib that keeps its time and logs in with any password."""

from __future__ import annotations

import base64
import select
import smtplib
import socket
import time

_MOST_AT_ONCE = 4096
_LONGEST_ANSWER = 64 * 1024  # bytes; RFC 5321 §4.5.3.1.5 has lines of 512


class Punctual(smtplib.SMTP):
    """smtplib's timeout begins anew with every byte; a server that drips must not hold us for ever."""

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            if self.sock is None:
                raise smtplib.SMTPServerDisconnected("please run connect() first")
            self.file = _Answers(self.sock)
        self.file.begin(time.monotonic() + (self.timeout or 0))
        try:
            return super().getreply()
        finally:
            if self.sock is not None:
                self.sock.settimeout(self.timeout)

    def has_spoken(self) -> bool:
        """Whether something lies there to be read before anything was asked."""
        if self.sock is None:
            return True
        looking = select.poll()
        looking.register(self.sock, select.POLLIN)
        return bool(looking.poll(0)) or (isinstance(self.file, _Answers) and self.file.has_more)


class PunctualTls(Punctual, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class _Answers:
    """Lines from the server, each whole answer by one deadline. smtplib takes it for its file."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._held = b""
        self._until = 0.0
        self._taken = 0

    def begin(self, until: float) -> None:
        self._until = until
        self._taken = 0

    @property
    def has_more(self) -> bool:
        return bool(self._held)

    def readline(self, most: int) -> bytes:
        while b"\n" not in self._held and len(self._held) < most:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError("no answer in time")
            self._sock.settimeout(left)
            got = self._sock.recv(_MOST_AT_ONCE)
            if not got:
                break
            self._held += got
        end = self._held.find(b"\n") + 1 or len(self._held)
        line, self._held = self._held[: min(end, most)], self._held[min(end, most) :]
        self._taken += len(line)
        if self._taken > _LONGEST_ANSWER:
            raise OSError("an answer without an end")
        return line

    def close(self) -> None:
        self._held = b""


def log_in(session: smtplib.SMTP, user: str, password: str) -> None:
    """As smtplib does; raises SMTPNotSupportedError where the server offers nothing that we know.

    A password beyond ASCII goes as UTF-8 (RFC 4616), of which smtplib knows nothing.
    """
    if not session.has_extn("auth"):
        raise smtplib.SMTPNotSupportedError("AUTH is not offered")
    offered = session.esmtp_features["auth"].upper().split()
    if not {"CRAM-MD5", "PLAIN", "LOGIN"} & set(offered):
        raise smtplib.SMTPNotSupportedError(f"AUTH {' '.join(offered)}")
    if (user + password).isascii():
        session.login(user, password)
        return
    if "PLAIN" not in offered:
        raise smtplib.SMTPNotSupportedError("AUTH PLAIN is not offered")
    said = base64.b64encode(f"\0{user}\0{password}".encode()).decode("ascii")
    code, reply = session.docmd("AUTH", f"PLAIN {said}")
    if code != 235:  # noqa: PLR2004  RFC 4954 §4: authentication succeeded
        raise smtplib.SMTPAuthenticationError(code, reply)
