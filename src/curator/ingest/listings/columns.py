"""Which part of each item is its title, link, date, picture and teaser. Pure.

The items of a listing are rows; whatever every row has in the same place is a
column, named by the shortest selector that finds it as the first of its kind
in each row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from lxml.html import HtmlElement

from curator.ingest.listings.listing import AFTER, ITSELF, address_of, date_texts, read_date
from curator.ingest.listings.pagekind import classes, words_of
from curator.ingest.listings.parts import (
    DATE_WORDS,
    HEADINGS,
    TEASER_WORDS,
    TITLE_WORDS,
    Table,
    clumsiness,
    says_only_looks,
    table_of,
)
from curator.ingest.listings.webpage import Webpage, picture_of, tag_of

_BYLINE_WORDS = frozenset(
    "author authors byline category categories tag tags meta label badge kicker comments comment more button "
    "btn readmore cta price autore categoria".split()
)
_SIDE_PICTURES = re.compile(r"avatar|gravatar|icon|logo|emoji|badge|author", re.IGNORECASE)
_BLOCKS = ("p", "div", "li", "dd", "h1", "h2", "h3", "h4", "h5", "h6")
_LEAST_OF_A_TITLE = 1.5
_LONGEST_TITLE = 250
_LONGEST_DATE = 100
_HALF, _OFTEN, _MOST = 0.5, 0.6, 0.8
_SMALLEST_PICTURE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The selectors of a group of items, and how good a listing they make."""

    title: str
    link: str
    date: str | None
    picture: str | None
    teaser: str | None
    rows: int  # with title and link, each address once
    score: float
    words: float  # median of the titles'
    dated: float  # part of the rows
    headed: bool
    chars: int


def columns_of(page: Webpage, items: Sequence[HtmlElement], *, day_first: bool) -> Columns | None:
    """None where nothing in these items can be a title with an address of its own."""
    table = table_of(page, items)
    best = max(
        (
            (rank, selector)
            for selector in table.columns
            if (rank := _title_rank(table, selector)) is not None
        ),
        key=lambda ranked: (ranked[0], -clumsiness(ranked[1]), ranked[1]),
        default=None,
    )
    if best is None:
        return None
    title = best[1]
    titles = table.columns[title]
    link = _link(table, titles)
    if link is None:
        return None
    date = _best(table, lambda selector: _date_rank(table, selector, day_first=day_first))
    picture = _best(table, lambda selector: _picture_rank(table, selector))
    teaser = _best(table, lambda selector: _teaser_rank(table, selector, titles=titles, date=date))
    return _columns(
        table, title=title, link=link, date=date, picture=picture, teaser=teaser, day_first=day_first
    )


# ── how well a column serves ────────────────────────────────────────────────


def _best(table: Table, rank: Callable[[str], float | None]) -> str | None:
    ranked = ((found, selector) for selector in table.columns if (found := rank(selector)) is not None)
    best = max(ranked, key=lambda each: (round(each[0], 2), -clumsiness(each[1]), each[1]), default=None)
    return best[1] if best else None


def _said(table: Table, selector: str) -> list[str]:
    return [text for each in table.columns[selector] if each is not None and (text := table.text(each))]


def _distinct(said: Sequence[str]) -> float:
    return len({text.casefold() for text in said}) / len(said) if said else 0.0


def _hints(element: HtmlElement, item: HtmlElement | None = None) -> frozenset[str]:
    """The words of its classes; with an item, also those of what is around it up to there."""
    words: frozenset[str] = frozenset()
    each: HtmlElement | None = element
    while each is not None and each is not item:
        for token in classes(each):
            if not says_only_looks(f".{token}"):
                words |= words_of(token)
        if item is None:
            break
        each = each.getparent()
    return words


def _title_rank(table: Table, selector: str) -> float | None:
    column = table.columns[selector]
    said = _said(table, selector)
    if len(said) < _MOST * len(table.items) or _distinct(said) < _MOST or _mostly_dates(said):
        return None
    if median(map(len, said)) > _LONGEST_TITLE:
        return None
    present = [(each, item) for each, item in zip(column, table.items, strict=True) if each is not None]
    first, item = present[0]
    hints = _hints(first)
    around = _hints(first, item) if not selector.startswith(AFTER) else hints
    rank = _share(present, lambda each, item: 3 * _is_heading(table, each, item))
    rank += 2 * sum(_is_linked(table, each) for each, _ in present) / len(present)
    rank += 2 * bool(hints & TITLE_WORDS) + 0.5 * bool(around & TITLE_WORDS)
    rank -= 4 * bool(around & _BYLINE_WORDS and not hints & TITLE_WORDS)
    rank -= 2 * bool(hints & TEASER_WORDS and not hints & TITLE_WORDS)
    rank -= (
        2 * sum(each.tag != "time" and each.find(".//time") is not None for each, _ in present) / len(present)
    )
    rank -= selector.startswith(AFTER) or (selector == ITSELF and first.tag not in HEADINGS | {"a"})
    rank -= 3 * sum(_holds_blocks(table, each) for each, _ in present) / len(present)
    rank += _wording(median(len(text.split()) for text in said))
    return rank if rank >= _LEAST_OF_A_TITLE else None


def _holds_blocks(table: Table, element: HtmlElement) -> bool:
    """More than a title: a title with something under it."""
    return sum(bool(table.text(each)) for each in element.iterdescendants(*_BLOCKS)) > 1


def _wording(words: float) -> float:
    for most, rank in ((1, -2.0), (2, -0.5), (3, 0.5), (20, 1.0), (25, 0.0), (40, -3.0)):
        if words <= most:
            return rank
    return -6.0


def _share(
    present: Sequence[tuple[HtmlElement, HtmlElement]], value: Callable[[HtmlElement, HtmlElement], float]
) -> float:
    return sum(value(each, item) for each, item in present) / len(present)


def _is_heading(table: Table, element: HtmlElement, item: HtmlElement) -> float:
    around: HtmlElement | None = element
    while around is not None:
        if around.tag in HEADINGS:
            return 1.0
        if around is item:
            break
        around = around.getparent()
    inside = list(element.iterdescendants(*HEADINGS))
    return 0.8 if len(inside) == 1 and table.text(inside[0]) == table.text(element) else 0.0


def _is_linked(table: Table, element: HtmlElement) -> float:
    """Does the text itself lead somewhere?"""
    if element.tag == "a" or next(element.iterancestors("a"), None) is not None:
        return 1.0
    inside = element.find(".//a[@href]")
    return float(inside is not None and len(table.text(inside)) >= _MOST * len(table.text(element)))


def _mostly_dates(said: Sequence[str]) -> bool:
    short = [text for text in said if len(text) <= 40]  # noqa: PLR2004  a date with its weekday and time
    return sum(read_date([(False, text)], day_first=True) is not None for text in short) > _HALF * len(said)


def _link(table: Table, titles: Sequence[HtmlElement | None]) -> str | None:
    wanted = [None if each is None else _title_link(each) for each in titles]
    if _serves(table, wanted):
        same = [name for name, column in table.columns.items() if column == wanted]
        return min(same, key=lambda name: (clumsiness(name), name), default=None) or next(
            (name for name, column in table.columns.items() if column == list(titles)), None
        )
    leading = [
        name
        for name, column in table.columns.items()
        if all(each is None or each.tag == "a" for each in column) and _serves(table, column)
    ]
    if leading:
        return min(leading, key=lambda name: (_is_byline(table.columns[name]), clumsiness(name), name))
    return ITSELF if _serves(table, [next(item.iterancestors("a"), None) for item in table.items]) else None


def _title_link(title: HtmlElement) -> HtmlElement | None:
    if title.tag == "a":
        return title
    inside = title.find(".//a[@href]")
    return inside if inside is not None else next(title.iterancestors("a"), None)


def _serves(table: Table, column: Sequence[HtmlElement | None]) -> bool:
    """Does it lead from nearly every item to a place of its own?"""
    places = [u for each in column if each is not None and (u := address_of(each, table.page.base_url))]
    return len(set(places)) >= _MOST * len(table.items)


def _is_byline(column: Sequence[HtmlElement | None]) -> bool:
    return any(
        _hints(each) & frozenset({"author", "category", "tag", "comments"})
        for each in column
        if each is not None
    )


def _date_rank(table: Table, selector: str, *, day_first: bool) -> float | None:
    present = [each for each in table.columns[selector] if each is not None]
    if len(present) < _HALF * len(table.items):
        return None
    texts = [list(date_texts(each)) for each in present]
    longest = max(len(table.text(each)) for each in present)
    if longest > _LONGEST_DATE * (2 if selector == ITSELF else 1):
        return None
    read = sum(read_date(said, day_first=day_first) is not None for said in texts)
    if read < _OFTEN * max(len(table.items), len(present)):
        return None
    if selector.startswith(AFTER) and _stands_before(table, present[0], day_first=day_first):
        return None
    rank = 2 * read / len(table.items) + (present[0].tag == "time") + bool(_hints(present[0]) & DATE_WORDS)
    return rank - longest / 100 - (selector == ITSELF) - 0.3 * selector.startswith(AFTER)


def _stands_before(table: Table, date: HtmlElement, *, day_first: bool) -> bool:
    """Is it the next item's date that follows an item? Then there is one before the first, too."""
    for sibling in table.items[0].itersiblings(preceding=True):
        if isinstance(sibling.tag, str):
            alike = sibling.tag == date.tag or sibling.find(f".//{tag_of(date)}") is not None
            return alike and read_date(list(date_texts(sibling)), day_first=day_first) is not None
    return False


def _picture_rank(table: Table, selector: str) -> float | None:
    present = [each for each in table.columns[selector] if each is not None and _shows(each)]
    if len(present) < _HALF * len(table.items) or selector == ITSELF:
        return None
    shown = [picture for each in present if (picture := picture_of(each, base_url=table.page.base_url))]
    if any(picture.width is not None and picture.width < _SMALLEST_PICTURE for picture in shown):
        return None
    if len(shown) < _HALF * len(table.items) or len({picture.url for picture in shown}) < _HALF * len(shown):
        return None
    return 2 * len(shown) / len(table.items) - selector.startswith(AFTER)


def _shows(element: HtmlElement) -> bool:
    if _SIDE_PICTURES.search(f"{element.get('class') or ''} {element.get('src') or ''}"):
        return False
    return (
        element.tag == "img"
        or "background" in (element.get("style") or "")
        or any(name.startswith(("data-bg", "data-background")) for name in element.attrib)
    )


def _teaser_rank(
    table: Table, selector: str, *, titles: Sequence[HtmlElement | None], date: str | None
) -> float | None:
    column = table.columns[selector]
    said = _said(table, selector)
    if (
        selector == ITSELF
        or len(said) < _HALF * len(table.items)
        or _distinct(said) < _MOST
        or _mostly_dates(said)
    ):
        return None
    dates = table.columns[date] if date else titles
    apart = all(
        each is None or not any(_touch(each, other) for other in others if other is not None)
        for each, *others in zip(column, titles, dates, strict=True)
    )
    first = next(each for each in column if each is not None)
    words = median(len(text.split()) for text in said)
    hints = _hints(first)
    linked = sum(len(table.text(link)) for link in first.iter("a")) / max(1, len(table.text(first)))
    if not apart or linked > _HALF or words < 4 or first.tag == "a" or hints & _BYLINE_WORDS:  # noqa: PLR2004  a label, not a sentence
        return None
    if next(first.iterdescendants(*HEADINGS), None) is not None:
        return None
    return (
        min(words, 40.0) / 10
        + 2 * bool(hints & TEASER_WORDS)
        + (first.tag in {"p", "dd"})
        + len(said) / len(table.items)
        - 2 * linked
        - 0.5 * selector.startswith(AFTER)
    )


def _touch(one: HtmlElement, other: HtmlElement) -> bool:
    return one is other or other in one.iterancestors() or one in other.iterancestors()


# ── the whole ───────────────────────────────────────────────────────────────


def _filled(table: Table, selector: str | None) -> float:
    column = table.columns[selector] if selector else []
    return sum(each is not None for each in column) / len(table.items)


def _columns(
    table: Table,
    *,
    title: str,
    link: str,
    date: str | None,
    picture: str | None,
    teaser: str | None,
    day_first: bool,
) -> Columns:
    titled = table.columns[title]
    places = [
        address_of(each, table.page.base_url) if each is not None else None for each in table.columns[link]
    ]
    rows = len({place for place, each in zip(places, titled, strict=True) if place and each is not None})
    said = _said(table, title)
    words = median(len(text.split()) for text in said)
    present = [(each, item) for each, item in zip(titled, table.items, strict=True) if each is not None]
    headed = _share(present, lambda each, item: _is_heading(table, each, item)) >= _HALF
    dated = 0.0
    if date:
        read = (
            each is not None and read_date(list(date_texts(each)), day_first=day_first) is not None
            for each in table.columns[date]
        )
        dated = sum(read) / len(table.items)
    # Squared: a list some of whose rows are unlike the others is two lists.
    shown = _filled(table, picture) ** 2 * 0.2 + _filled(table, teaser) ** 2 * 0.5
    quality = min(words, 5.0) / 5 + 0.4 * headed + 0.6 * dated**2 + shown
    return Columns(
        title=title,
        link=link,
        date=date,
        picture=picture,
        teaser=teaser,
        rows=rows,
        score=quality * min(rows, 40) ** 0.5,
        words=words,
        dated=dated,
        headed=headed,
        chars=sum(map(len, said)) + (sum(map(len, _said(table, teaser))) if teaser else 0),
    )
