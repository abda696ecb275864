"""Sources that published items cite: who is asked, how often, and when one is believed to be gone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from builders import NOW, SETTINGS
from curator.edges.http import open_web
from curator.fetch import HostGate, Looked, look
from curator.model import Failed
from curator.publish.links import Checked, archived, check_links, is_due, judged
from curator.settings import FetchSettings, LinkSettings, Settings
from curator.store import Store
from curator.store import tables as t
from curator.store.links import Link, LinkState
from loopback import started
from newsletter import Newsletter
from publishing import an_attribution

DAY = timedelta(days=1)
DAYS = timedelta(days=30)
LINK = Link(key="k", url="https://cx.example/leave", host="cx.example", due_at=NOW)
THERE, NOWHERE = Looked(status=200, final_url=LINK.url), Looked(status=404, final_url=LINK.url)


def after(*answers: tuple[int, Looked | Failed], link: Link = LINK, online: bool = True) -> Link:
    """The link after these looks, each on a day of its own."""
    for day, answer in answers:
        now = NOW + day * DAY
        link = judged(link, answer, online=online, days=DAYS, chance=0.5, now=now)
    return link


def test_a_page_is_dead_when_it_was_gone_three_times_over_a_week() -> None:
    assert after((0, NOWHERE), (4, NOWHERE)).state is LinkState.FAILING
    assert after((0, NOWHERE), (1, NOWHERE), (6, NOWHERE)).state is LinkState.FAILING
    assert after((0, NOWHERE), (10, NOWHERE)).state is LinkState.FAILING
    dead = after((0, NOWHERE), (4, NOWHERE), (7, NOWHERE))
    assert (dead.state, dead.gone_since, dead.dead_since) == (LinkState.DEAD, NOW, NOW + 7 * DAY)


def test_what_fails_is_asked_again_in_time_to_be_believed_after_a_week() -> None:
    link, now, looks = LINK, NOW, 0
    while link.state is not LinkState.DEAD:
        link = judged(link, NOWHERE, online=True, days=DAYS, chance=0.0, now=now)
        now, looks = link.due_at, looks + 1

    assert (looks, link.dead_since) == (3, NOW + 7 * DAY)


@pytest.mark.parametrize(
    "answer",
    [
        *(Looked(status=status, final_url=LINK.url) for status in (401, 403, 418, 429, 451, 500, 503)),
        Failed(code="fetch_timeout", data={"host": "cx.example"}),
        Failed(code="fetch_tls", data={"host": "cx.example"}),
        Failed(code="fetch_robots_link", data={"host": "cx.example"}),
        Failed(code="fetch_address_refused", data={"host": "cx.example"}),
        Failed(code="fetch_dns", data={"host": "cx.example", "why": "Temporary failure in name resolution"}),
    ],
    ids=str,
)
def test_a_wall_or_a_server_that_is_down_is_no_sign_of_death(answer: Looked | Failed) -> None:
    looks = [(day, answer) for day in range(0, 400, 30)]

    assert after(*looks).state is LinkState.UNKNOWN
    assert after((0, NOWHERE), (4, answer), (8, answer), (12, answer)).state is LinkState.FAILING


def test_a_name_that_is_gone_counts_only_while_we_reach_anybody() -> None:
    gone = Failed(code="fetch_dns", data={"host": "cx.example", "why": "Name or service not known"})

    assert after((0, gone), (4, gone), (8, gone)).state is LinkState.DEAD
    assert after((0, gone), (4, gone), (8, gone), online=False).state is LinkState.UNKNOWN


def test_one_that_answers_again_lives() -> None:
    back = after((0, NOWHERE), (4, NOWHERE), (8, NOWHERE), (38, THERE))

    assert (back.state, back.gone, back.gone_since, back.dead_since) == (LinkState.OK, 0, None, None)
    assert after((0, NOWHERE), (4, NOWHERE), (5, THERE), (9, NOWHERE)).state is LinkState.FAILING


def test_a_page_that_leads_home_is_suspicious_and_not_dead() -> None:
    home = Looked(status=200, final_url="https://cx.example/")

    assert after((0, home), (30, home), (60, home)).state is LinkState.MOVED_HOME
    assert after((0, home), link=replace(LINK, url="https://cx.example/")).state is LinkState.OK


def test_looks_are_weeks_apart_and_never_for_all_on_one_day() -> None:
    spread = {judged(LINK, THERE, online=True, days=DAYS, chance=c, now=NOW).due_at for c in (0.0, 0.5, 1.0)}

    assert spread == {NOW + days * DAY for days in (27, 30, 33)}
    assert after((0, Looked(status=503, final_url=LINK.url, retry_after=9 * DAY))).due_at == NOW + 9 * DAY


def test_an_archive_is_offered_of_the_day_on_which_we_cited_it() -> None:
    url = archived(LinkSettings().archive, url="https://cx.example/a?b={date}", published_at=NOW)

    assert url == "https://web.archive.org/web/20260302/https://cx.example/a?b={date}"
    assert archived(None, url="https://cx.example/", published_at=NOW) is None


# ── with a store, and servers that answer ──


@dataclass
class Site:
    """What a path answers to HEAD and to GET; and who asked for what."""

    port: int = 0
    answers: dict[str, tuple[int, int]] = field(default_factory=dict)
    robots: bytes = b""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def a_site() -> Iterator[Site]:
    site = Site()

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"<p>Here.</p>", 1)

        def do_HEAD(self) -> None:
            self._answer(b"", 0)

        def _answer(self, body: bytes, which: int) -> None:
            host = self.headers["Host"].partition(":")[0]
            if self.path == "/robots.txt":
                status, body = 200, site.robots
            else:
                site.asked.append((self.command, host + self.path))
                status = site.answers.get(self.path, (404, 404))[which]
            self.send_response(status)
            self.send_header("Content-Length", "12" if self.command == "HEAD" else str(len(body)))
            if status == 301:
                self.send_header("Location", "/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("0.0.0.0", 0), Pages)
    site.port = server.server_address[1]
    with started(server):
        yield site


class Citing:
    """A newsroom that has published items, and what its links come to."""

    def __init__(self, store: Store, site: Site, folder: Path) -> None:
        self.store = store
        self.site = site
        self.news = Newsletter(store, folder, replace(SETTINGS, newsroom=folder))
        self.now = NOW
        self.allow_private: tuple[str, ...] = ("127.0.0.0/8:*",)

    @property
    def settings(self) -> Settings:
        fetch = FetchSettings(allow_private=self.allow_private, per_host_gap=0, total_timeout=5)
        return replace(SETTINGS, fetch=fetch)

    def cite(self, *urls: str) -> int:
        item = self.news.publish()
        with self.store.begin() as tx:
            for n, url in enumerate(urls):
                said = an_attribution(url=url)
                row = {"item_id": item, "position": n, "authors": [], "title": said.title, "url": url}
                tx.connection.execute(t.attributions.insert().values(row))
        return item

    def round(self, *, days: float = 0, worker: str = "here:1") -> Checked:
        """One more of them, so many days later."""
        self.now += timedelta(days=days)
        web = open_web(self.settings.fetch)
        try:
            return check_links(
                self.store,
                web,
                self.settings,
                worker=worker,
                is_gone=lambda _worker: False,
                clock=lambda: self.now,
                chance=lambda: 0.0,
            )
        finally:
            web.close()

    def state(self, url: str) -> LinkState:
        with self.store.read() as tx:
            rows = tx.connection.execute(t.links.select().where(t.links.c.url == url)).all()
        return LinkState(rows[0].state)

    def is_due(self, now: datetime) -> bool:
        with self.store.read() as tx:
            return is_due(tx, now=now)


@pytest.fixture
def citing(store: Store, tmp_path: Path) -> Iterator[Citing]:
    with a_site() as site:
        yield Citing(store, site, tmp_path)


def test_a_source_that_stays_away_is_told_with_who_cites_it(citing: Citing) -> None:
    url = citing.site.url("/gone")
    first, second = citing.cite(url), citing.cite(url)

    rounds = [citing.round(), citing.round(days=3.5), citing.round(days=3.5)]
    with citing.store.read() as tx:
        [dead] = tx.links.standing().dead

    assert [each.dead for each in rounds] == [0, 0, 1]
    assert (dead.url, dead.items, dead.since, dead.http_status) == (url, (first, second), NOW, 404)


def test_a_head_is_enough_and_a_get_follows_where_it_is_refused(citing: Citing) -> None:
    citing.site.answers |= {"/plain": (200, 200), "/no-head": (405, 200), "/lies": (404, 200)}
    hosts = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
    urls = [citing.site.url(path, host) for path, host in zip(citing.site.answers, hosts, strict=True)]
    citing.cite(*urls)

    citing.round()

    assert [citing.state(url) for url in urls] == [LinkState.OK] * 3
    assert sorted(citing.site.asked) == [
        ("GET", "127.0.0.2/no-head"),
        ("GET", "127.0.0.3/lies"),
        ("HEAD", "127.0.0.1/plain"),
        ("HEAD", "127.0.0.2/no-head"),
        ("HEAD", "127.0.0.3/lies"),
    ]


def test_a_wall_is_asked_once(citing: Citing) -> None:
    citing.site.answers["/wall"] = (403, 200)
    citing.cite(citing.site.url("/wall"))

    citing.round()

    assert citing.site.asked == [("HEAD", "127.0.0.1/wall")]
    assert citing.state(citing.site.url("/wall")) is LinkState.UNKNOWN


def test_a_host_s_gap_lies_between_the_two_requests_of_one_look() -> None:
    pauses: list[float] = []
    time = 0.0

    def sleep(seconds: float) -> None:
        nonlocal time
        pauses.append(seconds)
        time += seconds

    with a_site() as site:
        web = open_web(FetchSettings(allow_private=("127.0.0.0/8:*",), total_timeout=5))
        gate = HostGate(3.0, clock=lambda: time, sleep=sleep)
        look(replace(web, gate=gate), site.url("/gone"), now=NOW)
        web.close()

    assert [method for method, _ in site.asked] == ["HEAD", "GET"]
    assert pauses == [3.0]


def test_what_leads_home_says_so(citing: Citing) -> None:
    citing.site.answers |= {"/old": (301, 301), "/": (200, 200)}
    citing.cite(citing.site.url("/old"))

    citing.round()

    assert citing.state(citing.site.url("/old")) is LinkState.MOVED_HOME


def test_one_address_of_a_host_in_a_round_and_a_round_every_ten_minutes(citing: Citing) -> None:
    citing.site.answers |= {f"/{n}": (200, 200) for n in range(3)}
    citing.cite(*(citing.site.url(path) for path in citing.site.answers))

    looked = [citing.round(days=days).looked for days in (0, 0, 1 / 144, 1 / 144, 1 / 144)]

    assert looked == [1, 0, 1, 1, 0]


def test_whom_robots_txt_keeps_out_asks_no_further(citing: Citing) -> None:
    citing.site.robots = b"User-agent: *\nDisallow: /private/\n"
    citing.cite(citing.site.url("/private/page"))

    citing.round()

    assert citing.site.asked == []
    assert citing.state(citing.site.url("/private/page")) is LinkState.UNKNOWN


def test_a_host_that_had_enough_of_us_is_left_alone(citing: Citing) -> None:
    citing.site.answers |= {"/a": (429, 429), "/b": (429, 429)}
    citing.cite(citing.site.url("/a"), citing.site.url("/b"))

    rounds = [citing.round(), citing.round(days=0.5), citing.round(days=0.6)]

    assert [each.looked for each in rounds] == [1, 0, 1]


def test_a_private_address_is_not_asked(citing: Citing) -> None:
    citing.allow_private = ()
    citing.cite(citing.site.url("/a"))

    citing.round()

    assert citing.site.asked == []
    assert citing.state(citing.site.url("/a")) is LinkState.UNKNOWN


def test_a_host_that_a_poll_has_in_hand_waits(citing: Citing) -> None:
    citing.site.answers["/a"] = (200, 200)
    citing.cite(citing.site.url("/a"))
    with citing.store.begin() as tx:
        until = NOW + timedelta(minutes=10)
        tx.hosts.take(["127.0.0.1"], worker="there:9", now=NOW, until=until, is_gone=lambda _: False)

    assert citing.round().looked == 0
    assert citing.round(days=1).looked == 1


def test_of_two_at_once_one_asks(citing: Citing) -> None:
    citing.site.answers["/a"] = (200, 200)
    citing.cite(citing.site.url("/a"))

    assert [citing.round(worker=f"here:{n}").looked for n in (1, 2)] == [1, 0]


def test_what_is_cited_no_more_is_forgotten(citing: Citing) -> None:
    citing.cite(citing.site.url("/a"))
    citing.round()
    with citing.store.begin() as tx:
        tx.connection.execute(t.publications.update().values(withdrawn_at=NOW))

    citing.round(days=1)

    with citing.store.read() as tx:
        assert tx.connection.execute(t.links.select()).all() == []
        assert tx.links.standing().known == 0


def test_nothing_cited_is_looked_for_once_a_day(citing: Citing) -> None:
    assert citing.is_due(NOW)
    citing.round()

    assert not citing.is_due(NOW + timedelta(hours=23))
    assert citing.is_due(NOW + timedelta(hours=25))
