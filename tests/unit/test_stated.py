"""What a page states about itself: who wrote it, who published it, what it asks of programs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import document_fromstring

from curator.extract.bylines import names_in, signed
from curator.extract.stating import StatedFacts, stated_facts
from curator.text import opt_outs


def stated(head: str = "", body: str = "<p>Words.</p>", *, title: str = "A title") -> StatedFacts:
    return stated_facts(
        document_fromstring(f"<html><head><title>{title}</title>{head}</head><body>{body}</body></html>")
    )


def data(json: str) -> str:
    return f'<script type="application/ld+json">{json}</script>'


@pytest.mark.parametrize(
    ("byline", "names"),
    [
        ("By Ada Rossi", ["Ada Rossi"]),
        ("By Ada Rossi, Bo Bianchi, and Cy Verdi", ["Ada Rossi", "Bo Bianchi", "Cy Verdi"]),
        ("di Ada Rossi e Bo Bianchi", ["Ada Rossi", "Bo Bianchi"]),
        ("Scritto da Marta Bianchi il 4 giugno", ["Marta Bianchi"]),
        ("Di Ada Rossi | 3 marzo 2026", ["Ada Rossi"]),
        ("by Dr. Ludwig van der Berg on 3 March", ["Dr. Ludwig van der Berg"]),
        ("Ada Rossi, Senior Contributor", ["Ada Rossi"]),
        ("Rossi, Ada Maria", ["Ada Maria Rossi"]),
        ("de la Cruz, Juan", ["Juan de la Cruz"]),
        ("Smith & Sons", ["Smith & Sons"]),
        ("Diana Byron", ["Diana Byron"]),
        ("Said el Haddad am 4. Juni", ["Said el Haddad"]),
        ("李雷", ["李雷"]),
        ("By the time you read this", []),
        ("View all posts", []),
        ("admin", []),
        ("@ada", []),
        ("https://social.example/ada", []),
        ("", []),
    ],
)
def test_a_byline_is_the_names_in_it(byline: str, names: list[str]) -> None:
    assert list(names_in(byline)) == names


@given(st.text(max_size=700))
def test_no_byline_breaks_the_reader(byline: str) -> None:
    assert all(0 < len(name) <= 80 for name in (*names_in(byline), *signed([byline])))


@pytest.mark.parametrize(
    "head",
    [
        data('{"@type":"Article","author":{"@type":"Person","name":"Ada Rossi"}}'),
        data('{"@type":"NewsArticle","author":"Ada Rossi"}'),
        data('{"@graph":[{"@type":"Article","author":{"@id":"#p"}},{"@id":"#p","name":"Ada Rossi"}]}'),
        data('{"@type":"Article","author":["The Site","Ada Rossi"],"publisher":{"name":"The Site"}}'),
        '<meta name="author" content="Ada Rossi">',
        '<meta name="DC.creator" content="Rossi, Ada">',
        '<meta name="author" content="admin"><meta name="parsely-author" content="Ada Rossi">',
        '<meta name="author" content="https://social.example/ada"><meta name="byl" content="By Ada Rossi">',
    ],
)
def test_authors_are_found_where_pages_state_them(head: str) -> None:
    assert stated(head).authors == ("Ada Rossi",)


@pytest.mark.parametrize(
    "body",
    [
        '<p class="byline">By <a rel="author" href="/a">Ada Rossi</a> | 3 March</p>',
        '<span itemprop="author"><span itemprop="name">Ada Rossi</span></span>',
        '<div class="entry-author">di Ada Rossi</div>',
        '<div id="comments"><b class="author">Troll</b></div><p class="byline">Ada Rossi</p>',
        '<aside><span class="author">Other Writer</span></aside><p class="byline">Ada Rossi</p>',
    ],
)
def test_a_marked_byline_names_them_too(body: str) -> None:
    assert stated(body=body).authors == ("Ada Rossi",)


def test_of_several_articles_on_a_page_only_its_own_names_its_author() -> None:
    teaser = '{"@type":"Article","headline":"Another","author":"Bo Bianchi"}'
    own = '{"@type":"Article","headline":"A title","author":"Ada Rossi"}'

    assert stated(data(f"[{teaser},{own}]")).authors == ("Ada Rossi",)
    assert stated(data(f"[{teaser},{teaser}]")).authors == ()


def test_the_publisher_is_the_articles_else_the_sites() -> None:
    site = '<meta property="og:site_name" content="The Site">'
    article = '{"@type":"Article","publisher":{"name":"The Review &amp; Co"}}'

    assert stated(site + data(article)).publisher == "The Review & Co"
    assert stated(site).publisher == "The Site"
    assert stated().publisher is None


@pytest.mark.parametrize(
    ("statements", "asked"),
    [
        (["index, follow, max-image-preview:large, max-snippet:-1"], []),
        (["NOAI, noimageai", "noarchive", "noai"], ["noai", "noimageai", "noarchive"]),
        (["googlebot: noindex, nofollow", "noarchive"], ["noarchive"]),
        (["curator: noindex, nosnippet"], ["noindex", "nosnippet"]),
        (["max-snippet:50"], ["max-snippet: 50"]),
        (["otherbot: noai, curator: max-snippet: 5"], ["max-snippet: 5"]),
    ],
)
def test_what_a_page_asks_of_programs_like_ours(statements: list[str], asked: list[str]) -> None:
    assert list(opt_outs(statements, agent="curator")) == asked


def test_a_page_asks_in_its_head() -> None:
    head = '<meta name="ROBOTS" content="noarchive"><meta name="googlebot" content="noindex">'

    assert stated(head).opt_outs == ("noarchive",)
    assert stated('<meta name="tdm-reservation" content="1">').opt_outs == ("tdm-reservation",)


@given(st.lists(st.text(max_size=200), max_size=5))
def test_no_statement_breaks_the_reader(statements: list[str]) -> None:
    assert len(opt_outs(statements, agent="curator")) <= 20
