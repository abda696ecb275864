"""A letter and a reader as the bytes of one mail.

The header block is written here, field by field, and not by `email`: that one
encodes a long List-Unsubscribe as a word (RFC 2047), which breaks one-click
unsubscribing, and before 3.11.10 it let an encoded word in a title smuggle
whole header lines in (CVE-2024-6923). Every block is parsed back and compared
before it leaves.

Of an issue's mails all is the same but three things: whom it is to, its
Message-ID, and the reader's own word in the way out. So an issue is cast once,
and each mail is put together from what is ready.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
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
    """How a reader leaves: what the letter links to, and what mail programs act on.

    `token`: what of both is this reader's own; None: nothing is.
    """

    url: str
    fields: tuple[tuple[str, str], ...]
    token: str | None = None


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
    if subscriber_id is None:
        return _anybodys(sender, edition=edition)
    token = tokens.unsubscribe_token(secret, edition=edition, subscriber_id=subscriber_id)
    open_way = _readers_own(sender, edition=edition)
    return WayOut(
        url=open_way.url.replace(_SLOT, token),
        fields=tuple((name, value.replace(_SLOT, token)) for name, value in open_way.fields),
        token=token,
    )


def _readers_own(sender: Sender, *, edition: str) -> WayOut:
    """With the slot where each reader's token goes; https first, mailto second (RFC 8058 §4)."""
    by_mail = _by_mail(sender, edition=edition)
    if sender.bounce_domain is not None:
        box, _, domain = sender.bounce_domain.rpartition("@")
        leave = quote(f"{box or 'bounce'}+leave-{edition}.", safe="+")
        by_mail = f"mailto:{leave}{_SLOT}@{domain}?subject=unsubscribe"
    if sender.public_url is None:
        return WayOut(url=by_mail, fields=(("List-Unsubscribe", f"<{by_mail}>"),))
    url = f"{sender.public_url.rstrip('/')}/unsubscribe/{quote(edition)}/{_SLOT}"
    fields = [("List-Unsubscribe", f"<{url}>, <{by_mail}>")]
    if url.startswith("https:"):
        fields.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return WayOut(url=url, fields=tuple(fields))


def _anybodys(sender: Sender, *, edition: str) -> WayOut:
    by_mail = _by_mail(sender, edition=edition)
    return WayOut(url=by_mail, fields=(("List-Unsubscribe", f"<{by_mail}>"),))


def _by_mail(sender: Sender, *, edition: str) -> str:
    return f"mailto:{quote(sender.answers, safe='@+')}?subject={quote(f'unsubscribe {edition}')}"


def personal(letter: Letter, way: WayOut) -> Letter:
    return Letter(
        subject=letter.subject,
        html=letter.html.replace(UNSUBSCRIBE, escape(way.url)),
        text=letter.text.replace(UNSUBSCRIBE, way.url),
    )


def message(
    issue: Issue, *, sender: Sender, language: Lang, recipient: str, message_id: str, way: WayOut
) -> bytes:
    """One mail, whole: CRLF, seven bits, no line over 998 bytes. For many, `cast` the issue once.

    `message_id` comes from the ledger: the same at every attempt.
    """
    made = cast(issue, sender=sender, language=language)
    return made.message(recipient=recipient, message_id=message_id, token=way.token)


# ── one form for all readers ──

_SLOT = "\0"
"""Where a token goes while a form is made. No text of ours has one: `_part` and `_inert` see to it."""

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,63}")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9][A-Za-z0-9._+-]{0,199}@[A-Za-z0-9][A-Za-z0-9.-]{0,254}>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """An issue's mail but for its reader: each that is made of it differs in these three things only.

    Quoted-printable breaks its lines by what stands in them. So the token has
    a line of its own in the encoded parts, and all else is encoded once.
    """

    opening: bytes  # the fields before To and Message-ID, read back already
    closing: bytes  # and after them
    ways: tuple[tuple[str, str], ...] = field(repr=False)  # List-Unsubscribe and -Post, with the slot
    nobodys_ways: tuple[tuple[str, str], ...]
    body: tuple[bytes, ...] = field(repr=False)  # a token goes between each two
    nobodys_body: bytes = field(repr=False)

    def message(self, *, recipient: str, message_id: str, token: str | None) -> bytes:
        """The mail, whole. Raises MailRefused where this address or Message-ID makes no safe header."""
        if not _MESSAGE_ID.fullmatch(message_id) or not (token is None or _TOKEN.fullmatch(token)):
            raise MailRefused("mail_header_unsafe", fields=["Message-ID", "List-Unsubscribe"])
        ways = self.nobodys_ways if token is None else _filled(self.ways, token)
        mine = (("To", f"<{recipient_address(recipient)}>"), ("Message-ID", message_id))
        _require_as_meant((*mine, *ways))
        block = b"".join((self.opening, _lines(mine), self.closing, _lines(ways), b"\r\n"))
        if token is None:
            return block + self.nobodys_body
        return block + token.encode().join(self.body)


def cast(issue: Issue, *, sender: Sender, language: Lang) -> Cast:
    """Make ready all that the issue's readers have in common."""
    boundary = f"=_{hashlib.sha256(issue.content_hash.encode()).hexdigest()[:32]}"
    opening = [
        ("From", f"{sender.name} <{sender.address}>"),
        *([("Reply-To", f"<{sender.reply_to}>")] if sender.reply_to else []),
        ("Subject", issue.letter.subject),
        ("Date", format_datetime(issue.closed_at.replace(microsecond=0))),
    ]
    closing = [
        *list_fields(sender, edition=issue.edition, number=issue.number),
        ("Auto-Submitted", "auto-generated"),
        ("Precedence", "bulk"),
        ("Content-Language", language),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    own = _readers_own(sender, edition=issue.edition)
    anybodys = _anybodys(sender, edition=issue.edition)
    # What a hostile text could do to a header it would do here, before any mail is made.
    header_block([*opening, *closing, *anybodys.fields])
    return Cast(
        opening=_in_common(opening),
        closing=_in_common(closing),
        ways=tuple((name, _at_spaces(name, value)) for name, value in own.fields),
        nobodys_ways=tuple((name, _at_spaces(name, value)) for name, value in anybodys.fields),
        body=_body(issue.letter, own, language=language, boundary=boundary),
        nobodys_body=b"".join(_body(issue.letter, anybodys, language=language, boundary=boundary)),
    )


def _filled(fields: tuple[tuple[str, str], ...], token: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, value.replace(_SLOT, token)) for name, value in fields)


def _in_common(fields: Sequence[tuple[str, str]]) -> bytes:
    folded = [(name, _folded(name, _inert(value))) for name, value in fields]
    _require_as_meant(folded)
    return _lines(folded)


def _lines(fields: Sequence[tuple[str, str]]) -> bytes:
    return "".join([f"{name}: {value}\r\n" for name, value in fields]).encode()


def _require_as_meant(fields: Sequence[tuple[str, str]]) -> None:
    """Read folded fields back: nothing is in them that was not meant to be.

    A header is read line by line, and a line that begins with a name begins a
    field (RFC 5322 §2.2): so what reads back by itself does so among others,
    and what an issue's mails have in common is read back once.
    """
    block = _lines(fields) + b"\r\n"
    if not _is_sound(block) or _AS_IT_STANDS.parsebytes(block).items() != list(fields):
        raise MailRefused("mail_header_unsafe", fields=[name for name, _ in fields])


_AS_IT_STANDS = BytesHeaderParser(policy=policy.compat32)  # values with their folds, nothing decoded


def list_fields(sender: Sender, *, edition: str, number: int) -> Sequence[tuple[str, str]]:
    """RFC 2919 and 2369, and what Gmail's postmaster tools group complaints by."""
    answers = quote(sender.answers, safe="@+")
    return (
        ("List-Id", f"<newsletter-{edition}.{sender.domain}>"),
        ("List-Help", f"<mailto:{answers}?subject=help>"),
        ("List-Owner", f"<mailto:{answers}>"),
        *([("List-Archive", f"<{sender.home_url}newsletter/>")] if sender.home_url.isascii() else []),
        ("List-Post", "NO"),
        ("Feedback-ID", f"{number}:{edition}:newsletter:{sender.domain}"),
    )


def notice_message(
    letter: Letter, *, sender: Sender, language: Lang, recipient: str, message_id: str, at: datetime
) -> bytes:
    """A single mail that its reader asked for: of no list, and nothing to leave."""
    said = f"{message_id}\n{letter.subject}\n{letter.text}"
    boundary = f"=_{hashlib.sha256(said.encode()).hexdigest()[:32]}"
    fields = [
        ("From", f"{sender.name} <{sender.address}>"),
        *([("Reply-To", f"<{sender.reply_to}>")] if sender.reply_to else []),
        ("To", f"<{recipient_address(recipient)}>"),
        ("Subject", letter.subject),
        ("Date", format_datetime(at.replace(microsecond=0))),
        ("Message-ID", message_id),
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", language),
        ("MIME-Version", "1.0"),
        ("Content-Type", f'multipart/alternative; boundary="{boundary}"'),
    ]
    body = _body(letter, WayOut(url="", fields=()), language=language, boundary=boundary)
    return header_block(fields) + b"".join(body)


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


def _is_sound(block: bytes) -> bool:
    """CRLF and nothing else ends a line, none is too long, and nothing is hidden in one."""
    if (
        b"\0" in block
        or block.count(b"\r\n") != block.count(b"\n")
        or block.count(b"\r") != block.count(b"\n")
    ):
        return False
    return all(len(line) <= _LONGEST_LINE for line in block.split(b"\r\n"))


def _reads_back(block: bytes, meant: Sequence[tuple[str, str]]) -> bool:
    if not _is_sound(block):
        return False
    raw_lines = block.split(b"\r\n")
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


def _body(letter: Letter, way: WayOut, *, language: Lang, boundary: str) -> tuple[bytes, ...]:
    """Both parts with their frame, open where a token goes."""
    text = _part("plain", letter.text, way.url, language=language, boundary=boundary)
    html = _part("html", letter.html, escape(way.url), language=language, boundary=boundary)
    html[-1] += f"--{boundary}--\r\n".encode()
    return (*text[:-1], text[-1] + html[0], *html[1:])


def _part(kind: str, said: str, url: str, *, language: Lang, boundary: str) -> list[bytes]:
    head = (
        f"--{boundary}\r\n"
        f'Content-Type: text/{kind}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n"
        f"Content-Language: {language}\r\n\r\n"
    )
    lines = said.replace("\r\n", "\n").replace("\r", "\n").replace(_SLOT, "")
    pieces = [_quoted_printable(piece) for piece in lines.replace(UNSUBSCRIBE, url).split(_SLOT)]
    opened = [_open_ended(piece) for piece in pieces[:-1]] + pieces[-1:]
    ready = [opened[0], *(b"=\r\n" + piece for piece in opened[1:])]  # a soft break ends the token's line
    ready[0] = head.encode() + ready[0]
    ready[-1] += b"\r\n"
    return ready


def _quoted_printable(said: str) -> bytes:
    encoded = binascii.b2a_qp(said.encode("utf-8", "replace"), istext=True)
    # Mail stores put a ">" before a line that begins so, and the signature is broken.
    return re.sub(rb"^From ", b"=46rom ", encoded, flags=re.MULTILINE).replace(b"\n", b"\r\n")


def _open_ended(encoded: bytes) -> bytes:
    """With a soft line break at its end; no line gets longer than RFC 2045 §6.7 (5) has it."""
    start = encoded.rfind(b"\n") + 1
    last = encoded[start:]
    if len(last) >= _FOLD_AT:
        cut = _FOLD_AT - 4
        while b"=" in last[cut - 2 : cut]:
            cut -= 1
        last = last[:cut] + b"=\r\n" + last[cut:]
    return encoded[:start] + last + b"=\r\n"
