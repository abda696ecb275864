"""The bytes of one mail, judged without any server: headers, parts, and what hostile text may not do."""

from __future__ import annotations

import email
import re
from dataclasses import replace
from datetime import timedelta
from email import policy

import pytest
from lxml import etree

from builders import ITALIAN, NOW
from curator.errors import MailRefused
from curator.model import Issue, IssueStatus, Lang, Publication
from curator.publish.drafting import content_hash
from curator.publish.letter import MOST_BYTES, UNSUBSCRIBE, for_everybody, letter, proposed_subject
from curator.publish.message import Sender, cast, header_block, message, personal, way_out
from newsletter import SECRET, part, read_mail
from publishing import SITE, a_copy, a_publication, an_attribution, an_excerpt, an_image
from sevenfold import language_of, parsed

SENDER = Sender(
    name="Redazione “AICEX”",
    address="rassegna@aicex.example",
    reply_to="redazione@aicex.example",
    bounce_domain=None,
    home_url="https://rassegna.example/",
    public_url=None,
)
SERVED = replace(SENDER, public_url="https://rassegna.example/desk/", bounce_domain="bounce.aicex.example")


def an_issue(*publications: Publication) -> Issue:
    written = letter(publications or (a_publication(),), site=SITE, number=7, closed_at=NOW)
    return Issue(
        id=1,
        edition="it",
        number=7,
        status=IssueStatus.CLOSED,
        letter=written,
        content_hash=content_hash(written),
        closed_at=NOW,
        slot=None,
        item_ids=(1,),
    )


def a_mail(
    *publications: Publication,
    sender: Sender = SENDER,
    recipient: str = "anna@lettori.example",
    subscriber_id: int = 1,
) -> bytes:
    return message(
        an_issue(*publications),
        sender=sender,
        language=Lang("it"),
        recipient=recipient,
        message_id="<it-7.0123456789abcdef@aicex.example>",
        way=way_out(sender, edition="it", subscriber_id=subscriber_id, secret=SECRET),
    )


def _raw_fields(mail: bytes) -> dict[str, str]:
    block = mail.split(b"\r\n\r\n", 1)[0].decode("ascii")
    return dict(line.split(": ", 1) for line in re.sub(r"\r\n[ \t]", " ", block).split("\r\n"))


# ── the frame ──


def test_a_mail_has_every_field_once_and_in_seven_bits() -> None:
    mail = a_mail()

    names = [name.lower() for name in email.message_from_bytes(mail)]
    for name in (
        "from",
        "to",
        "date",
        "message-id",
        "subject",
        "mime-version",
        "list-id",
        "list-unsubscribe",
    ):
        assert names.count(name) == 1
    assert mail.isascii()
    assert b"\0" not in mail
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", mail) is None
    assert max(map(len, mail.split(b"\r\n"))) <= 998
    assert max(map(len, mail.split(b"\r\n\r\n")[0].split(b"\r\n"))) <= 100


def test_the_issue_says_the_date_and_the_ledger_the_message_id() -> None:
    fields = _raw_fields(a_mail())

    assert fields["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert fields["Message-ID"] == "<it-7.0123456789abcdef@aicex.example>"
    assert fields["List-Id"] == "<newsletter-it.aicex.example>"
    assert fields["Auto-Submitted"] == "auto-generated"
    assert fields["Precedence"] == "bulk"


def test_the_fields_of_the_list_are_never_encoded_words() -> None:
    for name, value in _raw_fields(a_mail(sender=SERVED)).items():
        if name.startswith("List-") or name == "Message-ID":
            assert "=?" not in value


def test_plain_text_comes_first_and_both_parts_say_their_language() -> None:
    mail = read_mail(a_mail())

    parts = list(mail.iter_parts())
    assert mail.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in parts] == ["text/plain", "text/html"]
    assert [p["Content-Language"] for p in parts] == ["it", "it"]
    assert [p.get_content_charset() for p in parts] == ["utf-8", "utf-8"]
    assert not list(mail.iter_attachments())


def test_without_a_public_service_the_way_out_is_a_mail() -> None:
    mail = a_mail()

    way = "mailto:redazione@aicex.example?subject=unsubscribe%20it"
    assert _raw_fields(mail)["List-Unsubscribe"] == f"<{way}>"
    assert "List-Unsubscribe-Post" not in _raw_fields(mail)
    assert way in part(mail, "plain")
    assert way in part(mail, "html")


def test_with_a_public_service_one_click_is_enough() -> None:
    mail = a_mail(sender=SERVED)

    fields = _raw_fields(mail)
    by_web, by_mail = fields["List-Unsubscribe"].split(", ")
    assert re.fullmatch(r"<https://rassegna\.example/desk/unsubscribe/it/1\.[0-9a-f]{32}>", by_web)
    assert by_mail.startswith("<mailto:")
    assert fields["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert by_web.strip("<>") in part(mail, "plain")


def test_all_bodies_are_the_same_but_for_the_way_out() -> None:
    def body(subscriber_id: int) -> str:
        mail = a_mail(sender=SERVED, subscriber_id=subscriber_id)
        said = read_mail(mail)["Content-Type"] + part(mail, "plain") + part(mail, "html")
        return re.sub(r"unsubscribe/it/[0-9]+\.[0-9a-f]{32}", "WAY OUT", said)

    assert body(1) == body(2)


def test_the_senders_name_survives_its_quotes() -> None:
    assert read_mail(a_mail())["From"].addresses[0].display_name == "Redazione “AICEX”"
    plain = a_mail(sender=replace(SENDER, name='The "CX" Desk, Milan'))
    assert read_mail(plain)["From"].addresses[0].display_name == 'The "CX" Desk, Milan'


def test_an_international_domain_travels_in_ascii() -> None:
    assert _raw_fields(a_mail(recipient="info@bücher.example"))["To"] == "<info@xn--bcher-kva.example>"


# ── hostile text (FAULTS 9 and 36, CVE-2024-6923) ──

EVIL = [
    "=?utf-8?q?Ciao=0D=0ABcc:_v@evil.example?=",
    "=?utf-8?b?Q2lhbw0KQmNjOiB2QGV2aWwuZXhhbXBsZQ==?=",
    "Ciao\r\nBcc: v@evil.example",
    "Ciao\nBcc: v@evil.example\n\nbody",
    "Ciao\x0bBcc: v@evil.example",
    "Ciao\x85Bcc: v@evil.example",
    "Ciao\u2028Bcc: v@evil.example\u2029",
    "Ciao\0\x1b[31m",
    "=?=?utf-8?q?x?=?=",
    "x" * 3000,
    "é" * 3000,
    "\ud800 mezzo carattere",
    "",
]


@pytest.mark.parametrize("title", EVIL)
def test_no_title_can_add_a_header(title: str) -> None:
    quiet = [name for name, _ in email.message_from_bytes(a_mail()).items()]
    mail = a_mail(a_publication(headline=title))

    read = email.message_from_bytes(mail)
    assert [name for name, _ in read.items()] == quiet
    assert "Bcc" not in email.message_from_bytes(read.as_bytes(policy=policy.SMTP))
    again = email.message_from_bytes(mail, policy=policy.default).as_bytes(policy=policy.SMTP)
    assert email.message_from_bytes(again)["Bcc"] is None


@pytest.mark.parametrize("title", EVIL)
def test_no_name_of_an_edition_can_add_a_header(title: str) -> None:
    mail = a_mail(sender=replace(SENDER, name=title or "x"))

    assert "Bcc" not in email.message_from_bytes(mail)
    assert len(read_mail(mail)["From"].addresses) == 1


@pytest.mark.parametrize(
    "address", ["a@b.example\r\nBcc: c@d.example", "a@b.example>, <c@d.example", "a b@c.example"]
)
def test_an_address_with_more_in_it_is_refused(address: str) -> None:
    with pytest.raises(MailRefused):
        a_mail(recipient=address)


def test_a_block_that_does_not_read_back_as_meant_is_refused() -> None:
    with pytest.raises(MailRefused, match="mail_header_unsafe"):
        header_block([("From", "x <a@b.example>"), ("Subject\r\nBcc", "c@d.example")])


def test_a_text_that_spells_the_placeholder_gets_nobodys_way_out() -> None:
    written = letter(
        (
            a_publication(
                headline=UNSUBSCRIBE,
                note=f"Clicca {UNSUBSCRIBE}",
                attributions=(an_attribution(url=UNSUBSCRIBE),),
            ),
        ),
        site=SITE,
        number=1,
        closed_at=NOW,
    )

    assert written.html.count(UNSUBSCRIBE) == 1
    assert written.text.count(UNSUBSCRIBE) == 1


def test_a_line_of_one_dot_does_not_end_the_mail() -> None:
    mail = a_mail(a_publication(note="Prima\n.\nDopo"))

    assert "." in part(mail, "plain").splitlines()
    assert b"\r\n.\r\n" not in mail


# ── the letter ──


def test_the_text_says_all_that_the_html_says() -> None:
    written = letter((a_publication(), a_publication(2, headline="Due")), site=SITE, number=7, closed_at=NOW)

    for said in (
        "Perché i clienti se ne vanno",
        "Mantenere le promesse basta.",
        "Customers remember how you made them feel.",
        "https://cx.example/leave?a=1&b=2",
        "Ada Smith, Bo Jones",
        "The CX Journal",
        "CC BY 4.0",
        "https://pictures.example/queue.jpg",
        "Olav Rotne / Unsplash",
        "2 marzo 2026",
        "https://rassegna.example/items/perche-i-clienti-se-ne-vanno-1.html",
        UNSUBSCRIBE,
    ):
        assert said in " ".join(written.text.split())
    assert max(len(line) for line in written.text.split("\n") if "https://" not in line) <= 78


def test_a_picture_is_a_link_with_its_credit_and_calls_nobody() -> None:
    excerpt = an_excerpt('<p>Prima <img src="https://track.example/p.gif" alt="x">dopo</p>')
    written = letter((a_publication(excerpt=excerpt, image=an_image()),), site=SITE, number=7, closed_at=NOW)

    assert not re.search(r"<(img|picture|video|iframe|script|form|link|object)\b|url\(|@import", written.html)
    assert "track.example" not in written.html
    assert "Olav Rotne / Unsplash" in written.html


def test_our_own_picture_is_shown_small_enough_for_every_mail_program() -> None:
    written = letter((a_publication(copy=a_copy()),), site=SITE, number=7, closed_at=NOW)

    [picture] = re.findall(r"<img[^>]*>", written.html)
    assert f'src="https://rassegna.example/pictures/{"5a" * 32}.jpg"' in picture
    assert 'alt="Una coda davanti a uno sportello"' in picture
    assert 'width="584"' in picture
    assert 'height="400"' in picture
    assert "Olav Rotne / Unsplash" in written.html


def test_every_foreign_passage_names_its_language() -> None:
    written = letter((a_publication(),), site=SITE, number=7, closed_at=NOW)

    assert re.search(r'<html lang="it"', written.html)
    assert re.search(r'<blockquote [^>]*lang="en"', written.html)
    assert written.html.count("<h1") == 1
    assert len(re.findall(r"<table", written.html)) == len(
        re.findall(r'<table [^>]*role="presentation"', written.html)
    )


def test_a_long_letter_is_shortened_until_it_arrives_whole() -> None:
    passage = "<p>" + "Customers remember how you made them feel. " * 400 + "</p>"
    long = an_excerpt(passage, text=passage[3:-4])
    written = letter(
        tuple(a_publication(n, headline=f"Titolo {n}", excerpt=long) for n in range(1, 41)),
        site=SITE,
        number=7,
        closed_at=NOW,
    )

    assert len(written.html.encode()) <= MOST_BYTES
    assert "Titolo 40" in written.html
    assert "Titolo 40" in written.text
    assert "Leggi nel browser: Titolo 40" in written.html


def test_what_has_no_room_in_a_letter_is_named_in_it_and_linked() -> None:
    wordy = "parola " * 900  # a headline is never shortened, nor is a credit
    written = letter(
        (
            a_publication(1, headline=f"Titolo 1: {wordy}", attributions=(an_attribution(title=wordy),)),
            *(a_publication(n, headline=f"Titolo {n}.") for n in range(2, 121)),
        ),
        site=SITE,
        number=7,
        closed_at=NOW,
    )
    whole, _, named = written.html.partition("Anche in questo numero")

    assert MOST_BYTES * 0.9 < len(written.html.encode()) <= MOST_BYTES
    assert "Fonte:" in whole
    assert "Fonte:" not in named
    for n in range(2, 121):
        assert f"Titolo {n}." in written.html
        assert f'href="{SITE.item_url(a_publication(n))}"' in written.html
    assert "Tutti gli articoli" not in written.html


def test_even_a_letter_of_a_thousand_items_is_small_enough() -> None:
    written = letter(
        tuple(a_publication(n, headline=f"Titolo {n}") for n in range(1, 1001)),
        site=SITE,
        number=7,
        closed_at=NOW,
    )

    assert MOST_BYTES * 0.9 < len(written.html.encode()) <= MOST_BYTES
    assert "Tutti gli articoli" in written.html
    assert "Titolo 1000" in written.text


def test_the_subject_is_short_enough_to_be_read() -> None:
    written = letter((a_publication(headline="parola " * 100),), site=SITE, number=7, closed_at=NOW)

    assert written.subject.startswith(f"{ITALIAN.title} · Numero 7: parola")
    assert len(written.subject) <= 140


def test_every_text_of_a_letter_is_in_its_language() -> None:
    """The effective language of every text node, by the nearest `lang` around it."""
    foreign = a_publication(
        language=Lang("en"),
        headline="Keeping is enough",
        note="Promises are kept.\nMostly.",
        excerpt=an_excerpt("<p>Kunden <i lang='fr'>oui</i> gehen.</p>", language=Lang("de"), truncated=True),
        attributions=(an_attribution(title="Warum"), an_attribution(title="Perché", license="© 2014")),
        image=an_image(license="CC BY 4.0"),
        correction="It was 2014.",
        corrected_at=NOW + timedelta(days=3),
        updated_at=NOW + timedelta(days=3),
    )
    written = letter((foreign,), site=SITE, number=7, closed_at=NOW)

    for document in (written.html, for_everybody(written.html)):
        [body] = parsed(document).iter("body")
        spoken: dict[str | None, set[str]] = {}
        for element in body.iter(etree.Element):
            for said, holder in ((element.text, element), (element.tail, element.getparent())):
                if said and said.strip(" \n,·:—()"):
                    spoken.setdefault(language_of(holder), set()).add(said.strip(" \n,·:—()"))
        assert spoken.pop("en") == {"Keeping is enough", "Promises are kept.", "Mostly.", "It was 2014."}
        assert spoken.pop("de") == {"Kunden", "gehen.", "“Warum”", "Warum"}
        assert spoken.pop("fr") == {"oui"}
        assert spoken.pop("und") == {
            "AICEX",
            "Perché",
            "Ada Smith",
            "Bo Jones",
            "The CX Journal",
            "Olav Rotne / Unsplash",
            "© 2014",
        }
        assert {"Aggiornato il", "NOTA AICEX", "Fonte", "Temi", "fedeltà", "2 marzo 2026"} <= spoken.pop("it")
        assert spoken == {}


def test_the_text_names_what_markup_would_say() -> None:
    publication = a_publication(
        language=Lang("en"),
        updated_at=NOW + timedelta(days=3),
        excerpt=an_excerpt(language=Lang("de")),
        attributions=(an_attribution(), an_attribution(authors=("Rossi, Ada", "Bo"), license=None)),
        image=an_image(license="CC BY 4.0"),
    )
    said = letter((publication,), site=SITE, number=7, closed_at=NOW).text

    for line in (
        "AICEX · 2 marzo 2026 · Aggiornato il 5 marzo 2026 · In inglese",
        "Estratto dall’originale (tedesco):",
        "Immagine: Una coda davanti a uno sportello — Olav Rotne / Unsplash",
        "Licenza: CC BY 4.0 — https://creativecommons.org/licenses/by/4.0/",
        "Fonte: Why customers leave (tedesco) — di Ada Smith, Bo Jones — The CX",
        "Fonte: Why customers leave — di Rossi, Ada; Bo — The CX Journal",
        "Temi: fedeltà, CX",
    ):
        assert line in said.split("\n")


# ── one form for all readers ──


def test_a_form_says_to_each_what_a_letter_of_their_own_would_say() -> None:
    issue = an_issue(*(a_publication(n, headline=f"{'x' * n} perché") for n in range(1, 40)))
    made = cast(issue, sender=SERVED, language=Lang("it"))

    for subscriber_id in (1, 22, 333, 4444, 55555, 666666):
        way = way_out(SERVED, edition="it", subscriber_id=subscriber_id, secret=SECRET)
        mail = made.message(recipient="a@b.example", message_id="<it-7.01@aicex.example>", token=way.token)
        mine = personal(issue.letter, way)
        assert part(mail, "plain").replace("\r\n", "\n").rstrip("\n") == mine.text.rstrip("\n")
        assert part(mail, "html").replace("\r\n", "\n").rstrip("\n") == mine.html.rstrip("\n")
        assert max(map(len, mail.split(b"\r\n\r\n", 1)[1].split(b"\r\n"))) <= 76


def test_a_token_never_makes_a_line_too_long() -> None:
    """RFC 2045 §6.7 (5): 76 signs, wherever the soft break falls."""
    issue, token = an_issue(a_publication()), f"1.{'ab' * 16}"
    for length in range(1, 78):
        longer = replace(SERVED, public_url=f"https://rassegna.example/{'=' * 3}{'d' * length}/")
        mail = cast(issue, sender=longer, language=Lang("it")).message(
            recipient="a@b.example", message_id="<it-7.01@aicex.example>", token=token
        )

        assert max(map(len, mail.split(b"\r\n\r\n", 1)[1].split(b"\r\n"))) <= 76
        assert f"{longer.public_url}unsubscribe/it/{token}" in part(mail, "plain")


@pytest.mark.parametrize(
    ("message_id", "token"),
    [
        ("<a@b.example>\r\nBcc: <v@evil.example>", "1.ab"),
        ("<a@b.example>", "1.ab\r\nBcc: <v@evil.example>"),
        ("<a@b.example>", "1.ab>, <https://evil.example/"),
        ("<a@b.example>", ""),
        ("<a b@c.example>", "1.ab"),
    ],
)
def test_nothing_gets_into_a_header_by_a_form(message_id: str, token: str) -> None:
    made = cast(an_issue(), sender=SERVED, language=Lang("it"))

    with pytest.raises(MailRefused, match="mail_header_unsafe"):
        made.message(recipient="a@b.example", message_id=message_id, token=token)


@pytest.mark.parametrize("way", ["<\0>\r\nBcc: <v@evil.example>", "<\0>\r\n\r\nText", "<\0>\n x", "<\0>\r"])
def test_what_is_a_readers_own_is_read_back_in_every_mail(way: str) -> None:
    made = cast(an_issue(), sender=SERVED, language=Lang("it"))
    broken = replace(made, ways=(("List-Unsubscribe", way),))

    with pytest.raises(MailRefused, match="mail_header_unsafe"):
        broken.message(recipient="a@b.example", message_id="<a@b.example>", token="1.ab")


def test_with_a_place_for_bounces_one_leaves_by_a_mail_that_names_nobody() -> None:
    way = way_out(SERVED, edition="it", subscriber_id=7, secret=SECRET)

    assert (
        f"<mailto:bounce+leave-it.{way.token}@bounce.aicex.example?subject=unsubscribe>"
        in dict(way.fields)["List-Unsubscribe"]
    )


def test_a_line_that_begins_with_from_keeps_its_signature() -> None:
    mail = a_mail(a_publication(note="Prima.\nFrom qui in poi."))

    assert re.search(rb"^From ", mail.split(b"\r\n", 1)[1], re.MULTILINE) is None
    assert "\nFrom qui in poi." in part(mail, "plain").replace("\r\n", "\n")


# ── what editors add ──


def test_editors_open_the_letter_in_both_parts() -> None:
    intro = "Care lettrici,\n<b>grassetto</b> e https://aicex.example/x\n\nA presto."
    written = letter(
        (a_publication(),), site=SITE, number=7, closed_at=NOW, subject=" Ciao\r\nBcc: x ", intro=intro
    )

    assert written.subject == "Ciao Bcc: x"
    assert "Care lettrici,\n<b>grassetto</b> e https://aicex.example/x\n\nA presto." in written.text
    assert "&lt;b&gt;grassetto&lt;/b&gt;" in written.html
    assert '<a href="https://aicex.example/x"' in written.html
    assert 0 < written.html.index("A presto.") < written.html.index("<h2")


def test_a_subject_is_proposed_where_editors_say_none() -> None:
    items = (a_publication(headline="Il primo"), a_publication(2, headline="Il secondo"))
    proposed = proposed_subject(items, site=SITE, number=7)

    assert proposed == f"{ITALIAN.title} · Numero 7: Il primo"
    for said in (None, "", " \n "):
        assert letter(items, site=SITE, number=7, closed_at=NOW, subject=said).subject == proposed


def test_only_a_newsroom_that_is_served_offers_preferences() -> None:
    quiet = letter((a_publication(),), site=SITE, number=7, closed_at=NOW)
    served = letter(
        (a_publication(),), site=SITE, number=7, closed_at=NOW, public_url="https://s.example/desk/"
    )

    for said in (served.html, served.text):
        assert "https://s.example/desk/preferences/it" in said
    assert "preferences/it" not in quiet.html + quiet.text
    assert "preferences/it" not in for_everybody(served.html)


def test_a_correction_since_is_marked_where_the_issue_is_shown_with_it() -> None:
    items = (a_publication(), a_publication(2, headline="Un altro"))
    since = {2: NOW + timedelta(days=4)}
    written = letter(items, site=SITE, number=7, closed_at=NOW, corrected=since)

    assert written.html.count("Corretto il") == written.text.count("Corretto il") == 1
    assert written.html.index("Un altro</a>") < written.html.index("Corretto il")
    assert "6 marzo 2026" in written.html


def test_two_items_of_one_headline_have_links_that_are_told_apart() -> None:
    written = letter((a_publication(), a_publication(2)), site=SITE, number=7, closed_at=NOW)

    names = re.findall(r'<h2[^>]*><a(?: aria-label="([^"]*)")?', written.html)
    assert names == ["", "Perché i clienti se ne vanno (2)"]


def test_writing_without_spaces_is_folded_as_wide_as_it_is() -> None:
    note = "約束を守ることがいちばん大切です。" * 20
    written = letter((a_publication(note=note),), site=SITE, number=7, closed_at=NOW)

    wide = [line for line in written.text.split("\n") if "約" in line]
    assert len(wide) > 8
    assert max(map(len, wide)) <= 40
    assert note in "".join(written.text.split())


def test_what_the_editors_wrote_stands_whole_in_the_text_of_a_crowded_letter() -> None:
    wordy = an_excerpt("<p>" + "Customers remember. " * 900 + "</p>", text="x")
    items = tuple(
        a_publication(n, headline=f"T{n}", note="parola " * 150 + "fine.", excerpt=wordy)
        for n in range(1, 140)
    )
    written = letter(items, site=SITE, number=7, closed_at=NOW)

    assert len(written.html.encode()) <= MOST_BYTES
    assert written.text.count("fine.") == 139
