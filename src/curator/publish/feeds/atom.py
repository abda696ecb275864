"""Atom (RFC 4287), its archives (RFC 5005) and its tombstones (RFC 6721)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from feedgen.ext.base import BaseEntryExtension, BaseExtension  # type: ignore[import-untyped]  # no types
from lxml import etree

from curator.model import Origin, Publication
from curator.publish import markup
from curator.publish.feeds import entries as of_entry
from curator.publish.feeds.entries import MEDIA, UNKNOWN
from curator.publish.feeds.heads import FeedHead, generator
from curator.publish.feeds.saying import alone, canonical, declare, element, plainly, uri
from curator.publish.feeds.xhtml import xhtml
from curator.publish.markup import XML_LANG
from curator.publish.showing import Shown
from curator.publish.site import Site

_TOMBSTONE = "http://purl.org/atompub/tombstones/1.0"
_HISTORY = "http://purl.org/syndication/history/1.0"
_END = b"</feed>"


def atom_feed(head: FeedHead, entries: Iterable[bytes], withdrawn: Sequence[Publication] = ()) -> bytes:
    """`withdrawn` are named in the feed as it is now, never in an archive document."""
    gone = [publication for publication in withdrawn if publication.withdrawn_at]
    namespaces = {"media": MEDIA} | ({"at": _TOMBSTONE} if gone else {})
    if head.archive:
        namespaces["fh"] = _HISTORY

    class Finishing(BaseExtension):  # type: ignore[misc]  # feedgen has no types, and makes the instance
        def extend_ns(self) -> dict[str, str]:
            return namespaces

        def extend_atom(self, feed: etree._Element) -> None:
            _finish_feed(feed, head, gone)

    feed = generator(head)
    feed.register_extension("curator", Finishing, BaseEntryExtension, atom=True, rss=False)
    start, end, _ = feed.atom_str().rpartition(_END)
    return b"\n".join([start, *entries, end + b"\n"])


def atom_entry(shown: Shown, site: Site) -> bytes:
    content, publication = shown.content, shown.publication
    entry = of_entry.laid_out(shown)
    entry.updated(publication.updated_at)
    entry.published(publication.published_at)
    entry.author(name=plainly(content.author))
    for tag in content.tags:
        entry.category(term=tag, scheme=site.tag_scheme, label=plainly(tag))
    if rights := of_entry.rights(content):
        entry.rights(rights)
    made = entry.atom_entry(extensions=False)
    _finish_entry(made, shown, site)
    return alone(made, namespaces={"media": MEDIA})


def _finish_feed(feed: etree._Element, head: FeedHead, gone: Sequence[Publication]) -> None:
    for words in (*feed.findall("title"), *feed.findall("subtitle")):
        declare(words)
    if head.archive:
        etree.SubElement(feed, f"{{{_HISTORY}}}archive")
    for publication in gone:
        if publication.withdrawn_at is None:
            continue
        tombstone = etree.SubElement(feed, f"{{{_TOMBSTONE}}}deleted-entry")
        tombstone.set("ref", publication.atom_id)
        tombstone.set("when", publication.withdrawn_at.isoformat())
        # RFC 6721: at:by is an Atom person, at:comment an Atom text.
        by = etree.SubElement(tombstone, f"{{{_TOMBSTONE}}}by")
        element(by, "name", plainly(head.site.edition.organisation))
        if note := markup.plain_line(publication.public_note):
            declare(element(tombstone, f"{{{_TOMBSTONE}}}comment", note))


def _finish_entry(entry: etree._Element, shown: Shown, site: Site) -> None:
    content = shown.content
    for link in entry.findall("link"):
        entry.remove(link)
    for attributes in _links(shown, site):
        element(entry, "link", **attributes)
    for name in of_entry.quoted_authors(content):
        contributor = element(entry, "contributor")
        contributor.set(XML_LANG, UNKNOWN)
        element(contributor, "name", plainly(name))
    if content.origin:
        entry.append(_source(content.origin, shown.publication))
    if shown.summary:
        element(entry, "summary", shown.summary, type="text")
    for words in (*entry.findall("title"), *entry.findall("summary"), *entry.findall("rights")):
        declare(words)
        if words.tag == "rights":
            words.set(XML_LANG, UNKNOWN)
        elif content.language != site.edition.language:
            # Not the content: the house's words in it are the edition's, and the note says its own language.
            words.set(XML_LANG, content.language)
    body = element(entry, "content", type="xhtml")
    body.append(xhtml(str(shown.body)))
    if content.image and content.copy:
        of_entry.add_picture(entry, content.image, content.copy, site)


def _links(shown: Shown, site: Site) -> Iterator[dict[str, str]]:
    content = shown.content
    yield {
        "href": uri(shown.url),
        "rel": "alternate",
        "type": "text/html",
        "hreflang": site.edition.language,
    }
    yield from of_entry.references(content)
    if content.image and (copy := content.copy):
        # Ours alone: programs fetch an enclosure by themselves, and a link in the text only when asked to.
        picture = {"href": site.picture_url(copy), "rel": "enclosure", "type": copy.media_type}
        picture |= {"length": str(copy.length), "title": plainly(content.image.alt or "")}
        yield {name: value for name, value in picture.items() if value}


def _source(origin: Origin, publication: Publication) -> etree._Element:
    """RFC 4287 §4.2.11: the feed that this came from, as it described itself."""
    source = etree.Element("source")
    source.set(XML_LANG, UNKNOWN)  # names of publishers, in whatever language they are
    element(source, "id", canonical(origin.url))
    declare(element(source, "title", origin.name))
    updated = origin.updated or publication.published_at
    element(source, "updated", updated.replace(microsecond=0).isoformat())
    element(source, "link", rel="self", href=uri(origin.url))
    if origin.home_url:
        element(source, "link", rel="alternate", type="text/html", href=uri(origin.home_url))
    element(element(source, "author"), "name", plainly(origin.name))
    if origin.license:
        declare(element(source, "rights", markup.licence_name(origin.license)))
    return source
