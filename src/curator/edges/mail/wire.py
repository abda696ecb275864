"""What may leave at all: the last look at the bytes and at the envelope, whoever made them."""

from __future__ import annotations

import re
from dataclasses import replace

from curator.errors import MailRefused
from curator.ports import Mail
from curator.publish.message import ascii_address

_LONGEST_LINE = 998  # RFC 5322 §2.1.1, without its CRLF
_NO_ADDRESS = re.compile(r"[\s<>\x00-\x20\x7f-\x9f]")


def ready(mail: Mail) -> Mail:
    """The mail with its domains as the DNS knows them. Raises MailRefused where it must not leave.

    Everybody's mail is made by the same code: one that is broken says that
    the next would be, and so the run ends here with nobody marked as reached.
    """
    if not _is_safe(mail.message):
        raise MailRefused("mail_bytes_unsafe", name=mail.name)
    sender, recipient = _address(mail.sender), _address(mail.recipient)
    if (sender, recipient) == (mail.sender, mail.recipient):
        return mail
    return replace(mail, sender=sender, recipient=recipient)


def _is_safe(message: bytes) -> bool:
    """Servers that disagree on what ends a line disagree on where a mail ends ("SMTP smuggling", 2023)."""
    lines = message.split(b"\r\n")
    return (
        len(lines) - 1 == message.count(b"\r") == message.count(b"\n")
        and b"\0" not in message
        and b"\r\n\r\n" in message
        and not lines[-1]
        and max(map(len, lines)) <= _LONGEST_LINE
    )


def _address(address: str) -> str:
    """No SMTPUTF8 is needed for a domain. A word of SMTP cannot be smuggled in by an address."""
    found = ascii_address(address)
    if _NO_ADDRESS.search(found) or found.count("@") != 1:
        raise MailRefused("mail_address_invalid", cause="syntax")
    return found
