"""The tokens of HTML that nh3 wrote.

nh3 serialises by the HTML standard: tags balanced, attributes in double
quotes, `<` in text always escaped. On such text, and only there, a regular
expression sees exactly what a browser sees, in linear time and at any depth.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import NamedTuple

VOID = frozenset({"br", "hr", "img", "wbr", "col"})
BLOCKS = frozenset(
    "p div ul ol li dl dt dd blockquote h1 h2 h3 h4 h5 h6 pre "
    "table caption colgroup thead tbody tfoot tr td th figure figcaption hr".split()
)

TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?: [a-z:-]+="[^"]*")*)>')
_ATTRIBUTE = re.compile(r' ([a-z:-]+)="([^"]*)"')
_SPECIAL = re.compile('[&"<>\xa0]')
_IN_ATTRIBUTE = str.maketrans({"&": "&amp;", '"': "&quot;", "<": "&lt;", ">": "&gt;", "\xa0": "&nbsp;"})
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\xa0": "&nbsp;"})


_NONE: Mapping[str, str] = {}


class Start(NamedTuple):
    name: str
    attributes: Mapping[str, str]
    html: str


class End(NamedTuple):
    name: str
    html: str


class Text(NamedTuple):
    """A run of text; `html` still has its character references."""

    html: str

    @property
    def text(self) -> str:
        return unescape(self.html) if "&" in self.html else self.html


Token = Start | End | Text


def tokens(html: str) -> Iterator[Token]:
    position = 0
    for tag in TAG.finditer(html):
        if tag.start() > position:
            yield Text(html[position : tag.start()])
        position = tag.end()
        closing, name, attributes = tag.groups()
        if closing:
            yield End(name, tag[0])
        else:
            yield Start(name, stated(attributes) if attributes else _NONE, tag[0])
    if position < len(html):
        yield Text(html[position:])


def stated(attributes: str) -> dict[str, str]:
    """The attributes that stand in a tag."""
    return {k: unescape(v) if "&" in v else v for k, v in _ATTRIBUTE.findall(attributes)}


def start_tag(name: str, attributes: Mapping[str, str]) -> str:
    if not attributes:
        return f"<{name}>"
    written = (
        f' {k}="{v.translate(_IN_ATTRIBUTE) if _SPECIAL.search(v) else v}"' for k, v in attributes.items()
    )
    return f"<{name}{''.join(written)}>"


def escaped(text: str) -> str:
    """Text as nh3 would write it."""
    return text.translate(_IN_TEXT)
