"""A folder on an IMAP server (RFC 3501), message by message and by their UIDs."""

from __future__ import annotations

import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from curator.edges.mailbox.account import Account, Visit, broken
from curator.edges.mailbox.files import LONGEST
from curator.errors import MailRefused
from curator.ports import ReturnedMail

READ = "CuratorRead"
"""Keyword of what we have read and is not ours: it stays, unread for people, and is not fetched again."""

_PORTS = {"imaps": 993, "imap": 143, "imap+starttls": 143}
_MOST = 5000  # messages of one visit


class _Session(imaplib.IMAP4):
    def __init__(self, account: Account, visit: Visit) -> None:
        self._account = account
        self._visit = visit
        super().__init__(account.host, account.port or _PORTS[account.scheme], account.timeout)

    def _create_socket(self, timeout: float | None) -> socket.socket:  # noqa: ARG002  the account's
        return self._visit.connect(_PORTS[self._account.scheme])

    def read(self, size: int) -> bytes:
        """A literal as long as the server says it is: no server gets us to wait for more than we asked."""
        if size > LONGEST + 1024:
            raise self.abort(f"a literal of {size} bytes")
        return super().read(size)


@contextmanager
def open_imap(account: Account, *, at_most: float) -> Iterator[ImapBox]:
    account.require_privacy()
    visit = Visit(account, at_most=at_most)
    try:
        session = _log_in(account, visit)
        try:
            yield ImapBox(session, account, visit, able=_able(session, account))
        finally:
            with contextlib.suppress(OSError, ValueError, imaplib.IMAP4.error):
                session.logout()
            _close(session)
    finally:
        visit.close()


def _log_in(account: Account, visit: Visit) -> imaplib.IMAP4:
    try:
        session = _Session(account, visit)
    except (OSError, ValueError, imaplib.IMAP4.error) as error:
        raise broken(account, error) from error
    try:
        if account.scheme == "imap+starttls":
            session.starttls(ssl.create_default_context())
        session.login(_quoted(account.user), account.password)
    except (OSError, ValueError, imaplib.IMAP4.abort) as error:
        _close(session)
        raise broken(account, error) from error
    except imaplib.IMAP4.error as error:
        _close(session)
        raise MailRefused("mailbox_login_refused", host=account.host, user=account.user) from error
    return session


def _quoted(said: str) -> str:
    """As a string of RFC 3501 §4.3. `imaplib` does so to a password, but to no name."""
    return '"' + said.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _able(session: imaplib.IMAP4, account: Account) -> frozenset[str]:
    """Asked now: before the login servers say less, and `imaplib` does not ask again (RFC 3501 §6.2.3)."""
    try:
        _, found = session.capability()
    except (OSError, ValueError, imaplib.IMAP4.error) as error:
        raise broken(account, error) from error
    said = b" ".join(part for part in found if isinstance(part, bytes))
    return frozenset(said.decode("ascii", "replace").upper().split())


def _close(session: imaplib.IMAP4) -> None:
    with contextlib.suppress(OSError, ValueError):
        session.shutdown()


class ImapBox:
    def __init__(
        self, session: imaplib.IMAP4, account: Account, visit: Visit, *, able: frozenset[str]
    ) -> None:
        self._session = session
        self._account = account
        self._visit = visit
        self._able = able
        self._removed: set[str] = set()

    def mails(self) -> Iterator[ReturnedMail]:
        """Nothing is marked as read by looking at it (BODY.PEEK)."""
        marks = self._select()
        wanted = ["UNDELETED", *(["UNKEYWORD", READ] if marks else [])]
        found = self._ask("SEARCH", *wanted)
        uids = " ".join(part.decode("ascii", "replace") for part in found if isinstance(part, bytes)).split()
        for uid in reversed([uid for uid in uids if uid.isdecimal()][-_MOST:]):
            if not self._visit.has_time:
                return
            answer = self._ask("FETCH", uid, f"(BODY.PEEK[]<0.{LONGEST}>)")
            content = _body(answer, uid)
            if content is None:
                continue
            yield ReturnedMail(name=uid, content=content)
            if marks and uid not in self._removed:
                self._ask("STORE", uid, "+FLAGS.SILENT", f"({READ})")

    def remove(self, mail: ReturnedMail) -> None:
        """Without UIDPLUS (RFC 4315) it stays, marked: a plain EXPUNGE would take what others have marked."""
        self._removed.add(mail.name)
        self._ask("STORE", mail.name, "+FLAGS.SILENT", r"(\Seen \Deleted)")
        if "UIDPLUS" in self._able:
            self._ask("EXPUNGE", mail.name)

    def _select(self) -> bool:
        """Whether the folder takes keywords of ours (RFC 3501 §7.1, PERMANENTFLAGS)."""
        try:
            answer, _ = self._session.select(_quoted(self._account.folder))
            _, flags = self._session.response("PERMANENTFLAGS")
        except (OSError, ValueError, imaplib.IMAP4.error) as error:
            raise broken(self._account, error) from error
        if answer != "OK":
            raise MailRefused("mailbox_folder_missing", host=self._account.host, folder=self._account.folder)
        return any(rb"\*" in each for each in flags if isinstance(each, bytes))

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        try:
            answer, found = self._session.uid(command, *arguments)
        except (OSError, ValueError, imaplib.IMAP4.error) as error:
            raise broken(self._account, error) from error
        if answer != "OK":
            raise broken(self._account, ValueError(f"{command}: {answer}"))
        return found


_QUOTED = re.compile(rb'\bBODY\[\]\S* "((?:[^"\\]|\\.)*)"', re.IGNORECASE)


def _body(answer: list[Any], uid: str) -> bytes | None:
    """This message, as a literal or in quotes; None: it is gone, or the server speaks of another."""
    for part in answer:
        said = part[0] if isinstance(part, tuple) else part
        if not isinstance(said, bytes) or not re.search(rb"\bUID %s\b" % uid.encode(), said):
            continue
        if isinstance(part, tuple):
            return bytes(part[1])
        if quoted := _QUOTED.search(said):
            return re.sub(rb"\\(.)", rb"\1", quoted[1])
    return None
