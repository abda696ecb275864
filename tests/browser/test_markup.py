"""What pages say to programs: valid HTML, addresses that answer, one thing said alike everywhere."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from lxml import etree, html

import checking
import figuring
from curator.publish import specimen
from curator.publish.site import site_of
from exhibiting import Exhibition


@dataclass(frozen=True)
class Document:
    """One page: where it lies, where it is served, and its elements."""

    path: str
    url: str
    root: Any

    def all(self, expression: str) -> Any:
        return self.root.xpath(expression)

    def one(self, expression: str) -> str:
        [found] = self.all(expression)
        return str(found)

    @cached_property
    def links(self) -> list[str]:
        """Where a reader can go from here, without fragments."""
        return [urldefrag(urljoin(self.url, each)).url for each in self.all("//body//a/@href")]

    @cached_property
    def versions(self) -> dict[str, str]:
        """The same page in other languages, by language."""
        return {
            each.get("hreflang"): each.get("href")
            for each in self.all("//head/link[@rel='alternate'][not(@type)]")
        }

    @property
    def is_of_mail(self) -> bool:
        return "/newsletter/" in self.url and not self.url.endswith("/newsletter/")

    @property
    def is_gone(self) -> bool:
        return not self.all("//link[@rel='canonical']")


@pytest.fixture(scope="module")
def documents(exhibition: Exhibition) -> dict[str, Document]:
    """Every page by its path."""
    found = {}
    for path in exhibition.files("*.html"):
        root = html.fromstring((exhibition.root / path).read_bytes())
        found[path] = Document(path, exhibition.url + path, root)
    return found


def nothing(found: Mapping[str, Sequence[str]]) -> None:
    """Else say every finding, and where."""
    lines = [f"{path}: {what}" for path, each in found.items() for what in each]
    if lines:
        pytest.fail("\n".join(lines), pytrace=False)


def test_the_checker_finds_no_error_and_no_warning(exhibition: Exhibition, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><html lang=it><title>x</title><p><div></p>")

    site = site_of(exhibition.settings, exhibition.settings.default_edition)
    for name, page in specimen.answers(site):  # what `serve` makes while somebody waits; without its style
        bare = re.sub(rb"<style>.*?</style>", b"", page, flags=re.DOTALL)
        (tmp_path / f"form-{name.replace(' ', '-')}.html").write_bytes(bare)

    figures = re.sub(r"<style>.*?</style>", "", figuring.a_page(), flags=re.DOTALL)
    (tmp_path / "stats.html").write_text(figures, encoding="utf-8")

    found = checking.findings(exhibition.root, tmp_path)

    wrong = [told for told in found if str(tmp_path / "page.html") in told]
    assert wrong, "it would have found something"
    nothing({"": [told for told in found if told not in wrong]})


# ── links ──


def test_every_link_leads_somewhere(exhibition: Exhibition, documents: dict[str, Document]) -> None:
    wanted: dict[str, str] = {}
    for path, page in documents.items():
        said = page.all(
            "//head/link/@href | //body//*/@src | //meta[@property='og:image' or @property='og:url']/@content"
        )
        for url in [*page.links, *(urljoin(page.url, each) for each in said)]:
            if url.startswith(exhibition.url):
                wanted.setdefault(url, path)

    answers = asked(exhibition, wanted)

    nothing(
        {
            url: f"{status}, on {wanted[url]}"
            for url, (status, _) in answers.items()
            if status not in (200, 410)
        }
    )


def test_every_link_among_pages_names_a_file(exhibition: Exhibition, documents: dict[str, Document]) -> None:
    """On a disk, a folder's address shows a list of files."""
    lost: dict[str, list[str]] = {}
    for path, page in documents.items():
        for link in page.all("//body//a/@href | //head/link[not(@rel='canonical')]/@href"):
            way = urlsplit(link)
            if way.scheme or path == "404.html" or not way.path:
                continue
            there = (exhibition.root / path).parent / unquote(way.path)
            if not there.resolve().is_file():
                lost.setdefault(path, []).append(link)
    nothing(lost)


def test_every_page_is_reached_from_the_front_page(
    documents: dict[str, Document], exhibition: Exhibition
) -> None:
    """By links alone, as without JavaScript and as a search engine goes."""
    by_url = {page.url: page for page in documents.values()}
    met, waiting = set(), [exhibition.url + "index.html"]
    while waiting:
        url = waiting.pop()
        if url in by_url and url not in met:
            met.add(url)
            waiting += by_url[url].links

    unmet = {page.path for page in documents.values() if page.url not in met and not page.is_gone}
    assert unmet - {"404.html"} == set()


def test_what_was_withdrawn_is_linked_from_nowhere(documents: dict[str, Document]) -> None:
    gone = {page.url for page in documents.values() if page.is_gone and page.path.startswith("items/")}

    assert len(gone) == 2
    nothing({path: sorted(gone & set(page.links) - {page.url}) for path, page in documents.items()})


def asked(exhibition: Exhibition, urls: Mapping[str, str]) -> dict[str, tuple[int, str]]:
    """Status and media type of each address."""
    where = urlsplit(exhibition.url)
    line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=20)
    found = {}
    for url in urls:
        line.request("HEAD", urlsplit(url).path)
        answer = line.getresponse()
        answer.read()
        found[url] = answer.status, answer.getheader("Content-Type", "").partition(";")[0]
    line.close()
    return found


def test_sitemaps_name_every_item_and_nothing_that_is_gone(
    exhibition: Exhibition, documents: dict[str, Document]
) -> None:
    index = exhibition.files("sitemap.xml")
    parts = [each.text for path in index for each in locations(exhibition, path)]
    named = {each.text for part in parts for each in locations(exhibition, part.removeprefix(exhibition.url))}

    robots = (exhibition.root / "robots.txt").read_text()
    assert all(exhibition.url + path in robots for path in index)
    assert {page.url for page in documents.values() if "items/" in page.path and not page.is_gone} <= named
    assert {status for status, _ in asked(exhibition, dict.fromkeys(named, "")).values()} == {200}


def locations(exhibition: Exhibition, path: str) -> list[Any]:
    names = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    found: list[Any] = etree.parse(exhibition.root / path).xpath("/*/*/s:loc", namespaces=names)
    return found


# ── what a page says of itself ──


def of_ours(documents: dict[str, Document]) -> Iterator[tuple[str, Document]]:
    """The pages but those that stand for nothing: of what was withdrawn, of no address."""
    return ((path, page) for path, page in documents.items() if path != "404.html" and not page.is_gone)


def test_a_page_says_once_what_it_is_and_in_which_language(
    exhibition: Exhibition, documents: dict[str, Document]
) -> None:
    languages = {f"{edition.key}/": edition.language for edition in exhibition.settings.editions.values()}
    for path, page in documents.items():
        language = next((said for folder, said in languages.items() if path.startswith(folder)), "it")

        assert page.one("/html/@lang") == language, path
        assert len(page.all("//h1")) == 1, path
        assert page.all("string(//title)").strip(), path


def test_no_two_pages_have_the_same_title(documents: dict[str, Document]) -> None:
    titles: dict[str, list[str]] = {}
    for path, page in of_ours(documents):
        titles.setdefault(page.all("string(//title)"), []).append(path)

    nothing({title: paths for title, paths in titles.items() if len(paths) > 1})


def test_the_canonical_address_is_where_the_page_is(
    exhibition: Exhibition, documents: dict[str, Document]
) -> None:
    for path, page in of_ours(documents):
        here = exhibition.url + path.removesuffix("index.html")

        assert page.one("//link[@rel='canonical']/@href") == here, path
        if not page.is_of_mail:
            assert page.one("//meta[@property='og:url']/@content") == here, path


def test_languages_point_at_each_other(exhibition: Exhibition, documents: dict[str, Document]) -> None:
    """hreflang counts for search engines only when both ends say it, and each names itself."""
    by_url = {exhibition.url + path.removesuffix("index.html"): page for path, page in documents.items()}
    several = [page for page in documents.values() if page.versions]
    for page in several:
        for language, url in page.versions.items():
            assert by_url[url].versions == page.versions, (page.path, url)
            assert language in ("x-default", by_url[url].one("/html/@lang")), (page.path, url)
        assert page.one("//link[@rel='canonical']/@href") in page.versions.values(), page.path

    assert {"index.html", exhibition.rich} <= {page.path for page in several}


def test_feeds_are_announced_on_every_page_and_answer_as_what_they_are(
    exhibition: Exhibition, documents: dict[str, Document]
) -> None:
    announced: dict[str, str] = {}
    for path, page in of_ours(documents):
        feeds = page.all("//head/link[@rel='alternate'][@type]")
        folder = next((f"{key}/" for key in ("en", "us") if path.startswith(f"{key}/")), "")

        assert {exhibition.url + folder + name for name in ("feed.atom", "feed.rss", "feed.json")} <= {
            each.get("href") for each in feeds
        }, path
        for each in feeds:
            assert each.get("hreflang") == page.one("/html/@lang"), path
            assert each.get("title"), path
            announced[each.get("href")] = each.get("type")

    assert {url: kind for url, (_, kind) in asked(exhibition, announced).items()} == announced


def test_what_pages_tell_search_engines_is_what_they_show(documents: dict[str, Document]) -> None:
    for path, page in of_ours(documents):
        for block in page.all("//script[@type='application/ld+json']/text()"):
            said = json.loads(block)

            assert said["@context"] == "https://schema.org", path
            assert said["@type"], path
        if PurePosixPath(path).parent.name == "items":
            said = json.loads(page.one("//script[@type='application/ld+json']/text()"))
            assert said["headline"] == page.all("string(//h1)").strip(), path
            assert said["mainEntityOfPage"] == said["url"] == page.one("//link[@rel='canonical']/@href"), path
            assert said["inLanguage"] == page.one("/html/@lang"), path
            assert said["citation"], path
            assert page.one("//meta[@property='og:title']/@content") == said["headline"], path
            assert page.one("//meta[@property='article:published_time']/@content") == said["datePublished"], (
                path
            )
