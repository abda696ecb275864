"""The words in an address: a title for want of a better."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from curator.text.characters import clean_text

_EXTENSION = re.compile(r"\.(?:html?|php|aspx?|jsp|xml)\Z", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-_+\s]+")
_NUMBERS = re.compile(r"(?:^|\s)(?:[a-f]?\d{4,}|[0-9a-f]{8,})(?=\s|\Z)")
_INDEXES = frozenset({"index", "default", "home"})


def address_words(url: str) -> str:
    """The last words of an address as a title, for want of one; nothing where there are none."""
    parts = [part for part in unquote(urlsplit(url).path).split("/") if part]
    for depth, part in reversed(list(enumerate(parts))):
        words = _SEPARATORS.sub(" ", _EXTENSION.sub("", part))
        words = " ".join(_NUMBERS.sub(" ", clean_text(words)).split())
        if re.search(r"[^\W\d_]{2}", words) and words.lower() not in _INDEXES:
            # One word at the top of a site is its "contact" or "about".
            return words[0].upper() + words[1:] if depth or " " in words else ""
    return ""
