"""The rules of every mail, held against the bytes that a real SMTP server received.

Numbers are those of the house's list of outputs, section 1. Three issues were sent to the same readers:
one with every kind of item, one that means ill, and one with more than a mail has room for. The server put
the first mail off once, so that one of each issue was tried twice.
"""

from __future__ import annotations

import email
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from email import policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from lxml import etree

from builders import ITALIAN
from curator.edges.dkim import open_signer
from curator.edges.mail import open_mailer
from curator.model import Issue, Publication
from curator.ports import Mailroom, Signer
from curator.publish import freezing, sending, tokens
from curator.publish.contrast import faint_by_day, faint_in_the_dark, parsed
from curator.publish.letter import MOST_BYTES
from curator.settings import DkimKey
from curator.store import Store
from letters import EDITION, PUBLIC_URL, crowded, hostile, rich
from newsletter import SECRET, Newsletter, a_newsletter
from postoffice import PostOffice, Taken, post_office
from sevenfold import language_of

READERS = ("anna@lettori.example", "bruno+cx@lettori.example", "info@xn--bcher-kva.example")
GONE = ("mai.confermata@lettori.example", "ha.lasciato@lettori.example", "cancellata@lettori.example")
KINDS = {"rich": rich, "hostile": hostile, "crowded": crowded}


@dataclass(frozen=True)
class Received:
    """What came of one issue: all mails in the order in which they were offered, refused ones too."""

    issue: Issue
    publications: tuple[Publication, ...]
    offered: tuple[Taken, ...]
    signer: Signer

    @property
    def mails(self) -> dict[str, Taken]:
        return {mail.recipient: mail for mail in self.offered}


@pytest.fixture(scope="module")
def received(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Received]]:
    folder = tmp_path_factory.mktemp("received")
    shutil.copyfile(sqlite_template, folder / "store.db")
    store = Store(f"sqlite:///{folder / 'store.db'}")
    with post_office() as office:
        newsletter = _newsletter(store, folder, office)
        yield {kind: _sent(newsletter, office, make()) for kind, make in KINDS.items()}
    store.close()


def _newsletter(store: Store, folder: Path, office: PostOffice) -> Newsletter:
    newsletter = a_newsletter(store, folder)
    newsletter.edition = replace(EDITION, key=ITALIAN.key)
    newsletter.settings = replace(newsletter.settings, editions={"it": newsletter.edition})
    newsletter.with_(
        mail={
            "url": office.url,
            "given": True,
            "sender": '"La redazione di “AICEX”, Milano" <rassegna@aicex.example>',
            "reply_to": "redazione@aicex.example",
            "bounce_domain": "ritorni.aicex.example",
            "dkim": (
                DkimKey(selector="r", key_file=_key(folder, "rsa", "genrsa", "2048")),
                DkimKey(selector="e", key_file=_key(folder, "ed", "genpkey", "-algorithm", "ed25519")),
            ),
        },
        serve={"public_url": PUBLIC_URL},
    )
    newsletter.subscribe(*READERS, *GONE[1:])
    newsletter.subscribe(GONE[0], confirmed=False)
    newsletter.unsubscribe(GONE[1])
    newsletter.erase(GONE[2])
    return newsletter


def _key(folder: Path, name: str, *command: str) -> Path:
    path = folder / name
    made = subprocess.run(["openssl", *command], check=True, capture_output=True)
    path.write_bytes(made.stdout)
    path.chmod(0o600)
    return path


def _sent(newsletter: Newsletter, office: PostOffice, publications: list[Publication]) -> Received:
    """Closed, let through by the gate, offered to every reader, and once more to the one who was put off."""
    for publication in publications:
        content = publication.content
        if (
            content.headline.isprintable() or "\ud800" not in content.headline
        ):  # no database takes half a sign
            newsletter.publish(**{field.name: getattr(content, field.name) for field in fields(content)})
    assert newsletter.close() is not None
    signer = open_signer(newsletter.settings.mail)
    assert signer is not None
    offered: list[Taken] = []
    office.before_answer, office.heard["DATA"] = offered.append, 0
    office.at["DATA"] = lambda count, _: "451 4.3.0 later" if count == 1 else None
    for _ in range(2):
        mailer = open_mailer(newsletter.settings.mail)
        room = Mailroom(mailer=mailer, signer=signer)
        sending.send_issue(
            newsletter.store,
            room,
            newsletter.settings,
            edition=newsletter.edition,
            secret=SECRET,
            worker="here:1",
            is_gone=lambda _: False,
            clock=lambda: newsletter.now,
            sleep=newsletter.slept.append,
        )
        mailer.close()
        newsletter.later(hours=2)
    issue = newsletter.issue()
    with newsletter.store.read() as tx:
        items = freezing.publications_of(tx, issue)
    return Received(issue=issue, publications=items, offered=tuple(offered), signer=signer)


@pytest.fixture(params=list(KINDS))
def one(request: pytest.FixtureRequest, received: Mapping[str, Received]) -> Received:
    return received[request.param]


def _raw(mail: Taken) -> list[tuple[str, str]]:
    """The fields as they stand, unfolded."""
    block = mail.content.split(b"\r\n\r\n", 1)[0].decode("ascii")
    return [
        (n, v.strip())
        for n, _, v in (f.partition(":") for f in re.sub(r"\r\n(?=[ \t])", "", block).split("\r\n"))
    ]


def _field(mail: Taken, name: str) -> str:
    [value] = [value for found, value in _raw(mail) if found == name]
    return value


def _message(mail: Taken) -> EmailMessage:
    message = email.message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _part(mail: Taken, kind: str) -> str:
    body = _message(mail).get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def _letters(words: str) -> str:
    """But for what no mail may carry, and where lines are broken."""
    return re.sub(r"\W", "", words)


# ── 1.1: lines and bytes ──


def test_1_1_lines_end_in_crlf_and_are_short(one: Received) -> None:
    for mail in one.offered:
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", mail.content)
        assert max(map(len, mail.content.split(b"\r\n"))) <= 998
        body = mail.content.split(b"\r\n\r\n", 1)[1]
        assert max(map(len, body.split(b"\r\n"))) <= 76


def test_1_1_bytes_are_of_seven_bits_and_parts_quoted_printable(one: Received) -> None:
    for mail in one.offered:
        assert mail.content.isascii()
        assert "SMTPUTF8" not in mail.options
        for part in _message(mail).iter_parts():
            assert part["Content-Transfer-Encoding"] == "quoted-printable"
            assert part.get_content_charset() == "utf-8"


# ── 1.2: each field once, to one person ──


def test_1_2_every_field_is_there_once(one: Received) -> None:
    for mail in one.offered:
        names = [name.lower() for name, _ in _raw(mail) if name != "DKIM-Signature"]
        assert len(names) == len(set(names))
        assert {"from", "to", "date", "message-id", "subject", "mime-version"} <= set(names)
        assert not {"bcc", "cc", "sender"} & set(names)
        assert _message(mail).keys() == [name for name, _ in _raw(mail)]


def test_1_2_it_is_to_this_person_only(one: Received) -> None:
    for mail in one.offered:
        assert _field(mail, "To") == f"<{mail.recipient}>"
        others = {reader for reader in (*READERS, *GONE) if reader != mail.recipient}
        assert not [reader for reader in others if reader.encode() in mail.content]


def test_1_2_it_is_dated_as_the_issue(one: Received) -> None:
    for mail in one.offered:
        assert parsedate_to_datetime(_field(mail, "Date")) == one.issue.closed_at.replace(microsecond=0)
        assert _field(mail, "Date").endswith("+0000")


# ── 1.3: identity ──


def test_1_3_the_message_id_is_derived_and_reveals_nobody(one: Received) -> None:
    found = {_field(mail, "Message-ID") for mail in one.mails.values()}
    assert len(found) == len(READERS)
    for message_id in found:
        assert re.fullmatch(rf"<it-{one.issue.number}\.[0-9a-f]{{32}}@aicex\.example>", message_id)


def test_1_3_a_second_try_is_the_same_mail(one: Received) -> None:
    first, *others = [mail for mail in one.offered if mail.recipient == one.offered[0].recipient]

    assert len(others) == 1
    assert others[0].content == first.content
    assert others[0].sender == first.sender


def test_1_3_what_bounces_says_of_whom(one: Received) -> None:
    senders = {mail.sender for mail in one.mails.values()}
    assert len(senders) == len(READERS)
    for mail in one.mails.values():
        token = _field(mail, "Message-ID").partition(".")[2].partition("@")[0]
        assert mail.sender == f"bounce+{token}@ritorni.aicex.example"


# ── 1.4: two parts ──


def test_1_4_plain_text_first_and_then_html(one: Received) -> None:
    for mail in one.mails.values():
        message = _message(mail)
        assert message.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
        assert [part["Content-Language"] for part in message.iter_parts()] == ["it", "it"]
        assert not list(message.iter_attachments())


# ── 1.5: plain text ──


def test_1_5_the_text_says_all(one: Received) -> None:
    for mail in one.mails.values():
        text = _letters(_part(mail, "plain"))
        for publication in one.publications:
            content = publication.content
            said = [content.note if "unsubscribe.invalid" not in (content.note or "") else None]
            for attribution in content.attributions:
                said += [attribution.url]
            for words in filter(None, said):
                assert _letters(words) in text
        assert PUBLIC_URL + "unsubscribe/it/" in _part(mail, "plain")


def test_1_5_the_text_fits_a_terminal(one: Received) -> None:
    for line in _part(one.offered[0], "plain").split("\n"):
        assert len(line) <= 78 or "://" in line or " " not in line.strip("> ")


def test_1_5_the_text_has_as_much_to_say_as_the_html(one: Received) -> None:
    mail = one.offered[0]
    shown = " ".join(
        said for body in parsed(_part(mail, "html")).iter("body") for said in map(str, body.itertext())
    )

    assert len(_part(mail, "plain").split()) / len(shown.split()) >= 0.8


# ── 1.6, 1.7: the list, and the way out ──


def test_1_6_programs_learn_of_the_list(one: Received) -> None:
    for mail in one.offered:
        assert _field(mail, "List-Id") == "<newsletter-it.aicex.example>"
        assert _field(mail, "List-Post") == "NO"
        assert _field(mail, "Auto-Submitted") == "auto-generated"
        assert _field(mail, "Precedence") == "bulk"
        assert _field(mail, "List-Archive") == "<https://rassegna.example/newsletter/>"
        for name in ("List-Help", "List-Owner"):
            assert _field(mail, name).startswith("<mailto:redazione@aicex.example")
        assert _field(mail, "Feedback-ID") == f"{one.issue.number}:it:newsletter:aicex.example"


def test_1_6_nothing_that_programs_read_is_an_encoded_word(one: Received) -> None:
    for mail in one.offered:
        for name, value in _raw(mail):
            if name.startswith("List-") or name in {"Message-ID", "In-Reply-To", "To", "Feedback-ID"}:
                assert "=?" not in value


def test_1_7_one_click_by_the_web_and_a_mail_besides(one: Received) -> None:
    for mail in one.mails.values():
        by_web, by_mail = re.findall("<([^>]*)>", _field(mail, "List-Unsubscribe"))
        token = by_web.removeprefix(f"{PUBLIC_URL}unsubscribe/it/")
        assert re.fullmatch(r"\d+\.[0-9a-f]{32}", token)
        subscriber_id = int(token.partition(".")[0])
        assert token == tokens.unsubscribe_token(SECRET, edition="it", subscriber_id=subscriber_id)
        assert by_mail == f"mailto:bounce+leave-it.{token}@ritorni.aicex.example?subject=unsubscribe"
        assert _field(mail, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
        assert by_web in _part(mail, "plain")
        assert f'href="{by_web}"' in _part(mail, "html")


def test_1_7_and_1_8_the_signatures_are_right_and_cover_the_way_out(one: Received) -> None:
    for mail in one.mails.values():
        assert one.signer.verifies(mail.content)
        signatures = [value for name, value in _raw(mail) if name == "DKIM-Signature"]
        assert sorted(re.findall(r"\ba=([\w-]+)", " ".join(signatures))) == ["ed25519-sha256", "rsa-sha256"]
        for signature in signatures:
            [covered] = re.findall(r"\bh=([^;]*)", signature)
            names = "".join(covered.split()).lower().split(":")
            assert {"list-unsubscribe", "list-unsubscribe-post", "to", "subject", "date"} <= set(names)
            assert names.count("from") == 2
            assert not re.search(r"\bl=", signature)
            assert re.search(r"\bd=aicex\.example\b", signature)


# ── 1.10: the HTML ──


@pytest.fixture
def html(one: Received) -> str:
    return _part(one.offered[0], "html")


def test_1_10_the_html_arrives_whole(html: str) -> None:
    assert len(html.encode()) <= MOST_BYTES
    assert not re.search(r"<(script|form|iframe|object|embed|link|base|input|svg)\b", html)
    for element in parsed(html).iter(etree.Element):
        assert not [name for name in element.attrib if str(name).startswith("on")]
    assert "url(" not in html


def test_1_10_all_addresses_are_whole_and_ours_are_encrypted(html: str) -> None:
    for element in parsed(html).iter("a", "img"):
        url = element.get("href") or element.get("src") or ""
        assert re.match(r"https?://[^/]|mailto:", url)
        assert not url.startswith("http://rassegna.example")


def test_1_10_links_are_told_apart_by_their_words(html: str) -> None:
    led: dict[str, str] = {}
    for link in parsed(html).iter("a"):
        name = " ".join((link.get("aria-label") or "".join(map(str, link.itertext()))).split())
        assert name
        assert led.setdefault(name, link.get("href") or "") == link.get("href")


def test_1_10_it_can_be_heard_in_its_languages(one: Received, html: str) -> None:
    root = parsed(html)
    assert root.get("lang") == "it"
    assert len(list(root.iter("h1"))) == 1
    for table in root.iter("table"):
        quoted = any(around.tag == "blockquote" for around in table.iterancestors())
        assert quoted or table.get("role") == "presentation"
    spoken = {language_of(quotation) for quotation in root.iter("blockquote")}
    wanted = {p.content.excerpt.language for p in one.publications if p.content.excerpt}
    assert spoken == (wanted if spoken else set())


def test_1_10_pictures_say_what_they_show_and_whose_they_are(html: str) -> None:
    for picture in parsed(html).iter("img"):
        assert picture.get("alt")
        assert (picture.get("width") or "").isdecimal()
        assert (picture.get("height") or "").isdecimal()
        around = picture.getparent()
        assert around is not None
        assert "".join(map(str, around.itertext())).strip()


def test_1_10_it_can_be_read_by_day_and_in_the_dark(html: str) -> None:
    assert faint_by_day(parsed(html)) == []
    assert faint_in_the_dark(html) == []


def test_1_10_it_says_who_writes_and_why(one: Received, html: str) -> None:
    for said in (html, _part(one.offered[0], "plain")):
        assert "Via della Moscova 18, 20121 Milano" in said
        assert "https://rassegna.example/about/" in said
        assert f"https://rassegna.example/newsletter/{one.issue.number}.html" in said
        assert f"{PUBLIC_URL}preferences/it" in said
        assert "Ricevi questa mail" in " ".join(said.split())
    first = next(parsed(html).iter("div", "h1"))
    hidden = [e for e in parsed(html).iter(etree.Element) if "display: none" in (e.get("style") or "")]
    assert first.tag == "div"
    assert "".join(map(str, hidden[0].itertext())).strip()


# ── 1.11: nobody is watched ──


def test_1_11_all_bodies_are_the_same_but_for_the_readers_own_word(one: Received) -> None:
    def common(mail: Taken) -> bytes:
        [token] = re.findall(r"/unsubscribe/it/([^>]*)>", _field(mail, "List-Unsubscribe"))
        body = mail.content.split(b"\r\n\r\n", 1)[1]
        assert body.count(token.encode()) == 2
        return body.replace(token.encode(), b"TOKEN")

    assert len({common(mail) for mail in one.mails.values()}) == 1


def test_1_11_no_pixel_and_nothing_that_counts(html: str) -> None:
    for picture in parsed(html).iter("img"):
        assert min(int(picture.get("width") or 0), int(picture.get("height") or 0)) > 2
        assert (picture.get("src") or "").startswith("https://rassegna.example/pictures/")
    assert not re.search(r"[?&](utm_\w+|fbclid|gclid)=", html)


# ── 1.12: only who wants it ──


def test_1_12_nobody_gets_it_who_has_not_said_yes_or_has_left(one: Received) -> None:
    assert sorted(one.mails) == sorted(READERS)


# ── FAULTS 36 ──


def test_hostile_words_are_words(received: Mapping[str, Received]) -> None:
    quiet = [name for name, _ in _raw(received["rich"].offered[0])]
    for mail in received["hostile"].offered:
        assert [name for name, _ in _raw(mail)] == quiet
        again = _message(mail).as_bytes(policy=policy.SMTP)
        assert email.message_from_bytes(again)["Bcc"] is None
        assert b"evil.example" not in mail.content.split(b"\r\n\r\n", 1)[0].replace(b"v@evil.example", b"")
