"""What search engines are told of a site."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from lxml import etree

from builders import NOW
from curator.facets import facets_of
from curator.model import Glance, Lang
from curator.publish import showing, sitemaps
from curator.publish.around import Translation
from publishing import ENGLISH, SITE, a_public_item, a_publication

SPACES = {
    "s": "http://www.sitemaps.org/schemas/sitemap/0.9",
    "n": "http://www.google.com/schemas/sitemap-news/0.9",
    "x": "http://www.w3.org/1999/xhtml",
}


def a_glance(n: int = 1, *, at: datetime = NOW, withdrawn_at: datetime | None = None) -> Glance:
    return Glance(
        item_id=n,
        edition="it",
        slug=f"slug-{n}",
        sequence=n,
        published_at=at,
        updated_at=at + timedelta(days=1),
        withdrawn_at=withdrawn_at,
        digest="",
        facets=facets_of(a_public_item()),
    )


def found(document: bytes, path: str) -> list[str]:
    return [str(one) for one in etree.fromstring(document).xpath(path, namespaces=SPACES)]


def test_a_part_says_of_every_page_when_it_changed() -> None:
    part = sitemaps.part(
        [sitemaps.entry(a_glance(), site=SITE), sitemaps.Entry(url="https://rassegna.example/")]
    )

    assert found(part, "//s:loc/text()") == [
        "https://rassegna.example/items/slug-1.html",
        "https://rassegna.example/",
    ]
    assert found(part, "//s:lastmod/text()") == ["2026-03-03T09:00:00+00:00"]
    assert found(part, "//x:link/@href") == []


def test_a_page_in_two_languages_names_both_of_itself_too() -> None:
    there = Translation(
        hreflang=Lang("en"),
        path="en/items/a.html",
        url="https://rassegna.example/en/items/a.html",
        title="A",
        language=Lang("en"),
    )

    part = sitemaps.part([sitemaps.entry(a_glance(), site=SITE, translations=[there])])

    assert dict(zip(found(part, "//x:link/@hreflang"), found(part, "//x:link/@href"), strict=True)) == {
        "it": "https://rassegna.example/items/slug-1.html",
        "en": "https://rassegna.example/en/items/a.html",
    }


def test_news_is_counted_from_the_last_change_and_from_no_clock() -> None:
    old, new = a_glance(1, at=NOW - timedelta(hours=49)), a_glance(2, at=NOW - timedelta(hours=47))
    gone = a_glance(3, withdrawn_at=NOW)

    assert sitemaps.recent([old, new, gone], changed_at=NOW) == [new]


def test_news_has_its_title_its_language_and_its_date() -> None:
    shown = showing.show(a_publication(1, headline="Clienti & <promesse>"), site=SITE)

    news = sitemaps.news([shown], site=SITE)

    assert found(news, "//n:title/text()") == ["Clienti & <promesse>"]
    assert found(news, "//n:publication_date/text()") == ["2026-03-02T10:00:00+00:00"]
    assert found(news, "//n:publication/*/text()") == ["Rassegna CX", "it"]


def test_the_index_and_the_robots_lead_to_every_part() -> None:
    index = sitemaps.index([("sitemap-2026-03.xml", NOW), (sitemaps.PAGES, None)], site=SITE)
    robots = sitemaps.robots([SITE, replace(SITE, edition=ENGLISH)], path="sitemap.xml").decode()

    assert found(index, "//s:loc/text()") == [
        "https://rassegna.example/sitemap-2026-03.xml",
        "https://rassegna.example/sitemap-pages.xml",
    ]
    assert robots.splitlines() == [
        "User-agent: *",
        "Disallow:",
        "",
        "Sitemap: https://rassegna.example/sitemap.xml",
        "Sitemap: https://rassegna.example/en/sitemap.xml",
    ]
