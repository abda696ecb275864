"""Mails as they come back, written as the servers of the world write them. `TOKEN` is that of the letter."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

TOKEN = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32
READER = "lucia@lettori.example"
HERE = f"news+{TOKEN}@aicex.example"


def _number(*said: str) -> int:
    """A Message-ID's, the same for the same mail."""
    return zlib.crc32("".join(said).encode())


def letter_head(token: str = TOKEN, reader: str = READER) -> str:
    """The header of our letter, as a server gives it back."""
    return (
        f"Return-Path: <news+{token}@aicex.example>\n"
        "From: Redazione AICEX <rassegna@aicex.example>\n"
        f"To: <{reader}>\n"
        "Subject: La settimana\n"
        f"Message-ID: <it-3.{token}@aicex.example>\n"
    )


def dsn(*recipients: str, to: str = HERE, about: str = "", returned: str = "") -> bytes:
    """RFC 3464: a part for people, the report, the header of what was sent."""
    blocks = "\n".join(recipients)
    return (
        "Return-Path: <>\n"
        f"Delivered-To: {to}\n"
        "From: MAILER-DAEMON@mx.lettori.example (Mail Delivery System)\n"
        "Subject: Undelivered Mail Returned to Sender\n"
        "Auto-Submitted: auto-replied\n"
        f"Message-ID: <1.{_number(*recipients, to, about)}@mx.lettori.example>\n"
        "MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nI'm sorry to have to inform you.\n\n"
        "--b\nContent-Type: message/delivery-status\n\n"
        f"Reporting-MTA: dns; mx.lettori.example\n{about}\n{blocks}\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{returned or letter_head()}\n--b--\n"
    ).encode()


def failed(status: str = "5.1.1", words: str = "", *, action: str = "failed", reader: str = READER) -> str:
    diagnostic = f"Diagnostic-Code: smtp; {words}\n" if words else ""
    return f"Final-Recipient: rfc822; {reader}\nAction: {action}\nStatus: {status}\n{diagnostic}"


def complaint(kind: str = "abuse", *, to: str = "fbl@aicex.example", head: str | None = None) -> bytes:
    """RFC 5965; the reader's address is redacted, as the big ones do."""
    return (
        f"Delivered-To: {to}\n"
        "From: <feedback@provider.example>\n"
        "Subject: FW: La settimana\n"
        f"Message-ID: <{kind}@provider.example>\n"
        "MIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is an abuse report.\n\n"
        "--b\nContent-Type: message/feedback-report\n\n"
        f"Feedback-Type: {kind}\nUser-Agent: SomeFBL/1.0\nVersion: 1\n"
        "Original-Rcpt-To: <redacted@provider.example>\n\n"
        f"--b\nContent-Type: message/rfc822\n\n{letter_head(reader='redacted') if head is None else head}\n"
        "text\n--b--\n"
    ).encode()


def plain(body: str, *, header: str = "", to: str = HERE, sender: str = "") -> bytes:
    """A mail of text alone, from a mail server unless said otherwise."""
    return (
        f"Return-Path: <>\nDelivered-To: {to}\nFrom: {sender or 'MAILER-DAEMON@mx.lettori.example'}\n"
        f"Subject: failure notice\n{header}"
        f"Message-ID: <p{_number(body, header)}@mx.lettori.example>\n\n{body}"
    ).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What came, and what it says: hard, soft, policy, delayed, complaint, auto-reply or unclear."""

    name: str
    content: bytes
    says: str
    status: str | None = None


QMAIL = f"""Hi. This is the qmail-send program at mx.lettori.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{READER}>:
{{words}}

--- Below this line is a copy of the message.

{letter_head()}
"""

GMAIL = f"""Delivery to the following recipient failed permanently:

     {READER}

Technical details of permanent failure:
{{words}}

----- Original message -----

{letter_head()}
"""

EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {READER}
    {{words}}

------ This is a copy of the message, including all the headers. ------

{letter_head()}
"""

SENDMAIL = f"""The original message was received at Mon, 2 Mar 2026 09:00:00 GMT
from mail.aicex.example [192.0.2.1]

   ----- The following addresses had permanent fatal errors -----
<{READER}>

   ----- Transcript of session follows -----
{{words}}

   ----- Original message follows -----

{letter_head()}
"""

_EXCHANGE = (
    "550 5.4.1 Recipient address rejected: Access denied. AS(201806281)"
    " [DB5EUR01FT066.eop-EUR01.prod.protection.example]"
)


def _nested(inner: bytes) -> bytes:
    """Somebody's server sends the report on, as an attachment of an attachment."""
    return (
        (
            f"Delivered-To: news+{TOKEN}@aicex.example\nFrom: postmaster@old.example\nSubject: Fwd\n"
            'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="o"\n\n'
            "--o\nContent-Type: text/plain\n\nsee below\n\n--o\nContent-Type: message/rfc822\n\n"
        ).encode()
        + inner
        + b"\n--o--\n"
    )


SAMPLES = (
    # ── reports as RFC 3464 wants them ──
    Sample(
        name="postfix, unknown",
        content=dsn(failed("5.1.1", "550 5.1.1 <x@y>: User unknown")),
        says="hard",
        status="5.1.1",
    ),
    Sample(name="null MX", content=dsn(failed("5.1.10")), says="hard", status="5.1.10"),
    Sample(name="closed", content=dsn(failed("5.2.1")), says="hard", status="5.2.1"),
    Sample(name="full", content=dsn(failed("5.2.2")), says="soft", status="5.2.2"),
    Sample(name="gave up after days", content=dsn(failed("4.4.1")), says="soft", status="4.4.1"),
    Sample(name="still full after days", content=dsn(failed("4.2.2")), says="soft", status="4.2.2"),
    Sample(name="blocked", content=dsn(failed("5.7.1", "554 5.7.1 blocked")), says="policy", status="5.7.1"),
    Sample(name="unauthenticated", content=dsn(failed("5.7.26")), says="policy", status="5.7.26"),
    Sample(name="host not found", content=dsn(failed("5.4.4")), says="soft", status="5.4.4"),
    Sample(name="exchange online", content=dsn(failed("5.4.1", _EXCHANGE)), says="soft", status="5.4.1"),
    Sample(name="generic, words unknown", content=dsn(failed("5.0.0", "550 No such user here")), says="hard"),
    Sample(
        name="generic, inner status",
        content=dsn(failed("5.0.0", "550 5.1.1 nobody")),
        says="hard",
        status="5.1.1",
    ),
    Sample(name="generic, quota", content=dsn(failed("5.0.0", "552 over quota")), says="soft"),
    Sample(name="generic, spam", content=dsn(failed("5.0.0", "550 looks like spam")), says="policy"),
    Sample(name="generic, nothing", content=dsn(failed("5.0.0")), says="soft"),
    Sample(
        name="hotmail",
        content=dsn(failed("5.5.0", "550 5.5.0 Requested action not taken: mailbox unavailable")),
        says="hard",
    ),
    Sample(
        name="no status", content=dsn(f"Final-Recipient: rfc822; {READER}\nAction: failed\n"), says="soft"
    ),
    Sample(name="opensmtpd", content=dsn(failed(action="error")), says="hard"),
    Sample(name="a comment in the action", content=dsn(failed(action="failed (bounce)")), says="hard"),
    Sample(name="delayed", content=dsn(failed("4.4.1", action="delayed")), says="delayed"),
    Sample(
        name="delayed with a final status", content=dsn(failed("5.1.1", action="delayed")), says="delayed"
    ),
    Sample(name="relayed", content=dsn(failed("2.0.0", action="relayed")), says="delayed"),
    Sample(name="expanded", content=dsn(failed("2.0.0", action="expanded")), says="delayed"),
    Sample(name="delivered", content=dsn(failed("2.0.0", action="delivered")), says="delayed"),
    Sample(
        name="several, ours is alive",
        content=dsn(failed(reader="x@y.example"), failed("2.0.0", action="delivered")),
        says="delayed",
    ),
    Sample(
        name="several, ours is gone",
        content=dsn(failed("2.0.0", action="delivered", reader="x@y.example"), failed()),
        says="hard",
    ),
    Sample(
        name="an alias for two, one of them gone",
        content=dsn(failed(reader="x@y.example"), failed("2.0.0", action="delivered", reader="z@y.example")),
        says="delayed",
    ),
    Sample(
        name="an alias for two, one gone and one full",
        content=dsn(failed(reader="x@y.example"), failed("5.2.2", reader="z@y.example")),
        says="soft",
        status="5.2.2",
    ),
    Sample(
        name="the original recipient is ours",
        content=dsn(
            f"Original-Recipient: rfc822;{READER}\n" + failed(reader="x@y.example"),
            failed("5.2.2", reader="z@y.example"),
        ),
        says="hard",
    ),
    Sample(name="nested", content=_nested(dsn(failed())), says="hard"),
    Sample(name="CRLF", content=dsn(failed()).replace(b"\n", b"\r\n"), says="hard"),
    # ── complaints ──
    Sample(name="abuse", content=complaint(), says="complaint"),
    Sample(name="fraud", content=complaint("fraud"), says="complaint"),
    Sample(name="not spam after all", content=complaint("not-spam"), says="auto-reply"),
    Sample(name="a report on authentication", content=complaint("auth-failure"), says="auto-reply"),
    Sample(name="a kind nobody knows", content=complaint("sneezing"), says="unclear"),
    # ── reports of their own ──
    Sample(
        name="qmail, unknown",
        content=plain(QMAIL.format(words="Sorry, no mailbox here by that name. (#5.1.1)")),
        says="hard",
        status="5.1.1",
    ),
    Sample(
        name="qmail, quota",
        content=plain(QMAIL.format(words="The user is over quota. (#5.2.2)")),
        says="soft",
        status="5.2.2",
    ),
    Sample(
        name="qmail, no status",
        content=plain(
            QMAIL.format(words="192.0.2.7 does not like recipient.\nRemote host said: 550 unknown user")
        ),
        says="hard",
    ),
    Sample(
        name="gmail, unknown",
        content=plain(
            GMAIL.format(words="550 550 5.1.1 The email account that you tried to reach does not exist.")
        ),
        says="hard",
        status="5.1.1",
    ),
    Sample(
        name="gmail, blocked",
        content=plain(GMAIL.format(words="554 5.7.9 Message not accepted for policy reasons.")),
        says="policy",
        status="5.7.9",
    ),
    Sample(
        name="exim",
        content=plain(
            EXIM.format(words="Unrouteable address: unknown user"),
            header=f"X-Failed-Recipients: {READER}\nAuto-Submitted: auto-replied\n",
        ),
        says="hard",
    ),
    Sample(
        name="exim, full",
        content=plain(
            EXIM.format(words="mailbox is full: quota exceeded"), header=f"X-Failed-Recipients: {READER}\n"
        ),
        says="soft",
    ),
    Sample(
        name="sendmail",
        content=plain(SENDMAIL.format(words="550 5.1.1 nobody of that name")),
        says="hard",
        status="5.1.1",
    ),
    Sample(name="a final no without a reason", content=plain(QMAIL.format(words="Sorry.")), says="soft"),
    Sample(
        name="the words of our letter are not its server's",
        content=plain(
            QMAIL.format(words="Sorry.").replace("La settimana", "No such user, and a mailbox full")
        ),
        says="soft",
    ),
    Sample(
        name="whatever we write of spam",
        content=plain(QMAIL.format(words="(#5.0.0)").replace("La settimana", "What spamhaus blocked")),
        says="soft",
    ),
    # ── machines that answer ──
    Sample(
        name="holidays (RFC 3834)",
        content=plain("Torno lunedì.", header="Auto-Submitted: auto-replied\n", sender=READER),
        says="auto-reply",
    ),
    Sample(
        name="holidays of old",
        content=plain("Back on Monday.", header="Precedence: auto_reply\n", sender=READER),
        says="auto-reply",
    ),
    Sample(
        name="X-Autoreply",
        content=plain("Back on Monday.", header="X-Autoreply: yes\n", sender=READER),
        says="auto-reply",
    ),
    Sample(
        name="holidays that quote a server",
        content=plain(
            QMAIL.format(words="Sorry, no mailbox. (#5.1.1)"),
            header="Auto-Submitted: auto-replied\n",
            sender=READER,
        ),
        says="auto-reply",
    ),
    Sample(
        name="challenge",
        content=plain(
            "Click to prove that you are human.",
            header="Precedence: bulk\nX-TMDA-Fingerprint: x\n",
            sender=READER,
        ),
        says="auto-reply",
    ),
    Sample(
        name="receipt (RFC 8098)",
        content=plain(
            "",
            header='Content-Type: multipart/report; report-type=disposition-notification; boundary="b"\n',
            sender=READER,
        ),
        says="auto-reply",
    ),
    # ── people, and what is for people ──
    Sample(name="a person", content=plain("Bella rassegna, grazie!", sender=READER), says="unclear"),
    Sample(name="a server without words", content=plain("Something happened."), says="unclear"),
    Sample(name="a report without recipients", content=dsn(), says="unclear"),
)

HOSTILE = {
    "nothing": b"",
    "zeros": b"\0" * 5000,
    "a header bomb": b"X: y\n" * 60_000 + b"\nbody",
    "one endless header": b"Subject: " + b"x" * 300_000,
    "folded for ever": b"Content-Type: multipart/report;\n" + b" a=b;\n" * 50_000,
    "quotes for ever": b"Content-Type: multipart/report; " + b';"' * 120_000,
    "parts in parts": b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (i, i) for i in range(4000)
    ),
    "messages in messages": b"Content-Type: message/rfc822\n\n" * 8000,
    "empty lines": b"Content-Type: message/delivery-status\n\n" + b"\n" * 250_000,
    "a thousand recipients": dsn(*[failed(reader=f"r{i}@y.example") for i in range(1000)]),
    "lines without an end": plain(QMAIL.format(words="x" * 200_000)),
    "what the guesses stumble over": plain(
        "failed addresses follow:\n" + "a" * 240_000  # a pattern without an anchor looks from each of these
    ),
    "no charset of this world": b"Content-Type: text/plain; charset=\xff\xfe\n\n\xff\xfe",
    "bytes in an address": dsn(failed(reader="\xe8\udcff@y.example".encode("utf-8", "replace").decode())),
    "tokens without number": (f"To: {', '.join(f'a+{i:032x}@b.example' for i in range(5000))}\n\n").encode(),
    "base64 that is none": b"Content-Type: message/feedback-report\n"
    b"Content-Transfer-Encoding: base64\n\n=!=\xff",
    "uu that is none": b"Content-Type: text/plain\n"
    b"Content-Transfer-Encoding: x-uuencode\n\nbegin 6\xff\n\xfe\n",
}
