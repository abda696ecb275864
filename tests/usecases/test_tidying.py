"""What nobody needs goes at night, and nothing that anybody needs or has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from builders import ITALIAN, MARTA, NOW, PROMISE, SETTINGS, a_queued_item, a_source, an_entry
from curator.curate.comparison import source_changes
from curator.curate.dossier import read_dossier
from curator.curate.undoing import undo
from curator.curate.usecases import approve, claim, requeue, skip, write
from curator.curate.writing import Writing
from curator.ingest.enriching import enrich
from curator.ingest.tidying import Tidied, last_night, tidy, what_would_go
from curator.model import Article, Item, SafeHtml
from curator.publish.usecases import publish_edition
from curator.settings import KeepSettings, Settings
from curator.store import Store
from curator.store import tables as t
from curator.store.search import Search
from curator.store.statistics import remembered
from curator.work import TIDIED_AT, TidyUp, due, take_night
from newsroom import Newsroom, Web, an_item, feed
from polling import Polling
from proving import tells_enough

KEEP = KeepSettings(bodies_days=180, polls_days=90)
LONG_AFTER = NOW + timedelta(days=200)
DESK: dict[str, Any] = {"by": MARTA, "edition": ITALIAN}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return replace(SETTINGS, newsroom=tmp_path)


def looked_at(store: Store) -> None:
    """As `run` does it: languages are found, and the words by which items are found."""
    enrich(store, clock=lambda: NOW)


def let_go(store: Store, now: datetime = LONG_AFTER) -> Tidied:
    looked_at(store)
    return tidy(store, KEEP, now=now)


def texts(store: Store) -> list[str]:
    """Of all revisions, the oldest first."""
    with store.read() as tx:
        revision = t.entry_revisions.c
        return list(tx.connection.execute(select(revision.html).order_by(revision.id)).scalars())


def skipped(store: Store, now: datetime = NOW, **entry: Any) -> int:
    item_id = a_queued_item(store, **entry)
    skip(store, [item_id], now=now, **DESK)
    return item_id


def written(store: Store, settings: Settings, item_id: int) -> None:
    words = Writing(headline="Una promessa", note="Basta mantenerla.")
    write(store, item_id, words, settings=settings, now=NOW, **DESK)


def test_the_text_of_what_was_skipped_long_ago_goes_and_its_facts_stay(store: Store) -> None:
    item_id = skipped(store)
    before = read_dossier(store, item_id).said

    done = let_go(store)

    after = read_dossier(store, item_id).said
    assert done == Tidied(revisions=1)
    assert before is not None
    assert after == replace(
        before,
        html=SafeHtml(""),
        cleared_at=LONG_AFTER,
        language_confidence=after.language_confidence if after else None,
    )


def test_what_no_queue_ever_had_goes_too(store: Store) -> None:
    an_entry(store, a_source(store))

    assert let_go(store) == Tidied(revisions=1)


def test_what_was_said_in_between_goes_where_nobody_has_quoted_it(store: Store) -> None:
    source_id = a_source(store)
    item_id = a_queued_item(store, source_id=source_id)
    claimed = an_entry(store, source_id, title="Said again", html="<p>Second.</p>")
    claim(store, [item_id], settings=SETTINGS, now=NOW, **DESK)
    for n in ("Third", "Fourth"):
        an_entry(store, source_id, title=n, html=f"<p>{n}.</p>")

    let_go(store)

    assert claimed
    assert texts(store) == ["", "<p>Second.</p>", "", "<p>Fourth.</p>"]


def test_the_source_of_what_readers_have_stays_to_be_held_against_it(
    store: Store, settings: Settings
) -> None:
    source_id = a_source(store)
    item_id = a_queued_item(store, source_id=source_id)
    written(store, settings, item_id)
    approve(store, [item_id], settings=settings, now=NOW, **DESK)
    publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=NOW)
    an_entry(store, source_id, title="Withdrawn by its author", html="<p>No more.</p>")

    done = let_go(store)

    changes = source_changes(store, item_id)
    assert done.revisions == 0
    assert read_dossier(store, item_id).problems("it", settings) == ()
    assert changes is not None
    assert {change.field for change in changes} == {"title", "text"}


@pytest.mark.parametrize("state", ["queued", "drafting", "ready", "claimed and skipped", "skipped lately"])
def test_what_somebody_has_or_may_want_back_stays(store: Store, settings: Settings, state: str) -> None:
    item_id = a_queued_item(store)
    if state in ("drafting", "ready", "claimed and skipped"):
        written(store, settings, item_id)
    if state == "ready":
        approve(store, [item_id], settings=settings, now=NOW, **DESK)
    if state == "claimed and skipped":
        skip(store, [item_id], now=NOW, **DESK)
    if state == "skipped lately":
        skip(store, [item_id], now=LONG_AFTER - timedelta(days=1), **DESK)

    assert let_go(store) == Tidied()
    assert texts(store) == [PROMISE]


def test_what_nobody_has_looked_at_yet_waits_for_that(store: Store) -> None:
    skipped(store)

    assert tidy(store, KEEP, now=LONG_AFTER) == Tidied()


def test_nothing_goes_before_its_time_or_where_all_is_kept(store: Store) -> None:
    skipped(store)
    looked_at(store)

    assert tidy(store, KEEP, now=NOW + timedelta(days=179)) == Tidied()
    assert tidy(store, KeepSettings(bodies_days=0, polls_days=0), now=LONG_AFTER) == Tidied()


def test_a_dry_run_says_what_would_go(store: Store) -> None:
    skipped(store)
    looked_at(store)

    told = what_would_go(store, KEEP, now=LONG_AFTER)

    assert texts(store) == [PROMISE]
    assert told == tidy(store, KEEP, now=LONG_AFTER)


def test_no_figure_changes_by_what_goes(store: Store, settings: Settings) -> None:
    source_id = a_source(store)
    item_id = a_queued_item(store, source_id=source_id, html="<p>Keeping a promise is enough.</p>" * 40)
    written(store, settings, item_id)
    approve(store, [item_id], settings=settings, now=NOW, **DESK)
    publish_edition(store, settings, edition=ITALIAN, by=MARTA, now=NOW)
    an_entry(store, source_id, html="<p>Said anew.</p>")
    an_entry(store, source_id, html="<p>And again.</p>")
    skipped(store, source_id=source_id, guid="skipped")
    with store.begin() as tx:
        polled = {"source_id": source_id, "at": NOW, "outcome": "fetched"}
        tx.connection.execute(t.fetches.insert().values(**polled))
    looked_at(store)
    span: dict[str, Any] = {"edition": None, "since": NOW - timedelta(days=365), "until": LONG_AFTER}
    with store.read() as tx:
        before = remembered(tx, **span)

    done = tidy(store, KEEP, now=LONG_AFTER)

    with store.read() as tx:
        after = remembered(tx, **span)
    assert (done.revisions, done.polls) == (2, 1)
    assert before.given[0].original_words == 200
    assert after == before


@tells_enough("sqlite")
def test_it_goes_in_small_batches_and_a_stop_between_them_loses_nothing(store: Store) -> None:
    source_id = a_source(store)
    for n in range(1_001):
        an_entry(store, source_id, guid=str(n), title=f"{n}")
    with store.begin() as tx:
        tx.connection.execute(t.entry_revisions.update().values(found_language="en"))
    pauses: list[float] = []

    first = tidy(store, KEEP, now=LONG_AFTER, pause=pauses.append, stopping=lambda: bool(pauses))
    rest = tidy(store, KEEP, now=LONG_AFTER)

    assert (first.revisions, rest.revisions) == (500, 501)
    assert set(texts(store)) == {""}


def test_it_is_still_found_by_what_it_said(store: Store) -> None:
    item_id = skipped(store, html="<p>The rhinoceros of customer experience.</p>")
    let_go(store)
    with store.begin() as tx:
        tx.words.forget()
    looked_at(store)

    with store.read() as tx:
        assert tx.items.ids(Search(edition="it", query="rhinoceros")) == [item_id]


# ── told again ──

STORY = an_item("1", "A promise", PROMISE)


def a_read_feed(polling: Polling, web: Web, *more: str) -> int:
    """Polled when it said one thing, and again when it says more."""
    web["/feed"] = feed(STORY, *more)
    (source_id,) = polling.follow(web.url("/feed"))
    polling.poll()
    return source_id


def told_again(polling: Polling, web: Web, *items: str) -> Any:
    polling.now = LONG_AFTER + timedelta(days=1)
    web["/feed"] = feed(STORY, *items, an_item("2", "Something new", "<p>New.</p>"))
    return polling.poll()


def test_an_entry_whose_text_went_is_no_news_when_it_is_told_again(polling: Polling, web: Web) -> None:
    a_read_feed(polling, web)
    skip(polling.store, [item.id for item in polling.queue()], now=NOW, **DESK)
    let_go(polling.store)

    done = told_again(polling, web)

    assert (done.new, done.revised) == (1, 0)
    assert sorted(polling.queued_titles()) == ["A promise", "Something new"]
    assert texts(polling.store)[0] == ""


@pytest.mark.parametrize("wanted", [requeue, undo])
def test_what_somebody_wants_after_all_comes_back_with_the_next_poll_that_tells_it(
    polling: Polling, web: Web, wanted: Any
) -> None:
    a_read_feed(polling, web)
    item: Item = polling.queue()[0]
    skip(polling.store, [item.id], now=NOW, **DESK)
    let_go(polling.store)
    if wanted is requeue:
        requeue(polling.store, [item.id], now=LONG_AFTER, **DESK)
    else:
        undo(polling.store, item.id, by=MARTA, now=LONG_AFTER)

    done = told_again(polling, web)

    said = read_dossier(polling.store, item.id).said
    assert (done.new, done.revised) == (1, 0)
    assert said is not None
    assert (said.html, said.cleared_at, said.revision) == (texts(polling.store)[0], None, 1)
    assert "broken promise" in said.html


def test_a_page_that_was_let_go_is_fetched_and_kept_anew(store: Store) -> None:
    item_id = skipped(store)
    entry_id = 1
    page = Article(
        url="https://blog.example/promise",
        title="A promise",
        html=SafeHtml("<p>All of it.</p>"),
        authors=(),
        language=None,
        published=None,
        image=None,
        license=None,
        publisher=None,
    )
    with store.begin() as tx:
        tx.pages.add(entry_id, page, now=NOW)

    done = let_go(store)
    gone = read_dossier(store, item_id).page
    with store.begin() as tx:
        anew = tx.pages.add(entry_id, page, now=LONG_AFTER)

    assert (done.revisions, done.pages) == (1, 1)
    assert gone is None
    assert (anew.n, anew.article.html) == (2, "<p>All of it.</p>")


def test_an_editor_is_told_that_the_text_is_gone_and_how_to_have_it_again(newsroom: Newsroom) -> None:
    newsroom.follow(feed(STORY))
    item_id = newsroom.queue()[0]["id"]
    newsroom.curator("skip", item_id)
    with Store(f"sqlite:///{newsroom.folder}/data/curator.db").begin() as tx:
        tx.connection.execute(t.entry_revisions.update().values(html="", cleared_at=NOW))

    said = newsroom.curator("show", item_id).out
    entry = newsroom.ask("show", item_id, "--entry")["entry"]

    assert f"curator show {item_id} --fetch" in said
    assert (entry["html"], entry["cleared_at"]) == ("", "2026-03-02T09:00:00Z")


# ── what else goes ──


def test_polls_incidents_and_pictures_go_when_their_time_is_over(store: Store) -> None:
    source_id = a_source(store)
    ages = {"fetches": 89, "long": 91, "incident": 399, "older": 401}
    at = {name: LONG_AFTER - timedelta(days=days) for name, days in ages.items()}
    with store.begin() as tx:
        for moment in (at["fetches"], at["long"]):
            polled = {"source_id": source_id, "at": moment, "outcome": "fetched"}
            tx.connection.execute(t.fetches.insert().values(**polled))
        for ended in (None, at["incident"], at["older"]):
            told = {
                "source_id": source_id,
                "code": "source_quiet",
                "raised_at": at["older"],
                "ended_at": ended,
            }
            tx.connection.execute(t.incidents.insert().values(**told))
        tx.translations.keep({"a": "now"}, now=LONG_AFTER)
        tx.connection.execute(
            t.translations.insert().values(key="b", text="then", at=NOW - timedelta(days=1))
        )
        tx.pictures.fail("https://pics.example/nobody.jpg", {"code": "x"}, next_try=None, now=NOW)

    done = tidy(store, KEEP, now=LONG_AFTER)

    assert done == Tidied(polls=1, incidents=1, translations=1, pictures=1)


# ── when ──


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-11-22T01:59:00", "2026-11-21T02:00:00"),
        ("2026-11-22T02:00:00", "2026-11-22T02:00:00"),
        ("2027-03-28T00:59:00", "2027-03-27T02:00:00"),  # the clocks go from 2 to 3 at 01:00 UTC
        ("2027-03-28T01:00:00", "2027-03-28T01:00:00"),
        ("2026-10-25T01:30:00", "2026-10-24T01:00:00"),  # 02:30 for the second time
        ("2026-10-25T02:00:00", "2026-10-25T02:00:00"),
    ],
)
def test_the_night_comes_once_a_day_whatever_the_season(now: str, night: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)

    assert last_night(timezone="Europe/Rome", now=moment) == datetime.fromisoformat(night).replace(tzinfo=UTC)


def test_of_several_processes_one_cleans_up_each_night(store: Store) -> None:
    with store.begin() as tx:
        tx.meta.set("created_at", NOW.isoformat())
    tonight = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)  # 03:00 in Rome

    def owed(now: datetime) -> bool:
        return TidyUp() in due(store, SETTINGS, kind=TidyUp, now=now)

    assert not owed(tonight - timedelta(seconds=1))
    assert owed(tonight)
    assert [take_night(store, SETTINGS, now=tonight) for _ in range(2)] == [True, False]
    assert not owed(tonight + timedelta(hours=23))
    assert owed(tonight + timedelta(days=1))
    assert owed(tonight + timedelta(weeks=3))


def test_run_once_cleans_up_when_a_night_has_come(any_newsroom: Newsroom) -> None:
    any_newsroom.curator("run", "--once")
    store = Store(any_newsroom.environ.get("CURATOR_DATABASE__URL") or _file(any_newsroom))
    with store.begin() as tx:
        tx.meta.set(TIDIED_AT, (NOW - timedelta(days=900)).isoformat())
        source_id = a_source_in(tx)
        past = {"source_id": source_id, "at": NOW - timedelta(days=800), "outcome": "fetched"}
        tx.connection.execute(t.fetches.insert().values(**past))

    first = any_newsroom.ask("run", "--once")
    second = any_newsroom.ask("run", "--once")

    assert (first["tidied"], second["tidied"]) == (1, 0)
    store.close()


def _file(newsroom: Newsroom) -> str:
    return f"sqlite:///{newsroom.folder}/data/curator.db"


def a_source_in(tx: Any) -> int:
    told = {
        "url": "https://blog.example/feed",
        "name": "Blog",
        "kind": "feed",
        "status": "paused",
        "due_at": NOW,
        "added_at": NOW,
    }
    made: int = tx.connection.execute(
        t.sources.insert().values(**told).returning(t.sources.c.id)
    ).scalar_one()
    return made
