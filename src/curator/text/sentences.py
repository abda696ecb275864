"""Where sentences end, in the languages of our sources."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A full stop after these ends no sentence (en, it, fr, de, es); nor after a single letter ("J. Smith").
_ABBREVIATIONS = frozenset(
    "mr mrs ms dr prof st sr jr inc ltd co corp vs etc eg ie e.g i.e u.s u.k a.m p.m no vol fig al "
    "approx dept est gen gov hon rev sen capt col lt sgt mt ft jan feb mar apr jun jul "
    "aug sep sept oct nov dec sig sigg dott dott.ssa avv ing ecc es cfr pag pagg cap art tel n nr p pp "
    "m mm mme mlle cf env bd av z.b z d.h u.a usw bzw bspw ca hr fr str abs nr evtl ggf inkl "
    "sra srta ud uds ej".split()
)
# The look-behind keeps a line of a million dots linear.
_STOP = re.compile(r"(?:(?<![.!?…])[.!?…]+[\"'”’»)\]]*(?=\s|$)|[。！？]+[」』”）]*)")
_NEXT_CHARACTER = re.compile(r"\s*(\S?)")
_LAST_WORD = re.compile(r"(\S+)\Z")


def sentences(line: str) -> list[str]:
    """The sentences of one line of plain text; what follows the last full stop is one, too."""
    starts = [0, *sentence_ends(line)]
    found = (line[start:end].strip() for start, end in zip(starts, [*starts[1:], None], strict=True))
    return [sentence for sentence in found if sentence]


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence of a text of several lines begins and ends; none goes beyond its line."""
    for line in re.finditer(r"[^\n]+", text):
        start = 0
        for end in [*sentence_ends(line[0]), len(line[0])]:
            sentence = line[0][start:end]
            if stripped := sentence.strip():
                first = line.start() + start + sentence.index(stripped)
                yield first, first + len(stripped)
            start = end


def sentence_ends(text: str) -> Iterator[int]:
    """Each place right behind a sentence, in order."""
    return (stop.end() for stop in _STOP.finditer(text) if _ends_sentence(text, stop))


def _ends_sentence(text: str, stop: re.Match[str]) -> bool:
    if stop[0][0] in "。！？":
        return True
    following = _NEXT_CHARACTER.match(text, stop.end())
    if following and following[1].islower():
        return False
    # No abbreviation is longer: to search from the beginning each time would take minutes for a book.
    before = _LAST_WORD.search(text, max(0, stop.start() - 64), stop.start())
    if stop[0] != "." or before is None:
        return True
    word = before[0].lstrip("\"'“‘«([").lower()
    is_initial = len(word) == 1 and word.isalpha()
    is_number = word.isdecimal() and len(word) <= 2  # noqa: PLR2004  "1. First": a number in a list, not a year
    return word not in _ABBREVIATIONS and not is_initial and not is_number
