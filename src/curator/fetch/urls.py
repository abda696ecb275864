"""Addresses as people and servers write them.  (pure)"""

from __future__ import annotations

import httpx2

from curator.fetch.stopping import CannotFetch, shown


def read_url(url: str, *, base: httpx2.URL | None = None) -> httpx2.URL:
    """An http(s) address with a host and a possible port, or CannotFetch. `base` resolves a Location."""
    try:
        parsed = httpx2.URL(url.strip()) if base is None else base.join(url.strip())
    except (httpx2.InvalidURL, ValueError) as error:
        raise CannotFetch("fetch_url_invalid", url=shown(url)) from error
    if parsed.scheme not in {"http", "https"}:
        raise CannotFetch("fetch_scheme", url=shown(url), scheme=parsed.scheme)
    if not host_of(parsed) or (parsed.port is not None and not 0 < parsed.port < 2**16):
        raise CannotFetch("fetch_url_invalid", url=shown(url))
    return parsed


def host_of(url: httpx2.URL) -> str:
    """The name as DNS knows it: ASCII, lower case, without the root's dot."""
    return url.raw_host.decode("ascii").rstrip(".")


def bare(url: httpx2.URL) -> httpx2.URL:
    """Without what is not for the wire. httpx2 would send userinfo on, whoever put it into a Location."""
    return url.copy_with(userinfo=b"", fragment=None) if url.userinfo or url.fragment else url


def same_origin(one: httpx2.URL, other: httpx2.URL) -> bool:
    return (one.scheme, one.raw_host, one.port) == (other.scheme, other.raw_host, other.port)


def new_address(start: httpx2.URL, target: httpx2.URL) -> str:
    """The new address to keep. A password stays in it only where it may be sent."""
    userinfo = start.userinfo if same_origin(start, target) else b""
    return str(bare(target).copy_with(userinfo=userinfo))
