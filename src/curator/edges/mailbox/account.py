"""A box on a server: whom it knows us as, and how long we listen to it."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from dataclasses import dataclass

from curator.errors import MailRefused
from curator.text import clean_text

_LONGEST_REASON = 300
_ENCRYPTED = ("imaps", "pop3s", "imap+starttls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    scheme: str
    host: str
    port: int | None
    user: str
    password: str
    folder: str
    timeout: float

    @property
    def tls(self) -> bool:
        return self.scheme in ("imaps", "pop3s")

    def require_privacy(self) -> None:
        """A password goes over a network encrypted or not at all."""
        if self.scheme not in _ENCRYPTED and not _is_here(self.host):
            raise MailRefused("mailbox_not_encrypted", host=self.host)


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Visit:
    """An end for all of it. A socket's own timeout begins anew with every byte that drips in."""

    def __init__(self, account: Account, *, at_most: float) -> None:
        self._account = account
        self._ends = time.monotonic() + at_most * 0.8
        self._line: socket.socket | None = None
        self._timer = threading.Timer(at_most, self._hang_up)
        self._timer.daemon = True
        self._timer.start()

    @property
    def has_time(self) -> bool:
        """For another message; what is left over is for saying good-bye."""
        return time.monotonic() < self._ends

    def connect(self, port: int) -> socket.socket:
        account = self._account
        line = socket.create_connection((account.host, account.port or port), account.timeout)
        # Wrapping in TLS takes the socket's number away: hanging up needs one of its own.
        self._line = line.dup()
        if not account.tls:
            return line
        try:
            return ssl.create_default_context().wrap_socket(line, server_hostname=account.host)
        except BaseException:
            line.close()
            raise

    def close(self) -> None:
        self._timer.cancel()
        if self._line is not None:
            self._line.close()

    def _hang_up(self) -> None:
        if self._line is not None:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)


def broken(account: Account, error: Exception) -> MailRefused:
    """What went wrong with a server, in one of our own."""
    cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    said = clean_text(cause or "no answer in time")[:_LONGEST_REASON]
    code = "mailbox_tls_failed" if isinstance(error, ssl.SSLError) else "mailbox_failed"
    return MailRefused(code, host=account.host, cause=said)
