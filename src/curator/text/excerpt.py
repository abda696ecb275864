"""The opening of a text, cut where a sentence ends."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, takewhile
from typing import NamedTuple

from curator.model import SafeHtml
from curator.text.clean import clean
from curator.text.markup import BLOCKS, VOID, End, Start, Text, Token, escaped, tokens
from curator.text.plain import plain
from curator.text.sentences import sentence_ends

_WHOLE = frozenset({"table", "pre", "figure"})  # taken whole or not at all
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})  # never the last thing quoted
_UNCUT = _WHOLE | _HEADINGS


class Cut(NamedTuple):
    """A place where the text may end: after `chars` characters of token number `token`."""

    token: int
    chars: int
    words: int
    is_end: bool  # of a sentence or a block; else only of a word


def excerpt(html: SafeHtml, *, max_words: int) -> tuple[SafeHtml, bool]:
    """The longest opening within `max_words` that ends with a sentence or a list point; True if more follows.

    Where even the first sentence is longer, it ends with a word: the limit is a right of the source.
    """
    if len(plain(html).split()) <= max_words:
        return html, False
    stream = list(tokens(html))
    within = list(takewhile(lambda cut: cut.words <= max_words, cuts(stream)))
    ends = [cut for cut in within if cut.is_end]
    for cut in reversed(ends or within):
        opening = clean(_opening(stream, cut), base_url=None)
        # plain() sets signs between the cells of a table, so the count of a cut is sometimes too low.
        if len(plain(opening).split()) <= max_words:
            return opening, True
    return SafeHtml(""), True


def cuts(stream: Sequence[Token]) -> Iterator[Cut]:
    """Every place where the text may end, in reading order."""
    words = 0
    inside: list[str] = []
    run: list[tuple[int, str]] = []  # text between two edges of blocks, with its token numbers
    for number, token in enumerate(stream):
        match token:
            case Text():
                run.append((number, token.text))
            case Start("br"):
                run.append((number, "\n"))
            case Start(name) | End(name) if name in BLOCKS:
                yield from _cuts_in(run, words=words, whole=not _UNCUT.isdisjoint(inside))
                words += len("".join(text for _, text in run).split())
                run = []
                if name in VOID:
                    continue
                if isinstance(token, Start):
                    inside.append(name)
                    words += name == "li"  # plain() writes a bullet or a number, which counts
                else:
                    inside.pop()
                    if name in _WHOLE:
                        yield Cut(number, 0, words, is_end=_UNCUT.isdisjoint(inside))
            case _:
                pass
    yield from _cuts_in(run, words=words, whole=not _UNCUT.isdisjoint(inside))


def _cuts_in(run: Sequence[tuple[int, str]], *, words: int, whole: bool) -> Iterator[Cut]:
    text = "".join(piece for _, piece in run)
    ends = set() if whole else set(sentence_ends(text))
    last = len(text.rstrip())
    if not whole and not text.rstrip().endswith((":", ",", ";")):
        ends.add(last)
    places = sorted(
        {word.end() for word in re.finditer(r"\S+", text)} | {end for end in ends if 0 < end <= last}
    )
    starts = list(accumulate((len(piece) for _, piece in run), initial=0))
    counted = counted_to = 0
    for place in places:
        counted += len(text[counted_to:place].split()) if counted_to == 0 or text[counted_to].isspace() else 0
        counted_to = place
        index = bisect_left(starts, place) - 1
        yield Cut(run[index][0], place - starts[index], words + counted, is_end=place in ends)


def _opening(stream: Sequence[Token], cut: Cut) -> str:
    """Everything up to the cut, with all that is still open closed."""
    out: list[str] = []
    open_names: list[str] = []
    for token in stream[: cut.token]:
        match token:
            case Start(name) if name not in VOID:
                open_names.append(name)
            case End():
                open_names.pop()
            case _:
                pass
        out.append(token.html)
    match stream[cut.token]:
        case Text() as text:
            out.append(escaped(text.text[: cut.chars]))
        case _:
            pass
    return "".join(out) + "".join(f"</{name}>" for name in reversed(open_names))
