"""Whatever a source says, in whatever order and however often: nothing is doubled."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from builders import NOW
from curator.ingest.reconcile import reconcile, skippable
from curator.model import ParsedEntry, Told
from telling import a_told_entry, known_after

# Few values on purpose: feeds are hard where they repeat themselves.
guids = st.sampled_from([None, "1", "2", "http://a.example/1"])
urls = st.sampled_from(
    [
        None,
        "http://a.example/",
        "http://a.example/1",
        "https://a.example/1?utm_source=x",
        "http://a.example/2",
    ]
)
entries = st.builds(
    a_told_entry,
    guid=guids,
    url=urls,
    title=st.sampled_from(["", "One", "Two"]),
    text=st.sampled_from(["", "x", "y"]),
    authors=st.sampled_from([(), ("Ada",)]),
    published=st.sampled_from([None, NOW, NOW + timedelta(days=1)]),
)
documents = st.lists(entries, max_size=8)


@given(documents)
def test_polling_twice_is_polling_once(said: list[ParsedEntry]) -> None:
    again = reconcile(known_after(said), said)

    assert (again.new, again.revised, again.touched) == ((), (), ())


@given(documents, documents)
def test_what_was_let_go_is_no_news_when_it_is_told_again(
    before: list[ParsedEntry], said: list[ParsedEntry]
) -> None:
    known = known_after(before)
    cleared = [replace(old, cleared=True) for old in known]

    kept, after = reconcile(known, said), reconcile(cleared, said)

    assert replace(after, restored=()) == kept
    assert kept.restored == ()
    assert {change.id for change in after.restored}.isdisjoint(change.id for change in after.revised)


@given(st.data(), documents)
def test_the_order_of_a_document_does_not_matter(data: st.DataObject, said: list[ParsedEntry]) -> None:
    shuffled = data.draw(st.permutations(said))

    def facts(document: list[ParsedEntry]) -> object:
        return {(new.identity, new.said) for new in reconcile([], document).new}

    assert facts(said) == facts(shuffled)


@given(st.data(), documents, documents)
def test_the_order_does_not_matter_for_what_is_recognised_either(
    data: st.DataObject, before: list[ParsedEntry], said: list[ParsedEntry]
) -> None:
    known = known_after(before)
    shuffled = data.draw(st.permutations(said))

    def facts(document: list[ParsedEntry]) -> object:
        changes = reconcile(known, document)
        return (
            {(new.identity, new.said) for new in changes.new},
            set(changes.revised),
            set(changes.touched),
        )

    assert facts(said) == facts(shuffled)


@given(documents, documents)
def test_identities_are_unique_within_a_source(before: list[ParsedEntry], said: list[ParsedEntry]) -> None:
    known = known_after(said, known=known_after(before))

    assert len({old.identity for old in known}) == len(known)


@given(documents, documents)
def test_the_second_telling_of_a_change_is_no_change(
    before: list[ParsedEntry], after: list[ParsedEntry]
) -> None:
    again = reconcile(known_after(after, known=known_after(before)), after)

    assert (again.new, again.revised, again.touched) == ((), (), ())


@given(documents)
def test_every_entry_is_new_known_or_said_twice(said: list[ParsedEntry]) -> None:
    changes = reconcile([], said)

    assert {new.said for new in changes.new} <= set(said)
    assert bool(changes.new) == bool(said)


@given(documents, documents)
def test_what_is_known_need_not_be_read_again(before: list[ParsedEntry], said: list[ParsedEntry]) -> None:
    known = known_after(said[:3], known=known_after(before))
    guids = Counter(entry.guid for entry in said)
    left_out = [
        entry
        for entry in said
        if guids[entry.guid] == 1
        and entry.telling_hash in skippable([Told(old.guid, old.telling_hash) for old in known])
    ]
    rest = [entry for entry in said if entry not in left_out]
    unchanged = [entry.telling_hash or "" for entry in left_out]

    assert reconcile(known, rest, unchanged=unchanged) == reconcile(known, said)
