"""RSS 2.0 with content:encoded, dc:, media: and atom:link."""

from __future__ import annotations

import html
from collections.abc import Iterable
from email.utils import format_datetime

from feedgen.ext.base import BaseEntryExtension, BaseExtension  # type: ignore[import-untyped]  # no types
from lxml import etree

from curator.model import Lang
from curator.publish.feeds import entries as of_entry
from curator.publish.feeds.entries import DC, MEDIA, UNKNOWN
from curator.publish.feeds.heads import FeedHead, generator
from curator.publish.feeds.saying import alone, element, looks_like_html, plainly, uri
from curator.publish.markup import XML_LANG
from curator.publish.showing import Shown
from curator.publish.site import Site

_ATOM = "http://www.w3.org/2005/Atom"
_CONTENT = "http://purl.org/rss/1.0/modules/content/"
_NAMESPACES = {"dc": DC, "media": MEDIA, "atom": _ATOM, "content": _CONTENT}
_END = b"</channel></rss>"


def rss_feed(head: FeedHead, items: Iterable[bytes]) -> bytes:
    class Finishing(BaseExtension):  # type: ignore[misc]  # feedgen has no types, and makes the instance
        def extend_ns(self) -> dict[str, str]:
            return _NAMESPACES

        def extend_rss(self, rss: etree._Element) -> None:
            _finish_channel(rss, head)

    feed = generator(head)
    feed.register_extension("curator", Finishing, BaseEntryExtension, atom=False, rss=True)
    start, end, _ = feed.rss_str().rpartition(_END)
    return b"\n".join([start, *items, end + b"\n"])


def rss_item(shown: Shown, site: Site) -> bytes:
    content, publication = shown.content, shown.publication
    entry = of_entry.laid_out(shown)
    # RSS descriptions are HTML: plain text has to be escaped once more to be itself.
    entry.description(html.escape(shown.summary or content.headline, quote=False))
    entry.content(str(shown.body))
    for tag in content.tags:
        entry.category(term=tag, scheme=site.tag_scheme)
    if origin := content.origin:
        entry.source(title=origin.name, url=uri(origin.url))
    item = entry.rss_entry(extensions=False)
    element(item, "pubDate", format_datetime(publication.published_at))
    _finish_item(item, shown, site)
    return alone(item, namespaces=_NAMESPACES)


def _finish_channel(rss: etree._Element, head: FeedHead) -> None:
    rss.set(XML_LANG, head.language)
    channel = rss[0]
    for name in ("title", "description"):
        for words in channel.findall(name):
            _say(words)
    element(channel, f"{{{DC}}}creator", head.site.edition.organisation)
    for hub in head.hubs:
        element(channel, f"{{{_ATOM}}}link", rel="hub", href=hub)


def _finish_item(item: etree._Element, shown: Shown, site: Site) -> None:
    content, publication = shown.content, shown.publication
    element(item, f"{{{DC}}}creator", content.author)
    for name in of_entry.quoted_authors(content):
        element(item, f"{{{DC}}}contributor", name)
    element(item, f"{{{DC}}}language", content.language)
    if rights := of_entry.rights(content):
        element(item, f"{{{DC}}}rights", rights)
    if publication.updated_at != publication.published_at:
        element(item, f"{{{_ATOM}}}updated", publication.updated_at.isoformat())
    for attributes in of_entry.references(content):
        link = element(item, f"{{{_ATOM}}}link", **attributes)
        if title := link.get("title"):
            link.set("title", plainly(title, or_starts=True))
    if content.image and (copy := content.copy):
        url, length = site.picture_url(copy), str(copy.length)
        element(item, "enclosure", url=url, length=length, type=copy.media_type)
        of_entry.add_picture(item, content.image, copy, site)
    for words in item.iter("title", "category", "source", f"{{{DC}}}rights"):
        _say(words)
    _name_languages(item, content.language, site.edition.language)


def _name_languages(item: etree._Element, language: Lang, feeds_language: Lang) -> None:
    """Not of the content: the house's words in it are the edition's, and the note says its own language."""
    if language != feeds_language:
        for words in item.iter("title", "description"):
            words.set(XML_LANG, language)
    for words in item.iter("source", f"{{{DC}}}contributor", f"{{{DC}}}rights"):
        words.set(XML_LANG, UNKNOWN)


def _say(words: etree._Element) -> None:
    """RSS does not say whether a title is HTML. Readers render what looks like it, so that is said in HTML.

    With `&` in hexadecimal, as the RSS Profile wants it, checkers know that it is meant.
    """
    text = words.text or ""
    if not looks_like_html(text, or_starts=True):
        return
    head, *rest = html.escape(text, quote=False).split("&")
    words.text = head
    for part in rest:
        sign = etree.Entity("#x26")
        sign.tail = part
        words.append(sign)
