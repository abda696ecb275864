"""Pointing at a place in a text: what stands there, what may have been meant, and what is no prose at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from curator.model import Problem

SPACE = " \t\xa0\u2007\u202f"
LETTER = r"[^\W\d_]"
_NO_PROSE = re.compile(
    r"\b(?:https?|ftp|mailto):\S+|\bwww\.\S+"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.[\w.-]+"
    r"|(?<!\w)[@#]\w+"
    r"|\b[A-Z]\w*(?:\.[a-z]{2,3}){1,2}\b"  # WordPress.com, Amazon.co.uk
    r"|(?<![\w.])\w+(?:\.\w+){0,4}\.(?:com|it|org|net|eu|io|co|info|biz|html?|php|pdf|jpe?g|png)\b(?:/\S*)?",
)
_MASK = "\ufffc"  # neither letter nor space nor stop: no rule looks at it
_AROUND = 18


@lru_cache(maxsize=8)  # every rule asks for the same text
def masked(text: str) -> str:
    """The text with addresses, names of sites and hashtags blotted out; every place stays where it was."""
    return _NO_PROSE.sub(_blotted, text)


def _blotted(found: re.Match[str]) -> str:
    whole = found[0]
    closing = len(whole) - len(whole.rstrip(".,;:!?)”»’\"'"))
    return _MASK * (len(whole) - closing) + whole[len(whole) - closing :]


def pointed(
    code: str, field: str, text: str, span: tuple[int, int], suggestion: str | None = None
) -> Problem:
    """A warning about text[start:end]; with the words around it, which people find sooner than a number."""
    start, end = span
    return Problem(
        code=code,
        field=field,
        data={
            "start": start,
            "end": end,
            "found": text[start:end],
            "suggestion": suggestion,
            "context": _context(text, start, end),
        },
    )


def apart(found: Iterable[Problem]) -> Iterator[Problem]:
    """Of warnings that overlap, only the first: each place is pointed at once."""
    problems = list(found)
    taken = bytearray(max((problem.data["end"] for problem in problems), default=0))
    for problem in problems:
        start, end = problem.data["start"], problem.data["end"]
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            yield problem


def _context(text: str, start: int, end: int) -> str:
    """The line around a place, cut at words: one line, whatever stands there."""
    first = max(0, start - _AROUND)
    first = max(first, text.rfind("\n", first, start) + 1)
    last = min(len(text), end + _AROUND)
    line_end = text.find("\n", end, last)
    last = last if line_end < 0 else line_end
    while first > 0 and not text[first - 1].isspace() and first < start:
        first += 1
    while last < len(text) and not text[last].isspace() and last > end:
        last -= 1
    opening = "…" if first > 0 and text[first - 1] != "\n" else ""
    closing = "…" if last < len(text) and text[last] != "\n" else ""
    return opening + text[first:last].replace("\n", " ").strip() + closing
