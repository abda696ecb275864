"""A web page as a tree: its own address, its base, and what its elements are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree
from lxml.html import HtmlElement
from w3lib.encoding import html_to_unicode

from curator.text import absolute, clean_text, safe_url
from curator.trees import START, bare, tree_of

MAX_BYTES = 64 * 1024 * 1024  # with pictures written into the page, as SingleFile saves it
MAX_MARKUP = 4 * 1024 * 1024  # characters without them
MAX_ELEMENTS = 100_000  # of which each takes some 50 µs

# Browsers say so when they save a page: Internet Explorer and Chrome (with the address's length), SingleFile.
_SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d{1,6}\)(\S{1,2000})\s*-->")
_SINGLE_FILE = re.compile(r"<!--\s*Page saved with SingleFile\s+url:\s*(\S{1,2000})")
_EMBEDDED = re.compile(r"data:[\w./+-]{0,80};base64,[A-Za-z0-9+/=]{200,}")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_FOR_EARS = re.compile(r"(?:^|\s)(?:screen-reader-text|sr-only|visually-hidden|visuallyhidden)(?:\s|$)")
_HEARD = etree.XPath(
    "descendant-or-self::text()[not(ancestor::script or ancestor::style or ancestor::noscript"
    " or ancestor::*[contains(concat(' ', @class, ' '), ' screen-reader-text ')])]"
)


@dataclass(frozen=True, slots=True)
class Webpage:
    """`address`: its own, as far as it or whoever fetched it says. `base`: where its links start from."""

    root: HtmlElement
    address: str | None
    base: str | None
    canonical: str | None
    marks: frozenset[str]  # the classes of its body

    def link(self, href: str | None) -> str | None:
        """Absolute and without the place within the page; None where nobody can tell, or it is unsafe."""
        found = absolute(href, base_url=self.base)
        return found.partition("#")[0] if found else None


class TooLarge(Exception):
    """More than a post's page can be."""


def opened(body: bytes, *, content_type: str | None, url: str | None) -> Webpage | None:
    """The page; None for what is no HTML. `TooLarge`."""
    if len(body) > MAX_BYTES:
        raise TooLarge
    _, text = html_to_unicode(content_type, body, auto_detect_fun=_guessed)
    text = _EMBEDDED.sub("data:,", bare(text))
    if len(text) > MAX_MARKUP:
        raise TooLarge
    tree = tree_of(text)
    if tree is None:
        return None
    root = tree.root
    # Nothing is better than a part of a post.
    if tree.is_cut or sum(1 for _ in root.iter()) > MAX_ELEMENTS:
        raise TooLarge
    saved = _SAVED_FROM.search(text[:START]) or _SINGLE_FILE.search(text[:START])
    got_from = safe_url(url) or (safe_url(saved[1]) if saved else None)
    named = _named(root, got_from)
    address = got_from or named or absolute(meta(root, "og:url"), base_url=None)
    stated = next((each.get("href") for each in root.iter("base") if each.get("href")), None)
    return Webpage(
        root=root,
        address=address,
        base=absolute(stated, base_url=address) or address,
        canonical=named,
        marks=classes(next(root.iter("body"), root)) | classes(root),
    )


def _guessed(body: bytes) -> str:
    """Of a page that says nothing: what is no UTF-8 was written on a Windows of western Europe."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _named(root: HtmlElement, address: str | None) -> str | None:
    """`<link rel="canonical">`."""
    href = next((each.get("href") for each in root.iter("link") if "canonical" in rels(each)), None)
    return absolute(href, base_url=address)


def meta(root: HtmlElement, *names: str) -> str | None:
    """The content of the first `<meta>` of one of these names or properties."""
    for element in root.iter("meta"):
        said = (element.get("property") or element.get("name") or element.get("itemprop") or "").lower()
        if said in names and (content := clean_text(element.get("content") or "").strip()):
            return content
    return None


# ── elements ────────────────────────────────────────────────────────────────


def classes(element: HtmlElement) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def rels(element: HtmlElement) -> frozenset[str]:
    return frozenset((element.get("rel") or "").lower().split())


def properties(element: HtmlElement) -> frozenset[str]:
    """Of microdata."""
    return frozenset((element.get("itemprop") or "").split())


def elements(within: HtmlElement, *tags: str) -> Iterator[HtmlElement]:
    """In the order of the document, the element itself first; no comments."""
    return (each for each in within.iter(*tags) if isinstance(each.tag, str))


def having(within: HtmlElement, names: Iterable[str]) -> HtmlElement | None:
    """The first element with the first of these classes or item properties that there is, below `within`."""
    wanted = list(names)
    found: dict[str, HtmlElement] = {}
    for element in elements(within):
        if element is not within:
            for name in (classes(element) | properties(element)).intersection(wanted):
                found.setdefault(name, element)
    return next((found[name] for name in wanted if name in found), None)


def words(element: HtmlElement) -> str:
    """What is read on the screen, on one line; spaces that do not break stay."""
    said = "".join(str(each) for each in _HEARD(element))
    return _SPACE.sub(" ", clean_text(said)).strip(" ")


def is_for_ears(element: HtmlElement) -> bool:
    return bool(_FOR_EARS.search(element.get("class") or ""))
