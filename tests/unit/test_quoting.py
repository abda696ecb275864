"""Reading a text aloud, cutting it, comparing it."""

from __future__ import annotations

import pytest

from curator.text import clean, excerpt, fingerprint, normalised, plain

ARTICLE = clean(
    "<h2>Why loyalty is a habit</h2>"
    "<p>Customers return out of habit, e.g. to the shop next door. Dr. Rossi of <b>Example Inc. in Rome</b> "
    "calls it <i>inertia.</i> Is he right?</p>"
    "<ol><li>Ask them.</li><li>Watch them.</li></ol>"
    "<table><tr><td>a</td><td>b</td></tr></table>"
    "<p>In 2014. This changed.</p>",
    base_url=None,
)


def test_plain_text_reads_like_typed() -> None:
    assert plain(ARTICLE) == (
        "Why loyalty is a habit\n\n"
        "Customers return out of habit, e.g. to the shop next door. Dr. Rossi of Example Inc. in Rome calls "
        "it inertia. Is he right?\n\n"
        "1. Ask them.\n2. Watch them.\n\n"
        "a | b\n\n"
        "In 2014. This changed."
    )


def test_plain_text_of_nested_lists_breaks_and_quotes() -> None:
    html = "<ul><li>one<ul><li>two</ul><li><p>three</p></ul>a<br>b <q>c</q><pre>x\n  y\n\nz</pre>&lt;b&gt;"

    assert plain(html) == "- one\n  - two\n- three\n\na\nb “c”\n\nx\n  y\n\nz\n\n<b>"


@pytest.mark.parametrize(
    ("most", "ending"),
    [
        (16, "next door.</p>"),
        (22, "next door.</p>"),  # neither "Dr." nor "Inc." ends a sentence
        (26, "<i>inertia.</i></p>"),
        (29, "Is he right?</p>"),
        (32, "<ol><li>Ask them.</li></ol>"),
        (35, "<li>Watch them.</li></ol>"),
        (36, "<li>Watch them.</li></ol>"),  # a table whole or not at all
        (38, "</table>"),
        (40, "In 2014.</p>"),
    ],
)
def test_an_excerpt_ends_with_a_sentence_and_its_markup_is_whole(most: int, ending: str) -> None:
    opening, truncated = excerpt(ARTICLE, max_words=most)

    assert truncated
    assert opening.endswith(ending)
    assert len(plain(opening).split()) <= most


def test_a_short_text_is_quoted_whole() -> None:
    assert excerpt(ARTICLE, max_words=500) == (ARTICLE, False)


def test_a_limit_within_the_first_sentence_ends_with_a_word() -> None:
    opening, truncated = excerpt(
        clean("<p>Customers return <b>out of</b> habit.</p>", base_url=None), max_words=3
    )

    assert (opening, truncated) == ("<p>Customers return <b>out</b></p>", True)


@pytest.mark.parametrize(
    "text", ["." * 500_000 + "x y", "A. " * 100_000, "w. " * 100_000, "'" * 500_000 + ". z"]
)
def test_cutting_a_hostile_paragraph_takes_no_longer_than_reading_it(text: str) -> None:
    opening, truncated = excerpt(clean(f"<p>{text}</p>", base_url=None), max_words=1)

    assert truncated
    assert len(plain(opening).split()) <= 1


def test_no_words_may_be_quoted() -> None:
    assert excerpt(ARTICLE, max_words=0) == ("", True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("L’attuale\u00a0problema", "L'attuale problema"),
        ("“a” — b…", '"a" - b...'),
        ("cafe\u0301", "café"),
        ("soft\u00adhyphen\u200b", "softhyphen"),
        ("- Ask them.\n- Watch them.", "Ask them. Watch them."),
        ("1. Ask\n2. Watch", "Ask\nWatch"),
    ],
)
def test_typography_is_no_difference(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


def test_words_are_a_difference() -> None:
    assert normalised("Tempkin said so") != normalised("Temkin said so")


def test_a_fingerprint_knows_where_its_parts_end() -> None:
    assert fingerprint("ab", "c") != fingerprint("a", "bc")
    assert fingerprint("a", None) != fingerprint("a", "")
    assert fingerprint("è") == fingerprint("è")
