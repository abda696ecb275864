"""Where a request came from, as servers and proxies write it down, and what of it is kept."""

from __future__ import annotations

import pytest

from curator.publish.consent import network_of


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("198.51.100.7:5050", "198.51.100.0/24"),
        ("[2001:db8:1:2:3::4]", "2001:db8:1::/48"),
        ("[2001:db8:1:2:3::4]:5050", "2001:db8:1::/48"),
        ("64:ff9b::198.51.100.7", "198.51.100.0/24"),
        ("[::ffff:198.51.100.7]:5050", "198.51.100.0/24"),
        ("198.51.100.7:", None),
        ("198.51.100.7:x", None),
        ("[198.51.100.7", None),
        ("unknown:5050", None),
    ],
)
def test_a_port_and_a_translator_hide_no_network(client: str, network: str | None) -> None:
    assert network_of(client) == network
