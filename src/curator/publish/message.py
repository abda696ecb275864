"""A letter and a reader as the bytes of one mail.

The header block is written here, field by field, and not by `email`: that one
encodes a long List-Unsubscribe as a word (RFC 2047), which breaks one-click
unsubscribing, and before 3.11.10 it let an encoded word in a title smuggle
whole header lines in (CVE-2024-6923). Every block is parsed back and compared
before it leaves.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.header import Header
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Any
from urllib.parse import quote

from email_validator import EmailNotValidError, validate_email

from curator.errors import MailRefused
from curator.model import Issue, Lang, Letter
from curator.publish import tokens
from curator.publish.letter import UNSUBSCRIBE
from curator.settings import Edition, Settings
from curator.text import clean_text

_FOLD_AT = 76
_LONGEST_LINE = 998  # RFC 5322 §2.1.1
_LONGEST_WORD = 60  # a header word longer than this would make a line that cannot be folded


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes and where answers go, from the settings; the addresses in ASCII."""

    name: str
    address: str
    reply_to: str | None
    bounce_domain: str | None
    home_url: str
    public_url: str | None

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def answers(self) -> str:
        return self.reply_to or self.address

    def envelope(self, name: str) -> str:
        """VERP: the address that a bounce of this one mail comes back to, where a domain takes bounces."""
        if self.bounce_domain is None:
            return self.address
        box, _, domain = self.bounce_domain.rpartition("@")
        return f"{box or 'bounce'}+{name.rpartition('.')[2]}@{domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """How this reader leaves: what the letter links to, and what mail programs act on."""

    url: str
    fields: tuple[tuple[str, str], ...]


def sender_of(settings: Settings, *, edition: Edition, home_url: str) -> Sender:
    name, address = parseaddr(settings.mail.sender)
    reply_to = parseaddr(settings.mail.reply_to)[1] if settings.mail.reply_to else None
    return Sender(
        name=name or edition.title,
        address=ascii_address(address),
        reply_to=ascii_address(reply_to) if reply_to else None,
        bounce_domain=settings.mail.bounce_domain,
        home_url=home_url,
        public_url=settings.serve.public_url,
    )


def ascii_address(address: str) -> str:
    """The domain as the DNS knows it (xn--…). A local part beyond ASCII stays: only SMTPUTF8 carries it."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise MailRefused("mail_address_invalid", cause=str(error)) from error
    return f"{local}@{found.ascii_domain}"


def way_out(sender: Sender, *, edition: str, subscriber_id: int | None, secret: bytes) -> WayOut:
    """By mail always; by the web (RFC 8058, one click) where the newsroom is served in public.

    `subscriber_id` None: a test or a preview, which nobody can unsubscribe from.
    """
    by_mail = f"mailto:{quote(sender.answers, safe='@+')}?subject={quote(f'unsubscribe {edition}')}"
    if subscriber_id is None or sender.public_url is None:
        return WayOut(url=by_mail, fields=(("List-Unsubscribe", f"<{by_mail}>"),))
    token = tokens.unsubscribe_token(secret, edition=edition, subscriber_id=subscriber_id)
    url = f"{sender.public_url.rstrip('/')}/unsubscribe/{quote(edition)}/{token}"
    fields = [("List-Unsubscribe", f"<{url}>, <{by_mail}>")]
    if url.startswith("https:"):
        fields.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return WayOut(url=url, fields=tuple(fields))


def personal(letter: Letter, way: WayOut) -> Letter:
    return Letter(
        subject=letter.subject,
        html=letter.html.replace(UNSUBSCRIBE, escape(way.url)),
        text=letter.text.replace(UNSUBSCRIBE, way.url),
    )


def message(
    issue: Issue, *, sender: Sender, language: Lang, recipient: str, message_id: str, way: WayOut
) -> bytes:
    """The mail, whole: CRLF, seven bits, no line over 998 bytes.

    `message_id` comes from the ledger: the same at every attempt.
    """
    boundary = f"=_{hashlib.sha256(issue.content_hash.encode()).hexdigest()[:32]}"
    mine = personal(issue.letter, way)
    fields = [
        ("From", f"{sender.name} <{sender.address}>"),
        ("To", f"<{recipient_address(recipient)}>"),
        *([("Reply-To", f"<{sender.reply_to}>")] if sender.reply_to else []),
        ("Subject", mine.subject),
        ("Date", format_datetime(issue.closed_at.replace(microsecond=0))),
        ("Message-ID", message_id),
        *list_fields(sender, edition=issue.edition, number=issue.number),
        *way.fields,
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
        ("Content-Language", language),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    parts = [
        _part("plain", mine.text, language=language, boundary=boundary),
        _part("html", mine.html, language=language, boundary=boundary),
    ]
    return b"".join([header_block(fields), *parts, f"--{boundary}--\r\n".encode()])


def list_fields(sender: Sender, *, edition: str, number: int) -> Sequence[tuple[str, str]]:
    """RFC 2919 and 2369, and what Gmail's postmaster tools group complaints by."""
    answers = quote(sender.answers, safe="@+")
    return (
        ("List-Id", f"<newsletter-{edition}.{sender.domain}>"),
        ("List-Help", f"<mailto:{answers}?subject=help>"),
        ("List-Owner", f"<mailto:{answers}>"),
        *([("List-Archive", f"<{sender.home_url}>")] if sender.home_url.isascii() else []),
        ("List-Post", "NO"),
        ("Feedback-ID", f"{number}:{edition}:newsletter:{sender.domain}"),
    )


# ── header fields ──


def header_block(fields: Sequence[tuple[str, str]]) -> bytes:
    """Write the fields and read them back: what was not meant to be there refuses the mail."""
    meant = [(name, _inert(value)) for name, value in fields]
    block = "".join(f"{name}: {_folded(name, value)}\r\n" for name, value in meant).encode() + b"\r\n"
    if not _reads_back(block, meant):
        raise MailRefused("mail_header_unsafe", fields=[name for name, _ in fields])
    return block


def recipient_address(address: str) -> str:
    found = ascii_address(address)
    if re.search(r"[\s<>,;:\\\"\x00-\x1f\x7f-\x9f]", found) or found.count("@") != 1:
        raise MailRefused("mail_address_invalid", cause="syntax")
    return found


def _inert(value: str) -> str:
    """One line, and nothing in it that could be taken for an encoded word (RFC 2047)."""
    return " ".join(clean_text(value).replace("=?", "= ?").split())


def _folded(name: str, value: str) -> str:
    match name:
        case "Subject" if _needs_encoding(value):
            return _encoded(name, value)
        case "From":
            said, _, address = value.rpartition(" <")
            escaped = re.sub(r'(["\\])', r"\\\1", said)
            shown = _encoded(name, said) if _needs_encoding(said) else _at_spaces(name, f'"{escaped}"')
            return f"{shown}\r\n <{address}"
        case _:
            return _at_spaces(name, value)


def _needs_encoding(value: str) -> bool:
    return not value.isascii() or any(len(part) > _LONGEST_WORD for part in value.split(" "))


def _encoded(name: str, value: str) -> str:
    return Header(value, "utf-8", maxlinelen=_FOLD_AT, header_name=name).encode(linesep="\r\n")


def _at_spaces(name: str, value: str) -> str:
    """Folded between words and nowhere else: an address in a List-* field stays whole."""
    lines, used = [""], len(name) + 2
    for part in value.split(" "):
        if lines[-1] and used + 1 + len(part) > _FOLD_AT:
            lines.append(part)
            used = 1 + len(part)
        else:
            lines[-1] += f" {part}" if lines[-1] else part
            used += 1 + len(part)
    return "\r\n ".join(lines)


def _reads_back(block: bytes, meant: Sequence[tuple[str, str]]) -> bool:
    raw_lines = block.split(b"\r\n")
    if any(
        b"\r" in line or b"\n" in line or b"\0" in line or len(line) > _LONGEST_LINE for line in raw_lines
    ):
        return False
    begun = [line.split(b":", 1)[0].decode("ascii", "replace") for line in raw_lines if line[:1].strip()]
    parsed = BytesHeaderParser(policy=policy.default).parsebytes(block)
    names = [name for name, _ in meant]
    if begun != names or list(parsed.keys()) != names:
        return False
    # What a mail program shows is what was meant, and no more.
    shown = {"From": _name_and_address(parsed["From"]), "Subject": str(parsed["Subject"])}
    return all(_same(shown[name], value) for name, value in meant if name in shown)


def _name_and_address(field: Any) -> str:
    """`email`'s own reading of a From field; "" unless it names exactly one mailbox."""
    one = field.addresses[0] if len(field.addresses) == 1 else None
    return f"{one.display_name} <{one.addr_spec}>" if one else ""


def _same(shown: str, meant: str) -> bool:
    """But for white space: `email` shows one between the encoded words of a long name; others do not."""
    return "".join(shown.split()) == "".join(meant.split())


# ── body parts ──


def _part(kind: str, said: str, *, language: Lang, boundary: str) -> bytes:
    head = (
        f"--{boundary}\r\n"
        f'Content-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n"
        f"Content-Language: {language}\r\n\r\n"
    )
    lines = said.replace("\r\n", "\n").replace("\r", "\n")
    encoded = binascii.b2a_qp(lines.encode("utf-8", "replace"), istext=True)
    return head.encode() + encoded.replace(b"\n", b"\r\n") + b"\r\n"
