"""What is said of a picture is not quoted, counted or shown as the words of the text around it."""

from __future__ import annotations

import pytest

from builders import NOW, a_followed_source
from curator.curate import passage
from curator.model import Entry, Item, Lang, Status
from curator.review import original_words, problems
from curator.settings import QuotationSettings
from curator.text import clean, plain, trimmed, without_captions

IMG = '<img src="https://blog.example/q.jpg">'
FIGURE = f"<figure>{IMG}<figcaption>A person at a desk. Credit: <em>Getty Images</em></figcaption></figure>"
AROUND = ("<p>They tell.</p>", "<p>They buy.</p>")


def an_entry(html: str) -> Entry:
    return Entry(
        id=1, source_id=1, identity="one", guid=None, url="https://blog.example/one", title="One",
        html=clean(html, base_url=None), authors=(), language=Lang("en"), published=None, updated=None,
        tags=(), image=None, license=None, first_seen=NOW, revision=1, raw_hash="", content_key="",
    )  # fmt: skip


def left(html: str) -> str:
    return plain(without_captions(clean(html, base_url=None)))


def test_a_caption_is_no_part_of_the_text() -> None:
    entry = an_entry(FIGURE.join(AROUND))

    read = passage.reading(entry, None)
    opened = passage.opening(read, a_followed_source(), words=100)

    assert opened is not None
    assert opened.text == "They tell.\n\nThey buy."
    assert [passage.in_words(block) for block in passage.paragraphs(read.html)] == ["They tell.", "They buy."]
    assert original_words(entry, None) == 4
    assert refused("They tell. A person at a desk.", entry)
    assert not refused("They tell. They buy.", entry)


def refused(words: str, entry: Entry) -> bool:
    item = Item(
        id=7, ulid="01J00000000000000000000000", version=1, status=Status.DRAFTING, editor="marta",
        claimed_until=None, entry_id=1, revision=1, queued_at=NOW,
        excerpt=passage.typed(words, entry, None, language=Lang("en")),
    )  # fmt: skip
    found = problems(item, edition="it", entry=entry, source=None, quotation=QuotationSettings())
    return "excerpt_not_verbatim" in [problem.code for problem in found]


@pytest.mark.parametrize(
    "figure",
    [
        f"<figure>{IMG}<figcaption><p>A <b>queue</b></p><p>of two</p></figcaption></figure>",
        f"<figure><figcaption>A queue</figcaption><a href='https://blog.example/q'>{IMG}</a></figure>",
        f"<figure><figure>{IMG}<figcaption>One</figcaption></figure>{IMG}<figcaption>All</figcaption></figure>",
        "<figure><figcaption>What is left of a film</figcaption></figure>",
        f"<figure>{IMG}<p>Embed from Getty Images</p><figcaption>A queue</figcaption></figure>",
    ],
)
def test_a_caption_goes_whatever_its_figure_looks_like(figure: str) -> None:
    html = clean(figure.join(AROUND), base_url=None)

    assert plain(trimmed(html).html) == "They tell.\n\nThey buy."


def test_who_said_a_quotation_and_what_a_table_counts_stay_with_it() -> None:
    quoted = "<figure><blockquote><p>Ask them.</p></blockquote><figcaption>Ann Lee</figcaption></figure>"
    table = "<figure><table><tbody><tr><td>1</td></tr></tbody></table><figcaption>Sales</figcaption></figure>"

    assert left(quoted) == "Ask them.\n\nAnn Lee"
    assert left(table).endswith("Sales")


def test_a_text_without_captions_is_the_same_object() -> None:
    html = clean(f"<p>They tell.</p><figure>{IMG}</figure>", base_url=None)

    assert without_captions(html) is html


def test_a_hostile_number_of_figures_takes_no_longer_than_reading_them() -> None:
    html = clean(FIGURE * 5_000 + "<figure>" * 50 + "x", base_url=None)

    assert left(html) == "x"


def test_pasted_html_leaves_its_captions_behind() -> None:
    pasted = passage.typed(FIGURE.join(AROUND), None, None, language=Lang("en"))

    assert pasted.text == "They tell.\n\nThey buy."
    assert pasted.words == 4
