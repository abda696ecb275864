"""Signatures of our own where no mail server signs (RFC 6376, RFC 8463)."""

from __future__ import annotations

from curator.ports import Signer
from curator.settings import MailSettings


def open_signer(_mail: MailSettings) -> Signer | None:
    """None: nobody signs here."""
    return None
