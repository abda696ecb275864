"""OPML → a list of sources and back. Pure.

Read with expat as a stream: an entity declaration ends it at once, nesting
costs nothing, and every refusal knows its line (FAULTS 40).
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from xml.parsers import expat

from curator.errors import BadInput
from curator.ingest.lists import ListedSource, RefusedLine, SourceList, language_tag, tidy_tags
from curator.model import Source, SourceDraft
from curator.text import clean_text, safe_url

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 20
MAX_OUTLINES = 10_000


def read_opml(document: bytes) -> SourceList:
    """The feeds that an OPML document names. The folders they lie in become tags.

    Raises BadInput for what is no OPML; a line that cannot be taken is refused alone.
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
    return SourceList(sources=tuple(outline.sources), refused=tuple(outline.refused))


def write_opml(sources: Iterable[Source], *, title: str) -> bytes:
    """Sources as OPML 2.0; `read_opml` gives the same back."""
    opml = ET.Element("opml", version="2.0")
    ET.SubElement(ET.SubElement(opml, "head"), "title").text = title
    body = ET.SubElement(opml, "body")
    for source in sources:
        said = {
            "type": "rss",
            "text": source.name,
            "title": source.name,
            "xmlUrl": source.url,
            "htmlUrl": source.home_url,
            "language": source.language,
            "category": ",".join(source.tags) or None,
        }
        ET.SubElement(body, "outline", {key: value for key, value in said.items() if value is not None})
    ET.indent(opml)
    written: bytes = ET.tostring(opml, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


class _Outline:
    """Listens to expat and keeps the folders that are open."""

    def __init__(self) -> None:
        self.is_opml = False
        self.sources: list[ListedSource] = []
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
        if name == "opml":
            self.is_opml = True
        if name != "outline":
            return
        said = {key.lower(): value for key, value in attributes.items()}
        url = said.get("xmlurl", "").strip()
        label = clean_text(said.get("title") or said.get("text") or "").strip()
        self._folders.append(None if url else label or None)
        if url:
            self._take(url, label, said)

    def _end(self, name: str) -> None:
        if name == "outline":
            self._folders.pop()

    def _take(self, url: str, label: str, said: dict[str, str]) -> None:
        self._seen += 1
        line = self._parser.CurrentLineNumber
        address = safe_url(url)
        why = None
        if self._seen > MAX_OUTLINES:
            why = "list_too_long"
        elif len(self._folders) > MAX_DEPTH:
            why = "list_too_deep"
        elif address is None:
            why = "url_refused"
        if why is not None or address is None:
            # A bomb of refusals is bounded too: after the limit one line says it for all.
            if self._seen <= MAX_OUTLINES + 1:
                self.refused.append(RefusedLine(line=line, url=url[:200], why=why or "url_refused"))
            return
        draft = SourceDraft(
            name=label or None,
            tags=tidy_tags(folder for folder in [*self._folders, *_categories(said)] if folder),
            language=language_tag(said.get("language")),
            home_url=safe_url(said.get("htmlurl")),
        )
        self.sources.append(ListedSource(url=address, draft=draft, line=line))


def _categories(said: dict[str, str]) -> list[str]:
    """OPML 2.0: comma-separated; with a leading slash a path, whose every step is a tag here."""
    found: list[str] = []
    for category in said.get("category", "").split(","):
        steps = category.split("/") if category.startswith("/") else [category]
        found += steps
    return found
