"""The markup of a web page as a tree: what is one at all, and how far it could be read (pure)."""

from __future__ import annotations

import re
from dataclasses import dataclass

import lxml.html
from lxml import etree
from lxml.html import HtmlElement

START = 20_000  # characters in which markup begins, if there is any
_MARKUP = re.compile(
    r"<\s*(?:!doctype\s+html|html|head|body|title|meta|link|div|p|a|ul|table|main|h1|article)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tree:
    """`is_cut`: nested deeper than 256, where the parser leaves out the rest."""

    root: HtmlElement
    is_cut: bool


def bare(text: str) -> str:
    """A page's text from its first sign on, without NUL."""
    return text.replace("\x00", "").lstrip("\ufeff \t\r\n")


def tree_of(text: str) -> Tree | None:
    """The tree of a page's `bare` text; None for what is no HTML, or has nothing in it."""
    if not _MARKUP.search(text[:START]):
        return None
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False, no_network=True)
    try:
        root = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    return Tree(root, any(each.type_name == "ERR_RESOURCE_LIMIT" for each in parser.error_log))
