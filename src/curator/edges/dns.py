"""What the DNS says of the sender's domain: for advice, never for sending. dnspython's only home."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable

Lookup = Callable[[str, str], tuple[str, ...] | None]
"""Name and type of record to what is there: () nothing is, None it could not be asked."""

WITHIN = 3.0  # seconds for everything that one `doctor` asks
EACH = 1.2
_MOST_SILENCES = 2  # a resolver that is out of reach is not asked a third time


def open_lookup(
    *, within: float = WITHIN, each: float = EACH, server: tuple[str, int] | None = None
) -> Lookup:
    """Asks the resolver of this machine, or `server`; all questions together have so many seconds."""
    import dns.exception  # a tenth of a second to import
    import dns.resolver

    resolver: dns.resolver.Resolver | None
    try:
        resolver = dns.resolver.Resolver(configure=server is None)
    except (dns.exception.DNSException, OSError):  # this machine names none
        resolver = None
    if resolver is not None and server is not None:
        resolver.nameservers, resolver.port = [server[0]], server[1]
    until = time.monotonic() + within
    silences = 0

    def lookup(name: str, kind: str) -> tuple[str, ...] | None:
        nonlocal silences
        left = until - time.monotonic()
        if resolver is None or left <= 0 or silences >= _MOST_SILENCES:
            return None
        try:
            found = resolver.resolve(
                f"{name}.", kind, lifetime=min(left, each), raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            return ()
        except (dns.exception.DNSException, OSError, UnicodeError, ValueError):
            silences += 1
            return None
        records = found.rrset or ()
        if kind == "TXT":  # RFC 7208 §3.3, RFC 6376 §3.6.2.2: its strings are one, without blanks
            return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in records)
        if kind == "MX":
            return tuple(record.exchange.to_text(omit_final_dot=True) for record in records)
        return tuple(record.to_text().rstrip(".") for record in records)

    return lookup


def pointer_name(address: str) -> str:
    """Where the PTR record of an address is."""
    return ipaddress.ip_address(address).reverse_pointer


def own_address() -> str | None:
    """From where this machine speaks to others; None behind a translator of addresses, or without a way out.

    Nothing is sent for it: a datagram socket that is connected only looks up the route.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            asking.connect(("192.0.2.1", 53))  # RFC 5737: nobody's
            address = str(asking.getsockname()[0])
        except OSError:
            return None
    return address if ipaddress.ip_address(address).is_global else None
