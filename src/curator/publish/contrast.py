"""Whether the words of a mail stand out from what is behind them, by day and in the dark.

Mail programs know little of CSS; so a letter has its colours in style
attributes, and what changes in the dark in one @media rule. Both can be read
without a browser: colours are inherited, backgrounds show through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import css_inline
from lxml import etree

LEAST = 4.5  # WCAG 2.2, 1.4.3

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """What is written with, and on what."""

    text: Colour
    paper: Colour
    link: Colour


_BY_DAY = Ink(text=(0, 0, 0), paper=(255, 255, 255), link=(0, 0, 238))
_IN_THE_DARK = Ink(text=(255, 255, 255), paper=(18, 18, 18), link=(158, 158, 255))


@dataclass(frozen=True, slots=True, kw_only=True)
class Faint:
    """Words that are hard to read, and how far they stand out: 1 is not at all."""

    words: str
    contrast: float


def parsed(html: str) -> etree._Element:
    """The letter as a tree; we wrote it, so that a lenient reader finds what a browser would."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=False)
    root: etree._Element = etree.fromstring(html.encode("utf-8", "replace"), parser)
    return root


def faint_by_day(root: etree._Element) -> list[Faint]:
    return list(_faint(root, _BY_DAY))


def faint_in_the_dark(html: str) -> list[Faint]:
    """The same with the rules for the dark in force."""
    willing = re.search(r"<meta\b[^>]*\bcolor-scheme\b[^>]*\bdark\b", html)
    return list(_faint(parsed(darkened(html)), _IN_THE_DARK if willing else _BY_DAY))


def darkened(html: str) -> str:
    """The letter as a program that heeds `prefers-color-scheme: dark` shows it."""
    rules = "\n".join(dark_rules(html))
    bare = re.sub(r"<style\b.*?</style>", "", html, flags=re.DOTALL | re.IGNORECASE)
    dressed = re.sub(r"(?=</head>)", lambda _: f"<style>{rules}</style>", bare, count=1)
    return css_inline.CSSInliner(load_remote_stylesheets=False).inline(dressed)


def dark_rules(html: str) -> Iterator[str]:
    """What stands in the @media rules for the dark."""
    for style in re.findall(r"<style\b[^>]*>(.*?)</style>", html, flags=re.DOTALL | re.IGNORECASE):
        for rule in re.finditer(r"@media[^{]*prefers-color-scheme\s*:\s*dark[^{]*\{", style):
            depth, end = 1, rule.end()
            while depth and end < len(style):
                depth += {"{": 1, "}": -1}.get(style[end], 0)
                end += 1
            yield style[rule.end() : end - 1]


def _faint(root: etree._Element, ink: Ink) -> Iterator[Faint]:
    waiting = [(root, ink)]
    while waiting:
        element, around = waiting.pop()
        if not isinstance(element.tag, str) or element.tag in _UNSEEN:
            continue
        style = styles(element)
        if style.get("display") == "none":
            continue
        own = _ink(element, style, around)
        for words in (element.text, *(child.tail for child in element)):
            if words and re.search(r"\w", words) and (ratio := contrast(own.text, own.paper)) < LEAST:
                yield Faint(words=" ".join(words.split())[:60], contrast=round(ratio, 2))
        waiting.extend((child, own) for child in element)


_UNSEEN = frozenset({"head", "script", "style", "title", "template"})


def styles(element: etree._Element) -> Mapping[str, str]:
    """The declarations of its style attribute; of two, the later one."""
    return _declared(element.get("style") or "")


@lru_cache(maxsize=1024)
def _declared(style: str) -> Mapping[str, str]:
    pairs = (part.partition(":") for part in style.split(";"))
    return {
        name.strip().lower(): re.sub(r"\s*!\s*important\s*$", "", value.strip()).lower()
        for name, _, value in pairs
    }


def _ink(element: etree._Element, style: Mapping[str, str], around: Ink) -> Ink:
    paper = around.paper
    for said in (element.get("bgcolor"), style.get("background-color", style.get("background"))):
        paper = colour(said, on=paper) or paper
    text = around.link if element.tag == "a" and element.get("href") else around.text
    for said in (element.get("color") if element.tag == "font" else None, style.get("color")):
        text = (around.text if said == "inherit" else colour(said, on=paper)) or text
    return replace(around, paper=paper, text=text)


_NAMED = {
    "black": "000000", "silver": "c0c0c0", "gray": "808080", "grey": "808080", "white": "ffffff",
    "maroon": "800000", "red": "ff0000", "purple": "800080", "fuchsia": "ff00ff", "green": "008000",
    "lime": "00ff00", "olive": "808000", "yellow": "ffff00", "navy": "000080", "blue": "0000ff",
    "teal": "008080", "aqua": "00ffff", "orange": "ffa500", "darkgray": "a9a9a9", "darkgrey": "a9a9a9",
    "lightgray": "d3d3d3", "lightgrey": "d3d3d3", "whitesmoke": "f5f5f5", "gainsboro": "dcdcdc",
    "dimgray": "696969", "dimgrey": "696969",
}  # fmt: skip


def colour(said: str | None, *, on: Colour) -> Colour | None:
    """The first colour named in the words, None where none is known; `on` is what shows through."""
    words = (said or "").lower()
    if found := re.search(r"#([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3,4})\b", words):
        digits = found[1] if len(found[1]) > len("#fff") else "".join(2 * digit for digit in found[1])
        red, green, blue, *alpha = (int(digits[n : n + 2], 16) for n in range(0, len(digits), 2))
        return _over((red, green, blue), on, alpha[0] / 255 if alpha else 1.0)
    if found := re.search(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+([\d.]+)(%?))?\s*\)", words):
        share = float(found[4] or 1) / (100 if found[5] else 1)
        return _over((int(found[1]), int(found[2]), int(found[3])), on, min(share, 1.0))
    named = next((_NAMED[word] for word in re.findall(r"[a-z]+", words) if word in _NAMED), None)
    return colour(f"#{named}", on=on) if named else None


def _over(above: Colour, below: Colour, share: float) -> Colour:
    red, green, blue = (a * share + b * (1 - share) for a, b in zip(above, below, strict=True))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2, "contrast ratio": from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


_DARK = 0.04045  # where sRGB turns from a line into a curve


def _luminance(of: Colour) -> float:
    red, green, blue = (
        c / 12.92 if c <= _DARK else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in of)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
