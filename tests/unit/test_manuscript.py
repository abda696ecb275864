"""The file an editor writes in: what was typed comes back, and nothing else changes."""

from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from builders import NOW
from curator.curate.manuscript import changes, complaint, manuscript, read
from curator.curate.writing import Writing
from curator.errors import BadInput
from curator.model import (
    Attribution,
    Commentary,
    Excerpt,
    Image,
    Item,
    Lang,
    SafeHtml,
    Status,
)

ITEM = Item(
    id=7,
    ulid="01J00000000000000000000000",
    version=3,
    status=Status.DRAFTING,
    editor="marta",
    claimed_until=None,
    entry_id=1,
    revision=1,
    queued_at=NOW,
    excerpt=Excerpt(
        html=SafeHtml("<p>One.</p><p>Two.</p>"), text="One.\n\nTwo.", language=Lang("en"), truncated=True
    ),
    attributions=(
        Attribution(title="A | B", authors=("Ada", "Bo"), publisher="P", url="https://e.example/1"),
    ),
    image=Image(url="https://e.example/i.jpg", alt=None, credit="Foto: X"),
    tags=("cx", "promesse"),
    commentaries={
        "it": Commentary(edition="it", language=Lang("it"), headline="HBR: “vero”", note="Uno.\n\nDue: tre.")
    },
)
FILE = manuscript(ITEM, edition="it", hints=("Fonte: E",))


def test_an_unchanged_file_changes_nothing() -> None:
    assert changes(FILE, before=FILE) == Writing(version=3)


def test_the_file_holds_everything_an_editor_may_change() -> None:
    held = read(FILE)

    assert held.fields == {
        "headline": "HBR: “vero”",
        "tags": "cx, promesse",
        "excerpt-language": "en",
        "image": "https://e.example/i.jpg",
        "credit": "Foto: X",
        "alt": "",
        "image-license": "",
        "image-permission": "",
        "version": "3",
    }
    assert held.attributions == ITEM.attributions
    assert (held.note, held.excerpt) == ("Uno.\n\nDue: tre.", "One.\n\nTwo.")


def test_only_what_was_changed_becomes_a_change() -> None:
    edited = FILE.replace("Due: tre.", "Due.").replace("tags: cx, promesse", "tags: cx")

    assert changes(edited, before=FILE) == Writing(note="Uno.\n\nDue.", tags=("cx",), version=3)


def test_an_emptied_picture_is_no_picture() -> None:
    edited = FILE.replace("image: https://e.example/i.jpg", "image:").replace("credit: Foto: X", "credit:")

    assert changes(edited, before=FILE) == Writing(no_image=True, version=3)


def test_rewrapping_the_excerpt_keeps_its_structure() -> None:
    assert changes(FILE.replace("> One.", "> One.\n>"), before=FILE).excerpt is None


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("Only a note\n", "manuscript_without_front_matter"),
        ("", "manuscript_without_front_matter"),
        ("---\nheadline: x\n", "manuscript_front_matter_open"),
        ("---\nheadlin: x\n---\n", "manuscript_name_unknown"),
        ("---\nheadline: x\nheadline: y\n---\n", "manuscript_name_twice"),
        ("---\nattribution: a | b | c | d | e | f\n---\n", "manuscript_attribution_parts"),
        ("---\nversion: three\n---\n", "manuscript_version"),
    ],
)
def test_a_broken_file_is_refused_with_the_reason(broken: str, reason: str) -> None:
    with pytest.raises(BadInput) as refusal:
        changes(broken, before=FILE)

    assert refusal.value.reason == reason


def test_a_complaint_on_top_is_no_change_and_is_replaced_by_the_next() -> None:
    twice = complaint(complaint(FILE, "riga 3: x"), "riga 4: y")

    assert changes(twice, before=FILE) == Writing(version=3)
    assert twice.count("#!") == 1


@given(st.text())
def test_any_file_is_read_or_refused(typed: str) -> None:
    with contextlib.suppress(BadInput):
        changes(typed, before=FILE)


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


@given(headline=words, title=words, author=words.filter(lambda w: ";" not in w), publisher=words)
@example(headline="0", title="0", author="0", publisher="|")
def test_any_words_survive_the_file(headline: str, title: str, author: str, publisher: str) -> None:
    credited = Attribution(title=title, authors=(author,), publisher=publisher, url=None)
    commentary = replace(ITEM.commentaries["it"], headline=headline)
    item = replace(ITEM, attributions=(credited,), commentaries={"it": commentary})

    held = read(manuscript(item, edition="it"))

    assert held.fields["headline"] == headline
    assert held.attributions == (credited,)
