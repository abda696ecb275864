"""What the worst of sources do to a poll (FAULTS 1 to 25), seen from outside: the command line and the wire.

Each source has a loopback address of its own: those of one host wait for one another.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from curator.faces.clock import utcnow
from hostile import BEHAVIOURS, RSS, Behaviour, HostileServer, Wire
from newsroom import STORY, Newsroom, Web, an_item, feed, own_story

LIMITS = {"fetch__total_timeout": "6", "fetch__max_bytes": "2 MiB", "read__cpu_seconds": "1"}


def says(body: bytes | str, status: str = "200 OK", **headers: str) -> Behaviour:
    whole = body.encode() if isinstance(body, str) else body
    return lambda wire: wire.answer(status, whole, Content_Type=RSS, **headers)


def turned(path: str) -> Behaviour:
    """What is at `path`, under an ETag: one that must not be remembered."""
    return lambda wire: BEHAVIOURS[path](_Tagging(wire.sock, wire.asked, wire.stopped, wire.server))


class _Tagging(Wire):
    def send(self, data: bytes) -> None:
        head, line, rest = data.partition(b"\r\n")
        super().send(head + line + b'ETag: "bad"\r\n' + rest if head.startswith(b"HTTP/1.1 200") else data)


def document(inside: bytes, *, doctype: bytes = b"") -> bytes:
    head = b'<?xml version="1.0"?>' + doctype + b'<rss version="2.0"><channel><title>T</title>'
    return head + inside + b"</channel></rss>"


LAUGHS = b'<!DOCTYPE rss [<!ENTITY l0 "ha">%s]>' % b"".join(
    b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
)
ONE_LARGE = b'<!DOCTYPE rss [<!ENTITY a "' + b"a" * 50_000 + b'">]>'
A_FILE = b'<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
BOMB = gzip.compress(bytes(64 * 1024 * 1024), mtime=0)

OURS: dict[str, Behaviour] = {
    "/gzip-bomb": says(BOMB, Content_Encoding="gzip"),
    "/billion-laughs": says(document(b"<item><title>&l9;</title></item>", doctype=LAUGHS)),
    "/quadratic-entities": says(
        document(b"<item><title>" + b"&a;" * 20_000 + b"</title></item>", doctype=ONE_LARGE)
    ),
    "/attributes": says(
        document(
            b"<item><title " + b"".join(b'a%d="x" ' % n for n in range(60_000)) + b"/></item>",
            doctype=b"<!DOCTYPE rss>",  # so that feedparser reads it
        )
    ),
    "/nesting": says(document(b"<item><description>" + b"<b>" * 100_000 + b"</description></item>")),
    "/xxe-file": says(document(b"<item><guid>x</guid><title>&f;</title></item>", doctype=A_FILE)),
}

ENDS = """
fetch_too_large   /gzip-bomb /packed-nothing /endless-body /endless-chunks /huge-length
fetch_timeout     /slow-headers /slow-body /silent
fetch_truncated   /gzip-truncated /gzip-empty /length-truncated /chunked-truncated /chunked-garbage /partial
fetch_gzip        /gzip-corrupt /gzip-not /gzip-many-members
fetch_encoding    /gzip-twice-declared /encoding-br /encoding-deflate /encoding-nonsense
fetch_protocol    /no-reply /garbage /header-garbage /header-nul /header-huge /two-lengths /upgrade
fetch_protocol    /endless-continue
fetch_http_status /401 /403 /500 /429 /503 /status-nonsense /found-gone /redirect-nowhere
fetch_redirects   /loop /loop-a /endless-chain
fetch_scheme      /redirect-file /redirect-gopher /redirect-data
fetch_url_invalid /redirect-invalid
fetch_unasked_304 /304-always
read_html         /html
read_not_a_feed   /json /gzip-in-gzip
read_empty        /empty /no-content
read_timeout      /billion-laughs /attributes /nesting
"""
CODES = {path: code for code, *paths in map(str.split, ENDS.strip().splitlines()) for path in paths}


@pytest.fixture
def worst() -> Iterator[HostileServer]:
    with HostileServer(address="0.0.0.0") as listening:
        listening.behaviours.update(OURS)
        yield listening


class Following:
    """A newsroom that follows paths of the worst server, as an import adds them: unseen."""

    def __init__(self, newsroom: Newsroom, worst: HostileServer) -> None:
        self.newsroom = newsroom
        self.worst = worst
        self.urls: dict[str, str] = {}

    def follow(self, *paths: str) -> None:
        for path in paths:
            n = len(self.urls)
            self.urls[path] = self.worst.url(path, host=f"127.0.{2 + n // 200}.{1 + n % 200}")
        outlines = "".join(f'<outline type="rss" xmlUrl={quoteattr(self.urls[path])}/>' for path in paths)
        listed = self.newsroom.folder / "list.opml"
        listed.write_text(f'<opml version="2.0"><body>{outlines}</body></opml>', encoding="utf-8")
        assert self.newsroom.ask("source", "import", listed)["added"] == len(paths)

    def poll(self, *words: str | int) -> dict[str, Any]:
        """The results by path; the poll must end with 0."""
        paths = {url: path for path, url in self.urls.items()}
        answer = self.newsroom.ask("poll", *words)
        return {paths[result["url"]]: result for result in answer["results"]}

    def sources(self) -> dict[str, Any]:
        paths = {url: path for path, url in self.urls.items()}
        listed = self.newsroom.ask("source", "list", "--limit", 500)["sources"]
        return {paths[source["url"]]: source for source in listed}

    def entries(self) -> list[tuple[int, str, str, int]]:
        said = self.newsroom.ask("entries", "--limit", 1000)["entries"]
        return sorted((entry["source"], entry["guid"], entry["title"], entry["revision"]) for entry in said)

    def asked_with(self, path: str) -> list[str | None]:
        """The If-None-Match of every request for `path`."""
        return [asked.headers.get("if-none-match") for asked in self.worst.asked if asked.path == path]


@pytest.fixture
def following(tmp_path: Path, web: Web, worst: HostileServer) -> Following:
    return Following(Newsroom(tmp_path / "newsroom", web, **LIMITS), worst)


def some(*numbers: int) -> str:
    return feed(*(an_item(str(n), f"Post {n}", STORY) for n in numbers))


# ── the worst of the web, all at once ──


def test_every_bad_source_fails_under_its_own_name_and_the_honest_are_read(following: Following) -> None:
    following.worst.behaviours |= {"/first": says(some(1, 2)), "/last": says(some(3))}
    following.follow("/first", *CODES, "/quadratic-entities", "/xxe-file", "/gone", "/last")
    before = utcnow()

    results = following.poll()

    found = {path: (result["error"] or {}).get("code") for path, result in results.items() if path in CODES}
    assert found == CODES
    assert {path: results[path]["new"] for path in ("/first", "/last")} == {"/first": 2, "/last": 1}
    sources = following.sources()
    speaking = {entry[0] for entry in following.entries()}
    for path, code in CODES.items():
        source = sources[path]
        assert (source["failures"], source["last_error"]["code"], source["status"]) == (1, code, "active")
        assert datetime.fromisoformat(source["due_at"]) >= before + timedelta(minutes=60)
        assert source["id"] not in speaking
    assert sources["/gone"]["status"] == "retired"


def test_no_entity_brings_a_file_of_ours_along(following: Following) -> None:
    following.follow("/xxe-file")

    following.poll()

    assert "root:" not in following.newsroom.curator("entries", "--json").out


TURNS = """
/html /json /empty /gzip-truncated /gzip-corrupt /length-truncated /chunked-truncated /partial /encoding-br
/500 /403 /429 /no-reply /garbage /loop /redirect-file /endless-body
""".split()


def test_a_good_source_that_turns_bad_keeps_entries_and_validators_until_it_is_good_again(
    following: Following,
) -> None:
    honest = conditional(some(1, 2, 3))
    paths = [f"/was-good{path}" for path in TURNS]
    following.worst.behaviours.update(dict.fromkeys(paths, honest))
    following.follow(*paths)
    following.poll()
    before = following.entries()

    following.worst.behaviours.update({f"/was-good{path}": turned(path) for path in TURNS})
    bad = following.poll("--all")
    kept = following.entries()
    following.worst.behaviours.update(dict.fromkeys(paths, honest))
    good = following.poll("--all")

    assert {path: bad[f"/was-good{path}"]["error"]["code"] for path in TURNS} == {p: CODES[p] for p in TURNS}
    assert kept == following.entries() == before
    assert {result["outcome"] for result in good.values()} == {"not_modified"}
    assert {path: following.asked_with(path) for path in paths} == {
        path: [None, '"v1"', '"v1"'] for path in paths
    }
    assert {source["failures"] for source in following.sources().values()} == {0}


def test_a_source_that_begins_badly_is_asked_without_conditions_the_next_time(following: Following) -> None:
    paths = [
        f"/bad-at-first{path}"
        for path in ("/html", "/json", "/empty", "/gzip-truncated", "/length-truncated")
    ]
    following.worst.behaviours |= {path: turned(path.removeprefix("/bad-at-first")) for path in paths}
    following.follow(*paths)

    following.poll()
    following.worst.behaviours |= dict.fromkeys(paths, says(some(1)))
    following.poll("--all")

    assert {path: following.asked_with(path) for path in paths} == {path: [None, None] for path in paths}
    assert len(following.entries()) == len(paths)


def conditional(body: str) -> Behaviour:
    def answer(wire: Wire) -> None:
        if wire.asked.headers.get("if-none-match") == '"v1"':
            wire.answer("304 Not Modified", ETag='"v1"')
        else:
            wire.answer("200 OK", body.encode(), Content_Type=RSS, ETag='"v1"')

    return answer


# ── what changes from one poll to the next ──


def queued(following: Following) -> list[str]:
    return [item["entry"]["title"] for item in following.newsroom.queue()]


def test_an_etag_that_lies_doubles_nothing(following: Following) -> None:
    following.follow("/lying-etag")

    polls = [following.poll("--all")["/lying-etag"] for _ in range(3)]

    assert [(poll["outcome"], poll["new"]) for poll in polls] == [
        ("fetched", 1),
        ("fetched", 0),
        ("fetched", 0),
    ]
    assert queued(following) == ["One"]


def test_what_flips_at_every_fetch_queues_nothing_again(following: Following) -> None:
    links = [
        "http://blog.example/a",
        "https://www.blog.example/a/",
        "https://blog.example/a?utm_source=rss&fbclid=9",
    ]
    following.worst.behaviours["/flips"] = says("")
    following.follow("/flips")

    polls = []
    for n, link in enumerate(links):
        item = an_item(f"made-up-{n}", "A story", STORY, link=link)
        following.worst.behaviours["/flips"] = says(feed(item))
        polls.append(following.poll("--all")["/flips"]["new"])

    assert polls == [1, 0, 0]
    assert queued(following) == ["A story"]


def test_entries_without_guid_and_link_are_known_by_their_words(following: Following) -> None:
    items = [f"<item><title>Story {n}</title><description>Text {n}</description></item>" for n in (1, 2)]
    following.worst.behaviours["/bare"] = says(feed(items[0]))
    following.follow("/bare")
    following.poll()
    following.worst.behaviours["/bare"] = says(feed(items[1], items[0]))

    assert following.poll("--all")["/bare"]["new"] == 1
    assert sorted(queued(following)) == ["Story 1", "Story 2"]


def test_one_guid_for_two_stories_is_two_entries_however_often_it_is_polled(following: Following) -> None:
    twice = feed(
        an_item("same", "One story", STORY, link="https://blog.example/1"),
        an_item("same", "Another", f"{STORY}<p>Other words.</p>", link="https://blog.example/2"),
    )
    following.worst.behaviours["/twice"] = says(twice)
    following.follow("/twice")

    polls = [following.poll("--all")["/twice"] for _ in range(3)]

    assert [(poll["new"], poll["revised"]) for poll in polls] == [(2, 0), (0, 0), (0, 0)]


def test_a_document_that_breaks_off_keeps_what_was_whole_and_loses_nothing(following: Following) -> None:
    whole = some(1, 2, 3, 4)
    following.worst.behaviours["/cut"] = says(some(1, 2))
    following.follow("/cut")
    following.poll()
    following.worst.behaviours["/cut"] = says(whole[: whole.index("Post 4")])
    cut = following.poll("--all")["/cut"]
    titles = [title for _, _, title, _ in following.entries()]
    following.worst.behaviours["/cut"] = says(whole)
    mended = following.poll("--all")["/cut"]

    assert (cut["new"], cut["revised"], [problem["code"] for problem in cut["problems"]]) == (
        1,
        0,
        ["feed_truncated"],
    )
    assert titles == ["Post 1", "Post 2", "Post 3"]
    assert (mended["new"], mended["revised"], mended["problems"]) == (1, 0, [])


def test_a_document_that_is_malformed_in_the_middle_is_flagged_and_read(following: Following) -> None:
    following.worst.behaviours["/malformed"] = says(some(1, 2, 3).replace("Post 2", "Post 2 & <more"))
    following.follow("/malformed")

    result = following.poll()["/malformed"]

    assert [problem["code"] for problem in result["problems"]] == ["feed_malformed"]
    assert {"Post 1", "Post 3"} <= set(queued(following))


def test_gone_for_good_retires_a_source_and_takes_nothing_from_the_desk(following: Following) -> None:
    following.worst.behaviours["/closing"] = says(some(1, 2))
    following.follow("/closing")
    following.poll()
    following.worst.behaviours["/closing"] = turned("/gone")

    assert following.poll("--all")["/closing"]["outcome"] == "gone"
    assert following.poll("--all") == {}
    assert following.sources()["/closing"]["status"] == "retired"
    assert len(queued(following)) == 2


def test_a_feed_that_moved_keeps_its_items(following: Following) -> None:
    following.worst.behaviours |= {"/feed": says(some(1, 2)), "/moved": says(some(1, 2))}
    following.follow("/moved")
    following.poll()
    following.worst.behaviours["/moved"] = BEHAVIOURS["/moved"]

    moved = following.poll("--all")["/moved"]

    assert (moved["outcome"], moved["new"], moved["revised"]) == ("fetched", 0, 0)
    assert len(queued(following)) == 2


def test_a_feed_that_moved_to_a_page_stays_where_it_is_followed(following: Following) -> None:
    following.worst.behaviours["/moving"] = says(some(1))
    following.follow("/moving")
    following.poll()
    following.worst.behaviours["/moving"] = says("", "301 Moved Permanently", Location="/html")
    following.poll("--all")

    source = following.sources()["/moving"]
    assert (source["url"], source["failures"]) == (following.urls["/moving"], 1)


def test_an_absurd_retry_after_is_obeyed_for_a_week_at_most(following: Following) -> None:
    following.worst.behaviours["/later"] = says("", "503 Unavailable", Retry_After="99999999999")
    following.follow("/later")
    before = utcnow()

    following.poll()

    due = datetime.fromisoformat(following.sources()["/later"]["due_at"]) - before
    assert timedelta(days=6, hours=23) < due < timedelta(days=7, hours=1)
    assert following.poll() == {}  # a new process, and still not its time


def test_a_flood_starves_nobody(following: Following) -> None:
    following.worst.behaviours |= {"/flood": says(some(0)), "/small": says(feed())}
    following.follow("/flood", "/small")
    following.poll()
    flood = feed(
        *(
            an_item(f"f{n}", f"Casino {n}", own_story(n), link=f"https://casino.example/{n}")
            for n in range(500)
        )
    )
    following.worst.behaviours |= {"/flood": says(flood), "/small": says(feed(an_item("s", "Small", STORY)))}

    results = following.poll("--all")

    assert (results["/flood"]["new"], results["/small"]["new"]) == (500, 1)
    assert [problem["code"] for problem in results["/flood"]["problems"]] == ["feed_flood"]
    assert Counter(title.split()[0] for title in queued(following)) == {"Casino": 50, "Post": 1, "Small": 1}


def test_no_date_keeps_an_entry_first_for_ever(following: Following) -> None:
    hours_ago = utcnow() - timedelta(hours=5)
    dated = {
        "1970": "Thu, 01 Jan 1970 00:00:00 GMT",
        "9999": "Fri, 31 Dec 9999 23:59:59 GMT",
        "future": format_datetime(hours_ago + timedelta(days=400)),
        "garbage": "next Tuesday",
        "30 Feb": "Mon, 30 Feb 2026 10:00:00 GMT",
        "honest": format_datetime(hours_ago),
    }
    items = [
        f"<item><guid>{name}</guid><title>{name}</title><pubDate>{date}</pubDate></item>"
        for name, date in dated.items()
    ]
    following.worst.behaviours["/dates"] = says(feed(*items))
    following.follow("/dates")
    first = following.poll()["/dates"]
    later = "<item><guid>later</guid><title>later</title></item>"
    following.worst.behaviours["/dates"] = says(feed(later, *items))
    following.poll("--all")

    assert [problem["code"] for problem in first["problems"]] == ["dates_refused"]
    assert queued(following) == ["later", "1970", "9999", "future", "garbage", "30 Feb", "honest"]


# ── what an editor decided stands ──


def test_what_vanishes_and_returns_is_as_the_editor_left_it(following: Following) -> None:
    following.worst.behaviours["/comes-and-goes"] = says(some(1, 2, 3))
    following.follow("/comes-and-goes")
    following.poll()
    skipped, claimed, _ = (item["id"] for item in following.newsroom.queue())
    following.newsroom.curator("skip", skipped, "--reason", "no")
    following.newsroom.curator("claim", claimed)
    for body in (some(9), some(1, 2, 3, 9)):
        following.worst.behaviours["/comes-and-goes"] = says(body)
        following.poll("--all")

    show = following.newsroom.ask
    assert (show("show", skipped)["status"], show("show", claimed)["status"]) == ("skipped", "drafting")
    assert len(following.entries()) == 4


def test_what_the_source_rewrites_is_shown_to_the_editor_and_to_nobody_else(following: Following) -> None:
    following.worst.behaviours["/rewrites"] = says(feed(an_item("1", "Post", STORY)))
    following.follow("/rewrites")
    following.poll()
    newsroom = following.newsroom
    item_id = newsroom.ready(newsroom.queue()[0]["id"], headline="Titolo", note="La mia nota.")
    newsroom.curator("publish")
    before = newsroom.ask("show", item_id)
    public = (newsroom.folder / "public/feed.atom").read_bytes()
    following.worst.behaviours["/rewrites"] = says(feed(an_item("1", "Buy pills", "<p>Spam.</p>")))

    assert following.poll("--all")["/rewrites"]["revised"] == 1
    newsroom.curator("publish")

    after = newsroom.ask("show", item_id)
    assert (before["source_changed"], after["source_changed"]) == (False, True)
    for key in ("headline", "note", "excerpt", "attributions", "version", "updated_at", "public"):
        assert after[key] == before[key]
    assert (newsroom.folder / "public/feed.atom").read_bytes() == public
    assert "Spam." in newsroom.curator("show", item_id, "--diff").out


# ── two at once ──


def test_two_polls_in_two_processes_double_nothing(any_newsroom: Newsroom, worst: HostileServer) -> None:
    following = Following(any_newsroom, worst)
    paths = [f"/blog{n}" for n in range(8)]
    for n, path in enumerate(paths):
        worst.behaviours[path] = says(
            feed(*(an_item(f"{n}-{m}", f"Post {n}-{m}", own_story(f"{n}-{m}")) for m in range(5)))
        )
    following.follow(*paths)

    polls = [any_newsroom.start("poll", "--all") for _ in range(2)]
    said = [poll.communicate(timeout=120)[1] for poll in polls]

    assert [poll.returncode for poll in polls] == [0, 0]
    assert b"Traceback" not in b"".join(said)
    assert Counter(title for _, _, title, _ in following.entries()) == Counter(queued(following))
    assert sorted(queued(following)) == sorted(f"Post {n}-{m}" for n in range(8) for m in range(5))
