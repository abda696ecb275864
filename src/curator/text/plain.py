"""HTML as people would type it: paragraphs apart by a blank line, lists readable."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import nh3

from curator.model import SafeHtml
from curator.text.characters import clean_text, normalised
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
# What `words_of` does not do: cells, quotation marks, kept line breaks, numbers of more than three digits.
_LAID_OUT = ("<td", "<th", "<q", "<pre", "<ol start", "<ol lang", "<ol dir")
_ATTRIBUTES = r'(?: [a-z]+="[^"]*")*'
# A point of a list; what is none by its place is written by `_Writer`, which has no sign for it.
_POINT = re.compile(
    rf"(?<=<ul>)\s*<li{_ATTRIBUTES}>|(?<=<ol>)\s*<li{_ATTRIBUTES}>|(?<=</li>)\s*<li{_ATTRIBUTES}>"
)
_LINE_END = re.compile(rf"</?(?:{'|'.join(sorted(_TELLING - {'q'}))}){_ATTRIBUTES}>")
_ANY_TAG = re.compile(rf"</?[a-z][a-z0-9]*{_ATTRIBUTES}>")
_POINT_IN_POINT = re.compile(r"\x01[ \n]*(?:\x01|\Z)")
_BEFORE_POINT = re.compile(r"\x01[ \n]*")
_TRAILING = re.compile(r" +\n")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_NEWLINE = re.compile(r"[ \t]*\n[ \t]*")
_SPACE = re.compile(r"[ \t\n\r\f]{2,}|[\t\n\r\f]")  # all but the single spaces, which are as they should be


def plain(html: str) -> str:
    """The text of any HTML, safe or not; never markup."""
    return "\n\n".join(paragraphs(html))


def words_of(html: SafeHtml) -> str:
    """`normalised(plain(html))`, by a shorter way where the layout is simple: a line per block and point."""
    if any(tag in html for tag in _LAID_OUT):
        return normalised(plain_of(html))
    text = html.replace("\n", " ")
    if "<li" in text:
        text = _POINT.sub("\n\x01", text)
    text = _ANY_TAG.sub("", _LINE_END.sub("\n", text))
    if "\x01" in text:
        if _POINT_IN_POINT.search(text) or text.count("\x01") != html.count("<li"):
            return normalised(plain_of(html))
        text = _BEFORE_POINT.sub("- ", text)
    text = _TRAILING.sub("\n", text).rstrip(" ")
    return normalised(unescape(text) if "&" in text else text)


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
