"""A box on a POP server (RFC 1939). Removed is what was removed once the session has ended with QUIT."""

from __future__ import annotations

import contextlib
import poplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from curator.edges.mailbox.account import Account, Visit, broken
from curator.edges.mailbox.files import LONGEST
from curator.errors import MailRefused
from curator.ports import ReturnedMail

_PORTS = {"pop3s": 995, "pop3": 110}
_LONGEST_LINE = 64 * 1024  # poplib allows 2048, and many mails do not
_MOST_BYTES = 2 * 1024 * 1024  # of one answer
_MOST = 5000  # messages of one visit
_LINES = 2000  # of a long message


class _Session(poplib.POP3):
    def __init__(self, account: Account, visit: Visit) -> None:
        self._account = account
        self._visit = visit
        try:
            super().__init__(account.host, account.port or _PORTS[account.scheme], account.timeout)
        except BaseException:
            if hasattr(self, "file"):
                self.close()
            raise

    def _create_socket(self, timeout: float) -> socket.socket:  # noqa: ARG002  the account's
        return self._visit.connect(_PORTS[self._account.scheme])

    def _getline(self) -> tuple[bytes, int]:
        line = self.file.readline(_LONGEST_LINE)
        if not line:
            raise poplib.error_proto("-ERR EOF")
        return line.rstrip(b"\r\n"), len(line)

    def _getlongresp(self) -> tuple[bytes, list[bytes], int]:
        answer = self._getresp()  # type: ignore[attr-defined]
        lines: list[bytes] = []
        octets = 0
        while (line := self._getline()[0]) != b".":
            octets += len(line) + 2
            if octets > _MOST_BYTES:
                raise poplib.error_proto("an answer without an end")
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        return answer, lines, octets


@contextmanager
def open_pop(account: Account, *, at_most: float) -> Iterator[PopBox]:
    account.require_privacy()
    visit = Visit(account, at_most=at_most)
    try:
        session = _log_in(account, visit)
        try:
            yield PopBox(session, account, visit)
        finally:
            # Where this fails the deletions are undone, and what is read again changes nothing.
            with contextlib.suppress(OSError, poplib.error_proto):
                session.quit()
            session.close()
    finally:
        visit.close()


def _log_in(account: Account, visit: Visit) -> poplib.POP3:
    try:
        session = _Session(account, visit)
    except (OSError, ValueError, poplib.error_proto) as error:
        raise broken(account, error) from error
    try:
        session.user(account.user)
        session.pass_(account.password)
    except poplib.error_proto as error:
        session.close()
        raise MailRefused("mailbox_login_refused", host=account.host, user=account.user) from error
    except (OSError, ValueError) as error:
        session.close()
        raise broken(account, error) from error
    return session


class PopBox:
    def __init__(self, session: poplib.POP3, account: Account, visit: Visit) -> None:
        self._session = session
        self._account = account
        self._visit = visit

    def mails(self) -> Iterator[ReturnedMail]:
        """Newest first: what is not ours stays, and must not keep us from what came today."""
        try:
            sizes = dict(_numbers(line) for line in self._session.list()[1])
        except (OSError, ValueError, poplib.error_proto) as error:
            raise broken(self._account, error) from error
        for number in sorted(sizes, reverse=True)[:_MOST]:
            if not self._visit.has_time:
                return
            yield ReturnedMail(name=str(number), content=self._content(number, size=sizes[number]))

    def remove(self, mail: ReturnedMail) -> None:
        try:
            self._session.dele(int(mail.name))
        except (OSError, poplib.error_proto) as error:
            raise broken(self._account, error) from error

    def _content(self, number: int, *, size: int) -> bytes | None:
        try:
            long = size > LONGEST
            _, lines, _ = self._session.top(number, _LINES) if long else self._session.retr(number)
        except poplib.error_proto as error:
            if isinstance(error.args[0], bytes) and error.args[0].startswith(b"-ERR"):
                return None  # the server's own no: this one it does not give, or no part of it
            raise broken(self._account, error) from error
        except OSError as error:
            raise broken(self._account, error) from error
        return b"\r\n".join(lines)[:LONGEST]


def _numbers(line: bytes) -> tuple[int, int]:
    number, size = line.split()[:2]
    return int(number), int(size)
