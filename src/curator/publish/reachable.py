"""Whether a reader who gets a mail could get away from it again."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from curator.settings import Settings

_LOCAL = ("localhost", "localhost.localdomain")


def nobody_could_leave(settings: Settings) -> bool:
    """Neither the site nor what answers (unsubscribing) is anywhere but on this machine.

    A local base_url alone is a newsroom whose pages go nowhere; one public address is enough to be found at.
    """
    public = settings.serve.public_url
    return is_local(settings.publish.base_url) and (public is None or is_local(public))


def is_local(url: str) -> bool:
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if host in _LOCAL or host.endswith(".localhost") or not host:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
