"""Words in addresses: a title out of one for want of a better, and a headline made fit for one."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote, urlsplit

from curator.text.characters import clean_text

_EXTENSION = re.compile(r"\.(?:html?|php|aspx?|jsp|xml)\Z", re.IGNORECASE)
_SEPARATORS = re.compile(r"[-_+\s]+")
_NUMBERS = re.compile(r"(?:^|\s)(?:[a-f]?\d{4,}|[0-9a-f]{8,})(?=\s|\Z)")
SLUG_LENGTH = 80

_INDEXES = frozenset({"index", "default", "home"})
# Letters that Unicode does not take apart into a base letter and a mark.
_SPELT_OUT = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "þ": "th"}
)


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


def slug_of(headline: str) -> str:
    """The headline as a file name: small ASCII letters, digits and single hyphens; "" where none are left."""
    apart = unicodedata.normalize("NFKD", headline.casefold().translate(_SPELT_OUT))
    ascii_only = "".join(c for c in apart if not unicodedata.combining(c))
    slug = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")
    if len(slug) <= SLUG_LENGTH:
        return slug
    whole_words = slug[: SLUG_LENGTH + 1].rpartition("-")[0]
    return whole_words or slug[:SLUG_LENGTH]
