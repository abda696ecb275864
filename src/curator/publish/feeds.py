"""Publications → Atom, RSS 2.0 and JSON Feed; alone knows feedgen.

feedgen lays out the documents. What it cannot say is said in its extension
hook on the finished lxml elements: links with their attributes
(python-feedgen#135: it drops them from entries), a whole atom:source,
xml:lang per construct, XHTML content (it parses HTML as XML and fails on
`&nbsp;`), tombstones, and the modules of RSS.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # it has no types
from feedgen.ext.base import BaseEntryExtension, BaseExtension  # type: ignore[import-untyped]  # as above
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]  # as above
from lxml import etree

import curator
from curator.model import Attribution, Copy, Image, Lang, Origin, Publication, PublicItem
from curator.publish import markup
from curator.publish.markup import XML_LANG
from curator.publish.showing import Shown
from curator.publish.site import ATOM, FEED_TYPES, JSON_FEED, RSS, Site
from curator.rights import license_address

GENERATOR = "Curator"
GENERATOR_URL = "https://github.com/curator-desk/curator"

_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_MEDIA = "http://search.yahoo.com/mrss/"
_TOMBSTONE = "http://purl.org/atompub/tombstones/1.0"

_LIKE_HTML = re.compile(r"</\w+\s*>|&#?\w+;")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """What one feed says: entries newest first, what was withdrawn, and when any of it last changed."""

    site: Site
    shown: Sequence[Shown]
    withdrawn: Sequence[Publication] = ()
    updated: datetime

    @property
    def language(self) -> Lang:
        return self.site.edition.language


def atom(document: FeedDocument) -> bytes:
    """RFC 4287, with a tombstone (RFC 6721) for what was withdrawn."""
    feed = _generator(document, ATOM)
    _register(
        feed,
        namespaces={"at": _TOMBSTONE} if document.withdrawn else {},
        on_feed=lambda element: _finish_atom_feed(element, document),
        on_entry=lambda element, shown: _finish_atom_entry(element, shown, document.site),
        kind="atom",
    )
    for shown in document.shown:
        entry = _entry(feed, shown, document.site)
        entry.author(name=shown.content.author)
        for name in _quoted_authors(shown.content):
            entry.contributor(name=name)
        for tag in shown.content.tags:
            entry.category(term=tag, scheme=document.site.tag_scheme, label=tag)
        if rights := _rights(shown.content.attributions):
            entry.rights(rights)
    return _bytes(feed.atom_str())


def rss(document: FeedDocument) -> bytes:
    """RSS 2.0 with content:encoded, dc:, media: and atom:link."""
    feed = _generator(document, RSS)
    _register(
        feed,
        namespaces={"dc": _DC, "media": _MEDIA},
        on_feed=lambda _element: None,
        on_entry=lambda element, shown: _finish_rss_item(element, shown, document.site),
        kind="rss",
    )
    for shown in document.shown:
        entry = _entry(feed, shown, document.site)
        # RSS descriptions are HTML: plain text has to be escaped once more to be itself.
        entry.description(html.escape(shown.summary or shown.content.headline, quote=False))
        entry.content(str(shown.body))
        entry.pubDate(shown.publication.published_at)
        for tag in shown.content.tags:
            entry.category(term=tag, scheme=document.site.tag_scheme)
        if origin := shown.content.origin:
            entry.source(title=origin.name, url=origin.url)
    return _bytes(feed.rss_str())


def json_feed(document: FeedDocument) -> bytes:
    """JSON Feed 1.1; what it has no word for stands under `_curator`."""
    site = document.site
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.edition.title,
        "home_page_url": site.home_url,
        "feed_url": site.url(JSON_FEED),
        "description": site.edition.subtitle or None,
        "language": document.language,
        "authors": [{"name": site.edition.organisation, "url": site.home_url}],
        "items": [_json_item(shown, site) for shown in document.shown],
    }
    whole = {key: value for key, value in feed.items() if value is not None}
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


# ── both XML formats ──


def _generator(document: FeedDocument, path: str) -> FeedGenerator:
    site = document.site
    feed = FeedGenerator()
    feed.id(site.feed_id)
    feed.title(site.edition.title)
    feed.updated(document.updated)
    feed.lastBuildDate(document.updated)
    feed.language(document.language)
    feed.author(name=site.edition.organisation, uri=site.home_url)
    feed.generator(GENERATOR, version=curator.__version__, uri=GENERATOR_URL)
    if path == RSS:
        feed.description(site.edition.subtitle or site.edition.title)
    elif site.edition.subtitle:
        feed.subtitle(site.edition.subtitle)
    feed.link(href=site.url(path), rel="self", type=FEED_TYPES[path])
    # Last, because feedgen takes the last link for RSS's channel/link, which is the site.
    feed.link(href=site.home_url, rel="alternate", type="text/html", hreflang=document.language)
    return feed


def _entry(feed: FeedGenerator, shown: Shown, site: Site) -> FeedEntry:
    entry: FeedEntry = feed.add_entry(order="append")
    entry.id(shown.publication.atom_id)
    entry.title(shown.content.headline)
    entry.updated(shown.publication.updated_at)
    entry.published(shown.publication.published_at)
    entry.link(href=site.item_url(shown.publication), rel="alternate")
    entry.curator.shown = shown
    return entry


def _register(
    feed: FeedGenerator,
    *,
    namespaces: dict[str, str],
    on_feed: Callable[[etree._Element], None],
    on_entry: Callable[[etree._Element, Shown], None],
    kind: str,
) -> None:
    """Hang our finishing into feedgen, which makes an instance of a class per feed and per entry."""

    class OfFeed(BaseExtension):  # type: ignore[misc]  # feedgen has no types
        def extend_ns(self) -> dict[str, str]:
            return namespaces

        def extend_atom(self, element: etree._Element) -> None:
            on_feed(element)

        def extend_rss(self, element: etree._Element) -> None:
            on_feed(element)

    class OfEntry(BaseEntryExtension):  # type: ignore[misc]  # feedgen has no types
        shown: Shown

        def extend_atom(self, element: etree._Element) -> None:
            on_entry(element, self.shown)

        def extend_rss(self, element: etree._Element) -> None:
            on_entry(element, self.shown)

    feed.register_extension("curator", OfFeed, OfEntry, atom=kind == "atom", rss=kind == "rss")


def _bytes(document: bytes) -> bytes:
    return document if document.endswith(b"\n") else document + b"\n"


# ── Atom ──


def _finish_atom_feed(feed: etree._Element, document: FeedDocument) -> None:
    feed.set(XML_LANG, document.language)
    for publication in document.withdrawn:
        if publication.withdrawn_at is None:
            continue
        gone = etree.SubElement(feed, f"{{{_TOMBSTONE}}}deleted-entry")
        gone.set("ref", publication.atom_id)
        gone.set("when", publication.withdrawn_at.isoformat())
        # RFC 6721: at:by is an Atom person, at:comment plain text.
        by = etree.SubElement(gone, f"{{{_TOMBSTONE}}}by")
        _sub(by, "name", document.site.edition.organisation)
        if note := markup.plain_line(publication.public_note):
            etree.SubElement(gone, f"{{{_TOMBSTONE}}}comment").text = note


def _finish_atom_entry(entry: etree._Element, shown: Shown, site: Site) -> None:
    content = shown.content
    for link in entry.findall("link"):
        entry.remove(link)
    for attributes in _atom_links(shown, site):
        _sub(entry, "link", **attributes)
    if content.origin:
        entry.append(_atom_source(content.origin))
    if shown.summary:
        _sub(entry, "summary", shown.summary, type="text")
    for words in (*entry.findall("title"), *entry.findall("summary")):
        _declare(words)
    body = _sub(entry, "content", type="xhtml")
    body.append(markup.xhtml(shown.body))
    if content.language != site.edition.language:
        # Not the content: the house's words in it are the edition's, and the note says its own language.
        for element in (*entry.findall("title"), *entry.findall("summary")):
            element.set(XML_LANG, content.language)
    for rights in entry.findall("rights"):
        rights.set(XML_LANG, "und")


def _declare(words: etree._Element) -> None:
    """Words about HTML are said in HTML: readers have learned to render what only looks like it."""
    if words.text and _LIKE_HTML.search(words.text):
        words.set("type", "html")
        words.text = html.escape(words.text, quote=False)


def _atom_links(shown: Shown, site: Site) -> Iterator[dict[str, str]]:
    content = shown.content
    yield {"href": shown.url, "rel": "alternate", "type": "text/html", "hreflang": site.edition.language}
    for position, attribution in enumerate(content.attributions):
        if attribution.url:
            yield _cited(attribution, markup.title_language(content, position), first=position == 0)
    for licence in dict.fromkeys(a.license for a in content.attributions if _is_address(a.license)):
        yield {"href": licence or "", "rel": "license"}
    if content.image and (copy := content.copy):
        # Ours alone: programs fetch an enclosure by themselves, and a link in the text only when asked to.
        picture = {"href": site.picture_url(copy), "rel": "enclosure", "type": copy.media_type}
        picture |= {"length": str(copy.length), "title": content.image.alt or ""}
        yield {name: value for name, value in picture.items() if value}


def _cited(attribution: Attribution, language: Lang, *, first: bool) -> dict[str, str]:
    """The article quoted (RFC 4287's via); what else the item draws on is related."""
    link = {"href": attribution.url or "", "rel": "via" if first else "related"}
    if attribution.title:
        link["title"] = attribution.title
    if language != "und":
        link["hreflang"] = language
    return link


def _atom_source(origin: Origin) -> etree._Element:
    """RFC 4287 §4.2.11: the feed that this came from, as it described itself."""
    source = etree.Element("source")
    source.set(XML_LANG, "und")  # names of publishers, in whatever language they are
    _sub(source, "id", origin.url)
    _sub(source, "title", origin.name)
    if origin.updated:
        _sub(source, "updated", origin.updated.replace(microsecond=0).isoformat())
    _sub(source, "link", rel="self", href=origin.url)
    if origin.home_url:
        _sub(source, "link", rel="alternate", type="text/html", href=origin.home_url)
    _sub(_sub(source, "author"), "name", origin.name)
    if origin.license:
        _sub(source, "rights", markup.licence_name(origin.license))
    return source


def _rights(attributions: Sequence[Attribution]) -> str | None:
    """Whose licence holds for what is quoted."""
    parts = [
        ": ".join(part for part in (a.publisher or a.title, markup.licence_name(a.license)) if part)
        for a in attributions
        if a.license
    ]
    return "; ".join(dict.fromkeys(parts)) or None


def _quoted_authors(content: PublicItem) -> list[str]:
    return list(dict.fromkeys(author for a in content.attributions for author in a.authors))


# ── RSS ──


def _finish_rss_item(item: etree._Element, shown: Shown, site: Site) -> None:
    content = shown.content
    _sub(item, f"{{{_DC}}}creator", content.author)
    for name in _quoted_authors(content):
        _sub(item, f"{{{_DC}}}contributor", name)
    if content.image and content.copy:
        _media(item, content.image, content.copy, url=site.picture_url(content.copy))


def _media(item: etree._Element, image: Image, copy: Copy, *, url: str) -> None:
    length = str(copy.length)
    _sub(item, "enclosure", url=url, length=length, type=copy.media_type)
    size = {"width": str(copy.width), "height": str(copy.height)}
    media = _sub(
        item, f"{{{_MEDIA}}}content", url=url, fileSize=length, type=copy.media_type, medium="image", **size
    )
    if image.alt:
        _sub(media, f"{{{_MEDIA}}}description", image.alt, type="plain")
    if image.credit:
        _sub(media, f"{{{_MEDIA}}}credit", image.credit)
    if image.license and (terms := license_address(image.license)):
        licence = _sub(media, f"{{{_MEDIA}}}license", markup.licence_name(image.license), href=terms)
        licence.set("type", "text/html")


# ── JSON Feed ──


def _json_item(shown: Shown, site: Site) -> dict[str, Any]:
    content, publication = shown.content, shown.publication
    first = next((a for a in content.attributions if a.url), None)
    item: dict[str, Any] = {
        "id": publication.atom_id,
        "url": shown.url,
        "external_url": first.url if first else None,
        "title": content.headline,
        "content_html": str(shown.body),
        "summary": shown.summary,
        "date_published": publication.published_at.isoformat(),
        "date_modified": publication.updated_at.isoformat(),
        "language": content.language,
        "authors": [{"name": content.author}],
        "tags": list(content.tags) or None,
        "_curator": {
            "about": GENERATOR_URL,
            "attributions": [_json_attribution(a) for a in content.attributions],
            "excerpt_language": content.excerpt.language if content.excerpt else None,
        },
    }
    if content.image and (copy := content.copy):
        url = site.picture_url(copy)
        item["image"] = url
        item["attachments"] = [
            {
                "url": url,
                "mime_type": copy.media_type,
                "title": content.image.credit,
                "size_in_bytes": copy.length,
            }
        ]
    return {key: value for key, value in item.items() if value is not None}


def _json_attribution(attribution: Attribution) -> dict[str, Any]:
    return {
        "title": attribution.title,
        "authors": list(attribution.authors),
        "publisher": attribution.publisher,
        "url": attribution.url,
        "license": attribution.license,
    }


# ── small parts ──


def _sub(parent: etree._Element, name: str, words: str | None = None, **attributes: str) -> etree._Element:
    element = etree.SubElement(parent, name, attributes)
    element.text = words
    return element


def _is_address(licence: str | None) -> bool:
    return bool(licence and licence.startswith(("https://", "http://")))
