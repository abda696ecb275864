"""Portions of a text with their markup whole: its sentences one by one, or the place of a quotation."""

from __future__ import annotations

import string
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from curator.model import SafeHtml
from curator.text.characters import folded, normalised
from curator.text.clean import clean
from curator.text.excerpt import cuts
from curator.text.markup import VOID, End, Start, Text, Token, escaped, start_tag, tokens
from curator.text.plain import plain

_ORDINARY = frozenset(string.ascii_letters + string.digits + ".,:;!?-'\"")  # stand for themselves


class _Place(NamedTuple):
    """Before character `char` of token number `token`."""

    token: int
    char: int


def sentences_of(html: SafeHtml) -> list[SafeHtml]:
    """The sentences of a block, each in its own markup; a point of a list is one, a table is one."""
    stream = list(tokens(html))
    return [found for start, end in _bounds(stream) if (found := _cut(stream, start, end))]


def portion(html: SafeHtml, first: int, last: int) -> SafeHtml:
    """From one sentence of a block to another, counted from 1 as `sentences_of` lists them."""
    stream = list(tokens(html))
    bounds = [(start, end) for start, end in _bounds(stream) if _cut(stream, start, end)]
    return _cut(stream, bounds[first - 1][0], bounds[last - 1][1])


def located(html: SafeHtml, quote: str) -> SafeHtml | None:
    """The part of the text whose words these are, with its markup; None where they do not stand there so."""
    wanted = "".join(normalised(quote).split())
    stream, signs, places = _signs(html)
    start = signs.find(wanted) if wanted else -1
    if start < 0:
        return None
    last = places[start + len(wanted) - 1]
    found = _cut(stream, places[start], _Place(last.token, last.char + 1))
    return found if normalised(plain(found)) == normalised(quote) else None


# ── where ──


def _bounds(stream: Sequence[Token]) -> Iterator[tuple[_Place, _Place]]:
    start = _Place(0, 0)
    for cut in cuts(stream):
        end = _Place(cut.token, cut.chars)
        if cut.is_end and end > start:
            yield start, end
            start = end
    yield start, _Place(len(stream), 0)


@lru_cache(maxsize=4)  # a desk asks at every key
def _signs(html: SafeHtml) -> tuple[list[Token], str, list[_Place]]:
    """All that is no white space, one sign for all that look alike, and where each stands."""
    stream = list(tokens(html))
    signs: list[str] = []
    places: list[_Place] = []
    for number, token in enumerate(stream):
        if isinstance(token, Text):
            for char, letter in enumerate(token.text):
                alike = letter if letter in _ORDINARY else "".join(folded(letter).split())
                signs.append(alike)
                places += [_Place(number, char)] * len(alike)
    return stream, "".join(signs), places


# ── what ──


def _cut(stream: Sequence[Token], start: _Place, end: _Place) -> SafeHtml:
    """What stands between two places, inside the elements that are open there."""
    start = _first_content(stream, start)
    out = list(_reopened(stream[: start.token]))
    still_open = [name for name, _ in _open_at(stream[: start.token])]
    for number in range(start.token, min(end.token + 1, len(stream))):
        token = stream[number]
        match token:
            case Text():
                first = start.char if number == start.token else 0
                last = end.char if number == end.token else len(token.text)
                out.append(escaped(token.text[first:last]))
                continue
            case _ if number == end.token and end.char == 0:
                break
            case Start(name) if name not in VOID:
                still_open.append(name)
            case End():
                still_open.pop()
            case _:
                pass
        out.append(token.html)
    html = clean("".join(out) + "".join(f"</{name}>" for name in reversed(still_open)), base_url=None)
    return html if plain(html).strip() else SafeHtml("")


def _first_content(stream: Sequence[Token], place: _Place) -> _Place:
    """Beyond white space and the ends of what came before."""
    for number in range(place.token, len(stream)):
        token = stream[number]
        char = place.char if number == place.token else 0
        match token:
            case Text():
                rest = token.text[char:]
                if rest.strip():
                    return _Place(number, char + len(rest) - len(rest.lstrip()))
            case Start(name) if name != "br":
                return _Place(number, 0)
            case _:
                pass
    return _Place(len(stream), 0)


def _open_at(before: Sequence[Token]) -> list[tuple[str, Start]]:
    """The elements that are open behind these tokens; a numbered list goes on where it was."""
    opened: list[tuple[str, Start, int]] = []
    for token in before:
        match token:
            case Start(name) if name not in VOID:
                if name == "li" and opened and opened[-1][0] == "ol":
                    opened[-1] = (*opened[-1][:2], opened[-1][2] + 1)
                opened.append((name, token, 0))
            case End():
                opened.pop()
            case _:
                pass
    return [(name, _numbered(start, points, opened, n)) for n, (name, start, points) in enumerate(opened)]


def _numbered(start: Start, points: int, opened: Sequence[tuple[str, Start, int]], n: int) -> Start:
    if start.name != "ol" or not points:
        return start
    inside = n + 1 < len(opened) and opened[n + 1][0] == "li"
    stated = start.attributes.get("start", "1")
    number = (int(stated) if stated.isdecimal() else 1) + points - inside
    if number == 1 and "start" not in start.attributes:
        return start
    return start._replace(attributes={**start.attributes, "start": str(number)})


def _reopened(before: Sequence[Token]) -> Iterator[str]:
    for name, start in _open_at(before):
        yield start_tag(name, start.attributes)
