"""What may leave at all: the last look at the bytes and at the envelope, whoever made them."""

from __future__ import annotations

import re
from dataclasses import replace

from curator.errors import MailRefused
from curator.ports import Mail
from curator.publish.message import ascii_address

_LONGEST_LINE = 998  # RFC 5322 §2.1.1, without its CRLF
# Two servers that disagree on what ends a line disagree on where a mail ends ("SMTP smuggling", 2023).
_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n|\0")
_NO_ADDRESS = re.compile(r"[\s<>\x00-\x20\x7f-\x9f]")


def ready(mail: Mail) -> Mail:
    """The mail with its domains as the DNS knows them. Raises MailRefused where it must not leave.

    Everybody's mail is made by the same code: one that is broken says that
    the next would be, and so the run ends here with nobody marked as reached.
    """
    if not mail.message.endswith(b"\r\n") or b"\r\n\r\n" not in mail.message or _LONE.search(mail.message):
        raise MailRefused("mail_bytes_unsafe", name=mail.name)
    if any(len(line) > _LONGEST_LINE for line in mail.message.split(b"\r\n")):
        raise MailRefused("mail_bytes_unsafe", name=mail.name)
    return replace(mail, sender=_address(mail.sender), recipient=_address(mail.recipient))


def _address(address: str) -> str:
    """No SMTPUTF8 is needed for a domain. A word of SMTP cannot be smuggled in by an address."""
    found = ascii_address(address)
    if _NO_ADDRESS.search(found) or found.count("@") != 1:
        raise MailRefused("mail_address_invalid", cause="syntax")
    return found
