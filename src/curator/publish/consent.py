"""What a reader agrees to, word for word, and from where they asked: as much as proves it and no more."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass

from curator.model import Lang
from curator.publish.labels import label, words_language
from curator.settings import Edition

_SHOWN_BITS = {4: 24, 6: 48}  # what is kept of an address names a provider's customers, not one of them


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText:
    """`version` names these very words: other words have another one."""

    words: str
    version: str
    language: Lang


def consent_text(edition: Edition) -> ConsentText:
    """The sentence beside the box of the form, and in the consent that is kept."""
    words = label(edition, "consent_text", title=edition.title, organisation=edition.organisation)
    version = hashlib.sha256(words.encode()).hexdigest()[:12]
    return ConsentText(words=words, version=version, language=words_language(edition, "consent_text"))


_WITH_A_PORT = re.compile(
    r"\[([0-9a-fA-F:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}"
)  # as some proxies say it
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the internet of IPv4 behind a NAT64


def network_of(client: str) -> str | None:
    """ "192.0.2.0/24", "2001:db8:1::/48": where an address of the internet lies; None for what is none."""
    said = client.strip()
    if with_a_port := _WITH_A_PORT.fullmatch(said):
        said = with_a_port[1] or with_a_port[2]
    try:
        address = ipaddress.ip_address(said.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or _behind_nat64(address) or address
    return str(ipaddress.ip_network((address, _SHOWN_BITS[address.version]), strict=False))


def _behind_nat64(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _TRANSLATED else None
