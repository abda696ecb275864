"""From the desk's item to the public one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from builders import ITALIAN, NOW, a_followed_source
from curator.compose import compose, corrected, differs
from curator.model import (
    Attribution,
    Commentary,
    Entry,
    Item,
    Lang,
    SafeHtml,
    Status,
)
from curator.publish.markup import licence_name, paragraphs
from curator.settings import EditorSettings
from publishing import a_public_item, an_excerpt

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


@pytest.mark.parametrize(("public", "name"), [(True, "Marta Rossi"), (False, "")])
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

    assert not differs(shown, a_public_item(), edition=ITALIAN)
    assert differs(shown, a_public_item(note="Altro."), edition=ITALIAN)
    assert differs(shown, a_public_item(correction="Prima."), edition=ITALIAN)


def test_what_the_house_wrote_under_its_name_is_still_the_houses() -> None:
    older = a_public_item(author=ITALIAN.organisation)

    assert not differs(older, a_public_item(author=""), edition=ITALIAN)
    assert differs(older, a_public_item(author="Marta Rossi"), edition=ITALIAN)
    assert differs(a_public_item(author="Marta Rossi"), a_public_item(author=""), edition=ITALIAN)


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
