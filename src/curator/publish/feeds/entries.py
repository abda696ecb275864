"""What all three formats say of one item beside its texts: who is quoted, and on whose terms."""

from __future__ import annotations

from collections.abc import Iterator

from feedgen.entry import FeedEntry  # type: ignore[import-untyped]  # it has no types
from lxml import etree

from curator.model import Attribution, Copy, Image, Lang, PublicItem
from curator.publish import markup
from curator.publish.feeds.saying import declare, element, plainly, uri
from curator.publish.showing import Shown
from curator.publish.site import Site
from curator.rights import license_address

UNKNOWN = "und"
DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"


def laid_out(shown: Shown) -> FeedEntry:
    """Both XML formats' entry as far as feedgen can lay it out."""
    entry = FeedEntry()
    entry.id(shown.publication.atom_id)
    entry.title(shown.content.headline)
    entry.link(href=uri(shown.url), rel="alternate")
    return entry


def quoted_authors(content: PublicItem) -> list[str]:
    return list(dict.fromkeys(author for a in content.attributions for author in a.authors))


def rights(content: PublicItem) -> str | None:
    """Whose licence holds for what is quoted."""
    parts = [
        ": ".join(part for part in (a.publisher or a.title, markup.licence_name(a.license)) if part)
        for a in content.attributions
        if a.license
    ]
    return "; ".join(dict.fromkeys(parts)) or None


def references(content: PublicItem) -> Iterator[dict[str, str]]:
    """Links to what is quoted, what else the item draws on, and the licences of both."""
    for position, attribution in enumerate(content.attributions):
        if attribution.url:
            yield _cited(attribution, markup.title_language(content, position), first=position == 0)
    for licence in dict.fromkeys(a.license for a in content.attributions if is_address(a.license)):
        yield {"href": uri(licence or ""), "rel": "license"}


def _cited(attribution: Attribution, language: Lang, *, first: bool) -> dict[str, str]:
    """The article quoted (RFC 4287's via); what else the item draws on is related."""
    link = {"href": uri(attribution.url or ""), "rel": "via" if first else "related"}
    if attribution.title:
        link["title"] = plainly(attribution.title)
    if language != UNKNOWN:
        link["hreflang"] = language
    return link


def is_address(licence: str | None) -> bool:
    return bool(licence and licence.startswith(("https://", "http://")))


def add_picture(parent: etree._Element, image: Image, copy: Copy, site: Site) -> None:
    """Our copy with its true size, what it shows, whom it is owed to and on which terms (Media RSS).

    As RSS must say it, in Atom too: it is the same there.
    """
    media = element(
        parent,
        f"{{{MEDIA}}}content",
        url=site.picture_url(copy),
        fileSize=str(copy.length),
        type=copy.media_type,
        medium="image",
        width=str(copy.width),
        height=str(copy.height),
    )
    if image.alt:
        # Not as its description: feedparser, and all readers that are built on it, take that for the entry's.
        declare(element(media, f"{{{MEDIA}}}title", image.alt, type="plain"), or_starts=True)
    if image.credit:
        credit = element(media, f"{{{MEDIA}}}credit", image.credit)
        credit.set(markup.XML_LANG, UNKNOWN)
    if image.license:
        terms = plainly(markup.licence_name(image.license), or_starts=True)
        licence = element(media, f"{{{MEDIA}}}copyright", terms)
        licence.set(markup.XML_LANG, UNKNOWN)
        if address := license_address(image.license):
            licence.set("url", uri(address))
