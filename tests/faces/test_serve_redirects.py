"""`serve` at old addresses: 301 to where the post is now, and only where nothing of ours is."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from answering import answering
from builders import ITALIAN, MARTA, NOW, SETTINGS
from curator.curate.usecases import withdraw
from curator.publish.usecases import publish_edition
from curator.redirecting import feed_addresses, item_output
from curator.settings import PublishSettings, Settings
from curator.store import Store
from oldblog import bring

BASE = "https://press.example/rassegna/"
PERSON = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
READER = "application/rss+xml, application/xml;q=0.9, text/html;q=0.7, */*;q=0.1"


@dataclass
class Visitor:
    settings: Settings
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        where = urlsplit(self.settings.serve.public_url or "")
        self.line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)

    def ask(self, path: str, method: str = "GET", **fields: str) -> http.client.HTTPResponse:
        self.line.putrequest(method, path)
        for name, value in fields.items():
            self.line.putheader(name.replace("_", "-"), value)
        self.line.endheaders()
        answer = self.line.getresponse()
        self.body = answer.read()
        return answer

    def led(self, path: str, **fields: str) -> tuple[int, str | None]:
        answer = self.ask(path, **fields)
        return answer.status, answer.getheader("Location")


@dataclass(frozen=True)
class Site:
    store: Store
    settings: Settings

    def publish(self) -> None:
        publish_edition(self.store, self.settings, edition=ITALIAN, by=MARTA, now=NOW)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Site:
    folder = tmp_path_factory.mktemp("newsroom")
    (folder / "store.db").write_bytes(sqlite_template.read_bytes())
    store = Store(f"sqlite:///{folder / 'store.db'}")
    promise, _ = bring(store, "Promesse mantenute"), bring(store, "Nostro uno")
    coffee, gone = bring(store, "Caffè"), bring(store, "Ritirato")
    with store.begin() as tx:
        old = ["https://old.example/2024/03/promesse/", "https://old.example/?p=12", "/rassegna/vecchio/"]
        tx.redirects.lead(old, item_output(ITALIAN, promise.slug))
        tx.redirects.lead(["/caff%C3%A8/", "/$x/", "/rassegna/about/"], item_output(ITALIAN, coffee.slug))
        tx.redirects.lead(["/ritirato/"], item_output(ITALIAN, gone.slug))
        for address, output in feed_addresses("https://old.example/rassegna/", ITALIAN).items():
            tx.redirects.lead([address], output)
    settings = replace(SETTINGS, newsroom=folder, publish=PublishSettings(base_url=BASE))
    withdraw(store, gone.item_id, reason="x", public_note=None, by=MARTA, edition=ITALIAN, now=NOW)
    made = Site(store, settings)
    made.publish()
    return made


@pytest.fixture(scope="module")
def running(site: Site) -> Iterator[Settings]:
    with answering(Store("sqlite:////nowhere/at/all.db"), published=site.settings) as settings:
        yield settings


@pytest.fixture
def visitor(running: Settings) -> Iterator[Visitor]:
    made = Visitor(running)
    with closing(made.line):
        yield made


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/2024/03/promesse/", "items/promesse-mantenute.html"),
        ("/2024/03/promesse", "items/promesse-mantenute.html"),
        ("/2024/03/PROMESSE/?utm_source=x", "items/promesse-mantenute.html"),
        ("//2024//03/promesse", "items/promesse-mantenute.html"),
        ("/?p=12", "items/promesse-mantenute.html"),
        ("/?utm_source=x&p=12", "items/promesse-mantenute.html"),
        ("/index.php?p=12", "items/promesse-mantenute.html"),
        ("/rassegna/vecchio/", "items/promesse-mantenute.html"),
        ("/vecchio", "items/promesse-mantenute.html"),
        ("/caff%C3%A8/", "items/caffe.html"),
        ("/caff%c3%a8", "items/caffe.html"),
        ("/caffe%CC%80", "items/caffe.html"),
        ("/$x/", "items/caffe.html"),
        ("/ritirato", "items/ritirato.html"),
        ("/rassegna/?feed=rss2", "feed.rss"),
        ("/rassegna/feed/atom/", "feed.atom"),
        ("/rassegna/wp-rss2.php", "feed.rss"),
    ],
)
def test_an_old_address_leads_to_where_its_post_is_now(visitor: Visitor, path: str, to: str) -> None:
    assert visitor.led(path) == (301, BASE + to)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?p=13",
        "/?p=",
        "/rassegna/",
        "/rassegna/about/",
        "/about/?p=12",
        "/feed.rss",
        "/nowhere/",
        "//evil.example/",
        "/https://evil.example/",
        "/2024/03/promesse/%0d%0aLocation:%20https://evil.example/",
        "/2024/03/promesse%00",
        "/2024%2f03%2fpromesse",
        "/redirects.nginx",
        "/redirects.caddy",
        "/.curator-redirects.json",
    ],
)
def test_nothing_else_leads_anywhere(visitor: Visitor, path: str) -> None:
    status, location = visitor.led(path)

    assert location is None
    assert status in (200, 404)


def test_what_is_said_is_short_and_may_be_kept_for_a_while(visitor: Visitor) -> None:
    answer = visitor.ask(
        "/2024/03/promesse/", If_None_Match="*", If_Modified_Since="Mon, 02 Mar 2026 09:00:00 GMT"
    )

    assert (answer.status, visitor.body) == (301, b"")
    assert answer.getheader("Cache-Control") == "max-age=300"
    assert answer.getheader("Content-Length") == "0"


def test_whoever_only_looks_is_led_and_whoever_sends_is_not(visitor: Visitor) -> None:
    assert visitor.ask("/2024/03/promesse/", "HEAD").status == 301
    assert visitor.ask("/2024/03/promesse/", "OPTIONS").status == 404
    assert visitor.ask("/?p=12", "DELETE").status == 405


def test_what_was_withdrawn_is_gone_where_the_old_address_leads(visitor: Visitor) -> None:
    _, to = visitor.led("/ritirato/")

    answer = visitor.ask(urlsplit(to or "").path)
    assert answer.status == 410
    assert b"ritirato" in visitor.body


def test_people_get_the_page_about_feeds_and_feed_readers_their_feed(visitor: Visitor) -> None:
    person = visitor.ask("/rassegna/feed/", Accept=PERSON)
    browser = visitor.ask("/rassegna/feed/", Accept="*/*", Sec_Fetch_Dest="document")
    reader = visitor.ask("/rassegna/feed/", Accept=READER)
    slash = visitor.led("/rassegna/feed")

    assert (person.status, browser.status, reader.status) == (200, 200, 301)
    for answer in (person, reader):  # or a cache would lead people to the feed
        assert "Accept" in (answer.getheader("Vary") or "").split(", ")
    assert visitor.led("/rassegna/feed/", Accept=READER) == (301, f"{BASE}feed.rss")
    assert visitor.led("/rassegna/feed/") == (301, f"{BASE}feed.rss")
    assert visitor.led("/feed/", Accept=READER) == (301, f"{BASE}feed.rss")
    assert slash == (308, "./feed/")
    assert visitor.ask("/rassegna/feed.rss", Accept=READER).status == 200


def test_another_publish_leads_on_from_what_it_brought(site: Site, visitor: Visitor) -> None:
    before = visitor.led("/appena/arrivato/")
    with site.store.begin() as tx:
        tx.redirects.lead(["/appena/arrivato/"], "items/nostro-uno.html")
    site.publish()

    assert before == (404, None)
    assert visitor.led("/appena/arrivato/") == (301, f"{BASE}items/nostro-uno.html")


def test_a_table_that_somebody_changed_leads_nowhere(site: Site, tmp_path: Path) -> None:
    """Its digest is not the manifest's; what was published is answered nevertheless."""
    directory = tmp_path / "public"
    settings = replace(site.settings, publish=replace(site.settings.publish, directory=directory))
    publish_edition(site.store, settings, edition=ITALIAN, by=MARTA, now=NOW)
    table = directory / ".curator-redirects.json"
    table.write_bytes(table.read_bytes().replace(b"items/caffe.html", b"//evil.example/x"))

    with answering(Store("sqlite:////nowhere/at/all.db"), published=settings) as running:
        visitor = Visitor(running)
        with closing(visitor.line):
            assert visitor.led("/caff%C3%A8/") == (404, None)
            assert visitor.ask("/").status == 200
