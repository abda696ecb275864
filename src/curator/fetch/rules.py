"""What a robots.txt lets us read, by RFC 9309.  (pure)

Not the standard library's reader, which knows no wildcards, and not protego:
it gives each rule to each of the names above it, and 16,000 names before
30,000 rules, all in 500 KiB, would fill any memory.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from curator.model import Failed

LONGEST_READ = 500 * 1024  # RFC 9309 §2.5: as much at least must be read
MOST_REMEMBERED = 4 * 1024 * 1024
_LEAST_WEIGHT = 1024


@dataclass(frozen=True, slots=True)
class Rules:
    """Those of the group that is ours: patterns with their verdict, the longest first."""

    patterns: tuple[tuple[bytes, bool], ...] = ()

    def allow(self, path: bytes) -> bool:
        """`path` as it goes over the wire, with its query."""
        if path.partition(b"?")[0] == b"/robots.txt":
            return True
        plain = _SIGNS.sub(_escaped, _normal(path))
        return next((verdict for pattern, verdict in self.patterns if _matches(pattern, plain)), True)


def read_rules(body: bytes, *, agent: str) -> Rules:
    """The rules for `agent`, whose product token is compared without regard to case; else those for all."""
    token = product_token(agent)
    ours: list[tuple[bytes, bool]] = []
    for_all: list[tuple[bytes, bool]] = []
    named = naming = to_us = to_all = False
    for key, value in _lines(body[:LONGEST_READ].removeprefix(b"\xef\xbb\xbf")):
        if key == b"user-agent":
            if not naming:  # §2.1: lines in a row name those of one group
                to_us = to_all = False
            naming = True
            to_us = to_us or product_token(value.decode("latin-1")) == token
            to_all = to_all or value.startswith(b"*")
            named = named or to_us
        elif key in {b"allow", b"disallow"}:
            naming = False
            rule = (_pattern(value), key == b"allow")
            if to_us and value:
                ours.append(rule)
            if to_all and value:
                for_all.append(rule)
    # §2.2.2: the match of most octets decides; of two alike the one that allows.
    return Rules(tuple(sorted(ours if named else for_all, key=lambda rule: (-len(rule[0]), not rule[1]))))


def product_token(agent: str) -> str:
    """§2.2.1: letters, underscores and hyphens; of `Curator/0.1 (+https://…)` the first word."""
    found = re.match(r"[A-Za-z_-]+", agent)
    return found[0].lower() if found else ""


def _lines(body: bytes) -> list[tuple[bytes, bytes]]:
    """Keys in lower case with their values. What is no such line disturbs none (§2.2.4)."""
    said = (line.partition(b"#")[0].partition(b":") for line in re.split(rb"[\r\n]+", body))
    return [(key.strip().lower(), value.strip()) for key, colon, value in said if colon]


# ── patterns ──

_SIGNS = re.compile(rb"[*$]")
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def _pattern(value: bytes) -> bytes:
    """Normalised; a dollar means the end only at the end."""
    body, end = (value[:-1], b"$") if value.endswith(b"$") else (value, b"")
    return re.sub(rb"\*+", b"*", _normal(body).replace(b"$", b"%24")) + end


def _normal(text: bytes) -> bytes:
    """§2.2.2: octets beyond ASCII are percent-encoded, unreserved ones are not, hexadecimal is upper case."""
    return re.sub(rb"%([0-9A-Fa-f]{2})|[^\x21-\x7e]", _octet, text)


def _octet(found: re.Match[bytes]) -> bytes:
    octet = int(found[1], 16) if found[1] else found[0][0]
    return bytes([octet]) if octet in _UNRESERVED else b"%%%02X" % octet


def _escaped(found: re.Match[bytes]) -> bytes:
    """§2.2.3: in an address these two stand for themselves."""
    return b"%%%02X" % found[0][0]


def _matches(pattern: bytes, path: bytes) -> bool:
    """From the beginning, and each part as early as it comes: in time linear to both, whatever they hold."""
    anchored = pattern.endswith(b"$")
    first, *rest = pattern.removesuffix(b"$").split(b"*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not rest:
        return not anchored or at == len(path)
    *middle, last = rest
    for part in middle:
        found = path.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    if anchored:
        return len(path) - len(last) >= at and path.endswith(last)
    return path.find(last, at) >= 0


# ── what was learnt ──


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A site's rules until some time, or why they could not be had."""

    rules: Rules | Failed
    until: datetime
    weight: int = 0


class KnownRules:
    """The rules of sites asked of late. Forgets the longest unasked where they would fill the memory."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._sites: OrderedDict[str, Learnt] = OrderedDict()
        self._weight = 0

    def __len__(self) -> int:
        return len(self._sites)

    def get(self, site: str) -> Learnt | None:
        with self._lock:
            learnt = self._sites.get(site)
            if learnt is not None:
                self._sites.move_to_end(site)
            return learnt

    def put(self, site: str, learnt: Learnt) -> None:
        with self._lock:
            self._forget(site)
            self._sites[site] = learnt
            self._weight += max(learnt.weight, _LEAST_WEIGHT)
            while self._weight > MOST_REMEMBERED:
                self._forget(next(iter(self._sites)))

    def _forget(self, site: str) -> None:
        learnt = self._sites.pop(site, None)
        if learnt is not None:
            self._weight -= max(learnt.weight, _LEAST_WEIGHT)
