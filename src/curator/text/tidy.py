"""Ordinary HTML as nh3 would write it once it is clean, by one regular expression.

A guess to be checked, and only for sources without surprises: no element that
would be dropped or renamed, nothing hidden, nothing empty, every reference
complete. The gate then reads what was written here; if it finds nothing to
change, source and result have the same elements in the same places, since what
HTML's parser makes of allowed elements depends on no attribute. So it is what
`clean` would have come to in rounds.
"""

from __future__ import annotations

import re
from html import unescape
from html.entities import html5

from curator.text.attributes import LAZY_SOURCES, hides, kept, kept_of_picture
from curator.text.characters import clean_text
from curator.text.markup import VOID, escaped, start_tag
from curator.text.urls import PLAIN

MAX_DEPTH = 100  # consumers give up at 256 (libxml2) or 512 (browsers) nested elements
TAGS = frozenset(
    "p br a em strong b i u s q cite sup sub abbr del ins small mark ul ol li dl dt dd blockquote "
    "h1 h2 h3 h4 h5 h6 pre code kbd samp var table caption thead tbody tfoot tr td th "
    "figure figcaption img hr span div".split()
)

# Tags that stay as they are need no look. (Where they end a `>` of the text is missed; the gate sees it.)
_STAYS = "|".join(
    [
        f"/?(?:{'|'.join(sorted(TAGS - VOID - {'a', 'span'}))})",
        *("br", "hr", "/a", "/span"),
        f'a href="{PLAIN.replace("&", "")}"',
    ]
)
_PIECE = re.compile(
    rf"<(?!(?:{_STAYS})>)(?:(/?)([a-z][a-z0-9]*)([^<>]*)>|!--(?!-?>)[^<>-]*(?:-[^<>-]+)*-->|)"
    r"|&(?:[a-zA-Z][a-zA-Z0-9]*;|#[0-9]{1,6};)?|>(?<![a-z0-9\"]>)|\xa0"
)
_PLAIN_ATTRIBUTES = re.compile(r"(?:\s+[a-z][a-z0-9_:-]*=\"[^\"&]*\")*\s*/?\Z")
_PLAIN_ATTRIBUTE = re.compile(r"\s([a-z][a-z0-9_:-]*)=\"([^\"]*)\"")
_ATTRIBUTE = re.compile(
    r"\s+([a-z][a-z0-9_:-]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'=`]+)))?(?=\s|/?\Z)"
)
_REFERENCE = re.compile(r"&(?:([a-zA-Z][a-zA-Z0-9]*;)|#[0-9]{1,6};|)")
# Addresses about which nh3, browsers and `absolute` are of one mind.
_ORDINARY_URL = re.compile(
    r"(?:https?://[a-z0-9]+(?:[.-][a-z0-9]+)*(?=[/?#]|\Z)|//[a-z0-9]+(?:[.-][a-z0-9]+)*(?=[/?#]|\Z)|(?=/|[\w.-]+(?:[/?#]|\Z)))"
    r"(?:[/?#][\w.~/%+=,:@!*()$&?;#-]*|[\w.-]*(?:[/?#][\w.~/%+=,:@!*()$&?;#-]*)?)\Z|mailto:[\w.+@-]+\Z",
    re.ASCII,
)
_URLS = frozenset({"href", "src", "cite"})
_EMPTIED = re.compile(
    r"<(?!br>|hr>|wbr>|img )[a-z][a-z0-9]*(?: [a-z]+=\"[^\"]*\")*>"
    r"(?:\s|<br>|&\w+;|[\u200b\u2060\ufeff\u00ad])*</"
)


class _Surprise(Exception):
    """Something that is to be cleaned the long way."""


def tidied(source: str, *, base_url: str | None) -> str | None:
    """None for what is not ordinary; else text whose only needless tags are bare `span`s."""
    try:
        tidy = _PIECE.sub(_Writer(base_url), source).strip()
    except _Surprise:
        return None
    if _EMPTIED.search(tidy) or _is_deep(tidy):
        return None
    return tidy


class _Writer:
    """Writes one piece of the source at a time; most are tags that it has written before."""

    def __init__(self, base_url: str | None) -> None:
        self._base_url = base_url
        self._written: dict[str, str] = {}
        self._spans: set[bool] = set()

    def __call__(self, piece: re.Match[str]) -> str:
        text = piece[0]
        written = self._written.get(text)
        if written is None:
            written = self._written[text] = self._piece(piece)
        return written

    def _piece(self, piece: re.Match[str]) -> str:
        closing, name, attributes = piece.groups()
        if name is None:
            return "" if piece[0].startswith("<!--") else _character(piece[0])
        if name not in TAGS or (closing and (attributes.strip() or name in VOID)):
            raise _Surprise
        return f"</{name}>" if closing else self._start(name, _stated(attributes))

    def _start(self, name: str, attributes: dict[str, str]) -> str:
        if hides(attributes) or not attributes.keys().isdisjoint(LAZY_SOURCES):
            raise _Surprise
        if name == "img":
            found = kept_of_picture(attributes, base_url=self._base_url)
            if found is None:
                raise _Surprise
            return start_tag(name, found)
        found = kept(name, attributes, base_url=self._base_url) if attributes else attributes
        if name == "a" and "href" not in found:
            raise _Surprise
        if name == "span":
            self._spans.add(bool(found))
            if len(self._spans) > 1:  # then it is not clear which end is whose
                raise _Surprise
        return start_tag(name, found)


def _stated(attributes: str) -> dict[str, str]:
    if _PLAIN_ATTRIBUTES.match(attributes):
        pairs = _PLAIN_ATTRIBUTE.findall(attributes)
        found = dict(pairs)
        if len(found) < len(pairs) or any(not _ORDINARY_URL.match(found[k]) for k in found.keys() & _URLS):
            raise _Surprise
        return found
    found = {}
    position, end = 0, len(attributes.rstrip())
    while position < end and attributes[position:end] != "/" and attributes[position:].strip() != "/":
        one = _ATTRIBUTE.match(attributes, position)
        if one is None or one[1] in found:
            raise _Surprise
        value = next((group for group in one.groups()[1:] if group is not None), "")
        value = _decoded(value) if "&" in value else value
        if one[1] in _URLS and not _ORDINARY_URL.match(value):
            raise _Surprise
        found[one[1]] = value
        position = one.end()
    return found


def _decoded(value: str) -> str:
    for reference in _REFERENCE.finditer(value):
        if reference[0] == "&" or (reference[1] and reference[1] not in html5):
            raise _Surprise
    return _carried(unescape(value))


def _character(piece: str) -> str:
    if piece in {"<", "&"} or (piece[0] == "&" and piece[1] != "#" and piece[1:] not in html5):
        raise _Surprise
    return escaped(_carried(unescape(piece)))


def _carried(text: str) -> str:
    """What a reference stands for, if it can stand in a text: the source itself has been looked at."""
    if clean_text(text) != text:
        raise _Surprise
    return text


def _is_deep(html: str) -> bool:
    if html.count("<") < 2 * MAX_DEPTH:
        return False
    depth = 0
    for closing, name in re.findall(r"<(/?)([a-z0-9]+)", html):
        depth += -1 if closing else name not in VOID
        if depth >= MAX_DEPTH:
            return True
    return False
