"""`serve` and what was published: every answer is exactly what one manifest names, and nothing else is."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import io
import random
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urlsplit

import brotli  # type: ignore[import-untyped]  # it has no types
import pytest
import structlog
from lxml import etree

from answering import answering
from builders import ITALIAN, MARTA, NOW, SETTINGS, a_queued_item, a_source
from curator.curate.usecases import approve, write
from curator.curate.writing import Writing
from curator.faces import logs
from curator.publish import output
from curator.publish.documents import Document
from curator.publish.manifest import BEFORE, MANIFEST, load
from curator.publish.pages import LETTER_POLICY, POLICY
from curator.publish.usecases import publish_edition
from curator.settings import PublishSettings, Settings
from curator.store import Store

A = "{http://www.w3.org/2005/Atom}"
BASE = "https://press.example/rassegna/"
HUB = "https://hub.example/"
UNPACKED: Mapping[str | None, Callable[[bytes], bytes]] = {
    None: bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
}


def page(says: str) -> bytes:
    return b"<!doctype html><title>%s</title>%s" % (says.encode(), b"<p>Words, words.</p>" * 40)


BIG = random.Random(5).randbytes(1_500_000)
SMALL = random.Random(6).randbytes(5_000)
FILES = {
    "404.html": page("Not here"),
    "about/index.html": page("About"),
    "archive/2026-03-2.atom": b"<feed>" + b"<entry/>" * 90 + b"</feed>",
    "archive/2026-03.html": page("March"),
    "archive/2026-03.json": b'{"items": [%s1]}' % (b"1," * 400),
    "en/feed.atom": b"<feed>" + b"<entry>en</entry>" * 90 + b"</feed>",
    "en/feed/index.html": page("Feeds in English"),
    "feed.atom": b"<feed>" + b"<entry>words</entry>" * 90 + b"</feed>",
    "feed.json": b'{"items": [%s]}' % (b"1," * 400),
    "feed.rss": b"<rss>" + b"<item>words</item>" * 90 + b"</rss>",
    "feed/index.html": page("Feeds"),
    "icon.svg": b"<svg>" + b"<g/>" * 100 + b"</svg>",
    "index.html": page("Front"),
    "items/a-title.html": page("An item"),
    "items/taken-back.html": page("Withdrawn"),
    "languages/en/feed.rss": b"<rss>" + b"<item>en</item>" * 90 + b"</rss>",
    "languages/en/index.html": page("English"),
    "newsletter/1.html": page("Issue 1"),
    "newsletter/index.html": page("Newsletter"),
    f"pictures/{'ab' * 32}.jpg": SMALL,
    f"pictures/{'cd' * 32}.png": BIG,
    "robots.txt": b"User-agent: *\n",
    "search.js": b"let x = 1;\n" * 50,
    "search/1.json": b"[%s1]" % (b"1," * 400),
    "sitemap.xml": b"<urlset>" + b"<url/>" * 90 + b"</urlset>",
    "style.css": b"p {}\n" * 90,
    "tags/fiducia/feed.atom": b"<feed>" + b"<entry>t</entry>" * 90 + b"</feed>",
    "tags/fiducia/index.html": page("Trust"),
    "tags/pictures/index.html": page("Pictures"),
}
TYPES = {
    "atom": "application/atom+xml",
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/feed+json",
    "png": "image/png",
    "rss": "application/rss+xml",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "xml": "application/xml",
}
PICTURES = [path for path in FILES if path.startswith("pictures/")]
SMALL_PICTURE, BIG_PICTURE = (f"/{path}" for path in PICTURES)
FEEDS = [path for path in FILES if path.endswith((".atom", ".rss", "feed.json", "-03.json"))]
GONE = "items/taken-back.html"


class Laid(Document, frozen=True, kw_only=True):
    """A document that says what the test wants it to say."""

    @property
    def packed(self) -> bool:
        return self.path in FEEDS

    @property
    def gone(self) -> bool:
        return self.path == GONE


def lay(newsroom: Path, files: Mapping[str, bytes]) -> Settings:
    """Put them into a public folder as a publish does."""
    publish = PublishSettings(directory=newsroom / "public", base_url=BASE, hubs=(HUB,))
    documents = [
        Laid(path=path, edition="it", inputs=hashlib.sha256(says).hexdigest()) for path, says in files.items()
    ]
    output.replace_tree(
        newsroom / "public",
        documents,
        make=lambda wanted: [(document, files[document.path]) for document in wanted],
        now=NOW,
    )
    return replace(SETTINGS, newsroom=newsroom, publish=publish)


@dataclass(frozen=True)
class Heard:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def unpacked(self) -> bytes:
        return UNPACKED[self.headers.get("content-encoding")](self.body)

    @property
    def tag(self) -> str:
        return self.headers["etag"]


@dataclass
class Visitor:
    """Somebody with one connection to `serve`."""

    settings: Settings
    line: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        where = urlsplit(self.settings.serve.public_url or "")
        self.line = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)

    def ask(self, path: str, method: str = "GET", **fields: str) -> Heard:
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        self.line.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            self.line.putheader(name, value)
        self.line.endheaders()
        answer = self.line.getresponse()
        heard = {name.lower(): value for name, value in answer.getheaders()}
        assert len(heard) == len(answer.getheaders())
        return Heard(answer.status, heard, answer.read())

    def close(self) -> None:
        self.line.close()


@contextmanager
def visiting(store: Store, published: Settings) -> Iterator[Visitor]:
    with answering(store, published=published) as settings, closing(Visitor(settings)) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """One site for all who only read."""
    with answering(unasked(), published=lay(tmp_path_factory.mktemp("newsroom"), FILES)) as settings:
        yield settings


@pytest.fixture
def site(running: Settings) -> Iterator[Visitor]:
    with closing(Visitor(running)) as visitor:
        yield visitor


def unasked() -> Store:
    """What was published is answered without a database."""
    return Store("sqlite:////nowhere/at/all.db")


# ── what is there ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("coding", [None, "gzip", "br"])
def test_a_file_is_what_was_published_with_what_readers_must_know(
    site: Visitor, path: str, coding: str | None
) -> None:
    heard = site.ask(f"/{path}", **({"Accept_Encoding": coding} if coding else {}))

    json = "application/json" if path.startswith("search/") else TYPES["json"]
    assert heard.status == (410 if path == GONE else 200)
    assert heard.unpacked == FILES[path]
    assert heard.headers.get("content-encoding") == (
        None if path in PICTURES or path == "robots.txt" else coding
    )
    assert heard.tag == f'"{hashlib.sha256(heard.body).hexdigest()}"'
    assert heard.headers["content-length"] == str(len(heard.body))
    assert heard.headers["content-type"] == (TYPES | {"json": json})[path.rpartition(".")[2]]
    assert heard.headers["last-modified"] == format_datetime(NOW, usegmt=True)
    assert heard.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in heard.headers["content-security-policy"]
    assert not heard.headers.keys() & {"set-cookie", "server"}


@pytest.mark.parametrize("path", [*FILES, "tags/fiducia", "nothing"])
def test_head_is_get_without_the_body(site: Visitor, path: str) -> None:
    got, head = site.ask(f"/{path}"), site.ask(f"/{path}", "HEAD")

    assert head.body == b""
    of_the_moment = {name: said for name, said in head.headers.items() if name in ("date", "x-request-id")}
    assert (head.status, head.headers) == (got.status, got.headers | of_the_moment)


@pytest.mark.parametrize(
    ("path", "caching"),
    [
        ("/feed.atom", "max-age=300"),
        ("/", "max-age=300"),
        ("/tags/pictures/", "max-age=300"),
        (SMALL_PICTURE, "public, max-age=31536000, immutable"),
    ],
)
def test_each_says_how_long_it_is_fresh(site: Visitor, path: str, caching: str) -> None:
    assert site.ask(path).headers["cache-control"] == caching


@pytest.mark.parametrize(
    ("path", "varies"),
    [("/", "Accept-Encoding"), ("/feed.rss", "Accept-Encoding, Sec-Fetch-Dest"), (SMALL_PICTURE, None)],
)
def test_caches_are_told_what_makes_a_difference(site: Visitor, path: str, varies: str | None) -> None:
    for asked in ({}, {"If_None_Match": "*"}, {"Accept_Encoding": "br"}):
        assert site.ask(path, **asked).headers.get("vary") == varies


def test_a_page_may_do_no_more_than_it_says_itself(site: Visitor) -> None:
    policies = {
        path: site.ask(path).headers["content-security-policy"]
        for path in ("/", "/tags/pictures/", "/newsletter/1.html")
    }

    assert policies == {
        "/": f"{POLICY}; frame-ancestors 'none'",
        "/tags/pictures/": f"{POLICY}; frame-ancestors 'none'",
        "/newsletter/1.html": f"{LETTER_POLICY}; frame-ancestors 'none'",
    }


@pytest.mark.parametrize("path", FILES)
def test_programs_elsewhere_may_read_feeds_and_the_search(site: Visitor, path: str) -> None:
    free = path in FEEDS or path.startswith("search/")
    preflight = site.ask(f"/{path}", "OPTIONS", Origin="https://x.example")

    for heard in (site.ask(f"/{path}"), preflight):
        assert heard.headers.get("access-control-allow-origin") == ("*" if free else None)
    assert (preflight.status, preflight.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


def test_a_feed_names_its_hubs_and_itself(site: Visitor) -> None:
    links = {path: site.ask(f"/{path}").headers["link"] for path in ("feed.atom", "tags/fiducia/feed.atom")}
    archive = site.ask("/archive/2026-03-2.atom").headers["link"]

    assert links == {path: f'<{HUB}>; rel="hub", <{BASE}{path}>; rel="self"' for path in links}
    assert archive == f'<{BASE}archive/2026-03-2.atom>; rel="self"'
    assert site.ask("/feed.atom", If_None_Match="*").headers["link"] == links["feed.atom"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_readers_only_read(site: Visitor, method: str) -> None:
    heard = site.ask("/feed.atom", method, Content_Length="0")

    assert (heard.status, heard.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


# ── under which address ─────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/", "index.html"),
        ("/index.html", "index.html"),
        ("/?utm=x", "index.html"),
        ("/tags/fiducia/", "tags/fiducia/index.html"),
        ("/rassegna/", "index.html"),
        ("/rassegna/tags/fiducia/", "tags/fiducia/index.html"),
        ("/rassegna/feed.atom", "feed.atom"),
        ("/%74ags/fiducia/", "tags/fiducia/index.html"),
        ("http://press.example/rassegna/feed.atom", "feed.atom"),
    ],
)
def test_a_folder_is_its_index_with_the_public_path_or_without(site: Visitor, path: str, file: str) -> None:
    assert site.ask(path).body == FILES[file]


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/tags/fiducia", "./fiducia/"),
        ("/rassegna/tags/fiducia", "./fiducia/"),
        ("/rassegna", "./rassegna/"),
        ("/feed", "./feed/"),
    ],
)
def test_a_folder_without_its_slash_is_sent_there(site: Visitor, path: str, to: str) -> None:
    heard = site.ask(path)

    assert (heard.status, heard.headers["location"], heard.body) == (308, to, b"")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        ("/feed.atom", "./feed/"),
        ("/feed.json", "./feed/"),
        ("/en/feed.atom", "./feed/"),
        ("/tags/fiducia/feed.atom", "./"),
        ("/languages/en/feed.rss", "./"),
        ("/archive/2026-03-2.atom", "./2026-03.html"),
        ("/archive/2026-03.json", "./2026-03.html"),
    ],
)
def test_a_person_who_opens_a_feed_sees_a_page_and_a_reader_the_feed(
    site: Visitor, path: str, to: str
) -> None:
    opened = site.ask(path, Sec_Fetch_Dest="document", If_None_Match="*")
    others = [site.ask(path, Sec_Fetch_Dest=said) for said in ("empty", "iframe")]

    assert (opened.status, opened.headers["location"]) == (303, to)
    assert [heard.body for heard in others] == [FILES[path[1:]]] * 2


@pytest.mark.parametrize(
    "path",
    [
        f"/{MANIFEST}",
        f"/{BEFORE}/{'ab' * 32}",
        "/.curator-lock",
        "/feed.atom.gz",
        "/hand-made.html",
        "/nothing",
        "/nothing/",
        "/feed.atom/",
        "/../public/feed.atom",
        "/tags/../feed.atom",
        "/tags/%2e%2e/feed.atom",
        "/tags%2ffiducia/",
        "/tags%5Cfiducia/",
        "/tags\\fiducia\\",
        "//feed.atom",
        "/./feed.atom",
        "/feed.atom%00",
        "/%2Fetc/passwd",
        "/rassegna/rassegna/feed.atom",
        "/rassegnafeed.atom",
        "/FEED.ATOM",
        "/" + "a/" * 900,
    ],
)
def test_what_the_manifest_does_not_name_is_not_there(site: Visitor, path: str) -> None:
    folder = site.settings.newsroom / "public"
    (folder / "hand-made.html").write_text("not ours")

    heard = site.ask(path)

    assert (heard.status, heard.body) == (404, FILES["404.html"])
    assert heard.headers["content-security-policy"].startswith(POLICY)


@pytest.mark.parametrize(
    "said",
    [
        b"GET /\xc3\xa8 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /%ff%fe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET http:// HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /a\x00b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_nonsense_is_answered_as_such(site: Visitor, said: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with connected(site) as line:
        line.sendall(said)
        heard = to_the_end(line)

    assert heard.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 404 "))
    assert "Traceback" not in capfd.readouterr().err


@contextmanager
def connected(site: Visitor) -> Iterator[socket.socket]:
    where = urlsplit(site.settings.serve.public_url or "")
    with socket.create_connection((where.hostname, where.port), timeout=20) as line:
        yield line


def to_the_end(line: socket.socket) -> bytes:
    heard = b""
    while part := line.recv(65536):
        heard += part
    return heard


def test_requests_in_one_breath_are_answered_in_order(site: Visitor) -> None:
    """Those that lie ready, and those that the application or the disk has to be asked for."""
    paths = ["/feed.rss", "/nothing", "/robots.txt", BIG_PICTURE, "/style.css", "/nothing", "/feed.rss"]
    for path in paths:
        site.ask(path)
    with connected(site) as line:
        asked = [f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths]
        line.sendall("".join([*asked, "GET /sitemap.xml HTTP/1.0\r\n\r\n"]).encode())
        heard = to_the_end(line)

    bodies = []
    for _ in (*paths, ""):
        head, _, heard = heard.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        bodies.append(heard[:length])
        heard = heard[length:]
    assert bodies == [FILES.get(path[1:], FILES["404.html"]) for path in (*paths, "/sitemap.xml")]


# ── who has it already, and who wants it smaller ────────────────────────────


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
@pytest.mark.parametrize("path", ["/feed.atom", "/items/a-title.html"])
def test_each_form_has_a_tag_of_its_own(site: Visitor, path: str, coding: str) -> None:
    tags = {one: site.ask(path, Accept_Encoding=one).tag for one in ("identity", "gzip", "br")}
    answers = {one: site.ask(path, Accept_Encoding=coding, If_None_Match=tags[one]) for one in tags}

    assert len(set(tags.values())) == 3
    assert {one: heard.status for one, heard in answers.items()} == {
        one: 304 if one == coding else 200 for one in tags
    }
    assert answers[coding].body == b""
    assert answers[coding].tag == tags[coding]


BEFORE_IT = format_datetime(NOW - timedelta(seconds=1), usegmt=True)
SINCE_IT = format_datetime(NOW, usegmt=True)


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"If_Modified_Since": SINCE_IT}, 304),
        ({"If_Modified_Since": BEFORE_IT}, 200),
        ({"If_Modified_Since": "never"}, 200),
        ({"If_None_Match": '"another"', "If_Modified_Since": SINCE_IT}, 200),
        ({"If_None_Match": "*", "If_Modified_Since": BEFORE_IT}, 304),
        ({"If_None_Match": 'W/"{tag}", "b"'}, 304),
        ({"If_Match": '"another"'}, 412),
        ({"If_Match": 'W/"{tag}"'}, 412),
        ({"If_Match": '"b", "{tag}"'}, 200),
        ({"If_Match": "*"}, 200),
        ({"If_Match": '"another"', "If_None_Match": "*"}, 412),
        ({"If_Match": '"{tag}"', "If_None_Match": "*"}, 304),
        ({"If_Match": "*", "If_Unmodified_Since": BEFORE_IT}, 200),
        ({"If_Unmodified_Since": BEFORE_IT}, 412),
        ({"If_Unmodified_Since": SINCE_IT}, 200),
        ({"If_Unmodified_Since": SINCE_IT, "If_Modified_Since": SINCE_IT}, 304),
        ({"If_Unmodified_Since": "never"}, 200),
        ({"Accept_Encoding": "identity;q=0"}, 406),
        ({"Accept_Encoding": "*;q=0"}, 406),
        ({"Accept_Encoding": "*;q=0, br"}, 200),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_tag_goes_before_a_date(
    site: Visitor, method: str, conditions: dict[str, str], status: int
) -> None:
    tag = hashlib.sha256(FILES["feed.atom"]).hexdigest()
    said = {name: value.replace("{tag}", tag) for name, value in conditions.items()}

    assert site.ask("/feed.atom", method, **said).status == status


def test_a_list_may_stand_on_several_lines(site: Visitor) -> None:
    tag = site.ask("/feed.atom").tag
    with connected(site) as line:
        line.sendall(
            b"GET /feed.atom HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b'If-None-Match: %s\r\nIf-None-Match: "another"\r\n\r\n' % tag.encode()
        )
        assert to_the_end(line).startswith(b"HTTP/1.1 304 ")


def test_the_rest_of_a_picture_that_is_another_by_now_is_not_sent(site: Visitor) -> None:
    heard = site.ask(SMALL_PICTURE, Range="bytes=9-", If_Match='"another"')

    assert (heard.status, heard.body) == (412, b"not that one")


def test_what_was_taken_back_is_gone_whatever_one_has(site: Visitor) -> None:
    for said in ({"If_None_Match": "*", "If_Modified_Since": SINCE_IT}, {"If_Match": '"another"'}):
        heard = site.ask(f"/{GONE}", **said)
        assert (heard.status, heard.body) == (410, FILES[GONE])


@pytest.mark.parametrize("path", [SMALL_PICTURE, BIG_PICTURE])
@pytest.mark.parametrize(
    ("asked", "status", "sent"),
    [
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=99999999-", 416, slice(0)),
        ("x=1", 200, slice(None)),
    ],
)
def test_a_part_of_a_picture(site: Visitor, path: str, asked: str, status: int, sent: slice) -> None:
    heard = site.ask(path, Range=asked)

    whole = FILES[path[1:]]
    assert (heard.status, heard.body) == (status, whole[sent])
    if status == 206:
        start, stop, _ = sent.indices(len(whole))
        assert heard.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(whole)}"
    if status == 416:  # kept by somebody on the way, it would keep the picture from everybody
        assert heard.headers["content-range"] == f"bytes */{len(whole)}"
        assert heard.headers["cache-control"] == "no-store"
        assert "etag" not in heard.headers
    assert site.ask(path, Range=asked, If_Range='"another"').body == whole


def test_a_part_of_a_feed_is_all_of_it(site: Visitor) -> None:
    heard = site.ask("/feed.atom", Range="bytes=0-9")

    assert (heard.status, heard.body) == (200, FILES["feed.atom"])


@pytest.mark.parametrize("path", ["/feed.atom", "/nothing"])
@pytest.mark.parametrize(
    ("version", "hosts", "status"),
    [
        (b"1.1", b"", b"400"),
        (b"1.1", b"Host: x\r\nHost: x\r\n", b"400"),
        (b"1.1", b"Host:\r\n", None),
        (b"1.0", b"", None),
        (b"1.0", b"Host: x\r\nhost: y\r\n", b"400"),
    ],
)
def test_who_asks_names_one_host(
    site: Visitor, path: str, version: bytes, hosts: bytes, status: bytes | None
) -> None:
    """RFC 9112 §3.2. None: as if the host was named."""
    site.ask(path)
    with connected(site) as line:
        line.sendall(b"GET %s HTTP/%s\r\nConnection: close\r\n%s\r\n" % (path.encode(), version, hosts))
        heard = to_the_end(line).split()[1]

    assert heard == (status or (b"200" if path == "/feed.atom" else b"404"))


# ── when the folder changes ─────────────────────────────────────────────────


def test_before_the_first_publish_it_says_so_and_then_answers(tmp_path: Path) -> None:
    nothing_yet = replace(lay(tmp_path / "other", {}), newsroom=tmp_path)
    settings = replace(nothing_yet, publish=replace(nothing_yet.publish, directory=tmp_path / "public"))
    with visiting(unasked(), settings) as visitor:
        before = [visitor.ask("/"), visitor.ask("/feed.atom")]
        lay(tmp_path, FILES)
        after = visitor.ask("/")

    assert [heard.status for heard in before] == [503, 404]
    assert before[0].body == b"Nothing has been published here yet.\n"
    assert (after.status, after.body) == (200, FILES["index.html"])


@pytest.mark.parametrize("path", ["/nothing", "/tags%2ffiducia/"])
def test_whoever_comes_first_and_finds_nothing_is_told_so_in_a_page(tmp_path: Path, path: str) -> None:
    with visiting(unasked(), lay(tmp_path, FILES)) as visitor:
        assert visitor.ask(path).body == FILES["404.html"]


def test_the_next_answer_after_a_publish_is_new(tmp_path: Path) -> None:
    with visiting(unasked(), lay(tmp_path, {"feed.atom": b"0"})) as visitor:
        for state in range(1, 6):
            lay(tmp_path, {"feed.atom": b"%d" % state})
            assert visitor.ask("/feed.atom").body == b"%d" % state
        lay(tmp_path, {})
        assert visitor.ask("/feed.atom").status == 404


@pytest.mark.parametrize("path", ["style.css", *PICTURES])
def test_bytes_that_no_manifest_names_never_leave(tmp_path: Path, path: str) -> None:
    """A link to the same bytes elsewhere, and a hand in the folder: neither is what was published."""
    settings = lay(tmp_path, {path: FILES[path]})
    place = tmp_path / "public" / path
    (tmp_path / "secret").write_bytes(FILES[path])
    with visiting(unasked(), settings) as visitor:
        place.unlink()
        place.symlink_to(tmp_path / "secret")
        linked = visitor.ask(f"/{path}").status
        place.unlink()
        place.write_bytes(FILES[path][:-1] + b"!")
        touched = visitor.ask(f"/{path}").status
        place.write_bytes(FILES[path])
        mended = visitor.ask(f"/{path}")

    assert (linked, touched, mended.status) == (503, 503, 200)
    assert mended.body == FILES[path]


def test_a_large_file_is_looked_at_again_when_it_is_another(tmp_path: Path) -> None:
    path = BIG_PICTURE[1:]
    with visiting(unasked(), lay(tmp_path, {path: BIG})) as visitor:
        assert visitor.ask(f"/{path}").body == BIG
        (tmp_path / "public" / path).write_bytes(BIG[::-1])
        assert visitor.ask(f"/{path}").status == 503


def test_a_packed_file_that_somebody_took_away_is_packed_again(tmp_path: Path) -> None:
    with visiting(unasked(), lay(tmp_path, FILES)) as visitor:
        (tmp_path / "public/feed.atom.gz").unlink()
        heard = visitor.ask("/feed.atom", Accept_Encoding="gzip")

    assert (heard.headers["content-encoding"], heard.unpacked) == ("gzip", FILES["feed.atom"])


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log."""
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    logs.configure("json")
    yield written
    structlog.reset_defaults()


def test_a_file_that_somebody_took_away_is_said_once(tmp_path: Path, said: io.StringIO) -> None:
    """Whoever asks again and again does not fill the log; the next manifest is another matter."""
    settings = lay(tmp_path, FILES)
    places = [settings.publish.directory / path for path in ("robots.txt", "index.html")]
    with visiting(unasked(), settings) as visitor:
        for _ in range(2):
            for place in places:
                place.unlink()
            for path in ("/robots.txt", "/") * 3:
                assert visitor.ask(path).status == 503
            lay(tmp_path, FILES)

    assert said.getvalue().count("output_missing") == 2 * len(places)


def test_a_manifest_that_cannot_be_read_changes_nothing(tmp_path: Path, said: io.StringIO) -> None:
    with visiting(unasked(), lay(tmp_path, FILES)) as visitor:
        visitor.ask("/feed.atom")
        (tmp_path / "public" / MANIFEST).write_text("{")
        heard = [visitor.ask("/feed.atom").body for _ in range(3)]

    assert heard == [FILES["feed.atom"]] * 3
    assert said.getvalue().count("manifest_unreadable") == 1


# ── real publishes, and readers who never stop ──────────────────────────────


@pytest.fixture
def newsroom(tmp_path: Path) -> Settings:
    return replace(
        SETTINGS, newsroom=tmp_path, publish=PublishSettings(directory=tmp_path / "public", base_url=BASE)
    )


def publish(store: Store, settings: Settings, n: int) -> None:
    item_id = a_queued_item(store, source_id=a_source(store, url=f"https://{n}.example/feed"))
    write(
        store,
        item_id,
        Writing(headline=f"Titolo {n}", note="Nota."),
        by=MARTA,
        settings=settings,
        edition=ITALIAN,
        now=NOW,
    )
    approve(store, [item_id], by=MARTA, settings=settings, edition=ITALIAN, now=NOW)
    publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=NOW + timedelta(minutes=n))


@dataclass
class Reader(threading.Thread):
    """Reads the feed, then the page of its newest entry, again and again."""

    settings: Settings
    coding: str
    over: threading.Event
    heard: list[tuple[str, Heard]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    def __hash__(self) -> int:
        return id(self)

    def run(self) -> None:
        visitor = Visitor(self.settings)
        while not self.over.is_set():
            feed = self._ask(visitor, "feed.atom")
            links = etree.fromstring(feed.unpacked).xpath(
                "//*[local-name()='entry']/*[@rel='alternate']/@href"
            )
            self._ask(visitor, links[0].removeprefix(BASE))
            self._ask(visitor, "index.html")
        visitor.close()

    def _ask(self, visitor: Visitor, path: str) -> Heard:
        heard = visitor.ask(f"/{path}", Accept_Encoding=self.coding)
        self.heard.append((path, heard))
        return heard


def test_readers_never_see_old_and_new_together(sqlite_store: Store, newsroom: Settings) -> None:
    publish(sqlite_store, newsroom, 0)
    named: set[tuple[str, str]] = set()
    over = threading.Event()
    with answering(sqlite_store, published=newsroom) as settings:
        readers = [Reader(settings, coding, over) for coding in ("identity", "gzip", "br")]
        for reader in readers:
            reader.start()
        for n in range(1, 6):
            named |= digests(newsroom)
            publish(sqlite_store, newsroom, n)
        named |= digests(newsroom)
        over.set()
        for reader in readers:
            reader.join()

    heard = [each for reader in readers for each in reader.heard]
    assert {answer.status for _, answer in heard} == {200}
    assert all(answer.tag == f'"{hashlib.sha256(answer.body).hexdigest()}"' for _, answer in heard)
    assert {(path, hashlib.sha256(answer.unpacked).hexdigest()) for path, answer in heard} <= named
    assert len({answer.tag for path, answer in heard if path == "feed.atom"}) > 3


def digests(settings: Settings) -> set[tuple[str, str]]:
    return {(path, file.digest) for path, file in load(settings.publish.directory).files.items()}
