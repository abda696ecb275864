"""Old addresses lead to where their posts are now, whoever answers: nginx, Caddy, and nobody else's site."""

from __future__ import annotations

import grp
import http.client
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest

from builders import ITALIAN, MARTA, NOW, SETTINGS
from curator.publish import redirects
from curator.publish.manifest import load
from curator.publish.redirects import Lead
from curator.publish.usecases import editions_due, publish_edition
from curator.redirecting import feed_addresses, item_output, place_of, places_asked
from curator.settings import PublishSettings, Settings
from curator.store import Store
from oldblog import bring

BASE = "https://rassegna.example/"


# ── which addresses are one place ──


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://old.example/2024/03/promesse/", "/2024/03/promesse"),
        ("https://old.example/2024/03/promesse", "/2024/03/promesse"),
        ("http://OLD.example//2024//03/Promesse/#more-12", "/2024/03/promesse"),
        ("https://old.example/caff%C3%A8/", "/caffè"),
        ("https://old.example/caff%c3%a8", "/caffè"),
        ("https://old.example/caffe%CC%80/", "/caffè"),
        ("https://old.example/?p=12", "/?p=12"),
        ("https://old.example/index.php?p=12&utm_source=x", "/?p=12"),
        ("https://old.example/blog/?page_id=7", "/blog?page_id=7"),
        ("https://old.example/?feed=RSS2", "/?feed=rss2"),
        ("https://old.example/leggi.php?id=7&fbclid=x", "/leggi.php?id=7"),
        ("/2024/03/promesse", "/2024/03/promesse"),
    ],
)
def test_of_an_old_address_its_place_counts(address: str, place: str) -> None:
    assert place_of(address) == place


@pytest.mark.parametrize(
    "address",
    [
        "https://old.example/",
        "https://old.example",
        "https://old.example/#top",
        "https://old.example/index.php",
        "https://old.example/a%0d%0aSet-Cookie:%20a=b",
        "https://old.example/a%00b",
        "https://old.example/a%E2%80%A8b",
        "https://old.example/%ff%fe",
        "https://old.example/?p=%0d%0aLocation:%20https://evil.example",
        "https://old.example/" + "a" * 3000,
        "https://[old/",
        "tag:old.example,2019:post/12",
        "mailto:marta@old.example",
    ],
)
def test_what_says_nothing_or_cannot_be_asked_is_no_place(address: str) -> None:
    assert place_of(address) is None


@pytest.mark.parametrize(
    ("path", "query", "first"),
    [
        ("/2024/03/Promesse/", "", "/2024/03/promesse"),
        ("/2024/03/promesse", "replytocom=12", "/2024/03/promesse?replytocom=12"),
        ("/", "p=12&preview=true", "/?p=12"),
        ("/", "utm_source=a&p=12", "/?p=12"),
        ("/%2e%2e/x", "", "/../x"),
    ],
)
def test_the_most_exact_place_is_asked_for_first(path: str, query: str, first: str) -> None:
    places = list(places_asked(path, query))

    assert places[0] == first
    assert places[-1] == (place_of(path) or "/")


def test_feeds_go_on_with_the_kind_that_they_were_of() -> None:
    found = feed_addresses("https://old.example/blog/", replace(ITALIAN, key="en", default=False))

    assert found["/blog/feed/atom"] == "en/feed.atom"
    assert found["/blog/feed"] == found["/blog/?feed=rss2"] == found["/blog/wp-rss2.php"] == "en/feed.rss"


# ── the table ──


def test_an_address_leads_where_it_led_first(store: Store) -> None:
    with store.begin() as tx:
        one = tx.redirects.lead(["https://old.example/a/", "/A", "https://old.example/"], "items/a.html")
        two = tx.redirects.lead(["https://old.example/a", "/b"], "items/b.html")
        every = [(each.path, each.target) for each in tx.redirects.all()]

    assert (one, two) == (1, 1)
    assert every == [("/a", "items/a.html"), ("/b", "items/b.html")]


# ── what is published of it ──


def a_house(tmp_path: Path, base: str = BASE) -> Settings:
    return replace(SETTINGS, newsroom=tmp_path, publish=PublishSettings(base_url=base))


def publish(store: Store, settings: Settings) -> set[str]:
    publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=NOW)
    return set(load(settings.newsroom / "public").files)


def leads_in(settings: Settings) -> dict[str, Lead]:
    written = (settings.newsroom / "public" / redirects.LISTED).read_bytes()
    return {lead.place: lead for lead in msgspec.json.decode(written, type=list[Lead])}


def test_without_old_addresses_nothing_is_written_of_them(sqlite_store: Store, tmp_path: Path) -> None:
    bring(sqlite_store, "Promesse")

    files = publish(sqlite_store, a_house(tmp_path))

    assert files.isdisjoint(redirects.FILES)


def test_only_where_nothing_of_ours_is_and_to_nothing_but_ours(sqlite_store: Store, tmp_path: Path) -> None:
    """But the page about our feeds lies where blogs have theirs: who reads feeds is sent on from there."""
    publication = bring(sqlite_store, "Promesse")
    settings = a_house(tmp_path)
    page = item_output(ITALIAN, publication.slug)
    with sqlite_store.begin() as tx:
        tx.redirects.lead(["/2024/promesse/", f"/{page}", "/about/", "/archive", "/index.html"], page)
        tx.redirects.lead(["/2024/altro/"], "items/there-is-none.html")
        for address, output in feed_addresses("https://old.example/", ITALIAN).items():
            tx.redirects.lead([address], output)

    due = editions_due(sqlite_store, settings, now=NOW)
    publish(sqlite_store, settings)

    found = leads_in(settings)
    assert due
    assert found.pop("/2024/promesse") == Lead("/2024/promesse", page)
    assert found["/feed"] == Lead("/feed", "feed.rss", shared=True)
    assert found["/feed/atom"] == Lead("/feed/atom", "feed.atom")
    assert {lead.target for lead in found.values()} == {"feed.rss", "feed.atom"}
    assert [place for place, lead in found.items() if lead.shared] == ["/feed"]


def test_another_address_alone_is_written_by_the_next_publish(sqlite_store: Store, tmp_path: Path) -> None:
    publication = bring(sqlite_store, "Promesse")
    settings = a_house(tmp_path)
    publish(sqlite_store, settings)
    before = editions_due(sqlite_store, settings, now=NOW)

    with sqlite_store.begin() as tx:
        tx.redirects.lead(["/vecchio"], item_output(ITALIAN, publication.slug))
    due = editions_due(sqlite_store, settings, now=NOW)
    files = publish(sqlite_store, settings)

    assert (before, due) == ((), (ITALIAN,))
    assert files.issuperset(redirects.FILES)


def test_below_a_folder_addresses_begin_with_it(sqlite_store: Store, tmp_path: Path) -> None:
    publication = bring(sqlite_store, "Promesse")
    settings = a_house(tmp_path, "https://aicex.example/rassegna/")
    page = item_output(ITALIAN, publication.slug)
    with sqlite_store.begin() as tx:
        old = ["/rassegna/2024/promesse/", "/blog/promesse", f"/{page}", f"/rassegna/{page}"]
        tx.redirects.lead(old, page)

    publish(sqlite_store, settings)

    assert set(leads_in(settings)) == {"/rassegna/2024/promesse", "/blog/promesse", f"/{page}"}
    for name in (redirects.NGINX, redirects.CADDY):
        said = (tmp_path / "public" / name).read_text()
        assert f'"/blog/promesse" "https://aicex.example/rassegna/{page}"' in said


def test_two_publishes_write_the_same_bytes(sqlite_store: Store, tmp_path: Path) -> None:
    publication = bring(sqlite_store, "Promesse")
    with sqlite_store.begin() as tx:
        tx.redirects.lead(["/b", "/a", "/?p=3", "/feed/"], item_output(ITALIAN, publication.slug))

    built = []
    for folder in ("one", "two"):
        publish(sqlite_store, a_house(tmp_path / folder))
        built.append([(tmp_path / folder / "public" / name).read_bytes() for name in redirects.FILES])

    assert built[0] == built[1]


# ── web servers ──

HOSTILE = (
    'a"b',
    "a\\",
    "a'b",
    "a{b}c",
    "$host",
    "${http_host}",
    "{$PATH}",
    "{http.request.host}",
    "a;b",
    "a b",
    "# a",
    '";return 200 "owned";#',
    '"\n}\nrespond "owned"\n',
    "\u2028",
    "`a`",
    "~^/.*",
    "default",
    "è" * 900,
)


def _old() -> tuple[Lead, ...]:
    """With addresses that were made to break out of the files."""
    ordinary = [
        Lead("/2024/03/promesse", "items/promesse.html"),
        Lead("/caffè", "items/caffe.html"),
        Lead("/?p=12", "items/promesse.html"),
        Lead("/blog?p=12", "items/caffe.html"),
        Lead("/?page_id=7", "items/caffe.html"),
        Lead("/leggi.php?id=7", "items/caffe.html"),
        Lead("/?feed=atom", "feed.atom"),
        Lead("/feed", "feed.rss", shared=True),
        Lead("/feed/atom", "feed.atom"),
    ]
    return (*ordinary, *(Lead(f"/{words}", "items/promesse.html") for words in HOSTILE))


ASKED: Mapping[str, str | None] = {
    "/2024/03/promesse/": "items/promesse.html",
    "/2024/03/promesse": "items/promesse.html",
    "/2024/03/promesse/?utm_source=x": "items/promesse.html",
    "/caff%C3%A8/": "items/caffe.html",
    "/caff%c3%a8": "items/caffe.html",
    "/?p=12": "items/promesse.html",
    "/?utm_source=x&p=12": "items/promesse.html",
    "/index.php?p=12": "items/promesse.html",
    "/blog/?p=12": "items/caffe.html",
    "/?page_id=7": "items/caffe.html",
    "/leggi.php?id=7": "items/caffe.html",
    "/?feed=atom": "feed.atom",
    "/feed/atom/": "feed.atom",
    "/feed/": "feed.rss",
    "/": None,
    "/?p=13": None,
    "/leggi.php?id=8": None,
    "/feed.rss": None,
    "/2024/03/promesse/altro": None,
    "//evil.example/2024/03/promesse": None,
    "/https://evil.example": None,
    "/a%0d%0aLocation:%20https://evil.example": None,
}


@contextmanager
def serving_with(program: str, folder: Path, config: str, *arguments: str) -> Iterator[int]:
    """The real one, as docs/serving sets it up, in front of a page and two feeds."""
    found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        _absent(program)
    public = folder / "public"
    (public / "feed").mkdir(parents=True)
    for path in ("index.html", "feed/index.html", "feed.rss", "feed.atom", "404.html"):
        (public / path).write_text(f"This is {path}")
    (public / redirects.NGINX).write_bytes(redirects.nginx(_old(), base_url=BASE))
    (public / redirects.CADDY).write_bytes(redirects.caddy(_old(), base_url=BASE))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = folder / "config"
    place.write_text(_said(config, PORT=str(port), FOLDER=str(folder), OWNER=_owner()))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [found, *(argument.replace("CONFIG", str(place)) for argument in arguments)],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))},
        )
    try:
        _wait_for(port, process, folder / "log")
        yield port
    finally:
        process.terminate()
        process.wait()


def _said(config: str, **words: str) -> str:
    for name, value in words.items():
        config = config.replace(name, value)
    return config


def _owner() -> str:
    """Whoever runs the tests: nginx's own user may not enter their folders."""
    return f"{pwd.getpwuid(os.getuid()).pw_name} {grp.getgrgid(os.getgid()).gr_name}"


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1000):
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text()
        time.sleep(0.01)
    raise AssertionError(log.read_text())


def _absent(program: str) -> NoReturn:
    pytest.skip(f"no {program} on this machine")


def ask(port: int, path: str, **fields: str) -> tuple[int, str | None, bytes]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.putrequest("GET", path, skip_host=True)
    line.putheader("Host", "old.example")
    for name, value in fields.items():
        line.putheader(name, value)
    line.endheaders()
    answer = line.getresponse()
    said = answer.status, answer.getheader("Location"), answer.read()
    line.close()
    return said


def _told(port: int) -> dict[str, str | None]:
    return {path: ask(port, path)[1] for path in ASKED}


SERVING = Path(__file__).parents[2] / "docs/serving"
NGINX = """
daemon off; user OWNER; pid FOLDER/nginx.pid; error_log FOLDER/error.log;
events {}
http {
    access_log off;
    client_body_temp_path FOLDER/a; proxy_temp_path FOLDER/b; fastcgi_temp_path FOLDER/c;
    uwsgi_temp_path FOLDER/d; scgi_temp_path FOLDER/e;
    %s
}
"""
CADDY = """
{
	admin off
	auto_https off
}
%s
"""


def shipped(name: str, **other: str) -> str:
    """The configuration that is shipped, on a port of ours, with what is commented out there put in."""
    said = (SERVING / name).read_text()
    for line in ("include /srv/", "import /srv/", "if ($curator_old)"):
        said = said.replace(f"# {line}", line)
    return _said(said, **{"/srv/newsroom": "FOLDER", **other})


PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
READER = {"Accept": "application/rss+xml, text/xml;q=0.8, text/html;q=0.7, */*;q=0.1"}


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("nginx")
    config = NGINX % shipped("nginx.conf", **{"listen 80": "listen 127.0.0.1:PORT"})
    with serving_with("nginx", folder, config, "-e", "stderr", "-c", "CONFIG") as port:
        yield port


@pytest.fixture(scope="module")
def caddy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("caddy")
    site = {"rassegna.example.org {": "http://:PORT {\n\tbind 127.0.0.1"}
    config = CADDY % shipped("Caddyfile", **site)
    with serving_with("caddy", folder, config, "run", "--adapter", "caddyfile", "--config", "CONFIG") as port:
        yield port


@pytest.fixture(params=["nginx", "caddy"])
def server(request: pytest.FixtureRequest) -> int:
    found: int = request.getfixturevalue(request.param)
    return found


def test_a_web_server_leads_on_from_every_way_to_write_an_old_address(server: int) -> None:
    assert _told(server) == {path: BASE + to if to else None for path, to in ASKED.items()}


def test_people_get_the_page_about_feeds_and_feed_readers_the_feed(server: int) -> None:
    assert ask(server, "/feed/", **PERSON) == (200, None, b"This is feed/index.html")
    assert ask(server, "/feed/", **READER)[:2] == (301, f"{BASE}feed.rss")
    assert ask(server, "/feed.rss", **READER) == (200, None, b"This is feed.rss")


def test_old_addresses_break_out_of_no_file(server: int) -> None:
    for path in ("/", "/nowhere", "/owned"):
        assert b"owned" not in ask(server, path)[2]
    assert ask(server, "/nowhere")[0] == 404
    for name in (redirects.NGINX, redirects.CADDY):
        assert ask(server, f"/{name}")[0] == 404


def test_nginx_leads_on_from_strange_addresses_too(nginx: int) -> None:
    """Caddy leaves these to `serve`."""
    assert [ask(nginx, path)[1] for path in ("//a%22b", "/a%5C", "/$host", "/a%7Bb%7Dc", "/A%22B/")] == [
        f"{BASE}items/promesse.html"
    ] * 5


def test_what_settings_say_ends_no_string_either() -> None:
    for written in (redirects.nginx, redirects.caddy):
        said = written(_old(), base_url='https://a.example/"; } $host {$PATH} \\').decode()
        assert "$host" not in said.replace('"/$host"', "").replace('"/$host/"', "")
        assert "https://a.example/%22;%20%7D%20%24host%20%7B%24PATH%7D%20%5C/items/promesse.html" in said
