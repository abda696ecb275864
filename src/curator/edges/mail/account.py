"""Whom a mail service knows us as: the user of `mail.url` and the secret beside it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import SplitResult, unquote

from curator.errors import BadSettings
from curator.settings import MailSettings


def user_of(parts: SplitResult) -> str | None:
    return unquote(parts.username) if parts.username else None


def secret_of(mail: MailSettings, parts: SplitResult) -> str | None:
    """From a file, or with the whole URL from the environment (CURATOR_MAIL__URL): in no config file."""
    return _first_line(mail.password_file) or (unquote(parts.password) if parts.password else None)


def _first_line(path: Path | None) -> str | None:
    if path is None:
        return None
    try:
        return path.read_text(encoding="utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings("settings_file_unreadable", key="mail.password_file", path=str(path)) from error
