"""Whatever a post is made of: no word of it gets lost, no markup breaks it, said again it is the same."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anatomised import ENGLISH, HOUSE, MORE_ENGLISH, NOTE, original
from curator.importing import plain
from curator.importing.anatomy.recovering import Dissected, dissect
from curator.model import Form
from curator.text import clean, normalised
from curator.text import plain as plain_text
from proving import PROOF

TITLE = "Il mito dei clienti “empowered”"
PARTS = (
    f"<p>NOTA AICEX: {NOTE}</p>",
    f"<p><strong>AICEX</strong>: {NOTE}<br />{NOTE}</p>",
    f"<p>{NOTE}</p>",
    f"<p>{ENGLISH}</p>",
    f"<div>{MORE_ENGLISH} <em>{ENGLISH}</em></div>",
    f"<blockquote><p>{ENGLISH}</p><p>{MORE_ENGLISH}</p></blockquote>",
    f"{ENGLISH}<br><br>{MORE_ENGLISH}",
    "<p>Ann: ‘Thank you.’<br />Bob: ‘No problem.’</p>",
    "<ol><li>Strategy comes first</li><li>Governance <b>after</b> it</li></ol>",
    "<ul><li>one<ul><li>of two</li></ul></li></ul>",
    "<h3>What We Found</h3>",
    "<p><strong>What we found</strong></p>",
    "<table><tr><td>kept</td><td>12</td></tr></table>",
    '<p><img src="/a.jpg" alt="Una foto"></p>',
    '<figure><img src="/b.jpg"><figcaption>Photo by Ann Lee</figcaption></figure>',
    "<figure><blockquote><p>A pullquote of four words</p></blockquote></figure>",
    "<p>Embed from Getty Images</p>",
    "<p>CREDIT: Getty Images</p>",
    "<p>Handshake</p>",
    "<p>Table 1. Promises kept and broken</p>",
    f"<p>{ENGLISH}iStock_000026964040XXLarge</p>",
    "<p>Source:&nbsp;https://hbr.org/2018/02/brands AICEX</p>",
    '<p>Fonte: <a href="https://hbr.org/x">The Most Successful Brands</a>, HBR</p>',
    '<p>Read <a href="https://news.example/y">this story</a> and tell us.</p>',
    '<figure><blockquote><a href="https://o.example/z">A card</a></blockquote><iframe></iframe></figure>',
    '<figure><iframe src="https://o.example/f"></iframe><figcaption>A film of them</figcaption></figure>',
    "<p>AICEX</p>",
    f"<p>{ENGLISH} Continua a leggere “{TITLE}”</p>",
    f"<p>Continue reading “{TITLE}”</p>",
    '<div class="sharedaddy"><h3>Condividi:</h3><a href="#">Twitter</a></div>',
    "<p>Mi piace: Mi piace Caricamento...</p>",
    '<p style="display:none">nobody sees this</p>',
    "<p>They sabotage their relationships..</p>",
    "<p>Leave a Reply</p>",
    "<!--more-->",
    "<hr>",
    "<p>&nbsp;</p>",
)
LINES = (
    ENGLISH,
    NOTE,
    TITLE,
    f"Continua a leggere “{TITLE}”",
    "AICEX",
    "NOTA AICEX: sì.",
    "Source: http://a.example/b",
    "1. one",
    "",
)
# Each takes milliseconds: a good many of them, but not at every push.
few = settings(max_examples=500 if PROOF else 15)
bodies = st.lists(st.sampled_from(PARTS), max_size=9).map("\n".join)


def dissected(html: str) -> Dissected:
    return dissect(original(html, title=TITLE), house=HOUSE)


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", normalised(text).casefold()))


@few
@given(bodies)
def test_every_word_is_in_a_field_or_known_furniture(html: str) -> None:
    found = dissected(html)

    assert words(plain_text(html)) - accounted(found) == Counter()


def accounted(found: Dissected) -> Counter[str]:
    said = found.recovered
    texts = [said.note or "", said.excerpt.text if said.excerpt else "", *found.furniture]
    return sum(map(words, texts), Counter())


@few
@given(bodies)
def test_written_again_by_another_program_it_is_the_same(html: str) -> None:
    again = lxml.html.tostring(lxml.html.fragment_fromstring(html, create_parent="div"), encoding="unicode")

    assert dissected(again).recovered == dissected(html).recovered


@few
@given(bodies)
def test_an_excerpt_is_clean_and_taken_apart_again_is_an_excerpt(html: str) -> None:
    excerpt = dissected(html).recovered.excerpt

    if excerpt is not None:
        assert clean(excerpt.html, base_url=None) == excerpt.html
        assert plain_text(excerpt.html) == excerpt.text
        assert re.search(r"<(?:iframe|script|img|figure)", excerpt.html) is None


@few
@given(st.text(st.sampled_from("<>/=\"' abdiprvhlu:&;!-\n\xa0“”AICEX.1"), max_size=300))
def test_no_markup_breaks_it(html: str) -> None:
    found = dissected(html)

    assert words(plain_text(html)) - accounted(found) == Counter()


@few
@given(
    st.lists(
        st.sampled_from(
            [
                ENGLISH,
                NOTE,
                "AICEX",
                f"Continua a leggere “{TITLE}”",
                TITLE,
                "",
                "Source: http://a.example/b",
                "1. one",
                "NOTA AICEX: sì.",
            ]
        ),
        max_size=12,
    ).map("\n".join)
)
def test_no_line_of_a_page_is_read_twice(text: str) -> None:
    found = plain.read(text, place="x.txt", house=HOUSE)

    kept = sum((words(each.raw) for each in found if hasattr(each, "raw")), Counter())
    assert kept - words(text) == Counter()


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 20_000 + ENGLISH,
        "<blockquote>" * 1_000 + ENGLISH,
        "<b><p>" * 300 + ENGLISH,
        "<p><a href=https://x.example/>" * 300 + ENGLISH,
        f"<p>{'iStock_12345678 ' * 2_000}{ENGLISH}</p>",
        f"<p>{'Source: ' * 2_000}{ENGLISH}</p>",
        f"<p>{'Continua a leggere ' * 2_000}{ENGLISH}</p>",
        f"<p>{'NOTA AICEX: ' * 2_000}{ENGLISH}</p>",
        f"<p>{'<br>' * 2_000}{ENGLISH}</p>",
        f"<svg><p>{ENGLISH}</p></svg><math><p>{ENGLISH}<script>x</script>",
        "<!--more" * 5_000 + f"--><p>{ENGLISH}</p>",
    ],
    ids=range(11),
)
def test_hostile_markup_is_survived(html: str) -> None:
    found = dissected(html).recovered

    assert found.excerpt is None or "<script" not in found.excerpt.html


def test_form_and_place_change_nothing() -> None:
    html = "".join(PARTS[:6])
    one = original(html, title=TITLE)

    assert dissect(replace(one, form=Form.REST, place="elsewhere"), house=HOUSE) == dissect(one, house=HOUSE)
