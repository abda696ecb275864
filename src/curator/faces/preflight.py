"""What mailbox providers look for before they let a newsletter in, and what to publish where it lacks.

SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), the way back for bounces, PTR, and what Gmail and
Yahoo want of who sends to many (2024). It is advice: only a signature that nobody can check, and a
sender whose own provider forbids it, keep mails from their readers.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from curator.edges.dkim import GOOD_BITS, DkimRecord, open_signer
from curator.edges.dns import Lookup, open_lookup, own_address, pointer_name
from curator.faces.doctor import Check
from curator.publish.message import ascii_address
from curator.settings import Settings

if TYPE_CHECKING:
    from curator.bootstrap import Newsroom

NAME = "mail_domain"

# Whose DMARC record tells others to refuse what does not come from their own servers.
_FREEMAIL = frozenset(
    "aol.com gmail.com gmx.com gmx.de gmx.net googlemail.com hotmail.com hotmail.it icloud.com libero.it "
    "live.com live.it mac.com mail.ru me.com msn.com outlook.com outlook.it proton.me protonmail.com "
    "rocketmail.com tiscali.it virgilio.it web.de yahoo.com yahoo.de yahoo.es yahoo.fr yahoo.it "
    "yandex.com ymail.com".split()
)
_NOBODYS = ("localhost", "local", "invalid", "test", "example", "internal", "lan")  # RFC 6761, RFC 6762


def mail_domain(newsroom: Newsroom, _now: datetime) -> Iterator[Check]:
    """Nothing where mails go into a folder: nobody receives them."""
    settings = newsroom.settings
    if settings.mail.url.startswith("folder:"):
        return
    signer = open_signer(settings.mail)
    yield from findings(
        settings,
        records=signer.records if signer else (),
        lookup=open_lookup(),
        sends_from=own_address,
    )


def findings(
    settings: Settings,
    *,
    records: Sequence[DkimRecord],
    lookup: Lookup,
    sends_from: Callable[[], str | None] = lambda: None,
) -> Iterator[Check]:
    """`records`: what the DNS should say of our keys. `sends_from`: this machine's address, if it has one."""
    yield from _settings(settings)
    sender = _Domain.of(settings.mail.sender)
    if sender.is_nobodys:
        yield _check("doctor_sender_local", advice="advice_sender", domain=sender.name)
        return
    if sender.name in _FREEMAIL:
        yield _check("doctor_sender_freemail", ok=False, advice="advice_sender", domain=sender.name)
        return
    asking = _Asking(lookup)
    bounces = _Domain.of(settings.mail.bounce_domain or settings.mail.sender)
    server = urlsplit(settings.mail.url).hostname or ""
    looks = [
        _spf(asking, bounces),
        _dkim(asking, sender, records, settings=settings),
        _dmarc(asking, sender, bounces, records),
        _way_back(asking, settings, bounces),
        _pointer(asking, server, sends_from),
    ]
    for look in looks:
        yield from look
    if asking.unanswered:
        yield _check("doctor_dns_unasked", names=asking.unanswered)


@dataclass(frozen=True, slots=True)
class _Domain:
    """A domain as the DNS knows it."""

    name: str

    @classmethod
    def of(cls, address: str) -> _Domain:
        """Of an address with or without a name before it, or of a bare domain."""
        written = parseaddr(address)[1] or address
        return cls(ascii_address(f"x@{written.rpartition('@')[2]}").partition("@")[2].lower())

    @property
    def is_nobodys(self) -> bool:
        return "." not in self.name or self.name.rpartition(".")[2] in _NOBODYS

    @property
    def above(self) -> Iterator[str]:
        """Itself and what it is part of, without the last label."""
        labels = self.name.split(".")
        return (".".join(labels[at:]) for at in range(len(labels) - 1))

    def is_aligned(self, other: str) -> bool:
        """RFC 7489 §3.1, relaxed, but for siblings: which domain is whose is in no record."""
        return other == self.name or other.endswith(f".{self.name}") or self.name.endswith(f".{other}")


@dataclass(slots=True)
class _Asking:
    """Questions to the DNS; what could not be asked is said once, and blamed on nobody."""

    lookup: Lookup
    unanswered: list[str] = field(default_factory=list)

    def ask(self, name: str, kind: str) -> tuple[str, ...] | None:
        found = self.lookup(name, kind)
        if found is None:
            self.unanswered.append(f"{name} {kind}")
        return found

    def policies(self, name: str, version: str) -> list[str] | None:
        """The TXT records that begin with this version; there should be one."""
        found = self.ask(name, "TXT")
        if found is None:
            return None
        return [text for text in found if text.replace(" ", "").lower().startswith(version)]


# ── what the settings say ──


def _settings(settings: Settings) -> Iterator[Check]:
    mail = settings.mail
    host = urlsplit(mail.url).hostname or ""
    if mail.url.partition(":")[0] in ("smtp", "listmonk+http") and not _is_near(host):
        yield _check("doctor_mail_in_clear", advice="advice_mail_in_clear", host=host)
    if mail.url.startswith("listmonk+") and mail.dkim:
        yield _check("doctor_dkim_unused")
    public = settings.serve.public_url
    if public is None or not public.startswith("https://"):
        yield _check("doctor_no_one_click", advice="advice_no_one_click")
    for edition in settings.editions.values():
        if not edition.address:
            yield _check("doctor_no_address", advice="advice_no_address", edition=edition.key)


def _is_near(host: str) -> bool:
    """This machine, or one of the same house: what is said there crosses no foreign wire."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.rpartition(".")[2] in _NOBODYS


# ── what the DNS says ──


def _spf(asking: _Asking, domain: _Domain) -> Iterator[Check]:
    found = asking.policies(domain.name, "v=spf1")
    if found is None:
        return
    data: dict[str, Any] = {"domain": domain.name, "record": found[0] if found else ""}
    if not found:
        yield _check("doctor_spf_missing", advice="advice_spf", **data)
    elif len(found) > 1:  # RFC 7208 §4.5: an error, as if there were none
        yield _check("doctor_spf_twice", advice="advice_spf_twice", **data)
    elif {"+all", "all"} & set(found[0].lower().split()):
        yield _check("doctor_spf_open", advice="advice_spf_open", **data)
    else:
        yield _check("doctor_spf", **data)


def _dkim(
    asking: _Asking, sender: _Domain, records: Sequence[DkimRecord], *, settings: Settings
) -> Iterator[Check]:
    if not records and not settings.mail.url.startswith("listmonk+"):
        yield _check("doctor_dkim_none", advice="advice_dkim_none", domain=sender.name)
    for record in records:
        data: dict[str, Any] = {"name": record.name, "record": record.value, "bits": record.bits}
        signing = record.name.partition("._domainkey.")[2]
        if not sender.is_aligned(signing):
            yield _check(
                "doctor_dkim_unaligned", advice="advice_dkim_unaligned", domain=sender.name, signing=signing
            )
        found = asking.ask(record.name, "TXT")
        if found is None:
            continue
        if not found:
            yield _check("doctor_dkim_missing", ok=False, advice="advice_dkim_record", **data)
        elif all(_tags(text).get("p") != _tags(record.value)["p"] for text in found):
            yield _check("doctor_dkim_other", ok=False, advice="advice_dkim_record", **data)
        elif "k=rsa" in record.value and record.bits < GOOD_BITS:
            yield _check("doctor_dkim_small", advice="advice_dkim_small", **data)
        else:
            yield _check("doctor_dkim", **data)


def _dmarc(
    asking: _Asking, sender: _Domain, bounces: _Domain, records: Sequence[DkimRecord]
) -> Iterator[Check]:
    """The sender's own record, or that of the domain it is part of (RFC 7489 §6.6.3)."""
    for name in sender.above:
        found = asking.policies(f"_dmarc.{name}", "v=dmarc1")
        if found is None:
            return
        if found:
            yield _policy(sender, bounces, records, found=found, name=name)
            return
    yield _check("doctor_dmarc_missing", advice="advice_dmarc", domain=sender.name)


def _policy(
    sender: _Domain, bounces: _Domain, records: Sequence[DkimRecord], *, found: list[str], name: str
) -> Check:
    tags = _tags(found[0])
    policy = tags.get("p", "")
    data: dict[str, Any] = {"domain": name, "policy": policy, "sender": sender.name, "bounces": bounces.name}
    if len(found) > 1 or policy not in ("none", "quarantine", "reject"):
        return _check("doctor_dmarc_invalid", advice="advice_dmarc", **data)
    signing = [record.name.partition("._domainkey.")[2] for record in records]
    by_dkim = any(
        domain == sender.name if tags.get("adkim") == "s" else sender.is_aligned(domain) for domain in signing
    )
    by_spf = bounces == sender if tags.get("aspf") == "s" else sender.is_aligned(bounces.name)
    if not by_dkim and not by_spf:
        return _check("doctor_dmarc_unaligned", advice="advice_dmarc_unaligned", **data)
    return _check("doctor_dmarc", **data)


def _way_back(asking: _Asking, settings: Settings, bounces: _Domain) -> Iterator[Check]:
    """Whether what comes back, and what readers answer, arrives anywhere (RFC 5321 §5.1, RFC 7505)."""
    answers = _Domain.of(settings.mail.reply_to or settings.mail.sender)
    for domain in dict.fromkeys((bounces, answers)):
        if domain.is_nobodys:
            continue
        found = asking.ask(domain.name, "MX")
        if found == ():
            found = asking.ask(domain.name, "A")
            found = asking.ask(domain.name, "AAAA") if found == () else found
        if found is None:
            continue
        takes = [server for server in found if server not in ("", ".")]
        if takes:
            yield _check("doctor_mx", domain=domain.name, servers=takes)
        else:
            yield _check("doctor_mx_missing", advice="advice_mx", domain=domain.name)


def _pointer(asking: _Asking, server: str, sends_from: Callable[[], str | None]) -> Iterator[Check]:
    """Of this machine, where its own mail server sends; whence another's sends, only that one knows."""
    if server not in ("localhost", "127.0.0.1", "::1"):
        return
    address = sends_from()
    if address is None:
        return
    names = asking.ask(pointer_name(address), "PTR")
    if names is None:
        return
    kind = "AAAA" if ":" in address else "A"
    data: dict[str, Any] = {"address": address, "names": list(names)}
    answers = [asking.ask(name, kind) for name in names]
    if any(address in (answer or ()) for answer in answers):
        yield _check("doctor_ptr", **data)
    elif None not in answers:
        yield _check("doctor_ptr_missing", advice="advice_ptr", **data)


def _tags(record: str) -> dict[str, str]:
    """`tag=value; tag=value` (RFC 6376 §3.2), blanks left out."""
    parts = ("".join(part.split()).partition("=") for part in record.split(";"))
    return {name.lower(): value for name, _, value in parts if name}


def _check(code: str, *, ok: bool = True, advice: str | None = None, **data: Any) -> Check:
    return Check(name=NAME, ok=ok, code=code, advice=advice, data=data)
