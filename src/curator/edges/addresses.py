"""Which network addresses may be fetched from: public ones, and those the settings name.  (pure)

`fetch.allow_private` lists exceptions: `host:port`, `CIDR:port`, `[v6]:port`,
`[v6 CIDR]:port`; the port may be `*`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from curator.errors import BadSettings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# IANA's special-purpose registries, written out: `ipaddress.is_global` has changed
# between patch releases of Python (CVE-2024-4032), and counts ::/96 as public.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT
        "127.0.0.0/8",
        "169.254.0.0/16",  # link-local; clouds keep their credentials at .169.254
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# For a question that each request asks, IPv4Network.__contains__ takes its time.
_NUMBERS_4 = tuple((int(block.network_address), int(block.netmask)) for block in _NOT_PUBLIC_4)
_GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(block)
    for block in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")


def is_public(address: Address) -> bool:
    """Global unicast. An IPv6 address that stands for an IPv4 one is as public as that one."""
    if isinstance(address, IPv6Address):
        inner = _inner(address)
        if inner is None:
            return address in _GLOBAL_UNICAST_6 and not any(address in block for block in _NOT_PUBLIC_6)
        address = inner
    number = int(address)
    return not any(number & mask == block for block, mask in _NUMBERS_4)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that a packet to this one would reach: mapped, 6to4, NAT64."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """One entry of `fetch.allow_private`: a network or a host's name; port None is any."""

    network: Network | None = None
    host: str | None = None
    port: int | None = None

    def covers(self, *, host: str, address: Address, port: int) -> bool:
        if self.port not in {None, port}:
            return False
        if self.network is None:
            return host == self.host
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return address in self.network or (mapped is not None and mapped in self.network)


def exemption(entry: str) -> Exemption:
    """Read one entry, or say in BadSettings which one makes no sense: a misspelt limit must not be none."""
    place, _, port = entry.strip().rpartition(":")
    if not re.fullmatch(r"\*|[0-9]{1,5}", port) or (port != "*" and not 0 < int(port) < 2**16):
        raise BadSettings("settings_allow_private", value=entry)
    number = None if port == "*" else int(port)
    bracketed = place.startswith("[") and place.endswith("]")
    try:
        network = ip_network(place[1:-1] if bracketed else place)
    except ValueError:
        host = place.lower().rstrip(".")
        # Digits and dots alone would be an address, but not one that can be read.
        if not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", host) or re.fullmatch(r"[0-9.]+", host):
            raise BadSettings("settings_allow_private", value=entry) from None
        return Exemption(host=host, port=number)
    if bracketed != (network.version == 6):  # noqa: PLR2004 - the protocol's name
        raise BadSettings("settings_allow_private", value=entry)
    return Exemption(network=network, port=number)


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """The one question the transport asks before it connects."""

    exemptions: tuple[Exemption, ...] = ()

    @classmethod
    def reading(cls, entries: Iterable[str]) -> AddressGuard:
        return cls(tuple(exemption(entry) for entry in entries))

    def admits(self, *, host: str, address: str, port: int) -> bool:
        """`address` is what `host` resolved to, in text; a zone (%eth0) does not matter."""
        literal = ip_address(address.partition("%")[0])
        return is_public(literal) or any(
            each.covers(host=host, address=literal, port=port) for each in self.exemptions
        )
