"""When a page says that a post came out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, datetime
from zoneinfo import ZoneInfo

from lxml.html import HtmlElement

from curator.importing.pages.webpage import classes, elements, properties, words
from curator.model import Lang, Problem
from curator.text.printed import day_first, printed

_PRINTED_IN = (
    "entry-date",
    "posted-on",
    "post-date",
    "wp-block-post-date",
    "published",
    "date",
    "entry-meta",
    "post-meta",
    "entry-meta-date",
    "postmetadata",
    "byline",
    "date-header",
)
_IN_ADDRESS = re.compile(r"/((?:19|20)\d{2})/(\d{1,2})/(\d{1,2})(?:/|$)")
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_DAY = 10  # characters of 2014-03-05


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    published: datetime | None = None
    updated: datetime | None = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """A moment as a page says it; `sure`: with its offset from UTC."""

    moment: datetime
    said: str
    sure: bool


def dates_of(
    post: HtmlElement,
    *,
    body: HtmlElement | None,
    published: list[str],
    updated: list[str],
    permalink: str | None,
    language: Lang | None,
    zone: str,
) -> Dates:
    """`published`, `updated`: what the page says of this one post for machines. `body`: where no date counts.

    A time without an offset is one of the edition's zone, and a doubt; so is a date that is only printed
    or only stands in the address.
    """
    marked = [each for each in elements(post, "time", "abbr", "meta", "span") if not _within(each, body)]
    here = ZoneInfo(zone)
    first = _best([*published, *_marked(marked, "published")], here)
    last = _best([*updated, *_marked(marked, "updated")], here)
    first = (
        first or _bare(marked, here) or _printed(post, body, language, here) or _addressed(permalink, here)
    )
    if first is None:
        return Dates(updated=last.moment if last else None)
    # A theme that marks one <time> as both says nothing of a change.
    if last is not None and last.moment <= first.moment:
        last = None
    doubt = Problem(
        code="import_published_doubtful", field="published", data={"said": first.said, "zone": zone}
    )
    return Dates(
        published=first.moment,
        updated=last.moment if last else None,
        problems=() if first.sure else (doubt,),
    )


def _best(stated: list[str], zone: ZoneInfo) -> _Said | None:
    """The first with an offset; else the first there is."""
    read = [said for each in stated if (said := _read(each, zone))]
    return next((each for each in read if each.sure), read[0] if read else None)


def _read(stated: str, zone: ZoneInfo) -> _Said | None:
    try:
        moment = datetime.fromisoformat(stated.strip())
        sure = moment.tzinfo is not None
        moment = (moment if sure else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return _Said(moment, stated.strip(), sure) if moment >= _EARLIEST else None


def _marked(marked: list[HtmlElement], kind: str) -> Iterator[str]:
    """hAtom's `published` and `updated`, microformats2's `dt-…`, schema.org's `datePublished`, …"""
    wanted = {"published": {"published", "dt-published"}, "updated": {"updated", "dt-updated"}}[kind]
    named = {"published": "datePublished", "updated": "dateModified"}[kind]
    for element in marked:
        if not wanted.isdisjoint(classes(element)) or named in properties(element):
            yield from (stated for name in ("datetime", "content", "title") if (stated := element.get(name)))


def _bare(marked: list[HtmlElement], zone: ZoneInfo) -> _Said | None:
    """Any `<time>` of the post that does not say it is of a change."""
    times = [
        each.get("datetime") or ""
        for each in marked
        if each.tag == "time" and classes(each).isdisjoint({"updated", "dt-updated"})
    ]
    return _best(times, zone)


def _printed(
    post: HtmlElement, body: HtmlElement | None, language: Lang | None, zone: ZoneInfo
) -> _Said | None:
    said = [
        words(each)
        for each in elements(post)
        if not classes(each).isdisjoint(_PRINTED_IN) and not _within(each, body)
    ]
    first = day_first(said, language=language)
    for text in said:
        if (moment := printed(text, day_first=first)) and _EARLIEST.year < moment.year < MAXYEAR:
            return _Said(moment.replace(tzinfo=zone).astimezone(UTC), text[:80], sure=False)
    return None


def _addressed(permalink: str | None, zone: ZoneInfo) -> _Said | None:
    """WordPress's `/%year%/%monthnum%/%day%/…`."""
    found = _IN_ADDRESS.search(permalink or "")
    if found is None:
        return None
    try:
        moment = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None
    return _Said(moment, found[0].strip("/"), sure=False)


def _within(element: HtmlElement, body: HtmlElement | None) -> bool:
    return body is not None and (element is body or any(above is body for above in element.iterancestors()))
