"""OPML → a list of sources and back. Pure.

Read with expat as a stream: an entity declaration ends it at once, nesting
costs nothing, and every refusal knows its line (FAULTS 40).
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any
from xml.parsers import expat

from curator.errors import BadInput
from curator.ingest import schedule
from curator.ingest.listings.listing import wrong_selector
from curator.ingest.lists import LONGEST_NAME, ListedSource, RefusedLine, SourceList, listed_url, tidy_tags
from curator.model import Selectors, Source, SourceDraft, SourceKind, SourcePolicy
from curator.quotation import WHOLE
from curator.text import clean_text, language_tag, safe_url, without_credentials

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 20
MAX_OUTLINES = 10_000

# What OPML has no word for. Other programs leave attributes of another namespace alone (OPML 2.0).
_PREFIX = "curator:"
_NAMESPACE = "urn:curator:opml"
_SELECTORS = tuple(field.name for field in fields(Selectors))
_LONGEST_SELECTORS = 5_000
_NUMBER = re.compile(r"[1-9][0-9]{0,6}")


def read_opml(document: bytes) -> SourceList:
    """The sources that an OPML document names. The folders they lie in become tags.

    One that lies in several folders is one source with all their tags. Raises
    BadInput for what is no OPML; a line that cannot be taken is refused alone.
    """
    if len(document) > MAX_BYTES:
        raise BadInput("opml_too_large", bytes=len(document), limit=MAX_BYTES)
    outline = _Outline()
    parser = expat.ParserCreate()
    outline.listen(parser)
    try:
        parser.Parse(document, True)  # noqa: FBT003 - expat takes no keywords
    except (expat.ExpatError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", parser.CurrentLineNumber)
        raise BadInput("opml_invalid", line=line, cause=str(error)) from error
    if not outline.is_opml:
        raise BadInput("opml_invalid", line=1, cause="no <opml>")
    return SourceList(sources=tuple(outline.sources.values()), refused=tuple(outline.refused))


def write_opml(sources: Iterable[Source], *, title: str) -> bytes:
    """Sources as OPML 2.0; `read_opml` gives the same back."""
    opml = ET.Element("opml", {"version": "2.0", "xmlns:curator": _NAMESPACE})
    ET.SubElement(ET.SubElement(opml, "head"), "title").text = clean_text(title)
    body = ET.SubElement(opml, "body")
    for source in sources:
        said = {**_address(source), **_said(source)}
        ET.SubElement(
            body, "outline", {key: clean_text(value) for key, value in said.items() if value is not None}
        )
    ET.indent(opml)
    written: bytes = ET.tostring(opml, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _address(source: Source) -> Mapping[str, str | None]:
    """A page is no feed: as a link it is left alone by programs that would try to read it as one."""
    url = without_credentials(source.url)  # the list is for others
    if source.kind is SourceKind.FEED:
        return {"type": "rss", "text": source.name, "title": source.name, "xmlUrl": url}
    return {
        "type": "link",
        "text": source.name,
        "title": source.name,
        "url": url,
        f"{_PREFIX}kind": source.kind,
    }


def _said(source: Source) -> Mapping[str, str | None]:
    policy, interval = source.policy, source.interval
    selectors = json.dumps(dict(policy.selectors), ensure_ascii=False) if policy.selectors else None
    return {
        "htmlUrl": source.home_url,
        "language": source.language,
        "category": ",".join(source.tags) or None,
        f"{_PREFIX}license": source.license,
        f"{_PREFIX}max-words": str(source.max_words) if source.max_words else None,
        f"{_PREFIX}max-share": str(policy.max_share) if policy.max_share else None,
        f"{_PREFIX}interval": str(int(interval.total_seconds() // 60)) if interval else None,
        f"{_PREFIX}full-text": "true" if policy.full_text else None,
        f"{_PREFIX}selectors": selectors,
    }


class _Outline:
    """Listens to expat and keeps the folders that are open."""

    def __init__(self) -> None:
        self.is_opml = False
        self.sources: dict[str, ListedSource] = {}
        self.refused: list[RefusedLine] = []
        self._folders: list[str | None] = []  # one for each open outline; None: no folder, or without a name
        self._seen = 0

    def listen(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._entity

    def _entity(self, *_declaration: object) -> None:
        raise BadInput("opml_entities", line=self._parser.CurrentLineNumber)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name.lower() == "opml":
            self.is_opml = True
        if name.lower() != "outline":
            return
        said = {key.lower(): value for key, value in attributes.items()}
        label = " ".join(clean_text(said.get("title") or said.get("text") or "").split())[:LONGEST_NAME]
        feed, link = said.get("xmlurl", "").strip(), said.get("url", "").strip()
        self._folders.append(None if feed else label or None)
        if feed or link:
            self._count(feed or link, lambda: self._read(feed, link, label, said))

    def _end(self, name: str) -> None:
        if name.lower() == "outline":
            self._folders.pop()

    def _count(self, url: str, read: Callable[[], ListedSource | str]) -> None:
        """Take what an outline names, or refuse its line; a bomb of either is bounded."""
        self._seen += 1
        if self._seen > MAX_OUTLINES:
            found: ListedSource | str = "list_too_long"
        elif len(self._folders) > MAX_DEPTH:
            found = "list_too_deep"
        else:
            found = read()
        if isinstance(found, ListedSource):
            known = self.sources.get(found.url)
            self.sources[found.url] = _both(known, found) if known else found
        elif self._seen <= MAX_OUTLINES + 1:  # after the limit one line says it for all
            line = self._parser.CurrentLineNumber
            self.refused.append(RefusedLine(line=line, url=clean_text(url)[:200], why=found))

    def _read(self, feed: str, link: str, label: str, said: Mapping[str, str]) -> ListedSource | str:
        """The source, or the code of why it is none."""
        kind = _kind(said, is_feed=bool(feed))
        if not isinstance(kind, SourceKind):
            return kind
        url = listed_url(feed or link)
        if url is None:
            return "url_refused"
        policy = _policy(said)
        if isinstance(policy, str):
            return policy
        tags = tidy_tags(folder for folder in [*self._folders[:-1], *_categories(said)] if folder)
        draft = SourceDraft(
            name=label or None,
            tags=tags,
            language=language_tag(said.get("language")),
            license=clean_text(said.get(f"{_PREFIX}license", "")).strip()[:LONGEST_NAME] or None,
            max_words=_number(said, "max-words"),
            max_share=_share(said),
            interval=_minutes(said),
            home_url=safe_url(said.get("htmlurl")),
            policy=policy,
        )
        return ListedSource(url=url, kind=kind, draft=draft, line=self._parser.CurrentLineNumber)


def _kind(said: Mapping[str, str], *, is_feed: bool) -> SourceKind | str:
    """What the outline is; a bookmark, or a list somewhere else, is none of ours."""
    stated_type = said.get("type", "").strip().lower()
    if is_feed or stated_type == "rss":  # OPML 1.0 knew no xmlUrl
        return SourceKind.FEED
    stated = said.get(f"{_PREFIX}kind", "").strip().lower()
    if stated in {SourceKind.PAGE, SourceKind.SITEMAP}:
        return SourceKind(stated)
    path = said.get("url", "").split("?")[0].strip().lower()
    return "list_include" if stated_type == "include" or path.endswith(".opml") else "list_link"


def _policy(said: Mapping[str, str]) -> SourcePolicy | str | None:
    full_text = said.get(f"{_PREFIX}full-text", "").strip().lower() == "true"
    stated = said.get(f"{_PREFIX}selectors")
    if stated is None:
        return SourcePolicy(full_text=True) if full_text else None
    selectors = _selectors(stated)
    if selectors is None:
        return "list_selectors"
    return SourcePolicy(selectors=selectors, full_text=full_text)


def _selectors(stated: str) -> dict[str, Any] | None:
    """Only what a listing can be read by; a list is somebody else's word."""
    try:
        said = json.loads(stated) if len(stated) <= _LONGEST_SELECTORS else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get("item"), str):
        return None
    for field, selector in said.items():
        wanted: type = int if field == "seen" else str
        if field not in _SELECTORS or type(selector) is not wanted:
            return None
        if isinstance(selector, str) and wrong_selector(field, selector) is not None:
            return None
    return said


def _number(said: Mapping[str, str], name: str) -> int | None:
    stated = said.get(f"{_PREFIX}{name}", "").strip()
    return int(stated) if _NUMBER.fullmatch(stated) else None


def _share(said: Mapping[str, str]) -> int | None:
    percent = _number(said, "max-share")
    return percent if percent and percent <= WHOLE else None


def _minutes(said: Mapping[str, str]) -> timedelta | None:
    minutes = _number(said, "interval")
    interval = timedelta(minutes=minutes) if minutes else None
    return interval if interval and schedule.SHORTEST <= interval <= schedule.LONGEST else None


def _both(first: ListedSource, again: ListedSource) -> ListedSource:
    """The same feed in two folders has the tags of both."""
    tags = tidy_tags((*(first.draft.tags or ()), *(again.draft.tags or ())))
    return replace(first, draft=replace(first.draft, tags=tags))


def _categories(said: Mapping[str, str]) -> list[str]:
    """OPML 2.0: comma-separated; with a leading slash a path, whose every step is a tag here."""
    found: list[str] = []
    for category in said.get("category", "").split(","):
        steps = category.split("/") if category.startswith("/") else [category]
        found += steps
    return found
