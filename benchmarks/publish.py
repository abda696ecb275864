"""What publishing costs: all outputs from nothing, beside the way one writes it first; then one more item.

python benchmarks/publish.py [--items 10000] [--more 7] [--keep FOLDER]

A newsroom in SQLite with one edition, an item every four hours: quotations of 100 to 300 words with links,
emphasis and lists in four languages, 30 topics (two each), 25 sources, our notes; the public folder is empty.

`ours` is `publish_edition` in a process of its own: it reads the store, makes every document, writes and
syncs files, packs those that many ask for (gzip and brotli), and writes the manifest with their digests.

`naive` makes the same documents: as many pages, feeds and archive documents, with the same items in each,
counted. It has all publications in memory before the clock starts. Each feed document is a FeedGenerator of
its own with an entry for each item; each page is one Jinja template, compiled once, with its frame; whatever
shows an item cleans it and renders it where it stands, and Atom's XHTML is parsed by html5lib: nothing is
kept from one document to the next. What JSON Feed, the search index and the sitemaps say is written by json
and ElementTree from the cleaned item. It writes each file and neither packs nor syncs nor hashes anything, so
that much of ours it is spared.

Then, in ours again, one item at a time is queued, written, approved and published on top, in the process that
goes on, as `curator run` does; the first time its caches are cold, so it is not counted among the medians.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree as ET

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import html5lib
from feedgen.feed import FeedGenerator  # type: ignore[import-untyped]  # it has no types
from jinja2 import DictLoader, Environment
from lxml import etree
from sqlalchemy import insert

from builders import ITALIAN, MARTA, SETTINGS, a_queued_item, a_source
from curator import text
from curator.curate.usecases import approve, write
from curator.curate.writing import Writing
from curator.model import Attribution, Excerpt, Glance, Lang, Origin, Publication, PublicItem
from curator.publish import facts, program, showing
from curator.publish import usecases as publish
from curator.publish.documents import (
    Document,
    FeedFile,
    IndexPage,
    ItemPage,
    MonthPage,
    SearchShard,
    SitemapPart,
)
from curator.publish.markup import XHTML
from curator.publish.plan import Known, plan
from curator.publish.showing import harmless
from curator.publish.site import ATOM, JSON_FEED, RSS, Line, Site, sites_of
from curator.settings import PublishSettings, Settings
from curator.store import Store, schema
from curator.store import tables as t

BEGAN = datetime(2021, 3, 1, 8, 0, tzinfo=UTC)
EVERY = timedelta(hours=4)
TOPICS = [f"{word} {n}" for n, word in enumerate(["cliente", "servizio", "ascolto"] * 10)]
SOURCES = [(f"s{n}.example", f"The Journal {n}") for n in range(25)]
LANGUAGES = ["en", "de", "fr", "es"]


def main() -> None:
    wanted = _arguments()
    if wanted.side:
        {"ours": _ours, "naive": _naive}[wanted.side](wanted.keep, wanted.items, wanted.more)
        return
    with TemporaryDirectory() as folder:
        newsroom = wanted.keep or Path(folder)
        newsroom.mkdir(parents=True, exist_ok=True)
        if not (newsroom / "newsroom.db").exists():
            _fill(newsroom, wanted.items)
        for outputs in ("public", "naive"):
            shutil.rmtree(newsroom / outputs, ignore_errors=True)
        sides = {side: _run(side, newsroom, wanted) for side in ("naive", "ours")}
    ours, naive = sides["ours"], sides["naive"]
    assert ours["documents"] == naive["documents"], (ours["documents"], naive["documents"])
    print(f"{wanted.items} items, {ours['documents']} documents   processor s     wall s")
    for side, cost in (("naive", naive), ("ours, from nothing", ours)):
        print(f"  {side:<38}{cost['cpu']:>10.2f} {cost['wall']:>10.2f}")
    print(f"  ratio {'':<32}{naive['cpu'] / ours['cpu']:>10.1f} {naive['wall'] / ours['wall']:>10.1f}")
    print(f"  one more item, the first               {ours['first'][0]:>9.3f} {ours['first'][1]:>10.3f}")
    cpu, wall = (statistics.median(each[n] for each in ours["more"]) for n in (0, 1))
    print(f"  one more item, median of {len(ours['more']):<14}{cpu:>9.3f} {wall:>10.3f}")
    print(f"  of from nothing {'':<22}{cpu / ours['cpu']:>10.2%} {wall / ours['wall']:>10.2%}")
    print(f"  files written for it: {ours['written']}")


def _run(side: str, newsroom: Path, wanted: argparse.Namespace) -> Any:
    """In a process of its own: neither finds what the other has warmed."""
    words = [__file__, "--side", side, "--keep", newsroom, "--items", wanted.items, "--more", wanted.more]
    done = subprocess.run([sys.executable, *map(str, words)], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def _timed(what: Callable[[], Any]) -> tuple[float, float, Any]:
    cpu, wall = time.process_time(), time.monotonic()
    done = what()
    return time.process_time() - cpu, time.monotonic() - wall, done


# ── ours ──


def _ours(newsroom: Path, items: int, more: int) -> None:
    store, settings = Store(f"sqlite:///{newsroom / 'newsroom.db'}"), _settings(newsroom, "public")
    at = BEGAN + EVERY * (items + 1)

    def publishing() -> publish.Published:
        return publish.publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=at)

    cpu, wall, done = _timed(publishing)
    costs, written = [], []
    for n in range(more + 1):
        at += EVERY
        _make_ready(store, settings, n, at)
        *cost, again = _timed(publishing)
        assert len(again.published) == 1, again
        costs.append(cost)
        written.append(len(again.written))
    said = {"documents": len(done.written), "first": costs[0], "more": costs[1:], "written": written}
    print(json.dumps({"cpu": cpu, "wall": wall, **said}))


def _make_ready(store: Store, settings: Settings, n: int, at: datetime) -> None:
    item_id = a_queued_item(store, source_id=1, guid=f"more-{at:%s}")
    desk: dict[str, Any] = {"by": MARTA, "settings": settings, "edition": ITALIAN, "now": at}
    write(
        store,
        item_id,
        Writing(headline=f"Una voce in più {n}", note="Ascoltare.", tags=tuple(TOPICS[:2])),
        **desk,
    )
    approve(store, [item_id], **desk)


# ── the way one would write it first ──

PAGE = """<!DOCTYPE html><html lang="{{ edition.language }}"><head><meta charset="utf-8">
<title>{{ title }} — {{ edition.title }}</title><link rel="stylesheet" href="/style.css">
<link rel="canonical" href="{{ url }}">{% for name, type in feeds %}
<link rel="alternate" type="{{ type }}" title="{{ edition.title }}" href="{{ base }}{{ name }}">{% endfor %}
</head><body><header><p><a href="/">{{ edition.title }}</a></p><nav><ul>{% for name in sections %}
<li><a href="/{{ name }}/">{{ name }}</a></li>{% endfor %}</ul></nav></header><main><h1>{{ title }}</h1>
{% for shown in whole %}<article><h2><a href="{{ shown.url }}">{{ shown.content.headline }}</a></h2>
<p>{{ shown.content.author }} · {{ shown.publication.published_at.strftime("%d.%m.%Y") }}</p>{{ shown.body }}
<ul>{% for tag in shown.content.tags %}
<li><a href="/tags/{{ tag }}/">{{ tag }}</a></li>{% endfor %}</ul></article>
{% endfor %}<ol>{% for content, publication, url in cards %}<li><h2>
<a href="{{ url }}">{{ content.headline }}</a></h2>
<p>{{ publication.published_at.strftime("%d.%m.%Y") }}</p><p>{{ content.note }}</p></li>{% endfor %}</ol>
{% if newer %}<a rel="next" href="{{ newer }}">{{ newer }}</a>{% endif %}
{% if older %}<a rel="prev" href="{{ older }}">{{ older }}</a>{% endif %}</main>
<footer><p>{{ edition.organisation }}</p><ul>{% for name, type in feeds %}
<li><a href="/{{ name }}" type="{{ type }}">{{ name }}</a></li>{% endfor %}</ul></footer></body></html>
"""
FEEDS = [(ATOM, "application/atom+xml"), (RSS, "application/rss+xml"), (JSON_FEED, "application/feed+json")]
SECTIONS = ["tags", "sources", "languages", "archive", "newsletter", "search", "feed", "about"]


def _naive(newsroom: Path, _items: int, _more: int) -> None:
    store, settings = Store(f"sqlite:///{newsroom / 'newsroom.db'}"), _settings(newsroom, "naive")
    at = BEGAN + EVERY * 1_000_000
    with store.begin() as tx:
        facts.open_editions(tx, settings, now=at)
    with store.read() as tx:
        [site] = sites_of(settings, authority=tx.meta.tag_authority(base_url=BASE, now=at))
        publications = {each.item_id: each for each in tx.publications.live("it")}
        known = Known(site=site, glances=tx.publications.glances("it"), issues=(), opened=at)
    documents = list(plan([known], program=program.fingerprint(), feed_items=50, page_items=20))
    naive = _Naive(site, publications)
    cpu, wall, _ = _timed(lambda: naive.write(documents, settings.publish.directory))
    print(json.dumps({"cpu": cpu, "wall": wall, "documents": len(documents)}))


class _Naive:
    def __init__(self, site: Site, publications: dict[int, Publication]) -> None:
        self.site, self.publications = site, publications
        environment = Environment(loader=DictLoader({"page": PAGE}), autoescape=True)
        self.page = environment.get_template("page")

    def write(self, documents: Sequence[Document], folder: Path) -> None:
        for document in documents:
            path = folder / document.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.made(document))

    def made(self, document: Document) -> bytes:
        match document:
            case FeedFile(file="feed.json"):
                return self.json_feed(document)
            case FeedFile():
                return self.feed(document)
            case SearchShard(shown=shown):
                return json.dumps([self.words(self.clean(glance)) for glance in shown]).encode()
            case SitemapPart():
                return self.sitemap(document)
            case _:
                return self.html(document)

    def shown(self, glance: Glance) -> showing.Shown:
        return showing.show(self.publications[glance.item_id], site=self.site)

    def clean(self, glance: Glance) -> PublicItem:
        return harmless(self.publications[glance.item_id].content)

    def words(self, content: PublicItem) -> dict[str, Any]:
        return {
            "title": content.headline,
            "note": content.note,
            "text": content.excerpt and content.excerpt.text,
        }

    def html(self, document: Document) -> bytes:
        whole: list[showing.Shown] = []
        cards: list[tuple[PublicItem, Publication, str]] = []
        newer = older = None
        match document:
            case ItemPage(item=item):
                whole = [self.shown(item)]
                newer, older = (
                    each and self.clean(each).headline for each in (document.newer, document.older)
                )
            case IndexPage(shown=shown, channel=channel) if channel.line is Line.EDITION:
                whole, newer, older = [self.shown(each) for each in shown], document.newer, document.older
            case IndexPage(shown=shown) | MonthPage(shown=shown):
                cards = [
                    (self.clean(each), self.publications[each.item_id], self.site.item_url(each))
                    for each in shown
                ]
        return self.page.render(
            edition=self.site.edition,
            title=whole[0].content.headline if len(whole) == 1 else document.path,
            url=self.site.url(document.path),
            base=self.site.top_url,
            feeds=FEEDS,
            sections=SECTIONS,
            whole=whole,
            cards=cards,
            newer=newer,
            older=older,
        ).encode()

    def feed(self, document: FeedFile) -> bytes:
        feed = FeedGenerator()
        feed.id(self.site.channel_id(document.channel))
        feed.title(self.site.edition.title)
        feed.subtitle(self.site.edition.subtitle)
        feed.language("it")
        feed.updated(document.updated)
        feed.author(name=self.site.edition.organisation)
        feed.link(href=self.site.url(document.name), rel="self")
        feed.link(href=self.site.home_url, rel="alternate")
        for glance in document.shown:
            shown = self.shown(glance)
            entry = feed.add_entry(order="append")
            entry.id(shown.publication.atom_id)
            entry.title(shown.content.headline)
            entry.link(href=shown.url)
            entry.published(shown.publication.published_at)
            entry.updated(shown.publication.updated_at)
            entry.author(name=shown.content.author)
            for tag in shown.content.tags:
                entry.category(term=tag)
            for attribution in shown.content.attributions:
                for name in attribution.authors:
                    entry.contributor(name=name)
            if document.file == ATOM:
                entry.summary(shown.summary)
                entry.content(self.xhtml(shown.body), type="xhtml")
            else:
                entry.description(shown.summary)
                entry.content(str(shown.body), type="CDATA")
        made: bytes = feed.atom_str() if document.file == ATOM else feed.rss_str()
        return made

    def xhtml(self, body: str) -> str:
        document = html5lib.parse(body, treebuilder="lxml", namespaceHTMLElements=True)
        division = document.getroot()[-1]
        division.tag = f"{{{XHTML}}}div"
        return etree.tostring(division, encoding="unicode")

    def json_feed(self, document: FeedFile) -> bytes:
        items = []
        for glance in document.shown:
            shown = self.shown(glance)
            items.append(
                {
                    "id": shown.publication.atom_id,
                    "url": shown.url,
                    "title": shown.content.headline,
                    "summary": shown.summary,
                    "content_html": str(shown.body),
                    "date_published": shown.publication.published_at.isoformat(),
                    "date_modified": shown.publication.updated_at.isoformat(),
                    "authors": [{"name": shown.content.author}],
                    "tags": shown.content.tags,
                    "language": shown.content.language,
                }
            )
        head = {"version": "https://jsonfeed.org/version/1.1", "title": self.site.edition.title}
        return json.dumps({**head, "items": items}, ensure_ascii=False, indent=1).encode()

    def sitemap(self, document: SitemapPart) -> bytes:
        root = ET.Element("urlset")
        for glance, _ in document.items:
            url = ET.SubElement(root, "url")
            ET.SubElement(url, "loc").text = self.site.item_url(glance)
            ET.SubElement(url, "lastmod").text = glance.updated_at.isoformat()
        return bytes(ET.tostring(root, "utf-8"))


# ── a newsroom of that size ──

BASE = "https://rassegna.example/"


def _settings(newsroom: Path, folder: str) -> Settings:
    outputs = PublishSettings(directory=newsroom / folder, base_url=BASE, feed_items=50, page_items=20)
    return replace(SETTINGS, newsroom=newsroom, publish=outputs, editions={"it": ITALIAN})


def _fill(newsroom: Path, count: int) -> None:
    store = Store(f"sqlite:///{newsroom / 'newsroom.db'}")
    schema.upgrade(store)
    dice = random.Random(7)
    started = time.monotonic()
    for start in range(0, count, 1_000):
        with store.begin() as tx:
            numbers = range(start + 1, min(start + 1_000, count) + 1)
            when = {n: BEGAN + EVERY * n for n in numbers}
            drafting: dict[str, Any] = {"version": 1, "status": "drafting"}
            rows = [{"id": n, "ulid": f"{n:026}", "queued_at": when[n], "position": when[n]} for n in numbers]
            tx.connection.execute(insert(t.items), [row | drafting for row in rows])
            said = {"edition": "it", "language": "it", "stage": "published", "minor": False}
            tx.connection.execute(insert(t.commentaries), [{"item_id": n, **said} for n in numbers])
            for n in numbers:
                tx.publications.first(
                    item_id=n,
                    edition="it",
                    content=_an_item(dice, n),
                    item_version=1,
                    authority="rassegna.example,2021",
                    now=when[n],
                )
    a_source(store)
    store.close()
    print(f"made in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _an_item(dice: random.Random, n: int) -> PublicItem:
    def some(most: int) -> str:
        return " ".join(dice.choices(WORDS, k=most))

    host, publisher = dice.choice(SOURCES)
    html, left = "", dice.randint(100, 300)
    while left > 0:
        length = min(left, dice.randint(20, 60))
        left -= length
        words = f'{some(length // 2).capitalize()} <em>{some(2)}</em>, <a href="https://{host}/{left}">{some(2)}</a>'
        piece = f"<p>{words} {some(length // 2)} &amp; <strong>{some(1)}</strong>.</p>"
        html += piece if dice.random() < 0.8 else f"<ul><li>{words}</li><li>{some(4)}</li></ul>"
    language, clean = dice.choice(LANGUAGES), text.clean(html, base_url=None)
    url = f"https://{host}/stories/{n}"
    return PublicItem(
        language=Lang("it"),
        headline=some(7).capitalize(),
        note=f"{some(20).capitalize()}.\n\n{some(20).capitalize()}.",
        author="Marta Rossi",
        excerpt=Excerpt(html=clean, text=text.plain(clean), language=Lang(language), truncated=True),
        attributions=(
            Attribution(
                title=some(6).capitalize(),
                authors=(some(2).title(),),
                publisher=publisher,
                url=url,
                license="https://creativecommons.org/licenses/by/4.0/" if n % 5 == 0 else None,
            ),
        ),
        image=None,
        tags=tuple(dice.sample(TOPICS, 2)),
        origin=Origin(
            url=f"https://{host}/feed",
            name=publisher,
            home_url=f"https://{host}/",
            license=None,
            updated=BEGAN,
        ),
    )


def _words() -> list[str]:
    dice = random.Random(11)
    sounds = [c + v for c in "bcdfglmnprstvz" for v in "aeiou"]
    return ["".join(dice.choices(sounds, k=dice.randint(1, 4))) for _ in range(5_000)]


WORDS = _words()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--more", type=int, default=7)
    parser.add_argument(
        "--keep", type=Path, help="make the newsroom there, or use the one that is there, and leave it"
    )
    parser.add_argument("--side", choices=["ours", "naive"], help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
