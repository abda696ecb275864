"""A web page as a tree, and what its elements say. Pure; runs in reader processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement
from w3lib.encoding import html_to_unicode

from curator.model import Image, Lang
from curator.text import absolute, clean_text, language_tag
from curator.trees import START, bare, tree_of

_UNSEEN = frozenset("script style noscript template svg iframe select option button".split())
_FOR_EARS = re.compile(r"\b(?:screen-reader-text|sr-only|visually-hidden|visuallyhidden|a11y-hidden)\b")
_BREAKS = frozenset(
    "address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 "
    "header hr li main nav ol p pre section table tbody td tfoot th thead tr ul".split()
)
_PLACEHOLDER = re.compile(
    r"^data:|(?:^|[/_-])(?:blank|placeholder|spacer|pixel|transparent|lazy|loading|1x1)\b[^/]*\.(?:gif|png|svg)",
    re.IGNORECASE,
)
_LAZY = ("data-src", "data-lazy-src", "data-original", "data-lazy", "data-img-src", "data-url")
_LAZY_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
_BACKGROUND = re.compile(r"background(?:-image)?\s*:[^;]*?url\(\s*['\"]?([^'\")]+)", re.IGNORECASE)
_BACKGROUNDS = ("data-bg", "data-background", "data-background-image", "data-bg-src")
_WIDEST = 1600  # of a srcset: more is for printing
_LONGEST_TEXT = 4_000
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class Webpage:
    root: HtmlElement
    url: str
    base_url: str
    language: Lang | None
    title: str


def opened(body: bytes, *, content_type: str | None, url: str) -> Webpage | None:
    """The page; None for what is no HTML."""
    _, text = html_to_unicode(content_type, body, default_encoding="utf-8")
    text = bare(text)
    if text.startswith(("<?xml", "{", "[", "%PDF")) and "<html" not in text[:START].lower():
        return None
    tree = tree_of(text)
    if tree is None:
        return None
    root = tree.root
    base = root.find(".//base[@href]")
    stated = absolute(base.get("href"), base_url=url) if base is not None else None
    return Webpage(
        root=root,
        url=url,
        base_url=stated or url,
        language=language_tag(root.get("lang") or root.get("xml:lang")),
        title=_title(root),
    )


def meta(root: HtmlElement, name: str) -> str:
    """The content of a `<meta>` by its name or property."""
    for element in root.iter("meta"):
        if (element.get("property") or element.get("name") or "").lower() == name:
            return clean_text(element.get("content") or "").strip()
    return ""


def tag_of(element: HtmlElement) -> str:
    """Its name; a comment has none."""
    return element.tag if isinstance(element.tag, str) else ""


def text_of(element: HtmlElement) -> str:
    """What is read on the screen, on one line."""
    parts: list[str] = []
    _gather(element, parts)
    return " ".join(clean_text("".join(parts)).split())[:_LONGEST_TEXT]


def label_of(element: HtmlElement) -> str:
    """Its text, or what stands for one: a picture's words, a tooltip."""
    if text := text_of(element):
        return text
    for pictured in element.iter("img"):
        if alt := " ".join(clean_text(pictured.get("alt") or "").split()):
            return alt
    return " ".join(clean_text(element.get("title") or element.get("aria-label") or "").split())


def picture_of(element: HtmlElement, *, base_url: str) -> Image | None:
    """The picture that an element is, holds, or has behind it; where it comes late, the true one."""
    for image in element.iter("img"):
        address = next(_sources(image), None)
        url = absolute(address, base_url=base_url)
        if url is not None:
            alt = " ".join(clean_text(image.get("alt") or "").split())
            return Image(
                url=url, alt=alt or None, width=_pixels(image, "width"), height=_pixels(image, "height")
            )
    for behind in element.iter():
        if isinstance(behind.tag, str) and (url := absolute(_background(behind), base_url=base_url)):
            return Image(url=url)
    return None


def _gather(element: HtmlElement, parts: list[str], depth: int = 0) -> None:
    # A comment has no name to compare; and nobody nests words two hundred deep.
    if not isinstance(element.tag, str) or depth > _DEEPEST or _is_unseen(element):
        return
    breaks = element.tag in _BREAKS
    if breaks:
        parts.append(" ")
    parts.append(element.text or "")
    for child in element:
        _gather(child, parts, depth + 1)
        parts.append(child.tail or "")
    if breaks:
        parts.append(" ")


def _is_unseen(element: HtmlElement) -> bool:
    return (
        element.tag in _UNSEEN
        or "hidden" in element.attrib
        or bool(_FOR_EARS.search(element.get("class") or ""))
    )


def _sources(image: HtmlElement) -> Iterator[str]:
    """Addresses of one picture, the truest first: what a script would put in, then what stands there."""
    for name in _LAZY:
        if stated := image.get(name):
            yield stated
    stated = image.get("src") or ""
    if stated and not _PLACEHOLDER.search(stated):
        yield stated
    sets = [image.get(name) or "" for name in _LAZY_SETS]
    parent = image.getparent()
    if parent is not None and parent.tag == "picture":
        sets += [source.get("srcset") or source.get("data-srcset") or "" for source in parent.iter("source")]
    for stated in sets:
        if widest := _widest(stated):
            yield widest


def _widest(srcset: str) -> str | None:
    """The largest of a srcset that a screen can use."""
    best: tuple[float, str] | None = None
    for candidate in re.split(r",\s+", srcset.strip()):
        address, _, size = candidate.strip().rstrip(",").partition(" ")
        width = float(found[0]) if (found := re.search(r"\d+(?:\.\d+)?", size)) else 0.0
        if address and not address.startswith("data:") and (best is None or best[0] < width <= _WIDEST):
            best = width, address
    return best[1] if best else None


def _background(element: HtmlElement) -> str | None:
    found = _BACKGROUND.search(element.get("style") or "")
    address = (
        found[1] if found else next((said for name in _BACKGROUNDS if (said := element.get(name))), None)
    )
    return address if address and not _PLACEHOLDER.search(address) else None


def _pixels(image: HtmlElement, side: str) -> int | None:
    stated = (image.get(side) or "").strip().removesuffix("px")
    return int(stated) if stated.isdecimal() and len(stated) <= 5 else None  # noqa: PLR2004  no picture is wider


def _title(root: HtmlElement) -> str:
    title = root.find(".//head/title")
    said = " ".join(clean_text(title.text_content()).split()) if title is not None else ""
    return said or meta(root, "og:site_name") or meta(root, "og:title")
