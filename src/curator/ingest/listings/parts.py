"""The parts of each item of a group, under the selectors that find them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from curator.ingest.listings.listing import AFTER, ITSELF, followers
from curator.ingest.listings.pagekind import classes, words_of
from curator.ingest.listings.webpage import Webpage, tag_of, text_of

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
TITLE_WORDS = frozenset("title titolo titre titulo titel headline heading subject name".split())
DATE_WORDS = frozenset("date data time published posted fecha datum day when pubdate timestamp".split())
TEASER_WORDS = frozenset(
    "excerpt summary teaser description desc intro dek deck lead abstract snippet text body content sommario "
    "standfirst preview subtitle blurb".split()
)

_MOST_PARTS = 250
_MOST_FOLLOWERS = 6
_TELLING = HEADINGS | {"figcaption", "header", "p", "dd", "dt", "strong", "b"}
_STABLE = re.compile(r"[A-Za-z][A-Za-z_-]+")
# CSS modules: the name, and a hash that the next release changes.
_MODULE = re.compile(r"(?P<name>[A-Za-z][A-Za-z_-]*__)(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{4,}")
_GENERATED = re.compile(r"(?:sc|css|jsx|svelte|astro|emotion)-|[bcdfghjklmnpqrstvwxz]{5,}", re.IGNORECASE)
_LOOKS = frozenset(
    "flex grid block inline hidden relative absolute overflow rounded shadow border text font bg object "
    "items justify space gap col row container clearfix transition hover cursor leading tracking".split()
)
_VAGUE = {"div": 1.5, "span": 1.5, "td": 1.5, "a": 0.5, "p": 0.5}


@dataclass(slots=True)
class Table:
    """The parts of each item by their selectors."""

    page: Webpage
    items: Sequence[HtmlElement]
    columns: dict[str, list[HtmlElement | None]] = field(default_factory=dict)
    texts: dict[HtmlElement, str] = field(default_factory=dict)

    def text(self, element: HtmlElement) -> str:
        if element not in self.texts:
            self.texts[element] = text_of(element)
        return self.texts[element]

    def put(self, row: int, selector: str, element: HtmlElement) -> None:
        column = self.columns.get(selector)
        if column is None:
            column = self.columns[selector] = [None] * len(self.items)
        if column[row] is None:
            column[row] = element


def table_of(page: Webpage, items: Sequence[HtmlElement]) -> Table:
    table = Table(page=page, items=items)
    known = frozenset(items)
    trails = [list(followers(item, known)) for item in items]
    # What follows the last item may be anything: no more of it than stands between two items.
    longest = max((len(trail) for trail in trails[:-1]), default=0)
    for row, item in enumerate(items):
        table.put(row, ITSELF, item)
        for part in _parts(item):
            for selector in _selectors(part, item):
                table.put(row, selector, part)
        before: HtmlElement | None = None
        for sibling in trails[row][: min(longest, _MOST_FOLLOWERS)]:
            if before is not None:
                table.put(row, f"{AFTER} {tag_of(before)} + {tag_of(sibling)}", sibling)
            before = sibling
            for part in (sibling, *_parts(sibling)):
                for selector in _selectors(part, sibling.getparent()):
                    table.put(row, f"{AFTER} {selector}", part)
    return table


def class_selector(token: str) -> str | None:
    """A selector for a class that will still be there after the next release of the site; else None."""
    if found := _MODULE.fullmatch(token):
        return f"[class*='{found['name']}']"
    return f".{token}" if _STABLE.fullmatch(token) and not _GENERATED.search(token) else None


def says_only_looks(selector: str) -> bool:
    """Is it a class for how something looks, which the next paint job takes away?"""
    return any(part.lstrip(".").partition("-")[0] in _LOOKS for part in selector.split() if part[0] == ".")


def _parts(item: HtmlElement) -> list[HtmlElement]:
    parts = []
    for part in item.iterdescendants():
        if isinstance(part.tag, str) and part.tag not in {"script", "style", "noscript", "svg", "path"}:
            parts.append(part)
        if len(parts) >= _MOST_PARTS:
            break
    return parts


def _selectors(part: HtmlElement, item: HtmlElement | None) -> Iterator[str]:
    """The simplest first."""
    tag = tag_of(part)
    own = [tag, *(name for token in classes(part) if (name := class_selector(token)))]
    nth = _nth(part)
    if nth > 1 or tag == "td":
        own.append(f"{tag}:nth-of-type({nth})")
    if not part.get("class"):
        own.append(f"{tag}:not([class])")
    yield from own
    around = part.getparent()
    while around is not None and around is not item:
        outer = [tag_of(around)] if around.tag in _TELLING else []
        outer += [name for token in classes(around) if (name := class_selector(token))]
        if (around_nth := _nth(around)) > 1 or around.tag == "td":
            outer.append(f"{tag_of(around)}:nth-of-type({around_nth})")
        yield from (f"{name} {tag}" for name in outer)
        around = around.getparent()


def _nth(element: HtmlElement) -> int:
    return 1 + len(list(element.itersiblings(tag_of(element), preceding=True)))


def clumsiness(selector: str) -> float:
    """Selectors that say what they mean outlive a redesign."""
    words = words_of(selector) & (TITLE_WORDS | DATE_WORDS | TEASER_WORDS)
    parts = selector.split()
    vague = _VAGUE.get(selector, 0.0)
    odd = (
        2 * ("nth" in selector) + 1.5 * (":not" in selector) + ("*=" in selector) + says_only_looks(selector)
    )
    return len(parts) + odd + vague - 0.7 * bool(words) + len(selector) / 100
