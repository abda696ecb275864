"""What is said of pictures: never the words of the text that they stand in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from curator.model import SafeHtml
from curator.text.clean import clean
from curator.text.markup import End, Start, Text, Token, tokens


@lru_cache(maxsize=64)
def without_captions(html: SafeHtml) -> SafeHtml:
    """The text alone; the same object where no caption is in it.

    A caption stays with what has words of its own: who said a quotation is part of it.
    """
    if "<figcaption" not in html:
        return html
    stream = list(tokens(html))
    gone = {number for span in _captions(stream) for number in span}
    if not gone:
        return html
    left = "".join(token.html for number, token in enumerate(stream) if number not in gone)
    return clean(left, base_url=None)


def _captions(stream: Sequence[Token]) -> Iterator[range]:
    """From tag to tag, but of figures that have words beside their captions."""
    inside = accumulate(_edge(token, "figcaption") for token in stream)
    said = [not deep and isinstance(t, Text) and _says(t) for t, deep in zip(stream, inside, strict=True)]
    words = [0, *accumulate(said)]
    figures = {each.start: each for each in _elements(stream, "figure")}
    around = _figure_around(stream)
    for caption in _elements(stream, "figcaption"):
        figure = figures.get(around.get(caption.start, -1), range(0))
        if words[figure.start] == words[figure.stop]:
            yield caption


def _figure_around(stream: Sequence[Token]) -> dict[int, int]:
    """Where the innermost figure of each caption begins."""
    found: dict[int, int] = {}
    starts: list[int] = []
    for number, token in enumerate(stream):
        match token:
            case Start("figure"):
                starts.append(number)
            case End("figure"):
                starts.pop()
            case Start("figcaption") if starts:
                found[number] = starts[-1]
            case _:
                pass
    return found


def _elements(stream: Sequence[Token], name: str) -> Iterator[range]:
    starts: list[int] = []
    for number, token in enumerate(stream):
        edge = _edge(token, name)
        if edge > 0:
            starts.append(number)
        elif edge < 0:
            yield range(starts.pop(), number + 1)


def _edge(token: Token, name: str) -> int:
    if isinstance(token, Text) or token.name != name:
        return 0
    return 1 if isinstance(token, Start) else -1


def _says(token: Text) -> bool:
    return any(map(str.isalnum, token.text))
