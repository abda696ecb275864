"""Characters: which may stay, which look alike, and the fingerprint of a text."""

from __future__ import annotations

import hashlib
import re
import unicodedata

# XML 1.0 §2.2 allows tab, newline, carriage return and the ranges below; C1 controls are legal there
# but never meant, and mail headers break at several of them (FAULTS 9). The overrides U+202D and U+202E
# turn round whatever a reader's program prints after them, and no language is written with them.
_NEWLINES = re.compile("\r\n?|[\u0085\u2028\u2029]")
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff"
    + "".join(chr(plane | 0xFFFE) + chr(plane | 0xFFFF) for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
# Most texts have none of these and are done after one look. A class that reaches beyond the first plane
# in pieces is ten times as slow as one that takes all of it.
_SUSPICIOUS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202d\u202e"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff\U00010000-\U0010ffff]"
)
_SUSPICIOUS_ASCII = re.compile("[\x00-\x08\x0b-\x1f\x7f]")

# Embeddings, overrides and isolates (UAX #9), and what ends each.
_DIRECTING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ENDED_BY = {
    **dict.fromkeys("\u202a\u202b\u202d\u202e", "\u202c"),
    **dict.fromkeys("\u2066\u2067\u2068", "\u2069"),
}
_STRETCH = re.compile(r"[^<>\n]+")

_LIST_MARKER = re.compile(r"^[ \t]*(?:[-•*]|\d{1,3}[.)])[ \t]+", re.MULTILINE)
_LOOKALIKES = {
    **dict.fromkeys("‘’‚‛′ʼ`´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys(
        "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2060\u2066\u2067\u2068\u2069\ufeff", ""
    ),
    "…": "...",
}
_LOOKALIKE = re.compile(f"[{''.join(_LOOKALIKES)}]")


def clean_text(text: str) -> str:
    """Only characters that XML 1.0, mail headers and terminals can carry; every line end is a newline."""
    suspicious = _SUSPICIOUS_ASCII if text.isascii() else _SUSPICIOUS
    if not suspicious.search(text):
        return text
    return _FORBIDDEN.sub("", _NEWLINES.sub("\n", text))


def one_line(words: str) -> str:
    """A name or a title: clean, in one line, without what would turn round the words printed beside it."""
    line = " ".join(clean_text(words).split())
    return line if line.isascii() else " ".join(_DIRECTING.sub("", line).split())


def confined(text: str) -> str:
    """Text or markup in which whatever sets a direction ends where it began: between two tags, in a line."""
    if text.isascii() or not _DIRECTING.search(text):
        return text
    return _STRETCH.sub(lambda found: found[0] if _is_ended(found[0]) else _DIRECTING.sub("", found[0]), text)


def _is_ended(stretch: str) -> bool:
    awaited: list[str] = []
    for sign in _DIRECTING.findall(stretch):
        if sign in _ENDED_BY:
            awaited.append(_ENDED_BY[sign])
        elif not awaited or awaited.pop() != sign:
            return False
    return not awaited


def normalised(text: str) -> str:
    """The text as a comparer sees it: whitespace, quotes, dashes, hidden characters and list bullets folded.

    For comparing only (is this quotation verbatim?), never for showing.
    """
    return " ".join(_LIST_MARKER.sub("", folded(clean_text(text))).split())


def folded(text: str) -> str:
    """A clean text with one sign for all that look alike, its lines as they are."""
    if text.isascii():
        return text.replace("`", "'")
    return _LOOKALIKE.sub(_alike, unicodedata.normalize("NFC", text))


def _alike(found: re.Match[str]) -> str:
    return _LOOKALIKES[found[0]]


def fingerprint(*parts: str | None) -> str:
    """Equal parts, equal fingerprint. Each part's length is hashed too: ("ab", "c") is not ("a", "bc")."""
    digest = hashlib.sha256()
    for part in parts:
        raw = b"" if part is None else part.encode("utf-8", "surrogatepass")
        digest.update(b"%d:" % (-1 if part is None else len(raw)))
        digest.update(raw)
    return digest.hexdigest()
