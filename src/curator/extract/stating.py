"""What a page says about itself for machines: schema.org in JSON-LD, `<meta>`, a marked byline. Pure."""

from __future__ import annotations

import html as entities
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from lxml.html import HtmlElement

from curator.extract.bylines import names_in
from curator.text import TDM_RESERVED, clean_text, normalised, opt_outs, safe_url

Thing = Mapping[str, Any]

_ARTICLES = re.compile(r"article|posting|report", re.IGNORECASE)
_LISTS = frozenset({"CollectionPage", "SearchResultsPage", "ItemList", "Blog"})
_LONGEST_SCRIPT = 500_000
_MOST_OBJECTS = 200
_MOST_AUTHORS = 10
_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:byline|by-?author|author-?name|(?:entry|post|article)-?author|author)(?:$|[\s_-])",
    re.IGNORECASE,
)
_LONGEST_BYLINE = 160
_AROUND = frozenset({"nav", "aside", "footer"})
_COMMENTS = re.compile(r"comment|respond|related|sidebar|author-?(?:box|bio)|about-?author", re.IGNORECASE)
_AUTHOR_METAS = ("citation_author", "dc.creator", "dcterms.creator", "author", "parsely-author", "byl")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedFacts:
    articles: int = 0
    is_list: bool = False
    is_free: bool = True
    published: datetime | None = None
    license: str | None = None
    title: str | None = None
    authors: tuple[str, ...] = ()
    publisher: str | None = None
    opt_outs: tuple[str, ...] = ()
    own: Thing = field(default_factory=dict)  # the article itself, and what it refers to
    by_id: Mapping[str, Thing] = field(default_factory=dict)


def stated_facts(tree: HtmlElement) -> StatedFacts:
    objects = list(_objects(tree))
    articles = [each for each in objects if any(_ARTICLES.search(kind) for kind in _kinds(each))]
    pages = [each for each in objects if any(kind.endswith("Page") for kind in _kinds(each))]
    by_id = {each["@id"]: each for each in objects if isinstance(each.get("@id"), str) and len(each) > 1}
    dates = [_meta(tree, "article:published_time"), *(each.get("datePublished") for each in articles)]
    own = _own_article(articles, tree)
    publisher = _publisher(own, by_id, tree)
    return StatedFacts(
        articles=len(articles),
        is_list=any(not _LISTS.isdisjoint(_kinds(each)) for each in objects),
        is_free=_meta(tree, "article:content_tier") != "locked"
        and not any(_is_false(each.get("isAccessibleForFree")) for each in (*articles, *pages)),
        published=next((moment for date in dates if (moment := _moment(date))), None),
        license=next((found for each in articles if (found := _address(each.get("license")))), None),
        title=_said(own.get("headline")) or _meta(tree, "og:title"),
        authors=_authors(own, by_id, tree, publisher=publisher),
        publisher=publisher,
        opt_outs=_asked(tree),
        own=own,
        by_id=by_id,
    )


def _own_article(articles: list[dict[str, Any]], tree: HtmlElement) -> Thing:
    """The article that the page is; of several that it describes the one whose title the page has."""
    if len(articles) == 1:
        return articles[0]
    title = normalised(" ".join(each.text_content() for each in tree.iter("title", "h1")))
    named = [each for each in articles if (said := _said(each.get("headline"))) and normalised(said) in title]
    return named[0] if len(named) == 1 else {}


def _publisher(own: Thing, by_id: Mapping[str, Thing], tree: HtmlElement) -> str | None:
    stated = next((name for thing in _things(own.get("publisher"), by_id) if (name := _name(thing))), None)
    return stated or _meta(tree, "og:site_name") or _meta(tree, "citation_journal_title")


def _authors(
    own: Thing,
    by_id: Mapping[str, Thing],
    tree: HtmlElement,
    *,
    publisher: str | None,
) -> tuple[str, ...]:
    """As stated first of all: for machines, in `<meta>`, in a line that is marked as the byline."""
    in_data = [name for thing in _things(own.get("author"), by_id) if (name := _name(thing))]
    for stated in (in_data, _metas(tree), _bylines(tree)):
        names = dict.fromkeys(name for each in stated for name in names_in(each))
        kept = [name for name in names if normalised(name) != normalised(publisher or "")]
        if kept:
            return tuple(kept[:_MOST_AUTHORS])
    return ()


def _things(stated: object, by_id: Mapping[str, Thing]) -> Iterator[Thing]:
    """What a property names, one or several: in place, by reference into the same page, or as a bare text."""
    for each in (stated if isinstance(stated, list) else [stated])[:_MOST_AUTHORS]:
        if isinstance(each, str):
            yield {"name": each}
        elif isinstance(each, dict):
            known = by_id.get(str(each.get("@id")), {})
            yield each if each.get("name") else known


def _name(thing: Thing) -> str | None:
    stated = thing.get("name")
    return _said(stated[0] if isinstance(stated, list) and stated else stated)


def _metas(tree: HtmlElement) -> list[str]:
    """Of the first kind of `<meta>` that names anybody; one may stand there for each of several authors."""
    for name in _AUTHOR_METAS:
        stated = [each for each in _all_metas(tree, name) if names_in(each)]
        if stated:
            return stated
    return []


def _bylines(tree: HtmlElement) -> Iterator[str]:
    """The first line that the page marks as naming who wrote it, outside of comments and furniture."""
    for element in tree.iter("a", "address", "div", "p", "span", "li", "cite", "h3", "h4", "h5"):
        marks = " ".join(element.get(name) or "" for name in ("class", "rel", "itemprop", "id"))
        if not _BYLINE.search(marks) or _is_aside(element):
            continue
        words = " ".join(element.text_content().split())
        if 0 < len(words) <= _LONGEST_BYLINE and names_in(words):
            yield words
            return


def _is_aside(element: HtmlElement) -> bool:
    return any(
        above.tag in _AROUND or _COMMENTS.search(f"{above.get('class') or ''} {above.get('id') or ''}")
        for above in (element, *element.iterancestors())
    )


def _asked(tree: HtmlElement) -> tuple[str, ...]:
    reserved = (TDM_RESERVED,) if "1" in _all_metas(tree, TDM_RESERVED) else ()
    ours = (*_all_metas(tree, "robots"), *_all_metas(tree, "curator"))
    return (*opt_outs(ours), *reserved)


# ── reading ─────────────────────────────────────────────────────────────────


def _objects(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """The things a page describes in JSON-LD: on top, in a list, or in a @graph; not what they mention."""
    seen = 0
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "") or len(script.text or "") > _LONGEST_SCRIPT:
            continue
        try:
            document = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        for each in document if isinstance(document, list) else [document]:
            inner = each.get("@graph") if isinstance(each, dict) else None
            for thing in inner if isinstance(inner, list) else [each]:
                if isinstance(thing, dict) and seen < _MOST_OBJECTS:
                    seen += 1
                    yield thing


def _kinds(thing: Thing) -> list[str]:
    stated = thing.get("@type")
    return [kind for kind in (stated if isinstance(stated, list) else [stated]) if isinstance(kind, str)]


def _is_false(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.rsplit("/", 1)[-1].strip().lower() == "false")


def _moment(stated: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(stated.strip()) if isinstance(stated, str) else None
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _address(stated: object) -> str | None:
    return safe_url(stated) if isinstance(stated, str) else None


def _said(stated: object) -> str | None:
    """A text on one line; JSON-LD often carries it with entities, as if it were markup."""
    if not isinstance(stated, str):
        return None
    return " ".join(clean_text(entities.unescape(stated)).split())[:500] or None


def _meta(tree: HtmlElement, name: str) -> str | None:
    return next(iter(_all_metas(tree, name)), None)


def _all_metas(tree: HtmlElement, name: str) -> list[str]:
    named = (each for each in tree.iter("meta") if _meta_name(each) == name)
    return [said for meta in named if (said := _said(meta.get("content")))]


def _meta_name(meta: HtmlElement) -> str:
    return (meta.get("property") or meta.get("name") or "").lower()
