"""The quick way from HTML to XHTML makes, where it makes anything, what browsers' rules make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bricks import ordinary_markup
from curator.publish import showing
from curator.publish.feeds.xhtml import as_browsers_do, at_once
from curator.text import clean
from publishing import SITE, a_copy, a_publication, an_excerpt

TAGS = (
    "p div ul ol li dl dt dd h2 h3 pre blockquote figure figcaption a b em span code q cite sub small"
    " table tr td caption select option svg math title body head P nobr font button form ruby rt"
).split()
ATTRIBUTES = [
    "",
    ' lang="en"',
    ' href="https://x.example/?a=1&amp;b=2"',
    ' title="a\nb"',
    " title='x'",
    ' href="/"',
    ' title="a&nbsp;b"',
    ' title=">"',
    ' xml:lang="it"',
    ' xmlns="http://www.w3.org/1999/xhtml"',
    " hidden",
    ' ID="x"',
]
WORDS = st.sampled_from(
    "a|\n|\n\n b| |\t|\r\n|\xa0|è|\U0001f600|]]>|&|&amp;|&lt;p&gt;|&nbsp;|&eacute;|&#34;|&#39;|&#128;"
    '|&#0;|&apos;|<br>|<br/>|<hr>|<img src="https://x.example/a.png" alt="">|<wbr>'
    '|<!-- c -->|<![CDATA[x]]>|<?x?>|</p>|="x\ny"'.split("|")
)


def _element(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda tag, said, parts: f"<{tag}{said}>{''.join(parts)}</{tag}>",
        st.sampled_from(TAGS),
        st.sampled_from(ATTRIBUTES),
        st.lists(inner, max_size=4),
    )


MARKUP = st.lists(st.recursive(WORDS, _element, max_leaves=12), max_size=5).map("".join)


@given(html=MARKUP)
def test_whatever_the_quick_way_reads_it_reads_as_browsers_do(html: str) -> None:
    quick = at_once(html)

    assert quick is None or etree.tostring(quick) == etree.tostring(as_browsers_do(html))


@given(html=MARKUP | ordinary_markup)
def test_what_was_cleaned_means_the_same_in_an_entry(html: str) -> None:
    publication = a_publication(excerpt=an_excerpt(clean(html, base_url=None)), copy=a_copy())
    body = str(showing.show(publication, site=SITE).body)

    quick = at_once(body)

    assert quick is None or etree.tostring(quick) == etree.tostring(as_browsers_do(body))


@pytest.mark.parametrize(
    "quoted",
    [
        "<p>a&nbsp;b<br>c &amp; d</p><ul><li>one</li><li><p>two</p></li></ul>",
        "<pre>one\n  two\n\nthree</pre><p>four</p>",
        '<h3>x</h3><dl><dt>a</dt><dd>b <q cite="https://x.example/">c</q></dd></dl><hr>',
    ],
)
def test_ordinary_entries_go_the_quick_way(quoted: str) -> None:
    publication = a_publication(excerpt=an_excerpt(quoted, truncated=True), copy=a_copy())

    assert at_once(str(showing.show(publication, site=SITE).body)) is not None


@pytest.mark.parametrize(
    "html",
    [
        "<p>a<div>b</div></p>",
        "<pre>\na</pre>",
        "<pre><code>\na</code></pre>",
        "<a>x<a>y</a></a>",
        "<a><span><a>y</a></span></a>",
        "<div><li>a<li>b</li></li></div>",
        "<dd>a<dd>b</dd></dd>",
        "<h2>a<h3>b</h3></h2>",
        "<table><tr><td>a</td></tr></table>",
        '<p title="a\nb">c</p>',
        "<p>&#128;</p>",
        "<P>a</P>",
        "<p ID='x'>a</p>",
        '<p xml:lang="it">a</p>',
        '<p xmlns="urn:x">a</p>',
        "<p/>a",
        "<!-- a -->b",
        "a\rb",
        "<p>a",
        "&eacute;",
        "a & b",
    ],
)
def test_what_html_has_rules_of_its_own_for_is_left_to_them(html: str) -> None:
    assert at_once(html) is None
