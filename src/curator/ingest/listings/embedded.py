"""Lists that a page carries as data for machines: JSON-LD, and the state of a script that draws it. Pure.

A page that is drawn in the browser is empty to us, but often brings what it
will draw along.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from curator.ingest.feeds.stated import StatedDate
from curator.ingest.listings.listing import Row
from curator.ingest.listings.pagekind import linked_data, types_of
from curator.ingest.listings.webpage import Webpage
from curator.model import Image, Selectors
from curator.text import absolute, clean_text, plain
from curator.text.dates import from_iso

_TITLES = ("headline", "title", "name", "heading")
_LINKS = ("url", "href", "link", "permalink", "canonicalUrl", "path", "uri", "@id")
_DATES = (
    "datePublished",
    "publishedAt",
    "published_at",
    "publishDate",
    "pubDate",
    "date",
    "dateCreated",
    "createdAt",
)
_TEASERS = ("description", "excerpt", "summary", "teaser", "abstract", "dek", "subtitle")
_PICTURES = ("image", "thumbnailUrl", "thumbnail", "coverImage", "picture", "featuredImage", "img")
_LISTS = frozenset({"itemlist", "blog", "collectionpage", "searchresultspage"})
_STATES = ("__NEXT_DATA__", "__NUXT_DATA__")
_ASSIGNED = re.compile(r"\s*(?:window|self|globalThis)\.(\w+)\s*=\s*(?=[{\[])")
_DEEPEST = 12
_MOST_OBJECTS = 20_000
_FEWEST = 3


def embedded_selectors(page: Webpage) -> Iterator[Selectors]:
    """What may be read so, the better first; the caller tries each."""
    if any(_linked_rows(page)):
        yield Selectors(item="json-ld")
    for name, state in _states(page):
        path = _longest_list(_loaded(state))
        if path is not None:
            yield Selectors(item=f"json:{name}:{'.'.join(path)}")


def embedded_rows(page: Webpage, selectors: Selectors) -> list[Row]:
    if selectors.item == "json-ld":
        found = list(_linked_rows(page))
    else:
        _, _, place = selectors.item.partition(":")
        name, _, path = place.partition(":")
        found = [row for each in _listed(page, name, path) if (row := _row(each, page))]
    return list({row.url: row for row in reversed(found)}.values())[::-1]


def _linked_rows(page: Webpage) -> Iterator[Row]:
    for stated in linked_data(page):
        if not types_of(stated) & _LISTS:
            continue
        inner = stated.get("mainEntity")
        for holder in (stated, inner if isinstance(inner, dict) else {}):
            for key in ("itemListElement", "blogPost", "blogPosts", "hasPart"):
                listed = holder.get(key)
                for each in listed if isinstance(listed, list) else ():
                    item = each.get("item") if isinstance(each, dict) else None
                    merged = {**each, **item} if isinstance(item, dict) else each
                    if isinstance(item, str) and isinstance(each, dict):
                        merged = {**each, "url": item}
                    if isinstance(merged, dict) and (row := _row(merged, page)):
                        yield row


def _row(stated: Any, page: Webpage) -> Row | None:
    if not isinstance(stated, dict):
        return None
    title = _first(stated, _TITLES)
    url = next((u for key in _LINKS if (u := _address(stated.get(key), page))), None)
    if not title or not url:
        return None
    date = _first(stated, _DATES)
    picture = next((p for key in _PICTURES if (p := _picture(stated.get(key), page))), None)
    return Row(
        title=title,
        url=url,
        date=StatedDate(text=date, moment=from_iso(date)) if date else None,
        image=Image(url=picture) if picture else None,
        teaser=_first(stated, _TEASERS) or "",
    )


def _first(stated: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = stated.get(key)
        if isinstance(value, dict):  # WordPress: {"rendered": …}
            value = value.get("rendered")
        if isinstance(value, str) and (said := " ".join(clean_text(plain(value)).split())):
            return said
    return None


def _address(value: object, page: Webpage) -> str | None:
    # A bare word is a slug: only the site's own script knows what goes before it.
    if isinstance(value, str) and value.startswith(("http://", "https://", "/")) and len(value) > 1:
        return absolute(value, base_url=page.base_url)
    return None


def _picture(value: object, page: Webpage) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("url") or value.get("src") or value.get("contentUrl")
    return absolute(value, base_url=page.base_url) if isinstance(value, str) else None


# ── the state of a script ───────────────────────────────────────────────────


def _states(page: Webpage) -> Iterator[tuple[str, str]]:
    """What scripts find on the page to begin with, by its name: an element's id or a variable of `window`."""
    for script in page.root.iter("script"):
        name, text = script.get("id"), script.text or ""
        if name and (name in _STATES or script.get("type") == "application/json"):
            yield name, text
        elif assigned := _ASSIGNED.match(text):
            yield assigned[1], text[assigned.end() :].strip().rstrip(";")


def _loaded(text: str | None) -> Any:
    try:
        return json.loads(text or "")
    except (ValueError, RecursionError):
        return None


def _listed(page: Webpage, name: str, path: str) -> list[Any]:
    found = _loaded(next((state for called, state in _states(page) if called == name), None))
    for step in path.split("."):
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return []
    return found if isinstance(found, list) else []


def _longest_list(state: Any) -> list[str] | None:
    """Where the longest list of things with a title and an address lies."""
    best: tuple[int, list[str]] | None = None
    waiting: list[tuple[list[str], Any]] = [([], state)]
    looked = 0
    while waiting and looked < _MOST_OBJECTS:
        path, value = waiting.pop()
        looked += 1
        if len(path) > _DEEPEST:
            continue
        if isinstance(value, dict):
            waiting.extend(([*path, key], each) for key, each in value.items() if "." not in key)
        elif isinstance(value, list):
            good = sum(_looks_like_entry(each) for each in value)
            if good >= _FEWEST and good > (best[0] if best else 0):
                best = good, path
            waiting.extend(([*path, str(n)], each) for n, each in enumerate(value))
    return best[1] if best else None


def _looks_like_entry(value: object) -> bool:
    return (
        isinstance(value, dict)
        and _first(value, _TITLES) is not None
        and any(isinstance(value.get(key), str) and value[key].startswith(("http", "/")) for key in _LINKS)
        and any(value.get(key) for key in (*_DATES, *_TEASERS))
    )
