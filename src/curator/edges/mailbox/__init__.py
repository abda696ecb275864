"""Boxes that undeliverable mail comes back to: a Maildir, an mbox, one message, an IMAP or a POP server.

No message leaves its box before `remove` was called for it, which is after what it said was committed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from curator.edges.mailbox.account import Account
from curator.edges.mailbox.files import Maildir, OneFile
from curator.edges.mailbox.imap import open_imap
from curator.edges.mailbox.pop import open_pop
from curator.errors import BadInput, BadSettings
from curator.ports import ReturnedMails
from curator.settings import MailSettings

__all__ = ["open_mailbox", "open_path"]

VISIT = 120.0  # seconds; what is not read by then is read the next time


@contextmanager
def open_mailbox(mail: MailSettings, *, at_most: float = VISIT) -> Iterator[ReturnedMails]:
    """The box that `mail.bounce_mailbox` names.

    A server is let go after `at_most` seconds, whatever it does. Raises MailRefused.
    """
    url = mail.bounce_mailbox
    if url is None:
        raise BadInput("mailbox_not_set")
    scheme, _, place = url.partition(":")
    if scheme in ("maildir", "mbox"):
        yield open_path(Path(place), at_most=at_most)
        return
    account = _account(mail, url)
    opened = open_imap if scheme.startswith("imap") else open_pop
    with opened(account, at_most=at_most) as box:
        yield box


def open_path(path: Path, *, stdin: BinaryIO | None = None, at_most: float | None = None) -> ReturnedMails:
    """A Maildir, an mbox or one message; with `stdin` what is piped in, of which nothing can be removed."""
    if stdin is not None:
        return OneFile(path, stdin)
    if (path / "new").is_dir() or (path / "cur").is_dir():
        return Maildir(path, at_most=at_most)
    if path.is_file():
        return OneFile(path)
    raise BadInput("mailbox_no_maildir" if path.is_dir() else "mailbox_missing", path=str(path))


def _account(mail: MailSettings, url: str) -> Account:
    parts = urlsplit(url)
    if not parts.hostname or not parts.username:
        raise BadSettings("settings_wants_mailbox_url", key="mail.bounce_mailbox")
    return Account(
        scheme=parts.scheme,
        host=parts.hostname,
        port=parts.port,
        user=unquote(parts.username),
        password=_password(mail.bounce_password_file) or unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        timeout=mail.timeout,
    )


def _password(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        key = "mail.bounce_password_file"
        raise BadSettings("settings_file_unreadable", key=key, path=str(path)) from error
