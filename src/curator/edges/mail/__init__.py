"""Where a mail goes: to an SMTP server, to listmonk, or into a folder as .eml. Chosen by `mail.url`."""

from __future__ import annotations

from pathlib import Path

from curator.edges.mail.folder import FolderMailer
from curator.edges.mail.listmonk import ListmonkMailer, listmonk_of
from curator.edges.mail.smtp import SmtpMailer, server_of
from curator.ports import Mailer
from curator.settings import MailSettings

__all__ = ["FolderMailer", "ListmonkMailer", "SmtpMailer", "listmonk_of", "open_mailer", "server_of"]


def open_mailer(mail: MailSettings) -> Mailer:
    """The mailer that `mail.url` names; it connects to nothing before its first mail."""
    scheme, _, path = mail.url.partition(":")
    match scheme:
        case "folder":
            return FolderMailer(Path(path))
        case "listmonk+http" | "listmonk+https":
            return listmonk_of(mail)
        case _:
            return SmtpMailer(server_of(mail))
