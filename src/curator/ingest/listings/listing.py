"""A page without a feed → entries, by its selectors. Pure; alone knows cssselect."""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from cssselect import SelectorError
from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

from curator.ingest.feeds.stated import Stated, StatedDate, StatedText, problems_of, settled
from curator.ingest.listings.webpage import Webpage, label_of, opened, picture_of, text_of
from curator.model import Image, ParsedFeed, Problem, Selectors, SourceKind, Unreadable
from curator.text import absolute, url_key
from curator.text.dates import believable, from_iso
from curator.text.printed import day_first, printed

FIELDS = ("title", "link", "date", "picture", "teaser")
ITSELF = ":scope"
AFTER, BEFORE = "~", "^"
EMBEDDED = ("json-ld", "json:")
"""Items that are not elements: data that the page carries for machines."""

_MOST_ENTRIES = 200
_FEWER = 3  # a third of what was there when the selectors were chosen
_LONGEST_DATE = 200
_WORDS_OF_MORE = 5
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_listing(
    body: bytes, selectors: Selectors, *, content_type: str | None, url: str, now: datetime
) -> ParsedFeed | Unreadable:
    """The entries of a listing; Unreadable where the page is no longer built as its selectors say."""
    page = opened(body, content_type=content_type, url=url)
    if page is None:
        return Unreadable(code="read_listing_no_html")
    return entries_of(page, selectors, now=now)


def entries_of(page: Webpage, selectors: Selectors, *, now: datetime) -> ParsedFeed | Unreadable:
    if selectors.item.startswith(EMBEDDED):
        from curator.ingest.listings.embedded import embedded_rows

        rows = embedded_rows(page, selectors)
        found = len(rows)
    else:
        try:
            found, rows = _rows(page, selectors)
        except SelectorError as error:
            return Unreadable(code="read_selector", data={"selector": str(error)[:200]})
    if not rows or _all_alike(rows):
        return Unreadable(
            code="read_structure_changed",
            data={"selector": selectors.item, "found": found, "seen": selectors.seen},
        )
    stated = [_stated(row, page) for row in rows[:_MOST_ENTRIES]]
    return ParsedFeed(
        kind=SourceKind.PAGE,
        format="html",
        title=page.title,
        home_url=None,
        language=page.language,
        license=None,
        ttl=None,
        hub_url=None,
        entries=tuple(settled(entry, inherited=page.language, now=now) for entry in stated),
        problems=(*_lost(rows, selectors, now=now), *problems_of(stated, now=now)),
    )


def wrong_selector(field: str, selector: str) -> str | None:
    """What is wrong with a selector that somebody typed; None: nothing."""
    if field == "item" and selector.startswith(EMBEDDED):
        return None
    bare = selector[1:] if field != "item" and selector.startswith((AFTER, BEFORE)) else selector
    try:
        CSSSelector(bare.strip(), translator="html")
    except (SelectorError, etree.LxmlError) as error:
        return str(error)[:200]
    return None


# ── one row per entry ───────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry as the page shows it."""

    title: str
    url: str
    date: StatedDate | None = None
    image: Image | None = None
    teaser: str = ""


def _rows(page: Webpage, selectors: Selectors) -> tuple[int, list[Row]]:
    """How many items there are, and those of them that have a title and an address, each once."""
    items = select(page.root, selectors.item)
    reach = Reach(page.root, items, fields={field: getattr(selectors, field) for field in FIELDS})
    titled: list[tuple[HtmlElement, str, str]] = []
    seen = {url_key(page.url)}
    rest = iter(items)
    for item in rest:
        title = next((said for node in reach.nodes(item, "title") if (said := label_of(node))), "")
        url = next((u for node in reach.nodes(item, "link") if (u := address_of(node, page.base_url))), None)
        if title and url and url_key(url) not in seen:
            seen.add(url_key(url))
            titled.append((item, title, url))
        if len(titled) >= _MOST_ENTRIES:
            break
    reach.keep([*(item for item, _, _ in titled), *rest])
    dates = [_date_texts(reach.nodes(item, "date")) for item, _, _ in titled]
    first = day_first((text for _, text in (d for each in dates for d in each)), language=page.language)
    return len(items), [
        Row(
            title=title,
            url=url,
            date=read_date(texts, day_first=first),
            image=next(
                (p for n in reach.nodes(item, "picture") if (p := picture_of(n, base_url=page.base_url))),
                None,
            ),
            teaser=next((said for node in reach.nodes(item, "teaser") if (said := _teaser(node))), ""),
        )
        for (item, title, url), texts in zip(titled, dates, strict=True)
    ]


def select(root: HtmlElement, selector: str) -> list[HtmlElement]:
    return [each for each in CSSSelector(selector, translator="html")(root) if isinstance(each.tag, str)]


class Reach:
    """What belongs to an item: what is in it, what follows it, what stands above it."""

    def __init__(
        self, root: HtmlElement, items: Sequence[HtmlElement], *, fields: Mapping[str, str | None]
    ) -> None:
        self._fields = fields
        self._found: dict[str, set[HtmlElement]] = {}
        self._items = frozenset(items)
        self._above: dict[str, list[HtmlElement]] = {}
        self._order: dict[HtmlElement, int] = {}
        self._places: dict[str, list[int]] = {}
        self._css: dict[str, CSSSelector] = {}
        for field, selector in fields.items():
            if not selector or selector == ITSELF:
                continue
            bare = selector.lstrip(AFTER + BEFORE).strip()
            self._css[field] = CSSSelector(bare, translator="html")
            if selector.startswith(BEFORE):
                self._order = self._order or {element: n for n, element in enumerate(root.iter())}
                self._above[field] = self._css[field](root)
                self._places[field] = [self._order[element] for element in self._above[field]]

    def keep(self, items: Sequence[HtmlElement]) -> None:
        """These alone are items: what else looks like one belongs to the item before it."""
        self._items = frozenset(items)

    def nodes(self, item: HtmlElement, field: str) -> Iterator[HtmlElement]:
        selector = self._fields.get(field)
        if not selector:
            return
        if selector == ITSELF:
            yield item
        elif selector.startswith(AFTER):
            for sibling in followers(item, self._items):
                yield from self._css[field](sibling)
        elif selector.startswith(BEFORE):
            place = bisect.bisect_left(self._places[field], self._order[item])
            if place:
                yield self._above[field][place - 1]
        else:  # in it: the item itself is `:scope`
            yield from (each for each in self._css[field](item) if each is not item)


def followers(item: HtmlElement, items: frozenset[HtmlElement]) -> Iterator[HtmlElement]:
    """The siblings after an item, until the next."""
    for sibling in item.itersiblings():
        if sibling in items:
            return
        if isinstance(sibling.tag, str):
            yield sibling


def address_of(node: HtmlElement, base_url: str) -> str | None:
    """Where a node leads: itself, what is in it, or the link that it stands in."""
    inside = node if node.tag == "a" else node.find(".//a[@href]")
    around = next(node.iterancestors("a"), None) if inside is None else inside
    href = around.get("href") if around is not None else None
    if not href or href.startswith("#"):
        return None
    address = absolute(href, base_url=base_url)
    return address.partition("#")[0] if address and "#!" not in address else address


def _teaser(node: HtmlElement) -> str:
    """Without the "Read more" that it ends with."""
    said = text_of(node)
    for link in [*node.iter("a")][-1:]:
        more = text_of(link)
        if more and said.endswith(more) and len(more.split()) <= _WORDS_OF_MORE:
            said = said.removesuffix(more).rstrip(" \u2192»›[(")
    return said


def _date_texts(nodes: Iterator[HtmlElement]) -> list[tuple[bool, str]]:
    return [each for node in nodes for each in date_texts(node)]


def date_texts(node: HtmlElement) -> Iterator[tuple[bool, str]]:
    """What may be a date about a node; True: written for machines."""
    for stamped in (node, *node.iter("time")):
        for name in ("datetime", "content", "title"):
            if (said := stamped.get(name)) and (name != "title" or _STAMP.match(said)):
                yield True, said
    yield False, text_of(node)[:_LONGEST_DATE]


def read_date(texts: Sequence[tuple[bool, str]], *, day_first: bool) -> StatedDate | None:
    """The first that is a date. One that says none is no error: listings say "3 days ago"."""
    for for_machines, text in texts:
        moment = (from_iso(text) if for_machines else None) or printed(text, day_first=day_first)
        if moment is not None:
            return StatedDate(text=text, moment=moment)
    return None


def _stated(row: Row, page: Webpage) -> Stated:
    return Stated(
        guid=None,
        url=row.url,
        title=StatedText(value=row.title, is_html=False),
        text=StatedText(value=row.teaser, is_html=False) if row.teaser else None,
        base_url=page.base_url,
        published=row.date,
        images=(row.image,) if row.image else (),
    )


# ── is it still the page that it was? ───────────────────────────────────────


def _all_alike(rows: Sequence[Row]) -> bool:
    """All titles the same ("Read more"): the selector points elsewhere now."""
    return len(rows) > 2 and len({row.title for row in rows}) == 1  # noqa: PLR2004  two may happen


def _lost(rows: Sequence[Row], selectors: Selectors, *, now: datetime) -> tuple[Problem, ...]:
    """What the page had when it was inferred, and has no more."""
    problems = []
    if len(rows) * _FEWER < selectors.seen:
        problems.append(
            Problem(code="listing_shrunk", field="item", data={"found": len(rows), "seen": selectors.seen})
        )
    dated = any(row.date and believable(row.date.moment, now=now) for row in rows)
    if selectors.date and not dated:
        problems.append(Problem(code="listing_field_lost", field="date", data={"selector": selectors.date}))
    if selectors.picture and not any(row.image for row in rows):
        problems.append(
            Problem(code="listing_field_lost", field="picture", data={"selector": selectors.picture})
        )
    if selectors.teaser and not any(row.teaser for row in rows):
        problems.append(
            Problem(code="listing_field_lost", field="teaser", data={"selector": selectors.teaser})
        )
    return tuple(problems)
