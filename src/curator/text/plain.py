"""HTML as people would type it: paragraphs apart by a blank line, lists readable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import nh3

from curator.model import SafeHtml
from curator.text.characters import clean_text, folded, normalised
from curator.text.markup import BLOCKS, TAG, escaped, stated

_TIGHT = frozenset({"li", "tr", "dt", "dd"})  # one line each: no blank line between neighbours
_TELLING = BLOCKS | {"br", "q"} | set("section article header footer main aside nav form address".split())
_PARTS = nh3.Cleaner(
    tags=set(_TELLING),
    clean_content_tags=set(
        "script style iframe object embed svg math noscript template title head textarea".split()
    ),
    attributes={"ol": {"start"}},
    link_rel=None,
)
# What `words_of` leaves to `_Writer`: cells, quotation marks, kept line breaks, numbers that are stated.
_LAID_OUT = frozenset({"td", "th", "q", "pre"})
_POINT = "\ue000"  # stands for the sign before a point of a list, which is no word
_SIGNS = {
    **{f"{end}{name}": "\n" for name in _TELLING for end in ("", "/")},
    "li": f"\n{_POINT}",
}
_BEFORE_POINT = frozenset({"ul", "ol", "/li"})
_EMPTY_POINT = re.compile(rf"{_POINT}\s*(?:{_POINT}|\Z)")
_POINT_START = re.compile(rf"{_POINT}\s*")
_TAG_NAME = re.compile(r"<(/?[a-z0-9]+)[^>]*>")  # nh3 leaves no `>` in an attribute
_MARKS = frozenset("-•*0123456789")
_MARKER = re.compile(r"(?:[-•*]|\d{1,3}[.)])[ \t]+(?=[^ \t\n])")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_NEWLINE = re.compile(r"[ \t]*\n[ \t]*")
# As most texts are asked for: nothing is open, nothing within another of its kind, no character by its name.
_SIMPLE = "(?:a|b|cite|code|em|i|mark|small|span|strong|sub|sup|u)"
_ONE_PARAGRAPH = re.compile(rf'<p>[^<>&]*(?:<({_SIMPLE})(?: [a-z-]+="[^"<>&]*")*>[^<>&]*</\1>[^<>&]*)*</p>')
_SIMPLE_TAG = re.compile("<[^>]*>")
_SPACE = re.compile(r"[ \t\n\r\f]{2,}|[\t\n\r\f]")  # all but the single spaces, which are as they should be


def plain(html: str) -> str:
    """The text of any HTML, safe or not; never markup."""
    if _ONE_PARAGRAPH.fullmatch(html):
        return _SPACE.sub(" ", clean_text(_SIMPLE_TAG.sub("", html))).lstrip(" ").rstrip()
    return "\n\n".join(paragraphs(html))


def words_of(html: SafeHtml) -> str:
    """`normalised(plain(html))`, by a shorter way where the layout is simple: a line per block and point."""
    pieces = _TAG_NAME.split(html.replace("\n", " "))  # text, name, text, name, …
    names = pieces[1::2]
    if not _LAID_OUT.isdisjoint(names) or "<ol " in html or _POINT in html:
        return normalised(plain_of(html))
    signs = [_SIGNS.get(name, "") for name in names]
    if "li" in names:
        for n, name in enumerate(names):
            if name == "li" and (not n or names[n - 1] not in _BEFORE_POINT or pieces[2 * n].strip()):
                return normalised(plain_of(html))
    pieces[1::2] = signs
    text = "".join(pieces)
    text = folded(unescape(text) if "&" in text else text)
    if _POINT in text:
        if _EMPTY_POINT.search(text):
            return normalised(plain_of(html))
        text = _POINT_START.sub("- ", text)
    return " ".join(" ".join(map(_without_marker, text.split("\n"))).split())


def _without_marker(line: str) -> str:
    bare = line.lstrip(" \t")
    marker = _MARKER.match(bare) if bare[:1] in _MARKS else None
    return bare[marker.end() :] if marker else bare


def plain_of(html: SafeHtml) -> str:
    """The same for what `clean` wrote, without cleaning it again."""
    return "\n\n".join(_paragraphs(html))


def as_html(text: str) -> SafeHtml:
    """Plain text as HTML: blank lines part paragraphs, a single newline is kept as a break."""
    blocks = (escaped(block.strip()) for block in _BLANK_LINE.split(clean_text(text)))
    return SafeHtml("".join(f"<p>{_NEWLINE.sub('<br>', block)}</p>" for block in blocks if block))


def paragraphs(html: str) -> list[str]:
    """The blocks of a text in reading order; a list is one block, its points one line each."""
    return _paragraphs(clean_text(_PARTS.clean(clean_text(html))))


def _paragraphs(html: str) -> list[str]:
    """Of HTML that nh3 wrote. Tags that make no difference to a text may be in it."""
    writer = _Writer()
    position = 0
    for tag in TAG.finditer(html):
        start = tag.start()
        if start > position:
            writer.text(html[position:start])
        position = tag.end()
        closing, name, attributes = tag.groups()
        if name not in _TELLING:
            continue
        if closing:
            writer.end(name)
        else:
            writer.start(name, first=stated(attributes).get("start", "1") if name == "ol" else "1")
    if position < len(html):
        writer.text(html[position:])
    return writer.finished()


@dataclass(slots=True)
class _List:
    next: int | None  # None: bullets


class _Writer:
    """Collects lines into blocks. A block ends where the reader would expect a blank line."""

    def __init__(self) -> None:
        self._blocks: list[str] = []
        self._lines: list[str] = []
        self._line = ""
        self._lists: list[_List] = []
        self._pre = 0
        self._marker = ""

    def text(self, html: str) -> None:
        text = unescape(html) if "&" in html else html
        if self._pre:
            *whole, rest = text.split("\n")
            for line in whole:
                self._line += line
                self._break(keep_blank=True)
            self._line += rest
            return
        folded = _SPACE.sub(" ", text)
        if not self._line or self._line.endswith(" "):
            folded = folded.lstrip(" ")
        self._line += folded

    def start(self, name: str, *, first: str) -> None:
        match name:
            case "br":
                self._break()
            case "q":
                self._line += "“"
            case "ul" | "ol":
                self._break()
                if not self._lists:
                    self._block()
                start = int(first) if first.isdecimal() else 1
                self._lists.append(_List(start if name == "ol" else None))
            case "li":
                self._break()
                self._marker = self._next_marker()
            case "td" | "th":
                if self._line.strip():
                    self._line = self._line.rstrip() + " | "
            case "dt" | "dd" | "tr":
                self._break()
            case _:
                self._edge(name)
                self._pre += name == "pre"

    def end(self, name: str) -> None:
        match name:
            case "q":
                self._line = self._line.rstrip() + "”"
            case "ul" | "ol":
                self._break()
                if self._lists:
                    self._lists.pop()
                if not self._lists:
                    self._block()
            case "td" | "th":
                pass
            case _ if name in _TIGHT:
                self._break()
                self._marker = ""
            case _:
                self._edge(name)
                self._pre -= name == "pre"

    def finished(self) -> list[str]:
        self._block()
        return self._blocks

    def _edge(self, name: str) -> None:
        """The edge of a block; inside a list only a new line, or its points would fall apart."""
        if self._lists or name in {"thead", "tbody", "tfoot", "colgroup"}:
            self._break()
        else:
            self._block()

    def _next_marker(self) -> str:
        if not self._lists:
            return ""
        current = self._lists[-1]
        indent = "  " * (len(self._lists) - 1)
        if current.next is None:
            return f"{indent}- "
        current.next += 1
        return f"{indent}{current.next - 1}. "

    def _break(self, *, keep_blank: bool = False) -> None:
        line = self._line.rstrip(" ") if self._pre else self._line.strip(" ")
        if line.strip() or (keep_blank and self._lines):
            self._lines.append(self._marker + line)
            self._marker = ""
        self._line = ""

    def _block(self) -> None:
        self._break()
        if any(line.strip() for line in self._lines):
            self._blocks.append("\n".join(self._lines).rstrip())
        self._lines = []
