"""Whatever was published, withdrawn and corrected: every item has its places, and keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from builders import NOW
from curator.model import Glance, Issue, IssueStatus, Letter
from curator.publish.channels import archived, changed_at, months_of, tombstones
from curator.publish.documents import (
    ArchivePage,
    Document,
    FeedFile,
    IndexPage,
    ItemPage,
    ListingPage,
    MonthPage,
    NewsletterPage,
    SearchShard,
    SitemapPart,
)
from curator.publish.plan import Known, news_in, plan
from curator.publish.site import ATOM, JSON_FEED, RSS, WHOLE, Channel, Line, tag_channel
from publishing import ENGLISH, SITE, a_glance

Kind = TypeVar("Kind", bound=Document)

FEW, PAGE = 4, 3  # in a feed; on a page
TAGS = st.lists(st.sampled_from(["cx", "fedeltà", "Fedelta", "C++", "C#"]), max_size=3, unique=True)


@st.composite
def histories(draw: st.DrawFn) -> list[Glance]:
    """Items of some months in their order: hours or weeks apart, some withdrawn."""
    gaps = draw(st.lists(st.sampled_from([1, 30, 200, 900]), max_size=30))
    at = datetime(2025, 11, 20, tzinfo=UTC)
    glances = []
    for n, hours in enumerate(gaps, start=1):
        at += timedelta(hours=hours)
        glances.append(
            a_glance(
                n,
                published_at=at,
                withdrawn_at=at + timedelta(days=1) if draw(st.integers(0, 4)) == 0 else None,
                tags=tuple(draw(TAGS)),
                sources=((draw(st.sampled_from(["a.example", "b.example"])), "A"),),
                language=draw(st.sampled_from(["en", "de", "und", None])),
            )
        )
    return glances


def documents(glances: Sequence[Glance], **said: int) -> list[Document]:
    known = Known(site=SITE, glances=glances, issues=(), opened=NOW)
    sizes = {"feed_items": FEW, "page_items": PAGE} | said
    return plan([known], program="1", feed_items=sizes["feed_items"], page_items=sizes["page_items"])


def inputs(found: Sequence[Document]) -> dict[str, str]:
    return {document.path: document.inputs for document in found}


def of(found: Sequence[Document], kind: type[Kind]) -> dict[str, Kind]:
    return {document.path: document for document in found if isinstance(document, kind)}


def live(glances: Sequence[Glance]) -> list[Glance]:
    return [glance for glance in reversed(glances) if glance.withdrawn_at is None]


def is_of(glance: Glance, channel: Channel) -> bool:
    match channel.line:
        case Line.EDITION:
            return True
        case Line.TAG:
            return channel.key in {tag_channel(tag).key for tag in glance.facets.tags}
        case Line.LANGUAGE:
            return glance.facets.language == channel.key
        case Line.SOURCE:
            return channel.key in {host for host, _ in glance.facets.sources}


def _given(glance: Glance) -> tuple[datetime, int]:
    return glance.published_at, glance.sequence


@settings(max_examples=60, deadline=None)
@given(histories())
def test_walking_back_through_the_archive_gives_every_item_once_the_newest_first(
    glances: list[Glance],
) -> None:
    found = of(documents(glances), FeedFile)

    for file in (ATOM, JSON_FEED):
        walk, at = [found[file]], found[file].previous
        while at:
            walk.append(found[at])
            at = found[at].previous

        assert [glance for document in walk for glance in document.shown] == live(glances)
        assert sum(document.archive for document in walk) == len(walk) - 1
        assert [each.next for each in walk[1:]] == [None, *(each.path for each in walk[1:])][: len(walk) - 1]
    assert set(live(glances[-FEW:])) <= set(found[ATOM].shown)
    assert list(found[RSS].shown) == live(glances)[:FEW]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["new", "new", "correct", "withdraw"]),
        st.integers(0, 99),
        st.sampled_from([1, 30, 200, 500]),
    ),
    max_size=40,
)


def happened(glances: list[Glance], what: str, which: int, at: datetime) -> None:
    """One more item, or a change of one that readers have."""
    here = [place for place, glance in enumerate(glances) if glance.withdrawn_at is None]
    if what == "new" or not here:
        glances.append(a_glance(len(glances) + 1, published_at=at, tags=("cx",)))
        return
    place = here[which % len(here)]
    old = glances[place]
    new = replace(old, updated_at=at, facets=replace(old.facets, corrected=True), digest=f"corrected {at}")
    glances[place] = new if what == "correct" else replace(old, withdrawn_at=at, digest="gone")


class Follower:
    """Who asks for a feed now and then, for an archive document but once, and believes what they say."""

    def __init__(self, feed: str) -> None:
        self.feed = feed
        self.walked: set[str] = set()
        self.known: dict[int, datetime] = {}

    def ask(self, found: dict[str, FeedFile]) -> None:
        documents = [found[self.feed]]
        while (at := documents[-1].previous) and at not in self.walked:
            self.walked.add(at)
            documents.append(found[at])
        for document in reversed(documents):
            self.known |= {glance.item_id: glance.updated_at for glance in document.shown}
        for glance in found[self.feed].withdrawn:
            self.known.pop(glance.item_id, None)


@settings(max_examples=60, deadline=None)
@example([("new", 0, 1)] * 4 + [("correct", 0, 1), ("new", 0, 1)])
@given(EVENTS)
def test_who_follows_a_feed_is_told_of_every_correction_and_every_withdrawal(
    events: list[tuple[str, int, int]],
) -> None:
    followers = [Follower(path) for path in (ATOM, f"tags/cx/{ATOM}", JSON_FEED, RSS, f"tags/cx/{RSS}")]
    glances: list[Glance] = []
    at = NOW
    for n, (what, which, hours) in enumerate(events, start=1):
        at += timedelta(hours=hours)
        happened(glances, what, which, at)
        if n % (FEW - 1):
            continue
        found = of(documents(glances), FeedFile)
        now = {glance.item_id: glance.updated_at for glance in live(glances)}
        for follower in [each for each in followers if each.feed in found]:
            follower.ask(found)
            tells = follower.feed.endswith(ATOM)  # in the others a withdrawn item is there no more
            known = {id_: when for id_, when in follower.known.items() if tells or id_ in now}
            assert known == now, follower.feed


BROUGHT = st.lists(
    st.tuples(
        st.sampled_from(["new", "new", "correct", "withdraw", "bring", "bring"]),
        st.integers(0, 99),
        st.sampled_from([1, 30, 200, 500]),
    ),
    max_size=20,
)


def brought(glances: list[Glance], which: int, at: datetime) -> None:
    """Three posts of another blog, older than this one or of the same time; one that no feed had."""
    for n in range(3):
        number = len(glances) + 1
        published = at - timedelta(days=which * (n + 1), hours=n)
        glance = a_glance(number, published_at=published, tags=("cx", "antico"), imported=True)
        glances.append(replace(glance, in_feeds=bool(which % 4 or n)))


@settings(max_examples=25, deadline=None)
@example([("new", 0, 1)] * 9 + [("bring", 1, 500), ("new", 0, 1), ("new", 0, 1)])
@given(BROUGHT)
def test_who_follows_a_feed_misses_nothing_native_whatever_is_brought_in_between(
    events: list[tuple[str, int, int]],
) -> None:
    """And has nothing of what was brought as it is no more. What has no archive holds the newest alone."""
    followers = [Follower(path) for path in (ATOM, JSON_FEED)]
    glances: list[Glance] = []
    at = NOW
    for n, (what, which, hours) in enumerate(events, start=1):
        at += timedelta(hours=hours)
        if what == "bring":
            brought(glances, which, at)
        else:
            happened(glances, what, which, at)
        if n % (FEW - 1):
            continue
        found = of(documents(glances), FeedFile)
        current = {glance.item_id: glance.updated_at for glance in live(glances)}
        natives = {glance.item_id for glance in live(glances) if not glance.imported}
        silent = {glance.item_id for glance in glances if not glance.in_feeds}
        for follower in [each for each in followers if each.feed in found]:
            follower.ask(found)
            assert natives <= follower.known.keys(), follower.feed
            assert follower.known.keys().isdisjoint(silent)
            known = {id_: when for id_, when in follower.known.items() if id_ in current}
            assert known.items() <= current.items(), follower.feed


@settings(max_examples=25, deadline=None)
@given(BROUGHT)
def test_what_is_brought_is_no_news_to_any_feed(events: list[tuple[str, int, int]]) -> None:
    glances: list[Glance] = []
    at = NOW
    for what, which, hours in events:
        at += timedelta(hours=hours)
        before = news_in(documents(glances))
        if what == "bring":
            brought(glances, which, at)
        else:
            happened(glances, what, which, at)
        after = news_in(documents(glances))
        told = {path for path, word in after.items() if word and word != before.get(path, "")}
        if what == "bring":
            told &= before.keys()  # a topic of which all was withdrawn comes back, and says that
            assert told == set()
        elif all(glance.in_feeds for glance in glances):
            assert ATOM in told


@settings(max_examples=25, deadline=None)
@given(EVENTS)
def test_what_was_corrected_stands_in_the_feed_or_in_its_archive_document_never_in_both(
    events: list[tuple[str, int, int]],
) -> None:
    glances: list[Glance] = []
    at = NOW
    for what, which, hours in events:
        at += timedelta(hours=hours)
        happened(glances, what, which, at)
    found = of(documents(glances), FeedFile)

    for file in (ATOM, JSON_FEED):
        walk = [
            document for document in found.values() if document.channel == WHOLE and document.file == file
        ]
        shown = [glance.item_id for document in walk for glance in document.shown]
        assert sorted(shown) == sorted(glance.item_id for glance in live(glances))
        assert all(list(each.shown) == sorted(each.shown, key=_given, reverse=True) for each in walk)


def test_what_was_corrected_is_in_the_feed_for_90_days_and_then_where_it_was() -> None:
    def feed(glances: Sequence[Glance]) -> list[int]:
        return [glance.item_id for glance in of(documents(glances), FeedFile)[ATOM].shown]

    old = [a_glance(n, published_at=NOW + timedelta(hours=n)) for n in range(1, 13)]
    glances = [*old]
    at = NOW + timedelta(days=1)
    happened(glances, "correct", 1, at)
    within = a_glance(13, published_at=at + timedelta(days=90))
    after = a_glance(14, published_at=at + timedelta(days=90, seconds=1))

    assert feed(old) == [12, 11, 10, 9]
    assert feed(glances) == [12, 11, 10, 9, 2]
    assert 2 in feed([*glances, within])
    assert 2 not in feed([*glances, within, after])
    restored = of(documents([*glances, within, after]), FeedFile)["archive/2026-03.atom"]
    assert [glance.item_id for glance in restored.shown] == [4, 3, 2, 1]


def test_of_much_that_is_corrected_at_once_the_latest_is_in_the_feed() -> None:
    glances = [a_glance(n, published_at=NOW + timedelta(hours=n)) for n in range(1, 33)]
    for n in (20, 3, 9, 1, 5, 7):
        happened(glances, "correct", n, NOW + timedelta(days=3, minutes=len(glances) - n))

    shown = [glance.item_id for glance in of(documents(glances), FeedFile)[ATOM].shown]

    assert shown[FEW:] == [8, 6, 4, 2]


def test_what_was_corrected_before_the_feed_let_it_go_is_archived_with_the_rest() -> None:
    glances = [a_glance(n, published_at=NOW + timedelta(hours=n)) for n in range(1, 5)]
    happened(glances, "correct", 1, NOW + timedelta(hours=4, minutes=1))
    glances += [a_glance(n, published_at=NOW + timedelta(hours=n)) for n in range(5, 9)]

    found = of(documents(glances), FeedFile)

    assert [glance.item_id for glance in found[ATOM].shown] == [8, 7, 6, 5]
    assert [glance.item_id for glance in found["archive/2026-03.atom"].shown] == [4, 3, 2, 1]


@settings(max_examples=25, deadline=None)
@given(histories())
def test_leafing_back_through_any_channel_gives_every_item_of_it_once(glances: list[Glance]) -> None:
    found = of(documents(glances), IndexPage)

    for front in [page for page in found.values() if page.number is None]:
        walk, at = [front], front.older
        while at:
            assert found[at].newer == walk[-1].path
            walk.append(found[at])
            at = found[at].older
        shown = [glance for page in walk for glance in page.shown]

        assert shown == [glance for glance in live(glances) if is_of(glance, front.channel)]
        assert all(len(page.shown) <= PAGE for page in walk[1:])
    for line in ("tags", "languages", "sources"):
        listed = of(documents(glances), ListingPage)[f"{line}/index.html"]
        assert {channel.path("index.html") for channel, _, _ in listed.entries} == {
            path for path, page in found.items() if page.channel.line == line and page.number is None
        }
        assert all(
            count == sum(len(page.shown) for page in found.values() if page.channel == channel)
            for channel, count, _ in listed.entries
        )


@settings(max_examples=25, deadline=None)
@given(histories(), st.integers(0, 30))
def test_what_is_archived_stays_where_it_is(glances: list[Glance], before: int) -> None:
    """Of what readers had then, whatever came and was withdrawn since."""
    then, now = documents(glances[:before]), documents(glances)
    gone = {glance for glance in glances[before:] if glance.withdrawn_at}

    for path, document in of(then, FeedFile).items():
        if document.archive:
            assert of(now, FeedFile)[path].shown == document.shown
    for path, page in of(then, IndexPage).items():
        if page.number is not None:
            assert of(now, IndexPage)[path].shown == page.shown
    for glance in glances[:before]:
        withdrawn = replace(glance, withdrawn_at=NOW, digest="gone")
        after = documents([withdrawn if each is glance else each for each in glances])
        for path, document in of(now, FeedFile).items():
            if document.archive:
                left = tuple(each for each in document.shown if each.item_id != glance.item_id)
                assert of(after, FeedFile)[path].shown == left
    assert not gone & set(of(now, FeedFile)[ATOM].shown)


@settings(max_examples=25, deadline=None)
@given(histories())
def test_months_shards_and_sitemaps_have_every_item_once(glances: list[Glance]) -> None:
    found = documents(glances)

    months = [each for page in of(found, MonthPage).values() for each in reversed(page.shown)]
    shards = [each for shard in of(found, SearchShard).values() for each in reversed(shard.shown)]
    mapped = {item.item_id for part in of(found, SitemapPart).values() for item, _ in part.items}

    assert months == shards == list(reversed(live(glances)))
    assert mapped == {glance.item_id for glance in live(glances)}
    assert sum(count for page in of(found, ArchivePage).values() for _, count in page.months) == len(mapped)
    assert len(inputs(found)) == len(found)  # no two documents have one path


@pytest.mark.parametrize("size", [7, 40, 800])
def test_one_more_item_changes_as_few_documents_among_many_as_among_few(size: int) -> None:
    glances = [
        a_glance(
            n,
            published_at=NOW + timedelta(days=n),
            tags=("cx",),
            sources=(("a.example", "A"),),
            language="en",
        )
        for n in range(1, size + 2)
    ]
    before, after = inputs(documents(glances[:-1])), inputs(documents(glances))

    changed = {path for path in after if after[path] != before.get(path)}

    # Itself and the one before it; feeds, front and list of the edition, the topic and the language, and
    # of the source; its month and the page of months; search, sitemaps, the page of feeds; now and then a
    # page or an archive document that is full.
    assert {f"items/slug-{size}.html", f"items/slug-{size + 1}.html"} <= changed
    assert len(changed) <= 34
    assert not before.keys() - after.keys()


def test_a_correction_changes_what_shows_the_item_and_its_neighbours() -> None:
    glances = [a_glance(n, published_at=NOW + timedelta(days=n)) for n in range(1, 100)]
    corrected = [replace(glance, digest="other") if glance.item_id == 50 else glance for glance in glances]
    before, after = inputs(documents(glances)), inputs(documents(corrected))

    changed = {path for path in after if after[path] != before[path]}

    assert changed == {
        "items/slug-49.html",
        "items/slug-50.html",
        "items/slug-51.html",
        "pages/17.html",
        "archive/2026-04.html",
        "archive/2026-04-6.atom",
        "archive/2026-04-6.json",
        "search/1.json",
        "sitemap-2026-04.xml",
    }


def test_translations_lead_to_each_other_until_one_is_withdrawn() -> None:
    english = replace(SITE, edition=ENGLISH)
    both = [a_glance(1), a_glance(2)]
    there = [a_glance(1, edition="en", slug="one"), a_glance(2, edition="en", withdrawn_at=NOW)]
    editions = [
        Known(site=SITE, glances=both, issues=(), opened=NOW),
        Known(site=english, glances=there, issues=(), opened=NOW),
    ]

    pages = of(list(plan(editions, program="1", feed_items=FEW, page_items=PAGE)), ItemPage)

    assert [each.slug for each in pages["items/slug-1.html"].translations] == ["one"]
    assert [each.slug for each in pages["en/items/one.html"].translations] == ["slug-1"]
    assert pages["items/slug-2.html"].translations == ()


def test_a_topic_has_one_page_however_it_is_spelt_and_none_when_nothing_of_it_is_left() -> None:
    spelt = [a_glance(1, tags=("Fedeltà",)), a_glance(2, tags=("fedelta", "Fedelta"))]
    gone = a_glance(3, tags=("diffamato",), withdrawn_at=NOW + timedelta(days=9))

    found = of(documents([*spelt, gone]), ListingPage)["tags/index.html"]

    assert [(channel.name, count) for channel, count, _ in found.entries] == [("Fedeltà", 2)]


def test_a_name_that_only_a_withdrawn_item_had_is_not_said() -> None:
    spelt = [a_glance(1, tags=("CX!",), withdrawn_at=NOW + timedelta(days=9)), a_glance(2, tags=("cx",))]

    found = of(documents(spelt), ListingPage)["tags/index.html"]

    assert [channel.name for channel, _, _ in found.entries] == ["cx"]


def test_a_host_with_several_publishers_is_nobodys_page_but_its_own() -> None:
    def quoted(n: int, name: str, *, host: str = "medium.example", **said: datetime) -> Glance:
        return a_glance(n, sources=((host, name),), **said)

    found = [
        *(quoted(1, "Ada scrive"), quoted(2, "Bob scrive")),
        *(quoted(3, "La Rivista", host="rivista.example"), quoted(4, "LA RIVISTA", host="rivista.example")),
        *(quoted(5, "Chi fu", host="a.example", withdrawn_at=NOW), quoted(6, "Chi è", host="a.example")),
    ]

    listed = of(documents(found), ListingPage)["sources/index.html"]

    assert [(channel.name, count) for channel, count, _ in listed.entries] == [
        ("Chi è", 1),
        ("La Rivista", 2),
        ("medium.example", 2),
    ]


def test_a_month_is_what_its_readers_call_that() -> None:
    january = a_glance(1, published_at=NOW.replace(month=1, day=31, hour=23, minute=30))
    march = a_glance(2)

    assert [month for month, _ in months_of([january, march], timezone="Europe/Rome")] == [
        "2026-02",
        "2026-03",
    ]
    assert [month for month, _ in months_of([january, march], timezone="UTC")] == ["2026-01", "2026-03"]


def test_a_busy_month_is_archived_in_parts_and_a_quiet_one_when_it_is_over() -> None:
    busy = [("2026-01", [a_glance(n) for n in range(9)]), ("2026-02", [a_glance(n) for n in range(9, 14)])]

    parts = [(month, part, len(slots)) for month, part, slots in archived(busy, most=4)]

    assert parts == [("2026-01", 1, 4), ("2026-01", 2, 4), ("2026-01", 3, 1)]


def test_a_tombstone_stays_for_90_days_of_the_editions_own_time() -> None:
    old = a_glance(1, withdrawn_at=NOW - timedelta(days=91))
    recent = a_glance(2, withdrawn_at=NOW - timedelta(days=90))
    latest = a_glance(3, withdrawn_at=NOW)

    assert tombstones([recent, old, latest], changed=NOW) == (latest, recent)


def test_a_document_changed_when_its_newest_part_did() -> None:
    one, gone = a_glance(1), a_glance(2, withdrawn_at=NOW + timedelta(days=1))

    assert changed_at([], opened=NOW) == NOW
    assert changed_at([one], opened=NOW + timedelta(days=9)) == one.updated_at
    assert changed_at([one, gone], opened=NOW) == NOW + timedelta(days=1)


def _paths(found: Sequence[Document]) -> Iterator[str]:
    return (document.path for document in found)


def test_what_is_linked_to_comes_first() -> None:
    paths = list(_paths(documents([a_glance(n, tags=("cx",)) for n in range(1, 30)])))

    order = ["style.css", "items/slug-1.html", "tags/cx/index.html", "index.html", "feed.atom"]
    assert sorted(order, key=paths.index) == order
    assert Line.TAG in {
        page.channel.line for page in of(documents([a_glance(tags=("cx",))]), IndexPage).values()
    }


@pytest.mark.parametrize(
    ("said", "looked_at"),
    [
        ({"updated_at": NOW + timedelta(seconds=3)}, False),  # the second that was free when it came out
        ({"updated_at": NOW, "corrected": True}, True),  # within the second in which the issue was closed
        ({"updated_at": NOW - timedelta(seconds=1), "corrected": True}, False),
        ({"updated_at": NOW + timedelta(days=1), "corrected": True}, True),
        ({"withdrawn_at": NOW - timedelta(days=1)}, True),
    ],
)
def test_a_letter_is_looked_at_again_for_its_subject_when_an_item_of_it_changed(
    said: dict[str, Any], *, looked_at: bool
) -> None:
    issue = Issue(
        id=1,
        edition="it",
        number=1,
        status=IssueStatus.CLOSED,
        letter=Letter(subject="Numero 1: Mantenere", html="", text=""),
        content_hash="",
        closed_at=NOW + timedelta(milliseconds=600),
        slot=None,
        item_ids=(1,),
    )
    known = Known(site=SITE, glances=[a_glance(1, published_at=NOW, **said)], issues=(issue,), opened=NOW)

    [page] = of(list(plan([known], program="1", feed_items=FEW, page_items=PAGE)), NewsletterPage).values()

    assert [touched for _, touched in page.issues] == [looked_at]
