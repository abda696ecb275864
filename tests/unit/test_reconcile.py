from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from builders import NOW
from curator.ingest.reconcile import LONGEST_KEY, reconcile
from telling import a_told_entry, known_after

YESTERDAY = NOW - timedelta(days=1)


def test_an_unknown_entry_is_new_and_named_by_its_guid() -> None:
    changes = reconcile([], [a_told_entry(guid="a")])

    assert [new.identity for new in changes.new] == ["guid:a"]


def test_the_same_document_again_brings_nothing() -> None:
    said = [a_told_entry(guid="a"), a_told_entry(guid="b"), a_told_entry(guid=None, url=None)]

    again = reconcile(known_after(said), said)

    assert (again.new, again.revised, again.touched, again.unchanged) == ((), (), (), 3)


def test_another_text_under_a_known_guid_is_a_revision() -> None:
    known = known_after([a_told_entry(guid="a", text="Before.")])

    changes = reconcile(known, [a_told_entry(guid="a", text="After.")])

    assert [(change.id, change.revision) for change in changes.revised] == [(known[0].id, 2)]


@pytest.mark.parametrize(
    "change", [{"authors": ("Ada", "Bea")}, {"language": "fr"}, {"title": "Rewritten"}], ids=str
)
def test_other_authors_language_or_title_are_a_revision(change: dict[str, Any]) -> None:
    said = a_told_entry(guid="a")

    assert len(reconcile(known_after([said]), [a_told_entry(guid="a", **change)]).revised) == 1


def test_a_new_date_alone_is_no_revision() -> None:
    known = known_after([a_told_entry(guid="a", published=YESTERDAY)])

    changes = reconcile(known, [a_told_entry(guid="a", published=NOW)])

    assert (changes.revised, len(changes.touched)) == ((), 1)


@pytest.mark.parametrize(
    "flip",
    [
        lambda n: {"guid": f"https://blog.example/{n}", "url": f"https://blog.example/{n}"},
        lambda n: {"guid": f"http://blog.example/{n}?utm_source=rss", "url": f"http://blog.example/{n}"},
        lambda _: {"guid": f"{random.random()}"},
        lambda n: {"guid": f"{random.random()}", "url": f"http://blog.example/{n}?utm_source=rss"},
        lambda _: {"guid": None},
        lambda n: {"guid": f"new{n}", "url": f"http://other.example/{n}"},
        lambda n: {"guid": f"{random.random()}", "published": NOW + timedelta(minutes=n)},
        lambda n: {"guid": f"{random.random()}", "url": f"https://www.blog.example:443/{n}/amp/?amp=1"},
    ],
    ids=[
        *(
            "https",
            "utm in guid",
            "random guid",
            "utm in url",
            "no guid",
            "all moved",
            "random guid and date",
        ),
        "pages for phones",
    ],
)
def test_a_feed_that_flips_its_guids_brings_nothing_new(flip: Callable[[int], dict[str, Any]]) -> None:
    before: list[dict[str, Any]] = [
        {"guid": f"http://blog.example/{n}", "url": f"http://blog.example/{n}", "title": f"Title {n}"}
        for n in range(20)
    ]
    known = known_after([a_told_entry(**said) for said in before])

    changes = reconcile(known, [a_told_entry(**(said | flip(n))) for n, said in enumerate(before)])

    assert (changes.new, changes.revised) == ((), ())


def test_an_edited_entry_under_another_guid_is_known_by_its_address() -> None:
    known = known_after([a_told_entry(guid="1", url="http://blog.example/a", text="Before.")])

    changes = reconcile(
        known, [a_told_entry(guid="2", url="https://blog.example/a?utm_source=x", text="After.")]
    )

    assert (changes.new, len(changes.revised)) == ((), 1)


def test_an_address_that_two_have_recognises_neither() -> None:
    known = known_after([a_told_entry(guid=g, url="http://blog.example/a", title=g) for g in "12"])

    changes = reconcile(known, [a_told_entry(guid="3", url="http://blog.example/a", title="3")])

    assert len(changes.new) == 1


def test_after_a_flip_the_new_guid_is_enough() -> None:
    known = known_after([a_told_entry(guid="old", url="http://blog.example/a")])
    flipped = a_told_entry(guid="new", url="http://blog.example/a")
    touched = known_after([flipped], reconcile(known, [flipped]), known)

    moved = a_told_entry(guid="new", url="http://blog.example/b", text="Rewritten.", title="Other")

    assert reconcile(touched, [moved]).new == ()


def test_entries_that_share_an_address_are_told_apart_by_guid() -> None:
    said = [a_told_entry(guid=str(n), url="http://blog.example/all", title=f"T{n}") for n in range(3)]

    assert len(reconcile([], said).new) == 3
    assert reconcile(known_after(said[:1]), said).unchanged == 1


def test_the_front_page_is_nobodys_address() -> None:
    known = known_after([a_told_entry(guid=None, url="http://blog.example/", title="Tip of Monday")])

    changes = reconcile(
        known, [a_told_entry(guid=None, url="https://www.blog.example", title="Tip of Tuesday")]
    )

    assert len(changes.new) == 1


def test_a_page_that_always_shows_the_newest_holds_another_entry_each_time() -> None:
    known = known_after(
        [a_told_entry(guid="1", url="http://a.example/latest", title="One", published=YESTERDAY)]
    )

    said = a_told_entry(guid="2", url="http://a.example/latest", title="Two", published=NOW)

    assert len(reconcile(known, [said]).new) == 1


def test_the_same_words_elsewhere_on_another_day_are_another_entry() -> None:
    known = known_after([a_told_entry(guid="1", url="http://a.example/1", published=YESTERDAY)])

    said = a_told_entry(guid="2", url="http://a.example/2", published=NOW)

    assert len(reconcile(known, [said]).new) == 1


def test_without_guid_and_address_the_words_are_the_identity() -> None:
    said = a_told_entry(guid=None, url=None, published=None)

    assert reconcile(known_after([said]), [replace(said, published=NOW)]).new == ()


def test_a_log_that_says_the_same_on_two_days_says_two_things() -> None:
    said = [a_told_entry(guid=None, url=None, published=day) for day in (NOW, YESTERDAY)]

    assert len(reconcile([], [*said, said[0]]).new) == 2
    assert reconcile(known_after(said), said).unchanged == 2


# ── guids that are not unique ──


def test_one_guid_at_one_address_on_one_date_is_one_entry_and_the_newest_telling_counts() -> None:
    early = a_told_entry(guid="a", url="http://blog.example/a", text="Early.", updated=YESTERDAY)
    late = a_told_entry(guid="a", url="http://blog.example/a", text="Late.", updated=NOW)

    for document in ([early, late], [late, early]):
        assert [new.said for new in reconcile([], document).new] == [late]


def test_one_guid_with_other_address_and_text_is_another_entry() -> None:
    said = [
        a_told_entry(guid="http://blog.example/", url=f"http://blog.example/{n}", title=f"T{n}")
        for n in range(6)
    ]

    assert len({new.identity for new in reconcile([], said).new}) == 6
    assert reconcile(known_after(said), said).unchanged == 6


def test_a_feed_with_one_guid_for_all_still_brings_its_new_entry() -> None:
    said = [
        a_told_entry(guid="0", url=f"http://blog.example/{n}", title=f"T{n}", published=NOW + timedelta(n))
        for n in range(11)
    ]
    known = known_after(said[:10])

    changes = reconcile(known, said[1:])

    assert ([new.said for new in changes.new], changes.revised) == ([said[10]], ())


def test_an_entry_that_vanished_and_returns_is_the_one_it_was() -> None:
    a, b = a_told_entry(guid="a", title="A"), a_told_entry(guid="b", title="B")
    known = known_after([a, b])

    assert reconcile(known, [b]).new == ()
    assert reconcile(known, [a, b]).new == ()


def test_new_entries_keep_the_order_of_the_document() -> None:
    said = [a_told_entry(guid=g, title=g, published=None) for g in "cab"]

    assert [new.said.guid for new in reconcile([], said).new] == ["c", "a", "b"]


def test_an_endless_guid_and_address_make_bounded_keys() -> None:
    said = a_told_entry(guid="g" * 9000, url="http://blog.example/" + "u" * 3000)

    new = reconcile([], [said]).new[0]

    assert len(new.identity) < LONGEST_KEY
    assert new.url_key is not None
    assert len(new.url_key) < LONGEST_KEY
    assert reconcile(known_after([said]), [said]).unchanged == 1


def test_a_flood_under_one_guid_takes_no_quadratic_time() -> None:
    said = [a_told_entry(guid="0", url=f"http://blog.example/{n}", title=f"T{n}") for n in range(5000)]
    other = [replace(entry, content_key=f"x{n}", url=None) for n, entry in enumerate(said)]

    assert len(reconcile(known_after(said), other).new) + len(reconcile([], said).new) >= 5000


@pytest.mark.parametrize("url", [None, "https://blog.example/open-thread", "https://blog.example/"])
def test_the_same_title_with_other_content_is_another_entry(url: str | None) -> None:
    known = known_after([a_told_entry(guid="a", url=url, title="Open thread", text="Monday.")])
    later = a_told_entry(
        guid="b",
        url="https://blog.example/open-thread-2" if url else None,
        title="Open thread",
        text="Tuesday.",
        published=NOW + timedelta(days=1),
    )

    assert [new.said.guid for new in reconcile(known, [later]).new] == ["b"]
