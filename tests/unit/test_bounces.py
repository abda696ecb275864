"""What comes back says what it says, whoever's server wrote it; and no bytes at all can break its reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curator.publish.bounces import (
    MOST_BYTES,
    AutoReply,
    Complaint,
    Delayed,
    HardBounce,
    Leave,
    Says,
    SoftBounce,
    Unclear,
    open_returned,
)
from curator.publish.statuses import Meaning, meaning
from returning import (
    HOSTILE,
    OTHER,
    READER,
    SAMPLES,
    TOKEN,
    Sample,
    complaint,
    dsn,
    failed,
    letter_head,
    plain,
)

ELSEWHERE = "postmaster@aicex.example"


def said(says: Says) -> str:
    match says:
        case HardBounce():
            return "hard"
        case SoftBounce(policy=policy):
            return "policy" if policy else "soft"
        case Complaint():
            return "complaint"
        case Delayed():
            return "delayed"
        case AutoReply():
            return "auto-reply"
        case Unclear():
            return "unclear"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_it_says(sample: Sample) -> None:
    opened = open_returned(sample.content)
    says = opened.says(address=READER)

    assert opened.tokens[:1] == (TOKEN,)
    assert said(says) == sample.says
    if sample.status is not None:
        assert isinstance(says, HardBounce | SoftBounce)
        assert says.status == sample.status


def test_the_words_of_a_server_come_without_addresses() -> None:
    says = open_returned(dsn(failed("5.1.1", f"550 5.1.1 <{READER}>: unknown"))).says(address=READER)

    assert isinstance(says, HardBounce)
    assert says.words == "smtp; 550 5.1.1 <…>: unknown"


# ── which mail it is about ──

ENVID = "Original-Envelope-Id"
NO_TOKEN = letter_head(token="x")


@pytest.mark.parametrize(
    ("content", "tokens"),
    [
        (dsn(failed(), returned=NO_TOKEN), (TOKEN,)),
        (dsn(failed(), to=f"NEWS+{TOKEN.upper()}@AICEX.EXAMPLE", returned=NO_TOKEN), (TOKEN,)),
        (dsn(failed(), to=ELSEWHERE, about=f"{ENVID}: it-3.{TOKEN}\n", returned=NO_TOKEN), (TOKEN,)),
        (dsn(failed(), to=ELSEWHERE), (TOKEN,)),
        (dsn(failed(), to=ELSEWHERE, returned=f"Message-ID: <it-3.{TOKEN}@a.example>\n"), (TOKEN,)),
        (dsn(failed(), to=ELSEWHERE, about=f"{ENVID}: {OTHER}\n"), (OTHER, TOKEN)),
        (dsn(failed(), about=f"{ENVID}: {OTHER}\n"), (TOKEN, OTHER)),
        (complaint(head=""), ()),
        (plain("x", to=ELSEWHERE), ()),
        (plain(f"> Message-ID: <it-3.{TOKEN}@a.example>", to=ELSEWHERE), (TOKEN,)),
        (dsn(failed(), to=ELSEWHERE, returned=NO_TOKEN), ()),
        (dsn(failed(), to=f"news+{TOKEN}0@aicex.example", returned=NO_TOKEN), ()),
    ],
    ids=[
        "VERP", "in capitals", "ENVID", "Return-Path of the letter", "Message-ID of the letter",
        "ENVID first", "VERP first", "a complaint about nothing", "nothing", "Message-ID in the text",
        "an address alone", "too long a token",
    ],
)  # fmt: skip
def test_it_names_a_mail_of_ours(content: bytes, tokens: tuple[str, ...]) -> None:
    assert open_returned(content).tokens == tokens


def test_a_mail_to_the_way_out_is_somebody_leaving() -> None:
    content = plain("", to=f"news+leave-it.42.{TOKEN}@aicex.example", sender="anybody@where.example")

    assert open_returned(content).leave == Leave(edition="it", token=f"42.{TOKEN}")


@pytest.mark.parametrize(
    ("head", "leaves"),
    [
        ("Auto-Submitted: auto-replied\n", False),
        ("Auto-Submitted: auto-replied (vacation)\n", False),
        ("Precedence: auto_reply\n", False),
        ("X-Autoreply: yes\n", False),
        ("Subject: Risposta automatica: La settimana\n", False),
        ("Auto-Submitted: auto-generated\nSubject: Out of office\n", False),
        ("Auto-Submitted: auto-generated\nSubject: unsubscribe\n", True),
        ("Auto-Submitted: no\n", True),
        ("Precedence: bulk\n", True),
    ],
)
def test_nobody_leaves_by_being_away(head: str, leaves: bool) -> None:  # noqa: FBT001  one of the table
    opened = open_returned(f"{head}To: news+leave-it.42.{TOKEN}@aicex.example\n\nx\n".encode())

    assert (opened.leave is not None) == leaves


def test_the_same_mail_by_another_way_is_the_same() -> None:
    one = dsn(failed())
    other = b"Received: from a by b;\n\tMon, 2 Mar 2026 09:00:00 +0000\nX-Original-To: x@y\n" + one

    assert open_returned(one).fingerprint == open_returned(other).fingerprint
    assert open_returned(one).fingerprint != open_returned(dsn(failed("5.2.2"))).fingerprint


def test_without_a_message_id_its_text_tells_it_apart() -> None:
    one, other = b"Subject: a\n\nSorry. 1\n", b"Subject: a\n\nSorry. 2\n"

    assert open_returned(one).fingerprint != open_returned(other).fingerprint
    assert open_returned(one).fingerprint == open_returned(b"X: y\r\n\r\nSorry. 1\r\n").fingerprint


# ── codes ──


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        ("5.1.1", "", Meaning.HARD),
        ("5.1.10", "", Meaning.HARD),
        ("5.1.4", "", Meaning.SOFT),
        ("5.1.8", "", Meaning.POLICY),
        ("5.2.1", "", Meaning.HARD),
        ("5.2.2", "", Meaning.SOFT),
        ("5.3.0", "", Meaning.SOFT),
        ("5.4.6", "", Meaning.SOFT),
        ("5.7.1", "550 no such user", Meaning.POLICY),
        ("5.7.509", "", Meaning.POLICY),
        ("4.7.0", "", Meaning.POLICY),
        ("4.4.7", "", Meaning.SOFT),
        ("5.1.1 (permanent failure)", "", Meaning.HARD),
        ("5.0.0", "smtp; 551 not local", Meaning.HARD),
        ("5.0.0", "smtp; 556 nullmx", Meaning.HARD),
        ("5.0.0", "smtp; 554 no", Meaning.POLICY),
        ("5.0.0", "smtp; 550 no", Meaning.SOFT),
        (None, "utente sconosciuto", Meaning.HARD),
        (None, "from 192.5.1.1 at 5.1.1.7", Meaning.SOFT),
        ("nonsense", "", Meaning.SOFT),
        (None, "", Meaning.SOFT),
    ],
)
def test_a_code_means(status: str | None, words: str, expected: Meaning) -> None:
    assert meaning(status, words)[0] is expected


# ── hostile ──


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_mail_is_read_like_any_other(name: str) -> None:
    opened = open_returned(HOSTILE[name])

    assert said(opened.says(address=READER)) in {"hard", "soft", "policy", "unclear", "delayed", "auto-reply"}


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_no_end_of_a_line_leads_round_a_limit(end: bytes) -> None:
    """`email` takes them all for one, and seconds for parts in parts."""
    parts = (b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(50))
    opened = open_returned(b"".join([b"Subject: x\n", *parts]).replace(b"\n", end))

    assert not opened.message.is_multipart()


def test_of_a_long_mail_the_beginning_is_read() -> None:
    assert said(open_returned(dsn(failed()) + b"x" * 3 * MOST_BYTES).says()) == "hard"


_BRICKS = st.sampled_from(
    [
        b"\n", b"\r\n", b"\n\n", b"--b\n", b"--b--\n", b" ", b"\0", b"\xff", b"\xc3", b"=?utf-8?q?=0A?=",
        b"Content-Type: multipart/report; boundary=b\n", b"Content-Type: message/delivery-status\n",
        b"Content-Type: message/feedback-report\n", b"Content-Type: message/rfc822\n", b"Action: failed\n",
        b"Content-Type: text/plain; charset=utf-7\n", b"Content-Transfer-Encoding: base64\n",
        b"X-Failed-Recipients: a@b (((\n", b"Final-Recipient: rfc822; <\xe8@y>\n", b"Feedback-Type: abuse\n",
        b"Hi. This is the qmail-send program\n", b"<a@b>:\n", f"Delivered-To: a+{TOKEN}@b\n".encode(),
        b"Content-Transfer-Encoding: x-uuencode\n", b"begin 644 x\n", b"Precedence: ", b"From: ",
        b"MAILER-DAEMON", b"Status: 5.1.1\n",
    ]
)  # fmt: skip


@given(st.one_of(st.binary(max_size=2000), st.lists(_BRICKS, max_size=60).map(b"".join)))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    opened = open_returned(content)
    opened.says()

    assert opened.says(address=READER) == opened.says(address=READER.upper())
