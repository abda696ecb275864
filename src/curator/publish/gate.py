"""What a mail must pass before the first one leaves: one of an issue is judged as its bytes stand.

Nothing is taken from what made it. The mail is read as mail programs read it,
and held against the issue, its items and the settings. Each rule has a code of
its own (`mail_…`), which is found once however often it is broken; where it
was broken first is in the data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from curator.model import Issue, Problem, Publication
from curator.publish import labels, markup
from curator.publish.inspection import Looked, look
from curator.publish.letter import MOST_BYTES, as_shown, defused, intro_shown
from curator.publish.message import Sender
from curator.publish.site import item_path
from curator.settings import Edition
from curator.text import plain

_LONGEST_LINE = 998  # RFC 5322 §2.1.1
_COLUMNS = 78
_LEAST_RATIO = 0.8  # words of the text part to words of the HTML; below it SpamAssassin counts it as a sign

NOT_IN_OLDER = frozenset({"mail_privacy_missing", "mail_preferences_missing"})
"""What letters could not have before their makings were kept: one that was closed then leaves as it is."""

_ONCE = (
    "From", "To", "Date", "Message-ID", "Subject", "MIME-Version", "Content-Type", "Content-Language",
    "List-Id", "List-Help", "List-Owner", "List-Post", "List-Unsubscribe", "Feedback-ID", "Auto-Submitted",
    "Precedence",
)  # fmt: skip
_AT_MOST_ONCE = ("Reply-To", "Sender", "List-Archive", "List-Unsubscribe-Post")
_SIGNED = (
    "from", "to", "subject", "date", "message-id", "mime-version", "content-type", "list-id",
    "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
_TEMPLATE = re.compile(r"\{\{.*?(?:\}\}|$)|\{%.*?(?:%\}|$)|\}\}|%\(\w+\)[sd]", re.MULTILINE)
_PLACEHOLDER = re.compile(
    _TEMPLATE.pattern + r"|%[sd]\b|https://unsubscribe\.invalid/?"
    r"|(?<![\w“\"])(?:None|undefined|NaN)(?![\w”\"])",
    re.MULTILINE,
)


@dataclass(frozen=True, kw_only=True)
class Given:
    """What the mail is held against: the issue and its items, who sends it, and where its readers can go.

    `signed`: we sign ourselves, so that a signature must be there. The items are as readers get them.
    """

    issue: Issue
    sender: Sender
    edition: Edition
    publications: Sequence[Publication] = ()
    intro: str | None = None
    signed: bool = False

    def url(self, publication: Publication) -> str:
        return self.sender.home_url + item_path(publication)

    def label(self, key: str, **values: object) -> str:
        return labels.label(self.edition, key, **values)

    @property
    def served(self) -> bool:
        return self.sender.public_url is not None

    @cached_property
    def words(self) -> str:
        """All that the editors and the sources say: what stands in it may stand in the mail."""
        # Written for this mail alone, and where “Cari {{nome}}” is forgotten; “None of us” is no placeholder.
        intro = _TEMPLATE.sub("", self.intro or "")
        subject = self.issue.letter.subject
        if not any(_TEMPLATE.search(p.content.headline) for p in self.publications):  # it may be one of these
            subject = _TEMPLATE.sub("", subject)
        return "\n".join(filter(None, [intro, subject, *self._quoted()]))

    def _quoted(self) -> list[str | None]:
        said: list[str | None] = [self.edition.title]
        for publication in self.publications:
            content = publication.content
            said += [content.headline, content.note, content.author, content.correction, *content.tags]
            said += [content.excerpt.html, content.excerpt.text] if content.excerpt else []
            for one in content.attributions:
                said += [one.title, one.publisher, one.url, one.license, *one.authors]
            if content.image:
                said += [content.image.url, content.image.alt, content.image.credit, content.image.license]
        return said


def findings(
    mail: bytes,
    *,
    issue: Issue,
    sender: Sender,
    edition: Edition,
    publications: Sequence[Publication] = (),
    intro: str | None = None,
    signed: bool = False,
) -> tuple[Problem, ...]:
    """What is wrong with this mail of the issue; nothing, where it may leave."""
    given = Given(
        issue=issue,
        sender=sender,
        edition=edition,
        publications=[as_shown(p, edition) for p in publications],
        intro=intro_shown(intro),
        signed=signed,
    )
    return _once_each(_all(mail, given))


def _all(mail: bytes, given: Given) -> Iterator[Problem]:
    yield from _encoding(mail)
    fields = _fields(mail)
    yield from _header(fields, given)
    yield from _way_out(fields, given)
    if given.signed:
        yield from _signature(fields, given)
    parts = list(_parts(mail))
    if [kind for kind, _, _ in parts] != ["text/plain", "text/html"]:
        yield _problem("mail_structure", found=", ".join(kind for kind, _, _ in parts))
        return
    yield from _languages(parts, given)
    (_, _, text), (_, _, html) = parts
    url = _leads_out(fields)
    looked = look(html)
    yield from _text(text, looked, given, url)
    yield from looked.problems(given, url)
    yield from _both(text, looked, given, html)


def _once_each(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    first: dict[str, Problem] = {}
    for problem in problems:
        first.setdefault(problem.code, problem)
    return tuple(first.values())


def _problem(code: str, *, field: str | None = None, **data: Any) -> Problem:
    return Problem(code=code, field=field, data=data)


# ── encoding ──


def _encoding(mail: bytes) -> Iterator[Problem]:
    """RFC 5322 §2.1: lines end in CRLF; RFC 2045 §2.7: seven bits, no NUL."""
    if re.search(rb"(?<!\r)\n|\r(?!\n)", mail):
        yield _problem("mail_line_ends")
    if b"\0" in mail:
        yield _problem("mail_nul")
    # An address beyond ASCII before the @ can travel in no other way (RFC 6532); our own text never needs it.
    if not re.sub(rb"^To: [^\r\n]*", b"", mail, count=1, flags=re.MULTILINE).isascii():
        yield _problem("mail_eight_bits")
    longest = max(map(len, re.split(rb"\r?\n", mail)))
    if longest > _LONGEST_LINE:
        yield _problem("mail_line_long", length=longest, most=_LONGEST_LINE)


# ── header ──


def _fields(mail: bytes) -> list[tuple[str, str]]:
    """Name and value, unfolded and not decoded."""
    block = re.split(rb"\r?\n\r?\n", mail, maxsplit=1)[0].decode("utf-8", "replace")
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", block)
    return [
        (name, value.strip()) for name, _, value in (line.partition(":") for line in unfolded.splitlines())
    ]


def _value(fields: Sequence[tuple[str, str]], name: str) -> str:
    return next((value for found, value in fields if found.lower() == name.lower()), "")


def _header(fields: Sequence[tuple[str, str]], given: Given) -> Iterator[Problem]:
    names = [name.lower() for name, _ in fields]
    wanted = [*_ONCE, *(["List-Archive"] if given.sender.home_url.isascii() else [])]
    if missing := [name for name in wanted if name.lower() not in names and name != "List-Unsubscribe"]:
        yield _problem("mail_header_missing", fields=missing)
    known = {name.lower() for name in (*_ONCE, *_AT_MOST_ONCE)}
    if twice := [name for name in (*_ONCE, *_AT_MOST_ONCE) if names.count(name.lower()) > 1]:
        yield _problem("mail_header_twice", fields=twice)
    if surplus := [name for name, _ in fields if name.lower() not in known | {"dkim-signature"}]:
        yield _problem("mail_header_surplus", fields=surplus)
    for name, value in fields:
        if (name.lower().startswith("list-") or name.lower() == "message-id") and "=?" in value:
            yield _problem("mail_header_encoded", field=name)
    yield from _values(fields, given)


def _values(fields: Sequence[tuple[str, str]], given: Given) -> Iterator[Problem]:
    issue, sender = given.issue, given.sender
    if (address := parseaddr(_value(fields, "From"))[1]) and address != sender.address:
        yield _problem("mail_from_other", found=address, expected=sender.address)
    if (to := _value(fields, "To")) and not re.fullmatch(r"<[^<>,;\s]+@[^<>,;\s@]+>", to):
        yield _problem("mail_to_many")
    if (date := _value(fields, "Date")) and not _is_date_of(issue, date):
        yield _problem("mail_date_other", found=date, expected=issue.closed_at.isoformat(timespec="seconds"))
    ours = rf"<{re.escape(issue.edition)}-{issue.number}\.[\w.-]+@[\w.-]+>"
    if (message_id := _value(fields, "Message-ID")) and not re.fullmatch(ours, message_id):
        yield _problem("mail_id_other", found=message_id)
    list_id = f"<newsletter-{issue.edition}.{sender.domain}>"
    if (found := _value(fields, "List-Id")) not in ("", list_id) and "=?" not in found:
        yield _problem("mail_list_id_other", found=found, expected=list_id)
    yield from _subject(fields, given)
    expected = {"List-Post": "NO", "Auto-Submitted": "auto-generated", "Precedence": "bulk"}
    for name, value in expected.items():
        if (found := _value(fields, name)) not in ("", value) and "=?" not in found:
            yield _problem("mail_bulk_unmarked", field=name, found=found, expected=value)


def _is_date_of(issue: Issue, said: str) -> bool:
    try:
        date = parsedate_to_datetime(said)
    except ValueError:
        return False
    return date.utcoffset() == timedelta() and date == issue.closed_at.replace(microsecond=0)


def _subject(fields: Sequence[tuple[str, str]], given: Given) -> Iterator[Problem]:
    block = f"Subject: {_value(fields, 'Subject')}\r\n\r\n".encode("utf-8", "replace")
    shown = _bare(str(BytesParser(policy=policy.default).parsebytes(block, headersonly=True)["Subject"]))
    if not shown:
        yield _problem("mail_subject_empty")
    elif shown != _bare(given.issue.letter.subject.replace("=?", "= ?")):
        yield _problem("mail_subject_other", expected=given.issue.letter.subject)


# ── the way out ──


def _uris(fields: Sequence[tuple[str, str]]) -> list[str]:
    return re.findall(r"<([^<>]*)>", _value(fields, "List-Unsubscribe"))


def _leads_out(fields: Sequence[tuple[str, str]]) -> str | None:
    uris = _uris(fields)
    return next((uri for uri in uris if uri.startswith("https:")), uris[0] if uris else None)


def _way_out(fields: Sequence[tuple[str, str]], given: Given) -> Iterator[Problem]:
    """RFC 2369 §3.2, RFC 8058: https first where it is served, a mail second, one click."""
    uris = _uris(fields)
    if not uris:
        yield _problem("mail_unsubscribe_missing", field="List-Unsubscribe")
        return
    schemes = [uri.partition(":")[0] for uri in uris]
    served = urlsplit(given.sender.public_url or "").scheme
    if schemes != ([served, "mailto"] if served else ["mailto"]):
        yield _problem("mail_unsubscribe_order", found=", ".join(schemes))
    elif served and not uris[0].startswith(_below(given)):
        yield _problem("mail_unsubscribe_other", found=_without_token(uris[0]), expected=_below(given))
    click = [value for name, value in fields if name.lower() == "list-unsubscribe-post"]
    if click != (["List-Unsubscribe=One-Click"] if served == "https" else []):
        yield _problem("mail_one_click", field="List-Unsubscribe-Post")


def _below(given: Given) -> str:
    return f"{(given.sender.public_url or '').rstrip('/')}/unsubscribe/{given.issue.edition}/"


def _without_token(url: str) -> str:
    return url.rpartition("/")[0] + "/…"


# ── the signature ──


def _signature(fields: Sequence[tuple[str, str]], given: Given) -> Iterator[Problem]:
    """RFC 6376: ours is there, covers what counts, and is of the sender's domain (DMARC)."""
    signatures = [value for name, value in fields if name.lower() == "dkim-signature"]
    if not signatures:
        yield _problem("mail_signature_missing")
    present = {name.lower() for name, _ in fields}
    for signature in signatures:
        tags = {k.strip(): "".join(v.split()) for k, _, v in (t.partition("=") for t in signature.split(";"))}
        covered = tags.get("h", "").lower().split(":")
        missing = [name for name in _SIGNED if name in present and name not in covered]
        if missing or covered.count("from") < 2 or "l" in tags:  # noqa: PLR2004  twice: none can be added
            yield _problem("mail_signature_thin", fields=missing or ["from" if "l" not in tags else "l="])
        domain = tags.get("d", "").lower()
        if domain != given.sender.domain and not given.sender.domain.endswith(f".{domain}"):
            yield _problem("mail_signature_domain", found=domain, expected=given.sender.domain)


# ── parts ──


def _parts(mail: bytes) -> Iterator[tuple[str, EmailMessage, str]]:
    """Content type, the part and its words; what is no text has none."""
    message = BytesParser(policy=policy.default).parsebytes(mail)
    if not isinstance(message, EmailMessage) or message.get_content_type() != "multipart/alternative":
        return
    for part in message.iter_parts():
        if isinstance(part, EmailMessage):
            said = part.get_payload(decode=True)
            words = said.decode("utf-8", "replace") if isinstance(said, bytes) else ""
            yield part.get_content_type(), part, words.replace("\r\n", "\n")


def _languages(parts: Sequence[tuple[str, EmailMessage, str]], given: Given) -> Iterator[Problem]:
    for kind, part, _ in parts:
        if str(part.get("Content-Language", "")) != given.edition.language:
            yield _problem("mail_part_language", field=kind, expected=given.edition.language)
        transfer = str(part.get("Content-Transfer-Encoding", "")).lower()
        if part.get_content_charset() != "utf-8" or transfer != "quoted-printable":
            yield _problem(
                "mail_part_encoding", field=kind, found=f"{part.get_content_charset()}, {transfer}"
            )


# ── plain text ──


def _text(text: str, looked: Looked, given: Given, way_out: str | None) -> Iterator[Problem]:
    for line in text.split("\n"):
        # An address or a word that is longer than a line cannot be broken.
        if len(line) > _COLUMNS and " " in line.strip("> ") and "://" not in line:
            yield _problem("mail_text_wide", found=line[:60], length=len(line), most=_COLUMNS)
    for where, what, words in _claims(text, looked, given):
        if _bare(defused(words)) not in where:
            yield _problem("mail_text_incomplete", field=what, found=words[:60])
    if way_out and way_out not in text:
        yield _problem("mail_unsubscribe_unlinked", field="text/plain")


def _claims(text: str, looked: Looked, given: Given) -> Iterator[tuple[str, str, str]]:
    """Where in the text, what, and the words that it must say, whatever the HTML has room for."""
    if given.intro:
        yield _bare(text), "intro", given.intro
    start = 0
    for publication in given.publications:
        # Each item ends with the address of its page.
        url = given.url(publication)
        end = text.find(f"\n{url}\n", start)
        yield _bare(text[start : end + len(url) + 1]), "url", url
        where = _bare(text[start:end])
        yield from ((where, what, words) for what, words in _claims_of(publication, looked, given) if words)
        start = max(start, end)


def _claims_of(publication: Publication, looked: Looked, given: Given) -> Iterator[tuple[str, str | None]]:
    content = publication.content
    yield "headline", content.headline
    yield "note", markup.unlabelled(content.note, given.edition.note_label) if content.note else None
    if content.excerpt and looked.has_room_for(publication, given):
        yield "excerpt", plain(content.excerpt.html)
    for one in content.attributions:
        yield from (("title", one.title), ("publisher", one.publisher), ("source", one.url))
        yield from (("author", name) for name in one.authors)


# ── both ──


def _both(text: str, looked: Looked, given: Given, html: str) -> Iterator[Problem]:
    if (size := len(html.encode())) > MOST_BYTES:
        yield _problem("mail_html_large", bytes=size, most=MOST_BYTES)
    words, shown = len(text.split()), len(looked.words.split())
    if shown and words / shown < _LEAST_RATIO:
        yield _problem("mail_text_thin", text=words, html=shown)
    spoken = " ".join(given.words.split())
    for field, said in (
        ("text/plain", text),
        ("text/html", looked.hidden_too),
        ("text/html", looked.addresses),
    ):
        for found in _PLACEHOLDER.finditer(said):
            if " ".join(found[0].split()) not in spoken:
                yield _problem("mail_placeholder", field=field, found=found[0][:60])
    yield from _legal("text/plain", text, text.rpartition("\n====")[2], given)
    yield from _legal("text/html", looked.said, looked.foot, given)


def _legal(field: str, said: str, foot: str, given: Given) -> Iterator[Problem]:
    """Who writes and from where, why, and where readers learn what becomes of their data."""
    edition = given.edition
    why = given.label("why_you_get_this", organisation=edition.organisation)
    if _bare(why) not in _bare(said):
        yield _problem("mail_why_missing", field=field)
    if _bare(edition.organisation) not in _bare(foot).replace(_bare(why), ""):
        yield _problem("mail_organisation_missing", field=field, expected=edition.organisation)
    if edition.address and _bare(edition.address) not in _bare(said):
        yield _problem("mail_address_missing", field=field, expected=edition.address)
    links = {
        "mail_privacy_missing": edition.privacy_url or f"{given.sender.home_url}about/",
        "mail_archive_missing": f"{given.sender.home_url}newsletter/{given.issue.number}.html",
    }
    if given.sender.public_url:
        base = given.sender.public_url.rstrip("/")
        links["mail_preferences_missing"] = f"{base}/preferences/{given.issue.edition}"
    for code, url in links.items():
        if not re.search(re.escape(url) + r"(?![\w/.-])", said):
            yield _problem(code, field=field, expected=url)


def _bare(words: str) -> str:
    """But for white space, and the marks of quotation: where lines end is nobody's word."""
    return re.sub(r"[\s>]", "", words)
