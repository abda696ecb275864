"""From the desk's item to the public one, and what goes into which document."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import ITALIAN, NOW, a_followed_source
from curator.model import (
    Attribution,
    Commentary,
    Entry,
    Item,
    Lang,
    SafeHtml,
    Status,
)
from curator.publish import select
from curator.publish.compose import compose, corrected, differs
from curator.publish.markup import licence_name, paragraphs
from curator.settings import EditorSettings
from publishing import a_public_item, a_publication, an_excerpt

ITEM = Item(
    id=1,
    ulid="01JNB00000000000000000000A",
    version=3,
    status=Status.DRAFTING,
    editor="marta",
    claimed_until=None,
    entry_id=1,
    revision=1,
    excerpt=an_excerpt(),
    attributions=(Attribution(title="T", publisher="P", url="https://p.example/t"),),
    tags=("CX",),
    commentaries={
        "it": Commentary(edition="it", language=Lang("it"), headline="Titolo", note="Nota", author="marta")
    },
    queued_at=NOW,
)
SOURCE = a_followed_source(
    url="https://p.example/feed",
    name="P",
    language=Lang("en"),
    license="CC BY 4.0",
    home_url="https://p.example/",
)
ENTRY = Entry(
    id=1,
    source_id=1,
    identity="1",
    guid="1",
    url="https://p.example/t",
    title="T",
    html=SafeHtml("<p>x</p>"),
    authors=(),
    language=Lang("en"),
    published=NOW - timedelta(days=2),
    updated=None,
    tags=(),
    image=None,
    license=None,
    first_seen=NOW,
    revision=1,
    raw_hash="",
    content_key="",
)


def test_a_public_item_holds_what_editors_wrote_and_where_it_is_from() -> None:
    public = compose(ITEM, ENTRY, SOURCE, edition=ITALIAN, editors={})

    assert (public.headline, public.note, public.tags) == ("Titolo", "Nota", ("CX",))
    assert public.origin is not None
    assert (public.origin.url, public.origin.updated) == ("https://p.example/feed", NOW - timedelta(days=2))


@pytest.mark.parametrize(("public", "name"), [(True, "Marta Rossi"), (False, "AICEX")])
def test_an_editor_is_named_only_where_that_was_said(*, public: bool, name: str) -> None:
    editors = {"marta": EditorSettings(name="Marta Rossi", public=public)}

    assert compose(ITEM, ENTRY, SOURCE, edition=ITALIAN, editors=editors).author == name


def test_an_item_from_no_feed_has_no_origin() -> None:
    assert compose(ITEM, None, None, edition=ITALIAN, editors={}).origin is None


def test_a_correction_line_stays_until_a_newer_one_comes() -> None:
    first = corrected(a_public_item(), a_public_item(correction="Prima."), now=NOW)
    silent = corrected(first, a_public_item(note="Altro."), now=NOW + timedelta(days=1))
    second = corrected(silent, a_public_item(correction="Seconda."), now=NOW + timedelta(days=2))

    assert (silent.correction, silent.corrected_at) == ("Prima.", NOW)
    assert (second.correction, second.corrected_at) == ("Seconda.", NOW + timedelta(days=2))


def test_readers_notice_words_but_not_the_desk() -> None:
    shown = a_public_item(correction="Prima.", corrected_at=NOW)

    assert not differs(shown, a_public_item())
    assert differs(shown, a_public_item(note="Altro."))
    assert differs(shown, a_public_item(correction="Prima."))


def test_a_feed_holds_the_newest_and_a_month_what_its_readers_call_that() -> None:
    january = a_publication(1, published_at=NOW.replace(month=1, day=31, hour=23, minute=30))
    march = a_publication(2)

    assert select.in_feed([march, january], most=1) == [march]
    months = select.by_month([march, january], timezone="Europe/Rome")
    assert [(instant.month, len(group)) for instant, group in months] == [(3, 1), (1, 1)]
    assert len(select.by_month([march, january], timezone="UTC")) == 2


def test_a_tombstone_stays_for_90_days_of_the_editions_own_time() -> None:
    old = a_publication(1, withdrawn_at=NOW - timedelta(days=91))
    recent = a_publication(2, withdrawn_at=NOW - timedelta(days=90))

    assert select.tombstones([recent, old], changed_at=NOW) == [recent]


def test_a_document_changed_when_its_newest_part_did() -> None:
    live = [a_publication(1)]
    gone = [a_publication(2, withdrawn_at=NOW + timedelta(days=1))]

    assert select.changed_at([], [], opened=NOW) == NOW
    assert select.changed_at(live, [], opened=NOW - timedelta(days=9)) == live[0].updated_at
    assert select.changed_at(live, gone, opened=NOW) == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("licence", "name"),
    [
        ("https://creativecommons.org/licenses/by-nc-sa/4.0/deed.it", "CC BY-NC-SA 4.0"),
        ("http://creativecommons.org/publicdomain/zero/1.0/", "CC0 1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "Public Domain Mark"),
        ("https://example.org/terms", "https://example.org/terms"),
        ("Tutti i diritti riservati", "Tutti i diritti riservati"),
    ],
)
def test_a_licence_is_called_what_people_call_it(licence: str, name: str) -> None:
    assert licence_name(licence) == name


def test_a_note_keeps_its_paragraphs_and_lines() -> None:
    assert paragraphs("a\nb\n \n\nc\n") == [["a", "b"], ["c"]]
