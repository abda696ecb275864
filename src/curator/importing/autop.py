"""Paragraphs where an author only pressed Return, as WordPress makes them (pure).

By the behaviour that its documentation of `wpautop` describes: a blank line parts paragraphs, a single
newline is a line break, and what stands in a block already is left as it is. Where WordPress writes tags
that do not match, and leaves it to browsers to make sense of them, the tags here match.
"""

from __future__ import annotations

import re
from collections import Counter

# `\s` would take the no-break space along, which WordPress keeps.
_SPACES = " \t\n\f\v"
_BLOCKS = frozenset(
    "table thead tfoot caption col colgroup tbody tr td th div dl dd dt ul ol li pre form map area "
    "blockquote address p h1 h2 h3 h4 h5 h6 hr fieldset legend section article aside hgroup header footer "
    "nav figure figcaption details menu summary".split()
)
_NO_PARAGRAPHS = frozenset("table thead tfoot tbody tr colgroup ul ol dl map menu".split())
_VERBATIM = frozenset("pre script style textarea svg object video audio select".split())
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])[^<>]*>", re.ASCII)
_BROKEN_TAG = re.compile(r"<!--.*?(?:-->|\Z)|</?[a-zA-Z][^<>\n]*\n[^<>]*>", re.DOTALL)
_TWO_BREAKS = re.compile(r"<br[ \t]*/?>[ \t\n]*<br[ \t]*/?>", re.IGNORECASE)
_BREAK_ENDS = re.compile(r"<br[ \t]*/?>\Z", re.IGNORECASE)
_BLANK_LINE = re.compile(r"\n[ \t\f\v]*\n[ \t\n\f\v]*")


def autop(text: str) -> str:
    """The text with its paragraphs and line breaks in tags; line ends are newlines already."""
    if not text.strip(_SPACES):
        return ""
    if "\n" in text:
        text = _BROKEN_TAG.sub(_in_one_line, text)
    if "<br" in text or "<BR" in text:
        text = _TWO_BREAKS.sub("\n\n", text)
    writer = _Writer()
    unclosed: set[str] = set()
    at = 0
    while (tag := _next_block(text, at)) is not None:
        writer.text(text[at : tag.start()])
        at = tag.end()
        name, closing = tag[2].lower(), bool(tag[1])
        if name in _VERBATIM and not closing:
            at = _end_of(name, text, at, unclosed)
            writer.whole(text[tag.start() : at], block=name == "pre")
        elif name in _BLOCKS:
            writer.tag(name, tag[0], closing=closing)
        else:
            writer.text(tag[0])
    writer.text(text[at:])
    return writer.finished()


def _next_block(text: str, at: int) -> re.Match[str] | None:
    for tag in _TAG.finditer(text, at):
        name = tag[2].lower()
        if name in _BLOCKS or name in _VERBATIM:
            return tag
    return None


def _end_of(name: str, text: str, at: int, unclosed: set[str]) -> int:
    """Where the element ends that began before, or right there where nothing ends it."""
    if name in unclosed:
        return at
    end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, at)
    if end is None:
        unclosed.add(name)  # nor will it be found farther on
        return at
    return end.end()


def _in_one_line(tag: re.Match[str]) -> str:
    return tag[0].replace("\n", " ")


class _Writer:
    """Collects words until a block begins or ends, and puts them into paragraphs then."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._words: list[str] = []
        self._opened = ""  # the block whose opening tag the words stand right behind
        self._within: list[str] = []
        self._open: Counter[str] = Counter()  # how many of each name are within

    def text(self, text: str) -> None:
        self._words.append(text)

    def whole(self, html: str, *, block: bool) -> None:
        """What is kept to the letter; only `pre` is a block of its own."""
        if not block:
            # A newline in a script is no line break.
            self._words.append(html.replace("\n", _KEPT))
            return
        self._paragraphs()
        self._written.append(html)
        self._opened = ""

    def tag(self, name: str, html: str, *, closing: bool) -> None:
        self._paragraphs()
        self._opened = "" if closing or name in {"hr", "blockquote", "area", "col"} else name
        if closing:
            self._close(name)
        elif name not in {"hr", "area", "col", "p"}:
            self._within.append(name)
            self._open[name] += 1
        self._written.append(html)

    def _close(self, name: str) -> None:
        closed = "" if self._open[name] else name
        while closed != name:
            closed = self._within.pop()
            self._open[closed] -= 1

    def finished(self) -> str:
        self._paragraphs()
        return "\n".join(self._written).replace(_KEPT, "\n") + "\n"

    def _paragraphs(self) -> None:
        words, self._words = "".join(self._words), []
        bare = words.strip(_SPACES)
        if not bare:
            return
        paragraphs = [_with_breaks(one) if "\n" in one else one for one in _BLANK_LINE.split(bare)]
        adjoining = _BLANK_LINE.match(words) is None
        if self._opened == "p":
            self._written[-1] += "</p>\n<p>".join(paragraphs)
            return
        if self._within and self._within[-1] in _NO_PARAGRAPHS:
            self._written.append("\n".join(paragraphs))
            return
        if self._opened and adjoining:
            self._written[-1] += paragraphs.pop(0)
        self._written += [f"<p>{one}</p>" for one in paragraphs]


_KEPT = "\x00"


def _with_breaks(paragraph: str) -> str:
    """A break for each newline, but where one is written already."""
    lines = [line.strip(_SPACES) for line in paragraph.split("\n")]
    broken = [line if _BREAK_ENDS.search(line) else f"{line}<br />" for line in lines[:-1]]
    return "\n".join([*broken, lines[-1]])
