"""A page → the selectors that make a listing of it, or the reason why it is none. Pure.

Links that stand in elements of the same shape are rows of a list. The list
whose rows have the best titles, dates, pictures and teasers is what the page
is about, unless the page is plainly something else.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lxml.html import HtmlElement

from curator.ingest.listings import pagekind
from curator.ingest.listings.columns import Columns, columns_of
from curator.ingest.listings.listing import (
    BEFORE,
    Reach,
    address_of,
    date_texts,
    entries_of,
    read_date,
    select,
)
from curator.ingest.listings.pagekind import Furniture, classes
from curator.ingest.listings.parts import class_selector, says_only_looks
from curator.ingest.listings.webpage import Webpage, label_of, opened, tag_of, text_of
from curator.model import Inferred, ParsedFeed, Selectors, Unreadable
from curator.text import url_key
from curator.text.printed import day_first

_FEWEST = 3
_MOST_LINKS = 1_500
_HIGHEST = 10  # an item is no further above its link
_LOOKED_AT = 20  # groups
_TRIED = 4
_ROWS_LOOKED_AT = 20
_ENOUGH = 1.9
_A_SENTENCE = 4  # words: what menus seldom have
_HALF = 0.5
_LONGEST_GROUP_DATE = 40
_SEMANTIC = frozenset(
    "entry post article news item card teaser story archive result blog press event list stream "
    "notizia".split()
)


def infer(body: bytes, *, content_type: str | None, url: str, now: datetime) -> Inferred | Unreadable:
    page = opened(body, content_type=content_type, url=url)
    if page is None:
        return Unreadable(code="read_listing_no_html")
    groups = _groups_by_worth(page)
    for group in groups[:_TRIED]:
        if _refused(page, group) is not None:
            break
        if (found := _settled(page, group, now=now)) is not None:
            return found
    from curator.ingest.listings.embedded import embedded_selectors

    for selectors in embedded_selectors(page):
        feed = entries_of(page, selectors, now=now)
        if isinstance(feed, ParsedFeed) and len(feed.entries) >= _FEWEST:
            return Inferred(selectors=dataclasses.replace(selectors, seen=len(feed.entries)), feed=feed)
    return _why_none(page, groups[0] if groups else None)


# ── groups of elements that look alike ──────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    items: tuple[HtmlElement, ...]
    columns: Columns
    score: float
    furniture: Furniture


def _groups_by_worth(page: Webpage) -> list[_Group]:
    furniture = Furniture(page)
    inside = _links_inside(page, furniture)
    first = day_first(
        (text_of(each) for each in page.root.iter("time", "td", "span", "small")), language=page.language
    )
    groups = []
    for items in _promising(inside):
        columns = columns_of(page, items[:_ROWS_LOOKED_AT], day_first=first)
        if columns is None or columns.rows < _FEWEST:
            continue
        many = min(len(items), 40) / max(1, min(len(items), _ROWS_LOOKED_AT))
        score = columns.score * many**0.5 * (1.2 if _in_main(items[0]) else 1.0)
        groups.append(_Group(items=items, columns=columns, score=score, furniture=furniture))
    return sorted(groups, key=_worth, reverse=True)


def _worth(group: _Group) -> tuple[float, bool, int]:
    """Of equals the one whose class says what it is, then the outermost."""
    return round(group.score, 3), bool(_named(group.items)), -_depth(group.items[0])


def _named(items: Sequence[HtmlElement]) -> list[str]:
    return [name for name in _shared_classes(items) if pagekind.words_of(name) & _SEMANTIC]


def _links_inside(page: Webpage, furniture: Furniture) -> dict[HtmlElement, list[HtmlElement]]:
    """Every element that holds a link into the open, with its links."""
    inside: dict[HtmlElement, list[HtmlElement]] = defaultdict(list)
    here = url_key(page.url)
    links = 0
    for link in page.root.iter("a"):
        address = address_of(link, page.base_url) if link.get("href") else None
        if address is None or url_key(address) == here or furniture.has(link):
            continue
        links += 1
        for height, each in enumerate((link, *link.iterancestors())):
            if each.tag in {"body", "html", "main"} or height > _HIGHEST:
                break
            inside[each].append(link)
        if links >= _MOST_LINKS:
            break
    return inside


def _promising(inside: dict[HtmlElement, list[HtmlElement]]) -> list[tuple[HtmlElement, ...]]:
    """The groups worth a closer look, by the lengths of their links' texts."""
    words = {element: _most_words(element, links) for element, links in inside.items()}
    ranked = []
    for items in _groups(inside):
        total = sum(min(words[item], 8) for item in items)
        ranked.append((total / len(items) * min(len(items), 40) ** 0.5, -_depth(items[0]), items))
    ranked.sort(key=lambda each: each[:2], reverse=True)
    return [items for *_, items in ranked[:_LOOKED_AT]]


def _most_words(element: HtmlElement, links: Sequence[HtmlElement]) -> int:
    heading = next(element.iter("h1", "h2", "h3", "h4", "h5", "h6"), None)
    texts = [label_of(link) for link in links[:8]] + ([text_of(heading)] if heading is not None else [])
    return max(min(len(text.split()), 20) for text in texts)


def _groups(inside: Iterable[HtmlElement]) -> Iterator[tuple[HtmlElement, ...]]:
    """Elements at the same place of the same tree; all of them, and those that share a class or a parent."""
    alike: dict[str, list[HtmlElement]] = defaultdict(list)
    paths: dict[HtmlElement, str] = {}
    for element in inside:
        alike[_path(element, paths)].append(element)
    met: set[tuple[HtmlElement, ...]] = set()
    for elements in alike.values():
        if len(elements) < _FEWEST:
            continue
        order = {element: n for n, element in enumerate(elements)}
        parts: dict[object, list[HtmlElement]] = defaultdict(list)
        for element in order:
            for mark in _marks(element):
                parts[mark].append(element)
        for part in (elements, *parts.values()):
            items = tuple(part)
            if len(items) >= _FEWEST and items not in met:
                met.add(items)
                yield items


def _path(element: HtmlElement, paths: dict[HtmlElement, str]) -> str:
    if element not in paths:
        parent = element.getparent()
        name = tag_of(element)
        paths[element] = name if parent is None else f"{_path(parent, paths)}/{name}"
    return paths[element]


def _marks(element: HtmlElement) -> Iterator[object]:
    around: HtmlElement | None = element
    for level in range(3):
        if around is None:
            return
        yield from ((level, token) for token in classes(around))
        if level and around.get("id"):
            yield level, f"#{around.get('id')}"
        around = around.getparent()
    yield element.getparent()


def _depth(element: HtmlElement) -> int:
    return sum(1 for _ in element.iterancestors())


def _in_main(element: HtmlElement) -> bool:
    return any(
        each.tag == "main"
        or each.get("role") == "main"
        or (each.get("id") or "").lower() in {"main", "content"}
        for each in element.iterancestors()
    )


# ── the selectors of the best ───────────────────────────────────────────────


def _settled(page: Webpage, group: _Group, *, now: datetime) -> Inferred | None:
    columns = group.columns
    fields = {"title": columns.title, "link": columns.link}
    item = _item_selector(page, group, fields)
    if item is None:
        return None
    selectors = Selectors(
        item=item,
        title=columns.title,
        link=columns.link,
        date=columns.date or _date_above(page, select(page.root, item)),
        picture=columns.picture,
        teaser=columns.teaser,
    )
    feed = entries_of(page, selectors, now=now)
    if not isinstance(feed, ParsedFeed) or len(feed.entries) < _FEWEST:
        return None
    return Inferred(selectors=dataclasses.replace(selectors, seen=len(feed.entries)), feed=feed)


def _item_selector(page: Webpage, group: _Group, fields: Mapping[str, str | None]) -> str | None:
    """The simplest selector that finds these items, and besides them only such as make entries too."""
    wanted = frozenset(group.items)
    for _, selector in sorted({(far + _oddness(way), way) for far, way in _item_selectors(group.items)}):
        found = select(page.root, selector)
        if not wanted <= frozenset(found):
            continue
        reach = Reach(page.root, found, fields=fields)
        others = [each for each in found if each not in wanted]
        if all(_fits(each, reach, group, page) for each in others):
            return selector
    return None


def _fits(other: HtmlElement, reach: Reach, group: _Group, page: Webpage) -> bool:
    """May it be met beside the items? If it makes an entry it must be one: not in a menu, not in an item."""
    titled = any(label_of(node) for node in reach.nodes(other, "title"))
    linked = any(address_of(node, page.base_url) for node in reach.nodes(other, "link"))
    if not (titled and linked):
        return True
    nested = not frozenset(group.items).isdisjoint((*other.iterancestors(), *other.iterdescendants()))
    return group.columns.headed and not nested and not group.furniture.has(other)


def _item_selectors(items: Sequence[HtmlElement]) -> Iterator[tuple[float, str]]:
    """With how far-fetched each is."""
    tag = tag_of(items[0])
    own = _shared_classes(items)
    yield from ((0.0, name) for name in own)
    if tag == "article":
        yield 0.5, tag
    ways = [*own, tag]
    tags = [tag]
    around = _parents(items)
    while around and around[0].tag != "html":
        level = 0.4 * len(tags)
        names = _shared_classes(around)
        ids = {each.get("id") for each in around}
        if len(ids) == 1 and (only := ids.pop()) and class_selector(only):
            names.append(f"#{only}")
        if around[0].tag in {"main", "body", "dl", "ul", "ol", "table"}:
            names.append(tag_of(around[0]))
        for name in names:
            yield level, f"{name} > {' > '.join(reversed(tags))}"
            yield from ((level, f"{name} {way}") for way in ways)
            yield level + 0.5, f"{name} {tag}:has(a)"
        tags.append(tag_of(around[0]))
        around = _parents(around)


def _parents(elements: Sequence[HtmlElement]) -> list[HtmlElement]:
    return [each for element in elements if (each := element.getparent()) is not None]


def _shared_classes(elements: Sequence[HtmlElement]) -> list[str]:
    shared = set(classes(elements[0])).intersection(*map(classes, elements[1:]))
    return sorted(name for token in shared if (name := class_selector(token)))


def _oddness(selector: str) -> float:
    """A class that says what it is comes before a path through the tree."""
    parts = selector.replace(">", " ").split()
    said = bool(pagekind.words_of(parts[-1]) & _SEMANTIC)
    bare = not selector.startswith((".", "#", "[")) and selector != "article"
    odd = (
        2 * bare
        + selector.count(">") * 0.1
        + ("*=" in selector)
        + (":has" in selector)
        + says_only_looks(selector)
    )
    return len(parts) - 0.8 * said + odd + len(selector) / 200


def _date_above(page: Webpage, items: Sequence[HtmlElement]) -> str | None:
    """The headings that date the items below them, where a page groups its entries by day."""
    inside = frozenset(items)
    first = day_first((), language=page.language)
    ahead: HtmlElement | None = None
    above: dict[HtmlElement, int] = defaultdict(int)
    for each in page.root.iter():
        if each in inside:
            if ahead is not None:
                above[ahead] += 1
        elif isinstance(each.tag, str) and not len(each) and not inside.intersection(each.iterancestors()):
            said = text_of(each)
            if (
                said
                and len(said) <= _LONGEST_GROUP_DATE
                and read_date(list(date_texts(each)), day_first=first)
            ):
                ahead = each
    if len(above) < 2 or sum(above.values()) < 0.8 * len(items):  # noqa: PLR2004  one date above all is the page's
        return None
    heads = list(above)
    for selector in (*_shared_classes(heads), tag_of(heads[0])):
        if all(each.tag == heads[0].tag for each in heads) or selector.startswith("."):
            return f"{BEFORE} {selector}"
    return None


# ── why it is none ──────────────────────────────────────────────────────────


def _refused(page: Webpage, group: _Group) -> Unreadable | None:
    columns = group.columns
    if pagekind.is_product(page) or _is_shop(group):
        return Unreadable(code="read_page_products")
    if pagekind.is_article(page, beside=columns.chars):
        return Unreadable(code="read_page_article")
    talks = columns.words >= _A_SENTENCE or (
        columns.words >= _A_SENTENCE - 1
        and len(group.items) > _FEWEST * 2
        and (columns.headed or columns.teaser)
    )
    if columns.dated < _HALF and not talks and _date_above(page, group.items) is None:
        return Unreadable(code="read_page_menu")
    if group.score < _ENOUGH:
        return Unreadable(code="read_page_no_list")
    return None


def _is_shop(group: _Group) -> bool:
    priced = sum(pagekind.has_price(text_of(item)) for item in group.items)
    return priced >= _HALF * len(group.items) and group.columns.dated < _HALF


def _why_none(page: Webpage, best: _Group | None) -> Unreadable:
    if pagekind.is_login(page):
        return Unreadable(code="read_page_login")
    if pagekind.is_product(page):
        return Unreadable(code="read_page_products")
    if best is not None and (refused := _refused(page, best)) is not None:
        return refused
    if pagekind.is_article(page, beside=0):
        return Unreadable(code="read_page_article")
    return pagekind.empty(page) or Unreadable(
        code="read_page_menu" if _has_links(page) else "read_page_no_list"
    )


def _has_links(page: Webpage) -> bool:
    return sum(1 for link in page.root.iter("a") if link.get("href")) >= _FEWEST
