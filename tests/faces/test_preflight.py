"""What `doctor` says of the sender's domain, by answers of a table: the internet is asked nothing."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from curator.edges.dkim import DkimRecord
from curator.edges.dns import open_lookup
from curator.faces import preflight
from curator.faces.doctor import Check
from curator.model import Lang
from curator.settings import Edition, MailSettings, ServeSettings, Settings
from newsroom import Newsroom

KEY = DkimRecord(name="s1._domainkey.aicex.example.org", value="v=DKIM1; k=rsa; p=AAAA", bits=2048)
GOOD = {
    ("aicex.example.org", "TXT"): ("v=spf1 mx -all", "other=thing"),
    (KEY.name, "TXT"): ("v=DKIM1; k=rsa; p=AA AA",),
    ("_dmarc.aicex.example.org", "TXT"): ("v=DMARC1; p=none; rua=mailto:a@example.org",),
    ("aicex.example.org", "MX"): ("mx.aicex.example.org",),
    ("1.2.0.192.in-addr.arpa", "PTR"): ("mx.aicex.example.org",),
    ("mx.aicex.example.org", "A"): ("192.0.2.1",),
}
IN_ORDER = ["doctor_spf", "doctor_dkim", "doctor_dmarc", "doctor_mx", "doctor_ptr"]

Table = Mapping[tuple[str, str], tuple[str, ...] | None]


def _settings(public_url: str | None = "https://aicex.example.org/", **mail: Any) -> Settings:
    edition = Edition(
        key="it", language=Lang("it"), title="La rassegna", subtitle="", timezone="Europe/Rome",
        organisation="AICEX", note_label="", read_more="", source_label="", address="Via Roma 1, Milano",
    )  # fmt: skip
    written = {"url": "smtp://localhost", "given": True, "sender": "La rassegna <news@aicex.example.org>"}
    return Settings(
        newsroom=Path("/nowhere"),
        editions={"it": edition},
        mail=MailSettings(**{**written, **mail}),
        serve=ServeSettings(public_url=public_url),
    )


def _found(
    answers: Table = GOOD,
    *,
    settings: Settings | None = None,
    records: tuple[DkimRecord, ...] = (KEY,),
    sends_from: str | None = "192.0.2.1",
) -> list[Check]:
    return list(
        preflight.findings(
            settings or _settings(),
            records=records,
            lookup=lambda name, kind: answers.get((name, kind), ()),
            sends_from=lambda: sends_from,
        )
    )


def _codes(*args: Any, **options: Any) -> list[str]:
    return [check.code for check in _found(*args, **options)]


def test_a_domain_in_order_has_nothing_to_be_advised() -> None:
    found = _found()

    assert [check.code for check in found] == IN_ORDER
    assert all(check.ok and check.advice is None for check in found)


SPF, DKIM, DMARC = ("aicex.example.org", "TXT"), (KEY.name, "TXT"), ("_dmarc.aicex.example.org", "TXT")
MX, PTR = ("aicex.example.org", "MX"), ("1.2.0.192.in-addr.arpa", "PTR")


@pytest.mark.parametrize(
    ("name", "answer", "code", "ok"),
    [
        (SPF, (), "doctor_spf_missing", True),
        (SPF, ("v=spf1 a -all", "V=SPF1 mx -all"), "doctor_spf_twice", True),
        (SPF, ("v=spf1 mx +all",), "doctor_spf_open", True),
        (DKIM, (), "doctor_dkim_missing", False),
        (DKIM, ("v=DKIM1; k=rsa; p=BBBB",), "doctor_dkim_other", False),
        (DKIM, ("v=DKIM1; p=",), "doctor_dkim_other", False),
        (DMARC, (), "doctor_dmarc_missing", True),
        (DMARC, ("v=DMARC1; p=some",), "doctor_dmarc_invalid", True),
        (DMARC, ("v=DMARC1; p=none", "v=DMARC1; p=reject"), "doctor_dmarc_invalid", True),
        (MX, (), "doctor_mx_missing", True),
        (MX, (".",), "doctor_mx_missing", True),
        (PTR, (), "doctor_ptr_missing", True),
        (PTR, ("elsewhere.example.org",), "doctor_ptr_missing", True),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_advice(
    name: tuple[str, str], answer: tuple[str, ...], code: str, *, ok: bool
) -> None:
    found = [check for check in _found({**GOOD, name: answer}) if check.advice]

    assert [(check.code, check.ok) for check in found] == [(code, ok)]


def test_the_record_to_be_published_is_printed() -> None:
    (missing,) = [check for check in _found({**GOOD, DKIM: ()}) if not check.ok]

    assert (missing.data["name"], missing.data["record"]) == (KEY.name, KEY.value)


@pytest.mark.parametrize(
    ("mail", "codes"),
    [
        ({"url": "smtp://mail.example.net"}, {"doctor_mail_in_clear"}),
        ({"url": "listmonk+http://u@mail.example.net/?template=1"}, {"doctor_mail_in_clear"}),
        ({"url": "listmonk+http://u@listmonk:9000/?template=1"}, set()),
        ({"url": "smtps://mail.example.net"}, set()),
        ({"sender": "news@gmail.com"}, {"doctor_sender_freemail"}),
        ({"sender": "curator@localhost"}, {"doctor_sender_local"}),
        ({"sender": "curator@newsroom.local"}, {"doctor_sender_local"}),
        ({"bounce_domain": "elsewhere.org"}, {"doctor_spf_missing", "doctor_mx_missing"}),
    ],
)
def test_what_the_settings_ask_for_is_looked_at_too(mail: dict[str, Any], codes: set[str]) -> None:
    found = _found(settings=_settings(**mail))

    assert {check.code for check in found if check.advice} == codes


def test_nothing_is_asked_of_a_domain_that_is_nobodys() -> None:
    asked: list[str] = []

    def lookup(name: str, _kind: str) -> tuple[str, ...] | None:
        asked.append(name)
        return None

    list(preflight.findings(_settings(sender="a@localhost"), records=(), lookup=lookup))

    assert asked == []


def test_one_click_wants_a_public_https_address() -> None:
    for url in (None, "http://aicex.example.org/"):
        assert "doctor_no_one_click" in _codes(settings=_settings(public_url=url))


def test_a_postal_address_is_missed() -> None:
    settings = _settings()
    bare = replace(settings, editions={"it": replace(settings.editions["it"], address="")})

    assert "doctor_no_address" in _codes(settings=bare)


def test_a_policy_of_the_domain_above_counts() -> None:
    answers = {**GOOD, DMARC: (), ("_dmarc.example.org", "TXT"): ("v=DMARC1; p=reject",)}

    (found,) = [check for check in _found(answers) if check.code == "doctor_dmarc"]
    assert found.data["policy"] == "reject"


@pytest.mark.parametrize(
    ("policy", "mail", "records", "code"),
    [
        ("p=reject", {"bounce_domain": "bounces.aicex.example.org"}, (), "doctor_dmarc"),
        ("p=reject; aspf=s", {"bounce_domain": "b.aicex.example.org"}, (), "doctor_dmarc_unaligned"),
        ("p=reject", {"bounce_domain": "elsewhere.org"}, (), "doctor_dmarc_unaligned"),
        ("p=reject", {"bounce_domain": "elsewhere.org"}, (KEY,), "doctor_dmarc"),
        (
            "p=reject; adkim=s",
            {"bounce_domain": "elsewhere.org"},
            (replace(KEY, name="s1._domainkey.example.org"),),
            "doctor_dmarc_unaligned",
        ),
    ],
)
def test_alignment_is_counted_as_receivers_do(
    policy: str, mail: dict[str, Any], records: tuple[DkimRecord, ...], code: str
) -> None:
    answers = {**GOOD, DMARC: (f"v=DMARC1; {policy}",)}

    codes = _codes(answers, settings=_settings(**mail), records=records)

    assert [each for each in codes if each.startswith("doctor_dmarc")] == [code]


def test_a_signature_for_somebody_else_is_said() -> None:
    foreign = replace(KEY, name="s1._domainkey.elsewhere.org")

    assert "doctor_dkim_unaligned" in _codes(records=(foreign,))


def test_a_small_key_is_said() -> None:
    assert "doctor_dkim_small" in _codes(records=(replace(KEY, bits=1024),))


def test_keys_beside_listmonk_are_said_to_be_of_no_use() -> None:
    settings = _settings(url="listmonk+https://u@mail.example.net/?template=1", dkim=("key",))

    assert _codes(settings=settings, records=()) == [
        "doctor_dkim_unused", "doctor_spf", "doctor_dmarc", "doctor_mx",
    ]  # fmt: skip


def test_a_dns_out_of_reach_is_nobodys_fault() -> None:
    found = list(
        preflight.findings(_settings(), records=(KEY,), lookup=lambda *_: None, sends_from=lambda: None)
    )

    assert [(check.code, check.ok, check.advice) for check in found] == [("doctor_dns_unasked", True, None)]


def test_doctor_asks_nothing_where_mails_go_into_a_folder(newsroom: Newsroom) -> None:
    assert preflight.NAME not in {check["name"] for check in newsroom.ask("doctor")["checks"]}


def test_doctor_says_it_in_words(newsroom: Newsroom) -> None:
    answer = newsroom.curator(
        "doctor",
        "--json",
        ok=False,
        CURATOR_MAIL__URL="smtp://localhost",
        CURATOR_MAIL__FROM="news@gmail.com",
    )

    said = [check for check in answer.json["checks"] if check["name"] == preflight.NAME and not check["ok"]]
    assert len(said) == 1
    assert "gmail.com" in said[0]["message"]
    assert "mail.from" in said[0]["advice"]


# ── the questions themselves ──


def _answer(asked: bytes, known: Mapping[bytes, list[bytes]]) -> bytes:
    """RFC 1035 §4, of one question: TXT records of the names that are known, NXDOMAIN of others."""
    name = asked[12 : asked.index(b"\0", 12) + 1]
    strings = known.get(name)
    flags = 0x8180 if strings else 0x8183
    header = asked[:2] + struct.pack(">HHHHH", flags, 1, 1 if strings else 0, 0, 0)
    question = name + asked[12 + len(name) : 16 + len(name)]
    if not strings:
        return header + question
    data = b"".join(bytes([len(each)]) + each for each in strings)
    return header + question + b"\xc0\x0c" + struct.pack(">HHIH", 16, 1, 60, len(data)) + data


@contextmanager
def _server(known: Mapping[bytes, list[bytes]]) -> Iterator[tuple[str, int]]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                asked, whom = listening.recvfrom(2048)
                if not asked:
                    return
                listening.sendto(_answer(asked, known), whom)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listening.getsockname()
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                ending.sendto(b"", listening.getsockname())
            thread.join()


def test_a_record_in_several_strings_is_read_as_one() -> None:
    with _server({b"\x02s1\x07example\x03org\0": [b"v=DKIM1; p=AA", b"AA"]}) as server:
        lookup = open_lookup(server=server)

        assert lookup("s1.example.org", "TXT") == ("v=DKIM1; p=AAAA",)
        assert lookup("none.example.org", "TXT") == ()


def test_a_server_that_says_nothing_is_not_asked_a_third_time() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.setblocking(False)  # noqa: FBT003
        lookup = open_lookup(server=silent.getsockname(), each=0.05)

        answers = [lookup(f"{at}.example.org", "TXT") for at in range(9)]

        asked = set()
        with suppress(BlockingIOError):
            while True:
                asked.add(silent.recv(2048)[12:14])
    assert answers == [None] * 9
    assert asked == {b"\x010", b"\x011"}


def test_all_questions_together_have_one_deadline() -> None:
    with _server({b"\x02s1\x07example\x03org\0": [b"v=DKIM1"]}) as server:
        lookup = open_lookup(server=server, within=0)

        assert lookup("s1.example.org", "TXT") is None
