"""Signs: spaces, stops, quotes and apostrophes, in whatever language the text is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from curator.curate.lint.pointing import LETTER, SPACE, masked, pointed
from curator.model import Lang, Problem

_SPACES = f"[{SPACE}]"
_BROAD = "\xa0\u2007\u202f"
_WRONG_APOSTROPHE = re.compile(rf"(?<={LETTER})[‘‛‚`´′]|(?<!\w)‘(?=\d\d(?!\d))")
_SPACE_BEFORE = re.compile(
    rf"(?<=[^\s(\[«“‘—–]){_SPACES}+"
    r"(?:[,!?](?!\w)|,|[:;](?![-()DPp|/:])|\.(?![\w.])|[)\]”»])"
)
_FRENCH_BEFORE = re.compile(rf"(?<=[^\s(\[«“‘—–]){_SPACES}+(?:,|\.(?![\w.])|[)\]”])")
_SPACE_AFTER_OPENING = re.compile(rf"[(\[“]{_SPACES}+(?=\S)")
# After a full stop only what can be no name of a site or a file: a capital and a small letter.
_SPACE_MISSING = re.compile(
    rf"(?<={LETTER}{{2}})[,;!?](?={LETTER})"
    rf"|(?<={LETTER}{{2}}):(?={LETTER})"
    r"|(?<=[a-zà-ÿ]{2})\.(?=[A-ZÀ-Þ][a-zà-ÿ’' ])"
    rf"|(?<=[)”»])[,.;:!?](?={LETTER})|(?<=\w[”»])(?={LETTER})"  # “(ri)scoprire” is a word
)
_DOUBLED_STOP = re.compile(r"(?<!\.)\.\.(?!\.)|\.{4,}|([,;:!?])\1+|,\.")
_DOUBLED_SPACE = re.compile(rf"(?<=\S){_SPACES}{{2,}}(?=\S)")
_SPACE_AT_END = re.compile(rf"(?<=\S){_SPACES}+(?=\n|\Z)")
_STRAIGHT = re.compile(r"[\"']")


def pointed_at(text: str, *, language: Lang, field: str) -> Iterator[Problem]:
    """In the order in which one goes before another where two rules see the same place."""
    prose = masked(text)
    before = _FRENCH_BEFORE if language.split("-")[0] == "fr" else _SPACE_BEFORE
    for found in _WRONG_APOSTROPHE.finditer(prose):
        yield pointed("lint_apostrophe", field, text, found.span(), "’")
    for found in before.finditer(prose):
        yield pointed("lint_space_before", field, text, found.span(), found[0].lstrip(SPACE))
    for found in _SPACE_AFTER_OPENING.finditer(prose):
        yield pointed("lint_space_before", field, text, found.span(), found[0].rstrip(SPACE))
    for found in _SPACE_AT_END.finditer(prose):
        # A blank at the end is where somebody is typing; a broad one was pasted, and wraps nothing.
        if any(sign in _BROAD for sign in found[0]):
            yield pointed("lint_space_at_end", field, text, found.span(), "")
    for found in _DOUBLED_SPACE.finditer(prose):
        yield pointed("lint_space_doubled", field, text, found.span(), " ")
    yield from _stops(prose, text, field)
    for found in _SPACE_MISSING.finditer(prose):
        yield from _missing(found, text, field)
    yield from _straight(prose, text, field)


def _stops(prose: str, text: str, field: str) -> Iterator[Problem]:
    for found in _DOUBLED_STOP.finditer(prose):
        meant = "…" if found[0].startswith("...") else found[0][-1]
        yield pointed("lint_stop_doubled", field, text, found.span(), meant)


def _missing(found: re.Match[str], text: str, field: str) -> Iterator[Problem]:
    start, end = found.span()
    if start == end:  # right behind a closing quote or bracket
        start -= 1
    yield pointed("lint_space_missing", field, text, (start, end), text[start:end] + " ")


def _straight(prose: str, text: str, field: str) -> Iterator[Problem]:
    """Each straight quote with the curly one that it stands for; inches and minutes are left alone."""
    is_open = False
    for found in _STRAIGHT.finditer(prose):
        before = prose[found.start() - 1 : found.start()]
        after = prose[found.end() : found.end() + 1]
        if found[0] == '"':
            opens = not before or before.isspace() or before in "([«—–-/‘’'“"
            if before.isdigit() and not is_open:
                continue
            is_open = opens
            yield pointed("lint_straight_quote", field, text, found.span(), "“" if opens else "”")
        elif not before.isdigit() or after.isalpha():
            opens = not before.isalnum() and after.isalpha() and _closes_later(prose, found.end())
            yield pointed("lint_straight_quote", field, text, found.span(), "‘" if opens else "’")


_LONGEST_QUOTATION = 500  # characters
_CLOSING = re.compile(r"(?<=[\w.,!?…])'(?!\w)")


def _closes_later(prose: str, start: int) -> bool:
    end = min(len(prose), start + _LONGEST_QUOTATION)
    line_end = prose.find("\n", start, end)
    return bool(_CLOSING.search(prose, start, end if line_end < 0 else line_end))
