"""Bytes of a returned message → what it says, and by which marks of ours it names the mail it is about.

Whoever wants can write to the address that bounces come back to. So nothing here acts: a message only
says; who it speaks of is known by a token of 128 bits that nobody can guess, and never by an address.

Standard reports: RFC 3464 (returned), RFC 5965 (complaints). All others are guessed at by flufl.bounce,
which is shown little of a message, since its patterns take quadratic time.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from functools import cached_property
from itertools import islice
from typing import Any, cast

from flufl.bounce import all_failures

from curator.publish.statuses import Meaning, meaning

MOST_BYTES = 256 * 1024  # the report comes first, the returned letter after it
_MOST_LINES = 6000
_MOST_PARTS = 24
_LONGEST_KIND = 2000  # of a Content-Type; its parameters are read in quadratic time
_MOST_RECIPIENTS = 100
_LONGEST_VALUE = 2000  # of a field
_FOR_GUESSING = 24 * 1024
_LONGEST_GUESSED_LINE = 240

# It logs what it meets, with its traceback: those have addresses in them.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delayed:
    """The server is still trying, or got rid of it: nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HardBounce:
    """Nobody there. `words` is the server's answer without any address."""

    status: str | None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftBounce:
    """`policy`: it is us or this mail that they do not want; no fault of the address."""

    status: str | None
    words: str = ""
    policy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Somebody has pressed "this is spam"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AutoReply:
    """A machine that answers: holidays, receipts, "prove that you are human"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """For people to read."""


Says = Delayed | HardBounce | SoftBounce | Complaint | AutoReply | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A mail to the address that unsubscribes: whoever has the token may."""

    edition: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One block of a report (RFC 3464 §2.3)."""

    action: str
    status: str | None
    words: str
    addresses: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A message, read once. `tokens` in the order in which they are to be believed."""

    tokens: tuple[str, ...]
    leave: Leave | None
    fingerprint: str
    message: Message
    content: bytes

    def says(self, *, address: str | None = None) -> Says:
        """`address` is whom the token stands for: a report on several speaks of them first."""
        try:
            return _says(self, address)
        except _FOREIGN:
            return Unclear()

    @cached_property
    def parts(self) -> tuple[Message, ...]:
        return tuple(islice(self.message.walk(), _MOST_PARTS))


# What `email` and flufl.bounce raise at hostile bytes, as far as anybody has seen: they promise nothing.
_FOREIGN = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


def open_returned(content: bytes) -> Opened:
    """Never fails: what cannot be read at all says nothing and names nobody. (pure)"""
    # For `email` a line ends at a lone CR, too: all that is counted here goes by one kind of end.
    content = content[:MOST_BYTES].replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = content.split(b"\n", _MOST_LINES)
    content = b"\n".join(lines[:_MOST_LINES])
    try:
        message = _parsed(content)
        return Opened(
            tokens=tuple(dict.fromkeys(_tokens(message))),
            leave=_leave(message),
            fingerprint=_fingerprint(message, content),
            message=message,
            content=content,
        )
    except _FOREIGN:
        digest = hashlib.sha256(content).hexdigest()
        return Opened(tokens=(), leave=None, fingerprint=digest, message=Message(), content=b"")


_KIND = re.compile(rb"(?im)^content-type:.*(?:\n[ \t].*)*")


def _parsed(content: bytes) -> Message:
    """Parts in parts and long parameters cost quadratic time: a message of such stays in one piece."""
    kinds = _KIND.findall(content)
    if len(kinds) > _MOST_PARTS or max(map(len, kinds), default=0) > _LONGEST_KIND:
        content = re.sub(rb"(?im)^content-type:", b"X-Unread:", content)
    return message_from_bytes(content)


def _fingerprint(message: Message, content: bytes) -> str:
    """The same message by whichever way it came: its Message-ID, else its body (the way is in the header)."""
    named = _field(message, "message-id")
    body = content.split(b"\n\n", 1)[-1]
    said = named.encode("utf-8", "replace") if named else b"\0" + re.sub(rb"\s+", b" ", body)
    return hashlib.sha256(said).hexdigest()


# ── which mail of ours ──

_TOKEN = r"(?<![0-9a-f])([0-9a-f]{32})(?![0-9a-f])"  # noqa: S105  what one looks like
_VERP = re.compile(rf"\+{_TOKEN}@", re.IGNORECASE)
_LEAVE = re.compile(r"\+leave-([a-z0-9_-]{1,100})\.([0-9]{1,18}\.[0-9a-f]{32})@", re.IGNORECASE)
_ENVELOPE_ID = re.compile(_TOKEN, re.IGNORECASE)
_MESSAGE_ID = re.compile(rf"<[^<>@\s]{{0,200}}\.{_TOKEN}@[^<>@\s]{{1,255}}>", re.IGNORECASE)
_NAMED = re.compile(r"^[ \t>]*message-id:(.{0,1000})", re.IGNORECASE | re.MULTILINE)

# Where receiving servers write the envelope's recipient. Postfix: the first two; Exim: Envelope-To.
_RECIPIENTS = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "received")


def _tokens(message: Message) -> Iterator[str]:
    parts = list(islice(message.walk(), _MOST_PARTS))
    for name in _RECIPIENTS:
        for value in _fields(message, name):
            yield from _found(_VERP, value)
    for part in parts:
        if part.get_content_type() in ("message/delivery-status", "message/feedback-report"):
            for block in _blocks(part):
                yield from _found(_ENVELOPE_ID, _field(block, "original-envelope-id"))
                yield from _found(_VERP, f"{_field(block, 'original-mail-from')}")
    for part in parts[1:]:
        # Of a message in a message: the letter that came back, or its header alone.
        yield from _found(_VERP, _field(part, "return-path"))
        yield from _found(_MESSAGE_ID, _field(part, "message-id"))
    for part in parts:
        if part.get_content_maintype() == "text":
            for named in _NAMED.findall(_text(part)):
                yield from _found(_MESSAGE_ID, named)


def _leave(message: Message) -> Leave | None:
    """Not by a machine that answers for somebody who is away (RFC 3834): they have not asked for it.

    What a mail program or a provider writes for them ("auto-generated") is their wish.
    """
    if _stands_in(message):
        return None
    for name in _RECIPIENTS:
        for value in _fields(message, name):
            if found := _LEAVE.search(value):
                return Leave(edition=found[1].lower(), token=found[2].lower())
    return None


def _found(pattern: re.Pattern[str], value: str) -> Iterator[str]:
    return (token.lower() for token in pattern.findall(value))


# ── what it says ──


def _says(opened: Opened, address: str | None) -> Says:
    message, parts = opened.message, opened.parts
    by_kind = {part.get_content_type(): part for part in reversed(parts)}
    if (report := by_kind.get("message/feedback-report")) is not None:
        return _complaint(report)
    blocks = [b for p in parts if p.get_content_type() == "message/delivery-status" for b in _blocks(p)]
    if recipients := list(islice(filter(None, map(_recipient, blocks)), _MOST_RECIPIENTS)):
        return _verdict(recipients, address)
    if _answers_by_itself(message) and not _from_a_server(message) and not message["x-failed-recipients"]:
        return AutoReply()
    if (guessed := _guessed(opened)) is not None:
        return guessed
    return AutoReply() if _answers_by_itself(message) and not _from_a_server(message) else Unclear()


def _complaint(report: Message) -> Says:
    """RFC 5965 §7.3. Whoever took a mail out of the spam folder has not complained.

    "auth-failure" (RFC 6591) and "virus" are about servers and files, not about a reader's wish.
    """
    kinds = [_field(block, "feedback-type").lower() for block in _blocks(report)]
    match next(filter(None, kinds), ""):
        case "abuse" | "fraud" | "opt-out" | "opt-out-list" | "other":
            return Complaint()
        case "not-spam" | "auth-failure" | "virus" | "dmarc":
            return AutoReply()
        case _:
            return Unclear()


def _recipient(block: Message) -> Recipient | None:
    """None: the block about the whole message, which names no recipient."""
    action = re.split(r"[\s(;]", _field(block, "action").lower(), maxsplit=1)[0]
    status = _field(block, "status")
    if not action and not status:
        return None
    named = (_field(block, name) for name in ("original-recipient", "final-recipient"))
    return Recipient(
        action=action,
        status=status or None,
        words=_field(block, "diagnostic-code"),
        addresses=frozenset(re.sub(r"^[^;]*;", "", name).strip(" <>").lower() for name in named if name),
    )


def _verdict(recipients: Sequence[Recipient], address: str | None) -> Says:
    """Of several those that name the address; else the mildest: an alias stays while one behind it reads."""
    meant = [r for r in recipients if address is not None and address.lower() in r.addresses]
    return min((_one(each) for each in meant or recipients), key=_mildness)


def _one(recipient: Recipient) -> Says:
    if not recipient.action.startswith(("fail", "error")):  # OpenSMTPD says "error"
        return Delayed()
    return _bounce(recipient.status, recipient.words)


def _bounce(status: str | None, words: str) -> HardBounce | SoftBounce:
    meant, decisive = meaning(status, words)
    said = _anonymous(words)
    if meant is Meaning.HARD:
        return HardBounce(status=decisive, words=said)
    return SoftBounce(status=decisive, words=said, policy=meant is Meaning.POLICY)


def _mildness(says: Says) -> int:
    match says:
        case HardBounce():
            return 3
        case SoftBounce(policy=False):
            return 2
        case SoftBounce():
            return 1
        case _:
            return 0


_AUTOMATIC = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-autogenerated", "x-tmda-fingerprint")
_SUBJECTS = re.compile(
    r"^\W*(?:auto(?:matic)?[ -]?(?:reply|response)|automatische antwort|out of (?:the )?office|vacation"
    r"|risposta automatica|fuori (?:sede|ufficio)|assen(?:te|za)|read:|letto:"
    r"|(?:please )?(?:confirm|verify) your (?:message|e-?mail))",
    re.IGNORECASE,
)


def _stands_in(message: Message) -> bool:
    """It answers for somebody. Exchange says so in its subject alone, in the language of the house."""
    return (
        _field(message, "auto-submitted").lower().startswith("auto-replied")
        or _field(message, "precedence").lower() in ("auto_reply", "auto-reply")
        or any(message[name] is not None for name in _AUTOMATIC)
        or _SUBJECTS.match(_field(message, "subject")) is not None
    )


def _answers_by_itself(message: Message) -> bool:
    """RFC 3834 §5, what was used before it, and what challenges and receipts look like."""
    submitted = _field(message, "auto-submitted").lower()
    return (
        _stands_in(message)
        or (submitted != "" and not submitted.startswith("no"))
        or _field(message, "precedence").lower() in ("junk", "bulk", "list")
        or "disposition-notification" in _field(message, "content-type").lower()
    )


def _from_a_server(message: Message) -> bool:
    return (
        re.search(
            r"mailer-?daemon|postmaster|mail delivery|mailsystem", _field(message, "from"), re.IGNORECASE
        )
        is not None
    )


def _guessed(opened: Opened) -> Says | None:
    """A report as only its own server writes it. What it means is read from its words."""
    message = _parsed(_shortened(opened.content))
    try:
        delayed, failed = all_failures(message)
    except _FOREIGN:
        return None
    if not failed:
        return Delayed() if delayed else None
    words = " ".join(
        " ".join(_above(part).split()) for part in opened.parts if part.get_content_type() == "text/plain"
    )
    return _bounce(None, words[:_LONGEST_VALUE])


def _shortened(content: bytes) -> bytes:
    lines = content[:_FOR_GUESSING].split(b"\n")
    return b"\n".join(line[:_LONGEST_GUESSED_LINE] for line in lines)


_BELOW = re.compile(
    r"^(?:[-_= ]{2,}(?:below|original|this is a copy|returned|start of|the header).*"
    r"|(?:received|return-path|message-id|content-type):.*)$",
    re.IGNORECASE | re.MULTILINE,
)


def _above(part: Message) -> str:
    """Without the returned letter below it: that one's words are ours."""
    return _BELOW.split(_text(part), maxsplit=1)[0]


# ── reading what anybody may have written ──


def _fields(message: Message, name: str) -> list[str]:
    values: Iterable[Any] = message.get_all(name) or ()
    return [" ".join(str(value)[:_LONGEST_VALUE].split()) for value in islice(values, _MOST_PARTS)]


def _field(message: Message, name: str) -> str:
    value = message.get(name)
    return "" if value is None else " ".join(str(value)[:_LONGEST_VALUE].split())


def _blocks(part: Message) -> Iterator[Message]:
    """The groups of fields of a report; `email` reads delivery-status as such, feedback-report as text."""
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from cast(list[Message], payload)[:_MOST_RECIPIENTS]
        return
    decoded = part.get_payload(decode=True)
    if isinstance(decoded, bytes):
        for group in re.split(rb"\r?\n\r?\n", decoded.strip())[:_MOST_RECIPIENTS]:
            yield BytesHeaderParser().parsebytes(group + b"\n\n")  # whatever it says of parts, it has none


def _text(part: Message) -> str:
    decoded = None
    with contextlib.suppress(*_FOREIGN):
        decoded = part.get_payload(decode=True)
    return decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else ""


def _anonymous(words: str) -> str:
    """For the log: no address of a reader is in it."""
    return re.sub(r"[^\s<>()\[\]\"',;:=]+@[^\s<>()\[\]\"',;:=]+", "…", words)[:300]
