"""Hubs tell us what is new: subscribing, proving it, being told, and going back to polling."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from answering import answering
from blog import Blog, Page, post, posts, rss
from curator.edges.http import open_web
from curator.edges.readers import Readers
from curator.fetch import Web
from curator.ingest.hubs import Tended, in_confidence, tend
from curator.ingest.pushes import read_pushes
from curator.ingest.usecases import edit_source, pause_source, remove_source
from curator.ingest.websub import lease_of
from curator.model import HubState, HubSubscription, SourceDraft, Validators
from curator.settings import Settings
from curator.store import Store
from curator.store.tables import hub_subscriptions
from hub import CHALLENGE, Hub, linked, running_hub
from polling import Polling


@dataclass
class Listening:
    """A source whose feed names a hub; the newsroom that follows it; and `serve`, which the hub can reach."""

    polling: Polling
    blog: Blog
    hub: Hub
    settings: Settings
    source_id: int = 0

    def says(self, *numbers: int) -> Page:
        page = linked(rss(*posts(numbers)), hub=self.hub.url, topic=self.blog.url("/feed"))
        self.blog["/feed"] = page
        return page

    def follow(self) -> Listening:
        self.says(1)
        (self.source_id,) = self.polling.follow(self.blog.url("/feed"))
        self.polling.poll()
        return self

    def tend(self) -> Tended:
        polling = self.polling
        return tend(polling.store, polling.web, self.settings, clock=lambda: polling.now, chance=lambda: 0.0)

    def read(self, worker: str = "here:2:b") -> dict[str, int]:
        polling = self.polling
        done = read_pushes(
            polling.store,
            polling.readers,
            settings=self.settings,
            worker=worker,
            is_gone=polling.is_gone,
            clock=lambda: polling.now,
            chance=lambda: 0.0,
        )
        return dict(done)

    @property
    def subscription(self) -> HubSubscription:
        with self.polling.store.read() as tx:
            found = tx.hubs.of_source(self.source_id)
        assert found is not None
        return found

    @property
    def due_in(self) -> timedelta:
        return self.polling.source(self.source_id).due_at - self.polling.now


@pytest.fixture
def hub() -> Iterator[Hub]:
    with running_hub() as running:
        yield running


@contextmanager
def listening_to(hub: Hub, blog: Blog, polling: Polling) -> Iterator[Listening]:
    fetch = replace(polling.fetch, max_bytes=100_000)
    with answering(polling.store, clock=lambda: polling.now, fetch=fetch) as settings:
        yield Listening(polling, blog, hub, settings)


@pytest.fixture
def listening(sqlite_store: Store, reading: tuple[Web, Readers], blog: Blog, hub: Hub) -> Iterator[Listening]:
    with listening_to(hub, blog, Polling(sqlite_store, *reading)) as world:
        yield world


@pytest.fixture
def anywhere(polling: Polling, blog: Blog, hub: Hub) -> Iterator[Listening]:
    """The same, once on each engine."""
    with listening_to(hub, blog, polling) as world:
        yield world


def test_what_a_hub_brings_is_queued_without_a_poll(anywhere: Listening) -> None:
    anywhere.follow()

    anywhere.tend()
    told = anywhere.hub.push(rss(post(2), post(1)).body)
    read = anywhere.read()

    assert anywhere.hub.heard[0].body == CHALLENGE.encode()
    assert (told.status, read) == (202, {"pushes": 1, "new": 1})
    assert anywhere.polling.queued_titles() == ["Post 2", "Post 1"]
    assert len(anywhere.blog.asked) == 1


def test_a_request_says_what_a_hub_has_to_know(listening: Listening) -> None:
    listening.follow().tend()

    (asked,) = listening.hub.asked
    assert asked["hub.mode"] == "subscribe"
    assert asked["hub.topic"] == listening.blog.url("/feed")
    assert asked["hub.callback"].startswith(f"{listening.settings.serve.public_url}websub/")
    assert len(asked["hub.callback"].rpartition("/")[2]) >= 40
    assert 40 <= len(asked["hub.secret"]) < 200
    assert asked["hub.lease_seconds"] == "864000"


def test_a_hub_may_be_named_by_a_header_alone(listening: Listening) -> None:
    hub, blog = listening.hub, listening.blog
    links = (("Link", f'<{hub.url}>; rel="hub"'), ("Link", '</canonical>; rel="self"'))
    blog["/feed"] = replace(rss(post(1)), headers=links)
    (listening.source_id,) = listening.polling.follow(blog.url("/feed"))
    listening.polling.poll()

    listening.tend()

    assert hub.asked[0]["hub.topic"] == blog.url("/canonical")
    assert listening.subscription.state is HubState.ACTIVE


def test_two_at_once_ask_each_hub_once(anywhere: Listening) -> None:
    for n in range(4):
        anywhere.blog[f"/{n}"] = linked(rss(post(n)), hub=anywhere.hub.url)
    ids = anywhere.polling.follow(*(anywhere.blog.url(f"/{n}") for n in range(4)))
    anywhere.polling.poll()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: anywhere.tend(), range(2)))

    assert sum(each.asked for each in done) == 4
    assert sorted(asked["hub.topic"] for asked in anywhere.hub.asked) == [
        anywhere.blog.url(f"/{n}") for n in range(4)
    ]
    with anywhere.polling.store.read() as tx:
        found = [tx.hubs.of_source(source_id) for source_id in ids]
    assert [each and (each.state, each.failures) for each in found] == 4 * [(HubState.ACTIVE, 0)]


def test_nobody_is_asked_where_hubs_cannot_reach_us(listening: Listening) -> None:
    listening.follow()
    listening.settings = replace(listening.settings, serve=replace(listening.settings.serve, public_url=None))

    assert listening.tend() == Tended()
    assert listening.hub.asked == []


def test_a_hub_that_proved_itself_makes_polls_rare(listening: Listening) -> None:
    listening.follow().tend()
    listening.polling.later(hours=1).poll()
    before = listening.due_in
    listening.hub.push(listening.says(2, 1).body)
    listening.read()

    listening.polling.later(hours=1).poll()

    assert before <= timedelta(hours=1, minutes=5)
    assert listening.due_in == timedelta(days=1)
    assert listening.polling.source(listening.source_id).due_because == "hub"


def test_every_method_of_signing_is_understood(listening: Listening) -> None:
    listening.follow().tend()

    for n, method in enumerate(["sha1", "sha256", "sha384", "sha512"], 2):
        listening.hub.push(rss(post(n)).body, method=method)

    assert listening.read() == {"pushes": 4, "new": 4}


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256",
        f"sha256={64 * '0'}",
        f"md5={32 * '0'}",
        "sha256=\u00e9",
        f"sha256={64 * '0'}, sha1=",
    ],
)
def test_what_is_not_signed_as_agreed_is_nobodys(listening: Listening, signature: str | None) -> None:
    listening.follow().tend()
    due = listening.due_in

    headers = {} if signature is None else {"X-Hub-Signature": signature}
    told = listening.hub.bring(rss(post(666)).body, **headers)

    assert told.status == 202  # whoever forges learns nothing
    assert listening.read() == {"pushes": 0, "new": 0}
    assert (listening.subscription.refused, listening.subscription.pushes) == (1, 0)
    assert listening.due_in == due


def test_the_secret_of_another_subscription_opens_nothing(listening: Listening) -> None:
    listening.follow().tend()
    first = listening.hub.asked[-1]
    listening.blog["/other"] = linked(rss(post(9)), hub=listening.hub.url)
    listening.polling.follow(listening.blog.url("/other"))
    listening.polling.poll()
    listening.tend()

    listening.hub.push(rss(post(666)).body, callback=first["hub.callback"])

    assert listening.hub.asked[-1]["hub.secret"] != first["hub.secret"]
    assert listening.hub.asked[-1]["hub.topic"] == listening.blog.url("/other")
    assert listening.read() == {"pushes": 0, "new": 0}


def test_a_confirmation_that_nobody_asked_for_is_not_given(listening: Listening) -> None:
    listening.hub.way = "silent"
    listening.follow().tend()
    hub = listening.hub
    nowhere = {**hub.asked[0], "hub.callback": f"{listening.settings.serve.public_url}websub/{43 * 'x'}"}

    answers = [
        hub.ask_back(nowhere),
        hub.ask_back(topic="https://blog.example/other"),
        hub.ask_back(mode="unsubscribe"),
        hub.ask_back(mode="sing"),
        hub.ask_back(challenge=""),
    ]

    assert {answer.status for answer in answers} == {404}
    assert all(CHALLENGE.encode() not in answer.body for answer in answers)
    assert listening.subscription.state is HubState.ASKED


def test_a_confirmed_subscription_is_not_ended_or_prolonged_by_others(anywhere: Listening) -> None:
    anywhere.follow().tend()
    lease = anywhere.subscription.lease_until
    anywhere.polling.later(hours=2)

    ended = anywhere.hub.ask_back(mode="unsubscribe")
    other = anywhere.hub.ask_back(challenge="another")
    same = anywhere.hub.ask_back()

    assert (ended.status, other.status) == (404, 404)
    assert (same.status, same.body) == (200, CHALLENGE.encode())  # our first answer may have been lost
    assert anywhere.subscription.state is HubState.ACTIVE
    assert anywhere.subscription.lease_until == lease


def test_looking_confirms_nothing(listening: Listening) -> None:
    listening.hub.way = "silent"
    listening.follow().tend()

    looking = urllib.request.Request(listening.hub.callback, method="HEAD")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(looking, timeout=10)

    assert refused.value.code == 405
    refused.value.close()


def test_a_lease_is_renewed_before_it_ends(anywhere: Listening) -> None:
    anywhere.follow().tend()
    first = anywhere.subscription.lease_until
    assert first == anywhere.polling.now + timedelta(days=10)

    anywhere.polling.later(days=5)
    assert anywhere.tend() == Tended()
    anywhere.polling.later(days=3)
    assert anywhere.tend() == Tended(asked=1)
    assert anywhere.hub.modes == ["subscribe", "subscribe"]
    assert anywhere.hub.asked[0]["hub.callback"] == anywhere.hub.asked[1]["hub.callback"]
    assert anywhere.subscription.lease_until == first + timedelta(days=8)


def test_a_lease_is_as_the_hub_says_within_reason(listening: Listening) -> None:
    listening.hub.lease = "7"

    listening.follow().tend()

    assert listening.subscription.lease_until == listening.polling.now + timedelta(minutes=1)
    assert [lease_of(stated).days for stated in ("864000", 10 * "9", "", "-5", "soon", 5000 * "9")] == [
        10,
        365,
        1,
        1,
        1,
        1,
    ]


def test_when_a_lease_ends_polling_is_what_it_was(anywhere: Listening) -> None:
    anywhere.follow().tend()
    anywhere.hub.push(anywhere.says(2, 1).body)
    anywhere.read()
    anywhere.polling.later(days=9, hours=23).poll(everything=True)
    put_off_until_the_end = anywhere.due_in
    anywhere.hub.way = "refuse"
    anywhere.polling.later(hours=2)

    anywhere.tend()

    assert put_off_until_the_end == timedelta(hours=1)
    assert anywhere.subscription.state is HubState.ASKED
    assert anywhere.polling.source(anywhere.source_id).push_until is None
    assert anywhere.due_in <= timedelta()
    anywhere.polling.poll()
    assert anywhere.due_in <= timedelta(hours=1, minutes=5)


def test_a_hub_that_denies_is_asked_again_in_a_week(anywhere: Listening) -> None:
    anywhere.follow().tend()
    anywhere.hub.push(anywhere.says(2, 1).body)
    anywhere.read()
    anywhere.polling.later(hours=1).poll()

    answer = anywhere.hub.ask_back(mode="denied", reason="topic\nunknown")

    assert answer.status == 200
    assert anywhere.subscription.state is HubState.DENIED
    assert anywhere.subscription.last_error == {
        "code": "hub_denied",
        "data": {"host": "127.0.0.1", "why": "topic unknown"},
    }
    assert anywhere.due_in <= timedelta()
    assert anywhere.hub.push(rss(post(3)).body).status == 410
    assert anywhere.tend() == Tended()
    anywhere.polling.later(days=7)
    assert anywhere.tend() == Tended(asked=1)


def test_a_denial_for_another_topic_is_none(listening: Listening) -> None:
    listening.follow().tend()

    answer = listening.hub.ask_back(mode="denied", topic="https://blog.example/other")

    assert answer.status == 404
    assert listening.subscription.state is HubState.ACTIVE


def test_a_dead_hub_is_asked_ever_more_rarely_and_polls_go_on(anywhere: Listening) -> None:
    anywhere.hub.way = "refuse"
    anywhere.follow()
    gaps = []
    for _ in range(12):
        assert anywhere.tend() == Tended(failed=1)
        gap = anywhere.subscription.due_at - anywhere.polling.now
        gaps.append(gap)
        anywhere.polling.later(seconds=gap.total_seconds())

    assert gaps[:3] == [timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=20)]
    assert gaps[-1] == timedelta(days=1)
    assert anywhere.subscription.last_error == {
        "code": "fetch_http_status",
        "data": {"host": "127.0.0.1", "status": 403},
    }
    anywhere.says(2, 1)
    assert anywhere.polling.poll().new == 1


def test_a_hub_that_never_asks_back_has_failed(listening: Listening) -> None:
    listening.hub.way = "silent"
    listening.follow().tend()

    listening.polling.later(hours=1)
    assert listening.tend() == Tended()

    assert listening.subscription.failures == 1
    assert (listening.subscription.last_error or {})["code"] == "hub_silent"
    assert listening.hub.ask_back().status == 404  # too late: it will be asked again
    listening.polling.later(minutes=5)
    assert listening.tend() == Tended(asked=1)


def test_one_dead_hub_is_waited_for_once(listening: Listening) -> None:
    listening.hub.way = "hang_up"
    for n in range(3):
        listening.blog[f"/{n}"] = linked(rss(post(n)), hub=listening.hub.url)
    ids = listening.polling.follow(*(listening.blog.url(f"/{n}") for n in range(3)))
    listening.polling.poll()

    assert listening.tend() == Tended(failed=3)

    assert len(listening.hub.asked) == 1
    with listening.polling.store.read() as tx:
        found = [tx.hubs.of_source(source_id) for source_id in ids]
    assert [each and each.failures for each in found] == [1, 1, 1]


def test_a_hub_that_polls_prove_wrong_is_not_relied_upon(anywhere: Listening) -> None:
    anywhere.follow().tend()
    anywhere.hub.push(anywhere.says(2, 1).body)
    anywhere.read()
    anywhere.says(3, 2, 1)
    anywhere.polling.later(days=1).poll()
    once = anywhere.due_in
    anywhere.says(4, 3, 2, 1)
    anywhere.polling.later(days=1).poll()
    twice = anywhere.due_in

    assert once == timedelta(days=1)
    assert anywhere.polling.source(anywhere.source_id).push_until is None
    anywhere.polling.later(seconds=twice.total_seconds()).poll()
    assert anywhere.due_in < timedelta(days=1)
    anywhere.hub.push(anywhere.says(5, 4).body)
    anywhere.read()
    anywhere.polling.later(hours=1).poll(everything=True)
    assert anywhere.due_in == timedelta(days=1)


def test_a_push_changes_nothing_but_entries(listening: Listening) -> None:
    listening.follow().tend()
    before = listening.polling.source(listening.source_id)

    listening.hub.push(rss(post(2)).body)
    listening.read()

    after = listening.polling.source(listening.source_id)
    assert after.validators == before.validators != Validators()
    assert replace(after, push_until=None) == before
    assert len(listening.polling.entries()) == 2  # the one that it did not mention is still there


def test_the_same_push_twice_and_then_a_poll_make_one_entry(anywhere: Listening) -> None:
    anywhere.follow().tend()
    body = anywhere.says(2, 1).body

    anywhere.hub.push(body)
    anywhere.hub.push(body)
    read = anywhere.read()
    polled = anywhere.polling.later(hours=1).poll()

    assert read == {"pushes": 2, "new": 1}
    assert (polled.new, polled.revised) == (0, 0)
    assert anywhere.polling.queued_titles() == ["Post 2", "Post 1"]


def test_what_a_hub_brings_while_the_source_is_polled_waits(anywhere: Listening) -> None:
    anywhere.follow().tend()
    with anywhere.polling.store.begin() as tx:
        tx.sources.claim(
            [anywhere.source_id],
            only_due=False,
            now=anywhere.polling.now,
            worker="there:1:a",
            until=anywhere.polling.now + timedelta(minutes=15),
            is_gone=lambda _: False,
        )
    anywhere.hub.push(rss(post(2, title="At first")).body)

    busy = anywhere.read()
    anywhere.hub.push(rss(post(2, title="In the end")).body)
    with anywhere.polling.store.begin() as tx:
        tx.sources.release([anywhere.source_id], worker="there:1:a")
    not_before_the_first = anywhere.read()
    anywhere.polling.later(minutes=1)

    assert busy == not_before_the_first == {"pushes": 0, "new": 0}
    assert anywhere.read() == {"pushes": 2, "new": 1}
    assert anywhere.polling.queued_titles() == ["In the end", "Post 1"]


def test_two_at_once_read_each_push_once(anywhere: Listening) -> None:
    anywhere.follow().tend()
    for n in range(2, 8):
        anywhere.hub.push(rss(post(n)).body)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(anywhere.read, ["here:2:b", "here:3:c"]))
    anywhere.polling.later(minutes=1)
    done.append(anywhere.read())  # those that met a source in hand

    assert sum(each["new"] for each in done) == 6
    assert len(anywhere.polling.queue()) == 7


def test_what_was_read_late_is_settled_by_a_poll(listening: Listening) -> None:
    listening.follow().tend()
    old = rss(post(2, title="As it was first"), post(1)).body
    listening.hub.push(old)
    listening.says(2, 1)
    listening.polling.later(hours=1).poll()

    listening.read()
    listening.polling.later(minutes=2)
    listening.blog["/feed"] = replace(listening.blog.pages["/feed"], etag=False)
    listening.polling.poll()

    titles = {entry.title for entry in listening.polling.entries()}
    assert titles == {"Post 2", "Post 1"}


@pytest.mark.parametrize("body", [b"", b"<html><body>not a feed", b"\x00\xff"])
def test_a_push_that_cannot_be_read_is_a_reason_to_poll(listening: Listening, body: bytes) -> None:
    listening.follow().tend()
    listening.polling.later(minutes=30)

    told = listening.hub.push(body)
    listening.read()

    assert told.status == 202
    assert listening.due_in <= timedelta()
    listening.says(2, 1)
    assert listening.polling.poll().new == 1


def test_knocking_all_day_makes_one_poll_a_minute(listening: Listening) -> None:
    listening.follow().tend()

    listening.hub.push(b"")

    assert listening.due_in == timedelta(minutes=1)


def test_a_knock_is_no_leave_to_ask_a_server_that_wants_a_pause(listening: Listening) -> None:
    listening.follow().tend()
    listening.blog["/feed"] = Page(status=429, headers=(("Retry-After", "7200"),))
    listening.polling.later(hours=1).poll()

    listening.hub.push(b"")

    assert listening.due_in >= timedelta(hours=2)


def test_a_flood_of_pushes_is_kept_within_bounds(anywhere: Listening) -> None:
    anywhere.follow().tend()

    for n in range(30):
        assert anywhere.hub.push(rss(post(n)).body).status == 202

    assert anywhere.read() == {"pushes": 20, "new": 19}
    assert anywhere.due_in == timedelta(minutes=1)


def test_a_hub_that_brings_too_much_fills_no_queue(anywhere: Listening) -> None:
    anywhere.polling.fetch = replace(anywhere.polling.fetch, max_queued=5)
    anywhere.settings = replace(anywhere.settings, fetch=anywhere.polling.fetch)
    anywhere.follow().tend()

    for n in range(2, 14, 3):
        anywhere.hub.push(rss(*posts(range(n, n + 3))).body)
    anywhere.read()
    within_the_hour = len(anywhere.polling.queue())
    anywhere.polling.later(hours=2)
    anywhere.hub.push(rss(post(99)).body)
    anywhere.read()

    assert within_the_hour == 5
    assert len(anywhere.polling.entries()) == 14
    assert anywhere.polling.queued_titles()[0] == "Post 99"


def test_a_body_without_end_is_not_kept(listening: Listening) -> None:
    listening.settings = replace(listening.settings)
    listening.follow().tend()

    told = listening.hub.push(b"a" * (listening.settings.fetch.max_bytes + 1))

    assert told.status == 413
    assert listening.read() == {"pushes": 0, "new": 0}


@pytest.mark.parametrize("end", ["paused", "removed", "no hub", "another hub", "another address"])
def test_a_subscription_that_nobody_wants_is_given_back(listening: Listening, end: str) -> None:
    polling = listening.follow().polling
    listening.tend()
    callback = listening.hub.callback
    store, now, source = polling.store, polling.now, listening.source_id
    match end:
        case "paused":
            pause_source(store, source, now=now)
        case "removed":
            remove_source(store, source, now=now)
        case "no hub":
            listening.blog["/feed"] = rss(post(1), post(2))
            polling.poll(everything=True)
        case "another hub":
            listening.blog["/feed"] = linked(rss(post(1)), hub=f"{listening.hub.url}other")
            polling.poll(everything=True)
        case "another address":
            edit_source(store, source, draft=SourceDraft(), url=listening.blog.url("/new"), now=now)

    listening.tend()

    left = next(asked for asked in listening.hub.asked if asked["hub.mode"] == "unsubscribe")
    assert left["hub.callback"] == callback
    assert listening.hub.push(rss(post(3)).body, callback=callback).status == 410
    assert listening.hub.modes.count("subscribe") == (2 if end == "another hub" else 1)


def test_a_hub_that_moved_is_followed(listening: Listening) -> None:
    listening.hub.way = "move"

    assert listening.follow().tend() == Tended(asked=1)

    assert listening.hub.paths == ["/", "/elsewhere"]
    assert listening.subscription.state is HubState.ACTIVE


def test_a_hub_leads_to_no_private_address(listening: Listening) -> None:
    listening.hub.way = "move_down"
    only_here = replace(listening.polling.fetch, allow_private=(f"127.0.0.1:{port_of(listening.hub.url)}",))
    private = linked(rss(post(1)), hub="http://10.1.2.3/hub")
    listening.blog["/private"] = private
    listening.polling.follow(listening.blog.url("/private"))
    listening.follow()

    web = open_web(only_here)
    listening.polling = replace(listening.polling, web=web)
    assert listening.tend() == Tended(failed=2)
    web.close()

    assert (listening.subscription.last_error or {})["code"] == "fetch_address_refused"
    assert listening.hub.asked == []


@pytest.mark.parametrize(
    ("hub_url", "confident"),
    [
        ("https://hub.example/", True),
        ("http://hub.example/", False),
        ("http://127.0.0.1:8000/", True),
        ("http://[::1]/", True),
        ("http://10.0.0.1/", False),
        ("http://127.0.0.1.hub.example/", False),
    ],
)
def test_a_secret_is_told_only_where_nobody_else_can_read_it(hub_url: str, *, confident: bool) -> None:
    assert in_confidence(hub_url) is confident


def test_without_a_secret_a_push_is_no_more_than_a_knock(listening: Listening) -> None:
    listening.follow().tend()
    with listening.polling.store.begin() as tx:
        tx.connection.execute(update(hub_subscriptions).values(secret=None))
    listening.polling.later(minutes=30)

    assert listening.hub.bring(rss(post(2)).body).status == 202

    assert listening.read() == {"pushes": 0, "new": 0}
    assert listening.due_in <= timedelta()
    assert listening.polling.source(listening.source_id).push_until is None


def port_of(url: str) -> str:
    return url.rstrip("/").rpartition(":")[2]
