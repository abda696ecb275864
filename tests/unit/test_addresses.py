from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from curator.edges.addresses import Address, AddressGuard, Exemption, exemption, is_public
from curator.errors import BadSettings

PRIVATE_4 = st.sampled_from(
    "127.0.0.1 127.255.255.254 10.1.2.3 172.31.0.1 192.168.1.1 169.254.169.254 100.64.0.1 100.127.255.255 "
    "0.0.0.0 0.1.2.3 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 198.18.0.1 192.0.0.8 192.0.2.1 "
    "198.51.100.7 203.0.113.9 192.88.99.1".split()
).map(IPv4Address)
PUBLIC_4 = [
    "93.184.216.34",
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "172.15.0.1",
    "172.32.0.1",
    "223.255.255.255",
]


@pytest.mark.parametrize("text", [*PUBLIC_4, "2606:2800:220:1::1", "2a00:1450:4002::1"])
def test_the_public_internet_may_be_fetched_from(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    "text",
    "::1 :: ::127.0.0.1 ::93.184.216.34 fe80::1 fec0::1 fc00::1 fd12::1 ff02::1 2001:db8::1 2001::1 "
    "2001:0:5ef5:79fd:0:59d:a0e5:ba1 3fff::1 5f00::1 100::1 64:ff9b:1::1".split(),
)
def test_special_ipv6_addresses_are_refused(text: str) -> None:
    assert not is_public(ip_address(text))


@given(PRIVATE_4)
def test_a_private_address_is_refused_in_every_disguise(address: IPv4Address) -> None:
    number = int(address)
    disguises: list[Address] = [
        address,
        IPv6Address(f"::ffff:{address}"),
        IPv6Address(f"64:ff9b::{address}"),
        IPv6Address((0x2002 << 112) | (number << 80) | 1),
        IPv6Address((0x20010000 << 96) | (0x01010101 << 64) | (number ^ 0xFFFF_FFFF)),
    ]

    assert not any(is_public(each) for each in disguises)


@pytest.mark.parametrize("text", PUBLIC_4)
def test_a_public_address_stays_public_when_translated(text: str) -> None:
    assert is_public(IPv6Address(f"::ffff:{text}"))
    assert is_public(IPv6Address(f"64:ff9b::{text}"))  # all that an IPv6-only network with DNS64 ever sees


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6, network="2000::/3"))
def test_what_the_standard_library_doubts_is_never_public(address: Address) -> None:
    doubtful = (address.is_private, address.is_multicast, address.is_reserved, address.is_link_local)

    assert not (is_public(address) and any(doubtful))


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("127.0.0.1:8080", Exemption(network=IPv4Network("127.0.0.1/32"), port=8080)),
        ("10.0.0.0/8:*", Exemption(network=IPv4Network("10.0.0.0/8"))),
        ("[::1]:80", Exemption(network=IPv6Network("::1/128"), port=80)),
        ("[fd00::/8]:*", Exemption(network=IPv6Network("fd00::/8"))),
        ("Intranet.Example.:443", Exemption(host="intranet.example", port=443)),
        (" feeds_1.local:* ", Exemption(host="feeds_1.local")),
    ],
)
def test_every_documented_shape_of_an_exemption_is_read(entry: str, expected: Exemption) -> None:
    assert exemption(entry) == expected


@pytest.mark.parametrize(
    "entry",
    [
        "", ":", "*", ":80", "host", "host:", "host:0", "host:65536", "host:-1", "host:x", "host:٨٠",
        "127.0.0.1", "127.0.0:80", "300.0.0.1:80", "10.0.0.5/8:80", "10.0.0.0/33:80", "[10.0.0.1]:80",
        "::1:80", "fd00::/8:80", "[::1:80", "[]:80", "http://host:80", "*.host:80", "*:*", "a b:80",
    ],
)  # fmt: skip
def test_an_exemption_that_makes_no_sense_is_an_error_that_names_it(entry: str) -> None:
    with pytest.raises(BadSettings) as refused:
        exemption(entry)

    assert refused.value.data == {"value": entry}


@given(st.text())
@example("[")
def test_no_text_breaks_the_reading_of_exemptions(entry: str) -> None:
    try:
        exemption(entry)
    except BadSettings as refused:
        assert refused.data == {"value": entry}  # noqa: PT017 - most texts are refused, some are not


@given(st.ip_addresses(), st.integers(1, 65535), st.integers(1, 65535))
def test_an_exemption_covers_its_address_at_its_port_only(address: Address, port: int, other: int) -> None:
    text = f"[{address}]" if address.version == 6 else str(address)
    allowed = exemption(f"{text}:{port}")

    assert allowed.covers(host="any.example", address=address, port=port)
    assert allowed.covers(host="any.example", address=address, port=other) <= (other == port)


@pytest.mark.parametrize(
    ("host", "address", "port", "admitted"),
    [
        ("public.example", "93.184.216.34", 80, True),
        ("evil.example", "127.0.0.1", 8080, True),  # no more than a link to 127.0.0.1:8080 could do
        ("evil.example", "::ffff:127.0.0.1", 8080, True),
        ("evil.example", "127.0.0.1", 8081, False),
        ("evil.example", "127.0.0.2", 8080, False),
        ("wiki.local", "10.9.9.9", 443, True),
        ("wiki.local", "10.9.9.9", 80, False),
        ("evil.example", "10.9.9.9", 443, False),
        ("evil.example", "fe80::1%eth0", 443, False),
        ("evil.example", "fd00::7", 9, True),
    ],
)
def test_the_guard_admits_what_is_public_or_exempt(
    host: str, address: str, port: int, *, admitted: bool
) -> None:
    guard = AddressGuard.reading(["127.0.0.1:8080", "wiki.local:443", "[fd00::/8]:*"])

    assert guard.admits(host=host, address=address, port=port) is admitted
