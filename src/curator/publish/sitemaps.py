"""What search engines are told: every page, when it last changed, and its versions in other languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from curator.model import UNDATED, Glance
from curator.publish.around import Translation
from curator.publish.showing import Shown
from curator.publish.site import Site

PAGES, NEWS = "sitemap-pages.xml", "sitemap-news.xml"
UNDATED_PART = "sitemap-undated.xml"
NEWS_FOR = timedelta(hours=48)  # the longest that news search engines take an article for news

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A page. `updated` None: it changes when others do, and says so itself nowhere."""

    url: str
    updated: datetime | None = None
    alternates: tuple[tuple[str, str], ...] = ()


def month_part(month: str) -> str:
    return f"sitemap-{month}.xml"


def entry(glance: Glance, *, site: Site, translations: Sequence[Translation] = ()) -> Entry:
    here = (str(site.edition.language), site.item_url(glance))
    there = [(str(each.hreflang), each.url) for each in translations]
    return Entry(
        url=here[1],
        updated=glance.updated_at if glance.updated_at > UNDATED else None,
        alternates=tuple(dict([*there, here]).items()) if there else (),
    )


def recent(glances: Iterable[Glance], *, changed_at: datetime) -> list[Glance]:
    """What is news: published here, within 48 hours before the edition's last change.

    Not before the moment of building: the same store always makes the same
    files. An edition that rests keeps its last news in the file; their dates
    say how old they are.
    """
    since = changed_at - NEWS_FOR
    return [
        each
        for each in glances
        if each.withdrawn_at is None and each.published_at >= since and not each.imported
    ]


def part(entries: Iterable[Entry]) -> bytes:
    root = etree.Element(_name(_SITEMAP, "urlset"), nsmap={None: _SITEMAP, "xhtml": _XHTML})
    for each in entries:
        url = _url(root, each.url, each.updated)
        for language, address in each.alternates:
            etree.SubElement(
                url, _name(_XHTML, "link"), {"rel": "alternate", "hreflang": language, "href": address}
            )
    return _written(root)


def news(shown: Iterable[Shown], *, site: Site) -> bytes:
    root = etree.Element(_name(_SITEMAP, "urlset"), nsmap={None: _SITEMAP, "news": _NEWS})
    for each in shown:
        url = _url(root, each.url, each.publication.updated_at)
        said = etree.SubElement(url, _name(_NEWS, "news"))
        of = etree.SubElement(said, _name(_NEWS, "publication"))
        etree.SubElement(of, _name(_NEWS, "name")).text = site.edition.title
        etree.SubElement(of, _name(_NEWS, "language")).text = str(each.content.language)
        etree.SubElement(
            said, _name(_NEWS, "publication_date")
        ).text = each.publication.published_at.isoformat()
        etree.SubElement(said, _name(_NEWS, "title")).text = each.content.headline
    return _written(root)


def index(parts: Iterable[tuple[str, datetime | None]], *, site: Site) -> bytes:
    """Of an edition: the paths of its parts, and when each last changed."""
    root = etree.Element(_name(_SITEMAP, "sitemapindex"), nsmap={None: _SITEMAP})
    for path, updated in parts:
        one = etree.SubElement(root, _name(_SITEMAP, "sitemap"))
        _located(one, site.url(path), updated)
    return _written(root)


def robots(sites: Sequence[Site], *, path: str) -> bytes:
    """Everybody may read everything; `path` is where each edition's sitemap lies."""
    lines = ["User-agent: *", "Disallow:", "", *(f"Sitemap: {site.url(path)}" for site in sites)]
    return ("\n".join(lines) + "\n").encode()


def _url(root: etree._Element, address: str, updated: datetime | None) -> etree._Element:
    url = etree.SubElement(root, _name(_SITEMAP, "url"))
    _located(url, address, updated)
    return url


def _located(element: etree._Element, address: str, updated: datetime | None) -> None:
    etree.SubElement(element, _name(_SITEMAP, "loc")).text = address
    if updated:
        etree.SubElement(element, _name(_SITEMAP, "lastmod")).text = updated.isoformat()


def _name(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8") + b"\n"
