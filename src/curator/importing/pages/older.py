"""Where a listing says that older posts are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from curator.importing.pages.webpage import Webpage, classes, elements, rels, words

_NEXT = ("next", "wp-block-query-pagination-next", "blog-pager-older-link", "older-posts", "pagination-next")
_HOLDERS = ("nav-previous", "pagination-next", "nav-older", "older-posts", "pagination-older")
_OLDER = re.compile(
    r"[\s←‹«<]*(?:articoli (?:meno recenti|precedenti)|post (?:meno recenti|più vecchi|precedenti)|più vecchi"
    r"|pagina successiva|older (?:posts|entries)|previous (?:posts|entries)|next page"
    r"|entradas antiguas)[\s→›»>]*",
    re.IGNORECASE,
)


def older_of(page: Webpage) -> str | None:
    """The next page of a list from new to old. Not of a single post, where "next" is another post."""
    here = page.link(page.address)
    found = (page.link(each.get("href")) for each in _candidates(page.root))
    return next((each for each in found if each and each != here), None)


def _candidates(root: HtmlElement) -> Iterator[HtmlElement]:
    """The surest first."""
    links = list(elements(root, "a"))
    yield from (each for each in elements(root, "link") if "next" in rels(each))
    yield from (each for each in links if not classes(each).isdisjoint(_NEXT))
    for holder in elements(root, "div", "li", "span", "p"):
        if not classes(holder).isdisjoint(_HOLDERS):
            yield from elements(holder, "a")
    yield from (each for each in links if "next" in rels(each))
    yield from (each for each in links if _OLDER.fullmatch(words(each)))
