"""What a page asks of programs in its robots meta or X-Robots-Tag: the requests that limit what one may do.

Both have one grammar. There is no RFC; the words are those that search engines document, with `noai` and
`noimageai` (DeviantArt, 2022) and the reservation of text and data mining (W3C TDMRep, 2024).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

TDM_RESERVED = "tdm-reservation"

_REQUESTS = frozenset(
    "noai noarchive nocache nofollow noimageai noimageindex noindex nosnippet notranslate none".split()
)
_VALUED = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
_UNLIMITED = frozenset({"-1", "large"})
_NAMED = re.compile(r"\s*([A-Za-z0-9_*-]+)\s*:\s*(.*)", re.DOTALL)
_LONGEST = 2000
_MOST = 20


def opt_outs(statements: Iterable[str], *, agent: str = "") -> tuple[str, ...]:
    """Each request once, in lower case and in order; what allows, or is meant for other robots, is left out.

    `agent`: our product token. A robot's name before a colon counts to the end of its statement.
    """
    found: dict[str, None] = {}
    for statement in statements:
        for request in _requests(statement[:_LONGEST], agent=agent.casefold()):
            if len(found) < _MOST:
                found[request] = None
    return tuple(found)


def _requests(statement: str, *, agent: str) -> Iterable[str]:
    is_ours = True
    for part in statement.split(","):
        rest = part
        while (named := _NAMED.fullmatch(rest)) and named[1].lower() not in _VALUED:
            is_ours = named[1] == "*" or named[1].casefold() == agent
            rest = named[2]
        if not is_ours:
            continue
        word = rest.strip().lower()
        if word in _REQUESTS:
            yield word
        elif named is not None and word.partition(":")[2].strip() not in _UNLIMITED:
            yield f"{named[1].lower()}: {named[2].strip().lower()}"
