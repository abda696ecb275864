"""Every figure of the chief editor's is what one would count in the log by hand."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, insert

from builders import ITALIAN, NOW
from chronicle import Life, said
from curator.model import Lang, Status
from curator.store import Store
from curator.store import tables as t
from curator.store.search import Search, matching
from postoffice import PostOffice, post_office
from publishing import ENGLISH

ADDRESSES = [f"{name}@lettori.example" for name in ("anna", "bruno", "carla", "dario", "elsa", "fulvio")]
ANNA, BRUNO, CARLA, DARIO, ELSA, FULVIO = ADDRESSES


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with post_office() as running:
        yield running


def a_season(life: Life) -> None:
    """All that happens to a newsroom, once at least."""
    life.joins(ANNA, BRUNO, DARIO)
    life.joins(FULVIO, confirmed=False)
    life.comes_with_a_list(CARLA, ELSA, agreed=NOW - timedelta(days=900))
    slow, free = life.source(1), life.source(2, license="https://creativecommons.org/licenses/by/4.0/")
    life.source(3)
    first = life.arrives(slow, hours_old=30)
    second = life.arrives(free, hours_old=None, language="de-AT")
    third = life.arrives(slow, hours_old=-8)
    life.later(hours=3, minutes=20, seconds=7.25)
    life.writes(first, image_url="https://pictures.example/a.jpg", credit="Ada", alt="Una coda")
    life.publishes()
    life.later(days=2, seconds=0.5)
    life.writes(second, excerpt_language=Lang("de"))
    life.writes(second, edition=ENGLISH, headline="Keeping is enough", note="Promises are kept.")
    life.publishes(ITALIAN, ENGLISH)
    life.sends()
    life.later(hours=5)
    life.comes_back(ANNA)
    life.comes_back(BRUNO, status="4.2.2")
    life.comes_back(DARIO, complains=True)
    life.later(days=9)
    life.corrects(first, note="Le promesse si mantengono, tutte.", correction="Mancava una parola.")
    life.publishes()
    life.writes(third)
    life.publishes()
    life.withdraws(third)
    life.publishes()
    skipped = life.arrives(slow)
    life.skips(skipped)
    life.takes_back(skipped)
    gone = life.arrives(free)
    life.skips(gone)
    taken = life.arrives(free)
    life.takes(taken)
    life.imports(1, 2)
    life.writes(stories_told_twice(life, slow, free))
    life.publishes()
    life.sends()
    life.leaves(CARLA)
    life.later(days=6)
    life.is_erased(ELSA)
    life.is_erased(CARLA)
    life.later(days=40)
    life.forgets_who_never_confirmed()
    life.joins(BRUNO)
    life.leaves(BRUNO)
    life.joins(BRUNO, CARLA)
    life.later(days=1)


def stories_told_twice(life: Life, one: int, other: int) -> int:
    """Two; an item of the first, which says only when it was changed."""
    told = life.arrives(other, hours_old=None, changed_hours_ago=200)
    life.are_one_story(told, life.arrives(one))
    life.are_one_story(life.arrives(one), life.arrives(other))
    return told


@pytest.mark.parametrize(
    "asked", [{}, {"days": 40}, {"edition": "en"}, {"edition": "it", "days": 50.25}], ids=str
)
def test_every_figure_is_what_the_log_says(either: Life, asked: dict[str, Any]) -> None:
    assert said(either.figures(**asked)) == either.recounted(**asked)


@pytest.fixture(scope="module")
def sqlite_life(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, office: PostOffice
) -> Iterator[Life]:
    folder = tmp_path_factory.mktemp("life")
    shutil.copyfile(sqlite_template, folder / "store.db")
    yield from _lived(Store(f"sqlite:///{folder / 'store.db'}"), folder, office)


@pytest.fixture(scope="module")
def postgresql_life(
    cluster: Any, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory, office: PostOffice
) -> Iterator[Life]:
    with cluster.lent(postgresql_template) as name:
        yield from _lived(Store(cluster.url(name)), tmp_path_factory.mktemp("life"), office)


def _lived(store: Store, folder: Path, office: PostOffice) -> Iterator[Life]:
    life = Life(store, folder, mail=office.url)
    a_season(life)
    yield life
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Life:
    life: Life = request.getfixturevalue(f"{request.param}_life")
    return life


def test_the_life_has_something_of_everything(sqlite_life: Life) -> None:
    """Else equal figures would be equal noughts."""
    found = sqlite_life.figures()
    [first, second] = found.issues

    assert (found.published.publications, found.published.withdrawn, found.published.imported) == (5, 1, 2)
    assert (first.counts.accepted, first.hard, first.soft, first.complaints) == (5, 1, 1, 1)
    assert second.counts.accepted == 3
    assert (found.from_source.median_seconds, found.from_source.p90_seconds) != (None, None)
    assert [share.language for share in found.entry_languages] == ["en", "de"]
    assert (found.queue.waiting, found.queue.siblings) == (2, 2)
    assert found.from_source.publications == found.from_first_seen.publications - 2
    assert (found.subscribers.confirmed, found.subscribers.suppressed["erased"]) == (3, 1)
    assert sum(week.left for week in found.subscribers.weeks) == 4
    assert {each.license is None for each in found.quoted} == {True, False}
    assert found.quoted_imported
    assert found.pictures
    assert found.sources[-1].published == 0


def test_an_erasure_changes_no_week_of_the_past(store: Store, tmp_path: Path) -> None:
    life = Life(store, tmp_path)
    life.joins(ANNA, BRUNO)
    life.later(days=20)
    life.leaves(BRUNO)
    life.later(days=20)
    before = life.figures().subscribers.weeks

    life.is_erased(ANNA)
    life.is_erased(BRUNO)

    after = life.figures().subscribers.weeks
    assert after[:-1] == before[:-1]
    assert (before[-1].confirmed, after[-1].confirmed, after[-1].left) == (1, 0, 1)
    with store.read() as tx:
        assert tx.connection.execute(t.consents.select()).all() == []


def test_what_outlives_an_erasure_names_nobody(store: Store, tmp_path: Path) -> None:
    life = Life(store, tmp_path)
    life.joins(ANNA, BRUNO)

    life.is_erased(ANNA)
    life.is_erased(BRUNO)

    with store.read() as tx:
        assert [tuple(row) for row in tx.connection.execute(t.readership.select())] == [
            ("it", "2026-03-02", 2, 2)
        ]


STEPS: dict[str, Callable[[Life, int], object]] = {
    "joins": lambda life, n: life.joins(ADDRESSES[n]),
    "asks": lambda life, n: life.joins(ADDRESSES[n], confirmed=False),
    "leaves": lambda life, n: life.leaves(ADDRESSES[n]),
    "is erased": lambda life, n: life.is_erased(ADDRESSES[n]),
    "comes with a list": lambda life, n: life.comes_with_a_list(
        ADDRESSES[n], agreed=NOW - timedelta(days=100 * n)
    ),
    "a source says": lambda life, n: life.arrives(life.source_of(n), hours_old=(None, 5, -4)[n % 3]),
    "she publishes": lambda life, n: life.gives(n),
    "she withdraws": lambda life, n: life.gives_back(n),
    "she skips": lambda life, n: life.drops(n),
    "she sends": lambda life, _n: life.sends(),
    "time passes": lambda life, n: life.later(hours=7**n / 3),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 5)), max_size=25))
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_every_figure_is_what_the_log_says(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    shutil.copyfile(sqlite_template, folder / "store.db")
    life = Life(Store(f"sqlite:///{folder / 'store.db'}"), folder)
    for step, n in steps:
        life.tries(partial(STEPS[step], life, n))
        life.later(minutes=17, seconds=1.5)

    assert said(life.figures(days=30)) == life.recounted(days=30)
    life.store.close()


def test_more_entries_are_counted_by_as_many_questions(sqlite_store: Store, tmp_path: Path) -> None:
    life = Life(sqlite_store, tmp_path)
    few = _statements(life)
    for n in range(1, 6):
        life.arrives(life.source(n))
        life.gives(n)
    life.joins(*ADDRESSES)

    assert _statements(life) == few


def _statements(life: Life) -> int:
    asked: list[str] = []

    def heard(*what: Any) -> None:
        asked.append(str(what[2]))

    event.listen(life.store.engine, "before_cursor_execute", heard)
    life.figures()
    event.remove(life.store.engine, "before_cursor_execute", heard)
    return len(asked)


def test_a_window_begins_and_ends_where_it_says(sqlite_store: Store, tmp_path: Path) -> None:
    life = Life(sqlite_store, tmp_path)
    item = life.arrives(life.source(1))
    life.writes(item)
    life.publishes()
    life.later(days=10)

    seen = {days: life.figures(days=days).published.publications for days in (9.999, 10, 11)}

    assert seen == {9.999: 0, 10: 1, 11: 1}


def test_a_clock_that_was_put_back_makes_no_negative_time(sqlite_store: Store, tmp_path: Path) -> None:
    life = Life(sqlite_store, tmp_path)
    item = life.arrives(life.source(1))
    life.later(hours=-6)
    life.writes(item)
    life.publishes()
    life.later(hours=2)

    found = life.figures()

    assert (found.from_source.median_seconds, found.from_first_seen.p90_seconds) == (0, 0)


def test_what_says_only_when_it_changed_came_out_then_and_what_says_nothing_is_not_in_it(
    sqlite_store: Store, tmp_path: Path
) -> None:
    life = Life(sqlite_store, tmp_path)
    source = life.source(1)
    for item in (
        life.arrives(source, hours_old=None, changed_hours_ago=72),
        life.arrives(source, hours_old=None),
    ):
        life.writes(item)
    life.publishes()

    found = life.figures()

    assert (found.from_source.publications, found.from_source.median_seconds) == (1, 72 * 3600)
    assert (found.from_first_seen.publications, found.from_first_seen.median_seconds) == (2, 0)


def test_as_many_wait_as_the_queue_lists(sqlite_store: Store, tmp_path: Path) -> None:
    life = Life(sqlite_store, tmp_path)
    source = life.source(1)
    [told, other, taken, along, one, two, back, again, _] = [life.arrives(source) for _ in range(9)]
    for pair in ((told, other), (taken, along), (one, two), (back, again)):
        life.are_one_story(*pair)
    life.writes(told)
    life.writes(back)
    life.publishes()
    life.takes(taken)
    life.withdraws(back)
    life.publishes()

    for edition in ("it", "en"):
        search = Search(edition=edition, status=Status.QUEUED, folded=True)
        with sqlite_store.read() as tx:
            listed = tx.connection.execute(matching(search, engine="sqlite")).all()
        found = life.figures(edition=edition).queue
        assert found.waiting == len(listed)
        assert found.waiting + found.siblings == 6


def test_nothing_at_all_is_noughts_and_no_error(store: Store, tmp_path: Path) -> None:
    found = Life(store, tmp_path).figures()

    assert (found.seen, found.queue.waiting, found.subscribers.confirmed, found.issues) == (0, 0, 0, ())
    assert (found.from_source.median_seconds, found.queue.oldest_seconds) == (None, None)
    with store.begin() as tx:
        tx.connection.execute(insert(t.readership).values(edition="it", day="2026-03-02", joined=1, left=0))
    assert Life(store, tmp_path).figures().subscribers.confirmed == 1
