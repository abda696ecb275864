"""Mails that are wrong in one thing each: the gate finds that one thing, by its name, and nothing else."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from quopri import decodestring, encodestring

import pytest

import curator
from builders import NOW
from curator.model import Issue, Lang, Problem, Publication
from curator.publish import gate
from curator.publish.contrast import colour, contrast
from curator.publish.message import cast
from letters import EDITION, INTRO, SENDER, an_issue_of, crowded, hostile, rich

PUBLICATIONS = [rich()[n] for n in (0, 2, 12)]
ISSUE = an_issue_of(PUBLICATIONS)
TOKEN = "12." + "ab" * 16
COVERED = (
    "from:from:to:reply-to:subject:date:message-id:mime-version:content-type:list-id:list-unsubscribe:"
    "list-unsubscribe-post"
)
SIGNATURE = (
    f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=aicex.example; s=m; h={COVERED}; b=eA==\r\n"
)


def a_mail_of(publications: list[Publication] | None = None, issue: Issue = ISSUE) -> bytes:
    issue = an_issue_of(publications) if publications else issue
    made = cast(issue, sender=SENDER, language=Lang("it"))
    mail = made.message(
        recipient="anna@lettori.example", message_id="<it-7.0123456789abcdef@aicex.example>", token=TOKEN
    )
    return SIGNATURE.encode() + mail


def judged(mail: bytes, **said: object) -> tuple[Problem, ...]:
    ordinary = {"issue": ISSUE, "sender": SENDER, "edition": EDITION, "publications": PUBLICATIONS}
    return gate.findings(mail, **(ordinary | {"intro": INTRO, "signed": True} | said))  # type: ignore[arg-type]


GOOD = a_mail_of()
HEAD, REST = GOOD.split(b"\r\n\r\n", 1)
BOUNDARY = REST.split(b"\r\n", 1)[0]
_, TEXT, HTML, _ = REST.split(BOUNDARY)


def damaged(part: str, old: str, new: str) -> bytes:
    """The good mail with the first that matches replaced; in a part, of what it says."""
    match part:
        case "mail":
            return _changed(GOOD, old.encode("latin-1"), new.encode("latin-1"))
        case "head":
            return _changed(HEAD, old.encode(), new.encode()) + b"\r\n\r\n" + REST
        case "text":
            return GOOD.replace(TEXT, _said_otherwise(TEXT, old, new))
        case _:
            return GOOD.replace(HTML, _said_otherwise(HTML, old, new))


def _changed(before: bytes, old: bytes, new: bytes) -> bytes:
    after, times = re.subn(old, lambda _: new, before, count=1, flags=re.DOTALL)
    assert times, f"the good mail has no {old!r}"
    return after


def _said_otherwise(part: bytes, old: str, new: str) -> bytes:
    head, body = part.split(b"\r\n\r\n", 1)
    changed = _changed(decodestring(body), old.encode(), new.encode())
    encoded = encodestring(changed.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    return head + b"\r\n\r\n" + encoded


DEFECTS = [
    # the bytes
    ("mail_line_ends", "mail", "\r\nSubject: ", "\nSubject: "),
    ("mail_line_ends", "mail", "Care lettrici", "Care\r lettrici"),
    ("mail_nul", "mail", "Feedback-ID: 7", "Feedback-ID: 7\0"),
    ("mail_eight_bits", "mail", "Feedback-ID: 7", "Feedback-ID: \xc3\xa8 7"),
    ("mail_line_long", "head", "Feedback-ID: 7", "Feedback-ID: " + "x" * 1000),
    # the header
    ("mail_header_missing", "head", r"List-Id: [^\r]*\r\n", ""),
    ("mail_header_missing", "head", r"Date: [^\r]*\r\n", ""),
    ("mail_header_missing", "head", r"List-Archive: [^\r]*\r\n", ""),
    ("mail_header_twice", "head", r"Precedence: bulk\r\n", "Precedence: bulk\r\nPrecedence: bulk\r\n"),
    ("mail_header_surplus", "head", r"Precedence", "Bcc: v@evil.example\r\nPrecedence"),
    ("mail_header_encoded", "head", r"List-Help: ", "List-Help: =?utf-8?q?x?= "),
    ("mail_header_encoded", "head", r"List-Id: ", "List-Id: =?utf-8?q?x?= "),
    ("mail_from_other", "head", r"<rassegna@aicex.example>", "<rassegna@evil.example>"),
    ("mail_to_many", "head", r"(?<=To: <anna@lettori.example>)", ", <bo@lettori.example>"),
    ("mail_date_other", "head", r"09:00:00 \+0000", "09:00:01 +0000"),
    ("mail_date_other", "head", r"09:00:00 \+0000", "10:00:00 +0100"),
    ("mail_id_other", "head", r"<it-7\.", "<it-8."),
    ("mail_list_id_other", "head", r"<newsletter-it\.", "<newsletter-7."),
    ("mail_bulk_unmarked", "head", "List-Post: NO", "List-Post: <mailto:x@y.example>"),
    ("mail_bulk_unmarked", "head", "Auto-Submitted: auto-generated", "Auto-Submitted: no"),
    ("mail_subject_empty", "head", r"Subject: .*?\r\n(?! )", "Subject: \r\n"),
    ("mail_subject_other", "head", r"Subject: .*?\r\n(?! )", "Subject: Altro\r\n"),
    # the way out
    ("mail_unsubscribe_missing", "head", r"List-Unsubscribe: .*?\r\n(?! )", ""),
    ("mail_unsubscribe_order", "head", r"(?<=List-Unsubscribe: )(?=<https)", "<mailto:x@y.example>, "),
    ("mail_unsubscribe_order", "head", r",\r\n <mailto:[^>]*>", ""),
    ("mail_one_click", "head", r"\r\nList-Unsubscribe-Post: [^\r]*", ""),
    ("mail_one_click", "head", r"List-Unsubscribe=One-Click", "List-Unsubscribe=Yes"),
    ("mail_unsubscribe_unlinked", "text", r"https://servizio\S*/unsubscribe/it/\S*", "qui"),
    ("mail_unsubscribe_unlinked", "html", r"/unsubscribe/it/[^\"]*", "/unsubscribe/it/"),
    ("mail_link_personal", "html", r'href="https://servizio.rassegna.example/preferences/it"',
     f'href="https://servizio.rassegna.example/preferences/it?t={TOKEN}"'),
    # the signature
    ("mail_signature_missing", "head", r"DKIM-Signature: [^\r]*\r\n", ""),
    ("mail_signature_thin", "head", ":list-unsubscribe-post;", ";"),
    ("mail_signature_thin", "head", "h=from:from:", "h=from:"),
    ("mail_signature_thin", "head", "; b=eA==", "; l=10; b=eA=="),
    ("mail_signature_domain", "head", "d=aicex.example", "d=other.example"),
    # the parts
    ("mail_structure", "mail", "multipart/alternative", "multipart/mixed"),
    ("mail_structure", "mail", "text/plain", "text/html"),
    ("mail_part_language", "mail", "Content-Language: it\r\n\r\n<!DOC", "Content-Language: en\r\n\r\n<!DOC"),
    ("mail_part_encoding", "mail", 'text/html; charset="utf-8"', 'text/html; charset="latin1"'),
    # plain text
    ("mail_text_wide", "text", "Care lettrici", "e ancora voi tutti " * 5 + "Care lettrici"),
    ("mail_text_thin", "html", "</h1>", "</h1><p>" + "parola " * 1000 + "</p>"),
    ("mail_text_incomplete", "text", "Mantenere le promesse basta", "Mantenere basta"),
    ("mail_text_incomplete", "text", r"https://cx\.example/leave\S*", "https://cx.example/"),
    ("mail_text_incomplete", "text", "di Ada Smith, Bo Jones", "di Ada Smith"),
    ("mail_text_incomplete", "text", "Keeping is enough", "Keeping"),
    ("mail_text_incomplete", "text", "Scriveteci", "Scrivete"),
    # the HTML
    ("mail_html_large", "html", "</body>", f"<p><!-- {'x' * 102_400} --></p></body>"),
    ("mail_html_incomplete", "html", "Mantenere le promesse basta", "Mantenere basta"),
    ("mail_html_incomplete", "html", "Più originali", "Originali"),
    ("mail_html_incomplete", "html", 'href="https://hbr.example/x"', 'href="https://hbr.example/y"'),
    ("mail_html_incomplete", "html", "<br>questa settimana si parla", "<br>si parla"),
    ("mail_html_incomplete", "html", r"items/perche-i-clienti-se-ne-vanno-3\.html", "items/altro.html"),
    ("mail_active", "html", "</body>", "<script>1</script></body>"),
    ("mail_active", "html", "</body>", "<form></form></body>"),
    ("mail_active", "html", "<h1", '<h1 onclick="x()"'),
    ("mail_active", "html", "</head>", '<link rel="icon" href="https://rassegna.example/icon.svg"></head>'),
    ("mail_style_remote", "html", "</style>", "@media print { p { background: url(//e) } }</style>"),
    ("mail_style_loose", "html", "</style>", "p { color: #000 }</style>"),
    ("mail_link_empty", "html", r">Leggi nel browser<", "><"),
    ("mail_link_relative", "html", "</h1>", '</h1><a style="color:#000" href="/x">altrove</a>'),
    ("mail_link_scheme", "html", "</h1>", '</h1><a style="color:#000" href="javascript:alert(1)">premi</a>'),
    ("mail_link_insecure", "html", "</h1>", '</h1><a style="color:#000" href="http://rassegna.example/x">noi</a>'),
    ("mail_link_text_bare", "html", ">Leggi nel browser<", ">Clicca qui<"),
    ("mail_link_text_twice", "html", ">Leggi nel browser<", ">Scegli che cosa ricevere<"),
    ("mail_link_tracking", "html", "</h1>", '</h1><a style="color:#000" href="https://e.example/?utm_source=n">e</a>'),
    ("mail_picture_alt", "html", 'alt="Una coda davanti a uno sportello"', ""),
    ("mail_picture_alt", "html", 'alt="Una coda davanti a uno sportello"', 'alt=""'),
    ("mail_picture_size", "html", 'height="400"', ""),
    ("mail_picture_credit", "html", r"Olav Rotne / Unsplash(?=</span></a>)", "foto"),
    ("mail_picture_foreign", "html", 'src="https://rassegna.example/pic', 'src="https://pictures.example/pic'),
    ("mail_pixel", "html", "</h1>",
     '</h1><img alt="o" width="1" height="1" src="https://rassegna.example/o.png">'),
    ("mail_language_missing", "html", '<html lang="it"', "<html"),
    ("mail_language_unmarked", "html", '<span lang="en" dir="auto">Keeping', '<span dir="auto">Keeping'),
    ("mail_language_unmarked", "html", r'(?<=<blockquote )([^>]*) lang="en"', 'class="excerpt"'),
    ("mail_title_missing", "html", r"<title>.*?</title>", "<title></title>"),
    ("mail_heading", "html", r"<h1([^>]*)>Rassegna CX</h1>", "<p>Rassegna CX</p>"),
    ("mail_heading", "html", r"</h1>", "</h1><h1>Un altro</h1>"),
    ("mail_table_role", "html", 'class="sheet" role="presentation"', 'class="sheet"'),
    ("mail_contrast_light", "html", r"(?<=<h1 style=\")", "color: #999;"),
    ("mail_contrast_light", "html", "background-color: #ffffff", "background-color: #777777"),
    ("mail_contrast_dark", "html", r"\.foot p \{ color: #c2bfb4", ".foot p { color: #333333"),
    ("mail_contrast_dark", "html", "background-color: #1e1e1c", "background-color: #ffffff"),
    ("mail_dark_missing", "html", r'<meta name="color-scheme" content="light dark">', ""),
    ("mail_preheader_missing", "html", r'<div class="preheader".*?</div>', ""),
    ("mail_placeholder", "html", "Care lettrici", "{{ saluto }} Care lettrici"),
    ("mail_placeholder", "text", "Care lettrici", "%s Care lettrici"),
    ("mail_placeholder", "html", "</h1>", '</h1><a style="color:#000" href="https://unsubscribe.invalid/">via</a>'),
    ("mail_placeholder", "text", "Care lettrici", "None Care lettrici"),
    # the foot
    ("mail_organisation_missing", "html", r">AICEX · <a", "><a"),
    ("mail_organisation_missing", "text", r"AICEX · Rassegna CX\r\nVia", "Rassegna CX\r\nVia"),
    ("mail_address_missing", "html", "Via della Moscova 18, 20121 Milano", ""),
    ("mail_address_missing", "text", "Via della Moscova 18, 20121 Milano", ""),
    ("mail_privacy_missing", "html", 'href="https://rassegna.example/about/"', 'href="https://rassegna.example/"'),
    ("mail_archive_missing", "text", "https://rassegna.example/newsletter/7.html", "sul sito"),
    ("mail_preferences_missing", "text", "https://servizio.rassegna.example/preferences/it", "sul sito"),
    ("mail_why_missing", "html", "Ricevi questa mail", "Ecco questa mail"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "part", "old", "new"), DEFECTS, ids=[f"{n}-{row[0]}" for n, row in enumerate(DEFECTS)]
)
def test_each_defect_is_found_by_its_name(code: str, part: str, old: str, new: str) -> None:
    assert [problem.code for problem in judged(damaged(part, old, new))] == [code]


def test_a_good_mail_passes() -> None:
    assert judged(GOOD) == ()


@pytest.mark.parametrize("publications", [rich(), hostile(), crowded()], ids=["rich", "hostile", "crowded"])
def test_whatever_the_items_say_the_houses_letter_passes(publications: list[Publication]) -> None:
    mail = a_mail_of(publications)

    assert judged(mail, issue=an_issue_of(publications), publications=publications) == ()


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"intro": "Cari {{nome}}, buona lettura"}, ["mail_placeholder"]),
        ({"subject": "Ciao %(nome)s"}, ["mail_placeholder"]),
        ({"intro": "None of us read it, %s"}, []),
    ],
)
def test_what_was_written_for_this_mail_alone_has_no_gap_left_in_it(
    said: dict[str, str], codes: list[str]
) -> None:
    issue = an_issue_of(PUBLICATIONS, **said)

    found = judged(a_mail_of(issue=issue), issue=issue, intro=said.get("intro", INTRO))

    assert [problem.code for problem in found] == codes


def test_a_newsroom_that_nobody_reaches_by_the_web_lets_readers_leave_by_mail() -> None:
    sender = replace(SENDER, public_url=None)
    issue = an_issue_of(PUBLICATIONS, public_url=None)
    mail = cast(issue, sender=sender, language=Lang("it")).message(
        recipient="anna@lettori.example", message_id="<it-7.01@aicex.example>", token=TOKEN
    )

    assert judged(mail, issue=issue, sender=sender, signed=False) == ()


def test_the_way_out_is_below_where_the_newsroom_is_served() -> None:
    elsewhere = replace(SENDER, public_url="https://altrove.example/")

    assert "mail_unsubscribe_other" in {p.code for p in judged(GOOD, sender=elsewhere)}


def test_a_correction_that_a_reader_has_not_seen_yet_is_no_defect_of_another_letter() -> None:
    corrected = [replace(p, updated_at=NOW) for p in PUBLICATIONS]

    assert judged(GOOD, publications=corrected) == ()


def test_a_defect_is_said_once_however_often_it_occurs() -> None:
    mail = damaged("html", "</h1>", "</h1>" + '<img src="/x">' * 3)

    assert sorted(p.code for p in judged(mail)) == [
        "mail_picture_alt",
        "mail_picture_foreign",
        "mail_picture_size",
    ]


@pytest.mark.parametrize("locale", ["it", "en"])
def test_every_finding_can_be_said(locale: str) -> None:
    source = Path(curator.__file__).parent
    files = [source / f"publish/{name}.py" for name in ("gate", "inspection", "checking")]
    codes = {code for file in files for code in re.findall(r'"(mail_[a-z_]+)"', file.read_text())}
    said = tomllib.loads((source / f"faces/messages/{locale}.toml").read_text())["problems"]

    assert {row[0] for row in DEFECTS} <= codes
    assert codes <= said.keys()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("#fff", (255, 255, 255)),
        ("#14575b", (20, 87, 91)),
        ("rgb(1, 2,3)", (1, 2, 3)),
        ("rgba(0,0,0,.5)", (100, 100, 100)),
        ("#00000080", (99.6, 99.6, 99.6)),
        ("no-repeat white", (255, 255, 255)),
        ("currentcolor", None),
        (None, None),
    ],
)
def test_colours_are_read_as_browsers_do(said: str | None, meant: tuple[float, ...] | None) -> None:
    found = colour(said, on=(200, 200, 200))

    assert found == (pytest.approx(meant, abs=0.1) if meant else None)


def test_contrast_is_what_wcag_says() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
