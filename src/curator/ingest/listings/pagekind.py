"""What kind of page this is: where its furniture stands, and why it may be no listing. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache

from lxml.html import HtmlElement

from curator.ingest.listings.webpage import Webpage, meta, text_of
from curator.model import Unreadable

OFF_TAGS = frozenset({"nav", "footer", "aside", "form", "dialog", "button", "label"})
_OFF_ROLES = frozenset(
    {"navigation", "contentinfo", "complementary", "menu", "menubar", "search", "banner", "dialog"}
)
_OFF_WORDS = frozenset(
    "nav navbar navigation menu submenu megamenu footer sidebar breadcrumb breadcrumbs pagination "
    "pager paging "
    "share sharing social socials cookie cookies consent gdpr related tagcloud tags comments "
    "languages topbar "
    "skip ads advert advertisement newsletter toolbar offcanvas widgets popular trending".split()
)
_NEVER_OFF = frozenset({"html", "body", "main", "article", "h1", "h2", "h3", "h4", "time"})
# WordPress writes an entry's tags and categories into its classes; `has-sidebar` says what stands beside it.
_NOT_OF_ITSELF = re.compile(
    r"(?:tag|category|post|format|type|status|has|no|with|author|term|topic)[-_]", re.IGNORECASE
)
_WORD = re.compile(r"[a-z]+|[A-Z][a-z]*")
_MOST_OF_IT = 0.5
_MOST_CLASSES = 20

_PRICE = re.compile(r"(?:[€£$]|\bEUR\b|\bUSD\b|\bCHF\b)\s?\d|\d(?:[.,]\d{2})?\s?(?:€|£|\bEUR\b|\bCHF\b)")
_TO_THE_BASKET = re.compile(
    r"\W*(?:add to (?:cart|basket|bag)|aggiungi al carrello|ajouter au panier|in den warenkorb|"
    r"a[ñn]adir al carrito)\W*",
    re.IGNORECASE,
)
_PARAGRAPH = 80  # characters: shorter ones are captions and teasers
_PROSE = 1_200
_PROSE_OF_A_DECLARED_ARTICLE = 400
_LITTLE = 300  # characters on a whole page
_ARTICLES = frozenset({"article", "newsarticle", "blogposting", "techarticle", "report", "scholarlyarticle"})
_SHELLS = frozenset({"root", "app", "__next", "__nuxt", "q-app", "___gatsby", "svelte", "main-app"})


@cache
def words_of(name: str) -> frozenset[str]:
    """`entry-title` and `entryTitle` alike: entry, title."""
    return frozenset(word.lower() for word in _WORD.findall(name))


def classes(element: HtmlElement) -> list[str]:
    return (element.get("class") or "").split(maxsplit=_MOST_CLASSES)[:_MOST_CLASSES]


class Furniture:
    """What stands on every page of a site: menus, footers, sidebars."""

    def __init__(self, page: Webpage) -> None:
        self._known: dict[HtmlElement, bool] = {}
        self._whole = max(1, _length(page.root))

    def has(self, element: HtmlElement) -> bool:
        """Is it furniture, or in it?"""
        line = []
        answer = False
        for each in (element, *element.iterancestors()):
            if each in self._known:
                answer = self._known[each]
                break
            line.append(each)
        for each in reversed(line):
            answer = answer or self._is(each)
            self._known[each] = answer
        return answer

    def _is(self, element: HtmlElement) -> bool:
        tag = element.tag
        if tag in _NEVER_OFF or not isinstance(tag, str):
            return False
        if tag in OFF_TAGS or (element.get("role") or "").lower() in _OFF_ROLES:
            # Some put the whole page into one form (ASP.NET).
            return tag != "form" or _length(element) < _MOST_OF_IT * self._whole
        if tag == "header":
            return not any(
                each.tag in {"article", "section", "main", "li"} for each in element.iterancestors()
            )
        named = [*classes(element), element.get("id") or ""]
        if not any(words_of(name) & _OFF_WORDS for name in named if not _NOT_OF_ITSELF.match(name)):
            return False
        return _length(element) < _MOST_OF_IT * self._whole


def _length(element: HtmlElement) -> int:
    return sum(
        len(said.strip())
        for each in element.iter()
        if isinstance(each.tag, str) and each.tag not in {"script", "style", "noscript", "template"}
        for said in (each.text or "", each.tail or "")
    )


# ── why it is no listing ────────────────────────────────────────────────────


def has_price(text: str) -> bool:
    return bool(_PRICE.search(text))


def is_article(page: Webpage, *, beside: int) -> bool:
    """One long text. `beside`: the characters of the best list on the page."""
    prose = _longest_prose(page)
    declared = meta(page.root, "og:type").lower() == "article" or _declares_article(page)
    enough = _PROSE_OF_A_DECLARED_ARTICLE if declared else _PROSE
    return prose >= enough and (declared or prose > beside)


def is_login(page: Webpage) -> bool:
    return page.root.find(".//input[@type='password']") is not None


def is_product(page: Webpage) -> bool:
    if meta(page.root, "og:type").lower() in {"product", "product.item", "og:product"}:
        return True
    if any("product" in types for types in _declared_types(page)):
        return True
    buttons = page.root.iter("button", "input", "a")
    return any(
        _TO_THE_BASKET.fullmatch("".join(each.itertext()) or each.get("value") or "") for each in buttons
    )


def empty(page: Webpage) -> Unreadable | None:
    """Next to nothing to read: made by scripts, perhaps."""
    body = page.root.find("body")
    text = text_of(body) if body is not None else ""
    if len(text) >= _LITTLE:
        return None
    shell = any((each.get("id") or "").lower() in _SHELLS for each in page.root.iter("div"))
    scripts = page.root.find(".//script") is not None
    return Unreadable(code="read_page_needs_scripts" if shell or scripts else "read_page_empty")


def linked_data(page: Webpage) -> Iterator[dict[str, object]]:
    """Every object of the page's JSON-LD, also those in `@graph`."""
    for script in page.root.iter("script"):
        if (script.get("type") or "").lower() != "application/ld+json":
            continue
        try:
            stated = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        yield from _objects(stated)


def types_of(stated: dict[str, object]) -> frozenset[str]:
    named = stated.get("@type")
    return frozenset(str(each).lower() for each in (named if isinstance(named, list) else [named]) if each)


def _objects(stated: object) -> Iterator[dict[str, object]]:
    for each in stated if isinstance(stated, list) else [stated]:
        if isinstance(each, dict):
            yield each
            graph = each.get("@graph")
            if isinstance(graph, list):
                yield from (one for one in graph if isinstance(one, dict))


def _declared_types(page: Webpage) -> Iterator[frozenset[str]]:
    return (types_of(stated) for stated in linked_data(page))


def _declares_article(page: Webpage) -> bool:
    """One article; several are a list."""
    return sum(bool(types & _ARTICLES) for types in _declared_types(page)) == 1


def _longest_prose(page: Webpage) -> int:
    """Characters of the longest run of real paragraphs under one parent."""
    lengths: dict[HtmlElement, int] = {}
    for paragraph in page.root.iter("p"):
        length = len(text_of(paragraph))
        parent = paragraph.getparent()
        if length >= _PARAGRAPH and parent is not None:
            lengths[parent] = lengths.get(parent, 0) + length
    return max(lengths.values(), default=0)
