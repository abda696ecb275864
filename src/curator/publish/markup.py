"""The parts of markup that feeds, pages and mails share."""

from __future__ import annotations

import re
from functools import lru_cache

import html5lib
from lxml import etree
from markupsafe import Markup

from curator import text
from curator.model import UNKNOWN_LANGUAGE, Excerpt, Lang, PublicItem, SafeHtml

XHTML = "http://www.w3.org/1999/xhtml"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

# A picture, film or frame in a quotation makes every reader's machine call a third party.
_EMBEDDED = frozenset(
    "audio canvas embed iframe img map area object picture source svg track video math".split()
)
_TO_CHANGE = re.compile(rf"<(?:{'|'.join(sorted(_EMBEDDED))}|h[1-6])\b", re.IGNORECASE)


def paragraphs(note: str) -> list[list[str]]:
    """Blank lines part paragraphs, single line ends part lines."""
    return [block.split("\n") for block in re.split(r"\n[ \t]*\n\s*", note.strip()) if block.strip()]


def unlabelled(note: str, note_label: str) -> str:
    """The note without the label that its author typed although the house adds it."""
    spaced = r"\s+".join(re.escape(word) for word in note_label.split())
    return re.sub(rf"^\s*{spaced}\s*:\s*", "", note, flags=re.IGNORECASE)


def licence_name(licence: str) -> str:
    """Creative Commons' addresses by the name everybody knows; anything else as it is."""
    match = re.match(r"https?://creativecommons\.org/(licenses|publicdomain)/([a-z+-]+)/(\d\.\d)", licence)
    if match is None:
        return licence
    kind, name, version = match.groups()
    if kind == "publicdomain":
        return f"CC0 {version}" if name == "zero" else "Public Domain Mark"
    return f"CC {name.upper()} {version}"


def title_language(content: PublicItem, position: int) -> Lang:
    """The original's title is in the language of the passage quoted from it; of further ones nobody knows."""
    return content.excerpt.language if content.excerpt and position == 0 else UNKNOWN_LANGUAGE


def quotation(excerpt: Excerpt) -> Markup:
    return Markup(_without_embedded(excerpt.html))  # noqa: S704  serialised from a tree that was cleaned


@lru_cache(maxsize=4096)
def _without_embedded(html: SafeHtml) -> str:
    """The passage with no pictures in it, and its headings below the two levels that are ours."""
    if not _TO_CHANGE.search(html):
        return html  # as the cleaner wrote it; reading it again would be most of a publish's time
    division = _parsed(html)
    for element in list(division.iter(*_EMBEDDED)):
        _drop(element)
    _below(division, level=3)
    for element in reversed(list(division.iter("a", "p", "figure", "div"))):
        if not len(element) and not (element.text or "").strip():
            _drop(element)
    whole = etree.tostring(division, method="html", encoding="unicode")
    return whole.removeprefix("<div>").removesuffix("</div>")


def _below(division: etree._Element, *, level: int) -> None:
    """A passage's headings from this level on, none left out: a page is heard by its headings, too."""
    above: list[str] = []
    for element in division.iter(*_HEADINGS):
        stated = str(element.tag)
        while above and above[-1] >= stated:
            above.pop()
        above.append(stated)
        element.tag = f"h{min(level + len(above) - 1, 6)}"


_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def raised(body: str) -> str:
    """The headings one level up: on an item's own page its headline is the first of them, not the second."""
    return re.sub(r"(</?h)([3-6])(?=[ >])", lambda found: f"{found[1]}{int(found[2]) - 1}", body)


def _drop(element: etree._Element) -> None:
    """Take the element out and leave the text behind it where it was."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _parsed(html: str) -> etree._Element:
    """The fragment in one div, read as browsers read it."""
    document = html5lib.parse(html, treebuilder="lxml", namespaceHTMLElements=False)
    division: etree._Element = document.getroot()[-1]
    division.tag = "div"
    return division


def shortened(words: str) -> str:
    """Of a long note what a description or a card has room for, in whole words."""
    return words if len(words) <= _ROOM else f"{words[:_ROOM].rpartition(' ')[0] or words[:_ROOM]} …"


_ROOM = 300  # characters


def linked(words: str) -> Markup:
    """A sentence of the settings with the addresses in it as links."""
    pieces = _ADDRESS.split(words)
    return Markup("").join(
        Markup('<a href="{}">{}</a>').format(piece if "://" in piece else f"mailto:{piece}", piece)
        if n % 2
        else piece
        for n, piece in enumerate(pieces)
    )


_ADDRESS = re.compile(r"(https?://[^\s<>\"“”«»]*[^\s<>\"“”«».,;:!?)]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)")


def plain_line(words: str | None) -> str | None:
    """One line that XML can carry; None where nothing is left."""
    return (text.one_line(words) or None) if words else None
